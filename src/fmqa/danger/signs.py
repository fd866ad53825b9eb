"""The red flags: what a message must report for an emergency, as lists of words. Rules as data, and one function.

Patterns are written in normal forms of words: lower case, singular, American spelling, "cannot", no apostrophes. A sign
counts only where the message reports it of a particular person now and does not deny it (``fmqa.danger.utterances``).
"""

import re
from typing import Final, NamedTuple

from fmqa.danger.utterances import Segment, Weight, any_of, near, one_of, read, says
from fmqa.text.spelling import Speller, normal


class Sign(NamedTuple):
    """What has to be said for a rule to fire.

    Attributes:
        live: Each of these must be reported and not denied.
        some: At least ``least`` of these must be reported and not denied.
        least: See ``some``.
        named: Each of these must stand anywhere in the message: medicines.
        acute: True if the message must also say that it is new or happening now.
        plain: True if it counts even where no person is mentioned ("want to die").
        supposed: True if it counts after "if" too ("what if my son swallowed one").
    """

    live: tuple[re.Pattern[str], ...] = ()
    some: tuple[re.Pattern[str], ...] = ()
    least: int = 0
    named: tuple[re.Pattern[str], ...] = ()
    acute: bool = False
    plain: bool = False
    supposed: bool = False


class RedFlag(NamedTuple):
    """A kind of emergency: the signs any of which tells of it, and words that only look like signs."""

    id: str
    signs: tuple[Sign, ...]
    exclusions: re.Pattern[str] | None = None


# --- words ------------------------------------------------------------------------------------------------------------

_OPIOIDS: Final = """
    opioid, opiate, tramadol, tramal, ultram, codeine, co codamol, cocodamol, dihydrocodeine, oxycodone, oxycontin,
    percocet, oxy, morphine, fentanyl, hydrocodone, vicodin, norco, tapentadol, nucynta, palexia, methadone,
    buprenorphine, suboxone, subutex, heroin, loperamide, imodium, hydromorphone, dilaudid, painkiller, pain killer"""
_OPIOID: Final = any_of(_OPIOIDS)
_NALTREXONE: Final = any_of("naltrexone, ldn, revia, vivitrol, contrave, mysimba, naloxone, narcan")
_SEROTONERGIC: Final = any_of(
    """serotonergic, snri, ssri, tca, maoi, antidepressant, anti depressant, duloxetine, cymbalta, milnacipran,
    savella, venlafaxine, effexor, desvenlafaxine, fluoxetine, prozac, sertraline, zoloft, citalopram,
    escitalopram, lexapro, paroxetine, amitriptyline, elavil, nortriptyline, tramadol, ultram, cyclobenzaprine,
    flexeril, tonmya, linezolid, methylene blue, moclobemide, phenelzine, tranylcypromine, selegiline, triptan,
    sumatriptan, tapentadol, fentanyl, methadone, st john s? ?wort, mirtazapine, trazodone"""
)
_NAMES: Final = (
    _OPIOIDS
    + """, naltrexone, ldn, pregabalin, lyrica, gabapentin, duloxetine, cymbalta, milnacipran, savella, amitriptyline,
    elavil, cyclobenzaprine, tonmya, flexeril, paracetamol, acetaminophen, tylenol, ibuprofen, diazepam, lorazepam,
    fluoxetine, sertraline, citalopram, antidepressant, benzodiazepine"""
)
_COUNTED: Final = one_of(_NAMES + ", tablet, pill, capsule, patch, gummy, gummie, spoonful, sleeping tablet")
_MEDICINES: Final = _NAMES + ", tablet, pill, capsule, patch, medicine, medication, drug, dose, bottle, blister, syrup"
_MEDICINE: Final = one_of(_MEDICINES)
_CHILD: Final = r"""son, daughter, child, toddler, baby, infant, boy, girl, kid, grandson, granddaughter,
    grandchild, niece, nephew, little one, \d+ month old,
    (?:\d|1[0-7]|one|two|three|four|five|six|seven|eight|nine|ten) year old, teenager, teen"""
_TOOK: Final = """took, taken, swallowed, ate, eaten, given, gave, drank, injected, popped, downed, necked, chewed,
    ingested, administered, swigged, finished, emptied, applied, stuck on, been taking"""
_MANY: Final = one_of(
    r"""[4-9], [1-9]\d+, four, five, six, seven, eight, nine, ten, twelve, fifteen, sixteen, twenty, thirty,
    forty, fifty, sixty, (?:load|bunch|lot|handful|fistful) of"""
)
# "I cannot go on", and not "I cannot go on duloxetine".
_GIVING_UP: Final = (
    r"(?= (?:like|living|anymore|any longer|with (?:my |this |it )?(?:life|all)|because|since|and|much longer)\b|$)"
)
_SELF: Final = "(?:my|him|her|them)self"
_SUDDEN: Final = any_of("sudden, suddenly, since, overnight, new, newly, now, today, out of nowhere, at rest, severe")
_ACUTE: Final = any_of(
    r"""now, just, ago, today, tonight, yesterday, last night, this (?:morning|evening|afternoon|week|minute),
    since, sudden, suddenly, all of a sudden, at the moment, currently, still, keep, help, acute(?:ly)?, getting
    worse, worsening, woke up, for the (?:last|past), within, overnight, new onset, started, begun, began,
    presenting, present, after, again, emergency, urgent, ambulance, suspected, in front of (?:me|us), for
    (?:\d+|an?|one|two|three|few|a few|several|a couple of) (?:minute|hour|day), going into, gone into, i think,
    (?:minute|hour|day) (?:later|after)"""
)

# Features of serotonin excess and of opioid withdrawal, each a group of words that mean the same thing.
_FEVER: Final = any_of(
    r"""fever, feverish, febrile, high temperature, pyrexi\w+, hyperthermi\w+, burning up, (?:39|4[0-2])\.\d(?!
    (?:mg|ml|kg|point)), (?:temp|temperature|t) (?:of |is |at |wa )?(?:3[89]|4[0-3]|10[1-9])(?:\.\d+)?"""
)
_JERKS: Final = any_of(
    r"""clonus, myoclon\w+, jerk, jerking, jerky, twitch, twitching, twitchy, (?:leg|arm|muscle)(?: \S+){0,3}
    jumping, rigid, rigidity, hyper ?reflexi\w+, brisk reflex\w*, clonic, jaw (?:clenched|clenching|locked), eye
    (?:\S+ ){0,2}(?:flicking|rolling), muscle (?:\S+ ){0,3}(?:stiff|rigid|locked|spasm)"""
)
_MIND: Final = any_of(
    r"""agitated, agitation, confused, confusion, delirious, delirium, hallucinat\w+, disorient\w+, restless,
    restlessness, pacing, climbing the wall, not making (?:any )?sense, make no sense, out of (?:it|his mind|her
    mind|my mind), cannot sit still, (?:talking|speaking|muttering) (?:nonsense|gibberish|rubbish), seeing thing,
    not making sense, mixed up and, do(?:es)? not know (?:where|who|what day)"""
)
_TREMOR: Final = any_of(r"tremor, trembl\w+, shak(?:e|ing|y), shiver\w*, shudder\w*, tremulous")
_SWEAT: Final = any_of(r"sweat\w*, drenched, diaphore\w+, clammy")
_BOWEL: Final = any_of("diarrhea, the run, loose stool")
_PULSE: Final = any_of(
    r"""tachycardi\w+, (?:heart|pulse)(?: \S+){0,2} (?:racing|pounding|fast|hammering), racing (?:heart|pulse),
    dilated pupil, huge pupil, (?:hr|heart rate|pulse)(?: \S+){0,2} (?:1[2-9]\d|2\d\d)"""
)
_VOMIT: Final = any_of(r"vomit\w*, throw(?:ing)? up, threw up, be(?:ing|en) sick, puking, retching")
_CRAMP: Final = any_of(
    """cramp, cramping, gooseflesh, goose bump, goosebump, piloerection, yawning, chill, crawling (?:out of
    (?:my|his|her) )?skin, writhing, kicking leg, dope ?sick"""
)
_VERY_ILL: Final = any_of(
    """feel(?:ing)? (?:terrible|awful|dreadful|horrendous), really ill, feel(?:ing)? like (?:death|i am
    dying|dying), violently, (?:is|s|in) hell, living hell, like i am dying"""
)
_WITHDRAWAL_FEATURES: Final = (_VOMIT, _SWEAT, _TREMOR, _BOWEL, _MIND, _CRAMP, _PULSE)
_SEROTONIN_CORE: Final = re.compile("|".join(group.pattern for group in (_FEVER, _JERKS, _MIND)))
_WEIGHT_LOSS: Final = any_of(
    r"weight loss, losing weight, lost (?:\S+ )?weight, lost (?:\S+ ){0,3}(?:kg|kilo|pound|lb|stone|kilogram)"
)
_NIGHT_SWEAT: Final = any_of("night sweat, drenching sweat")


# --- red flags -------------------------------------------------------------------------------------------------------

_BREATHING: Final = RedFlag(
    id="RF-4",
    signs=(
        Sign(
            (
                any_of(
                    r"""cannot be (?:woken|waked|roused|awakened|aroused|awoken), (?:will|do|does|would) not
                    (?:wake|rouse|respond|stir|come round)(?: up)?(?! (?:in|before|until|till) ), (?:cannot|could
                    not|unable to)(?: get (?:him|her|them) to)? (?:wake|rouse|awaken|arouse)
                    (?:him|her|them|my|the|mum|mom|dad), not (?:waking|responding|rousing|coming round)(?: up)?,
                    unresponsive, unconscious, unrous\w+, unarous\w+, out cold, comatose, (?:not|no longer)
                    (?:really )? breathing, (?:stopped|stop|stopping) breathing(?! (?:problem|difficulty)),
                    (?:barely|hardly|scarcely) breath\w+, (?:cannot|can (?:barely|hardly)|could not)
                    (?:breathe|breath|get (?:my|his|her) breath|catch (?:my|his|her) breath), struggling (?:to
                    breathe|to breath|for breath|for air), fighting for (?:breath|air), gasping, gurgling,
                    choking, apne?oeic, apneic, turning blue, (?:gone|going|went) blue, cyanos\w+, cyanotic,
                    (?:hard|difficult|impossible) to (?:wake|rouse)(?! up), (?:rr|resp rate|respiratory
                    rate|resp|breathing rate)(?: (?:of|is|at))? [1-9], gcs(?: (?:of|is))? \d+, (?:sat|spo2)(?:
                    (?:of|is|are|at))? [1-8]\d, floppy, limp and, no
                    response, no pulse, cardiac arrest, (?:barely|semi|half) conscious, in and out of
                    consciousness, losing consciousness, too (?:drowsy|sleepy) to, cannot keep (?:his|her|my) eye
                    open, breathing (?:\S+ ){0,2}[1-9] time, (?:is|was) slumped, doing cpr"""
                ),
            ),
            plain=True,
        ),
        Sign(
            (
                near(
                    "breath, breathing, respiration",
                    "slow, slowly, shallow, weak, labored, irregular, noisy, stopping",
                    4,
                ),
            )
        ),
        Sign((near("lip, face, finger, fingertip, skin, mouth", "blue, bluish, blueish, gray, purple", 4),)),
        Sign((any_of("respiratory (?:depression|arrest|failure), pin ?point pupil"),), acute=True),
    ),
    exclusions=any_of(r"""(?:in|with) the cold, raynaud\S*, (?:hard to (?:wake|rouse) (?:up )?)?in the morning,
        sleep apnea, feel(?:ing)? blue, breathing machine, through (?:my|the) nose, unresponsive to"""),
)

_ALLERGY: Final = RedFlag(
    id="RF-6",
    signs=(
        Sign(
            (
                near(
                    """swollen, swelling, swelled, swell, puffed, puffy, puffing, bigger, balloon, ballooned,
                    ballooning, blown up, angio ?edema""",
                    "face, facial, lip, tongue, throat, mouth, airway",
                    5,
                ),
            )
        ),
        Sign((near("swollen, swelling, swelled, puffy", "eye, eyelid", 4), any_of(_MEDICINES)), acute=True),
        Sign((near("throat, airway", "closing, closed, tight, tightening, tightness, blocked, constricting", 3),)),
        Sign((near("tongue", "huge, thick, enormous, too big", 3),)),
        Sign((any_of(r"anaphyla\w+, angio ?edema, stridor, wheezing"),), acute=True),
        Sign((any_of("having (?:an? |some )?(?:\\S+ )?allergic reaction, allergic reaction (?:right )?now"),)),
        Sign((any_of("(?:bad|severe|serious|major) allergic reaction, allergic reaction"),), acute=True),
        Sign(
            (any_of("cannot swallow, (?:hard|difficult|trouble|difficulty) (?:to )?swallow(?:ing)?"),),
            named=(any_of(_MEDICINES),),
            acute=True,
        ),
        Sign((any_of("hive, rash, urticaria, welt"), any_of(r"breath\w*, wheez\w+, throat, faint\w*"))),
    ),
    exclusions=any_of("dry (?:mouth|eye), mouth numbness"),
)

_WITHDRAWAL: Final = RedFlag(
    id="RF-3",
    signs=(
        Sign(some=_WITHDRAWAL_FEATURES, least=2, named=(_NALTREXONE,), acute=True),
        Sign(some=_WITHDRAWAL_FEATURES, least=2, named=(_NALTREXONE, _OPIOID)),
        Sign(some=(_VOMIT, _BOWEL, _TREMOR, _MIND, _VERY_ILL), least=1, named=(_NALTREXONE, _OPIOID), acute=True),
        Sign((any_of("withdrawal, withdrawing"),), named=(_NALTREXONE,), acute=True),
        Sign(
            (any_of("(?:precipitated|acute|in|into|full|severe) (?:opioid |opiate |full |acute |bad )?withdrawal"),),
            acute=True,
        ),
        Sign(
            (
                any_of(_TOOK + ", had"),
                any_of(
                    """mistake, accident, accidentally, forgot, forgetting, not knowing, without thinking, in error"""
                ),
            ),
            named=(_NALTREXONE, _OPIOID),
        ),
        Sign(
            (any_of("took, swallowed, gave, given, injected"), any_of("together, both, on top of, same time")),
            named=(_NALTREXONE, _OPIOID),
            acute=True,
        ),
        Sign(
            (any_of("doubled, doubling, extra, twice as much, took more"), any_of(r"block\w*")),
            named=(_NALTREXONE, _OPIOID),
        ),
        Sign(
            (
                near(
                    "took, taken, taking, swallowed, doubled",
                    r"""(?:overcome|override|beat|break through|get past|get round|get around|get over|push
                    through|punch through) (?:\S+ ){0,3}(?:block\w*|naltrexone|ldn)""",
                    9,
                ),
            )
        ),
    ),
    exclusions=any_of(
        "restless leg, confused (?:about|by|which|whether|why|what|how), withdrawal (?:rate|study|from the)"
    ),
)

_OVERDOSE: Final = RedFlag(
    id="RF-9",
    signs=(
        Sign(
            (
                near(
                    _TOOK,
                    rf"""(?:far |way )?too (?:many|much)(?! (?:pain|time|sleep|work|stress|on|of a|for|trouble)),
                    double(?: \S+){{0,2}} (?:dose|amount), (?:twice|double|triple|three time|ten time|five
                    time|\d+ time|ten x|10 x) (?:the|my|his|her|as|too), (?:two|three|2|3) (?:of )?(?:my |his
                    |her )?(?:\S+ )?{_COUNTED} (?:at once|together|in a row), tenfold, (?:twice|double) what,
                    more than (?:prescribed|i should|he should|she should|the (?:max|maximum|recommended)),
                    extra (?:dose|tablet|pill|capsule), (?:whole|entire|full)
                    (?:bottle|pack|packet|box|strip|blister|lot), all (?:of )?(?:my|his|her|the|their)(?: \S+)?
                    {_MEDICINE}, handful, fistful, (?:a|the) (?:bottle|box|pack|packet|strip) of, thinking it
                    was, {_MANY}(?: of)?(?: (?:my|his|her|the|their))?(?:
                    (?!mg|milligram|mcg|g|ml|week|month|day|year|hour|minute)\S+)? {_COUNTED}, wrong
                    (?:dose|tablet|pill|medicine|medication|capsule|drug|bottle|box|strength|patch|one|amount|syringe|packet),
                    someone else,
                    (?:friend|husband|wife|mum|mom|dad|mother|father|sister|brother|partner|neighbor|gran|nan|grandma|mate|flatmate|roommate|dog|cat)
                    (?:s )?{_MEDICINE}, \d+(?:\.\d+)?(?: \S+){{0,4}} instead of, (?:his|her|\S+ s) \S+ instead
                    of, by (?:mistake|accident), accidentally, mistakenly, in error, on purpose, deliberately,
                    intentionally, (?:an )?overdose, {_MEDICINE} twice(?! (?:a|per|daily|weekly|the|every)\b),
                    twice by, another (?:dose|tablet) by""",
                    7,
                ),
            ),
            supposed=True,
        ),
        Sign((any_of("overdosed, overdosing, taken an overdose, took an overdose"),)),
        Sign(
            (
                any_of("(?:double|extra|triple) dose, accidental (?:\\S+ )?dose"),
                any_of("accidental, mistake, accident"),
            ),
            acute=True,
        ),
        Sign((near("swallowed, chewed, ate, sucked, eaten", "patch", 3),)),
        Sign(
            (
                any_of("(?:mixed|muddled) up (?:my|his|her|the) (?:bottle|tablet|pill|medicine|medication|dose)"),
                any_of(_TOOK),
            )
        ),
        Sign((any_of("overdose, poisoned, poisoning, dosing error, medication error, wrong dose"),), acute=True),
        Sign(
            (
                any_of("(?:two|2|three|3) (?:patch|pill|tablet|capsule|dose)"),
                any_of("at once, by accident, by mistake, mistake"),
            )
        ),
    ),
    exclusions=any_of(
        r"nothing (?:help|work)\w*, under supervision, as prescribed, over the year, food poisoning, carbon monoxide"
    ),
)

_SUICIDE: Final = RedFlag(
    id="RF-1",
    signs=(
        Sign(
            (
                any_of(
                    rf"""(?:kill|killing|hurting|to
                    hurt|harm|harming|cut|cutting|hang|hanging|shoot|shooting|drown|drowning) {_SELF},
                    (?:end|ending|take|taking) (?:my|his|her|their) (?:own )?life, (?:end|ending) it(?:
                    (?:all|now|tonight|soon))?(?! \S), (?:end|ending) (?:thing|everything),
                    (?:want|wanted|wanting|wish|like|ready|rather) (?:\S+ ){{0,2}}(?:die|be dead|disappear
                    forever|not be here|not be alive)(?! (?:of|than)\b), wish(?:ed|ing)? (?:i|he|she)
                    (?:was|were|had) (?:dead|never (?:been )?born|not here|not alive|not woken), better off
                    (?:dead|without (?:me|him|her)), (?:do|does|did) not want to (?:live(?! with \S+ \S+
                    without)|be here|wake up|go on{_GIVING_UP}|be alive|exist|carry on{_GIVING_UP}), no longer
                    want(?:ing)? to (?:live|be here|go on{_GIVING_UP}|be alive), not want(?:ing)? to (?:live(?!
                    with \S+ \S+ without)|be alive|be here), (?:no|not any|any|see no|see any)
                    (?:reason|point|will) (?:to|in|for) (?:me )?(?:live|living|going on{_GIVING_UP}|go
                    on{_GIVING_UP}|carry on{_GIVING_UP}|carrying on{_GIVING_UP}|being here), (?:no|any) point
                    going on{_GIVING_UP}, nothing (?:left )?to live for, not worth living, (?:cannot|can not)
                    (?:go on{_GIVING_UP}|carry on{_GIVING_UP}|keep going{_GIVING_UP}|(?:do|take) (?:this|it)
                    (?:anymore|any longer)(?! with)|live like this),
                    (?:thought|think|thinking|dream|talk|talking|idea|plan|planning|imagining|imagine|picture|urge)
                    (?:\S+ )?(?:of|about|to) (?:suicide|dying|death|die|my own death|ending|end
                    it|killing|jump|jumping|harm|harming|hurting (?:myself|himself|herself)|self harm|driving),
                    (?:imagining|picturing)(?: \S+)? (?:dead|my death|my
                    funeral|driving|jumping|hanging|crashing), (?:had enough|tired|sick|weary|done) (?:of|with)
                    (?:living|life), want out(?! of), (?:would|will) be (?:happier|better|better off|relieved)(?:
                    \S+){{0,3}} (?:if (?:i|he|she) (?:was|were|wa)|without (?:me|him|her)), goodbye message,
                    farewell (?:note|letter|message), with a (?:rope|noose), (?:asleep|sleep) forever, not wake up
                    (?:again|tomorrow|at all), life ha(?:s|ve)? no (?:meaning|point|purpose), plan to (?:use|take)
                    (?:my|all), no way out, way out of (?:life|living), give up on life, (?:off|top) {_SELF},
                    unalive, (?:nobody|no one) would (?:miss|notice|care), (?:looking|staring) at (?:my|the|all)
                    (?:\S+ )?(?:pill|tablet|medication), do something stupid, (?:tablet|pill) (?:\S+
                    ){{0,3}}(?:kill|finish) (?:me|him|her), way to die, (?:everyone|family|they) (?:\S+
                    ){{0,3}}better off, wake up dead, suicide (?:note|plan|attempt|pact), goodbye (?:note|letter),
                    saved? up (?:\S+ ){{0,3}}to (?:end|die|kill), stop living, never wake up, attempted suicide,
                    commit suicide, self harming, jump (?:off|from|in front), not safe with myself, life is
                    (?:pointless|meaningless)"""
                ),
            ),
            plain=True,
        ),
        Sign((any_of("suicidal, suicide, suicidality, self harm, self injury"),)),
        Sign((any_of("suicidal"),), acute=True, plain=True),
        Sign(
            (
                near(
                    "mood, temper, personality",
                    "crashed, plummeted, collapsed, changed, swinging, plunged, dropped, flipped",
                    4,
                ),
                any_of("sudden, suddenly, since, overnight, out of nowhere"),
            )
        ),
        Sign((any_of("hopeless, manic, (?:violent|dark|black) thought"), any_of("since, sudden, suddenly, after"))),
    ),
    exclusions=any_of("(?:pain|ache|migraine) is killing me, dying to know"),
)

_SEROTONIN: Final = RedFlag(
    id="RF-2",
    signs=(
        Sign(
            (_SEROTONIN_CORE,),
            some=(_FEVER, _JERKS, _MIND, _TREMOR, _SWEAT, _BOWEL, _PULSE),
            least=2,
            named=(_SEROTONERGIC,),
        ),
        Sign(
            (any_of(r"clonus, myoclon\w+, rigid, rigidity, hyper ?reflexi\w+, delirious, hallucinat\w+"),),
            named=(_SEROTONERGIC,),
            acute=True,
        ),
        Sign(some=(_TREMOR, _SWEAT, _BOWEL, _PULSE), least=2, named=(_SEROTONERGIC,), acute=True),
        Sign((any_of("(?:serotonin|serotonergic) (?:syndrome|toxicity|storm)"),)),
    ),
    exclusions=any_of("restless leg, confused (?:about|by|which|whether|why|what|how)"),
)

_HEART: Final = RedFlag(
    id="RF-8",
    signs=(
        Sign(
            (
                near(
                    "chest",
                    """pain, hurt, hurting, ache, aching, killing, tight, tightness, pressure, crushing, crushed,
                    squeezing, heavy, heaviness, burning""",
                    4,
                ),
            )
        ),
        Sign(
            (
                any_of(
                    """heart attack, fainted, fainting, (?:pass|passed|passing|black|blacked|blacking) out,
                    collapsed, collapsing, syncope, syncopal, blackout, (?:dropped|fell|crumpled|hit) (?:to |on
                    )?the floor, keeled over, lost consciousness, (?:was|been|went) out for, tachycardic,
                    (?:coming up to|about to) faint, keep faint, palpitation, irregular heartbeat, irregular heart
                    beat, arrhythmia"""
                ),
            )
        ),
        Sign(
            (
                near(
                    "heart, pulse, heartbeat, heart rate",
                    """racing, pounding, irregular, skipping, fluttering, hammering, thumping, erratic, jumping,
                    (?:very|really|so) fast, all over the place, out of my chest, crazy, mad, wild, haywire,
                    stopping, skipped""",
                    4,
                ),
            )
        ),
        Sign((near("pulse, heart rate, hr", r"(?:1[3-9]\d|2\d\d)", 2),)),
        Sign((any_of(r"heart (?:is |was )?(?:doing|at|going at|beating at|hitting) (?:1[3-9]\d|2\d\d)"),)),
        Sign(
            (
                near(
                    "chest",
                    r"(?:spread|spreading|radiating|going|moving|shooting)(?: \S+){0,3} (?:jaw|arm|neck|shoulder|back)",
                    4,
                ),
            ),
            plain=True,
        ),
        Sign((any_of(r"(?:bp|blood pressure)(?: \S+){0,3} (?:1[89]\d|2\d\d)(?:/\d+| over \d+)?"),), plain=True),
        Sign((near("blood pressure, bp", "(?:very|dangerously|extremely|sky) high, through the roof", 3),)),
        Sign((any_of("short of breath, breathless, shortness of breath"), _SUDDEN)),
    ),
    exclusions=any_of(
        r"""chest (?:wall|region|and abdomen|area|x ?ray|infection|binder|physio\w*|tenderness|expansion),
        costochondritis, collapsed (?:in|into|on|onto) (?:bed|the sofa|the couch|the settee), collapsed dis[ck],
        anxious, since my heart attack"""
    ),
)

_EYE: Final = RedFlag(
    id="RF-7",
    signs=(
        Sign(
            (
                near("eye, eyeball", "pain, painful, hurt, hurting, ache, aching, agony, killing, throbbing, sore", 5),
                any_of(
                    r"""sudden, suddenly, severe, severely, intense, terrible, terribly, unbearable, excruciating,
                    agony, badly, bad, acute, halo, rainbow, vision, blur\w*, sight, blind, red, vomit\w*, sick,
                    worst, really"""
                ),
            )
        ),
        Sign(
            (
                any_of("eye"),
                any_of("(?:terrible|severe|excruciating|unbearable|intense) pain, agony"),
                any_of(r"red, rock hard, vision, blur\w*"),
            )
        ),
        Sign((near("halo, rainbow, ring", "light, lamp, headlight", 4),)),
        Sign(
            (
                near(
                    "lost, losing, loss of, gone, going, disappeared, disappearing, went",
                    "vision, sight, eyesight, blind",
                    4,
                ),
            )
        ),
        Sign(
            (
                any_of(
                    """(?:cannot|can hardly|can barely|could not) see (?:out|from|anything|properly|through|with|a
                    thing), blind in (?:my|one|his|her|the), (?:half|part) of my (?:vision|sight), curtain
                    (?:over|across|coming), vision loss, loss of vision"""
                ),
            )
        ),
        Sign((any_of("angle closure, acute glaucoma"),), acute=True),
    ),
    exclusions=any_of(
        r"""lost sight of (?:my|our|the|his|her) \S+, (?:ocular|eye|corneal) pain (?:study|trial|review|paper),
        neuropathic corneal pain, dry eye"""
    ),
)

_LIVER: Final = RedFlag(
    id="RF-5",
    signs=(
        Sign((near("skin, eye, eyeball, white, face, sclera", "yellow, yellowish, yellowing, yellowed", 5),)),
        Sign((any_of(r"(?:gone|go|going|went|turned|turning|look|looking|am) (?:\S+ ){0,2}(?:yellow|yellowish)"),)),
        Sign((any_of("jaundice, jaundiced, icteric, icterus"),)),
        Sign((near("urine, pee, wee, water", "dark, brown, cola, coca cola, coke, tea, mahogany", 5),)),
        Sign(
            (
                near(
                    "pain, ache, tender, hurt, hurting, agony",
                    r"""right (?:upper|upper \S+ quadrant), upper right, ruq, (?:under|below) (?:my|his|her|the)
                    (?:right )?rib""",
                    6,
                ),
                any_of(r"vomit\w*, throwing up, being sick, nausea, nauseou, fever, severe, dark, bad"),
            )
        ),
        Sign((any_of("ruq pain, acute hepatitis, (?:acute )?liver failure"),), acute=True),
    ),
    exclusions=any_of("yellow (?:tablet|capsule|pill|card|sticker|warning|flag|label), tea tree, black tea"),
)

_SEIZURE: Final = RedFlag(
    id="RF-12",
    signs=(
        Sign(
            (
                any_of(
                    """fitting on, fitting now, is fitting, am fitting, seizing, convulsing, status epilepticus,
                    (?:having|had|has had|just had) (?:a|an|two|three|another|several|repeated) (?:\\S+
                    )?(?:seizure|fit|convulsion)(?! of)"""
                ),
            ),
            plain=True,
        ),
        Sign((any_of("seizure, convulsion"),), acute=True),
        Sign((near("eye", "rolled back, rolling back, rolled up", 4), any_of(r"shak\w+, jerk\w*, stiff, respond"))),
    ),
    exclusions=any_of("as a (?:child|baby|teenager), seizure (?:threshold|risk|disorder|free), fit of"),
)

_STROKE: Final = RedFlag(
    id="RF-11",
    signs=(
        Sign(
            (
                near(
                    "face, mouth, smile, eyelid",
                    r"droop\w*, drooped, dropped, sagging, lopsided, crooked, uneven, fallen on one side",
                    5,
                ),
            ),
            plain=True,
        ),
        Sign((near("speech, word, talking", r"slur\w*, jumbled, gibberish, gobbledygook, mush", 5),)),
        Sign(
            (any_of("is slurring, am slurring, started slurring, hemiparesis, hemiplegia, facial droop"),), plain=True
        ),
        Sign((any_of("thunderclap headache, worst (?:ever )?headache, headache of (?:my|his|her) life"),), acute=True),
        Sign(
            (
                near(
                    "arm, hand, side of (?:my|his|her) (?:body|face), (?:left|right) side",
                    "weak, weakness, numb, dead, limp, paralyzed, heavy",
                    5,
                ),
                any_of("suddenly, sudden, minute ago, hour ago, now, this morning, woke up, all of a sudden"),
            )
        ),
        Sign((any_of("having a stroke, has had a stroke, (?:had|possible|query) (?:a )?(?:stroke|tia)"),), acute=True),
    ),
    exclusions=any_of("bell s palsy, of luck"),
)

_CHILD_TOOK: Final = RedFlag(
    id="RF-15",
    signs=(
        Sign(
            (
                near(_CHILD, "swallowed, ate, eaten, drank, chewed, got into, got hold of, licked, sucked, put", 5),
                any_of(_MEDICINES),
            ),
            supposed=True,
        ),
        Sign(
            (
                near(_CHILD, "took, taken, given, gave", 5),
                any_of(rf"(?:my|our|mum s|mom s|one of)(?: \S+)? {_MEDICINE}"),
            )
        ),
        Sign((near(_CHILD, "found, playing, chewing, eating, sucking", 4), any_of(_MEDICINES))),
    ),
    exclusions=any_of("as prescribed, under supervision"),
)

_PREGNANCY: Final = RedFlag(
    id="RF-14",
    signs=(
        Sign(
            (
                any_of(r"bleed\w*, blood, clot, spotting, hemorrhage, soaking, soaked"),
                any_of(
                    r"""pregnant, expecting, (?:\d+ )?week (?:gone|along), month gone, positive test, trimester,
                    \d+/40, gave birth, my waters? broke"""
                ),
            )
        ),
        Sign((any_of("ectopic, antepartum hemorrhage, miscarrying, having a miscarriage"),), acute=True),
    ),
    exclusions=any_of("blood (?:test|pressure|sugar), no bleeding, not bleeding, pregnant and well"),
)

_SEPSIS: Final = RedFlag(
    id="RF-19",
    signs=(
        Sign((any_of("septic, sepsis, meningitis"),), acute=True),
        Sign((any_of("rigor, shaking chill, teeth chattering"), _FEVER), plain=True),
        Sign((_FEVER, any_of("stiff neck, mottled, confused, confusion, not peed, cold hand, low blood pressure"))),
        Sign((_FEVER, any_of(r"chemo\w*, neutropeni\w*, methotrexate, immunosuppress\w*"))),
        Sign((near("rash", "not fade, not blanch, non ?blanching, does not go", 6),), plain=True),
    ),
)

_SKIN: Final = RedFlag(
    id="RF-13",
    signs=(
        Sign(
            (near("skin", "peeling, coming off, comes off, coming away, sliding off, blistering, scalded", 5), _ACUTE)
        ),
        Sign((any_of("rash"), any_of(r"blister\w*, peeling, mouth sore, sore in (?:my|his|her) mouth, mouth ulcer"))),
        Sign((any_of("stevens? johnson, toxic epidermal, sjs"),), acute=True),
    ),
    exclusions=any_of("each spring, each winter, sunburn, shingle"),
)

_CAUDA_EQUINA: Final = RedFlag(
    id="RF-18",
    signs=(
        Sign(
            (
                near(
                    """numb, numbness, no feeling, cannot feel, lost (?:all )?feeling, loss of
                    (?:feeling|sensation), lost sensation, no sensation, tingling, pin and needle""",
                    r"""saddle, groin, genital\w*, between (?:my|his|her|the) (?:leg|thigh), private, buttock,
                    perine\w*, perianal, anus, bottom, bum, down below, below the waist, wip(?:e|ing), inner
                    thigh, vagina, penis, crotch, back passage""",
                    7,
                ),
            ),
            plain=True,
        ),
        Sign(
            (
                any_of(
                    r"""(?:lost|lose|losing|loss of|no|cannot|without) (?:any |all )?(?:control)(?: \S+){0,3}
                    (?:bladder|bowel|wee|pee|urine)"""
                ),
            )
        ),
        Sign(
            (
                any_of(
                    """(?:lost|loss of|losing|no) (?:bladder|bowel|bladder and bowel|bladder or bowel)
                    (?:control|function)"""
                ),
            )
        ),
        Sign((any_of("bowel accident, bladder accident, cannot feel (?:my|his|her) (?:bladder|bowel)"),)),
        Sign((any_of("cauda equina, urinary retention, saddle (?:anesthesia|numbness), foot drop"),)),
        Sign(
            (
                any_of("incontinent, incontinence"),
                any_of(r"new, newly, sudden, suddenly, since, now, today, numb\w*, leg, back pain"),
            )
        ),
        Sign(
            (
                any_of(
                    """(?:wet|wetting|soiled|soiling|peed|pooed|messed) (?:my|him|her)self,
                    cannot (?:pee|wee|urinate|pass (?:urine|water)|empty (?:my|his|her) bladder)"""
                ),
            )
        ),
        Sign(
            (
                near(
                    "leg, foot, arm",
                    """gone weak, going weak, suddenly weak, so weak, gone numb, paralyzed, dead, not hold,
                    buckling, buckled, giving (?:way|out), given way, gave way, weakness, gone limp""",
                    4,
                ),
                any_of(r"sudden, suddenly, since, new, now, today, bladder, bowel, numb\w*, progressive, overnight"),
            )
        ),
        Sign((any_of(r"cannot (?:move|lift|feel) (?:my|his|her|the|either|both) (?:\S+ )?(?:leg|foot|arm)"),)),
    ),
    exclusions=any_of("stress incontinence"),
)

_ARTERITIS: Final = RedFlag(
    id="RF-17",
    signs=(
        Sign(
            (
                any_of(
                    r"""jaw (?:pain|hurt|ache|claudication), scalp (?:is )?(?:tender|pain|hurt|sore)\w*,
                    (?:tender|sore) scalp"""
                ),
                any_of("headache, vision, see, sight, double vision, temple, chew"),
            )
        ),
    ),
)

_MANIA: Final = RedFlag(
    id="RF-16",
    signs=(
        Sign(
            (
                any_of(
                    r"""(?:not|has not|have not|never) (?:slept|sleeping|sleep|been to bed)(?: \S+){0,2}
                    (?:for|in|since) (?:\S+ )?(?:\d+|two|three|four|five|six|seven|a) (?:day|night|week), awake
                    for (?:\d+|two|three|four|five) (?:day|night)"""
                ),
                any_of(
                    r"""racing, spend\w*, spent, invincible, god, mission, talk\w*, chosen, superman, hyper,
                    grandiose, shouting, convinced"""
                ),
            )
        ),
        Sign((any_of("manic, mania, psychotic, hypomanic, pressured speech"),), acute=True),
    ),
    exclusions=any_of("manic about, manic depress\\w*"),
)

_OTHER_DISEASE: Final = RedFlag(
    id="RF-10",
    signs=(
        Sign(
            some=(
                _FEVER,
                _WEIGHT_LOSS,
                _NIGHT_SWEAT,
                near("joint, knuckle, wrist, knee", "swollen, swelling, swell, hot", 4),
                near("crp, esr", "raised, high, elevated, up", 3),
            ),
            least=2,
        ),
        Sign((any_of(r"unexplained weight loss, los(?:t|ing) (?:\S+ ){1,4}without (?:trying|dieting)"),)),
    ),
)

# In this order the first that fires is the answer: what kills first comes first.
RED_FLAGS: Final = (
    _BREATHING,
    _ALLERGY,
    _SEIZURE,
    _STROKE,
    _WITHDRAWAL,
    _CHILD_TOOK,
    _OVERDOSE,
    _SUICIDE,
    _PREGNANCY,
    _SEROTONIN,
    _HEART,
    _SEPSIS,
    _EYE,
    _SKIN,
    _CAUDA_EQUINA,
    _ARTERITIS,
    _LIVER,
    _MANIA,
    _OTHER_DISEASE,
)
GENERAL: Final = "RF-20"
"""The red flag of an emergency of which it is not clear what it is."""

SPELLER: Final = Speller(
    (
        normal(match.group())
        for match in re.finditer(
            r"\w+",
            """suicide suicidal breathing breathe swollen swelling swallowed swallow vomiting sweating shaking
            fainted fainting collapsed palpitation overdose overdosed jaundice jaundiced unconscious unresponsive
            serotonin syndrome agitated agitation confused confusion diarrhea naltrexone tramadol duloxetine
            milnacipran pregabalin gabapentin amitriptyline cyclobenzaprine oxycodone morphine methadone
            buprenorphine codeine withdrawal anaphylaxis angioedema seizure incontinent bladder numbness myself
            himself herself accidentally mistakenly handful daughter toddler capsule painkiller wheezing
            hallucinating trembling shivering suddenly yesterday delirious febrile cymbalta savella fluoxetine
            sertraline irregular pressure crushing thought killing ending friend husband
            antidepressant jaundice pregnant bleeding pregnancy breathless convulsion meningitis blister blistering
            peeling drooping slurred slurring headache temperature shivers palpitations tongue medication
            methotrexate epileptic allergic reaction""",
        )
    ),
    never=(
        "collapse",
        "accidental",
        "confuse",
        "agitate",
        "version",
        "session",
        "mission",
        "friendly",
        "thinking",
        "sending",
        "bending",
        "lending",
        "spending",
    ),
)


def first(message: str) -> str | None:
    """Return the id of the gravest red flag that a message reports, RF-1 to RF-19, or None.

    >>> first("my mum can't be woken after her tablets")
    'RF-4'
    """
    said = read(message, SPELLER)
    if not any(segment.weight or segment.supposed for segment in said.segments):
        return None
    for flag in RED_FLAGS:
        for sign in flag.signs:
            if _may_hold(sign, said.words) and _holds(sign, said.segments, flag.exclusions):
                return flag.id
    return None


def _may_hold(sign: Sign, words: str) -> bool:
    """Whether the words of a sign are there at all; most messages are done with after this."""
    return all(pattern.search(words) for pattern in (*sign.live, *sign.named)) and (
        sum(pattern.search(words) is not None for pattern in sign.some) >= sign.least
    )


def _holds(sign: Sign, segments: tuple[Segment, ...], exclusions: re.Pattern[str] | None) -> bool:
    """Whether a sign is reported of a person, now, and not denied."""
    needed = Weight.STATEMENT if sign.plain else Weight.REPORT
    counting = [
        segment._replace(text=exclusions.sub("~", segment.text)) if exclusions else segment
        for segment in segments
        if segment.weight >= needed or (sign.supposed and segment.supposed)
    ]
    if sign.acute and not any(_ACUTE.search(segment.text) for segment in counting):
        return False
    reported = sum(any(says(segment, pattern) for segment in counting) for pattern in sign.some)
    return reported >= sign.least and all(any(says(segment, pattern) for segment in counting) for pattern in sign.live)
