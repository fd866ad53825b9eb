"""Builds the index of a corpus together with what is fitted on it.

Fitted are the rule for abstaining and the judgement of emergencies; the follow-up questions to offer are tried out and
kept if they are answered.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from fmqa import fitting
from fmqa.ask import ask, read
from fmqa.corpus.questions import Asked
from fmqa.danger import judgement
from fmqa.danger.features import Encode
from fmqa.errors import FmqaError
from fmqa.evidence.choosing import choose
from fmqa.evidence.deciding import case_of, status_of
from fmqa.evidence.library import Library, library_of
from fmqa.evidence.ranking import KINDS
from fmqa.evidence.searching import search
from fmqa.index import encoders, reading, writing
from fmqa.index.code_key import code_sha256
from fmqa.settings import Settings
from fmqa.types import Audience, ConceptKind, Document, Frame, StatementKind, Status, Vocabulary

_fits: Final[dict[str, judgement.Urgency | None]] = {}
"""By what they rest on: a program that builds several indices fits once."""
_OF_TREATMENTS: Final = (StatementKind.RECOMMENDATION, StatementKind.FINDING, StatementKind.DOSING)


def build_index(
    settings: Settings,
    progress: Callable[[str, int, int], None] | None = None,
    embed: writing.Embed | None = None,
) -> writing.BuildReport:
    """Build the index of the corpus that the settings name, with its calibration and its suggestions.

    Args:
        settings: Where the corpus and the index are.
        progress: Called with the step, how many of it are done, and how many there are.
        embed: Encodes the passages; None: this machine.

    Raises: BadCorpus with every fault; IndexBusy if another build does not finish in time.
    """
    from fmqa.corpus import loading  # noqa: PLC0415 - its YAML and Markdown readers are for building only

    loaded = loading.load(settings.corpus)
    labelled = (*fitting.read_questions(settings.corpus / fitting.FILE), *loaded.labelled)
    messages = judgement.read_messages(settings.corpus / judgement.FILE)
    return build_documents(
        loaded.documents, loaded.vocabulary, labelled, settings, progress, messages, embed, loaded.questions
    )


def build_documents(
    documents: Sequence[Document],
    vocabulary: Vocabulary,
    questions: Sequence[fitting.LabelledQuestion],
    settings: Settings,
    progress: Callable[[str, int, int], None] | None = None,
    messages: Sequence[judgement.LabelledMessage] | None = None,
    embed: writing.Embed | None = None,
    asked: Sequence[Asked] = (),
) -> writing.BuildReport:
    """Build the index of documents that were read already; see ``build_index``.

    Args:
        documents: What is indexed.
        vocabulary: The concepts that it is about.
        questions: What the abstention rule is fitted on; none means never to abstain by confidence.
        settings: Where the index is.
        progress: Called with the step, how many of it are done, and how many there are.
        messages: What of this field the judgement of emergencies is fitted on, beside general medicine; None means that
            rules alone tell emergencies.
        embed: Encodes the passages; None: this machine.
        asked: What people ask, beside the questions that statements themselves list.

    Raises: BadCorpus, IndexBusy or Unavailable as ``index.build`` does.
    """
    report = progress or (lambda _step, _done, _total: None)
    return writing.build(
        documents,
        vocabulary,
        settings,
        progress=progress,
        calibrate=lambda opened: _tune(opened, questions, messages, settings, report),
        tuned_on=[labelled.model_dump(mode="json") for labelled in (*questions, *(messages or ()))],
        embed=embed,
        questions=asked,
    )


def _tune(
    opened: reading.Index,
    questions: Sequence[fitting.LabelledQuestion],
    messages: Sequence[judgement.LabelledMessage] | None,
    settings: Settings,
    progress: Callable[[str, int, int], None],
) -> dict[str, Any]:
    """Return what is stored with a generation: abstention rule, judgement of emergencies and suggested follow-ups.

    They are those of the documents of our own alone: what somebody adds bears on none of them, and they can be kept.
    """
    library = library_of(opened.of_our_own(), settings)

    def features_of(question: str) -> tuple[dict[str, float], Status]:
        query = read(question, (), library)
        selection = choose(query, search(question, query, library), library)
        return selection.features, status_of(case_of(query, selection, library))

    features, answerable, refused = [], [], []
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        found = pool.map(features_of, (labelled.question for labelled in questions))
        for done, (labelled, (its_features, status)) in enumerate(zip(questions, found, strict=True), start=1):
            if status is Status.ANSWERED:  # fitted on what the rules leave open
                features.append(its_features)
                answerable.append(labelled.answerable)
            elif status.abstains:
                refused.append(labelled.answerable)
            progress("calibrate", done, len(questions))
    rule = fitting.fit(features, answerable, refused)
    judge = None
    if messages is not None:
        judge = urgency(messages, [labelled.question for labelled in questions], opened.encode, settings)
    library = library._replace(calibration=rule, urgency=judge)
    return {
        "rule": rule.model_dump(mode="json") if rule else None,
        "urgency": judge.model_dump(mode="json") if judge else None,
        "suggestions": _follow_ups(library, progress),
    }


def judgement_basis(own: Sequence[judgement.LabelledMessage], settings: Settings) -> judgement.Basis:
    """Return what a judgement of emergencies for a corpus with messages of its own rests on."""
    code = code_sha256("fmqa.danger.judgement", within=("danger", "text"), made=(judgement.SHIPPED.name,))
    return judgement.basis_of(own, encoders.model_fingerprint(settings.encoder), code)


def urgency(
    own: Sequence[judgement.LabelledMessage], questions: Sequence[str], encode: Encode, settings: Settings
) -> judgement.Urgency | None:
    """Return the judgement of emergencies for a corpus: the one that comes with fmqa where that holds, or a fit.

    Args:
        own: Labelled messages of the corpus.
        questions: Its ordinary questions, which are harmless; they count for a fit only.
        encode: A text to its unit vector.
        settings: Where the index is, whose judgement is kept if nothing that it rests on has changed.
    """
    basis = judgement_basis(own, settings)
    found = judgement.shipped_for(basis)
    if found is not None:
        return found
    messages = (*judgement.shipped_messages(), *own)
    key = judgement.fitted_on(messages, questions, basis.model_dump_json())
    if key not in _fits:
        earlier = _judgement_in_use(settings)
        kept = earlier is not None and earlier.fitted_on == key
        _fits[key] = earlier if kept else judgement.fit(messages, questions, encode, key)
    return _fits[key]


def _judgement_in_use(settings: Settings) -> judgement.Urgency | None:
    """Return the judgement of emergencies of the index in use: a build keeps it, as no document bears on it."""
    try:
        stored = (reading.open_index(settings.index).calibration or {}).get("urgency")
    except FmqaError:  # there is no index, or it is damaged
        return None
    return judgement.Urgency.model_validate(stored) if stored else None


def _follow_ups(library: Library, progress: Callable[[str, int, int], None]) -> dict[str, list[str]]:
    """Return the questions that are answered about each treatment of the corpus, and about its subject.

    What the corpus only warns of, such as a medicine that interacts with its treatments, is no treatment here.
    """
    frame = Frame("build", "build", Audience.CLINICIAN, library.settings.max_words, library.opened.generation)
    pack = library.matcher.pack
    subject = " and ".join(map(library.matcher.label, pack.subject))
    tried = {
        concept.id: [form.format(label=concept.label, subject=subject) for form in pack.follow_ups]
        for concept in library.opened.vocabulary.concepts
        if concept.kind is ConceptKind.INTERVENTION and _is_treatment(concept.id, library)
    }
    tried |= {concept: [form.format(subject=subject) for form in pack.on_subject] for concept in pack.subject[:1]}

    def answered(concept: str) -> list[str]:
        questions: list[str] = []
        for question in tried[concept]:  # each is asked once, and kept only if it is answered
            answer, query = ask(question, (), frame, library)
            first = [library.catalogue.by_id[s.id] for s in answer.statements[:2] if s.id in library.catalogue.by_id]
            about = {c for entry in first for c in (*entry.statement.interventions, *entry.statement.conditions)}
            mine = library.matcher.ancestors(concept)
            fits = query is not None and any(entry.statement.kind in KINDS[query.intents[0]] for entry in first)
            if answer.status is Status.ANSWERED and about & mine and fits:
                questions.append(question)
        return questions

    found: dict[str, list[str]] = {}
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for done, (concept, questions) in enumerate(zip(tried, pool.map(answered, tried), strict=True), start=1):
            if questions:
                found[concept] = questions
            progress("suggest", done, len(tried))
    return found


def _is_treatment(concept: str, library: Library) -> bool:
    """Return whether some source recommends a thing for or against, tells its effect, or gives its dose."""
    return any(
        concept in entry.statement.interventions and entry.statement.kind in _OF_TREATMENTS
        for entry in library.catalogue.by_concept.get(concept, ())
    )
