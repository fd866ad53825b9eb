"""What a document says of itself is what it prints; what it does not say stays unset."""

import datetime

import pytest

import made
from fmqa.adding import abbreviations, about, derivation
from fmqa.readers import docx, pdf
from fmqa.readers.blocks import Block, Extract
from fmqa.types import DocumentKind, FileFormat

TODAY = datetime.date(2026, 11, 24)


def year(*lines: str, title: str = "A guideline on sleep") -> int | None:
    extract = Extract(format=FileFormat.TEXT, blocks=tuple(Block(words) for words in lines), source=("",))
    return about.printed_year(extract, title, TODAY)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("Example Society, version of March 2009",), 2009),
        (("Example Society. Published 2019",), 2019),
        (("First published 2001. Updated June 2019",), 2019),
        (("© World Health Organization 2025",), 2025),
        (("Cite this as: Ex J 2015;350:h2145",), 2015),
        (("March 2014",), 2014),
        (("Next review due 2029. Issued 2021",), 2021),
        (("Issued 2021, for review by 2024",), 2021),
        (("In 2014 the trial began, and 40 people took part in it until the end of the year.",), None),
        (("Copyright 2031",), None),
        (("Nothing is said.",), None),
    ],
)
def test_the_year_is_the_one_that_is_printed(lines: tuple[str, ...], expected: int | None) -> None:
    assert year("A guideline on sleep", *lines) == expected


def test_a_title_may_hold_the_year() -> None:
    assert year("Words.", title="Guideline on sleep (2012)") == 2012


def test_references_give_no_year() -> None:
    extract = Extract(
        format=FileFormat.TEXT, blocks=(Block("Sleep."), Block("Old A. 1999;12:34.", quotable=False)), source=("",)
    )
    assert about.printed_year(extract, "Sleep", TODAY) is None


def test_what_a_file_says_of_who_made_it_and_when_is_not_believed() -> None:
    made_ = made.pdf_file([made.paragraph(60, 80, "Give 3 mg of velaxin at night.")])
    info = b"9 0 obj << /Title (untitled) /Author (anonymous) /CreationDate (D:20260101) >> endobj"
    made_ = made_.replace(b"xref\n0", info + b"\nxref\n0", 1).replace(b"/Root 1 0 R", b"/Root 1 0 R /Info 9 0 R", 1)
    extract = pdf.read(made_)[0]
    assert (extract.authors, extract.year, extract.published) == ((), None, None)
    assert extract.title == "Give 3 mg of velaxin at night."
    assert docx.read(made.docx_file())[0].authors == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("low-dose naltrexone (LDN) helped", (("LDN", "low-dose naltrexone"),)),
        ("milligram equivalents of morphine milligram equivalents (MME)", (("MME", "morphine milligram equivalents"),)),
        ("an NSAID (non-steroidal anti-inflammatory drug)", (("NSAID", "non-steroidal anti-inflammatory drug"),)),
        ("randomised controlled trials (RCTs)", (("RCTs", "randomised controlled trials"),)),
        ("people with pain (n = 30) and sleep (4)", ()),
        ("200 IU (in 2 capsules)", ()),
        ("Velaxin (Example Pharma, London)", ()),
    ],
)
def test_abbreviations_are_those_that_the_text_defines(text: str, expected: tuple[tuple[str, str], ...]) -> None:
    assert abbreviations.defined(text) == expected


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Sleep. We did a double-blind randomised controlled trial of velaxin.", "randomised controlled trial"),
        ("Sleep. Design: cohort study in 12 hospitals.", "cohort study"),
        ("Sleep. A randomised trial by others found no effect.", None),
    ],
)
def test_the_design_is_what_a_text_says_of_itself(text: str, name: str | None) -> None:
    found = derivation.design((), text, (0, 0))
    assert (found.name if found else None) == name
    assert found is None or (found.span is not None and text[slice(*found.span)] == found.printed)


def test_the_headings_of_a_label_make_a_label() -> None:
    headings = ("4.1 Therapeutic indications", "4.3 Contraindications", "4.8 Undesirable effects")
    assert derivation.kind_of("Velaxin 5 mg tablets", None, headings) is DocumentKind.LABEL
    assert derivation.kind_of("Velaxin 5 mg tablets", None, headings[:2]) is DocumentKind.BACKGROUND
