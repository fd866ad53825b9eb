"""Recognises how a question refers to what was said: words that refer back, return, correct or leave something out.

This module knows the words only; ``dialogue`` and ``subject`` find what they stand for. The lists are closed classes of
English: auxiliaries, determiners, pronouns, connectives, and the nouns and verbs of each class of referent.
"""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from fmqa.question.intents import without_tag


class Referent(StrEnum):
    """What sort of thing a word refers to."""

    THING = "thing"  # a treatment, or whatever else was last spoken of: "it", "that drug"
    DOCUMENT = "document"  # "that trial", "in it", "what did they find"
    MEASURE = "measure"  # "these scores"
    CLAUSE = "clause"  # what was said as a whole: "that idea", "does that matter"


class Reference(NamedTuple):
    """A word or phrase, ``question[start:end]``, that refers to something said before."""

    start: int
    end: int
    to: Referent


class Move(StrEnum):
    """What a question does in its conversation, where it says so."""

    ON = "goes on"
    BACK = "goes back"  # "back to exercise: …", "FIQ again, …"
    CORRECTS = "corrects"  # "no, I meant the 2008 one", "duloxetine, sorry"


class Turned(NamedTuple):
    """A question without the words that only say what it does."""

    move: Move
    text: str  # what is asked
    topic: str = ""  # what it goes back to
    instead_of: str = ""  # what is taken back: "the pain result, *not the design*"


def _re(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_DRUG_NOUN: Final = r"drug|medicine|medication|tablet|pill|treatment|combination"
_DOCUMENT_NOUN: Final = (
    r"trial|study|studie|review|meta-?analysis|paper|guideline|document|report|label|criteria|publication|author"
)
_MEASURE_NOUN: Final = r"score|scale|index|questionnaire"
# What may follow a pronoun but not a determiner: "that *is*", against "that *pain society guideline*".
_AUXILIARY: Final = (
    r"(?:is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|shall|should|may|might|must|cannot"
    r"|(?:is|are|was|were|do|does|did|has|have|had|ca|could|wo|would|should|must)n['’]?t)"
)
_AFTER_PRONOUN: Final = (
    rf"(?=\s*(?:$|[?.!,;:)–—]|-\s|['’])|\s+(?:{_AUXILIARY}|be|been|to|in|on|for|with|at|by|from|of|about|as|than|if|when"
    r"|while|and|or|but|so|too|also|still|then|really|actually|even|just|ever|not|all|work\w*|help\w*|mean\w*|cause\w*"
    r"|make\w*|cover\w*|appl(?:y|ies)|matter\w*|come\w*|compare\w*|differ\w*|safe|safely|what|because|how|why|true|right"
    r"|together|alongside|every|a|an|the|my|i|you|he|she|we|rate\w*|say\w*|instead|myself|now|again|before|after)\b)"
)
_PHRASE: Final = _re(
    rf"\b(?:that|this|these|those|(?:the )?same|the(?! (?:{_DRUG_NOUN}|{_DOCUMENT_NOUN})s\b))"
    r"\s+(?:(?:same|two|three)\s+)?"
    rf"(?:(?P<drug>{_DRUG_NOUN})|(?P<document>{_DOCUMENT_NOUN})|(?P<measure>{_MEASURE_NOUN}))s?\b"
    r"(?!\s+(?:of|on|in|with|about|for)\s+(?:\w+\s+)?#)"  # "that trial of LDN" says itself which one
)
_IDEA: Final = _re(
    r"\b(?:that|this) (?:idea|claim|finding|result|threshold|figure|number|statement|point|rule|schedule|plan|advice)\b"
    r"|\b(?:does|do|would|will|should|might) (?:that|this|it)"
    r" (?:matter|change|count|affect|exclude|make a difference)\b"
    r"|\bhow (?:sure|certain|confident|reliable|strong|firm) (?:is|was|are|were) (?:that|this|it|those|these)\b"
    r"|\b(?:that|this)['’]s\b"
    r"|\bis (?:that|this) (?:right|true|correct|what|because|why|how)\b"
    r"|\b(?:apply|use|mean|about|like) (?:that|this)\b(?=\s+to\b)"
)
_PRONOUN: Final = _re(
    rf"\b(?:it['’]s|its|it|they|their|there"
    rf"|(?:that|this|these|those|them|the same(?! as\b))\b{_AFTER_PRONOUN}|(?:that|this) one)\b"
)
_ILLNESS: Final = (
    r"(?:(?:have|has|had|having|diagnosed with|live with|lives with|living with|suffers? from) (?:this|it)"
    r"|(?:who|women|men|people|kids|children|girls|boys) (?:\w+ly )?(?:get|gets|got) (?:this|it)"
    r"|(?:will|does|do|can|could|would|is|might) (?:this|it) (?:\w+ly |just |ever |going to )?"
    r"(?:get (?:worse|better)|go away|come back|be cured|spread|progress|run in (?:the )?famil(?:y|ies))"
    r"|(?:could|can|might|may) (?:this|it) (?:still |also |really )?be (?:something|anything) else"
    r"|is (?:this|it) (?:all |just |really |even )*"
    r"(?:in (?:my|her|his|their|the) (?:head|mind)|curable|hereditary|genetic|inherited|contagious|progressive|real))"
)
"""An illness is had, gets worse and goes away, a treatment does not."""
_HAD: Final = _re(rf"\b{_ILLNESS}\b")
_NEXT: Final = _re(
    r"\bwhat(?:['’]s| is| else is)? (?:left|next|else|now)\b|\balternatives?\b"
    r"|\b(?:next|other|another|any other) (?:step|options?|line|treatment|drug|medicine)\b"
    r"|\bwhat (?:would|should|could|can|do|does) (?:\w+ ){1,2}(?:next|now|then|instead)\b"
)
_TRIED: Final = _re(
    r"\bfail(?:ed|s|ing)?\b|\b(?:did|does|do|has|have|is|are)(?:n['’]?t| not) (?:really )?(?:work|help|tolerat)\w*"
    r"|\bno (?:use|good|response|benefit|effect)\b|\bstopped working\b|\bnothing (?:has |else )?(?:work|help)\w*"
    r"|\bmade (?:me|her|him|them) \w+|\b(?:couldn['’]?t|could not|cannot|can['’]?t) tolerate\b|\balready tried\b"
)
_GIVEN_UP: Final = _re(
    r"\b(?:fail(?:ed|s|ing)?|tried|did(?:n['’]?t| not) respond to|no response to|intolerant (?:of|to)"
    r"|(?:couldn['’]?t|could not|cannot|can['’]?t) tolerate)(?: (?:on|both|already))?"
    r"(?: [\w-]+(?:,| and| or| \+|/)){0,3} ?$"
)
_RULES_OUT: Final = _re(
    r"\b(?:exclud(?:e|es|ed|ing)|rul(?:e|es|ed|ing) out|mistaken for|mimic\w*"
    r"|be (?:something|anything) else|tell (?:it )?apart from|differential)\b"
)
# "that" before a clause, "this" as "this disease": not a reference to what was said before.
_NO_REFERENCE: Final = _re(
    r"\b(?:(?:is|was) it (?:true that|possible|safe to|ok(?:ay)? to|better to|worth)|it (?:is|was) (?:true|said)"
    r"|(?:true|said|says|show|shows|shown|evidence|proof|mean|means|true|claim|claims|know|think"
    r"|sure) that|(?:people|those|patients|women|someone) with (?:this|it)|(?:is|are|was|were) there"
    rf"|{_ILLNESS}|on (?:its|their) own"
    r"|all (?:of )?(?:these|those|them|this)|so that|(?:the|a|an|any|no|which|only|first|other|second) ones?"
    r"|they (?:\w+ ){0,2}(?:give|gave|told|tell|put|offer(?:ed)?|prescribed?|start(?:ed)?|want(?:ed)?)"
    r"(?= (?:me|him|her|us|my)\b)"
    r"|one (?:can|could|should|may|rank)|(?:can|could|should|may|does|must) one|no one|one another)\b"
)
# What documents and their authors do, and what only a study has; a treatment does none of it.
_SAYS: Final = (
    r"(?:say|tell|find|found|report|recommend|advise|suggest|mention|state|conclude|rate|grade|include|exclude|enrol|publish"
    r"|show(?! up)|look at|measure|compare|cover|define|list|change|explain|base|recruit|randomi[sz]e|conduct|agree"
    r"|disagree|differ)(?:s|ed|d)?"
)
_OF_DOCUMENT: Final = _re(
    rf"\b{_AUXILIARY} (?P<a>it|they|that|this) (?:(?:also|really|actually|even|still|then) )?{_SAYS}\b"
    rf"|\b(?P<b>it|they|that|this) (?:(?:also|really|actually|even|still) )?(?:says|tells|found|reports|reported"
    r"|recommends|advises|gives|gave|rates|states|concludes|defines|lists|excluded|included|enrolled|recruited|showed|measured"
    r"|compared|studied|looked at)\b"
    r"|\b(?:still |also |even )?in (?P<c>it|there)\b|\bfrom (?P<d>there)\b|\b(?:did|have|had) (?P<e>they)\b"
    r"|\bhow (?:sure|certain|confident) (?:are|were) (?P<f>they)\b"
)
_STUDY_HAS: Final = _re(
    r"\b(?:placebo (?:arm|group)|control(?:led)? (?:arm|group)|arms\b|blind(?:ed|ing)?\b|randomi[sz]\w+|participants"
    r"|enrol\w*|sample|fund(?:ed|ing)|published|peer[- ]review\w*|primary (?:outcome|end-?point)"
    r"|how many (?:people|patients|women|men) (?:were|was|took part|did)|drop(?:ped)?[- ]?outs?)"
)
_PAST: Final = _re(r"^\W*(?:(?:and|so|but|ok) )?(?:did|was|were)\b|\b(?:did|was|were) (?:it|they)\b")
_CLAUSE_WORDS: Final = 3  # that a clause has at least
_OWN_CLAUSE: Final = re.compile(r"[,:;.?!–—]|\s-\s")

_LEAD_IN: Final = r"^\s*(?:(?:ok(?:ay)?|so|right|fine|well|hmm|ah|oh|thanks|thank you)[,. ]+)*"
_CONNECTIVE: Final = _re(
    _LEAD_IN + r"(?P<link>(?:and )?what about|(?:and )?how about|and|but|or|also"
    r"|same(?: (?:question|thing))?(?: (?:for|with))?|then|what if)\b[,:]?\s*"
)
_PREPOSITION: Final = _re(
    r"^(?:for|with|in|on|at|during|after|before|under|from|without|over|if|when|while)\b(?! (?:how|what|which|whom)\b)"
)
_SUBORDINATE: Final = _re(r"^(?:while|if|when|although|unless|until|before|after|because)\b(?![^?]*,)")
_ARTICLE: Final = _re(r"^(?:the|an?|my|our|same for|same)\s+")
_CLAUSE_VERB: Final = _re(rf"\b{_AUXILIARY}\b|\b(?:it|that|what|who|he|she|how|there)['’]s\b|\bI['’]m\b")
_WH: Final = _re(r"^\W*(?:what|which|who|whom|whose|when|where|why|how)\b")
_ORDER: Final = _re(
    r"^\W*(?:please )?(?:compare|explain|tell|list|describe|summari[sz]e|define|give|show|name|cite|contrast)\b"
)
_OPENS_ELLIPSIS: Final = _re(
    _LEAD_IN + r"(?:with|in|for|even|only|anything|because|by how much|since when|at what|for how long)\b"
)
_ONE_TERM: Final = _re(
    _LEAD_IN
    + r"(?:(?:and|but|or|any|much) )?(?:(?:\w+er|worse|(?:more|less) \w+) than|versus|vs\.?|compared? (?:with|to)"
    r"|rather than|instead of)\b"
)
_DENIAL: Final = _re(_LEAD_IN + r"(?:(?:but|and) )?not (?!too\b|much\b|that\b|sure\b|even\b)[^?]{2,60}$")
_ASKED_INSIDE: Final = _re(r"\b(?:what|which|whether|how|why|where|if)\b")
_STATES: Final = _re(
    _LEAD_IN
    + r"(?:(?:and|but|also) )?(?:i|i['’]m|i['’]ve|she|he|we|they|my|our|her|his|(?:the|this|my|our) patient)\b(?!.*\?)"
)

_CORRECTION: Final = _re(
    r"^\s*(?:(?:no|nope|nah|sorry|oh|oops|wait|hang on|hold on|actually|rather|i mean|i meant|pardon|apologies)\b"
    r"[,.:;\s–—-]*)+"
)
_MARKS_CORRECTION: Final = _re(
    r"\b(?:nope|nah|sorry|oops|wait|hang on|hold on|i mean|i meant|apologies)\b|^\s*no(?:[,.!;:]|\s[–—-]|$)"
)
_CORRECTION_END: Final = _re(r"[,\s–—-]*\b(?:sorry|i mean|i meant)\b[\s.!?]*$")
_INSTEAD_OF: Final = _re(r",?\s*\bnot (?:about |in |for |with )?(?:the |an? )?(?P<what>[\w'’ -]{2,40}?)[\s.?!]*$")
_BACK: Final = _re(
    _LEAD_IN
    + r"(?:(?:and|but) )?(?:(?:going|go|coming|come|let['’]?s go|can we go|getting|returning|return) )?(?:back )?to"
    + r" (?P<topic>[^,:;?–—]+?)\s*(?:[,:;–—]|\s-\s|\?|$)\s*(?P<rest>.*)$"
)
_SAYS_BACK: Final = _re(r"\bback to\b|\breturning to\b|^\W*return to\b")
_AGAIN: Final = _re(
    _LEAD_IN + r"(?:(?:and|but) )?(?P<topic>(?:[\w'’/.-]+ ){1,4}?)again\s*(?:[,:;–—?]|\s-\s)\s*(?P<rest>.+)$"
)
_SET: Final = _re(
    r"\b(?:the|these|those|all|of (?:the|these|those)) (?P<n>two|three)\b|\b(?P<both>both|either|each other"
    r"|(?:do|did) they (?:both |all )?(?:agree|disagree|differ))\b"
)
_ORDINAL: Final = _re(
    r"\bthe (?:(?P<former>former)|latter)(?: one)?\b"
    r"|\bthe (?:(?P<first>first)|second)"
    r"(?: one\b|(?=\W*$|['’]s\b| (?:is|was|does|did|has|can|say|find|advise|recommend)s?\b))"
)
# The question asks for the treatment itself, and so is about none in particular.
_GENERIC: Final = _re(
    r"\b(?:which|what|any) (?:of )?(?:(?:all )?(?:these|those|the) )?(?:treatments?|drugs?"
    r"|medicines?|medications?|options?|therap(?:y|ies)|else|of all (?:these|those)"
    r"|of (?:these|those|them))\b"
    r"|^\W*(?:(?:and|so|but|ok) )?what (?:else )?(?:\w+ly )?(?:helps?|works?|(?:can|could|might|would|will) help)\b"
    r"|\busually (?:try|tried|given|used)\b|\ball (?:of )?(?:these|those|them)\b|\btr(?:y"
    r"|ied) first\b|\bfirst choice\b"
    r"|^\W*(?:(?:and|or|but|ok|hmm|what about) )*(?:the )?(?:drugs|medicines|medications|tablets|treatments)\W*$"
    r"|\bwhat(?:['’]s| is| are) the (?:\w+ )?(?:treatments?|drugs?|medicines?|therap(?:y|ies))"
    r"(?=\s*\?| (?:that|which|every|all|most|for|of|in|any)\b)"
    r"|\bwhat (?:should|must|can|may|is|are|was|were) (?:not |never )?(?:be )?(?:initiated|offered|started|recommended"
    r"|advised|prescribed|given|rated|avoided)\b"
    r"|\bwhat (?:do|does|did) [^?,]{2,60}? (?:rate|rank|recommend|advise|suggest|prefer|offer)"
    r"(?:\s+(?:best|highest|most|first|then|against|instead|when|if|for)\b|\s*[?,]|\s*$)"
)
_TREATING: Final = _re(r"\btreat(?:ed|ment)? (?:of )?$")
_GRADE: Final = re.compile(
    r"\b(?:(?:level )?(?:I[ab]|II[ab]|III|IV)\b(?:\s*/\s*[A-D]\b)?|[Ll]evel (?:I{1,3}|IV|V|[1-5])\b|[Gg]rade [A-D]\b"
    r"|(?:weak|strong)(?:ly)? (?:for|against)\b|(?:weak|strong) recommendation)"
)
# What is said of grading and wording themselves: two of its terms, compared or explained.
_GRADING_TERM: Final = _re(
    r"\b(?:levels?|grades?|approvals?|licen[cs]e|consider|offer|strength of recommendation|wording)\b"
)
_COMPARES_TERMS: Final = _re(
    r"\b(?:same as|the same|mean(?:s|ing)?|vs\.?|versus|stronger|outranks?|ranks?|ranked|compar\w+|equal\w*|worth"
    r"|differ\w*)\b"
)
_PATIENT: Final = _re(r"\b(?:she|her|he|his|him|my patient|the patient|this patient)\b")
_NEWER: Final = _re(
    r"\b(?:anything|something|any (?:trials?|stud(?:y|ies)|evidence)) (?:newer|more recent|since|later)\b"
    r"|\b(?:newer|more recent|latest|most recent)\b"
)
_SINCE: Final = _re(
    r"\b(?P<word>since|after|later than|newer than|from) (?:the year )?(?P<year>(?:19|20)\d\d)(?![\d-])"
)
_PUBLISHED: Final = _re(
    r"\b(?:new|news|newer|evidence|trials?|stud(?:y|ies)|publi(?:shed|cations?)|papers?|reviews?|meta-?analys[ei]s"
    r"|guidelines?|literature|research|findings?|changed|happened|appeared|came out|learn(?:ed|t))\b"
)
_TELLS_OF_PEOPLE: Final = _re(r"\b(?:i|i['’]ve|i['’]m|we|my|she|he|her|his|they['’]ve|(?:the|this|our) patient)\b")
_OFF_IT: Final = _re(
    r"\b(?:how long|when|how many \w+)\b.*\boff (?:it|them|that)\b|\b(?:be|being|been) off (?:it|them|that)\b"
    r"|\bhow (?:long|many (?:hours|days|weeks|months))\b[^.?;]*"
    r"\b(?:(?:be|been|stay) (?:stopped|paused|discontinued|off)|(?:stop|pause|discontinue) (?:it|them|that))\b"
)
_ON_OR_OFF: Final = _re(
    r"\b(?:on|off|tak(?:e|es|en|ing)|stop(?:s|ped|ping)?|quit|start(?:s|ed|ing)?|us(?:e|ing))"
    r"(?: (?:my|the|her|his|any|some|old))?\s+$"
)
_ON_PRONOUN: Final = _re(r"\b(?:on|off|stop(?:ping)?|quit(?:ting)?)\s+$")
# Not how many stopped, or why: that is an effect of the treatment.
_STOPPING: Final = _re(
    r"\b(?:can|could|should|may|must|how|when) (?!many\b)[^.?;]{0,40}?\b(?:stop(?:ped|ping)?|quit)\b"
    r"|\b(?:leave|leaving|left) (?:it|them|that|those|this|one) (?:out|off)\b"
    r"|\b(?:take|have|having|taking) a break from\b"
    r"|\b(?:can|could|should|may) (?:i|we|she|he|they|you) (?:pause|skip)\b"
    r"|\b(?:come|coming) off\b|\btaper\w*|\bwean\w*"
)


_TELLS_OF: Final = _re(
    r"^(?:she|he|they|it|i|we|that)(?:['’](?:s|re|m|ve))?"
    r"(?: (?:is|are|was|were|has|have|had|takes?|took|uses?|meant|said|on|taking|now|actually|currently))*\s+"
)
"""What only says of whom the thing is told that takes the place of another one."""


def turned(question: str) -> Turned:
    """Return a question without the words that only say that it corrects the last one, or goes back to a topic.

    >>> turned("no, I meant the 2008 one")
    Turned(move=<Move.CORRECTS: 'corrects'>, text='the 2008 one', topic='', instead_of='')
    >>> turned("no sorry, she takes apixaban not warfarin")
    Turned(move=<Move.CORRECTS: 'corrects'>, text='apixaban', topic='', instead_of='warfarin')
    >>> turned("back to LDN: is it approved?")
    Turned(move=<Move.BACK: 'goes back'>, text='is it approved?', topic='LDN', instead_of='')
    """
    if _SAYS_BACK.search(question) and (match := _BACK.match(question)):
        return Turned(Move.BACK, match["rest"].strip(), match["topic"].strip())
    if match := _AGAIN.match(question):
        return Turned(Move.BACK, match["rest"].strip(), match["topic"].strip())
    opening = _CORRECTION.match(question)
    ending = _CORRECTION_END.search(question)
    if not ending and not (opening and _MARKS_CORRECTION.search(opening.group())):
        return Turned(Move.ON, question)
    text = question[opening.end() if opening else 0 :]
    text = _CORRECTION_END.sub("", text).strip()
    taken_back = _INSTEAD_OF.search(text)
    if taken_back and taken_back.start() > 0:
        text = _TELLS_OF.sub("", text[: taken_back.start()].strip())
        return Turned(Move.CORRECTS, text, instead_of=taken_back["what"].strip())
    return Turned(Move.CORRECTS, text) if text else Turned(Move.ON, question)


def reference(
    question: str, own: Sequence[tuple[int, int]] = (), sources: Sequence[tuple[int, int]] = ()
) -> Reference | None:
    """Return the first word of a question that refers to something said before, or None.

    Args:
        question: What was asked.
        own: Spans of what the question itself names. A pronoun after one of them and in another clause stands for it
            ("chiropractic, is *it* recommended?"), and a determiner before one points at it ("*that* trial of LDN").
        sources: Those of them that name a document or a body; "they" after one stands for it in the same clause, too.
    """
    masked = whole = without_tag(question)
    for start, end in (*own, *(match.span() for match in _NO_REFERENCE.finditer(whole))):
        masked = masked[:start] + "#" * len(masked[start:end]) + masked[end:]
    found: list[Reference] = []
    for match in _PHRASE.finditer(masked):
        to = Referent.THING if match["drug"] else Referent.DOCUMENT if match["document"] else Referent.MEASURE
        found.append(Reference(*match.span(), to))
    for match in _IDEA.finditer(masked):
        found.append(Reference(*match.span(), Referent.CLAUSE))
    for match in _PRONOUN.finditer(masked):
        span = match.span()
        if not any(r.start <= span[0] < r.end for r in found) and not _is_bound(masked, span, own, sources):
            found.append(Reference(*span, _class_of(masked, span)))
    return min(found, default=None)


def _is_bound(
    text: str, span: tuple[int, int], own: Sequence[tuple[int, int]], sources: Sequence[tuple[int, int]]
) -> bool:
    """Return whether a pronoun stands for something that its own question named before it."""
    if text[slice(*span)].lower() == "there":  # elsewhere than what was just named
        return False
    if text[slice(*span)].lower() in ("they", "their") and any(end <= span[0] for _, end in sources):
        return True
    return any(end <= span[0] and _OWN_CLAUSE.search(text[end : span[0]]) for _, end in own)


def _class_of(text: str, span: tuple[int, int]) -> Referent:
    """Return the class of a pronoun's referent, by what the question says of it."""
    for match in _OF_DOCUMENT.finditer(text):
        if any(match.span(name) == span for name in "abcdef"):
            return Referent.DOCUMENT
    return Referent.DOCUMENT if _STUDY_HAS.search(text) else Referent.THING


def is_fragment(text: str) -> bool:
    """Return whether a text is no clause of its own: no finite verb, or a question word with next to nothing else.

    >>> [is_fragment(text) for text in ("duration?", "how long off it?", "does CBT help?", "Compare A with B")]
    [True, True, False, False]
    """
    if _ORDER.match(text):
        return False
    words = len(text.split())
    if _WH.match(text):
        return words <= 4 and not _CLAUSE_VERB.search(text)
    return not _CLAUSE_VERB.search(text)


def is_elliptic(text: str) -> bool:
    """Return whether the question leaves out what the one before it said ("and CBT?", "with a clearance of 40?")."""
    return bool(_CONNECTIVE.match(text) or _OPENS_ELLIPSIS.match(text) or _ONE_TERM.match(text)) or is_fragment(text)


def continues(text: str) -> bool:
    """Return whether the question says that it goes on with the last one ("and X?", "what about X?")."""
    return bool(_CONNECTIVE.match(text))


def is_denial(text: str) -> bool:
    """Return whether a fragment only says what is not meant ("not the 2008 version")."""
    return bool(_DENIAL.match(text))


def lacks_a_term(text: str) -> bool:
    """Return whether a comparison names only one of what it compares ("better than aspirin?")."""
    return bool(_ONE_TERM.match(text))


def without_connective(text: str) -> str:
    """Return the words of a fragment without "and", "what about" and an article ("and the CBT?" gives "CBT")."""
    rest = _CONNECTIVE.sub("", text, count=1).strip(" ?.!,")
    while (match := _CONNECTIVE.match(rest)) or (match := _ARTICLE.match(rest)):
        rest = rest[match.end() :]
    return rest


def is_prepositional(text: str) -> bool:
    """Return whether a fragment only narrows the last question ("in pregnancy", "with a clearance of 40")."""
    return bool(_PREPOSITION.match(text))


def is_subordinate(text: str) -> bool:
    """Return whether a fragment is a clause that depends on the last question ("while someone is still on it")."""
    return bool(_SUBORDINATE.match(text)) and bool(_CLAUSE_VERB.search(text))


def states(text: str) -> bool:
    """Return whether somebody tells of themselves or of a patient and asks nothing ("she also has RA")."""
    return bool(_STATES.match(text)) and not _ASKED_INSIDE.search(text)


def set_size(text: str) -> int:
    """Return how many things said before are spoken of together ("which of the two"), or 0."""
    match = _SET.search(text)
    return 0 if match is None else {"two": 2, "three": 3}.get((match["n"] or "two").lower(), 2)


def ordinal(text: str) -> tuple[int, int, int] | None:
    """Return which of two things said before is meant, 0 or 1, and the span that says so ("the latter"); or None."""
    match = _ORDINAL.search(text)
    return None if match is None else (0 if match["first"] or match["former"] else 1, *match.span())


def is_generic(text: str) -> bool:
    """Return whether the question is about treatments at large and not about the last one."""
    return bool(_GENERIC.search(text))


def is_treated(text: str, start: int) -> bool:
    """Return whether the question speaks of treating what is named at ``start`` ("treatment of …")."""
    return bool(_TREATING.search(text[:start]))


def talks_of_grades(text: str) -> bool:
    """Return whether the question is about levels, strengths and wording themselves ("Ia/A", "is silence against?")."""
    return bool(_GRADE.search(text)) or bool(_GRADING_TERM.search(text) and _COMPARES_TERMS.search(text))


def grade_in(text: str) -> str | None:
    """Return the level or strength that a question quotes, or None."""
    match = _GRADE.search(text)
    return match.group() if match else None


def is_past(text: str) -> bool:
    """Return whether the question asks what happened: then it is about a study, not about a treatment in general."""
    return bool(_PAST.search(text))


def asks_interval(text: str) -> bool:
    """Return whether the question asks how long to be off something named before."""
    return bool(_OFF_IT.search(text))


def asks_of_stopping(text: str) -> bool:
    """Return whether the question is about stopping a treatment."""
    return bool(_STOPPING.search(text))


def follows_clause(text: str, found: Reference) -> bool:
    """Return whether "that" or "this" stands for what the message itself has told: "I scored 8, does that mean …?"."""
    before = text[: found.start]
    word = text[found.start : found.end].lower()
    return word in ("that", "this") and bool(_OWN_CLAUSE.search(before)) and len(before.split()) > _CLAUSE_WORDS


def speaks_of_illness(text: str) -> bool:
    """Return whether the question speaks of an illness as "it" or "this", as in "why do women get it?"."""
    return bool(_HAD.search(text))


def asks_what_next(text: str) -> bool:
    """Return whether the question asks for another treatment than those that were tried and failed.

    >>> [asks_what_next(text) for text in ("pregabalin has failed, what next?", "what is next in LDN research")]
    [True, False]
    """
    return bool(_NEXT.search(text) and _TRIED.search(text))


def is_tried(text: str, start: int) -> bool:
    """Return whether the words before ``start`` say that what stands there was tried and given up.

    >>> text = "would you offer it to somebody who failed duloxetine and amitriptyline"
    >>> [is_tried(text, text.index(name)) for name in ("it", "duloxetine", "amitriptyline")]
    [False, True, True]
    """
    return bool(_GIVEN_UP.search(text[:start]))


def rules_out(text: str) -> bool:
    """Return whether the question is about telling an illness from others ("must lupus be excluded first?")."""
    return bool(_RULES_OUT.search(text))


def speaks_of_patient(text: str) -> bool:
    """Return whether the question goes on about a person who was spoken of before."""
    return bool(_PATIENT.search(text))


def since(text: str) -> int | None:
    """Return the first year of the documents that a question asks about; None if it asks about no time, or of people.

    >>> [since(text) for text in ("what's new since 2023?", "any trials after 2019?", "in pain since 2023")]
    [2023, 2020, None]
    """
    told = _SINCE.search(text)
    if told is None or not _PUBLISHED.search(text) or _TELLS_OF_PEOPLE.search(text):
        return None
    return int(told["year"]) + (told["word"].lower() in ("after", "later than", "newer than"))


def asks_for_newer(text: str) -> bool:
    """Return whether the question asks for evidence that is newer than what was shown."""
    return bool(_NEWER.search(text))


def is_taken(text: str, start: int) -> bool:
    """Return whether the words before ``start`` say that what stands there is taken or stopped ("I am on …")."""
    return bool(_ON_OR_OFF.search(text[:start]))


def is_on_or_off(text: str, start: int) -> bool:
    """Return whether a pronoun at ``start`` stands for what somebody is on or comes off ("how long off *it*")."""
    return bool(_ON_PRONOUN.search(text[:start]))
