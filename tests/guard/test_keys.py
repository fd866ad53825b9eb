"""Keys: kept as hashes, never shown again, and nothing is lost when two commands change the file at once."""

import stat
import threading
from pathlib import Path

import pytest

from fmqa.errors import BadSettings, NotFound
from fmqa.guard import keys
from fmqa.guard.keys import Keyring, Scope

ASK = frozenset({Scope.ASK})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "etc" / "keys"


def test_a_key_is_random_and_its_hash_alone_is_kept_for_the_owner_of_the_file(file: Path) -> None:
    made = {keys.new(file, f"ward-{number}", ASK) for number in range(20)}
    assert len(made) == 20
    assert all(len(key) >= 48 and key.startswith(keys.PREFIX) for key in made)
    assert not any(key.removeprefix(keys.PREFIX) in file.read_text() for key in made)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_caller_has_the_name_and_scopes_of_its_key(file: Path) -> None:
    scopes = {"a": frozenset({Scope.ASK, Scope.READ}), "b": frozenset({Scope.ADMIN})}
    made = {name: keys.new(file, name, each) for name, each in scopes.items()}
    ring = Keyring(file)
    for name, key in made.items():
        assert ring.caller(key) == (name, scopes[name])
    assert ring.caller("") is None
    assert ring.caller("\ud800") is None


def test_a_name_is_given_once(file: Path) -> None:
    keys.new(file, "ward-3", ASK)
    with pytest.raises(BadSettings, match="already"):
        keys.new(file, "ward-3", ASK)
    for wrong in ("", "a b", "../keys", "a" * 64):
        with pytest.raises(BadSettings):
            keys.new(file, wrong, ASK)
    with pytest.raises(NotFound):
        keys.remove(file, "ward-4")
    assert [key.name for key in keys.read(file)] == ["ward-3"]


def test_a_line_that_is_no_key_is_named_and_not_shown(file: Path) -> None:
    keys.new(file, "ward-3", ASK)
    file.write_text(file.read_text() + "fmqa_this-key-was-pasted-here\n")
    with pytest.raises(BadSettings, match="line 2") as caught:
        Keyring(file)
    assert "pasted" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_file_without_a_key_lets_nobody_in(file: Path) -> None:
    keys.new(file, "ward-3", ASK)
    keys.remove(file, "ward-3")
    with pytest.raises(BadSettings, match="holds no key"):
        Keyring(file)


def test_two_commands_at_once_lose_no_key(file: Path) -> None:
    def make(part: int) -> None:
        for number in range(8):
            keys.new(file, f"{part}-{number}", ASK)

    threads = [threading.Thread(target=make, args=(part,)) for part in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(keys.read(file)) == 24
