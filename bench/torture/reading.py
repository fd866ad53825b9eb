"""Files that were damaged on their way: each is read whole or refused with a reason, and no word of it vanishes unsaid.

Whether a word vanished is told by a third way through the file, which shares nothing with the readers: words that the
sound file has once, in its text, and that the damaged one still shows there to a plain parser, must be in the text of
the documents, or something must be said of the file.
"""

import io
import random
import re
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Final, NamedTuple
from xml.etree import ElementTree

from fmqa.adding import workers
from fmqa.adding.about import Given
from fmqa.adding.inside import Limits, Task
from fmqa.corpus import added
from fmqa.types import Document, Vocabulary

from .campaigns import DAY, ROOT, Trials

sys.path.append(str(ROOT / "tests"))
import made

FILES: Final[Mapping[str, bytes]] = {
    "a.nxml": made.JATS.encode(),
    "b.xml": made.MEDLINE.encode(),
    "c.xml": made.SPL.encode(),
    "d.html": made.HTML.encode(),
    "e.md": made.MARKDOWN.encode(),
    "f.txt": made.TEXT.encode(),
    "g.docx": made.docx_file(),
    "h.pdf": made.PDF,
}
"""Sound files of every format, of our own making."""
LIMITS: Final = Limits()
_TOKENS: Final = (
    *(b"\0", b"<", b">", b"&", b"]]>", b"<!--", b"-->", b"<![CDATA[", b"&#0;", b"&#x110000;", b"&x;", b"\xff\xfe"),
    *(b'"', b"'", b"|", b"\\", b"\r", b"\x1f", b"\xed\xa0\x80", b"\xe2\x80\xae", b"\xe2\x80\x8b", b"-1", b"9" * 30),
    *(b"<table>", b"</table>", b"<td rowspan='99999'>", b"<td colspan='-3'>", b"<p>", b"</p>", b"<div>" * 400),
    *(b"<sub>", b"```", b"# ", b"- ", b"    ", b"\n\n", b"<script>", b"<style>", b" Tj", b"endobj", b"stream"),
)
_FAULTS: Final = ("its reader failed", "its reader died", "its reader did not finish", "it needs more than")
_WORD: Final = re.compile(r"[^\W\d_]{4,}")


class _Sound(NamedTuple):
    """A sound file and the words that its text has once."""

    name: str
    data: bytes
    words: frozenset[str]


def damaged(trials: Trials) -> Iterator[str | None]:
    """Damage files of every format, and look what the readers make of them."""
    sound = [_Sound(name, data, frozenset()) for name, data in FILES.items()]
    read = _read(trials, {f"{n}-{each.name}": each.data for n, each in enumerate(sound)})
    for n, each in enumerate(sound):
        documents = read[f"{n}-{each.name}"]
        assert not isinstance(documents, str), documents  # noqa: S101 - of our own making
        shown = Counter(_WORD.findall(visible(each.name, each.data)))
        once = frozenset(word for word, count in shown.items() if count == 1)
        sound[n] = each._replace(words=once & _told(documents))
    made_of: dict[str, _Sound] = {}
    files: dict[str, bytes] = {}
    for number in range(trials.count):
        of = trials.chance.choice(sound)
        made_of[f"{number}-{of.name}"] = of
        files[f"{number}-{of.name}"] = damage(of.data, trials.chance)
    kept = trials.figures.setdefault("files that were read all the same", [0])
    for name, outcome in _read(trials, files).items():
        if isinstance(outcome, str):
            yield f"{made_of[name].name}: {outcome}" if outcome.startswith(_FAULTS) else None
            continue
        kept[0] += 1
        yield _lost(made_of[name], files[name], outcome)


def _lost(of: _Sound, data: bytes, documents: tuple[Document, ...]) -> str | None:
    """Return what is said of words that vanished; None if none has, or the documents say that something is amiss."""
    told = " ".join(f"{document.metadata.title} {document.text}" for document in documents)
    gone = {word for word in of.words & set(_WORD.findall(visible(of.name, data))) if word not in told}
    origins = [document.metadata.origin for document in documents]
    if not gone or any(origin is not None and (origin.notes or origin.differences) for origin in origins):
        return None
    return f"{of.name}: nothing is said of {sorted(gone)[:5]}"


def _told(documents: tuple[Document, ...]) -> set[str]:
    return {word for document in documents for word in _WORD.findall(f"{document.metadata.title} {document.text}")}


def _read(trials: Trials, files: Mapping[str, bytes]) -> dict[str, tuple[Document, ...] | str]:
    """Return the documents of each file, or why there are none, as the program itself reads files."""
    tasks = []
    for name, data in files.items():
        path = trials.folder / name
        path.write_bytes(data)
        tasks.append(Task(path=path, given=Given().model_dump_json()))
    found: dict[str, tuple[Document, ...] | str] = {}
    for outcome in workers.run(tasks, Vocabulary(), DAY, LIMITS, 1):
        records = (added.Kept.model_validate_json(record).document for record in outcome.records)
        found[outcome.path.name] = outcome.problem or tuple(records)
        outcome.path.unlink()
    return found


# --- damage -----------------------------------------------------------------------------------------------------------


def damage(data: bytes, chance: random.Random) -> bytes:
    """Return a file with one or several faults; of an archive, half of the times one of its parts is hurt."""
    if data.startswith(b"PK") and chance.random() < 0.5:
        return _inside(data, chance)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        data = _hurt(data, chance)
    return data


def _inside(data: bytes, chance: random.Random) -> bytes:
    made_anew = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(made_anew, "w", zipfile.ZIP_DEFLATED) as after:
        hurt = chance.choice((*before.namelist(), *["word/document.xml"] * 20))
        for name in before.namelist():
            content = before.read(name)
            after.writestr(name, damage(content, chance) if name == hurt else content)
    return made_anew.getvalue()


def _hurt(data: bytes, chance: random.Random) -> bytes:
    size = max(1, len(data))
    start = chance.randrange(size)
    end = min(size, start + chance.choice((1, 4, 30, 300, 3000)))
    match chance.randrange(8):
        case 0 | 1:
            return (
                data[:start]
                + bytes(each ^ (1 << chance.randrange(8)) for each in data[start : start + 1])
                + data[start + 1 :]
            )
        case 2:
            return data[:start]
        case 3:
            return data[:start] + data[end:]
        case 4:
            return data[:start] + data[start:end] * chance.choice((2, 2, 3, 60)) + data[end:]
        case 5:
            return data[:start] + chance.choice(_TOKENS) + data[start:]
        case 6:
            return data[:start] + chance.randbytes(end - start) + data[end:]
        case _:
            other = chance.choice(list(FILES.values()))
            return data[:start] + other[chance.randrange(len(other)) :][: end - start] + data[start:]


# --- a third way through a file ---------------------------------------------------------------------------------------


class _Shown(HTMLParser):
    """The words of a page that stand in its running text."""

    _APART = frozenset(("script", "style", "head", "nav", "footer", "template", "noscript", "textarea", "title"))

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._apart = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._apart += tag in self._APART

    def handle_endtag(self, tag: str) -> None:
        self._apart = max(0, self._apart - (tag in self._APART))

    def handle_data(self, data: str) -> None:
        if not self._apart:
            self.words.append(data)


def visible(name: str, data: bytes) -> str:
    """Return the words that a plain parser sees in a file; none where it sees nothing for sure."""
    try:
        if name.endswith(("xml", "nxml")):
            return " ".join(ElementTree.fromstring(data).itertext())  # noqa: S314 - of our own making
        if name.endswith("docx"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                root = ElementTree.fromstring(archive.read("word/document.xml"))  # noqa: S314
            return " ".join(each.text or "" for each in root.iter() if each.tag.endswith("}t"))
        text = data.decode()
    except Exception:  # then nothing is sure
        return ""
    if name.endswith("html"):
        shown = _Shown()
        shown.feed(text)
        return " ".join(shown.words)
    if name.endswith("pdf"):
        return ""  # what stands on a page is told by its layout: the readers compare figures there themselves
    return text
