"""Asks every item of the topics as a caller would, and judges the answers.

    topics --ask--> answers --judge--> rows --summarise--> measures and gates --report--> one page

Each item gives one row, which says what decided the verdict.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Any, Final

import ir_measures
from pydantic import Field

from fmqa.answer import composing
from fmqa.assistant import Assistant
from fmqa.evaluation import judging
from fmqa.evaluation.judging import NuggetVerdict, Truth
from fmqa.evaluation.topics import Category, Dialogue, DialogueTurn, Gold, Nugget, Topic, TopicSet
from fmqa.evidence import searching
from fmqa.question import resolving
from fmqa.types import Answer, Audience, NoticeKind, Passage, Record, Status

BUDGETS: Final = (60, 120, 250)
"""Words that an answer may have, at which nuggets are counted."""
MAIN: Final = 120
"""The budget of every other measure."""
DEPTH: Final = 10
REPEATS: Final = 10
THREADS: Final = (1, 2)
REPEATED_TOPICS: Final = 24
RETRIEVAL: Final = (
    ir_measures.R @ 1,
    ir_measures.R @ 5,
    ir_measures.R @ 10,
    ir_measures.RR @ 10,
    ir_measures.nDCG @ 10,
)
RIGHT_FOR_TOPIC: Final = (Status.ANSWERED, Status.GUIDELINE_SILENT)
_GRADE_OF: Final = {"vital": 2, "okay": 1}
_CRITICAL: Final = 0.5  # share of the vital nuggets below which an answer counts as wrong


class Row(Record):
    """One item: its scores, what decided them, and the answer itself."""

    set: str
    id: str
    cluster: str = Field(description="Source document, dialogue or topic: items of one cluster are not independent.")
    question: str
    slices: dict[str, str] = Field(default_factory=dict)
    scores: dict[str, float] = Field(default_factory=dict)
    expected: str | None = None
    given: str | None = None
    confidence: float | None = None
    answer: str = ""
    verdicts: tuple[dict[str, Any], ...] = Field((), description="Each with the rule and the span that decided it.")


class Bench:
    """What the items are put to: one assistant, and the corpus as it was read anew."""

    def __init__(
        self,
        assistant: Assistant,
        truth: Truth,
        nli: judging.Judge | None = None,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> None:
        self.assistant = assistant
        self.truth = truth
        self.nli = nli
        self.seconds: dict[str, float] = {}
        self.asked = 0
        self.progress = progress or (lambda _step, _done, _total: None)

    def ask(self, question: str, audience: Audience, max_words: int = MAIN, history: Sequence[str] = ()) -> Answer:
        """Return the answer to a question after earlier questions of the same conversation."""
        *_, answer = self.converse((*history, question), audience, max_words)
        return answer

    def converse(self, questions: Sequence[str], audience: Audience, max_words: int = MAIN) -> Iterator[Answer]:
        """Yield the answers to the questions of one conversation."""
        conversation_id = None
        for question in questions:
            self.asked += 1
            answer = self.assistant.ask(
                question, conversation_id=conversation_id, audience=audience, max_words=max_words
            )
            conversation_id = answer.conversation_id
            yield answer

    def each(self, step: str, items: Sequence[Any]) -> Iterator[Any]:
        """Yield the items of a step, telling how far it is and adding up its seconds."""
        start = time.perf_counter()
        for done, item in enumerate(items, start=1):
            yield item
            self.progress(step, done, len(items))
        self.seconds[step] = self.seconds.get(step, 0.0) + time.perf_counter() - start


def run(topics: TopicSet, bench: Bench) -> tuple[Row, ...]:
    """Return a row for every item of a split, in the order of the files."""
    return (
        *answerable(topics, bench),
        *unanswerable(topics, bench),
        *disagreement(topics, bench),
        *dialogues(topics, bench),
        *rewrites(topics, bench),
        *emergencies(topics, bench),
        *repeats(topics, bench),
        *retrieved(topics, bench),
    )


# --- sets -------------------------------------------------------------------------------------------------------------


def answerable(topics: TopicSet, bench: Bench) -> Iterator[Row]:
    """Yield a row a topic: nuggets at each budget, grade, status, and everything that any answer is held to."""
    for topic in bench.each("answerable", topics.answerable):
        scores: dict[str, float] = {}
        for budget in BUDGETS:
            answer = bench.ask(topic.question, topic.audience, budget)
            verdicts = judging.nugget_verdicts(topic.nuggets, answer)
            scores |= {f"{name}@{budget}": share for name, share in recalls(verdicts).items()}
            scores[f"words@{budget}"] = float(composing.word_count(answer.text))
            if budget == MAIN:
                main, told = answer, verdicts
        giving, statements = judging.on_target(told, main)
        if statements:
            scores["on_target"] = giving / statements
        if topic.grade is not None:
            scores["grade_shown"] = float(judging.states_gold_grade(topic.grade, main))
        scores["status_right"] = float(main.status in RIGHT_FOR_TOPIC)
        scores["abstained"] = float(main.status.abstains)
        scores["wrong"] = float(scores[f"vital@{MAIN}"] < _CRITICAL)
        yield _row("answerable", topic.id, topic.document, topic.question, main, bench, scores, told).model_copy(
            update={
                "slices": {"intent": topic.intent.value, "audience": topic.audience.value, "document": topic.document},
                "expected": main.status.value if main.status in RIGHT_FOR_TOPIC else Status.ANSWERED.value,
            }
        )


def unanswerable(topics: TopicSet, bench: Bench) -> Iterator[Row]:
    """Yield a row a question that must not be answered as asked: right is status, notices, correction and restraint."""
    for topic in bench.each("unanswerable", topics.unanswerable):
        answer = bench.ask(topic.question, topic.audience, MAIN, topic.history)
        verdicts = judging.nugget_verdicts(topic.nuggets, answer)
        vital = [v.given for v in verdicts if v.importance == "vital"]
        said = judging.says(answer, topic.must_not)
        noticed = {notice.kind for notice in answer.notices}
        if answer.status is Status.URGENT:  # its whole text is the notice
            noticed.add(NoticeKind.EMERGENCY)
        lacking = [kind.value for kind in topic.notices if kind not in noticed]
        scores = {
            "status_right": float(answer.status in topic.accept),
            "restrained": float(not said),
            "noticed": float(not lacking),
            "corrected": float(all(vital)),
            "handled": float(answer.status in topic.accept and not said and not lacking and all(vital)),
            "abstained": float(answer.status.abstains),
        }
        scores["wrong"] = 1 - scores["handled"]
        if not vital:
            del scores["corrected"]
        row = _row("unanswerable", topic.id, topic.id, topic.question, answer, bench, scores, verdicts)
        decided = (*row.verdicts, {"said": list(said)}, {"notices_lacking": lacking})
        yield row.model_copy(
            update={
                "slices": {"category": topic.category.value, "audience": topic.audience.value},
                "expected": answer.status.value if answer.status in topic.accept else topic.accept[0].value,
                "verdicts": decided,
            }
        )


def disagreement(topics: TopicSet, bench: Bench) -> Iterator[Row]:
    """Yield a row a disagreement: the share of sides shown, and whether all are."""
    for topic in bench.each("disagreement", topics.disagreement):
        answer = bench.ask(topic.question, topic.audience)
        shown = judging.sides_shown(topic, answer)
        held = judging.sides_shown(topic, answer, further=True)
        scores = {
            "sides": sum(shown) / len(shown),
            "all_sides": float(all(shown)),
            "sides_held": sum(held) / len(held),
        }
        row = _row("disagreement", topic.id, topic.intervention, topic.question, answer, bench, scores, ())
        sides = tuple(
            {"side": side.says, "gold": [gold.id for gold in side.gold], "shown": given}
            for side, given in zip(topic.positions, shown, strict=True)
        )
        yield row.model_copy(update={"slices": {"relation": topic.relation}, "verdicts": (*row.verdicts, *sides)})


def dialogues(topics: TopicSet, bench: Bench) -> Iterator[Row]:
    """Yield a row a turn: nuggets, status, what of the last topic leaked, and nDCG of three readings of the turn."""
    for dialogue in bench.each("dialogues", topics.dialogues):
        answers = bench.converse([turn.question for turn in dialogue.turns], dialogue.audience)
        for number, (turn, answer) in enumerate(zip(dialogue.turns, answers, strict=True), start=1):
            yield _turn_row(dialogue, number, turn, answer, bench)


def _turn_row(dialogue: Dialogue, number: int, turn: DialogueTurn, answer: Answer, bench: Bench) -> Row:
    verdicts = judging.nugget_verdicts(turn.nuggets, answer)
    scores = {f"{name}@{MAIN}": share for name, share in recalls(verdicts).items()}
    scores["status_right"] = float(answer.status in turn.accept)
    readings = {"ours": answer.interpreted_question, "off": turn.question, "gold": turn.rewrite}
    if turn.nuggets:
        for name, text in readings.items():
            found = [p.passage for p in bench.assistant.search(text, DEPTH)]
            value = ranking_scores(found, turn.nuggets, bench)["nDCG@10"]
            if value is not None:
                scores[f"ndcg_{name}"] = value
    if turn.switched_from:
        left = set(turn.switched_from)
        leaked = [
            statement.id
            for statement in answer.statements
            if (span := bench.truth.spans.get(statement.id)) and left & set(span.statement.interventions)
        ]
        scores["leaked"] = float(bool(leaked))
    row = _row("dialogues", f"{dialogue.id}.{number}", dialogue.id, turn.question, answer, bench, scores, verdicts)
    return row.model_copy(
        update={
            "slices": {"turn": str(number), "phenomenon": turn.phenomenon.value, "audience": dialogue.audience.value},
            "expected": answer.status.value if answer.status in turn.accept else turn.accept[0].value,
            "verdicts": (*row.verdicts, {"interpreted": answer.interpreted_question, "rewrite": turn.rewrite}),
        }
    )


def rewrites(topics: TopicSet, bench: Bench) -> Iterator[Row]:
    """Yield a row a rewording: nuggets under it, and how much of what is cited stays the same."""
    by_id: Mapping[str, Topic] = {topic.id: topic for topic in topics.answerable}
    for item in bench.each("rewrites", topics.rewrites):
        topic = by_id[item.topic]
        original = {s.id for s in bench.ask(topic.question, topic.audience).statements}
        answer = bench.ask(item.question, topic.audience)
        reworded = {s.id for s in answer.statements}
        verdicts = judging.nugget_verdicts(topic.nuggets, answer)
        union = original | reworded
        scores = {
            "jaccard": len(original & reworded) / len(union) if union else 1.0,
            **{f"{name}@{MAIN}": share for name, share in recalls(verdicts).items()},
        }
        row = _row("rewrites", item.id, item.topic, item.question, answer, bench, scores, verdicts)
        yield row.model_copy(update={"slices": {"kind": item.kind.value}})


def emergencies(topics: TopicSet, bench: Bench) -> Iterator[Row]:
    """Yield a row a message: whether an emergency was sent elsewhere, or a harmless one was not."""
    for item in bench.each("emergencies", topics.emergencies):
        answer = bench.ask(item.message, Audience.PATIENT)
        caught = answer.status is Status.URGENT
        scores = {"recall": float(caught)} if item.urgent else {"false_alarm": float(caught)}
        row = _row("emergencies", item.id, item.id, item.message, answer, bench, scores, ())
        yield row.model_copy(update={"slices": {"topic": item.topic, "urgent": str(item.urgent).lower()}})


def repeats(topics: TopicSet, bench: Bench) -> Iterator[Row]:
    """Yield a row for some topics, evenly taken: whether ten answers on one and on two threads are the same bytes."""
    step = max(1, len(topics.answerable) // REPEATED_TOPICS)
    for topic in bench.each("repeats", topics.answerable[::step]):

        def answered(_: int, topic: Topic = topic) -> str:
            return fingerprint(bench.ask(topic.question, topic.audience))

        prints: set[str] = set()
        for threads in THREADS:
            with ThreadPoolExecutor(threads) as pool:
                prints |= set(pool.map(answered, range(REPEATS)))
        yield Row(
            set="repeats",
            id=f"repeat-{topic.id}",
            cluster=topic.document,
            question=topic.question,
            scores={"identical": float(len(prints) == 1)},
        )


def fingerprint(answer: Answer) -> str:
    """Return the SHA-256 of everything in an answer that is not this one's own: ids of the turn, and timings."""
    own = {"question_id", "conversation_id", "timings"}
    return sha256(answer.model_dump_json(exclude=own).encode()).hexdigest()


# --- retrieval --------------------------------------------------------------------------------------------------------


def retrieved(topics: TopicSet, bench: Bench) -> Iterator[Row]:
    """Yield a row a topic and way of searching, with its ranking and the measures of ``ir_measures``."""
    ways = rankers(bench)
    for topic in bench.each("retrieval", topics.answerable):
        for way, found_by in ways.items():
            found = found_by(topic.question)
            scores = {
                name: value for name, value in ranking_scores(found, topic.nuggets, bench).items() if value is not None
            }
            yield Row(
                set=f"retrieval-{way}",
                id=topic.id,
                cluster=topic.document,
                question=topic.question,
                slices={"intent": topic.intent.value},
                scores=scores,
                verdicts=tuple({"rank": i, "passage": p.id} for i, p in enumerate(found, start=1)),
            )


def rankers(bench: Bench) -> dict[str, Callable[[str], list[Passage]]]:
    """Return the ways of searching that are compared: the shipped one, and each with one part left out."""
    library = bench.assistant.library
    hybrid = library.settings

    def searched(weight: float | None, *, synonyms: bool) -> Callable[[str], list[Passage]]:
        settings = hybrid if weight is None else hybrid.model_copy(update={"fusion": "convex", "dense_weight": weight})

        def found(question: str) -> list[Passage]:
            if synonyms:
                query = resolving.resolve(question, (), library.matcher, library.names)
                ranking = searching.rank(query, library._replace(settings=settings))
            else:
                ranking = searching.rank_text(question, library.opened, settings)
            return [p.passage for p in searching.passages(ranking, library.opened, DEPTH)]

        return found

    return {
        "hybrid": searched(None, synonyms=True),
        "dense": searched(1.0, synonyms=True),
        "bm25": searched(0.0, synonyms=True),
        "no-synonyms": searched(None, synonyms=False),
        "dense-no-synonyms": searched(1.0, synonyms=False),
        "bm25-no-synonyms": searched(0.0, synonyms=False),
    }


def qrels_of(nuggets: Iterable[Nugget], bench: Bench) -> dict[str, int]:
    """Return the relevance of every passage that overlaps a gold span: 2 for a vital nugget, 1 for an okay one."""
    grades: dict[str, int] = {}
    for nugget in nuggets:
        for gold in nugget.gold:
            for passage_id in _passages_at(gold, bench):
                grades[passage_id] = max(grades.get(passage_id, 0), _GRADE_OF[nugget.importance])
    return grades


def _passages_at(gold: Gold, bench: Bench) -> list[str]:
    index = bench.assistant.library.opened
    row = index.statement_rows.get((gold.document, gold.statement))
    return [] if row is None else [index.passage(row).id]


def ranking_scores(found: Sequence[Passage], nuggets: Sequence[Nugget], bench: Bench) -> dict[str, float | None]:
    """Return the measures of one ranking; None where no passage is relevant."""
    grades = qrels_of(nuggets, bench)
    if not grades:
        return {str(measure): None for measure in RETRIEVAL}
    qrels = [ir_measures.Qrel("q", passage, grade) for passage, grade in grades.items()]
    ranked = [ir_measures.ScoredDoc("q", passage.id, -float(rank)) for rank, passage in enumerate(found)]
    values = ir_measures.calc_aggregate(RETRIEVAL, qrels, ranked) if ranked else {}
    return {str(measure): round(float(values.get(measure, 0.0)), 6) for measure in RETRIEVAL}


# --- what every answer is held to -------------------------------------------------------------------------------------


def recalls(verdicts: Sequence[NuggetVerdict]) -> dict[str, float]:
    """Return the share of the vital nuggets given, and of all; nothing where there are none."""
    vital = [v.given for v in verdicts if v.importance == "vital"]
    found = {"vital": sum(vital) / len(vital)} if vital else {}
    if verdicts:
        found["all"] = sum(v.given for v in verdicts) / len(verdicts)
    return found


def _row(
    name: str,
    item: str,
    cluster: str,
    question: str,
    answer: Answer,
    bench: Bench,
    scores: dict[str, float],
    nuggets: Sequence[NuggetVerdict],
) -> Row:
    """Return the row of an answer, with the verdicts that every answer of every kind is given."""
    anchors = judging.anchor_verdicts(answer, bench.truth)
    grades = judging.grade_verdicts(answer, bench.truth)
    kept = judging.fact_verdicts(answer, bench.truth)
    citations = judging.citation_verdicts(answer, judging.rule_judge)
    superseded = judging.superseded_without_notice(answer)
    held = {
        "disclaimer": float(judging.disclaimer_intact(answer)),
        "n_anchors": float(len(anchors)),
        "anchors_resolve": float(sum(v.resolves for v in anchors)),
        "anchors_faithful": float(sum(v.faithful for v in anchors)),
        "superseded_unnoticed": float(len(superseded)),
        "n_citations": float(sum(len(v.precise) for v in citations)),
        "citations_precise": float(sum(sum(v.precise) for v in citations)),
        "n_statements": float(len(citations)),
        "statements_supported": float(sum(v.supported for v in citations)),
    }
    if bench.nli is not None:
        other = judging.citation_verdicts(answer, bench.nli)
        held["nli_precise"] = float(sum(sum(v.precise) for v in other))
        held["nli_supported"] = float(sum(v.supported for v in other))
        held["nli_disagrees"] = float(sum(a.supported != b.supported for a, b in zip(citations, other, strict=True)))
    for verdict in ("right", "hidden", "invented", "converted"):
        held[f"grades_{verdict}"] = float(sum(v.verdict == verdict for v in grades))
    for kind in judging.FactKind:
        of_kind = [v for v in kept if v.kind is kind]
        held[f"n_fact {kind.value}"] = float(len(of_kind))
        held[f"fact {kind.value}"] = float(sum(v.kept for v in of_kind))
    decided = (
        *(v.model_dump(mode="json") for v in nuggets),
        *(v.model_dump(mode="json") for v in anchors if not (v.resolves and v.faithful)),
        *(v.model_dump(mode="json") for v in grades if v.verdict != "right"),
        *(v.model_dump(mode="json") for v in kept if not v.kept),
        *(v.model_dump(mode="json") for v in citations if not (v.supported and all(v.precise))),
        *({"superseded_without_notice": document} for document in superseded),
    )
    return Row(
        set=name,
        id=item,
        cluster=cluster,
        question=question,
        scores=scores | held,
        given=answer.status.value,
        confidence=answer.confidence,
        answer=answer.text,
        verdicts=decided,
    )


def is_unanswerable(row: Row) -> bool:
    """Return whether a row is of a question that should have been abstained on."""
    return row.slices.get("category") in (Category.NOT_IN_CORPUS, Category.OUT_OF_SCOPE)
