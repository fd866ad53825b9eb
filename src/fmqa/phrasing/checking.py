"""Whether what a language model wrote says what it was written from, and nothing else.

A sentence holds if it has every figure, name and other word of its statements that carries a meaning, in their order,
as often denied and as binding, and no other such word. So it can join statements and smooth them, and little else: what
a model may leave out or put in are words of grammar, and a few that carry a sentence along. There is no threshold.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from difflib import SequenceMatcher
from itertools import product
from typing import Final, NamedTuple

from fmqa.grades.telling import display
from fmqa.text import figures, wording
from fmqa.text.words import LIGHT_WORDS, STOP_WORDS, tokenize
from fmqa.types import AnswerStatement, Check, Fault

# Words of grammar that may come and go; all others bound, order, compare, deny or oblige.
_GRAMMAR: Final = frozenset(
    "a an the and but also is are was were be been being that this these those it its they their them there which who "
    "has have had while as of in on at".split()
)
# Words that carry a sentence along and may come and go.
_NEUTRAL: Final = frozenset(tokenize("however whereas meanwhile notes says states reports shows finds found"))
_SIGN_WORDS: Final = frozenset("%±×^")
_FORBIDDEN: Final = re.compile(r"[\[\]<>{}|`*_#\\]|https?:|www\.|\n")
_LEVEL: Final = re.compile(r"\b(?:I{1,3}[abc]?|IV|[A-D])\b")


class Told(NamedTuple):
    """What a sentence may be made from: one statement, in each of its wordings."""

    wordings: tuple[str, ...]
    title: str
    """How its source is called: a sentence may say so."""
    grades: tuple[str, ...] = ()
    """Its grades as printed and as shown: a sentence may say them, as they are."""


def told(statement: AnswerStatement, title: str, plain: str | None) -> Told:
    """Return what a sentence may make of a statement of an answer."""
    stated = [shown.grade for shown in statement.grades if shown.grade.is_stated]
    grades = tuple(form for grade in stated for form in (display(grade), grade.printed))
    return Told(tuple(dict.fromkeys(filter(None, (statement.text, plain)))), title, grades)


def sentence_faults(sentence: str, cited: Sequence[Told], names: wording.Names = wording.no_names) -> tuple[Fault, ...]:
    """Return what a sentence says otherwise than the statements that it cites; nothing if it holds.

    Args:
        sentence: One line of text without citation marks.
        cited: The statements, in the order in which it says them.
        names: Finds the concepts of a text, so that a listed synonym counts as the same word.

    >>> ldn = Told(("LDN did not reduce pain more than placebo in 58 women.",), "Trial 2024")
    >>> sentence_faults("According to Trial 2024, LDN did not reduce pain more than placebo in 58 women.", [ldn])
    ()
    >>> [str(fault.check) for fault in sentence_faults("LDN did reduce pain more than placebo in 58 women.", [ldn])]
    ['negation', 'words']
    """
    if not sentence.isprintable() or _FORBIDDEN.search(sentence):
        return (Fault(check=Check.WORDS, detail="marks that no sentence has"),)
    for part in sorted((*(g for t in cited for g in t.grades), *(t.title for t in cited)), key=len, reverse=True):
        named = rf"[(,:]?\s*(?<!\w)(?:according to )?{re.escape(part)}(?!\w)\s*[):,]?"
        sentence = re.sub(named, " ", sentence, count=1, flags=re.IGNORECASE)
    originals = (" ".join(choice) for choice in product(*(each.wordings for each in cited)))
    return min((_compared(sentence, original, cited, names) for original in originals), key=len)


def _compared(sentence: str, original: str, cited: Sequence[Told], names: wording.Names) -> tuple[Fault, ...]:
    for each in cited:  # a statement may name its source, and the sentence may leave that out
        if each.title not in sentence:
            original = original.replace(each.title, " ")
    faults = list(figures.fact_faults(sentence, original, whole=True))
    said, wanted = _forms(sentence, names), _forms(original, names)
    matcher = SequenceMatcher(None, said, wanted, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind != "equal":
            graded = any(map(_LEVEL.fullmatch, [word.upper() for word in said[a:b]]))
            detail = "words that its statements do not have there" if b > a else "words of its statements are missing"
            faults.append(Fault(check=Check.GRADE if graded else Check.WORDS, detail=detail))
            del c, d
            break
    return tuple(faults)


def _forms(text: str, names: wording.Names) -> list[str]:
    """Return the figures, concepts and words of a text that carry a meaning, in their order."""
    found: list[str] = []
    for token in wording.tokens(text, names):
        if token.form.startswith("concept ") or any(c.isdigit() for c in token.form):
            found.append(token.form)
        elif not token.form[0].isalnum():
            found += [token.form] if token.form in _SIGN_WORDS else []
        elif token.form in STOP_WORDS:
            found += [token.form] if token.form not in _GRAMMAR else []
        else:
            found += [stem for stem in tokenize(token.form) if stem not in _NEUTRAL]
    return found


# --- questions --------------------------------------------------------------------------------------------------------

_LIGHT: Final = frozenset(stem for word in LIGHT_WORDS for stem in tokenize(word)) | _NEUTRAL
_LONGEST: Final = 400
"""Characters of a question that a model has made to stand alone."""


def question_holds(
    written: str, question: str, earlier: Iterable[str], concepts: Callable[[str], Iterable[str]]
) -> bool:
    """Return whether a question that a model made to stand alone asks what was asked, of what was spoken of.

    It has every name, figure and word of the question that carries a subject, and no other than those of the earlier
    questions; and it denies as often.

    Args:
        written: What the model made of it.
        question: What was asked.
        earlier: The questions before it, as they were read.
        concepts: Returns the ids of the concepts that a text names.
    """
    if not written.isprintable() or _FORBIDDEN.search(written) or not 3 <= len(written) <= _LONGEST:
        return False
    if len(figures.negations(written)) != len(figures.negations(question)):
        return False
    before = " ".join(earlier)
    for of in (concepts, lambda text: [str(number) for number in figures.numbers(text)], _subject_stems):
        made, asked, known = (Counter(of(text)) for text in (written, question, before))
        if asked.keys() - made.keys() or made.keys() - asked.keys() - known.keys():
            return False
    return True


def _subject_stems(text: str) -> list[str]:
    return [stem for stem in tokenize(text) if stem not in _LIGHT]
