"""One run over everyday conversations, and two of them side by side.

turns --ask--> answers --judge--> rows --measure--> report --> a file, to be compared row by row
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from pydantic import Field

from fmqa.assistant import Assistant
from fmqa.corpus import loading
from fmqa.errors import BadTopics
from fmqa.evaluation import report, statistics
from fmqa.evaluation import run as benchmark
from fmqa.evaluation.comparison import SHOWN, Change, RunComparison
from fmqa.evaluation.everyday.judge import TurnRow, as_read, judged
from fmqa.evaluation.everyday.turns import Labelled, Part, TurnType, load
from fmqa.evaluation.run import Progress
from fmqa.evaluation.statistics import Comparison, Measure
from fmqa.settings import Settings
from fmqa.types import Answer, Audience, Record


class Report(Record):
    """One run over the turns of a part: its measures and what they were counted from."""

    part: Part
    hashes: dict[str, str] = Field(description="What the figures depend on.")
    measures: dict[str, Measure]
    rows: tuple[TurnRow, ...]
    p50_s: float = Field(description="Median seconds of an answer on the machine that ran it.")


def asked(
    turns: Sequence[Labelled], assistant: Assistant, progress: Progress
) -> Iterator[tuple[Labelled, Answer, float]]:
    """Yield each turn with its answer and the seconds it took; the turns of one conversation follow on one another."""
    conversations: dict[str, str] = {}
    for done, turn in enumerate(turns, start=1):
        began = time.perf_counter()
        answer = assistant.ask(
            turn.question, conversation_id=conversations.get(turn.conversation_id), audience=turn.audience
        )
        seconds = time.perf_counter() - began
        conversations[turn.conversation_id] = answer.conversation_id
        yield turn, answer, seconds
        progress("turns", done, len(turns))


# --- figures ----------------------------------------------------------------------------------------------------------


Item = tuple[str, int, int]  # conversation, turn, and which of the turn's values


def _items(rows: Iterable[TurnRow], of: Callable[[TurnRow], Iterable[float]]) -> dict[Item, float]:
    """Return the values that rows yield, each by what makes it the same item in two runs."""
    return {(*row.key, number): float(value) for row in rows for number, value in enumerate(of(row))}


_SHARES: Final[Mapping[str, Callable[[TurnRow], Iterable[float]]]] = {
    "facts carried": lambda row: (fact != "missing" for fact in row.facts),
    "facts carried by a statement": lambda row: (fact == "statement" for fact in row.facts),
    "first statement bears a fact": lambda row: () if row.first is None else (row.first,),
    "idle statements": lambda row: (1.0,) * row.idle + (0.0,) * (row.shown - row.idle) if row.type.is_answered else (),
    "status right": lambda row: (row.status_right,),
    "must not, judged": lambda row: (wrong for wrong in row.must_not if wrong is not None),
}
"""The shares that a report gives, each over the items that a row yields."""
_PAIRED: Final[Mapping[str, Callable[[TurnRow], Iterable[float]]]] = {
    **{name: of for name, of in _SHARES.items() if name != "idle statements"},
    "idle statements, share of a turn": lambda row: (
        (row.idle / row.shown,) if row.type.is_answered and row.shown else ()
    ),
    "words of a whole answer": lambda row: (row.whole,) if row.shown else (),
}
"""What two runs are compared on: the same item of both."""


def measures(rows: Sequence[TurnRow]) -> dict[str, Measure]:
    """Return the figures of a run, each with the interval of a bootstrap over conversations."""
    found = {name: _mean(_items(rows, of)) for name, of in _SHARES.items()}
    groups = {
        **{str(audience): [row for row in rows if row.audience is audience] for audience in Audience},
        "first turns": [row for row in rows if row.turn == 1],
        "later turns": [row for row in rows if row.turn > 1],
    }
    for name, chosen in groups.items():
        found[f"facts carried, {name}"] = _mean(_items(chosen, _SHARES["facts carried"]))
    for kind in TurnType:
        chosen = [row for row in rows if row.type is kind]
        found[f"status right, {kind}"] = _mean(_items(chosen, _SHARES["status right"]))
    stated = [row for row in rows if row.shown]
    found["words of the text, median"] = _median(_items(stated, lambda row: (row.words,)))
    found["words of a whole answer, median"] = _median(_items(stated, lambda row: (row.whole,)))
    return found


def _mean(items: Mapping[Item, float]) -> Measure:
    return statistics.mean(list(items.values()), [conversation for conversation, _, _ in items])


def _median(items: Mapping[Item, float]) -> Measure:
    """Return the median number of words, with the interval of a bootstrap over conversations."""
    if not items:
        return Measure(value=None, n=0, unit="words", why_none="no answer that shows a statement")
    by_conversation: dict[str, list[float]] = {}
    for (conversation, _, _), value in items.items():
        by_conversation.setdefault(conversation, []).append(value)
    talks = list(by_conversation.values())
    low, high = statistics.resampled(
        range(len(talks)), lambda drawn: median(value for talk in drawn for value in talks[talk])
    )
    value = median(items.values())
    return Measure(value=value, low=low, high=high, n=len(items), unit="words", interval="bootstrap")


# --- a run, and two runs ----------------------------------------------------------------------------------------------


def run(
    settings: Settings, folder: Path, part: Part, progress: Progress, show: Callable[[str], None] | None = None
) -> Report:
    """Ask the turns of a part and return what was right; a run on the test part is noted beside its turns.

    Args:
        settings: Where corpus and index are; conversations go to a database that is thrown away.
        folder: Where the turns lie.
        part: Which of them.
        progress: Told how far it is.
        show: Given each turn with its answer in full, to be read; None: nobody reads.

    Raises: BadTopics if the turns have faults; BadCorpus, IndexUnusable, BadSettings as their steps do.
    """
    loaded = loading.load(settings.corpus)
    turns = load(folder, part, (f"{d.id}#{s.statement.id}" for d in loaded.documents for s in d.statements))
    rows: list[TurnRow] = []
    seconds: list[float] = []
    with TemporaryDirectory() as scratch:
        assistant = Assistant.open(settings.model_copy(update={"database": f"sqlite:///{scratch}/conversations.db"}))
        try:
            before: Answer | None = None
            for turn, answer, took in asked(turns, assistant, progress):
                rows.append(judged(turn, answer, before if turn.turn > 1 else None))
                before = answer
                seconds.append(took)
                if show is not None:
                    show(as_read(turn, answer, rows[-1]))
            hashes = benchmark.hashes(settings, benchmark.Options(), assistant, loaded.sha256)
        finally:
            assistant.close()
    hashes["topics"] = sha256((folder / f"{part}.jsonl").read_bytes()).hexdigest()
    if part is Part.TEST:
        benchmark.note(folder, hashes)
    return Report(part=part, hashes=hashes, measures=measures(rows), rows=tuple(rows), p50_s=round(median(seconds), 4))


def table(found: Report) -> list[tuple[str, str, str]]:
    """Return the rows of the table that is printed at the end of a run: measure, value with interval, n."""
    return [(name, str(measure), str(measure.n)) for name, measure in found.measures.items()]


def read_report(path: Path) -> Report:
    """Return a run that was saved.

    Raises: BadTopics if the file holds none.
    """
    try:
        return Report.model_validate_json(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadTopics(
            f"{path}: no run on everyday turns ({type(error).__name__}); 'fmqa eval everyday --save FILE' writes one"
        ) from error


def compare(first: Report, second: Report) -> RunComparison:
    """Return the paired comparison of two runs over the turns that both have.

    Raises: BadTopics if they have no turn in common.
    """
    one, two = ({(row.key, row.question): row for row in found.rows} for found in (first, second))
    common = [key for key in one if key in two]
    if not common:
        raise BadTopics("the two runs have no turn in common; compare runs of the same split")
    comparisons: list[Comparison] = []
    for name, of in _PAIRED.items():
        before, after = (_items((rows[key] for key in common), of) for rows in (one, two))
        both = [item for item in before if item in after]
        if both:
            values = ([before[item] for item in both], [after[item] for item in both])
            comparisons.append(statistics.compared(name, *values, [conversation for conversation, _, _ in both]))
    changes = sorted((_change(one[key], two[key]) for key in common), key=lambda c: c.second - c.first)
    return RunComparison(
        comparisons=statistics.holm(comparisons),
        worse=tuple(c for c in changes if c.second < c.first)[:SHOWN],
        better=tuple(c for c in reversed(changes) if c.second > c.first)[:SHOWN],
        only_first=len(one) - len(common),
        only_second=len(two) - len(common),
    )


def _change(first: TurnRow, second: TurnRow) -> Change:
    def share(row: TurnRow) -> float:
        return sum(fact != "missing" for fact in row.facts) / len(row.facts)

    return Change(
        set="everyday",
        id=f"{first.conversation_id}.{first.turn}",
        score="facts carried",
        first=share(first),
        second=share(second),
        question=first.question,
    )


def compared(first: Path, second: Path) -> str:
    """Return the comparison of two saved runs as Markdown.

    Raises: BadTopics if a file holds no run, or the runs have no turn in common.
    """
    return report.comparison_markdown(compare(read_report(first), read_report(second)))
