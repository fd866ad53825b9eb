"""The hand-out: plain wordings only, and it says what it leaves out."""

from starlette.testclient import TestClient

from fmqa.types import DISCLAIMER, AnswerStatement
from fmqa.web.site import handouts
from samples import DOCUMENT, METADATA, SENTENCE, SampleAssistant, SampleIndex, answer
from windows import Asked, ids_of

PLAIN = "EULAR strongly recommends exercise."


class PlainIndex(SampleIndex):
    """The sample document with a wording for patients."""

    def document(self, document_id: str) -> object:  # type: ignore[override]
        super().document(document_id)
        (span,) = DOCUMENT.statements
        plain = span.model_copy(update={"statement": span.statement.model_copy(update={"plain": PLAIN})})
        return DOCUMENT.model_copy(update={"statements": (plain,)})


def test_a_hand_out_says_each_statement_in_its_plain_wording(
    client: TestClient, asked: Asked, sample: SampleAssistant
) -> None:
    _, given = ids_of(asked())
    assert "no wording for patients" in client.get(f"/answers/{given}/handout").text
    sample.index = PlainIndex()
    page = client.get(f"/answers/{given}/handout").text
    assert f"<li>{PLAIN}</li>" in page
    assert SENTENCE not in page
    assert DISCLAIMER in page
    assert 'class="grade"' not in page
    assert METADATA.title in page


def test_statements_without_a_plain_wording_are_counted() -> None:
    given = answer()
    made = handouts.handout(given, SampleIndex())
    assert (made.sentences, made.left_out) == ((), 1)
    worded = given.statements[0].model_copy(update={"wording": "plain", "text": PLAIN})
    gone = AnswerStatement.model_validate({**worded.model_dump(), "id": "gone#x", "wording": "verbatim"})
    made = handouts.handout(given.model_copy(update={"statements": (worded, gone)}), SampleIndex())
    assert [words for words, _ in made.sentences] == [PLAIN]
    assert made.left_out == 1
    assert [source.document_id for source in made.sources] == [METADATA.id]
    assert made.terms == tuple(given.glossary.items())
