"""Verification: true answers pass, and every way in which an answer could come to lie is caught by the check for it."""

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.answer.verification import answer_faults
from fmqa.answer.verification import verify as verify_among
from fmqa.assistant import Assistant
from fmqa.corpus import anchors
from fmqa.corpus.vocabulary import Matcher, names_of
from fmqa.errors import NotFound
from fmqa.grades import systems
from fmqa.grades.systems import system_name
from fmqa.grades.telling import display, shown_grade
from fmqa.text import figures
from fmqa.types import (
    Anchor,
    Answer,
    AnswerStatement,
    Audience,
    Check,
    Concept,
    ConceptKind,
    Direction,
    Document,
    EvidenceGrade,
    ShownGrade,
    Source,
    Statement,
    StatementKind,
    StatementSpan,
    Status,
    Verdict,
    Vocabulary,
    text_sha256,
)
from questions import VARIED, Ask
from samples import DOCUMENT, METADATA, REFERENCE, answer, source

DISAGREED = ("Where do EULAR and NICE disagree on pregabalin?", "What do EULAR and NICE each say about acupuncture?")
ITEMS_WITH_STEM = ("What does NICE say about opioids?", "What does NICE say about ketamine?")


class Said(NamedTuple):
    """A statement of a real answer."""

    answer: Answer
    position: int

    @property
    def statement(self) -> AnswerStatement:
        return self.answer.statements[self.position]

    @property
    def source(self) -> Source:
        return self.answer.sources[self.statement.citations[0] - 1]


# Grades of the corpus are of general systems and of its own.
verify = partial(
    verify_among,
    grading=systems.known(systems.read((Path(__file__).parents[2] / "corpus" / "grading.yaml").read_text("utf-8"))),
)


@pytest.fixture(scope="module")
def said(ask: Ask) -> list[Said]:
    """Every statement of many real answers, for both audiences."""
    answers = [
        ask(question, audience=audience, max_words=300)[0]
        for question in (*VARIED, *ITEMS_WITH_STEM, *DISAGREED)
        for audience in Audience
    ]
    return [Said(one, position) for one in answers for position in range(len(one.statements))]


@pytest.fixture(scope="module")
def document(assistant: Assistant) -> Callable[[str], Document]:
    return assistant.index.document


def with_statement(one: Said, **changes: Any) -> Answer:
    """Return the answer with one statement altered, as no part of fmqa would."""
    statements = list(one.answer.statements)
    statements[one.position] = one.statement.model_copy(update=changes)
    return one.answer.model_copy(update={"statements": tuple(statements)})


def with_source(one: Said, **changes: Any) -> Answer:
    """Return the answer with the source of one statement altered."""
    sources = tuple(s.model_copy(update=changes) if s.n == one.source.n else s for s in one.answer.sources)
    return one.answer.model_copy(update={"sources": sources})


def failed(altered: Answer, position: int, document: Callable[[str], Document]) -> set[Check]:
    """Return the checks that one statement of an answer fails."""
    return {fault.check for fault in verify(altered, document)[position].faults}


def anchored(origin: Document, start: int, end: int) -> Anchor:
    return anchors.make(origin.id, origin.text, origin.sha256, start, end, origin.text[start:end])


def span_of(one: Said, document: Callable[[str], Document]) -> StatementSpan:
    origin = document(one.source.document_id)
    return next(span for span in origin.statements if f"{origin.id}#{span.statement.id}" == one.statement.id)


def at_least(count: int, items: Iterable[Said]) -> list[Said]:
    """Return the items after checking that there are enough for a test to mean something."""
    found = list(items)
    assert len(found) >= count
    return found


def quoted(sentence: str, plain: str | None = None) -> tuple[Answer, Callable[[str], Document]]:
    """Return an answer that quotes one sentence, and the look-up of the document that it stands in."""
    statement = Statement(id="it", kind=StatementKind.SAFETY, plain=plain, sources=("EULAR2017",), basis="primary")
    origin = Document(
        metadata=METADATA.model_copy(update={"statements": (statement,)}),
        path=DOCUMENT.path,
        text=sentence,
        sha256=text_sha256(sentence),
        sections=(),
        statements=(StatementSpan(statement=statement, start=0, end=len(sentence), line=1),),
    )
    shown = AnswerStatement(
        id=f"{origin.id}#it",
        text=plain or sentence,
        kind=statement.kind,
        wording="plain" if plain else "verbatim",
        citations=(1,),
    )
    cited = source(1).model_copy(update={"anchor": anchored(origin, 0, len(sentence))})
    whole = answer().model_copy(
        update={
            "statements": (shown,),
            "sources": (cited,),
            "conflicts": (),
            "notices": (),
            "text": f"{shown.text} [1]",
        }
    )
    return whole, lambda _id: origin


def verdict_on(text: str, sentence: str, plain: str | None = None) -> Verdict:
    """Return the verdict on a text that claims to quote a sentence, or to be its plain wording."""
    whole, document = quoted(sentence, plain)
    return verify(with_statement(Said(whole, 0), text=text), document)[0]


# --- what is true passes ----------------------------------------------------------------------------------------------


def test_every_statement_of_real_answers_is_supported(said: list[Said], document: Callable[[str], Document]) -> None:
    assert len(said) > 150
    assert {one.statement.wording for one in said} == {"verbatim", "plain"}
    for one in said:
        verdict = one.statement.verdict
        assert verdict is not None
        assert verdict.supported
        assert set(verdict.checks) == set(Check) - {Check.DISCLAIMER, Check.GENERATION}
        assert verify(one.answer, document)[one.position] == verdict
        assert answer_faults(one.answer, document) == ()


@pytest.mark.parametrize(
    ("sentence", "variant"),
    [
        ("LDN 4.5 mg  reduced\n pain.", "LDN 4.5 mg reduced pain."),
        ("Wait 7-10 days after codeine.", "Wait 7–10 days after codeine."),
        ("The difference was -0.34 points.", "The difference was −0.34 points."),
        ("Wait 7‑10 days.", "Wait 7-10 days."),
        ("A dose of 5 \u00b5g was used.", "A dose of 5 \u03bcg was used."),
        ("A dose of 5 \u03bcg was used.", "A dose of 5 \u00b5g was used."),
        ("A significant effect at 60 mg.", "A signi\ufb01cant e\ufb00ect at 60\u00a0mg."),
        ("Pain fell by 30 % in 12 weeks.", "Pain fell by 30\u2009% in \uff11\uff12 weeks."),
    ],
)
def test_other_spaces_dashes_and_unicode_forms_of_the_same_words_are_supported(sentence: str, variant: str) -> None:
    assert verdict_on(variant, sentence).supported
    assert verdict_on(sentence, variant).supported


def test_harmless_variants_of_real_statements_are_supported(
    said: list[Said], document: Callable[[str], Document]
) -> None:
    for variant in (
        lambda text: text.replace(" ", "  "),
        lambda text: text.replace(" ", "\u00a0"),
        lambda text: re.sub(r"(?<=\w)-(?=\w)", "–", text),
        lambda text: text.replace("fi", "\ufb01"),
    ):
        for one in said:
            altered = with_statement(one, text=variant(one.statement.text))
            assert failed(altered, one.position, document) == set(), one.statement.id


# --- words and facts --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "lie", "check"),
    [
        ("Trials used naltrexone 4.5 mg nightly.", "Trials used naltrexone 45 mg nightly.", Check.NUMBERS),
        ("Trials used naltrexone 4.5 mg nightly.", "Trials used naltrexone 4.6 mg nightly.", Check.NUMBERS),
        ("Trials used naltrexone 4.5 mg nightly.", "Trials used naltrexone nightly.", Check.NUMBERS),
        ("The difference was -0.34 points.", "The difference was 0.34 points.", Check.NUMBERS),
        ("Trials used naltrexone 4.5 mg nightly.", "Trials used naltrexone 4.5 g nightly.", Check.UNITS),
        ("Trials used naltrexone 4.5 mg nightly.", "Trials used naltrexone 4.5 µg nightly.", Check.UNITS),
        ("Wait at least 7 days after codeine.", "Wait at least 7 hours after codeine.", Check.UNITS),
        ("Wait 7-10 days after codeine.", "Wait 7-10 hours after codeine.", Check.UNITS),
        ("The criteria ask for WPI ≥7.", "The criteria ask for WPI <7.", Check.COMPARATORS),
        ("The criteria ask for WPI ≥7.", "The criteria ask for WPI >7.", Check.COMPARATORS),
        ("Wait at least 7 days after codeine.", "Wait at most 7 days after codeine.", Check.COMPARATORS),
        ("Halve it below 30 mL/min.", "Halve it above 30 mL/min.", Check.COMPARATORS),
        ("Do not combine naltrexone with codeine.", "Do combine naltrexone with codeine.", Check.NEGATION),
        ("LDN reduced pain.", "LDN did not reduce pain.", Check.NEGATION),
        ("Neither dose is approved.", "Either dose is approved.", Check.NEGATION),
        ("Do not stop it, and do not double it.", "Do not stop it, and do double it.", Check.NEGATION),
        ("Withdrawal must be supervised.", "Withdrawal may be supervised.", Check.MODALITY),
        ("LDN may reduce pain.", "LDN must reduce pain.", Check.MODALITY),
        ("NICE says consider CBT.", "NICE says offer CBT.", Check.MODALITY),
        ("LDN reduced pain.", "LDN increased pain.", Check.WORDS),
        ("Tramadol is an opioid.", "Codeine is an opioid.", Check.WORDS),
    ],
)
def test_a_changed_fact_is_caught_by_its_check(sentence: str, lie: str, check: Check) -> None:
    found = {fault.check for fault in verdict_on(lie, sentence).faults}
    assert check in found
    assert Check.WORDS in found


_NOT = re.compile(r"\b(?:not|no|never|neither|without) ", re.IGNORECASE)


@pytest.mark.parametrize(
    ("pattern", "into", "check"),
    [
        (re.compile(r"(?<=\d) ?mg\b"), " g", Check.UNITS),
        (re.compile(r"≥(?=\d)"), "<", Check.COMPARATORS),
        (_NOT, "", Check.NEGATION),
        (re.compile(r"\b(?:is|are|was|were|does|did)\b(?! not)"), r"\g<0> not", Check.NEGATION),
        (re.compile(r"\bmust\b(?!.*contraindicated)|\brequires?\b|\bcontraindicates\b"), "may", Check.MODALITY),
    ],
)
def test_a_changed_fact_of_a_real_statement_is_caught(
    pattern: re.Pattern[str], into: str, check: Check, said: list[Said], document: Callable[[str], Document]
) -> None:
    verbatim = [one for one in said if one.statement.wording == "verbatim" and pattern.search(one.statement.text)]
    for one in at_least(2, verbatim):
        altered = with_statement(one, text=pattern.sub(into, one.statement.text, count=1))
        assert {check, Check.WORDS} <= failed(altered, one.position, document), one.statement.text


@given(data=st.data())
def test_any_changed_digit_of_a_real_statement_is_caught(
    data: st.DataObject, said: list[Said], document: Callable[[str], Document]
) -> None:
    one = data.draw(st.sampled_from([one for one in said if re.search(r"\d", one.statement.text)]))
    text = one.statement.text
    place = data.draw(st.sampled_from([match.start() for match in re.finditer(r"[0-9]", text)]))
    digit = data.draw(st.sampled_from(sorted(set("0123456789") - {text[place]})))
    changed = text[:place] + digit + text[place + 1 :]
    found = failed(with_statement(one, text=changed), one.position, document)
    assert Check.WORDS in found
    if figures.numbers(changed).keys() - figures.numbers(text).keys() and one.statement.wording == "verbatim":
        assert found & {Check.NUMBERS, Check.UNITS}  # the number itself is named, not only that words differ


@given(data=st.data())
def test_any_number_ten_times_as_large_is_caught(
    data: st.DataObject, said: list[Said], document: Callable[[str], Document]
) -> None:
    one = data.draw(st.sampled_from([one for one in said if figures.quantities(one.statement.text)]))
    text = one.statement.text
    quantity = data.draw(st.sampled_from(figures.quantities(text)))
    number = re.match(r"-?[\d,]+(?:\.\d+)?", text[quantity.start :].replace("−", "-"))
    assert number is not None
    tenfold = Decimal(number.group().replace(",", "")) * 10
    changed = f"{text[: quantity.start]}{tenfold:f}{text[quantity.start + number.end() :]}"
    if figures.normalised(changed) == figures.normalised(text):  # zero
        return
    assert Check.WORDS in failed(with_statement(one, text=changed), one.position, document)


def test_an_altered_plain_wording_is_caught(said: list[Said], document: Callable[[str], Document]) -> None:
    for one in at_least(50, (one for one in said if one.statement.wording == "plain")):
        for changed in (
            one.statement.text + " It is safe.",
            one.statement.text[1:],
            one.statement.text.rsplit(" ", 2)[0],
        ):
            assert Check.WORDS in failed(with_statement(one, text=changed), one.position, document)


def test_a_plain_wording_that_nobody_reviewed_is_caught() -> None:
    whole, document = quoted("Exercise helped.")
    for text in ("Exercise helped.", "Moving helped."):
        assert Check.WORDS in failed(with_statement(Said(whole, 0), text=text, wording="plain"), 0, document)


@pytest.mark.parametrize(
    ("sentence", "plain", "check"),
    [
        ("Trials used 4.5 mg.", "Studies used 45 mg.", Check.NUMBERS),
        ("Trials used 4.5 mg.", "Studies used 4.5 g.", Check.UNITS),
        ("At least 7 days are required.", "Up to 7 days are needed.", Check.COMPARATORS),
        ("Do not combine it with codeine.", "Combine it with codeine.", Check.NEGATION),
    ],
)
def test_even_a_recorded_plain_wording_may_not_contradict_its_statement(
    sentence: str, plain: str, check: Check
) -> None:
    assert check in {fault.check for fault in verdict_on(plain, sentence, plain).faults}


# --- grades -----------------------------------------------------------------------------------------------------------


def regraded(one: Said, document: Callable[[str], Document], **changes: Any) -> set[Check]:
    """Return the checks that fail where the first grade of a statement is altered."""
    first = one.statement.grades[0]
    altered = first.model_copy(update={"grade": first.grade.model_copy(update=changes)})
    return failed(with_statement(one, grades=(altered, *one.statement.grades[1:])), one.position, document)


@pytest.mark.parametrize(
    "changes",
    [
        {"level": "IIa"},
        {"level": None},
        {"grade": "C"},
        {"strength": "conditional"},
        {"direction": None},
        {"agreement": "51"},
        {"system": "uspstf"},
        {"system": "grade"},
        {"printed": "level IIa, grade C"},
    ],
)
def test_a_grade_that_is_not_the_record_s_is_caught(
    changes: dict[str, Any], said: list[Said], document: Callable[[str], Document]
) -> None:
    for one in at_least(20, (one for one in said if one.statement.grades)):
        grade = one.statement.grades[0].grade
        if any(getattr(grade, name) != value for name, value in changes.items()):
            assert Check.GRADE in regraded(one, document, **changes), (one.statement.id, grade)


def test_a_reversed_recommendation_is_caught(said: list[Said], document: Callable[[str], Document]) -> None:
    opposite = {Direction.FOR: Direction.AGAINST, Direction.AGAINST: Direction.FOR, Direction.SILENT: Direction.AGAINST}
    for one in at_least(20, (one for one in said if one.statement.grades and one.statement.grades[0].grade.direction)):
        direction = one.statement.grades[0].grade.direction
        assert direction is not None
        assert Check.GRADE in regraded(one, document, direction=opposite[direction])


def test_an_invented_a_left_out_and_a_borrowed_grade_are_caught(
    said: list[Said], document: Callable[[str], Document]
) -> None:
    graded = at_least(20, (one for one in said if one.statement.grades))
    borrowed = graded[0].statement.grades
    for one in graded:
        assert Check.GRADE in failed(with_statement(one, grades=()), one.position, document)
        twice = one.statement.grades * 2
        assert Check.GRADE in failed(with_statement(one, grades=twice), one.position, document)
    for one in at_least(50, (one for one in said if not one.statement.grades)):
        assert Check.GRADE in failed(with_statement(one, grades=borrowed), one.position, document)


def test_a_grade_explained_by_another_system_or_read_elsewhere_is_caught(
    said: list[Said], document: Callable[[str], Document]
) -> None:
    other = system_name("grade")
    for one in at_least(20, (one for one in said if one.statement.grades)):
        first = one.statement.grades[0]
        assert first.anchor is not None
        origin = document(one.source.document_id)
        start, end = first.anchor.position.start, first.anchor.position.end
        elsewhere = anchored(origin, *((start - 1, end - 1) if start else (start, end - 1)))
        lies: list[dict[str, Any]] = [
            {"anchor": None},
            {"anchor": elsewhere},
            {"explanation": "Certainty high: very sure of the estimate."},
        ]
        if first.system_name != other:
            lies.append({"system_name": other})
        for lie in lies:
            altered = (first.model_copy(update=lie), *one.statement.grades[1:])
            assert Check.GRADE in failed(with_statement(one, grades=altered), one.position, document), lie


def test_the_same_notation_at_another_place_is_not_where_a_grade_was_read(
    said: list[Said], document: Callable[[str], Document]
) -> None:
    tried = 0
    for one in said:
        origin = document(one.source.document_id)
        for shown in one.statement.grades[:1]:
            assert shown.anchor is not None
            own = shown.anchor.position
            others = [m.span() for m in re.finditer(re.escape(shown.anchor.quote.exact), origin.text)]
            for place in [place for place in others if place != (own.start, own.end)][:1]:
                moved: tuple[ShownGrade, ...] = (shown.model_copy(update={"anchor": anchored(origin, *place)}),)
                altered = with_statement(one, grades=(*moved, *one.statement.grades[1:]))
                assert Check.GRADE in failed(altered, one.position, document)
                tried += 1
    assert tried > 5


# --- anchors, stems and citations -------------------------------------------------------------------------------------


def test_an_anchor_shifted_by_one_character_is_caught(said: list[Said], document: Callable[[str], Document]) -> None:
    for one in said:
        anchor, origin = one.source.anchor, document(one.source.document_id)
        start, end = anchor.position.start, anchor.position.end
        position = anchor.position.model_copy(update={"start": start + 1, "end": end + 1})
        lies = [anchor.model_copy(update={"position": position}), anchored(origin, start + 1, end)]
        lies.append(anchored(origin, start, end - 1))
        for lie in lies:
            assert Check.ANCHOR in failed(with_source(one, anchor=lie), one.position, document), one.statement.id


def test_a_quote_with_other_words_or_surroundings_is_caught(
    said: list[Said], document: Callable[[str], Document]
) -> None:
    for one in said:
        quote = one.source.anchor.quote
        for changes in ({"exact": "x" * len(quote.exact)}, {"prefix": "§"}, {"suffix": "§"}):
            anchor = one.source.anchor.model_copy(update={"quote": quote.model_copy(update=changes)})
            altered = with_source(one, anchor=anchor)
            assert Check.ANCHOR in failed(altered, one.position, document)
            assert Check.ANCHOR in {fault.check for fault in answer_faults(altered, document)}


def test_the_anchor_of_a_neighbour_is_caught(said: list[Said], document: Callable[[str], Document]) -> None:
    for one in said:
        origin = document(one.source.document_id)
        neighbours = [span for span in origin.statements if f"{origin.id}#{span.statement.id}" != one.statement.id]
        for span in neighbours[:3]:
            anchor = anchored(origin, span.start, span.end)
            text = origin.text[span.start : span.end]
            assert Check.ANCHOR in failed(with_source(one, anchor=anchor), one.position, document)
            both = with_source(Said(with_statement(one, text=text), one.position), anchor=anchor)
            assert Check.ANCHOR in failed(both, one.position, document)


def test_the_anchor_of_another_document_is_caught(said: list[Said], document: Callable[[str], Document]) -> None:
    for one, other in zip(said, said[7:], strict=False):
        if one.source.document_id != other.source.document_id:
            found = failed(with_source(one, anchor=other.source.anchor), one.position, document)
            assert Check.ANCHOR in found
            both = with_source(one, anchor=other.source.anchor, stem=other.source.anchor)
            faults = verify(both, document)[one.position].faults
            assert sum("of another document" in fault.detail for fault in faults) >= 2  # one hides no other


def test_a_changed_source_text_is_caught(said: list[Said], document: Callable[[str], Document]) -> None:
    for one in said[::5]:
        origin = document(one.source.document_id)
        place = one.source.anchor.position.start
        letter = "x" if origin.text[place] != "x" else "y"
        for text in (origin.text[:place] + letter + origin.text[place + 1 :], f"{origin.text}\n"):
            changed = Document.model_validate(
                origin.model_dump() | {"text": text, "sha256": text_sha256(text)}
            )  # edited after indexing
            unnoticed = origin.model_copy(update={"text": text})  # a store that lies about its hash
            for edited in (changed, unnoticed):
                look_up = partial(replaced, document, edited)
                assert Check.ANCHOR in failed(one.answer, one.position, look_up)
                assert Check.ANCHOR in {fault.check for fault in answer_faults(one.answer, look_up)}


def replaced(document: Callable[[str], Document], edited: Document, document_id: str) -> Document:
    """Return a document, the edited one in place of its original."""
    return edited if document_id == edited.id else document(document_id)


def test_a_dropped_stem_is_caught(said: list[Said], document: Callable[[str], Document]) -> None:
    items = [one for one in said if one.source.stem and one.source.document_id == "nice-ng193"]
    for one in at_least(2, items):
        if one.statement.wording == "verbatim":
            found = failed(with_statement(one, text=one.source.anchor.quote.exact), one.position, document)
            assert {Check.STEM, Check.WORDS} <= found
        assert Check.STEM in failed(with_source(one, stem=None), one.position, document)
        assert Check.STEM in failed(with_source(one, stem=one.source.anchor), one.position, document)
    assert any("do not initiate" in one.statement.text.lower() for one in items if one.statement.wording == "verbatim")


def test_a_swapped_citation_is_caught(said: list[Said], document: Callable[[str], Document]) -> None:
    for one in said:
        for n in range(1, len(one.answer.sources) + 1):
            if one.answer.sources[n - 1].anchor != one.source.anchor:
                found = failed(with_statement(one, citations=(n,)), one.position, document)
                assert found & {Check.CITATION, Check.ANCHOR}, one.statement.id
                found = failed(with_statement(one, citations=(*one.statement.citations, n)), one.position, document)
                assert Check.CITATION in found, "a second source that says something else"


def test_a_citation_that_leads_nowhere_is_caught(said: list[Said], document: Callable[[str], Document]) -> None:
    def empty(document_id: str) -> Document:
        raise NotFound("there is no such document")

    for one in said[::3]:
        for citations in ((99,), (), (*one.statement.citations, 99)):
            found = failed(with_statement(one, citations=citations), one.position, document)
            assert Check.CITATION in found
        assert Check.CITATION in failed(one.answer, one.position, empty)
        dangling = one.answer.model_copy(update={"text": one.answer.text + " [99]"})
        assert Check.CITATION in {fault.check for fault in answer_faults(dangling, document)}
        assert Check.CITATION in {fault.check for fault in answer_faults(one.answer, empty)}


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Another title"},
        {"short_title": "EULAR 2027"},
        {"year": 1999},
        {"organisation": "Somebody"},
        {"edition": "newest"},
        {"superseded_by": "eular-2030"},
        {"review_state": "approved"},
        {"link": "https://example.org/"},
        {"references": (REFERENCE.model_copy(update={"id": "OTHER"}),)},
    ],
)
def test_a_source_introduced_as_another_one_is_caught(
    changes: dict[str, Any], said: list[Said], document: Callable[[str], Document]
) -> None:
    for one in said[::4]:
        altered = with_source(one, **changes)
        assert Check.CITATION in failed(altered, one.position, document)
        assert Check.CITATION in {fault.check for fault in answer_faults(altered, document)}


def test_a_statement_under_the_name_of_another_is_caught(said: list[Said], document: Callable[[str], Document]) -> None:
    for one, other in pairwise(said):
        if one.statement.id != other.statement.id:
            altered = with_statement(one, id=other.statement.id)
            assert failed(altered, one.position, document) & {Check.CITATION, Check.ANCHOR}, one.statement.id


def test_an_altered_disclaimer_is_caught(said: list[Said], document: Callable[[str], Document]) -> None:
    for disclaimer in ("", said[0].answer.disclaimer[:-1], "Trust this answer."):
        altered = said[0].answer.model_copy(update={"disclaimer": disclaimer})
        assert {fault.check for fault in answer_faults(altered, document)} == {Check.DISCLAIMER}


def test_a_grade_without_a_record_is_caught_where_the_text_is_not_curated() -> None:
    whole, document = quoted("Exercise helped.")
    grade = EvidenceGrade(system="nice", strength="offer", printed="offer")
    shown = ShownGrade(grade=grade, system_name="NICE", explanation="Offer.")
    assert Check.GRADE in failed(with_statement(Said(whole, 0), grades=(shown,)), 0, document)


# --- the answer's text ------------------------------------------------------------------------------------------------


def text_faults(one: Answer, text: str, document: Callable[[str], Document]) -> list[tuple[Check, str]]:
    """Return what is found where the text alone is altered: the check, and the words that it flags."""
    altered = one.model_copy(update={"text": text})
    return [(f.check, text[slice(*f.span)] if f.span else "") for f in answer_faults(altered, document)]


@pytest.fixture(scope="module")
def whole(said: list[Said]) -> list[Answer]:
    return list({one.answer.text: one.answer for one in said if one.answer.status is not Status.URGENT}.values())


@given(data=st.data())
def test_a_word_put_into_or_taken_out_of_a_statement_in_the_text_alone_is_caught_at_its_place(
    data: st.DataObject, whole: list[Answer], document: Callable[[str], Document]
) -> None:
    one = data.draw(st.sampled_from(whole))
    statement = data.draw(st.sampled_from(one.statements))
    start = one.text.index(statement.text)
    words = list(re.finditer(r"\w+", statement.text))
    place = start + data.draw(st.sampled_from([word.start() for word in words[1:]]))
    found = text_faults(one, f"{one.text[:place]}zebra {one.text[place:]}", document)
    assert any(check is Check.WORDS and "zebra" in flagged for check, flagged in found), found
    end = one.text.index(" ", place) if " " in one.text[place:] else len(one.text)
    if re.search(r"\w", one.text[place:end]):
        assert text_faults(one, one.text[:place] + one.text[end:], document)


@pytest.mark.parametrize(
    ("sentence", "check"),
    [
        ("It is safe for everyone.", Check.WORDS),
        ("Take 12.5 mg of it.", Check.NUMBERS),
        ("Its level is IIIb.", Check.GRADE),
        ("Because of this,", Check.WORDS),
    ],
)
def test_whatever_stands_beside_the_statements_is_caught(
    sentence: str, check: Check, whole: list[Answer], document: Callable[[str], Document]
) -> None:
    for one in at_least_answers(20, whole):
        start = one.text.index(one.statements[0].text)
        for place, added in (
            (len(one.text), f" {sentence}"),
            (len(one.text), f"\n\n{sentence}"),
            (start, f"{sentence} "),
        ):
            found = text_faults(one, one.text[:place] + added + one.text[place:], document)
            assert found, added
            assert {check} == {c for c, _ in found}
            assert all(sentence.rstrip(".,") in flagged for _, flagged in found)


def at_least_answers(count: int, answers: list[Answer]) -> list[Answer]:
    assert len(answers) >= count
    return answers


def test_a_grade_left_out_or_changed_in_the_text_alone_is_caught(
    whole: list[Answer], document: Callable[[str], Document]
) -> None:
    tried = 0
    for one in whole:
        for statement in one.statements:
            for shown in statement.grades:
                told = display(shown.grade)
                if told in one.text and f"{told}** — {statement.text}" in one.text:
                    tried += 1
                    other = told.replace("Ia", "Ib").replace("offer", "consider").replace("do not", "do")
                    hidden = text_faults(one, one.text.replace(told, ""), document)
                    asked = one.audience is Audience.CLINICIAN  # a patient may read the words without the code
                    assert (Check.GRADE in {check for check, _ in hidden}) == asked
                    changed = text_faults(one, one.text.replace(told, f"{other} against"), document)
                    assert any("against" in flagged for _, flagged in changed)
    assert tried >= 10


def test_a_grade_in_the_words_of_a_statement_is_not_yet_shown() -> None:
    one, document = quoted("NICE says offer exercise.")
    grade = EvidenceGrade(system="nice", strength="offer", direction=Direction.FOR, printed="offer")
    shown = shown_grade(grade)
    graded = with_statement(Said(one, 0), grades=(shown,))
    assert {f.check for f in answer_faults(graded, document)} == {Check.GRADE}
    told = graded.model_copy(update={"text": f"**EULAR 2017: wording: offer** — {one.statements[0].text} [1]"})
    assert answer_faults(told, document) == ()


def test_a_source_is_called_current_or_superseded_only_if_it_is(
    whole: list[Answer], document: Callable[[str], Document]
) -> None:
    tried = {"current": 0, "superseded": 0}
    for one in whole:
        for mark in re.findall(r" \((?:current|superseded by [^)]+)\)(?=:)", one.text):
            other = " (current)" if "superseded" in mark else " (superseded by EULAR 2027)"
            assert Check.WORDS in {c for c, _ in text_faults(one, one.text.replace(mark, other), document)} or (
                Check.NUMBERS in {c for c, _ in text_faults(one, one.text.replace(mark, other), document)}
            )
            tried["superseded" if "superseded" in mark else "current"] += 1
    assert min(tried.values()) >= 2


def test_an_answer_of_another_generation_is_caught(said: list[Said], document: Callable[[str], Document]) -> None:
    one = said[0].answer
    assert answer_faults(one, document, one.generation) == ()
    found = answer_faults(one, document, f"{one.generation}x")
    assert [fault.check for fault in found] == [Check.GENERATION]


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"direction": "against"}, Check.GRADE),
        ({"grade": "level Ia, grade A"}, Check.GRADE),
        ({"quote": "It is recommended."}, Check.WORDS),
        ({"short_title": "EULAR 2027"}, Check.CITATION),
        ({"document_id": "nowhere"}, Check.CITATION),
    ],
)
def test_a_position_of_a_conflict_that_is_not_the_record_s_is_caught(
    changes: dict[str, str], check: Check, whole: list[Answer], document: Callable[[str], Document]
) -> None:
    tried = 0
    for one in whole:
        for at, conflict in enumerate(one.conflicts):
            first = conflict.positions[0]
            if all(getattr(first, name) == value for name, value in changes.items()):
                continue
            positions = (first.model_copy(update=changes), *conflict.positions[1:])
            changed = conflict.model_copy(update={"positions": positions})
            conflicts = (*one.conflicts[:at], changed, *one.conflicts[at + 1 :])
            found = answer_faults(one.model_copy(update={"conflicts": conflicts}), document)
            assert check in {fault.check for fault in found}
            every = tuple(each.model_copy(update=changes) for each in conflict.positions)
            conflicts = (*one.conflicts[:at], conflict.model_copy(update={"positions": every}))
            found = answer_faults(one.model_copy(update={"conflicts": conflicts}), document)
            assert sum(fault.check is check for fault in found) >= len(every)  # one hides no other
            tried += 1
    assert tried >= 2


def test_an_urgent_text_says_nothing_but_the_fixed_words_and_its_statement(
    ask: Ask, document: Callable[[str], Document]
) -> None:
    [one] = ask("I took tramadol and now I cannot breathe properly", audience=Audience.PATIENT)
    assert one.status is Status.URGENT
    assert answer_faults(one, document) == ()
    for added in ("It will pass.", "Take 10 mg of it."):
        for text in (f"{one.text} {added}", f"{one.text}\n\n{added}", f"{added} {one.text}"):
            assert added.rstrip(".") in " ".join(flagged for _, flagged in text_faults(one, text, document))


# --- names ------------------------------------------------------------------------------------------------------------

NAMES = names_of(
    Matcher(
        Vocabulary(
            concepts=(
                Concept(
                    id="nsaid",
                    kind=ConceptKind.INTERVENTION,
                    label="NSAIDs",
                    synonyms=("naproxen", "anti-inflammatory medicines"),
                    exact=("anti-inflammatory medicines",),
                ),
                Concept(id="approval", kind=ConceptKind.OUTCOME, label="approval", synonyms=("approved", "off-label")),
                Concept(id="duloxetine", kind=ConceptKind.INTERVENTION, label="duloxetine"),
            )
        )
    )
)


@pytest.mark.parametrize(
    ("sentence", "text", "same"),
    [
        ("NSAIDs are advised against.", "anti-inflammatory medicines are advised against.", True),
        ("An NSAID is advised against.", "An anti-inflammatory medicine is advised against.", True),
        ("NSAIDs are advised against.", "naproxen is advised against.", False),
        ("It is off-label.", "It is approved.", False),
        ("duloxetine helps.", "Duloxetine helps.", True),
        ("duloxetine helps.", "duloxetime helps.", False),
    ],
)
def test_only_names_that_are_listed_as_exact_stand_for_one_another(sentence: str, text: str, same: bool) -> None:
    one, document = quoted(sentence)
    [verdict] = verify(with_statement(Said(one, 0), text=text), document, NAMES)
    assert verdict.supported == same
