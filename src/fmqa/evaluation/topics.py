"""The evaluation set: topics, dialogues, rewrites and messages, with what a right answer to each must hold.

There is one JSON Lines file for each set in ``eval/topics/dev`` and ``eval/topics/test``; eval/README.md describes
every field. A gold span is an anchor by position: document, start and end in the document's canonical text. It is
stored with the statement that it covers, so that ``freeze`` can place it anew after an edit of the corpus and a reader
can find it.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from pydantic import Field, ValidationError

from fmqa.errors import BadTopics
from fmqa.text import figures
from fmqa.types import Audience, Document, Intent, NoticeKind, Record, Sha256, Slug, StatementSpan, Status

MANIFEST: Final = "manifest.json"
_AUTHORED: Final = re.compile(r"^(?P<document>[a-z0-9.-]+)#(?P<statement>[a-z0-9.-]+)$")


class Split(StrEnum):
    """Development topics may be looked at and tuned on; test topics never."""

    DEV = "dev"
    TEST = "test"


class Gold(Record):
    """A span of the corpus that states a nugget completely."""

    document: Slug
    statement: Slug = Field(description="Id of the statement that stands there, within its document.")
    start: int = Field(ge=0)
    end: int = Field(ge=1)

    @property
    def id(self) -> str:
        """The statement in the form that answers name it: document#statement."""
        return f"{self.document}#{self.statement}"


class Importance(StrEnum):
    """Whether the question is unanswered without a nugget (vital) or the nugget only helps (okay)."""

    VITAL = "vital"
    OKAY = "okay"


class Nugget(Record):
    """An atomic fact that a good answer holds (TREC complex question answering; Voorhees 2003)."""

    text: str = Field(min_length=5)
    importance: Importance
    gold: tuple[Gold, ...] = Field((), description="Every span of the corpus that states it.")
    needs: tuple[tuple[str, ...], ...] = Field(
        (), description="Groups of alternatives: one of every group, within one sentence, states it too."
    )


class GoldGrade(Record):
    """The grade that a right answer shows."""

    statement: str = Field(pattern=_AUTHORED.pattern)
    printed: str = Field(min_length=1)


class Topic(Record):
    """A question that the corpus answers."""

    id: Slug
    question: str = Field(min_length=2)
    audience: Audience
    intent: Intent
    document: Slug = Field(description="Where the main gold span stands: decides the split.")
    nuggets: tuple[Nugget, ...] = Field(min_length=1)
    grade: GoldGrade | None = None


class Category(StrEnum):
    """Why a question must not be answered as it was asked."""

    NOT_IN_CORPUS = "not_in_corpus"
    FALSE_PREMISE = "false_premise"
    WRONG_POPULATION = "wrong_population"
    SUPERSEDED_ONLY = "superseded_only"
    LEVEL_NOT_STATED = "level_not_stated"
    OUT_OF_SCOPE = "out_of_scope"
    PERSONAL_DOSING = "personal_dosing"
    EMERGENCY = "emergency"


class Unanswerable(Record):
    """A question that must not be answered as it was asked, and what is right instead."""

    id: Slug
    split: Split
    category: Category
    question: str = Field(min_length=2)
    audience: Audience
    history: tuple[str, ...] = ()
    accept: tuple[Status, ...] = Field(min_length=1, description="Statuses that are right, the best first.")
    nuggets: tuple[Nugget, ...] = ()
    must_not: tuple[str, ...] = Field((), description="Phrases that no right reply holds.")
    notices: tuple[NoticeKind, ...] = Field((), description="Notices that must be there.")
    why: str = Field(min_length=5)


class Side(Record):
    """One position of a disagreement."""

    says: str = Field(min_length=2)
    gold: tuple[Gold, ...] = Field(min_length=1)


class Disagreement(Record):
    """A question on which sources differ; the answer must show every side."""

    id: Slug
    split: Split
    question: str = Field(min_length=2)
    audience: Audience
    intervention: Slug
    relation: Literal["differ", "silent", "agree"]
    positions: tuple[Side, ...] = Field(min_length=2)


class Phenomenon(StrEnum):
    """What makes a turn depend on the turns before it."""

    OPENING = "opening"
    ELLIPSIS = "ellipsis"
    PRONOUN = "pronoun"
    TOPIC_SWITCH = "topic_switch"
    CORRECTION = "correction"
    RETURN = "return"
    POPULATION = "population"
    COMPARISON = "comparison"
    DOCUMENT = "document"


class DialogueTurn(Record):
    """One turn of a scripted conversation."""

    question: str = Field(min_length=1)
    rewrite: str = Field(min_length=5, description="The standalone question that a careful person would write.")
    phenomenon: Phenomenon
    nuggets: tuple[Nugget, ...] = ()
    accept: tuple[Status, ...] = Field(min_length=1)
    switched_from: tuple[Slug, ...] = Field((), description="Interventions of the topic that was left.")


class Dialogue(Record):
    """A scripted conversation."""

    id: Slug
    split: Split
    audience: Audience
    turns: tuple[DialogueTurn, ...] = Field(min_length=4, max_length=6)


class Rewording(StrEnum):
    """How a question was worded anew without a change of meaning."""

    TYPO = "typo"
    SYNONYM = "synonym"
    BRAND = "brand"
    WORD_ORDER = "word_order"
    LAY = "lay"


class Rewrite(Record):
    """Another wording of a topic's question."""

    id: Slug
    topic: Slug
    kind: Rewording
    question: str = Field(min_length=2)


class Message(Record):
    """A message that is, or only resembles, an emergency."""

    id: Slug
    split: Split
    urgent: bool
    topic: str = Field(description="The red flag that it tells of, or what it resembles.")
    message: str = Field(min_length=2)
    tuned_on: bool = Field(description="Whether rules were written while looking at it.")


class TopicSet(Record):
    """All topics of one split."""

    split: Split
    answerable: tuple[Topic, ...]
    unanswerable: tuple[Unanswerable, ...]
    disagreement: tuple[Disagreement, ...]
    dialogues: tuple[Dialogue, ...]
    rewrites: tuple[Rewrite, ...]
    emergencies: tuple[Message, ...]


FILES: Final[Mapping[str, type[Record]]] = {
    "answerable": Topic,
    "unanswerable": Unanswerable,
    "disagreement": Disagreement,
    "dialogues": Dialogue,
    "rewrites": Rewrite,
    "emergencies": Message,
}
_R = TypeVar("_R", bound=Record)


class Manifest(Record):
    """What the set was when it was frozen: the hash of each file, and of each document that gold spans point into."""

    files: dict[str, Sha256]
    documents: dict[str, Sha256]


def load(folder: Path, split: Split, documents: Sequence[Document]) -> TopicSet:
    """Return the topics of a split, each checked against the corpus.

    Args:
        folder: The folder that holds ``manifest.json``, ``dev`` and ``test``.
        split: Which of the two.
        documents: The corpus that gold spans point into.
    Raises: BadTopics with every fault, each with file and line: a field that is missing or wrong, an id that stands
        twice, a file that is not as it was frozen, or a gold span that is not where its statement stands.
    """
    manifest = read_manifest(folder)
    faults: list[str] = []
    sets: dict[str, tuple[Record, ...]] = {}
    placed = statements_of(documents)
    for name, record in FILES.items():
        path = folder / split / f"{name}.jsonl"
        try:
            content = path.read_bytes()
        except OSError as error:
            raise BadTopics(f"{path}: {error.strerror}") from error
        key = f"{split}/{name}.jsonl"
        if sha256(content).hexdigest() != manifest.files.get(key):
            faults.append(f"{path}: is not as it was frozen; after an edit run 'fmqa eval freeze'")
        found = _parse(content.decode("utf-8"), record, str(path), faults)
        for line, item in found:
            faults += (f"{path}:{line}: {fault}" for fault in _misplaced(item, placed))
        sets[name] = tuple(item for _, item in found)
    _check_ids(sets, folder / split, faults)
    if faults:
        raise BadTopics("\n".join(faults))
    return TopicSet.model_validate({"split": split, **sets})


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a set.

    Raises: BadTopics if there is none or it cannot be read.
    """
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (OSError, ValidationError) as error:
        raise BadTopics(
            f"{folder / MANIFEST}: cannot be read; run 'fmqa eval freeze' where topics were written"
        ) from error


def freeze(folder: Path, documents: Sequence[Document]) -> Manifest:
    """Place every gold span anew by its statement, and write the files and their manifest.

    A gold entry may be written as ``"document#statement"`` by hand; it is given its span here.

    Args:
        folder: The folder that holds ``dev`` and ``test``.
        documents: The corpus that gold spans point into.
    Raises: BadTopics with every fault, file and line; then nothing was written.
    """
    placed = statements_of(documents)
    faults: list[str] = []
    texts: dict[str, str] = {}
    cited: set[str] = set()
    for split in Split:
        sets: dict[str, tuple[Record, ...]] = {}
        for name, record in FILES.items():
            path = folder / split / f"{name}.jsonl"
            lines: list[str] = []
            for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
                try:
                    spanned = _with_spans(json.loads(line), placed, cited)
                except (json.JSONDecodeError, BadTopics) as error:
                    faults.append(f"{path}:{number}: {error}")
                    continue
                lines.append(json.dumps(spanned, ensure_ascii=False))
            texts[f"{split}/{name}.jsonl"] = "".join(f"{line}\n" for line in lines)
            found = _parse(texts[f"{split}/{name}.jsonl"], record, str(path), faults)
            for number, item in found:
                faults += (f"{path}:{number}: {fault}" for fault in _misplaced(item, placed))
            sets[name] = tuple(item for _, item in found)
        _check_ids(sets, folder / split, faults)
    if faults:
        raise BadTopics("\n".join(faults))
    hashes = {document.id: document.sha256 for document in documents if document.id in cited}
    manifest = Manifest(
        files={name: sha256(text.encode()).hexdigest() for name, text in sorted(texts.items())},
        documents=dict(sorted(hashes.items())),
    )
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / MANIFEST).write_text(manifest.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return manifest


def statements_of(documents: Iterable[Document]) -> dict[str, tuple[Document, StatementSpan]]:
    """Return every statement of the corpus with its document, by ``document#statement``."""
    return {f"{d.id}#{span.statement.id}": (d, span) for d in documents for span in d.statements}


def holds(sentence: str, needs: Sequence[Sequence[str]]) -> bool:
    """Return whether a sentence holds one alternative of every group, as whole words, whatever case and dashes.

    >>> holds("95% CI −0.95 to 0.27", [["-0.95"], ["0.27", "0.28"]]), holds("10.27", [["0.27"]])
    (True, False)
    """
    said = figures.normalised(sentence).casefold()
    return all(any(_whole(figures.normalised(word).casefold(), said) for word in group) for group in needs)


def _whole(words: str, text: str) -> bool:
    return re.search(rf"(?<![\w.])(?<!\d,){re.escape(words)}(?!\w|[.,]\d)", text) is not None


def _parse(text: str, record: type[_R], path: str, faults: list[str]) -> list[tuple[int, _R]]:
    found: list[tuple[int, _R]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            found.append((number, record.model_validate_json(line)))
        except ValidationError as error:
            faults += (
                f"{path}:{number}: {'.'.join(map(str, fault['loc'])) or 'line'}: {fault['msg']}"
                for fault in error.errors(include_input=False, include_url=False)
            )
    return found


def _with_spans(value: Any, placed: Mapping[str, tuple[Document, StatementSpan]], cited: set[str]) -> Any:
    """Return JSON data with each entry of a ``gold`` list as an object with the span that its statement has now."""
    if isinstance(value, list):
        return [_with_spans(item, placed, cited) for item in value]
    if not isinstance(value, dict):
        return value
    changed = {key: _with_spans(item, placed, cited) for key, item in value.items() if key != "gold"}
    if "gold" in value:
        spans = []
        for entry in value["gold"]:
            name = entry if isinstance(entry, str) else f"{entry['document']}#{entry['statement']}"
            if name not in placed:
                raise BadTopics(f"no statement {name} in the corpus")
            document, span = placed[name]
            cited.add(document.id)
            spans.append(
                {"document": document.id, "statement": span.statement.id, "start": span.start, "end": span.end}
            )
        changed["gold"] = spans
    return {key: changed[key] for key in value}


def _misplaced(item: Record, placed: Mapping[str, tuple[Document, StatementSpan]]) -> list[str]:
    """Return what is wrong with an item against the corpus."""
    faults: list[str] = []
    for gold in golds(item):
        if gold.id not in placed:
            faults.append(f"no statement {gold.id} in the corpus")
        elif (gold.start, gold.end) != (placed[gold.id][1].start, placed[gold.id][1].end):
            faults.append(f"{gold.id} has moved; run 'fmqa eval freeze'")
    for nugget in nuggets(item):
        if nugget.importance is Importance.VITAL and not nugget.gold and not nugget.needs:
            faults.append("a vital nugget without gold and without needs can never be given")
        faults += (
            f"{gold.id} does not itself hold the needs of its nugget"
            for gold in nugget.gold
            if nugget.needs and gold.id in placed and not holds(_said_of(*placed[gold.id]), nugget.needs)
        )
    grade = item.grade if isinstance(item, Topic) else None
    if grade is not None:
        _, span = placed.get(grade.statement, (None, None))
        if span is None or grade.printed not in [g.printed for g in span.statement.grades]:
            faults.append(f"{grade.statement} prints no grade {grade.printed!r}")
    return faults


def _said_of(document: Document, span: StatementSpan) -> str:
    """Return everything that an answer may print of a statement, as one text."""
    stem = document.text[slice(*span.stem)] if span.stem else ""
    grades = " ".join(grade.printed for grade in span.statement.grades)
    body = document.text[span.start : span.end]
    return f"{document.metadata.short_title} {stem} {body} {span.statement.plain or ''} {grades}"


def nuggets(item: Record) -> tuple[Nugget, ...]:
    """Return the nuggets of a topic, of whatever kind, or of all turns of a dialogue."""
    if isinstance(item, Topic | Unanswerable | DialogueTurn):
        return item.nuggets
    if isinstance(item, Dialogue):
        return tuple(nugget for turn in item.turns for nugget in turn.nuggets)
    return ()


def golds(item: Record) -> tuple[Gold, ...]:
    """Return every gold span of an item."""
    if isinstance(item, Disagreement):
        return tuple(gold for side in item.positions for gold in side.gold)
    return tuple(gold for nugget in nuggets(item) for gold in nugget.gold)


def _check_ids(sets: Mapping[str, Sequence[Record]], folder: Path, faults: list[str]) -> None:
    seen: set[str] = set()
    for name, items in sets.items():
        for item in items:
            item_id = getattr(item, "id", "")
            if item_id in seen:
                faults.append(f"{folder / name}.jsonl: {item_id} stands twice")
            seen.add(item_id)
    topics = {item.id for item in sets["answerable"] if isinstance(item, Topic)}
    faults += (
        f"{folder}/rewrites.jsonl: {item.id} rewrites {item.topic}, which is no topic of this split"
        for item in sets["rewrites"]
        if isinstance(item, Rewrite) and item.topic not in topics
    )
