"""The records that travel from corpus to answer, one per stage. All are frozen and closed to unknown fields.

    Document --split--> Passage --build--> Index --retrieve--> RetrievedPassage --select--> EvidenceStatement
             --compose--> Answer --verify--> Answer with a verdict on every statement

Spans are half-open ``[start, end)`` in characters (Unicode code points) of ``Document.text``.
"""

import datetime
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_serializer,
    model_validator,
)

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=80)]
StatementId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]*#[a-z0-9][a-z0-9.-]*$", max_length=161)]
ShortQuestion = Annotated[str, StringConstraints(pattern=r"^[^\r\n]*[A-Za-z]{2}[^\r\n]*$", max_length=120)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]

DISCLAIMER = (
    "For information only: this answer summarises published sources in our own words, or quotes them where it says so. "
    "It is not medical advice and does not replace a doctor, pharmacist or nurse who knows the person. Do not start, "
    "stop or change a medicine because of it. In an emergency call your local emergency number."
)


def text_sha256(text: str) -> str:
    """Return the SHA-256 of a text's UTF-8 bytes, in lower-case hexadecimal."""
    return sha256(text.encode()).hexdigest()


class Record(BaseModel):
    """Base of all records: immutable, no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# --- corpus -----------------------------------------------------------------------------------------------------------


class DocumentKind(StrEnum):
    """What a document is; the folder it lies in is the plural."""

    ARTICLE = "article"
    GUIDELINE = "guideline"
    TRIAL = "trial"
    REVIEW = "review"
    LABEL = "label"
    CRITERIA = "criteria"
    BACKGROUND = "background"


class StatementKind(StrEnum):
    """What sort of thing an evidence statement says."""

    RECOMMENDATION = "recommendation"
    FINDING = "finding"
    DOSING = "dosing"
    SAFETY = "safety"
    INTERACTION = "interaction"
    MECHANISM = "mechanism"
    MONITORING = "monitoring"
    DIAGNOSIS = "diagnosis"
    DEFINITION = "definition"
    BACKGROUND = "background"


class StatementRole(StrEnum):
    """What a statement is within its source: which of several about one subject a reader has to see first."""

    VERDICT = "verdict"  # the answer to the general question, over several studies, sources or recommendations
    MAIN_RESULT = "main result"  # what a study or review found in its main outcome
    RULE = "rule"  # what to do or not, what must be met, what is licensed: advice, criterion, contraindication
    EXCEPTION = "exception"  # for whom or when a rule is another
    CAVEAT = "caveat"  # why a result is worth less than it seems, or how a number must not be read
    SIDE_FINDING = "side finding"  # what a study found beside its main outcome
    ABOUT_ARTICLE = "about the article"  # how an article stands to its own sources
    DETAIL = "detail"  # any other fact: how a study was done, a dose, a definition, a date


class ReviewState(StrEnum):
    """How far a document has come in human review, lowest first."""

    SUBMITTED = "submitted"
    UNDER_REVIEW = "under review"
    APPROVED = "approved"


class Trust(StrEnum):
    """How far a document speaks for itself in an answer, highest first.

    A statement of lower trust never stands first or alone where one of higher trust is about the same subject and
    answers, and is always told with its publisher's name.
    """

    TRUSTED = "approved or curated"
    OWN = "own, unreviewed"
    FOREIGN = "foreign"

    @property
    def rank(self) -> int:
        """0 for the highest."""
        return list(Trust).index(self)


class Review(Record):
    """Review state of a document. An approval names a person and a day and holds for one exact text."""

    state: ReviewState = ReviewState.SUBMITTED
    reviewer: str | None = None
    date: datetime.date | None = None
    text_sha256: Sha256 | None = Field(None, description="SHA-256 of the document text that was reviewed.")

    @model_validator(mode="after")
    def _approval_is_complete(self) -> Self:
        if self.state is ReviewState.APPROVED and not (self.reviewer and self.date and self.text_sha256):
            raise ValueError("an approved document needs reviewer, date and text_sha256")
        return self

    def state_for(self, document_sha256: str) -> ReviewState:
        """Return the state that holds for a text: a review of another text has lapsed to *submitted*."""
        bound = self.state is ReviewState.APPROVED or self.text_sha256 is not None
        return ReviewState.SUBMITTED if bound and self.text_sha256 != document_sha256 else self.state


class _Csl(Record):
    """Base of what has the names and the form of CSL-JSON, the format of citation processors."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True, validate_by_alias=True)

    @model_serializer(mode="wrap")
    def _without_what_is_not_known(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in dump(self).items() if value}


class CslName(_Csl):
    """A person by family and given name, or a body by its whole name."""

    family: str | None = None
    given: str | None = None
    literal: str | None = None


class CslDate(_Csl):
    """A day, month or year: year, month and day, as far as they are known."""

    date_parts: tuple[tuple[int, ...], ...] = Field(alias="date-parts", min_length=1)


class CslItem(_Csl):
    """A published work in parts; what is not known of it is None or empty."""

    type: str = Field("document", pattern=r"^[a-z_-]{3,40}$")
    title: str | None = None
    author: tuple[CslName, ...] = ()
    editor: tuple[CslName, ...] = ()
    issued: CslDate | None = None
    container_title: str | None = Field(None, alias="container-title")
    publisher: str | None = None
    publisher_place: str | None = Field(None, alias="publisher-place")
    edition: str | None = None
    volume: str | None = None
    issue: str | None = None
    page: str | None = None
    DOI: str | None = None
    PMID: str | None = None
    ISBN: str | None = None
    ISSN: str | None = None
    URL: str | None = None
    language: str | None = None

    @property
    def year(self) -> int | None:
        """The year of publication."""
        return self.issued.date_parts[0][0] if self.issued is not None and self.issued.date_parts[0] else None


class Reference(Record):
    """A published source that statements rest on."""

    id: str = Field(min_length=2, description="Short key within the corpus, e.g. EULAR2017.")
    citation: str = Field(min_length=10)
    year: int | None = Field(None, ge=1900, le=2100)
    doi: str | None = Field(None, pattern=r"^10\.\d{4,9}/\S+$")
    pmid: str | None = Field(None, pattern=r"^\d{1,9}$")
    url: str | None = Field(None, pattern=r"^https://\S+$")
    csl: CslItem | None = Field(None, description="The work in parts, where they are known and not only the line.")

    @property
    def link(self) -> str | None:
        """Where a reader can open the source: the DOI, else PubMed, else the page."""
        if self.doi:
            return f"https://doi.org/{self.doi}"
        if self.pmid:
            return f"https://pubmed.ncbi.nlm.nih.gov/{self.pmid}/"
        return self.url


class TextPositionSelector(Record):
    """W3C Web Annotation: a span by position in the document's canonical text."""

    type: Literal["TextPositionSelector"] = "TextPositionSelector"
    start: int = Field(ge=0)
    end: int = Field(ge=1)


class TextQuoteSelector(Record):
    """W3C Web Annotation: the same span by its words and what stands around it."""

    type: Literal["TextQuoteSelector"] = "TextQuoteSelector"
    exact: str = Field(min_length=1)
    prefix: str = ""
    suffix: str = ""


class Anchor(Record):
    """A citation anchor: one span of one exact document text. Made only by ``anchors.make``."""

    document_id: Slug
    document_sha256: Sha256 = Field(description="SHA-256 of the document's canonical text.")
    passage_sha256: Sha256 = Field(description="SHA-256 of the passage text that the span belongs to.")
    position: TextPositionSelector
    quote: TextQuoteSelector

    @model_validator(mode="after")
    def _span_fits_quote(self) -> Self:
        length = self.position.end - self.position.start
        if length != len(self.quote.exact):
            raise ValueError(f"a span of {length} characters cannot quote {len(self.quote.exact)}")
        return self


class Direction(StrEnum):
    """Direction of a recommendation. Silent is a value of its own: it is not *against*, nor is "only in research"."""

    FOR = "for"
    AGAINST = "against"
    RESEARCH = "research"
    SILENT = "silent"


class Effect(StrEnum):
    """Direction of effect that a finding reports."""

    BENEFIT = "benefit"
    NO_DIFFERENCE = "no difference"
    HARM = "harm"
    MIXED = "mixed"
    UNCLEAR = "unclear"


GradeField = Literal["level", "grade", "strength"]
GRADE_FIELDS: Final[tuple[GradeField, ...]] = ("level", "grade", "strength")


class EvidenceGrade(Record):
    """Level, grade and strength as the source prints them, in the terms of one named system.

    Nothing is ever converted to another system. What the source does not give is ``None``, shown as "not stated".
    """

    system: str = Field(description="Id of a grading system, e.g. grade or eular-2017.")
    level: str | None = Field(None, description="Level or certainty of evidence.")
    grade: str | None = Field(None, description="Letter grade.")
    strength: str | None = Field(None, description="Strength of recommendation, e.g. 'weak for', 'offer'.")
    direction: Direction | None = None
    agreement: str | None = Field(None, pattern=r"^\d{1,3}(-\d{1,3})?$", description="Panel agreement in per cent.")
    printed: str = Field(min_length=1, description="The notation as it stands in the document's text.")

    @property
    def is_stated(self) -> bool:
        """Whether the source gives a level, a grade or a strength; a bare "no recommendation" gives none."""
        return bool(self.level or self.grade or self.strength)

    def value(self, field: GradeField) -> str | None:
        """Return the value that a field has."""
        values: Mapping[GradeField, str | None] = {"level": self.level, "grade": self.grade, "strength": self.strength}
        return values[field]


class Term(Record):
    """One value of an axis, as it is printed, and what it means in plain words."""

    value: str = Field(min_length=1)
    meaning: str = Field(min_length=1)
    aliases: tuple[str, ...] = Field((), description="Other spellings of the same value.")
    direction: Direction | None = Field(None, description="Which way the value itself points, if it does.")
    ranked: bool = Field(True, description="False: valid and explained, but no source says what it stands above.")

    def names(self, printed: str) -> bool:
        """Whether this is the term that a printed value stands for."""
        return printed.casefold() in {name.casefold() for name in (self.value, *self.aliases)}


class Axis(Record):
    """One question that a system answers with a set of values, best rank first.

    Terms that carry a direction are ordered only among those of the same direction.
    """

    name: str
    shown: str = Field(description="How a value is told, with {} for the value.")
    terms: tuple[Term, ...] = Field(min_length=1)

    def term(self, printed: str, direction: Direction | None = None) -> Term | None:
        """Return the term of a printed value, preferring the one of the direction given; None if there is none."""
        named = [term for term in self.terms if term.names(printed)]
        fitting = [term for term in named if direction is None or term.direction in (None, direction)]
        return next(iter(fitting or named), None)

    def rank(self, term: Term) -> int:
        """Return the rank of a term among those of its direction; 1 is best, equals share a rank."""
        return [other for other in self.terms if other.direction is term.direction].index(term) + 1


SHOWN: Final[Mapping[GradeField, str]] = {"level": "level {}", "grade": "grade {}", "strength": "strength: {}"}
"""How values are told, unless their system says otherwise."""


class GradingSystem(Record):
    """A system by which an organisation grades evidence and recommendations."""

    id: Slug
    name: str = Field(min_length=1)
    source: str = Field(min_length=1, description="Where its definitions are published.")
    explanation: str = Field(min_length=1, description="What a reader must know before comparing anything.")
    called: tuple[str, ...] = Field((), description="What a text calls it; several systems may share a name.")
    told_by: tuple[tuple[tuple[str, ...], ...], ...] = Field(
        (), description="Ways to tell it unnamed: a notation with one of each list of a way is of this system alone."
    )
    told_apart_by: tuple[str, ...] = Field((), description="Values that tell it from systems that share its name.")
    level: Axis | None = None
    grade: Axis | None = None
    strength: Axis | None = None
    agreement: str | None = Field(None, description="What the per cent of a panel mean.")

    @field_validator("level", "grade", "strength", mode="before")
    @classmethod
    def _named(cls, axis: Any, info: ValidationInfo) -> Any:
        field: Any = info.field_name
        return {"name": field, "shown": SHOWN[field], **axis} if isinstance(axis, dict) else axis

    def axis(self, field: GradeField) -> Axis | None:
        """Return the axis that a field of ``EvidenceGrade`` is read on; None if the system has no such axis."""
        axes: Mapping[GradeField, Axis | None] = {"level": self.level, "grade": self.grade, "strength": self.strength}
        return axes[field]


class Contrast(Record):
    """Why values of some systems are never ranked against each other."""

    systems: tuple[Slug, ...] = Field(min_length=1)
    any_other: bool = Field(False, description="True: nor against those of any other system.")
    reason: str = Field(min_length=1)


class GradingSystems(Record):
    """Grading systems, and the contrasts between them; of contrasts that fit, the first is told."""

    systems: tuple[GradingSystem, ...] = ()
    contrasts: tuple[Contrast, ...] = ()

    @model_validator(mode="after")
    def _ids_differ(self) -> Self:
        ids = [system.id for system in self.systems]
        if twice := sorted({each for each in ids if ids.count(each) > 1}):
            raise ValueError(f"two grading systems have the id {', '.join(twice)}")
        return self


def question_key(question: str) -> str:
    """Return what two spellings of one question have in common: its words, without case, punctuation and spacing.

    >>> question_key("Is LDN safe?") == question_key("is LDN  safe")
    True
    """
    return " ".join(re.findall(r"[^\W_]+", question.casefold()))


class Statement(Record):
    """One curated evidence statement: typed facts about one block of a document's text."""

    id: Slug = Field(description="Unique within its document; the {#id} that ends its block.")
    kind: StatementKind
    interventions: tuple[Slug, ...] = ()
    conditions: tuple[Slug, ...] = ()
    populations: tuple[Slug, ...] = ()
    outcomes: tuple[Slug, ...] = ()
    effect: Effect | None = None
    grades: tuple[EvidenceGrade, ...] = ()
    plain: str | None = Field(None, description="Wording for patients that says the same thing.")
    overview: bool = Field(False, description="True if it answers the general question about its subject by itself.")
    role: StatementRole | None = Field(None, description="None: no person said what it is within its source.")
    answers: tuple[ShortQuestion, ...] = Field(
        (), max_length=5, description="Questions that it answers by itself, worded as clinicians and patients ask them."
    )
    beside: tuple[StatementId, ...] = Field(
        (), max_length=3, description="What is not left out where it is told: document#statement, most important first."
    )
    sources: tuple[str, ...] = Field(min_length=1, description="Ids of the document's references it rests on.")
    basis: Literal["primary", "secondary", "established", "extracted"] = Field(
        description="primary: the source was read; secondary: read in a report of it; established: textbook knowledge; "
        "extracted: found in the text by the rules of fmqa.adding.derivation, not curated by a person."
    )

    @model_validator(mode="after")
    def _questions_differ(self) -> Self:
        keys = [question_key(question) for question in self.answers]
        if len(set(keys)) < len(keys):
            raise ValueError("a statement answers the same question twice")
        return self

    @model_validator(mode="after")
    def _companions_differ(self) -> Self:
        if len(set(self.beside)) < len(self.beside):
            raise ValueError("a statement names what stands beside it twice")
        return self


class StatementSpan(Record):
    """Where a statement stands in the canonical text, found when the document was read."""

    statement: Statement
    start: int = Field(ge=0)
    end: int
    stem: tuple[int, int] | None = Field(None, description="Span of the list stem that the block depends on.")
    grades: tuple[tuple[int, int], ...] = Field((), description="Span of each grade's printed notation, in order.")
    line: int = Field(ge=1, description="Line in the source file.")


class Section(Record):
    """A block of the canonical text with its place in the document: the unit that passages are made from."""

    start: int
    end: int
    headings: tuple[str, ...] = Field((), description="Heading path, outermost first.")
    stem: tuple[int, int] | None = Field(None, description="Span of the list stem, or of the table's header row.")
    statement: Slug | None = Field(None, description="Id of the statement that this block carries.")


class FileFormat(StrEnum):
    """Formats of published files that readers know."""

    MARKDOWN = "markdown"
    HTML = "html"
    JATS = "jats"
    MEDLINE = "medline"
    PDF = "pdf"
    DOCX = "docx"
    SPL = "spl"
    TEXT = "text"
    TAGGED = "tagged"


class StudyDesign(Record):
    """The design of a study, as a file's own metadata or its text names it."""

    name: str = Field(description="e.g. 'randomised controlled trial'.")
    printed: str = Field(min_length=1, description="The publication type, or the words of the text, that say so.")
    span: tuple[int, int] | None = Field(None, description="Where the words stand in the text; None: publication type.")


class NumberDifference(Record):
    """A stretch where the numbers and signs of a file and of the text made from it are not the same."""

    page: int | None = Field(None, description="Page of the file, where it has pages.")
    source: tuple[str, ...] = Field(description="What the file has there.")
    text: tuple[str, ...] = Field(description="What the canonical text has there.")


class Origin(Record):
    """Where a document came from that was added as published. What the file does not say is None or empty."""

    file: str = Field(min_length=1, description="Name of the file that was added.")
    file_sha256: Sha256
    format: FileFormat
    added: datetime.date
    published: str | None = Field(None, description="Date of publication, as exact as the file gives it.")
    journal: str | None = None
    publication_types: tuple[str, ...] = ()
    subjects: tuple[str, ...] = Field((), description="MeSH headings or keywords.")
    design: StudyDesign | None = None
    retraction: str | None = Field(None, description="What the metadata says of a retraction; None: not retracted.")
    expires: datetime.date | None = Field(None, description="Last day on which the source calls itself valid.")
    comments: tuple[str, ...] = Field((), description="Corrections, comments and expressions of concern, as given.")
    notes: tuple[str, ...] = Field((), description="What the reader left out or could not read, in words.")
    told: tuple[str, ...] = Field((), description="What was said of it by whoever added it, not by the file.")
    page_labels: tuple[tuple[int, str], ...] = Field(
        (), description="What is printed as the number of a page, where that is not its place in the file."
    )
    abbreviations: tuple[tuple[str, str], ...] = Field((), description="Short and long forms that its text defines.")
    compared: int = Field(0, ge=0, description="Numbers and signs of the file that were compared with the text.")
    differences: tuple[NumberDifference, ...] = Field((), description="What differs; blocks with it are not indexed.")


class Metadata(Record):
    """Front matter of a document."""

    id: Slug
    title: str = Field(min_length=5)
    short_title: str = Field(min_length=3, description="How answers name it, e.g. 'EULAR 2017'.")
    aliases: tuple[str, ...] = Field((), description="Other names by which people ask for it.")
    kind: DocumentKind
    organisation: str | None = None
    authors: tuple[str, ...] = ()
    year: int | None = Field(None, ge=1900, le=2100)
    edition: str | None = None
    doi: str | None = Field(None, pattern=r"^10\.\d{4,9}/\S+$")
    pmid: str | None = Field(None, pattern=r"^\d{1,9}$")
    url: str | None = Field(None, pattern=r"^https://\S+$")
    licence: str = Field(description="Licence of this text (ours), not of the source it reports.")
    grading_system: str | None = None
    interventions: tuple[Slug, ...] = Field((), description="What the document as a whole is about.")
    conditions: tuple[Slug, ...] = ()
    population: str | None = Field(None, description="Who the source's findings or advice are for, in words.")
    supersedes: tuple[Slug, ...] = ()
    superseded_by: Slug | None = None
    evidence_checked: datetime.date | None = Field(description="None, not stated: for documents as published only.")
    last_updated: datetime.date
    review: Review = Review()
    references: tuple[Reference, ...] = Field(min_length=1)
    statements: tuple[Statement, ...] = ()
    origin: Origin | None = Field(None, description="The file as published; None for a curated text of ours.")

    @model_validator(mode="after")
    def _curated_evidence_is_checked(self) -> Self:
        if self.evidence_checked is None and self.origin is None:
            raise ValueError("a curated document needs the day on which its evidence was checked")
        return self


def trust_of(metadata: Metadata, state: ReviewState) -> Trust:
    """Return how far a document is to be trusted; the only place where that is decided.

    A curated text of ours, or one that a reviewer approved, is of the highest trust. Of what was added and not
    approved, a document is our own where whoever added it said whose it is. What a file says of itself counts nothing.

    Args:
        metadata: Of the document.
        state: The review state that holds for its text as it is.
    """
    if metadata.origin is None or state is ReviewState.APPROVED:
        return Trust.TRUSTED
    return Trust.OWN if "organisation" in metadata.origin.told else Trust.FOREIGN


class Document(Record):
    """One source of the corpus: its metadata, canonical text and the places of its statements."""

    metadata: Metadata
    path: str = Field(description="Path below the corpus folder, with forward slashes.")
    text: str = Field(min_length=1, description="Canonical text; see fmqa.readers.markdown for the normalisation.")
    sha256: Sha256
    sections: tuple[Section, ...]
    statements: tuple[StatementSpan, ...] = ()
    pages: tuple[tuple[int, int], ...] = Field(
        (), description="Offset at which each page of the file begins in the text, and its number; empty without pages."
    )

    @model_validator(mode="after")
    def _hash_fits_text(self) -> Self:
        if self.sha256 != text_sha256(self.text):
            raise ValueError("sha256 is not the hash of the text")
        return self

    @property
    def id(self) -> str:
        """The id of the metadata."""
        return self.metadata.id

    @property
    def review_state(self) -> ReviewState:
        """The review state that holds for the text as it is."""
        return self.metadata.review.state_for(self.sha256)

    @property
    def trust(self) -> Trust:
        """How far it is to be trusted: see ``trust_of``."""
        return trust_of(self.metadata, self.review_state)

    @property
    def is_added(self) -> bool:
        """Whether it was added as published; no person chose or worded its statements."""
        return self.metadata.origin is not None

    def page(self, offset: int) -> int | None:
        """Return the number of the page that a character of the text stands on; None where there are no pages."""
        place = bisect_right(self.pages, offset, key=lambda page: page[0])
        return self.pages[place - 1][1] if place else None


class ConceptKind(StrEnum):
    """The four lists of the controlled vocabulary."""

    INTERVENTION = "interventions"
    CONDITION = "conditions"
    POPULATION = "populations"
    OUTCOME = "outcomes"


class Concept(Record):
    """An entry of the controlled vocabulary."""

    id: Slug
    kind: ConceptKind
    label: str
    synonyms: tuple[str, ...] = Field((), description="Other names, brand names and lay words; matched as whole words.")
    exact: tuple[str, ...] = Field(
        (), description="Those synonyms that say the same as the label in a quotation; the others only find it."
    )
    parents: tuple[Slug, ...] = Field((), description="Broader concepts of the same list: tramadol -> opioid.")
    capitals_only: tuple[str, ...] = Field(
        (), description="Those names that count only in capitals, because they are ordinary words too: TENS."
    )
    blocks: tuple[Slug, ...] = Field(
        (),
        description="Treatments whose effect it blocks, itself or in any of its forms: an interaction is told first.",
    )
    implies: tuple[Slug, ...] = Field(
        (), description="Populations and conditions that are said by naming it: who takes it."
    )
    measured_by: tuple[str, ...] = Field(
        (), description="Those names that are of a measurement: a number behind one is its value, 'clearance of 40'."
    )
    in_scope: bool = Field(True, description="False for a condition that the corpus does not treat.")
    off_label: str | None = Field(None, description="document#statement that says its use here is off-label.")
    explanation: str | None = Field(None, description="One plain sentence for the patients' glossary.")


# --- the domain pack --------------------------------------------------------------------------------------------------


class Intent(StrEnum):
    """What a question asks for."""

    DOSE = "dose"
    EFFICACY = "efficacy"
    SAFETY = "safety"
    INTERACTION = "interaction"
    COMPARISON = "comparison"
    GUIDELINE_POSITION = "guideline position"
    MECHANISM = "mechanism"
    MONITORING = "monitoring"
    DURATION = "duration"
    POPULATION = "population"
    DIAGNOSIS = "diagnosis"
    DEFINITION = "definition"
    GENERAL = "general"


FOLLOW_UPS: Final = (
    "What do guidelines say about {label}?",
    "What is the effect of {label}?",
    "What are the side effects of {label}?",
    "What dose of {label} is described?",
    "Which medicines interact with {label}?",
    "What is known about {label} in pregnancy?",
    "What is the mechanism of {label}?",
)
"""Follow-up questions where the pack gives none; each is offered only where the corpus answers it."""


class Body(Record):
    """A publisher, and every form in which a question may name it."""

    name: str = Field(min_length=1)
    forms: tuple[str, ...] = Field(min_length=1, description="Names, and adjectives such as those of a country.")


class Usual(Record):
    """What a statement or a question is about unless it says otherwise: naming it narrows nothing."""

    conditions: tuple[Slug, ...] = ()
    populations: tuple[Slug, ...] = ()
    outcomes: tuple[Slug, ...] = Field((), description="What any treatment is asked about.")
    positions: tuple[Slug, ...] = Field((), description="Outcomes that ask for positions as such: order of treatment.")

    @property
    def everybody(self) -> frozenset[str]:
        """The conditions and populations."""
        return frozenset((*self.conditions, *self.populations))


class AskedOutcomes(Record):
    """Outcomes that a question asks about by its form, whatever words it uses."""

    interval: Slug | None = Field(None, description="How long to be free of one medicine before another.")
    stopping: Slug | None = Field(None, description="When or how to stop a medicine.")


class BesideBenefit(Record):
    """Outcomes that are told beside the benefit of a treatment, though not asked for."""

    licence: Slug | None = Field(None, description="Whether its use here is licensed.")
    harms: Slug | None = Field(None, description="Its side effects at a glance.")


class Pack(Record):
    """What is of one medical field in answering questions; concepts are ids of the vocabulary.

    A key that is left out has the neutral meaning: without a subject no condition is foreign, and so on.
    """

    subject: tuple[Slug, ...] = Field((), description="Conditions that the corpus is about; another one is foreign.")
    start: Slug | None = Field(None, description="Document that a new conversation starts from.")
    usual: Usual = Usual()
    main_result: Slug | None = Field(None, description="Outcome by which a treatment is judged first.")
    patients_take: tuple[Slug, ...] = Field(
        (), description="Treatments of the subject: a clinician who says 'I take' one of them asks for themselves."
    )
    at_large: tuple[Slug, ...] = Field(
        (), description="Interventions that are treatment as such, no one in particular."
    )
    measures: tuple[Slug, ...] = Field((), description="Outcomes that are a subject of their own: scores, frequency.")
    effects: tuple[Slug, ...] = Field((), description="Outcomes of which one can stand in the place of another.")
    special_populations: tuple[Slug, ...] = Field(
        (), description="Populations that are told what the sources offer them besides what was asked about."
    )
    compared: tuple[Slug, ...] = Field(
        (), description="Populations that have a row of their own where treatments are compared."
    )
    checks_of_articles: Slug | None = Field(None, description="Document that compares articles with their sources.")
    on_comparing: str | None = Field(
        None, description="document#statement that says when one treatment may be called better than another."
    )
    follow_ups: tuple[str, ...] = Field(FOLLOW_UPS, description="Questions with {label} of an intervention, {subject}.")
    on_subject: tuple[str, ...] = Field((), description="Questions on {subject} at large, where no treatment is named.")
    ages: dict[Slug, Annotated[str, StringConstraints(pattern=r"^(?:<|>=)\d{1,3}$")]] = Field(
        {}, description="Populations that a stated age implies: '<18', '>=65'."
    )
    asks: AskedOutcomes = AskedOutcomes()
    beside_benefit: BesideBenefit = BesideBenefit()
    cues: dict[Intent, tuple[Annotated[str, StringConstraints(pattern=r"^[\w -]*\w[*]?$")], ...]] = Field(
        {}, description="Words of this field that ask for something; a * at the end stands for any ending."
    )
    bodies: tuple[Body, ...] = Field((), description="Publishers; none: those of the documents that are held.")

    @field_validator("follow_ups")
    @classmethod
    def _forms_can_be_filled(cls, forms: tuple[str, ...]) -> tuple[str, ...]:
        for form in forms:
            if "<label>" not in _filled(form, label="<label>", subject="<subject>"):
                raise ValueError(f"{form!r} must hold {{label}}, may hold {{subject}}, and no other braces")
        return forms

    @field_validator("on_subject")
    @classmethod
    def _is_on_the_subject(cls, forms: tuple[str, ...]) -> tuple[str, ...]:
        for form in forms:
            if "<subject>" not in _filled(form, subject="<subject>"):
                raise ValueError(f"{form!r} must hold {{subject}}, and no other braces")
        return forms

    def foreign(self, conditions: Iterable[str]) -> frozenset[str]:
        """Return those of some conditions that the corpus is not about; none where it has no one subject."""
        return frozenset(conditions) - frozenset(self.subject) if self.subject else frozenset()


def _filled(form: str, **words: str) -> str:
    """Return a form filled in; nothing where it asks for another word."""
    try:
        return form.format(**words)
    except (LookupError, ValueError, AttributeError):
        return ""


class Vocabulary(Record):
    """The controlled vocabulary of the corpus: its concepts, their use, and the grading systems of its field."""

    concepts: tuple[Concept, ...] = ()
    never_typo: tuple[str, ...] = Field((), description="Ordinary words one letter away from a name: no typos of it.")
    pack: Pack = Pack()
    grading: GradingSystems = GradingSystems()


class CorpusFault(Record):
    """A breach of the corpus format, where an editor finds it."""

    path: str = Field(description="Path below the corpus folder, with forward slashes.")
    line: int = Field(ge=1)
    rule: Slug = Field(description="Name of the rule, e.g. plain-number.")
    message: str

    def __str__(self) -> str:
        """Return the fault in the form that editors turn into a link."""
        return f"{self.path}:{self.line}: {self.rule}: {self.message}"


# --- passages and retrieval -------------------------------------------------------------------------------------------


class Passage(Record):
    """An anchored stretch of a document, small enough to embed. Its anchor's quote is its text."""

    id: str = Field(description="document id, '@', start-end: stable while the text stands.")
    anchor: Anchor
    headings: tuple[str, ...] = ()
    stem: Anchor | None = Field(None, description="The list stem or table header that the text depends on.")
    statement: Slug | None = Field(None, description="Id of the statement it carries; None for running text.")

    @property
    def text(self) -> str:
        """The words of the passage itself."""
        return self.anchor.quote.exact


class RetrievedPassage(Record):
    """A passage with its scores for one query; ranks start at 1, larger scores are better."""

    row: int
    passage: Passage
    rank: int = Field(ge=1)
    score: float = Field(description="Fused score.")
    dense: float | None = Field(None, description="Cosine similarity; None if dense search did not return it.")
    bm25: float | None = Field(None, description="BM25 score; None if lexical search did not return it.")


class Audience(StrEnum):
    """Who reads the answer. The facts are the same; the wording differs."""

    CLINICIAN = "clinician"
    PATIENT = "patient"


class Asks(Record):
    """What the wording of a question asks for, read once when it is resolved. Several may hold together."""

    grade: bool = Field(False, description="A level, grade or strength as printed, or how sure a source is.")
    letter: bool = Field(False, description="A letter as a grade.")
    number: bool = Field(False, description="A number: how many, how much, how long, which dose, which rate.")
    statistics: frozenset[str] = Field(frozenset(), description="Statistics that it names, such as 'an NNT'.")
    result: bool = Field(False, description="What was found: an effect, a difference, an outcome.")
    reason: bool = Field(False, description="Why something is so.")
    listing: bool = Field(False, description="Several things of one kind.")
    comparison: bool = Field(False, description="Which of two or more is better, or how they differ.")
    yes_no: bool = Field(False, description="Whether something is so.")
    own_regimen: bool = Field(False, description="What somebody should take or change themselves.")
    sections: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="Kinds of section that would answer, each with the words that ask for it.",
    )
    numbers: tuple[Decimal, ...] = Field((), description="The numbers that the question states.")
    amounts: tuple[tuple[Decimal, str], ...] = Field(
        (), description="Those with a unit of measure, as figures names it."
    )
    forbidden: bool = Field(False, description="What must not be done, or when something must not.")
    words: tuple[str, ...] = Field((), description="Words that carry its subject, in their order.")


class DirectReason(StrEnum):
    """Which typed fact of a statement decides the word that an answer opens with."""

    EFFECT = "effect"
    POSITION = "position"
    APPROVAL = "approval"
    COMBINATION = "combination"


class Whether(Record):
    """What a question asks whether, where yes or no may answer it."""

    reason: DirectReason
    concepts: tuple[Slug, ...] = Field((), description="Concepts that it names.")
    words: tuple[str, ...] = Field((), description="What is left of it that carries a meaning: it may narrow it.")
    places: tuple[str, ...] = Field((), description="Parts of the world that it names.")


class Every(Record):
    """Recommendations that a question asks all of, by what their sources print."""

    level: str | None = None
    strong: bool = False
    direction: Direction = Direction.FOR
    other: bool = Field(False, description="Those of any other level are asked for.")
    drugs: bool = Field(False, description="Only medicines are asked for.")


class Only(Record):
    """Which documents may answer; what is left out is not asked for. All that are given must hold."""

    documents: tuple[Slug, ...] = Field((), max_length=100, description="Ids of documents.", examples=[["eular-2017"]])
    kinds: tuple[DocumentKind, ...] = Field((), description="Kinds of document.", examples=[["guideline"]])
    organisations: tuple[Annotated[str, Field(max_length=200)], ...] = Field(
        (), max_length=100, description="Publishers, by the name of a document's or a form of it.", examples=[["EULAR"]]
    )
    since: int | None = Field(None, ge=1900, le=2100, description="First year of publication.", examples=[2020])
    until: int | None = Field(None, ge=1900, le=2100, description="Last year of publication.")
    added: bool | None = Field(None, description="True: only documents that were added; false: only curated ones.")

    @property
    def is_empty(self) -> bool:
        """Whether every document may answer."""
        return self == Only()


class Contradiction(NamedTuple):
    """A statement that says something else than one of higher trust on the same subject."""

    statement: str  # id
    of: str  # id of the statement of higher trust
    differs_in: str  # direction, dose or grade


class Measured(Record):
    """A figure that a question gives for a concept."""

    concept: Slug
    value: Decimal


class Query(Record):
    """A question made to stand alone, with what it is about. Concept ids are of the controlled vocabulary."""

    text: str = Field(min_length=1, description="The standalone question: what is searched.")
    intents: tuple[Intent, ...] = Field(min_length=1, description="Strongest first.")
    interventions: tuple[Slug, ...] = ()
    implied: tuple[Slug, ...] = Field(
        (), description="Those of the interventions that no word of the question stands for: it may be about another."
    )
    unknown: tuple[str, ...] = Field((), description="Medicines and diseases that it names and no source knows.")
    conditions: tuple[Slug, ...] = ()
    populations: tuple[Slug, ...] = ()
    outcomes: tuple[Slug, ...] = ()
    documents: tuple[Slug, ...] = Field((), description="Documents that the question names or refers back to.")
    organisations: tuple[str, ...] = Field((), description="Publishers that the question names, e.g. EULAR.")
    years: tuple[int, ...] = ()
    personal: bool = Field(False, description="True if a person asks what they themselves should take or do.")
    taking: tuple[Slug, ...] = Field((), description="What somebody is said to take: for safety cross-checks.")
    assumed: tuple[Slug, ...] = Field(
        (), description="Populations that hold on from an earlier question: a source that leaves them out has no gap."
    )
    denied: tuple[Slug, ...] = Field((), description="What somebody is said not to take, now or before.")
    beside: tuple[Slug, ...] = Field(
        (), description="What the talk was about, where a question names only what somebody takes: for cross-checks."
    )
    choices: tuple[str, ...] = Field((), description="Readings to choose from; not empty means: ask back.")
    asks: Asks = Field(default_factory=Asks, description="What its wording asks for.")
    whether: Whether | None = Field(None, description="What it asks whether, if its wording is plain.")
    every: Every | None = Field(None, description="Which recommendations it asks all of.")
    measured: tuple[Measured, ...] = Field((), description="What is told to have been measured, such as a clearance.")
    called: tuple[str, ...] = Field(
        (), description="Its own words for groups that are told by a measurement, lower case."
    )
    since: int | None = Field(None, description="The first year of the documents that it asks about.")
    compared: tuple[Slug, ...] = Field((), description="Treatments that are compared in its own words.")


Watch = Callable[[Query | tuple[RetrievedPassage, ...]], None]
"""Is told how far an answer has come: the query once the question is understood, then the passages found."""


class EvidenceStatement(Record):
    """A statement chosen for a query: verbatim words, anchors, grades and where they come from."""

    id: str = Field(description="document#statement, or the passage id where the text is not curated.")
    passage_id: str
    kind: StatementKind
    text: str = Field(description="Stem and statement, verbatim.")
    anchor: Anchor
    stem: Anchor | None = None
    grades: tuple[EvidenceGrade, ...] = ()
    grade_anchors: tuple[Anchor, ...] = ()
    statement: Statement | None = Field(None, description="The curated record; None where the text is not curated.")
    document: Metadata
    review_state: ReviewState
    score: float = Field(description="Chance in [0, 1] that it bears on what was asked; 0: it was not asked for.")
    page: int | None = Field(None, description="Page of the published file that the words stand on.")
    section: tuple[str, ...] = Field((), description="Heading path in a document that was added as published.")

    @property
    def trust(self) -> Trust:
        """How far its document is to be trusted."""
        return trust_of(self.document, self.review_state)


# --- answer -----------------------------------------------------------------------------------------------------------


class Status(StrEnum):
    """What became of a question."""

    ANSWERED = "answered"
    PARTIAL = "partial"
    GUIDELINE_SILENT = "guideline_silent"
    NEEDS_CLARIFICATION = "needs_clarification"
    NOT_IN_CORPUS = "not_in_corpus"
    OUT_OF_SCOPE = "out_of_scope"
    URGENT = "urgent"
    CONVERSATION = "conversation"

    @property
    def abstains(self) -> bool:
        """Whether it says that the sources do not answer the question."""
        return self in (Status.NOT_IN_CORPUS, Status.OUT_OF_SCOPE)


class NoticeKind(StrEnum):
    """What a notice warns of, heaviest first."""

    EMERGENCY = "emergency"
    INTERACTION = "interaction"
    CAUTION = "caution"
    PERSONAL_ADVICE = "personal_advice"
    MISSING_SOURCE = "missing_source"
    NOT_STATED = "not_stated"
    RETRACTED = "retracted"
    EXPIRED = "expired"
    CONTRADICTED = "contradicted"
    SUPERSEDED = "superseded"
    OFF_LABEL = "off_label"
    GUIDELINE_SILENT = "guideline_silent"
    UNSUPPORTED_CLAIM = "unsupported_claim"
    NOT_CHOSEN = "not_chosen"
    NOT_CURATED = "not_curated"
    WITHHELD = "withheld"
    NOT_STORED = "not_stored"
    WITHOUT_MODEL = "without_model"
    PENDING_REVIEW = "pending_review"


class Check(StrEnum):
    """What verification compares, statement by statement."""

    ANCHOR = "anchor"
    STEM = "stem"
    WORDS = "words"
    NUMBERS = "numbers"
    UNITS = "units"
    COMPARATORS = "comparators"
    NEGATION = "negation"
    MODALITY = "modality"
    GRADE = "grade"
    CITATION = "citation"
    DISCLAIMER = "disclaimer"
    GENERATION = "generation"


class Fault(Record):
    """A check that failed, and the words of the answer that failed it."""

    check: Check
    detail: str
    span: tuple[int, int] | None = Field(
        None, description="Where in the statement's text, or in the answer's if the fault is its own; None: the whole."
    )


class Verdict(Record):
    """The result of verifying one statement; no fault means supported."""

    supported: bool
    checks: tuple[Check, ...] = Field(description="The checks that were run.")
    faults: tuple[Fault, ...] = ()

    @model_validator(mode="after")
    def _supported_means_no_fault(self) -> Self:
        if self.supported == bool(self.faults):
            raise ValueError("a verdict is supported exactly if it has no fault")
        return self


class ShownGrade(Record):
    """A grade as the answer shows it, with the system named and explained."""

    grade: EvidenceGrade
    system_name: str
    explanation: str = Field(description="What the level, grade and strength mean in this system.")
    anchor: Anchor | None = Field(None, description="Where the notation stands.")


class DirectWord(StrEnum):
    """The word that answers a yes-or-no question, before the statement that it is taken from."""

    YES = "Yes"
    NO = "No"
    MIXED = "Mixed"
    NOT_KNOWN = "Not known"
    IT_DEPENDS = "It depends"
    NO_POSITION = "Neither for nor against"


class Direct(Record):
    """The word that an answer opens with; the fact itself always follows in the words of the first basis statement."""

    word: DirectWord
    reason: DirectReason
    basis: tuple[str, ...] = Field(min_length=1, description="Ids of the statements whose records give the word.")


Wording = Literal["summary", "source"]
"""Whose words a document has: a curated text is a summary in ours, a document as published has its source's."""


class AnswerStatement(Record):
    """A sentence of the answer that a source supports."""

    id: str
    text: str = Field(min_length=1)
    kind: StatementKind
    wording: Literal["verbatim", "plain"]
    citations: tuple[int, ...] = Field(min_length=1)
    grades: tuple[ShownGrade, ...] = ()
    verdict: Verdict | None = Field(None, description="None only until verification has run.")


def _trust_of_wording(wording: Wording, state: ReviewState) -> Trust:
    """Return the trust of a source that was stored before its trust was: nobody vouched for a document as published."""
    return Trust.TRUSTED if wording == "summary" or state is ReviewState.APPROVED else Trust.FOREIGN


class Source(Record):
    """A numbered source of an answer: the document, and the very words that the answer rests on."""

    n: int = Field(ge=1)
    document_id: Slug
    wording: Wording = Field("summary", description="summary: the cited words are ours; source: they are its own.")
    title: str
    short_title: str
    kind: DocumentKind
    organisation: str | None
    year: int | None
    edition: str | None
    superseded_by: Slug | None
    review_state: ReviewState
    trust: Trust = Field(
        default_factory=lambda data: _trust_of_wording(data["wording"], data["review_state"]),
        description="How far its document may speak for itself.",
    )
    evidence_checked: datetime.date | None
    last_updated: datetime.date
    references: tuple[Reference, ...]
    anchor: Anchor
    stem: Anchor | None = None
    passage_id: str
    page: int | None = Field(None, description="Page of the published file that the words stand on.")
    section: tuple[str, ...] = Field((), description="Heading path in a document that was added as published.")
    link: str | None = Field(description="DOI or page of the published source.")


class TableRow(Record):
    """One aspect of what is compared; an empty cell means that these sources have no such statement."""

    name: str
    cells: tuple[AnswerStatement | None, ...]


class Table(Record):
    """Treatments or documents side by side."""

    columns: tuple[str, ...] = Field(min_length=1)
    rows: tuple[TableRow, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _rows_are_as_wide_as_the_head(self) -> Self:
        if any(len(row.cells) != len(self.columns) for row in self.rows):
            raise ValueError("a row has another number of cells than the table has columns")
        return self

    @property
    def statements(self) -> tuple[AnswerStatement, ...]:
        """The statements of its cells, row by row."""
        return tuple(cell for row in self.rows for cell in row.cells if cell is not None)


class Position(Record):
    """What one document says about an intervention."""

    source: int = Field(ge=1)
    document_id: Slug
    short_title: str
    current: bool
    direction: str = Field(description="for, against, silent, not stated, or the effect that a finding reports.")
    grade: str | None = Field(description="As printed; None where the source gives none.")
    quote: str


class Conflict(Record):
    """How sources stand to each other on one intervention."""

    intervention: str
    relation: Literal["agree", "differ", "silent"]
    positions: tuple[Position, ...] = Field(min_length=2)


class Notice(Record):
    """Something the reader must know beside the answer."""

    kind: NoticeKind
    text: str
    citations: tuple[int, ...] = ()


class Related(Record):
    """A passage near the question that does not answer it; shown when fmqa abstains."""

    passage_id: str
    wording: Wording = "summary"
    short_title: str
    headings: tuple[str, ...]
    quote: str


class WrittenSentence(Record):
    """A sentence that says what one or more statements of the answer say."""

    text: str = Field(min_length=1)
    by: Literal["model", "source"] = Field(
        description="model: written by a language model, and held against the statements; source: the statement itself."
    )
    statements: tuple[str, ...] = Field(min_length=1, description="Ids of the statements that it says.")
    citations: tuple[int, ...] = Field(min_length=1)


class ByModel(Record):
    """What a language model had a part in. The statements of the answer are never its words."""

    model: str = Field(description="Name of the model, as it was asked for.")
    question: bool = Field(False, description="Whether it made the question stand alone.")
    order: bool = Field(False, description="Whether it chose which statements are shown, and their order.")
    sentences: tuple[WrittenSentence, ...] = Field((), description="The statements of the text in its wording.")
    refused: int = Field(0, ge=0, description="Sentences of its that did not hold against what they cite.")


class Aspect(StrEnum):
    """What is asked of a document as such, and not of its subject."""

    SUMMARY = "summary"
    AUTHOR = "author"
    DATE = "date"
    REVIEW = "review"
    REFERENCES = "references"


class About(Record):
    """A document that is asked about as such: the words on it are taken from its record."""

    document_id: Slug
    aspect: Aspect
    reference: int | None = Field(None, ge=1, description="The reference that is asked for; None: all.")


class Answer(Record):
    """The answer to one question. It cannot be made without the disclaimer, a generation and valid citations."""

    status: Status
    question_id: str = Field(description="Id of this turn in its conversation.")
    conversation_id: str
    audience: Audience
    interpreted_question: str
    text: str = Field(min_length=1, description="Markdown; [n] cites sources.")
    direct: Direct | None = Field(None, description="The word that the text opens with, where a yes or no was asked.")
    about: About | None = Field(None, description="The document that it tells of as such, e.g. who wrote it.")
    statements: tuple[AnswerStatement, ...] = ()
    more: tuple[AnswerStatement, ...] = Field((), description="Further evidence: cited and verified, not in the text.")
    table: Table | None = Field(None, description="What is compared, side by side.")
    sources: tuple[Source, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    notices: tuple[Notice, ...] = ()
    glossary: dict[str, str] = Field(default_factory=dict, description="Terms of the answer in plain words.")
    choices: tuple[str, ...] = Field((), description="With needs_clarification: the readings to choose from.")
    related: tuple[Related, ...] = ()
    suggestions: tuple[str, ...] = Field((), max_length=3)
    confidence: float | None = Field(None, ge=0, le=1, description="Calibrated chance that the sources answer this.")
    withheld: int = Field(0, ge=0, description="Statements that failed verification and were not sent.")
    by_model: ByModel | None = Field(None, description="What a language model had a part in; None: nothing.")
    disclaimer: str = Field(description="Always the same words, in every answer of every kind.")
    generation: str = Field(min_length=8, description="Index generation that it was answered from.")
    timings: dict[str, float] = Field(default_factory=dict, description="Seconds spent in each step.")

    @property
    def is_stored(self) -> bool:
        """Whether its conversation remembers it: it has a permalink and can be followed up."""
        return all(notice.kind is not NoticeKind.NOT_STORED for notice in self.notices)

    @model_validator(mode="after")
    def _citations_hold(self) -> Self:
        if self.disclaimer != DISCLAIMER:
            raise ValueError("the disclaimer is missing or altered")
        numbers = [source.n for source in self.sources]
        if numbers != list(range(1, len(numbers) + 1)):
            raise ValueError("sources must be numbered 1, 2, 3 …")
        cited = {n for statement in self.every_statement for n in statement.citations}
        cited |= {n for notice in self.notices for n in notice.citations}
        cited |= {position.source for conflict in self.conflicts for position in conflict.positions}
        cited |= {int(n) for n in re.findall(r"\[(\d+)\]", self.text)}
        cited |= {n for sentence in (self.by_model.sentences if self.by_model else ()) for n in sentence.citations}
        if not cited <= set(numbers):
            raise ValueError(f"citations without a source: {sorted(cited - set(numbers))}")
        if self.status in (Status.ANSWERED, Status.PARTIAL, Status.GUIDELINE_SILENT) and not self.statements:
            raise ValueError(f"status {self.status} needs at least one cited statement")
        if self.status is Status.NEEDS_CLARIFICATION and len(self.choices) < 2:
            raise ValueError("asking back needs at least two choices")
        return self

    @property
    def every_statement(self) -> tuple[AnswerStatement, ...]:
        """Every statement of the answer: of its text, of its further evidence, and of its table."""
        return (*self.statements, *self.more, *(self.table.statements if self.table else ()))


class Frame(NamedTuple):
    """What an answer needs besides what it says: whose it is, for whom, how long, and from which generation."""

    question_id: str
    conversation_id: str
    audience: Audience
    max_words: int
    generation: str


class Missing(NamedTuple):
    """A document that the question names and the corpus lacks, and what there is from the same publisher."""

    name: str
    present: tuple[Metadata, ...]


class Opening(StrEnum):
    """What is said first of the last answer, or in return for a word that asks the sources nothing."""

    NOTHING_YET = "nothing yet"
    URGENT = "urgent"
    NONE = "none"
    NO_MORE = "no more"
    SOURCES = "sources"
    SURE = "sure"
    REASON = "reason"
    MISSED = "missed"
    NEARER = "nearer"
    UNSURE = "unsure"
    THANKS = "thanks"
    HELLO = "hello"
    HELP = "help"
    LANGUAGE = "language"


class Material(NamedTuple):
    """Everything that an answer may be made from."""

    status: Status
    query: Query
    lead: tuple[EvidenceStatement, ...] = ()
    statements: tuple[EvidenceStatement, ...] = ()
    positions: tuple[tuple[str, tuple[EvidenceStatement, ...]], ...] = ()  # by the label of the intervention
    off_label: tuple[EvidenceStatement, ...] = ()
    related: tuple[RetrievedPassage, ...] = ()
    missing: tuple[Missing, ...] = ()
    ungraded: tuple[str, ...] = ()  # documents whose level or grade was asked for and is not stated
    uncovered: tuple[tuple[str, str], ...] = ()  # interventions, and in words what of each no source has
    documents: Mapping[str, Metadata] = MappingProxyType({})
    scope: str = ""  # what the documents of our own cover, in a few words
    added: int = 0  # how many documents were added as published
    claims_checked: bool = False  # whether a document compares what articles say with their sources
    suggestions: tuple[str, ...] = ()
    glossary: tuple[tuple[str, str], ...] = ()
    confidence: float | None = None
    contradictions: tuple[Contradiction, ...] = ()  # of statements of lower trust
    withheld: int = 0
    unchosen: frozenset[str] = frozenset()  # documents that a filter leaves out and that warn all the same
    cautions: tuple[str, ...] = ()  # fixed words against a dangerous act that the message asks about or tells of
    danger: tuple[str, str] | None = None  # an emergency: its title, and what to do now
    direct: Direct | None = None  # the word that answers a yes-or-no question
    opening: Opening | None = None  # which fixed phrase of answer.phrases is said first
    listed: bool = False  # whether the statements are all of a kind, so that as many are shown as there is room for
    references: bool = False  # whether the text itself names the originals
    about: tuple[About, Document] | None = None  # a document that is asked about as such
    cited: tuple[EvidenceStatement, ...] = ()  # where it stands, for what is said from its record
    columns: tuple[str, ...] = ()  # of the table of what is compared
    rows: tuple[tuple[str, tuple[EvidenceStatement | None, ...]], ...] = ()  # of that table: aspect, and its cells


class Turn(Record):
    """One question and what became of it, as a conversation remembers it."""

    id: str
    question: str
    query: Query | None = Field(description="None where the question never reached retrieval (urgent).")
    status: Status
    statement_ids: tuple[str, ...] = ()
    document: Slug | None = Field(None, description="Document that it was asked on; None: on none.")
    source_ids: tuple[str, ...] = Field((), description="Documents of its sources 1, 2, 3 …")
    more_ids: tuple[str, ...] = Field((), description="Of the further evidence behind the answer.")
    parent: str | None = Field(None, description="The turn that it goes on from; None: the one before it.")


class Told(NamedTuple):
    """An answer, and the query that its question was read as; no query where an emergency was told apart before."""

    answer: Answer
    query: Query | None


# --- parts that can be replaced ---------------------------------------------------------------------------------------


class Encoder(Protocol):
    """Texts to unit vectors."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Return one unit vector a row, (n, dimension) float32, in the order of the texts."""
        ...


class VectorStore(Protocol):
    """Unit vectors by row. Scores are cosine similarity in [-1, 1], larger is nearer, in every backend."""

    def search(self, queries: FloatArray, k: int) -> tuple[IntArray, FloatArray]:
        """Return rows and scores, two (q, min(k, n)) arrays, best first, ties by smaller row."""
        ...
