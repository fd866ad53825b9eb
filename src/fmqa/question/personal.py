"""Decides whether somebody asks what they themselves, or a person in their care, should take or change.

Such a question is answered with general facts and a notice that they are no instruction. A wrong "yes" costs one
sentence; a wrong "no" may harm somebody. Where the words leave it open, a question is therefore taken as personal.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from fmqa.types import Intent

# What a person does with a medicine of their own.
_CHANGE: Final = (
    r"(?:take|try|use|have (?:one|two|some|another|any)|drink|wait|swallow|start|begin|restart|resume|stop|quit|drop"
    r"|ditch|continue|keep|stay|go|come off|be off|get off|wean|taper|titrate|increase|raise|up|double|triple|lower"
    r"|reduce|decrease|halve|half|cut|split|skip|miss|switch|swap|change|replace|add|combine|mix|give|leave out"
    r"|put up|put down|move up|step up|adjust)"
)
_SELF: Final = (
    r"(?:i|we|he|she|my (?:mum|mom|mother|dad|father|nan|gran|grandmother|grandfather|husband|wife|partner|son"
    r"|daughter|child|kid|sister|brother|friend))"
)
_ASKED: Final = r"(?:should|shall|can|could|may|might|must|do|would|ought|need)"
_HOW_MUCH: Final = r"(?:how (?:much(?! better)|many|often|long)|(?:what|which) (?:dose|dosage|amount|strength)|when)"
_THINGS: Final = (
    r"(?:dose|dosage|tablets?|pills?|capsules?|drops|meds?|medicines?|medications?|prescription|titration"
    r"|script|refill|antidepressants?|painkillers?)"
)
_AMOUNT: Final = (
    r"(?:one|two|three|four|half|both|double|twice|extra|another|more|less|fewer|a (?:bit|little|dose|tablet|pill"
    r"|capsule|whole)|the (?:second|next|other|whole)|\d+(?:\.\d+)? ?(?:mg|milligrams?|tablets?|pills?|capsules?)|all)"
)
# "should I just halve it", "do I have to stop my LDN", "can my mum take", "I'm thinking of coming off it"
_ASKS_FOR_SELF: Final = re.compile(
    rf"\b{_ASKED}(?:n['’]?t)? {_SELF} (?:[a-z]+ ){{0,3}}?{_CHANGE}\b"
    rf"|\b{_SELF} (?:should|ought to|need to|have to|must|may|can|could) (?:[a-z]+ ){{0,2}}?{_CHANGE}\b(?=.*\?)"
    rf"|\b{_HOW_MUCH}\b[^?.]{{0,60}}\b(?:i|me|my|we|he|she|mum|mom|dad|husband|wife|daughter|son)\b"
    r"|\bi(?:['’]?ll| will|['’]?m (?:going|planning|tempted|about) to| (?:am|was) (?:going|planning|tempted|about) to"
    rf"| want to| wanted to|['’]?d like to| would like to| plan to) (?:[a-z]+ ){{0,2}}?{_CHANGE}\b"
    r"|\bi(?:['’]?m| am|['’]?ve been| was) (?:thinking (?:of|about)|considering)\b"
    rf"|\b(?:for (?:me|myself)|my (?:own |usual |next |evening |morning |nightly )?{_THINGS})\b"
    rf"|\b(?:what|which)\b[^?.]{{0,40}}\b(?:should|do) i (?:be )?(?:tak|start|us)"
    rf"|\bif {_SELF} (?:just |also )?(?:took|tried|stopped|started|doubled|halved|skipped|missed|added|{_CHANGE})\b"
    r"|\bif you were me\b|\bin my (?:case|place|shoes|situation)\b",
    re.IGNORECASE,
)
# Without a person, as it is typed in haste: "ok to take two tonight?", "safe to double it?", "just stop?"
_IMPERSONAL: Final = re.compile(
    rf"\b(?:ok(?:ay)?|alright|all right|fine|safe|bad|better|wise|time|possible|best|too (?:much|soon|early|late))"
    rf"(?: (?:for me|if i|just|then|now|simply))* (?:to )?(?:just |simply |suddenly )?{_CHANGE}\b[^?.]{{0,40}}"
    rf"\b(?:tonight|today|tomorrow|now|it|them|my|mine|hers|his|{_AMOUNT})\b"
    rf"|^(?:(?:so|and|or|then|ok(?:ay)?|please|just|simply),? )*(?:just |simply )?"
    r"(?:stop|quit|double|halve|skip|increase|raise|lower|reduce|taper|restart|continue|keep taking|come off|take"
    rf"|go up|go down) (?:it|them|this|that|my|{_AMOUNT}|the (?:dose|tablets?|pills?|capsules?)|cold turkey|now)\b"
    r"[^.]{0,40}\?"
    rf"|\b(?:take|taking|swallow|have) {_AMOUNT}(?: of (?:it|them|these|those))? "
    r"(?:tonight|today|tomorrow|now|at once)\b"
    r"|\b(?:give|tell|make|write|work out|calculate) me (?:an? |the |my |what |how )",
    re.IGNORECASE,
)
# A clinician's "could I add …?" is about a patient, unless somebody's own illness or medicine is spoken of.
_CLINICIAN: Final = re.compile(
    rf"\b(?:myself|for me|my (?:own|usual|next) {_THINGS}|my own {_THINGS}|my {_THINGS})\b"
    r"|\b(?:should|can|could|may|must|shall|do) i (?:(?:just|also|now|safely) )?"
    r"(?:take(?! (?:an? |the )?(?:history|look|sample|patient))|skip|halve|double (?:it|up|my)|stop taking|come off)\b"
    rf"|\b(?:take|taking|swallow) {_AMOUNT} (?:tonight|today|tomorrow|now)\b",
    re.IGNORECASE,
)
# Before the name of a treatment or an illness: "I'm on …", "I have had …".
_OWN: Final = re.compile(
    r"\bi(?:['’]?m| am|['’]?ve been| have been)? (?:currently |already |still )?(?:tak(?:e|ing)|on|prescribed|have|had"
    r"|got) (?:low[- ]dose )?$",
    re.IGNORECASE,
)
# What is done for who asks is no medicine for them: "compare A and B for me".
_ORDER: Final = re.compile(
    r"^\W*(?:(?:please|can you|could you|would you) )*"
    r"(?:compare|summari[sz]e|list|explain|pool|show|find|look up|check|quote|describe)\b[^.?]*?(?P<whom>\bfor me\b)",
    re.IGNORECASE,
)
_ON_REGIMEN: Final = re.compile(
    r"\b(?:dos(?:e|es|age|ing)|\d+(?:\.\d+)? ?mg|start|begin|restart|resume|stop|stopping|quit|ditch|continue"
    r"|come off|coming off|wean|taper|titrat\w*|increase|raise|double|triple|lower|reduce|halve|skip|miss|switch|swap"
    r"|add|take|taking|try|tablets?|pills?|capsules?|how (?:much|many|often|long))\b",
    re.IGNORECASE,
)


def asks_for_self(question: str, *, clinician: bool = False, named: Iterable[int] = ()) -> bool:
    """Return whether somebody asks what they themselves, or a person they care for, should take or do.

    Args:
        question: What is asked.
        clinician: Whether a clinician asks; "could I add …?" is then about a patient.
        named: Where the names of treatments and illnesses begin in it.

    >>> [asks_for_self(text) for text in ("Can I double it?", "ok to take two tonight?", "What is the maximum dose?")]
    [True, True, False]
    >>> asks_for_self("Could I add duloxetine for this woman?", clinician=True)
    False
    >>> asks_for_self("Compare FINAL and INNOVA for me: dose and result")
    False
    """
    if (order := _ORDER.match(question)) is not None:
        question = question[: order.start("whom")] + question[order.end("whom") :]
    if clinician:
        return bool(_CLINICIAN.search(question)) or any(_OWN.search(question[:start]) for start in named)
    return bool(_ASKS_FOR_SELF.search(question) or _IMPERSONAL.search(question))


def on_regimen(question: str) -> bool:
    """Return whether a personal question is about taking a medicine: which, how much, how long, or no longer.

    >>> [on_regimen(text) for text in ("Should I just stop?", "Is yoga right for me?")]
    [True, False]
    """
    return bool(_ON_REGIMEN.search(question))


def asks_own_regimen(text: str, intents: Sequence[Intent], *, personal: bool) -> bool:
    """Return whether a query asks what somebody should take or change, and not only what is good for them."""
    return personal and (Intent.DOSE in intents or on_regimen(text))
