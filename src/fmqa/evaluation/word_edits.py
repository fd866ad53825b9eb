"""Edits of a sentence's words for the mutation benchmark. Each edit changes one thing that matters, or nothing."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from random import Random
from typing import Final

from fmqa.evaluation.mutants import Edit, Edits, World
from fmqa.text.spelling import normal, words
from fmqa.types import ConceptKind

_NUMBER: Final = re.compile(r"(?<![\w.,/-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w]|[.,]\d)")
_RANGE: Final = re.compile(
    r"(?<![\w.,/])([-−]?\d+(?:\.\d+)?)(\s?%?(?:\s?[-–]\s?|\s(?:to|and)\s))([-−]?\d+(?:\.\d+)?)(?![\w.]*\d)"
)


# --- numbers and units ------------------------------------------------------------------------------------------------


def digit(text: str, world: World, rng: Random) -> Iterator[Edit]:
    """Yield each digit changed to another one."""
    del world
    for match in re.finditer(r"[0-9]", text):
        others = [d for d in "0123456789" if d != match.group()]
        yield Edit(match.start(), match.end(), rng.choice(others))


def scaled(factor: Decimal) -> Edits:
    """Return what multiplies each number."""

    def edits(text: str, world: World, rng: Random) -> Iterator[Edit]:
        del world, rng
        for match in _NUMBER.finditer(text):
            value = Decimal(match.group().replace(",", ""))
            if value:
                yield Edit(match.start(), match.end(), f"{(value * factor).normalize():f}")

    return edits


def point_moved(text: str, world: World, rng: Random) -> Iterator[Edit]:
    """Yield each number without its decimal point, or with one before its last digit."""
    del world, rng
    for match in _NUMBER.finditer(text):
        printed = match.group().replace(",", "")
        moved = printed.replace(".", "") if "." in printed else f"{printed[:-1] or '0'}.{printed[-1]}"
        if Decimal(moved) != Decimal(printed):
            yield Edit(match.start(), match.end(), moved)


def ends_swapped(text: str, world: World, rng: Random) -> Iterator[Edit]:
    """Yield each range with its ends changed over."""
    del world, rng
    for match in _RANGE.finditer(text):
        if match[1] != match[3]:
            yield Edit(match.start(), match.end(), f"{match[3]}{match[2]}{match[1]}")


def after_number(*groups: Sequence[str]) -> Edits:
    """Return what changes a unit behind a number for each other one of its group."""
    other = {unit: tuple(u for u in group if u != unit) for group in groups for unit in group}
    units = "|".join(sorted(map(re.escape, other), key=len, reverse=True))
    pattern = re.compile(rf"(?<=\d)([ \u00a0-]?)({units})(?![\w/])")

    def edits(text: str, world: World, rng: Random) -> Iterator[Edit]:
        del world, rng
        for match in pattern.finditer(text):
            for unit in other[match[2]]:
                yield Edit(match.start(2), match.end(2), unit)

    return edits


# --- words ------------------------------------------------------------------------------------------------------------


def swapped(*groups: Sequence[str]) -> Edits:
    """Return what changes a word for each other one of its group; signs stand by themselves, words as whole words."""
    other = {word: tuple(w for w in group if w != word) for group in groups for word in group}
    names = "|".join(sorted(map(re.escape, other), key=len, reverse=True))
    pattern = re.compile(rf"(?<![\w-])(?:{names})(?![\w-])|(?:[<>≤≥](?=\s?\d))", re.IGNORECASE)

    def edits(text: str, world: World, rng: Random) -> Iterator[Edit]:
        del world, rng
        for match in pattern.finditer(text):
            for into in other.get(match.group().lower(), ()):
                yield Edit(match.start(), match.end(), _like(match.group(), into))

    return edits


def _like(word: str, into: str) -> str:
    return into[0].upper() + into[1:] if word[0].isupper() else into


def negation_out(text: str, world: World, rng: Random) -> Iterator[Edit]:
    """Yield the text without each negation."""
    del world, rng
    instead = {"without": "with", "cannot": "can", "neither": "either", "nor": "or", "never": "always", "none": "all"}
    for match in re.finditer(r"\b(?:not |no |never|without|cannot|neither|nor|none|n't)\b ?", text, re.IGNORECASE):
        word = match.group().strip().lower()
        into = f"{_like(match.group(), instead[word])} " if word in instead else ""
        yield Edit(match.start(), match.end(), into if match.group().endswith(" ") else into.rstrip())


def negation_in(text: str, world: World, rng: Random) -> Iterator[Edit]:
    """Yield the text with a negation behind each verb that can take one."""
    del world, rng
    verb = r"\b(?:is|are|was|were|does|did|do|can|could|should|must|may|might|has|have|had|will|be)\b"
    for match in re.finditer(rf"{verb}(?! not)(?!n't)", text):
        yield Edit(match.end(), match.end(), " not")


def without_clause(opening: str) -> Edits:
    """Return what leaves out a clause that begins with one of some words, up to the next mark."""
    pattern = re.compile(rf",?\s*\b(?:{opening})\b(?:[^,.;:()]|(?<=\d)[.,](?=\d))*")

    def edits(text: str, world: World, rng: Random) -> Iterator[Edit]:
        del world, rng
        for match in pattern.finditer(text):
            rest = text[: match.start()] + text[match.end() :]
            if len(rest.split()) >= 3 and len(match.group().split()) >= 2:
                yield Edit(match.start(), match.end(), "")

    return edits


def without_brackets(text: str, world: World, rng: Random) -> Iterator[Edit]:
    """Yield the text without each part in brackets that has words of its own."""
    del world, rng
    for match in re.finditer(r"\s*\(([^()]*)\)", text):
        if len(match[1].split()) >= 2:
            yield Edit(match.start(), match.end(), "")


def sibling(kind: ConceptKind) -> Edits:
    """Return what names another concept beside the one that is named."""

    def edits(text: str, world: World, rng: Random) -> Iterator[Edit]:
        for mention in world.matcher.mentions(text):
            if mention.kind is kind:
                others = world.siblings(mention.concept)
                for other in rng.sample(others, min(2, len(others))):
                    yield Edit(mention.start, mention.end, other.label)

    return edits


def related_name(text: str, world: World, rng: Random) -> Iterator[Edit]:
    """Yield each concept under a name that only finds it: naproxen is an NSAID, and NSAIDs are not naproxen."""
    for mention in world.matcher.mentions(text):
        concept = world.matcher.get(mention.concept)
        equal = {_forms(name) for name in (concept.label, *concept.exact)}
        said = _forms(text[mention.start : mention.end])
        names = (concept.label, *concept.synonyms)
        others = [n for n in names if _forms(n) != said and not {_forms(n), said} <= equal]
        if others:
            yield Edit(mention.start, mention.end, rng.choice(others))


def _forms(name: str) -> tuple[str, ...]:
    """Return a name without number and spelling: in these alone names do not differ."""
    return tuple(normal(match.group()) for match in words(name))


def misspelt(text: str, world: World, rng: Random) -> Iterator[Edit]:
    """Yield each name of a medicine with one letter changed: look-alike names are told apart by a letter."""
    for mention in world.matcher.mentions(text):
        name = text[mention.start : mention.end]
        if mention.kind is ConceptKind.INTERVENTION and len(name) >= 8 and name.isalpha():
            at = mention.start + rng.randrange(1, len(name) - 1)
            yield Edit(at, at + 1, rng.choice([c for c in "aeiolnrst" if c != text[at].lower()]))


def sentence_added(sentences: Iterable[str]) -> Edits:
    """Return what adds a sentence behind the text, or behind one of its lines."""
    chosen = tuple(sentences)

    def edits(text: str, world: World, rng: Random) -> Iterator[Edit]:
        named = [text[m.start : m.end] for m in world.matcher.mentions(text) if m.kind is ConceptKind.INTERVENTION]
        for match in re.finditer(r"$", text, re.MULTILINE):
            if match.start() and text[match.start() - 1] != "\n":
                drug = rng.choice(named) if named else "it"
                yield Edit(match.start(), match.start(), " " + rng.choice(chosen).format(drug=drug))

    return edits


# --- what says the same -----------------------------------------------------------------------------------------------

_SPACES: Final = ("  ", "\u00a0", "\u2009", "\u202f", "\t", " \u00a0 ")
_SPELLINGS: Final = (
    ("randomised", "randomized"), ("behavioural", "behavioral"), ("diarrhoea", "diarrhea"), ("oedema", "edema"),
    ("centre", "center"), ("anaesthetics", "anesthetics"), ("anaesthesia", "anesthesia"), ("haemorrhage", "hemorrhage"),
    ("generalised", "generalized"), ("programme", "program"), ("programmes", "programs"), ("stabilised", "stabilized"),
    ("standardised", "standardized"), ("catastrophising", "catastrophizing"), ("tumour", "tumor"),
    ("hyponatraemia", "hyponatremia"), ("paediatric", "pediatric"),
    ("labelled", "labeled"), ("sensitisation", "sensitization"), ("hospitalisation", "hospitalization"),
    ("metabolised", "metabolized"), ("metabolising", "metabolizing"), ("recognised", "recognized"),
    ("summarises", "summarizes"), ("summarised", "summarized"), ("individualised", "individualized"),
    ("fibre", "fiber"), ("favoured", "favored"), ("favours", "favors"),
    ("characterised", "characterized"), ("emphasises", "emphasizes"), ("minimise", "minimize"),
    ("colour", "color"), ("apnoea", "apnea"), ("mobilised", "mobilized"),
)  # fmt: skip


def spaced(text: str, world: World, rng: Random) -> Iterator[Edit]:
    """Yield the text with other white space between all its words, but none that would join two numbers."""
    del world
    for space in rng.sample(_SPACES, 3):
        yield Edit(0, len(text), re.sub(r"(?<!\d) | (?!\d)", space, text))


def unicode_form(text: str, world: World, rng: Random) -> Iterator[Edit]:
    """Yield the text in composed and decomposed form, and with ligatures of type."""
    del world, rng
    ligatures = re.sub("ffi|ff|fi|fl", lambda m: {"ffi": "ﬃ", "ff": "ﬀ", "fi": "ﬁ", "fl": "ﬂ"}[m.group()], text)
    for other in (unicodedata.normalize("NFD", text), unicodedata.normalize("NFC", text), ligatures):
        if other != text:
            yield Edit(0, len(text), other)


_MASS: Final = re.compile(r"(?<![\w.,/±-])(\d+(?:,\d{3})*(?:\.\d+)?)(\s?)(mg|g|µg|μg)(?![\w/]| per\b)")
_MG: Final = {"mg": Decimal(1), "g": Decimal(1000), "µg": Decimal("0.001"), "μg": Decimal("0.001")}


def same_mass(*units: str) -> Edits:
    """Return what gives each mass in other units; not in a range or a list, whose unit is printed once."""

    def edits(text: str, world: World, rng: Random) -> Iterator[Edit]:
        del world, rng
        for match in _MASS.finditer(text):
            before = text[: match.start()].rstrip()
            if re.search(r"(?:\d|\d,?\s(?:to|and|or)|[-–,])$", before):
                continue
            milligrams = Decimal(match[1].replace(",", "")) * _MG[match[3]]
            for unit in units:
                if unit != match[3]:
                    value = (milligrams / _MG[unit]).normalize()
                    yield Edit(match.start(), match.end(), f"{value:f}{match[2]}{unit}")

    return edits


def thousands(text: str, world: World, rng: Random) -> Iterator[Edit]:
    """Yield each number of four digits or more with its thousands parted otherwise; a year is none."""
    del world, rng
    for match in re.finditer(r"(?<![\w.,/-])(?:\d{1,3}(?:,\d{3})+|\d{4,})(?![\w]|[.,]\d)", text):
        plain = match.group().replace(",", "")
        if "," in match.group() or not re.fullmatch(r"(?:19|20)\d\d", plain):
            for parted in (f"{int(plain):,}", plain, f"{int(plain):,}".replace(",", "\u2009")):
                if parted != match.group():
                    yield Edit(match.start(), match.end(), parted)


def synonym(text: str, world: World, rng: Random) -> Iterator[Edit]:
    """Yield each concept under another of the names that the vocabulary lists as exact."""
    del rng
    for mention in world.matcher.mentions(text):
        concept = world.matcher.get(mention.concept)
        names = (concept.label, *concept.exact)
        said = text[mention.start : mention.end]
        if said.casefold() in {name.casefold() for name in names}:
            for name in names:
                if name.casefold() != said.casefold():
                    yield Edit(mention.start, mention.end, name)


def case(text: str, world: World, rng: Random) -> Iterator[Edit]:
    """Yield the text with its first letter, or one of its longer words, in the other case."""
    del world
    if not text[:2].isupper():  # abbreviations such as ACT are words in other letters
        yield Edit(0, 1, text[0].swapcase())
    longer = list(re.finditer(r"\b[a-z]{5,}\b", text))
    if longer:
        word = rng.choice(longer)
        yield Edit(word.start(), word.end(), rng.choice((word.group().capitalize(), word.group().upper())))


def dashes(text: str, world: World, rng: Random) -> Iterator[Edit]:
    """Yield the text with other signs for its hyphens and minus signs."""
    del world
    for sign in rng.sample(("\u2010", "\u2011", "\u2013", "\u2212"), 2):
        yield Edit(0, len(text), re.sub(r"-", sign, text))


spelt: Final = swapped(*_SPELLINGS)
"""Yields each word with the other of British and American spelling."""


def several(text: str, world: World, rng: Random) -> Iterator[Edit]:
    """Yield the text after harmless edits of several kinds, one upon another."""
    changed = text
    for edits in (synonym, same_mass("mg", "g"), spelt, dashes, case, spaced):
        found = list(edits(changed, world, rng))
        if found:
            changed = rng.choice(found).applied(changed)
    yield Edit(0, len(text), changed)
