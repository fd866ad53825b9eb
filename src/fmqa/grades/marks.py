"""Marks of a printed grade: the words and signs by which a text shows level, grade, strength, class or agreement.

A mark is what one expression matches. It does not yet say which system it is of, and most marks alone are no grade at
all ("level 2", "grade B"). ``fmqa.grades.notations`` joins the marks of one notation and decides.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal[
    "level",
    "category",
    "certainty",
    "confidence",
    "evidence",
    "grade",
    "point",
    "strength",
    "class",
    "agreement",
    "bare",
    "silent",
    "research",
]


@dataclass(frozen=True)
class Mark:
    """One part of a notation.

    Attributes:
        kind: What the words around the value call it; ``bare`` if there are none, ``silent`` for "no recommendation".
        value: The value in the spelling of its system.
        start: Offset of the first character in the text.
        end: Offset behind the last.
        firm: Whether its own words leave no doubt that evidence or a recommendation is graded.
        keyword: The words that name the value, in lower case; empty for signs and bare values.
        form: Name of the expression that it matched; empty for a cell of a table.
    """

    kind: Kind
    value: str
    start: int
    end: int
    firm: bool
    keyword: str = ""
    form: str = ""


LEVEL = (
    r"(?:[12](?:\+\+|\+|[-−–](?![\w%]))|[1-5][abc]?|I{1,3}[abc]|I{1,3}|IV|V|[BC]-(?:N?R|LD|EO)"
    r"|[A-D](?!\s*(?:[-–/]|to|or|and)\s*[A-D]\b))"
    r"(?![\w+%]|[-–][\dA-Z]|/[\dI]|\.\d|\s*(?:to|or|and)\s*(?:[1-5]|I)[IVabc]*\b)"
)
LETTER = r"(?:[A-D]|I|0|EK|Expertenkonsens|GPP|✓)(?![\w+%’'*]|\.\d|\s*(?:[-–/]|to|or|and|und|bis)\s*[A-D0]\b)"
CLASS = (
    r"(?:(?:III|3)\s*(?::|[–-]|\()\s*(?i:harm|no benefit)\b\)?|I{1,3}[ab]?|[12][ab]?|3)"
    r"(?![\w+%]|[-–/][\dA-Z]|\.\d|\s*(?:to|or|and)\s*(?:I|[123])[Iab]*\b)"
)
_ONE = r"(?:very[ -]low|low|moderate|high)"
CERTAINTY = rf"(?:{_ONE}-?[ -]to[ -]{_ONE}|{_ONE})"
ADJECTIVE = r"(?:strong|weak|conditional)"
_SIDE = r"(?:for|against|in favou?r(?: of)?)"
_GIVEN = r"(?:(?:is|was|has been)\s+(?:given|made|issued)\s+)?"
_PERCENT = r"(?<![\d.,])\d{1,3}(?:\s?[-–]\s?\d{1,3})?\s?%"
CIRCLES = r"[⊕⨁](?:\s?[⊕⨁◯○⊝⊖⊙◌O]){3}(?!\s?[⊕⨁◯○⊝⊖])"
_ABOUT = (
    r"(?:\s+(?:for|on|about|available|regarding|from|in|across|supporting)\b"
    r"(?:(?!\b(?:is|was|are|were|remains?|but|which|and (?:the|its|their|an?|risk|overall))\b)[^.;:,()\n]){0,80})?"
)
_BE = r"(?:is|was|were|as|remains?|remained|(?:has|had)\s+been)"
_RATED = (
    r"(?:(?:only|generally|mostly|overall|still|therefore)\s+)?"
    r"(?:(?:judged|rated|graded|assessed|considered|deemed|downgraded)\s+)?(?:(?:as|to\s+be|to)\s+)?"
)
_IS = r"(?:\b|(?=\d))\s*(?:[:=]|,(?=\s*(?:low|very|moderate|high)\b)|\b(?:of|is|was|as)\b)?\s*"

# Tried in this order at every place of the text; the first that fits is taken.
_MARKS: Final = re.compile(
    # A mark begins a word or is a sign: other places need not be tried.
    "(?:(?<!\\w)|(?=[⊕⨁⇑⇔⇓✓]))(?:"
    + "|".join(
        (
            rf"(?P<circles>(?P<circles_a>{CIRCLES})(?:\s*\(?(?P<circles_b>(?i:{CERTAINTY}))\)?"
            r"(?=\s*(?:$|[,.;:)\]|\d]|(?i:due|because|certainty|quality)\b)))?)",
            rf"(?P<certainty>\b(?P<certainty_a>(?i:{CERTAINTY}))[\s-]+(?i:certainty)(?i:\s+(?:of|in)(?:\s+the)?)?[\s-]+(?i:evidence)\b)",
            rf"(?P<quality>\b(?P<quality_a>(?i:{CERTAINTY}))[\s-]+(?i:quality)[’'”\"]?(?i:\s+(?:of|in)(?:\s+the)?)?\s+(?i:evidence)\b)",
            rf"(?P<rated>\b(?i:certainty|quality)\s+(?:of|in)\s+(?:the\s+)?(?:(?i:available|overall|supporting)\s+)?(?i:evidence)"
            rf"(?:\s*\(GRADE\))?(?:\s*[:=,–]|{_ABOUT}\s+{_BE}\b)?\s*{_RATED}(?P<rated_a>(?i:{CERTAINTY}))\b)",
            rf"(?P<judged>\b(?i:certainty)\s+(?:is|was|were)\s+(?=(?:only\s+)?(?:judged|rated|graded|assessed|considered|deemed|downgraded)\b)"
            rf"{_RATED}(?P<judged_a>(?i:{CERTAINTY}))\b)",
            rf"(?P<confidence>\b(?:(?P<confidence_a>(?i:{_ONE}))[\s-]+(?:(?:GRADE-)?CERQual\s+)?(?i:confidence)\s+(?:of|in)\s+(?:the\s+)?"
            rf"(?i:evidence|(?:review\s+)?findings?)|(?:GRADE-)?CERQual(?:\s+(?i:confidence|assessment|rating))?\s*(?:[:=,]|of|is|was)?\s*"
            rf"(?P<confidence_b>(?i:{_ONE}))(?:\s+(?i:confidence))?)\b)",
            rf"(?P<stated>\b(?:(?i:certainty)|GRADE|(?i:quality))\s*[:=]\s*(?P<stated_a>(?i:{CERTAINTY}))(?![\w-])(?:\s+(?i:certainty|quality)\b)?)",
            rf"(?P<short>\b(?P<short_a>(?i:{CERTAINTY}))[\s-](?i:certainty|quality)\b)",
            rf"(?P<advice>\b(?P<advice_a>(?i:{ADJECTIVE}|medium))\s+(?i:recommendation)"
            rf"(?:,?\s+{_GIVEN}(?P<advice_b>(?i:{_SIDE}))\b)?)",
            rf"(?P<advised>\b(?:(?i:strength(?:\s+of\s+(?:the\s+)?recommendation)?|recommendation(?:\s+strength)?)|SOR|SoR)"
            rf"(?:\s*[:=]\s*|\s+(?=\w+\s+(?:for|against)\b))"
            rf"(?P<advised_a>(?i:{ADJECTIVE}|medium|panel consensus|consensus))\b"
            rf"(?:\s+(?P<advised_b>(?i:{_SIDE}))\b)?)",
            rf"(?P<side>\b(?P<side_a>(?i:{ADJECTIVE}))\s+(?P<side_b>(?i:for|against))\b)",
            r"(?P<evidence>\b(?P<evidence_a>(?i:strong|moderate|weak))\s+(?i:evidence)\b)",
            rf"(?P<agreement>\b(?i:agreement|konsensstärke|konsens|consensus)(?:\s*[:=]|\s+of)?\s*(?P<agreement_a>{_PERCENT})|"
            rf"(?P<agreement_b>{_PERCENT})\s+(?i:agreement)\b)",
            r"(?P<silent>\b(?i:no recommendation)\b)",
            r"(?P<research>\b(?i:(?:recommended\s+)?only\s+(?:in|within)\s+(?:the\s+context\s+of\s+)?(?:rigorous\s+|clinical\s+)?research"
            r"(?:\s+(?:settings?|contexts?|studies))?|research\s+recommendation)\b)",
            r"(?P<statement>(?<![\w])[\"'“‘]?I[\"'”’]?\s+(?i:statement)\b)",
            r"(?P<letter>\b(?:(?P<letter_k>(?i:grade|level))\s+(?P<letter_b>[A-D])\s+(?i:recommendations?)|(?P<letter_a>[A-D])\s+(?i:recommendation))\b)",
            rf"(?P<grade>\b(?P<grade_k>(?i:grade\s+of\s+recommendation|recommendation\s+grade|empfehlungsgrad|recommendation\s+category|"
            rf"category\s+of\s+recommendation|strength\s+of\s+(?:the\s+)?recommendation|evidence\s+rating)|GoR|GOR|GR|SOR|SoR){_IS}(?P<grade_a>{LETTER}))",
            rf"(?P<level>\b(?P<level_k>(?i:levels?\s+of\s+evidence|evidence\s+(?:level|grade)|category\s+of\s+evidence|evidence\s+category|evidence\s+type|"
            rf"evidenz(?:grad|level|klasse))|LOE|LoE|LE|EL){_IS}(?:(?i:level)\s+)?(?P<level_a>[1-5][A-C](?![\w+%])|{LEVEL}))",
            rf"(?P<of_evidence>\b(?P<of_evidence_k>(?i:level|category|class))\s+(?P<of_evidence_a>{LEVEL})\s+(?i:evidence)\b(?!\s+of\b))",
            rf"(?P<class>\b(?P<class_k>(?i:class\s+of\s+recommendation|recommendation\s+class)|COR){_IS}(?P<class_a>{CLASS}))",
            rf"(?P<weak_class>\b(?P<weak_class_k>(?i:class)){_IS}(?P<weak_class_a>{CLASS})(?P<weak_class_r>\s+(?i:recommendation)\b)?)",
            rf"(?P<weak_level>\b(?P<weak_level_k>(?i:level|category)){_IS}(?P<weak_level_a>{LEVEL}))",
            rf"(?P<weak_grade>\b(?P<weak_grade_k>(?i:grade|strength)){_IS}(?P<weak_grade_a>{LETTER}))",
            r"(?P<point>\b(?i:good[- ]practice (?:point|statement))\b|✓)",
            r"(?P<arrow>⇑⇑|⇑|⇔|⇓⇓|⇓)",
            rf"(?P<bare_percent>{_PERCENT})",
            rf"(?P<bare>(?<![\w.,+])(?:{LEVEL}|{LETTER}))",
        )
    )
    + ")"
)
# What any notation has: without one of these a text need not be searched.
_SIGNAL: Final = re.compile(
    r"(?i:certainty|quality|recommend|evidence|evidenz|empfehlung|grade|class|level|category|strength|statement|strong|"
    r"weak|conditional|agreement|practice (?:point|statement)|experten|confidence|"
    r"only (?:in|within))|COR|LOE|LoE|GOR|GoR|SOR|SoR|[⊕⨁⇑⇔⇓✓]|\bE[LK]|"
    r"[(\[]\s*(?:[0-5A-DIV]|GPP|EK)"
)
_WORDED: Final = frozenset({"certainty", "confidence", "evidence", "silent", "research", "point"})
_EITHER: Final = frozenset({"agreement", "confidence", "letter"})  # forms whose value may stand in one of two places
_SHORT: Final = 40  # a text that may be a notation and nothing else
_FIRM: Final = frozenset(
    {"circles", "certainty", "rated", "judged", "confidence", "advised", "grade", "level", "of_evidence", "class"}
)
_KINDS: Final[dict[str, Kind]] = {
    "circles": "certainty",
    "certainty": "certainty",
    "quality": "certainty",
    "rated": "certainty",
    "judged": "certainty",
    "confidence": "confidence",
    "stated": "certainty",
    "short": "certainty",
    "advice": "strength",
    "advised": "strength",
    "side": "strength",
    "evidence": "evidence",
    "agreement": "agreement",
    "silent": "silent",
    "research": "research",
    "statement": "grade",
    "letter": "grade",
    "grade": "grade",
    "level": "level",
    "of_evidence": "level",
    "class": "class",
    "weak_class": "class",
    "weak_level": "level",
    "weak_grade": "grade",
    "point": "point",
    "arrow": "strength",
    "bare_percent": "agreement",
    "bare": "bare",
}
_RANGE_BEFORE = re.compile(
    r"(?:low|moderate|high)[\s-]+(?:to|or|and|and/or)[\s-]+(?:very\s+)?$|(?:low|moderate|high)\s?[-–/]\s?$", re.I
)
_RANGE_AFTER = re.compile(rf"\s*(?:[-–/,]|to|or|and)\s*{CERTAINTY}\b", re.I)


def marks(text: str) -> Iterator[Mark]:
    """Yield the marks in a text, in order and without overlap."""
    if len(text) > _SHORT and not _SIGNAL.search(text):
        return
    for match in _MARKS.finditer(text):
        groups = match.groupdict()
        name = next(each for each in _KINDS if groups.get(each) is not None)
        kind = _KINDS[name]
        if kind == "certainty" and (
            _RANGE_BEFORE.search(text, max(0, match.start() - 24), match.start())
            or _RANGE_AFTER.match(text, match.end())
        ):
            continue  # "low to moderate certainty" is no single value
        keyword = " ".join((groups.get(f"{name}_k") or "").lower().split())
        if keyword == "category":
            kind = "category"
        value = _value(name, match)
        if not value:
            continue  # signs and words that contradict each other
        firm = name in _FIRM or bool(groups["weak_class_r"]) or bool(groups["letter_k"])
        yield Mark(kind, value, match.start(), match.end(), firm, keyword, name)


def _value(name: str, match: re.Match[str]) -> str:
    groups = match.groupdict()
    if name == "circles":
        shown, said = counted(groups["circles_a"]), groups["circles_b"]
        return shown if said is None or spelled("certainty", said) == shown else ""
    if name == "statement":
        return "I"
    raw = groups.get(f"{name}_a") or groups.get(f"{name}_b" if name in _EITHER else "") or match.group()
    value = spelled(_KINDS[name], raw)
    side = groups.get(f"{name}_b") if name in ("advice", "advised", "side") else None
    if side:
        value += " against" if side.lower() == "against" else " for"
    return value


def counted(circles: str) -> str:
    """Return the certainty that a row of four circles shows, by the number of filled ones."""
    return ("very low", "low", "moderate", "high")[sum(character in "⊕⨁" for character in circles) - 1]


def spelled(kind: Kind, raw: str) -> str:
    """Return a printed value in the spelling of its system.

    >>> spelled("class", "III (Harm)"), spelled("level", "1−"), spelled("agreement", "71 – 73 %")
    ('III: harm', '1-', '71-73')
    """
    raw = " ".join(raw.split())
    if kind == "agreement":
        return re.sub(r"[^\d-]", "", raw.replace("–", "-"))
    if kind == "class" and (outcome := re.match(r"(III|3)\W+(harm|no benefit)", raw, re.I)):
        return f"{outcome.group(1)}: {outcome.group(2).lower()}"
    letter = raw.isupper() and len(raw) <= 3  # one system calls its letters strength
    if kind in _WORDED or (kind == "strength" and not letter):
        return re.sub(r"-?[ -]to[ -]", " to ", raw.lower()).replace("very-low", "very low")
    if re.fullmatch(r"[12][−–]", raw):
        return raw[0] + "-"
    return raw
