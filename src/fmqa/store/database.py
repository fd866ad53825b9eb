"""The database itself: engine, locking, privacy of an SQLite file, and the numbered migrations.

Questions may be patient data. So a new SQLite file can be read by its owner only, deleted rows are overwritten, and
statement parameters never reach an error message. A PostgreSQL server keeps deleted rows until it vacuums, and in its
log and copies as long as these are kept: that is its operator's to set.
"""

import contextlib
import os
import secrets
import sqlite3
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from fmqa import files
from fmqa.errors import DatabaseBusy, DatabaseDamaged, DatabaseFull, NotFound, Unavailable

SCHEMA = "0004"  # the newest revision in migrations/versions
_SWITCH_S = 5  # that another process may take to switch a new file to write-ahead logging
_MIGRATIONS = Path(__file__).parent / "migrations"
# By SQLite's primary result codes; what has no place here is Unavailable.
_CAUSES: dict[int, type[Unavailable]] = {
    sqlite3.SQLITE_BUSY: DatabaseBusy,
    sqlite3.SQLITE_LOCKED: DatabaseBusy,
    sqlite3.SQLITE_FULL: DatabaseFull,
    sqlite3.SQLITE_CORRUPT: DatabaseDamaged,
    sqlite3.SQLITE_NOTADB: DatabaseDamaged,
    sqlite3.SQLITE_ERROR: DatabaseDamaged,  # our statements are right, so a table or column is gone
}
# By PostgreSQL's error codes, or the two characters of their class.
_SERVER_CAUSES: dict[str, type[Unavailable]] = {
    "40": DatabaseBusy,  # serialisation, deadlock
    "53100": DatabaseFull,
    "53": DatabaseBusy,  # too many connections, out of memory
    "55P03": DatabaseBusy,  # lock timeout
    "57014": DatabaseBusy,  # statement timeout
    "42P01": DatabaseDamaged,  # our statements are right, so a table or column is gone
    "42703": DatabaseDamaged,
    "XX": DatabaseDamaged,
}
_SERVER_WAIT_S = 5  # to be connected
_MIGRATING = 0x666D7161  # number of the lock that one process migrates under
_WHAT_TO_DO: dict[type[Unavailable], str] = {
    DatabaseBusy: "another process is writing; try again",
    DatabaseFull: "make room on its disk; what is stored is whole",
    DatabaseDamaged: "restore it from a copy, or move it away to start anew",
    Unavailable: "look whether its server runs, and at its disk and its permissions",
}


def open_engine(url: str, lock_seconds: float) -> sa.Engine:
    """Return an engine for a URL, without a connection yet.

    Args:
        url: SQLAlchemy URL.
        lock_seconds: How long a write waits for another process.

    Raises:
        Unavailable: The URL is wrong, its driver is missing, or the file cannot be created.
    """
    try:
        parsed = sa.make_url(url)
        # Parameters hold questions, and SQLAlchemy would quote them in its errors.
        options: dict[str, Any] = {"hide_parameters": True, "pool_pre_ping": parsed.get_backend_name() != "sqlite"}
        if parsed.get_backend_name() == "sqlite":
            options["connect_args"] = {"timeout": lock_seconds, "check_same_thread": False}
            options["poolclass"] = sa.QueuePool
            if parsed.database in (None, "", ":memory:"):  # each connection would have a database of its own
                options |= {"pool_size": 1, "max_overflow": 0}
        if parsed.get_backend_name() == "postgresql" and "connect_timeout" not in parsed.query:
            options["connect_args"] = {"connect_timeout": _SERVER_WAIT_S}
        engine = sa.create_engine(parsed, **options)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        # Not chained: the message may quote the URL with its password.
        raise Unavailable(
            f"the database URL cannot be used ({type(error).__name__}); set FMQA_DATABASE to an SQLAlchemy URL "
            "whose driver is installed, e.g. sqlite:////var/lib/fmqa/fmqa.db, or, with pip install 'fmqa[postgres]', "
            "postgresql+psycopg://user@host/fmqa"
        ) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        file = file_of(engine)
        if file is not None:
            _find_or_create(file, lock_seconds)
    if engine.dialect.name == "postgresql":
        event.listen(engine, "connect", partial(_set_up_postgresql, lock_seconds))
    return engine


@contextlib.contextmanager
def opened(url: str, lock_seconds: float = 5) -> Iterator[sa.Engine]:
    """Open a database as it is, for whoever looks after it, and close it.

    Raises:
        Unavailable: As ``open_engine``; also for what goes wrong while it is open.
    """
    engine = open_engine(url, lock_seconds)
    try:
        with failures(engine):
            yield engine
    finally:
        engine.dispose()


def file_of(engine: sa.Engine) -> Path | None:
    """Return the file of an SQLite database; None if it is in memory or another kind of database."""
    name = engine.url.database
    if engine.dialect.name != "sqlite" or name in (None, "", ":memory:"):
        return None
    return Path(str(name))


def _find_or_create(path: Path, lock_seconds: float) -> None:
    """Create a database that only its owner can read, with all its tables or not at all; keep one that is there.

    Because it never appears empty, an empty file is one that was emptied. SQLite gives its log files the same mode.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            beside = path.with_name(f".{path.name}.new-{secrets.token_hex(8)}")
            os.close(os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            try:
                _fill(beside, lock_seconds)
                with contextlib.suppress(FileExistsError):  # another process was faster
                    os.link(beside, path)
            finally:
                for left in path.parent.glob(f"{beside.name}*"):
                    left.unlink()
            files.sync_folder(path.parent)
        with path.open("r+b"):
            pass
    except OSError as error:
        raise Unavailable(
            f"the database file {path} cannot be opened ({error.strerror}); set FMQA_DATABASE to a place you can write"
        ) from error
    if not path.stat().st_size:
        raise DatabaseDamaged(
            f"the database file {path} is empty; it was emptied after it was made: restore it from a copy, or delete "
            "it to start anew"
        )


def _fill(path: Path, lock_seconds: float) -> None:
    url = sa.URL.create("sqlite", database=str(path))
    engine = sa.create_engine(url, connect_args={"timeout": lock_seconds}, hide_parameters=True)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    try:
        with failures(engine):
            migrate(engine)
    finally:
        engine.dispose()


def _set_up_sqlite(connection: Any, record: object) -> None:
    del record
    connection.isolation_level = None  # the driver leaves transactions to _begin_sqlite
    cursor = connection.cursor()
    _use_wal(cursor)
    for pragma in (
        "synchronous = FULL",  # what was said to be stored, or to be deleted, is so after a power cut too
        "foreign_keys = ON",
        "secure_delete = ON",  # overwrite deleted words with zeros
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _set_up_postgresql(lock_seconds: float, connection: Any, record: object) -> None:
    del record
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = {int(lock_seconds * 1000)}")
    connection.commit()


def _use_wal(cursor: Any) -> None:
    """Switch a database to write-ahead logging, in which readers and one writer do not wait for each other.

    SQLite does not wait for another process that is just switching the same new file, whatever the timeout.
    """
    until = time.monotonic() + _SWITCH_S
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


def _begin_sqlite(connection: sa.Connection) -> None:
    """Take the write lock at the start of a transaction that writes; a read is one statement and needs none.

    A transaction that reads first and writes later can fail half-way when another process has written in between.
    """
    if connection.get_execution_options().get("fmqa_write", False):
        try:  # not by way of SQLAlchemy, where this one word costs as much as storing an answer
            connection.connection.cursor().execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise OperationalError("BEGIN IMMEDIATE", None, error) from error


def revision(engine: sa.Engine) -> str | None:
    """Return the revision of the schema; None if there is none yet."""
    with engine.connect() as connection:
        return _revision(connection)


def migrate(engine: sa.Engine, to: str = SCHEMA) -> None:
    """Bring the schema to a revision; a database that has it already costs one query and no alembic.

    Args:
        engine: The database.
        to: The revision, by default the newest. To an older one, for an older fmqa, what only newer ones hold is lost.

    Raises:
        NotFound: There is no such revision.
        Unavailable: The schema is of a newer fmqa.
    """
    if revision(engine) == to:
        return
    from alembic import command  # noqa: PLC0415 - takes half a second, and is needed once in a database's life
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if to not in known:
        raise NotFound(f"there is no revision {to} of the database: choose one of {', '.join(sorted(known))}")
    with engine.execution_options(fmqa_write=True).begin() as connection:  # a second process waits here
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATING)))
        present = _revision(connection)
        if present is not None and present not in known:
            raise Unavailable(
                f"the database has schema {present}, this fmqa knows up to {SCHEMA}; "
                "it was written by a newer fmqa: install that, or set FMQA_DATABASE to another file"
            )
        config.attributes["connection"] = connection
        if present is not None and present > to:
            command.downgrade(config, to)
        else:
            command.upgrade(config, to)


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


@contextlib.contextmanager
def failures(engine: sa.Engine) -> Iterator[None]:
    """Turn database errors into Unavailable, with the cause in words but no stored text: busy, full or damaged."""
    try:
        yield
    except SQLAlchemyError as error:
        cause, kind = type(error).__name__, Unavailable
        if isinstance(error, PoolTimeout):
            kind = DatabaseBusy
        if isinstance(error, DBAPIError) and engine.dialect.name == "sqlite":
            cause = str(error.orig)  # SQLite's messages name tables and states, never values
            kind = _CAUSES.get(getattr(error.orig, "sqlite_errorcode", 0) & 0xFF, Unavailable)
        if isinstance(error, DBAPIError) and engine.dialect.name == "postgresql":
            code = getattr(error.orig, "sqlstate", None) or ""
            cause = f"PostgreSQL error {code}" if code else cause
            kind = _SERVER_CAUSES.get(code) or _SERVER_CAUSES.get(code[:2], Unavailable)
        place = engine.url.render_as_string(hide_password=True)
        if "decode" in cause:  # the driver's own message, which quotes what it could not decode
            raise _undecodable(place) from None
        raise kind(f"the database {place} cannot be used ({cause}): {_WHAT_TO_DO[kind]}") from error
    except UnicodeDecodeError:  # in a message of SQLite's that quotes a damaged name; not chained, as it quotes bytes
        raise _undecodable(engine.url.render_as_string(hide_password=True)) from None


def _undecodable(place: str) -> DatabaseDamaged:
    todo = _WHAT_TO_DO[DatabaseDamaged]
    return DatabaseDamaged(f"the database {place} cannot be used (it holds bytes that are no text): {todo}")
