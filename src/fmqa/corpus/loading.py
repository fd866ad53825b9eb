"""Loads the whole corpus and checks it.

The rules hold within a document, between documents, and between documents and vocabulary.
"""

import re
import sys
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from pydantic import ValidationError

from fmqa import files
from fmqa.corpus import added, pack
from fmqa.corpus import questions as people_ask
from fmqa.corpus import vocabulary as names
from fmqa.errors import BadCorpus, NotFound, Unavailable
from fmqa.fitting import LabelledQuestion
from fmqa.grades import systems
from fmqa.readers import markdown
from fmqa.types import (
    Concept,
    ConceptKind,
    CorpusFault,
    Document,
    DocumentKind,
    EvidenceGrade,
    GradingSystems,
    Metadata,
    Record,
    Review,
    ReviewState,
    Sha256,
    StatementKind,
    StatementRole,
    StatementSpan,
    Vocabulary,
    question_key,
)

FOLDERS = {
    "articles": DocumentKind.ARTICLE,
    "guidelines": DocumentKind.GUIDELINE,
    "trials": DocumentKind.TRIAL,
    "reviews": DocumentKind.REVIEW,
    "labels": DocumentKind.LABEL,
    "criteria": DocumentKind.CRITERIA,
    "background": DocumentKind.BACKGROUND,
}
VOCABULARY = "vocabulary.yaml"
GRADING = "grading.yaml"
"""The grading systems that only the field of the corpus uses; the file may be missing."""
OF_THE_FIELD = (VOCABULARY, pack.PACK, pack.BODIES, GRADING)
NOT_SOURCES = frozenset(
    {"README.md", "calibration.jsonl", "emergencies.jsonl"}
)  # may lie in the folder; no part of the hash
LONGEST_STATEMENT = 60  # words
FEWEST_QUESTIONS = 2  # that a curated statement answers
# Rules whose breach makes no answer wrong: a lapsed approval counts as submitted wherever it is read, and a name of two
# concepts always means the same one of them.
ADVISORY = frozenset(
    {
        *("alone", "answers", "approval", "beside", "concept-name", "empty", "length", "question", "role", "stray"),
        *("unknown-file", "unused-reference"),
    }
)

_NUMBER = re.compile(r"\d+(?:[.,·]\d+)*")
_WORDS_FROM_TWO = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_NUMBER_WORDS = {word: str(n) for n, word in enumerate(_WORDS_FROM_TWO, start=2)}
_NEGATION = re.compile(r"\b(?:not|no|never|none|neither|nor|cannot|without|nobody|nothing)\b|n['’]t\b", re.IGNORECASE)
# Turns of phrase whose "no" forbids or denies nothing.
_NOT_NEGATED = re.compile(
    r"\bwith(?:\s+or\s+|/)without\b|\bwhether or not\b|\bnot only\b|\bnot? (?:more|less|fewer|later) than\b",
    re.IGNORECASE,
)
_SAYS_NO = re.compile(
    r"\b(?:against|avoid\w*|stop\w*|unlikely|unclear|unknown|uncertain|unable|un\w+ed|lack\w*|miss\w*|fail\w*|instead"
    r"|rather than|too (?:little|few|early)|free of|absent)\b",
    re.IGNORECASE,
)

# What a statement cannot begin with, as it points back to words that its reader does not see.
_POINTS_BACK = re.compile(
    r"(?:it|its|they|their|he|she|this|these|those|such)\b"
    r"|the (?:trial|study|review|authors|guideline|label|paper|same|latter|former|others?)\b(?! (?:of|in|on|for)\b)",
    re.IGNORECASE,
)

Located = tuple[markdown.Location, str, str]  # place in the YAML, rule, message


class Corpus(Record):
    """Every document, sorted by id, the vocabulary that they are about, and questions that people ask of them."""

    documents: tuple[Document, ...]
    vocabulary: Vocabulary
    questions: tuple[people_ask.Asked, ...] = ()
    labelled: tuple[LabelledQuestion, ...] = ()  # that no index holds, so that a build can fit on them
    sha256: Sha256


@dataclass(frozen=True)
class _Survey:
    """The part of the corpus that could be read."""

    documents: tuple[Document, ...]  # curated ones
    added: tuple[Document, ...]  # as published
    ids: frozenset[str]  # of all files, also those with faults
    vocabulary: Vocabulary  # with the pack; as far as they are in order
    field_in_order: bool  # whether vocabulary, pack and grading could be read whole
    grading: systems.Known  # the general systems and those of the field
    questions: tuple[people_ask.Asked, ...]
    labelled: tuple[LabelledQuestion, ...]
    faults: tuple[CorpusFault, ...]
    sha256: str


def load(folder: Path) -> Corpus:
    """Return the corpus in a folder.

    The hash covers path and bytes of every document and of the vocabulary. Faults against the rules in ``ADVISORY`` do
    not stop it; ``lint`` reports them.

    Raises: BadCorpus with every other fault, a line each.
    """
    survey = _survey(folder)
    faults = [fault for fault in (*survey.faults, *_rule_faults(folder, survey)) if fault.rule not in ADVISORY]
    if faults:
        lines = "\n".join(str(fault) for fault in _in_order(faults))
        raise BadCorpus(f"{len(faults)} in {folder}:\n{lines}")
    documents = sorted((*survey.documents, *survey.added), key=lambda document: document.id)
    return Corpus(
        documents=tuple(documents),
        vocabulary=survey.vocabulary,
        questions=survey.questions,
        labelled=survey.labelled,
        sha256=survey.sha256,
    )


def lint(folder: Path) -> tuple[CorpusFault, ...]:
    """Return every fault of the corpus in a folder, in the order of paths and lines; empty if there is none."""
    survey = _survey(folder)
    return _in_order([*survey.faults, *_rule_faults(folder, survey), *added.lint(folder)])


def vocabulary(folder: Path) -> Vocabulary:
    """Return the controlled vocabulary of a corpus alone.

    It is empty where the corpus has none.

    Raises: BadCorpus if it has faults, or the folder has nothing of a corpus.
    """
    if not any((folder / name).exists() for name in (*OF_THE_FIELD, *FOLDERS, added.FOLDER)):
        raise BadCorpus(
            f"{folder} is no corpus; point FMQA_CORPUS or --corpus at one, or make one with 'fmqa corpus new FOLDER'"
        )
    found, faults = _examine_field(folder)
    if faults:
        raise BadCorpus("\n".join(map(str, faults)))
    return found


def curated(folder: Path) -> dict[str, Metadata]:
    """Return the metadata of the documents of our own, by the names of their files.

    Raises: BadCorpus if a file has faults.
    """
    paths = [path for name in FOLDERS for path in sorted((folder / name).glob("*.md"))]
    return {path.stem: markdown.read(path, folder).metadata for path in paths}


def document(folder: Path, document_id: str) -> Document:
    """Return one document of a corpus.

    Raises: NotFound if there is none with this id; BadCorpus if its file has faults.
    """
    for name in FOLDERS:
        path = folder / name / f"{document_id}.md"
        if path.is_file():
            return markdown.read(path, folder)
    for record in added.read(folder, document_id)[0] if re.fullmatch(r"[a-z0-9.-]+", document_id) else ():
        return record.document
    raise NotFound(f"no document has the id {document_id}; 'fmqa corpus list' shows all")


def set_review(folder: Path, reviewed: Document, review: Review) -> Document:
    """Write a document's review state to its file and return the document.

    Raises: BadCorpus if the review of a Markdown file does not stand in one line of its front matter.
    """
    if reviewed.is_added:
        (record,) = added.read(folder, reviewed.id)[0]
        metadata = reviewed.metadata.model_copy(update={"review": review})
        changed = reviewed.model_copy(update={"metadata": metadata})
        with added.changing(folder):
            added.save(folder, record.model_copy(update={"document": changed}), None)
        return changed
    path = folder / reviewed.path
    source = path.read_bytes().decode("utf-8")
    changed_source = markdown.with_review(source, reviewed.path, review).encode()
    try:
        files.put(path, changed_source)
    except OSError as error:
        raise Unavailable(f"{path} cannot be written ({error.strerror}); it is as it was") from error
    return markdown.read(path, folder)


def _grading(folder: Path) -> tuple[GradingSystems | None, list[CorpusFault]]:
    """Return the grading systems of a corpus's own, None if they cannot be read, and every fault of their file."""
    path = folder / GRADING
    if not path.is_file():
        return GradingSystems(), []
    try:
        source = path.read_bytes().decode("utf-8-sig")
        own = systems.read(source)
        systems.known(own)
    except UnicodeDecodeError:
        return None, [CorpusFault(path=GRADING, line=1, rule="encoding", message="not UTF-8")]
    except systems.NoYaml as error:
        return None, [CorpusFault(path=GRADING, line=error.line, rule="schema", message=str(error))]
    except ValidationError as error:
        located = [(tuple(each["loc"]), "schema", each["msg"]) for each in error.errors()]
        return None, markdown.locate(source, GRADING, located)
    except ValueError as error:
        return None, [CorpusFault(path=GRADING, line=1, rule="schema", message=str(error))]
    return own, []


def _in_order(faults: Iterable[CorpusFault]) -> tuple[CorpusFault, ...]:
    return tuple(sorted(set(faults), key=lambda f: (f.path, f.line, f.rule, f.message)))


# --- reading ----------------------------------------------------------------------------------------------------------


def _examine_field(folder: Path) -> tuple[Vocabulary, tuple[CorpusFault, ...]]:
    """Return the vocabulary with pack and grading as far as they are in order, and every fault of their schemas."""
    words: Vocabulary | None = Vocabulary()
    faults: tuple[CorpusFault, ...] = ()
    if (folder / VOCABULARY).is_file():
        words, faults = markdown.examine_vocabulary(folder / VOCABULARY, folder)
    found, more = pack.examine(folder)
    own, of_grading = _grading(folder)
    field = {"pack": found, "grading": own or GradingSystems()}
    return (words or Vocabulary()).model_copy(update=field), (*faults, *more, *of_grading)


def _survey(folder: Path) -> _Survey:
    if not folder.is_dir():
        raise BadCorpus(f"{folder} is no folder; point FMQA_CORPUS or --corpus at the folder of the corpus")
    faults: list[CorpusFault] = []
    readings = []
    digest = sha256()
    vocabulary, unusable = _examine_field(folder)
    faults += unusable
    files = sorted(
        (path for path in folder.rglob("*") if path.is_file() and not _is_hidden(path.relative_to(folder))),
        key=lambda path: path.relative_to(folder).as_posix(),
    )
    for path in files:
        name = path.relative_to(folder).as_posix()
        if name in NOT_SOURCES or (added.is_here(name) and path.parent.parent.parent == folder):
            continue
        if name in OF_THE_FIELD or name in people_ask.FILES:
            pass
        elif path.parent.parent == folder and path.parent.name in FOLDERS and path.suffix == ".md":
            readings.append(markdown.examine(path, folder))
        else:
            own = ", ".join((*OF_THE_FIELD, *people_ask.FILES))
            message = f"only {own} and .md files directly in {', '.join(FOLDERS)} belong here"
            faults.append(CorpusFault(path=name, line=1, rule="unknown-file", message=message))
            continue
        digest.update(f"{name}\0{sha256(path.read_bytes()).hexdigest()}\n".encode())
    kept, found = added.read(folder)
    faults += found
    for record in kept:
        digest.update(f"{record.document.path}\0{sha256(record.model_dump_json().encode()).hexdigest()}\n".encode())
    if not readings and not kept:
        faults.append(CorpusFault(path=".", line=1, rule="empty", message="the corpus has no document yet"))
    faults += [fault for reading in readings for fault in reading.faults]
    documents = [reading.document for reading in readings if reading.document is not None]
    statements = _statement_ids(documents)
    found_questions = people_ask.read(folder, statements)
    faults += found_questions.faults
    return _Survey(
        documents=tuple(_dated(sorted(documents, key=lambda document: (document.id, document.path)), kept)),
        added=tuple(record.document for record in kept),
        ids=frozenset(
            [reading.document_id for reading in readings if reading.document_id is not None]
            + [record.document.id for record in kept]
        ),
        vocabulary=vocabulary,
        field_in_order=not unusable,
        grading=systems.known(vocabulary.grading),
        questions=found_questions.asked(statements),
        labelled=found_questions.labelled(),
        faults=tuple(faults),
        sha256=digest.hexdigest(),
    )


def _dated(ours: Iterable[Document], kept: Iterable[added.Kept]) -> Iterator[Document]:
    """Yield the documents of our own, superseded where one that was added says that it supersedes them.

    Their files say nothing of it, so that all is as before when the other is removed.
    """
    newer = {older: each.document.id for each in kept for older in each.document.metadata.supersedes}
    for document in ours:
        metadata = document.metadata
        if metadata.superseded_by is None and document.id in newer:
            metadata = metadata.model_copy(update={"superseded_by": newer[document.id]})
            document = document.model_copy(update={"metadata": metadata})  # noqa: PLW2901
        yield document


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


# --- rules ------------------------------------------------------------------------------------------------------------


def _rule_faults(folder: Path, survey: _Survey) -> list[CorpusFault]:
    """Return the faults that only typed records show, each at the line of its field."""
    faults = []
    statements = _statement_ids(survey.documents)
    for document in survey.documents:
        located = [
            *_place_faults(document, survey),
            *_edition_faults(document, survey),
            *(_concept_faults(document, survey.vocabulary) if survey.field_in_order else ()),
            *_reference_faults(document),
            *_review_faults(document),
            *_statement_faults(document, survey.grading),
            *_question_faults(document),
            *_beside_faults(document, statements),
        ]
        if located:
            faults += markdown.locate((folder / document.path).read_text("utf-8-sig"), document.path, located)
    faults += _added_faults(survey)
    if survey.field_in_order:
        located = list(_vocabulary_faults(survey.vocabulary, survey.documents)) or _name_faults(survey.vocabulary)
        if located:
            faults += markdown.locate((folder / VOCABULARY).read_text("utf-8-sig"), VOCABULARY, located)
        faults += pack.faults(folder, survey.vocabulary, survey.ids, statements)
    return faults


def _added_faults(survey: _Survey) -> Iterator[CorpusFault]:
    """Yield the faults of documents as published; their records have no lines."""
    known = {concept.id for concept in survey.vocabulary.concepts} if survey.field_in_order else None
    ours = {document.id for document in survey.documents}
    for each in survey.added:
        metadata = each.metadata
        faults = []
        if each.id in ours:
            faults.append(("document-id", f"a document of our own has the id {each.id} too"))
        others = (*metadata.supersedes, *([metadata.superseded_by] if metadata.superseded_by else []))
        faults += [("dangling", f"there is no document {other}") for other in others if other not in survey.ids]
        if known is not None:
            about = {c for s in each.statements for c in (*s.statement.interventions, *s.statement.conditions)}
            about |= {c for s in each.statements for c in (*s.statement.populations, *s.statement.outcomes)}
            about |= {*metadata.interventions, *metadata.conditions}
            again = f"add its file again with --replace: {', '.join(sorted(about - known))} left the vocabulary"
            faults += [("concept", again)] if about - known else []
        faults += [
            ("grade-system", f"{span.statement.id}: {message}")
            for span in each.statements
            for grade in span.statement.grades
            for message in systems.faults(grade, survey.grading)
        ]
        review = metadata.review
        if review.state is not ReviewState.SUBMITTED and each.review_state is ReviewState.SUBMITTED:
            faults.append(("approval", "the text has changed since its review"))
        for rule, message in faults:
            yield CorpusFault(path=each.path, line=1, rule=rule, message=message)


def _place_faults(document: Document, survey: _Survey) -> Iterator[Located]:
    folder, _, name = document.path.partition("/")
    if name != f"{document.id}.md":
        yield ("id",), "file-name", f"the file of {document.id} must be named {document.id}.md"
    if FOLDERS[folder] is not document.metadata.kind:
        yield ("kind",), "folder", f"a document of kind {document.metadata.kind} does not belong into {folder}"
    system = document.metadata.grading_system
    if system is not None and system not in survey.grading.by_id:
        yield ("grading_system",), "grade-system", f"there is no grading system {system}"
    others = [other.path for other in survey.documents if other.id == document.id and other.path != document.path]
    if others:
        yield ("id",), "document-id", f"{', '.join(others)} has the id {document.id} too"


def _edition_faults(document: Document, survey: _Survey) -> Iterator[Located]:
    """Yield the places where ``supersedes`` and ``superseded_by`` of two documents contradict each other."""
    metadata = document.metadata
    by_id = {other.id: other.metadata for other in survey.documents}
    for number, older in enumerate(metadata.supersedes):
        if older not in survey.ids:
            yield ("supersedes", number), "dangling", f"there is no document {older}"
        elif older in by_id and by_id[older].superseded_by != document.id:
            yield ("supersedes", number), "edition", f"{older} does not say superseded_by: {document.id}"
    newer = metadata.superseded_by
    if newer is None:
        return
    if newer not in survey.ids:
        yield ("superseded_by",), "dangling", f"there is no document {newer}"
    elif newer in by_id and document.id not in by_id[newer].supersedes:
        yield ("superseded_by",), "edition", f"{newer} does not list {document.id} under supersedes"
    seen = {document.id}
    following = by_id.get(newer)
    while following is not None and following.id not in seen:
        seen.add(following.id)
        following = by_id.get(following.superseded_by) if following.superseded_by else None
    if following is not None and following.id == document.id:
        yield ("superseded_by",), "edition", f"{document.id} supersedes itself in the end"


def _concept_faults(document: Document, vocabulary: Vocabulary) -> Iterator[Located]:
    known = {(concept.kind, concept.id) for concept in vocabulary.concepts}

    def unknown(location: markdown.Location, kind: ConceptKind, ids: Sequence[str]) -> Iterator[Located]:
        for number, concept in enumerate(ids):
            if (kind, concept) not in known:
                yield (*location, kind.value, number), "dangling", f"{VOCABULARY} has no {concept} under {kind}"

    yield from unknown((), ConceptKind.INTERVENTION, document.metadata.interventions)
    yield from unknown((), ConceptKind.CONDITION, document.metadata.conditions)
    for number, statement in enumerate(document.metadata.statements):
        place = ("statements", number)
        yield from unknown(place, ConceptKind.INTERVENTION, statement.interventions)
        yield from unknown(place, ConceptKind.CONDITION, statement.conditions)
        yield from unknown(place, ConceptKind.POPULATION, statement.populations)
        yield from unknown(place, ConceptKind.OUTCOME, statement.outcomes)


def _reference_faults(document: Document) -> Iterator[Located]:
    statements = document.metadata.statements
    references = [reference.id for reference in document.metadata.references]
    used = {source for statement in statements for source in statement.sources}
    for number, name in enumerate(references):
        if name in references[:number]:
            yield ("references", number), "reference-id", f"another reference has the id {name} already"
        elif statements and name not in used:
            yield ("references", number), "unused-reference", f"no statement rests on {name}"
    for number, statement in enumerate(statements):
        for place, source in enumerate(statement.sources):
            if source not in references:
                yield ("statements", number, "sources", place), "dangling", f"there is no reference {source}"


def _review_faults(document: Document) -> Iterator[Located]:
    review = document.metadata.review
    if review.state is ReviewState.APPROVED and review.state_for(document.sha256) is not ReviewState.APPROVED:
        message = f"the text has changed since it was approved; its hash is now {document.sha256}"
        yield ("review",), "approval", message


def _statement_faults(document: Document, grading: systems.Known) -> Iterator[Located]:
    numbers = {statement.id: number for number, statement in enumerate(document.metadata.statements)}
    for span in document.statements:
        place = ("statements", numbers[span.statement.id])
        recommends = span.statement.kind is StatementKind.RECOMMENDATION
        of_grades = (
            (("grades", number), rule, message)
            for number, grade in enumerate(span.statement.grades)
            for rule, message in _grade_faults(grade, grading, is_recommendation=recommends)
        )
        for field, rule, message in (*_faults_of(document, span), *of_grades):
            yield (*place, *field), rule, f"{span.statement.id}: {message}"


def _question_faults(document: Document) -> Iterator[Located]:
    """Yield statements without a role or with too few questions, and questions that two statements claim to answer."""
    first: dict[str, str] = {}
    for number, statement in enumerate(document.metadata.statements):
        place = ("statements", number)
        if statement.role is None:
            yield (*place, "role"), "role", f"{statement.id}: give its role: {', '.join(StatementRole)}"
        if len(statement.answers) < FEWEST_QUESTIONS:
            message = f"{statement.id}: give {FEWEST_QUESTIONS} to 5 questions that it answers by itself"
            yield (*place, "answers"), "answers", message
        for at, question in enumerate(statement.answers):
            other = first.setdefault(question_key(question), statement.id)
            if other != statement.id:
                yield (*place, "answers", at), "answers", f"{statement.id}: {other} has this question too"


def _beside_faults(document: Document, known: Container[str]) -> Iterator[Located]:
    """Yield what is to stand beside a statement and is none, or is the statement itself."""
    for number, statement in enumerate(document.metadata.statements):
        for at, name in enumerate(statement.beside):
            place = ("statements", number, "beside", at)
            if name == f"{document.id}#{statement.id}":
                yield place, "beside", f"{statement.id} cannot stand beside itself"
            elif name not in known:
                yield place, "beside", f"{statement.id}: there is no statement {name}; it is left out"


def _faults_of(document: Document, span: StatementSpan) -> Iterator[Located]:
    statement = span.statement
    words = document.text[span.start : span.end]
    stem = document.text[slice(*span.stem)] if span.stem else ""
    if _POINTS_BACK.match(stem or words):
        yield ("id",), "alone", "its first words point back to what a reader does not see; name the subject"
    length = len(words.split())
    if length > LONGEST_STATEMENT:
        yield ("id",), "length", f"{length} words are more than the {LONGEST_STATEMENT} that a statement may have"
    if statement.kind is StatementKind.INTERACTION and len(set(statement.interventions)) < 2:
        yield ("interventions",), "interaction", "an interaction is between at least two interventions"
    if statement.plain is None:
        return
    notations = " ".join(document.text[slice(*grade)] for grade in span.grades)
    missing = numbers_missing_from(f"{stem} {words} {notations}", statement.plain)
    if missing:
        yield ("plain",), "plain-number", f"the statement does not have {', '.join(missing)}"
    if negation_lost(f"{stem} {words}", statement.plain):
        yield ("plain",), "plain-negation", 'the statement has a "not" that the plain wording has lost'


def _grade_faults(
    grade: EvidenceGrade, grading: systems.Known, *, is_recommendation: bool
) -> Iterator[tuple[str, str]]:
    for message in systems.faults(grade, grading):
        yield "grade-system", message
    if is_recommendation and grade.direction is None:
        yield "grade-direction", f"a recommendation graded in {grade.system} is for, against or silent: give direction"
    for name in ("level", "grade", "strength", "agreement"):
        value = getattr(grade, name)
        if value is not None and not _is_printed(value, grade.printed):
            yield "grade-printed", f"{name} {value!r} does not occur in {grade.printed!r}"


def _is_printed(value: str, printed: str) -> bool:
    """Return whether a value stands in a notation as whole words; letter grades keep their case, words need not."""
    value, printed = (text.replace("–", "-").replace("\u2010", "-").replace("\u2011", "-") for text in (value, printed))
    flags = re.IGNORECASE if len(value) > 2 else re.NOFLAG
    return re.search(rf"(?<!\w){re.escape(value)}(?!\w)", printed, flags) is not None


def _statement_ids(documents: Sequence[Document]) -> set[str]:
    return {f"{document.id}#{statement.id}" for document in documents for statement in document.metadata.statements}


def _vocabulary_faults(vocabulary: Vocabulary, documents: Sequence[Document]) -> Iterator[Located]:
    statements = _statement_ids(documents)
    counts = Counter(concept.id for concept in vocabulary.concepts)  # ids are unique across the lists
    ids = {kind: {concept.id for concept in vocabulary.concepts if concept.kind is kind} for kind in ConceptKind}
    for kind in ConceptKind:
        concepts = [concept for concept in vocabulary.concepts if concept.kind is kind]
        parents = {concept.id: concept.parents for concept in concepts}
        for number, concept in enumerate(concepts):
            if counts[concept.id] > 1:
                yield (kind.value, number), "concept-id", f"{concept.id} is the id of {counts[concept.id]} concepts"
            if concept.id in _ancestors(concept.id, parents):
                yield (kind.value, number, "parents"), "concept-cycle", f"{concept.id} is its own ancestor"
            if concept.off_label is not None and concept.off_label not in statements:
                at = (kind.value, number, "off_label")
                yield at, "dangling", f"{concept.id}: there is no statement {concept.off_label}"
            for (field, place), rule, message in _member_faults(concept, ids):
                yield (kind.value, number, field, place), rule, f"{concept.id}: {message}"


def _member_faults(concept: Concept, ids: Mapping[ConceptKind, set[str]]) -> Iterator[tuple[tuple[str, int], str, str]]:
    """Yield field and place, rule and message of what is wrong in the lists of one concept."""
    who = ids[ConceptKind.POPULATION] | ids[ConceptKind.CONDITION]
    for field, allowed, rule, message in (
        ("parents", ids[concept.kind], "dangling", f"there is no {{}} in {concept.kind}"),
        ("blocks", ids[ConceptKind.INTERVENTION], "dangling", "it cannot have {} under blocks"),
        ("implies", who, "dangling", "it cannot have {} under implies"),
        ("capitals_only", names.in_capitals(concept), "concept-name", "{} is no name of one word that it has"),
    ):
        for place, member in enumerate(getattr(concept, field)):
            if member not in allowed:
                yield (field, place), rule, message.format(member)


def _name_faults(vocabulary: Vocabulary) -> list[Located]:
    """Return what matching of names finds wrong with a vocabulary whose ids and parents are in order."""
    places: dict[str, markdown.Location] = {}
    for kind in ConceptKind:
        of_kind = [concept for concept in vocabulary.concepts if concept.kind is kind]
        places |= {concept.id: (kind.value, number) for number, concept in enumerate(of_kind)}
    # Each message ends in the id of a concept that it is about.
    return [(places.get(message.split()[-1], ()), "concept-name", message) for message in names.faults(vocabulary)]


def _ancestors(concept: str, parents: dict[str, tuple[str, ...]]) -> set[str]:
    found: set[str] = set()
    waiting = list(parents[concept])
    while waiting:
        parent = waiting.pop()
        if parent not in found:
            found.add(parent)
            waiting += parents.get(parent, ())
    return found


# --- plain wordings ---------------------------------------------------------------------------------------------------


def numbers_missing_from(statement: str, plain: str) -> list[str]:
    """Return the numbers of a plain wording that its statement does not have, in figures or as a word up to twelve.

    >>> numbers_missing_from("In 2 trials, 4.5 mg", "Two trials of 4.5 mg for 12 weeks")
    ['12']
    """
    known = set(_numbers(statement))
    return list(dict.fromkeys(number for number in _numbers(plain) if number not in known))


def _numbers(text: str) -> list[str]:
    words = [_NUMBER_WORDS[word] for word in re.findall(r"[a-z]+", text.lower()) if word in _NUMBER_WORDS]
    # A comma before three figures groups thousands; the raised point is The Lancet's decimal point.
    figures = [re.sub(r",(?=\d{3}(?!\d))", "", n).replace("·", ".") for n in _NUMBER.findall(text)]
    return [*figures, *words]


def negation_lost(statement: str, plain: str) -> bool:
    """Return whether a statement negates and its plain wording neither negates nor says so in another way.

    >>> negation_lost("LDN did not reduce pain.", "LDN reduced pain.")
    True
    """
    negated = _NEGATION.search(_NOT_NEGATED.sub(" ", statement))
    return bool(negated) and not _NEGATION.search(plain) and not _SAYS_NO.search(plain)


if __name__ == "__main__":
    found = lint(Path(sys.argv[1]))
    sys.stdout.writelines(f"{fault}\n" for fault in found)
    sys.exit(BadCorpus.exit_code if found else 0)
