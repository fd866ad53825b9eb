"""Processes killed while they write, bytes flipped and disks filled: nothing is lost, torn or silently altered."""

import os
import random
import resource
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from fmqa import files
from fmqa.adding import ingestion
from fmqa.corpus import added, loading
from fmqa.errors import FmqaError, IndexUnusable, Unavailable
from fmqa.index import generations
from fmqa.store.conversations import Conversations
from fmqa.types import ReviewState, Status, Turn

from .campaigns import DAY, ROOT, Trials

WORDS: Final = "Zebrafish takes 4.5 mg of naltrexone at night"


def killed(action: Callable[[], None], seconds: float) -> None:
    """Run an action over and over in a process of its own, and kill that after a while."""
    child = os.fork()
    if child == 0:
        try:
            while True:
                action()
        finally:
            os._exit(1)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def reviews(trials: Trials) -> Iterator[str | None]:
    """Kill reviews of a source of our own."""
    corpus = trials.folder / "corpus"
    shutil.copytree(ROOT / "corpus", corpus)
    name = next(iter(sorted((corpus / "guidelines").glob("*.md")))).stem
    source = corpus / "guidelines" / f"{name}.md"
    text = source.read_bytes().split(b"\n---\n", 1)[1]

    def review() -> None:
        ingestion.review(corpus, name, ReviewState.UNDER_REVIEW, "Dr A. Name", DAY)
        ingestion.review(corpus, name, ReviewState.SUBMITTED, None, DAY)

    for _ in range(trials.count):
        killed(review, trials.chance.uniform(0, 0.03))
        try:
            state = loading.document(corpus, name).review_state
        except FmqaError as error:
            yield f"the source cannot be read: {error}"
            return
        if state is ReviewState.UNDER_REVIEW:
            ingestion.review(corpus, name, ReviewState.SUBMITTED, None, DAY)
        yield None if source.read_bytes().split(b"\n---\n", 1)[1] == text else "the text has changed"


def records(trials: Trials) -> Iterator[str | None]:
    """Kill writes of records, and look whether each is whole and nothing is left after the next command."""
    (trials.folder / added.FOLDER / "files").mkdir(parents=True)
    path = trials.folder / added.FOLDER / "files" / "record"
    contents = [bytes([letter]) * size for letter, size in ((65, 10), (66, 100_000), (67, 3_000_000))]
    files.put(path, contents[0])

    def write() -> None:
        for content in contents:
            files.put(path, content)

    for _ in range(trials.count):
        killed(write, trials.chance.uniform(0, 0.03))
        whole = path.read_bytes() in contents
        for left in files.unfinished(trials.folder):
            left.unlink()
        yield None if whole else "a record is torn"


def full_disk(trials: Trials) -> Iterator[str | None]:
    """Write where there is not room enough, and look whether the old content is there, whole, and nothing beside it."""
    path = trials.folder / "source.md"
    for _ in range(trials.count):
        before = bytes(trials.chance.randrange(1, 50_000))
        files.put(path, before)
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            room = trials.chance.randrange(0, 60_000)
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
            try:
                files.put(path, b"x" * (room + 1 + trials.chance.randrange(0, 60_000)))
            except OSError:
                os._exit(0)
            os._exit(1)
        told = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        if not told:
            yield "a write without room was not told"
        elif path.read_bytes() != before or [each.name for each in trials.folder.iterdir()] != [path.name]:
            yield "the old content is gone, or something is left beside it"
        else:
            yield None


def turns(trials: Trials) -> Iterator[str | None]:
    """Kill processes that store turns, and look whether each that was said to be stored is there, and whole."""
    database = f"sqlite:///{trials.folder / 'conversations.db'}"
    Conversations(database).close()
    for trial in range(trials.count):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            conversations = Conversations(database)
            name = conversations.create()
            os.write(writing, f"{name}\n".encode())
            for number in range(10_000):
                turn = Turn(id=f"{trial}.{number}", question=WORDS, query=None, status=Status.ANSWERED)
                conversations.append(name, turn)
                os.write(writing, f"{number}\n".encode())
            os._exit(0)
        os.close(writing)
        time.sleep(trials.chance.uniform(0.01, 0.15))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with open(reading, "rb") as pipe:  # noqa: PTH123 - a pipe
            said = pipe.read().decode().split("\n")[:-1]
        if not said:
            yield None
            continue
        conversations = Conversations(database)
        try:
            stored = [turn.id for turn in conversations.turns(said[0])]
            conversations.delete(said[0])
        except FmqaError as error:
            yield f"stored turns cannot be read: {error}"
            return
        finally:
            conversations.close()
        wanted = [f"{trial}.{number}" for number in said[1:]]
        on_disk = b"".join(file.read_bytes() for file in trials.folder.glob("conversations.db*"))
        if stored[: len(wanted)] != wanted or len(stored) > len(wanted) + 1:
            yield "a turn that was said to be stored is missing"
        else:
            yield "deleted words are on the disk" if WORDS.encode() in on_disk else None


def flipped_turns(trials: Trials) -> Iterator[str | None]:
    """Flip bytes of a database, and look whether a turn ever comes back other than it was stored."""
    path = trials.folder / "conversations.db"
    conversations = Conversations(f"sqlite:///{path}")
    name = conversations.create()
    stored = [Turn(id=str(n), question=f"{WORDS} {n}", query=None, status=Status.ANSWERED) for n in range(60)]
    for turn in stored:
        conversations.append(name, turn)
    conversations.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    whole = path.read_bytes()
    for _ in range(trials.count):
        content = bytearray(whole)
        for _ in range(trials.chance.choice((1, 1, 3, 50))):
            content[trials.chance.randrange(len(content))] ^= 1 << trials.chance.randrange(8)
        whole_or_cut = (len(content), len(content), trials.chance.randrange(len(content)))
        path.write_bytes(content[: trials.chance.choice(whole_or_cut)])
        broken: str | None = None
        with suppress(FmqaError):  # said, and not passed over
            conversations = Conversations(f"sqlite:///{path}")
            with closing(conversations):
                found = list(conversations.turns(name))
                if any(turn not in stored for turn in found):
                    broken = "a stored turn came back altered"
        yield broken
        for file in trials.folder.glob("conversations.db*"):
            file.unlink()


def published(index: Path, number: int, contents: Mapping[str, bytes]) -> str:
    """Publish a made generation with these files, by path, and return its name; each number is another generation."""
    sha = "0" * 64
    with generations.building(index, 20) as staging:
        for name, content in contents.items():
            path = staging / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        manifest = generations.Manifest(
            inputs=f"{number:064x}",
            corpus=sha,
            encoder=sha,
            encoder_files=sha,
            rows=sha,
            passages=1,
            dimension=1,
            documents=1,
            precision="float32",
            settings={},
            versions={},
            files=generations.list_files(staging),
        )
        return generations.publish(index, staging, manifest)


def _contents(number: int, chance: random.Random) -> dict[str, bytes]:
    names = ("vectors", "documents", "terms")
    return {name: chance.randbytes(chance.randrange(1, 20_000)) + str(number).encode() for name in names}


def publications(trials: Trials) -> Iterator[str | None]:
    """Kill publications, and look whether the generation in use verifies and at most the kept ones are left."""
    index = trials.folder / "index"
    published(index, 0, _contents(0, trials.chance))
    number = 0

    def publish() -> None:
        nonlocal number
        number += 1
        published(index, number, _contents(number, random.Random(number)))  # noqa: S311 - trials

    for trial in range(trials.count):
        number = trial * 10_000
        killed(publish, trials.chance.uniform(0, 0.06))
        try:
            generations.verify(index, generations.history(index)[0])
        except (FmqaError, IndexError) as error:
            yield f"the generation in use does not verify: {error}"
            return
        with generations.building(index, 20):
            pass
        left = {path.name for path in index.iterdir()} - {generations.CURRENT, generations.LOCK}
        kept = {generations.name_of(digest) for digest in generations.history(index)}
        yield None if left == kept and len(kept) <= generations.KEPT else "something was left behind"


def corruptions(trials: Trials) -> Iterator[str | None]:
    """Flip, cut, delete, swap or add files of a generation, and look whether it is ever taken for whole."""
    index = trials.folder / "index"
    name = published(index, 0, _contents(0, trials.chance))
    digest = generations.history(index)[0]
    inside = index / name
    whole = {path: path.read_bytes() for path in inside.iterdir()}
    for _ in range(trials.count):
        path = trials.chance.choice(sorted(whole))
        content = bytearray(whole[path])
        match trials.chance.randrange(5):
            case 0:
                content[trials.chance.randrange(len(content))] ^= 1 << trials.chance.randrange(8)
                path.write_bytes(content)
            case 1:
                path.write_bytes(content[: trials.chance.randrange(len(content))])
            case 2:
                path.unlink()
            case 3:
                path.write_bytes(bytes(content) + b"\0")
            case _:
                (inside / "another").write_bytes(b"1")
        try:
            generations.verify(index, digest)
        except IndexUnusable:
            yield None
        else:
            yield f"{path.name} was altered and nothing was said"
        (inside / "another").unlink(missing_ok=True)
        path.write_bytes(whole[path])


def locks(trials: Trials) -> Iterator[str | None]:
    """Kill whoever holds the lock of the corpus, and look whether the next one gets it at once."""
    (trials.folder / added.FOLDER).mkdir(parents=True)

    def hold() -> None:
        with added.changing(trials.folder):
            time.sleep(0.01)

    for _ in range(trials.count):
        killed(hold, trials.chance.uniform(0, 0.02))
        started = time.monotonic()
        try:
            with added.changing(trials.folder):
                pass
        except Unavailable:
            yield "the lock of a dead process holds"
            return
        yield None if time.monotonic() - started < 5 else "the lock was waited for"
