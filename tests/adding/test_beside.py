"""A file of references beside a document tells what it is; so do its own words, and whoever adds it, each in order."""

import datetime
from pathlib import Path

import pytest

import made
from fmqa.adding import beside, extraction, ingestion
from fmqa.adding.about import Given
from fmqa.corpus import loading
from fmqa.corpus.vocabulary import Matcher
from fmqa.types import CslName, Document, Vocabulary

TODAY = datetime.date(2026, 11, 24)
BIBTEX = b"""@techreport{a, title={Guideline on velaxin for sleep}, author={{Made Society} and Meyer, Ann B.},
institution={Made Society Press}, year={2023}, month={apr}, address={Madeham}, doi={10.1234/made.9}}"""
OTHER = b"@article{b, title={Borofane in the treatment of cramp}, author={Okoro, C}, year={1998}}"


def document(reference: tuple[str, bytes] | None = None, **given: object) -> Document:
    matcher = Matcher(Vocabulary())
    told = Given.model_validate(given)
    (found,) = extraction.documents("guideline.pdf", made.PDF, TODAY, told, matcher, reference).documents
    return found


def test_a_reference_goes_before_what_the_file_says_and_behind_what_the_user_says() -> None:
    metadata = document(("guideline.bib", BIBTEX), title="Velaxin at night").metadata
    assert (metadata.title, metadata.year, metadata.doi) == ("Velaxin at night", 2023, "10.1234/made.9")
    assert (metadata.organisation, metadata.authors) == ("Made Society Press", ("Made Society", "Meyer AB"))
    assert metadata.origin is not None
    assert metadata.origin.published == "2023-04"
    assert "guideline.bib" in metadata.origin.notes[0]


def test_the_work_is_kept_in_parts_with_a_reference_and_without() -> None:
    item = document(("guideline.bib", BIBTEX)).metadata.references[0].csl
    assert item is not None
    assert (item.type, item.publisher_place, item.year) == ("report", "Madeham", 2023)
    assert item.author == (CslName(literal="Made Society"), CslName(family="Meyer", given="Ann B."))
    alone = document(organisation="Made Society", year=2024).metadata.references[0].csl
    assert alone is not None
    assert (alone.title, alone.year, alone.type) == ("Guideline on velaxin for sleep", 2024, "report")
    assert alone.author == (CslName(literal="Made Society"),)


@pytest.mark.parametrize(
    ("content", "note"),
    [(OTHER, "is not printed in the file"), (BIBTEX + OTHER, "names 2 works"), (b"rubbish", "was not used")],
)
def test_a_reference_that_does_not_fit_is_told_of(content: bytes, note: str) -> None:
    metadata = document(("guideline.bib", content)).metadata
    assert metadata.origin is not None
    assert any(note in each for each in metadata.origin.notes)


def test_files_are_paired_by_their_names() -> None:
    names = ("a.pdf", "a.bib", "a.ris", "b.nbib", "c.html", "sub/a.html", "d.json", "d.ris")
    found = beside.paired(Path(name) for name in names)
    assert {path.as_posix(): other and other.name for path, other in found.items()} == {
        "a.pdf": "a.bib",
        "b.nbib": None,
        "c.html": None,
        "sub/a.html": None,
        "d.json": None,
        "d.ris": None,
    }


def test_a_folder_with_references_is_added_and_keeps_every_rule(corpus_folder: Path, tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    (files / "guideline.pdf").write_bytes(made.PDF)
    (files / "guideline.bib").write_bytes(BIBTEX)
    result = ingestion.add(corpus_folder, [files], Given(), today=TODAY)
    assert [each.document.metadata.doi for each in result.added] == ["10.1234/made.9"]
    assert loading.lint(corpus_folder) == ()
    assert loading.document(corpus_folder, result.added[0].document.id).metadata.references[0].csl is not None
