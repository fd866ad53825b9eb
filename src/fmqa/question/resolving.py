"""A follow-up question and the turns before it -> a query that stands alone. Deterministic; no model.

The conversation has a *frame*: what its last question, made to stand alone, was about; in a new conversation, the topic
of its article. It also has what is salient beside the frame: the documents that were asked about or cited, the bodies
that were named, and what earlier questions were about, the nearest first. A question takes from them by these rules:

1. A clause that brings its own subject takes nothing but the condition: that is a topic switch.
2. A fragment ("and CBT?", "duration?") fills what it leaves out from the frame; what it names takes the place of what
   the frame has of that kind. A clause without a subject ("what are the side effects?") takes the interventions.
3. A word that refers back stands for what its own question says of it allows: a document says, finds and has a placebo
   arm; a treatment is taken, works and does harm; scores are scores; "that idea" is what was said before.
4. "back to X" makes the newest question about X the frame; "no, …" puts what it names into the last question.
5. A description ("the 2008 one", "that Danish trial") is the document that fits, looked for where the talk was first.
6. What somebody tells of a patient ("she also has RA") is about the frame.
7. Asking about a combination keeps what is to be combined: "is it safe with tramadol?" is about both.
8. Where a singular pronoun has two equally good antecedents, the query holds choices, and fmqa asks back.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from fmqa.corpus.names import Names
from fmqa.corpus.vocabulary import Matcher
from fmqa.question import asking, intents, outside, personal, persons, references, rewording, whether
from fmqa.question.dialogue import TITLED, Lean, Said, back_to, lean_of, own_words, said_in, state_of, unique
from fmqa.question.references import Move, Referent
from fmqa.question.subject import Subject, combines
from fmqa.text.words import content_words, subject_words, tokenize
from fmqa.types import Intent, Measured, Metadata, Pack, Query, Turn

# Intents about one treatment at a time: with two antecedents, a singular pronoun is unclear.
_ONE_SUBJECT: Final = frozenset({Intent.DOSE, Intent.SAFETY, Intent.MECHANISM, Intent.MONITORING, Intent.EFFICACY})
_SINGULAR: Final = frozenset({"it", "its", "it's", "this drug", "the drug", "that drug", "the medicine", "that one"})


def resolve(
    question: str,
    turns: Sequence[Turn],
    matcher: Matcher,
    names: Names,
    start: Metadata | None = None,
    known: Callable[[str], bool] = lambda _word: True,
    strange: Callable[[str], bool] = lambda _word: False,
    on: Metadata | None = None,
    *,
    clinician: bool = True,
) -> Query:
    """Return the standalone query that a question means after the earlier turns of its conversation.

    Args:
        question: What was asked, as it was typed.
        turns: Earlier turns, oldest first.
        matcher: Finds the concepts of the controlled vocabulary.
        names: Finds the sources that a question names.
        start: The article that a new conversation starts from.
        known: Whether the corpus uses a word; an unknown content word means that the question brings a subject of its
            own, which must not be overwritten by the last one.
        strange: Whether a word is in no source, is no ordinary word, and is no mistyped one either.
        on: The document as published that the latest answer with sources cites first.
        clinician: Whether a clinician asks; "could I add …?" is then not about themselves.
    """
    pack = matcher.pack
    state = state_of(turns, start, names, pack, on)
    turned = references.turned(" ".join(question.split()))
    if turned.move is Move.BACK:
        state = back_to(turned.topic, state, start, matcher, names)
    elif turned.move is Move.CORRECTS and not state.earlier:
        turned = references.Turned(Move.ON, " ".join(question.split()))
    said = said_in(turned.text or turned.topic, state, start, matcher, names)
    lean = lean_of(said, turned.move, state, known, pack)
    subject = Subject(said, lean, turned.move, state, matcher, names)

    interventions = subject.interventions()
    # What the article or the last turn was about, where the question has a matter of its own and does not point back.
    points_back = bool(turns) and (lean.elliptic or lean.reference is not None)
    own_matter = (
        not said.interventions
        and not points_back
        and (
            references.speaks_of_illness(said.text)
            or _is_on_subject(said, lean, pack)
            or own_words(said, lambda word: not tokenize(word), intents.cues_of(pack))
        )
    )
    implied = interventions if own_matter else ()
    documents, organisations, years = subject.sources()
    since = references.since(said.text) if not (documents or organisations) else None
    found = subject.intents(interventions)
    interval = references.asks_interval(said.text)
    outcomes = said.outcomes
    if interval and pack.asks.interval:
        outcomes = unique((*outcomes, pack.asks.interval))
    elif pack.asks.stopping and references.asks_of_stopping(said.text):
        outcomes = unique((*outcomes, pack.asks.stopping))
    outcomes = unique((*outcomes, *subject.carried_outcomes(found)))
    populations = said.populations
    assumed: tuple[str, ...] = ()
    if not populations and subject.continues_person:
        populations = state.frame.populations
        narrowing = lean.elliptic and (lean.replaces or not (said.interventions or said.intents))
        assumed = () if narrowing else populations

    conditions = said.conditions
    if subject.continues_matter:
        conditions = unique((*conditions, *state.frame.conditions))
    if references.speaks_of_patient(question):  # what she has besides stays true of her
        conditions = unique((*conditions, *(c for t in turns[-3:] if t.query for c in t.query.conditions)))
    if not any(not matcher.get(c).in_scope for c in conditions) and not set(pack.subject) & set(conditions):
        conditions = (*conditions, *(c for c in state.frame.conditions if c in pack.subject))

    worded = () if implied and lean.reference is None else interventions
    wording = _Interpretation(subject, worded, documents, organisations, unique(conditions), outcomes, turned)
    taking = unique(
        [
            *(c for turn in turns if turn.query for c in turn.query.taking),
            *(said.interventions if persons.says_taking(question) else ()),
        ]
    )
    text = wording.text()
    asked = found or (Intent.GENERAL,)
    for_self = personal.asks_for_self(question, clinician=clinician, named=_named_in(question, matcher))
    asks = asking.asks(text, own_regimen=personal.asks_own_regimen(text, asked, personal=for_self))
    mentions = matcher.mentions(text)
    mentioned = [text[m.start : m.end] for m in mentions]
    heard = {word for name in mentioned for word in content_words(name)}
    unknown = outside.unheard_of([word for word in asks.words if word not in heard], known)
    parts = {word for name in mentioned for word in name.lower().split()}
    unheard = outside.named_like_medicines(text, lambda word: word not in parts and strange(word))
    return Query(
        text=text,
        intents=asked,
        interventions=interventions,
        implied=implied,
        unknown=unique((*unknown, *unheard)),
        conditions=unique((*conditions, *(m.concept for m in mentions if m.concept in pack.subject))),
        populations=populations,
        outcomes=outcomes,
        documents=documents,
        organisations=organisations,
        years=() if since else years,
        since=since,
        measured=_measured(said, text, populations, matcher),
        called=unique([text[m.start : m.end].lower() for m in mentions if _is_measured(m.concept, matcher)]),
        personal=for_self,
        taking=taking,
        assumed=assumed,
        denied=unique([*(c for t in turns if t.query for c in t.query.denied if c not in taking), *said.denied]),
        beside=state.frame.interventions if said.interventions and set(said.interventions) <= set(taking) else (),
        choices=wording.choices(found) if not interval else (),
        asks=asks,
        whether=whether.whether(text, asks, matcher),
        every=whether.every(text, asked),
        compared=whether.compared(text, matcher) if asks.comparison else (),
    )


def _measured(said: Said, text: str, populations: Sequence[str], matcher: Matcher) -> tuple[Measured, ...]:
    """Return the values that a question gives, or takes from before; "on dialysis" takes the place of one before."""
    own = persons.measured(said.text, populations, matcher)
    told = any(m.concept in populations and _is_measured(m.concept, matcher) for m in said.mentions)
    return own if own or told else persons.measured(text, populations, matcher)


def _is_measured(concept: str, matcher: Matcher) -> bool:
    return bool(matcher.get(concept).measured_by)


def _is_on_subject(said: Said, lean: Lean, pack: Pack) -> bool:
    """Return whether a question names the subject of the corpus, or a special group with it, and leans on nothing.

    "Are there guidelines for children with it?" is about the illness, whatever the article is about.
    """
    named = {*pack.subject, *pack.special_populations} & {*said.conditions, *said.populations}
    return bool(named) and lean.reference is None and not lean.elliptic


def without_label(query: Query, title: str) -> Query:
    """Return a query as it is asked of one document: without the label that only says what the whole of it is about."""
    label, mark, rest = query.text.partition(": ")
    if not mark or not set(tokenize(label)) <= set(tokenize(title)):
        return query
    return query.model_copy(
        update={"text": rest, "asks": asking.asks(rest, own_regimen=query.asks.own_regimen)},
    )


def _named_in(question: str, matcher: Matcher) -> tuple[int, ...]:
    """Return where a question names an illness or a treatment that somebody with the subject of the corpus has."""
    own = {*matcher.pack.subject, *matcher.pack.patients_take}
    return tuple(m.start for m in matcher.mentions(question) if matcher.ancestors(m.concept) & own)


class _Interpretation(NamedTuple):
    """The interpreted question, in words."""

    subject: Subject
    interventions: tuple[str, ...]
    documents: tuple[str, ...]
    organisations: tuple[str, ...]
    conditions: tuple[str, ...]
    outcomes: tuple[str, ...]
    turned: references.Turned

    def text(self) -> str:
        """Return the question in words that stand alone."""
        said, lean, state = self.subject.said, self.subject.lean, self.subject.state
        matcher, names = self.subject.matcher, self.subject.names
        last = rewording.base(state.frame.text)
        carried = self._carried_labels()
        if (general := self._in_general()) is not None:
            return general
        if self.turned.move is Move.BACK and not self.turned.text:
            return last
        if self.turned.instead_of and state.earlier:
            corrected = rewording.corrected(last, self.turned.instead_of, said.text)
            if corrected is not None:
                return corrected
        fragment = references.without_connective(said.text)
        if lean.replaces and state.earlier:
            title = names.titles(said.named.documents)[0] if len(said.named.documents) == 1 else None
            reworded = rewording.substituted(said.fragment, last, title, matcher, names)
            if reworded is not None:
                return rewording.with_topic(self._topic(reworded), reworded)
        if self.subject.narrows:
            text = rewording.narrowed(fragment, last, matcher)
            return rewording.with_topic(self._topic(text), text)
        text = self._with_antecedent(carried)
        if state.earlier:
            text = rewording.without_link(text)
        topic = self._topic(text)
        spoken = state.spoken if lean.follows else ()
        filled_in = text != rewording.without_link(said.text)
        told = (
            filled_in or bool(topic) or (bool(spoken) and (lean.reference is not None or bool(asking.forms(fragment))))
        )
        if self._stands_behind(fragment, told=told):
            return f"{last.strip(' ?.!')} — {text}"
        return rewording.with_topic(topic or spoken, text)

    def _in_general(self) -> str | None:
        """Return a question for what is newest, or comes next, in words of its own; None for any other."""
        said, matcher = self.subject.said, self.subject.matcher
        if self.interventions and not said.interventions and references.asks_for_newer(said.text):
            return f"What is the most recent trial of {' and '.join(map(matcher.label, self.interventions))}?"
        if references.asks_what_next(said.text) and matcher.pack.subject:
            return f"What is advised for {matcher.label(matcher.pack.subject[0])} when treatment brings no response?"
        return None

    def _stands_behind(self, fragment: str, *, told: bool) -> bool:
        """Return whether the question is told behind the last one, as it refers to the whole of it.

        Args:
            fragment: The question without what links it to the last one.
            told: Whether it was told what it is about: by a word in the place of a pronoun, or by its topic.
        """
        said, lean, state = self.subject.said, self.subject.lean, self.subject.state
        if self.subject.clause or not state.earlier:
            return self.subject.clause
        if lean.elliptic and references.is_subordinate(fragment):
            return True
        # "Why?" after what the vocabulary does not know; a name that is a question word is no subject.
        return not (
            told or any(subject_words(said.text[m.start : m.end]) for m in said.mentions) or subject_words(fragment)
        )

    def _carried_labels(self) -> list[str]:
        """Return the names of the treatments that the question takes from before; a study's title says its own."""
        names = self.subject.names
        said = {*self.subject.said.interventions, *(names.subject(self.documents) if self.documents else ())}
        return [self.subject.matcher.label(c) for c in self.interventions if c not in said]

    def _topic(self, text: str) -> list[str]:
        """Return the names of what the question is about beside what its words say, the sources first."""
        names = self.subject.names
        labels: list[str] = []
        worded = names.in_text(text)
        titles = names.titles(self.documents)
        unnamed = [d for d in self.documents if d not in worded.documents or names.is_byname(d, text)]
        together = references.set_size(self.subject.said.text) == 0 and len(self.documents) > 1
        of_bodies = together and set(self.documents) == set(names.issued(self.organisations))
        if unnamed and len(self.documents) <= TITLED and not of_bodies:
            labels.extend(names.titles(unnamed))
        elif unnamed:
            labels.extend(body for body in self.organisations if body not in worded.organisations)
        matcher = self.subject.matcher
        own = text
        for title in titles:  # an article's title names a drug, and yet the question is about the drug
            own = own.replace(title, "")
        held = {a for mention in matcher.mentions(own) for a in (mention.concept, *self._forms(mention.concept))}
        said = {matcher.label(c) for c in held}
        labels.extend(label for label in self._carried_labels() if label not in said)
        if self.turned.move is Move.BACK and not (labels or self.interventions):
            labels.append(self.turned.topic)
        labels.extend(matcher.label(c) for c in self.subject.said.implied)
        if not labels:
            measures = (c for c in self.outcomes if c in matcher.pack.measures and c not in self.subject.said.outcomes)
            labels.extend(self._typed(c) for c in measures if c not in held)
        if self.subject.continues_matter and not self.subject.clause:
            kept = (
                c for c in self.conditions if c not in self.subject.said.conditions and c not in matcher.pack.subject
            )
            labels.extend(self._typed(c) for c in kept if c not in held)
        return labels

    def _forms(self, concept: str) -> tuple[str, ...]:
        """Return the forms of a drug that its plain name may stand for here, such as a low dose of it."""
        return tuple(c for c in self.interventions if self.subject.matcher.ancestors(c) == {c, concept})

    def _typed(self, concept: str) -> str:
        """Return the words by which the conversation named a concept last: "the FIQ", not "quality of life"."""
        matcher = self.subject.matcher
        for query in self.subject.state.earlier:
            for mention in matcher.mentions(query.text):
                if mention.concept == concept:
                    return query.text[mention.start : mention.end]
        return matcher.label(concept)

    def _with_antecedent(self, carried: Sequence[str]) -> str:
        """Return the question with the word that refers back replaced by what it stands for, if that is one thing."""
        said, lean = self.subject.said, self.subject.lean
        matcher, names = self.subject.matcher, self.subject.names
        reference = lean.reference
        ordinal = references.ordinal(said.text)
        if ordinal is not None and (pointed := self._pointed()) is not None:
            return rewording.replaced(said.text, ordinal[1:], pointed)
        if not self.subject.state.earlier and said.interventions and not self.subject.antecedent:
            return self._with_title()  # "is CBT hype, or does it work?": nothing was spoken of before, so "it" is CBT
        if reference is None:
            return self._with_title()
        span = (reference.start, reference.end)
        if references.asks_interval(said.text) and len(self.interventions) > 1:
            stopped = self._taken() or self.interventions[0]
            rest = " and ".join(matcher.label(c) for c in self.interventions if c != stopped)
            if stopped in said.interventions:  # "how long must tramadol be stopped before it?"
                return rewording.replaced(said.text, span, rest)
            return rewording.in_order(said.text, span, matcher.label(stopped), rest)
        label: str | None = None
        frame = self.subject.state.frame
        if self.subject.antecedent and set(self.subject.antecedent) == set(names.issued(frame.organisations)):
            label = " and ".join(frame.organisations)
        elif self.subject.antecedent:
            label = " and ".join(names.titles(self.subject.antecedent)[:TITLED])
        elif reference.to is Referent.DOCUMENT and self.organisations and not said.named.organisations:
            label = " and ".join(self.organisations)
        elif reference.to is Referent.MEASURE:
            label = " and ".join(self._typed(c) for c in self.subject.measures())
        elif reference.to is Referent.THING and references.is_on_or_off(said.text, span[0]) and self._taken():
            label = matcher.label(self._taken() or "")
        elif reference.to is Referent.THING and not said.interventions:
            label = " and ".join(carried) or self._other_thing(said.text[slice(*span)])
        elif reference.to is Referent.THING and carried:
            label = " and ".join(carried)
        return rewording.replaced(said.text, span, label) if label else said.text

    def _pointed(self) -> str | None:
        """Return the name of what "the second one" stands for, a treatment or a document."""
        if self.subject.pointed is not None:
            return self.subject.matcher.label(self.subject.pointed)
        document = self.subject.pointed_document
        return self.subject.names.titles((document,))[0] if document else None

    def _with_title(self) -> str:
        """Return the question with a study's title in the place of a description of it ("the Spanish trial")."""
        said, names = self.subject.said, self.subject.names
        if len(said.named.documents) != 1 or len(said.named.spans) != 1:
            return said.text
        document, (start, end) = said.named.documents[0], said.named.spans[0]
        described = not names.in_text(said.text[start:end]).documents
        if not described and not names.is_byname(document, said.text):
            return said.text
        return rewording.with_title(said.text, (start, end), names.titles((document,))[0])

    def _other_thing(self, word: str) -> str | None:
        """Return what "it" is where no treatment was spoken of: a level, or the condition."""
        frame = self.subject.state.frame
        if not word.lower().startswith("it"):
            return None
        if self.subject.lean.follows:  # what the document is about, which is said before the question
            return None
        if grade := references.grade_in(frame.text):
            return grade
        subject = [c for c in frame.conditions if c in self.subject.matcher.pack.subject]
        conditions = subject or list(frame.conditions)
        studies = self.subject.names.studies(frame.documents)
        return self.subject.matcher.label(conditions[0]) if conditions and not studies else None

    def _taken(self) -> str | None:
        """Return which of the interventions somebody was said to be on, or to stop, in the nearest question."""
        matcher = self.subject.matcher
        before = [c for c in self.interventions if c not in self.subject.said.interventions]
        for query in self.subject.state.earlier:
            for mention in matcher.mentions(query.text):
                kin = [c for c in before if matcher.ancestors(c) & matcher.ancestors(mention.concept)]
                if kin and references.is_taken(query.text, mention.start):
                    return kin[0]
        # What one must be free of comes first: the drug that is blocked, not the one that blocks it.
        free = [c for c in self.interventions if not matcher.blocks(c)]
        return free[0] if len(free) < len(self.interventions) and free else None

    def choices(self, found: Sequence[Intent]) -> tuple[str, ...]:
        """Return the readings of a singular pronoun with several antecedents, none better than the others."""
        said, lean = self.subject.said, self.subject.lean
        reference = lean.reference
        carried = [c for c in self.interventions if c not in said.interventions]
        if reference is None or reference.to is not Referent.THING or said.interventions or len(carried) < 2:
            return ()
        span = (reference.start, reference.end)
        word = said.text[slice(*span)].lower().replace("’", "'")
        clear = combines(self.subject.state.frame, self.subject.matcher.pack) or references.is_on_or_off(
            said.text, span[0]
        )
        if clear or word not in _SINGULAR or not set(found) & _ONE_SUBJECT:
            return ()
        return tuple(rewording.replaced(said.text, span, self.subject.matcher.label(c)) for c in carried)
