"""A small document, answer and assistant for tests of the edges, which need no index."""

import datetime
from collections.abc import Mapping, Sequence

from fmqa.corpus import anchors
from fmqa.errors import BadQuestion, NotFound
from fmqa.settings import Settings
from fmqa.store.conversations import Conversations, lineage, new_id
from fmqa.types import (
    DISCLAIMER,
    Anchor,
    Answer,
    AnswerStatement,
    Audience,
    Check,
    Conflict,
    Direction,
    Document,
    DocumentKind,
    EvidenceGrade,
    Intent,
    Metadata,
    Notice,
    NoticeKind,
    Only,
    Passage,
    Position,
    Query,
    Reference,
    Related,
    RetrievedPassage,
    ReviewState,
    ShownGrade,
    Source,
    Statement,
    StatementKind,
    StatementSpan,
    Status,
    Turn,
    Verdict,
    Vocabulary,
    Watch,
    text_sha256,
)

GENERATION = "20261123-0a1b2c3d"
GRADE = EvidenceGrade(
    system="eular-2017",
    level="Ia",
    grade="A",
    strength="strong for",
    direction=Direction.FOR,
    agreement="100",
    printed="level Ia, grade A, strong for, agreement 100 %",
)
SENTENCE = "EULAR 2017 recommends aerobic and strengthening exercise for fibromyalgia."
TEXT = f"{SENTENCE} [{GRADE.printed}]\n\nExercise is the only strong recommendation of the document."
REFERENCE = Reference(
    id="EULAR2017",
    citation="Macfarlane GJ, et al. EULAR revised recommendations. Ann Rheum Dis 2017;76(2):318-328.",
    year=2017,
    doi="10.1136/annrheumdis-2016-209724",
)
STATEMENT = Statement(
    id="exercise",
    kind=StatementKind.RECOMMENDATION,
    interventions=("exercise",),
    grades=(GRADE,),
    sources=("EULAR2017",),
    basis="primary",
)
METADATA = Metadata(
    id="eular-2017",
    title="EULAR revised recommendations for the management of fibromyalgia",
    short_title="EULAR 2017",
    kind=DocumentKind.GUIDELINE,
    organisation="EULAR",
    year=2017,
    edition="2017",
    doi="10.1136/annrheumdis-2016-209724",
    licence="CC-BY-4.0",
    evidence_checked=datetime.date(2026, 9, 30),
    last_updated=datetime.date(2026, 11, 23),
    references=(REFERENCE,),
    statements=(STATEMENT,),
)
DOCUMENT = Document(
    metadata=METADATA,
    path="guidelines/eular-2017.md",
    text=TEXT,
    sha256=text_sha256(TEXT),
    sections=(),
    statements=(StatementSpan(statement=STATEMENT, start=0, end=len(SENTENCE), line=1),),
)


def anchor(start: int, end: int) -> Anchor:
    return anchors.make(METADATA.id, TEXT, DOCUMENT.sha256, start, end, TEXT[start:end])


PASSAGE = Passage(id=f"eular-2017@0-{len(SENTENCE)}", anchor=anchor(0, len(SENTENCE)), headings=("Non-drug treatment",))


def source(n: int, *, superseded_by: str | None = None) -> Source:
    return Source(
        n=n,
        document_id=METADATA.id if superseded_by is None else "eular-2008",
        title=METADATA.title,
        short_title=METADATA.short_title,
        kind=METADATA.kind,
        organisation=METADATA.organisation,
        year=METADATA.year,
        edition=METADATA.edition,
        superseded_by=superseded_by,
        review_state=ReviewState.SUBMITTED,
        evidence_checked=METADATA.evidence_checked,
        last_updated=METADATA.last_updated,
        references=METADATA.references,
        anchor=PASSAGE.anchor,
        passage_id=PASSAGE.id,
        link=REFERENCE.link,
    )


def answer(
    *,
    status: Status = Status.ANSWERED,
    conversation_id: str = "conversation",
    audience: Audience = Audience.CLINICIAN,
    question: str = "What evidence level does EULAR give exercise?",
    notices: tuple[Notice, ...] = (),
) -> Answer:
    """Return an answer that has something in every part, or an abstention if the status says so."""
    common = {
        "status": status,
        "question_id": "turn-1",
        "conversation_id": conversation_id,
        "audience": audience,
        "interpreted_question": question,
        "disclaimer": DISCLAIMER,
        "generation": GENERATION,
    }
    if status is Status.NOT_IN_CORPUS:
        related = Related(
            passage_id=PASSAGE.id, short_title="EULAR 2017", headings=("Non-drug treatment",), quote=SENTENCE
        )
        return Answer.model_validate(
            common | {"text": "The corpus does not answer this.", "related": (related,), "notices": notices}
        )
    if status is Status.NEEDS_CLARIFICATION:
        return Answer.model_validate(
            common | {"text": "Which one?", "choices": ("Naltrexone 50 mg?", "Low-dose naltrexone?")}
        )
    shown = ShownGrade(grade=GRADE, system_name="EULAR 2017", explanation="Ia: meta-analysis of randomised trials.")
    statement = AnswerStatement(
        id="eular-2017#exercise",
        text=SENTENCE,
        kind=StatementKind.RECOMMENDATION,
        wording="verbatim",
        citations=(1,),
        grades=(shown,),
        verdict=Verdict(supported=True, checks=(Check.ANCHOR, Check.GRADE)),
    )
    positions = tuple(
        Position(
            source=n,
            document_id=METADATA.id,
            short_title=name,
            current=True,
            direction=direction,
            grade=grade,
            quote=SENTENCE,
        )
        for n, name, direction, grade in ((1, "EULAR 2017", "for", GRADE.printed), (2, "NICE 2021", "silent", None))
    )
    return Answer.model_validate(
        common
        | {
            "text": f"**{SENTENCE}** [1]\n\n- level Ia, grade A [1]\n- 2008: level IIb, grade C [2]",
            "statements": (statement,),
            "sources": (source(1), source(2, superseded_by="eular-2030")),
            "conflicts": (Conflict(intervention="exercise", relation="silent", positions=positions),),
            "notices": notices
            or (Notice(kind=NoticeKind.PENDING_REVIEW, text="No source here is approved yet.", citations=(1, 2)),),
            "glossary": {"aerobic exercise": "Exercise that makes the heart beat faster."},
            "suggestions": ("And CBT?", "What does NICE say?"),
        }
    )


class SampleIndex:
    """One document, one passage."""

    generation = GENERATION

    document_ids: Sequence[str] = (METADATA.id,)

    vocabulary = Vocabulary(concepts=())
    suggestions: Mapping[str, Sequence[str]] = {"exercise": ("What do guidelines say about exercise?",)}

    def document(self, document_id: str) -> Document:
        if document_id != METADATA.id:
            raise NotFound("there is no such document; GET /v1/documents lists them")
        return DOCUMENT

    def passage(self, passage_id: str) -> Passage:
        if passage_id != PASSAGE.id:
            raise NotFound("there is no such passage in this generation")
        return PASSAGE


class SampleAssistant:
    """Gives every question the same answer, and keeps real conversations."""

    def __init__(self, conversations: Conversations, settings: Settings | None = None) -> None:
        self.index = SampleIndex()
        self.conversations = conversations
        self.settings = settings or Settings(start_document=METADATA.id)
        self.refreshed = 0
        self.stores = True
        self.trouble: str | None = None
        self.closed = False
        self.max_words: int | None = None
        self.only: Only | None = None
        self.failure: Exception | None = None

    def ask(
        self,
        question: str,
        *,
        conversation_id: str | None = None,
        audience: Audience = Audience.CLINICIAN,
        max_words: int | None = None,
        document: str | None = None,
        only: Only | None = None,
        watch: Watch | None = None,
        owner: str | None = None,
        answer_id: str | None = None,
        parent: str | None = None,
    ) -> Answer:
        if document is not None:
            self.index.document(document)
        self.only = only
        if self.failure is not None:
            raise self.failure
        if not question.strip():
            raise BadQuestion("the question is empty; write a sentence or a few words")
        conversations = self.conversations.of(owner)
        if conversation_id is None:
            conversation_id = conversations.create()
        turns = lineage(conversations.turns(conversation_id), parent)
        self.max_words = max_words
        query = Query(text=question, intents=(Intent.GENERAL,))
        if watch is not None:
            watch(query)
            watch(self.search(question, only=only))
        before = turns[-1].id if turns else None
        turn = Turn(id=answer_id or new_id(), question=question, query=query, status=Status.ANSWERED, parent=before)
        given = answer(conversation_id=conversation_id, audience=audience, question=question)
        given = given.model_copy(update={"question_id": turn.id})
        if not self.stores:
            notice = Notice(kind=NoticeKind.NOT_STORED, text="This answer could not be stored (the database is full).")
            return given.model_copy(update={"notices": (*given.notices, notice)})
        conversations.append(conversation_id, turn, answer=given)
        return given

    def reply(
        self,
        questions: Sequence[str],
        *,
        audience: Audience = Audience.CLINICIAN,
        max_words: int | None = None,
        document: str | None = None,
        only: Only | None = None,
        watch: Watch | None = None,
    ) -> Answer:
        self.only = only
        if document is not None:
            self.index.document(document)
        if self.failure is not None:
            raise self.failure
        if not questions or not questions[-1].strip():
            raise BadQuestion("the question is empty; write a sentence or a few words")
        self.max_words = max_words
        return answer(audience=audience, question=questions[-1])

    def search(self, question: str, k: int = 10, only: Only | None = None) -> tuple[RetrievedPassage, ...]:
        self.only = only
        if not question.strip():
            raise BadQuestion("the question is empty; write a sentence or a few words")
        return (RetrievedPassage(row=0, passage=PASSAGE, rank=1, score=0.9, dense=0.8, bm25=None),)[:k]

    def refresh(self) -> bool:
        self.refreshed += 1
        return False

    def close(self) -> None:
        self.closed = True
        self.conversations.close()
