"""Where words stand in a text: what decides whether they are a notation there, and which way the advice goes.

Each function takes the text and the span of the words in it, half-open in characters.
"""

import re

from fmqa.types import Direction

_FEW = 60
_LAST = re.compile(r"(?P<last>\S)\s*$")
_SPACE = re.compile(r"[\s.]*")
_LEFT_EDGE = re.compile(r"(?:^|[.:;,–—(\[|\n])[\s\"“*_•]*$")
_RIGHT_EDGE = re.compile(r"[\"”*_]*\s*(?:$|[.;,)\]|\n]|based on\b)")
_HEAD_END = re.compile(r"\s*(?:[:.]|$)")
_CLAUSE_END = re.compile(r"\s*(?:$|[)\]]\s*(?:$|[.,;:]))")
_EVIDENCE_OF = re.compile(r"\bevidence\b[^.;\n]*\b(?:of|as)\s+$")
_DENIED = re.compile(
    r"\b(?:no|not an?|without an?|cannot make an?|lack of|absence of|need for|more|insufficient|any|rather than an?|"
    r"whether|if|provide)\s+$",
    re.I,
)
_WANTED = re.compile(
    r"\s*(?::\s*(?:we|the true|further|our)\b|(?:is|are|was|were)?\s*"
    r"(?:lacking|needed|required|missing|absent|scarce)\b)",
    re.I,
)
_DEFINED = re.compile(
    # A certainty beside a strength that is not read with it is a range: half of the notation would mislead.
    r"\s*(?:(?:could|can|cannot|may|might|should|would|means?|implies|indicates?|refers?|is|are|was)\b"
    r"|[,;(]\s*(?:very[ -])?(?:low|moderate|high)\b)",
    re.I,
)
_DEFINITION = re.compile(
    r"\s*(?:[:=–—(-]\s*(?i:data|consensus|evidence|meta-|systematic|randomi[sz]ed|expert|at least|directly|case|cohort|"
    r"high[- ]|well[- ]conducted|non-?analytic)|(?:means|is defined|refers to)\b)"
)
# What GRADE says that its levels of certainty mean: the row of a key, and no grade.
_KEY = re.compile(
    r"\b(?:we (?:are|have) (?:very|moderately|little|limited|some)\b|our confidence in\b|(?:the )?true effect\b"
    r"|further research is\b)",
    re.I,
)
# Scales of disease, drugs, devices and places: near a level or class they say that it is one of theirs.
_OTHER_SCALES = re.compile(
    r"\b(?:NYHA|ASA|CCS|NCI|CTCAE|Killip|Child|Pugh|Fontaine|Gleason|obesity|obese|malocclusion|trauma|neonatal|gliomas?|"
    r"fractures?|toxicity|injur(?:y|ies)|hepatitis|vitamin|pregnancy|Ethikkommission)\b(?:[\s\-–]+\w+){0,4}\s*[(\[]?\s*$",
    re.I,
)
_OTHER_LABELS = re.compile(
    r"\b(?:WHO|table|fig|figure|box|appendix|stage|phase|type|factor|step|panel|group|arm|category)\.?[\s\-–]*[(\[]?\s*$",
    re.I,
)
_SENTENCE_BREAK = re.compile(r"[.!?]\s|\n")
_VERB = re.compile(r"\b(?:recommend\w*|suggest(?:s|ed|ion)?|advises?|advised)\b(?P<against>\s+against\b)?", re.I)
_NEGATIVE = re.compile(r"\b(?:not|no|never|against|avoid(?:ed)?|contraindicated|nicht|kein\w*|verzichtet)\b", re.I)


def fills(text: str, start: int, end: int) -> bool:
    """Whether the words fill brackets or the whole text."""
    before, after = _LAST.search(few_before(text, start)), _SPACE.match(text, end)
    first, last = before["last"] if before else "", text[after.end() : after.end() + 1] if after else ""
    return (first in ("(", "[") and last in (")", "]")) or not (first or last)


def has_edges(text: str, start: int, end: int) -> bool:
    """Whether the words fill what stands between two marks of punctuation."""
    return bool(_LEFT_EDGE.search(few_before(text, start)) and _RIGHT_EDGE.match(text, end))


def ends_line(text: str, end: int) -> bool:
    """Whether punctuation or the end of the text follows."""
    return bool(_RIGHT_EDGE.match(text, end))


def ends_clause(text: str, end: int) -> bool:
    """Whether the text, or brackets and with them the clause, end here."""
    return bool(_CLAUSE_END.match(text, end))


def opens(text: str, start: int) -> bool:
    """Whether nothing but white space stands before."""
    return not few_before(text, start).strip()


def heads(text: str, start: int, end: int) -> bool:
    """Whether the words open the text and a colon, a full stop or its end follows."""
    return opens(text, start) and bool(_HEAD_END.match(text, end))


def few_before(text: str, start: int) -> str:
    """Return the few characters before, led by a mark of their own where the text goes on before them."""
    return text[:start] if start <= _FEW else "…" + text[start - _FEW : start]


def on_other_scale(text: str, start: int) -> bool:
    """Whether the words before name another scale or label: NYHA, trauma centre, figure, stage."""
    before = few_before(text, start)
    return bool(_OTHER_SCALES.search(before) or _OTHER_LABELS.search(before))


def follows_evidence_of(text: str, start: int) -> bool:
    """Whether the words end a phrase such as "evidence … of"."""
    return bool(_EVIDENCE_OF.search(few_before(text, start)))


def explains_levels(text: str) -> bool:
    """Whether a table row says what a level means."""
    return bool(_KEY.search(text))


def is_defined(text: str, end: int) -> bool:
    """Whether the words after explain a value instead of using it: ``Level A: data from …``."""
    return bool(_DEFINITION.match(text, end))


def is_hypothetical(text: str, start: int, end: int, *, strength: bool) -> bool:
    """Whether evidence or a recommendation is denied, wished for or defined, not graded.

    Args:
        text: The text.
        start: Offset of the first character of the notation.
        end: Offset behind its last.
        strength: Whether only the strength of a recommendation is named, which a verb after it explains.
    """
    return bool(
        _DENIED.search(few_before(text, start)) or _WANTED.match(text, end) or (strength and _DEFINED.match(text, end))
    )


def abbreviates(value: str, before: str) -> bool:
    """Whether a value is the initials of the words before it: ``intense accelerations (Ia)``."""
    return "".join(word[0] for word in re.findall(r"\w+", before)[-3:]).lower().endswith(value.lower())


def sentence_before(text: str, start: int, since: int) -> str:
    """Return the beginning of the sentence that leads up to an offset, from an earlier notation on."""
    return _SENTENCE_BREAK.split(text[max(since, start - 400) : start])[-1]


def line_after(text: str, end: int) -> str:
    """Return the rest of the line, no more than a long sentence of it."""
    return text[end : end + 400].split("\n", maxsplit=1)[0]


def direction_said(advice: str) -> Direction | None:
    """Return AGAINST if the last verb of an advice is "recommend against" or kin; None if it is not."""
    verbs = list(_VERB.finditer(advice))
    return Direction.AGAINST if verbs and verbs[-1]["against"] else None


def is_negative(advice: str) -> bool:
    """Whether an advice holds a word of negation, so that it may not be taken for one in favour."""
    return bool(_NEGATIVE.search(advice))
