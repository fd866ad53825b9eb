"""Looks at what stands around words in a text, to decide whether they are a notation and which way the advice goes.

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
_EVIDENCE_OF = re.compile(r"\b[Ee]vidence\b[^.;\n]*\b(?:of|as)\s+$")
_DENIED = re.compile(
    r"\b(?:no|not an?|without an?|cannot make an?|lack of|absence of|need for|more|insufficient|any|rather than an?|"
    r"whether|if|provide|close to|need|requires?)\s+$",
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
_NEGATIVE = re.compile(r"\b(?:not|no|never|against|avoid(?:ed)?|contraindicated|nicht|kein\w*|verzichtet)\b", re.I)
# What a panel says of a treatment: for it, or with a negation against it.
_VERB = re.compile(
    r"\b(?P<against>(?:recommend|suggest|advis)\w*\s+against|advice\s+against"
    r"|(?:do|does|did|should|must|shall)\s+not\s+(?:be\s+)?(?:routinely\s+)?\w+"
    r"|not\s+(?:be\s+)?(?:recommended|suggested|advised|offered|used|given)|contraindicated)\b"
    r"|\b(?P<data>(?:evidence|data|results?|findings?|stud(?:y|ies)|trials?|reviews?)\s+(?:\w+ly\s+)?suggest\w*)\b"
    r"|\b(?:recommends?|recommended|suggests?|suggested|advises?|advised|should)\b",
    re.I,
)
# Words with which neither the verb nor its negation says which way the advice on a treatment goes.
_TURNED = re.compile(
    r"\b(?:stop\w*|discontinu\w*|withdr\w*|withh\w*|ceas\w*|taper\w*|delay\w*|defer\w*|limit\w*|reduc\w*|restrict\w*|"
    r"rather than|instead of|only|unless|except|either|whether|without|caution\w*)\b",
    re.I,
)
# What people are not or have not says nothing of what they are advised.
_OF_PEOPLE = re.compile(
    r"\b(?:who|that|which)\s+(?:have|has|had|are|were|is|do|did)\s+(?:no|not)\b|\bwith\s+no\b", re.I
)
_GIVEN = re.compile(
    r"(?:\b(?:made|makes|gave|gives|issued|issues|is|was|as|received|receives)\s+an?\s+"
    r"|\b(?:led|prompted|decided|agreed)\b[^.;\n]{0,60}\bto\s+(?:make|issue|give)\s+an?\s+)$",
    re.I,
)
_GRADED = re.compile(
    r"\b(?:recommendation\b[^.;\n]*\b(?:is|was|as)|is\s+given|receives?|received)\s+(?:an?\s+)?(?:recommendation\s+)?$",
    re.I,
)
_ARTICLE = re.compile(r"\ban?\s+$", re.I)
_OR_NOT = re.compile(r"\s+or\s+(?:against|for)\b", re.I)
_ISSUED = re.compile(r"\s+(?:is|was|has been)\s+(?:given|made|issued)\b", re.I)
_OF_ESTIMATE = re.compile(
    r"\s+(?:for|due to|because|owing to|in\s+(?:the\s+)?(?:\w+\s+)?(?:estimates?|effects?|results?))\b", re.I
)
_WITH = re.compile(r"\bwith\s+$", re.I)
_ADVISES = re.compile(
    r"\b(?:recommend\w*|suggest\w*|advis\w+|should|must|do not|does not|refer|offer|avoid|give|use|can be|may be"
    r"|consider|considered)\b",
    re.I,
)
_CONDITION = re.compile(
    r"(?:,?\s+based on (?:expert|panel|group) (?:consensus|opinion))?"
    r"(?:\s*\((?:where|when|if|only|in|for|unless|except)\b[^()\n]{3,120}\))?"
    r"(?:,?\s+or (?:based on )?expert consensus(?:\s*\((?:where|when|if|only|in|for)\b[^()\n]{3,120}\))?)?"
)


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


def is_defined(text: str, start: int, end: int) -> bool:
    """Whether the words after explain a value instead of using it: ``Level A: data from …``."""
    return bool(_DEFINITION.match(text, end)) and not _ARTICLE.search(few_before(text, start))


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
    """Return the beginning of the sentence that leads up to an offset, from an earlier notation on.

    What stands in brackets behind a full stop is of the sentence before it.
    """
    before = text[max(since, start - 400) : start]
    opened = re.search(r"[.!?]\s*[(\[]\s*$", before)
    return _SENTENCE_BREAK.split(before[: opened.start()] if opened else before)[-1]


def line_after(text: str, end: int) -> str:
    """Return the rest of the line, no more than a long sentence of it."""
    return text[end : end + 400].split("\n", maxsplit=1)[0]


def sentence_after(text: str, end: int) -> str:
    """Return the sentence that a notation leads to: what follows it and the punctuation behind it."""
    after = re.sub(r"^[\s.:;,)\]–—-]+", "", text[end : end + 400])
    return _SENTENCE_BREAK.split(after, maxsplit=1)[0]


def direction_said(advice: str) -> Direction | None:
    """Return which way an advice goes by its verbs; None if they do not agree, or if anything turns them round.

    >>> direction_said("We recommend against opioids")
    <Direction.AGAINST: 'against'>
    >>> direction_said("Screening is suggested"), direction_said("Opioids should not be stopped")
    (<Direction.FOR: 'for'>, None)
    """
    advice = _OF_PEOPLE.sub(" ", advice)
    verbs = [match for match in _VERB.finditer(advice) if match["data"] is None]
    if not verbs or _TURNED.search(advice):
        return None
    against = {match["against"] is not None for match in verbs}
    if against == {True}:
        return Direction.AGAINST
    return None if True in against or is_negative(advice) else Direction.FOR


def is_negative(advice: str) -> bool:
    """Whether an advice holds a word of negation, so that it may not be taken for one in favour."""
    return bool(_NEGATIVE.search(_OF_PEOPLE.sub(" ", advice)))


def follows_article(text: str, start: int) -> bool:
    """Whether "a" leads to the words."""
    return bool(_ARTICLE.search(few_before(text, start)))


def is_given(text: str, start: int, end: int) -> bool:
    """Whether a strength is told as one that a panel gave: "made a strong recommendation"."""
    before = few_before(text, start)
    sided = text[start:end].lower().endswith((" for", " against")) and not _OR_NOT.match(text, end)
    return bool(_GIVEN.search(before) or _ISSUED.search(text[start : end + 20]) or (sided and _ARTICLE.search(before)))


def is_graded(text: str, start: int) -> bool:
    """Whether the words before say that a recommendation is graded: "the recommendation is a"."""
    return bool(_GRADED.search("…" + text[max(0, start - 200) : start]))


def is_of_estimate(text: str, start: int, end: int) -> bool:
    """Whether a certainty is told of an estimate: "low certainty due to …", but not "with certainty that"."""
    return bool(_OF_ESTIMATE.match(text, end)) and not _WITH.search(few_before(text, start))


def advises(advice: str) -> bool:
    """Whether a sentence holds a word of advice."""
    return bool(_ADVISES.search(advice))


def with_condition(text: str, end: int) -> int:
    """Return where a notation ends with what limits it: "(where there was research), or expert consensus"."""
    match = _CONDITION.match(text, end)
    return match.end() if match else end
