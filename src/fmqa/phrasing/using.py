"""What a language model is asked for, and what becomes of its reply.

It may make a follow-up stand alone, choose and order the statements that an answer shows, and word them. It sees
questions, and statements that have passed verification and are sent anyway; it never sees an emergency, a question
about what somebody should take, or an answer that warns of a combination. What fails a check is as if it had not been
written.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from fmqa.corpus.vocabulary import Matcher
from fmqa.errors import NoModel
from fmqa.evidence.library import Library
from fmqa.phrasing import checking
from fmqa.phrasing.endpoint import LanguageModel
from fmqa.types import (
    Answer,
    AnswerStatement,
    ByModel,
    Direction,
    Effect,
    EvidenceStatement,
    Fault,
    Material,
    Notice,
    NoticeKind,
    Query,
    StatementKind,
    Status,
    WrittenSentence,
)

QUESTION: Final = (
    "You rewrite the last question of a talk so that it can be understood alone. Keep its words. Put in only the names "
    "that it refers to, from the earlier questions. Do not answer it. Reply with the question and nothing else."
)
ORDER: Final = (
    "You are given a question and numbered statements. Choose the statements that answer the question best, at most "
    "four, the best first. Reply with their numbers and nothing else, such as: 3, 1, 4"
)
WORDING: Final = (
    "You word numbered statements as fluent English for one answer. Write one line for each sentence: the number of "
    "its statement in square brackets, then the sentence. You may join two statements in one sentence: [1][2]. Keep "
    "every number, unit, name, negation and word that carries a meaning, in the same order. Add nothing."
)
_FOLLOW_UPS: Final = 3
"""Earlier questions that a model is told."""
_CHOSEN: Final = 4
_OFFERED: Final = 12
"""Statements that a model chooses from."""
_NUMBER: Final = re.compile(r"\d+")
_LINE: Final = re.compile(r"\s*(?:[-*]\s*)?((?:\[\d+\]\s*)+)(\S.*\S)\s*")
_AFTER: Final = re.compile(r"\s*(?:[-*]\s*)?(\S.*?\S)\s*((?:\[\d+\]\s*)+)\.?\s*")
_WARNING: Final = frozenset({StatementKind.SAFETY, StatementKind.INTERACTION})
_KEPT_FROM_IT: Final = frozenset(
    {
        NoticeKind.EMERGENCY,
        NoticeKind.INTERACTION,
        NoticeKind.CAUTION,
        NoticeKind.PERSONAL_ADVICE,
        NoticeKind.CONTRADICTED,
    }
)
_SENT: Final = frozenset({Status.ANSWERED, Status.PARTIAL, Status.GUIDELINE_SILENT})
WITHOUT: Final = "The language model did not answer; this answer was made without it."

Reread = Callable[[str], Query | None]
"""A question made to stand alone -> how it is read; None where it must not be taken."""


class Helper(Protocol):
    """Takes part in one answer."""

    def standalone(self, question: str, earlier: Sequence[str], query: Query, reread: Reread) -> Query:
        """Return how a question is read."""
        ...

    def ordered(self, question: str, material: Material, answer: Answer) -> Material:
        """Return the material with its statements in the order in which they are told."""
        ...

    def worded(self, answer: Answer, library: Library) -> Answer:
        """Return the answer with what a model had a part in, marked."""
        ...


class Nobody:
    """Takes no part: there is no language model."""

    def standalone(self, question: str, earlier: Sequence[str], query: Query, reread: Reread) -> Query:
        """Return the query as it was read."""
        del question, earlier, reread
        return query

    def ordered(self, question: str, material: Material, answer: Answer) -> Material:
        """Return the material as it is."""
        del question, answer
        return material

    def worded(self, answer: Answer, library: Library) -> Answer:
        """Return the answer as it is."""
        del library
        return answer


NOBODY: Final = Nobody()


class Writer:
    """The part of a language model in one answer: its time, and what came of it."""

    def __init__(self, model: LanguageModel, matcher: Matcher) -> None:
        """Begin with one answer, for which the time that the model has runs from now."""
        self._model = model
        self._concepts = lambda text: [mention.concept for mention in matcher.mentions(text)]
        self._until = model.deadline()
        self._silent = False
        self._question = False
        self._before: tuple[str, ...] | None = None
        """Ids of the statements that were shown before the model chose; None if it chose nothing."""

    def standalone(self, question: str, earlier: Sequence[str], query: Query, reread: Reread) -> Query:
        """Return how a follow-up is read once it stands alone, if the model's question holds; else as it was.

        Args:
            question: What was asked.
            earlier: The questions before it, as they were read, oldest first.
            query: How it was read without the model.
            reread: Reads a question anew.
        """
        if "question" not in self._model.uses or not earlier or _is_personal(query):
            return query
        talk = "\n".join(f"Earlier question: {text}" for text in earlier[-_FOLLOW_UPS:])
        reply = self._reply(QUESTION, f"{talk}\nLast question: {question}", 100)
        written = " ".join((reply or "").strip().strip("\"'").split())
        if not checking.question_holds(written, question, earlier[-_FOLLOW_UPS:], self._concepts):
            return query
        found = reread(written)
        if found is None or found.choices or _is_personal(found):
            return query
        self._question = True
        return found

    def ordered(self, question: str, material: Material, answer: Answer) -> Material:
        """Return the material with what the model chose first; what warns stays among the first, and nothing is lost.

        Args:
            question: The standalone question.
            material: What the answer was made from.
            answer: The verified answer: nothing else is offered to the model.
        """
        said = {statement.id: statement.text for statement in (*answer.statements, *answer.more)}
        offered = [statement for statement in material.statements if statement.id in said][:_OFFERED]
        if "order" not in self._model.uses or len(offered) < 3 or not _may_see(answer, material.query):
            return material
        listed = "\n".join(f"{n}. {said[statement.id]}" for n, statement in enumerate(offered, start=1))
        reply = self._reply(ORDER, f"Question: {question}\n{listed}", 30)
        numbers = dict.fromkeys(int(n) for n in _NUMBER.findall(reply or "") if len(n) < 4)
        chosen = [offered[n - 1] for n in numbers if 1 <= n <= len(offered)][:_CHOSEN]
        if not chosen or len(chosen) < len(numbers):  # a number that leads nowhere: not a choice
            return material
        statements = _in_order(chosen, material, answer)
        if statements == material.statements:
            return material
        self._before = _ids(answer)
        return material._replace(statements=statements)

    def worded(self, answer: Answer, library: Library) -> Answer:
        """Return the answer with the model's wording of its statements, each sentence held against what it cites."""
        sentences: tuple[WrittenSentence, ...] = ()
        refused = 0
        if "wording" in self._model.uses and answer.statements and _may_see(answer, None):
            listed = "\n".join(f"[{n}] {s.text}" for n, s in enumerate(answer.statements, start=1))
            reply = self._reply(WORDING, listed, 60 + len(listed) // 3)  # a third more than the statements have
            sentences, refused = sentences_of(reply or "", answer, library)
        if self._silent:
            notices = (*answer.notices, Notice(kind=NoticeKind.WITHOUT_MODEL, text=WITHOUT))
            answer = answer.model_copy(update={"notices": notices})
        order = self._before is not None and self._before != _ids(answer)
        if not (self._question or order or sentences or refused):
            return answer
        name = self._model.name
        part = ByModel(model=name, question=self._question, order=order, sentences=sentences, refused=refused)
        return answer.model_copy(update={"by_model": part})

    def _reply(self, orders: str, text: str, most_tokens: int) -> str | None:
        """Return what the model writes; None if it does not, and then it is not asked again for this answer."""
        if self._silent:
            return None
        try:
            return self._model.complete(orders, text, self._until, most_tokens)
        except NoModel:
            self._silent = True
            return None


def _ids(answer: Answer) -> tuple[str, ...]:
    return tuple(statement.id for statement in answer.statements)


def _is_personal(query: Query) -> bool:
    return query.personal or query.asks.own_regimen or bool(query.taking)


def _may_see(answer: Answer, query: Query | None) -> bool:
    """Return whether a model may see the statements of an answer."""
    warned = any(notice.kind in _KEPT_FROM_IT for notice in answer.notices)
    return answer.status in _SENT and not warned and not (query is not None and _is_personal(query))


def _in_order(chosen: Sequence[EvidenceStatement], material: Material, answer: Answer) -> tuple[EvidenceStatement, ...]:
    """Return the statements with the chosen ones first, as far as that moves nothing behind that has to be seen.

    What the first word is taken from stays first. Documents of higher trust stand before those of lower, current ones
    before superseded ones, and what warns or advises against is shown wherever it was shown without the model.
    """
    shown = {statement.id for statement in answer.statements}
    basis = set(answer.direct.basis) if answer.direct else set()
    chosen = sorted(chosen, key=lambda s: (s.trust.rank, s.document.superseded_by is not None))
    if chosen[0].trust.rank > material.statements[0].trust.rank:
        return material.statements
    fixed = [s for s in material.statements if s.id in basis]
    warning = [s for s in material.statements if s.id in shown and s.id not in basis and _warns(s)]
    first = [*fixed, *chosen[:1], *warning, *chosen[1:]]
    if len({s.id for s in (*fixed, *chosen[:1], *warning)}) > max(len(shown), 1):
        return material.statements
    return tuple({statement.id: statement for statement in (*first, *material.statements)}.values())


def _warns(statement: EvidenceStatement) -> bool:
    against = any(grade.direction is Direction.AGAINST for grade in statement.grades)
    harm = statement.statement is not None and statement.statement.effect is Effect.HARM
    return statement.kind in _WARNING or against or harm


def sentences_of(reply: str, answer: Answer, library: Library) -> tuple[tuple[WrittenSentence, ...], int]:
    """Return a model's wording of an answer, and how many of its sentences did not hold.

    Each statement is said once: in a sentence that holds, or else as it stands. No sentence at all if none holds.
    """
    held: dict[int, WrittenSentence] = {}
    refused = 0
    for line in filter(str.strip, reply.splitlines()):
        numbers, sentence = read_line(line)
        cited = [answer.statements[n - 1] for n in numbers if 1 <= n <= len(answer.statements)]
        fresh = not any(n in held for n in numbers)
        if not cited or len(cited) < len(numbers) or not fresh or faults_of(sentence, cited, answer, library):
            refused += 1
            continue
        written = _sentence(sentence, "model", cited)
        held.update(dict.fromkeys(numbers, written))
    if not held:
        return (), refused
    said = [held.get(n) or _sentence(s.text, "source", [s]) for n, s in enumerate(answer.statements, start=1)]
    return tuple(dict.fromkeys(said)), refused


def read_line(line: str) -> tuple[list[int], str]:
    """Return the numbers that a line cites, each once, and its sentence."""
    if match := _LINE.fullmatch(line):
        marks, sentence = match.groups()
    elif match := _AFTER.fullmatch(line):
        sentence, marks = match.groups()
    else:
        return [], line
    return list(dict.fromkeys(int(n) for n in _NUMBER.findall(marks) if len(n) < 4)), sentence


def faults_of(sentence: str, cited: Sequence[AnswerStatement], answer: Answer, library: Library) -> tuple[Fault, ...]:
    """Return what a sentence says otherwise than the statements of an answer that it cites; nothing if it holds."""
    titles = {source.n: source.short_title for source in answer.sources}
    records = library.catalogue.by_id
    made_from = [
        checking.told(
            statement,
            titles[statement.citations[0]],
            records[statement.id].statement.plain if statement.id in records else None,
        )
        for statement in cited
    ]
    return checking.sentence_faults(sentence, made_from, library.same_words)


def _sentence(text: str, by: str, cited: Sequence[AnswerStatement]) -> WrittenSentence:
    return WrittenSentence(
        text=text,
        by="model" if by == "model" else "source",
        statements=tuple(statement.id for statement in cited),
        citations=tuple(dict.fromkeys(n for statement in cited for n in statement.citations)),
    )
