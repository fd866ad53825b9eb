"""Two documents side by side: what differs is told, what cannot be compared is not."""

import pytest
from starlette.testclient import TestClient

from fmqa.types import Concept, ConceptKind, Direction, Document, EvidenceGrade, StatementSpan, Vocabulary, text_sha256
from fmqa.web.site import comparing
from samples import GRADE, METADATA, STATEMENT, SampleAssistant

TEXT = "It says something on exercise."
VOCABULARY = Vocabulary(concepts=(Concept(id="exercise", kind=ConceptKind.INTERVENTION, label="exercise"),))


def document(name: str, *grades: EvidenceGrade, interventions: tuple[str, ...] = ("exercise",)) -> Document:
    statement = STATEMENT.model_copy(update={"grades": grades, "interventions": interventions})
    return Document(
        metadata=METADATA.model_copy(update={"id": name, "statements": (statement,)}),
        path=f"guidelines/{name}.md",
        text=TEXT,
        sha256=text_sha256(TEXT),
        sections=(),
        statements=(StatementSpan(statement=statement, start=0, end=len(TEXT), line=1),),
    )


WEAKER = GRADE.model_copy(update={"strength": "weak for", "printed": "weak for"})
AGAINST = GRADE.model_copy(update={"strength": "weak against", "direction": Direction.AGAINST, "printed": "against"})
OTHER = GRADE.model_copy(update={"system": "grade", "level": "low", "grade": None, "strength": None})


@pytest.mark.parametrize(
    ("left", "right", "difference"),
    [
        ((GRADE,), (GRADE,), "the same direction"),
        ((GRADE,), (AGAINST,), "directions differ"),
        ((GRADE,), (WEAKER,), "grades differ"),
        ((GRADE,), (OTHER,), "the same direction"),  # values of two systems cannot be compared
        ((GRADE,), (), ""),  # no direction is recorded
    ],
)
def test_what_differs_is_told(
    left: tuple[EvidenceGrade, ...], right: tuple[EvidenceGrade, ...], difference: str
) -> None:
    (pair,) = comparing.compared(document("a", *left), document("b", *right), VOCABULARY)
    assert (pair.label, pair.difference) == ("exercise", difference)
    assert pair.differs == (difference in ("directions differ", "grades differ"))
    assert [said.quote for said in (*pair.left, *pair.right)] == [TEXT, TEXT]


def test_what_one_of_them_alone_speaks_of_comes_last() -> None:
    left = document("a", GRADE, interventions=("exercise", "acupuncture"))
    vocabulary = Vocabulary(
        concepts=(*VOCABULARY.concepts, Concept(id="acupuncture", kind=ConceptKind.INTERVENTION, label="acupuncture"))
    )
    pairs = comparing.compared(left, document("b", AGAINST), vocabulary)
    assert [(pair.label, pair.difference) for pair in pairs] == [
        ("exercise", "directions differ"),
        ("acupuncture", "only left"),
    ]
    assert pairs[1].right == ()


def test_two_documents_are_chosen_and_one_is_not_compared_with_itself(
    client: TestClient, sample: SampleAssistant
) -> None:
    page = client.get("/compare")
    assert "Choose two guidelines" in page.text
    assert f'<option value="{METADATA.id}">' in page.text
    assert client.get(f"/compare?left={METADATA.id}&right={METADATA.id}").status_code == 404
    assert client.get(f"/compare?left={METADATA.id}&right=gone").status_code == 404
    assert sample.index.document_ids == (METADATA.id,)


def test_editions_and_the_newest_guidelines_of_two_bodies_are_offered() -> None:
    old, new, other, oldest = (
        METADATA.model_copy(update={"id": name, "organisation": body, "year": year, "superseded_by": by})
        for name, body, year, by in (
            ("a-2008", "A", 2008, "a-2017"),
            ("a-2017", "A", 2017, None),
            ("b-2021", "B", 2021, None),
            ("c-2012", "C", 2012, "gone"),
        )
    )
    assert comparing.worth_comparing((old, new, other, oldest)) == ((old, new), (other, new))
    assert comparing.worth_comparing((new,)) == ()
