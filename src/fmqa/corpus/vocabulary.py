"""Finds the concepts of the controlled vocabulary in a text, and knows which concept is broader than which.

Names match as whole words. Case, hyphens, plurals, possessives and British or American spelling do not matter, and a
long word may contain one typo. Abbreviations that are also words (ACT, RA, TENS) count only in capitals.
"""

import copy
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Final, Self

from fmqa.grades.systems import known
from fmqa.remembering import remembered
from fmqa.text import wording
from fmqa.text.spelling import Speller, normal, plain_marks, words
from fmqa.types import Concept, ConceptKind, Record, Slug, Vocabulary

_INDEX_PREFIX: Final = "c:"
_BRACKETED: Final = re.compile(r"^(?P<name>.+?)\s*\((?P<short>[A-Z][A-Za-z]+)\)$")
_SHORTEST_SHORTHAND: Final = 5  # letters that a name is cut down to
_LEAST_LEFT_OUT: Final = 3  # letters
_LOOSE_GAP: Final = re.compile(r"[\s\-()]{1,3}|\s+")


class Mention(Record):
    """A concept named in a text, at ``text[start:end]``."""

    concept: Slug
    kind: ConceptKind
    start: int
    end: int


class _Name(Record):
    """One way to name a concept: normal forms of its words, and the exact letters where capitals are demanded."""

    concept: Concept
    printed: str
    forms: tuple[str, ...]
    capitals: str | None


class Matcher:
    """A vocabulary made ready for look-up, with its pack. Immutable; may be shared between threads.

    Args:
        vocabulary: Concepts whose ids are unique and whose parents exist; see ``faults``.

    Raises:
        ValueError: If two concepts or grading systems have the same id, or a parent is not in the vocabulary.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.pack = vocabulary.pack
        self.grading = known(vocabulary.grading)
        self._concepts = {concept.id: concept for concept in vocabulary.concepts}
        if len(self._concepts) != len(vocabulary.concepts):
            raise ValueError("two concepts of the vocabulary have the same id")
        for concept in vocabulary.concepts:
            if missing := [parent for parent in concept.parents if parent not in self._concepts]:
                raise ValueError(f"concept {concept.id} has the unknown parent {missing[0]}")
        self._ancestors = {concept.id: self._closure(concept.id) for concept in vocabulary.concepts}
        self._names: dict[str, list[_Name]] = {}
        self._seen: set[tuple[str, ...]] = set()
        self._take(_names(vocabulary.concepts))
        self._never = frozenset(map(normal, vocabulary.never_typo))
        self._speller = Speller({form for _, form in self._all_forms()}, self._never)
        self._make_ready()

    def _make_ready(self) -> None:
        """Make what depends on all names, and the caches."""
        shorthand, correct = self._shorthand(self._never), self._speller.correct

        def read(word: str) -> str:
            form = normal(word)
            return shorthand.get(form) or correct(form)

        self._form = lru_cache(100_000)(read)
        self._last_mentions = remembered(self._mentions, 8)  # a question is looked at several times

    def with_brands(self, brands: Mapping[str, Iterable[str]]) -> Self:
        """Return the same with further names by the id of their concept, found as they are spelt alone.

        A name that the vocabulary gives to some concept stays with that.
        """
        other = copy.copy(self)
        other._names = {first: list(names) for first, names in self._names.items()}
        other._seen = set(self._seen)
        further = ((self._concepts[concept], name) for concept, names in brands.items() for name in names)
        other._take(
            [form for concept, name in further for form in _forms_of(name, concept) if form.forms not in self._seen]
        )
        other._make_ready()
        return other

    def _shorthand(self, ordinary: Collection[str]) -> dict[str, str]:
        """Return the beginnings that stand for one treatment's name and for nothing else: *dulox* for *duloxetine*."""
        forms = {form for _, form in self._all_forms()}
        single = {
            name.forms[0]
            for name, _ in self._all_forms()
            if len(name.forms) == 1 and name.capitals is None and name.concept.kind is ConceptKind.INTERVENTION
        }
        begins = Counter(form[:end] for form in forms for end in range(_SHORTEST_SHORTHAND, len(form) + 1))
        return {
            form[:end]: form
            for form in sorted(single)
            if form.isalpha()
            for end in range(_SHORTEST_SHORTHAND, len(form) - _LEAST_LEFT_OUT + 1)
            if begins[form[:end]] == 1 and form[:end] not in ordinary
        }

    def _take(self, names: Iterable[_Name]) -> None:
        """Take names; the first concept that claims one keeps it: labels are listed before synonyms."""
        seen: set[tuple[tuple[str, ...], str | None]] = set()
        for name in names:
            if (name.forms, name.capitals) not in seen:
                seen.add((name.forms, name.capitals))
                self._names.setdefault(name.forms[0], []).append(name)
        self._seen |= {forms for forms, _ in seen}
        for same_start in self._names.values():
            same_start.sort(key=lambda name: (-len(name.forms), name.capitals is None))

    def __contains__(self, concept_id: object) -> bool:
        """Whether a concept has this id."""
        return concept_id in self._concepts

    def get(self, concept_id: str) -> Concept:
        """Return the concept of an id.

        Raises:
            ValueError: If no concept has it.
        """
        try:
            return self._concepts[concept_id]
        except KeyError:
            raise ValueError(f"no concept has the id {concept_id!r}") from None

    def label(self, concept_id: str) -> str:
        """Return the preferred name of a concept.

        Raises:
            ValueError: If no concept has the id.
        """
        return self.get(concept_id).label

    def ancestors(self, concept_id: str) -> frozenset[str]:
        """Return the ids of the concept itself and of all that are broader.

        Raises:
            ValueError: If no concept has the id.
        """
        self.get(concept_id)
        return self._ancestors[concept_id]

    def covers(self, general: str, specific: str) -> bool:
        """Whether one concept is the other or broader: *opioid* covers *tramadol*.

        Raises:
            ValueError: If no concept has one of the ids.
        """
        self.get(general)
        return general in self.ancestors(specific)

    def blocks(self, concept_id: str) -> frozenset[str]:
        """Return the treatments whose effect an intervention blocks, itself or as a form of one that does.

        Raises:
            ValueError: If no concept has the id.
        """
        return frozenset(blocked for c in self.ancestors(concept_id) for blocked in self._concepts[c].blocks)

    def implied(self, concept_id: str) -> frozenset[str]:
        """Return the populations and conditions that naming an intervention implies, by itself or by its class.

        Raises:
            ValueError: If no concept has the id.
        """
        return frozenset(implied for c in self.ancestors(concept_id) for implied in self._concepts[c].implies)

    def mentions(self, text: str) -> tuple[Mention, ...]:
        """Return the concepts that a text names, in its order; longer names win over those they overlap.

        Offsets are half-open characters of the text as given.
        """
        return self._last_mentions(text)

    def _mentions(self, text: str) -> tuple[Mention, ...]:
        plain = plain_marks(text)
        tokens = [(match.start(), match.end(), match.group()) for match in words(plain)]
        forms = [self._form(token) for _, _, token in tokens]
        found: list[tuple[int, int, Concept]] = []
        for at, form in enumerate(forms):
            for name in self._names.get(form, ()):
                until = at + len(name.forms)
                if tuple(forms[at:until]) == name.forms and self._fits(name, plain, tokens[at:until]):
                    found.append((at, until, name.concept))
                    break
        found.sort(key=lambda item: (item[0] - item[1], item[0]))
        taken = [False] * len(tokens)
        kept: list[Mention] = []
        for at, until, concept in found:
            if not any(taken[at:until]):
                taken[at:until] = [True] * (until - at)
                end = tokens[until - 1][1]
                end -= 2 if plain[end - 2 : end].casefold() == "'s" else 0
                kept.append(Mention(concept=concept.id, kind=concept.kind, start=tokens[at][0], end=end))
        return tuple(sorted(kept, key=lambda mention: mention.start))

    def expansions(self, text: str) -> tuple[str, ...]:
        """Return an index term for each concept that a text names and for all that are broader, each once.

        Added to the words of passages and of queries alike, they let synonyms and classes meet: "Ultram" in one and
        "weak opioid" in the other both hold ``c:weak-opioid``.
        """
        terms: dict[str, None] = {}
        for mention in self.mentions(text):
            terms[_INDEX_PREFIX + mention.concept] = None
            for broader in sorted(self._ancestors[mention.concept]):
                terms[_INDEX_PREFIX + broader] = None
        return tuple(terms)

    def _fits(self, name: _Name, text: str, tokens: list[tuple[int, int, str]]) -> bool:
        """Whether the words form one name without a gap, in capitals where the name requires them."""
        if name.capitals is not None:
            surface = text[tokens[0][0] : tokens[-1][1]]
            if surface.removesuffix("'s").removesuffix("s") != name.capitals:
                return False
        return all(_LOOSE_GAP.fullmatch(text, before[1], after[0]) is not None for before, after in pairwise(tokens))

    def _all_forms(self) -> Iterator[tuple[_Name, str]]:
        for same_start in self._names.values():
            for name in same_start:
                for form in name.forms:
                    yield name, form

    def _closure(self, concept_id: str) -> frozenset[str]:
        reached: set[str] = set()
        waiting = [concept_id]
        while waiting:
            current = waiting.pop()
            if current not in reached:
                reached.add(current)
                waiting.extend(self._concepts[current].parents)
        return frozenset(reached)


def faults(vocabulary: Vocabulary) -> list[str]:
    """Return what is wrong with a vocabulary, one sentence a fault; empty if it can be used.

    Checked: ids are unique; parents exist, in the same list; no concept is broader than itself; exact names are
    synonyms; no name stands for two concepts of one list.
    """
    concepts = {concept.id: concept for concept in vocabulary.concepts}
    counts = Counter(concept.id for concept in vocabulary.concepts)
    found = [f"the id {concept_id} is given to {n} concepts" for concept_id, n in counts.items() if n > 1]
    for concept in vocabulary.concepts:
        for parent in concept.parents:
            if parent not in concepts:
                found.append(f"{concept.id}: the parent {parent} is not in the vocabulary")
            elif concepts[parent].kind is not concept.kind:
                found.append(f"{concept.id}: the parent {parent} is in another list ({concepts[parent].kind.value})")
        found += [
            f"{concept.id}: the exact name {name!r} is not among its synonyms"
            for name in concept.exact
            if name not in concept.synonyms
        ]
    found += [f"{concept_id}: it is broader than itself" for concept_id in concepts if _in_cycle(concept_id, concepts)]
    owners: dict[tuple[ConceptKind, tuple[str, ...], str | None], dict[str, str]] = {}
    for name in _names(vocabulary.concepts):
        owners.setdefault((name.concept.kind, name.forms, name.capitals), {}).setdefault(name.concept.id, name.printed)
    for (kind, _, _), claims in owners.items():
        if len(claims) > 1:
            printed = next(iter(claims.values()))
            found.append(f"{kind.value}: the name {printed!r} stands for {' and '.join(claims)}")
    return found


def in_capitals(concept: Concept) -> frozenset[str]:
    """Return the names of a concept that count only in capitals, as they are printed."""
    return frozenset(name.capitals for name in _names([concept]) if name.capitals is not None)


def _in_cycle(concept_id: str, concepts: dict[str, Concept]) -> bool:
    waiting = list(concepts[concept_id].parents)
    reached: set[str] = set()
    while waiting:
        current = waiting.pop()
        if current == concept_id:
            return True
        if current not in reached and current in concepts:
            reached.add(current)
            waiting.extend(concepts[current].parents)
    return False


def _names(concepts: Iterable[Concept]) -> Iterator[_Name]:
    """Yield every name of every concept: all labels first, then the synonyms."""
    listed = tuple(concepts)
    for concept in listed:
        yield from _forms_of(concept.label, concept)
    for concept in listed:
        for synonym in concept.synonyms:
            yield from _forms_of(synonym, concept)


def _forms_of(printed: str, concept: Concept) -> Iterator[_Name]:
    printed = plain_marks(printed.strip())
    if bracketed := _BRACKETED.match(printed):  # "acceptance and commitment therapy (ACT)" is three names
        yield from _forms_of(bracketed["name"], concept)
        yield from _forms_of(bracketed["short"], concept)
    forms = tuple(normal(match.group()) for match in words(printed))
    if forms:
        singular = printed.removesuffix("s") if printed[:-1].isupper() else printed
        short = len(singular) <= 2 or singular in concept.capitals_only
        demanded = singular if short and singular != singular.casefold() and len(forms) == 1 else None
        yield _Name(concept=concept, printed=printed, forms=forms, capitals=demanded)


def names_of(matcher: Matcher) -> wording.Names:
    """Return how the concepts that a text names are found, for comparing words by what they mean.

    Only the label of a concept and the names that the vocabulary lists as exact stand for one another, letter by
    letter: other synonyms help a search, but naproxen is not every NSAID, and a look-alike name is another medicine.
    """

    @lru_cache(None)
    def exact(concept_id: str) -> frozenset[tuple[str, ...]]:
        concept = matcher.get(concept_id)
        return frozenset(_forms(name) for name in (concept.label, *concept.exact))

    def names(text: str) -> tuple[tuple[str, int, int], ...]:
        return tuple(
            (mention.concept, mention.start, mention.end)
            for mention in matcher.mentions(text)
            if _forms(text[mention.start : mention.end]) in exact(mention.concept)
        )

    return names


def _forms(name: str) -> tuple[str, ...]:
    return tuple(normal(match.group()) for match in words(name))
