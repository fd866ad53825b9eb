"""No sign is lost or read as another: symbols, images, formulas, raised marks; and what differs is withheld."""

import pytest

from fmqa.adding import checking
from fmqa.readers import html, symbols
from fmqa.readers.blocks import lay
from reading import article, page, para, quotable, quoted, read, run, word

MATH = '<m:oMath xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math">{}</m:oMath>'


def test_symbols_of_word_are_the_signs_that_they_show() -> None:
    sign = '<w:r><w:sym w:font="Symbol" w:char="F0B3"/></w:r>'
    letter = run("m", '<w:rFonts w:ascii="Symbol" w:hAnsi="Symbol"/>')
    tick = '<w:r><w:sym w:font="Wingdings" w:char="F0FC"/></w:r>'
    made = word(para("The score is ", sign, " 7."), para("Give 40 ", letter, "g."), para("Velaxin: ", tick))
    assert quoted("docx", made) == ["The score is ≥ 7.", "Give 40 μg.", "Velaxin: ✓"]


def test_a_symbol_that_no_table_has_withholds_its_block() -> None:
    unknown = '<w:r><w:sym w:font="Wingdings 3" w:char="F0B3"/></w:r>'
    assert quoted("docx", word(para("The score is ", unknown, " 7."), para("Rest."))) == ["Rest."]
    assert symbols.translated("\uf0f0", "Symbol") != "7"


def test_formulas_of_word_are_words() -> None:
    power = MATH.format("<m:sSup><m:e><m:r><m:t>10</m:t></m:r></m:e><m:sup><m:r><m:t>−3</m:t></m:r></m:sup></m:sSup>")
    half = MATH.format("<m:f><m:num><m:r><m:t>1</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f>")
    least = MATH.format("<m:r><m:t>≤ 3.2</m:t></m:r>")
    made = word(para("Stop if potassium is ", least, " mmol/L."), para("Give ", half, " tablet of ", power, " g."))
    assert quoted("docx", made) == ["Stop if potassium is ≤ 3.2 mmol/L.", "Give ½ tablet of 10⁻³ g."]


FORMULA = (
    "<inline-formula><alternatives><mml:math>{}</mml:math><tex-math>$$x$$</tex-math></alternatives></inline-formula>"
)


def test_formulas_of_an_article_stay_in_their_sentence() -> None:
    less = FORMULA.format("<mml:mo>&lt;</mml:mo><mml:mn>30</mml:mn>")
    power = FORMULA.format(
        "<mml:msup><mml:mn>10</mml:mn><mml:mrow><mml:mo>−</mml:mo><mml:mn>3</mml:mn></mml:mrow></mml:msup>"
    )
    half = FORMULA.format("<mml:mfrac><mml:mn>1</mml:mn><mml:mn>2</mml:mn></mml:mfrac>")
    ratio = FORMULA.format(
        "<mml:mfrac><mml:mrow><mml:mi>a</mml:mi><mml:mo>+</mml:mo><mml:mi>b</mml:mi></mml:mrow><mml:mi>c</mml:mi></mml:mfrac>"
    )
    body = f"<p>Do not start when clearance is {less} mL/min.</p><p>It was {power} mol, {half} tablet, {ratio}.</p>"
    assert quoted("jats", article(body)) == [
        "Do not start when clearance is <30 mL/min.",
        "It was 10⁻³ mol, ½ tablet, (a+b)/c.",
    ]


def test_a_formula_in_tex_alone_withholds_its_paragraph() -> None:
    body = "<p>Give <inline-formula><tex-math>$$\\le 5$$</tex-math></inline-formula> mg.</p><p>Rest.</p>"
    assert quoted("jats", article(body)) == ["Rest."]


def test_images_with_a_text_are_their_text() -> None:
    body = (
        '<p>Give <img src="a" alt="≥"> 20 mg when FEV1 is <img src="b" alt="&lt;"> 60%.</p>'
        '<table><tr><th>Drug</th><th>Allowed</th></tr><tr><td>Velaxin</td><td><img src="c" alt="yes"></td></tr>'
        '<tr><td>Torax</td><td><svg aria-label="no"><path/></svg></td></tr></table>'
    )
    assert quoted("html", page(body)) == [
        "Give ≥ 20 mg when FEV1 is < 60%.",
        "<Drug | Allowed:> Velaxin | yes",
        "<Drug | Allowed:> Torax | no",
    ]


def test_an_image_without_a_text_in_a_sentence_withholds_it_with_a_note() -> None:
    extract, found = read("html", page('<p>Give <img src="a"> 20 mg.</p><p><img src="logo"></p><p>Rest.</p>'))
    assert quotable(found) == ["Rest."]
    assert any("images without a text" in note for note in extract.notes)


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ('24<a href="#r3" style="vertical-align:super">3</a> adults', "24 adults"),
        ('14<span class="superscript">5</span> minutes', "14 minutes"),
        ('14<a href="#ref-5">5</a> minutes', "14 minutes"),
        ("10<sup>13,14</sup> tablets", "10 tablets"),
        ("24<sup>3</sup> adults", "24 adults"),
        ('10<sup><a href="#b3">3</a></sup> adults', "10 adults"),
        ("10<sup>3</sup> cells", "10³ cells"),
        ("1.5×10<sup>5</sup>/µL", "1.5×10⁵/µL"),
        ("30 kg/m<sup>2</sup>", "30 kg/m²"),
        ("10<sup>−3</sup> g", "10⁻³ g"),
        ("1<sup>1</sup>/<sub>2</sub> tablets", "1 ¹/2 tablets"),
        ('trial<sup><a href="#b3">3</a></sup>', "trial³"),
        ('<a href="#dose">5 mg</a> daily', "5 mg daily"),
    ],
)
def test_a_mark_is_no_figure_and_a_power_stays(markup: str, expected: str) -> None:
    assert quoted("html", page(f"<p>It was {markup}.</p>")) == [f"It was {expected}."]


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ('in 20<xref ref-type="bibr" rid="b3">3</xref> trials', "in 20 trials"),
        ('1.4<xref ref-type="bibr" rid="b5"><sup>5</sup></xref> points', "1.4 points"),
        (
            '20 trials [<xref ref-type="bibr" rid="b5">5</xref>,<xref ref-type="bibr" rid="b6">6</xref>]',
            "20 trials [5,6]",
        ),
        ('no effect<xref ref-type="bibr" rid="b6">6</xref><xref ref-type="bibr" rid="b7">7</xref>', "no effect⁶,⁷"),
        ('in Table <xref ref-type="table" rid="t1">1</xref>', "in Table 1"),
    ],
)
def test_links_to_references_are_no_figures_of_a_number(markup: str, expected: str) -> None:
    assert quoted("jats", article(f"<p>Seen {markup}.</p>")) == [f"Seen {expected}."]


def test_what_differs_withholds_the_block_that_holds_it_and_no_other() -> None:
    extract = html.read(page("<p>Give 40 mg daily.</p><p>Stop if potassium is low.</p><p>Take 5 mg.</p>").encode())[0]
    spoilt = extract.model_copy(update={"source": (extract.source[0].replace("potassium is", "potassium is ≤ 3.2"),)})
    found = lay(spoilt.blocks, "")
    rows, left_out, _ = checking.numbers(spoilt, found)
    assert [row.source for row in rows] == [("≤", "3.2")]
    assert [spoilt.blocks[n].words for n in left_out] == ["Stop if potassium is low."]


def test_a_word_that_is_lost_withholds_its_block() -> None:
    extract = html.read(page("<p>Velaxin is safe.</p><p>Rest of it.</p>").encode())[0]
    spoilt = extract.model_copy(update={"source": (extract.source[0].replace("is safe", "is not safe"),)})
    lost, near = checking.lost_words(spoilt)
    assert lost == ["not"]
    assert [spoilt.blocks[n].words for n in near] == ["Velaxin is safe."]


def test_a_picture_of_word_is_its_text_and_a_sign_without_one_withholds_its_paragraph() -> None:
    drawing = (
        '<w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing">'
        '<wp:extent cx="90000" cy="90000"/><wp:docPr id="1" name="x"{}/></wp:inline></w:drawing></w:r>'
    )
    made = word(para("Give ", drawing.format(' descr="≥"'), " 20 mg."), para("Give ", drawing.format(""), " 5 mg."))
    assert quoted("docx", made) == ["Give ≥ 20 mg."]


def test_an_inline_graphic_of_an_article_is_its_text() -> None:
    body = "<p>Give <inline-graphic><alt-text>≥</alt-text></inline-graphic> 20 mg.</p><p>Or <inline-graphic/> 5 mg.</p>"
    assert quoted("jats", article(body)) == ["Give ≥ 20 mg."]
