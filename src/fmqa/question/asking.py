"""Reads once what the wording of a question asks for, into the record ``Asks``.

Every later stage uses the record and does not look at the words again. The patterns are about the grammar of English
questions and know no disease.
"""

import re
from typing import Final

from fmqa.text import figures, statistics
from fmqa.text.words import subject_words
from fmqa.types import Asks


def _any(*cues: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(cues) + r")\b", re.IGNORECASE)


_GRADE: Final = _any(
    r"(?:evidence )?levels?(?: of evidence)?",
    r"grades?",
    r"(?:(?:strength|certainty|quality)(?:,? (?:and|or) )?)+ of (?:the |this |that )?(?:recommendations?|evidence)",
    r"how (?:sure|certain|strong(?:ly)?)",
)
_LETTER: Final = _any("letters?", "grade [A-D]")
_NUMBER: Final = re.compile(
    r"\bhow (?:many|much|large|big|often|common|high|old|long|far|frequent|soon|quickly)\b|\bper ?cent(?:age)?\b|%"
    r"|\b(?:numbers?|figures?|share|proportion|rates?|ratio|size|score|difference|average|mean|median|estimate"
    r"|confidence interval|ci|interval|sensitivity|specificity|half-life|incidence|frequency|duration|nnt|nnh|prices?"
    r"|costs?|age|dos(?:e|es|ing|age)|mg|milligrams?|kilos|what (?:amount|strength|year))\b",
    re.IGNORECASE,
)
_RESULT: Final = _any(
    *("compared?", "versus", "vs", "effects?", "effective", "efficacy", "change", "improve", "reduce", "increase"),
    *("decrease", "help", "work", "better", "lower", "raise", "affect", "influence", "results?", "outcomes?", "find"),
    "found",
)
_ORDINAL: Final = _any("first", "second", "third", "next", "last")
_REASON: Final = _any("why(?:['’]?s)?", "how come", "what explains", r"reasons? (?:for|why)")
_FORBIDDEN: Final = re.compile(
    r"\b(?:must|should|may|can|could|shall|is|are|do|does)(?: \w+){0,3}? (?:not|never)\b"
    r"|\b(?:must|should|can|could)n['’]?t\b"
    r"|\bcontra-?indicat\w+|\bavoid(?:ed)?\b|\bforbidden\b",
    re.IGNORECASE,
)
_NO_AMOUNT: Final = frozenset({"%", "people", "women", "men", "patients", "participants", "trials", "studies", "rcts"})
_LIST: Final = re.compile(
    r"\b(?:list|name|which (?:\w+ )?(?:drugs?|medicines?|treatments?|trials?|studies|guidelines|things|options?|ones"
    r"|side effects|symptoms)|what (?:are|were) (?:the|all|my|some)?|what other|what else|all (?:the )?\w+s)\b",
    re.IGNORECASE,
)
_COMPARES: Final = re.compile(
    r"\b(?:compar\w+|versus|vs\.?|better (?:than|or)|or\b.{0,40}\b(?:better|best|safer|stronger|first)|rather than"
    r"|difference between|which (?:one |of (?:them|these|the two) )?(?:is|has|have|gives?|causes?|works?|does) "
    r"(?:the )?(?:better|best|safer|safest|less|least|fewer|fewest|more|most|worse|worst|stronger|strongest))\b"
    r"|\bbetter\b.{0,40}\bor\b",
    re.IGNORECASE,
)
_AUXILIARY: Final = re.compile(
    r"^(?:(?:so|and|but|or|then|ok(?:ay)?|well|hi|hello|also|please|just|still|now|doctor|doc|wait|no|yes)[,:]? )*"
    r"(?:is|are|was|were|am|do|does|did|can|could|should|shall|would|will|may|might|must|has|have|had|any|safe|ok(?:ay)?"
    r"|isn['’]?t|aren['’]?t|doesn['’]?t|don['’]?t|didn['’]?t|can['’]?t|couldn['’]?t|shouldn['’]?t|won['’]?t)\b",
    re.IGNORECASE,
)
_TAG: Final = re.compile(
    r"(?:,| -) ?(?:is|are|was|were|do|does|did|can|could|should|would|will|has|have|right|correct|true)(?:n['’]?t)?"
    r"(?: (?:it|they|he|she|that|there))?\s*\?$",
    re.IGNORECASE,
)
_SECTIONS: Final = {
    name: _any(*cues)
    for name, cues in {
        "treatment": (r"treat\w*", r"manage\w*", r"therap\w+", "drugs?", "medicines?"),
        "prevention": (r"prevent\w*", r"avoid\w*", r"prophyla\w+"),
        "investigations": (r"investigat\w+", "tests?", r"examin\w+", r"diagnos(?:ed|e|is)"),
        "differential diagnosis": ("differential",),
        "features": ("features?", "symptoms?", "signs?", "presents?", "presentation"),
        "complications": ("complications?",),
        "causes": ("causes?", "caused", r"aetiolog\w+", r"etiolog\w+", "risk factors?"),
        "harms": ("side[- ]effects?", "adverse", "safe", "safety", "harms?"),
        "recommendations": (r"recommend\w*", r"suggest\w*", "guidelines?", r"advise\w*", "should"),
    }.items()
}


def asks_why(text: str) -> bool:
    """Return whether a question asks why something is so.

    >>> asks_why("how come the reviews disagree")
    True
    """
    return bool(_REASON.search(text))


def asks(text: str, *, own_regimen: bool) -> Asks:
    """Return what a standalone question asks for.

    Args:
        text: The question, made to stand alone.
        own_regimen: Whether somebody asks what they themselves should take or change; see ``question.personal``.

    >>> found = asks("Is it approved, and how many trials were there?", own_regimen=False)
    >>> (found.yes_no, found.number, found.reason)
    (True, True, False)
    """
    return Asks(
        grade=bool(_GRADE.search(text)),
        letter=bool(_LETTER.search(text)),
        number=bool(_NUMBER.search(text)),
        statistics=statistics.named(text),
        result=bool(_RESULT.search(text)),
        reason=asks_why(text),
        listing=bool(_LIST.search(text)),
        comparison=bool(_COMPARES.search(text)),
        yes_no=_is_yes_no(text),
        own_regimen=own_regimen,
        sections={name: found for name, cues in _SECTIONS.items() if (found := tuple(cues.findall(text.lower())))},
        numbers=tuple(figures.numbers(text)),
        amounts=tuple((q.value, q.unit) for q in figures.quantities(text) if q.unit and q.unit not in _NO_AMOUNT),
        forbidden=bool(_FORBIDDEN.search(text)),
        words=subject_words(text),
    )


def forms(text: str) -> list[tuple[int, int]]:
    """Return the spans of words that only say what kind of thing is asked for: side effects, a number, the first.

    >>> [text[a:b] for text in ("what are the side effects of rituximab?",) for a, b in forms(text)]
    ['side effects', 'effects']
    """
    every = (*_SECTIONS.values(), _NUMBER, _RESULT, _GRADE, _ORDINAL)
    return sorted(match.span() for form in every for match in form.finditer(text))


def _is_yes_no(text: str) -> bool:
    """Return whether a question can be answered by yes or no: it opens with a verb, or closes with a tag."""
    sentence = text.strip().split("— ")[-1]
    return bool(_AUXILIARY.search(sentence) or _TAG.search(sentence)) and not _COMPARES.search(sentence)
