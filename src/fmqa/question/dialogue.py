"""The state of a conversation: what it is about before a question, and what the question adds.

The *frame* is what the last question, made to stand alone, was about; in a new conversation it is the topic of its
article. The documents that were asked about or cited are salient as well, the most recent first.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, TypeVar

from fmqa.corpus.names import Named, Names
from fmqa.corpus.vocabulary import Matcher, Mention
from fmqa.question import asking, intents, persons, references, rewording
from fmqa.question.references import Move, Reference
from fmqa.text.words import LIGHT_WORDS, tokenize
from fmqa.types import ConceptKind, DocumentKind, Intent, Metadata, Pack, Query, Status, Turn

_T = TypeVar("_T")
_IT: Final = re.compile(r"\b(?:it|this|that one)\b", re.IGNORECASE)
_IN: Final = re.compile(r"\bin (?:the )?$", re.IGNORECASE)
TITLED: Final = 2  # that many documents are named in the interpreted question; more would bury it


class State(NamedTuple):
    """What a conversation is about before a question."""

    frame: Query
    earlier: tuple[Query, ...]  # of the questions so far, newest first; none in a new conversation
    documents: tuple[str, ...]  # asked about or cited, nearest first
    cited: tuple[str, ...]  # by the last answer
    open: str | None  # the document as published that the latest answer with sources cites first
    spoken: tuple[str, ...]  # what the last question and the title of that document both name
    topic: tuple[str, ...]  # interventions last spoken of, which a word on grading in between does not end
    opened: tuple[str, ...]  # the document that the reader has turned to since the last question, if any
    asked_back: bool


class Said(NamedTuple):
    """What a question itself brings."""

    text: str
    mentions: tuple[Mention, ...]
    interventions: tuple[str, ...]
    conditions: tuple[str, ...]
    populations: tuple[str, ...]
    outcomes: tuple[str, ...]
    intents: tuple[Intent, ...]
    named: Named
    implied: tuple[str, ...]  # populations that an age implies
    denied: tuple[str, ...]  # treatments that are said not to be taken

    @property
    def fragment(self) -> rewording.Fragment:
        """What it names, and where."""
        return rewording.Fragment(self.text, self.mentions, self.named.spans)


class Lean(NamedTuple):
    """How a question hangs on what was said before."""

    reference: Reference | None
    elliptic: bool  # a fragment, or said to go on: what it leaves out is the frame's
    replaces: bool  # a fragment that names only a subject, put in the place of the frame's
    states: bool  # tells of somebody, asks nothing
    generic: bool  # about treatments at large, or about grading itself: about no treatment in particular
    bare: bool  # a clause without a subject of its own
    follows: bool  # leaves it to the document as published that the talk is on what it is about


def unique(items: Sequence[_T]) -> tuple[_T, ...]:
    """Return the items without repeats, each where it comes first."""
    return tuple(dict.fromkeys(items))


# --- the state of the conversation ------------------------------------------------------------------------------------


def state_of(
    turns: Sequence[Turn], start: Metadata | None, names: Names, pack: Pack, on: Metadata | None = None
) -> State:
    """Return what a conversation is about after its turns; after none, the topic of the article it starts from.

    Args:
        turns: Earlier turns, oldest first.
        start: The article that it starts from.
        names: Finds the sources that a question names.
        pack: What the corpus is about.
        on: The document as published that the latest answer with sources cites first.
    """
    earlier = tuple(turn.query for turn in reversed(turns) if turn.query is not None)
    documents: list[str] = []
    for turn in reversed(turns):
        documents.extend(turn.query.documents if turn.query else ())
        documents.extend(_cited(turn, names))
    return State(
        frame=earlier[0] if earlier else _topic_of(start, pack, names),
        earlier=earlier,
        documents=unique(documents),
        cited=_cited(turns[-1], names) if turns else (),
        open=on.id if on is not None else None,
        spoken=_spoken(earlier[0].text, on.title) if on is not None and earlier else (),
        topic=_topic(earlier),
        opened=_opened(turns, start, names),
        asked_back=bool(turns) and turns[-1].status is Status.NEEDS_CLARIFICATION,
    )


def _spoken(question: str, title: str) -> tuple[str, ...]:
    """Return the words of a question that a title has too, those beside one another together.

    >>> _spoken("Did rituximab help in chronic fatigue?", "Rituximab in Chronic Fatigue Syndrome: a trial")
    ('rituximab', 'chronic fatigue')
    """
    named, forms = set(tokenize(title)), asking.forms(question)
    found: list[str] = []
    end = -1  # of the word before, where that is held too
    for match in intents.WORD.finditer(question):
        word = match.group()
        of_form = any(start <= match.start() < end for start, end in forms)
        held = not of_form and word.lower() not in LIGHT_WORDS and bool(named.intersection(tokenize(word)))
        if held and question[end : match.start()] == " ":
            found[-1] += f" {word}"
        elif held:
            found.append(word)
        end = match.end() if held else -1
    return unique(found)


def _opened(turns: Sequence[Turn], start: Metadata | None, names: Names) -> tuple[str, ...]:
    """Return the document that is read now, if the last question was asked on another one.

    It is what "this guideline" points at, whatever the conversation was about; until something is asked on it.
    """
    turned = bool(turns) and start is not None and turns[-1].document not in (None, start.id)
    return _of_document(start, names) if turned else ()


def _topic(earlier: Sequence[Query]) -> tuple[str, ...]:
    for query in earlier:
        if query.interventions or not references.talks_of_grades(query.text):
            return query.interventions
    return ()


def _cited(turn: Turn, names: Names) -> tuple[str, ...]:
    """Return the documents that an answer cited, in its order."""
    return unique([d for d in (i.partition("#")[0].partition("@")[0] for i in turn.statement_ids) if d in names])


def _topic_of(start: Metadata | None, pack: Pack, names: Names) -> Query:
    """Return the frame of a conversation that nobody has said anything in: the topic of its document.

    A guideline, review or trial is itself what "it" may say; of an article only the topic counts.
    """
    if start is None:
        return Query(text="-", intents=(Intent.GENERAL,), conditions=pack.subject)
    return Query(
        text=start.title,
        intents=(Intent.GENERAL,),
        interventions=start.interventions,
        conditions=start.conditions or pack.subject,
        documents=_of_document(start, names),
    )


def _of_document(start: Metadata | None, names: Names) -> tuple[str, ...]:
    """Return the document that is read, if it is one that says things itself; an article speaks of others."""
    said = start is not None and start.kind is not DocumentKind.ARTICLE and start.id in names
    return (start.id,) if start is not None and said else ()


def back_to(topic: str, state: State, start: Metadata | None, matcher: Matcher, names: Names) -> State:
    """Return the state with the newest question about a topic as its frame, narrowed to that topic."""
    said = said_in(topic, state, start, matcher, names)
    about = {*said.interventions, *said.populations, *said.outcomes, *said.named.documents, *said.named.organisations}

    def shares(query: Query) -> bool:
        held = (*query.interventions, *query.populations, *query.outcomes, *query.documents, *query.organisations)
        return bool(about.intersection(held))

    frame = next((query for query in state.earlier if shares(query)), None)
    if frame is None:
        frame = Query(text=topic, intents=(Intent.GENERAL,), conditions=state.frame.conditions)
    update: dict[str, object] = {}
    if said.interventions:
        update["interventions"] = said.interventions
    if not said.named.is_empty:
        update |= {"documents": said.named.documents, "organisations": said.named.organisations}
    if said.outcomes:
        update["outcomes"] = said.outcomes
    return state._replace(frame=frame.model_copy(update=update))


# --- what a question brings, and how it leans ------------------------------------------------------------------------


def said_in(text: str, state: State, start: Metadata | None, matcher: Matcher, names: Names) -> Said:
    """Return what a question names and asks for; a description of a document is looked up in the conversation first."""
    mentions = matcher.mentions(text)
    by_kind: dict[ConceptKind, list[str]] = {kind: [] for kind in ConceptKind}
    denied = [m for m in mentions if persons.is_denied(text, m.start)]
    others = {m.kind for m in mentions if m not in denied}  # "no opioids are taken, is LDN safe?" is about LDN
    for mention in mentions:
        may_be_denied = mention.kind is ConceptKind.POPULATION or (
            mention.kind is ConceptKind.INTERVENTION and mention.kind in others
        )
        if not (may_be_denied and mention in denied):
            by_kind[mention.kind].append(mention.concept)
    named = names.in_text(text)
    if named.is_empty or (named.years and not named.documents):
        organisations = [body for query in state.earlier for body in query.organisations]
        described = names.described(text, state.documents, unique((*named.organisations, *organisations)))
        if described.documents:
            named = described
    licence = matcher.pack.beside_benefit.licence
    if licence in by_kind[ConceptKind.OUTCOME] and all(_IN.search(text[:start]) for start, _ in named.spans):
        named = Named()  # "licensed in Germany?" asks of a country, and not of its guideline
    interventions = _in_form(by_kind[ConceptKind.INTERVENTION], start, matcher)
    if interventions and len(named.documents) > TITLED:

        def kin(concept: str) -> bool:
            return any(matcher.covers(concept, c) or matcher.covers(c, concept) for c in interventions)

        named = named._replace(documents=names.on(named.documents, kin))
    tried = interventions if references.asks_what_next(text) else _tried(text, mentions, interventions)
    interventions = tuple(c for c in interventions if c not in tried)
    implied = persons.populations_of_age(text, matcher.pack.ages)
    conditions = by_kind[ConceptKind.CONDITION]
    if not interventions and named.is_empty and references.rules_out(text):  # what else it might be is not the matter
        conditions = [c for c in conditions if c not in matcher.pack.foreign(conditions)]
    return Said(
        text=text,
        mentions=mentions,
        interventions=interventions,
        conditions=unique(conditions),
        populations=unique([*by_kind[ConceptKind.POPULATION], *implied]),
        outcomes=unique(by_kind[ConceptKind.OUTCOME]),
        intents=intents.intents(_without_sufferers(text, mentions, matcher.pack), intents.cues_of(matcher.pack)),
        named=named,
        implied=implied,
        denied=unique([*tried, *(m.concept for m in denied if m.concept not in interventions)]),
    )


def _tried(text: str, mentions: Sequence[Mention], interventions: Sequence[str]) -> tuple[str, ...]:
    """Return the interventions that were given up, where the question is about another one, named or called "it"."""
    given_up = [m for m in mentions if m.concept in interventions and references.is_tried(text, m.start)]
    names = {m.concept for m in given_up}
    if not given_up or not (set(interventions) - names or _IT.search(text[: given_up[0].start])):
        return ()
    return tuple(c for c in interventions if c in names)


def _without_sufferers(text: str, mentions: Sequence[Mention], pack: Pack) -> str:
    """Return a question without "with" before the subject of the corpus: that is no medicine to be combined with."""
    for mention in reversed(mentions):
        before = text[: mention.start].rstrip()
        if mention.concept in pack.subject and before.lower().endswith(" with"):
            text = f"{before[: -len('with')]}{text[mention.start :]}"
    return text


def _in_form(interventions: Sequence[str], start: Metadata | None, matcher: Matcher) -> tuple[str, ...]:
    """Return drugs read as the form of them that the article is about: a low dose of it, for one."""
    forms = {
        parent: subject
        for subject in (start.interventions if start else ())
        for parent in matcher.get(subject).parents
        if matcher.ancestors(subject) == {subject, parent}
    }
    return unique([forms.get(c, c) for c in interventions])


def lean_of(said: Said, move: Move, state: State, known: Callable[[str], bool], pack: Pack) -> Lean:
    """Return how a question leans on what was said.

    Args:
        said: What the question brings.
        move: What it does in the conversation, where it says so.
        state: What the conversation is about.
        known: Whether the corpus uses a word; see ``resolving.resolve``.
        pack: What the corpus is about.
    """
    text = said.text
    reference = references.reference(text, said.fragment.spans, said.named.spans)
    on_grades = references.talks_of_grades(text) and not said.interventions
    generic = on_grades or (
        not said.interventions
        and (references.is_generic(text) or references.asks_what_next(text) or _treats_subject(said, pack))
    )
    states = bool(state.earlier) and references.states(text)
    elliptic = references.is_elliptic(text) or state.asked_back or move is not Move.ON or states
    only = bool(state.earlier) and rewording.names_only_a_subject(said.fragment) and references.is_fragment(text)
    foreign = bool(pack.foreign(said.conditions)) and not references.is_prepositional(text)
    kinds = (said.interventions, said.outcomes, said.populations)
    whole = sum(map(bool, kinds)) > 1  # "aerobic exercise and quality of life?"
    own_subject = bool(said.interventions) or not set(pack.measures).isdisjoint(said.outcomes) or foreign
    if (
        elliptic
        and move is Move.ON
        and not (references.continues(text) or references.lacks_a_term(text))
        and own_subject
        and (whole or not only)
        and not states
    ):
        elliptic = False  # "duloxetine label dose?": a question in telegram style, with all it needs
    spans = (*said.fragment.spans, *asking.forms(text))
    aspect = not words_left(text, spans, lambda _word: False, intents.cues_of(pack))  # "what is the dose?"
    leans = reference is not None or references.speaks_of_patient(text)
    return Lean(
        follows=state.open is not None and not own_subject and (aspect or elliptic or leans),
        reference=reference,
        elliptic=elliptic,
        replaces=only and elliptic and not (said.intents or whole or references.is_denial(text)),
        states=states,
        generic=generic,
        bare=not pack.foreign(said.conditions) and not own_words(said, known, intents.cues_of(pack)),
    )


def _treats_subject(said: Said, pack: Pack) -> bool:
    """Return whether a question speaks of treating the very condition that the corpus is about."""
    return any(
        mention.concept in pack.subject and references.is_treated(said.text, mention.start) for mention in said.mentions
    )


def own_words(said: Said, known: Callable[[str], bool], cues: intents.Cues) -> tuple[str, ...]:
    """Return the words of a question that no concept, no intent and not ``known`` accounts for."""
    return words_left(said.text, said.fragment.spans, known, cues)


def words_left(
    text: str, spans: Sequence[tuple[int, int]], known: Callable[[str], bool], cues: intents.Cues
) -> tuple[str, ...]:
    """Return the words of a text outside some spans that no intent and not ``known`` accounts for."""
    return tuple(
        match.group()
        for match in intents.WORD.finditer(text)
        if match.group().lower() not in LIGHT_WORDS
        and match.group().lower() != "x"  # "2 x a day"
        and not any(start <= match.start() < end for start, end in spans)
        and not known(match.group())
        and not intents.intents(match.group(), cues)
    )
