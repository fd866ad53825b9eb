"""The class that programs use: it holds one index generation and the conversations, and asks the line."""

import secrets
from typing import Self

from fmqa.ask import ask, ignore
from fmqa.errors import BadQuestion, FmqaError
from fmqa.evidence.library import Library, library_of, starting_from
from fmqa.evidence.searching import passages, rank
from fmqa.index import reading
from fmqa.question.resolving import resolve
from fmqa.settings import Settings
from fmqa.store.conversations import Conversations, new_id
from fmqa.types import Answer, Audience, Frame, RetrievedPassage, Status, Turn, Watch


class Assistant:
    """Answers questions from one index and remembers conversations.

    >>> assistant = Assistant.open()  # doctest: +SKIP
    >>> assistant.ask("What evidence level does EULAR give exercise?").status  # doctest: +SKIP
    <Status.ANSWERED: 'answered'>
    """

    def __init__(self, opened: reading.Index, conversations: Conversations, settings: Settings) -> None:
        self.settings = settings
        self.conversations = conversations
        self._library = library_of(opened, settings)
        self._refused: str | None = None

    @classmethod
    def open(cls, settings: Settings | None = None) -> Self:
        """Open the current index generation and the conversations.

        Raises: IndexUnusable if there is no index that verifies; Unavailable if the database cannot be opened.
        """
        settings = settings or Settings()
        conversations = Conversations(settings.database, keep_days=settings.conversation_days)
        return cls(reading.open_index(settings.index, fallback=True), conversations, settings)

    @property
    def index(self) -> reading.Index:
        """The index generation that answers now."""
        return self._library.opened

    @property
    def library(self) -> Library:
        """What answers now, for measuring its steps one by one."""
        return self._library

    def refresh(self) -> bool:
        """Change to the current generation if it is another one and verifies; keep the present one otherwise."""
        current = reading.current_generation(self.settings.index)
        if current in (None, self.index.generation, self._refused):
            return False
        try:
            opened = reading.open_index(self.settings.index)
        except FmqaError:
            self._refused = current  # not tried again until there is another
            return False
        self._library = library_of(opened, self.settings)
        return True

    def ask(
        self,
        question: str,
        *,
        conversation_id: str | None = None,
        audience: Audience = Audience.CLINICIAN,
        max_words: int | None = None,
        document: str | None = None,
        watch: Watch | None = None,
    ) -> Answer:
        """Return the verified answer and remember the turn.

        Args:
            question: What is asked.
            conversation_id: The conversation that it goes on with; None starts one.
            audience: Who reads the answer.
            max_words: Longest answer, in words; None for the setting.
            document: The document that is read, from which a new conversation starts; None: the one that the
                conversation is on, or else the corpus starts from.
            watch: Called with the query once the question is understood, and with the passages that were found.

        Raises: BadQuestion if the question is empty or too long; NotFound if there is no such document, or the
            conversation is unknown or expired.
        """
        question = check_question(question, self.settings)
        turns = self.conversations.turns(conversation_id) if conversation_id else ()
        on = document or (turns[-1].document if turns else None)
        # One generation for the whole answer, whatever another thread refreshes to.
        library = starting_from(on, self._library, asked_for=document is not None)
        frame = Frame(
            question_id=secrets.token_urlsafe(9),
            conversation_id=conversation_id or new_id(),
            audience=audience,
            max_words=max_words or self.settings.max_words,
            generation=library.opened.generation,
        )
        answer, query = ask(question, turns, frame, library, watch or ignore)
        turn = Turn(
            id=frame.question_id,
            question=question,
            query=query,
            status=answer.status,
            statement_ids=tuple(statement.id for statement in answer.statements),
            document=on,
            more_ids=tuple(statement.id for statement in answer.more),
        )
        if answer.status is Status.CONVERSATION and turns:  # what was spoken of before is still what is spoken of
            turn = turns[-1].model_copy(update={"id": turn.id, "question": question})
        self.conversations.append(frame.conversation_id, turn, starts=conversation_id is None, answer=answer)
        return answer

    def search(self, question: str, k: int = 10) -> tuple[RetrievedPassage, ...]:
        """Return the passages nearest to a question, best first.

        Raises: BadQuestion if the question is empty or too long.
        """
        question = check_question(question, self.settings)
        library = self._library
        query = resolve(question, (), library.matcher, library.names)
        return passages(rank(query, library), library.opened, k)

    def close(self) -> None:
        """Close the database."""
        self.conversations.close()


def check_question(question: str, settings: Settings) -> str:
    """Return the question without white space around it.

    Raises: BadQuestion if it is empty, holds no word or is too long; the message never repeats it.
    """
    question = question.strip()
    if any("\ud800" <= character <= "\udfff" for character in question):
        raise BadQuestion("the question is not valid text; send it as UTF-8")
    if not any(character.isalnum() for character in question):
        raise BadQuestion("the question is empty; write a sentence or a few words")
    if len(question) > settings.question_chars:
        raise BadQuestion(f"the question is longer than {settings.question_chars} characters; shorten it")
    return question
