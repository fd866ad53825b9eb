"""Judges one answer by rules, each of which names what decided the verdict.

The judge does not trust the answering code. It reads the documents anew from the corpus and not from the index, and an
anchor, a grade or a disclaimer is right only if it is right against them. The answers of any system can be judged that
cites spans of the corpus in an ``Answer``.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Literal

from fmqa.corpus.vocabulary import Matcher
from fmqa.errors import BadSettings, Unavailable
from fmqa.evaluation.topics import Disagreement, Gold, GoldGrade, Nugget, holds
from fmqa.text import figures
from fmqa.text.words import tokenize
from fmqa.types import (
    Anchor,
    Answer,
    AnswerStatement,
    Check,
    ConceptKind,
    Document,
    NoticeKind,
    Record,
    Source,
    StatementSpan,
    text_sha256,
)

DISCLAIMER_SHA256: Final = "64508c825174152761bcfaaaf4e3edb38e1223ab477ed64116d16bded9d0f09e"
"""Of the disclaimer's words: a weaker one in the code would be noticed here."""
_COVERED: Final = 0.8  # share of a gold span that a citation must cover to count as citing it
_CITED: Final = re.compile(r"\[(\d+)\]")


class Span(Record):
    """Where a verdict was decided: a statement of the answer, and characters of its text."""

    statement: str
    start: int
    end: int


class NuggetVerdict(Record):
    """Whether a nugget was given, and by which rule."""

    text: str
    importance: str
    given: bool
    rule: Literal["cites gold", "holds needs", "not given"]
    span: Span | None = None


class GradeVerdict(Record):
    """What became of a grade between record and answer."""

    statement: str
    verdict: Literal["right", "hidden", "invented", "converted"]
    printed: str


class FactKind(StrEnum):
    """Kinds of critical facts: each is compared by itself."""

    NUMBER = "number"
    UNIT = "unit"
    COMPARATOR = "comparator"
    DOSE = "dose, frequency, route"
    NEGATION = "negation"
    MODALITY = "modality"
    CONDITION = "condition or exception"
    POPULATION = "population"
    DRUG = "drug"


class FactVerdict(Record):
    """Whether a statement tells one kind of critical fact as its source does; only where source or answer has any."""

    statement: str
    kind: FactKind
    kept: bool
    detail: str = ""


class CitationVerdict(Record):
    """Citation recall and precision of one statement in the sense of ALCE (Gao et al. 2023, arXiv:2305.14627).

    Recall: everything that it cites, taken together, supports it. Precision: a citation counts if it supports the
    statement alone, or if without it the rest no longer would.
    """

    statement: str
    supported: bool
    precise: tuple[bool, ...]
    rule: str


class AnchorVerdict(Record):
    """Whether an anchor resolves, and whether what is said in its name is verbatim or the stored plain wording."""

    statement: str
    resolves: bool
    faithful: bool
    detail: str = ""


Facts = frozenset[Any]
Judge = Callable[[str, str], tuple[bool, str]]
"""Evidence and claim -> whether the evidence supports the claim, and the rule that decided."""


class Truth:
    """The corpus as it was read anew: documents, statements, and the vocabulary's names."""

    def __init__(self, documents: Sequence[Document], matcher: Matcher) -> None:
        self.documents: Mapping[str, Document] = {document.id: document for document in documents}
        self.spans: Mapping[str, StatementSpan] = {
            f"{document.id}#{span.statement.id}": span for document in documents for span in document.statements
        }
        self.matcher = matcher

    def quote(self, anchor: Anchor) -> str | None:
        """Return the words at an anchor's place, or None if they are not those that it quotes."""
        document = self.documents.get(anchor.document_id)
        if document is None or text_sha256(document.text) != anchor.document_sha256:
            return None
        found = document.text[anchor.position.start : anchor.position.end]
        return found if found == anchor.quote.exact else None

    def concepts(self, text: str, kind: ConceptKind) -> frozenset[str]:
        """Return the concepts of one kind that a text names."""
        return frozenset(m.concept for m in self.matcher.mentions(text) if m.kind is kind)


# --- what the answer gives --------------------------------------------------------------------------------------------


def nugget_verdicts(nuggets: Sequence[Nugget], answer: Answer) -> tuple[NuggetVerdict, ...]:
    """Return for each nugget whether the answer's text or table gives it; what waits behind the text gives none.

    A statement gives a nugget if what it cites covers a gold span, or if its words, the grade shown with it and the
    title of its source together hold the nugget's needs. A position in the line on differing sources, and a notice,
    count by needs.
    """
    sources = {source.n: source for source in answer.sources}
    shown = frozenset(map(int, _CITED.findall(answer.text)))
    found = []
    for nugget in nuggets:
        verdict = NuggetVerdict(text=nugget.text, importance=nugget.importance, given=False, rule="not given")
        for statement in _shown(answer):
            cited = [sources[n] for n in statement.citations if n in sources]
            whole = Span(statement=statement.id, start=0, end=len(statement.text))
            if any(_covers(source, gold) for source in cited for gold in nugget.gold):
                verdict = verdict.model_copy(update={"given": True, "rule": "cites gold", "span": whole})
                break
            if nugget.needs and holds(_as_shown(statement, cited), nugget.needs):
                verdict = verdict.model_copy(update={"given": True, "rule": "holds needs", "span": whole})
                break
        else:
            for place, told in _said_beside(answer, shown):
                if nugget.needs and holds(told, nugget.needs):
                    span = Span(statement=place, start=0, end=len(told))
                    verdict = verdict.model_copy(update={"given": True, "rule": "holds needs", "span": span})
                    break
        found.append(verdict)
    return tuple(found)


def _shown(answer: Answer) -> tuple[AnswerStatement, ...]:
    """Return the statements that a reader sees at once: those of the text and of the table."""
    return (*answer.statements, *(answer.table.statements if answer.table else ()))


def _said_beside(answer: Answer, shown: frozenset[int]) -> Iterator[tuple[str, str]]:
    """Yield what an answer says beside its statements: positions in the line on differing sources, and notices."""
    for conflict in answer.conflicts:
        for position in conflict.positions:
            if position.source in shown:
                told = (conflict.intervention, position.short_title, position.direction, position.grade or "")
                yield f"position of {position.document_id}", " ".join(told)
    for notice in answer.notices:
        yield f"notice {notice.kind.value}", notice.text


def on_target(verdicts: Sequence[NuggetVerdict], answer: Answer) -> tuple[int, int]:
    """Return how many statements of an answer give a nugget, and how many there are."""
    giving = {verdict.span.statement for verdict in verdicts if verdict.span is not None}
    return sum(statement.id in giving for statement in answer.statements), len(answer.statements)


def sides_shown(topic: Disagreement, answer: Answer, *, further: bool = False) -> tuple[bool, ...]:
    """Return for each position of a disagreement whether the answer cites it: in its text, its table or side by side.

    Args:
        topic: The disagreement.
        answer: The answer.
        further: Whether the evidence that waits behind the text counts as well.
    """
    sources = {source.n: source for source in answer.sources}
    told = (*_shown(answer), *(answer.more if further else ()))
    numbers = {n for statement in told for n in statement.citations}
    numbers |= {position.source for conflict in answer.conflicts for position in conflict.positions}
    cited = [sources[n] for n in numbers if n in sources]
    return tuple(any(_covers(source, gold) for source in cited for gold in side.gold) for side in topic.positions)


def states_gold_grade(gold: GoldGrade, answer: Answer) -> bool:
    """Return whether a grade is shown as it is printed, for the statement that it belongs to."""
    wanted = figures.normalised(gold.printed)
    return any(
        figures.normalised(shown.grade.printed) == wanted and statement.id == gold.statement
        for statement in _shown(answer)
        for shown in statement.grades
    )


def _covers(source: Source, gold: Gold) -> bool:
    if source.document_id != gold.document:
        return False
    position = source.anchor.position
    shared = min(position.end, gold.end) - max(position.start, gold.start)
    return shared >= _COVERED * (gold.end - gold.start)


def _as_shown(statement: AnswerStatement, cited: Sequence[Source]) -> str:
    grades = " ".join(shown.grade.printed for shown in statement.grades)
    return f"{' '.join(source.short_title for source in cited)} {statement.text} {grades}"


# --- what the answer must keep ----------------------------------------------------------------------------------------


def anchor_verdicts(answer: Answer, truth: Truth) -> tuple[AnchorVerdict, ...]:
    """Return a verdict on every statement's first source, and on every source that no statement cites first.

    What waits behind the text, and what stands in a table, is held to the same.
    """
    found = []
    sources = {source.n: source for source in answer.sources}
    seen: set[int] = set()
    for statement in answer.every_statement:
        source = sources[statement.citations[0]]
        seen.add(source.n)
        quotes = [truth.quote(anchor) for anchor in (source.stem, source.anchor) if anchor is not None]
        resolves = None not in quotes
        verbatim = " ".join(quote for quote in quotes if quote is not None)
        span = truth.spans.get(statement.id)
        plain = span.statement.plain if span else None
        said = figures.normalised(statement.text)
        faithful = said == figures.normalised(verbatim if statement.wording == "verbatim" else plain or "")
        needs_stem = span is not None and span.stem is not None
        if needs_stem and source.stem is None:
            faithful = False
        detail = "" if resolves and faithful else "stem left out" if needs_stem and source.stem is None else "changed"
        found.append(AnchorVerdict(statement=statement.id, resolves=resolves, faithful=faithful, detail=detail))
    for source in answer.sources:
        if source.n not in seen:
            resolves = truth.quote(source.anchor) is not None
            found.append(AnchorVerdict(statement=f"source {source.n}", resolves=resolves, faithful=resolves))
    return tuple(found)


def grade_verdicts(answer: Answer, truth: Truth) -> tuple[GradeVerdict, ...]:
    """Return a verdict on every grade of a statement, in text, table or behind, and on every one that it lacks."""
    found: list[GradeVerdict] = []
    for statement in answer.every_statement:
        span = truth.spans.get(statement.id)
        recorded = {figures.normalised(g.printed): g for g in span.statement.grades} if span else {}
        shown = {figures.normalised(s.grade.printed): s.grade for s in statement.grades}
        for printed, grade in shown.items():
            record = recorded.get(printed)
            verdict: Literal["right", "invented", "converted"] = "right"
            if record is None:
                verdict = "invented"
            elif record.system != grade.system:
                verdict = "converted"
            elif record != grade:
                verdict = "invented"
            found.append(GradeVerdict(statement=statement.id, verdict=verdict, printed=printed))
        found += (
            GradeVerdict(statement=statement.id, verdict="hidden", printed=printed)
            for printed in recorded
            if printed not in shown
        )
    return tuple(found)


_FREQUENCY: Final = re.compile(
    r"\b(once|twice|three times|four times)\b|\b(daily|nightly|weekly|monthly|every other day|(?:per|a|every|each) "
    r"(?:day|night|week|month))\b|\bat (?:bedtime|night)\b",
    re.IGNORECASE,
)
_ROUTE: Final = re.compile(
    r"\b(oral(?:ly)?|by mouth|sublingual(?:ly)?|under the tongue|intravenous(?:ly)?|topical(?:ly)?"
    r"|subcutaneous(?:ly)?)\b",
    re.IGNORECASE,
)
_CONDITION: Final = re.compile(
    r"\b(if|unless|except|only|when|where|until|before|after|without|provided|in case)\b", re.IGNORECASE
)
_SAME_ROUTE: Final = {"by mouth": "oral", "under the tongue": "sublingual"}
_STRENGTH: Final = {"may": 0, "should": 1, "must": 2}


def fact_verdicts(answer: Answer, truth: Truth) -> tuple[FactVerdict, ...]:
    """Return whether each statement tells the critical facts of what it cites: each kind by itself.

    A verbatim statement must have them all; a plain wording may leave some out but add, change or turn round none.
    """
    sources = {source.n: source for source in answer.sources}
    found: list[FactVerdict] = []
    for statement in answer.statements:
        source = sources[statement.citations[0]]
        quote = " ".join(anchor.quote.exact for anchor in (source.stem, source.anchor) if anchor)
        whole = statement.wording == "verbatim"
        for kind, said, stated in _facts_of(statement.text, quote, truth):
            if not said and not stated:
                continue
            kept = said == stated if whole else said <= stated
            if kind in (FactKind.NEGATION, FactKind.CONDITION) and not whole:
                kept = bool(said) == bool(stated) if kind is FactKind.NEGATION else bool(stated) or not said
            if kind is FactKind.MODALITY and not whole and said and stated:
                kept = max(_STRENGTH[str(s)] for s in said) <= max(_STRENGTH[str(s)] for s in stated)
            detail = "" if kept else f"said {_listed(said)}, source {_listed(stated)}"
            found.append(FactVerdict(statement=statement.id, kind=kind, kept=kept, detail=detail))
    return tuple(found)


def _facts_of(text: str, quote: str, truth: Truth) -> Iterable[tuple[FactKind, Facts, Facts]]:
    """Return for each kind the facts of the text and those of its quote, in forms that can be compared."""
    numbers = {quantity.value for quantity in figures.quantities(quote)}
    of: Mapping[FactKind, Callable[[str], Facts]] = {
        FactKind.NUMBER: lambda t: frozenset(q.value for q in figures.quantities(t)),
        FactKind.UNIT: lambda t: frozenset(q.key for q in figures.quantities(t) if q.unit and q.value in numbers),
        FactKind.COMPARATOR: lambda t: frozenset(
            (q.value, q.comparator) for q in figures.quantities(t) if q.comparator
        ),
        FactKind.DOSE: _dosing,
        FactKind.NEGATION: lambda t: frozenset(range(len(figures.negations(t)))),
        FactKind.MODALITY: figures.modalities,
        FactKind.CONDITION: lambda t: frozenset(m.lower() for m in _CONDITION.findall(t)),
        FactKind.POPULATION: lambda t: truth.concepts(t, ConceptKind.POPULATION),
        FactKind.DRUG: lambda t: truth.concepts(t, ConceptKind.INTERVENTION),
    }
    for kind, facts_in in of.items():
        yield kind, facts_in(text), facts_in(quote)


def _dosing(text: str) -> Facts:
    frequency = {match.group().lower() for match in _FREQUENCY.finditer(text)}
    routes = {_SAME_ROUTE.get(m.group().lower(), m.group().lower().removesuffix("ly")) for m in _ROUTE.finditer(text)}
    return frozenset(frequency | routes)


def _listed(items: Facts) -> str:
    return ", ".join(sorted(map(str, items))) or "none"


def citation_verdicts(answer: Answer, judge: Judge) -> tuple[CitationVerdict, ...]:
    """Return citation recall and precision of every statement under a judge."""
    sources = {source.n: source for source in answer.sources}
    found = []
    for statement in answer.statements:
        quotes = [_evidence(sources[n]) for n in statement.citations if n in sources]
        supported, rule = judge(" ".join(quotes), statement.text) if quotes else (False, "cites nothing")
        precise = []
        for i, quote in enumerate(quotes):
            alone = judge(quote, statement.text)[0]
            rest = " ".join(quotes[:i] + quotes[i + 1 :])
            precise.append(supported and (alone or not (rest and judge(rest, statement.text)[0])))
        found.append(CitationVerdict(statement=statement.id, supported=supported, precise=tuple(precise), rule=rule))
    return tuple(found)


def _evidence(source: Source) -> str:
    return " ".join(anchor.quote.exact for anchor in (source.stem, source.anchor) if anchor)


def superseded_without_notice(answer: Answer) -> tuple[str, ...]:
    """Return the superseded documents that an answer cites without saying that they are superseded."""
    told = {n for notice in answer.notices if notice.kind is NoticeKind.SUPERSEDED for n in notice.citations}
    return tuple(s.document_id for s in answer.sources if s.superseded_by is not None and s.n not in told)


def disclaimer_intact(answer: Answer) -> bool:
    """Return whether the disclaimer is, to the letter, the one that was frozen with the benchmark."""
    return sha256(answer.disclaimer.encode()).hexdigest() == DISCLAIMER_SHA256


def says(answer: Answer, phrases: Iterable[str]) -> tuple[str, ...]:
    """Return the phrases that an answer says, whatever case, dashes and white space."""
    said = figures.normalised(answer.text).casefold()
    return tuple(phrase for phrase in phrases if figures.normalised(phrase).casefold() in said)


# --- judges -----------------------------------------------------------------------------------------------------------

COVERAGE: Final = 0.7
"""Share of a claim's words that the evidence must hold. Chosen by hand; ``fmqa eval run --data`` shows how the judge
does on public claims."""


def rule_judge(evidence: str, claim: str) -> tuple[bool, str]:
    """Return whether evidence supports a claim: the same words, or most of them and every critical fact.

    Stored plain wordings are in other words than their source; this judge does not know them and is strict with them.
    """
    if figures.normalised(claim).casefold() in figures.normalised(evidence).casefold():
        return True, "verbatim"
    faults = figures.fact_faults(claim, evidence, whole=False)
    if faults:
        return False, f"{faults[0].check}: {faults[0].detail}"
    words = set(tokenize(claim))
    share = len(words & set(tokenize(evidence))) / len(words) if words else 0.0
    return share >= COVERAGE, f"{Check.WORDS}: {share:.2f} of the words"


def nli_judge(model: Path) -> Judge:
    """Return the judge that a cross-encoder for natural language inference makes, read from a local folder.

    Args:
        model: Folder of a sentence-transformers cross-encoder whose labels name one that begins with "entail".
    Raises: BadSettings if the folder holds no such model; Unavailable without the libraries that run it.
    """
    try:
        from sentence_transformers import CrossEncoder  # noqa: PLC0415 - only where a model is given
    except ImportError as error:
        raise Unavailable("a cross-encoder needs sentence-transformers: pip install 'fmqa[build]'") from error

    try:
        encoder = CrossEncoder(str(model), local_files_only=True)
        labels = [encoder.config.id2label[i].lower() for i in range(encoder.num_labels)]
    except (OSError, ValueError, KeyError) as error:
        raise BadSettings(f"{model} holds no cross-encoder that can be read ({type(error).__name__})") from error
    entails = next((i for i, label in enumerate(labels) if label.startswith("entail")), None)
    if entails is None:
        raise BadSettings(f"{model}: none of its labels ({', '.join(labels)}) means entailment")

    @lru_cache(maxsize=100_000)
    def judge(evidence: str, claim: str) -> tuple[bool, str]:
        scores = encoder.predict([(evidence, claim)])[0]
        best = int(scores.argmax())
        return best == entails, f"NLI: {labels[best]}"

    return judge
