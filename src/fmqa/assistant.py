"""From a question to a verified answer, in one place: the line that a newcomer reads first.

question + turns --resolve--> query --retrieve--> passages --select--> statements --compose--> answer --verify--> answer
"""

import os
import re
import secrets
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final, NamedTuple, Self

from fmqa import fitting
from fmqa.answer import composing, verification
from fmqa.corpus.names import Names
from fmqa.corpus.vocabulary import Matcher
from fmqa.danger import emergencies, judgement
from fmqa.errors import BadQuestion, FmqaError, Unavailable
from fmqa.evidence import choosing, quoting, scoring, searching
from fmqa.evidence.catalogue import FIELDS, Catalogue, content_words, evidence_of
from fmqa.index import reading, writing
from fmqa.question import intents, personal, persons, resolving
from fmqa.settings import Settings
from fmqa.store.conversations import Conversations, new_id
from fmqa.text import figures, wording
from fmqa.text.words import tokenize
from fmqa.types import (
    Answer,
    Audience,
    Concept,
    ConceptKind,
    Document,
    DocumentKind,
    EvidenceStatement,
    Intent,
    Metadata,
    Query,
    RetrievedPassage,
    StatementKind,
    Status,
    Turn,
    Vocabulary,
    Watch,
)

SHOWN: Final = 10
"""Passages looked at whole: for confidence, for what is related, and where a passage carries no statement."""


class Parts(NamedTuple):
    """What answering needs besides the question: one index generation and what is looked up in it."""

    opened: reading.Index
    matcher: Matcher
    names: Names
    catalogue: Catalogue
    start: Metadata | None
    calibration: fitting.Calibration | None  # None: the corpus has no labelled questions, never abstain on it
    urgency: judgement.Urgency | None  # None: no labelled messages, or an older index; rules alone tell emergencies
    suggestions: dict[str, tuple[str, ...]]  # by intervention: follow-ups that the corpus answers
    scope: str  # what the corpus is about, in words
    glossary: tuple[tuple[str, str], ...]  # terms and their explanations
    same_words: wording.Names  # finds names that may stand for one another, for verification
    settings: Settings


def parts_of(opened: reading.Index, settings: Settings) -> Parts:
    """Return the parts for an opened index."""
    matcher = Matcher(opened.vocabulary)
    catalogue = Catalogue(opened, matcher)
    documents = tuple(catalogue.documents.named.values())
    tuned = opened.calibration or {}
    return Parts(
        opened=opened,
        matcher=matcher,
        names=Names(documents),
        catalogue=catalogue,
        start=next((metadata for metadata in documents if metadata.id == settings.start_document), None),
        calibration=fitting.Calibration.model_validate(tuned["rule"]) if tuned.get("rule") else None,
        urgency=judgement.Urgency.model_validate(tuned["urgency"]) if tuned.get("urgency") else None,
        suggestions={concept: tuple(found) for concept, found in opened.suggestions.items()},
        scope=_scope([metadata for metadata in documents if metadata.origin is None], matcher),
        glossary=tuple((c.label, c.explanation) for c in opened.vocabulary.concepts if c.explanation is not None),
        same_words=verification.names_of(matcher),
        settings=settings,
    )


def answer_question(
    question: str, turns: Sequence[Turn], frame: composing.Frame, parts: Parts, watch: Watch | None = None
) -> tuple[Answer, Query | None]:
    """Return the verified answer to a question after the earlier turns, and the query that it was read as."""
    watch = watch or (lambda _step: None)
    clock = _Clock()
    documents = parts.catalogue.documents
    emergency = emergencies.detect(question, parts.urgency, parts.opened.encode)
    if emergency is not None:
        material = composing.Material(
            Status.URGENT,
            Query(text=question, intents=(Intent.SAFETY,)),
            statements=_emergency_statements(question, emergency.conditions, parts),
            documents=documents,
        )
        for_patient = frame.audience is Audience.PATIENT or persons.speaks_of_oneself(question)
        advice = emergency.patient if for_patient else emergency.clinician

        def urgent(kept: tuple[EvidenceStatement, ...], withheld: int) -> Answer:
            del withheld
            return composing.urgent(emergency.title, advice, question, material._replace(statements=kept), frame)

        return _verified(urgent, material, parts, clock), None

    query = resolving.resolve(
        question,
        turns,
        parts.matcher,
        parts.names,
        parts.start,
        parts.opened.known,
        clinician=frame.audience is Audience.CLINICIAN,
    )
    watch(query)
    clock.lap("resolve")
    if query.choices:
        return composing.ask_back(query, frame), query
    ranking = rank(query, parts, as_published=False)
    retrieved = searching.passages(ranking, parts.opened, SHOWN)
    watch(retrieved)
    clock.lap("retrieve")
    told = frozenset(turns[-1].statement_ids) if turns else frozenset()
    selection = choosing.select(query, ranking.fused, nearness(query, ranking, parts), retrieved, parts.catalogue, told)
    clock.lap("select")
    material = _with_published(question, _material(query, retrieved, selection, parts), parts)
    if parts.opened.published is not None:
        clock.lap("published")

    def composed(kept: tuple[EvidenceStatement, ...], withheld: int) -> Answer:
        lead = tuple(statement for statement in material.lead if statement in kept)
        rest = tuple(statement for statement in material.statements if statement in kept)
        status = material.status
        if not lead and not rest and status in (Status.ANSWERED, Status.PARTIAL, Status.GUIDELINE_SILENT):
            status = Status.NOT_IN_CORPUS
        changed = material._replace(status=status, lead=lead, statements=rest, withheld=withheld)
        return composing.compose(changed, frame)

    return _verified(composed, material, parts, clock), query


def _verified(
    make: Callable[[tuple[EvidenceStatement, ...], int], Answer],
    material: composing.Material,
    parts: Parts,
    clock: "_Clock",
) -> Answer:
    """Return the answer made from the statements that pass verification; each that fails is withheld and counted."""
    kept = (*material.lead, *material.statements)
    withheld = 0
    while True:
        answer = make(kept, withheld)
        clock.lap("compose")
        verdicts = verification.verify(answer, parts.opened.document, parts.same_words)
        clock.lap("verify")
        failed = {s.id for s, verdict in zip(answer.statements, verdicts, strict=True) if not verdict.supported}
        if not failed:
            if verification.answer_faults(answer, parts.opened.document, parts.opened.generation):
                raise Unavailable("an answer failed verification as a whole; rebuild the index with 'fmqa index build'")
            checked = tuple(
                statement.model_copy(update={"verdict": verdict})
                for statement, verdict in zip(answer.statements, verdicts, strict=True)
            )
            return answer.model_copy(update={"statements": checked, "timings": clock.seconds})
        withheld += len(failed)
        kept = tuple(statement for statement in kept if statement.id not in failed)


def rank(query: Query, parts: Parts, *, as_published: bool | None = None) -> searching.Ranking:
    """Return the ranking for a query, searched in its own words and in the vocabulary's.

    Args:
        query: What is asked.
        parts: What is searched.
        as_published: Whether only documents as published are searched, or only those of our own; None: all. Apart, the
            thousands that somebody adds cannot push a curated statement out of the candidates.
    """
    among = None if as_published is None else parts.opened.published if as_published else parts.opened.curated
    concepts = tuple(
        c
        for c in (*query.interventions, *query.conditions, *query.populations, *query.outcomes)
        if c not in query.implied
    )
    labels = (parts.matcher.label(c) for c in concepts if c != "fibromyalgia")
    other_words = [label for label in dict.fromkeys(labels) if label.lower() not in query.text.lower()]
    words = re.sub(r"(\d) to (?=\d)", r"\1-", query.text)  # a range, as the corpus writes it
    text = f"{words} ({', '.join(other_words)})" if other_words else words
    terms = dict.fromkeys((*parts.matcher.expansions(query.text), *(f"c:{c}" for c in concepts)))
    return searching.rank(text, parts.opened, parts.settings, tuple(terms), among)


def asked_of_published(question: str, query: Query, parts: Parts) -> Query:
    """Return a query as documents as published are asked: without what the article that one starts from gave it."""
    if len(content_words(question) - intents.FILLER) <= 1:
        return query
    named = [mention.concept for mention in parts.matcher.mentions(question)]
    own = {f: tuple(c for c in getattr(query, f) if c in named) for f in FIELDS}
    return query.model_copy(update={"text": question, **own})


def _with_published(question: str, material: composing.Material, parts: Parts) -> composing.Material:
    """Return the material with what documents as published say, where the curated statements answer less or nothing."""
    if parts.opened.published is None:
        return material
    query = asked_of_published(question, material.query, parts)
    ranking = rank(query, parts, as_published=True)
    related = (*material.related[:2], *searching.passages(ranking, parts.opened, 1))
    found = quoting.select(query, ranking.fused, nearness(query, ranking, parts), parts.catalogue)
    if query.personal and Intent.DOSE in query.intents and (material.lead or _off_label(query, parts)):
        found = found._replace(statements=tuple(s for s in found.statements if s.kind is not StatementKind.DOSING))
    if not found.statements:  # the scope is that of documents of our own
        status = Status.NOT_IN_CORPUS if material.status is Status.OUT_OF_SCOPE else material.status
        return material._replace(status=status, related=related)
    wanted = quoting.weights(query, parts.catalogue)
    rows = (parts.opened.row_of(s.passage_id) for s in material.statements)
    stems = (parts.opened.passage_stems(row) for row in rows)
    ours = max((quoting.coverage(wanted, each, parts.catalogue) for each in stems), default=0.0)
    sure = material.confidence is None or found.chance >= quoting.SURE
    better = found.coverage >= ours + quoting.MORE and sure
    if material.statements and not better:
        return material._replace(related=related)
    told = {" ".join((s.document.title, *s.section, s.text)) for s in found.statements}
    about = {mention.concept for words in told for mention in parts.matcher.mentions(words)}
    uncovered = tuple(gap for gap in material.uncovered if gap[0] not in about)
    return material._replace(
        status=Status.PARTIAL if material.missing or uncovered else Status.ANSWERED,
        lead=material.lead if query.interventions else (),
        statements=found.statements,
        positions=(),
        off_label=material.off_label if query.interventions else (),
        related=related,
        uncovered=uncovered,
        ungraded=(),
        confidence=None,
    )


def nearness(query: Query, ranking: searching.Ranking, parts: Parts) -> scoring.Nearness:
    """Return how near any row is to a query; what the vocabulary knows counts in whatever words it is said."""
    mentions = parts.matcher.mentions(query.text)
    rest = "".join(letter for at, letter in enumerate(query.text) if not any(m.start <= at < m.end for m in mentions))
    words = [*(f"c:{mention.concept}" for mention in mentions), *tokenize(rest)]
    return partial(searching.nearness, ranking, parts.opened, words)


def _material(
    query: Query, retrieved: Sequence[RetrievedPassage], selection: choosing.Selection, parts: Parts
) -> composing.Material:
    """Return what the answer is made from, and the status that the evidence allows."""
    matcher = parts.matcher
    missing = _missing(query, parts)
    rule = parts.calibration
    status = _ruled(query, selection, missing, parts)
    confidence = None
    if rule and status.abstains:
        confidence = rule.refused
    elif rule:
        confidence = rule.confidence(selection.features)
        # Who asks what to do with a known drug gets the general facts, in whatever words it is asked.
        sure = bool(selection.lead) or (personal.asks_own_regimen(query) and bool(query.interventions))
        if confidence < rule.threshold and not sure:
            status = _unanswered(query, selection)
    answered = not status.abstains
    foreign = any(not matcher.get(c).in_scope for c in query.conditions)
    statements = selection.statements
    if personal.asks_own_regimen(query) and (selection.lead or _off_label(query, parts)):
        # With a dangerous combination, or a use that no label covers, even general doses would read as an instruction.
        statements = tuple(s for s in statements if s.kind is not StatementKind.DOSING)
        if not selection.lead and Intent.DOSE in query.intents:
            statements = (*_no_dose(query, parts), *statements)
    return composing.Material(
        status=status,
        query=query,
        lead=selection.lead if answered else (),
        statements=statements if answered else (),
        positions=tuple((matcher.label(c), found) for c, found in selection.positions) if answered else (),
        off_label=_off_label(query, parts) if answered else (),
        related=tuple(retrieved[:3]),
        missing=missing,
        ungraded=selection.ungraded if answered else (),
        uncovered=(*selection.uncovered, *(selection.unmatched if answered or foreign else ())),
        documents=parts.catalogue.documents,
        scope=parts.scope,
        added=parts.opened.added,
        suggestions=_suggestions(query, parts),
        glossary=parts.glossary,
        confidence=confidence,
    )


def _ruled(query: Query, selection: choosing.Selection, missing: Sequence[composing.Missing], parts: Parts) -> Status:
    """Return the status that the rules give, whatever the confidence."""
    said = (*selection.lead, *selection.statements)
    foreign = [c for c in query.conditions if not parts.matcher.get(c).in_scope]
    on_foreign = any(s.statement and set(s.statement.conditions) & set(foreign) for s in selection.statements[:1])
    if foreign and not on_foreign and "fibromyalgia" not in query.conditions:
        # What a known drug does in another disease is near what is held; what another disease is, is not.
        near = selection.unmatched and Intent.DEFINITION not in query.intents
        return Status.NOT_IN_CORPUS if near else Status.OUT_OF_SCOPE
    if not said:
        return _unanswered(query, selection)
    if query.interventions and len(selection.uncovered) == len(query.interventions):
        return Status.NOT_IN_CORPUS
    if missing and not any(m.present for m in missing) and not query.interventions:
        return Status.NOT_IN_CORPUS
    if missing or selection.uncovered or selection.unmatched or selection.ungraded:
        return Status.PARTIAL
    recommendations = [s for s in selection.statements if s.kind is StatementKind.RECOMMENDATION and s.grades]
    if (
        Intent.GUIDELINE_POSITION in query.intents[:1]
        and recommendations
        and all(choosing.is_silent(s) for s in recommendations)
    ):
        return Status.GUIDELINE_SILENT
    return Status.ANSWERED


def _unanswered(query: Query, selection: choosing.Selection) -> Status:
    """Return out of scope for a question that names nothing the vocabulary knows and has nothing near it."""
    named = query.interventions or query.populations or query.outcomes or query.documents or query.organisations
    off_topic = not named and selection.features["dense"] < 0.35
    return Status.OUT_OF_SCOPE if off_topic else Status.NOT_IN_CORPUS


def _missing(query: Query, parts: Parts) -> tuple[composing.Missing, ...]:
    """Return the documents that the question asks for by publisher and year, or by publisher, and the corpus lacks."""
    found: list[composing.Missing] = []
    for body in query.organisations:
        held = parts.names.issued((body,))
        present = tuple(parts.catalogue.documents[i] for i in held)
        if not held:
            found.append(composing.Missing(f"document from {body}", ()))
        for year in query.years:
            mine = parts.names.issued((body,), (year,))
            others = parts.names.issued(tuple(o for o in query.organisations if o != body), (year,))
            if (
                held
                and not mine
                and not others
                and not any(parts.catalogue.documents[d].year == year for d in query.documents)
            ):
                found.append(composing.Missing(f"{year} document from {body}", present))
    return tuple(found)


def _off_label(query: Query, parts: Parts) -> tuple[EvidenceStatement, ...]:
    """Return the statements that say that the use of an intervention here is off-label."""
    concepts = (parts.matcher.get(c) for c in query.interventions)
    ids = dict.fromkeys(concept.off_label for concept in concepts if concept.off_label)
    return tuple(evidence_of(parts.catalogue.by_id[i], 0.0, parts.catalogue) for i in ids if i in parts.catalogue.by_id)


def _no_dose(query: Query, parts: Parts) -> tuple[EvidenceStatement, ...]:
    """Return what the sources say of a personal dose where they give none: dosing statements that name no amount."""
    found = [
        entry
        for drug in query.interventions
        for entry in parts.catalogue.about(drug)
        if entry.statement.kind is StatementKind.DOSING
        and drug in entry.statement.interventions
        and not set(entry.statement.populations) - set(query.populations)
        and not figures.quantities(entry.text)
        and figures.negations(entry.text)
    ]
    return tuple(evidence_of(entry, 0.0, parts.catalogue) for entry in found[:1])


def _emergency_statements(question: str, conditions: Sequence[str], parts: Parts) -> tuple[EvidenceStatement, ...]:
    """Return one label statement on the danger at hand, of a medicine that the message names."""
    drugs = [m.concept for m in parts.matcher.mentions(question) if m.kind is ConceptKind.INTERVENTION]
    found = [
        entry
        for drug in dict.fromkeys(drugs)
        for entry in parts.catalogue.about(drug)
        if drug in entry.statement.interventions
        and entry.statement.kind in (StatementKind.SAFETY, StatementKind.INTERACTION)
        and set(conditions) & set(entry.statement.conditions)
    ]
    found.sort(
        key=lambda entry: (
            "emergency" not in entry.words,
            entry.document.kind is not DocumentKind.LABEL,
            len(entry.statement.interventions),
            entry.id,
        )
    )
    return tuple(evidence_of(entry, 0.0, parts.catalogue) for entry in found[:1])


def _scope(documents: Sequence[Metadata], matcher: Matcher) -> str:
    """Return what most of the documents are about, in words."""
    counts = Counter(c for document in documents for c in document.conditions)
    common = [c for c, n in counts.most_common() if n * 4 >= len(documents) and matcher.get(c).in_scope]
    return " and ".join(matcher.label(c) for c in common[:2]) or "their own subject"


def _suggestions(query: Query, parts: Parts) -> tuple[str, ...]:
    """Return follow-ups on the same intervention that were answered when the index was built."""
    pool = parts.suggestions
    offered = [q for c in (*query.interventions, *query.taking) for q in pool.get(c, ())]
    if not offered and parts.start is not None:
        offered = [q for c in parts.start.interventions for q in pool.get(c, ())]
    return tuple(q for q in dict.fromkeys(offered) if q.lower() != query.text.lower())[:3]


class _Clock:
    """Seconds spent in each step of one answer."""

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self.seconds: dict[str, float] = {}

    def lap(self, step: str) -> None:
        now = time.perf_counter()
        self.seconds[step] = round(self.seconds.get(step, 0.0) + now - self._last, 6)
        self._last = now


class Assistant:
    """Answers questions from one index and remembers conversations.

    >>> assistant = Assistant.open()  # doctest: +SKIP
    >>> assistant.ask("What evidence level does EULAR give exercise?").status  # doctest: +SKIP
    <Status.ANSWERED: 'answered'>
    """

    def __init__(self, opened: reading.Index, conversations: Conversations, settings: Settings) -> None:
        self.settings = settings
        self.conversations = conversations
        self._parts = parts_of(opened, settings)
        self._refused: str | None = None

    @classmethod
    def open(cls, settings: Settings | None = None) -> Self:
        """Open the current index generation and the conversations.

        Raises: IndexUnusable if there is no index that verifies; Unavailable if the database cannot be opened.
        """
        settings = settings or Settings()
        conversations = Conversations(settings.database, keep_days=settings.conversation_days)
        return cls(reading.open_index(settings.index, fallback=True), conversations, settings)

    @property
    def index(self) -> reading.Index:
        """The index generation that answers now."""
        return self._parts.opened

    @property
    def parts(self) -> Parts:
        """What answers now, for measuring its steps one by one."""
        return self._parts

    def refresh(self) -> bool:
        """Change to the current generation if it is another one and verifies; keep the present one otherwise."""
        current = reading.current_generation(self.settings.index)
        if current in (None, self.index.generation, self._refused):
            return False
        try:
            opened = reading.open_index(self.settings.index)
        except FmqaError:
            self._refused = current  # not tried again until there is another
            return False
        self._parts = parts_of(opened, self.settings)
        return True

    def ask(
        self,
        question: str,
        *,
        conversation_id: str | None = None,
        audience: Audience = Audience.CLINICIAN,
        max_words: int | None = None,
        watch: Watch | None = None,
    ) -> Answer:
        """Return the verified answer and remember the turn.

        Args:
            question: What is asked.
            conversation_id: The conversation that it goes on with; None starts one.
            audience: Who reads the answer.
            max_words: Longest answer, in words; None for the setting.
            watch: Called with the query once the question is understood, and with the passages that were found.

        Raises: BadQuestion if the question is empty or too long; NotFound if the conversation is unknown or expired.
        """
        question = check_question(question, self.settings)
        turns = self.conversations.turns(conversation_id) if conversation_id else ()
        parts = self._parts  # one generation for the whole answer, whatever another thread refreshes to
        frame = composing.Frame(
            question_id=secrets.token_urlsafe(9),
            conversation_id=conversation_id or new_id(),
            audience=audience,
            max_words=max_words or self.settings.max_words,
            generation=parts.opened.generation,
        )
        answer, query = answer_question(question, turns, frame, parts, watch)
        turn = Turn(
            id=frame.question_id,
            question=question,
            query=query,
            status=answer.status,
            statement_ids=tuple(statement.id for statement in answer.statements),
        )
        self.conversations.append(frame.conversation_id, turn, starts=conversation_id is None, answer=answer)
        return answer

    def search(self, question: str, k: int = 10) -> tuple[RetrievedPassage, ...]:
        """Return the passages nearest to a question, best first.

        Raises: BadQuestion if the question is empty or too long.
        """
        question = check_question(question, self.settings)
        parts = self._parts
        query = resolving.resolve(question, (), parts.matcher, parts.names)
        return searching.passages(rank(query, parts), parts.opened, k)

    def close(self) -> None:
        """Close the database."""
        self.conversations.close()


def check_question(question: str, settings: Settings) -> str:
    """Return the question without white space around it.

    Raises: BadQuestion if it is empty, holds no word or is too long; the message never repeats it.
    """
    question = question.strip()
    if any("\ud800" <= character <= "\udfff" for character in question):
        raise BadQuestion("the question is not valid text; send it as UTF-8")
    if not any(character.isalnum() for character in question):
        raise BadQuestion("the question is empty; write a sentence or a few words")
    if len(question) > settings.question_chars:
        raise BadQuestion(f"the question is longer than {settings.question_chars} characters; shorten it")
    return question


# --- building ---------------------------------------------------------------------------------------------------------

# Follow-ups offered after an answer, by intent; each is asked once at build time and kept only if it was answered.
_FOLLOW_UPS: Final = (
    "What do guidelines say about {label} in fibromyalgia?",
    "How well does {label} work for fibromyalgia pain?",
    "What are the side effects of {label}?",
    "What dose of {label} is described for fibromyalgia?",
    "Which medicines interact with {label}?",
    "What is known about {label} in pregnancy?",
    "How is {label} thought to work?",
)
_OFFERED: Final = 4  # kept for each intervention: three are shown, none of which is the question just asked


def build_index(settings: Settings, progress: Callable[[str, int, int], None] | None = None) -> writing.BuildReport:
    """Build the index of the corpus that the settings name, with its calibration and its suggestions.

    Args:
        settings: Where the corpus and the index are.
        progress: Called with the step, how many of it are done, and how many there are.

    Raises: BadCorpus with every fault; IndexBusy if another build does not finish in time.
    """
    from fmqa.corpus import loading  # noqa: PLC0415 - its YAML and Markdown readers are for building only

    loaded = loading.load(settings.corpus)
    questions = fitting.read_questions(settings.corpus / fitting.FILE)
    messages = judgement.read_messages(settings.corpus / judgement.FILE)
    return build_documents(loaded.documents, loaded.vocabulary, questions, settings, progress, messages)


def build_documents(
    documents: Sequence[Document],
    vocabulary: Vocabulary,
    questions: Sequence[fitting.LabelledQuestion],
    settings: Settings,
    progress: Callable[[str, int, int], None] | None = None,
    messages: Sequence[judgement.LabelledMessage] = (),
) -> writing.BuildReport:
    """Build the index of documents that were read already; see ``build_index``.

    Args:
        documents: What is indexed.
        vocabulary: The concepts that it is about.
        questions: What the abstention rule is fitted on; none means never to abstain by confidence.
        settings: Where the index is.
        progress: Called with the step, how many of it are done, and how many there are.
        messages: What the judgement of emergencies is fitted on; none means that rules alone tell them.

    Raises: BadCorpus, IndexBusy or Unavailable as ``index.build`` does.
    """
    report = progress or (lambda _step, _done, _total: None)
    return writing.build(
        documents,
        vocabulary,
        settings,
        progress=progress,
        calibrate=lambda opened: _tune(opened, questions, messages, settings, report),
        tuned_on=[labelled.model_dump(mode="json") for labelled in (*questions, *messages)],
    )


def _tune(
    opened: reading.Index,
    questions: Sequence[fitting.LabelledQuestion],
    messages: Sequence[judgement.LabelledMessage],
    settings: Settings,
    progress: Callable[[str, int, int], None],
) -> dict[str, Any]:
    """Return what is stored with a generation: abstention rule, judgement of emergencies and suggested follow-ups."""
    parts = parts_of(opened, settings)

    def features_of(question: str) -> tuple[dict[str, float], Status]:
        query = resolving.resolve(question, (), parts.matcher, parts.names, parts.start, opened.known)
        ranking = rank(query, parts, as_published=False)
        best = searching.passages(ranking, opened, SHOWN)
        selection = choosing.select(query, ranking.fused, nearness(query, ranking, parts), best, parts.catalogue)
        return selection.features, _ruled(query, selection, _missing(query, parts), parts)

    features, answerable, refused = [], [], []
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        found = pool.map(features_of, (labelled.question for labelled in questions))
        for done, (labelled, (its_features, ruled)) in enumerate(zip(questions, found, strict=True), start=1):
            if ruled is Status.ANSWERED:  # fitted on what the rules leave open
                features.append(its_features)
                answerable.append(labelled.answerable)
            elif ruled.abstains:
                refused.append(labelled.answerable)
            progress("calibrate", done, len(questions))
    rule = fitting.fit(features, answerable, refused)
    judge = judgement.fit(
        messages,
        [labelled.question for labelled in questions],
        opened.encode,
        basis=writing.code_and_model(settings),
        earlier=_judgement_in_use(settings),
    )
    parts = parts._replace(calibration=rule, urgency=judge)
    return {
        "rule": rule.model_dump(mode="json") if rule else None,
        "urgency": judge.model_dump(mode="json") if judge else None,
        "suggestions": _follow_ups(parts, progress),
    }


def _judgement_in_use(settings: Settings) -> judgement.Urgency | None:
    """Return the judgement of emergencies of the index in use: a build keeps it, as no document bears on it."""
    try:
        stored = (reading.open_index(settings.index).calibration or {}).get("urgency")
    except FmqaError:  # there is no index, or it is damaged
        return None
    return judgement.Urgency.model_validate(stored) if stored else None


def _follow_ups(parts: Parts, progress: Callable[[str, int, int], None]) -> dict[str, list[str]]:
    """Return, for each intervention that the corpus knows, the follow-ups that are answered about it."""
    frame = composing.Frame("build", "build", Audience.CLINICIAN, parts.settings.max_words, parts.opened.generation)
    concepts = [
        concept
        for concept in parts.opened.vocabulary.concepts
        if concept.kind is ConceptKind.INTERVENTION and concept.id in parts.catalogue.by_concept
    ]

    def answered(concept: Concept) -> list[str]:
        questions: list[str] = []
        for form in _FOLLOW_UPS:
            question = form.format(label=concept.label)
            answer, query = answer_question(question, (), frame, parts)
            about = {
                c
                for statement in answer.statements[:2]
                if statement.id in parts.catalogue.by_id
                for c in parts.catalogue.by_id[statement.id].statement.interventions
            }
            fits = query is not None and any(
                statement.kind in scoring.KINDS[query.intents[0]] for statement in answer.statements[:2]
            )
            if answer.status is Status.ANSWERED and concept.id in about and fits:
                questions.append(question)
            if len(questions) == _OFFERED:
                break
        return questions

    found: dict[str, list[str]] = {}
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for done, (concept, questions) in enumerate(zip(concepts, pool.map(answered, concepts), strict=True), start=1):
            if questions:
                found[concept.id] = questions
            progress("suggest", done, len(concepts))
    return found
