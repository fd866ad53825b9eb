"""Answers messages about the last answer, such as "shorter, please", from the statements of that answer.

Each turn keeps the ids of the statements that it showed and of those behind them, so nothing is searched. A request
that cannot be met is answered by saying so; the last answer is never repeated unchanged.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from fmqa.evidence import comparing
from fmqa.evidence.catalogue import evidence_of
from fmqa.evidence.library import Library
from fmqa.question import whole
from fmqa.question.meta import Request
from fmqa.text.words import tokenize
from fmqa.types import (
    Audience,
    EvidenceStatement,
    Frame,
    Intent,
    Material,
    Opening,
    Query,
    StatementKind,
    StatementRole,
    Status,
    Turn,
)

_ONE: Final = 30  # words of an answer that shows one statement
_ALL: Final = 1000
_IN_RETURN: Final = {
    Request.THANKS: Opening.THANKS,
    Request.HELLO: Opening.HELLO,
    Request.HELP: Opening.HELP,
    Request.LANGUAGE: Opening.LANGUAGE,
}
_REASONS: Final = frozenset({StatementRole.VERDICT, StatementRole.CAVEAT})


class Again(NamedTuple):
    """What is said of the last answer, how, and the query that the conversation goes on from."""

    material: Material
    frame: Frame
    query: Query | None


class _Talk(NamedTuple):
    """A message after the turns of its conversation, and what it is met from."""

    message: str
    query: Query | None  # of the last turn
    frame: Frame
    library: Library

    def said(self, opening: Opening) -> Again:
        """Return a fixed phrase, with questions to go on from."""
        spoken = Query(text=self.message, intents=(Intent.GENERAL,))
        material = Material(
            Status.CONVERSATION,
            spoken,
            documents=self.library.catalogue.documents,
            opening=opening,
        )
        return Again(material, self.frame, self.query)

    def shown(
        self,
        query: Query,
        statements: Sequence[EvidenceStatement],
        words: int,
        opening: Opening | None = None,
        audience: Audience | None = None,
    ) -> Again:
        """Return statements of the last answer or kept behind it; a dangerous combination leads here too."""
        leads = statements[0].kind is StatementKind.INTERACTION and opening is None
        material = Material(
            Status.ANSWERED,
            query,
            lead=tuple(statements[:1]) if leads else (),
            statements=tuple(statements[1:] if leads else statements),
            documents=self.library.catalogue.documents,
            glossary=self.library.glossary,
            opening=opening,
            references=opening is Opening.SOURCES,
        )
        return Again(material, self.frame._replace(max_words=words, audience=audience or self.frame.audience), query)


def said_again(request: Request, message: str, turns: Sequence[Turn], frame: Frame, library: Library) -> Again | None:
    """Return what is said to a message about the last answer; None where the sources have to be asked after all."""
    last = turns[-1] if turns else None
    talk = _Talk(message, last.query if last else None, frame, library)
    if not request.of_answer:
        return talk.said(_IN_RETURN[request])
    if last is None:
        return None if whole.asked(message) else talk.said(Opening.NOTHING_YET)
    if last.status is Status.URGENT:
        return talk.said(Opening.URGENT)
    if last.query is None or last.status is Status.NEEDS_CLARIFICATION:
        return None
    if last.status.abstains:
        return talk.said(Opening.NONE)
    told, kept = (_statements(ids, library) for ids in (last.statement_ids, last.more_ids))
    return _of_answer(request, talk, last.query, told, kept) if told else None


def _of_answer(
    request: Request,
    talk: _Talk,
    query: Query,
    told: Sequence[EvidenceStatement],
    kept: Sequence[EvidenceStatement],
) -> Again | None:
    """Return what is said to a request that is about an answer with statements."""
    every = (*told, *kept)
    if request is Request.TABLE:
        table = comparing.compared(query, talk.library.catalogue) or comparing.by_source(every)
        again = talk.shown(query, every, _ONE)
        return again._replace(material=again.material._replace(columns=table.columns, rows=table.rows))
    reasons = tuple(statement for statement in kept if _is_reason(statement))
    met: dict[Request, Again | None] = {
        Request.SHORTER: talk.shown(query, every, _ONE, audience=_shorter_for(told)),
        Request.PLAIN: talk.shown(query, every, 2 * _ONE, audience=Audience.PATIENT),
        Request.SOURCE: talk.shown(query, _nearest(talk.message, told), talk.frame.max_words, Opening.SOURCES),
        Request.SURE: talk.shown(query, every, _ONE, Opening.SURE),
        Request.LONGER: talk.shown(query, every, _ALL) if kept else talk.said(Opening.NO_MORE),
        Request.MISSED: talk.shown(query, kept, talk.frame.max_words, Opening.NEARER)
        if kept
        else talk.said(Opening.MISSED),
        Request.REASON: talk.shown(query, reasons, talk.frame.max_words, Opening.REASON) if reasons else None,
    }
    return met[request]


def _shorter_for(told: Sequence[EvidenceStatement]) -> Audience | None:
    """Return patients, where a single statement was told and its plain wording is the shorter one."""
    plain = told[0].statement.plain if len(told) == 1 and told[0].statement else None
    return Audience.PATIENT if plain and len(plain) < len(told[0].text) else None


def _statements(ids: Sequence[str], library: Library) -> tuple[EvidenceStatement, ...]:
    by_id = library.catalogue.by_id
    return tuple(evidence_of(by_id[i], 0.0, library.catalogue) for i in ids if i in by_id)


def _is_reason(statement: EvidenceStatement) -> bool:
    role = statement.statement.role if statement.statement else None
    return role in _REASONS or statement.kind is StatementKind.MECHANISM


def _nearest(question: str, statements: Sequence[EvidenceStatement]) -> tuple[EvidenceStatement, ...]:
    """Return the statements that share a word with a question on where something is from; all where none does."""
    wanted = set(tokenize(question))
    return tuple(s for s in statements if wanted & set(tokenize(s.text))) or tuple(statements)
