"""The commands for keys."""

from pathlib import Path

import pytest

from commands import run


def test_keys_are_made_listed_and_removed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "keys"
    code, _, err = run(capsys, "keys", "new", "ward-3")
    assert (code, "FMQA_KEYS" in err) == (78, True)
    monkeypatch.setenv("FMQA_KEYS", str(file))
    code, out, err = run(capsys, "keys", "new", "ward-3")
    key = out.strip()
    assert (code, key.startswith("fmqa_"), key in err) == (0, True, False)
    run(capsys, "keys", "new", "monitor", "--scope", "admin")
    code, out, _ = run(capsys, "keys", "list")
    assert code == 0
    assert all(word in out for word in ("ward-3", "ask, read", "monitor", "admin"))
    assert key not in out
    assert run(capsys, "keys", "remove", "ward-3")[0] == 0
    assert "ward-3" not in run(capsys, "keys", "list")[1]
    assert run(capsys, "keys", "remove", "ward-3")[0] == 66
