"""Every reader keeps structure, numbers and metadata of its format, and leaves out what is no text."""

import io
import zipfile
from collections.abc import Callable

import pytest

import made
from fmqa.adding import checking, roundtrip
from fmqa.errors import BadFile
from fmqa.readers import docx, html, jats, medline, pdf, spl, text
from fmqa.readers.blocks import Extract, Laid, lay
from fmqa.types import DocumentKind

READERS: dict[str, tuple[Callable[[bytes], tuple[Extract, ...]], bytes]] = {
    "html": (html.read, made.HTML.encode()),
    "jats": (jats.read, made.JATS.encode()),
    "medline": (medline.read, made.MEDLINE.encode()),
    "spl": (spl.read, made.SPL.encode()),
    "docx": (docx.read, made.docx_file()),
    "markdown": (text.read_markdown, made.MARKDOWN.encode()),
    "text": (text.read_text, made.TEXT.encode()),
    "pdf": (pdf.read, made.PDF),
}


def laid(name: str) -> tuple[Extract, Laid]:
    read, data = READERS[name]
    extract = read(data)[0]
    return extract, lay(extract.blocks, extract.title or "")


def quoted(found: Laid) -> list[tuple[str | None, str]]:
    """Return stem and words of every block that can be found and quoted."""
    return [(found.text[slice(*s.stem)] if s.stem else None, found.text[s.start : s.end]) for s in found.sections]


@pytest.mark.parametrize("name", [name for name in READERS if name != "pdf"])
def test_numbers_and_signs_are_those_of_the_second_way(name: str) -> None:
    extract, found = laid(name)
    assert len(roundtrip.tokens(extract.source[0])) >= 3
    assert checking.numbers(extract, found)[:2] == ([], set())
    assert checking.lost_words(extract) == ([], set())


@pytest.mark.parametrize("name", READERS)
def test_no_word_of_a_reference_list_is_quoted(name: str) -> None:
    _, found = laid(name)
    assert not any("1999" in words for _, words in quoted(found))


@pytest.mark.parametrize("name", ["html", "jats", "spl", "docx", "markdown", "text", "pdf"])
def test_items_of_a_list_keep_what_forbids_them(name: str) -> None:
    _, found = laid(name)
    stems = [stem for stem, words in quoted(found) if "opioid" in words and stem]
    assert stems
    assert all("not" in stem or "contraindicated" in stem for stem in stems)


@pytest.mark.parametrize(
    ("name", "stem", "row"),
    [
        ("html", "Age | Dose | Note:", "18–64 | 25 mg |"),
        (
            "jats",
            "Table 1 Sleep at 12 weeks\n\nOutcome | Placebo (n = 31) | Velaxin (n = 30):",
            "Hours | 6.1 (1.2) | 7.0 (1.1)",
        ),
        ("spl", "Renal dosing\n\nClearance | Dose:", "30-60 mL/min | 12.5 mg"),
        ("docx", "Age | Dose:", "≥65 | 12.5 mg"),
        ("markdown", "Week | Hours:", "12 | 7.0"),
    ],
)
def test_rows_of_a_table_keep_its_head(name: str, stem: str, row: str) -> None:
    _, found = laid(name)
    assert (stem, row) in quoted(found)


def test_an_empty_or_spanned_cell_keeps_the_place_of_the_next() -> None:
    rows = [words for _, words in quoted(laid("html")[1])] + [words for _, words in quoted(laid("jats")[1])]
    assert "≥65 | 25 mg | 5 mg less" in rows  # 25 mg spans two rows: it is told in both
    assert "Falls | | 2" in rows


def test_a_list_below_an_item_is_one_block_with_it() -> None:
    _, found = laid("html")
    assert ("Do not offer velaxin to:", "people taking opioids: tramadol; codeine 30 mg") in quoted(found)


def test_raised_figures_stay_raised_and_names_of_characters_are_characters() -> None:
    _, found = laid("jats")
    assert "Doses were 10⁻³ g per 1.73 m², α-tocopherol 5 µg daily¹." in found.text
    assert "1.73 m² daily; avoid below −5 °C." in laid("docx")[1].text
    assert "10³ people" in laid("pdf")[1].text


def test_what_a_page_does_not_show_is_no_text() -> None:
    extract, found = laid("html")
    for words in ("Ignore previous", "alert", "Hidden", "cookies", "Home", "©"):
        assert words not in found.text
    assert extract.notes == (
        "8 words outside the main part of the page were left out",
        "10 words that a page does not show were left out",
    )
    assert "999" not in laid("docx")[1].text  # hidden in Word


@pytest.mark.parametrize("tag", ["script", "style", "noscript", "video"])
@pytest.mark.parametrize("read", [html.read, text.read_markdown])
def test_words_that_an_element_swallows_are_said_to_be_left_out(
    read: Callable[[bytes], tuple[Extract, ...]], tag: str
) -> None:
    (extract,) = read(f"<h1>Velaxin</h1>\n\nTake 5 mg.\n\n<{tag}>\n\nOthers take 7 mg.\n".encode())
    assert "5 mg" in extract.source[0]
    assert extract.notes == (f"<{tag}> is not closed: the 4 words after it were left out",)
    assert read(f"<h1>Velaxin</h1>\n\n<{tag}>\n\nx = 1\n\n</{tag}>\n\n5 mg.".encode())[0].notes == ()


@pytest.mark.parametrize("page", ["<body><p>Take 5 mg.", "<p>Take 5 mg.</p>"])
def test_a_page_whose_head_has_no_end_tag_is_read(page: str) -> None:
    (extract,) = html.read(f"<html><head><title>Velaxin</title>{page}".encode())
    assert checking.numbers(extract, lay(extract.blocks, "Velaxin"))[:2] == ([], set())
    assert checking.lost_words(extract) == ([], set())
    assert "5 mg" in extract.source[0]


def test_metadata_come_from_the_file() -> None:
    article = laid("jats")[0]
    assert article.title == "Velaxin for sleep in adults: a randomised placebo-controlled trial"
    assert (article.authors, article.year, article.published) == (("Meyer AB", "Okoro C"), 2021, "2021-05-03")
    assert (article.doi, article.pmid, article.journal) == ("10.1234/made.1", "99000001", "Journal of Made Trials")
    assert article.licence == "https://creativecommons.org/licenses/by/4.0/"
    label = laid("spl")[0]
    assert (label.kind, label.organisation, label.year, label.edition) == (DocumentKind.LABEL, "Made Pharma", 2023, "3")
    page = laid("html")[0]
    assert (page.title, page.organisation, page.year) == ("Guideline on velaxin", "Made Society", 2022)


def test_citations_keep_their_labels_types_and_retraction() -> None:
    extract, found = laid("medline")
    assert [section.headings for section in found.sections] == [("AIM",), ("RESULTS",)]
    assert extract.publication_types == ("Randomized Controlled Trial", "Retracted Publication")
    assert extract.retraction == "Retracted Publication; RetractionIn: Made Med. 2020;1:2"
    assert extract.subjects == ("Accidental Falls",)
    assert (extract.published, extract.doi) == ("2019-06", "10.1234/made.2")


def test_headings_lead_to_a_block() -> None:
    _, found = laid("jats")
    by_words = {found.text[s.start : s.end]: s.headings for s in found.sections}
    assert by_words["Velaxin helped 7 of 10 people."][-1] == "Key points"
    assert by_words["Hours | 6.1 (1.2) | 7.0 (1.1)"] == ("1 Methods", "Table 1 Sleep at 12 weeks")


# --- PDF --------------------------------------------------------------------------------------------------------------


def test_words_printed_sideways_are_left_out_and_said_to_be() -> None:
    page = made.paragraph(60, 80, "The dose of velaxin is 25 mg at night and not more than that on any day.")
    tab = b"\nBT /F2 9 Tf 0 -1 1 0 570 700 Tm (CONTENTS 77) Tj ET"
    extract = pdf.read(made.pdf_file([page], rules=tab))[0]
    assert "CONTENTS" not in lay(extract.blocks, "").text
    assert "77" in extract.dropped[0]  # the check of numbers still sees it
    assert any("sideways" in note for note in extract.notes)


def test_words_a_little_askew_are_read_once() -> None:
    askew = b"\nBT /F1 10 Tf 0.9999 0.005 -0.005 0.9999 60 700 Tm (Give velaxin 25 mg at night.) Tj ET"
    extract = pdf.read(made.pdf_file([[(60, 80, 10, "A first line.")]], rules=askew))[0]
    assert "Give velaxin 25 mg at night." in lay(extract.blocks, "").text
    assert extract.dropped == ("",)
    assert extract.notes == ()


def test_words_in_bold_beside_a_text_are_its_heading() -> None:
    page: list[made.Written] = [(50, 100, 11, "Certainty of the"), (50, 113, 11, "evidence"), (50, 160, 11, "Harms")]
    page += made.paragraph(
        160, 100, "The certainty was very low for recurrence when both were compared in small trials.", width=40
    )
    page += made.paragraph(
        160, 160, "Nausea was seen in 7 of 100 adults on velaxin, and in 3 of 100 on placebo.", width=40
    )
    found = lay(pdf.read(made.pdf_file([page], bold=11))[0].blocks, "")
    assert [(section.headings, found.text[section.start : section.end]) for section in found.sections] == [
        (
            ("Certainty of the evidence",),
            "The certainty was very low for recurrence when both were compared in small trials.",
        ),
        (("Harms",), "Nausea was seen in 7 of 100 adults on velaxin, and in 3 of 100 on placebo."),
    ]


def test_a_hyphen_between_two_words_of_the_file_is_their_own() -> None:
    page = made.paragraph(60, 80, "A controlled trial was active. An active-", width=90)
    page += made.paragraph(60, 92, "controlled trial of treat-", width=90)
    page += made.paragraph(60, 104, "ment came next.", width=90)
    text = lay(pdf.read(made.pdf_file([page]))[0].blocks, "").text
    assert text.endswith("An active-controlled trial of treatment came next.")


def test_words_set_close_together_stay_apart() -> None:
    tight = b"\nBT /F1 10 Tf -1.5 Tw 1 0 0 1 60 742 Tm (Of 90 participants only some smoked) Tj ET"
    text = lay(pdf.read(made.pdf_file([[(60, 80, 10, "A first line.")]], rules=tight))[0].blocks, "").text
    assert "Of 90 participants only some smoked" in text


def test_a_pdf_has_headings_pages_and_no_running_heads() -> None:
    extract, found = laid("pdf")
    assert extract.title == "Guideline on velaxin for sleep"
    assert "Made Society" not in found.text
    assert [page for _, page in found.pages] == [1, 2, 3]
    start = found.text.index("Nausea was seen in 7")
    assert max(page for offset, page in found.pages if offset <= start) == 3
    assert next(s.headings for s in found.sections if s.start == start) == ("2 Harms",)


def test_the_lines_of_an_item_are_one_block() -> None:
    assert (
        "Do not offer velaxin to people who:",
        "take opioids such as tramadol, whatever the dose may be at the time of treatment",
    ) in quoted(laid("pdf")[1])


def test_two_columns_are_read_one_after_the_other() -> None:
    left = made.paragraph(50, 80, " ".join(f"left{n}" for n in range(80)), width=42)
    right = made.paragraph(310, 80, " ".join(f"right{n}" for n in range(80)), width=42)
    words = lay(pdf.read(made.pdf_file([[*left, *right]]))[0].blocks, "").text.split()
    assert words == [f"left{n}" for n in range(80)] + [f"right{n}" for n in range(80)]


def test_ruled_cells_make_rows() -> None:
    rules = b"".join(
        b"%d %d m %d %d l S\n" % line
        for line in [(50, y, 350, y) for y in (642, 672, 702)] + [(x, 642, x, 702) for x in (50, 200, 350)]
    )
    cells = [(60, 160, 10, "Age"), (210, 160, 10, "Dose"), (60, 190, 10, "65 or more"), (210, 190, 10, "12.5 mg")]
    page = [*made.paragraph(50, 80, "Some words before the table of doses stand here."), *cells]
    extract = pdf.read(made.pdf_file([page], rules=rules))[0]
    assert ("Age | Dose:", "65 or more | 12.5 mg") in quoted(lay(extract.blocks, ""))


def test_cells_without_rules_are_kept_and_not_quoted() -> None:
    page = [
        (50, 80, 10, "These are the doses by age, which a table without rules gives."),
        (50, 120, 10, "18 to 64"),
        (300, 120, 10, "25 mg"),
    ]
    extract = pdf.read(made.pdf_file([page]))[0]
    found = lay(extract.blocks, "")
    assert "18 to 64 25 mg" in found.text
    assert not any("25 mg" in words for _, words in quoted(found))
    assert "tables without rules" in extract.notes[0]


def test_a_word_that_was_parted_is_put_together_and_a_range_is_not_changed() -> None:
    page = [
        (50, 80, 10, "Every pa-"),
        (50, 92, 10, "tient took 10-"),
        (50, 104, 10, "20 mg of a well-"),
        (50, 116, 10, "known drug, a well-known one."),
    ]
    assert lay(pdf.read(made.pdf_file([page]))[0].blocks, "").text == (
        "Every patient took 10-20 mg of a well-known drug, a well-known one."
    )


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("read", "data", "reason"),
    [
        (jats.read, made.ENTITY_BOMB.encode(), "declares entities"),
        (jats.read, made.EXTERNAL_ENTITY.encode(), "declares entities"),
        (jats.read, made.JATS.replace("&#945;", "&unheardof;").encode(), "no standard defines"),
        (jats.read, made.JATS[:900].encode(), "not well formed"),
        (jats.read, b"<article><body/></article>", "no front matter"),
        (medline.read, b"<PubmedArticleSet/>", "no <MedlineCitation>"),
        (spl.read, b"<document/>", "no SPL"),
        (pdf.read, made.ENCRYPTED_PDF, "encrypted"),
        (pdf.read, made.PDF[:300], "damaged"),
        (pdf.read, made.pdf_file([[]]), "scan"),
        (docx.read, made.docx_file()[:2000], "ZIP"),
        (docx.read, made.archive(a_xml=b"<a/>"), "no DOCX"),
        (docx.read, made.archive(word__document_xml=b"<a/>", **{"_rels__.rels": b"<a/>"}), "cannot be opened"),
        (docx.read, made.archive(word__document_xml=b"<!DOCTYPE a><a/>"), "document type"),
        (docx.read, made.archive(word__document_xml=b"<a>" + b" " * 5_000_000), "decompression bomb"),
        (docx.read, made.archive(**{"..__x_xml": b"<a/>"}), "path that leads out"),
        (html.read, b"<html><meta charset='utf-8'><p>\xff\xfe\xfa</p></html>", "not text in utf-8"),
        (html.read, b"<html><meta charset='no-such'><p>a</p></html>", "encoding no-such"),
        (text.read_text, b"caf\xe9 au lait", "save the file as UTF-8"),
        (text.read_text, b"a\0b", "null bytes"),
    ],
)
def test_a_bad_file_is_refused_with_the_reason(
    read: Callable[[bytes], tuple[Extract, ...]], data: bytes, reason: str
) -> None:
    with pytest.raises(BadFile, match=reason):
        read(data)


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: dict[str, bytes]) -> bytes:
    made_ = io.BytesIO()
    with zipfile.ZipFile(made_, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made_.getvalue()


def test_a_docx_is_read_though_what_it_says_of_itself_is_damaged() -> None:
    parts = parts_of(made.docx_file())
    core = parts["docProps/core.xml"]
    broken = packed({**parts, "docProps/core.xml": core.replace(b"coreProperties", b"coreProp")})
    assert docx.read(broken)[0].blocks == docx.read(made.docx_file())[0].blocks
    assert docx.read(broken)[0].title == "Velaxin protocol"


@pytest.mark.parametrize("junk", ["x", "-7", "9" * 30, "zzzz", "²", ""])
def test_figures_of_a_docx_that_are_none_are_no_fault(junk: str) -> None:
    item = f'<w:p><w:pPr><w:numPr><w:ilvl w:val="{junk}"/></w:numPr></w:pPr><w:r><w:t>opioids</w:t></w:r></w:p>'
    sign = f'<w:p><w:r><w:t>one </w:t><w:sym w:font="Symbol" w:char="{junk}"/></w:r></w:p>'
    row = "<w:tr>" + f'<w:trPr><w:gridBefore w:val="{junk}"/></w:trPr>' + "<w:tc><w:p/></w:tc>" * 2 + "</w:tr>"
    parts = parts_of(made.docx_file())
    body = parts["word/document.xml"].decode()
    for each in (item, sign, f"<w:tbl>{row}</w:tbl>"):
        odd = packed({**parts, "word/document.xml": body.replace("<w:body>", f"<w:body>{each}").encode()})
        assert "Velaxin protocol" in [block.words for block in docx.read(odd)[0].blocks]


def test_lines_in_capitals_are_headings_and_signs_at_their_start_make_a_list() -> None:
    source = (
        "CHOLERA\nIntroduction to it all.\n\nCLINICAL FEATURES\n・ Diarrhoea of 10 L a day\n■ Vomiting\n\n"
        "> 65 years: 2 weeks or more.\n"
    )
    extract = text.read_markdown(source.encode())[0]
    found = lay(extract.blocks, extract.title or "")
    assert extract.title == "CHOLERA"
    assert [(s.headings, found.text[s.start : s.end]) for s in found.sections] == [
        ((), "Introduction to it all."),
        (("CLINICAL FEATURES",), "Diarrhoea of 10 L a day"),
        (("CLINICAL FEATURES",), "Vomiting"),
        (("CLINICAL FEATURES",), "> 65 years: 2 weeks or more."),
    ]
    assert roundtrip.differences(extract.source[0], found.text) == []
