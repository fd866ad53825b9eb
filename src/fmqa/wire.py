"""What the service, its tools and its clients send each other, beside the records of ``types.py``."""

import datetime
from typing import Annotated, Final, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

from fmqa.store.conversations import ConversationSummary
from fmqa.store.feedback import LONGEST_COMMENT, FeedbackKind
from fmqa.types import (
    DISCLAIMER,
    Answer,
    AnswerStatement,
    Audience,
    Direction,
    Document,
    DocumentKind,
    Notice,
    Only,
    Record,
    RetrievedPassage,
    ReviewState,
    ShownGrade,
    Slug,
    Source,
    StatementKind,
    Status,
    Trust,
    Turn,
    Wording,
)

LONGEST_LIST: Final = 500


def _encodable(text: str) -> str:
    """Refuse half a surrogate pair, which JSON can carry and no file or hash can hold."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("the text is not valid Unicode")
    return text


def _number(value: object) -> object:
    """Refuse what pydantic would turn into a number though it is none; JSON has one kind, and 94.0 is whole."""
    if isinstance(value, bool | str):
        raise ValueError("send a whole number")
    return value


Text = Annotated[str, AfterValidator(_encodable)]
Words = Annotated[int, Field(ge=60, le=1000), BeforeValidator(_number)]

# --- what is sent to the service --------------------------------------------------------------------------------------


class Question(Record):
    """A question, and how it is to be answered."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"question": "What evidence level does EULAR give exercise?"},
                {
                    "question": "and CBT?",
                    "conversation_id": "id of the first answer",
                    "audience": "patient",
                    "max_words": 100,
                },
            ]
        }
    )

    question: Text = Field(
        min_length=1,
        description="The question, or a follow-up such as 'and CBT?'; at most FMQA_QUESTION_CHARS characters.",
    )
    conversation_id: Text | None = Field(
        None, max_length=64, description="The conversation that it goes on with; leave out to start a new one."
    )
    audience: Audience = Field(Audience.CLINICIAN, description="Patients get plain wordings of the same facts.")
    document: Slug | None = Field(
        None,
        description="The document that is read: a new conversation starts from it. Left out, from the corpus's own.",
        examples=["eular-2017"],
    )
    only: Only = Field(Only(), description="Which documents may answer; left out, all.")
    max_words: Words | None = Field(None, description="Longest answer, in words.", examples=[150])


class SearchQuery(Only):
    """Query parameters of the search, those of a filter among them."""

    q: str = Field(min_length=1, description="What to search for.", examples=["naltrexone and tramadol"])
    k: int = Field(10, ge=1, le=100, description="How many passages to return.")


class Page(Record):
    """Query parameters of a list."""

    limit: int = Field(50, ge=1, le=LONGEST_LIST, description="How many to return.")
    offset: int = Field(0, ge=0, le=2**31, description="How many to skip.")


class DocumentQuery(Only):
    """Query parameters of the list of documents."""

    limit: int = Field(LONGEST_LIST, ge=1, le=LONGEST_LIST, description="How many to return.")
    offset: int = Field(0, ge=0, le=2**31, description="How many to skip.")


class RecommendationQuery(Only):
    """Query parameters of the recommendations."""

    intervention: str | None = Field(
        None, max_length=80, description="Only on this treatment: any name that the vocabulary knows, or its id."
    )
    direction: Direction | None = Field(None, description="Only those that a grade says point this way.")
    limit: int = Field(100, ge=1, le=LONGEST_LIST, description="How many to return.")
    offset: int = Field(0, ge=0, le=2**31, description="How many to skip.")


class FeedbackGiven(Record):
    """What a reader says of an answer."""

    kind: FeedbackKind
    comment: Text = Field("", max_length=LONGEST_COMMENT)


# --- what it sends back -----------------------------------------------------------------------------------------------


class SearchResults(Record):
    """Passages by score, best first."""

    generation: str
    passages: tuple[RetrievedPassage, ...]
    disclaimer: str = DISCLAIMER


class DocumentSummary(Record):
    """A document as the list shows it."""

    id: Slug
    title: str
    short_title: str
    kind: DocumentKind
    organisation: str | None
    year: int | None
    edition: str | None
    superseded_by: Slug | None
    review_state: ReviewState
    trust: Trust = Field(description="How far it may speak for itself in an answer.")
    evidence_checked: datetime.date | None
    last_updated: datetime.date
    statements: int = Field(description="Number of its evidence statements.")

    @classmethod
    def of(cls, document: Document) -> Self:
        """Return the summary of a document."""
        same = document.metadata.model_dump(include=set(cls.model_fields) - {"review_state", "trust", "statements"})
        return cls(
            **same, review_state=document.review_state, trust=document.trust, statements=len(document.statements)
        )


class DocumentList(Record):
    """Documents of the index; the Link header leads to the next ones."""

    generation: str
    total: int = Field(description="How many there are that the filters allow.")
    documents: tuple[DocumentSummary, ...]


class DocumentDetail(Record):
    """A document with its text, and the review state that holds for that text."""

    review_state: ReviewState
    trust: Trust
    document: Document


class ConversationTurns(Record):
    """A conversation with its questions; each answer is read at its own address."""

    id: str
    turns: tuple[Turn, ...]


class ConversationList(Record):
    """Conversations, last used first; no word of what was asked."""

    conversations: tuple[ConversationSummary, ...]


class State(Record):
    """State of the service."""

    status: str
    version: str
    generation: str | None = None
    documents: int | None = None
    reason: str | None = Field(None, description="Why an older generation of the index answers, if one does.")


class Welcome(Record):
    """What this service is, and where its parts are."""

    name: str
    version: str
    disclaimer: str
    links: dict[str, str]


# --- a grade and a recommendation by themselves -----------------------------------------------------------------------


class TypedGrade(Record):
    """A grade as printed, in the terms of its own system; nothing is converted."""

    system: str
    system_name: str
    level: str | None
    grade: str | None
    strength: str | None
    direction: Direction | None
    agreement: str | None
    printed: str = Field(description="The notation as it stands in the source.")
    explanation: str = Field(description="What level, grade and strength mean in this system.")

    @classmethod
    def of(cls, shown: ShownGrade) -> Self:
        """Return a grade as an answer shows it."""
        return cls(**shown.grade.model_dump(), system_name=shown.system_name, explanation=shown.explanation)


class Recommendation(Record):
    """A recommendation with its grades, and where it stands."""

    id: str = Field(description="document#statement.")
    document_id: Slug
    document: str = Field(description="Short title of the document.")
    organisation: str | None
    year: int | None
    superseded_by: Slug | None
    review_state: ReviewState
    wording: Wording = Field(description="summary: the words are ours; source: they are the document's own.")
    kind: StatementKind
    text: str
    interventions: tuple[Slug, ...]
    conditions: tuple[Slug, ...]
    populations: tuple[Slug, ...]
    grades: tuple[TypedGrade, ...] = Field(description="Empty: the source states none.")
    start: int = Field(description="Where the words begin in the document's text, in characters.")
    end: int
    text_sha256: str = Field(description="Of that text.")


class RecommendationList(Record):
    """Recommendations in the order of documents and of their text; the Link header leads to the next ones."""

    generation: str
    total: int
    recommendations: tuple[Recommendation, ...]
    disclaimer: str = DISCLAIMER


# --- an answer in few words -------------------------------------------------------------------------------------------


class BriefStatement(Record):
    """A sentence of an answer with its citations and grades."""

    text: str
    wording: str
    citations: tuple[int, ...]
    grades: tuple[TypedGrade, ...]

    @classmethod
    def of(cls, statement: AnswerStatement) -> Self:
        """Return a statement without the anchors of its grades."""
        return cls(
            text=statement.text,
            wording=statement.wording,
            citations=statement.citations,
            grades=tuple(map(TypedGrade.of, statement.grades)),
        )


class BriefSource(Record):
    """A source of an answer: the cited words, and where they and the original are found."""

    n: int
    document_id: Slug
    short_title: str
    wording: Wording
    words: str = Field(description="The cited words.")
    start: int
    end: int
    passage_id: str
    organisation: str | None
    year: int | None
    superseded_by: Slug | None
    review_state: ReviewState
    link: str | None

    @classmethod
    def of(cls, source: Source) -> Self:
        """Return a source without its hashes."""
        same = source.model_dump(include=set(cls.model_fields) - {"words", "start", "end"})
        place = source.anchor.position
        return cls(**same, words=source.anchor.quote.exact, start=place.start, end=place.end)


class BriefRow(Record):
    """One aspect of a comparison; null: these sources have no such statement."""

    name: str
    cells: tuple[BriefStatement | None, ...]


class BriefTable(Record):
    """What is compared, side by side."""

    columns: tuple[str, ...]
    rows: tuple[BriefRow, ...]


class Brief(Record):
    """An answer without hashes and surroundings of its citations: about a fifth of the bytes, the same words."""

    status: Status
    answer_id: str
    conversation_id: str
    audience: Audience
    interpreted_question: str
    text: str = Field(description="Markdown; [n] cites sources.")
    statements: tuple[BriefStatement, ...]
    more: tuple[BriefStatement, ...]
    table: BriefTable | None
    sources: tuple[BriefSource, ...]
    notices: tuple[Notice, ...]
    choices: tuple[str, ...]
    suggestions: tuple[str, ...]
    disclaimer: str
    generation: str

    @classmethod
    def of(cls, answer: Answer) -> Self:
        """Return an answer in brief."""
        same = {"status", "conversation_id", "audience", "interpreted_question", "text", "notices", "choices"}
        same |= {"suggestions", "disclaimer", "generation"}
        table = answer.table and BriefTable(
            columns=answer.table.columns,
            rows=tuple(
                BriefRow(name=row.name, cells=tuple(cell and BriefStatement.of(cell) for cell in row.cells))
                for row in answer.table.rows
            ),
        )
        return cls(
            **{name: getattr(answer, name) for name in same},
            answer_id=answer.question_id,
            statements=tuple(map(BriefStatement.of, answer.statements)),
            more=tuple(map(BriefStatement.of, answer.more)),
            table=table,
            sources=tuple(map(BriefSource.of, answer.sources)),
        )


# --- the steps of an answer as events ---------------------------------------------------------------------------------


class InterpretationEvent(Record):
    """How the question was read."""

    interpreted_question: str
    disclaimer: str


class PassagesEvent(Record):
    """The passages nearest to it."""

    passages: tuple[str, ...] = Field(description="Their ids.")


class SourcesEvent(Record):
    """The sources of the answer."""

    sources: tuple[Source, ...]


class DoneEvent(Record):
    """Nothing follows."""

    answer: str = Field(description="Address at which the answer can be read again.")
    page: str = Field(description="Address of its page.")
    conversation_id: str
    generation: str
    disclaimer: str


StreamEvent = InterpretationEvent | PassagesEvent | Answer | DoneEvent
"""What a client is told while an answer is made; ``answer`` and ``sources`` come to it as one."""


def only_of(query: Only) -> Only:
    """Return the filter among query parameters."""
    return Only(**query.model_dump(include=set(Only.model_fields)))
