"""What the service needs of an assistant and its index, as Protocols, and answers that come step by step."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from functools import partial
from typing import NamedTuple, Protocol

from fmqa.guard.waiting import Line
from fmqa.settings import Settings
from fmqa.store.conversations import Conversations
from fmqa.types import Answer, Audience, Document, Only, Passage, Query, RetrievedPassage, Vocabulary, Watch
from fmqa.web import metrics


class Interpretation(NamedTuple):
    """The first step of an answer: how the question was read."""

    text: str


class Found(NamedTuple):
    """The second step: the passages nearest to it; none where nothing had to be searched."""

    passages: tuple[RetrievedPassage, ...]


Step = Interpretation | Found | Answer


class Indexed(Protocol):
    """What the routes need of an index generation."""

    @property
    def generation(self) -> str:
        """Name of the generation."""
        ...

    @property
    def document_ids(self) -> Sequence[str]:
        """The ids of its documents."""
        ...

    @property
    def vocabulary(self) -> Vocabulary:
        """The controlled vocabulary."""
        ...

    @property
    def suggestions(self) -> Mapping[str, Sequence[str]]:
        """Questions that the corpus answers, by the intervention that they are about."""
        ...

    def document(self, document_id: str) -> Document:
        """Return a document; NotFound if there is none."""
        ...

    def passage(self, passage_id: str) -> Passage:
        """Return a passage; NotFound if there is none."""
        ...


def every_document(index: Indexed) -> list[Document]:
    """Return the documents of a generation."""
    return [index.document(document_id) for document_id in index.document_ids]


class Answering(Protocol):
    """What the routes need of an assistant; fmqa.assistant.Assistant is one."""

    @property
    def settings(self) -> Settings:
        """The settings that it was opened with."""
        ...

    @property
    def index(self) -> Indexed:
        """The generation that answers now."""
        ...

    @property
    def conversations(self) -> Conversations:
        """The stored conversations."""
        ...

    def ask(
        self,
        question: str,
        *,
        conversation_id: str | None = None,
        audience: Audience = Audience.CLINICIAN,
        max_words: int | None = None,
        document: str | None = None,
        only: Only | None = None,
        watch: Watch | None = None,
        owner: str | None = None,
        answer_id: str | None = None,
        parent: str | None = None,
    ) -> Answer:
        """Answer a question."""
        ...

    def reply(
        self,
        questions: Sequence[str],
        *,
        audience: Audience = Audience.CLINICIAN,
        max_words: int | None = None,
        document: str | None = None,
        only: Only | None = None,
        watch: Watch | None = None,
    ) -> Answer:
        """Answer the last of several questions and store nothing."""
        ...

    def search(self, question: str, k: int = 10, only: Only | None = None) -> tuple[RetrievedPassage, ...]:
        """Return the nearest passages."""
        ...

    def refresh(self) -> bool:
        """Change to a newer generation if there is one that verifies."""
        ...

    @property
    def trouble(self) -> str | None:
        """Why the newest generation is not the one that answers; None if it is."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


async def steps(
    assistant: Answering,
    line: Line,
    question: str,
    *,
    conversation_id: str | None,
    audience: Audience,
    max_words: int | None = None,
    document: str | None = None,
    only: Only | None = None,
    owner: str | None = None,
    answer_id: str | None = None,
    parent: str | None = None,
) -> AsyncGenerator[Step, None]:
    """Answer a question on another thread and return each step as it is done: interpretation, passages, answer.

    Raises: what the assistant raises; Busy if too many wait.
    """
    loop = asyncio.get_running_loop()
    told: asyncio.Queue[Query | tuple[RetrievedPassage, ...] | None] = asyncio.Queue()

    def watch(step: Query | tuple[RetrievedPassage, ...]) -> None:
        loop.call_soon_threadsafe(told.put_nowait, step)

    work = partial(
        assistant.ask,
        question,
        conversation_id=conversation_id,
        audience=audience,
        max_words=max_words,
        document=document,
        only=only,
        watch=watch,
        owner=owner,
        answer_id=answer_id,
        parent=parent,
    )
    answering = asyncio.ensure_future(line.run(work))
    answering.add_done_callback(lambda _future: told.put_nowait(None))
    steps: list[Step] = []
    try:
        while (step := await told.get()) is not None:
            steps.append(Found(step) if isinstance(step, tuple) else Interpretation(step.text))
            yield steps[-1]
        answer = await answering
        metrics.answered(answer)
    finally:
        answering.cancel()  # nobody listens any more
    if not steps:  # an emergency is answered without a search
        yield Interpretation(answer.interpreted_question)
    if len(steps) < 2:
        yield Found(())
    yield answer
