"""Conversations and their answers on disk: SQLite by default, PostgreSQL for several machines, by setting.

Questions may be patient data. So a new SQLite file can be read by its owner only, deleted rows are overwritten and
leave the write-ahead log, and statement parameters never reach an error message. A list for programs holds no
question; the history of a reader's own conversations names each by its first one.
"""

import contextlib
import copy
import datetime
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import Any, Self

import sqlalchemy as sa
from pydantic import Field, ValidationError

from fmqa.errors import BadQuestion, DatabaseDamaged, NotFound, Unavailable
from fmqa.store.database import failures, file_of, migrate, open_engine
from fmqa.types import Answer, Record, Turn

SWEEP_SECONDS = 3600.0  # how often a running service deletes expired conversations
LONGEST_TITLE = 120  # characters
_LOG_WAIT_MS = 100  # for readers, when the log is emptied; what they hold up is tried again

TABLES = sa.MetaData()
_conversations = sa.Table(
    "conversations",
    TABLES,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("created", sa.Double, nullable=False),  # seconds since 1970-01-01 UTC
    sa.Column("last_turn", sa.Double, nullable=False, index=True),  # the same; `created` until there is a turn
    sa.Column("owner", sa.String(64), nullable=False, server_default=""),  # name of the key; "" where none is wanted
    sa.Column("title", sa.String(LONGEST_TITLE), nullable=False, server_default=""),  # "": its first question
    sa.Column("pinned", sa.Boolean, nullable=False, server_default=sa.false()),  # whether it does not expire
)
_turns = sa.Table(
    "turns",
    TABLES,
    sa.Column("conversation_id", sa.String(64), sa.ForeignKey("conversations.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),  # 1, 2, 3 … within the conversation
    sa.Column("body", sa.Text, nullable=False),  # a Turn as JSON
    sa.Column("sha256", sa.String(64), nullable=True),  # of the body in its place; none before revision 0003
)
_answers = sa.Table(
    "answers",
    TABLES,
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=True),  # grows with every answer
    sa.Column("id", sa.String(64), nullable=False, unique=True),  # of the turn
    sa.Column("conversation_id", sa.String(64), sa.ForeignKey("conversations.id"), nullable=False, index=True),
    sa.Column("created", sa.Double, nullable=False),
    sa.Column("question", sa.Text, nullable=False),  # as it was asked
    sa.Column("body", sa.Text, nullable=False),  # an Answer as JSON
    sa.Column("sha256", sa.String(64), nullable=True),  # of question and body; none before revision 0003
)
FEEDBACK = sa.Table(  # of fmqa.store.feedback; here because it goes with its conversation
    "feedback",
    TABLES,
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("conversation_id", sa.String(64), nullable=False, index=True),
    sa.Column("created", sa.Double, nullable=False),
    sa.Column("body", sa.Text, nullable=False),  # a Feedback as JSON
)
READINGS = sa.Table(  # of fmqa.store.readings; here because one list of tables makes the database
    "readings",
    TABLES,
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("document_id", sa.String(80), nullable=False, index=True),
    sa.Column("created", sa.Double, nullable=False),
    sa.Column("body", sa.Text, nullable=False),  # a Reading as JSON
)

# The statements of every question are built once: building them costs more than SQLite takes to run them.
_id: sa.BindParameter[str] = sa.bindparam("conversation", type_=sa.String)
_oldest: sa.BindParameter[float] = sa.bindparam("oldest", type_=sa.Double)
_owner: sa.BindParameter[str] = sa.bindparam("whose", type_=sa.String)
_everyone: sa.BindParameter[bool] = sa.bindparam("everyone", type_=sa.Boolean)
_is_ours = sa.and_(
    sa.or_(_conversations.c.last_turn >= _oldest, _conversations.c.pinned.is_(sa.true())),
    sa.or_(_everyone.is_(sa.true()), _conversations.c.owner == _owner),
)
_is_live = sa.and_(_conversations.c.id == _id, _is_ours)
_CREATE = _conversations.insert().values(
    id=_id, created=sa.bindparam("now"), last_turn=sa.bindparam("now"), owner=_owner
)
_TOUCH = _conversations.update().where(_is_live).values(last_turn=sa.bindparam("now"))
_APPEND = _turns.insert().from_select(
    ["conversation_id", "position", "body", "sha256"],
    sa.select(
        _id,
        sa.func.coalesce(sa.func.max(_turns.c.position), 0) + 1,
        sa.bindparam("body", type_=sa.Text),
        sa.bindparam("checksum", type_=sa.String),
    ).where(_turns.c.conversation_id == _id),
)
_TURNS = (  # one row with no body for a conversation that has no turn yet, no row for one that does not exist
    sa.select(_turns.c.body, _turns.c.sha256)
    .select_from(_conversations.outerjoin(_turns))
    .where(_is_live)
    .order_by(_turns.c.position.desc())
    .limit(sa.bindparam("last", type_=sa.Integer))
)
_APPEND_ANSWER = _answers.insert().values(
    id=sa.bindparam("answer"),
    conversation_id=_id,
    created=sa.bindparam("now"),
    question=sa.bindparam("asked"),
    body=sa.bindparam("said"),
    sha256=sa.bindparam("checksum"),
)
_ANSWERS = (
    sa.select(
        _answers.c.created,
        _answers.c.question,
        _answers.c.body,
        _answers.c.id,
        _answers.c.sha256,
        _conversations.c.last_turn,
        _conversations.c.pinned,
    )
    .join_from(_answers, _conversations)
    .where(_is_ours)
    .order_by(_answers.c.position)
)
_LIST = (
    sa.select(
        _conversations.c.id, _conversations.c.created, _conversations.c.last_turn, sa.func.count(_turns.c.position)
    )
    .outerjoin(_turns)
    .where(_is_ours)
    .group_by(*_conversations.c)
    .order_by(_conversations.c.last_turn.desc(), _conversations.c.id)
    .limit(sa.bindparam("limit", type_=sa.Integer))
    .offset(sa.bindparam("offset", type_=sa.Integer))
)
_FIRST_QUESTION = (
    sa.select(_answers.c.question)
    .where(_answers.c.conversation_id == _conversations.c.id)
    .order_by(_answers.c.position)
    .limit(1)
    .scalar_subquery()
)
_HISTORY = (
    sa.select(
        _conversations.c.id,
        _conversations.c.title,
        _FIRST_QUESTION,
        _conversations.c.last_turn,
        _conversations.c.pinned,
        sa.func.count(_turns.c.position),
    )
    .join(_turns)
    .where(_is_ours)
    .group_by(*_conversations.c)
    .order_by(_conversations.c.pinned.desc(), _conversations.c.last_turn.desc(), _conversations.c.id)
    .limit(sa.bindparam("limit", type_=sa.Integer))
)
_EXPIRES = sa.select(_conversations.c.last_turn, _conversations.c.pinned).where(_is_live)
_NO_QUESTION = "Questions whose answers were not kept"
_EVERY_TURN = 2**31 - 1
_DAMAGED_TURN = DatabaseDamaged("a stored turn of this conversation is damaged; delete the conversation")
_DAMAGED_ANSWER = DatabaseDamaged("a stored answer is damaged; delete its conversation")
_UNKNOWN = "there is no such conversation, or it has expired; ask without conversation_id to start one"


class ConversationSummary(Record):
    """A conversation as a list shows it: no word of what was asked."""

    id: str
    created: datetime.datetime
    last_turn: datetime.datetime = Field(description="Time of the last turn; of the creation while there is none.")
    turns: int = Field(ge=0)


class Remembered(Record):
    """A conversation as its own reader finds it again."""

    id: str
    title: str = Field(description="The name that the reader gave it, or else its first question.")
    last_turn: datetime.datetime
    turns: int = Field(ge=1)
    expires: datetime.datetime | None = Field(description="When it is deleted; None: never, it is pinned.")


class StoredAnswer(Record):
    """An answer as it was given, with the question as it was asked."""

    question: str
    created: datetime.datetime
    answer: Answer
    expires: datetime.datetime | None = Field(
        None, description="When it is deleted unless the conversation goes on; None: never, the conversation is pinned."
    )


class _Chores:
    """What is left to do, shared by all views of one database."""

    def __init__(self) -> None:
        self.swept = float("-inf")
        self.sweeping = threading.Lock()
        self.log_holds_deleted = False


class Conversations:
    """The stored conversations. Safe to share between threads, and between processes that open the same URL.

    Example:
        >>> from fmqa.types import Status
        >>> conversations = Conversations("sqlite://")
        >>> conversation_id = conversations.create()
        >>> asked = Turn(id="1", question="What is LDN?", query=None, status=Status.ANSWERED)
        >>> conversations.append(conversation_id, asked)
        >>> [turn.question for turn in conversations.turns(conversation_id)]
        ['What is LDN?']
        >>> conversations.close()
    """

    def __init__(
        self,
        url: str,
        *,
        keep_days: float = 30,
        lock_seconds: float = 5,
        now: Callable[[], datetime.datetime] = lambda: datetime.datetime.now(datetime.UTC),
    ) -> None:
        """Open the database, creating it or bringing its schema up to date where needed.

        Args:
            url: SQLAlchemy URL, e.g. ``sqlite:///fmqa.db``; ``sqlite://`` keeps everything in memory.
            keep_days: Days after its last turn that a conversation can be read; later it counts as unknown.
            lock_seconds: How long a write waits for another process.
            now: The clock, giving aware times.

        Raises:
            Unavailable: The URL is wrong, the file cannot be opened, is damaged or no database, or its schema is of a
                newer fmqa.
        """
        self.engine = open_engine(url, lock_seconds)
        self._writing = self.engine.execution_options(fmqa_write=True)
        self._keep = datetime.timedelta(days=keep_days)
        self._now = now
        self._owner: str | None = None
        self._file = file_of(self.engine)
        self._chores = _Chores()
        try:
            with failures(self.engine):
                migrate(self.engine)
            self._inode = self._file.stat().st_ino if self._file else 0
            self._sweep()
            self._empty_log()  # a process that died may have left deleted words in it
        except Unavailable:
            self.close()
            raise

    def of(self, owner: str | None) -> Self:
        """Return the conversations that belong to one owner; others are unknown there. None: those of everybody."""
        view = copy.copy(self)
        view._owner = owner
        return view

    def create(self) -> str:
        """Store a conversation without a turn and return its id."""
        self._sweep()
        conversation_id = new_id()
        with self._write() as connection:
            connection.execute(_CREATE, {**self._whose(), "conversation": conversation_id, "now": self._seconds()})
        return conversation_id

    def append(self, conversation_id: str, turn: Turn, *, starts: bool = False, answer: Answer | None = None) -> None:
        """Add a turn at the end of a conversation.

        Args:
            conversation_id: Which conversation.
            turn: What was asked, and what became of it.
            answer: What was answered, so that it can be shown again; its id is the turn's.
            starts: Whether this is the first turn of a conversation that is to be stored with it, in one transaction;
                its id is from ``new_id``.

        Raises:
            NotFound: There is no such conversation, or it has expired.
        """
        if starts:
            self._sweep()
        conversation = _storable(conversation_id)
        times = {**self._whose(), "conversation": conversation, "now": self._seconds()}
        body = turn.model_dump_json()  # all of this before others have to wait
        row = {"conversation": conversation, "body": body, "checksum": _checksum(conversation, body)}
        said = answer.model_dump_json() if answer is not None else None
        with self._write() as connection:
            # The update comes first: it locks the row on databases that lock rows, so positions cannot collide.
            if starts:
                connection.execute(_CREATE, times)
            elif connection.execute(_TOUCH, times).rowcount == 0:
                raise NotFound(_UNKNOWN)
            connection.execute(_APPEND, row)
            if said is not None:
                checksum = _checksum(turn.id, turn.question, said)
                told = {"answer": turn.id, "asked": turn.question, "said": said, "checksum": checksum}
                connection.execute(_APPEND_ANSWER, {**times, **told})

    def turns(self, conversation_id: str, last: int | None = None) -> tuple[Turn, ...]:
        """Return the turns of a conversation, oldest first; with ``last``, only that many newest ones.

        Raises:
            NotFound: There is no such conversation, or it has expired.
            DatabaseDamaged: A stored turn is not as it was written.
        """
        wanted = {
            **self._whose(),
            "conversation": _storable(conversation_id),
            "last": _EVERY_TURN if last is None else last,
        }
        with failures(self.engine), self.engine.connect() as connection:
            rows = connection.execute(_TURNS, wanted).all()
        if not rows:
            raise NotFound(_UNKNOWN)
        stored = [(body, checksum) for body, checksum in reversed(rows) if body is not None]
        try:
            if any(checksum not in (None, _checksum(conversation_id, body)) for body, checksum in stored):
                raise _DAMAGED_TURN
            return tuple(Turn.model_validate_json(body) for body, _ in stored)
        except ValidationError:
            # Not chained: pydantic's message quotes the stored text.
            raise _DAMAGED_TURN from None

    def answer(self, answer_id: str) -> StoredAnswer:
        """Return an answer as it was given.

        Raises:
            NotFound: There is no such answer, or its conversation has expired or was deleted.
            Unavailable: It cannot be read.
        """
        found = self._stored(_answers.c.id == _storable(answer_id))
        if not found:
            raise NotFound("there is no such answer, or its conversation has expired or was deleted; ask again")
        return found[0]

    def answers(self, conversation_id: str) -> tuple[StoredAnswer, ...]:
        """Return the answers of a conversation, oldest first; none if it is unknown or its answers were not kept."""
        return self._stored(_answers.c.conversation_id == _storable(conversation_id))

    def every_answer(self) -> tuple[StoredAnswer, ...]:
        """Return all answers, oldest first."""
        return self._stored(sa.true())

    def _stored(self, condition: sa.ColumnElement[bool]) -> tuple[StoredAnswer, ...]:
        with failures(self.engine), self.engine.connect() as connection:
            rows = connection.execute(_ANSWERS.where(condition), self._whose()).all()
        try:
            if any(row.sha256 not in (None, _checksum(row.id, row.question, row.body)) for row in rows):
                raise _DAMAGED_ANSWER
            return tuple(
                StoredAnswer(
                    question=row.question,
                    created=time_of(row.created),
                    answer=Answer.model_validate_json(row.body),
                    expires=self._expires(row.last_turn, row.pinned),
                )
                for row in rows
            )
        except ValidationError:
            # Not chained: pydantic's message quotes the stored text.
            raise _DAMAGED_ANSWER from None

    def delete(self, conversation_id: str) -> None:
        """Delete a conversation for good, with its answers and what was said of them; the words are overwritten.

        Raises:
            NotFound: There is no such conversation, or it has expired.
        """
        with self._write() as connection:
            live = {**self._whose(), "conversation": _storable(conversation_id), "now": self._seconds()}
            if connection.execute(_TOUCH, live).rowcount == 0:
                raise NotFound(_UNKNOWN)
            connection.execute(FEEDBACK.delete().where(FEEDBACK.c.conversation_id == conversation_id))
            _delete(connection, _conversations.c.id == conversation_id)
        self._empty_log()

    def list(self, limit: int = 50, offset: int = 0) -> tuple[ConversationSummary, ...]:
        """Return conversations that have not expired, last used first."""
        with failures(self.engine), self.engine.connect() as connection:
            rows = connection.execute(_LIST, {**self._whose(), "limit": limit, "offset": offset}).all()
        return tuple(
            ConversationSummary(id=row[0], created=time_of(row[1]), last_turn=time_of(row[2]), turns=row[3])
            for row in rows
        )

    def history(self, limit: int = 200) -> tuple[Remembered, ...]:
        """Return the conversations of a reader that have a turn: the pinned ones, then the others, last used first."""
        return self._remembered(_HISTORY, {"limit": limit})

    def remembered(self, conversation_id: str) -> Remembered:
        """Return how a reader finds one conversation again.

        Raises:
            NotFound: There is no such conversation, or it has expired or has no turn yet.
        """
        found = self._remembered(_HISTORY.where(_conversations.c.id == _id), {"conversation": conversation_id})
        if not found:
            raise NotFound(_UNKNOWN)
        return found[0]

    def _remembered(self, wanted: sa.Select[Any], values: dict[str, Any]) -> tuple[Remembered, ...]:
        with failures(self.engine), self.engine.connect() as connection:
            rows = connection.execute(wanted, {**self._whose(), "limit": 1, **values}).all()
        return tuple(
            Remembered(
                id=name,
                title=title or first or _NO_QUESTION,
                last_turn=time_of(last_turn),
                turns=turns,
                expires=self._expires(last_turn, pinned),
            )
            for name, title, first, last_turn, pinned, turns in rows
        )

    def rename(self, conversation_id: str, title: str) -> None:
        """Give a conversation a name; an empty one brings its first question back as its name.

        Raises:
            NotFound: There is no such conversation, or it has expired.
        """
        self._change(conversation_id, title=" ".join(title.split())[:LONGEST_TITLE])

    def pin(self, conversation_id: str, *, pinned: bool) -> None:
        """Keep a conversation with its answers until it is unpinned or deleted, or let it expire again.

        Raises:
            NotFound: There is no such conversation, or it has expired.
        """
        self._change(conversation_id, pinned=pinned)

    def expires(self, conversation_id: str) -> datetime.datetime | None:
        """Return when a conversation is deleted unless it goes on; None: never, it is pinned.

        Raises:
            NotFound: There is no such conversation, or it has expired.
        """
        wanted = {**self._whose(), "conversation": conversation_id}
        with failures(self.engine), self.engine.connect() as connection:
            row = connection.execute(_EXPIRES, wanted).first()
        if row is None:
            raise NotFound(_UNKNOWN)
        return self._expires(*row)

    def expire(self, before: datetime.datetime) -> int:
        """Delete for good what had its last turn before a time and is not pinned; return how many conversations."""
        is_old = sa.and_(_conversations.c.last_turn < before.timestamp(), _conversations.c.pinned.is_(sa.false()))
        with self._write() as connection:
            deleted = _delete(connection, is_old)
        if deleted:
            self._empty_log()
        return deleted

    def check(self) -> None:
        """Return if the database can be read now.

        Raises:
            Unavailable: It cannot.
        """
        self._is_present()
        with failures(self.engine), self.engine.connect() as connection:
            connection.execute(sa.select(_conversations.c.id).limit(1)).first()

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def tidy(self) -> None:
        """Do what is left to do: delete what has expired, and empty the log of deleted words. A service calls it often.

        Raises:
            Unavailable: The database cannot be used now; the next call tries again.
        """
        self._sweep()
        if self._chores.log_holds_deleted:
            self._empty_log()

    @property
    def forgotten(self) -> bool:
        """Whether all words that were deleted have left the disk: not yet, if another process was reading."""
        return not self._chores.log_holds_deleted

    def _change(self, conversation_id: str, **values: object) -> None:
        live = {**self._whose(), "conversation": conversation_id}
        with self._write() as connection:
            if connection.execute(_conversations.update().where(_is_live).values(**values), live).rowcount == 0:
                raise NotFound(_UNKNOWN)

    def _expires(self, last_turn: float, pinned: bool) -> datetime.datetime | None:
        return None if pinned else time_of(last_turn) + self._keep

    def _whose(self) -> dict[str, object]:
        oldest = (self._now() - self._keep).timestamp()
        return {"whose": self._owner or "", "everyone": self._owner is None, "oldest": oldest}

    def _seconds(self) -> float:
        return self._now().timestamp()

    @contextlib.contextmanager
    def _write(self) -> Iterator[sa.Connection]:
        self._is_present()
        with failures(self.engine), self._writing.begin() as connection:
            yield connection

    def _is_present(self) -> None:
        """Refuse to go on with a file that was emptied, deleted or replaced: what is written to it would be lost."""
        if self._file is None:
            return
        try:
            state = self._file.stat()
        except OSError:
            raise DatabaseDamaged(f"the database file {self._file} is gone; restore it and start again") from None
        if not state.st_size or state.st_ino != self._inode:
            raise DatabaseDamaged(f"the database file {self._file} was emptied or replaced while in use; start again")

    def _sweep(self) -> None:
        """Delete what has expired, at most once in SWEEP_SECONDS."""
        now = self._now()
        if now.timestamp() - self._chores.swept < SWEEP_SECONDS or not self._chores.sweeping.acquire(blocking=False):
            return
        try:
            self.expire(now - self._keep)
            self._chores.swept = now.timestamp()
        finally:
            self._chores.sweeping.release()

    def _empty_log(self) -> None:
        """Move SQLite's write-ahead log into the file and cut it off, so that it keeps no deleted words.

        While another process reads, SQLite leaves the log; ``tidy`` tries again until it is empty.
        """
        if self.engine.dialect.name != "sqlite":
            return
        self._chores.log_holds_deleted = True
        with failures(self.engine), contextlib.closing(self.engine.raw_connection()) as connection:
            cursor = connection.cursor()
            ((before,),) = cursor.execute("PRAGMA busy_timeout").fetchall()
            cursor.execute(f"PRAGMA busy_timeout = {_LOG_WAIT_MS}")
            try:
                ((busy, _, _),) = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            finally:
                cursor.execute(f"PRAGMA busy_timeout = {int(before)}")
        self._chores.log_holds_deleted = bool(busy)


def lineage(turns: Sequence[Turn], parent: str | None) -> tuple[Turn, ...]:
    """Return the turns that lead to one, oldest first; with None, to the last one.

    Two windows may go on with one conversation: each has asked after what it shows, and not after what came later.

    Raises:
        BadQuestion: None of the turns is the parent.
    """
    if parent is None:
        parent = turns[-1].id if turns else None
    before = {turn.id: turn.parent or (turns[n - 1].id if n else None) for n, turn in enumerate(turns)}
    if parent is not None and parent not in before:
        raise BadQuestion("the conversation has no turn that this one could go on from; go on from its last one")
    led = set()
    while parent is not None and parent not in led:
        led.add(parent)
        parent = before[parent]
    return tuple(turn for turn in turns if turn.id in led)


def new_id() -> str:
    """Return the id of a new conversation: 32 characters from 24 random bytes, which nobody can guess."""
    return secrets.token_urlsafe(24)


def _storable(name: str) -> str:
    """Return an id as it is, unless it holds what a database refuses and no id of ours has."""
    return name.encode(errors="replace").decode().replace("\0", "?")


def _checksum(*parts: str) -> str:
    """Return the SHA-256 of texts together with their place, so that one in another's place is noticed too."""
    return sha256("\0".join(parts).encode()).hexdigest()


def _delete(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> int:
    ids = sa.select(_conversations.c.id).where(condition)
    connection.execute(ids.with_for_update())  # a turn that is just being added waits, and then finds nothing
    for table in (_turns, _answers):
        connection.execute(table.delete().where(table.c.conversation_id.in_(ids)))
    return connection.execute(_conversations.delete().where(condition)).rowcount


def time_of(seconds: float) -> datetime.datetime:
    """Return the time that the database stores as seconds since 1970-01-01 UTC."""
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)
