"""Access keys: random, stored only as hashes, each with a name and the scopes of what it may do."""

import contextlib
import hmac
import json
import secrets
from datetime import UTC, date, datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import Field, ValidationError

from fmqa import files
from fmqa.errors import BadSettings, NotFound
from fmqa.types import Record, Sha256

PREFIX: Final = "fmqa_"
"""What every key begins with, so that scanners for leaked secrets can find one."""
_WAIT_S: Final = 10  # for another command that changes the same file


class Scope(StrEnum):
    """What a key may do."""

    READ = "read"  # documents, passages, search, overviews
    ASK = "ask"  # questions, and the conversations of this key
    ADMIN = "admin"  # metrics; list and delete the conversations of every key


class Key(Record):
    """A key as it is kept."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$", description="Owner of its conversations.")
    scopes: frozenset[Scope] = Field(min_length=1)
    sha256: Sha256
    created: date


class Caller(NamedTuple):
    """Who asks: the name that conversations belong to, and what it may do."""

    name: str
    scopes: frozenset[Scope]

    def may(self, scope: Scope) -> bool:
        """Return whether the caller may do something."""
        return scope in self.scopes


EVERYTHING: Final = Caller("", frozenset(Scope))
"""Who asks on the own machine where no key is wanted."""
ANYBODY: Final = Caller("", frozenset({Scope.READ, Scope.ASK}))
"""Who asks from elsewhere where no key is wanted: no metrics, and no list of conversations."""


def read(file: Path) -> tuple[Key, ...]:
    """Return the keys of a file.

    Raises:
        BadSettings: It cannot be read, or holds something else; the message names the line, never what stands there.
    """
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(
            f"the keys file {file} cannot be read; set FMQA_KEYS to the file that 'fmqa keys new' wrote"
        ) from error
    keys = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                keys.append(Key.model_validate_json(line))
            except ValidationError:  # not chained: its message quotes the line
                raise BadSettings(f"line {number} of the keys file {file} is no key; delete it") from None
    if len({key.name for key in keys}) != len(keys):
        raise BadSettings(f"two keys of {file} have the same name; remove one with 'fmqa keys remove'")
    return tuple(keys)


def new(file: Path, name: str, scopes: frozenset[Scope]) -> str:
    """Make a key, write its hash to a file, and return the key, which is not kept.

    Raises:
        BadSettings: The name is taken or cannot be one.
    """
    key = PREFIX + secrets.token_urlsafe(32)
    with _changing(file):
        kept = read(file) if file.exists() else ()
        if any(other.name == name for other in kept):
            raise BadSettings(f"there is a key called {name} already; remove it first, or choose another name")
        try:
            made = Key(name=name, scopes=scopes, sha256=_hash(key), created=datetime.now(UTC).date())
        except ValidationError:
            raise BadSettings("the name of a key has letters, digits, full stops and hyphens, 63 at most") from None
        _write(file, (*kept, made))
    return key


def remove(file: Path, name: str) -> None:
    """Remove a key; a running service refuses it from its next request on.

    Raises:
        NotFound: There is none of this name.
    """
    with _changing(file):
        kept = read(file)
        left = tuple(key for key in kept if key.name != name)
        if len(left) == len(kept):
            raise NotFound(f"there is no key called {name}; 'fmqa keys list' shows all")
        _write(file, left)


class Keyring:
    """The keys of a file, read again when it changes.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "keys"
        >>> key = new(file, "ward-3", frozenset({Scope.ASK}))
        >>> ring = Keyring(file)
        >>> ring.caller(key).name, ring.caller("fmqa_guessed")
        ('ward-3', None)
    """

    def __init__(self, file: Path) -> None:
        """Read the file.

        Raises:
            BadSettings: It cannot be read or holds no key.
        """
        self._file = file
        self._stamp = self._stamp_now()
        self._keys = read(file)
        if not self._keys:
            raise BadSettings(f"the keys file {file} holds no key; make one with 'fmqa keys new NAME'")

    def caller(self, key: str) -> Caller | None:
        """Return the holder of a key, or None. The time it takes does not depend on how much of the key is right.

        Raises:
            BadSettings: The file has become unreadable: nobody is let in.
        """
        stamp = self._stamp_now()
        if stamp != self._stamp:
            self._keys = read(self._file)
            self._stamp = stamp
        digest = _hash(key)
        found = None
        for kept in self._keys:
            if hmac.compare_digest(kept.sha256, digest):
                found = kept
        return None if found is None else Caller(found.name, found.scopes)

    def _stamp_now(self) -> tuple[int, int, int]:
        try:
            state = self._file.stat()
        except OSError:
            return (0, 0, 0)
        return (state.st_mtime_ns, state.st_size, state.st_ino)


def _hash(key: str) -> str:
    # One round is enough: a key is 256 random bits and not something that a person chose.
    return sha256(key.encode("utf-8", "replace")).hexdigest()


def _write(file: Path, keys: tuple[Key, ...]) -> None:
    lines = (json.dumps(key.model_dump(mode="json") | {"scopes": sorted(key.scopes)}) + "\n" for key in keys)
    try:
        files.put(file, "".join(lines).encode(), mode=0o600)
    except OSError as error:
        raise BadSettings(f"the keys file {file} cannot be written ({error.strerror}); set FMQA_KEYS") from error


def _changing(file: Path) -> contextlib.AbstractContextManager[None]:
    file.parent.mkdir(parents=True, exist_ok=True)
    return files.held(file.with_name(f".{file.name}.lock"), _WAIT_S)
