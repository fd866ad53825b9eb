"""Cuts a message into segments and says which of them report something about a particular person now.

"What are the signs of X?", "if I get X", "patients with X", "X years ago" and "no X" name the same thing as "my patient
has X", and only the last reports it. The reading is by word lists, on normal forms of words (``fmqa.text.spelling``):
lower case, singular, American spelling, contractions spelled out, apostrophes gone. Pure text, no model.
"""

import re
from enum import IntEnum
from typing import Final, NamedTuple

from fmqa.text.spelling import Speller, normal, plain_marks


class Weight(IntEnum):
    """How much a segment tells of a person's present state."""

    NOTHING = 0  # asks, supposes, looks back, or is about people in general
    STATEMENT = 1  # says something, and names no one
    REPORT = 2  # says something about a particular person, now


class Segment(NamedTuple):
    """A stretch of a message in normal words.

    Attributes:
        text: Normal forms of its words, parted by single spaces.
        weight: How much it tells.
        supposed: True if it supposes something of a particular person ("if my son …").
        denied: True if it goes on with a list that began with "denies" or "no".
    """

    text: str
    weight: Weight
    supposed: bool = False
    denied: bool = False


def any_of(alternatives: str) -> re.Pattern[str]:
    """Return a pattern for any of the expressions of a list parted by commas, as whole words."""
    return re.compile(r"\b(?:" + one_of(alternatives) + r")\b")


def one_of(alternatives: str) -> str:
    """Return the expressions of a list parted by commas as one alternation, to be put into a larger expression.

    The list may be broken over lines wherever it has a space, so white space after ``|`` does not count: an optional
    word with its space is ``(?: (?:of|at))?``, not ``(?: of| at)?``.
    """
    one_line = re.sub(r"\|\s+", "|", " ".join(alternatives.split()))
    one_line = re.sub(r"( \)(?:\?|\{\d,\d\})) ", r"\1", one_line)  # a line may break after an optional word
    return "(?:" + "|".join(part for part in one_line.rstrip(",").split(", ") if part) + ")"


def near(first: str, second: str, gap: int) -> re.Pattern[str]:
    """Return a pattern for one of each list, in either order, with at most ``gap`` words between."""
    one, other = one_of(first), one_of(second)
    between = rf"(?:\s+\S+){{0,{gap}}}\s+"
    return re.compile(rf"\b(?:{one}{between}{other}|{other}{between}{one})\b")


_CONTRACTIONS: Final = {
    "im": "i am", "ive": "i have", "ill": "i will", "id": "i would", "cant": "cannot", "wont": "will not",
    "dont": "do not", "doesnt": "does not", "didnt": "did not", "isnt": "is not", "arent": "are not",
    "wasnt": "was not", "hasnt": "has not", "havent": "have not", "hadnt": "had not", "hes": "he is", "shes": "she is",
    "theyre": "they are", "thats": "that is", "whats": "what is", "theres": "there is", "couldnt": "could not",
    "wouldnt": "would not", "shouldnt": "should not", "wanna": "want to", "gonna": "going to", "its": "it is",
}  # fmt: skip
_APOSTROPHE_NEEDED: Final = frozenset({"ill", "id", "its"})  # without one they are other words
_AS_WRITTEN: Final = frozenset({"does", "always", "was", "has", "is", "this", "his", "us", "yes", "its"})
_GENERAL: Final = frozenset(
    match.group()
    for match in re.finditer(
        r"\w+",
        """patients people adults women men persons users teenagers adolescents someone anyone somebody anybody
        everyone everybody those volunteers participants individuals folks doctors clinicians babies children
        kids others""",
    )
)
_RESPELLED: Final = {
    "pt": "patient", "children": "child", "goes": "go", "grey": "gray", "feet": "foot", "tabs": "tablet",
    "meds": "medication", "sob": "short of breath", "c/o": "with", "hx": "history", "od'd": "overdosed",
    "oded": "overdosed", "sats": "sat", "tounge": "tongue", "tonge": "tongue", "toungue": "tongue", "throte": "throat",
    "thoat": "throat", "diarrea": "diarrhea", "diahrrea": "diarrhea", "diarrhoe": "diarrhea", "diarhea": "diarrhea",
    "cheast": "chest", "chets": "chest", "ches": "chest", "pian": "pain", "haert": "heart", "brething": "breathing",
    "breathin": "breathing", "breething": "breathing", "yelow": "yellow", "yello": "yellow", "swolen": "swollen",
    "cannt": "cannot", "fainted": "fainted", "suicidle": "suicidal", "siezure": "seizure", "halos": "halo",
    "haloes": "halo", "overdoes": "overdose", "numbers": "number", "tablets": "tablet", "kms": "kill myself",
}  # fmt: skip

_SENTENCE_END: Final = re.compile(r"[.!?;:\n]+(?=\s|$)|\s[-\u2013\u2014]\s|\u2014")
_TOKEN: Final = re.compile(r"c/o|\d+(?:[.,/]\d+)*|[^\W_]+(?:'[^\W_]+)*", re.IGNORECASE)
_CUT: Final = re.compile(
    r"\s*,\s*|\s+(?=(?:but|because|although|however|so)\b)|\s+(?=and (?:i|my|he|she|now|his|her|we|it)\b)"
    r"|\s+(?=that (?:i|my|he|she|his|her)\b)"
    r"|(?<! as)(?<! even)(?<!happier)(?<!better)(?<! off)(?<!know)(?<!sure)(?<!wonder)(?<!wondering)\s+(?=if\b)"
)
_PERSON: Final = any_of(
    r"""i, me, my, mine, myself, we, our, he, she, him, her, his, himself, herself, patient, client, resident,
    mum, mom, mother, dad, father, son, daughter, child, toddler, baby, boy, girl, husband, wife, partner,
    brother, sister, friend, mate, gran, nan, grandmother, grandfather, grandad, grandma, grandpa, grandson,
    granddaughter, neighbor, colleague, aunt, uncle, cousin, niece, nephew, woman, man, lady, gentleman,
    girlfriend, boyfriend, flatmate, roommate, bed \d+, this (?:is|be), is this, it is happening,
    (?:\d+|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve) ?(?:yo|f|m|y o|year old|yr old|month
    old|female|male)"""
)
# A statement that leaves its subject out is the writer's own: "took eight at once", "cannot breathe".
_OWN: Final = re.compile(
    r"^(?:(?:so|and|but|just|have|oh no|help) )*(?:took|taken|take|swallowed|ate|drank|woke|feel|feeling|got|getting"
    r"|had|given|gave|found|mixed|doubled|been|cannot|started|stopped|having|noticed|wish|want|thinking|losing|lost"
    r"|nearly|almost|keep|can|will not|came|coming|fainted|collapsed|accidentally|finished|went)\b"
)
_ASKS: Final = re.compile(
    r"^(?:(?:so|and|but|ok|okay|hi|hello|please|also|then|well) )*"
    r"(?:what|which|who|whom|how|why|when|where|is|are|do|does|did|can|could|should|would|will|has|have|any|may|might"
    r"|tell|explain|list|define|describe|give me|compare|summari[sz]e)\b"
)
_ASKS_FOR_HELP: Final = any_of(
    """what (?:should|do|can|must|shall|else can) (?:i|we) (?:i )?do, who (?:should|do|can) (?:i|we)
    (?:call|ring), need help, please help, help me, help, what now, (?<!when )should (?:i|we)
    (?:go|call|ring|phone|worry|wait|be worried|take (?:him|her)), do (?:i|we) (?:need to (?:go|call|worry|be
    seen)|call|go|wait), is (?:he|she) (?:dying|going to die), am i dying"""
)
# Questions that report: whoever asks "is it normal that …" has it.
_ASKS_ABOUT_OWN: Final = any_of(
    r"""can (?:i|we|he|she) (?:wait|sleep it off|go to bed|just sleep), is (?:it|that|this)
    (?:normal|serious|dangerous|ok|okay|bad|an emergency|safe to wait), (?:could|can|might|may) (?:this|it|that)
    be, does (?:it|that) matter, am i (?:having|in), (?:could|might|may) (?:i|he|she) be having, is (?:he|she)
    (?:having|in), do (?:i|he|she) have, why (?:am|is|are|do|does|have), (?:might|may|could) have
    (?:taken|swallowed|overdosed|had|given)"""
)
# What these words are said with is wanted as information, whatever else the segment says.
_INFORMATION: Final = any_of(
    r"""(?<!high )(?<!imminent )(?<!immediate )(?<!acute )risk, risk factor, chance of, likelihood, how
    (?:likely|common|often|many|frequent|frequently|do i (?:recogni[sz]e|know|spot|tell)), common, warning, warn,
    warned, label, (?:symptom|sign|feature) (?:of|are|for), side effect, adverse (?:event|effect|reaction), look
    out for, watch (?:out )?for, look for, (?:to|should) monitor, monitoring, screening, prevent\w*, avoid\w*, in
    case, guideline, recommend\w*, criteria, criterion, trial, study, review, evidence, article, definition, what
    is, difference between, how (?:would|will) (?:i|we|you) know, information (?:on|about), leaflet, prevalence,
    incidence, rate of, report(?:ed)? of, contraindicat\w+, mechanism, treatment (?:of|for), management of,
    region, wpi, score, read (?:that|about), reading about, heard (?:that|about),
    (?:afraid|scared|frightened|fear) of (?:getting|serotonin|liver|side|having|becoming|an?), worried about,
    concern(?:ed)? about, potential, unlikely, likely, least, normally, in general, typical\w*"""
)
_HAS_SIGN_OF: Final = re.compile(
    r"\b(?:ha[sd]|have|having|show\w*|with|got|develop\w*) (?:\S+ ){0,2}(?:sign|symptom|feature) (?:of|like)\b"
)
_NEVER_LIKE_THIS: Final = re.compile(r"\bnever (?=(?:\S+ ){1,8}(?:like this|so bad|this bad|before)\b)")
_MAY_CAUSE: Final = any_of(
    r"""(?:can|could|might|may|will|would|do|does|did|to) (?:\S+
    ){0,3}?(?:cause|make|lead|trigger|turn|increase|induce|produce|raise|give|bring on|worsen|affect), causes?,
    cause of, led to, associated with"""
)
_SUPPOSES: Final = any_of(
    r"""(?<!as )(?<!even )(?<!happier )(?<!better )(?<!off )(?<!know )(?<!sure )(?<!wonder )(?<!wondering )if,
    suppose, imagine (?:i|he|she|a), unless, should (?:i|he|she) (?:ever )?(?:get|develop|have|become|faint), how
    can (?:i|we) (?:stop|treat|cure|reduce|relieve), when (?:should|do|must) (?:i|we)(?: be)?
    (?:call|go|seek|worry|worried|concerned|ring), were to, in the event, (?:i|he|she|you) ever, ever
    (?:get|have|had|develop)"""
)
_MODAL_START: Final = re.compile(
    r"^(?:(?:so|and|but|ok|okay|also) )*(?:can|could|might|may|would|will|do|does|did|should)\b"
    r"(?! (?:not|hardly|barely|feel|see)\b)"
)
_PAST: Final = any_of(
    r"""year ago, month ago, decade ago, last year, in (?:19|20)\d\d, in
    (?:january|february|march|april|may|june|july|august|september|october|november|december), (?:\S+
    )?history(?: of)?, past episode, last (?:summer|winter|spring|autumn|fall), (?:at|from)
    (?:school|college|university|uni), never again, came and went, overcame, went through, (?:i|he|she) once,
    (?:fainted|collapsed) once, been investigated, had one (?:\S+ ){1,2}(?:episode|fit|seizure|attack), past
    history, used to, previous, previously, in (?:the|my|his|her) past, as a
    (?:teenager|child|teen|student|young), resolved, recovered, went away, settled, gone now, back then, long
    ago, when i was, once had, year back, in (?:my|his|her) (?:teen|twenty|thirty), ever had, long since,
    (?:stopped|discontinued|switched|quit|came off|withdrew)(?: \S+){0,4} (?:because of|due to|for|after), had
    (?:\S+ ){0,5}(?:and|so) (?:i |he |she |we )?(?:stopped|switched|quit|came off|discontinued)"""
)
_PRESENT: Final = any_of(
    "now, again, today, still, currently, tonight, this morning, keep, since yesterday, at the moment, suddenly, am"
)
_JUST_NOW: Final = any_of(
    r"""now, just, ago, today, tonight, yesterday, last night, this (?:morning|evening|afternoon), since(?!
    (?:19|20)\d\d), sudden, suddenly, overnight, at the moment, already, help, keep, in front of (?:me|us), for (?:the
    (?:last|past) )?(?:\d+|an?|one|two|three|four|five|few|a few|several|a couple of) (?:minute|hour|day)"""
)
_DENIES: Final = r"(?:denie[sd]|deny|denying|negative for|ruled out|free of|absence of)"
_DENIES_ALL: Final = re.compile(rf"\b{_DENIES}\b")
_NEGATED: Final = re.compile(
    rf"(?:\b(?:{_DENIES}|without|nor|neither|no (?:sign|evidence|history|symptom) of)\b.*"
    r"|\b(?:no|not|never|nobody)\s+"
    r"(?!(?:i|he|she|my|we|it|know|sure|only|just|stop|go|help|helping|work|working|well|normal|eat|sleep|sleeping|able|longer|better|wait"
    r"|feel (?:well|good|right)|feeling (?:well|good|right))\b)"
    r"(?:(?!(?:and|but|with|now|because|since|from)\b)\S+\s+){0,4})$"
)
_STARTS_ANEW: Final = re.compile(r"^(?:but|however|now|so|because|although|and|i|he|she|my|his|her|we|it|that|if)\b")
_LIST_OF_NONE: Final = re.compile(r"\bno \S+(?: \S+){0,2}$")


_NOTES: Final = 3  # that many findings in a row, and no question, are notes on somebody


class Message(NamedTuple):
    """A message as read: its segments, and all of its normal words."""

    segments: tuple[Segment, ...]
    words: str


class _Draft(NamedTuple):
    text: str
    weight: Weight | None  # None: names no one and has no cue of its own, so it depends on its neighbours
    supposed: bool
    asks: bool


def read(message: str, speller: Speller) -> Message:
    """Cut a message into segments of normal words and weigh each.

    Args:
        message: Any text.
        speller: Corrects typos in the words that matter to the caller.
    """
    asks_for_help = False
    sentences: list[list[_Draft]] = []
    for sentence, question in _sentences(plain_marks(message)):
        parts = [part for part in _CUT.split(_normalised(sentence, speller)) if part.strip()]
        asks_for_help = asks_for_help or any(_ASKS_FOR_HELP.search(part) for part in parts)
        last = len(parts) - 1
        sentences.append([_weigh(part, question=question and at == last) for at, part in enumerate(parts)])
    drafted = [draft for drafts in sentences for draft in drafts]
    listed = sum(draft.weight is None and not draft.asks for draft in drafted) >= _NOTES
    notes = listed and not any(draft.asks for draft in drafted)
    personal = asks_for_help or notes or any(draft.weight is Weight.REPORT for draft in drafted)
    found = tuple(segment for drafts in sentences for segment in _settled(drafts, personal=personal))
    return Message(found, " ".join(segment.text for segment in found))


def says(segment: Segment, pattern: re.Pattern[str]) -> bool:
    """Whether a segment says something and does not deny it in the same breath."""
    if segment.denied:
        return False
    return any(not _NEGATED.search(segment.text[: match.start()]) for match in pattern.finditer(segment.text))


def _sentences(text: str) -> list[tuple[str, bool]]:
    """Return the sentences, and whether each ends in a question mark."""
    found: list[tuple[str, bool]] = []
    start = 0
    for end in _SENTENCE_END.finditer(text):
        found.append((text[start : end.start()], "?" in end.group()))
        start = end.end()
    return [*found, (text[start:], False)]


def _weigh(text: str, *, question: bool) -> _Draft:
    text = _NEVER_LIKE_THIS.sub("", _HAS_SIGN_OF.sub("has", text.strip()))
    bare = _ASKS_ABOUT_OWN.sub("~", _ASKS_FOR_HELP.sub("help", text))
    person = _PERSON.search(text) is not None or _OWN.search(text) is not None
    now = _JUST_NOW.search(text) is not None
    if _INFORMATION.search(bare):
        return _Draft(bare, Weight.NOTHING, supposed=False, asks=True)
    if _SUPPOSES.search(bare):
        weight = Weight.REPORT if now and person else Weight.NOTHING
        return _Draft(bare, weight, supposed=person, asks=True)
    if _PAST.search(bare) and not _PRESENT.search(bare):
        return _Draft(bare, Weight.NOTHING, supposed=False, asks=False)
    if (_MODAL_START.search(bare) or _MAY_CAUSE.search(bare)) and not now:
        return _Draft(bare, Weight.NOTHING, supposed=False, asks=True)
    if person:
        return _Draft(bare, Weight.REPORT, supposed=False, asks=_ASKS.search(bare) is not None)
    return _Draft(bare, None, supposed=False, asks=question or _ASKS.search(bare) is not None)


def _settled(drafts: list[_Draft], *, personal: bool) -> list[Segment]:
    """Give the segments of one sentence that had no cue of their own the weight of what they go on from."""
    found: list[Segment] = []
    acute = any(_JUST_NOW.search(draft.text) for draft in drafts)
    for at, draft in enumerate(drafts):
        previous = found[-1] if found else None
        denied = previous is not None and _goes_on_denying(previous, draft, drafts[at:])
        if draft.weight is not None:
            found.append(Segment(draft.text, draft.weight, draft.supposed, denied))
        elif draft.asks:
            found.append(Segment(draft.text, Weight.NOTHING))
        elif previous is not None and not (previous.weight is Weight.STATEMENT and (personal or acute)):
            found.append(Segment(draft.text, previous.weight, previous.supposed, denied))
        else:
            found.append(Segment(draft.text, Weight.REPORT if personal or acute else Weight.STATEMENT, denied=denied))
    return found


def _goes_on_denying(previous: Segment, draft: _Draft, rest: list[_Draft]) -> bool:
    """Whether a segment is a further item of "denies a, b, c" or "no a, b or c"."""
    if _STARTS_ANEW.search(draft.text):
        return False
    listed = _LIST_OF_NONE.search(previous.text) is not None and any(" or " in later.text for later in rest)
    return previous.denied or listed or _DENIES_ALL.search(previous.text) is not None


def _normalised(sentence: str, speller: Speller) -> str:
    """Return the sentence in normal words, with its commas kept as places to cut."""
    pieces: list[str] = []
    for piece in sentence.split(","):
        spelled: list[str] = []
        for match in _TOKEN.finditer(piece):
            spelled.extend(_spelled(match.group().casefold(), spelled[-1] if spelled else "", speller))
        pieces.append(" ".join(spelled))
    return ", ".join(pieces)


def _spelled(token: str, before: str, speller: Speller) -> tuple[str, ...]:
    """Return the normal form of a word, or the forms of the words that it contracts."""
    bare = token.replace("'", "")
    if bare in _CONTRACTIONS and (bare != token or bare not in _APOSTROPHE_NEEDED):
        return tuple(_CONTRACTIONS[bare].split())
    if token in _RESPELLED and token not in _GENERAL:
        return tuple(_RESPELLED[token].split())
    if token.endswith("'s"):
        return (*_spelled(token[:-2], before, speller), "s")
    if bare in _GENERAL and before not in ("my", "our", "her", "his"):
        return ("people",)
    if bare in _AS_WRITTEN:
        return (bare,)
    form = speller.correct(normal(bare))
    return tuple(_RESPELLED.get(form, form).split())
