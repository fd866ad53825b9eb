"""The works that an answer rests on, in the forms of reference managers: whole, each under a key of its own."""

import json
import re
from pathlib import Path

import rispy
from bibtexparser.entrypoint import parse_string

from fmqa.answer import bibliography
from fmqa.answer.bibliography import ET_AL, entries, item_of
from fmqa.corpus import loading
from fmqa.types import CslDate, CslItem, CslName, Reference, Source
from hostile import HOSTILE
from samples import REFERENCE, answer

CORPUS = Path(__file__).parents[2] / "corpus"
REPORT = CslItem(
    type="report",
    title="Guideline on lint lung: 50 % of {A_1}",
    author=(CslName(literal="Example Respiratory Society"),),
    issued=CslDate(date_parts=((2019, 3),)),
    publisher="Example Respiratory Society",
    publisher_place="Exampleton",
    PMID="123",
)


def source_of(*references: Reference) -> Source:
    return answer().sources[0].model_copy(update={"references": references})


def added(item: CslItem) -> Reference:
    """Return the reference of a document that was added: all of them have the same id."""
    return Reference(id="source", citation=f"{item.title}. {item.year}.", csl=item)


def test_every_reference_of_the_corpus_keeps_its_words() -> None:
    in_parts = 0
    for metadata in loading.curated(CORPUS).values():
        for reference in metadata.references:
            item = item_of(reference)
            if item.title == reference.citation:
                continue
            in_parts += 1
            for part in (item.title, item.container_title, item.volume, item.issue, item.page, str(item.year)):
                assert part is None or part in reference.citation
            named = [name for name in item.author if name != ET_AL]
            assert all(f"{name.family} {name.given}" in reference.citation for name in named)
            assert (ET_AL in item.author) == ("et al" in reference.citation)
            assert reference.year in (None, item.year)
    assert in_parts >= 50


def test_a_line_of_another_form_is_given_whole() -> None:
    label = Reference(id="LABEL", citation="Naltrexone hydrochloride tablets 50 mg. US prescribing information.")
    source = source_of(label)
    assert f"title = {{{label.citation}}}" in bibliography.bibtex([source])
    assert f"TI  - {label.citation}" in bibliography.ris([source])
    assert json.loads(bibliography.csl_json([source])) == [{"id": "LABEL", "type": "document", "title": label.citation}]


def test_reference_managers_get_the_fields() -> None:
    sources = answer().sources
    (item,) = json.loads(bibliography.csl_json(sources))  # both sources rest on one reference
    assert item["author"] == [{"family": "Macfarlane", "given": "GJ"}, {"literal": "et al."}]
    assert (item["volume"], item["issue"], item["page"], item["DOI"]) == ("76", "2", "318-328", REFERENCE.doi)
    lines = bibliography.ris(sources).split("\r\n")
    assert lines[0] == "TY  - JOUR"
    assert {"SP  - 318", "EP  - 328", "PY  - 2017", "ER  - "} <= set(lines)
    assert "pages = {318--328}" in bibliography.bibtex(sources)


def test_an_added_document_goes_out_whole_and_is_read_by_the_libraries_of_others() -> None:
    sources = [source_of(added(REPORT))]
    (entry,) = parse_string(bibliography.bibtex(sources)).entries
    fields = {name: field.value for name, field in entry.fields_dict.items()}
    assert (entry.entry_type, entry.key) == ("techreport", "ers2019guideline")
    assert (fields["author"], fields["year"]) == ("{Example Respiratory Society}", "2019")
    assert (fields["institution"], fields["address"], fields["note"]) == (REPORT.publisher, "Exampleton", "PMID 123")
    (read,) = rispy.loads(bibliography.ris(sources).replace("\r\n", "\n"))
    assert (read["title"], read["authors"]) == (REPORT.title, ["Example Respiratory Society"])
    assert (read["year"], read["type_of_reference"], read["id"]) == ("2019", "RPRT", entry.key)
    (item,) = json.loads(bibliography.csl_json(sources))
    assert CslItem.model_validate({name: value for name, value in item.items() if name != "id"}) == REPORT.model_copy(
        update={"URL": None}
    )


def test_each_work_has_a_key_of_its_own() -> None:
    others = [REPORT.model_copy(update={"title": f"Guideline on lint {number}"}) for number in range(3)]
    found = entries(
        [source_of(added(REPORT)), *(source_of(added(other)) for other in others), source_of(added(REPORT))]
    )
    assert [item.title for _, item in found] == [REPORT.title, *(other.title for other in others)]
    assert [key for key, _ in found] == ["ers2019guideline", *(f"ers2019guideline-{n}" for n in (2, 3, 4))]


def test_no_reference_breaks_out_of_its_field() -> None:
    for words in HOSTILE:
        check_fields(words)


def check_fields(words: str) -> None:
    reference = Reference(id="X1", citation=f"{words} citation\n\nTY  - JOUR\n@misc{{a}}")
    source = source_of(reference)
    assert bibliography.ris([source]).count("\r\n") == 4  # TY, TI, ID, ER, and the empty line
    assert len(re.findall(r"^@", bibliography.bibtex([source]), re.MULTILINE)) == 1
    body = re.sub(r"\\[{}]", "", bibliography.bibtex([source]))
    assert body.count("{") == body.count("}")
    assert json.loads(bibliography.csl_json([source]))[0]["title"] == reference.citation
