"""Sentences are whole and stand under their own headings: over page ends, footnotes, line numbers, lists."""
# ruff: noqa: E501 - markup reads better whole

import pytest

import made
from reading import article, page, para, quotable, quoted, read, word

BODY = "The tremor of bell ringers comes on after long hours of work with a heavy bell in the tower of a church."


def lines(count: int, *, y: float = 60) -> list[made.Written]:
    """Return so many lines of running text."""
    return [(60, y + 12 * n, 10, f"{BODY[:80]} {n:03}x") for n in range(count)]


def test_a_sentence_goes_on_over_a_footnote_at_the_end_of_a_page() -> None:
    first = [
        *made.paragraph(60, 60, BODY, width=85),
        (60, 700, 10, "People who are pregnant should under no circumstances"),
        (60, 780, 7, "1 Pain of any sort was counted in these 40 people."),
    ]
    second = [(60, 60, 10, "receive velaxin 15 mg, and others may for one week.")]
    assert quoted("pdf", made.pdf_file([first, second]))[1:] == [
        "People who are pregnant should under no circumstances receive velaxin 15 mg, and others may for one week.",
        "1 Pain of any sort was counted in these 40 people.",
    ]


def test_running_heads_of_two_pages_are_left_out_and_the_sentence_goes_on() -> None:
    pages = []
    for number, words in enumerate(["who are pregnant should not", "take velaxin 20 mg for bell tremor."], start=1):
        pages.append([(60, 30, 8, "Example Trust: leaflet"), (60, 120, 10, words), (60, 815, 8, f"page {number} of 2")])
    _, found = read("pdf", made.pdf_file(pages))
    assert quotable(found) == ["who are pregnant should not take velaxin 20 mg for bell tremor."]


def test_a_line_at_the_top_of_each_page_that_goes_on_below_is_text() -> None:
    pages = [
        [(60, 60, 10, "Give velaxin to people"), (60, 72, 10, f"of group {group} once a day."), *lines(2, y=200)]
        for group in ("one", "two")
    ]
    told = quoted("pdf", made.pdf_file(pages))
    assert "Give velaxin to people of group one once a day." in told
    assert "Give velaxin to people of group two once a day." in told


def test_chapters_that_differ_by_number_are_headings_and_no_running_heads() -> None:
    pages = [[(60, 60, 16, f"Chapter {n}: sprain {n}"), *lines(3, y=120)] for n in (1, 2, 3, 4)]
    _, found = read("pdf", made.pdf_file(pages, bold=16))
    assert [section.headings for section in found.sections] == [(f"Chapter {n}: sprain {n}",) for n in (1, 2, 3, 4)]


@pytest.mark.parametrize("step", [1, 5])
def test_numbers_of_lines_are_no_words(step: int) -> None:
    words = [
        "We gave velaxin to adults, and treatment should",
        "not be given for more than",
        "5 days in a row.",
        "It was",
        "given at night and the",
        "dose was the same in",
        "all of the people who",
        "took part in this study,",
        "which ended after two",
        "years of work in the",
        "north and the south of",
        "the country by the sea.",
        "It was stopped early for",
        "harm in one of the two",
        "groups of people who had",
        "been given the drug.",
    ]
    page_ = []
    for number, line in enumerate(words, start=1):
        if number % step == 0:
            page_.append((40 if number > 9 else 45, 60 + 14 * number, 10, str(number)))
        page_.append((70, 60 + 14 * number, 10, line))
    told = " ".join(quoted("pdf", made.pdf_file([page_])))
    assert "should not be given for more than 5 days in a row. It was given at night" in told


def test_an_initial_over_two_lines_begins_its_word() -> None:
    page_ = [
        (50, 112, 30, "T"),
        (75, 100, 10, "he dose of velaxin is 5 mg and it is taken"),
        (75, 112, 10, "at night."),
    ]
    page_ += [
        (50, 124 + 12 * n, 10, words) for n, words in enumerate(["Nobody should take more than that", "in a day."])
    ]
    assert quoted("pdf", made.pdf_file([page_]))[0].startswith("The dose of velaxin is 5 mg")


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("The risk was 0.", "5% in the group.", "The risk was 0.5% in the group."),
        ("The dose was 12.", "5 mg in the group.", "The dose was 12.5 mg in the group."),
        ("They were seen in 2010.", "5 people died.", "They were seen in 2010. 5 people died."),
        ("It was seen in 3 of 10.", "5 people died.", "It was seen in 3 of 10. 5 people died."),
        ("Take 10-", "20 mg of it.", "Take 10-20 mg of it."),
    ],
)
def test_a_number_that_is_broken_at_the_line_end_is_whole(first: str, second: str, expected: str) -> None:
    assert quoted("pdf", made.pdf_file([[(60, 80, 10, first), (60, 92, 10, second)]])) == [expected]


def test_printed_numbers_of_pages_are_kept_beside_their_places() -> None:
    labels = ["i", "ii", "1", "2", "3", "4", "5"]
    pages = [[*lines(2, y=100), (300, 815, 8, label)] for label in labels]
    assert read("pdf", made.pdf_file(pages))[0].page_labels == tuple(enumerate(labels, start=1))


# --- lists ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "stem", ["<p><b>Do not offer for pain</b></p>", "<p>Do not offer for pain:</p>", "<h3>Do not offer for pain</h3>"]
)
def test_every_item_of_a_long_list_keeps_its_stem(stem: str) -> None:
    items = "".join(
        f"<li>Medicine {n} at any dose, in any setting and by any route that there is</li>" for n in range(20)
    )
    told = quoted("html", page(f"{stem}<ul>{items}</ul><p>See them again.</p>"))
    assert sum(words.startswith("<Do not offer for pain") for words in told) == 20
    assert told[-1] == "See them again."


def test_a_sentence_before_a_list_is_no_stem() -> None:
    assert (
        quoted("html", page("<p>Offer heat.</p><ul><li>Velaxin is not needed.</li></ul>"))[1]
        == "Velaxin is not needed."
    )


TERMS = [("Not to be used in", "Severe hepatic impairment."), ("Start", "2 mg once daily.")]


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("html", page(f"<dl>{''.join(f'<dt>{t}</dt><dd>{d}</dd>' for t, d in TERMS)}</dl>")),
        ("html", page(f"<dl>{''.join(f'<div><dt>{t}</dt><dd><p>{d}</p></dd></div>' for t, d in TERMS)}</dl>")),
        (
            "jats",
            article(
                "<sec><title>Use</title><def-list>"
                + "".join(f"<def-item><term>{t}</term><def><p>{d}</p></def></def-item>" for t, d in TERMS)
                + "</def-list></sec>"
            ),
        ),
    ],
)
def test_a_term_and_its_definition_are_one(kind: str, data: str) -> None:
    assert quoted(kind, data) == [f"{term}: {definition}" for term, definition in TERMS]


def test_a_long_definition_has_its_term_as_stem() -> None:
    long = "".join(f"<p>Sentence {n} of a definition that is long.</p>" for n in range(20))
    told = quoted("html", page(f"<dl><dt>Not to be used in</dt><dd>{long}</dd></dl>"))
    assert len(told) == 20
    assert all(words.startswith("<Not to be used in:> Sentence") for words in told)


def test_the_heading_of_a_list_or_box_ends_with_it() -> None:
    body = (
        "<sec><title>Results</title><def-list><title>Rules</title><def-item><term>A</term><def><p>b c.</p></def></def-item>"
        "</def-list><boxed-text><caption><title>Box</title></caption><p>In it.</p></boxed-text><p>After it.</p></sec>"
        "<sec><p>Alone.</p></sec>"
    )
    _, found = read("jats", article(body))
    assert [section.headings for section in found.sections] == [
        ("Results", "Rules"),
        ("Results", "Box"),
        ("Results",),
        (),
    ]


def test_a_footnote_of_markdown_and_a_quotation_are_text() -> None:
    source = "# Velaxin\n\nDo not give with alcohol.[^1]\n\n[^1]: Seen with 10 g of it.\n\n> Not for children.\n"
    assert quoted("md", source) == ["Do not give with alcohol.", "Seen with 10 g of it.", "Not for children."]


def test_items_of_word_keep_their_stem() -> None:
    item = (
        '<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr><w:r><w:t>{}</w:t></w:r></w:p>'
    )
    made_ = word(para("Do not give with:"), item.format("opioids"), item.format("alcohol"))
    assert quoted("docx", made_)[1:] == ["<Do not give with:> opioids", "<Do not give with:> alcohol"]
