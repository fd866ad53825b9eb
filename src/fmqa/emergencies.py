"""Tells a message about an emergency that is happening from a question about such emergencies; holds the safety texts.

A message is cut into segments. A segment counts if it reports something about a particular person now; it does not if
it asks for information, supposes ("if …"), looks back ("years ago") or belongs to people in general. A rule fires when
its signs stand, not negated, in segments that count. Patterns are matched against normal forms of words (see
``fmqa.spelling``): lower case, singular, American spelling, contractions spelled out, marks removed.

The rules follow the red flags on which guideline and label texts ask for urgent care.
"""

import re
from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

from fmqa.spelling import Speller, normal, plain_marks
from fmqa.types import Record, Slug

Level = Literal["now", "same day", "prompt"]


class Emergency(Record):
    """An emergency that a message tells of, with the fixed words to answer it."""

    rule: str
    title: str
    level: Level
    clinician: str
    patient: str
    conditions: tuple[Slug, ...] = ()


class Sign(NamedTuple):
    """What has to be said for a rule to fire.

    Attributes:
        live: Each of these must stand in a segment that counts, not negated.
        named: Each of these must stand anywhere in the message: medicines, mostly.
        plain: True if it counts even where the person is not mentioned ("want to die").
        supposed: True if it counts after "if" too ("what if my son swallowed one").
    """

    live: tuple[re.Pattern[str], ...]
    named: tuple[re.Pattern[str], ...] = ()
    plain: bool = False
    supposed: bool = False


class Rule(NamedTuple):
    """A kind of emergency: what it looks like, what only looks like it, and what to say."""

    emergency: Emergency
    signs: tuple[Sign, ...]
    exclusions: re.Pattern[str] | None = None


# --- small combinators ------------------------------------------------------------------------------------------------


def _any(*alternatives: str) -> re.Pattern[str]:
    """Any of these, as whole words."""
    return re.compile(r"\b(?:" + "|".join(alternatives) + r")\b")


def _near(first: str, second: str, gap: int) -> re.Pattern[str]:
    """Both, in either order, with at most ``gap`` words between."""
    between = rf"(?:\s+\S+){{0,{gap}}}\s+"
    return re.compile(rf"\b(?:(?:{first}){between}(?:{second})|(?:{second}){between}(?:{first}))\b")


def _of(*alternatives: str) -> str:
    return "(?:" + "|".join(alternatives) + ")"


def _pairs(
    first: Iterable[re.Pattern[str]], second: Iterable[re.Pattern[str]]
) -> tuple[tuple[re.Pattern[str], ...], ...]:
    others = tuple(second)
    return tuple((one, other) for one in first for other in others if one is not other)


# --- words ------------------------------------------------------------------------------------------------------------

_NALTREXONE: Final = _any("naltrexone", "ldn", "revia", "vivitrol", "contrave", "mysimba", "naloxone", "narcan")
_OPIOID_WORDS: Final = _of(
    "opioid", "opiate", "tramadol", "tramal", "ultram", "codeine", "co codamol", "cocodamol", "dihydrocodeine",
    "oxycodone", "oxycontin", "percocet", "oxy", "morphine", "fentanyl", "hydrocodone", "vicodin", "norco",
    "tapentadol", "nucynta", "palexia", "methadone", "buprenorphine", "suboxone", "subutex", "heroin", "loperamide",
    "imodium", "hydromorphone", "dilaudid", "painkiller", "pain killer",
)  # fmt: skip
_OPIOID: Final = _any(_OPIOID_WORDS)
_SEROTONERGIC: Final = _any(
    "serotonergic", "snri", "ssri", "tca", "maoi", "antidepressant", "anti depressant", "duloxetine", "cymbalta",
    "milnacipran", "savella", "venlafaxine", "desvenlafaxine", "fluoxetine", "prozac", "sertraline", "zoloft",
    "citalopram", "escitalopram", "paroxetine", "amitriptyline", "elavil", "nortriptyline", "tramadol", "ultram",
    "cyclobenzaprine", "flexeril", "tonmya", "linezolid", "methylene blue", "moclobemide", "phenelzine",
    "tranylcypromine", "selegiline", "triptan", "sumatriptan", "tapentadol", "fentanyl", "methadone", "st john wort",
    "st john s wort", "mirtazapine", "trazodone",
)  # fmt: skip
_MEDICINE_WORDS: Final = _of(
    _OPIOID_WORDS, "tablet", "pill", "capsule", "medicine", "medication", "med", "drug", "dose", "naltrexone", "ldn",
    "pregabalin", "lyrica", "gabapentin", "duloxetine", "cymbalta", "milnacipran", "savella", "amitriptyline",
    "elavil", "cyclobenzaprine", "tonmya", "flexeril", "paracetamol", "acetaminophen", "tylenol", "ibuprofen",
    "diazepam", "lorazepam", "fluoxetine", "sertraline", "citalopram", "benzodiazepine", "sleeping tablet", "patch",
    "bottle", "blister", "liquid", "syrup", "painkiller",
)  # fmt: skip
_CHILD: Final = _of(
    "son", "daughter", "child", "toddler", "baby", "infant", "boy", "girl", "kid", "grandson", "granddaughter",
    "grandchild", "niece", "nephew", "little one", r"\d+ month old", r"(?:\d|1[0-7]) year old", "schoolboy", "teenager",
)  # fmt: skip
_WHOSE: Final = _of("my", "his", "her", "their", "our", "the", "your")
_TOOK: Final = _of(
    "took", "taken", "swallowed", "ate", "eaten", "given", "gave", "drank", "injected", "popped", "downed", "necked",
    "chewed", "had", "ingested", "applied", "used", "stuck on", "got into", "got hold of", "put", "sucked", "licked",
)  # fmt: skip

# Features of serotonin excess and of withdrawal, each a group of words that mean the same thing.
_FEVER: Final = _any(
    "fever", "feverish", "febrile", "high temperature", "pyrexia", "pyrexial", "hyperthermia", "hyperthermic",
    r"(?:temp\w*|t) (?:of |is |at )?(?:3[89]|4[0-3]|10[1-9])(?:\.\d+)?", "burning up", "very hot", "boiling",
)  # fmt: skip
_JERKS: Final = _any(
    "clonus", "myoclon\\w+", "jerk", "jerking", "jerky", "twitch", "twitching", "twitchy", "rigid", "rigidity",
    "hyperreflexi\\w+", "hyper reflexi\\w+", "muscle spasm", "brisk reflex\\w*", "stiff a?s? ?a? ?board",
)  # fmt: skip
_MIND: Final = _any(
    "agitated", "agitation", "confused", "confusion", "delirious", "delirium", "hallucinating", "hallucination",
    "disoriented", "disorientated", "not making sense", "out of (?:it|his mind|her mind|my mind)", "restless",
    "restlessness", "pacing", "climbing the wall", "not (?:himself|herself|myself)",
)  # fmt: skip
_TREMOR: Final = _any("tremor", "trembl\\w+", "shak(?:e|ing|y)", "shiver\\w*", "shudder\\w*", "tremulous")
_SWEAT: Final = _any("sweat\\w*", "drenched", "diaphore\\w+", "clammy")
_BOWEL: Final = _any("diarrhea", "the run", "loose stool")
_PULSE: Final = _any(
    "tachycardi\\w+", "(?:heart|pulse)(?: \\S+){0,2} (?:racing|pounding|fast|hammering)", "racing (?:heart|pulse)",
    "dilated pupil", "huge pupil",
)  # fmt: skip
_VOMIT: Final = _any("vomit\\w*", "throw(?:ing)? up", "threw up", "being sick", "been sick", "puking", "retching")
_CRAMP: Final = _any(
    "cramp\\w*",
    "gooseflesh",
    "goose bump",
    "goosebump",
    "piloerection",
    "yawning",
    "chill",
    "crawling",
    "aching all over",
)
_PANIC: Final = _any(
    "panick\\w*", "anxious", "terrible", "awful", "severe", "violently", "violent", "horrendous", "really ill"
)
_WITHDRAWAL_FEATURES: Final = (_VOMIT, _SWEAT, _TREMOR, _BOWEL, _MIND, _CRAMP, _PULSE)

_ACUTE: Final = _any(
    "now", "just", "ago", "today", "tonight", "yesterday", "last night", "this (?:morning|evening|afternoon|week|minute)",
    "since", "sudden", "suddenly", "all of a sudden", "at the moment", "currently", "still", "keep", "help", "acute(?:ly)?",
    "getting worse", "worsening", "woke up", "for the last", "for the past", "within", "overnight", "new onset", "started",
    "presenting", "present", "after", "again", "emergency", "urgent", "ambulance", "straight away", "when i stand",
)  # fmt: skip


# --- rules ------------------------------------------------------------------------------------------------------------

_CALL: Final = "Call your emergency number now (112, 999 or 911)"
_TELL: Final = "Tell them every medicine that was taken, how much and when, and bring the packs."
_CRISIS: Final = "In the US and Canada call or text 988; elsewhere call 112 or 999 or your local crisis line"

_BREATHING: Final = Rule(
    Emergency(
        rule="RF-4",
        title="Emergency: breathing problem or cannot be woken",
        level="now",
        patient=(
            f"{_CALL}. Give naloxone if you have it and an opioid may be involved. If the person is not breathing, "
            "start CPR as the call handler tells you; if they breathe but cannot be woken, lay them on their side. "
            "Stay with them, and give nothing to eat or drink and no more medicine. "
            f"{_TELL} Say if opioids, alcohol, sleeping tablets, pregabalin or gabapentin are involved."
        ),
        clinician=(
            "Treat as respiratory depression or impaired consciousness until shown otherwise: emergency response now, "
            "airway and ventilation, naloxone if an opioid may be involved, continued observation because breathing may "
            "fail again. Ask for opioids, alcohol, benzodiazepines and gabapentinoids: the combination is the danger. "
            "After naltrexone is stopped or missed, opioid tolerance may be low."
        ),
        conditions=("respiratory-depression",),
    ),
    signs=(
        Sign(
            (
                _any(
                    "cannot be (?:woken|waked|roused|awakened|aroused|awoken)",
                    "(?:cannot|could not|unable to) (?:get (?:him|her|them) to )?(?:wake|rouse|awaken|arouse)(?! up (?:in|properly|refreshed|early|for|on))(?: (?:him|her|them|my|the|mum|mom|dad)\\b.*| up)?",
                    "(?:will|do|does|would) not (?:wake|rouse|respond|come round)(?: up)?",
                    "not (?:waking|responding|rousing|coming round)(?: up)?",
                    "unresponsive",
                    "unconscious",
                    "unrouseable",
                    "unrousable",
                    "unarousable",
                    "out cold",
                    "comatose",
                    "(?:not|no longer) (?:really )?breathing",
                    "stopped breathing",
                    "(?:barely|hardly|scarcely) breath\\w+",
                    "(?:cannot|can (?:barely|hardly)|could not) (?:breathe|breath|get (?:my|his|her) breath|catch (?:my|his|her) breath)",
                    "struggling (?:to breathe|to breath|for breath|for air)",
                    "fighting for breath",
                    "gasping",
                    "gurgling",
                    "apne?oeic",
                    "apneic",
                    "turning blue",
                    "(?:gone|going|went) blue",
                    "cyanos\\w+",
                    "cyanotic",
                    "(?:hard|difficult|impossible) to (?:wake|rouse)(?! up (?:in|on|for|early|most|every))",
                    "(?:rr|respiratory rate|breathing rate)(?: of| is| at)? [1-9]",
                    "gcs(?: of| is)? \\d+",
                    "(?:sat|spo2|o2 sat)(?: of| is| are| at)? [1-8]\\d",
                    "seizing",
                    "convulsing",
                    "(?:having|had|has had|just had) a (?:seizure|fit|convulsion)",
                ),
            ),
            plain=True,
        ),
        Sign(
            (
                _near(
                    "breath|breathing|respiration", "slow|slowly|shallow|weak|labored|irregular|noisy|stopping|funny", 4
                ),
            )
        ),
        Sign((_near("lip|face|finger|fingertip|skin|mouth", "blue|bluish|blueish|gray|grey|purple", 4),)),
        Sign((_any("respiratory depression", "respiratory arrest", "pinpoint pupil", "pin point pupil"), _ACUTE)),
    ),
    exclusions=_any(
        "(?:in|with) the cold", "raynaud\\S*", "in the morning", "sleep apnea", "feel blue", "feeling blue"
    ),
)

_ALLERGY: Final = Rule(
    Emergency(
        rule="RF-6",
        title="Emergency: swelling of face, tongue or throat, or a severe allergic reaction",
        level="now",
        patient=(
            f"{_CALL}: swelling of the face, lips, tongue or throat can close the airway. Use an adrenaline "
            "(epinephrine) pen if one was prescribed. Sit up if breathing is hard, lie flat with raised legs if faint, "
            "and do not stay alone. Take no more of the medicine that may have caused it until a doctor has seen "
            f"you. {_TELL}"
        ),
        clinician=(
            "Treat as angioedema or anaphylaxis: emergency response now, airway first. Labels name angioedema for "
            "pregabalin; any medicine can cause it. Give no further dose of the suspected medicine until assessed, and "
            "record the reaction."
        ),
        conditions=("allergic-reaction",),
    ),
    signs=(
        Sign(
            (
                _near(
                    "swollen|swelling|swelled|swell|puffed|puffy|ballooned|ballooning|blown up|angio ?edema|enormous|huge",
                    "face|lip|tongue|throat|mouth|eyelid|airway|eye",
                    5,
                ),
            )
        ),
        Sign((_near("throat|airway", "closing|closed|tight|tightening|tightness|closing up|blocked|constricting", 3),)),
        Sign((_any("anaphyla\\w+", "angio ?edema"), _ACUTE)),
        Sign(
            (
                _any(
                    "(?:having|has|have|had) (?:an? |some )?(?:bad |severe |serious |major )?(?:allergic reaction|anaphyla\\w+|angio ?edema)"
                ),
            )
        ),
        Sign((_any("hive", "rash", "urticaria", "welt"), _any("breath\\w*", "wheez\\w+", "throat", "faint\\w*"))),
        Sign((_any("wheez\\w+"), _ACUTE)),
    ),
    exclusions=_any("dry mouth", "dry eye", "mouth numbness"),
)

_WITHDRAWAL: Final = Rule(
    Emergency(
        rule="RF-3",
        title="Emergency: possible precipitated opioid withdrawal",
        level="now",
        patient=(
            f"This may be precipitated opioid withdrawal. {_CALL} or go to emergency care now; do not wait for it to "
            f"pass and do not stay alone. {_TELL} Do not take more opioid to overcome the block: it can stop your "
            "breathing. Take no more naltrexone until a doctor has seen you."
        ),
        clinician=(
            "Possible precipitated opioid withdrawal: emergency care now. It can be sudden and severe, with vomiting, "
            "diarrhoea, agitation and confusion, and may need hospital care. Do not give more opioid to overcome the "
            "block: that is dangerous. Establish what was taken and when (tramadol, codeine, loperamide, methadone and "
            "buprenorphine count), and give no further naltrexone."
        ),
        conditions=("opioid-withdrawal",),
    ),
    signs=(
        *(
            Sign((*pair, time), (_NALTREXONE,))
            for pair in _pairs(_WITHDRAWAL_FEATURES, _WITHDRAWAL_FEATURES)
            for time in (_ACUTE,)
        ),
        *(Sign(pair, (_NALTREXONE, _OPIOID)) for pair in _pairs(_WITHDRAWAL_FEATURES, _WITHDRAWAL_FEATURES)),
        *(Sign((one, _ACUTE), (_NALTREXONE, _OPIOID)) for one in (*_WITHDRAWAL_FEATURES, _PANIC)),
        Sign((_any("withdrawal", "withdrawing"), _ACUTE), (_NALTREXONE,)),
        Sign(
            (
                _any(
                    "precipitated (?:opioid |opiate )?withdrawal",
                    "(?:in|into|with) (?:full |acute |severe |bad )?withdrawal",
                ),
                _ACUTE,
            )
        ),
        Sign(
            (
                _any(_TOOK),
                _any(
                    "mistake",
                    "accident",
                    "accidentally",
                    "forgot",
                    "forgetting",
                    "together",
                    "both",
                    "on top of",
                    "without thinking",
                    "in error",
                ),
            ),
            (_NALTREXONE, _OPIOID),
        ),
        Sign(
            (
                _near(
                    "took|taken|taking|swallowed|had|doubled",
                    "(?:overcome|override|overrule|beat|break through|get past|get round|get around|get over|push through|punch through)(?: \\S+){0,2} (?:block\\w*|naltrexone|ldn)",
                    9,
                ),
            )
        ),
    ),
)

_OVERDOSE: Final = Rule(
    Emergency(
        rule="RF-9",
        title="Emergency: overdose or wrong dose",
        level="now",
        patient=(
            "Call a poison centre now, even if the person still feels well (in the US 1-800-222-1222). If they are "
            "drowsy, confused, fitting, breathing badly, have a racing heart, or if it is a child, call the emergency "
            f"number (112, 999 or 911). {_TELL} Do not make them vomit, do not leave them alone, and take no more until "
            f"someone there has advised. If it was taken on purpose, say so. {_CRISIS}."
        ),
        clinician=(
            "Possible overdose or wrong dose: poison centre or emergency care now, also for a child and also without "
            "symptoms. Establish every medicine, amount and time, and whether it was deliberate; if so, do not leave the "
            "person alone. Tricyclics are dangerous in overdose; opioids with gabapentinoids, benzodiazepines or alcohol "
            "can stop breathing."
        ),
        conditions=("poisoning",),
    ),
    signs=(
        Sign(
            (
                _near(
                    _TOOK,
                    _of(
                        "(?:far |way )?too (?:many|much)",
                        "double(?: the| my| his| her)?(?: normal| usual)? (?:dose|amount)",
                        "(?:twice|double|triple|three time|ten time|10 time|ten x|10 x|five time) (?:the|my|his|her|as)",
                        "two dose",
                        "three dose",
                        "tenfold",
                        "extra (?:dose|tablet|pill|capsule)",
                        "(?:whole|entire|full) (?:bottle|pack|packet|box|strip|blister|lot)",
                        f"all (?:of )?{_WHOSE} \\S+",
                        "handful",
                        "fistful",
                        "bottle of",
                        "box of",
                        "pack of",
                        "packet of",
                        "strip of",
                        f"(?:[4-9]|[1-9]\\d+|four|five|six|seven|eight|nine|ten|twelve|fifteen|sixteen|twenty|thirty|forty|fifty|sixty|a load of|load of|lot of|bunch of|about \\d+)(?: of)?(?: (?:my|his|her|the|their|mg|milligram))?(?: \\S+)? {_MEDICINE_WORDS}",
                        "wrong \\S+",
                        "someone else s? ?\\S*",
                        f"(?:friend|husband|wife|mum|mom|dad|mother|father|sister|brother|partner|neighbor|neighbour|gran|nan|grandma|flatmate|roommate|dog|cat) (?:s |is )?{_MEDICINE_WORDS}",
                        "instead of",
                        "by (?:mistake|accident)",
                        "accidentally",
                        "mistakenly",
                        "in error",
                        "on purpose",
                        "deliberately",
                        "intentionally",
                        "an overdose",
                        "overdose",
                    ),
                    7,
                ),
            ),
            supposed=True,
        ),
        Sign((_any("overdosed", "od d", "od ed", "ha(?:s|ve) taken an overdose"),), plain=False),
        Sign((_any("overdose", "od", "poisoned", "poisoning", "dosing error", "medication error"), _ACUTE)),
        Sign((_near(_CHILD, _TOOK, 5), _any(_MEDICINE_WORDS)), supposed=True),
        Sign((_near(_CHILD, f"found|playing|chewing|eating|sucking|swallowing", 4), _any(_MEDICINE_WORDS))),
    ),
    exclusions=_any("nothing (?:help|work)\\w*", "under supervision", "as prescribed"),
)

_SELF: Final = "(?:my|him|her|them)sel(?:f|ve)"
_SUICIDE: Final = Rule(
    Emergency(
        rule="RF-1",
        title="Urgent: thoughts of suicide or self-harm",
        level="now",
        patient=(
            "You deserve help right now, and there is help. Contact emergency services or a crisis line now: "
            f"{_CRISIS[0].lower()}{_CRISIS[1:]}. Do not stay alone: go to someone you trust, tell them, and move "
            "medicines and anything else you might use out of reach. Tell the prescriber today; such thoughts can "
            "come with a medicine that was started or changed. Do not stop the medicine on your own decision. If you "
            "have already taken something or may act on these thoughts, call 112, 999 or 911 at once."
        ),
        clinician=(
            "Suicidal thoughts: assess risk now and arrange emergency or crisis care (988 in the US; 112 or 999 "
            "elsewhere). Do not leave the person alone; secure medicines and other means. Tell the prescriber today. "
            "Antidepressants carry a suicidality warning, above all early or after a dose change; pregabalin and "
            "naltrexone carry warnings too. Do not stop the medicine abruptly without the prescriber's decision."
        ),
        conditions=("suicidality",),
    ),
    signs=(
        Sign(
            (
                _any(
                    f"kill(?:ing)? {_SELF}",
                    f"(?:hurt|hurting|harm|harming|cut|cutting|hang|hanging|shoot|shooting|drown) {_SELF}",
                    "(?:end|ending|take|taking) (?:my|his|her|their) (?:own )?life",
                    "(?:end|ending) it(?: all)?(?! (?:in|at|by))",
                    "ending (?:thing|everything|it all)",
                    "end (?:it all|everything)",
                    "(?:want|wanted|wanting|wish|like|ready|rather|going) (?:\\S+ ){0,2}(?:die|be dead|be gone for good|disappear forever|not be here)",
                    "wish(?:ed|ing)? (?:i|he|she) (?:was|were|wa|had) (?:dead|never (?:been )?born|not here|not alive|not woken)",
                    "better off (?:dead|without (?:me|him|her)|if i (?:was|were) (?:dead|gone))",
                    "(?:do|does|did) not want to (?:live|be here|wake up|go on|be alive|exist|carry on|be around)(?: anymore)?",
                    "no longer want(?:ing)? to (?:live|be here|go on|be alive)",
                    "not want(?:ing)? to (?:live|be alive|be here)",
                    "(?:no|not any|any) (?:reason|point) (?:to|in|for) (?:me )?(?:live|living|going on|go on|carry on|carrying on|being here)",
                    "nothing (?:left )?to live for",
                    "not worth living",
                    "(?:cannot|can not) (?:go on|carry on|keep going|do this anymore|take (?:this|it) anymore|live like this)",
                    "(?:thought|think|thinking|dream|talk|talking|idea|plan|planning) (?:\\S+ )?(?:of|about) (?:suicide|dying|death|my own death|ending|killing|jumping|harming|hurting (?:myself|himself|herself)|driving into)",
                    "suicide (?:note|plan|attempt)",
                    "goodbye (?:note|letter)",
                    "saved? up (?:all )?(?:my|his|her|enough) \\S+ to",
                    "stop living",
                    "sleep and never wake up",
                    "never wake up",
                    "attempted suicide",
                    "commit suicide",
                    "self harming",
                ),
            ),
            plain=True,
        ),
        Sign((_any("suicidal", "suicide", "suicidality", "self harm", "self injury"),)),
        Sign(
            (
                _near(
                    "mood|temper|personality", "crashed|plummeted|collapsed|changed|swinging|plunged|dropped|flipped", 4
                ),
                _any("sudden", "suddenly", "since", "overnight", "out of nowhere"),
            )
        ),
        Sign(
            (
                _any("hopeless", "manic", "violent thought", "dark thought", "black thought"),
                _any("since", "sudden", "suddenly", "after"),
            )
        ),
    ),
)

_CORE: Final = (_FEVER, _JERKS, _MIND)
_SEROTONIN: Final = Rule(
    Emergency(
        rule="RF-2",
        title="Emergency: possible serotonin syndrome",
        level="now",
        patient=(
            f"This may be serotonin syndrome. {_CALL} or go to emergency care now, and do not stay alone. Warning "
            "signs are agitation, fever, sweating, shaking, muscle jerks, diarrhoea and confusion. "
            f"{_TELL} Take no further medicine, new or usual, until they have advised you, which they can do at once."
        ),
        clinician=(
            "Possible serotonin syndrome: emergency care now. Look for clonus, hyperreflexia, rigidity, fever, "
            "sweating, tremor, diarrhoea, agitation and confusion. List every serotonergic medicine: SNRI, SSRI, "
            "tricyclic, tramadol, cyclobenzaprine, MAO inhibitor, linezolid, intravenous methylene blue. Give none of "
            "them until the patient has been assessed."
        ),
        conditions=("serotonin-syndrome",),
    ),
    signs=(
        *(Sign(pair, (_SEROTONERGIC,)) for pair in _pairs(_CORE, (*_CORE, _TREMOR, _SWEAT, _BOWEL, _PULSE))),
        *(
            Sign((one, _ACUTE), (_SEROTONERGIC,))
            for one in (
                _any("clonus", "myoclon\\w+", "rigid", "rigidity", "hyperreflexi\\w+", "delirious", "hallucinat\\w+"),
            )
        ),
        *(Sign((*pair, _ACUTE), (_SEROTONERGIC,)) for pair in _pairs((_TREMOR,), (_SWEAT, _BOWEL, _PULSE))),
        Sign((_any("serotonin (?:syndrome|toxicity|storm)", "serotonergic (?:syndrome|toxicity)"),)),
    ),
)

_HEART: Final = Rule(
    Emergency(
        rule="RF-8",
        title="Emergency: chest pain, fainting or a very fast or irregular heartbeat",
        level="now",
        patient=(
            f"{_CALL} or go to emergency care now, and do not drive yourself or stay alone. Do not put this down to "
            "fibromyalgia. Sit or lie down, rest, and keep your phone at hand. "
            f"{_TELL} Do not change your medicines on your own decision."
        ),
        clinician=(
            "Chest pain, syncope, a very fast or irregular pulse or very high blood pressure: emergency assessment now "
            "with ECG and vital signs. Do not attribute it to fibromyalgia. SNRIs can raise heart rate and blood "
            "pressure; tricyclics and cyclobenzaprine can cause arrhythmia; list all medicines."
        ),
        conditions=("heart-disease", "hypertension"),
    ),
    signs=(
        Sign((_near("chest", "pain|hurt|hurting|ache|aching|tight|tightness|pressure|crushing|squeezing|heavy|heaviness|burning|crushed|elephant", 4),)),
        Sign((_any("heart attack", "chest pain"),)),
        Sign((_any("fainted", "fainting", "passed out", "passing out", "pass out", "blacked out", "blacking out", "black out", "collapsed", "collapsing", "syncope", "syncopal", "about to faint", "keep faint"),)),
        Sign((_any("palpitation", "irregular heartbeat", "arrhythmia"),)),
        Sign((_near("heart|pulse|heartbeat|heart rate", "racing|pounding|irregular|skipping|fluttering|hammering|thumping|erratic|jumping|very fast|really fast|so fast|all over the place|out of my chest", 4),)),
        Sign((_any("(?:pulse|heart rate|hr)(?: \\S+){0,2} (?:1[3-9]\\d|2\\d\\d)", "(?:bp|blood pressure)(?: \\S+){0,3} (?:1[89]\\d|2\\d\\d)(?:\\s?/\\s?\\d+| over \\d+)?"),)),
        Sign((_near("blood pressure|bp", "very high|dangerously high|sky high|through the roof|extremely high", 3),)),
        Sign((_any("short of breath", "breathless", "shortness of breath"), _any("sudden", "suddenly", "since", "at rest", "now", "severe", "severely", "getting worse", "today"))),
    ),
    exclusions=_any(
        "chest wall", "chest region", "chest and abdomen", "chest area", "chest x ray", "chest xray", "chest infection",
        "chest binder", "chest physio\\w*", "costochondritis", "chest tenderness", "chest expansion",
    ),
)  # fmt: skip

_EYE: Final = Rule(
    Emergency(
        rule="RF-7",
        title="Emergency: sudden eye pain, halos or loss of vision",
        level="now",
        patient=(
            "Sudden eye pain, halos around lights or loss of vision can be acute angle closure, which can cost sight "
            "within hours. Go to emergency eye care now or call 112, 999 or 911; do not drive yourself. "
            f"{_TELL} Do not wait for an appointment."
        ),
        clinician=(
            "Possible acute angle closure: emergency eye care now, with measurement of eye pressure. SNRIs, tricyclics "
            "and cyclobenzaprine can provoke it; list all medicines. Over 50 with headache or jaw pain, think of giant "
            "cell arteritis as well."
        ),
        conditions=("glaucoma",),
    ),
    signs=(
        Sign(
            (
                _near("eye|eyeball", "pain|painful|hurt|hurting|ache|aching|agony|killing|throbbing|sore", 5),
                _any(
                    "sudden",
                    "suddenly",
                    "severe",
                    "severely",
                    "intense",
                    "terrible",
                    "terribly",
                    "unbearable",
                    "excruciating",
                    "agony",
                    "bad",
                    "badly",
                    "acute",
                    "halo",
                    "rainbow",
                    "vision",
                    "blur\\w*",
                    "see",
                    "sight",
                    "blind",
                    "red",
                    "vomit\\w*",
                    "nausea",
                    "headache",
                    "worst",
                ),
            )
        ),
        Sign(
            (
                _near("halo|haloe|rainbow|ring", "light|lamp|seeing|see|around|eye", 4),
                _any("see", "seeing", "halo", "eye", "vision"),
            )
        ),
        Sign(
            (_near("lost|losing|loss of|gone|going|disappeared|disappearing|went", "vision|sight|eyesight|blind", 4),)
        ),
        Sign(
            (
                _any(
                    "cannot see (?:out|from|anything|properly|through|with|a thing)",
                    "(?:went|gone|going) blind",
                    "curtain (?:over|across|coming)",
                ),
            )
        ),
        Sign((_any("angle closure", "acute glaucoma"), _ACUTE)),
    ),
    exclusions=_any("(?:ocular|eye|corneal) pain (?:study|trial|review|paper)", "neuropathic corneal pain", "dry eye"),
)

_LIVER: Final = Rule(
    Emergency(
        rule="RF-5",
        title="Urgent today: possible liver injury",
        level="same day",
        patient=(
            "Yellow skin or eyes, dark urine, or strong pain in the upper right belly with vomiting can mean acute "
            "hepatitis. Get urgent medical care today; call 112, 999 or 911 if there is confusion, bleeding or "
            "collapse. Call the prescriber or an urgent care line before the next dose of any medicine, and drink no "
            f"alcohol. {_TELL}"
        ),
        clinician=(
            "Possible acute liver injury: same-day urgent assessment with liver tests. Naltrexone and duloxetine labels "
            "warn of hepatitis and liver injury; the naltrexone label asks to stop it and seek care for symptoms of acute "
            "hepatitis. Confusion, bleeding or collapse: emergency response."
        ),
        conditions=("liver-injury",),
    ),
    signs=(
        Sign((_near("skin|eye|eyeball|white|face|sclera", "yellow|yellowish|yellowing|yellowed", 5),)),
        Sign((_any("jaundice", "jaundiced", "icteric", "icterus"),)),
        Sign((_near("urine|pee|wee|water", "dark|brown|cola|coca cola|coke|tea|black|mahogany", 5),)),
        Sign(
            (
                _near(
                    "pain|ache|tender|hurt|hurting|agony",
                    "right (?:upper|side|rib|\\S+ quadrant)|upper right|ruq|(?:under|below) (?:my|his|her|the) (?:right )?rib",
                    6,
                ),
                _any("vomit\\w*", "throwing up", "being sick", "nausea", "nauseou", "fever", "severe", "dark", "bad"),
            )
        ),
        Sign((_any("acute hepatitis", "acute liver failure", "liver failure"), _ACUTE)),
    ),
    exclusions=_any("yellow (?:tablet|capsule|pill|card|sticker|warning|flag|label)", "tea tree", "black tea"),
)

_OTHER_DISEASE: Final = Rule(
    Emergency(
        rule="RF-10",
        title="Prompt medical assessment: these signs point to another disease",
        level="prompt",
        patient=(
            "These signs are not typical of fibromyalgia and need a doctor's assessment without delay. Numbness between "
            "the legs, loss of bladder or bowel control, or new weakness in the legs: go to emergency care now (112, "
            "999 or 911). New headache, jaw pain or sight problems after 50: the same day. Fever, weight loss or swollen "
            f"joints: a prompt appointment. {_TELL} Do not change your medicines on your own decision."
        ),
        clinician=(
            "Red flags for another disease: assess promptly and do not attribute them to fibromyalgia. Saddle numbness, "
            "bladder or bowel disturbance or new leg weakness: emergency assessment for cauda equina compression. New "
            "headache, jaw or visual symptoms after 50: same day, giant cell arteritis. Fever, weight loss, swollen "
            "joints or raised CRP or ESR: look for infection, inflammatory or malignant disease."
        ),
        conditions=("inflammation",),
    ),
    signs=(
        Sign(
            (
                _near(
                    "numb|numbness|no feeling|cannot feel|lost feeling|lost all feeling|loss of (?:feeling|sensation)|lost sensation|no sensation|tingling|pin and needle",
                    "saddle|groin|genital\\w*|between (?:my|his|her|the) (?:leg|thigh)|private|private part|buttock|perine\\w*|perianal|anus|bottom|wip(?:e|ing)|inner thigh|vagina|penis|crotch|back passage",
                    7,
                ),
            )
        ),
        Sign(
            (
                _near(
                    "lost|loss of|losing|no|cannot",
                    "control (?:of|over) \\S+ (?:bladder|bowel|wee|pee|urine)|bladder control|bowel control|bladder and bowel control|control my (?:bladder|bowel)",
                    2,
                ),
            )
        ),
        Sign((_any("cauda equina", "urinary retention", "saddle (?:anesthesia|numbness)", "foot drop"),)),
        Sign(
            (
                _any("incontinent", "incontinence"),
                _any("new", "sudden", "suddenly", "since", "now", "today", "numb\\w*", "leg", "back pain"),
            )
        ),
        Sign(
            (
                _any(
                    "(?:wet|wetting|soiled|soiling|peed|pooed|messed) (?:my|him|her)self",
                    "cannot (?:pee|wee|urinate|pass (?:urine|water)|empty (?:my|his|her) bladder)",
                ),
            )
        ),
        Sign(
            (
                _near(
                    "leg|foot|feet|arm",
                    "gone weak|going weak|suddenly weak|so weak|gone numb|paralyzed|dead|giving way|given way|gave way|weakness|gone limp",
                    4,
                ),
                _any(
                    "sudden",
                    "suddenly",
                    "since",
                    "new",
                    "now",
                    "today",
                    "bladder",
                    "bowel",
                    "numb\\w*",
                    "progressive",
                    "overnight",
                ),
            )
        ),
        Sign((_any("cannot (?:move|lift|feel) (?:my|his|her|the|either|both) (?:\\S+ )?(?:leg|foot|feet|arm)"),)),
        Sign(
            (
                _any(
                    "jaw pain",
                    "jaw hurt",
                    "jaw ache",
                    "jaw claudication",
                    "scalp (?:is )?(?:tender|pain|hurt)\\w*",
                    "tender scalp",
                    "sore scalp",
                ),
                _any("headache", "vision", "see", "sight", "double vision", "temple"),
            )
        ),
        *(
            Sign(pair)
            for pair in _pairs(
                (
                    _any(
                        "weight loss",
                        "losing weight",
                        "lost weight",
                        "lost (?:\\S+ ){0,3}(?:kg|kilo|pound|lb|stone|kilogram)",
                    ),
                    _any("night sweat", "drenching sweat"),
                    _near("joint|knuckle|wrist|knee", "swollen|swelling|swell|hot", 4),
                ),
                (
                    _FEVER,
                    _any("night sweat", "drenching sweat"),
                    _any(
                        "weight loss",
                        "losing weight",
                        "lost weight",
                        "lost (?:\\S+ ){0,3}(?:kg|kilo|pound|lb|stone|kilogram)",
                    ),
                    _near("crp|esr", "raised|high|elevated|up", 3),
                ),
            )
        ),
        Sign(
            (
                _any(
                    "unexplained weight loss",
                    "losing weight without (?:trying|dieting)",
                    "lost (?:\\S+ ){1,4}without (?:trying|dieting)",
                ),
            )
        ),
    ),
)

# In this order the first that fires is the answer: what kills first comes first.
RULES: Final = (
    _BREATHING, _ALLERGY, _WITHDRAWAL, _OVERDOSE, _SUICIDE, _SEROTONIN, _HEART, _EYE, _LIVER, _OTHER_DISEASE,
)  # fmt: skip


# --- reading a message ------------------------------------------------------------------------------------------------

_CONTRACTIONS: Final = {
    "im": "i am", "ive": "i have", "ill": "i will", "id": "i would", "cant": "cannot", "wont": "will not", "dont": "do not",
    "doesnt": "does not", "didnt": "did not", "isnt": "is not", "arent": "are not", "wasnt": "was not", "hasnt": "has not",
    "havent": "have not", "hes": "he is", "shes": "she is", "theyre": "they are", "thats": "that is", "whats": "what is",
    "theres": "there is", "couldnt": "could not", "wouldnt": "would not", "shouldnt": "should not", "wanna": "want to",
    "gonna": "going to", "ya": "you", "u": "you", "pls": "please", "plz": "please", "hadnt": "had not", "its": "it is",
}  # fmt: skip
_NEEDS_APOSTROPHE: Final = frozenset({"ill", "id", "its"})  # words of their own without one
_GENERAL: Final = frozenset(
    "patients people adults women men persons users teenagers adolescents someone anyone somebody anybody everyone "
    "everybody those volunteers participants individuals folks doctors clinicians guidelines babies".split()
)
_UNCHANGED: Final = frozenset({"does", "goes", "always", "was", "has", "is", "this", "his", "us", "yes", "its"})
_RESPELLED: Final = {
    "pt": "patient", "tounge": "tongue", "tonge": "tongue", "throte": "throat", "diarrea": "diarrhea",
    "diahrrea": "diarrhea", "diarrhoe": "diarrhea", "diarhea": "diarrhea", "suicidle": "suicidal", "cheast": "chest",
    "chets": "chest", "brething": "breathing", "breathin": "breathing", "goes": "go", "grey": "gray", "haloes": "halo",
    "feet": "foot", "stopd": "stopped", "swolen": "swollen", "eyes": "eye", "cannt": "cannot", "percocets": "percocet",
    "sob": "short of breath", "c/o": "with", "hx": "history", "tabs": "tablet", "meds": "medication", "any more": "anymore",
    "pains": "pain", "wheezy": "wheezing", "pian": "pain", "haert": "heart",
}  # fmt: skip
_SPELLER: Final = Speller(
    (
        "suicide suicidal breathing swollen swelling swallowed swallow vomiting sweating shaking fainted fainting collapsed "
        "palpitation overdose overdosed jaundice jaundiced unconscious unresponsive serotonin syndrome agitated agitation "
        "confused confusion diarrhea naltrexone tramadol duloxetine milnacipran pregabalin gabapentin amitriptyline "
        "cyclobenzaprine oxycodone morphine methadone buprenorphine codeine withdrawal anaphylaxis angioedema seizure "
        "incontinent bladder numbness myself herself himself accidentally mistakenly handful daughter toddler tablet "
        "capsule bottle painkiller breathe wheezing hallucinating hallucination trembling shivering suddenly yesterday "
        "tonight delirious clonus febrile blurred vision cymbalta savella fluoxetine sertraline racing pounding "
        "irregular pressure crushing thought thinking killing ending friend husband"
    ).split(),
    never="swelling smelling spelling selling thinning thinking trashing baking vision version mission friends session".split(),
)
_SENTENCE_END: Final = re.compile(r"[.!?;:\n]+(?=\s|$)|\s[-\u2013\u2014]\s|\s?\u2014\s?")
_TOKEN: Final = re.compile(r"\d+(?:[.,/]\d+)*|[^\W_]+(?:'[^\W_]+)*|[?]")
_SEGMENT_CUT: Final = re.compile(
    r"\s*,\s*|\s+(?=(?:but|because|although|however|so)\b)|\s+(?=and (?:i|my|he|she|now|his|her|we|it)\b)"
    r"|\s+(?=that (?:i|my|he|she|his|her)\b)|\s+(?=if\b)"
)
_PERSON: Final = _any(
    "i", "me", "my", "mine", "myself", "we", "our", "he", "she", "him", "her", "his", "himself", "herself", "patient",
    "mum", "mom", "mother", "dad", "father", "son", "daughter", "child", "toddler", "baby", "boy", "girl", "husband",
    "wife", "partner", "brother", "sister", "friend", "gran", "nan", "grandmother", "grandfather", "grandma", "grandpa",
    "grandson", "granddaughter", "neighbor", "colleague", "aunt", "uncle", "cousin", "woman", "man", "lady", "gentleman",
    "girlfriend", "boyfriend", "flatmate", "roommate", r"\d+ ?(?:yo|f|m|y o|year old|yr old|month old)", "bed \\d+",
    "this (?:is|be)", "is this", "it is happening", "mate", "client", "resident", "niece", "nephew",
)  # fmt: skip
_ASKS: Final = re.compile(
    r"^(?:(?:so|and|but|ok|okay|hi|hello|please|also|then|well) )*"
    r"(?:what|which|who|whom|how|why|when|where|is|are|do|does|did|can|could|should|would|will|has|have|any|may|might|tell"
    r"|explain|list|define|describe|give me|compare|summari[sz]e)\b"
)
_ASKS_FOR_HELP: Final = _any(
    "what (?:should|do|can|must|shall|else can) (?:i|we|you) (?:i )?do",
    "who (?:should|do|can) (?:i|we) call",
    "should (?:i|we) (?:go|call|ring|phone|worry|wait|see|be worried|take (?:him|her)|get help|induce)",
    "do (?:i|we) (?:need to (?:go|call|worry|see|be seen)|call|go|wait)",
    "need help",
    "please help",
    "help me",
    "what now",
    "can (?:i|we|he|she) (?:wait|sleep it off|go to bed|just sleep)",
    "is (?:it|that|this) (?:normal|serious|dangerous|ok|okay|bad|an emergency|safe to wait)",
    "could (?:this|it|that) be",
    "can (?:this|it) be",
    "might (?:this|it) be",
    "does (?:it|that) matter",
    "(?:will|would) (?:he|she|i) (?:be (?:ok|okay|all right|alright)|die)",
    "am i (?:dying|having|in|going to)",
    "could (?:i|he|she) be having",
    "is (?:he|she|my \\S+) (?:dying|having|in)",
    "do (?:i|he|she) have",
    "why (?:am|is|are|do|does|have)",
)
# Information is asked for, whatever else the segment says.
_INFORMATION: Final = _any(
    "risk(?: factor)? (?:of|for)",
    "risk",
    "chance of",
    "likelihood",
    "how (?:likely|common|often|many|frequent|frequently|do i (?:recogni[sz]e|know|spot|tell))",
    "common",
    "warning",
    "warn",
    "label",
    "(?:symptom|sign|feature) (?:of|are|for)",
    "side effect",
    "adverse (?:event|effect|reaction)",
    "look out for",
    "watch (?:out )?for",
    "look for",
    "monitor\\w*",
    "screen(?:ing)?",
    "prevent\\w*",
    "avoid\\w*",
    "in case",
    "guideline",
    "recommend\\w*",
    "criteria",
    "criterion",
    "trial",
    "study",
    "review",
    "evidence",
    "article",
    "definition",
    "what is",
    "difference between",
    "how would (?:i|we|you) know",
    "how will (?:i|we) know",
    "information (?:on|about)",
    "leaflet",
    "prevalence",
    "incidence",
    "rate of",
    "report(?:ed)? of",
    "contraindicat\\w+",
    "mechanism",
    "treatment (?:of|for)",
    "management of",
    "region",
    "wpi",
    "score",
    "read (?:that|about)",
    "reading about",
    "heard (?:that|about)",
    "afraid of",
    "scared of",
    "worried about",
    "fear of",
    "frightened of",
    "concern(?:ed)? about",
    "potential",
)
_HAS_SIGN_OF: Final = re.compile(
    r"\b(?:ha[sd]|have|having|show\w*|with|got|develop\w*) (?:\S+ ){0,2}(?:sign|symptom|feature) (?:of|like)\b"
)
_MAY_CAUSE: Final = _any(
    "(?:can|could|might|may|will|would|do|does|did|to) (?:also |it |they |this |that |\\S+ ){0,2}?(?:cause|make|lead|trigger|turn|increase|induce|produce|raise|give|bring on|worsen|affect)",
    "causes?",
    "cause of",
    "led to",
    "associated with",
)
_SUPPOSES: Final = _any(
    "if",
    "what if",
    "suppose",
    "imagine",
    "unless",
    "should (?:i|he|she) (?:ever )?(?:get|develop|have|become|faint)",
    "when (?:should|do|must) (?:i|we) (?:call|go|seek|worry|ring)",
    "were to",
    "whether",
    "in the event",
    "ever",
)
_MODAL_START: Final = re.compile(
    r"^(?:(?:so|and|but|ok|okay|also) )*(?:can|could|might|may|would|will|do|does|did|should)\b"
)
_PAST: Final = _any(
    "year ago",
    "month ago",
    "decade ago",
    "last year",
    "in (?:19|20)\\d\\d",
    "history of",
    "past history",
    "used to",
    "previous",
    "previously",
    "in (?:the|my|his|her) past",
    "as a (?:teenager|child|teen|student|young)",
    "resolved",
    "recovered",
    "went away",
    "settled",
    "gone now",
    "back then",
    "long ago",
    "when i (?:was|wa)",
    "once had",
    "year back",
    "in (?:my|his|her) (?:teen|twenty|thirty)",
    "ever had",
    "long since",
    "before (?:i|he|she) (?:was|started|got)",
)
_PRESENT: Final = _any(
    "now",
    "again",
    "today",
    "still",
    "currently",
    "tonight",
    "right now",
    "this morning",
    "keep",
    "since yesterday",
    "at the moment",
    "suddenly",
)
_HARD_PRESENT: Final = _any(
    "now",
    "just",
    "ago",
    "today",
    "tonight",
    "yesterday",
    "last night",
    "this (?:morning|evening|afternoon)",
    "since",
    "suddenly",
    "at the moment",
    "already",
    "help",
    "keep",
)
_NEGATED: Final = re.compile(
    r"(?:\b(?:denie[sd]|deny|denying|without|negative for|ruled out|nor|neither|free of|absence of|no (?:sign|evidence|history|symptom) of)\b.*"
    r"|\b(?:no|not|never|cannot|nobody)\s+(?!know|sure|only|just|stop|go|help|work|well|feel (?:well|good|right)|feeling (?:well|good|right)|normal|eat|sleep|able|take|longer|a)"
    r"(?:(?!and\b|but\b|with\b|now\b|because\b|since\b|from\b)\S+\s+){0,3})$"
)


class _Segment(NamedTuple):
    text: str
    weight: int  # 0: does not count; 1: a statement that names no one; 2: reports on a person
    supposed: bool
    denied: bool  # continues a list that began with "denies" or "no"


def detect(message: str) -> Emergency | None:
    """Return the gravest emergency that a message tells of, or None.

    >>> detect("my mum can't be woken after her tablets").rule
    'RF-4'
    >>> detect("What are the symptoms of serotonin syndrome?") is None
    True
    """
    segments = _segments(message)
    whole = " ".join(segment.text for segment in segments)
    for rule in RULES:
        cut = rule.exclusions
        for sign in rule.signs:
            if all(pattern.search(whole) for pattern in (*sign.named, *sign.live)) and _holds(sign, segments, cut):
                return rule.emergency
    return None


def _holds(sign: Sign, segments: tuple[_Segment, ...], exclusions: re.Pattern[str] | None) -> bool:
    counting = [
        segment._replace(text=exclusions.sub(" ~ ", segment.text)) if exclusions else segment
        for segment in segments
        if segment.weight >= (1 if sign.plain else 2) or (sign.supposed and segment.supposed)
    ]
    return bool(counting) and all(any(_stands(pattern, segment) for segment in counting) for pattern in sign.live)


def _stands(pattern: re.Pattern[str], segment: _Segment) -> bool:
    """Whether a segment says it without denying it."""
    if segment.denied and pattern is not _ACUTE:
        return False
    return any(not _NEGATED.search(segment.text[: match.start()]) for match in pattern.finditer(segment.text))


def _segments(message: str) -> tuple[_Segment, ...]:
    """Cut a message into segments of normal words and weigh each."""
    found: list[_Segment] = []
    plain = plain_marks(message)
    start = 0
    ends = [*_SENTENCE_END.finditer(plain), None]
    sentences: list[tuple[str, bool]] = []
    for end in ends:
        sentence = plain[start : end.start() if end else len(plain)]
        sentences.append((sentence, bool(end) and "?" in end.group()))  # type: ignore[union-attr]
        start = end.end() if end else len(plain)
    personal_message = False
    drafts: list[list[tuple[str, int | None, bool, bool]]] = []
    for sentence, question in sentences:
        draft = [_weigh(part, question) for part in _SEGMENT_CUT.split(_normalised(sentence)) if part.strip()]
        drafts.append(draft)
        personal_message = personal_message or any(weight == 2 for _, weight, _, _ in draft)
    for draft in drafts:
        previous: _Segment | None = None
        for text, weight, supposed, asks in draft:
            current = _Segment(text, weight or 0, supposed, False)
            if weight is None:  # names no one and gives no cue of its own: it goes on from what was before
                if previous is not None and not asks:
                    denied = previous.denied or _is_denial(previous.text)
                    current = _Segment(text, previous.weight, previous.supposed, denied)
                elif not asks:
                    reported = personal_message or _ACUTE.search(text) is not None
                    current = _Segment(text, 2 if reported else 1, False, False)
            found.append(current)
            previous = current
    return tuple(found)


def _weigh(text: str, question: bool) -> tuple[str, int | None, bool, bool]:
    """Return the segment, its weight (None: depends on its neighbours), whether it supposes, whether it asks."""
    text = _HAS_SIGN_OF.sub("has", text.strip())
    bare = _ASKS_FOR_HELP.sub("help", text)
    person = _PERSON.search(text) is not None
    now = _HARD_PRESENT.search(text) is not None
    if _INFORMATION.search(bare):
        return bare, 0, False, True
    if _SUPPOSES.search(bare):
        return bare, 2 if now and person else 0, person, True
    if _PAST.search(bare) and not _PRESENT.search(bare):
        return bare, 0, False, False
    if (_MODAL_START.search(bare) or _MAY_CAUSE.search(bare)) and not now:
        return bare, 0, False, True
    asks = _ASKS.search(bare) is not None or (question and not person)
    if person:
        return bare, 2, False, asks
    return bare, None, False, asks


def _is_denial(text: str) -> bool:
    return re.search(r"\b(?:denie[sd]|deny|denying|negative for|no|without)\b", text) is not None


def _normalised(sentence: str) -> str:
    """Return the sentence in normal words, with commas kept as segment marks."""
    parts: list[str] = []
    for piece in sentence.split(","):
        spelled: list[str] = []
        for match in _TOKEN.finditer(piece):
            spelled.extend(_spelled(match.group()))
        parts.append(" ".join(spelled))
    return ", ".join(parts)


def _spelled(token: str) -> tuple[str, ...]:
    """Return the normal form or forms of a word."""
    token = token.casefold()
    bare = token.replace("'", "")
    if bare in _CONTRACTIONS and (bare != token or bare not in _NEEDS_APOSTROPHE):
        return tuple(_CONTRACTIONS[bare].split())
    if token.endswith("'s"):
        return (*_spelled(token[:-2]), "s")
    if bare in _GENERAL:
        return ("people",)
    if bare in _RESPELLED:
        return tuple(_RESPELLED[bare].split())
    if bare in _UNCHANGED:
        return (bare,)
    form = _SPELLER.correct(normal(bare))
    return (_RESPELLED.get(form, form),)
