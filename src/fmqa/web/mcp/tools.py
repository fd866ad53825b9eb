"""What each tool takes and gives, and how it is done; the protocol itself is the matter of ``endpoint``."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from pydantic import Field

from fmqa.guard.keys import Caller, Scope
from fmqa.types import DISCLAIMER, Answer, Audience, Document, Only, Record, ReviewState, Slug, Wording
from fmqa.web import exports
from fmqa.web.exchange.recommendations import check_filter, recommendations, wording_of
from fmqa.web.streaming import Answering, every_document
from fmqa.wire import Brief, Question, Recommendation, RecommendationList, RecommendationQuery, Text, Words, only_of


class Search(Only):
    """What is searched for."""

    query: Text = Field(min_length=1, description="What to search for, in words.", examples=["naltrexone and tramadol"])
    k: int = Field(5, ge=1, le=50, description="How many passages to return.")


class FoundPassage(Record):
    """A passage near what was searched for."""

    passage_id: str
    document_id: Slug
    short_title: str
    year: int | None
    superseded_by: Slug | None
    wording: Wording
    headings: tuple[str, ...]
    text: str
    score: float = Field(description="Larger is nearer.")
    link: str | None = Field(description="Where the original is found.")


class FoundPassages(Record):
    """The passages nearest to what was searched for, best first."""

    generation: str
    passages: tuple[FoundPassage, ...]
    disclaimer: str = DISCLAIMER


class GetDocument(Record):
    """Which document."""

    document_id: Slug = Field(description="Its id, as search and ask give it.", examples=["eular-2017"])


class DocumentText(Record):
    """A document with its text."""

    document_id: Slug
    title: str
    short_title: str
    organisation: str | None
    year: int | None
    edition: str | None
    superseded_by: Slug | None
    review_state: ReviewState
    wording: Wording = Field(description="summary: the text is ours; source: it is as published.")
    licence: str
    references: tuple[str, ...]
    text: str
    generation: str
    disclaimer: str = DISCLAIMER


class Compare(Only):
    """What is compared with what, and which documents may say it."""

    first: Text = Field(min_length=2, max_length=200, description="A treatment, guideline or edition.")
    second: Text = Field(min_length=2, max_length=200, description="Another of the same kind.")
    on: Text | None = Field(None, min_length=2, max_length=200, description="What they are compared on.")
    audience: Audience = Audience.CLINICIAN
    max_words: Words | None = None


class Tool(NamedTuple):
    """A tool: what it takes and gives, what a key needs for it, and the work, which also says the result in words."""

    title: str
    description: str
    takes: type[Record]
    gives: type[Record]
    scope: Scope
    work: Callable[[Answering, Any, Caller], tuple[Record, str]]


def _ask(assistant: Answering, asked: Question, caller: Caller) -> tuple[Record, str]:
    return _told(assistant.ask(**dict(asked), owner=caller.name), asked.question)


def _compare(assistant: Answering, asked: Compare, _caller: Caller) -> tuple[Record, str]:
    question = f"Compare {asked.first} and {asked.second}{f' on {asked.on}' if asked.on else ''}"
    reply = assistant.reply((question,), audience=asked.audience, max_words=asked.max_words, only=only_of(asked))
    return _told(reply, question)


def _told(answer: Answer, question: str) -> tuple[Record, str]:
    return Brief.of(answer), "\n\n".join(exports.reply(answer, question))


def _search(assistant: Answering, asked: Search, _caller: Caller) -> tuple[Record, str]:
    index = assistant.index
    found = []
    for each in assistant.search(asked.query, asked.k, only_of(asked)):
        document = index.document(each.passage.anchor.document_id)
        metadata = document.metadata
        found.append(
            FoundPassage(
                passage_id=each.passage.id,
                document_id=document.id,
                short_title=metadata.short_title,
                year=metadata.year,
                superseded_by=metadata.superseded_by,
                wording=wording_of(document),
                headings=each.passage.headings,
                text=each.passage.text,
                score=each.score,
                link=link_of(document),
            )
        )
    result = FoundPassages(generation=index.generation, passages=tuple(found))
    return result, result.model_dump_json()


def _document(assistant: Answering, asked: GetDocument, _caller: Caller) -> tuple[Record, str]:
    index = assistant.index
    result = text_of(index.document(asked.document_id), index.generation)
    return result, result.model_dump_json()


def text_of(document: Document, generation: str) -> DocumentText:
    """Return a document as text."""
    metadata = document.metadata
    same = {"title", "short_title", "organisation", "year", "edition", "superseded_by", "licence"}
    return DocumentText(
        **metadata.model_dump(include=same),
        document_id=document.id,
        review_state=document.review_state,
        wording=wording_of(document),
        references=tuple(each.citation for each in metadata.references),
        text=document.text,
        generation=generation,
    )


def link_of(document: Document) -> str | None:
    """Return where the original of a document is found; None where it does not say."""
    links = (reference.link for reference in document.metadata.references)
    return document.metadata.url or next(filter(None, links), None)


def _recommendations(assistant: Answering, asked: RecommendationQuery, _caller: Caller) -> tuple[Record, str]:
    index = assistant.index
    documents = every_document(index)
    check_filter(asked, documents)
    found: list[Recommendation] = recommendations(documents, index.vocabulary, asked)
    shown = tuple(found[asked.offset : asked.offset + asked.limit])
    result = RecommendationList(generation=index.generation, total=len(found), recommendations=shown)
    return result, result.model_dump_json()


TOOLS: Final = {
    "ask": Tool(
        "Ask the sources",
        "Answer a medical question from the sources that are held, with citations and grades as printed. Every "
        "sentence is verified against its source. Go on with conversation_id for a follow-up such as 'and CBT?'. That "
        "the sources do not answer is an answer too: status says so.",
        Question,
        Brief,
        Scope.ASK,
        _ask,
    ),
    "search": Tool(
        "Search the sources",
        "Return the passages of the sources that are nearest to some words.",
        Search,
        FoundPassages,
        Scope.READ,
        _search,
    ),
    "get_document": Tool(
        "Read a document",
        "Return one document with its whole text, references and review state.",
        GetDocument,
        DocumentText,
        Scope.READ,
        _document,
    ),
    "get_recommendations": Tool(
        "List recommendations",
        "List recommendations with their typed grades (level, grade, strength, direction as printed), by document, "
        "treatment, publisher, year or direction. Grades of different systems are never converted.",
        RecommendationQuery,
        RecommendationList,
        Scope.READ,
        _recommendations,
    ),
    "compare": Tool(
        "Compare two treatments or guidelines",
        "Return what the sources say of two treatments, guidelines or editions, side by side in a table, cited. "
        "An empty cell means that these sources say nothing of it.",
        Compare,
        Brief,
        Scope.ASK,
        _compare,
    ),
}
"""All tools by name."""
