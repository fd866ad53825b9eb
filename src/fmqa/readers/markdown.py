"""Markdown with YAML front matter: the format of corpus/README.md, and the vocabulary's YAML.

The **canonical text** that anchors count in is made from the body so:

- UTF-8; a byte order mark at the start is dropped; CR LF and CR become LF. Invisible characters are a fault.
- Headings, paragraphs, list items and table rows are blocks. Marks of Markdown are gone and words stay: a link keeps
  its label, emphasis its text. ``{#id}`` marks are gone, grades in square brackets stay.
- Inside a block every run of white space is one space, and characters are in Unicode normalisation form C.
- A table row reads ``header: cell; header: cell``, so that it is intelligible by itself; an empty cell is left out, and
  so is the full stop of a cell that is not the last.
- An item of a nested list begins with the words of the items above it that end in a colon, where a list stem further
  out is already the stem: ``Do not start:`` / ``opioids:`` / ``tramadol`` gives ``opioids: tramadol``.
- Blocks are joined by one blank line. There is no white space at the start or end.

HTML, images and code blocks are no part of the format. The YAML is version 1.2: ``no`` is a word, not a boolean.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from fmqa.errors import BadCorpus
from fmqa.types import (
    Concept,
    ConceptKind,
    CorpusFault,
    Document,
    Metadata,
    Review,
    Section,
    Statement,
    StatementSpan,
    Vocabulary,
    text_sha256,
)

Location = tuple[int | str, ...]
NEVER_TYPO = "never_typo"
"""Key of the vocabulary that lists ordinary words which are no misspelt names."""
# What list items and table rows depend on: the number of the block that is their stem, and the words of the items
# around them that end in a colon.
_Lead = tuple[int | None, str]

_MARK = re.compile(r"\s*\{#([^{}]*)\}\s*$")
_TRAILING_BRACKETS = re.compile(r"(?:\s*\[[^\[\]]*\])+$")
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")
_LISTS = ("bullet_list", "ordered_list")
_REFUSED = {"html_block": "HTML", "html_inline": "HTML", "image": "an image", "fence": "code", "code_block": "code"}
# Without reference definitions a line such as "[level Ia]: see below" stays text instead of vanishing.
_MARKDOWN = MarkdownIt("commonmark").enable("table").disable("reference")


@dataclass(frozen=True)
class Reading:
    """What became of one file: the document if it could be made, and every fault that was found."""

    path: str
    faults: tuple[CorpusFault, ...]
    document: Document | None
    document_id: str | None  # as the file gives it, also where the document has faults


@dataclass
class _Block:
    """A block of the body before offsets are known."""

    words: str
    line: int
    headings: tuple[str, ...]
    stem: int | None = None  # number of the block that is its stem
    mark: str | None = None
    is_heading: bool = False


@dataclass
class _Body:
    """The body as far as it was read."""

    title: str  # of the document; a heading that only repeats it is no part of heading paths
    lines: list[str]  # of the file
    blocks: list[_Block] = field(default_factory=list)
    headings: list[tuple[int, str]] = field(default_factory=list)  # level and words of the open headings
    faults: list[tuple[int, str, str]] = field(default_factory=list)  # line, rule, message


def read(path: Path, root: Path) -> Document:
    """Return the document in a Markdown file.

    Args:
        path: The file.
        root: The corpus folder; the document's path and faults are given below it.
    Raises: BadCorpus naming path and line of every fault.
    """
    reading = examine(path, root)
    if reading.document is None or reading.faults:
        raise BadCorpus("\n".join(str(fault) for fault in reading.faults))
    return reading.document


def examine(path: Path, root: Path) -> Reading:
    """Return the document in a Markdown file together with all its faults; raises nothing for a faulty file."""
    name = path.relative_to(root).as_posix()
    try:
        return parse(path.read_bytes().decode("utf-8-sig"), name)
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        return Reading(name, (CorpusFault(path=name, line=line, rule="encoding", message="not UTF-8"),), None, None)


@lru_cache(maxsize=512)  # a program that adds documents reads the others each time
def parse(source: str, path: str) -> Reading:
    """Return the document in a Markdown source together with all its faults.

    Args:
        source: The file's text; a byte order mark is already dropped.
        path: Path below the corpus folder, for messages and ``Document.path``.
    """
    source = _with_unix_lines(source)
    faults = [CorpusFault(path=path, line=n, rule="encoding", message=why) for n, why in _invisible(source)]
    front = front_matter(source)
    if front is None:
        faults.append(CorpusFault(path=path, line=1, rule="schema", message="no front matter between two --- lines"))
        return Reading(path, tuple(faults), None, None)
    try:
        data = YAML(typ="safe").load(front)
    except YAMLError as error:
        faults.append(_yaml_fault(error, path))
        return Reading(path, tuple(faults), None, None)
    if not isinstance(data, dict):
        faults.append(CorpusFault(path=path, line=2, rule="schema", message="the front matter is no mapping"))
        return Reading(path, tuple(faults), None, None)

    located: list[tuple[Location, str, str]] = []
    metadata: Metadata | None = None
    try:
        metadata = Metadata.model_validate(data)
    except ValidationError as error:
        located += schema_faults(error, (), data)
    rows = metadata.statements if metadata else _valid_statements(data)
    known = [(number, row["id"]) for number, row in _rows(data) if isinstance(row.get("id"), str)]
    first = {name: number for number, name in reversed(known)}
    located += [
        (("statements", number), "statement-id", f"another statement has the id {name} already")
        for number, name in known
        if number != first[name]
    ]

    body = _read_body(source, str(data.get("title", "")))
    located += _place_faults(body, first)
    text, spans = _join(body.blocks)
    statements, printed_faults = _statement_spans(body.blocks, spans, rows)
    body.faults += printed_faults
    if not any(not block.is_heading for block in body.blocks):
        body.faults.append((front.count("\n") + 2, "empty", "the body has no paragraph, list or table"))

    faults += [CorpusFault(path=path, line=line, rule=rule, message=message) for line, rule, message in body.faults]
    faults += locate(source, path, located)
    faults.sort(key=lambda fault: fault.line)
    name = data.get("id") if isinstance(data.get("id"), str) else None
    # Faults of the body leave a document that the other checks can still look at.
    if metadata is None or not text:
        return Reading(path, tuple(faults), None, name)
    document = Document(
        metadata=metadata,
        path=path,
        text=text,
        sha256=text_sha256(text),
        sections=_sections(body.blocks, spans, {span.statement.id for span in statements}),
        statements=statements,
    )
    return Reading(path, tuple(faults), document, name)


def normalise(words: str) -> str:
    r"""Return words in Unicode normalisation form C, with every run of white space as one space and none outside.

    >>> normalise(" 4.5\u00a0 mg\n")
    '4.5 mg'
    """
    return " ".join(unicodedata.normalize("NFC", words).split())


def front_matter(source: str) -> str | None:
    """Return the YAML between the first two ``---`` lines; None if there is none."""
    match = re.match(r"---[ \t]*\n(.*?\n)---[ \t]*(?:\n|$)", source, re.DOTALL)
    return match.group(1) if match else None


def locate(source: str, path: str, faults: Sequence[tuple[Location, str, str]]) -> list[CorpusFault]:
    """Return faults of the front matter, or of a file that is all YAML, with the lines of their YAML nodes.

    Args:
        source: The file's text.
        path: Path below the corpus folder.
        faults: Keys and indices that lead to the node, rule and message of each. A location that does not exist, such
            as that of a missing field, stands for the nearest node around it.
    """
    if not faults:
        return []  # composing nodes costs as much as loading the data, so it waits for a fault
    source = _with_unix_lines(source)
    front = front_matter(source) if path.endswith(".md") else source
    before = 2 if path.endswith(".md") else 1  # line number of the first line of the YAML
    root = YAML(typ="safe").compose(front or "")
    return [
        CorpusFault(path=path, line=_node_line(root, location) + before, rule=rule, message=message)
        for location, rule, message in faults
    ]


def with_review(source: str, path: str, review: Review) -> str:
    """Return the source of a document with another review in its front matter; nothing else changes.

    Raises: BadCorpus if its review does not stand in one line.
    """
    front = front_matter(_with_unix_lines(source)) or ""
    given = review.model_dump(mode="json", exclude_none=True)
    line = (
        "review: {" + ", ".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in given.items()) + "}"
    )
    found = re.findall(r"^review:.*$", front, re.MULTILINE)
    if len(found) > 1 or (found and not re.fullmatch(r"review:\s*\{[^{}]*\}\s*(?:#.*)?", found[0])):
        raise BadCorpus(f"{path}: write its review in one line, 'review: {{state: submitted}}', and try again")
    if found:
        return source.replace(found[0], line, 1)
    return source.replace("\n---", f"\n{line}\n---", 1)


def examine_vocabulary(path: Path, root: Path) -> tuple[Vocabulary | None, tuple[CorpusFault, ...]]:
    """Return the controlled vocabulary in a YAML file, None if it cannot be made, and every fault of its schema."""
    return _examined_vocabulary(path, root, sha256(path.read_bytes()).hexdigest())


@lru_cache(4)  # a change of documents asks for the same vocabulary twice
def _examined_vocabulary(path: Path, root: Path, _content: str) -> tuple[Vocabulary | None, tuple[CorpusFault, ...]]:
    name = path.relative_to(root).as_posix()
    source, data, unreadable = read_mapping(path, root)
    if unreadable:
        return None, unreadable
    concepts: list[Concept] = []
    located: list[tuple[Location, str, str]] = []
    never_typo = data.pop(NEVER_TYPO, None) or []
    if not isinstance(never_typo, list) or not all(isinstance(word, str) for word in never_typo):
        located.append(((NEVER_TYPO,), "schema", f"{NEVER_TYPO}: not a list of words"))
        never_typo = []
    for kind, entries in data.items():
        if entries is None and kind in list(ConceptKind):  # a list that is empty so far
            continue
        if kind not in list(ConceptKind) or not isinstance(entries, list):
            lists = ", ".join((*ConceptKind, NEVER_TYPO))
            located.append(((kind,), "schema", f"{kind}: not one of the lists {lists}"))
            continue
        for number, entry in enumerate(entries):
            try:
                concepts.append(Concept.model_validate({**entry, "kind": kind}))
            except TypeError:
                located.append(((kind, number), "schema", f"{kind}.{number}: no mapping"))
            except ValidationError as error:
                located += schema_faults(error, (kind, number), data)
    faults = tuple(locate(source, name, located))
    return None if faults else Vocabulary(concepts=tuple(concepts), never_typo=tuple(never_typo)), faults


def read_mapping(path: Path, root: Path) -> tuple[str, dict[Any, Any], tuple[CorpusFault, ...]]:
    """Return the source of a YAML file, the mapping that it holds, empty for an empty file, and why it has none."""
    name = path.relative_to(root).as_posix()
    try:
        source = path.read_bytes().decode("utf-8-sig")
        data = YAML(typ="safe").load(source)
    except UnicodeDecodeError:
        return "", {}, (CorpusFault(path=name, line=1, rule="encoding", message="not UTF-8"),)
    except YAMLError as error:
        return "", {}, (_yaml_fault(error, name),)
    if data is None:
        return source, {}, ()
    if not isinstance(data, dict):
        return source, {}, (CorpusFault(path=name, line=1, rule="schema", message="the file is no mapping of keys"),)
    return source, data, ()


# --- front matter -----------------------------------------------------------------------------------------------------


def _with_unix_lines(source: str) -> str:
    return source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _invisible(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and complaint for each character that a reader cannot see but that would change words and offsets."""
    for character in sorted(set(source) - {"\n", "\t"}):
        if character == "\ufffd" or unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn"):
            line = source[: source.index(character)].count("\n") + 1
            yield line, f"character U+{ord(character):04X} cannot be seen or is not assigned; remove it"


def _yaml_fault(error: YAMLError, path: str) -> CorpusFault:
    mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
    problem = (error.problem if isinstance(error, MarkedYAMLError) else None) or "not valid YAML"
    line = (mark.line if mark else 0) + (2 if path.endswith(".md") else 1)
    return CorpusFault(path=path, line=line, rule="schema", message=" ".join(problem.split()))


def _rows(data: Mapping[str, object]) -> list[tuple[int, dict[str, Any]]]:
    """Return the rows under ``statements`` that are mappings, each with its index."""
    rows = data.get("statements")
    return [(n, row) for n, row in enumerate(rows) if isinstance(row, dict)] if isinstance(rows, list) else []


def _valid_statements(data: Mapping[str, object]) -> tuple[Statement, ...]:
    """Return the statements whose own record is in order, so that one bad row does not hide faults of the others."""
    valid = []
    for _, row in _rows(data):
        try:
            valid.append(Statement.model_validate(row))
        except ValidationError:
            continue  # reported with its line by the validation of the whole front matter
    return tuple(valid)


def schema_faults(error: ValidationError, above: Location, data: object) -> list[tuple[Location, str, str]]:
    """Return the faults that a record found in its fields, without "too short" for a list that lost bad entries."""
    places = [e["loc"] for e in error.errors()]
    return [
        ((*above, *e["loc"]), "schema", f"{_spoken((*above, *e['loc']), data)}: {e['msg']}")
        for e in error.errors()
        if e["type"] != "too_short"
        or not any(place != e["loc"] and place[: len(e["loc"])] == e["loc"] for place in places)
    ]


def _spoken(location: Location, data: object) -> str:
    """Return a location in words that an editor understands: ``statements.exercise.plain``."""
    words = []
    for key in location:
        try:
            data = data[key]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            data = None
        name = data.get("id") if isinstance(data, dict) else None
        words.append(str(name) if isinstance(key, int) and isinstance(name, str) else str(key))
    return ".".join(words)


def _node_line(node: Node | None, location: Location) -> int:
    """Return the line, from 0, of the node that a location leads to, or of the nearest one on the way."""
    line = node.start_mark.line if node is not None else 0
    for key in location:
        found = None
        if isinstance(node, MappingNode):
            found = next(((name, value) for name, value in node.value if name.value == key), None)
            line = found[0].start_mark.line if found else line
            node = found[1] if found else None
        elif isinstance(node, SequenceNode) and isinstance(key, int) and key < len(node.value):
            node = node.value[key]
            line = node.start_mark.line
        else:
            node = None
        if node is None:
            break
    return int(line)


# --- body -------------------------------------------------------------------------------------------------------------


def _read_body(source: str, title: str) -> _Body:
    front = front_matter(source) or ""
    skipped = front.count("\n") + 2
    # Blank lines in place of the front matter keep the line numbers of the file.
    lines = [*[""] * skipped, *source.split("\n")[skipped:]]
    body = _Body(normalise(title), lines)
    _walk(SyntaxTreeNode(_MARKDOWN.parse("\n".join(lines))).children, (None, ""), body)
    return body


def _walk(nodes: Sequence[SyntaxTreeNode], around: _Lead, body: _Body) -> None:
    """Append the blocks among sibling nodes, in the order of the file, to the body."""
    leading = around  # for the list or table that comes next
    for position, node in enumerate(nodes):
        line = node.map[0] + 1 if node.map else 1
        following = nodes[position + 1].type if position + 1 < len(nodes) else ""
        if node.type == "paragraph":
            leading = _paragraph(node, line, following, around, body)
            continue
        if node.type == "heading":
            _heading(node, line, body)
        elif node.type in _LISTS:
            for item in node.children:
                _walk(item.children, leading, body)
        elif node.type == "table":
            _table(node, leading, body)
        elif node.type == "blockquote":
            _walk(node.children, around, body)
        elif node.type in _REFUSED:
            body.faults.append((line, "format", f"{_REFUSED[node.type]} is no part of the format"))
        leading = around


def _paragraph(node: SyntaxTreeNode, line: int, following: str, around: _Lead, body: _Body) -> _Lead:
    """Append a paragraph; return the lead of what follows it."""
    stem, prefix = around
    words, mark = _without_mark(_words(node, line, body))
    leads = words.endswith(":") and following in (*_LISTS, "table")
    if following in _LISTS and node.parent is not None and node.parent.type == "list_item" and not leads:
        body.faults.append((line, "stem", "an item with a list below it must end in a colon, to be that list's stem"))
    if leads and stem is not None and mark is None:
        return stem, f"{prefix}{words} "
    body.blocks.append(_Block(prefix + words, line, _path(body), stem, mark))
    if not leads:
        return around
    return (len(body.blocks) - 1, "") if stem is None else (stem, f"{prefix}{words} ")


def _heading(node: SyntaxTreeNode, line: int, body: _Body) -> None:
    words, mark = _without_mark(_words(node, line, body))
    if mark is not None:
        body.faults.append((line, "mark", f"a heading cannot be the statement {{#{mark}}}"))
    level = int(node.tag[1:])
    while body.headings and body.headings[-1][0] >= level:
        body.headings.pop()
    if words:
        body.blocks.append(_Block(words, line, _path(body), is_heading=True))
        if words != body.title:
            body.headings.append((level, words))


def _table(node: SyntaxTreeNode, around: _Lead, body: _Body) -> None:
    stem, prefix = around
    heads: list[str] = []
    for row in [row for part in node.children for row in part.children]:
        line = row.map[0] + 1 if row.map else 1
        cells = [_words(cell, line, body) for cell in row.children]
        if not heads:
            heads = cells
            continue
        # The mark may stand in the last cell or behind the last bar, where the parser drops it.
        source = body.lines[line - 1].strip().removesuffix("|")
        mark = _without_mark(source)[1]
        cells[-1] = _without_mark(cells[-1])[0]
        named = [(head, cell) for head, cell in zip(heads, cells, strict=False) if cell]
        parts = [f"{head}: {cell}" if head else cell for head, cell in named]
        parts = [part.removesuffix(".") for part in parts[:-1]] + parts[-1:]
        if parts:
            body.blocks.append(_Block(normalise(prefix + "; ".join(parts)), line, _path(body), stem, mark))


def _words(node: SyntaxTreeNode, line: int, body: _Body) -> str:
    """Return the words of a heading, paragraph or cell, without the marks of Markdown."""
    parts = []
    for inline in node.children:
        for token in (inline.token.children or []) if inline.token else []:
            if token.type in _REFUSED:
                body.faults.append((line, "format", f"{_REFUSED[token.type]} is no part of the format"))
            elif token.type in ("softbreak", "hardbreak"):
                parts.append(" ")
            else:
                parts.append(token.content)  # empty for opening and closing marks
    return normalise("".join(parts))


def _without_mark(words: str) -> tuple[str, str | None]:
    match = _MARK.search(words)
    return (words[: match.start()], match.group(1)) if match else (words, None)


def _path(body: _Body) -> tuple[str, ...]:
    return tuple(words for _, words in body.headings)


# --- from blocks to the document --------------------------------------------------------------------------------------


def _place_faults(body: _Body, known: Mapping[str, int]) -> list[tuple[Location, str, str]]:
    """Add to the body the faults of marks that fit no record; return, by location, those of records without a mark."""
    seen: set[str] = set()
    for block in body.blocks:
        if "{#" in block.words:
            body.faults.append((block.line, "mark", "a {#id} mark must end its block, and a block has one at most"))
        if block.mark is None:
            continue
        if block.mark not in known:
            message = f"{{#{block.mark}}} has no record under statements in the front matter"
            body.faults.append((block.line, "mark", message))
        elif block.mark in seen:
            body.faults.append((block.line, "mark", f"{{#{block.mark}}} marks more than one block"))
        if not _without_grades(block.words)[0]:
            body.faults.append((block.line, "mark", f"{{#{block.mark}}} marks no words"))
        seen.add(block.mark)
    return [
        (("statements", number), "mark", f"no block of the body ends in {{#{name}}}")
        for name, number in known.items()
        if name not in seen
    ]


def _join(blocks: Sequence[_Block]) -> tuple[str, list[tuple[int, int]]]:
    """Return the canonical text and the span of every block in it."""
    spans, position = [], 0
    for block in blocks:
        spans.append((position, position + len(block.words)))
        position += len(block.words) + 2
    return "\n\n".join(block.words for block in blocks), spans


def _sections(blocks: Sequence[_Block], spans: Sequence[tuple[int, int]], statements: set[str]) -> tuple[Section, ...]:
    return tuple(
        Section(
            start=start,
            end=end,
            headings=block.headings,
            stem=None if block.stem is None else spans[block.stem],
            statement=block.mark if block.mark in statements else None,
        )
        for block, (start, end) in zip(blocks, spans, strict=True)
        if not block.is_heading
    )


def _statement_spans(
    blocks: Sequence[_Block], spans: Sequence[tuple[int, int]], rows: Sequence[Statement]
) -> tuple[tuple[StatementSpan, ...], list[tuple[int, str, str]]]:
    """Return where each statement and its grades stand, and the grades that are not as their record prints them."""
    records = {row.id: row for row in rows}
    found, faults = [], []
    for block, (start, _) in zip(blocks, spans, strict=True):
        if block.mark not in records:
            continue
        record = records.pop(block.mark)  # a second block with the same mark is a fault already
        words, brackets = _without_grades(block.words)
        shown = [notation for _, notation in brackets]
        expected = [normalise(grade.printed) for grade in record.grades]
        if shown != expected:
            message = f"{{#{record.id}}} prints {_listed(shown)}, its record has {_listed(expected)}"
            faults.append((block.line, "grade-printed", message))
        if words:
            found.append(
                StatementSpan(
                    statement=record,
                    start=start,
                    end=start + len(words),
                    stem=None if block.stem is None else spans[block.stem],
                    grades=tuple((start + at, start + at + len(notation)) for at, notation in brackets),
                    line=block.line,
                )
            )
    return tuple(found), faults


def _without_grades(words: str) -> tuple[str, list[tuple[int, str]]]:
    """Return the words before the trailing brackets, and offset and content of each of these."""
    match = _TRAILING_BRACKETS.search(words)
    if match is None:
        return words, []
    return words[: match.start()], [(b.start(1), b.group(1)) for b in _BRACKETS.finditer(words, match.start())]


def _listed(notations: Sequence[str]) -> str:
    return ", ".join(f"[{notation}]" for notation in notations) or "no grade"
