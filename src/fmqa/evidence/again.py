"""What is said to a message about the last answer, from the statements of that answer and of those kept behind it.

Nothing is searched: a turn keeps the ids of what it told. A request that cannot be met says so, and never repeats the
last answer as it was.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from fmqa.evidence import comparing
from fmqa.evidence.catalogue import evidence_of
from fmqa.evidence.deciding import suggested
from fmqa.evidence.library import Library
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

_ONE: Final = 60  # words of an answer that shows a statement or two
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


def said_again(request: Request, question: str, turns: Sequence[Turn], frame: Frame, library: Library) -> Again | None:
    """Return what is said to a message about the last answer; None where the sources have to be asked after all."""
    last = turns[-1] if turns else None
    query = last.query if last else None

    def said(opening: Opening) -> Again:
        about = query or Query(text=question, intents=(Intent.GENERAL,))
        spoken = Query(text=question, intents=(Intent.GENERAL,))
        suggestions = suggested(about, library)
        documents = library.catalogue.documents
        return Again(
            Material(Status.CONVERSATION, spoken, documents=documents, opening=opening, suggestions=suggestions),
            frame,
            query,
        )

    if not request.of_answer:
        return said(_IN_RETURN[request])
    if last is None:
        return said(Opening.NOTHING_YET)
    if last.status is Status.URGENT:
        return said(Opening.URGENT)
    if query is None or last.status in (Status.NEEDS_CLARIFICATION, Status.CONVERSATION):
        return None
    if last.status.abstains:
        return said(Opening.NONE)
    told, kept = (_statements(ids, library) for ids in (last.statement_ids, last.more_ids))
    if not told:
        return None

    def shown(
        *statements: EvidenceStatement,
        opening: Opening | None = None,
        words: int = frame.max_words,
        audience: Audience = frame.audience,
        references: bool = False,
        table: comparing.Comparison | None = None,
    ) -> Again:
        # A dangerous combination leads here too.
        leads = statements[0].kind is StatementKind.INTERACTION and opening is None
        material = Material(
            Status.ANSWERED,
            query,
            lead=statements[:1] if leads else (),
            statements=statements[1:] if leads else statements,
            documents=library.catalogue.documents,
            suggestions=suggested(query, library),
            glossary=library.glossary,
            opening=opening,
            references=references,
            columns=table.columns if table else (),
            rows=table.rows if table else (),
        )
        return Again(material, frame._replace(max_words=words, audience=audience), query)

    match request:
        case Request.SHORTER:
            return shown(told[0], *told[1:], *kept, words=_ONE // 2)
        case Request.LONGER:
            return shown(*told, *kept, words=_ALL) if kept else said(Opening.NO_MORE)
        case Request.PLAIN:
            return shown(*told, *kept, words=_ONE, audience=Audience.PATIENT)
        case Request.TABLE:
            several = comparing.compared(query, library.catalogue)
            return shown(*told, *kept, words=_ONE // 2, table=several or comparing.by_source((*told, *kept)))
        case Request.REASON:
            new = tuple(s for s in kept if _is_reason(s))
            return shown(*new, opening=Opening.REASON) if new else None
        case Request.SOURCE:
            return shown(*_nearest(question, told), opening=Opening.SOURCES, references=True)
        case Request.SURE:
            return shown(*told, *kept, opening=Opening.SURE, words=_ONE // 2)
        case Request.MISSED:
            return shown(*kept, opening=Opening.NEARER) if kept else said(Opening.MISSED)
        case _:
            return None


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
