"""Fit which statement answers a question, and with which chance, on development turns; write ``ranking.json``.

    python eval/fit_ranking.py            # fit, print the figures out of fold, write
    python eval/fit_ranking.py --check    # the figures only
    python eval/fit_ranking.py --chance   # the chance and the cut anew; the order stays

Needs the index of the shipped corpus. The order is a conditional logit: of all statements those that carry a fact of
the turn are the likely ones, each fact counting the same within its turn. The chance is a logistic on its scores,
fitted on held-out turns, questions that the sources do not answer among them. Figures are of folds by conversation or
document: no turn is judged by weights that saw its conversation.
"""

import argparse
import json
from collections.abc import Collection, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from fmqa import Assistant
from fmqa.ask import asked_before
from fmqa.corpus import questions
from fmqa.evaluation.everyday.turns import TurnType
from fmqa.evidence import ranking
from fmqa.evidence.library import Library
from fmqa.evidence.ranking import CHANCE_SIGNALS, FEATURES, chance_signals, features
from fmqa.evidence.searching import search
from fmqa.settings import Settings
from fmqa.types import Audience, Query, Turn

EVAL: Final = Path(__file__).parent
FOLDS: Final = 5
PENALTY: Final = 1e-3
SIGNS: Final = {
    **dict.fromkeys(("populations not asked for", "superseded", "article not asked for", "other drug", "told"), -1),
    **dict.fromkeys(
        ("question", "question as typed", "question as meant", "statement", "statement as typed", "coverage"), 1
    ),
}
"""Reasons whose sense is known: their weights may not turn round, however few turns speak of them."""
FLOOR: Final = 0.6
"""The least that a reason of safety weighs: another drug, another population, an old edition, an article's claim."""
SAFETY: Final = ("populations not asked for", "superseded", "article not asked for", "other drug", "told")
EVERYDAY: Final = ("everyday", "conversations")
"""Sets in everyday words."""
IDLE: Final = 0.9
"""Share of the statements said beside the first, at the edge, that may bear on nothing that was asked."""
CANDIDATES: Final = 200
"""Statements of a turn that are looked at; what is further down never comes up."""
Matrix = NDArray[np.floating[Any]]


class Example(NamedTuple):
    """One turn: the reasons of the likeliest statements, and which of them carry each of its facts."""

    set: str
    cluster: str
    table: Matrix
    facts: tuple[tuple[int, ...], ...]  # none: the sources do not answer it
    places: tuple[int, ...]  # of the rows among all statements


class Labelled(NamedTuple):
    """What a turn asks, and what answers it."""

    question: str
    audience: str
    facts: Sequence[Sequence[str]]
    counts: bool = True
    also: Sequence[str] = ()  # neither right nor wrong


def examples(assistant: Assistant) -> list[Example]:
    """Return an example for every development turn that is no emergency.

    Of the conversations of the corpus these are the ones that no model was trained on and no index holds.
    """
    found: list[Example] = []
    library = assistant.library
    places = {entry.id: at for at, entry in enumerate(library.statements.entries)}

    def add(name: str, cluster: str, turns: Sequence[Labelled]) -> None:
        conversation: str | None = None
        for turn in turns:
            before = assistant.conversations.turns(conversation) if conversation else ()
            audience = Audience(turn.audience)
            conversation = assistant.ask(turn.question, conversation_id=conversation, audience=audience).conversation_id
            asked = assistant.conversations.turns(conversation)[-1]
            if turn.counts and asked.query is not None:
                table = _table(turn.question, asked.query, before, library)
                labels = [tuple(places[i] for i in ids if i in places) for ids in turn.facts]
                found.append(_likeliest(name, cluster, table, [*filter(None, labels)], {*map(places.get, turn.also)}))

    for cluster, rows in _grouped(EVAL / "everyday" / "dev.jsonl", "conversation_id").items():
        told = {TurnType.ANSWERABLE.value, TurnType.FALSE_PREMISE.value, TurnType.DECLINE.value}
        turns = [
            Labelled(r["question"], r["audience"], r["must_ids"], r["type"] in told or any(r["must_ids"])) for r in rows
        ]
        add("everyday", cluster, turns)
    names = frozenset(places)
    held = [turn for turn in questions.read(library.settings.corpus, names).conversations if turn.is_held_out]
    for cluster, talk in groupby(held, key=lambda turn: turn.conversation):
        add("conversations", cluster, [Labelled(t.question, t.audience, t.facts, also=t.also) for t in talk])
    topics = EVAL / "topics" / "dev"
    for row in _rows(topics / "answerable.jsonl"):
        add("topics", row["document"], [Labelled(row["question"], row.get("audience", "clinician"), _gold(row))])
    for row in _rows(topics / "dialogues.jsonl"):
        add("dialogues", row["id"], [Labelled(turn["question"], "clinician", _gold(turn)) for turn in row["turns"]])
    for row in _rows(topics / "unanswerable.jsonl"):
        add("unanswerable", row["id"], [Labelled(row["question"], "clinician", (), not row.get("history"))])
    return found


def _table(question: str, query: Query, before: Sequence[Turn], library: Library) -> Matrix:
    spoken = asked_before(before)
    said = [frozenset(each.statement_ids) for each in spoken]
    asked = next((each.query.text for each in spoken if each.query is not None), None)
    found = search(question, query, library, asked, earlier=[each.question for each in spoken])
    return features(query, found, library.statements, library.catalogue, said)


def _likeliest(
    name: str, cluster: str, table: Matrix, facts: Sequence[tuple[int, ...]], unlabelled: Collection[int | None]
) -> Example:
    """Return an example of the likeliest statements by the weights so far, with those that carry a fact."""
    right = {place for fact in facts for place in fact}
    best = np.argsort(-(table @ ranking.WEIGHTS), kind="stable")[:CANDIDATES].tolist()
    kept = sorted({place for place in best if place not in unlabelled} | right)
    row_of = {place: row for row, place in enumerate(kept)}
    labels = tuple(tuple(row_of[place] for place in fact) for fact in facts)
    return Example(name, cluster, table[kept].astype(np.float32), labels, tuple(kept))


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def _grouped(path: Path, key: str) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in _rows(path):
        groups.setdefault(str(row[key]), []).append(row)
    return groups


def _gold(row: dict[str, Any]) -> list[list[str]]:
    return [
        [f"{g['document']}#{g['statement']}" for g in nugget["gold"]]
        for nugget in row["nuggets"]
        if nugget["importance"] == "vital"
    ]


def fit(found: Sequence[Example]) -> Matrix:
    """Return the most likely weights of the order, each within the sense that is known of it."""
    labelled = [example for example in found if example.facts]

    def loss(weights: Matrix) -> tuple[float, Matrix]:
        total, slope = 0.0, np.zeros(len(weights))
        for example in labelled:
            logits = example.table @ weights
            odds = np.exp(logits - logits.max())
            share = odds / odds.sum()
            for fact in example.facts:
                part = share[list(fact)]
                total -= np.log(part.sum()) / len(example.facts)
                pull = (part / part.sum()) @ example.table[list(fact)] - share @ example.table
                slope -= pull / len(example.facts)
        size = len(labelled)
        return total / size + PENALTY * float(weights @ weights), slope / size + 2 * PENALTY * weights

    bounds = [
        (None, -FLOOR) if name in SAFETY else (0.0, None) if SIGNS.get(name, 0) > 0 else (None, None)
        for name in FEATURES
    ]
    start = np.array([-FLOOR if name in SAFETY else 0.0 for name in FEATURES])
    fitted = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 300})
    return np.asarray(fitted.x, dtype=np.float64)


def folds(found: Sequence[Example]) -> list[int]:
    """Return the fold of each example; those of one conversation or document are in one fold."""
    clusters = sorted({example.cluster for example in found})
    np.random.default_rng(0).shuffle(clusters)
    at = {cluster: number % FOLDS for number, cluster in enumerate(clusters)}
    return [at[example.cluster] for example in found]


def held_out(found: Sequence[Example]) -> list[Matrix]:
    """Return the scores of every example by weights that did not see its cluster."""
    at = folds(found)
    scores: list[Matrix] = [np.zeros(0)] * len(found)
    for fold in range(FOLDS):
        weights = fit([example for example, its in zip(found, at, strict=True) if its != fold])
        for number, example in enumerate(found):
            if at[number] == fold:
                scores[number] = example.table @ weights
    return scores


def chance(
    found: Sequence[Example], scores: Sequence[Matrix], beside: Sequence[frozenset[int]]
) -> tuple[dict[str, float], float]:
    """Return the logistic of the chance, and the least chance at which a statement is said beside the first.

    Everyday turns, turns of held-out conversations and all the others weigh the same: the last ask for one fact each,
    and most people for more than they name.

    Args:
        found: The turns.
        scores: The score of every statement, for each turn.
        beside: The places of those that the record of each statement names as belonging beside it.
    """
    rows, labels, firsts, kinds = [], [], [], []
    for example, its in zip(found, scores, strict=True):
        order = np.argsort(-its, kind="stable")
        named = {row for row, place in enumerate(example.places) if place in beside[example.places[order[0]]]}
        shown = np.array([*order[:12], *(at for at in order[12:] if at in named)])
        belongs = np.array([at in named for at in shown])
        right = {place for fact in example.facts for place in fact}
        rows.append(chance_signals(its[shown], example.table[shown, :3].max(axis=1), belongs))
        labels += [int(place in right) for place in shown]
        firsts += [True, *(False for _ in shown[1:])]
        kinds += [example.set if example.set in EVERYDAY else "others" for _ in shown]
    table = np.concatenate(rows)
    weights = 1 / np.array([kinds.count(kind) for kind in kinds])
    model = LogisticRegression(C=1.0, max_iter=2000).fit(table, labels, sample_weight=weights / weights.mean())
    names = {name: round(float(w), 4) for name, w in zip(CHANCE_SIGNALS, model.coef_[0], strict=True)}
    names["constant"] = round(float(model.intercept_[0]), 4)
    # The lowest cut at which the statements around it still bear on an everyday question often enough.
    counted = np.isin(kinds, EVERYDAY) & ~np.array(firsts)
    likely = model.predict_proba(table)[counted, 1]
    falling = np.argsort(-likely)
    bears = np.array(labels)[counted][falling]
    window = 60
    cut = 1.0
    for end in range(window, len(bears)):
        if bears[end - window : end].mean() < 1 - IDLE:
            cut = float(likely[falling][end])
            break
    return names, round(cut, 4)


def report(found: Sequence[Example], scores: Sequence[Matrix]) -> None:
    """Print, by set, how often the first statement bears a fact, and the share of facts among the first 3 and 7."""
    for name in ("everyday", "conversations", "topics", "dialogues"):
        lead, facts, three, seven = [], 0, 0, 0
        for example, its in zip(found, scores, strict=True):
            if example.set != name or not example.facts:
                continue
            best = np.argsort(-its, kind="stable")[:7].tolist()
            lead.append(any(best[0] in fact for fact in example.facts))
            facts += len(example.facts)
            three += sum(bool(set(best[:3]) & set(fact)) for fact in example.facts)
            seven += sum(bool(set(best) & set(fact)) for fact in example.facts)
        print(  # noqa: T201 - a script
            f"{name}: {len(lead)} turns, first bears a fact {np.mean(lead):.3f}, "
            f"facts among three {three / facts:.3f}, among seven {seven / facts:.3f}"
        )


def main() -> None:
    """Fit, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="print the figures and write nothing")
    parser.add_argument("--chance", action="store_true", help="fit the chance alone, and keep the weights of the order")
    parser.add_argument("--database", default="sqlite://", help="where the conversations of the turns are kept")
    arguments = parser.parse_args()
    assistant = Assistant.open(Settings(database=arguments.database))
    found = examples(assistant)
    entries = assistant.library.statements.entries
    places = {entry.id: at for at, entry in enumerate(entries)}
    beside = [frozenset(places[name] for name in entry.statement.beside if name in places) for entry in entries]
    assistant.close()
    scores = held_out(found)
    report(found, scores)
    weights = ranking.WEIGHTS if arguments.chance else fit(found)
    logistic, cut = chance(found, scores, beside)
    print(f"cut {cut}", logistic)  # noqa: T201 - a script
    if not arguments.check:
        fitted = {
            "weights": {name: round(float(w), 4) for name, w in zip(FEATURES, weights, strict=True)},
            "chance": logistic,
            "cut": cut,
            "answers": ranking.ANSWERS,
        }
        Path(ranking.__file__).with_name("ranking.json").write_text(json.dumps(fitted, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
