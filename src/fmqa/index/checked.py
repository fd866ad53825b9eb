"""Which files of the generations were found right, so that opening a large index need not read all of it again.

Beside the generations lies what each file was like when its SHA-256 was last compared: size, times of change and inode.
Whatever is written to a file changes these, and it is compared again. A file that was changed a moment before it was
looked at is not noted: a second change within one tick of the clock would not be seen. `fmqa index verify` reads all.
"""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from fmqa import files

NAME: Final = ".checked"
SETTLED_S: Final = 0.1
"""The clock of a file system ticks every few milliseconds."""
Facts = tuple[int, int, int, int]


def facts_of(path: Path) -> Facts:
    """Return what changes when a file does: its size, when it was modified and changed, and its inode.

    Raises: OSError if there is no such file.
    """
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def read(folder: Path, generation: str) -> dict[str, Facts]:
    """Return by name the facts of the files of a generation that were found right; empty if nothing is noted."""
    try:
        noted = json.loads((folder / NAME).read_bytes())[generation]
        return {str(name): (int(a), int(b), int(c), int(d)) for name, (a, b, c, d) in noted.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # nothing is lost but time
        return {}


def note(folder: Path, generation: str, found: Mapping[str, Facts]) -> None:
    """Note the files of a generation that were found right, and forget generations that are gone."""
    latest = time.time_ns() - int(SETTLED_S * 1e9)
    settled = {name: facts for name, facts in found.items() if max(facts[1], facts[2]) < latest}
    others = {path.name: read(folder, path.name) for path in folder.iterdir() if path.is_dir()}
    noted = {name: facts for name, facts in (others | {generation: settled}).items() if facts}
    try:
        files.put(folder / NAME, json.dumps(noted).encode())
    except OSError:  # a folder that cannot be written to is read whole each time
        return
