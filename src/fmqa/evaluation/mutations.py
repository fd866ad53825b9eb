"""The mutation benchmark: measures how many altered answers the checker notices, by operator.

    answers --operators--> mutants --verify--> rows --summarise--> a table by operator

An altered answer counts as noticed if a statement of it is unsupported or the whole answer has a fault, because the
assistant would then withhold it. The same answers, documents, vocabulary and seed give the same rows.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from itertools import chain
from random import Random
from typing import Final

from pydantic import Field

from fmqa.answer import verification
from fmqa.evaluation import statistics
from fmqa.evaluation.mutants import Altered, Family, LookUp, Mutant, Operator, World, bases
from fmqa.evaluation.operators import OPERATORS
from fmqa.evaluation.statistics import Measure
from fmqa.types import Answer, Check, Document, Fault, Record, Vocabulary

PER_OPERATOR: Final = 400
"""Most mutants of an operator; of a harmless one twice as many, for there are fewer such operators."""
SHOWN_SURVIVORS: Final = 20


class MutationRow(Record):
    """One mutant, what the verifier said of it, and what decided."""

    id: str = Field(description="Operator and the first digits of the hash of what was altered.")
    operator: str
    harmful: bool
    statement: str | None = Field(description="Id of the altered statement; None for the answer as a whole.")
    wording: str | None
    noticed: bool
    checks: tuple[Check, ...] = Field(description="Checks that found a fault, each once.")
    span: tuple[int, int] | None
    flagged: tuple[tuple[int, int], ...] = Field(description="Spans of the faults in the same text.")
    overlaps: bool | None = Field(description="Whether a flagged span is the altered one; None where no words were.")
    done: str
    said: str = Field(description="The altered words in their statement or text.")


class OperatorResult(Record):
    """What the verifier noticed of one operator's work."""

    operator: str
    family: Family
    harmful: bool
    noticed: Measure = Field(
        description="Kill rate, or of harmless variants the share of false alarms; exact interval."
    )
    required: float = Field(description="Least kill rate; of harmless variants the largest share of false alarms.")
    placed: Measure = Field(
        description="Of what was noticed and had altered words: share whose flagged span is theirs."
    )
    checks: dict[str, int] = Field(description="How many mutants each check noticed.")

    @property
    def passed(self) -> bool:
        """Whether the requirement is met; one that could not be tried is not."""
        share = self.noticed.value
        return share is not None and (share >= self.required if self.harmful else share <= self.required)


class MutationSummary(Record):
    """All that the report shows of the mutation benchmark."""

    wrong: int
    harmless: int
    killed: Measure
    false_alarms: Measure
    placed: Measure
    operators: tuple[OperatorResult, ...]
    survivors: tuple[MutationRow, ...] = Field(description="Wrong answers that passed, one of each operator first.")
    alarms: tuple[MutationRow, ...] = Field(description="Harmless variants that were rejected.")
    seed: int
    rows_sha256: str = Field(description="Of all rows: the same for the same answers, code and seed.")

    @property
    def passed(self) -> bool:
        """Whether every operator meets its requirement."""
        return all(result.passed for result in self.operators)


def mutants(
    name: str,
    operator: Operator,
    made_from: tuple[Sequence[Answer], Sequence[Answer]],
    world: World,
    seed: int,
    per_operator: int = PER_OPERATOR,
) -> Iterator[Mutant]:
    """Yield up to so many mutants of one operator, drawn from everything that it can make.

    Each operator draws by itself: leaving one out does not change what the others make.

    Args:
        name: The operator's name.
        operator: The operator.
        made_from: Answers cut to one statement, and whole answers, as ``bases`` gives them.
        world: Documents and vocabulary.
        seed: The same seed gives the same mutants.
        per_operator: The most that are drawn; twice as many of a harmless operator.
    """
    rng = Random(f"{seed} {name}")  # noqa: S311 - a draw to be repeated, not a secret
    answers = made_from[1] if operator.whole else made_from[0]
    made = _different(chain.from_iterable(operator.make(answer, world, rng) for answer in answers))
    most = per_operator if operator.harmful else 2 * per_operator
    for altered in rng.sample(made, min(most, len(made))):
        yield Mutant(
            operator=name,
            harmful=operator.harmful,
            answer=altered.answer,
            document=_look_up(altered, world),
            statement=altered.statement,
            span=altered.span,
            done=altered.done,
        )


def _different(made: Iterator[Altered]) -> list[Altered]:
    """Return the altered answers, each once."""
    found: dict[object, Altered] = {}
    for altered in made:
        found.setdefault((altered.answer.text, altered.done, altered.statement, altered.span), altered)
    return list(found.values())


def _look_up(altered: Altered, world: World) -> LookUp:
    changed = altered.document
    if changed is None:
        return world.document
    return lambda document_id: changed if document_id == changed.id else world.document(document_id)


def run_mutations(
    answers: Sequence[Answer],
    documents: Sequence[Document],
    vocabulary: Vocabulary,
    generation: str,
    seed: int = statistics.SEED,
    per_operator: int = PER_OPERATOR,
    progress: Callable[[str, int, int], None] | None = None,
) -> tuple[tuple[MutationRow, ...], MutationSummary]:
    """Return a row for each mutant, and the summary by operator.

    Args:
        answers: Right answers, whoever gave them; those without a statement and urgent ones are passed over.
        documents: The corpus as it was read anew.
        vocabulary: Its concepts: names that mean the same, and siblings that do not.
        generation: The index generation that the answers were given from.
        seed: The same seed gives the same rows.
        per_operator: Most mutants of one operator; twice as many of a harmless one.
        progress: Called with the step, how many operators are done, and how many there are.
    """
    world, made_from = World(documents, vocabulary), bases(answers)
    rows: list[MutationRow] = []
    for done, (name, operator) in enumerate(OPERATORS.items(), start=1):
        made = mutants(name, operator, made_from, world, seed, per_operator)
        rows += (judged(mutant, world, generation) for mutant in made)
        if progress is not None:
            progress("mutations", done, len(OPERATORS))
    return tuple(rows), summarise_mutations(rows, seed)


def judged(mutant: Mutant, world: World, generation: str) -> MutationRow:
    """Return what the verifier makes of a mutant, by the same two calls as the assistant."""
    answer = mutant.answer
    verdicts = verification.verify(answer, mutant.document, world.names, world.matcher.grading)
    of_answer = verification.answer_faults(answer, mutant.document, generation)
    faults = (*(fault for verdict in verdicts for fault in verdict.faults), *of_answer)
    where: Sequence[Fault] = of_answer if mutant.statement is None else verdicts[mutant.statement].faults
    flagged = tuple(fault.span for fault in where if fault.span is not None)
    statement = None if mutant.statement is None else answer.every_statement[mutant.statement]
    key = sha256(f"{answer.text} {mutant.done} {mutant.span} {statement and statement.id}".encode()).hexdigest()
    return MutationRow(
        id=f"{mutant.operator} {key[:12]}",
        operator=mutant.operator,
        harmful=mutant.harmful,
        statement=statement.id if statement else None,
        wording=statement.wording if statement else None,
        noticed=bool(faults),
        checks=tuple(dict.fromkeys(fault.check for fault in faults)),
        span=mutant.span,
        flagged=flagged,
        overlaps=None if mutant.span is None else any(_overlap(mutant.span, span, mutant.said) for span in flagged),
        done=mutant.done,
        said=mutant.said,
    )


def _overlap(altered: tuple[int, int], flagged: tuple[int, int], text: str) -> bool:
    """Return whether spans share a character; where words were left out, those on both sides of the gap count."""
    start, end = altered
    if start == end:
        start = len(re.sub(r"\w?\W*$", "", text[:start]))
        end = len(text) - len(re.sub(r"^\W*\w?", "", text[end:]))
    return start < flagged[1] and flagged[0] < end


def summarise_mutations(rows: Sequence[MutationRow], seed: int) -> MutationSummary:
    """Return the figures of rows, by operator in the order of ``OPERATORS``, and what the verifier got wrong."""
    of: dict[str, list[MutationRow]] = defaultdict(list)
    for row in rows:
        of[row.operator].append(row)
    wrong = [row for row in rows if row.harmful]
    harmless = [row for row in rows if not row.harmful]
    text = "".join(row.model_dump_json() for row in rows)
    return MutationSummary(
        wrong=len(wrong),
        harmless=len(harmless),
        killed=_noticed(wrong),
        false_alarms=_noticed(harmless),
        placed=_placed(wrong),
        operators=tuple(_result(name, operator, of[name]) for name, operator in OPERATORS.items()),
        survivors=_worst([row for row in wrong if not row.noticed]),
        alarms=_worst([row for row in harmless if row.noticed]),
        seed=seed,
        rows_sha256=sha256(text.encode()).hexdigest(),
    )


def _result(name: str, operator: Operator, rows: Sequence[MutationRow]) -> OperatorResult:
    return OperatorResult(
        operator=name,
        family=operator.family,
        harmful=operator.harmful,
        noticed=_noticed(rows),
        required=operator.required,
        placed=_placed(rows),
        checks=dict(sorted(Counter(check.value for row in rows for check in row.checks).items())),
    )


def _noticed(rows: Sequence[MutationRow]) -> Measure:
    return statistics.proportion(sum(row.noticed for row in rows), len(rows), "exact")


def _placed(rows: Sequence[MutationRow]) -> Measure:
    of_words = [row for row in rows if row.noticed and row.overlaps is not None]
    return statistics.proportion(sum(bool(row.overlaps) for row in of_words), len(of_words), "exact")


def _worst(rows: Sequence[MutationRow]) -> tuple[MutationRow, ...]:
    """Return a few rows, first one of each operator, then the second of each, and so on."""
    turn: Counter[str] = Counter()
    ordered = []
    for row in rows:
        ordered.append((turn[row.operator], row))
        turn[row.operator] += 1
    return tuple(row for _, row in sorted(ordered, key=lambda pair: pair[0])[:SHOWN_SURVIVORS])
