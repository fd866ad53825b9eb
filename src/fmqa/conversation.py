"""A follow-up question and the turns before it -> a query that stands alone. Deterministic; no model.

A question brings some of: intent, interventions, conditions, populations, outcomes, documents, organisations, years.
What it leaves out is taken from the last turn, by these rules:

1. A question that stands alone takes nothing but the condition: that is a topic switch.
2. A pronoun, a fragment or a bare intent ("what are the side effects?") takes the interventions of the last turn.
3. "and X?" puts X in the place of its kind and keeps intent, organisation and documents.
4. Asking about a combination keeps what is to be combined: "is it safe with tramadol?" is about both.
5. "in it", "there", "they" stand for the document or organisation asked about before.
6. Where a singular pronoun has two equally good antecedents, the query holds choices, and fmqa asks back.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple, TypeVar

from fmqa import intents
from fmqa.types import ConceptKind, DocumentKind, Intent, Metadata, Query, Status, Turn
from fmqa.vocabulary import Matcher, Mention

_T = TypeVar("_T")
_YEAR: Final = re.compile(r"\b(?:19|20)\d{2}\b")
_WORD: Final = re.compile(r"[A-Za-z][\w'-]*")
# Bodies that issue guidelines, whether or not the corpus holds one: a question may ask for what is not there.
_BODIES: Final[dict[str, tuple[str, ...]]] = {
    "EULAR": ("EULAR", "European League Against Rheumatism", "European Alliance of Associations for Rheumatology"),
    "NICE": ("NICE", "NG193"),
    "ACR": ("ACR", "American College of Rheumatology"),
    "AAPT": ("AAPT",),
    "APS": ("APS", "American Pain Society"),
    "AWMF": ("AWMF", "German guideline", "German S3", "the Germans", "Germany"),
    "Canadian": ("Canadian", "Canada"),
    "Israeli": ("Israeli", "Israel"),
    "Cochrane": ("Cochrane",),
    "SIR": ("Italian Society for Rheumatology", "Italian guideline"),
    "WHO": ("World Health Organization", "WHO"),
    "SIGN": ("SIGN",),
    "HAS": ("HAS guideline", "Haute Autorité de Santé"),
    "AHA": ("AHA", "American Heart Association"),
    "USPSTF": ("USPSTF",),
    "BSR": ("BSR", "British Society for Rheumatology"),
    "AAFP": ("AAFP",),
    "CDC": ("CDC",),
    "FDA": ("FDA",),
    "EMA": ("EMA", "European Medicines Agency"),
}
_BODY: Final = {
    name: re.compile(r"(?<!\w)(?:" + "|".join(re.escape(form) for form in forms) + r")(?:'s)?(?!\w)")
    for name, forms in _BODIES.items()
}
# Intents that make sense only about some treatment; a bare one is about the last.
_NEEDS_SUBJECT: Final = frozenset(
    {Intent.DOSE, Intent.EFFICACY, Intent.SAFETY, Intent.INTERACTION, Intent.MECHANISM, Intent.MONITORING}
    | {Intent.DURATION, Intent.GUIDELINE_POSITION, Intent.POPULATION}
)
# Intents about one treatment at a time: with two antecedents, a singular pronoun is unclear.
_ONE_SUBJECT: Final = frozenset({Intent.DOSE, Intent.SAFETY, Intent.MECHANISM, Intent.MONITORING, Intent.EFFICACY})
# Outcomes that are a subject of their own: how often fibromyalgia is, how its criteria and scores are counted.
_MEASURES: Final = frozenset(
    {"prevalence", "widespread-pain-index", "symptom-severity-scale", "tender-points", "important-difference"}
)
_CHILDREN: Final = "children"
_SINGULAR: Final = frozenset({"it", "its", "it's", "this drug", "the drug", "that drug", "the medicine", "that one"})


class _Named(NamedTuple):
    """The sources that a text names."""

    documents: tuple[str, ...]
    organisations: tuple[str, ...]
    years: tuple[int, ...]


class Names:
    """The names by which people ask for the documents of an index."""

    def __init__(self, documents: Sequence[Metadata]) -> None:
        self._documents: dict[str, Metadata] = {metadata.id: metadata for metadata in documents}
        names: dict[str, list[str]] = {}
        for metadata in documents:
            for name in {metadata.short_title, *metadata.aliases}:
                names.setdefault(name.lower(), []).append(metadata.id)
        self._names = {name: tuple(sorted(ids)) for name, ids in names.items()}
        lengths: dict[str, set[int]] = {}
        for name in self._names:
            lengths.setdefault(name[:1], set()).add(len(name))
        self._lengths = {first: sorted(found, reverse=True) for first, found in lengths.items()}
        self._issued: dict[str, list[str]] = {}
        for metadata in documents:
            for body in _issuers(metadata):
                self._issued.setdefault(body, []).append(metadata.id)
        self._order = {document_id: number for number, document_id in enumerate(self._documents)}

    def in_text(self, text: str) -> _Named:
        """Return the documents, bodies and years that a text names; a body alone names all that it issued."""
        documents: list[str] = []
        for name in self._in_order(text):
            documents.extend(i for i in self._names[name] if i not in documents)
        organisations = tuple(name for name, pattern in _BODY.items() if pattern.search(text))
        years = tuple(dict.fromkeys(int(year) for year in _YEAR.findall(text)))
        if years or not documents:
            documents.extend(i for i in self.issued(organisations, years) if i not in documents)
        return _Named(tuple(documents), organisations, years)

    def _in_order(self, text: str) -> Iterator[str]:
        """Yield the names that stand in a text as whole words, the longest at each place; by look-up, however many."""
        at = 0
        while at < len(text):
            for length in () if _has_word_at(text, at - 1) else self._lengths.get(text[at].lower(), ()):
                name = text[at : at + length].lower()
                if name in self._names and not _has_word_at(text, at + length):
                    yield name
                    at += length
                    break
            else:
                at += 1

    def titles(self, documents: Sequence[str]) -> tuple[str, ...]:
        """Return the short titles of documents."""
        return tuple(self._documents[d].short_title for d in documents)

    def publications(self, documents: Sequence[str]) -> tuple[str, ...]:
        """Return the documents that are not articles: an article is never what "in it" stands for."""
        return tuple(d for d in documents if self._documents[d].kind is not DocumentKind.ARTICLE)

    def issued(self, organisations: Sequence[str], years: Sequence[int] = ()) -> tuple[str, ...]:
        """Return the documents that any of the bodies issued, in any of the years if years are given."""
        issued = {document_id for body in organisations for document_id in self._issued.get(body, ())}
        fitting = (d for d in issued if not years or self._documents[d].year in years)
        return tuple(sorted(fitting, key=self._order.__getitem__))


class _Parts(NamedTuple):
    """What a question itself brings."""

    interventions: tuple[str, ...]
    conditions: tuple[str, ...]
    populations: tuple[str, ...]
    outcomes: tuple[str, ...]
    intents: tuple[Intent, ...]
    named: _Named


def _has_word_at(text: str, at: int) -> bool:
    """Return whether the character at a place, if there is one, is part of a word."""
    return 0 <= at < len(text) and (text[at].isalnum() or text[at] == "_")


def _issuers(metadata: Metadata) -> frozenset[str]:
    """Return the bodies that issued a document, by the names that questions use."""
    issuer = " ".join(filter(None, (metadata.organisation, metadata.short_title, metadata.title)))
    return frozenset(name for name, pattern in _BODY.items() if pattern.search(issuer))


def resolve(
    question: str,
    turns: Sequence[Turn],
    matcher: Matcher,
    names: Names,
    start: Metadata | None = None,
    known: Callable[[str], bool] = lambda _word: True,
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
        clinician: Whether a clinician asks; "could I add …?" is then not about themselves.
    """
    mentions = matcher.mentions(question)
    parts = _in_context(_parts(question, mentions, names), start, matcher)
    if _CHILDREN in matcher and intents.gives_age_of_child(question):
        parts = parts._replace(populations=_unique((*parts.populations, _CHILDREN)))
    last = next((turn for turn in reversed(turns) if turn.query is not None), None)
    previous = last.query if last and last.query else _start_query(start)
    asked_back = bool(turns) and turns[-1].status is Status.NEEDS_CLARIFICATION
    pronoun = intents.pronoun(question)
    elliptic = intents.is_elliptic(question) or asked_back
    on_grades = intents.talks_of_grades(question) and not parts.interventions
    generic = on_grades or (intents.is_generic(question) and not parts.interventions)
    interval = intents.asks_interval(question)

    carried: tuple[str, ...] = ()
    if not generic:
        if parts.interventions:
            combining = Intent.INTERACTION in parts.intents or (parts.intents[:1] == (Intent.DOSE,) and not pronoun)
            if combining and (pronoun or elliptic or Intent.INTERACTION in parts.intents or _was_combining(previous)):
                carried = _without_kin(previous.interventions, parts.interventions, matcher)
        elif pronoun or (not _has_subject(parts) and (elliptic or _is_bare(question, parts, mentions, known))):
            needs = _NEEDS_SUBJECT | {Intent.GENERAL, Intent.DEFINITION, Intent.COMPARISON}
            wanted = set(parts.intents or previous.intents)
            if (wanted & needs or pronoun or parts.populations) and Intent.DIAGNOSIS not in wanted:
                carried = previous.interventions
    interventions = _unique(parts.interventions + carried)
    if len(turns) == 0 and carried and parts.interventions and not pronoun and not elliptic:
        # A first question that names its own drug and a partner in words fmqa does not know keeps to what it names.
        interventions = parts.interventions if len(parts.interventions) > 1 else interventions

    found = parts.intents
    if not found and (elliptic or pronoun):
        found = previous.intents
    if parts.populations and Intent.POPULATION not in found:
        found = (*found, Intent.POPULATION) if found else (Intent.POPULATION,)
    if interval:
        found = _unique((Intent.DURATION, *found))

    named = parts.named
    organisations, documents, years = named.organisations, named.documents, named.years
    unnamed = not named.organisations and not named.documents
    on_sources = {Intent.GUIDELINE_POSITION, Intent.DIAGNOSIS} & {*previous.intents}
    same_matter = not parts.intents or (Intent.DIAGNOSIS in parts.intents and Intent.DIAGNOSIS in previous.intents)
    leans = (elliptic or on_grades or (pronoun and same_matter and not parts.interventions)) and unnamed
    if intents.refers_to_document(question) or (years and unnamed) or (leans and on_sources and not years):
        organisations = _unique(organisations + previous.organisations)
        kept = names.issued(organisations, years) if years else names.publications(previous.documents)
        documents = _unique(documents + kept)
    outcomes = _unique((*parts.outcomes, "washout") if interval and "washout" in matcher else parts.outcomes)
    own_matter = set(parts.conditions) - {"fibromyalgia"} or parts.populations
    if not outcomes and not own_matter and leans and found[:1] == (Intent.DIAGNOSIS,):
        outcomes = previous.outcomes
    populations = parts.populations
    if elliptic and not parts.populations and not parts.interventions and not parts.intents:
        populations = previous.populations

    conditions = parts.conditions
    if intents.speaks_of_patient(question):  # what she has besides stays true of her
        conditions = _unique((*conditions, *(c for t in turns[-3:] if t.query for c in t.query.conditions)))
    if not any(not matcher.get(c).in_scope for c in conditions) and "fibromyalgia" not in conditions:
        conditions = (*conditions, *(c for c in previous.conditions if c == "fibromyalgia"))

    choices: tuple[str, ...] = ()
    if (
        pronoun
        and not parts.interventions
        and not interval
        and len(carried) > 1
        and not _was_combining(previous)
        and question[slice(*pronoun)].lower() in _SINGULAR
        and set(found) & _ONE_SUBJECT
    ):
        choices = tuple(_replace(question, pronoun, matcher.label(c)) for c in carried)

    text = _standalone(question, parts, carried, organisations, names.titles(documents), previous, matcher, turns)
    personal = intents.is_personal(question, clinician=clinician)
    taking = _unique(
        [
            *(c for turn in turns if turn.query for c in turn.query.taking),
            *(parts.interventions if intents.says_taking(question) else ()),
        ]
    )
    return Query(
        text=text,
        intents=found or (Intent.GENERAL,),
        interventions=interventions,
        conditions=_unique(conditions),
        populations=populations,
        outcomes=outcomes,
        documents=documents,
        organisations=organisations,
        years=years,
        personal=personal,
        taking=taking,
        choices=choices,
    )


def _unique(items: Sequence[_T]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(items))


def _start_query(start: Metadata | None) -> Query:
    """Return the state of a conversation that nobody has said anything in: the topic of its article."""
    if start is None:
        return Query(text="-", intents=(Intent.GENERAL,), conditions=("fibromyalgia",))
    return Query(
        text=start.title,
        intents=(Intent.GENERAL,),
        interventions=start.interventions,
        conditions=start.conditions,
    )


def _parts(question: str, mentions: Sequence[Mention], names: Names) -> _Parts:
    by_kind: dict[ConceptKind, list[str]] = {kind: [] for kind in ConceptKind}
    for mention in mentions:
        by_kind[mention.kind].append(mention.concept)
    return _Parts(
        _unique(by_kind[ConceptKind.INTERVENTION]),
        _unique(by_kind[ConceptKind.CONDITION]),
        _unique(by_kind[ConceptKind.POPULATION]),
        _unique(by_kind[ConceptKind.OUTCOME]),
        intents.intents(question),
        names.in_text(question),
    )


def _in_context(parts: _Parts, start: Metadata | None, matcher: Matcher) -> _Parts:
    """Return the parts with a drug read as the form of it that the article is about: naltrexone, here, is LDN."""
    forms = {
        parent: subject
        for subject in (start.interventions if start else ())
        for parent in matcher.get(subject).parents
        if matcher.ancestors(subject) == {subject, parent}
    }
    return parts._replace(interventions=_unique([forms.get(c, c) for c in parts.interventions]))


def _has_subject(parts: _Parts) -> bool:
    """Return whether the question is about the condition itself, or about a measure: then it is about no drug."""
    on_condition = Intent.DEFINITION in parts.intents and bool(parts.conditions)
    return on_condition or bool(_MEASURES & set(parts.outcomes))


def _is_bare(question: str, parts: _Parts, mentions: Sequence[Mention], known: Callable[[str], bool]) -> bool:
    """Return whether a question has no subject of its own: no other disease, and no word that is new to the corpus."""
    return not set(parts.conditions) - {"fibromyalgia"} and not _own_words(question, mentions, known)


def _own_words(question: str, mentions: Sequence[Mention], known: Callable[[str], bool]) -> tuple[str, ...]:
    """Return the content words of a question that neither the vocabulary nor the corpus knows."""
    spans = [(mention.start, mention.end) for mention in mentions]
    return tuple(
        match.group()
        for match in _WORD.finditer(question)
        if match.group().lower() not in intents.FILLER
        and not any(start <= match.start() < end for start, end in spans)
        and not known(match.group())
        and not intents.intents(match.group())
    )


def _was_combining(previous: Query) -> bool:
    return Intent.INTERACTION in previous.intents or "washout" in previous.outcomes


def _without_kin(previous: Sequence[str], own: Sequence[str], matcher: Matcher) -> tuple[str, ...]:
    """Return the earlier interventions that are not of the same class as one asked about now: those are replaced."""
    return tuple(
        earlier for earlier in previous if not any(matcher.ancestors(earlier) & matcher.ancestors(new) for new in own)
    )


def _replace(question: str, span: tuple[int, int], label: str) -> str:
    """Return the question with a pronoun replaced; a possessive stays one."""
    word = question[slice(*span)].lower()
    if word in ("its", "their"):
        label += "'s"
    elif word in ("it's", "it’s"):
        label += " is"
    return question[: span[0]] + label + question[span[1] :]


def _standalone(
    question: str,
    parts: _Parts,
    carried: Sequence[str],
    organisations: Sequence[str],
    titles: Sequence[str],
    previous: Query,
    matcher: Matcher,
    turns: Sequence[Turn],
) -> str:
    """Return the question in words that stand alone; a reader must be able to see what was searched."""
    question = " ".join(question.split())
    labels = [matcher.label(c) for c in carried]
    if labels and not parts.interventions and intents.asks_for_newer(question):
        return f"What is the most recent trial of {' and '.join(labels)}?"
    substitute = intents.substitution(question)
    continues = intents.continues(question) or bool(parts.interventions or parts.populations)
    if substitute and not parts.intents and turns and continues:
        replaced = _substituted(previous, parts, substitute, matcher)
        if replaced:
            return replaced
    span = intents.pronoun(question)
    interval = intents.asks_interval(question)
    word = question[slice(*span)].lower() if span else ""
    clause = intents.pronoun_stands_for_clause(question)
    if interval and len(labels) > 1 and span:
        # What one must be free of comes first: the drug that is blocked, not the one that blocks it.
        blocker = next((c for c in carried if "naltrexone" in matcher.ancestors(c)), carried[-1])
        rest = " and ".join(matcher.label(c) for c in carried if c != blocker)
        text = re.sub(r"\boff (?:it|them|that)\b", f"off {rest} before {matcher.label(blocker)}", question, count=1)
        labels = []
    elif labels and span and word not in ("same", "there", "one", "ones", "former", "latter", "those") and not clause:
        text = _replace(question, span, " and ".join(labels))
        labels = []
    else:
        text = question
    extra = [label for label in labels if label.lower() not in text.lower()]
    added_bodies = [name for name in organisations if name not in parts.named.organisations]
    if intents.refers_to_document(question) and added_bodies:
        text = re.sub(r"\b(in|from) (?:it|there|that)\b", rf"\1 {added_bodies[0]}", text, count=1, flags=re.IGNORECASE)
    extra += [name for name in added_bodies if name not in text]
    if not added_bodies and not parts.named.documents and len(titles) <= 2:
        extra += [title for title in titles if title not in text]
    return f"{text} ({'; '.join(extra)})" if extra else text


def _substituted(previous: Query, parts: _Parts, substitute: str, matcher: Matcher) -> str | None:
    """Return the previous question with its subject replaced by the new one of the same kind, or None."""
    kinds = (
        (parts.interventions, ConceptKind.INTERVENTION),
        (parts.populations, ConceptKind.POPULATION),
        (parts.outcomes, ConceptKind.OUTCOME),
    )
    for own, kind in kinds:
        if not own:
            continue
        label = " and ".join(matcher.label(c) for c in own)
        mentions = [m for m in matcher.mentions(previous.text) if m.kind is kind]
        if mentions:
            last = mentions[-1]
            return previous.text[: last.start] + label + previous.text[last.end :]
        return f"{previous.text.rstrip(' ?.')} — {substitute}?"
    return None
