"""Normal forms of English words, so that different spellings of one word compare equal. There are no word lists.

A change keeps the length of the text or stays within one word, so the offsets of words never move.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

_HYPHENS: Final = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d"
_QUOTES: Final = "\u2018\u2019\u201a\u201b\u02bc\u00b4\u0060\uff07"
_PLAIN: Final = str.maketrans(_HYPHENS + _QUOTES, "-" * len(_HYPHENS) + "'" * len(_QUOTES))
_WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_BRITISH: Final = (  # applied in order; both sides are mapped, so it need not be right, only the same for both
    (re.compile(r"(?<=\w)ae(?=\w)|^ae(?=sth)|^oe(?=[ds])|(?<=rrh)oe|(?<=^f)oe(?=t)|(?<=^c)oe(?=l)"), "e"),
    (re.compile(r"our(?=$|al|ing|ed|ist|less|able|ite)"), "or"),
    (re.compile(r"(?<=\w{4})is(?=(?:e|ed|es|er|ing|ation|ations)$)"), "iz"),
    (re.compile(r"ys(?=(?:e|ed|es|er|ing)$)"), "yz"),
    (re.compile(r"amme$"), "am"),
    (re.compile(r"(?<=[bt])re$"), "er"),
    (re.compile(r"(?<=\w{4})ll(?=(?:ed|ing|er|or)$)"), "l"),
    (re.compile(r"^sulph"), "sulf"),
)
_SHORTEST_VARIANT: Final = 6  # letters: "four" is no British "for"
_SHORTEST_TYPO: Final = 7  # letters: shorter words have too many neighbours that are words themselves
_SHORTEST_SOUNDALIKE: Final = 9  # letters, for two wrong vowels
_WRONG_VOWELS: Final = 2


def plain_marks(text: str) -> str:
    """Return the text with typographic hyphens and apostrophes as ``-`` and ``'``; its length stays the same.

    >>> plain_marks("patient’s low‑dose")
    "patient's low-dose"
    """
    return text.translate(_PLAIN)


def words(text: str) -> Iterator[re.Match[str]]:
    """Yield the words of a text with their places; hyphens part words, apostrophes inside do not."""
    return _WORD.finditer(text)


@lru_cache(maxsize=20_000)
def normal(word: str) -> str:
    """Return the form in which spellings of one word agree: case, accents, possessive, plural, British spelling.

    It is a key for comparison, not always a word.

    >>> [normal(word) for word in ("Therapies", "oedema", "edema", "behavioural", "behavioral", "patient's")]
    ['therapy', 'edema', 'edema', 'behavioral', 'behavioral', 'patient']
    """
    form = word.casefold()
    if not form.isascii():
        form = "".join(c for c in unicodedata.normalize("NFKD", plain_marks(form)) if not unicodedata.combining(c))
    form = form.removesuffix("'s").replace("'", "")
    form = _singular(form)
    if len(form) >= _SHORTEST_VARIANT:
        for pattern, american in _BRITISH:
            form = pattern.sub(american, form)
    return form


def _singular(form: str) -> str:
    if len(form) <= 3 or not form.endswith("s") or form.endswith(("ss", "us", "is")):
        return form
    if form.endswith("ies") and len(form) > 4:
        return form[:-3] + "y"
    if form.endswith(("sses", "shes", "ches", "xes")):
        return form[:-2]
    return form[:-1]


def one_typo_apart(one: str, other: str) -> bool:
    """Whether one letter added, left out or changed, or two neighbours swapped, turns one word into the other.

    >>> one_typo_apart("metformine", "metformin"), one_typo_apart("asprin", "aspirin"), one_typo_apart("a", "abc")
    (True, True, False)
    """
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    end = 0
    while end < min(len(one), len(other)) - start and one[-1 - end] == other[-1 - end]:
        end += 1
    left, right = one[start : len(one) - end], other[start : len(other) - end]
    return max(len(left), len(right)) <= 1 or (len(left) == 2 and left == right[::-1])


class Speller:
    """Finds the known word that a mistyped one stands for. Immutable once made.

    A typo keeps the first letter, in a word of seven letters or more. In words of nine or more, two vowels may be
    wrong or letters doubled, if the consonants agree: *dulexotine* is *duloxetine*.

    Args:
        known: Normal forms that a word may be corrected to.
        never: Normal forms of ordinary words that look like a typo of a known one, and are none.
    """

    def __init__(self, known: Iterable[str], never: Iterable[str] = ()) -> None:
        self._known = frozenset(known)
        self._never = frozenset(never)
        self._shorter: dict[str, list[str]] = {}
        self._sounds: dict[str, list[str]] = {}
        for word in sorted(self._known):
            if len(word) >= _SHORTEST_TYPO - 1 and word.isalpha():
                for key in _shortened(word):
                    self._shorter.setdefault(key, []).append(word)
                self._sounds.setdefault(_consonants(word), []).append(word)

    def correct(self, word: str) -> str:
        """Return the one known word that this normal form is a typo of, or the form itself.

        >>> Speller(["metformin", "glibenclamide"]).correct("glibenclamid")
        'glibenclamide'
        """
        if len(word) < _SHORTEST_TYPO or word in self._known or word in self._never or not word.isalpha():
            return word
        candidates = {
            known
            for key in _shortened(word)
            for known in self._shorter.get(key, ())
            if known[0] == word[0] and one_typo_apart(word, known)
        }
        if not candidates and len(word) >= _SHORTEST_SOUNDALIKE:
            candidates = {
                known
                for known in self._sounds.get(_consonants(word), ())
                if known[0] == word[0] and _distance(known, word) <= _WRONG_VOWELS
            }
        return candidates.pop() if len(candidates) == 1 else word


def _shortened(word: str) -> set[str]:
    return {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}


@lru_cache(1 << 14)  # every matcher asks for those of the same known words
def _consonants(word: str) -> str:
    single = re.sub(r"(.)\1+", r"\1", word.replace("ph", "f"))
    return re.sub(r"[aeiouy]", "", single)


def _distance(one: str, other: str) -> int:
    """Return how many letters must be added, left out or changed to turn one word into the other."""
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, start=1):
        corner, row[0] = row[0], at
        for column, target in enumerate(other, start=1):
            corner, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, corner + (letter != target))
    return row[-1]
