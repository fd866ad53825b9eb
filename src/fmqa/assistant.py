"""The class ``Assistant``, which programs use: it holds one index generation and the conversations."""

import logging
import re
import secrets
import threading
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple, Self

from fmqa import packaged
from fmqa.ask import ask, ignore
from fmqa.danger import emergencies
from fmqa.errors import BadQuestion, FmqaError, IndexUnusable, NotFound, Unavailable
from fmqa.evidence import filtering
from fmqa.evidence.library import Library, library_of, starting_from
from fmqa.evidence.searching import passages, rank
from fmqa.index import reader, reading
from fmqa.index.stores import remote
from fmqa.phrasing.endpoint import LanguageModel
from fmqa.phrasing.using import NOBODY, Writer
from fmqa.question.resolving import resolve
from fmqa.settings import Settings
from fmqa.store.conversations import Conversations, lineage, new_id
from fmqa.types import Answer, Audience, Frame, Notice, NoticeKind, Only, RetrievedPassage, Status, Turn, Watch

RETRY_SECONDS: Final = 10.0
"""After which a generation that did not verify is tried again."""
MOST_REPLAYED: Final = 20
"""Earlier questions that a reply takes into account."""
_REMEMBERED: Final = 256  # beginnings of conversations that replies keep in memory
_NOT_STORED: Final = (
    "This answer could not be stored ({why}): it has no permalink, and a follow-up will not know of it; "
    "ask the next question in full."
)
_MARK: Final = re.compile(r"\s*\[\s*(\d+)\s*\]")
_log = logging.getLogger(__name__)


class _How(NamedTuple):
    """How a question is to be answered."""

    audience: Audience
    max_words: int | None
    document: str | None
    only: Only | None = None


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
        self._replayed = lru_cache(_REMEMBERED)(self._replay)
        self._model = LanguageModel(settings) if settings.llm_url else None
        self._refreshing = threading.Lock()
        self._refused: str | None = None
        self._again = 0.0
        self._told = ""
        self.trouble: str | None = None
        """Why the newest generation is not the one that answers; None if it is."""
        self._tell(IndexUnusable(opened.warnings[0]) if opened.warnings else None)

    @classmethod
    def open(cls, settings: Settings | None = None) -> Self:
        """Open the current index generation and the conversations; what a wheel brings along is laid out first.

        Raises: IndexUnusable if there is no index that verifies; Unavailable if the database cannot be opened.
        """
        settings = settings or Settings()
        packaged.lay_out(settings)
        conversations = Conversations(settings.database, keep_days=settings.conversation_days)
        opened = _opened(settings, fallback=True)
        if opened.statement_rows:  # each of them is read with a question before it answers
            reader.open_ahead()
        return cls(opened, conversations, settings)

    @property
    def index(self) -> reading.Index:
        """The index generation that answers now."""
        return self._library.opened

    @property
    def library(self) -> Library:
        """What answers now, for measuring its steps one by one."""
        return self._library

    def refresh(self) -> bool:
        """Change to the current generation if it is another one and verifies; keep the present one otherwise.

        One that does not verify is tried again after RETRY_SECONDS: it may have been repaired. ``trouble`` says why an
        older one answers, and the log when that begins and ends.
        """
        if not self._refreshing.acquire(blocking=False):
            return False  # another thread is at it
        try:
            return self._refresh()
        finally:
            self._refreshing.release()

    def _refresh(self) -> bool:
        try:
            current = reading.generation_in_use(self.settings.index)
        except IndexUnusable as fault:
            self._tell(fault)
            return False
        if current == self.index.generation:
            self._tell(None)
            return False
        if current == self._refused and time.monotonic() < self._again:
            return False
        try:
            library = library_of(_opened(self.settings), self.settings)
        except FmqaError as fault:
            self._refused, self._again = current, time.monotonic() + RETRY_SECONDS
            self._tell(fault)
            return False
        self._library = library
        _log.warning("generation %s of the index is taken up", library.opened.generation)
        self._tell(None)
        return True

    def _tell(self, fault: FmqaError | None) -> None:
        """Log what is wrong with the newest generation when that changes; files are named in the log only."""
        if fault is None:
            if self.trouble is not None:
                _log.warning("generation %s of the index answers, the newest again", self.index.generation)
            self.trouble = None
            return
        if self.trouble is None or str(fault) != self._told:
            _log.error("generation %s of the index answers, not the newest: %s", self.index.generation, fault)
        self._told = str(fault)
        self.trouble = "the newest generation of the index does not verify, an older one answers"

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
        """Return the verified answer and remember the turn; where that fails, the answer says so.

        Args:
            question: What is asked.
            conversation_id: The conversation that it goes on with; None starts one.
            audience: Who reads the answer.
            max_words: Longest answer, in words; None for the setting.
            document: The document that is read, from which a new conversation starts; None: the one that the
                conversation is on, or else the corpus starts from.
            only: Which documents may answer; None: all.
            watch: Called with the query once the question is understood, and with the passages that were found.
            owner: Whose conversation it is; None where conversations belong to nobody.
            answer_id: Id under which the answer is stored, which no other answer has; None makes one.
            parent: The turn of the conversation that the asker goes on from; None for its last one. What was asked
                after it, in another window, is not gone on with.

        Raises: BadQuestion if the question is empty or too long, or asks for documents by something that none has, or
            the conversation has no such turn; NotFound if there is no such document to start from, or the conversation
            is unknown or expired.
        """
        question = check_question(question, self.settings)
        conversations = self.conversations.of(owner)
        turns = lineage(conversations.turns(conversation_id), parent) if conversation_id else ()
        how = _How(audience, max_words, document, only)
        answer, turn = self._answered(question, turns, how, conversation_id or new_id(), answer_id, watch or ignore)
        try:
            conversations.append(answer.conversation_id, turn, starts=conversation_id is None, answer=answer)
        except Unavailable as fault:
            _log.error("an answer could not be stored: %s", fault)
            notice = Notice(kind=NoticeKind.NOT_STORED, text=_NOT_STORED.format(why=fault.title.lower()))
            return answer.model_copy(update={"notices": (*answer.notices, notice)})
        return answer

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
        """Return the verified answer to the last of several questions; nothing of them is stored.

        Args:
            questions: What was asked so far, oldest first. Of the earlier ones the last MOST_REPLAYED count, and those
                that cannot be used are passed over.
            audience: Who reads the answer.
            max_words: Longest answer, in words; None for the setting.
            document: The document that is read; None: the one that the corpus starts from.
            only: Which documents may answer; None: all.
            watch: Called as by ``ask``.

        Raises: BadQuestion if the last question is missing, empty or too long, or asks for documents by something that
            none has; NotFound if there is no such document.
        """
        if not questions:
            raise BadQuestion("there is no question; send at least one")
        question = check_question(questions[-1], self.settings)
        how = _How(audience, max_words, document, only)
        turns = self._replayed(self.index.generation, tuple(questions[-1 - MOST_REPLAYED : -1]), how)
        return self._answered(question, turns, how, new_id(), None, watch or ignore)[0]

    def _replay(self, generation: str, questions: tuple[str, ...], how: "_How") -> tuple[Turn, ...]:
        """Return the turns that some questions make; the generation is only what they are remembered by."""
        if not questions:
            return ()
        turns = self._replayed(generation, questions[:-1], how)
        try:
            question = check_question(questions[-1], self.settings)
            return (*turns, self._answered(question, turns, how, new_id(), None, ignore)[1])
        except BadQuestion:
            return turns

    def _answered(
        self,
        question: str,
        turns: Sequence[Turn],
        how: "_How",
        conversation_id: str,
        answer_id: str | None,
        watch: Watch,
    ) -> tuple[Answer, Turn]:
        """Return the verified answer to a question after the earlier turns, and the turn that it makes."""
        on = how.document or (turns[-1].document if turns else None)
        # One generation for the whole answer, whatever another thread refreshes to.
        library = starting_from(on, self._library, asked_for=how.document is not None)
        try:
            library = filtering.only(how.only, library)
        except BadQuestion:
            if emergencies.detect(question, library.urgency, library.opened.encode) is None:
                raise  # whoever has an emergency is told what to do, whatever documents are chosen
        frame = Frame(
            question_id=answer_id or secrets.token_urlsafe(9),
            conversation_id=conversation_id,
            audience=how.audience,
            max_words=how.max_words or self.settings.max_words,
            generation=library.opened.generation,
        )
        pointed = check_question(without_marks(question, turns, library), self.settings)
        helper = Writer(self._model, library.matcher) if self._model else NOBODY
        answer, query = ask(pointed, turns, frame, library, watch, helper)
        turn = Turn(
            id=frame.question_id,
            question=question,
            query=query,
            status=answer.status,
            statement_ids=tuple(statement.id for statement in answer.statements),
            document=library.start.id if library.start else None,
            source_ids=tuple(source.document_id for source in answer.sources),
            more_ids=tuple(statement.id for statement in answer.more),
            parent=turns[-1].id if turns else None,
        )
        if answer.status is Status.CONVERSATION and turns:  # what was spoken of before is still what is spoken of
            turn = turns[-1].model_copy(update={"id": turn.id, "question": question, "parent": turn.parent})
        return answer, turn

    def search(self, question: str, k: int = 10, only: Only | None = None) -> tuple[RetrievedPassage, ...]:
        """Return the passages nearest to a question, best first, of the documents that may answer.

        Raises: BadQuestion if the question is empty or too long, or asks for documents by something that none has.
        """
        question = check_question(question, self.settings)
        library = filtering.only(only, self._library)
        pointed = check_question(without_marks(question, (), library), self.settings)
        query = resolve(pointed, (), library.matcher, library.names)
        return passages(rank(query, library), library.opened, k)

    def close(self) -> None:
        """Close the database."""
        self.conversations.close()


def _opened(settings: Settings, *, fallback: bool = False) -> reading.Index:
    """Open the generation in use, and where a store is set, what that holds of it.

    Raises: IndexUnusable if there is no index that verifies, or the store does not hold it; Unavailable if the store
        cannot be reached.
    """
    opened = reading.open_index(settings.index, fallback=fallback)
    if settings.store:
        opened.search_in(remote.open_store(settings.store, opened.generation, len(opened)))
    return opened


def check_question(question: str, settings: Settings) -> str:
    """Return the question without white space around it.

    Raises: BadQuestion if it is empty, holds no word or is too long; the message never repeats it.
    """
    question = question.strip()
    if any("\ud800" <= character <= "\udfff" or character == "\0" for character in question):
        raise BadQuestion("the question is not valid text; send it as UTF-8")
    if not any(character.isalnum() for character in question):
        raise BadQuestion("the question is empty; write a sentence or a few words")
    if len(question) > settings.question_chars:
        raise BadQuestion(f"the question is longer than {settings.question_chars} characters; shorten it")
    return question


def without_marks(question: str, turns: Sequence[Turn], library: Library) -> str:
    """Return a question whose citation marks are said in words: [2] is the second source of the last answer.

    A mark that points at nothing is left out, so that no text of an asker's can pass for a citation of ours.
    """
    numbered = turns[-1].source_ids if turns else ()

    def said(mark: re.Match[str]) -> str:
        number = int(mark[1]) if len(mark[1]) < 6 else 0
        if not 1 <= number <= len(numbered):
            return " "
        try:
            title = library.opened.document(numbered[number - 1]).metadata.short_title
        except NotFound:  # of an earlier generation
            return " "
        return f" {_MARK.sub(' ', title)} "

    while _MARK.search(question):  # again: "[[4]4]" leaves one
        question = " ".join(_MARK.sub(said, question).split())
    return question
