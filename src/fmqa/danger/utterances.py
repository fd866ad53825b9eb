"""Cuts a message into segments and says which of them report something about a particular person now.

"What are the signs of X?", "if I get X", "patients with X", "X years ago" and "no X" mention the same thing as "my
patient has X", but only the last one reports it. Word lists decide this, on normal forms of words
(``fmqa.text.spelling``): lower case, singular, American spelling, contractions spelled out, no apostrophes. No model is
used.
"""

import re
from enum import IntEnum
from functools import lru_cache
from typing import Final, NamedTuple

from fmqa.danger.rows import pattern, utterances
from fmqa.text.spelling import Speller, normal, plain_marks


class Weight(IntEnum):
    """How much a segment tells of a person's present state."""

    NOTHING = 0  # asks, supposes, looks back, or is about people in general
    STATEMENT = 1  # says something, and names no one
    REPORT = 2  # says something about a particular person, now


class Segment(NamedTuple):
    """A stretch of a message in normal words.

    Attributes:
        text: Normal forms of its words, parted by single spaces.
        weight: How much it tells.
        supposed: True if it supposes something of a particular person ("if my son …").
        denied: True if it goes on with a list that began with "denies" or "no".
    """

    text: str
    weight: Weight
    supposed: bool = False
    denied: bool = False


_SENTENCE_END: Final = re.compile(r"[.!?;:\n]+(?=\s|$)|\s[-\u2013\u2014]\s|\u2014")
_TOKEN: Final = re.compile(r"c/o|\d+(?:[.,/]\d+)*|[^\W_]+(?:'[^\W_]+)*", re.IGNORECASE)
_CUT: Final = re.compile(
    r"\s*,\s*|\s+(?=(?:but|because|although|however|so)\b)|\s+(?=and (?:i|my|he|she|now|his|her|we|it)\b)"
    r"|\s+(?=that (?:i|my|he|she|his|her)\b)"
    r"|(?<! as)(?<! even)(?<!happier)(?<!better)(?<! off)(?<!know)(?<!sure)(?<!wonder)(?<!wondering)\s+(?=if\b)"
)
# A statement that leaves its subject out is the writer's own: "took eight at once", "cannot breathe".
_OWN: Final = re.compile(
    r"^(?:(?:so|and|but|just|have|oh no|help) )*(?:took|taken|take|swallowed|ate|drank|woke|feel|feeling|got|getting"
    r"|had|given|gave|found|mixed|doubled|been|cannot|started|stopped|having|noticed|wish|want|thinking|losing|lost"
    r"|nearly|almost|keep|can|will not|came|coming|fainted|collapsed|accidentally|finished|went)\b"
)
_ASKS: Final = re.compile(
    r"^(?:(?:so|and|but|ok|okay|hi|hello|please|also|then|well) )*"
    r"(?:what|which|who|whom|how|why|when|where|is|are|do|does|did|can|could|should|would|will|has|have|any|may|might"
    r"|tell|explain|list|define|describe|give me|compare|summari[sz]e)\b"
)
_HAS_SIGN_OF: Final = re.compile(
    r"\b(?:ha[sd]|have|having|show\w*|with|got|develop\w*) (?:\S+ ){0,2}(?:sign|symptom|feature) (?:of|like)\b"
)
_NEVER_LIKE_THIS: Final = re.compile(r"\bnever (?=(?:\S+ ){1,8}(?:like this|so bad|this bad|before)\b)")
_MODAL_START: Final = re.compile(
    r"^(?:(?:so|and|but|ok|okay|also) )*(?:can|could|might|may|would|will|do|does|did|should)\b"
    r"(?! (?:not|hardly|barely|feel|see)\b)"
)
_DENIES: Final = r"(?:denie[sd]|deny|denying|negative for|ruled out|free of|absence of)"
_DENIES_ALL: Final = re.compile(rf"\b{_DENIES}\b")
_NEGATED: Final = re.compile(
    rf"(?:\b(?:{_DENIES}|without|nor|neither|no (?:sign|evidence|history|symptom) of)\b.*"
    r"|\b(?:no|not|never|nobody)\s+"
    r"(?!(?:i|he|she|my|we|it|know|sure|only|just|stop|go|help|helping|work|working|well|normal|eat|sleep|sleeping|able|longer|better|wait"
    r"|feel (?:well|good|right)|feeling (?:well|good|right))\b)"
    r"(?:(?!(?:and|but|with|now|because|since|from)\b)\S+\s+){0,4})$"
)
_STARTS_ANEW: Final = re.compile(r"^(?:but|however|now|so|because|although|and|i|he|she|my|his|her|we|it|that|if)\b")
_LIST_OF_NONE: Final = re.compile(r"\bno \S+(?: \S+){0,2}$")
_OWNERS: Final = frozenset({"my", "our", "her", "his"})  # "my kids" are particular people, "kids" are not
_NOTES: Final = 3  # that many findings in a row, and no question, are notes on somebody


class Message(NamedTuple):
    """A message as read: its segments, and all of its normal words."""

    segments: tuple[Segment, ...]
    words: str


class _Draft(NamedTuple):
    text: str
    weight: Weight | None  # None: names no one and has no cue of its own, so it depends on its neighbours
    supposed: bool
    asks: bool


@lru_cache(maxsize=4)  # signs, judgement and cautions each read the same message
def read(message: str, speller: Speller) -> Message:
    """Cut a message into segments of normal words and weigh each.

    Args:
        message: Any text.
        speller: Corrects typos in the words that matter to the caller.
    """
    asks_for_help = False
    sentences: list[list[_Draft]] = []
    for sentence, question in _sentences(plain_marks(message)):
        parts = [part for part in _CUT.split(_normalised(sentence, speller)) if part.strip()]
        asks_for_help = asks_for_help or any(pattern("asks-for-help").search(part) for part in parts)
        last = len(parts) - 1
        sentences.append([_weigh(part, question=question and at == last) for at, part in enumerate(parts)])
    drafted = [draft for drafts in sentences for draft in drafts]
    listed = sum(draft.weight is None and not draft.asks for draft in drafted) >= _NOTES
    notes = listed and not any(draft.asks for draft in drafted)
    personal = asks_for_help or notes or any(draft.weight is Weight.REPORT for draft in drafted)
    found = tuple(segment for drafts in sentences for segment in _settled(drafts, personal=personal))
    return Message(found, " ".join(segment.text for segment in found))


def says(segment: Segment, pattern: re.Pattern[str]) -> bool:
    """Whether a segment says something without denying it."""
    if segment.denied:
        return False
    return any(not _NEGATED.search(segment.text[: match.start()]) for match in pattern.finditer(segment.text))


def _sentences(text: str) -> list[tuple[str, bool]]:
    """Return the sentences, and whether each ends in a question mark."""
    found: list[tuple[str, bool]] = []
    start = 0
    for end in _SENTENCE_END.finditer(text):
        found.append((text[start : end.start()], "?" in end.group()))
        start = end.end()
    return [*found, (text[start:], False)]


def _weigh(text: str, *, question: bool) -> _Draft:
    text = _NEVER_LIKE_THIS.sub("", _HAS_SIGN_OF.sub("has", text.strip()))
    bare = pattern("asks-about-own").sub("~", pattern("asks-for-help").sub("help", text))
    person = pattern("person").search(text) is not None or _OWN.search(text) is not None
    now = pattern("just-now").search(text) is not None
    if pattern("information").search(bare):
        return _Draft(bare, Weight.NOTHING, supposed=False, asks=True)
    if pattern("supposes").search(bare):
        weight = Weight.REPORT if now and person else Weight.NOTHING
        return _Draft(bare, weight, supposed=person, asks=True)
    if pattern("past").search(bare) and not pattern("present").search(bare):
        return _Draft(bare, Weight.NOTHING, supposed=False, asks=False)
    if (_MODAL_START.search(bare) or pattern("may-cause").search(bare)) and not now:
        return _Draft(bare, Weight.NOTHING, supposed=False, asks=True)
    if person:
        return _Draft(bare, Weight.REPORT, supposed=False, asks=_ASKS.search(bare) is not None)
    return _Draft(bare, None, supposed=False, asks=question or _ASKS.search(bare) is not None)


def _settled(drafts: list[_Draft], *, personal: bool) -> list[Segment]:
    """Give each segment without a cue of its own the weight of the segment that it continues."""
    found: list[Segment] = []
    acute = any(pattern("just-now").search(draft.text) for draft in drafts)
    for at, draft in enumerate(drafts):
        previous = found[-1] if found else None
        denied = previous is not None and _goes_on_denying(previous, draft, drafts[at:])
        if draft.weight is not None:
            found.append(Segment(draft.text, draft.weight, draft.supposed, denied))
        elif draft.asks:
            found.append(Segment(draft.text, Weight.NOTHING))
        elif previous is not None and not (previous.weight is Weight.STATEMENT and (personal or acute)):
            found.append(Segment(draft.text, previous.weight, previous.supposed, denied))
        else:
            found.append(Segment(draft.text, Weight.REPORT if personal or acute else Weight.STATEMENT, denied=denied))
    return found


def _goes_on_denying(previous: Segment, draft: _Draft, rest: list[_Draft]) -> bool:
    """Whether a segment continues a list of denials, such as "denies a, b, c" or "no a, b or c"."""
    if _STARTS_ANEW.search(draft.text):
        return False
    listed = _LIST_OF_NONE.search(previous.text) is not None and any(" or " in later.text for later in rest)
    return previous.denied or listed or _DENIES_ALL.search(previous.text) is not None


def _normalised(sentence: str, speller: Speller) -> str:
    """Return the sentence in normal words, with its commas kept as places to cut."""
    pieces: list[str] = []
    for piece in sentence.split(","):
        spelled: list[str] = []
        for match in _TOKEN.finditer(piece):
            owned = bool(spelled) and spelled[-1] in _OWNERS
            spelled.extend(_spelled(match.group().casefold(), speller, owned=owned))
        pieces.append(" ".join(spelled))
    return ", ".join(pieces)


@lru_cache(maxsize=20_000)
def _spelled(token: str, speller: Speller, *, owned: bool) -> tuple[str, ...]:
    """Return the normal form of a word, or the forms of the words that it contracts."""
    english = utterances()
    bare = token.replace("'", "")
    if bare in english.contractions and (bare != token or bare not in english.apostrophe_needed):
        return tuple(english.contractions[bare].split())
    if token in english.respelled and token not in english.people:
        return tuple(english.respelled[token].split())
    if token.endswith("'s"):
        return (*_spelled(token[:-2], speller, owned=owned), "s")
    if bare in english.people and not owned:
        return ("people",)
    if bare in english.as_written:
        return (bare,)
    form = speller.correct(normal(bare))
    return tuple(english.respelled.get(form, form).split())
