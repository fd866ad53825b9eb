"""Summarises the rows of a run: measures with intervals, gates, confusion matrix and curves.

The report shows nothing that is not in the summary. Timings are kept apart, so that equal runs give equal summaries.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Literal

from sklearn.metrics import f1_score

from fmqa.evaluation import statistics
from fmqa.evaluation.benchmark import BUDGETS, MAIN, Row, is_unanswerable
from fmqa.evaluation.judging import FactKind
from fmqa.evaluation.mutations import MutationSummary
from fmqa.evaluation.public import PublicClaims, PublicRetrieval
from fmqa.evaluation.statistics import Measure, RiskCoverage
from fmqa.types import Record, Status

RETRIEVAL_MEASURES: Final = ("R@1", "R@5", "R@10", "RR@10", "nDCG@10")
SHIPPED: Final = "retrieval-hybrid"
_ANSWERS: Final = ("answerable", "unanswerable", "disagreement", "dialogues", "rewrites", "emergencies")


class Gate(Record):
    """A figure that must hold exactly: a single breach fails the run."""

    name: str
    required: str
    found: str
    passed: bool
    n: int


class Summary(Record):
    """The outcome of a run; the same for the same code, corpus, model, settings and topics."""

    split: str
    hashes: dict[str, str]
    items: dict[str, int]
    gates: tuple[Gate, ...]
    measures: dict[str, Measure]
    slices: dict[str, dict[str, Measure]]
    confusion: dict[str, dict[str, int]]
    risk_coverage: RiskCoverage
    mutations: MutationSummary | None = None
    public_retrieval: tuple[PublicRetrieval, ...] = ()
    public_claims: tuple[PublicClaims, ...] = ()

    @property
    def given_states(self) -> tuple[str, ...]:
        """The statuses that were given at all, in their usual order."""
        given = {name for row in self.confusion.values() for name in row}
        return tuple(status.value for status in Status if status.value in given)

    @property
    def passed(self) -> bool:
        """Whether every gate holds."""
        return all(gate.passed for gate in self.gates)


def summarise(rows: Sequence[Row], split: str, hashes: Mapping[str, str]) -> Summary:
    """Return measures, gates and curves of the rows of one split."""
    sets: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        sets[row.set].append(row)
    answers = [row for name in _ANSWERS for row in sets[name]]
    return Summary(
        split=split,
        hashes=dict(hashes),
        items={name: len(found) for name, found in sets.items()},
        gates=tuple(_gates(answers, sets["repeats"])),
        measures=dict(_measures(sets, answers)),
        slices=_slices(sets),
        confusion=_confusion([*sets["answerable"], *sets["unanswerable"], *sets["dialogues"]]),
        risk_coverage=_risk_coverage([*sets["answerable"], *sets["unanswerable"]]),
    )


# --- gates ------------------------------------------------------------------------------------------------------------


def _gates(answers: Sequence[Row], repeats: Sequence[Row]) -> Iterable[Gate]:
    def total(key: str) -> int:
        return round(sum(row.scores.get(key, 0.0) for row in answers))

    anchors = total("n_anchors")
    for name, key in (("anchors resolve", "anchors_resolve"), ("words verbatim or stored wording", "anchors_faithful")):
        found = total(key)
        shown = f"{found / anchors:.3f}" if anchors else "none"
        yield Gate(name=name, required="1.000", found=shown, passed=found == anchors > 0, n=anchors)
    grades = sum(total(f"grades_{verdict}") for verdict in ("right", "hidden", "invented", "converted"))
    for name in ("invented", "converted"):
        found = total(f"grades_{name}")
        yield Gate(name=f"grades {name}", required="0", found=str(found), passed=found == 0, n=grades)
    found = total("superseded_unnoticed")
    yield Gate(
        name="superseded source without notice", required="0", found=str(found), passed=found == 0, n=len(answers)
    )
    intact = total("disclaimer")
    share = f"{intact / len(answers):.3f}" if answers else "none"
    yield Gate(
        name="disclaimer unaltered", required="1.000", found=share, passed=intact == len(answers) > 0, n=len(answers)
    )
    same = round(sum(row.scores["identical"] for row in repeats))
    share = f"{same / len(repeats):.3f}" if repeats else "none"
    yield Gate(
        name="same bytes over repeats and threads",
        required="1.000",
        found=share,
        passed=same == len(repeats) > 0,
        n=len(repeats),
    )


def mutation_gates(found: MutationSummary) -> tuple[Gate, ...]:
    """Return a gate on the kill rates and one on the false alarms of the mutation benchmark.

    An operator that found nothing to alter in these answers is named, and breaks no gate: there is no figure to judge.
    """
    gates = []
    for name, harmful in (("mutations noticed, every operator", True), ("harmless variants pass", False)):
        operators = [operator for operator in found.operators if operator.harmful is harmful]
        tried = [operator for operator in operators if operator.noticed.n]
        short = [f"{o.operator} {o.noticed.value}" for o in tried if not o.passed]
        untried = [f"not tried: {o.operator}" for o in operators if not o.noticed.n]
        gates.append(
            Gate(
                name=name,
                required="as each operator requires",
                found="; ".join((*(short or ["all"]), *untried)),
                passed=bool(tried) and not short,
                n=sum(operator.noticed.n for operator in operators),
            )
        )
    return tuple(gates)


# --- measures ---------------------------------------------------------------------------------------------------------


def _measures(sets: Mapping[str, Sequence[Row]], answers: Sequence[Row]) -> Iterable[tuple[str, Measure]]:
    topics, unanswerable = sets["answerable"], sets["unanswerable"]
    for budget in BUDGETS:
        yield f"vital nuggets at {budget} words", _mean(topics, f"vital@{budget}")
        yield f"all nuggets at {budget} words", _mean(topics, f"all@{budget}")
        yield f"words of the answer at {budget}", _mean(topics, f"words@{budget}", "words")
    yield "sentences that give a nugget", _mean(topics, "on_target")
    yield "expected grade shown as printed", _share(topics, "grade_shown")
    for verdict in ("right", "hidden"):
        n = sum(_sum(answers, f"grades_{v}") for v in ("right", "hidden", "invented", "converted"))
        yield f"grades {verdict}", statistics.proportion(_sum(answers, f"grades_{verdict}"), n)
    for kind in FactKind:
        n = _sum(answers, f"n_fact {kind.value}")
        yield f"fact kept: {kind.value}", statistics.proportion(_sum(answers, f"fact {kind.value}"), n, "exact")
    supported, statements = _sum(answers, "statements_supported"), _sum(answers, "n_statements")
    yield "citation recall, rule judge", statistics.proportion(supported, statements)
    precise, citations = _sum(answers, "citations_precise"), _sum(answers, "n_citations")
    yield "citation precision, rule judge", statistics.proportion(precise, citations)

    if any("nli_supported" in row.scores for row in answers):
        yield "citation recall, NLI", statistics.proportion(_sum(answers, "nli_supported"), statements)
        yield "citation precision, NLI", statistics.proportion(_sum(answers, "nli_precise"), citations)
        yield "NLI and rule judge disagree", statistics.proportion(_sum(answers, "nli_disagrees"), statements)

    states = [*topics, *unanswerable, *sets["dialogues"]]
    yield "status right", _share(states, "status_right")
    yield "status, macro-F1", _macro_f1(states)
    yield "unanswerable handled", _share(unanswerable, "handled")
    silent = [row for row in unanswerable if is_unanswerable(row)]
    yield "unanswerable recognised", _share(silent, "abstained")
    yield "false abstention", _share(topics, "abstained")
    judged = [row for row in (*topics, *silent) if row.confidence is not None]
    yield (
        "calibration error of the confidence",
        statistics.calibration_error(
            [row.confidence or 0.0 for row in judged], [row.set == "answerable" for row in judged]
        ),
    )
    yield "emergencies caught", _share(sets["emergencies"], "recall", "exact")
    yield "false alarms", _share(sets["emergencies"], "false_alarm", "exact")

    yield "sides of a disagreement shown", _mean(sets["disagreement"], "sides")
    yield "sides of a disagreement shown or behind the text", _mean(sets["disagreement"], "sides_held")
    yield "all sides shown", _share(sets["disagreement"], "all_sides")

    turns = sets["dialogues"]
    first = [row for row in turns if row.slices["turn"] == "1"]
    later = [row for row in turns if row.slices["turn"] != "1"]
    yield "dialogues: vital nuggets, first turn", _mean(first, f"vital@{MAIN}")
    yield "dialogues: vital nuggets, later turns", _mean(later, f"vital@{MAIN}")
    for name, label in (("ours", "ours"), ("off", "follow-ups not resolved"), ("gold", "rewritten by hand")):
        yield f"dialogues: nDCG@10 of later turns, {label}", _mean(later, f"ndcg_{name}")
    yield "dialogues: gap to the hand-written rewrite", _difference(later, "ndcg_gold", "ndcg_ours")
    yield "dialogues: gain over no resolution", _difference(later, "ndcg_ours", "ndcg_off")
    yield "dialogues: earlier topic leaks after a switch", _share(turns, "leaked")

    yield "rewordings: same statements (Jaccard)", _mean(sets["rewrites"], "jaccard")
    yield "rewordings: vital nuggets", _mean(sets["rewrites"], f"vital@{MAIN}")
    for name, found in sets.items():
        if name.startswith("retrieval-"):
            for measure in RETRIEVAL_MEASURES:
                yield f"{name}: {measure}", _mean(found, measure)


def _mean(rows: Sequence[Row], key: str, unit: str = "share") -> Measure:
    found = [row for row in rows if key in row.scores]
    return statistics.mean([row.scores[key] for row in found], [row.cluster for row in found], unit)


def _share(rows: Sequence[Row], key: str, method: Literal["wilson", "exact"] = "wilson") -> Measure:
    found = [row.scores[key] for row in rows if key in row.scores]
    return statistics.proportion(round(sum(found)), len(found), method)


def _difference(rows: Sequence[Row], key: str, less: str) -> Measure:
    found = [row for row in rows if key in row.scores and less in row.scores]
    return statistics.mean([row.scores[key] - row.scores[less] for row in found], [row.cluster for row in found])


def _sum(rows: Sequence[Row], key: str) -> int:
    return round(sum(row.scores.get(key, 0.0) for row in rows))


def _macro_f1(rows: Sequence[Row]) -> Measure:
    """Return the mean F1 over the statuses that occur, each weighing the same, with a bootstrap interval over items."""
    if not rows:
        return Measure(value=None, n=0, why_none="no item of this kind")
    names = [status.value for status in Status if any(status.value in (row.expected, row.given) for row in rows)]
    place = {name: i for i, name in enumerate(names)}
    pairs = [place[str(row.expected)] * len(names) + place[str(row.given)] for row in rows]

    def f1(cells: Sequence[int]) -> float:
        expected, given = zip(*(divmod(cell, len(names)) for cell in cells), strict=True)
        return float(f1_score(expected, given, labels=range(len(names)), average="macro", zero_division=0.0))

    low, high = statistics.resampled(pairs, f1)
    return Measure(value=round(f1(pairs), 6), low=low, high=high, n=len(rows), interval="bootstrap")


def _slices(sets: Mapping[str, Sequence[Row]]) -> dict[str, dict[str, Measure]]:
    """Return the headline of each set by each of its slices."""
    asked: tuple[tuple[str, str, str, Callable[[Sequence[Row], str], Measure]], ...] = (
        ("answerable", "intent", f"vital@{MAIN}", _mean),
        ("answerable", "audience", f"vital@{MAIN}", _mean),
        (SHIPPED, "intent", "nDCG@10", _mean),
        ("unanswerable", "category", "handled", _share),
        ("dialogues", "turn", f"vital@{MAIN}", _mean),
        ("dialogues", "turn", "ndcg_ours", _mean),
        ("dialogues", "phenomenon", f"vital@{MAIN}", _mean),
        ("rewrites", "kind", "jaccard", _mean),
        ("rewrites", "kind", f"vital@{MAIN}", _mean),
        ("emergencies", "topic", "recall", _share),
    )
    found: dict[str, dict[str, Measure]] = {}
    for name, by, key, measure in asked:
        groups: dict[str, list[Row]] = defaultdict(list)
        for row in sets[name]:
            if key in row.scores:
                groups[row.slices[by]].append(row)
        found[f"{name}: {key} by {by}"] = {value: measure(rows, key) for value, rows in sorted(groups.items())}
    return found


def _confusion(rows: Sequence[Row]) -> dict[str, dict[str, int]]:
    counts = Counter((str(row.expected), str(row.given)) for row in rows)
    names = [status.value for status in Status]
    return {e: {g: counts[e, g] for g in names if counts[e, g]} for e in names if any(counts[e, g] for g in names)}


def _risk_coverage(rows: Sequence[Row]) -> RiskCoverage:
    judged = [row for row in rows if row.confidence is not None and "wrong" in row.scores]
    return statistics.risk_coverage(
        [row.confidence or 0.0 for row in judged], [row.scores["wrong"] > 0.5 for row in judged]
    )
