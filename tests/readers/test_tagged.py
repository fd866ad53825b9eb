"""Exports of reference lists are documents with the metadata that they state."""
# ruff: noqa: E501 - markup reads better whole

import pytest

import made
from fmqa.errors import BadFile
from fmqa.readers import medline, tagged
from fmqa.readers.blocks import lay

NBIB = b"""PMID- 99000021
OWN - NLM
DP  - 2019 Mar
TI  - Velaxin for sleep: a randomised trial with
      weekly dosing.
AB  - BACKGROUND: Untested. RESULTS: Velaxin 12 mg did not help
      (difference -0.3, 95% CI -0.9 to 0.3).
AU  - Example X
AID - 10.1234/made.9 [doi]
PT  - Randomized Controlled Trial
JT  - Journal of examples
EIN - J ex. 2020;1:2

PMID- 99000022
TI  - [Not Available].
TT  - Schlaf.
AB  - Slept 7 h.
"""
RIS = b"""TY  - JOUR
TI  - Velaxin for sleep
AU  - Example, Ann B.
PY  - 2020/05/03
DO  - 10.1234/made.8
JO  - J Ex
AB  - Velaxin 5 mg helped 7 of 10.
ER  -
"""


def test_an_export_of_pubmed_is_read_by_its_tags() -> None:
    first, second = tagged.read(NBIB)
    assert first.title == "Velaxin for sleep: a randomised trial with weekly dosing."
    assert (first.pmid, first.year, first.published, first.doi) == ("99000021", 2019, "2019-03", "10.1234/made.9")
    assert (first.authors, first.journal, first.comments) == (
        ("Example X",),
        "Journal of examples",
        ("ErratumIn: J ex. 2020;1:2",),
    )
    found = lay(first.blocks, first.title or "")
    assert [(s.headings, found.text[s.start : s.end]) for s in found.sections] == [
        (("BACKGROUND",), "Untested."),
        (("RESULTS",), "Velaxin 12 mg did not help (difference -0.3, 95% CI -0.9 to 0.3)."),
    ]
    assert second.title == "Schlaf."


def test_an_export_in_ris_is_read_by_its_tags() -> None:
    (found,) = tagged.read(RIS)
    assert (found.title, found.year, found.doi, found.authors) == (
        "Velaxin for sleep",
        2020,
        "10.1234/made.8",
        ("Example AB",),
    )


def test_an_export_without_titles_is_refused() -> None:
    with pytest.raises(BadFile, match="none of its records"):
        tagged.read(b"PMID- 99000021\nOWN - NLM\n")


def citation(date: str, title: str, more: str = "") -> bytes:
    return (
        "<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>99000031</PMID><Article><Journal><JournalIssue><PubDate>"
        f"{date}</PubDate></JournalIssue></Journal><ArticleTitle>{title}</ArticleTitle><Abstract><AbstractText "
        f'Label="UNASSIGNED">Velaxin 8 mg helped 9 of 30. It was safe.</AbstractText></Abstract>{more}</Article>'
        "</MedlineCitation></PubmedArticle></PubmedArticleSet>"
    ).encode()


@pytest.mark.parametrize(
    ("date", "more", "published"),
    [
        ("<MedlineDate>Summer 2014</MedlineDate>", "", "2014"),
        ("<MedlineDate>1998 Dec-1999 Jan</MedlineDate>", "", "1998"),
        ("<Year>2016</Year><Season>Winter</Season>", "", "2016"),
        ("", "<ArticleDate><Year>2014</Year><Month>06</Month><Day>01</Day></ArticleDate>", "2014-06-01"),
        ("<MedlineDate>unknown</MedlineDate>", "", None),
    ],
)
def test_a_season_or_a_date_on_line_gives_the_year(date: str, more: str, published: str | None) -> None:
    assert medline.read(citation(date, "A title", more))[0].published == published


@pytest.mark.parametrize(
    ("title", "more", "expected"),
    [
        ("[Not Available].", "<VernacularTitle>La toux.</VernacularTitle>", "La toux."),
        ("[On cough].", "<VernacularTitle>La toux.</VernacularTitle>", "On cough"),
        ("", "", "Velaxin 8 mg helped 9 of 30."),
    ],
)
def test_a_title_is_that_of_the_work(title: str, more: str, expected: str) -> None:
    (found,) = medline.read(citation("<Year>2020</Year>", title, more))
    assert found.title == expected
    assert "UNASSIGNED" not in lay(found.blocks, "").text


def test_a_chapter_of_a_book_between_articles_is_read() -> None:
    book = (
        "<PubmedBookArticle><BookDocument><PMID>99000041</PMID><Book><BookTitle>A shelf</BookTitle><PubDate><Year>2022</Year>"
        "</PubDate></Book><ArticleTitle>Velaxin</ArticleTitle><Abstract><AbstractText>Never with wounds.</AbstractText>"
        "</Abstract></BookDocument></PubmedBookArticle></PubmedArticleSet>"
    )
    found = medline.read(made.MEDLINE.replace("</PubmedArticleSet>", book).encode())[-1]
    assert (found.pmid, found.title, found.year, found.journal) == ("99000041", "Velaxin", 2022, "A shelf")
