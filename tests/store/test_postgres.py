"""PostgreSQL keeps what SQLite keeps, and several processes can serve one conversation from it."""

import contextlib
import datetime
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given, settings
from hypothesis import strategies as st

import postgres
from fmqa.assistant import check_question
from fmqa.errors import BadQuestion, DatabaseBusy, DatabaseDamaged, DatabaseFull, FmqaError, NotFound, Unavailable
from fmqa.settings import Settings
from fmqa.store import database, feedback
from fmqa.store.conversations import TABLES, Conversations
from fmqa.store.feedback import FeedbackKind
from fmqa.types import Answer, Intent, Query, Status, Turn
from samples import answer

START = datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.UTC)
PRIVATE = "Zebrafish takes 4.5 mg of naltrexone at night"


@pytest.fixture
def url(postgres_server: str) -> str:
    return postgres.database(postgres_server)


def turn(name: str, question: str = "What dose?") -> Turn:
    query = Query(text=question, intents=(Intent.DOSE,), interventions=("naltrexone",))
    return Turn(id=name, question=question, query=query, status=Status.ANSWERED, statement_ids=("a#b",))


class Subject:
    """One database under a clock that the test turns; ids are told by their order, as they are random."""

    time = START

    def __init__(self, url: str) -> None:
        self.store = Conversations(url, keep_days=30, now=lambda: self.time)
        self.empty()

    def empty(self) -> None:
        """Begin anew."""
        self.ids: list[str] = []
        with self.store.engine.execution_options(fmqa_write=True).begin() as connection:
            for table in reversed(TABLES.sorted_tables):
                connection.execute(table.delete())

    def do(self, action: str, which: int, text: str, number: int) -> object:
        """Do one thing and return what it gives, in a form that is the same for every database."""
        self.time += datetime.timedelta(seconds=1)  # ids, which are random, never decide an order
        known = self.ids[which % len(self.ids)] if self.ids else "unknown"
        view = self.store.of("a" if number % 2 else None)
        try:
            match action:
                case "create":
                    self.ids.append(view.create())
                    return len(self.ids)
                case "append":
                    given: Answer = answer(conversation_id=known, question=text)
                    view.append(known, turn(f"{number}", text), answer=given if number % 3 else None)
                    return None
                case "turns":
                    return view.turns(known, last=number % 4 or None)
                case "answers":
                    return [each.model_dump(exclude={"answer": {"conversation_id"}}) for each in view.answers(known)]
                case "list":
                    return [(self.ids.index(each.id), each.turns, each.last_turn) for each in view.list(which + 1)]
                case "delete":
                    view.delete(known)
                    return None
                case "feedback":
                    feedback.add(view, f"{number}", FeedbackKind.WRONG, text, now=lambda: self.time)
                    return [each.comment for each in feedback.every(view)]
                case "wait":
                    self.time += datetime.timedelta(days=number)
                    return None
                case _:
                    return view.expire(self.time - datetime.timedelta(days=30))
        except FmqaError as error:
            return type(error)


text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=30)
actions = st.sampled_from(
    [*("create", "append", "append", "append", "turns", "answers"), *("list", "delete", "feedback", "wait", "expire")]
)


@pytest.fixture(scope="module")
def both(postgres_server: str) -> Iterator[tuple[Subject, Subject]]:
    opened = Subject("sqlite://"), Subject(postgres.database(postgres_server))
    yield opened
    for subject in opened:
        subject.store.close()


@settings(max_examples=25)
@given(script=st.lists(st.tuples(actions, st.integers(0, 3), text, st.integers(1, 20)), min_size=4, max_size=30))
def test_any_use_gives_what_it_gives_on_sqlite(
    script: list[tuple[str, int, str, int]], both: tuple[Subject, Subject]
) -> None:
    for subject in both:
        subject.empty()
    for step in [("create", 0, "", 1), ("create", 0, "", 2), *script]:
        on_sqlite, on_postgres = (subject.do(*step) for subject in both)
        assert on_postgres == on_sqlite, step


def test_every_thread_and_process_sees_every_turn_once_and_in_order(url: str) -> None:
    stores = [Conversations(url) for _ in range(3)]
    conversation_id = stores[0].create()
    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(stores[n % 3].append, conversation_id, turn(str(n))) for n in range(60)]:
            done.result()
    found = [each.turns(conversation_id) for each in stores]
    assert found[0] == found[1] == found[2]
    assert sorted(int(each.id) for each in found[0]) == list(range(60))
    for store in stores:
        store.close()


def test_a_turn_that_is_added_while_its_conversation_is_deleted_is_refused_or_deleted(url: str) -> None:
    store, other = Conversations(url), Conversations(url)
    for _ in range(15):
        conversation_id = store.create()
        store.append(conversation_id, turn("1"))
        start = threading.Barrier(2)

        def delete(which: str = conversation_id, start: threading.Barrier = start) -> None:
            start.wait()
            other.delete(which)

        thread = threading.Thread(target=delete)
        thread.start()
        start.wait()
        with contextlib.suppress(NotFound):
            store.append(conversation_id, turn("2"))
        thread.join()
        with pytest.raises(NotFound):
            store.turns(conversation_id)
    with store.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM turns")).scalar_one() == 0
    for each in (store, other):
        each.close()


def test_processes_that_start_at_once_migrate_an_empty_database_once(url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _: Conversations(url), range(4)))
    assert {database.revision(store.engine) for store in stores} == {database.SCHEMA}
    for store in stores:
        store.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_migrations_lead_there_and_back(kind: str, url: str, tmp_path: object) -> None:
    store = Conversations(f"sqlite:///{tmp_path}/c.db" if kind == "sqlite" else url)
    conversation_id = store.create()
    store.append(conversation_id, turn("1"), answer=answer(conversation_id=conversation_id))
    engine = store.engine
    with pytest.raises(NotFound, match="choose one of 0001, 0002, 0003"):
        database.migrate(engine, "0099")
    for step in ("0002", "0001", "0002", database.SCHEMA):
        database.migrate(engine, step)
        assert database.revision(engine) == step
    assert store.turns(conversation_id) == (turn("1"),)  # what revision 0001 knew is there
    assert store.answers(conversation_id) == ()
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), TABLES) == []
    store.close()


def test_a_schema_of_a_newer_fmqa_is_refused(url: str) -> None:
    store = Conversations(url)
    with store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    with pytest.raises(Unavailable, match="written by a newer fmqa"):
        Conversations(url)


def test_what_is_wrong_is_told_without_words_or_password(url: str) -> None:
    store = Conversations(url, lock_seconds=0.05)
    conversation_id = store.create()
    with store.engine.connect() as connection:  # another process holds the row
        connection.execute(sa.text("SELECT 1 FROM conversations FOR UPDATE"))
        with pytest.raises(DatabaseBusy) as busy:
            store.append(conversation_id, turn("1", PRIVATE))
    with store.engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE answers"))
    with pytest.raises(DatabaseDamaged) as damaged:
        store.append(conversation_id, turn("1", PRIVATE), answer=answer(conversation_id=conversation_id))
    assert store.turns(conversation_id) == ()  # all of it or nothing
    store.close()
    with pytest.raises(Unavailable) as away:
        Conversations(f"{url.rsplit('/', 1)[0]}/nowhere")
    for told in (busy, damaged, away):
        assert "hidden" not in str(told.value)
        assert PRIVATE not in "".join(map(str, (told.value, told.value.__cause__)))


def test_a_full_disk_is_told_as_one(url: str) -> None:
    store = Conversations(url)
    full = "DO $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = '53100'; END $$"
    with pytest.raises(DatabaseFull, match="make room"), database.failures(store.engine), store.engine.begin() as used:
        used.execute(sa.text(full))
    store.close()


def test_a_dump_brings_everything_back_elsewhere(url: str, postgres_server: str, tmp_path: Path) -> None:
    store, elsewhere = Conversations(url), postgres.database(postgres_server)
    conversation_id = store.create()
    store.append(conversation_id, turn("1"), answer=answer(conversation_id=conversation_id))
    feedback.add(store, "1", FeedbackKind.HELPFUL, "")
    for name, options, place in (("pg_dump", ["-Fc", "-f"], url), ("pg_restore", ["-d"], elsewhere)):
        address = place.replace("+psycopg", "")
        files = [str(tmp_path / "dump"), address] if name == "pg_dump" else [address, str(tmp_path / "dump")]
        subprocess.run([str(postgres.program(name)), *options, *files], check=True, capture_output=True)
    restored = Conversations(elsewhere)
    assert restored.turns(conversation_id) == store.turns(conversation_id)
    assert restored.answers(conversation_id) == store.answers(conversation_id)
    assert list(feedback.every(restored)) == list(feedback.every(store))
    restored.append(conversation_id, turn("2"), answer=answer(conversation_id=conversation_id))  # numbers go on
    for each in (store, restored):
        each.close()


def test_an_id_that_no_database_takes_is_unknown(url: str) -> None:
    store = Conversations(url)
    for name in ("a\0b", "\ud800"):
        for action in (store.turns, store.delete, store.answer, lambda n: store.append(n, turn("1"))):
            with pytest.raises(NotFound):
                action(name)
        assert store.answers(name) == ()
    store.close()


def test_a_question_that_the_database_cannot_hold_is_refused_before_it_is_asked() -> None:
    with pytest.raises(BadQuestion, match="not valid text"):
        check_question("What dose\0?", Settings())


def test_a_server_that_is_away_for_a_moment_costs_no_start(url: str, postgres_server: str) -> None:
    store = Conversations(url)
    conversation_id = store.create()
    engine = sa.create_engine(f"{postgres_server}postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:  # as a restart of the server does
        connection.execute(
            sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"),
            {"name": url.rsplit("/", 1)[1]},
        )
    engine.dispose()
    assert store.turns(conversation_id) == ()
    store.close()
