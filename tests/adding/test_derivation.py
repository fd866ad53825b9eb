"""Statements of published texts: what a rule settles is set, everything else stays unset."""

import itertools

import pytest

from fmqa.adding.derivation import design, kind_of, statements
from fmqa.corpus.vocabulary import Matcher
from fmqa.types import Concept, ConceptKind, DocumentKind, Effect, Section, StatementKind, StatementSpan, Vocabulary

MATCHER = Matcher(
    Vocabulary(
        concepts=(
            Concept(id="tramadol", kind=ConceptKind.INTERVENTION, label="tramadol"),
            Concept(id="naltrexone", kind=ConceptKind.INTERVENTION, label="naltrexone"),
            Concept(id="pain", kind=ConceptKind.OUTCOME, label="pain"),
        )
    )
)


def found(
    text: str, kind: DocumentKind = DocumentKind.TRIAL, stem: tuple[int, int] | None = None
) -> list[StatementSpan]:
    start = stem[1] + 2 if stem else 0
    return list(statements(text, (Section(start=start, end=len(text), stem=stem),), kind, MATCHER))


@pytest.mark.parametrize(
    ("sentence", "document", "kind", "effect"),
    [
        ("We recommend naltrexone for adults with pain.", DocumentKind.GUIDELINE, StatementKind.RECOMMENDATION, None),
        ("Do not offer tramadol to adults with pain.", DocumentKind.GUIDELINE, StatementKind.RECOMMENDATION, None),
        ("Adults were given naltrexone 4.5 mg every night.", DocumentKind.TRIAL, StatementKind.DOSING, None),
        ("Adverse events were seen in many adults there.", DocumentKind.TRIAL, StatementKind.SAFETY, None),
        (
            "Pain was significantly better with naltrexone, p = 0.01.",
            DocumentKind.TRIAL,
            StatementKind.FINDING,
            Effect.BENEFIT,
        ),
        ("Naltrexone did not improve pain (p = 0.4).", DocumentKind.TRIAL, StatementKind.FINDING, Effect.NO_DIFFERENCE),
        (
            "There was no significant difference in pain, but sleep was significantly better.",
            DocumentKind.TRIAL,
            StatementKind.FINDING,
            None,
        ),
        ("Pain fell by 2 points (95 % CI 1 to 3) here.", DocumentKind.TRIAL, StatementKind.FINDING, None),
        ("Response is defined as half the pain of before.", DocumentKind.TRIAL, StatementKind.DEFINITION, None),
        (
            "Tramadol and naltrexone taken together with food interact.",
            DocumentKind.LABEL,
            StatementKind.INTERACTION,
            None,
        ),
    ],
)
def test_a_rule_settles_the_kind_and_only_plain_words_the_effect(
    sentence: str, document: DocumentKind, kind: StatementKind, effect: Effect | None
) -> None:
    (span,) = found(sentence, document)
    assert (span.statement.kind, span.statement.effect) == (kind, effect)
    assert (span.start, span.end) == (0, len(sentence))


@pytest.mark.parametrize(
    ("sentence", "document"),
    [
        ("Several centres in two countries took part.", DocumentKind.TRIAL),
        ("Adults should have been told of the trial.", DocumentKind.TRIAL),  # a trial recommends nothing
        ("These data suggest that more centres are wanted.", DocumentKind.GUIDELINE),
        ("We recommend it.", DocumentKind.GUIDELINE),  # too short to say of what
    ],
)
def test_what_no_rule_fires_on_is_no_statement(sentence: str, document: DocumentKind) -> None:
    assert found(sentence, document) == []


def test_a_statement_names_what_its_stem_names_and_keeps_it() -> None:
    text = "Do not take tramadol with:\n\nnaltrexone or other opioid antagonists at all"
    (span,) = found(text, DocumentKind.GUIDELINE, stem=(0, 26))
    assert span.statement.interventions == ("tramadol", "naltrexone")
    assert span.stem == (0, 26)


def test_ids_stay_while_the_words_do_and_differ_for_a_sentence_said_twice() -> None:
    sentence = "Pain was significantly better with naltrexone, p = 0.01."
    first, second = (span.statement.id for span in found(f"{sentence} {sentence}"))
    assert second == f"{first}-2"
    assert found(f"A preface of words. {sentence}")[0].statement.id == first


def test_the_design_is_of_the_title_not_of_what_is_cited_below() -> None:
    text = "Naltrexone in adults\n\nA systematic review found nothing."
    assert design((), text, (0, len("Naltrexone in adults"))) is None
    stated = design(("Journal Article", "Meta-Analysis"), text, (0, 0))
    assert stated is not None
    assert (stated.name, stated.printed, stated.span) == ("meta-analysis", "Meta-Analysis", None)
    assert kind_of("Naltrexone in adults", stated) is DocumentKind.REVIEW
    assert kind_of("Naltrexone in adults", None) is DocumentKind.BACKGROUND
    assert kind_of("Guidelines for naltrexone", None) is DocumentKind.GUIDELINE


# --- grades -----------------------------------------------------------------------------------------------------------

ADVICE = "We recommend naltrexone for adults with pain"
NOTATION = "strong recommendation, moderate-certainty evidence"


def graded(*blocks: str, headings: tuple[tuple[str, ...], ...] = ()) -> list[tuple[str, list[str]]]:
    """Return the statements of blocks with the notations that they carry."""
    text = "\n\n".join(blocks)
    sections, at = [], 0
    for number, block in enumerate(blocks):
        sections.append(Section(start=at, end=at + len(block), headings=headings[number] if headings else ()))
        at += len(block) + 2
    spans = statements(text, tuple(sections), DocumentKind.GUIDELINE, MATCHER)
    assert all(g.printed == text[slice(*p)] for s in spans for g, p in zip(s.statement.grades, s.grades, strict=True))
    return [(text[s.start : s.end], [g.printed for g in s.statement.grades]) for s in spans]


def test_a_grade_in_the_sentence_or_right_behind_it_is_of_the_statement() -> None:
    assert graded(f"{ADVICE} ({NOTATION}).") == [(f"{ADVICE} ({NOTATION}).", [NOTATION])]
    ((words, grades),) = graded(f"{ADVICE}.", f"{NOTATION.capitalize()}")
    assert words == f"{ADVICE}."
    assert [grade.lower() for grade in grades] == [NOTATION]


def test_a_grade_under_another_heading_or_of_nothing_is_of_no_statement() -> None:
    under = graded(f"{ADVICE}.", NOTATION.capitalize(), headings=(("One",), ("Two",)))
    assert under[0] == (f"{ADVICE}.", [])
    assert [grades for words, grades in graded("Many centres took part in it.", NOTATION.capitalize())] in ([], [[]])


def test_each_of_two_sentences_has_its_own_grade() -> None:
    other = "We suggest tramadol for adults with pain (conditional recommendation, low-certainty evidence)."
    found_ = graded(f"{ADVICE} ({NOTATION}). {other}")
    assert [grades for _, grades in found_] == [[NOTATION], ["conditional recommendation, low-certainty evidence"]]


def test_a_grade_under_a_box_is_of_its_one_recommendation() -> None:
    box = f"{ADVICE}. Recommendations on other drugs should continue to be followed."
    assert [bool(grades) for _, grades in graded(box, NOTATION.capitalize())] == [True, False]
    row = f"Recommendation 1 | {ADVICE}. It holds in any setting for them. {NOTATION.capitalize()}."
    assert [len(grades) for _, grades in graded(row)] == [1]


def test_a_grade_that_could_be_of_two_recommendations_is_of_neither() -> None:
    box = f"{ADVICE}. We suggest tramadol for adults with back pain."
    assert [grades for _, grades in graded(box, NOTATION.capitalize())] == [[], []]


def test_the_system_that_a_document_names_by_itself_is_that_of_its_other_notations() -> None:
    lone = "We suggest duloxetine for pain. Conditional recommendation based on expert consensus."
    for count, expected in ((0, "unnamed-strength"), (2, "unnamed-strength"), (3, "grade")):
        named = [
            f"We suggest naltrexone for pain {n} (conditional recommendation, low certainty of evidence)."
            for n in range(count)
        ]
        blocks = [*named, lone]
        text = "\n\n".join(blocks)
        ends = list(itertools.accumulate(len(block) + 2 for block in blocks))
        sections = tuple(Section(start=end - len(b) - 2, end=end - 2) for end, b in zip(ends, blocks, strict=True))
        *_, last = statements(text, sections, DocumentKind.GUIDELINE, MATCHER)
        assert text[last.start : last.end] == "We suggest duloxetine for pain."
        assert [grade.system for grade in last.statement.grades] == [expected]


def owners(*blocks: str, headings: tuple[tuple[str, ...], ...] = ()) -> list[str]:
    """Return the statements that have a grade, without their last words."""
    return [words[:40] for words, grades in graded(*blocks, headings=headings) if grades]


SCREENING = "We suggest a yearly test for all adults with pain"
REMARK = "Clinicians should talk with them about what the test can and cannot say"


@pytest.mark.parametrize(
    "text",
    [
        f"{SCREENING}. ({NOTATION}) {REMARK}.",
        f"{SCREENING}. ({NOTATION}). {REMARK}.",
        f"{SCREENING}. [{NOTATION}] {REMARK}.",
        f"{SCREENING}. {NOTATION.capitalize()}. {REMARK}.",
        f"{SCREENING}. {NOTATION.capitalize()} {REMARK}.",
        f"{SCREENING} ({NOTATION}). {REMARK}.",
        f"Recommendation 4 | {SCREENING}. {REMARK}. {NOTATION.capitalize()}.",
    ],
)
def test_a_notation_is_of_the_recommendation_before_it_and_never_of_the_next_remark(text: str) -> None:
    [owner] = owners(text)
    assert SCREENING[:20] in owner


def test_a_line_under_a_numbered_recommendation_is_of_its_first_sentence() -> None:
    heading = ("Summary", "Recommendation 3:")
    box = f"{SCREENING}. The test is suggested rather than a scan. It should not be used in children."
    assert owners(box, f"{NOTATION.capitalize()}.", headings=(heading, heading)) == [f"{SCREENING}."[:40]]


def test_a_line_right_under_a_heading_is_of_the_recommendation_below_and_so_are_its_like() -> None:
    text_of, heading = "\n\n".join, ("Pain",)
    blocks = ("Pain", NOTATION.capitalize(), f"{SCREENING}.", NOTATION.capitalize(), f"{ADVICE}.", f"{REMARK}.")
    text = text_of(blocks)
    starts = [0, *itertools.accumulate(len(block) + 2 for block in blocks)]
    sections = tuple(
        Section(start=start, end=start + len(block), headings=heading)
        for start, block in zip(starts[1:], blocks[1:], strict=False)
    )
    spans = statements(text, sections, DocumentKind.GUIDELINE, MATCHER)
    assert [len(span.grades) for span in spans] == [1, 1, 0]


def test_a_line_is_of_nothing_where_text_that_was_not_read_stands_above_it() -> None:
    line, unread = NOTATION.capitalize(), "We recommend something that is not in the index."
    text = f"{ADVICE}.\n\n{unread}\n\n{line}\n\n{REMARK}."
    starts = [0, text.index(line), text.index(REMARK)]
    ends = [len(ADVICE) + 1, text.index(line) + len(line), len(text)]
    sections = tuple(Section(start=start, end=end) for start, end in zip(starts, ends, strict=True))
    spans = statements(text, sections, DocumentKind.GUIDELINE, MATCHER)
    assert [span.grades for span in spans] == [(), ()]


@pytest.mark.parametrize(
    ("advice", "direction"),
    [
        (f"{SCREENING}.", "for"),
        ("We recommend against tramadol for adults with pain.", "against"),
        ("We suggest that adults with pain stop tramadol.", None),
    ],
)
def test_a_line_of_its_own_has_the_direction_of_its_recommendation(advice: str, direction: str | None) -> None:
    text = f"{advice}\n\n{NOTATION.capitalize()}"
    sections = (Section(start=0, end=len(advice)), Section(start=len(advice) + 2, end=len(text)))
    [span] = statements(text, sections, DocumentKind.GUIDELINE, MATCHER)
    assert [grade.direction for grade in span.statement.grades] == [direction]


def test_a_heading_that_is_a_notation_grades_the_recommendation_below_it() -> None:
    title = "Strong recommendation against, low certainty of evidence"
    advice, remark = "We recommend against tramadol for adults with pain.", f"{REMARK}."
    text = "\n\n".join((title, advice, remark))
    starts = (text.index(advice), text.index(remark))
    ends = (starts[0] + len(advice), len(text))
    sections = tuple(Section(start=a, end=b, headings=(title,)) for a, b in zip(starts, ends, strict=True))
    first, second = statements(text, sections, DocumentKind.GUIDELINE, MATCHER)
    [grade] = first.statement.grades
    assert (grade.strength, grade.level, grade.direction, grade.printed) == ("strong against", "low", "against", title)
    assert text[slice(*first.grades[0])] == title
    assert second.grades == ()


def test_a_cell_of_its_own_grades_the_recommendation_of_its_row_not_its_last_sentence() -> None:
    row = (
        "We suggest velaxin for adults with poor sleep. Advice for people with pain should go on as it is. "
        "| Conditional recommendation, low certainty of evidence"
    )
    text = f"Recommendation | Strength:\n\n{row}"
    start = text.index("We suggest")
    section = Section(start=start, end=len(text), stem=(0, start - 2))
    spans = statements(text, (section,), DocumentKind.GUIDELINE, MATCHER)
    graded = [text[span.start : span.end] for span in spans if span.statement.grades]
    assert graded == ["We suggest velaxin for adults with poor sleep."]
