"""Reads yes-or-no questions, and questions for every record of a kind, into records.

No later stage looks at the words again. A question counts as one that yes or no can answer only where its wording is
plain: a single question that is not inverted ("is it useless?", "not safe, is it?") and has no other word that could
narrow it beside its concepts.
"""

import re
from typing import Final

from fmqa.corpus.vocabulary import Matcher
from fmqa.question.intents import without_tag
from fmqa.text import figures
from fmqa.text.words import LIGHT_WORDS, content_words
from fmqa.types import Asks, ConceptKind, Direction, DirectReason, Every, Intent, Whether

_YES_NO: Final = re.compile(r"\by ?/ ?n\b|\byes or no\b", re.IGNORECASE)
_OPENS_NEGATED: Final = re.compile(
    r"^(?:(?:so|and|but|well|ok(?:ay)?|then),? )*(?:is|are|was|does|do|did|has|have|could|should|would|wo)n['’]?t\b",
    re.IGNORECASE,
)
_TURNED: Final = re.compile(
    r"\b(?:not|no|never|without|nor|neither|\w+n['’]t|un\w+ed|off[- ]label|useless|ineffective|pointless|against"
    r"|avoid\w*|ban(?:ned)?|stop(?:s|ped|ping)?|worse\w*|refused?|reject\w*|withdr[ae]w\w*|fail\w*|only|still|yet|more"
    r"|better|best|first|or|why|how|what|which|when|who|where|if|unless|except)\b",
    re.IGNORECASE,
)
_PREDICATES: Final = {
    DirectReason.APPROVAL: re.compile(r"\b(?:approv(?:ed|al)|licen[sc]ed?)\b", re.IGNORECASE),
    DirectReason.POSITION: re.compile(
        r"\b(?:recommend(?:s|ed)?|endorse[sd]?|advis(?:es?|ed)|suggest(?:s|ed)?)\b", re.IGNORECASE
    ),
    DirectReason.EFFECT: re.compile(
        r"\b(?:works?|help(?:s|ed|ful)?|effective|improve[sd]?|reduce[sd]?|relieve[sd]?|eases?|benefi(?:ts?|cial)"
        r"|any (?:good|use)|useful|better than placebo|beats? placebo)\b",
        re.IGNORECASE,
    ),
}
_COMBINES: Final = re.compile(
    r"(?:(?:q ?\d|so|and|but|ok(?:ay)?|well|hi|hello|please)[:,)]? )*"
    r"(?:can|could|may|is|are|isn['’]t|ok(?:ay)?|safe|alright|fine)\b[^?.]{0,80}\b(?:with|together|alongside|combined?"
    r"|mix(?:ed)?|on top|same time|add(?:ed)?)\b",
    re.IGNORECASE,
)
_OF_RISK_OR_TIME: Final = re.compile(
    r"\b(?:contra[- ]?indicat\w*|forbid\w*|prohibit\w*|avoid\w*|clash\w*|wash[- ]?out|toxic\w*|interact\w*|risk\w*"
    r"|danger\w*|harm\w*|problem\w*|worr\w*|unsafe|wrong|bad|matter\w*|after|before|since|until"
    r"|once|later|instead|switch\w*|swap\w*|chang\w*|replac\w*|off|tell|know|check|days?|weeks?|months?|mention\w*"
    r"|dentist|surgery|operation)\b",
    re.IGNORECASE,
)
_PLACES: Final = {
    "Europe": re.compile(r"\b(?:Europ\w+|EU|EMA|UK|England|Britain|German\w*|MHRA)\b"),
    "US": re.compile(r"\b(?:US|U\.S\.|USA|FDA|America\w*)\b|\bfda\b|\bUnited States\b"),
}
_EMPTY: Final = frozenset(
    "evidence evidence-based treatment treatments treat treating therapy medicine drug drugs medication meds "
    "guideline guidelines effective effect effects compared placebo trial trials y n us fda ema agency europe adults "
    "women".split()
)
_ASKS_ALL: Final = re.compile(
    r": strong(?:ly)? (?:for|against)\W*$"
    r"|\b(?:which|all|every|list|name|show me|strongest|what (?:are|treatments?|drugs?|medicines?|therap(?:y|ies)|else"
    r"|has|have|gets?|does|do))\b",
    re.IGNORECASE,
)
_DRUGS: Final = re.compile(r"\b(?:drugs?|medicines?|medications?|meds)\b", re.IGNORECASE)
_LEVEL: Final = re.compile(r"\b(?:level |levels? of evidence )?(I{1,3}[abc]?|IV)\b")
_STRONG: Final = re.compile(
    r"\bstrong(?:ly)? (?:for|against)\b"
    r"|\bstrong(?:est|ly)?\b[^?.]{0,20}\brecommend\w*|\brecommend\w*[^?.]{0,20}\bstrong(?:est|ly)?\b",
    re.IGNORECASE,
)
_ALLOWED: Final = re.compile(
    r"\b(?:which|what) (?:drugs?|medicines?|medications?|meds|treatments?|options?|tablets) (?:may|can|could|should) "
    r"(?:i|we|one|you|they|gps?|doctors?) (?:start|use|give|offer|prescribe|try|initiate|consider)\b",
    re.IGNORECASE,
)
"""What a source allows to be given, of all that it speaks of."""
_AGAINST: Final = re.compile(r"\bagainst\b|\bnot to use\b|\badvis\w* not\b", re.IGNORECASE)
_DENIED: Final = re.compile(r"\b(?:isn['’]?t|aren['’]?t|not|without|other than|except|below)\b", re.IGNORECASE)


def places(text: str) -> frozenset[str]:
    """Return the parts of the world whose agencies or countries a text names.

    >>> sorted(places("The FDA approved it; the EMA did not.")), places("tell us more")
    (['Europe', 'US'], frozenset())
    """
    return frozenset(place for place, names in _PLACES.items() if names.search(text))


def whether(text: str, asks: Asks, matcher: Matcher) -> Whether | None:
    """Return what a standalone question asks whether; None where yes or no cannot answer it, or it is not plain."""
    if asks.comparison:
        return None
    last = text.rsplit("— ", maxsplit=1)[-1].strip()
    sentences = [part.strip() for part in re.split(r"[.?!]\s+|\?", last)]
    together = next((sentence for sentence in sentences if _COMBINES.match(sentence)), None)
    if together and not figures.negations(without_tag(together)) and not _OF_RISK_OR_TIME.search(together):
        return _whether(DirectReason.COMBINATION, together, matcher)
    if not (asks.yes_no or _YES_NO.search(last)) or last.count("?") > 1:
        return None
    asked = _OPENS_NEGATED.sub("", without_tag(last))
    if _TURNED.search(re.sub(r"better than placebo", "works", asked, flags=re.IGNORECASE)):
        return None
    reason = next((reason for reason, predicate in _PREDICATES.items() if predicate.search(asked)), None)
    return _whether(reason, _PREDICATES[reason].sub(" ", asked), matcher) if reason else None


def _whether(reason: DirectReason, words: str, matcher: Matcher) -> Whether:
    mentions = matcher.mentions(words)
    spans = [(mention.start, mention.end) for mention in mentions]
    rest = "".join(" " if any(a <= at < b for a, b in spans) else c for at, c in enumerate(words))
    return Whether(
        reason=reason,
        concepts=tuple(dict.fromkeys(mention.concept for mention in mentions)),
        words=tuple(sorted(content_words(rest) - LIGHT_WORDS - _EMPTY)),
        places=tuple(sorted(places(words))),
    )


def every(text: str, intents: tuple[Intent, ...]) -> Every | None:
    """Return which recommendations a question asks all of, by level or strength; None where it asks for no such list.

    >>> every("Which drugs are not level Ia in EULAR 2017?", (Intent.GENERAL,)).level
    'Ia'
    """
    level, strong = _LEVEL.search(text), _STRONG.search(text)
    allowed = bool(_ALLOWED.search(text)) and not figures.negations(text)
    if not (level or strong or allowed) or not _ASKS_ALL.search(text) or Intent.DEFINITION in intents:
        return None
    return Every(
        level=level[1] if level else None,
        strong=bool(strong),
        direction=Direction.AGAINST if _AGAINST.search(text) else Direction.FOR,
        other=bool(level and _DENIED.search(text)),
        drugs=bool(_DRUGS.search(text)),
    )


def compared(text: str, matcher: Matcher) -> tuple[str, ...]:
    """Return the treatments that a question itself compares.

    What the talk brings along before a colon is one of them only where the question does not name two by itself:
    "Milnacipran: vs duloxetine?".
    """
    own = _treatments(text.partition(": ")[2] or text, matcher)
    return own if len(own) > 1 else _treatments(text, matcher)


def _treatments(text: str, matcher: Matcher) -> tuple[str, ...]:
    found = (m.concept for m in matcher.mentions(text) if m.kind is ConceptKind.INTERVENTION)
    return tuple(dict.fromkeys(found))
