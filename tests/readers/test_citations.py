"""Files of references, as their programs write them, as CSL."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.errors import BadFile
from fmqa.readers import citations
from fmqa.types import CslDate, CslItem, CslName

BIBTEX = r"""
@comment{ignored}
@article{meyer2021,
  author = {Meyer, Ann B. and {The {VELA} Study Group} and M{\"u}ller, J{\"o}rg and others},
  title = {{V}elaxin \& sleep: 50\% better},
  journal = "Journal of Made Trials", year = 2021, month = may, volume = 3, number = {2}, pages = {12--19},
  doi = {https://doi.org/10.1234/made.1}, note = {PMID 99000001},
}
"""
RIS = """TY  - JOUR
AU  - Meyer, Ann B.
AU  - The VELA Study Group
TI  - Velaxin & sleep: 50% better
T2  - Journal of Made Trials
PY  - 2021/05//
VL  - 3
IS  - 2
SP  - 12
EP  - 19
DO  - 10.1234/made.1
DB  - PubMed
AN  - 99000001
ER  -
"""
NBIB = """PMID- 99000001
DP  - 2021 May
TI  - Velaxin & sleep: 50% better
AU  - Meyer AB
JT  - Journal of Made Trials
LID - 10.1234/made.1 [doi]
AB  - Velaxin was better.
"""
CSL = {
    "id": "x",
    "type": "article-journal",
    "title": "Velaxin & sleep: 50% better",
    "author": [{"family": "Meyer", "given": "Ann B.", "sequence": "first"}, {"literal": "The VELA Study Group"}],
    "container-title": "Journal of Made Trials",
    "issued": {"date-parts": [["2021", 5]]},
    "volume": 3,
    "page": "12-19",
    "DOI": "10.1234/made.1",
    "custom": {"tags": ["sleep"]},
}
FILES = {"a.bib": BIBTEX, "a.ris": RIS, "a.nbib": NBIB, "a.json": json.dumps([CSL])}


@pytest.mark.parametrize("name", FILES)
def test_every_form_tells_the_same_of_the_work(name: str) -> None:
    (item,) = citations.read(name, FILES[name].encode())
    assert (item.type, item.title, item.year) == ("article-journal", "Velaxin & sleep: 50% better", 2021)
    assert item.issued == CslDate(date_parts=((2021, 5),))
    assert (item.container_title, item.DOI) == ("Journal of Made Trials", "10.1234/made.1")
    assert item.author[0].family == "Meyer"


def test_bibtex_keeps_accents_bodies_and_those_who_are_not_named() -> None:
    (item,) = citations.read("a.bib", BIBTEX.encode())
    assert item.author == (
        CslName(family="Meyer", given="Ann B."),
        CslName(literal="The VELA Study Group"),
        CslName(family="Müller", given="Jörg"),
        CslName(literal="et al."),
    )
    assert (item.volume, item.issue, item.page, item.PMID) == ("3", "2", "12-19", "99000001")


def test_a_file_may_name_several_works() -> None:
    found = citations.read("a.ris", f"{RIS}\n{RIS.replace('Velaxin', 'Morovane')}".encode())
    assert [item.title for item in found] == ["Velaxin & sleep: 50% better", "Morovane & sleep: 50% better"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", '{"name": "package", "version": 1}'),
        ("a.json", "{"),
        ("a.json", '[{"type": "book", "title": "Q", "issued": 3}]'),
        ("a.bib", "nothing of the kind"),
        ("a.bib", "@article{x, title="),
        ("a.ris", "TY  - JOUR\nER  -\n"),
        ("a.nbib", "no record"),
    ],
)
def test_what_names_no_work_is_refused(name: str, content: str) -> None:
    with pytest.raises(BadFile):
        citations.read(name, content.encode())


@given(st.sampled_from(sorted(FILES)), st.binary(max_size=300))
def test_no_bytes_lead_to_anything_but_works_or_a_refusal(name: str, content: bytes) -> None:
    try:
        found = citations.read(name, content)
    except BadFile:
        return
    assert all(isinstance(item, CslItem) and item.title for item in found)


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("Meyer AB", CslName(family="Meyer", given="A. B.")),
        ("van der Berg C", CslName(family="van der Berg", given="C.")),
        ("Ann B. Meyer", CslName(family="Meyer", given="Ann B.")),
        ("Meyer, Ann B.", CslName(family="Meyer", given="Ann B.")),
        ("World Health Organization", CslName(literal="World Health Organization")),
        ("VELA Study Group", CslName(literal="VELA Study Group")),
    ],
)
def test_a_name_is_taken_apart_only_where_its_form_shows_how(printed: str, name: CslName) -> None:
    assert citations.name_of(printed) == name
