"""Questions of the corpus: those that its statements list, and the further ones that it holds."""

from pathlib import Path

from fmqa.corpus import loading, questions
from fmqa.corpus.questions import LabelledTurn
from fmqa.tuning import pack
from fmqa.tuning.pack import PackStatement, Wordings


def statements(folder: Path) -> list[PackStatement]:
    """Return the curated statements of a corpus with their questions."""
    documents = loading.load(folder).documents
    names = {f"{document.id}#{span.statement.id}" for document in documents for span in document.statements}
    rows = questions.read(folder, names).wordings
    return pack.statements(documents, {row.id: Wordings(row.alone, row.follow_up) for row in rows})


def conversations(folder: Path) -> tuple[LabelledTurn, ...]:
    """Return the turns of the labelled conversations of a corpus, in order."""
    return questions.read(folder, frozenset()).conversations
