"""A PostgreSQL server of the tests' own, in a temporary folder, where one is installed."""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

_BINARIES = "/usr/lib/postgresql/*/bin"  # where Debian puts them, off the path
MISSING = "no PostgreSQL server is installed (Debian: apt-get install postgresql)"


def program(name: str) -> str | None:
    """Return the path of one of PostgreSQL's programs, of the newest version; None if it is not installed."""
    found = sorted(Path("/").glob(f"{_BINARIES[1:]}/{name}"), key=lambda path: float(path.parts[-3]))
    return str(found[-1]) if found else shutil.which(name)


@contextmanager
def server() -> Iterator[str]:
    """Run a server on a free port of this machine; yield its URL without a database, ended by a slash."""
    account = None if os.getuid() else _account()  # it refuses to run as root
    folder = Path(tempfile.mkdtemp(prefix="fmqa-postgres-"))  # not below pytest's, which others cannot enter
    if account is not None:
        shutil.chown(folder, account)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = folder / "data"

    def run(name: str, *arguments: str) -> None:
        command = [str(program(name)), "-D", str(data), *arguments]
        subprocess.run(command, user=account, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    settings = f"-h 127.0.0.1 -p {port} -k {folder} -F -c max_connections=60 -c autovacuum=off"
    try:
        run("initdb", "--no-sync", "--auth=trust", "--username=fmqa", "--encoding=UTF8", "--no-locale")
        run("pg_ctl", "--wait", "--silent", "-l", str(folder / "log"), "-o", settings, "start")
        try:
            yield f"postgresql+psycopg://fmqa:hidden@127.0.0.1:{port}/"
        finally:
            run("pg_ctl", "--wait", "--silent", "--mode=immediate", "stop")
    finally:
        shutil.rmtree(folder)


def database(server_url: str) -> str:
    """Make an empty database on a server and return its URL."""
    name = f"made_{secrets.token_hex(4)}"
    engine = sa.create_engine(f"{server_url}postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE template0"))
    engine.dispose()
    return f"{server_url}{name}"


def _account() -> str:
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
