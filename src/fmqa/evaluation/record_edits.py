"""Edits of an answer's records for the mutation benchmark: grades, citations, anchors, source, disclaimer and joins."""

import re
from collections.abc import Iterator
from itertools import pairwise
from random import Random
from typing import Final

from fmqa.evaluation.mutants import (
    Altered,
    Make,
    World,
    anchored,
    line_of,
    source_of,
    with_source,
    with_statement,
    with_words,
)
from fmqa.grades.systems import GENERAL
from fmqa.grades.telling import display, shown_grade
from fmqa.types import (
    GRADE_FIELDS,
    Answer,
    AnswerStatement,
    Audience,
    DirectWord,
    EvidenceGrade,
    ShownGrade,
    text_sha256,
)

# --- grades -----------------------------------------------------------------------------------------------------------

_NO_LETTER: Final = r"(?<![\w]){}(?![\w])"


def _regraded(answer: Answer, position: int, grades: tuple[ShownGrade, ...], done: str) -> Altered:
    """Return the answer with other grades for a statement, shown with it as the old ones were."""
    old, text = answer.statements[position].grades, answer.text
    for before, after in zip(old, grades, strict=False):
        text = text.replace(display(before.grade), display(after.grade))
        text = text.replace(before.grade.printed, after.grade.printed)
    altered = with_statement(answer, position, grades=grades).model_copy(update={"text": text})
    return Altered(altered, done, position)


def level_changed(answer: Answer, world: World, rng: Random) -> Iterator[Altered]:
    """Yield each level, grade and strength as another one of its system."""
    systems = world.matcher.grading
    for position, statement in enumerate(answer.statements):
        for at, shown in enumerate(statement.grades):
            named = systems.by_id[shown.grade.system]
            for field in GRADE_FIELDS:
                value, axis = shown.grade.value(field), named.axis(field)
                if value is None or axis is None:
                    continue
                others = [term.value for term in axis.terms if term.value != value]
                for other in rng.sample(others, min(3, len(others))):
                    printed = re.sub(_NO_LETTER.format(re.escape(value)), other, shown.grade.printed)
                    grade = shown.grade.model_copy(update={field: other, "printed": printed})
                    grades = (
                        *statement.grades[:at],
                        shown_grade(grade, systems, shown.anchor),
                        *statement.grades[at + 1 :],
                    )
                    yield _regraded(answer, position, grades, f"{field} {value!r} became {other!r}")


def system_changed(answer: Answer, world: World, rng: Random) -> Iterator[Altered]:
    """Yield each grade as one of another system."""
    systems = world.matcher.grading
    for position, statement in enumerate(answer.statements):
        for at, shown in enumerate(statement.grades):
            others = sorted(set(systems.by_id) - {shown.grade.system})
            for system in rng.sample(others, 3):
                grade = shown.grade.model_copy(update={"system": system})
                grades = (
                    *statement.grades[:at],
                    shown_grade(grade, systems, shown.anchor),
                    *statement.grades[at + 1 :],
                )
                yield _regraded(answer, position, grades, f"system {shown.grade.system!r} became {system!r}")


def level_invented(answer: Answer, world: World, rng: Random) -> Iterator[Altered]:
    """Yield each statement without a grade under one, anchored in its own words or not at all."""
    del world
    invented = rng.choice(
        [
            EvidenceGrade(system="cebm-2009", level="1a", grade="A", printed="level 1a, grade A"),
            EvidenceGrade(system="grade", level="high", printed="high certainty"),
            EvidenceGrade(system="uspstf", grade="A", printed="grade A"),
        ]
    )
    for position, statement in enumerate(answer.statements):
        line = line_of(answer, position)
        if statement.grades or line is None:
            continue
        anchor = rng.choice([None, source_of(answer, position).anchor])
        shown = shown_grade(invented, GENERAL, anchor)
        text = answer.text.replace(statement.text, f"{statement.text} ({invented.printed})", 1)
        altered = with_statement(answer, position, grades=(shown,)).model_copy(update={"text": text})
        yield Altered(altered, f"{invented.printed!r} was invented", position)


def grade_dropped(answer: Answer, world: World, rng: Random) -> Iterator[Altered]:
    """Yield each graded statement without its grade, in the record and in the Markdown."""
    del world, rng
    for position, statement in enumerate(answer.statements):
        line = line_of(answer, position)
        for at in range(len(statement.grades)):
            if line is not None:
                cited = "".join(f" [{n}]" for n in statement.citations)
                text = answer.text.replace(line, statement.text + cited, 1)
                kept = (*statement.grades[:at], *statement.grades[at + 1 :])
                altered = with_statement(answer, position, grades=kept).model_copy(update={"text": text})
                yield Altered(altered, f"{statement.grades[at].grade.printed!r} was left out", position)


def grade_hidden(answer: Answer, world: World, rng: Random) -> Iterator[Altered]:
    """Yield the Markdown without the grade of each graded statement, while the record has it.

    A patient who asks for no grade is told none, so that to leave it out makes nothing wrong for one.
    """
    del world, rng
    if answer.audience is Audience.PATIENT:
        return
    for position, statement in enumerate(answer.statements):
        line = line_of(answer, position)
        graded = any(s.grade.is_stated for s in statement.grades)
        if line is not None and graded and not line.startswith(f"**{statement.text}"):
            cited = "".join(f" [{n}]" for n in statement.citations)
            text = answer.text.replace(line, statement.text + cited, 1)
            yield Altered(answer.model_copy(update={"text": text}), "the grade was left out of the text")


# --- citations and anchors --------------------------------------------------------------------------------------------


def citations_swapped(answer: Answer, world: World, rng: Random) -> Iterator[Altered]:
    """Yield the answer with the citations of two neighbouring statements changed over."""
    del world, rng
    for position, (one, other) in enumerate(pairwise(answer.statements)):
        first, second = source_of(answer, position), source_of(answer, position + 1)
        if first.anchor == second.anchor:
            continue
        changed = with_statement(answer, position, citations=other.citations)
        changed = with_statement(changed, position + 1, citations=one.citations)
        marks = {f"[{first.n}]": f"[{second.n}]", f"[{second.n}]": f"[{first.n}]"}
        text = re.sub(r"\[\d+\]", lambda m, marks=marks: marks.get(m.group(), m.group()), answer.text)  # type: ignore[misc]
        done = f"citations {first.n} and {second.n} were changed over"
        yield Altered(changed.model_copy(update={"text": text}), done, position)


def neighbour_cited(answer: Answer, world: World, rng: Random) -> Iterator[Altered]:
    """Yield each statement with the anchor of another statement of its document."""
    for position in range(len(answer.statements)):
        source = source_of(answer, position)
        document = world.document(source.document_id)
        own = (source.anchor.position.start, source.anchor.position.end)
        spans = [span for span in document.statements if (span.start, span.end) != own]
        for span in rng.sample(spans, min(2, len(spans))):
            anchor = anchored(document, span.start, span.end)
            done = f"the anchor became that of {span.statement.id}"
            yield Altered(with_source(answer, source, anchor=anchor), done, position)


def dangling(answer: Answer, world: World, rng: Random) -> Iterator[Altered]:
    """Yield each statement with a citation that leads nowhere, and with a source whose document does not exist."""
    del world
    for position, statement in enumerate(answer.statements):
        n, missing = statement.citations[0], len(answer.sources) + rng.randint(1, 90)
        text = answer.text.replace(f"[{n}]", f"[{missing}]")
        altered = with_statement(answer, position, citations=(missing,)).model_copy(update={"text": text})
        yield Altered(altered, f"citation {n} became {missing}", position)
        source = source_of(answer, position)
        yield Altered(
            with_source(answer, source, document_id=f"{source.document_id}-x"), "the document does not exist", position
        )


def offsets_shifted(*, quote: bool) -> Make:
    """Return what moves the anchor of each statement: its position alone, or its quote as well."""

    def make(answer: Answer, world: World, rng: Random) -> Iterator[Altered]:
        for position in range(len(answer.statements)):
            source = source_of(answer, position)
            document = world.document(source.document_id)
            place = source.anchor.position
            by = rng.choice([-40, -7, -1, 1, 2, 5, 30])
            start, end = place.start + by, place.end + by
            if start < 0 or end > len(document.text):
                continue
            moved = place.model_copy(update={"start": start, "end": end})
            anchor = source.anchor.model_copy(update={"position": moved})
            if quote:
                anchor = anchored(document, start, end)
            yield Altered(with_source(answer, source, anchor=anchor), f"the offsets were moved by {by}", position)

    return make


def stem_dropped(answer: Answer, world: World, rng: Random) -> Iterator[Altered]:
    """Yield each statement that depends on a list stem without its words, and without its citation."""
    del rng
    for position, statement in enumerate(answer.statements):
        source, span = source_of(answer, position), world.span(statement)
        if source.stem is None or span is None or span.stem is None:
            continue
        yield Altered(with_source(answer, source, stem=None), "the stem is no longer cited", position)
        if statement.wording == "verbatim":
            item = source.anchor.quote.exact
            yield Altered(with_words(answer, position, item), "the words of the stem were left out", position, (0, 0))
            uncited = with_source(with_words(answer, position, item), source, stem=None)
            yield Altered(uncited, "the stem was left out and not cited", position, (0, 0))


# --- source, generation, disclaimer -----------------------------------------------------------------------------------


def source_changed(answer: Answer, world: World, rng: Random) -> Iterator[Altered]:
    """Yield each cited document with one letter changed after indexing: read anew, or by a store that lies about it."""
    for position in range(len(answer.statements)):
        document = world.document(source_of(answer, position).document_id)
        for noticed in (True, False):
            at = rng.randrange(len(document.text))
            letter = "x" if document.text[at] != "x" else "y"
            text = document.text[:at] + letter + document.text[at + 1 :]
            changed: dict[str, str] = {"text": text} | ({"sha256": text_sha256(text)} if noticed else {})
            done = f"character {at} of {document.id} became {letter!r}" + ("" if noticed else ", the hash did not")
            yield Altered(answer, done, position, None, document.model_copy(update=changed))


def generation_stale(answer: Answer, world: World, rng: Random) -> Iterator[Altered]:
    """Yield the answer under another index generation, and its anchors with the hash of an earlier text."""
    del world
    other = f"{rng.getrandbits(64):016x}"
    yield Altered(answer.model_copy(update={"generation": other}), f"the generation became {other}")
    source = answer.sources[0]
    old = source.anchor.model_copy(update={"document_sha256": text_sha256(other)})
    yield Altered(with_source(answer, source, anchor=old), "the anchor is of an earlier text", 0)


_WEAKER: Final = (
    ("Do not start", "Start"), ("is not medical advice", "is medical advice"), ("does not replace", "can replace"),
    ("For information only", "For information"), ("emergency", "urgent"), ("because of it", "lightly"),
    ("Do not", "Try not to"), ("doctor, pharmacist or nurse", "doctor"), ("your local", "the local"),
)  # fmt: skip


def disclaimer_removed(answer: Answer, world: World, rng: Random) -> Iterator[Altered]:
    """Yield the answer without its disclaimer, and without each sentence of it."""
    del world, rng
    yield Altered(answer.model_copy(update={"disclaimer": ""}), "the disclaimer was removed")
    sentences = re.split(r"(?<=\.) ", answer.disclaimer)
    for at, sentence in enumerate(sentences):
        shorter = " ".join((*sentences[:at], *sentences[at + 1 :]))
        yield Altered(answer.model_copy(update={"disclaimer": shorter}), f"{sentence!r} was removed")


def disclaimer_weakened(answer: Answer, world: World, rng: Random) -> Iterator[Altered]:
    """Yield the answer with a weaker disclaimer."""
    del world, rng
    for strong, weak in _WEAKER:
        if strong in answer.disclaimer:
            softer = answer.disclaimer.replace(strong, weak, 1)
            yield Altered(answer.model_copy(update={"disclaimer": softer}), f"{strong!r} became {weak!r}")


# --- joins ------------------------------------------------------------------------------------------------------------

_CAUSES: Final = ("because", "so", "which is why", "therefore", "as a result of this,")


def _bare(statement: AnswerStatement) -> str:
    text = statement.text.rstrip(".")
    return (
        text if text[:2].isupper() or text.split()[0][1:].lower() != text.split()[0][1:] else text[0].lower() + text[1:]
    )


def joined(answer: Answer, world: World, rng: Random) -> Iterator[Altered]:
    """Yield two true statements as cause and effect, citing the first source, or both."""
    del world
    for position, (one, other) in enumerate(pairwise(answer.statements)):
        words = f" {rng.choice(_CAUSES)} {_bare(other)}"
        text = f"{one.text.rstrip('.')}{words}."
        done, span = f"{other.id} became its cause or effect", (len(one.text.rstrip(".")), len(text))
        yield Altered(with_words(answer, position, text), done, position, span)
        both = (*one.citations, *other.citations)
        mark, marks = f"[{one.citations[0]}]", "".join(f"[{n}]" for n in both)
        cited = with_statement(with_words(answer, position, text), position, citations=both)
        cited = cited.model_copy(update={"text": cited.text.replace(mark, marks, 1)})
        yield Altered(cited, done + ", both cited", position, span)


def joined_in_text(answer: Answer, world: World, rng: Random) -> Iterator[Altered]:
    """Yield the Markdown with a word of cause before a statement, which the record does not have."""
    del world
    for before, statement in pairwise(answer.statements):
        start = answer.text.find(statement.text)
        if start > 0 and before.text in answer.text[:start]:
            into = f"{rng.choice(_CAUSES).capitalize()} "
            text = answer.text[:start] + into + answer.text[start:]
            done = f"{into.strip()!r} was put before {statement.id}"
            yield Altered(answer.model_copy(update={"text": text}), done, None, (start, start + len(into)))


# --- positions --------------------------------------------------------------------------------------------------------

_OPPOSITE: Final = {
    "for": "against", "against": "for", "silent": "against", "benefit": "harm", "harm": "benefit",
    "no difference": "benefit", "mixed": "benefit", "unclear": "benefit", "not stated": "for",
}  # fmt: skip


def position_turned(answer: Answer, world: World, rng: Random) -> Iterator[Altered]:
    """Yield the answer with what one source says of an intervention turned round, in the record and in the Markdown."""
    del world, rng
    for at, conflict in enumerate(answer.conflicts):
        for place, position in enumerate(conflict.positions):
            other = _OPPOSITE[position.direction]
            turned = position.model_copy(update={"direction": other})
            positions = (*conflict.positions[:place], turned, *conflict.positions[place + 1 :])
            changed = conflict.model_copy(update={"positions": positions})
            conflicts = (*answer.conflicts[:at], changed, *answer.conflicts[at + 1 :])
            told = f"{position.short_title}: {position.direction} ["
            text = answer.text.replace(told, f"{position.short_title}: {other} [")
            done = f"{position.short_title}: {position.direction!r} became {other!r}"
            yield Altered(answer.model_copy(update={"conflicts": conflicts, "text": text}), done)


# --- the word that an answer opens with -------------------------------------------------------------------------------


def first_word_turned(answer: Answer, world: World, rng: Random) -> Iterator[Altered]:
    """Yield the answer opened with each other word, in the record and in the Markdown."""
    del world, rng
    if answer.direct is None:
        return
    for other in DirectWord:
        if other is not answer.direct.word:
            direct = answer.direct.model_copy(update={"word": other})
            text = answer.text.replace(f"**{answer.direct.word}:", f"**{other}:", 1)
            done = f"{str(answer.direct.word)!r} became {str(other)!r}"
            yield Altered(answer.model_copy(update={"direct": direct, "text": text}), done)


def first_word_hidden(answer: Answer, world: World, rng: Random) -> Iterator[Altered]:
    """Yield the Markdown without the word that the record says the answer opens with."""
    del world, rng
    if answer.direct is not None:
        opened = answer.text.replace(f"**{answer.direct.word}:** ", "", 1)
        text = opened.replace(f"**{answer.direct.word}: ", "**", 1)
        yield Altered(answer.model_copy(update={"text": text}), f"{str(answer.direct.word)!r} was left out")
