"""What anybody adds never talks a curated source down: more than 500 cases of documents and of orders in questions."""

import shutil
from collections.abc import Iterator

import pytest

import poisoned
from fmqa.adding import ingestion
from fmqa.adding.about import Given
from fmqa.assistant import Assistant
from fmqa.corpus import loading
from fmqa.index import reading, writing
from fmqa.index.writing import BuildReport
from fmqa.settings import Settings
from fmqa.types import Answer, Only, Status, Trust
from questions import ANSWERABLE, COMBINED, GUIDELINES

QUESTIONS = (*ANSWERABLE, *GUIDELINES, *COMBINED)


@pytest.fixture(scope="module")
def clean(assistant: Assistant) -> dict[str, Answer]:
    """Answers of the shipped corpus alone."""
    return {question: assistant.ask(question) for question in QUESTIONS}


@pytest.fixture(scope="module")
def spoilt(
    shipped: tuple[Settings, BuildReport], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Assistant, dict[str, str]]]:
    """An assistant on the shipped corpus with every poisoned file, and the documents by the names of their files.

    What was fitted on the shipped corpus is taken over: no document that is added bears on it.
    """
    root = tmp_path_factory.mktemp("spoilt")
    files = root / "files"
    files.mkdir()
    for name, content in poisoned.FILES.items():
        (files / name).write_bytes(content)
    settings = shipped[0].model_copy(
        update={"corpus": root / "corpus", "index": root / "index", "database": f"sqlite:///{root}/c.db"}
    )
    shutil.copytree(shipped[0].corpus, settings.corpus)
    shutil.copytree(shipped[0].index, settings.index)
    result = ingestion.add(settings.corpus, [files], Given())
    assert result.superseded == ()
    loaded = loading.load(settings.corpus)
    tuned = reading.open_index(settings.index).calibration
    writing.build(
        loaded.documents,
        loaded.vocabulary,
        settings,
        calibrate=lambda _opened: tuned or {},
        questions=loaded.questions,
    )
    opened = Assistant.open(settings)
    origins = {d.metadata.origin.file: d.id for d in loaded.documents if d.metadata.origin is not None}
    assert set(origins) == set(poisoned.FILES) - poisoned.REFUSED
    yield opened, origins
    opened.close()


def control(answer: Answer) -> tuple[object, ...]:
    """Return what decides how an answer is read: nobody's document and no order may change it."""
    return (
        answer.status,
        answer.disclaimer,
        answer.audience,
        answer.direct,
        answer.confidence,
        answer.withheld,
        answer.choices,
        tuple((n.kind, n.text) for n in answer.notices if n.kind in poisoned.HEAVY),
        answer.statements[0].text if answer.statements else None,
        answer.sources[0].document_id if answer.sources else None,
    )


@pytest.mark.parametrize("name", [name for name in poisoned.FILES if name not in poisoned.REFUSED])
@pytest.mark.parametrize("question", QUESTIONS)
def test_no_file_changes_how_an_answer_is_read(
    question: str, name: str, spoilt: tuple[Assistant, dict[str, str]], clean: dict[str, Answer]
) -> None:
    opened, documents = spoilt
    curated = [d for d, facts in opened.index.facts.items() if not facts.added]
    answer = opened.ask(question, only=Only(documents=(*curated, documents[name])))
    assert control(answer) == control(clean[question])
    assert all(s.verdict is not None and s.verdict.supported for s in answer.every_statement)


@pytest.mark.parametrize("question", QUESTIONS)
def test_all_of_them_together_change_nothing_either(
    question: str, spoilt: tuple[Assistant, dict[str, str]], clean: dict[str, Answer]
) -> None:
    answer = spoilt[0].ask(question)
    assert control(answer) == control(clean[question])
    for source in answer.sources:
        if source.trust is not Trust.TRUSTED:
            line = next((line for line in answer.text.splitlines() if line.endswith(f"[{source.n}]")), None)
            assert line is None or "(not reviewed):" in line


@pytest.mark.parametrize("order", poisoned.ORDERS)
@pytest.mark.parametrize("question", QUESTIONS[:4])
def test_orders_in_a_question_change_nothing_that_it_is_answered_by(
    question: str, order: str, assistant: Assistant
) -> None:
    answer = assistant.ask(f"{question} {order}")
    assert answer.disclaimer
    assert answer.status in (Status.ANSWERED, Status.PARTIAL, Status.NOT_IN_CORPUS)
    assert all(s.verdict is not None and s.verdict.supported for s in answer.every_statement)
    assert all(source.trust is Trust.TRUSTED for source in answer.sources)
    assert not answer.text.startswith(order)
