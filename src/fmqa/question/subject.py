"""Finds what a question is about, slot by slot: what it names itself, or what it takes from the conversation."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from fmqa.corpus.names import Names
from fmqa.corpus.vocabulary import Matcher
from fmqa.question import persons, references
from fmqa.question.dialogue import Lean, Said, State, unique
from fmqa.question.references import Move, Referent
from fmqa.types import Intent, Pack, Query

# Intents that make sense only about some treatment; a bare one is about the last.
_NEEDS_SUBJECT: Final = frozenset(
    {Intent.DOSE, Intent.EFFICACY, Intent.SAFETY, Intent.INTERACTION, Intent.MECHANISM, Intent.MONITORING}
    | {Intent.DURATION, Intent.GUIDELINE_POSITION, Intent.POPULATION}
    | {Intent.GENERAL, Intent.DEFINITION, Intent.COMPARISON}
)
# Intents that are asked of sources: a fragment that goes on from one is asked of the same sources.
_OF_SOURCES: Final = frozenset({Intent.GUIDELINE_POSITION, Intent.DIAGNOSIS})
# Intents that an outcome can be the object of.
_PAIR: Final = 2
_OF_OUTCOMES: Final = frozenset(
    {Intent.EFFICACY, Intent.SAFETY, Intent.COMPARISON, Intent.GUIDELINE_POSITION, Intent.POPULATION}
    | {Intent.DIAGNOSIS, Intent.DEFINITION, Intent.GENERAL}
)


class Subject(NamedTuple):
    """What a question is about, slot by slot: its own, or what it takes from the conversation."""

    said: Said
    lean: Lean
    move: Move
    state: State
    matcher: Matcher
    names: Names

    @property
    def _measures(self) -> frozenset[str]:
        """Outcomes that are a subject of their own."""
        return frozenset(self.matcher.pack.measures)

    @property
    def antecedent(self) -> tuple[str, ...]:
        """The documents that a word of the question refers back to; none where it refers to something else."""
        reference = self.lean.reference
        if reference is None or references.set_size(self.said.text):
            return ()
        frame = self.state.frame.documents
        phrase = self.said.text[reference.start : reference.end]
        if self.said.named.documents:  # "did it include FINAL?", "does that come from there?"
            other = reference.to is Referent.DOCUMENT and (phrase.lower() == "there" or len(frame) == 1)
            return tuple(d for d in self.names.publications(frame) if other and d not in self.said.named.documents)
        if reference.to is Referent.THING and references.is_past(self.said.text):  # what happened, happened in a study
            # Of the question before, or the one that its answer began with.
            spoken_of = self.names.studies(frame) or self.names.studies(self.state.cited[:1])
            studies = self.names.publications(spoken_of)
            return studies if len(studies) == 1 else ()
        if reference.to is not Referent.DOCUMENT:
            return ()
        if opened := self.names.of_kind(phrase, self.state.opened):
            return opened
        fitting = self.names.of_kind(phrase, self.names.publications(frame) or frame)
        if fitting or self.state.frame.organisations:
            return fitting
        cited = self.names.of_kind(phrase, self.names.publications(self.names.studies(self.state.cited)))
        return cited if len(cited) == 1 else ()

    @property
    def pointed(self) -> str | None:
        """Which of two treatments spoken of together is pointed at ("the latter"), in the order they were named."""
        found = references.ordinal(self.said.text)
        if found is None:
            return None
        for query in self.state.earlier:
            named = unique([m.concept for m in self.matcher.mentions(query.text) if m.concept in query.interventions])
            if len(named) == 2:
                return named[found[0]]
        return None

    @property
    def pointed_document(self) -> str | None:
        """Return which of two documents spoken of together is pointed at, where no two treatments were."""
        found = references.ordinal(self.said.text)
        if found is None or self.pointed is not None:
            return None
        together = (query.documents for query in self.state.earlier if len(query.documents) > 1)
        documents = next(together, ())
        return documents[found[0]] if len(documents) == _PAIR else None

    @property
    def narrows(self) -> bool:
        """Whether the question only narrows the last one ("in pregnancy?", "with a clearance of 40?")."""
        fragment = references.without_connective(self.said.text)
        return (
            bool(self.state.earlier)
            and self.lean.elliptic
            and not self.said.interventions
            and self.lean.reference is None
            and references.is_prepositional(fragment)
            and references.is_fragment(fragment)
        )

    @property
    def clause(self) -> bool:
        """Whether a word of the question refers to what the last one said, and not to a thing that it named."""
        reference = self.lean.reference
        if reference is None or not self.state.earlier:
            return False
        if any(mention.end <= reference.start for mention in self.said.mentions):  # "my thyroid …, does that matter?"
            return False
        found = self.antecedent or self.state.frame.organisations or (self.lean.follows and self.state.spoken)
        unfound = reference.to is Referent.DOCUMENT and not found
        return reference.to is Referent.CLAUSE or unfound

    @property
    def continues_person(self) -> bool:
        """Whether the question goes on about the same people: those who are pregnant stay so until others are named.

        A question to a source by name, or on treatments at large, is about people at large.
        """
        return not self.lean.generic and (self.lean.elliptic or self.said.named.is_empty)

    @property
    def continues_matter(self) -> bool:
        """Whether the question goes on about what the last one said, or about the study that its answer cited."""
        cited = bool(self.antecedent) and not set(self.antecedent) & set(self.state.frame.documents)
        return self.clause or cited

    def interventions(self) -> tuple[str, ...]:
        """Return the interventions that the question is about, its own first."""
        own, frame = self.said.interventions, self.state.frame.interventions
        if self.state.open is not None:  # what only the article was about is not what its answer was about
            frame = tuple(c for c in frame if c not in self.state.frame.implied)
        if not own and (self.said.outcomes or references.asks_of_stopping(self.said.text)):
            frame = self._treating(frame)
        return unique((*own, *(self._carried(own, frame) if not self.lean.generic else ())))

    def _carried(self, own: tuple[str, ...], frame: tuple[str, ...]) -> tuple[str, ...]:
        lean, said, frame_intents = self.lean, self.said, self.state.frame.intents
        if self.pointed is not None and not own:
            return (self.pointed,)
        size = references.set_size(said.text)
        if size and not own:
            return self._set_of_interventions(size) or frame
        if own and not self.state.earlier and not self._joins_the_article():
            return ()
        if own:
            of_bodies = len(said.named.organisations) > 1  # "acupuncture, EULAR vs NICE?"
            compares = Intent.COMPARISON in (said.intents or frame_intents) and len(own) == 1 and not of_bodies
            if compares and (lean.elliptic or self._points_at_thing()):  # "is it better than X?", "compared with X?"
                return self._compared()
            if lean.replaces:  # the new one takes the place of its kin, what it was combined with stays
                rest = _without_kin(frame, own, self.matcher)
                return rest if len(rest) < len(frame) or combines(self.state.frame, self.matcher.pack) else ()
            if self._points_at_thing():
                return frame
            doses_beside = said.intents[:1] == (Intent.DOSE,) and combines(self.state.frame, self.matcher.pack)
            if lean.states or self._is_taken_beside():  # "she also drinks wine": beside what was asked about
                return _without_kin(frame, own, self.matcher)
            if Intent.INTERACTION not in said.intents and not doses_beside:
                return ()
            if not self.state.earlier and len(own) > 1 and lean.reference is None and not lean.elliptic:
                return ()  # a first question that names both
            return _without_kin(frame, own, self.matcher)
        wanted = set(said.intents or self.state.frame.intents)
        if lean.reference is not None:
            if not self.state.earlier and references.follows_clause(said.text, lean.reference):
                return ()
            if not frame and references.asks_of_stopping(said.text):  # an illness is not stopped
                return next((query.interventions for query in self.state.earlier if query.interventions), ())
            return frame if lean.reference.to is not Referent.MEASURE and self._suits(wanted) else ()
        if self._has_subject() or not (lean.elliptic or lean.bare):
            return ()
        if said.named.documents and not lean.elliptic:  # of a study on the treatment spoken of
            about = self.names.subject(said.named.documents)
            return frame if set(about) & set(frame) else ()
        topic = self.state.topic if self.move is Move.ON else ()
        return (frame or topic) if self._suits(wanted) else ()

    def _treating(self, frame: tuple[str, ...]) -> tuple[str, ...]:
        """Return the treatments of the subject among those spoken of, where there are some, or else all.

        After "may I drink wine with X?" it is X that one drives on, and stops.
        """
        taken = set(self.matcher.pack.patients_take)
        return tuple(c for c in frame if taken & self.matcher.ancestors(c)) or frame

    def _is_taken_beside(self) -> bool:
        """Return whether a fragment only says what else somebody is on ("in someone on amlodipine")."""
        own = [m for m in self.said.mentions if m.concept in self.said.interventions]
        on_person = self.lean.elliptic and references.is_prepositional(self.said.text)
        return on_person and all(references.is_taken(self.said.text, m.start) for m in own)

    def _joins_the_article(self) -> bool:
        """Return whether a first question sets its own treatment beside that of the article ("is it safe with X?").

        A pronoun after the question's own treatment stands for that one ("what is X, and is it any better than Y?").
        """
        if not {Intent.INTERACTION, Intent.COMPARISON}.intersection(self.said.intents):
            return False
        reference = self.lean.reference
        if reference is None and not (self.lean.bare or self.lean.elliptic):
            return False  # "how is X taken with alcohol?": of an X that no source of ours knows
        own = (m.end for m in self.said.mentions if m.concept in self.said.interventions)
        return reference is None or reference.start < min(own, default=0)

    def _compared(self) -> tuple[str, ...]:
        """Return what a new treatment is compared with: the topic, not what that was compared with before."""
        frame = self.state.frame
        if Intent.COMPARISON in frame.intents and len(self.state.earlier) > 1:
            topic = tuple(c for c in frame.interventions if c in self.state.earlier[1].interventions)
            return topic or frame.interventions
        return frame.interventions

    def _points_at_thing(self) -> bool:
        """Return whether a pronoun stands for a treatment spoken of before, beside one that the question names."""
        reference = self.lean.reference
        if reference is None or reference.to is not Referent.THING or self.antecedent:
            return False
        return self.said.text[reference.start : reference.end].lower() not in ("that", "this", "there", "the same")

    def _suits(self, wanted: set[Intent]) -> bool:
        return bool(wanted & _NEEDS_SUBJECT) and Intent.DIAGNOSIS not in wanted

    def _has_subject(self) -> bool:
        """Return whether the question is about the condition itself, or about a measure: then it is about no drug."""
        on_condition = Intent.DEFINITION in self.said.intents and bool(self.said.conditions)
        return on_condition or not self._measures.isdisjoint(self.said.outcomes)

    def _set_of_interventions(self, size: int) -> tuple[str, ...]:
        """Return the last interventions spoken of one after the other, as many as are meant ("which of the two")."""
        spoken = unique([c for query in self.state.earlier for c in query.interventions])
        return tuple(reversed(spoken[:size])) if len(spoken) >= size else ()

    def sources(self) -> tuple[tuple[str, ...], tuple[str, ...], tuple[int, ...]]:
        """Return the documents, bodies and years that the question asks of."""
        named, frame, lean = self.said.named, self.state.frame, self.lean
        if self.pointed_document is not None:
            return (self.pointed_document,), (), ()
        if references.is_denial(self.said.text) and named.documents:
            rest = tuple(d for d in frame.documents if d not in named.documents)
            return rest, frame.organisations if rest else (), ()
        if not named.is_empty:
            elsewhere = self.antecedent if named.documents else ()
            bodies = frame.organisations if elsewhere else ()
            return unique((*named.documents, *elsewhere)), unique((*named.organisations, *bodies)), named.years
        if references.asks_for_newer(self.said.text):
            return (), (), ()
        if named.years:
            bodies = unique([body for query in self.state.earlier for body in query.organisations])
            return self.names.issued(bodies, named.years), bodies[:1], named.years
        if self.antecedent:
            return self.antecedent, () if self.antecedent == self.state.opened else frame.organisations, ()
        size = references.set_size(self.said.text)
        if size and not self.said.interventions and not lean.generic and self._set_of_interventions(size):
            return frame.documents, frame.organisations, ()
        if size and not self.said.interventions:
            documents, bodies = self._set_of_sources(size)
            if documents:
                return documents, bodies, ()
        if references.talks_of_grades(self.said.text):  # in the terms of whom the last question asked
            asked = self.names.publications(frame.documents)
            return asked, frame.organisations if asked else (), ()
        if self._keeps_sources():
            return frame.documents, frame.organisations, ()
        studies = self.names.studies(self.state.opened) or self.names.studies(frame.documents)
        past = references.is_past(self.said.text) and lean.reference is not None
        if (
            studies
            and not self.said.interventions
            and (
                lean.elliptic or (lean.bare and not self._has_subject()) or past or self.clause or self._same_criteria()
            )
        ):
            return studies, frame.organisations, ()
        return (), (), ()

    def _set_of_sources(self, size: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the documents and bodies of the last questions that named some, as many as are meant."""
        documents: tuple[str, ...] = ()
        bodies: tuple[str, ...] = ()
        for query in self.state.earlier:
            documents = unique((*documents, *query.documents))
            bodies = unique((*bodies, *query.organisations))
            if len(documents) >= size and (len(bodies) >= size or len(bodies) <= 1):
                return documents, bodies
        return (), ()

    def _same_criteria(self) -> bool:
        """Return whether the question goes on about how the diagnosis is made: by the criteria spoken of."""
        return Intent.DIAGNOSIS in self.said.intents and Intent.DIAGNOSIS in self.state.frame.intents

    def _keeps_sources(self) -> bool:
        """Return whether a question without sources of its own is asked of those of the frame."""
        said, frame, lean = self.said, self.state.frame, self.lean
        own = set(said.intents)
        same_matter = not own or bool(own & set(frame.intents) & _OF_SOURCES)
        if lean.reference is not None and not lean.elliptic:
            return same_matter and not said.interventions and bool(_OF_SOURCES & set(frame.intents))
        if self.move is not Move.ON:
            return not own or same_matter or not said.interventions
        return lean.elliptic and (not own or (same_matter and not said.interventions) or lean.states)

    def intents(self, interventions: Sequence[str]) -> tuple[Intent, ...]:
        """Return what is asked for, strongest first."""
        said, frame, lean = self.said, self.state.frame, self.lean
        found = said.intents or ((Intent.INTERACTION,) if self._takes_one_on_another() else ())
        if self.clause:  # asked of what was said: its dose plan, "is that what the trials used?"
            found = unique((*(i for i in frame.intents if i is not Intent.GENERAL), *found))
        if lean.states and said.interventions and len(interventions) > 1:
            return unique((Intent.INTERACTION, *found))
        if lean.states and said.populations and interventions:
            return (Intent.POPULATION,)
        if (
            not found
            and lean.replaces
            and set(said.outcomes).intersection(self.matcher.pack.effects)
            and frame.intents[0] not in _OF_OUTCOMES
        ):
            return (Intent.EFFICACY,)  # "and sleep?" after a question on the dose
        if Intent.INTERACTION in found and not interventions:
            found = tuple(i for i in found if i is not Intent.INTERACTION)
        if not found and self._asks_the_same():
            found = frame.intents
        elif lean.elliptic and not said.interventions and said.named.is_empty:  # an aspect of what was asked
            found = unique((*found, *(i for i in frame.intents if i is Intent.DIAGNOSIS)))
        if said.populations and Intent.POPULATION not in found:
            found = (*found, Intent.POPULATION) if found else (Intent.POPULATION,)
        if references.asks_interval(said.text):
            found = unique((Intent.DURATION, *found))
        return found

    def _takes_one_on_another(self) -> bool:
        """Return whether a question names several treatments, of which one is taken ("a couple of beers on LDN?")."""
        text = self.said.text
        own = [m for m in self.said.mentions if m.concept in self.said.interventions]
        return len(own) > 1 and (references.is_on_or_off(text, own[-1].start) or persons.says_taking(text))

    def _asks_the_same(self) -> bool:
        """Return whether a question that does not say what it asks for asks for what the last one did."""
        said, lean = self.said, self.lean
        if self.move is Move.ON and references.asks_of_stopping(said.text):
            return False
        clause = self.move is not Move.ON and not references.is_fragment(said.text)  # "back to NICE: is X named?"
        return (lean.elliptic and not clause) or (lean.reference is not None and not lean.generic)

    def measures(self) -> tuple[str, ...]:
        """Return the measures spoken of so far, the first first: "these scores"."""
        return unique([c for query in reversed(self.state.earlier) for c in query.outcomes if c in self._measures])

    def carried_outcomes(self, found: Sequence[Intent]) -> tuple[str, ...]:
        """Return the outcomes that the question takes from the frame."""
        said, lean, frame = self.said, self.lean, self.state.frame
        if lean.reference is not None and lean.reference.to is Referent.MEASURE:
            return self.measures()
        if self.continues_matter:
            return frame.outcomes
        own_matter = self.matcher.pack.foreign(said.conditions) or said.populations
        if not lean.elliptic or said.intents or ((own_matter or said.interventions) and not lean.replaces):
            return ()
        if said.outcomes:  # a new value of the same measure: its important difference, its prevalence
            return tuple(c for c in frame.outcomes if c in self._measures and self._measures.isdisjoint(said.outcomes))
        return (
            frame.outcomes
            if lean.replaces or self.narrows or self.move is not Move.ON or Intent.DIAGNOSIS in found[:1]
            else ()
        )


def combines(frame: Query, pack: Pack) -> bool:
    """Return whether a question was about taking things together, or about the time between them."""
    return Intent.INTERACTION in frame.intents or pack.asks.interval in frame.outcomes


def _without_kin(earlier: Sequence[str], own: Sequence[str], matcher: Matcher) -> tuple[str, ...]:
    """Return the earlier interventions that are not of the same class as one asked about now: those are replaced."""
    return tuple(one for one in earlier if not any(matcher.ancestors(one) & matcher.ancestors(new) for new in own))
