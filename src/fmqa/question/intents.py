"""Recognises the intent of a question, and the words by which it refers to what was said before.

The cue lists are the grammar of follow-up questions in English. Each intent lists its strongest cues first.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from fmqa.types import Intent, Pack


def _any(*cues: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(cues) + r")", re.IGNORECASE)


# In the order in which they win where several match: the specific before the general.
_CUES: Final[tuple[tuple[Intent, re.Pattern[str]], ...]] = (
    (
        Intent.INTERACTION,
        _any(
            r"interact\w*",
            r"combin(?:e|ed|ing"
            r"|ation)\b",
            r"together with\b",
            r"on top of\b",
            r"clash\w*",
            r"mix(?:ed|ing)?\b",
            r"(?:safe|ok(?:ay)?|fine) (?:to (?:take|use|have|give) )?(?:it )?(?:together )?with\b",
            r"(?:take|taken|have|use|used|drink|eat|given|prescribe[d]?"
            r"|start(?:ed)?) (?:\S+ ){0,3}?(?:together )?(?:with|alongside) (?:my |the |an? )?(?!food"
            r"|meals|a clear|renal|kidney|liver|care)",
            r"add(?:ed|ing)?\s+\S+",
            r"at the same time\b",
            r"alongside\b",
            r"compatible\b",
        ),
    ),
    (
        Intent.DURATION,
        _any(
            r"how long\b",
            r"how many (?:days|weeks|months)\b",
            r"how soon\b",
            r"when (?:do|does|will"
            r"|should|would|can|could)\b",
            r"washout\b",
            r"wash-out\b",
            r"be off (?:it|them|the)\b",
            r"duration\b",
            r"how quickly\b",
        ),
    ),
    (
        Intent.DOSE,
        _any(
            r"dos(?:e|es|age|ages|ing|ed)\b",
            r"(?:doubl|halv)(?:e|es|ed|ing)\b",
            r"how much\b(?! (?:better|benefit|relief|effect|pain"
            r"|evidence|did|does|do\b|improvement))",
            r"how many (?:mg|milligrams|tablets"
            r"|pills)\b",
            r"\d+ ?mg\b",
            r"titrat\w*",
            r"mg\b",
            r"milligrams?\b",
            r"maximum\b",
            r"ceiling\b",
            r"start(?:ing)? (?:with"
            r"|at)\b",
            r"begin with\b",
            r"clearance of\b",
            r"adjust(?:ed|ment|ments"
            r"|ing)?\b",
            r"schedule\b",
            r"strengths?\b(?= (?:of tablet|tablet|available|come))",
        ),
    ),
    (
        Intent.MONITORING,
        _any(
            r"monitor\w*",
            r"blood tests?\b",
            r"check(?:ed|ing|s)? (?:for|before|during"
            r"|regularly)\b",
            r"watch(?:ed|ing)? (?:for|out)\b",
            r"look out for\b",
            r"follow[- ]up (?:visit|test|check)",
            r"(?:baseline|liver function"
            r"|lab\w*) tests?\b",
            r"keep an eye\b",
            r"when (?:to|should .{0,20}) stop\b",
        ),
    ),
    (
        Intent.MECHANISM,
        _any(
            r"mechanism\w*",
            r"how (?:does|do|is|might|would|could) .{0,40}(?:\bwork|\bact\b"
            r"|supposed to)",
            r"mode of action\b",
            r"why (?:does|would|might|should|do) .{0,40}(?:work"
            r"|help)\b",
            r"receptors?\b",
            r"half-life\b",
            r"pharmacolog\w*",
        ),
    ),
    (
        Intent.DIAGNOSIS,
        _any(
            r"criteri(?:a"
            r"|on)\b",
            r"(?<!newly )(?<!recently )(?<!just )(?<!been )diagnos\w*",
            r"cut-?offs?\b",
            r"excludes?\b",
            r"rule out\b",
            r"classif\w*",
        ),
    ),
    (
        Intent.COMPARISON,
        _any(
            r"versus\b",
            r"vs\.?(?=\s)",
            r"compar(?:e|ed|es|ing"
            r"|ison)\b",
            r"better than\b",
            r"worse than\b",
            r"stronger than\b",
            r"outranks?\b",
            r"difference between\b",
            r"which (?:is|one is|of (?:the|these|them) is)\b.{0,20}(?:better"
            r"|best|stronger|safer)",
            r"rather than\b",
            r"differ(?:s|ent)? from\b",
            r"conflict\w*",
            r"disagree\w*",
            r"contradict\w*",
            r"higher than\b",
        ),
    ),
    (
        Intent.GUIDELINE_POSITION,
        _any(
            r"guidelines?\b",
            r"recommend\w*",
            r"should (?:\S+ ){1,5}be (?:used|started|given|offered|prescribed|tried|avoided)\b",
            r"evidence levels?\b",
            r"levels? of evidence\b",
            r"grade[sd]?\b",
            r"strength of\b",
            r"how sure\b",
            r"how certain\b",
            r"position\b",
            r"(?:first|second"
            r"|third)[- ]line\b",
            r"line of treatment\b",
            r"advis(?:e[sd]?|ing)\b",
            r"agreement\b",
            r"endorse[sd]?\b",
            r"superseded\b",
            r"suggest(?:s|ed)?\b",
            r"allowed\b",
            r"still in (?:it"
            r"|there)\b",
            r"usually tr(?:y|ied)\b",
            r"tr(?:y"
            r"|ied) first\b",
            r"first choice\b",
            r"treatment options?\b",
            r"what treatments?\b",
            r"how is .{0,30}treated\b",
            r"best treatment\b",
        ),
    ),
    (
        Intent.SAFETY,
        _any(
            r"safe(?:ty|ly|r)?\b",
            r"(?:make|makes|made) .{0,20}(?:worse|sick|ill)\b",
            r"worsen\w*",
            r"side[- ]effects?\b",
            r"advers\w*",
            r"risks?\b",
            r"risky\b",
            r"harm(?:s"
            r"|ful)?\b",
            r"contra-?indicat\w*",
            r"warnings?\b",
            r"danger\w*",
            r"tolerat\w*",
            r"tolerab\w*",
            r"does (?:that|it"
            r"|this) matter\b",
            r"problem\w*\b(?= if| with| when"
            r"| for)",
            r"caution\w*",
            r"toxic\w*",
            r"cause[sd]?\b",
            r"avoid(?:ed)?\b",
            r"addict\w*",
            r"dependence\b",
            r"overdose\b",
            r"weight gain\b",
            r"quit\b",
            r"stop(?:ped)? (?:because"
            r"|for)\b",
            r"dropout\w*",
            r"dropped out\b",
            r"boxed\b",
            r"black box\b",
        ),
    ),
    (
        Intent.EFFICACY,
        _any(
            r"work(?:s|ed|ing)?\b",
            r"effective(?:ness"
            r"|ly)?\b",
            r"efficac\w*",
            r"benefi\w*",
            r"beats?\b",
            r"help(?:s|ed|ful"
            r"|ing)?\b",
            r"improv\w*",
            r"reduc\w*",
            r"reliev\w*",
            r"relief\b",
            r"any (?:good|use)\b",
            r"useful\b",
            r"worth (?:trying|it|a try)\b",
            r"rcts?\b",
            r"effects?\b",
            r"evidence\b",
            r"trials?\b",
            r"stud(?:y"
            r"|ies)\b",
            r"confidence intervals?\b",
            r"95 ?% ?ci\b",
            r"meta-?analys[ei]s\b",
            r"results?\b",
            r"nnt\w*\b",
            r"number needed\b",
            r"what (?:share|proportion"
            r"|percentage)\b",
            r"how many (?:people|patients|women|got|had)\b",
            r"outcomes?\b",
            r"p[- ]value\b",
            r"significan\w*",
            r"placebo\b",
            r"newer\b",
            r"more recent\b",
            r"latest\b",
            r"find\b",
            r"found\b",
            r"cures?\b",
            r"cured\b",
            r"responders?\b",
            r"how (?:big"
            r"|large|strong|well|good)\b",
            r"prove[nsd]?\b",
            r"proof\b",
            r"good (?:\S+ ){0,2}candidate\b",
            r"predict\w*",
            r"superior\w*",
            r"review(?:s"
            r"|ed)?\b",
        ),
    ),
    (
        Intent.DEFINITION,
        _any(
            r"what (?:is|are) (?:an? |the )?(?:\S+ ){0,4}\S+\?*$",
            r"what'?s (?:an? "
            r"|the )?\S+",
            r"what do(?:es)? .{0,60}\bmean\b",
            r"mean(?:ing)? of\b",
            r"defin\w*",
            r"stand(?:s)? for\b",
            r"explain\w*",
            r"how common\b",
            r"prevalen\w*",
            r"epidemiolog\w*",
        ),
    ),
)

WORD: Final = re.compile(r"[A-Za-z][\w'-]*")
_LOW_DOSE: Final = re.compile(r"\blow[- ]dose\b", re.IGNORECASE)  # part of a name, not a question about the dose
_TAG_QUESTION: Final = re.compile(
    r",?\s*(?:(?:does|is|was|has|did|do|are|were|would|could|can|should|wo)n['’]?t|right"
    r"|correct|or not)(?: (?:it|they|that|he|she))?\s*\?*\s*$",
    re.IGNORECASE,
)


Cues = Mapping[Intent, re.Pattern[str]]
"""Words of one medical field, beside the general ones, that ask for something."""
NO_CUES: Final[Cues] = MappingProxyType({})


def cues_of(pack: Pack) -> Cues:
    """Return the cues of a pack, made ready for search."""
    return _compiled(tuple(pack.cues.items()))


@lru_cache(maxsize=8)
def _compiled(listed: tuple[tuple[Intent, tuple[str, ...]], ...]) -> Cues:
    return {intent: _any(*map(_pattern, cues)) for intent, cues in listed if cues}


def _pattern(cue: str) -> str:
    """Return the pattern of a cue, whose closing * stands for any ending of its last word."""
    return re.escape(cue.removesuffix("*")) + (r"\w*" if cue.endswith("*") else r"\b")


def intents(question: str, of_field: Cues = NO_CUES) -> tuple[Intent, ...]:
    """Return what a question asks for, strongest first; empty where no cue is found.

    Args:
        question: What is asked.
        of_field: Cues of the pack, from ``cues_of``.

    >>> [str(i) for i in intents("What dose did the trial use, and was it safe?")]
    ['dose', 'safety', 'efficacy']
    """
    text = _LOW_DOSE.sub("", without_tag(question))
    found = [
        intent for intent, cues in _CUES if cues.search(text) or (intent in of_field and of_field[intent].search(text))
    ]
    if Intent.DEFINITION in found and len(found) > 1:  # "What is the dose?" asks for the dose
        found.remove(Intent.DEFINITION)
    return tuple(found)


def without_tag(question: str) -> str:
    """Return the question without a closing "doesn't it?", whose pronoun refers to nothing."""
    return _TAG_QUESTION.sub("?", question)
