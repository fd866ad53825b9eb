"""Rewords a follow-up question so that it stands alone, by adding what it leaves out or refers to.

The reader must be able to see what was searched. The previous question is reused only for a fragment that names nothing
but a new subject ("and CBT?") or narrows it ("in pregnancy?"). Every other question keeps its own words, with its
pronoun replaced and with what it takes from the conversation before it: "INNOVA trial: how many dropped out?".
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from fmqa.corpus.names import Names
from fmqa.corpus.vocabulary import Matcher, Mention
from fmqa.text.words import LIGHT_WORDS
from fmqa.types import ConceptKind

_WORD: Final = re.compile(r"[A-Za-z0-9][\w'’-]*")
_JOINS: Final = re.compile(r"^[\s,]*(?:and|or|vs\.?|versus|,|/|&)?[\s,]*$", re.IGNORECASE)
# Nouns that stand for a source already named by its body or year: "the 1990 set", "the Israeli one".
_SOURCE_NOUN: Final = frozenset(
    "one ones set criteria guideline guidelines label study trial review edition version recommendations list"
    " question thing".split()
)
_KIND_NOUN: Final = re.compile(r"\s+(?:guidelines?|criteria|label|trial|study|review)\b", re.IGNORECASE)
_TAIL: Final = re.compile(r"\b(?P<preposition>in|at|on|with|for) (?:(?:the|an?|my) )?(?P<what>[\w-]+)$", re.IGNORECASE)
_PREPOSITION: Final = re.compile(r"\b(?:in|for|during|with|under|by|from)\s+(?:the\s+)?$", re.IGNORECASE)
_LINK: Final = re.compile(r"^(?:ok(?:ay)?[,. ]+)?(?:and|but|so)\s+", re.IGNORECASE)
# After a description, what goes on describing: "that 2023 review *of nine papers*".
_GOES_ON: Final = re.compile(r"^\s+(?:of|on|in|with|for|from|by)\b", re.IGNORECASE)
_END: Final = " ?.!—–-"


class Fragment(NamedTuple):
    """What a question itself names, at ``text[start:end]``."""

    text: str
    mentions: tuple[Mention, ...]
    names: tuple[tuple[int, int], ...]

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """Everything named, in order."""
        return tuple(sorted({*((m.start, m.end) for m in self.mentions), *self.names}))


def names_only_a_subject(fragment: Fragment) -> bool:
    """Return whether a fragment has no content beside what it names: "and CBT?", "no, in the 2008 one"."""
    if not fragment.spans:
        return False
    return not any(
        match.group().lower() not in LIGHT_WORDS | _SOURCE_NOUN
        for match in _WORD.finditer(fragment.text)
        if not any(start <= match.start() < end for start, end in fragment.spans)
    )


def substituted(fragment: Fragment, last: str, title: str | None, matcher: Matcher, names: Names) -> str | None:
    """Return the last question with its subject replaced by the new one of the same kind; None if it has no such.

    Args:
        fragment: A question that names only a subject.
        last: The last question, standing alone.
        title: Short title of the one document that the fragment names, if it names one.
        matcher: Finds the concepts of the last question.
        names: Finds the sources that the last question names.
    """
    text: str | None = None
    for kind in (ConceptKind.INTERVENTION, ConceptKind.POPULATION, ConceptKind.OUTCOME, ConceptKind.CONDITION):
        own = [m for m in fragment.mentions if m.kind is kind]
        if own:
            there = [m for m in matcher.mentions(text or last) if m.kind is kind]
            place = _place(own, there, matcher)
            if place is not None:
                text = _spliced(text or last, place, _wording(own, fragment.text, matcher))
    if fragment.names:
        spans = names.in_text(text or last).spans
        if spans:
            surface = title or fragment.text[fragment.names[0][0] : fragment.names[-1][1]]
            start, end = _joined(spans, text or last)
            noun = _KIND_NOUN.match(text or last, end) if title else None  # which the title has
            text = _spliced(text or last, (start, noun.end() if noun else end), surface)
    return text


def narrowed(fragment: str, last: str, matcher: Matcher) -> str:
    """Return the last question narrowed by a fragment: "What is the dose of duloxetine" + "in pregnancy"."""
    if fragment[1:2].islower():
        fragment = fragment[0].lower() + fragment[1:]
    populations = [m for m in matcher.mentions(last) if m.kind is ConceptKind.POPULATION]
    if populations and any(m.kind is ConceptKind.POPULATION for m in matcher.mentions(fragment)):
        before = _PREPOSITION.search(last[: populations[-1].start])
        if before:
            return (last[: before.start()] + fragment + last[populations[-1].end :]).strip(_END) + "?"
    last = last.strip(_END)
    tail = _TAIL.search(last)
    # A place takes that of another ("in Europe", "in the US"); what the vocabulary knows is no place.
    follows = tail is not None and fragment.lower().startswith(f"{tail['preposition'].lower()} ")
    if tail and follows and not any(tail.start("what") < m.end for m in matcher.mentions(last)):
        last = last[: tail.start()].strip(_END)
    return f"{last} {fragment}?"


def corrected(last: str, taken_back: str, instead: str) -> str | None:
    """Return the last question with what is taken back replaced; None if it did not say so."""
    article = r"(?:\b(?:the|an?) )?" if instead.lower().startswith(("the ", "a ", "an ")) else ""
    found = re.search(rf"{article}\b{re.escape(taken_back)}\b", last, re.IGNORECASE)
    return _spliced(last, found.span(), instead) if found else None


def in_order(text: str, span: tuple[int, int], first: str, then: str) -> str:
    """Return a question on how long one thing is left before another, with both named.

    >>> in_order("how long must it be stopped?", (14, 16), "tramadol", "LDN")
    'how long must tramadol be stopped before LDN?'
    """
    named = replaced(text, span, first)
    asked = named.rstrip(" ?.!")
    return f"{asked} before {then}{named[len(asked) :]}"


def replaced(text: str, span: tuple[int, int], label: str) -> str:
    """Return the question with a word that refers back replaced by what it stands for; a possessive stays one."""
    word = text[slice(*span)].lower().replace("’", "'")
    if word in ("its", "their"):
        label += "'s"
    elif word == "it's":
        label += " is"
    elif word == "there" and not text[: span[0]].rstrip().endswith((" from", " in")):
        label = f"in {label}"
    return text[: span[0]] + label + text[span[1] :]


def base(text: str) -> str:
    """Return an interpreted question without what was added to it by a dash ("does CBT help — where is that from?")."""
    first = text.partition(" — ")[0]
    return first if first == text or first.endswith("?") else f"{first}?"


def without_link(text: str) -> str:
    """Return the question without the word that ties it to the last one ("and", "ok, but")."""
    return _LINK.sub("", text)


def with_title(text: str, span: tuple[int, int], title: str) -> str:
    """Return the question with a description of a document replaced by its title, where it is a phrase of its own."""
    return text if _GOES_ON.match(text[span[1] :]) else _spliced(text, span, title)


def with_topic(topic: Sequence[str], text: str) -> str:
    """Return the question with what it is about put before it, each label only where the words do not say it."""
    said = text.lower()
    missing = [label for label in dict.fromkeys(topic) if label.lower() not in said]
    if not missing:
        return text
    before = ", ".join(missing)
    text = without_link(text)
    return f"{before[0].upper()}{before[1:]}: {text}"


def _place(own: Sequence[Mention], there: Sequence[Mention], matcher: Matcher) -> tuple[int, int] | None:
    """Return the span of the last question that a new subject takes: the same concept, then kin, then the last."""
    concepts = {m.concept for m in own}
    same = [m for m in there if m.concept in concepts]
    kin = [m for m in there if any(matcher.ancestors(m.concept) & matcher.ancestors(c) for c in concepts)]
    effects = frozenset(matcher.pack.effects)  # of which one can stand in the place of another
    alike = concepts <= effects
    others = [m for m in there if m.kind is not ConceptKind.OUTCOME or (alike and m.concept in effects)]
    best = same or kin or others
    if not best:
        return None
    return best[-1].start, best[-1].end


def _wording(own: Sequence[Mention], text: str, matcher: Matcher) -> str:
    """Return the new subject in the words of the vocabulary, or as typed where that is a name of something narrower."""
    labels = []
    for mention in own:
        typed = text[mention.start : mention.end]
        named = mention.kind is not ConceptKind.INTERVENTION and any(c.isupper() for c in typed[1:])
        labels.append(typed if named else matcher.label(mention.concept))
    return " and ".join(dict.fromkeys(labels))


def _spliced(text: str, span: tuple[int, int], new: str) -> str:
    return text[: span[0]] + new + text[span[1] :]


def _joined(spans: Sequence[tuple[int, int]], text: str) -> tuple[int, int]:
    """Return the span of the last name in a text, with those that it is listed with ("WHO vs NICE")."""
    start, end = spans[-1]
    for before in reversed(spans[:-1]):
        if not _JOINS.match(text[before[1] : start]):
            break
        start = before[0]
    return start, end
