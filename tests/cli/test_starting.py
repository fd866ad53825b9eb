"""The command that starts the service refuses what could not work, or would open it to everybody."""

from pathlib import Path

import pytest

from commands import run


def test_serve_says_so_when_the_port_is_taken(capsys: pytest.CaptureFixture[str], sample_assistant: Path) -> None:
    import socket  # noqa: PLC0415

    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, _, err = run(capsys, "serve", "--port", str(taken.getsockname()[1]))
    assert code == 69
    assert "--port" in err


def test_serve_wants_keys_where_others_can_reach_it(
    capsys: pytest.CaptureFixture[str], sample_assistant: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del sample_assistant
    for arguments in (["--host", "0.0.0.0"], ["--host", "::"], ["--workers", "2", "--host", "0.0.0.0"]):  # noqa: S104
        code, out, err = run(capsys, "serve", *arguments)
        assert (code, out) == (78, "")
        assert "--allow-anonymous" in err
    monkeypatch.setenv("FMQA_HOSTS", "fmqa.example")
    assert run(capsys, "serve")[0] == 78
