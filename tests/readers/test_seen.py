"""What a reader of the page would not see is no text, what they would see is, and nothing goes without a note."""
# ruff: noqa: E501 - markup reads better whole

import pytest

import made
from reading import article, page, para, quotable, quoted, read, run, word


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("html", page("<p>Start at <del>80 mg</del> <ins>8 mg</ins>.</p><p><s>It is safe.</s></p>")),
        ("html", page('<p>Start at <span style="text-decoration: line-through">80 mg</span> 8 mg.</p>')),
        ("jats", article("<p>Start at <strike>80 mg</strike> 8 mg.</p>")),
        ("md", "Start at ~~80 mg~~ 8 mg.\n"),
        ("docx", word(para("Start at ", run("80 mg ", "<w:strike/>"), "8 mg."))),
        (
            "docx",
            word(
                "<w:p><w:r><w:t>Start at </w:t></w:r><w:del><w:r><w:delText>80 mg </w:delText></w:r></w:del>"
                "<w:ins><w:r><w:t>8 mg.</w:t></w:r></w:ins></w:p>"
            ),
        ),
        (
            "pdf",
            made.pdf_file(
                [[(60, 100, 10, "Start at"), (103, 100, 10, "80 mg"), (135, 100, 10, "8 mg.")]],
                rules=b"101 745.5 m 132 745.5 l S\n",
            ),
        ),
    ],
)
def test_what_is_struck_out_is_left_out(kind: str, data: bytes | str) -> None:
    assert quoted(kind, data) == ["Start at 8 mg."]


def test_what_is_struck_out_is_told_in_a_note() -> None:
    assert read("html", page("<p>Take <s>80 mg or</s> 8 mg.</p>"))[0].notes == (
        "3 words that are struck out were left out",
    )


@pytest.mark.parametrize(
    "style",
    [
        "color:#fff",
        "color: white",
        "color:rgb(255, 255, 255)",
        "color:transparent",
        "font-size:1px",
        "opacity:0.0",
        "position:absolute;clip:rect(0,0,0,0)",
        "clip-path:inset(50%)",
        "height:0;overflow:hidden",
        "display:none",
        "visibility:hidden",
        "text-indent:-9999px",
        "transform:scale(0)",
        "color:#222;background:#222222",
    ],
)
@pytest.mark.parametrize("by_sheet", [False, True])
def test_words_that_nobody_sees_are_left_out(style: str, *, by_sheet: bool) -> None:
    attribute = 'class="x"' if by_sheet else f'style="{style}"'
    sheet = f"<style>@media print {{ p {{display:none}} }} /* a */ div .x, .y {{ {style} }}</style>" if by_sheet else ""
    extract, found = read("html", page(f"<p>Give 3 mg.</p><div><p {attribute}>It is grade A.</p></div>", sheet))
    assert quotable(found) == ["Give 3 mg."]
    assert extract.notes == ("4 words that a page does not show were left out",)


@pytest.mark.parametrize(
    "markup",
    [
        '<p style="color:#fff;background:#036">Give 3 mg.</p>',
        '<div style="background-color:navy"><p style="color:white">Give 3 mg.</p></div>',
        '<p style="font-size:12px;opacity:0.9">Give 3 mg.</p>',
        "<details><summary>Dose</summary><p>Give 3 mg.</p></details>",
        '<div class="banner"><p>Give 3 mg. Never give more than this to anybody at all.</p></div>',
        '<section class="comments"><p>Give 3 mg of it once a day when clearance is low.</p></section>',
        "<form><p>Give 3 mg.</p></form>",
    ],
)
def test_words_that_are_seen_are_kept_whatever_they_stand_in(markup: str) -> None:
    assert "Give 3 mg" in " ".join(quoted("html", page(markup)))


def test_a_boxed_warning_outside_the_main_part_is_kept() -> None:
    box = '<aside class="cookie">Boxed warning: velaxin must not be given to people with a weak heart.</aside>'
    whole = page("<p>Give 3 mg.</p>").replace("<main>", f"<nav><a href='/'>Home 1</a></nav>{box}<main>")
    extract, found = read("html", whole)
    assert any("must not be given" in words for words in quotable(found))
    assert "Home" not in found.text
    assert any("outside the main part" in note for note in extract.notes)


def test_white_tiny_and_inkless_words_of_a_pdf_are_left_out_and_white_on_dark_is_not() -> None:
    dark = b"0.1 0.2 0.5 rg 50 660 300 20 re f 1 1 1 rg BT /F1 10 Tf 1 0 0 1 60 666 Tm (Never give more than 9 mg.) Tj ET\n"
    white = b"1 1 1 rg BT /F1 10 Tf 1 0 0 1 60 640 Tm (It is grade A.) Tj ET 0 0 0 rg\n"
    tiny = b"BT /F1 1 Tf 1 0 0 1 60 620 Tm (It is safe for all.) Tj ET\n"
    inkless = b"BT 3 Tr /F1 10 Tf 1 0 0 1 60 600 Tm (Give it to everyone.) Tj 0 Tr ET\n"
    data = made.pdf_file(
        [made.paragraph(60, 80, "Give 3 mg of velaxin at night.")], rules=dark + white + tiny + inkless
    )
    extract, found = read("pdf", data)
    assert quotable(found) == ["Give 3 mg of velaxin at night.", "Never give more than 9 mg."]
    assert extract.notes == ("13 words that nobody sees (white, tiny or without ink) were left out",)


def test_hidden_and_white_words_of_word_are_left_out() -> None:
    white = run("It is grade A. ", '<w:color w:val="FFFFFF"/>')
    hidden = run("It is safe. ", "<w:vanish/>")
    extract, found = read("docx", word(para(white, hidden, "Give 3 mg.")))
    assert quotable(found) == ["Give 3 mg."]
    assert extract.notes == ("7 words that are hidden, white or tiny were left out",)


def test_a_page_that_is_an_image_is_told() -> None:
    image = b"q 500 0 0 700 40 60 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x80 EI Q\n"
    data = made.pdf_file([made.paragraph(60, 80, "Give 3 mg of velaxin at night."), []], rules=b"")
    scanned = made.pdf_file([[], []], rules=image)
    assert read("pdf", data)[0].notes == ()
    with pytest.raises(Exception, match="scan"):
        read("pdf", scanned)


# --- what stands beside the text of a Word file -------------------------------------------------------------------------


def test_a_text_box_is_read_once_behind_its_paragraph() -> None:
    box = (
        "<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:txbx><w:txbxContent>{}</w:txbxContent>"
        "</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox><w:txbxContent>{}</w:txbxContent></v:textbox>"
        "</w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    warning = para("Never on 1 broken skin.")
    made_ = word(para("Apply twice daily. ", box.format(warning, warning), "Wash it off."))
    assert quoted("docx", made_) == ["Apply twice daily. Wash it off.", "Never on 1 broken skin."]


def test_a_note_stands_behind_what_refers_to_it() -> None:
    mark = '<w:r><w:endnoteReference w:id="2"/></w:r>'
    notes = (
        '<w:endnotes xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:endnote w:type="separator" '
        'w:id="0"><w:p/></w:endnote><w:endnote w:id="2"><w:p><w:r><w:t>Only after week 12.</w:t></w:r></w:p></w:endnote>'
        "</w:endnotes>"
    )
    made_ = word(para("It may be used in pregnancy", mark, "."), para("Rest."), endnotes=notes)
    assert quoted("docx", made_) == [
        "It may be used in pregnancy.",
        "<It may be used in pregnancy.> Only after week 12.",
        "Rest.",
    ]
