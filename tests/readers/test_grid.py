"""A row of a table is told whole, whatever the format: what it spans, what governs it, what heads it."""
# ruff: noqa: E501 - markup reads better whole

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

import made
from fmqa.readers.blocks import Builder, lay
from fmqa.readers.grid import Cell, tell
from reading import article, page, para, quotable, quoted, read, table, word


def html_table(rows: str) -> str:
    return page(f"<h1>Doses</h1><table>{rows}</table>")


def test_a_cell_that_spans_rows_or_columns_is_told_at_every_place() -> None:
    rows = (
        "<tr><th>Drug</th><th>Age</th><th>Day</th><th>Night</th></tr><tr><td rowspan=2>Velaxin</td><td>Adults</td>"
        "<td>5 mg</td><td>7 mg</td></tr><tr><td>Children</td><td colspan=2>not recommended</td></tr>"
    )
    assert quoted("html", html_table(rows)) == [
        "<Drug | Age | Day | Night:> Velaxin | Adults | 5 mg | 7 mg",
        "<Drug | Age | Day | Night:> Velaxin | Children | not recommended | not recommended",
    ]


def test_head_rows_are_put_together_by_column() -> None:
    rows = (
        "<thead><tr><th rowspan=2>Outcome</th><th colspan=2>Velaxin (n = 30)</th></tr><tr><th>Week 4</th><th>Week 8</th>"
        "</tr></thead><tr><td>Sleep</td><td>6.1</td><td>7.2</td></tr>"
    )
    assert quoted("html", html_table(rows)) == [
        "<Outcome | Velaxin (n = 30), Week 4 | Velaxin (n = 30), Week 8:> Sleep | 6.1 | 7.2"
    ]


@pytest.mark.parametrize("cell", ["<th colspan=2>{}</th>", "<td colspan=2>{}</td>", "<td>{}</td><td></td>"])
def test_a_subheading_opens_every_row_below_it(cell: str) -> None:
    rows = "".join(
        f"<tr>{cell.format(group)}</tr><tr><td>{drug}</td><td>{dose}</td></tr>"
        for group, drug, dose in [("Recommended", "Cool drink", "0.5 L"), ("Not recommended", "Velaxin", "10 mg")]
    )
    assert quoted("html", html_table(rows)) == ["Recommended: Cool drink | 0.5 L", "Not recommended: Velaxin | 10 mg"]


def test_a_row_without_a_value_is_no_subheading_where_others_follow_it() -> None:
    rows = "<tr><th>Drug</th><th>Dose</th></tr>" + "".join(
        f"<tr><td>{drug}</td><td>{dose}</td></tr>" for drug, dose in [("A", ""), ("B", ""), ("C", "3 mg")]
    )
    assert quoted("html", html_table(rows))[-1] == "<Drug | Dose:> C | 3 mg"


def test_rows_that_are_moved_in_end_their_subheading() -> None:
    rows = "<tr><th>Sign</th><th>n</th><th>%</th></tr>" + "".join(
        f"<tr><td>{name}</td><td>{n}</td><td>{share}</td></tr>"
        for name, n, share in [
            ("Women", "5", "50"),
            ("Season", "", ""),
            ("&emsp;Winter", "2", "20"),
            ("Falls", "1", "10"),
        ]
    )
    assert quoted("html", html_table(rows))[1:] == [
        "<Sign | n | %:> Season: Winter | 2 | 20",
        "<Sign | n | %:> Falls | 1 | 10",
    ]


def test_rows_of_a_subheading_whose_end_is_not_told_are_shown_and_not_quoted() -> None:
    rows = "<tr><th>Sign</th><th>n</th><th>%</th></tr>" + "".join(
        f"<tr><td>{name}</td><td>{n}</td><td>{share}</td></tr>"
        for name, n, share in [("Women", "5", "50"), ("Season", "", ""), ("Winter", "2", "20"), ("Falls", "1", "10")]
    )
    _, found = read("html", html_table(rows))
    assert quotable(found) == ["<Sign | n | %:> Women | 5 | 50"]
    assert "Falls | 1 | 10" in found.text


def test_a_value_for_all_columns_is_no_subheading() -> None:
    rows = (
        "<tr><td>Tier 1</td><td>Tier 2</td><td>Tier 3</td></tr><tr><td colspan=3>Velaxin 5 mg</td></tr>"
        "<tr><td colspan=2>Refer</td><td>Surgery</td></tr>"
    )
    assert not any("Surgery" in words for words in quoted("html", html_table(rows)))


def test_items_and_tables_inside_a_cell_are_told_apart() -> None:
    inner = "<table><tr><td>low dose</td><td>1.6</td></tr><tr><td>high dose</td><td>3.1</td></tr></table>"
    rows = (
        "<tr><th>Drug</th><th>Bleeding</th></tr>"
        f"<tr><td>Velaxin</td><td>{inner}</td></tr><tr><td>Torax</td><td><ul><li>5 mg</li><li>10 mg</li></ul></td></tr>"
    )
    assert quoted("html", html_table(rows)) == [
        "<Drug | Bleeding:> Velaxin | low dose: 1.6; high dose: 3.1",
        "<Drug | Bleeding:> Torax | 5 mg; 10 mg",
    ]


def test_a_table_that_lays_out_a_page_is_no_table() -> None:
    cells = "<tr><td><h2>Dose</h2><p>Velaxin 5 mg is given at night.</p></td><td><h2>Harm</h2><p>Rare.</p></td></tr>"
    assert quoted("html", html_table(cells)) == ["Velaxin 5 mg is given at night.", "Rare."]


def test_caption_and_head_are_the_stem_of_a_row_of_an_article() -> None:
    wrap = (
        "<sec><title>Results</title><table-wrap><label>Table 1</label><caption><p>Not to be combined</p></caption><table>"
        "<tr><td>Drug</td><td>With</td></tr><tr><td>Velaxin</td><td>tramadol</td></tr></table></table-wrap>"
        "<p>Nothing else was seen.</p></sec>"
    )
    _, found = read("jats", article(wrap))
    assert quotable(found) == [
        "<Table 1 Not to be combined / Drug | With:> Velaxin | tramadol",
        "Nothing else was seen.",
    ]
    assert found.sections[-1].headings == ("Results",)


# --- Word -------------------------------------------------------------------------------------------------------------

SPAN = '<w:tcPr><w:gridSpan w:val="2"/></w:tcPr>'


def test_merged_cells_of_word_are_told_at_every_place() -> None:
    down, on = '<w:tcPr><w:vMerge w:val="restart"/></w:tcPr>', "<w:tcPr><w:vMerge/></w:tcPr>"
    made_ = word(
        table(
            [
                ["Severity", "Adults", "Children", "Kidneys"],
                ["Severe", "40 mg", "8 mg", down + para("20 mg")],
                ["Worse", "60 mg", "12 mg", on + para("")],
                ["Pregnancy", SPAN + para("not recommended"), "avoid"],
            ]
        )
    )
    head = "<Severity | Adults | Children | Kidneys:>"
    assert quoted("docx", made_) == [
        f"{head} Severe | 40 mg | 8 mg | 20 mg",
        f"{head} Worse | 60 mg | 12 mg | 20 mg",
        f"{head} Pregnancy | not recommended | not recommended | avoid",
    ]


def test_a_title_over_all_columns_leaves_the_table_whole() -> None:
    made_ = word(table([[SPAN + para("Table 2. Dose")], ["Age", "Dose"], ["Adults", "5 mg"], ["Children", "1 mg"]]))
    assert quoted("docx", made_)[-1] == "<Table 2. Dose / Age | Dose:> Children | 1 mg"


def test_a_cell_in_a_content_control_and_a_table_in_a_cell_are_read() -> None:
    control = table([["Group", "Start", "Most"], ["Adults", "5 mg", "50 mg"]])
    cell = f"<w:tc>{para('5 mg')}</w:tc>"
    control = control.replace(cell, f"<w:sdt><w:sdtContent>{cell}</w:sdtContent></w:sdt>")
    inner = table([["Adults", "3 mg"], ["Children", "1 mg"]])
    nested = table([["Phase", "Dose"], ["Start", f"{para('')}{inner}{para('')}"]])
    assert quoted("docx", word(control, para("Between."), nested)) == [
        "<Group | Start | Most:> Adults | 5 mg | 50 mg",
        "Between.",
        "<Phase | Dose:> Start | Adults: 3 mg; Children: 1 mg",
    ]


def test_a_table_in_a_cell_names_each_value_by_its_head() -> None:
    inner = table([["Kidneys", "Dose", "Most"], ["Good", "5 mg", "50 mg"], ["Poor", "2 mg", "9 mg"]])
    nested = table([["Phase", "Dose"], ["Start", f"{para('')}{inner}{para('')}"]])
    assert quoted("docx", word(nested)) == [
        "<Phase | Dose:> Start | Kidneys: Good, Dose: 5 mg, Most: 50 mg; Kidneys: Poor, Dose: 2 mg, Most: 9 mg"
    ]


def test_a_head_of_a_table_in_a_cell_without_any_value_is_told_all_the_same() -> None:
    inner = table([["Kidneys", "Dose", "Most"], ["Good", "", "50 mg"]])
    nested = table([["Phase", "Dose"], ["Start", f"{para('')}{inner}{para('')}"]])
    (told,) = quoted("docx", word(nested))
    assert told.count("Dose") == 2
    assert "Kidneys: Good, Most: 50 mg" in told


# --- PDF --------------------------------------------------------------------------------------------------------------


def ruled(columns: list[int], tops: list[int], without: tuple[tuple[int, int, int], ...] = ()) -> bytes:
    """Return the rules of a table; ``without`` names pieces of horizontal rules that are missing: x0, x1, y."""
    lines = [(x, tops[0], x, tops[-1]) for x in columns]
    for y in tops:
        lines += [(a, y, b, y) for a, b in pairwise(columns) if (a, b, y) not in without]
    return b"".join(b"%d %d m %d %d l S\n" % (x0, 842 - y0, x1, 842 - y1) for x0, y0, x1, y1 in lines)


def test_a_merged_cell_of_a_pdf_is_told_in_every_row_that_it_spans() -> None:
    rules = ruled([50, 150, 250, 350], [100, 120, 140, 160], without=((50, 150, 140),))
    words = [("Severity", "Group", "Dose"), ("Mild", "Adults", "10 mg"), ("", "Children", "2 mg")]
    cells = [(60 + 100 * x, 114 + 20 * y, 10, w) for y, row in enumerate(words) for x, w in enumerate(row) if w]
    text = made.paragraph(50, 60, "These are the doses of velaxin by severity and by the age of a person.")
    assert quoted("pdf", made.pdf_file([[*text, *cells]], rules=rules))[1:] == [
        "<Severity | Group | Dose:> Mild | Adults | 10 mg",
        "<Severity | Group | Dose:> Mild | Children | 2 mg",
    ]


def test_a_table_goes_on_over_the_page_under_its_head() -> None:
    columns, tops = [50, 150, 250], [700, 720, 740]
    first = [(60, 714, 10, "Region"), (160, 714, 10, "Dose"), (60, 734, 10, "North"), (160, 734, 10, "40 mg")]
    second = [(60, 714, 10, "South"), (160, 714, 10, "41 mg"), (60, 734, 10, "East"), (160, 734, 10, "42 mg")]
    _, found = read("pdf", made.pdf_file([first, second], rules=ruled(columns, tops)))
    assert quotable(found) == [f"<Region | Dose:> {row}" for row in ("North | 40 mg", "South | 41 mg", "East | 42 mg")]
    assert [number for _, number in found.pages] == [1, 2]


def test_columns_make_a_table_without_rules() -> None:
    rows = [("Age", "Dose", "Most"), ("18 to 64", "25 mg", "50 mg"), ("65 or more", "12.5 mg", "25 mg")]
    cells = [(60 + 130 * x, 200 + 14 * y, 10, w) for y, row in enumerate(rows) for x, w in enumerate(row)]
    text = made.paragraph(50, 80, "These are the doses of velaxin by the age of a person who takes it at night.")
    assert quoted("pdf", made.pdf_file([[*text, *cells]]))[1:] == [
        "<Age | Dose | Most:> 18 to 64 | 25 mg | 50 mg",
        "<Age | Dose | Most:> 65 or more | 12.5 mg | 25 mg",
    ]


def test_cells_that_could_belong_to_two_rows_are_shown_and_not_quoted() -> None:
    rows = [("Sign", "Dose"), ("Severe pain", "5 mg"), ("of the", ""), ("lower back", "7 mg"), ("", "at night")]
    cells = [(60 + 160 * x, 200 + 14 * y, 10, w) for y, row in enumerate(rows) for x, w in enumerate(row) if w]
    text = made.paragraph(50, 80, "These are the doses of velaxin for pain of the back in people of every age.")
    _, found = read("pdf", made.pdf_file([[*text, *cells]]))
    assert len(found.sections) == 1
    assert "7 mg" in found.text


# --- any table --------------------------------------------------------------------------------------------------------

WORDS = st.text("abc", min_size=1, max_size=3)


@given(st.lists(st.lists(st.tuples(WORDS, st.integers(1, 3), st.integers(1, 3)), max_size=4), min_size=1, max_size=5))
def test_every_word_of_a_table_stays_in_the_text_and_in_the_check(rows: list[list[tuple[str, int, int]]]) -> None:
    builder = Builder()
    tell(builder, [[Cell(words, down, across) for words, down, across in row] for row in rows])
    blocks = builder.finish()
    text = lay(blocks, "").text
    check = "\n".join(block.words if block.check is None else block.check for block in blocks)
    for row in rows:
        assert all(words in text for words, _, _ in row)
    told = sorted(word for row in rows for word, _, _ in row)
    assert sorted(part for part in check.replace("|", " ").replace(":", " ").split()) == told


@pytest.mark.parametrize("gap", ["\t", "     ", " | "])
def test_columns_of_plain_text_are_a_table(gap: str) -> None:
    rows = [("Age", "Dose"), ("18 to 64", "25 mg"), ("65 or more", "12.5 mg")]
    source = "Doses of velaxin are these.\n\n" + "\n".join(gap.join(row) for row in rows) + "\n"
    assert quoted("txt", source)[1:] == ["<Age | Dose:> 18 to 64 | 25 mg", "<Age | Dose:> 65 or more | 12.5 mg"]


def test_columns_of_plain_text_that_do_not_fit_are_shown_and_not_quoted() -> None:
    source = "Doses of velaxin.\n\nAge\tDose\tMost\n18 to 64\t25 mg\n65 or more\t\t12.5 mg\n"
    _, found = read("txt", source)
    assert quotable(found) == ["Doses of velaxin."]
    assert "12.5 mg" in found.text


def test_a_table_made_of_other_elements_is_a_table() -> None:
    row = '<div role="row"><div role="{0}">{1}</div><div role="{0}">{2}</div></div>'
    rows = [("columnheader", "Drug", "Dose"), ("cell", "Velaxin", "5 mg")]
    body = f'<div role="table">{"".join(row.format(*cells) for cells in rows)}</div>'
    assert quoted("html", page(body)) == ["<Drug | Dose:> Velaxin | 5 mg"]
