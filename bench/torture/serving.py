"""A running service under load: publications, twice what it can answer, clients that hang up, and half an hour of use.

Service and clients share the machine, so that the figures are worse than a service's own; what is compared is compared
on the same machine in the same minutes.
"""

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import Final, NamedTuple

from fmqa.index import generations
from fmqa.settings import Settings

from .asking import SMALL, held
from .campaigns import ROOT, Trials

QUESTIONS: Final = (
    "Does duloxetine reduce fibromyalgia pain?",
    "What grade does EULAR 2017 give amitriptyline?",
    "What does NICE say about opioids?",
    "Can duloxetine be combined with tramadol?",
    "How do I reset my router password?",
    "Is metformin safe in kidney disease?",
)
ACCEPTED_RATIO: Final = 3.0
"""Times the 99th percentile at rest that the one while publishing may be."""
_HEAD: Final = {"content-type": "application/json"}
_TAKEN_UP_S: Final = 15.0
_LEAK: Final = 1.02
_WARM_S: Final = 180


class Asked(NamedTuple):
    """A question that was sent, and what came of it."""

    begun: float
    seconds: float
    status: int
    generation: str
    retry_after: str


class Running:
    """A service in a process of its own."""

    def __init__(self, settings: Settings) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        given = {f"FMQA_{name.upper()}": str(getattr(settings, name)) for name in ("corpus", "index", "database")}
        command = [sys.executable, "-m", "fmqa", "serve", "--port", str(self.port)]
        nothing = subprocess.DEVNULL
        self.process = subprocess.Popen(command, env={**os.environ, **given}, stdout=nothing, stderr=nothing)
        end = time.monotonic() + 300
        while time.monotonic() < end:
            try:
                if self.get("/readyz")[0] == 200:
                    return
            except OSError:
                time.sleep(0.1)
        raise TimeoutError("the service does not start")

    def request(self, method: str, path: str, body: bytes = b"") -> tuple[int, http.client.HTTPMessage, bytes]:
        """Return status, headers and body of a response."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request(method, path, body or None, _HEAD)
            response = connection.getresponse()
            return response.status, response.headers, response.read()

    def get(self, path: str) -> tuple[int, dict[str, object]]:
        """Return the status and the JSON of a page."""
        status, _, body = self.request("GET", path)
        return status, json.loads(body)

    def ask(self, question: str) -> Asked:
        """Ask a question."""
        begun = time.monotonic()
        status, headers, body = self.request("POST", "/v1/ask", json.dumps({"question": question}).encode())
        seconds = time.monotonic() - begun
        generation = str(json.loads(body).get("generation", ""))
        return Asked(begun, seconds, status, generation, headers.get("retry-after", ""))

    def handles(self) -> int:
        """Return how many handles its process has open."""
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def memory(self) -> int:
        """Return the memory that its process has for itself, in bytes."""
        lines = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text().splitlines()
        return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(("Private_Clean", "Private_Dirty")))

    def stop(self) -> int:
        """Tell it to stop, and return its exit code."""
        self.process.terminate()
        try:
            return self.process.wait(60)
        finally:
            self.process.kill()


@contextmanager
def running(trials: Trials) -> Iterator[tuple[Running, Settings]]:
    """Run the service on an index that may be published to: the shipped one, or a small one in a short run."""
    kept = held(trials.kept, SMALL if trials.short else ROOT / "corpus", trials.folder)
    settings = kept.model_copy(update={"index": trials.folder / "index"})
    shutil.copytree(kept.index, settings.index)
    service = Running(settings)
    try:
        yield service, settings
    finally:
        service.stop()


class Load:
    """Clients that ask one question after the other until they are told to stop."""

    def __init__(self, service: Running, clients: int, pause_s: float) -> None:
        self.asked: list[Asked] = []
        self.faults: list[str] = []
        self._service, self._pause_s = service, pause_s
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._go_on, args=(number,)) for number in range(clients)]
        for each in self._threads:
            each.start()

    def _go_on(self, number: int) -> None:
        while not self._stopped.wait(self._pause_s):
            number += 1
            try:
                self.asked.append(self._service.ask(QUESTIONS[number % len(QUESTIONS)]))
            except (OSError, http.client.HTTPException, ValueError) as error:
                self.faults.append(f"a question was not answered: {type(error).__name__}")

    def take(self) -> list[Asked]:
        """Return what was asked since the last time."""
        taken, self.asked = self.asked, []
        return taken

    def stop(self) -> None:
        """Wait until the clients have ended."""
        self._stopped.set()
        for each in self._threads:
            each.join()


def p99(asked: list[Asked]) -> float:
    """Return the 99th percentile of seconds."""
    return quantiles([each.seconds for each in asked], n=100)[98] if len(asked) > 1 else asked[0].seconds


# --- publications under load ------------------------------------------------------------------------------------------


def republished(index: Path, number: int) -> str:
    """Publish the generation in use once more under another name, and return that."""
    digest = generations.history(index)[0]
    before = generations.read_manifest(index, digest)
    with generations.building(index, 60) as staging:
        for file in before.files:
            (staging / file.name).parent.mkdir(parents=True, exist_ok=True)
            os.link(index / generations.name_of(digest) / file.name, staging / file.name)
        return generations.publish(index, staging, before.model_copy(update={"inputs": f"{number:064x}"}))


def under_load(trials: Trials) -> Iterator[str | None]:
    """Publish while questions are asked; between publications there is as long a rest, for comparison."""
    resting: list[Asked] = []
    publishing: list[Asked] = []
    with running(trials) as (service, settings):
        load = Load(service, 2, 0.02)
        time.sleep(0 if trials.short else 3)
        load.take()
        found: list[str | None] = []
        for number in range(1, trials.count + 1):
            before = generations.in_use(settings.index)
            started = time.monotonic()
            name = republished(settings.index, number + trials.chance.randrange(1 << 60) * 1000)
            taken = _until(partial(_answers_from, service, name), _TAKEN_UP_S)
            length = time.monotonic() - started
            during = load.take()
            time.sleep(length)
            after = load.take()
            publishing += during
            resting += after
            wrong = [each for each in (*during, *after) if each.status != 200 or each.generation not in (before, name)]
            fault = load.faults.pop() if load.faults else None
            if not taken:
                fault = f"a generation was not taken up within {_TAKEN_UP_S:g} s"
            elif wrong:
                fault = f"an answer with status {wrong[0].status} of generation {wrong[0].generation}"
            found.append(fault)
        load.stop()
    ratio = p99(publishing) / p99(resting)
    for name, value in (("at rest", p99(resting)), ("while publishing", p99(publishing))):
        trials.figures.setdefault(f"99th percentile {name}, ms", []).append(round(1000 * value, 1))
    trials.figures.setdefault("ratio of the two", []).append(round(ratio, 2))
    trials.figures.setdefault("answers", []).append(len(resting) + len(publishing))
    if ratio > ACCEPTED_RATIO and not trials.short:
        found[-1] = found[-1] or f"the 99th percentile while publishing is {ratio:.2f} times that at rest"
    yield from found


def _answers_from(service: Running, generation: str) -> bool:
    return service.get("/readyz")[1].get("generation") == generation


def _until(condition: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


# --- more than can be answered ----------------------------------------------------------------------------------------


def overloaded(trials: Trials) -> Iterator[str | None]:
    """Ask twice as often as can be answered: the admitted are answered in the time of a full line, the others at once.

    The line holds FMQA_WAITING questions, so that the last one of it waits for so many answers; the clients take up to
    as much of the machine as the service, hence the double.
    """
    with running(trials) as (service, settings):
        load = Load(service, 4, 0)
        time.sleep(2 if trials.short else 10)
        load.take()
        time.sleep(2 if trials.short else 20)
        measured = load.take()
        load.stop()
        capacity = len(measured) / (measured[-1].begun - measured[0].begun + measured[-1].seconds)
        longest = 2 * (settings.waiting + (os.cpu_count() or 1)) / capacity
        asked = _at_rate(service, 2 * capacity, trials.count)
    admitted = [each for each in asked if each.status == 200]
    trials.figures.setdefault("answers a second at rest", []).append(round(capacity, 1))
    trials.figures.setdefault("bound for the admitted, s", []).append(round(longest, 2))
    trials.figures.setdefault("99th percentile of the admitted, s", []).append(round(p99(admitted), 2))
    trials.figures.setdefault("refused at once, share", []).append(round(1 - len(admitted) / len(asked), 3))
    for each in asked:
        if each.status not in (200, 503):
            yield f"status {each.status}"
        elif each.status == 503 and not each.retry_after:
            yield "503 without Retry-After"
        elif each.status == 200 and each.seconds > longest:
            yield f"an admitted question was answered after {each.seconds:.1f} s, later than {longest:.1f} s"
        else:
            yield None


def _at_rate(service: Running, rate: float, count: int) -> list[Asked]:
    """Ask so many questions, so many a second, whatever becomes of those before."""
    asked: list[Asked] = []

    def one(number: int) -> None:
        try:
            asked.append(service.ask(QUESTIONS[number % len(QUESTIONS)]))
        except (OSError, http.client.HTTPException):
            asked.append(Asked(0, 0, 0, "", ""))

    started = time.monotonic()
    threads = []
    for number in range(count):
        time.sleep(max(0.0, started + number / rate - time.monotonic()))
        threads.append(threading.Thread(target=one, args=(number,)))
        threads[-1].start()
    for each in threads:
        each.join()
    return asked


def hung_up(trials: Trials) -> Iterator[str | None]:
    """Hang up on questions, and look whether whoever asks next waits for them."""
    with running(trials) as (service, _):
        usual = max(service.ask(question).seconds for question in QUESTIONS for _ in range(3))
        handles = service.handles()
        for start in range(0, trials.count, 100):
            gone = min(100, trials.count - start)
            for number in range(gone):
                _hang_up(service.port, number)
            answer = service.ask(QUESTIONS[0])
            waited = answer.seconds
            trials.figures.setdefault("next answer after 100 hang-ups, times the usual", []).append(
                round(waited / usual, 2)
            )
            fault = None
            if answer.status != 200:
                fault = f"the next question had status {answer.status}"
            elif waited > 3 * usual + 0.5:  # two that had begun may have to end
                fault = f"the next answer took {waited:.2f} s after {gone} hang-ups, {usual:.2f} s before them"
            yield from (None for _ in range(gone - 1))
            yield fault
        left = _until(lambda: service.handles() <= handles + 2, 20)
        assert left, "handles stay open"  # noqa: S101


def _hang_up(port: int, number: int) -> None:
    body = json.dumps({"question": QUESTIONS[number % len(QUESTIONS)]}).encode()
    path = ("/v1/ask", "/v1/ask/stream", "/v1/search?q=exercise", "/v1/ask")[number % 4]
    method = "GET" if "search" in path else "POST"
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=30) as gone:
        whole = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        gone.sendall(whole if number % 3 else whole[:-10])


# --- half an hour -----------------------------------------------------------------------------------------------------


def soaked(trials: Trials) -> Iterator[str | None]:
    """Use the service for so many seconds as a ward would, and look whether its memory or its handles grow."""
    memory: list[float] = []
    handles: list[float] = []
    with running(trials) as (service, _):
        for number in range(trials.count):
            started = time.monotonic()
            fault = _used(service, number)
            memory.append(service.memory() / 1e6)
            handles.append(service.handles())
            time.sleep(max(0.0, started + 1 - time.monotonic()))
            if number < trials.count - 1:
                yield fault
        code = service.stop()
    if trials.count > 2 * _WARM_S:  # the last minutes beside those after the first ones, in which buffers are filled
        early, late = median(memory[_WARM_S : 2 * _WARM_S]), median(memory[-_WARM_S:])
        trials.figures["memory after 5 minutes, MB"] = [round(early, 1)]
        trials.figures["memory at the end, MB"] = [round(late, 1)]
        trials.figures["growth, share"] = [round(late / early - 1, 4)]
        trials.figures["handles after 5 minutes"] = [median(handles[_WARM_S : 2 * _WARM_S])]
        trials.figures["handles at the end"] = [median(handles[-_WARM_S:])]
        if late > _LEAK * early:
            fault = f"memory grew from {early:.0f} to {late:.0f} MB"
        elif median(handles[-_WARM_S:]) > median(handles[_WARM_S : 2 * _WARM_S]):
            fault = "handles stay open"
    yield fault or (f"it ended with {code}" if code else None)


def _used(service: Running, number: int) -> str | None:
    """Ask, read, stream, search and delete as in one second of use; return what went wrong."""
    question = QUESTIONS[number % len(QUESTIONS)]
    body = json.dumps({"question": question, "audience": ("patient", "clinician")[number % 2]}).encode()
    status, _, answered = service.request("POST", "/v1/ask", body)
    if status != 200:
        return f"status {status} for a question"
    conversation = json.loads(answered)["conversation_id"]
    follow_up = json.dumps({"question": "and in older people?", "conversation_id": conversation}).encode()
    sent = (
        ("POST", "/v1/ask/stream", follow_up, 200),
        ("GET", f"/conversations/{conversation}", b"", 200),
        ("GET", ("/evidence", "/documents", "/", "/coverage")[number % 4], b"", 200),
        ("GET", f"/v1/search?q=exercise+{number}", b"", 200),
        ("GET", "/metrics", b"", 200),
        ("POST", "/v1/ask", b"{", 422),
        ("DELETE", f"/v1/conversations/{conversation}", b"", 204),
    )
    for method, path, content, wanted in sent:
        found = service.request(method, path, content)[0]
        if found != wanted:
            return f"status {found} for {method} {path.partition('?')[0]}"
    return None
