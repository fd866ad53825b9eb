"""Conversations: kept across restarts, shared by threads and processes, forgotten for good."""

import datetime
import os
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.errors import BadQuestion, DatabaseBusy, DatabaseDamaged, DatabaseFull, NotFound, Unavailable
from fmqa.store import database
from fmqa.store.conversations import TABLES, Conversations, lineage, new_id
from fmqa.types import Intent, Query, Status, Turn
from samples import answer

START = datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.UTC)
PRIVATE = "Zebrafish takes 4.5 mg of naltrexone at night"


class Clock:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime.datetime:
        return self.time

    def forward(self, **span: float) -> None:
        self.time += datetime.timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "conversations.db"


@pytest.fixture
def conversations(path: Path, clock: Clock) -> Iterator[Conversations]:
    opened = Conversations(f"sqlite:///{path}", keep_days=30, now=clock)
    yield opened
    opened.close()


def turn(number: int | str, question: str = "What dose?") -> Turn:
    query = Query(text=question, intents=(Intent.DOSE,), interventions=("naltrexone",))
    return Turn(id=str(number), question=question, query=query, status=Status.ANSWERED, statement_ids=("a#b",))


def bytes_on_disk(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(path.parent.glob(path.name + "*")))


def test_turns_come_back_in_order_and_whole(conversations: Conversations) -> None:
    conversation_id = conversations.create()
    turns = tuple(turn(n) for n in range(12))
    for each in turns:
        conversations.append(conversation_id, each)
    assert conversations.turns(conversation_id) == turns
    assert conversations.turns(conversation_id, last=3) == turns[-3:]


def test_an_answer_comes_back_as_it_was_given_with_its_question(conversations: Conversations, clock: Clock) -> None:
    conversation_id = new_id()
    first, second = (answer(conversation_id=conversation_id, question=f"What of {n}?") for n in "ab")
    conversations.append(conversation_id, turn("a", "of a?"), starts=True, answer=first)
    clock.forward(hours=1)
    conversations.append(conversation_id, turn("b", "of b?"), answer=second)
    stored = conversations.answer("b")
    assert (stored.answer, stored.question, stored.created) == (second, "of b?", clock.time)
    assert [each.answer for each in conversations.answers(conversation_id)] == [first, second]
    with pytest.raises(NotFound):
        conversations.answer("c")
    assert conversations.answers("nothing") == ()


def test_an_answer_expires_and_is_deleted_with_its_conversation(
    conversations: Conversations, clock: Clock, path: Path
) -> None:
    conversation_id = new_id()
    given = answer(conversation_id=conversation_id, question=PRIVATE)
    conversations.append(conversation_id, turn("a", PRIVATE), starts=True, answer=given)
    assert PRIVATE.encode() in bytes_on_disk(path)
    clock.forward(days=31)
    with pytest.raises(NotFound):
        conversations.answer("a")
    assert conversations.expire(clock.time - datetime.timedelta(days=30)) == 1
    assert PRIVATE.encode() not in bytes_on_disk(path)


def test_a_database_without_answers_gets_their_table_and_keeps_its_turns(path: Path, clock: Clock) -> None:
    conversations = Conversations(f"sqlite:///{path}", now=clock)
    conversation_id = conversations.create()
    conversations.append(conversation_id, turn("a"))
    conversations.close()
    with sqlite3.connect(path) as connection:  # as the first revision left it
        connection.executescript(
            "DROP TABLE answers; DROP TABLE feedback; DROP TABLE readings; "
            "ALTER TABLE conversations DROP COLUMN owner; ALTER TABLE conversations DROP COLUMN title; "
            "ALTER TABLE conversations DROP COLUMN pinned; ALTER TABLE turns DROP COLUMN sha256; "
            "UPDATE alembic_version SET version_num = '0001'"
        )
    connection.close()
    conversations = Conversations(f"sqlite:///{path}", now=clock)
    assert conversations.turns(conversation_id) == (turn("a"),)
    assert conversations.answers(conversation_id) == ()
    conversations.close()


def test_a_first_turn_is_stored_together_with_its_conversation(conversations: Conversations) -> None:
    conversation_id = new_id()
    with pytest.raises(NotFound):
        conversations.append(conversation_id, turn(1))
    conversations.append(conversation_id, turn(1), starts=True)
    conversations.append(conversation_id, turn(2))
    assert conversations.turns(conversation_id) == (turn(1), turn(2))


def test_a_new_conversation_has_no_turn(conversations: Conversations) -> None:
    assert conversations.turns(conversations.create()) == ()


@given(question=st.text(min_size=1, max_size=300))
def test_any_question_survives_storage(question: str) -> None:
    conversations = Conversations("sqlite://")
    conversation_id = conversations.create()
    conversations.append(conversation_id, turn(1, question))
    assert conversations.turns(conversation_id)[0].question == question
    conversations.close()


def test_conversations_do_not_mix(conversations: Conversations) -> None:
    one, other = conversations.create(), conversations.create()
    conversations.append(one, turn("in one"))
    conversations.append(other, turn("in the other"))
    assert [t.id for t in conversations.turns(one)] == ["in one"]
    assert [t.id for t in conversations.turns(other)] == ["in the other"]


def test_ids_are_long_and_never_repeat(conversations: Conversations) -> None:
    ids = {conversations.create() for _ in range(50)}
    assert len(ids) == 50
    assert all(len(each) == 32 for each in ids)


def test_conversations_survive_closing_and_opening(path: Path) -> None:
    first = Conversations(f"sqlite:///{path}")
    conversation_id = first.create()
    first.append(conversation_id, turn(1))
    first.close()
    second = Conversations(f"sqlite:///{path}")
    assert [t.id for t in second.turns(conversation_id)] == ["1"]
    second.close()


def test_an_unknown_conversation_is_not_found(conversations: Conversations) -> None:
    for action in (
        lambda: conversations.turns("no-such"),
        lambda: conversations.append("no-such", turn(1)),
        lambda: conversations.delete("no-such"),
    ):
        with pytest.raises(NotFound):
            action()


def test_an_expired_conversation_counts_as_unknown(conversations: Conversations, clock: Clock) -> None:
    conversation_id = conversations.create()
    conversations.append(conversation_id, turn(1))
    clock.forward(days=29)
    conversations.append(conversation_id, turn(2))
    clock.forward(days=29)
    assert len(conversations.turns(conversation_id)) == 2  # the days count from the last turn
    clock.forward(days=2)
    assert conversations.list() == ()
    for action in (
        lambda: conversations.turns(conversation_id),
        lambda: conversations.append(conversation_id, turn(3)),
        lambda: conversations.delete(conversation_id),
    ):
        with pytest.raises(NotFound):
            action()


def test_expired_words_leave_the_disk_when_the_next_conversation_starts(
    conversations: Conversations, clock: Clock, path: Path
) -> None:
    conversations.append(conversations.create(), turn(1, PRIVATE))
    clock.forward(days=31)
    conversations.create()
    assert PRIVATE.encode() not in bytes_on_disk(path)


def test_expire_deletes_older_conversations_only(conversations: Conversations, clock: Clock) -> None:
    old = conversations.create()
    clock.forward(hours=1)
    young = conversations.create()
    assert conversations.expire(clock.time) == 1
    assert [each.id for each in conversations.list()] == [young]
    with pytest.raises(NotFound):
        conversations.turns(old)


def test_what_is_pinned_does_not_expire_until_it_is_unpinned(conversations: Conversations, clock: Clock) -> None:
    kept = conversations.create()
    conversations.append(kept, turn("a"))
    assert conversations.expires(kept) == clock.time + datetime.timedelta(days=30)
    conversations.pin(kept, pinned=True)
    clock.forward(days=400)
    conversations.create()
    assert conversations.turns(kept) == (turn("a"),)
    assert conversations.expires(kept) is None
    assert conversations.expire(clock.time) == 0
    conversations.pin(kept, pinned=False)
    with pytest.raises(NotFound):
        conversations.turns(kept)


def test_the_history_names_each_conversation_by_its_first_question_or_its_name(
    conversations: Conversations, clock: Clock
) -> None:
    first, second = conversations.create(), conversations.create()
    conversations.append(first, turn("a"), answer=answer())
    clock.forward(hours=1)
    conversations.append(second, turn("b", "Which dose?"), answer=answer())
    conversations.create()  # nothing was asked in it
    assert [(each.id, each.title, each.turns) for each in conversations.history()] == [
        (second, "Which dose?", 1),
        (first, turn("a").question, 1),
    ]
    conversations.rename(first, "  Ward  round ")
    conversations.pin(first, pinned=True)
    pinned = conversations.history()[0]
    assert (pinned.id, pinned.title, pinned.expires) == (first, "Ward round", None)
    conversations.rename(first, "")
    assert conversations.history()[0].title == turn("a").question
    with pytest.raises(NotFound):
        conversations.of("somebody").rename(first, "theirs")
    assert conversations.of("somebody").history() == ()


def test_the_turns_of_two_windows_do_not_mix() -> None:
    a, b, c = turn("a"), turn("b"), turn("c")
    assert lineage((a, b), None) == (a, b)
    assert lineage((a, b), "a") == (a,)
    after_a = c.model_copy(update={"parent": "a"})
    assert lineage((a, b, after_a), "c") == (a, after_a)
    assert lineage((a, b, after_a), None) == (a, after_a)
    assert lineage((a, b, after_a), "b") == (a, b)
    assert lineage((), None) == ()
    with pytest.raises(BadQuestion, match="no turn"):
        lineage((a, b), "x")


def test_deleted_words_leave_the_disk(conversations: Conversations, path: Path) -> None:
    conversation_id = conversations.create()
    for number in range(40):
        conversations.append(conversation_id, turn(number, PRIVATE * 5))
    kept = conversations.create()
    conversations.append(kept, turn(1))
    assert PRIVATE.encode() in bytes_on_disk(path)
    conversations.delete(conversation_id)
    assert PRIVATE.encode() not in bytes_on_disk(path)
    assert len(conversations.turns(kept)) == 1


def test_the_list_shows_times_and_counts_but_no_words(conversations: Conversations, clock: Clock) -> None:
    first = conversations.create()
    clock.forward(minutes=1)
    second = conversations.create()
    clock.forward(minutes=1)
    conversations.append(first, turn(1, PRIVATE))
    listed = conversations.list()
    assert [(each.id, each.turns) for each in listed] == [(first, 1), (second, 0)]  # last used first
    assert listed[0].created == START
    assert listed[0].last_turn == START + datetime.timedelta(minutes=2)
    assert "Zebrafish" not in repr(listed)
    assert [each.id for each in conversations.list(limit=1, offset=1)] == [second]


def test_the_file_is_for_its_owner_only(conversations: Conversations, path: Path) -> None:
    conversations.create()
    for file in path.parent.glob(path.name + "*"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


def test_threads_lose_no_turn(conversations: Conversations) -> None:
    conversation_id = conversations.create()
    failures: list[BaseException] = []

    def write(name: int) -> None:
        try:
            for number in range(15):
                conversations.append(conversation_id, turn(f"{name}.{number}"))
                conversations.turns(conversation_id)
        except BaseException as failure:  # handed to the test's own thread
            failures.append(failure)

    threads = [threading.Thread(target=write, args=(name,)) for name in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert failures == []
    found = [t.id for t in conversations.turns(conversation_id)]
    assert len(found) == 60
    for name in range(4):  # each thread's turns are in its order
        assert [each for each in found if each.startswith(f"{name}.")] == [f"{name}.{n}" for n in range(15)]


DIES_AFTER_DELETING = """
import os, sqlite3, sys
from fmqa.store.conversations import Conversations
from fmqa.types import Status, Turn
path, words = sys.argv[1:]
conversations = Conversations(f"sqlite:///{path}")
name = conversations.create()
conversations.append(name, Turn(id="1", question=words, query=None, status=Status.ANSWERED))
reader = sqlite3.connect(path, isolation_level=None)
reader.execute("BEGIN")
reader.execute("SELECT count(*) FROM turns").fetchone()
conversations.delete(name)
os._exit(0)
"""
WRITER = """
import sys
from fmqa.store.conversations import Conversations
from fmqa.types import Status, Turn
url, conversation_id, name = sys.argv[1:]
conversations = Conversations(url)
sys.stdin.readline()
if not conversation_id:
    conversation_id = conversations.create()
for number in range(40):
    turn = Turn(id=f"{name}.{number}", question="q", query=None, status=Status.ANSWERED)
    conversations.append(conversation_id, turn)
conversations.close()
"""


def run_writers(url: str, conversation_id: str) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, url, conversation_id, name], stdin=subprocess.PIPE)
        for name in ("a", "b")
    ]
    for writer in writers:
        writer.communicate(b"go\n", timeout=60)
        assert writer.returncode == 0


def test_two_processes_lose_no_turn(conversations: Conversations, path: Path) -> None:
    conversation_id = conversations.create()
    run_writers(f"sqlite:///{path}", conversation_id)
    assert len(conversations.turns(conversation_id)) == 80


def test_two_processes_can_create_the_same_database(path: Path) -> None:
    run_writers(f"sqlite:///{path}", "")
    conversations = Conversations(f"sqlite:///{path}")
    assert [each.turns for each in conversations.list()] == [40, 40]
    conversations.close()


def test_the_migrations_make_the_tables_that_the_code_uses(path: Path) -> None:
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415
    from alembic.migration import MigrationContext  # noqa: PLC0415
    from sqlalchemy import create_engine  # noqa: PLC0415

    Conversations(f"sqlite:///{path}").close()
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert context.get_current_revision() == database.SCHEMA
        assert compare_metadata(context, TABLES) == []
    engine.dispose()


def test_a_file_that_was_emptied_is_damage_and_left_alone(path: Path) -> None:
    conversations = Conversations(f"sqlite:///{path}")
    conversation_id = conversations.create()
    os.truncate(path, 0)
    for action in (
        conversations.check,
        lambda: conversations.append(conversation_id, turn(1)),
        lambda: Conversations(f"sqlite:///{path}"),
    ):
        with pytest.raises(DatabaseDamaged, match="emptied"):
            action()
    conversations.close()
    path.unlink()
    Conversations(f"sqlite:///{path}").close()


def test_a_file_that_is_taken_away_or_replaced_is_noticed_before_anything_is_written_to_it(path: Path) -> None:
    conversations = Conversations(f"sqlite:///{path}")
    conversation_id = conversations.create()
    path.rename(path.with_name("elsewhere.db"))
    with pytest.raises(DatabaseDamaged, match="gone"):
        conversations.append(conversation_id, turn(1))
    Conversations(f"sqlite:///{path}").close()
    with pytest.raises(DatabaseDamaged, match="replaced"):
        conversations.append(conversation_id, turn(1))
    conversations.close()


def test_a_new_database_never_appears_without_its_tables(path: Path) -> None:
    """However early a process is killed, the file is not there or has its schema."""
    code = f"from fmqa.store.conversations import Conversations; Conversations('sqlite:///{path}')"
    for milliseconds in range(0, 1500, 100):
        process = subprocess.Popen([sys.executable, "-c", code])
        time.sleep(milliseconds / 1000)
        process.kill()
        process.wait()
        if path.exists():
            with sqlite3.connect(path) as connection:
                assert connection.execute("SELECT count(*) FROM conversations").fetchone() == (0,)
            connection.close()
            for file in path.parent.glob(f"{path.name}*"):
                file.unlink()
    Conversations(f"sqlite:///{path}").close()


def test_conversations_belong_to_their_owner(conversations: Conversations) -> None:
    ours, theirs = conversations.of("ward-3"), conversations.of("ward-4")
    conversation_id = ours.create()
    ours.append(conversation_id, turn("a"), answer=answer(conversation_id=conversation_id))
    for action in (
        lambda: theirs.turns(conversation_id),
        lambda: theirs.append(conversation_id, turn("b")),
        lambda: theirs.delete(conversation_id),
        lambda: theirs.answer("a"),
        lambda: conversations.of("").turns(conversation_id),
    ):
        with pytest.raises(NotFound):
            action()
    assert theirs.answers(conversation_id) == ()
    assert theirs.list() == ()
    assert [each.id for each in ours.list()] == [each.id for each in conversations.list()] == [conversation_id]
    conversations.of(None).delete(conversation_id)
    assert ours.list() == ()


def test_words_deleted_beside_an_open_reader_leave_the_disk_as_soon_as_it_is_done(
    conversations: Conversations, path: Path
) -> None:
    conversation_id = conversations.create()
    conversations.append(conversation_id, turn(1, PRIVATE))
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM turns").fetchone()
    conversations.delete(conversation_id)
    assert not conversations.forgotten
    assert PRIVATE.encode() in bytes_on_disk(path)
    conversations.tidy()
    assert not conversations.forgotten
    reader.execute("COMMIT")
    conversations.tidy()
    assert conversations.forgotten
    assert PRIVATE.encode() not in bytes_on_disk(path)
    reader.close()


def test_a_start_empties_a_log_that_a_process_that_died_left(path: Path) -> None:
    subprocess.run([sys.executable, "-c", DIES_AFTER_DELETING, str(path), PRIVATE], check=True)
    assert PRIVATE.encode() in bytes_on_disk(path)
    opened = Conversations(f"sqlite:///{path}")
    assert PRIVATE.encode() not in bytes_on_disk(path)
    opened.close()


def test_expired_words_leave_the_disk_though_nobody_asks(
    conversations: Conversations, clock: Clock, path: Path
) -> None:
    conversations.append(conversations.create(), turn(1, PRIVATE))
    clock.forward(days=31)
    conversations.tidy()
    assert PRIVATE.encode() not in bytes_on_disk(path)


def test_busy_full_and_damaged_are_three_things(path: Path) -> None:
    conversations = Conversations(f"sqlite:///{path}", lock_seconds=0.05)
    conversation_id = conversations.create()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseBusy):
        conversations.append(conversation_id, turn(1))
    other.execute("ROLLBACK")
    other.close()
    with conversations.engine.connect() as opened:
        pages = opened.exec_driver_sql("PRAGMA page_count").scalar_one()
        opened.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(DatabaseFull):
        conversations.append(conversation_id, turn(1, PRIVATE * 2000))
    assert conversations.turns(conversation_id) == ()  # what was there is whole
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE answers")
    connection.close()
    with pytest.raises(DatabaseDamaged):
        conversations.answer("a")
    conversations.close()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE turns SET body = replace(body, '4.5 mg', '45. mg')",
        "UPDATE turns SET conversation_id = (SELECT id FROM conversations WHERE id != conversation_id)",
        "UPDATE answers SET body = replace(body, 'recommends', 'recommended')",
        "UPDATE answers SET question = 'What of b?'",
    ],
)
def test_an_altered_turn_is_noticed_though_it_can_be_read(
    conversations: Conversations, path: Path, change: str
) -> None:
    one, other = conversations.create(), conversations.create()
    conversations.append(one, turn("a", PRIVATE), answer=answer(conversation_id=one))
    with sqlite3.connect(path) as connection:
        assert connection.execute(change).rowcount == 1
    connection.close()
    caught = []
    for read in (
        lambda: conversations.turns(one),
        lambda: conversations.turns(other),
        lambda: conversations.answer("a"),
    ):
        try:
            read()
        except DatabaseDamaged as damaged:
            caught.append(str(damaged))
    assert len(caught) == 1
    assert "Zebrafish" not in caught[0]


def test_bytes_that_are_no_text_are_damage_and_are_not_quoted(conversations: Conversations, path: Path) -> None:
    """The driver's own message quotes what it cannot decode."""
    conversation_id = conversations.create()
    conversations.append(conversation_id, turn("a", PRIVATE))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE turns SET body = CAST(CAST(body AS BLOB) || X'CE' AS TEXT)")
    connection.close()
    with pytest.raises(DatabaseDamaged, match="no text") as caught:
        conversations.turns(conversation_id)
    assert "Zebrafish" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_turns_from_before_there_were_checksums_are_read(conversations: Conversations, path: Path) -> None:
    conversation_id = conversations.create()
    conversations.append(conversation_id, turn("a"))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE turns SET sha256 = NULL")
    connection.close()
    assert conversations.turns(conversation_id) == (turn("a"),)


def test_a_newer_schema_is_refused_and_left_alone(path: Path) -> None:
    Conversations(f"sqlite:///{path}").close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(Unavailable, match="schema 9999, this fmqa knows up to"):
        Conversations(f"sqlite:///{path}")


def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path) -> None:
    path.write_bytes(b"these are not the bytes of a database" * 50)
    before = path.read_bytes()
    with pytest.raises(Unavailable, match="not a database"):
        Conversations(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_a_damaged_database_gives_a_clear_error(path: Path) -> None:
    conversations = Conversations(f"sqlite:///{path}")
    conversation_id = conversations.create()
    for number in range(200):
        conversations.append(conversation_id, turn(number, PRIVATE))
    conversations.close()
    content = bytearray(path.read_bytes())
    content[4096 * 3 :] = b"\xff" * (len(content) - 4096 * 3)
    path.write_bytes(content)
    with pytest.raises(Unavailable, match="malformed") as caught:
        Conversations(f"sqlite:///{path}")
    assert "Zebrafish" not in str(caught.value)


def test_a_damaged_turn_is_reported_without_its_words(conversations: Conversations, path: Path) -> None:
    conversation_id = conversations.create()
    conversations.append(conversation_id, turn(1, PRIVATE))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE turns SET body = replace(body, 'answered', 'shrugged')")
    connection.close()
    with pytest.raises(Unavailable) as caught:
        conversations.turns(conversation_id)
    assert "Zebrafish" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_locked_database_is_unavailable_not_lost(path: Path) -> None:
    conversations = Conversations(f"sqlite:///{path}", lock_seconds=0.05)
    conversation_id = conversations.create()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="locked"):
        conversations.append(conversation_id, turn(1, PRIVATE))
    assert conversations.turns(conversation_id) == ()  # reading goes on
    other.execute("ROLLBACK")
    other.close()
    conversations.append(conversation_id, turn(1))
    assert len(conversations.turns(conversation_id)) == 1
    conversations.close()


def test_check_notices_a_lost_table(conversations: Conversations, path: Path) -> None:
    conversations.check()
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE turns")
        connection.execute("DROP TABLE conversations")
    connection.close()
    with pytest.raises(Unavailable, match="no such table"):
        conversations.check()


@pytest.mark.parametrize("url", ["", "fmqa.db", "nosuchdatabase://host/name", "sqlite+nodriver:///x.db"])
def test_a_wrong_url_names_the_setting(url: str) -> None:
    with pytest.raises(Unavailable, match="FMQA_DATABASE"):
        Conversations(url)


def test_a_place_that_cannot_be_written_names_the_setting(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match="FMQA_DATABASE"):
        Conversations(f"sqlite:///{tmp_path}/file/fmqa.db")


def test_a_password_in_the_url_is_never_shown() -> None:
    with pytest.raises(Unavailable) as caught:
        Conversations("nosuchdatabase://user:opensesame@host/name")
    assert "opensesame" not in str(caught.value)
