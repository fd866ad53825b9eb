"""Claims of our own: statements of the corpus and sentences of trial reports, altered by the mutation operators.

A text and an altered one stand on both sides in turn, and each also beside itself: so what gives an alteration away is
what the passage says, never the altered words alone.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

from fmqa.evaluation.mutants import World
from fmqa.evaluation.operators import OPERATORS
from fmqa.text.sentences import sentences
from fmqa.text.words import content_words
from fmqa.tuning.pack import PackStatement
from fmqa.types import Answer, AnswerStatement
from training.claims import Claim, Label
from training.records import Fold, packed_rows
from training.sources import clean, fold_of, is_published_test

_OF_NUMBERS: Final = frozenset(
    ("digit changed", "ten times as much", "a tenth", "decimal point moved", "mg, µg, g", "per day, per kg",
     "comparator", "frequency", "route", "duration")
)  # fmt: skip
_TURNED: Final = frozenset(("negation left out", "negation put in", "increase, decrease", "recommend, avoid"))
_OTHER: Final = frozenset(
    ("other medicine", "other population", "other condition", "other outcome", "must, should, may", "offer, consider")
)
HARMFUL: Final = tuple(sorted(_OF_NUMBERS | _TURNED | _OTHER))
"""Operators whose work a claim is made with. What leaves a condition out is not among them: it is told by the rules."""
_HARMLESS: Final = ("exact synonym", "spelling", "case", "500 mg, 0.5 g", "thousands", "dashes")
_PER_STATEMENT, _PER_SENTENCE = 8, 1
_BESIDE: Final = 3
"""Claims of other statements of the same document."""
_MOST_SENTENCES: Final = 6000
_SHARED: Final = 0.5
"""Share of a claim's words in a passage from which the passage may well say it."""


class Alteration(NamedTuple):
    """A text that an operator altered."""

    operator: str
    text: str
    before: str
    """The words that were altered; empty where some were put in."""


def label_of(operator: str) -> Label:
    """Return what a passage makes of a claim that says the passage's words altered so."""
    return "not supported" if operator in _OTHER else "contradicted"


def altered(text: str, names: Sequence[str], world: World, rng: Random, most: int) -> list[Alteration]:
    """Return a text altered by up to so many operators of those that can alter it, drawn by chance, each once."""
    words: dict[str, Any] = {"text": text}  # operators alter answers; this one has nothing but its words
    statement = AnswerStatement.model_construct(None, **words)
    answer = Answer.model_construct(None, statements=(statement,), **words)
    found: list[Alteration] = []
    for name in rng.sample(list(names), len(names)):
        made = list(OPERATORS[name].make(answer, world, rng))
        if made:
            chosen = rng.choice(made)
            new = chosen.answer.statements[0].text
            start, end = chosen.span or (0, len(new))
            found.append(Alteration(name, new, text[start : len(text) - (len(new) - end)]))
        if len(found) == most:
            break
    return found


_Row = tuple[str, str, str, Label]
"""Id, passage, claim and label."""


def _rows(key: str, forms: Sequence[str], world: World, rng: Random, most: int, around: str = "") -> Iterator[_Row]:
    """Yield the rows of the alterations of a text that has one or two forms.

    Args:
        key: Begins the ids.
        forms: Wordings that say the same.
        world: What the operators know.
        rng: Chance.
        most: Alterations.
        around: What stands before the text in its passage.
    """

    def within(text: str) -> str:
        return clean(f"{around} {text}") if around and rng.random() < 0.5 else text

    def again(text: str) -> str:
        same = altered(text, _HARMLESS, world, rng, 1)
        return same[0].text if same and rng.random() < 0.5 else text

    n = 0
    for _ in range(most):
        form = rng.choice(forms)
        made = altered(form, HARMFUL, world, rng, 1)
        if not made:
            continue
        change = made[0]
        other = rng.choice(forms)
        if change.operator not in _TURNED and change.before.lower() not in other.lower():
            other = form
        label = label_of(change.operator)
        yield f"{key}:{n}a", within(other), change.text, label
        yield f"{key}:{n}b", within(change.text), other, label
        yield f"{key}:{n}c", within(change.text), again(change.text), "supported"
        yield f"{key}:{n}d", within(other), again(form), "supported"
        n += 1


def _apart(claim: str, passage: str) -> bool:
    words = content_words(claim)
    return bool(words) and len(words & content_words(passage)) < _SHARED * len(words)


def pack_claims(statements: Sequence[PackStatement], world: World) -> Iterator[Claim]:
    """Yield claims made from the statements of a corpus; a document's rows have one fold."""
    by_document: dict[str, list[PackStatement]] = {}
    for statement in statements:
        by_document.setdefault(statement.document, []).append(statement)
    for statement in statements:
        rng = Random(f"altered {statement.id}")
        forms = list(dict.fromkeys(filter(None, (clean(statement.text), statement.plain))))
        rows = list(_rows(statement.id, forms, world, rng, _PER_STATEMENT))
        fold = fold_of_document(statement.document)
        if len(forms) == 2:  # a set of its own: else the altered rows teach that other words mean another thing
            printed, plain = forms
            both: list[_Row] = [
                (f"{statement.id}:plain", printed, plain, "supported"),
                (f"{statement.id}:printed", plain, printed, "supported"),
            ]
            yield from _claims("pack_wordings", both, statement.document, fold)
        beside = [
            form
            for other in by_document[statement.document]
            if other is not statement
            for form in (other.plain or clean(other.text),)
            if _apart(form, statement.text)
        ]
        for n, form in enumerate(rng.sample(beside, min(_BESIDE, len(beside)))):
            rows.append((f"{statement.id}:beside{n}", forms[0], form, "not said"))
        yield from _claims("pack", rows, statement.document, fold)


def trial_claims(data: Path, world: World) -> Iterator[Claim]:
    """Yield claims made from sentences of the abstracts of open-access trial reports."""
    taken = 0
    for row in packed_rows(data / "text/rct_fulltext_ccby.jsonl.gz"):
        if is_published_test(row["_id"]) or taken >= _MOST_SENTENCES:
            continue
        rng = Random(f"altered {row['_id']}")
        text = clean(" ".join(part["text"] for part in row["abstract"]))
        said = [text[start:end] for start, end in sentences(text, (0, len(text)))]
        usable = [at for at, one in enumerate(said) if 8 <= len(one.split()) <= 45]
        for at in rng.sample(usable, min(5, len(usable))):
            key = f"{row['_id']}:{at}"
            around = said[at - 1] if at and len(said[at - 1].split()) <= 40 else ""
            rows = list(_rows(key, [said[at]], world, rng, _PER_SENTENCE, around))
            beside = [
                one for n, one in enumerate(said) if n in usable and n != at and _apart(one, f"{around} {said[at]}")
            ]
            if beside:
                rows.append((f"{key}:beside", said[at], rng.choice(beside), "not said"))
            taken += 1
            yield from _claims("trial_sentences", rows, row["_id"], fold_of(row["_id"]))


def fold_of_document(document: str) -> Fold:
    """Return the fold of a document of the corpus: one in five is dev."""
    return fold_of(f"document {document}", share=5)


def _claims(source: str, rows: Iterable[_Row], scope: str, fold: Fold) -> Iterator[Claim]:
    for key, evidence, claim, label in rows:
        yield Claim(
            id=f"{source}:{key}", source=source, evidence=evidence, claim=claim, label=label, scope=scope, fold=fold
        )
