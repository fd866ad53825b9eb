"""Marks of a printed grade: the words and signs by which a text shows level, grade, strength, class or agreement.

A mark is what one expression matches; it says nothing yet about the system, and most marks alone are no grade at all
("level 2", "grade B"). ``fmqa.grades.notations`` joins the marks of one notation and decides.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal[
    "level", "category", "certainty", "evidence", "grade", "strength", "class", "agreement", "bare", "silent"
]


@dataclass(frozen=True)
class Mark:
    """One part of a notation.

    Attributes:
        kind: What the words around the value call it; ``bare`` if there are none, ``silent`` for "no recommendation".
        value: The value in the spelling of ``fmqa.grades.systems``.
        start: Offset of the first character in the text.
        end: Offset behind the last.
        firm: Whether its own words leave no doubt that evidence or a recommendation is graded.
        keyword: The words that name the value, in lower case; empty for signs and bare values.
    """

    kind: Kind
    value: str
    start: int
    end: int
    firm: bool
    keyword: str = ""


_LEVEL = (
    r"(?:[12](?:\+\+|\+|[-−–](?![\w%]))|[1-5][abc]?|I{1,3}[abc]|I{1,3}|IV|V|[BC]-(?:N?R|LD|EO)"
    r"|[A-D](?!\s*(?:[-–/]|to|or|and)\s*[A-D]\b))"
    r"(?![\w+%]|[-–][\dA-Z]|/[\dI]|\.\d|\s*(?:to|or|and)\s*(?:[1-5]|I)[IVabc]*\b)"
)
_LETTER = r"(?:[A-D]|I|0|EK|Expertenkonsens|GPP|✓)(?![\w+%’'*]|\.\d|\s*(?:[-–/]|to|or|and|und|bis)\s*[A-D0]\b)"
_CLASS = (
    r"(?:(?:III|3)\s*(?::|[–-]|\()\s*(?i:harm|no benefit)\b\)?|I{1,3}[ab]?|[12][ab]?|3)"
    r"(?![\w+%]|[-–/][\dA-Z]|\.\d|\s*(?:to|or|and)\s*(?:I|[123])[Iab]*\b)"
)
_CERTAINTY = (
    r"(?:very[ -]low[ -]to[ -]low|low[ -]to[ -]very[ -]low|low[ -]to[ -]moderate|moderate[ -]to[ -]high"
    r"|very[ -]low|low|moderate|high)"
)
_ADJECTIVE = r"(?:strong|weak|conditional)"
_SIDE = r"(?:for|against|in favou?r(?: of)?)"
_PERCENT = r"(?<![\d.,])\d{1,3}(?:\s?[-–]\s?\d{1,3})?\s?%"
_CIRCLES = r"[⊕⨁](?:\s?[⊕⨁◯○⊝⊖⊙◌O]){3}(?!\s?[⊕⨁◯○⊝⊖])"
_ABOUT = (
    r"(?:\s+(?:for|on|about|available|regarding|from)\b(?:(?!\b(?:is|was|are|were|and|but|which)\b)[^.;:,()\n]){0,80})?"
)
_IS = r"(?:\b|(?=\d))\s*(?:[:=]|,(?=\s*(?:low|very|moderate|high)\b)|\b(?:of|is|was|as)\b)?\s*"

# Tried in this order at every place of the text; the first that fits is taken.
_MARKS: Final = re.compile(
    # A mark begins a word or is a sign: other places need not be tried.
    "(?:(?<!\\w)|(?=[⊕⨁⇑⇔⇓✓]))(?:"
    + "|".join(
        (
            rf"(?P<circles>(?P<circles_a>{_CIRCLES})(?:\s*\(?(?P<circles_b>(?i:{_CERTAINTY}))\)?"
            r"(?=\s*(?:$|[,.;:)\]|\d]|(?i:due|because|certainty|quality)\b)))?)",
            rf"(?P<certainty>\b(?P<certainty_a>(?i:{_CERTAINTY}))[\s-]+(?i:certainty)(?i:\s+(?:of|in)(?:\s+the)?)?\s+(?i:evidence)\b)",
            rf"(?P<quality>\b(?P<quality_a>(?i:{_CERTAINTY}))[\s-]+(?i:quality)(?i:\s+(?:of|in)(?:\s+the)?)?\s+(?i:evidence)\b)",
            rf"(?P<rated>\b(?i:certainty|quality)\s+(?:of|in)\s+(?:the\s+)?(?i:evidence)(?:\s*\(GRADE\))?"
            rf"(?:\s*[:=,–]|{_ABOUT}\s+(?:is|was)\b)?\s*"
            rf"(?:(?:judged|rated|graded|assessed)\s+)?(?:(?:as|to be)\s+)?(?P<rated_a>(?i:{_CERTAINTY}))\b)",
            rf"(?P<stated>\b(?:(?i:certainty)|GRADE|(?i:quality))\s*[:=]\s*(?P<stated_a>(?i:{_CERTAINTY}))(?![\w-])(?:\s+(?i:certainty|quality)\b)?)",
            rf"(?P<short>\b(?P<short_a>(?i:{_CERTAINTY}))[\s-](?i:certainty|quality)\b)",
            rf"(?P<advice>\b(?P<advice_a>(?i:{_ADJECTIVE}|medium))\s+(?i:recommendation)(?:,?\s+(?P<advice_b>(?i:{_SIDE}))\b)?)",
            rf"(?P<advised>\b(?:(?i:strength(?:\s+of\s+(?:the\s+)?recommendation)?|recommendation(?:\s+strength)?)|SOR|SoR)"
            rf"(?:\s*[:=]\s*|\s+(?=\w+\s+(?:for|against)\b))"
            rf"(?P<advised_a>(?i:{_ADJECTIVE}|medium|panel consensus|consensus))\b"
            rf"(?:\s+(?P<advised_b>(?i:{_SIDE}))\b)?)",
            rf"(?P<side>\b(?P<side_a>(?i:{_ADJECTIVE}))\s+(?P<side_b>(?i:for|against))\b)",
            r"(?P<evidence>\b(?P<evidence_a>(?i:strong|moderate|weak))\s+(?i:evidence)\b)",
            rf"(?P<agreement>\b(?i:agreement|konsensstärke|konsens|consensus)(?:\s*[:=]|\s+of)?\s*(?P<agreement_a>{_PERCENT})|"
            rf"(?P<agreement_b>{_PERCENT})\s+(?i:agreement)\b)",
            r"(?P<silent>\b(?i:no recommendation)\b)",
            r"(?P<statement>(?<![\w])[\"'“‘]?I[\"'”’]?\s+(?i:statement)\b)",
            r"(?P<letter>\b(?:(?i:grade)\s+)?(?P<letter_a>[A-D])\s+(?i:recommendation)\b)",
            rf"(?P<grade>\b(?P<grade_k>(?i:grade\s+of\s+recommendation|recommendation\s+grade|empfehlungsgrad|recommendation\s+category|"
            rf"category\s+of\s+recommendation|strength\s+of\s+(?:the\s+)?recommendation|evidence\s+rating)|GoR|GOR|GR|SOR|SoR){_IS}(?P<grade_a>{_LETTER}))",
            rf"(?P<level>\b(?P<level_k>(?i:levels?\s+of\s+evidence|evidence\s+level|category\s+of\s+evidence|evidence\s+category|evidence\s+type|"
            rf"evidenz(?:grad|level|klasse))|LOE|LoE|LE|EL){_IS}(?:(?i:level)\s+)?(?P<level_a>{_LEVEL}))",
            rf"(?P<of_evidence>\b(?P<of_evidence_k>(?i:level|category))\s+(?P<of_evidence_a>{_LEVEL})\s+(?i:evidence)\b)",
            rf"(?P<class>\b(?P<class_k>(?i:class\s+of\s+recommendation|recommendation\s+class)|COR){_IS}(?P<class_a>{_CLASS}))",
            rf"(?P<weak_class>\b(?P<weak_class_k>(?i:class)){_IS}(?P<weak_class_a>{_CLASS})(?P<weak_class_r>\s+(?i:recommendation)\b)?)",
            rf"(?P<weak_level>\b(?P<weak_level_k>(?i:level|category)){_IS}(?P<weak_level_a>{_LEVEL}))",
            rf"(?P<weak_grade>\b(?P<weak_grade_k>(?i:grade|strength)){_IS}(?P<weak_grade_a>{_LETTER}))",
            r"(?P<point>\b(?i:good[- ]practice point)\b|✓)",
            r"(?P<arrow>⇑⇑|⇑|⇔|⇓⇓|⇓)",
            rf"(?P<bare_percent>{_PERCENT})",
            rf"(?P<bare>(?<![\w.,+])(?:{_LEVEL}|{_LETTER}))",
        )
    )
    + ")"
)
# What any notation has: without one of these a text need not be searched.
_SIGNAL: Final = re.compile(
    r"(?i:certainty|quality|recommend|evidence|evidenz|empfehlung|grade|class|level|category|strength|statement|strong|"
    r"weak|conditional|agreement|practice point|experten)|COR|LOE|LoE|GOR|GoR|SOR|SoR|[⊕⨁⇑⇔⇓✓]|\bE[LK]|"
    r"[(\[]\s*(?:[0-5A-DIV]|GPP|EK)"
)
_SHORT: Final = 40  # a text that may be a notation and nothing else
_FIRM: Final = frozenset({"circles", "certainty", "rated", "advised", "grade", "level", "of_evidence", "class"})
_KINDS: Final[dict[str, Kind]] = {
    "circles": "certainty",
    "certainty": "certainty",
    "quality": "certainty",
    "rated": "certainty",
    "stated": "certainty",
    "short": "certainty",
    "advice": "strength",
    "advised": "strength",
    "side": "strength",
    "evidence": "evidence",
    "agreement": "agreement",
    "silent": "silent",
    "statement": "grade",
    "letter": "grade",
    "grade": "grade",
    "level": "level",
    "of_evidence": "level",
    "class": "class",
    "weak_class": "class",
    "weak_level": "level",
    "weak_grade": "grade",
    "point": "grade",
    "arrow": "strength",
    "bare_percent": "agreement",
    "bare": "bare",
}
_RANGE_BEFORE = re.compile(
    r"(?:low|moderate|high)[\s-]+(?:to|or|and|and/or)[\s-]+(?:very\s+)?$|(?:low|moderate|high)\s?[-–/]\s?$", re.I
)
_RANGE_AFTER = re.compile(rf"\s*(?:[-–/,]|to|or|and)\s*{_CERTAINTY}\b", re.I)


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
        yield Mark(kind, value, match.start(), match.end(), name in _FIRM or bool(groups["weak_class_r"]), keyword)


def _value(name: str, match: re.Match[str]) -> str:
    groups = match.groupdict()
    if name == "circles":
        shown, said = _counted(groups["circles_a"]), groups["circles_b"]
        return shown if said is None or spelled("certainty", said) == shown else ""
    if name == "statement":
        return "I"
    raw = groups.get(f"{name}_a") or groups.get("agreement_b" if name == "agreement" else "") or match.group()
    value = spelled(_KINDS[name], raw)
    side = groups.get(f"{name}_b") if name in ("advice", "advised", "side") else None
    if side:
        value += " against" if side.lower() == "against" else " for"
    return value


def _counted(circles: str) -> str:
    """Return the certainty that a row of four circles shows, by the number of filled ones."""
    return ("very low", "low", "moderate", "high")[sum(character in "⊕⨁" for character in circles) - 1]


def spelled(kind: Kind, raw: str) -> str:
    """Return a printed value in the spelling of ``fmqa.grades.systems``.

    >>> spelled("class", "III (Harm)"), spelled("level", "1−"), spelled("agreement", "71 – 73 %")
    ('III: harm', '1-', '71-73')
    """
    raw = " ".join(raw.split())
    if kind == "agreement":
        return re.sub(r"[^\d-]", "", raw.replace("–", "-"))
    if kind == "class" and (outcome := re.match(r"(III|3)\W+(harm|no benefit)", raw, re.I)):
        return f"{outcome.group(1)}: {outcome.group(2).lower()}"
    letter = raw.isupper() and len(raw) <= 3  # EULAR 2004 calls its letters strength
    if kind in ("certainty", "evidence", "silent") or (kind == "strength" and not letter):
        return re.sub(r"(?<=low)-(?=to\b)|(?<=moderate)-(?=to\b)|(?<=to)-|(?<=very)-(?=low)", " ", raw.lower())
    if re.fullmatch(r"[12][−–]", raw):
        return raw[0] + "-"
    return raw


# --- wording that is itself the grade ---------------------------------------------------------------------------------

_NEGATIVE = r"do not (?:offer|initiate|use|start)|must not"
_NICE_VERB = rf"(?:{_NEGATIVE}|offer|consider|refer|advise)"
NICE_OPENING = re.compile(
    rf"(?:^|\n|[.:;]\s)[\s•*–-]*(?:\d+(?:\.\d+)+\s+)?(?P<lead>(?:For|In|If|When|Where|Before|After|As|To|With)\b[^.;:\n]*?,\s)?"
    rf"(?P<verb>(?i:{_NICE_VERB}))\b(?!-)(?!\s+to\s+(?!an?\b|secondary|specialist|hospital)|\s+(?:the\s+)?(?:data|trials?|table|"
    rf"figure|box|appendix)\b|\s+(?:that|now|the following|for example)\b)"
)
NICE_SECOND = re.compile(r"\band (?P<verb>offer|consider|refer|advise)\b(?!-)")
NICE_NAMED = re.compile(
    rf"\bNICE(?:\s+(?:NG|CG)\d+|\s+guidelines?|\s+\(?\d{{4}}\)?|\s+recommends|\s+wording)*\s*:\s*[\"“'‘]?(?P<verb>(?i:{_NICE_VERB}))\b"
)
BRACKETED_WORD = re.compile(r"(?:^|[(\[])\s*(?:wording:\s*)?(?P<verb>[\w ]+?)\s*(?:$|[)\]])")


# --- tables -----------------------------------------------------------------------------------------------------------

_TAIL = r"(?:\s*[,(\[%/ᵃᵇᶜ*†‡].*|\s*[a-c])?$"
_ORGANISATION = r"(?:(?:USPSTF|SIGN|EULAR|NICE|AWMF|ESC|SORT|GRADE|Oxford|CEBM|OCEBM|ACC/AHA)(?: \d{4})? )?"
_HEADER_WORDS: Final[dict[Kind, str]] = {
    "certainty": r"(?:overall )?(?:certainty|quality) of (?:the )?evidence|certainty|(?-i:GRADE)",
    "level": (
        r"levels?(?: of evidence)?|evidence levels?|LOE|LE|EL|category of evidence|evidence category|evidence type"
        r"|evidenz(?:grad|level|klasse)|evidence"
    ),
    "agreement": r"(?:level of )?agreement|consensus|konsens(?:stärke)?",
    "strength": r"strength(?: of (?:the )?recommendations?)?|recommendation strength|SOR",
    "grade": (
        r"grade(?: of recommendations?)?|GOR|GR|(?:empfehlungs)?grad|recommendation (?:grade|category)"
        r"|category of recommendations?|evidence rating"
    ),
    "category": r"category",
    "class": r"COR|class(?: of recommendations?)?",
}
_HEADERS: Final = {
    kind: re.compile(rf"{_ORGANISATION}(?:{words}){_TAIL}", re.I) for kind, words in _HEADER_WORDS.items()
}
_CELLS: Final[dict[Kind, re.Pattern[str]]] = {
    "certainty": re.compile(
        rf"(?P<circles>{_CIRCLES})?\s*\(?(?P<word>(?i:{_CERTAINTY}))?\)?(?i:\s+(?:certainty|quality))?"
    ),
    "level": re.compile(_LEVEL),
    "category": re.compile(_LEVEL),
    "agreement": re.compile(r"\d{1,3}(?:\s?[-–]\s?\d{1,3})?\s?%?"),
    "strength": re.compile(rf"(?:(?i:{_ADJECTIVE}|medium|panel consensus|consensus)(?: (?i:for|against))?|{_LETTER})"),
    "grade": re.compile(_LETTER),
    "class": re.compile(_CLASS),
}


def header_kind(header: str) -> Kind | None:
    """Return what a column of this header holds; None if it holds no part of a grade."""
    header = " ".join(header.split())
    return next((kind for kind, pattern in _HEADERS.items() if pattern.match(header)), None)


def cell_mark(kind: Kind, header: str, text: str, start: int, end: int) -> Mark | None:
    """Return the mark that fills a cell ``text[start:end]`` of a column; None if something else stands there."""
    match = _CELLS[kind].fullmatch(text, start, end)
    if match is None and kind == "certainty":  # some tables call the level of a study its quality
        kind = "level"
        match = _CELLS[kind].fullmatch(text, start, end)
    if match is None or not match.group():
        return None
    value = spelled(kind, match.group())
    if kind == "certainty":
        circles, word = match.group("circles"), match.group("word")
        shown = circles and _counted(circles)
        said = word and spelled(kind, word)
        if shown and said and shown != said:
            return None
        value = shown or said or ""
    return Mark(kind, value, start, end, firm=True, keyword=" ".join(header.lower().split())) if value else None


def row_cells(text: str, columns: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """Yield column number, start of the cell with its header, and start and end of its value."""
    separator = "\t" if "\t" in text else "|" if "|" in text else None
    if separator is not None:
        position = len(text) - len(text.lstrip(" |")) if separator == "|" else 0
        for number, cell in enumerate(text[position:].split(separator)):
            start = position + len(cell) - len(cell.lstrip())
            if number < len(columns):
                yield number, start, start, max(start, position + len(cell.rstrip()))
            position += len(cell) + 1
        return
    starts: list[tuple[int, int, int]] = []
    position = 0
    for number, header in enumerate(columns):
        words = " ".join(header.split())
        label = re.compile(rf"(?:^|(?<=; )){re.escape(words)}: ") if words else None
        match = label.search(text, position) if label else None
        if match:
            starts.append((number, match.start(), match.end()))
            position = match.end()
    for index, (number, start, value) in enumerate(starts):
        end = starts[index + 1][1] if index + 1 < len(starts) else len(text)
        yield number, start, value, value + len(text[value:end].rstrip().rstrip(";."))
