"""Recognises messages about the last answer or about the conversation, such as "shorter please".

Such a message is short and consists of nothing else: "thanks, are you sure?". If one sentence of it asks something
else, the message is a question to the sources. One in another language than English cannot be, and is told so.

Common forms are known by their words. Others are told by the nearest of a few hundred examples (``chat.txt``), for an
encoder knows "recap" and "in a nutshell" for the same wish.
"""
# ruff: noqa: E501 - a form reads better whole

import re
from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final
from weakref import WeakKeyDictionary

from fmqa.text.language import is_foreign
from fmqa.types import FloatArray


class Request(StrEnum):
    """What is wanted of the last answer, or said to whoever answers."""

    SHORTER = "shorter"
    LONGER = "longer"
    PLAIN = "plain words"
    TABLE = "table"
    REASON = "reason"
    SOURCE = "source"
    SURE = "sure"
    MISSED = "missed"
    THANKS = "thanks"
    HELLO = "hello"
    HELP = "help"
    LANGUAGE = "language"

    @property
    def of_answer(self) -> bool:
        """Whether it is about the last answer, so that it means nothing without one."""
        return self not in (Request.THANKS, Request.HELLO, Request.HELP, Request.LANGUAGE)


_IT: Final = r"(?:it|that|this|them|these|both|(?:the|your) (?:last )?(?:answer|two|bit))"
_BEFORE: Final = (
    r"(?:(?:ok(?:ay)?|so|well|hm+|right|sorry|fine|lol|k|yes|yeah|no|and|but|hey|hi|ta|thx|thanks|thank you|pls|please"
    r"|um+|oh|ah|wait|great)[\s,;:-]*)*"
    r"(?:(?:can|could|would|will) (?:you|u|i)(?: please| pls| just)? |(?:now|just) |i (?:want|need)(?: to have)? )?"
)
_AFTER: Final = (
    r"(?:[ ,]+(?:please|pls|for me|then|thanks|ta|thx|again|now|mate|a bit|a little|though|tho|at all|tbh))*"
)
_SAY: Final = rf"(?:(?:make|say|give|put|keep|explain|have|show|write|get|tell)(?: me)?(?: {_IT})?(?: up)? ?)?"
_LANGUAGES: Final = (
    "german|deutsch|french|fran[cç]ais|spanish|espa[nñ]ol|italian|italiano|dutch|polish|polski|portuguese|arabic|hindi"
    "|urdu|bengali|chinese|mandarin|japanese|turkish|russian|ukrainian|romanian|greek|welsh|swedish|danish|norwegian"
    "|finnish|czech|hungarian|another language|other languages|my language"
)
_CORES: Final = {
    Request.SHORTER: rf"{_SAY}(?:(?:a |the )?(?:bit |lot |much )?(?:shorter|briefer|more briefly|short|brief)(?: version)?"
    rf"|in short|briefly|in (?:one|a|1) (?:sentence|line|word)|tl;?dr|too long|summari[sz]e(?: {_IT})?"
    r"|less(?: text| words)?)",
    Request.LONGER: rf"{_SAY}(?:(?:a )?(?:bit |lot |much )?longer(?: version)?|(?:some )?more(?: details?| evidence| info"
    rf"(?:rmation)?| on {_IT}| about {_IT})?|me more(?: about {_IT}| on {_IT})?|go on|carry on|continue|elaborate"
    rf"|expand(?: on {_IT})?|in (?:more |full )?detail|what else|anything else|everything(?: you have)?)",
    Request.PLAIN: rf"{_SAY}(?:(?:in |more )?(?:plain|simple|simpler|simply|plainer|plainly|easier|normal|lay|everyday)"
    rf"(?: (?:words|english|terms|language))?|in english|simplify(?: {_IT})?|eli5|like i['’]?m (?:5|five)"
    rf"|i (?:don['’]?t|do not|didn['’]?t) (?:understand|get|follow)(?: {_IT})?(?: a word)?"
    rf"|(?:{_IT} )?went (?:right |way )?over my head)(?: for (?:a|the|my) patient(?: letter)?)?"
    rf"|(?:summari[sz]e|say|write|word|put)(?: {_IT})? for (?:a|the|my) (?:patient|lay person)(?: letter)?",
    Request.TABLE: rf"{_SAY}(?:(?:in |into |as )?a? ?table|side by side)",
    Request.REASON: r"why(?: (?:is|was) (?:that|this|it))?(?: so)?|how come|what(?:['’]?s| is) the reason(?: for that)?",
    Request.SOURCE: rf"{_SAY}(?:(?:the |your |a |any )?(?:sources?|references?|refs?|citations?|dois?|pmids?|links?))"
    rf"(?: (?:for|of) (?:both )?(?:{_IT}|reviews?|trials?|studies|papers?|guidelines?))?"
    rf"|(?:where|which (?:study|paper|guideline|source|document)) (?:does|do|did) (?:it|that|this|they) say(?:s)?(?: {_IT})?"
    rf"|where (?:did|do) (?:you|u) (?:get|have) {_IT}(?: from)?|where (?:does|did) {_IT} come from"
    rf"|where(?:['’]?s| is| was) {_IT} (?:from|written)|where(?:['’]?s| is) the (?:\w+ ){{1,2}}(?:bit|part) from"
    rf"|(?:who|which (?:study|paper|guideline)) says(?: so| that| this)?|says who|prove it|how do (?:you|u) know(?: {_IT})?"
    r"|what(?:['’]?s| is| are) (?:the|your) (?:sources?|references?)(?: for that)?",
    Request.SURE: rf"(?:(?:are|r) )?(?:you|u) (?:really |quite |absolutely |100 ?% )?(?:sure|certain)(?: (?:about|of) {_IT})?"
    rf"|really|is (?:that|this|it) (?:really )?(?:right|true|correct)|sure about {_IT}|sure",
    Request.MISSED: r"(?:(?:that|this|it)(?:['’]?s| is| was|s)? )?not (?:really )?(?:what i (?:asked|meant|wanted)(?: for| to know)?"
    r"|my question|an answer|the answer|helpful)|(?:you|u|that|it) (?:did ?n['’]?t|did not|have ?n['’]?t|does ?n['’]?t)"
    r"(?: really)? answer(?: (?:my question|the question|me|it|what i asked))?|(?:that['’]?s|thats|that is) (?:wrong"
    r"|no (?:answer|help|use)|useless|rubbish|nonsense)|wrong(?: answer| question)?|i asked something else|try again"
    r"|i did ?n['’]?t ask (?:that|for that|about that)|you must have something(?: on \w+| about \w+)?",
    Request.THANKS: r"(?:many |ok )?(?:thanks?|thank (?:you|u)|cheers|ta|thx|ty|tysm)(?: (?:so|very) much| a lot| a million"
    r"| for (?:that|your help|the help))?|great|perfect|brilliant|got it|i see|that helps?|that helped|much appreciated"
    r"|(?:that['’]?s|thats) (?:helpful|great|all|it|everything)|nice one|good ?bye|bye|ok(?:ay)?|very helpful|good",
    Request.HELLO: r"(?:hi|hello|hey|hiya|howdy)(?: there| all| doc| fmqa)?|good (?:morning|afternoon|evening|day)",
    Request.HELP: r"help(?: me)?|what can (?:you|i) (?:do|ask|answer|help with)(?: you| here| me)?(?: about)?"
    r"|who (?:are|r) (?:you|u)|what (?:are|r) (?:you|u)|what (?:is|does) (?:this (?:site|page|thing|tool)|fmqa)(?: do)?"
    r"|how does (?:this (?:site|page|thing|tool)|fmqa) work|how do i (?:use|work) this"
    r"|are (?:you|u) (?:a |an )?(?:real )?(?:doctor|human|person|robot|bot|ai|chatgpt)|instructions|[a-z]"
    r"|what do (?:you|u) know(?: about)?",
    Request.LANGUAGE: rf"{_SAY}(?:in|auf|en|into|to) (?:{_LANGUAGES})|(?:do (?:you|u) )?speak (?:{_LANGUAGES})"
    rf"|translate(?: {_IT})?(?: (?:in|to|into) (?:{_LANGUAGES}))?|{_LANGUAGES}"
    rf"|(?:which|what) languages?(?: do (?:you|u) (?:speak|know|understand))?",
}
_FORMS: Final = {r: re.compile(rf"{_BEFORE}(?:{core}){_AFTER}", re.IGNORECASE) for r, core in _CORES.items()}
_FILLER: Final = re.compile(rf"{_BEFORE}", re.IGNORECASE)
_PARTS: Final = re.compile(r"[.!?\n]+|[,;](?= )")


def request(message: str) -> Request | None:
    """Return what a message wants of the answer or the conversation; None if it asks the sources anything.

    >>> [str(request(text)) for text in ("shorter please", "ok thanks!! are u sure??", "thanks. and sleep?", "hi")]
    ['shorter', 'sure', 'None', 'hello']
    """
    whole = _form(message.strip(" .!?,;\n"))
    if whole is not None:
        return whole
    if is_foreign(message):
        return Request.LANGUAGE
    found: list[Request] = []
    for part in filter(None, (part.strip() for part in _PARTS.split(message))):
        form = _form(part)
        if form is None and not _FILLER.fullmatch(f"{part} ".lower()):
            return None
        found += [form] if form else []
    asked = [each for each in found if each.of_answer] or found
    return asked[-1] if asked else None


def _form(part: str) -> Request | None:
    words = " ".join(part.split())
    return next((request for request, form in _FORMS.items() if form.fullmatch(words)), None)


# --- by the nearest example -------------------------------------------------------------------------------------------

_NEAR: Final = 0.42  # cosine of the nearest example from which a message is like it
_CLEARLY: Final = 0.15  # by so much nearer than to any that asks the sources something
_MOST_WORDS: Final = 10
_GOES_ON: Final = re.compile(
    r"^\W*(?:and|but|or)\b|\d", re.IGNORECASE
)  # what is added to a question, or tells a figure
_OTHER: Final = "other"
_vectors: WeakKeyDictionary[object, FloatArray] = WeakKeyDictionary()  # of the examples, by encoder


@cache
def _examples() -> tuple[tuple[str, str], ...]:
    """Return the examples: what each wants, and its words."""
    lines = files("fmqa.question").joinpath("chat.txt").read_text("utf-8").splitlines()
    rows = (line.partition(": ") for line in lines if line and not line.startswith("#"))
    return tuple((kind, text.strip()) for kind, _, texts in rows for text in texts.split("|"))


def like(
    message: str, vector: FloatArray, encoder: object, encode: Callable[[Sequence[str]], FloatArray]
) -> Request | None:
    """Return what a short message wants of the last answer by the nearest example; None if it is near none.

    The thresholds were chosen on the examples themselves, one left out at a time (44 of 100 are told, 6 taken for another
    wish), and on 111 short questions to the sources that name nothing, of which none is taken for such a message.

    Args:
        message: What is written; it names no treatment, illness or document.
        vector: Its unit vector.
        encoder: What made the vector; the examples are encoded once for each.
        encode: Texts to their unit vectors, by the same encoder.
    """
    if len(message.split()) > _MOST_WORDS or _GOES_ON.search(message):
        return None
    if encoder not in _vectors:
        _vectors[encoder] = encode([text for _, text in _examples()])
    nearest: dict[str, float] = {}
    for (kind, _), cosine in zip(_examples(), (_vectors[encoder] @ vector).tolist(), strict=True):
        nearest[kind] = max(cosine, nearest.get(kind, 0.0))
    other = nearest.pop(_OTHER)
    kind, cosine = max(nearest.items(), key=lambda pair: pair[1])
    return Request(kind) if cosine >= _NEAR and cosine - other >= _CLEARLY else None
