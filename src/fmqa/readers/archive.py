"""Reads the XML parts of ZIP archives, such as Office files.

An archive that would be unsafe to unpack is refused.
"""

import io
import re
import zipfile
import zlib
from typing import Final

from fmqa.errors import BadFile

_LARGEST: Final = 200_000_000  # bytes, unpacked
_MOST_PARTS: Final = 5000
_RATIO: Final = 200  # unpacked to packed, of a part above a megabyte
_LEADS_OUT: Final = re.compile(r"^[/\\]|:|(?:^|[/\\])\.\.(?:[/\\]|$)")


def parts_of(data: bytes) -> dict[str, bytes]:
    """Return the XML parts of an archive after checks that it is safe to unpack.

    Raises: BadFile naming what is wrong with it.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise BadFile("it is no sound ZIP archive: it may be cut off") from error
    entries = archive.infolist()
    _check(entries)
    return {entry.filename: _read(archive, entry) for entry in entries if entry.filename.endswith((".xml", ".rels"))}


def _check(entries: list[zipfile.ZipInfo]) -> None:
    """Raise BadFile if it would be unsafe to unpack these parts."""
    if len(entries) > _MOST_PARTS:
        raise BadFile(f"the archive has {len(entries)} parts, more than the {_MOST_PARTS} that are read")
    for entry in entries:
        if _LEADS_OUT.search(entry.filename):
            raise BadFile("the archive holds a path that leads out of it")
        if entry.flag_bits & 1:
            raise BadFile("the archive is encrypted: save it without a password")
        if entry.file_size > 1_000_000 and entry.file_size > _RATIO * max(1, entry.compress_size):
            raise BadFile(f"a part unpacks to more than {_RATIO} times its size: this is a decompression bomb")
    total = sum(entry.file_size for entry in entries)
    if total > _LARGEST:
        raise BadFile(f"it unpacks to {total // 1_000_000} MB, more than the {_LARGEST // 1_000_000} that are read")


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(entry) as part:
            content = part.read(entry.file_size + 1)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, ValueError) as error:
        raise BadFile(f"the archive is damaged: {str(error)[:80]}") from error
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise BadFile("one of its parts declares a document type or entities; files that do are not read")
    return content
