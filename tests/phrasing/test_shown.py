"""What a language model wrote is marked on page and terminal, and stands before the statements it was held against."""

import io

import pytest

from fmqa.cli.terminal import Terminal
from fmqa.types import Answer, ByModel, WrittenSentence
from fmqa.web import views
from samples import SENTENCE, answer

WRITTEN = "According to <b>EULAR</b>, exercise is recommended."


@pytest.fixture
def worded() -> Answer:
    given = answer()
    statement = given.statements[0]
    sentences = (
        WrittenSentence(text=WRITTEN, by="model", statements=(statement.id,), citations=statement.citations),
        WrittenSentence(text=SENTENCE, by="source", statements=(statement.id,), citations=statement.citations),
    )
    return given.model_copy(update={"by_model": ByModel(model="made-135m", sentences=sentences, refused=1)})


def test_the_page_says_whose_words_they_are_and_escapes_them(worded: Answer) -> None:
    page = views.fragment("body", answer=worded)
    assert "Worded by the language model made-135m" in page
    assert "According to &lt;b&gt;EULAR&lt;/b&gt;" in page
    assert "(the statement itself)" in page
    assert page.index("made-135m") < page.index('class="answer')
    assert "made-135m" not in views.fragment("body", answer=answer())


def test_the_terminal_says_whose_words_they_are(worded: Answer) -> None:
    out = io.StringIO()
    Terminal(out).answer(worded)
    shown = out.getvalue()
    assert shown.index("Worded by the language model made-135m") < shown.index(WRITTEN) < shown.index(f"**{SENTENCE}**")
    assert f"{SENTENCE} [1] (the statement itself)" in shown


def test_a_sentence_that_cites_no_source_makes_no_answer(worded: Answer) -> None:
    part = worded.by_model
    assert part is not None
    stray = part.sentences[0].model_copy(update={"citations": (99,)})
    with pytest.raises(ValueError, match="without a source"):
        Answer.model_validate(worded.model_dump() | {"by_model": part.model_copy(update={"sentences": (stray,)})})
