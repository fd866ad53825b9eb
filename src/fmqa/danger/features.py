"""Words that speak of a danger, by red flag: wider than the rules, and weighed by a fitted classifier, never alone.

A word here is no alarm: "stroke" stands in a question about risk as in a call for help. How often such words stand in
what a message reports, and how often in what it asks or looks back on, are features (see ``fmqa.danger.judgement``).
Expressions are written in normal forms of words, as in ``fmqa.danger.signs``.
"""

import re
from types import MappingProxyType
from typing import Final

from fmqa.danger.utterances import any_of

_PART: Final = "(?:arm|leg|hand|foot|side|face|mouth|smile|eyelid)"
_AMOUNT: Final = r"(?:\d+|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|forty|fifty)"
_PIECES: Final = r"(?:tablet|pill|capsule|tab|patch|paracetamol|tylenol|tramadol|gabapentin|amitriptyline|\d+ ?mg)"

DANGER_WORDS: Final = MappingProxyType(
    {
        "RF-1": any_of(
            r"""how to (?:die|hang|kill|end)\S*, (?:painless|quick\w*|best|easiest) (?:way|method)\S* (?:to|of)
            (?:go|die|dying|death), swallow (?:the lot|them all|everything), round (?:his|her|my) neck, rail,
            roof, platform, (?:tablet|pill)(?: \S+){0,2} (?:lined up|in my hand|in front of me|under
            her|counting), in my hand, counting, medicine cupboard, might do to (?:my|him|her)self, feel safe,
            safe with, not exist, stop existing, pain to stop, enough of everything, done with
            (?:life|everything|it all), i am done, end (?:tonight|everything), ending everything, intent,
            ideation, would (?:it take|kill), not wake up, sleep forever, threatening, suicid\w*, si,
            end(?:ing)? it, end (?:my|his|her) (?:own )?life, ending (?:thing|my life|his life|her life),
            want(?:s|ed|ing)? to die, wanna die, better off (?:dead|gone|without), rather be dead, be dead, kill
            (?:my|him|her|them)self, killing (?:my|him|her)self, kill me, kms, unalive, hang (?:my|him|her)self,
            hanging, noose, rope, self ?harm\w*, cutting, cut my, cut (?:his|her) wrist, burning myself, wrist,
            box cutter, knife, gun, shotgun, razor, jump, bridge, train, cliff, railway, goodbye, farewell, said
            goodbye, sorry for everything, (?:note|letter) (?:is |are |s )?(?:left|written|for my), left a note,
            not want to (?:live|be here|wake), do not want to (?:wake|live|be), (?:no|see|find|finding) (?:a
            |any |one )?(?:reason|point), reason (?:to stay|to live|not to), no (?:point|way out|future|hope),
            nothing left, (?:cannot|not) (?:go on|cope|take (?:it|this|any)|keep (?:my|him|her)self safe|do
            this), not safe, safe with myself, trusted on my own, disappear\w*, burden, funeral, painless way,
            way to (?:die|go), voice(?: \S+)? (?:telling|want), thought of
            (?:dying|death|hurting|smothering|harming), hurt(?:ing)? (?:my|him|her)self, harm
            (?:my|him|her)self, stockpil\w*, saved up, plan(?:ning)? (?:how|to), life is not worth, misery, do
            it (?:when|tonight|at|on), take (?:my|his|her) (?:own )?life, taking (?:my|his|her) (?:own )?life,
            giving (?:away|his|her thing), gave away, made up my mind, finish it, over with, overdose, hopeless,
            worthless, cannot promise, want it to be over, wants it to be over"""
        ),
        "RF-2": any_of(
            r"""toxicity, ocular, methylene blue, linezolid, serotonin, serotonergic, clonus, myoclon\w+, hyper
            ?reflexi\w+, jerk\w*, twitch\w*, shiver\w*, shaking, trembl\w+, tremor, rigid\w*, stiff, clench\w+,
            agitat\w+, restless, confus\w+, muddled, delir\w+, hallucinat\w+, seeing (?:thing|insect),
            hyperthermi\w+, burning up, boiling, overheat\w*, red hot, drenched, dripping, soaked, sweat\w*,
            diaphor\w+, fever\w*, pupil, mydriasi\w*, (?:talking|making|not making) (?:\S+
            )?(?:sense|nonsense|rubbish|gibberish), diarrhea, the run, cannot (?:keep|sit|stay) still, keep
            still, jolt\w*, jumping, jumpy, (?:t|temp|temperature) (?:of )?(?:39|4[01])\S*"""
        ),
        "RF-3": any_of(
            r"""(?:given|took|got|gave|had)(?: \S+){0,3} (?:naltrexone|ldn|contrave|vivitrol)(?: \S+){0,5}
            (?:morphine|oxycodone|oxy|methadone|codeine|tramadol|buprenorphine|fentanyl|heroin|opioid|mst),
            (?:overcome|get over|break through|beat), implant, withdraw\w*, precip\w*, cold turkey, gooseflesh,
            goosebump, goose bump, cow (?:score )?\d+, cramp\w*, yawn\w*, block\w*, in hell, like death, like i
            am dying, crawling, writhing, thrashing, puking, throwing up, vomit\w*, being sick, so ill, both
            end, (?:fluid|water|anything) down, run out of, ran out of, heroin, naloxone, narcan, lacrimation"""
        ),
        "RF-4": any_of(
            r"""(?:word|sentence)(?: \S+){0,6} (?:air|breath), no air, lack of air, get air, (?:drift\w*|nod\w*)
            off, shout to, take a breath, come out of, come round, inhaler empty, silent chest, croup,
            unrespons\w+, unconscious, not respond\w*, does not (?:respond|react|answer|move), will not
            (?:wake|respond|come round|move), cannot (?:wake|rouse|breathe|breath|get
            (?:my|his|her|a|any|air)|be woken|catch), not (?:breathing|moving|waking|responding|answering),
            stopped (?:breathing|moving), (?:barely|hardly) (?:breath\w*|open\w*|awake|conscious), blue, purple,
            gray, apne\w+, gasp\w*, gurgl\w+, rattl\w+, snor\w+, chok\w+, suffocat\w+, wheez\w+, breathless,
            (?:struggl\w+|fight\w*|trouble|difficulty) (?:\S+ )?(?:breath\w*|air), short of breath, out of
            breath, shortness of breath, dyspnea, resp(?:iratory)?, rr \d+, sat, spo2, o2, gcs, pinpoint,
            naloxone, narcan, slumped, collapsed, collapse, found down, found (?:\S+
            ){0,3}(?:on|lying|unresponsive), limp, floppy, out cold, passed out, nodding off, drows\w+, too
            sleepy, asleep mid, keep (?:him|her) awake, arrest, no pulse, cpr, foam\w*, breath a minute,
            breathing (?:\S+ )?(?:slow\w*|shallow|funny|weird|fast|stop), asthma attack, inhaler, airway,
            sentence, respond to me"""
        ),
        "RF-5": any_of(
            r"""yellow(?: \S+){0,3} (?:eye|skin), enzyme(?: \S+){0,4} (?:high|time|roof|sky), through the roof,
            jaundic\w*, icter\w*, yellow\w*, yelow, mustard\w*, lemon, banana,
            (?:dark|brown|cola|tea|coke|stout|orange)(?: \S+){0,3} (?:urine|pee|wee|water),
            (?:urine|pee|wee|water)(?: \S+){0,5} (?:dark|brown|cola|tea|coke|stout|orange|black),
            (?:pale|clay|light|white|gray)(?: \S+)? (?:stool|poo|poop), (?:stool|poo|poop) (?:\S+
            )?(?:pale|clay|white|like clay), (?:right|upper)(?: \S+){0,2} (?:rib|tummy|belly|quadrant), under
            (?:\S+ )?right rib, ruq, hepatiti\w*, liver (?:failure|failing), encephalopath\w*, inr, alt \d{3,},
            bili\w*, ascite\w*, hand flapping, bruise at, (?:enzyme|alt|ast) (?:\S+ ){0,3}(?:time|x)"""
        ),
        "RF-6": any_of(
            r"""narrow\w*, tingl\w*(?: \S+){0,3} (?:lip|tongue|mouth), (?:lip|tongue|mouth)(?: \S+){0,3} tingl\w*,
            (?:reaction|swelling)(?: \S+){0,3} (?:worse|spread\w*|fast), iv iron, anaphyla\w+, angio ?edema,
            epipen, hive, urticaria, welt,
            (?:swell\w*|swoll\w*|swelled|puff\w*|fat|huge|doubled|balloon\w*|blow\w*)(?: \S+){0,4}
            (?:face|lip|tongue|tounge|toungue|throat|eye|mouth|neck|airway),
            (?:face|lip|tongue|tounge|toungue|throat|eye|eyelid|mouth|neck|airway)(?: \S+){0,5}
            (?:swell\w*|swoll\w*|swelled|puff\w*|fat|huge|doubled|balloon\w*|blow\w*|sausage|bigger|closing|tight\w*|narrow\w*|too
            big), stridor, wheez\w+, hoarse, croaky, drool\w*, swallow my, allergic reaction, sting, stung,
            (?:can ?not|hard to|hardly) (?:swallow|talk|speak), airway, itch\w*(?: \S+){0,4} (?:all
            over|everywhere|whole)"""
        ),
        "RF-7": any_of(
            r"""monocular, crao, retinal, pupil (?:\S+ )?(?:bigger|larger|fixed), black dot, shower of, halo,
            rainbow, (?:eye|eyeball)(?: \S+){0,4} (?:pain\w*|agony|hurt\w*|ache|red|hard|killing),
            (?:pain\w*|agony|red|stabbing|sudden)(?: \S+){0,4} (?:eye|eyeball), (?:lost|lose|losing|loss
            of|gone)(?: \S+){0,4} (?:vision|sight|eyesight), (?:vision|sight|eyesight|eye)(?: \S+){0,4}
            (?:went|gone|going|lost|dark|black|foggy|dim|cloudy|missing|milky|blur\w*|loss|half), blind,
            (?:cannot|can not|only|hardly|barely) see, curtain, veil, angle closure, iop \d+, mid dilated,
            visual loss, ring (?:round|around), flash, bleach, everything (?:\S+ )?(?:foggy|blurry|steamy)"""
        ),
        "RF-8": any_of(
            r"""stemi, acs, af, heart block, dissection, toxicity, hypotens\w*, pain (?:in|down)(?: \S+){0,3}
            (?:chest|arm), chest, breastbone, breast bone, cp, heart attack, cardiac, angina, st elevation,
            stemi, (?:jaw|arm)(?: \S+){0,3} (?:pain\w*|ache|lead|numb|heavy|dead), crushing, squeez\w+,
            tight\w*, elephant, band round, palpitat\w+, (?:heart|pulse)(?: \S+){0,4}
            (?:rac\w+|pound\w*|hammer\w*|flutter\w*|skip\w*|stop\w*|irregular|thump\w*|fast|bang\w*|clapper|\d{3}|nut),
            hr \d+, bp \d+, \d{2,3}/\d{2,3}, syncop\w*, faint\w*, black(?:ed|ing) out, blacked, passed out, pass
            out, collaps\w+, dropped like, clammy, cold sweat, gray, diaphor\w+, qtc?, qrs, arrhythmi\w*,
            tachycard\w+, bradycard\w+, defibrillator, tearing, between (?:my|the) shoulder, light ?headed,
            coughing (?:up )?blood, weight on"""
        ),
        "RF-9": any_of(
            rf"""toxicity, staggered, double dosed, dosed on, wrong (?:drug|medication|tablet), for a dare, pile of,
            lost track, kept (?:on )?taking, keep taking, all the (?:tablet|pill), strength, overdos\w*, over
            dose, od, o/d, poison\w*, too (?:many|much)(?: \S+)?, took (?:\S+
            ){{0,4}}(?:all|whole|lot|load|bottle|box|pack|packet|strip|handful|everything|twice|double|extra|wrong|{_AMOUNT}),
            taken (?:\S+
            ){{0,4}}(?:all|whole|lot|load|bottle|box|pack|packet|strip|handful|everything|twice|double|extra|wrong|{_AMOUNT}),
            swallow\w*, ingest\w*, necked, downed, drank, drunk, ate, eaten, chewed, crushed, injected,
            (?:{_AMOUNT}|x|~) ?(?:x |of )?(?:\S+ )?{_PIECES}, (?:ten|10|double|twice|triple|25|\d+) (?:time|x),
            time ten, by mistake, by accident, accident\w*, mistake\w*, mixed up, mix up, wrong
            (?:bottle|tablet|pill|dose|strength|medicine|syringe|one), someone else, instead of,
            (?:empty|emptied)(?: \S+)? (?:pack\w*|box|bottle|blister), (?:pack\w*|box|bottle|blister)(?:
            \S+){{0,3}} empty, lost count, one more, cleaning fluid, antifreeze, bleach, two (?:fentanyl
            )?patch, whole (?:week|bottle|box|strip), day worth, week of, (?:his|her) (?:own
            )?(?:insulin|methadone), misread, unknown quantity, forget"""
        ),
        "RF-10": any_of(
            r"""weight (?:loss|down|falling|dropping), los(?:t|ing) (?:\S+ ){0,3}(?:weight|kg|kilo|stone|pound),
            dropped \d+, night sweat, drench\w*, gland, lump, lymph, swollen(?: \S+){0,4}
            (?:joint|knee|knuckle|wrist|finger), (?:joint|knee|knuckle|wrist|finger)(?: \S+){0,4}
            (?:swollen|hot|red|huge), fever\w*, crp \d+, esr \d+, cancer, bone pain, ck \d+, falling off me,
            trouser, blood in (?:\S+ )?urine, weakness"""
        ),
        "RF-11": any_of(
            rf"""cva, sah, fast, mini stroke, diplopia, (?:keeps? )?going weak, weakness, stroke, tia, thunderclap,
            (?:worst|sudden)(?: \S+){{0,3}} headache, hemipar\w+, hemipleg\w+, dysarthri\w*, dysphasi\w*,
            aphasi\w*, fast positive, {_PART}(?: \S+){{0,4}}
            (?:droop\w*|dropp\w*|drop|sag\w*|lopsided|lower|weak\w*|numb|dead|limp|paralys\w*|heavy|drag\w*|curled|tingl\w*|hang\w*|uneven\w*),
            (?:droop\w*|lopsided|weak\w*|numb|dead|crooked)(?: \S+){{0,4}} {_PART}, slur\w*,
            (?:speech|word|talk\w*)(?: \S+){{0,6}}
            (?:funny|jumbled|mush|wrong|nonsense|slur\w*|gobbledygook|gibberish|real), gobbledygook, cannot
            (?:find|get) (?:\S+ )?word, cannot (?:speak|talk|smile|lift|move|hold|walk|read), double vision,
            seeing double, leaning, one side, left side, right side, dribbl\w*, (?:will|would) not do what,
            focal, lkw, like a hammer, dropping thing, drunk but"""
        ),
        "RF-12": any_of(
            r"""her fit, his fit, buccal, jerk\w* (?:all|of), seiz\w*, convuls\w*, fit(?:ting)? (?:right )?now,
            having (?:a )?fit, had (?:a |two |another )?fit, fitting, (?:a|two|first|another|her|his) fit,
            status epilepticus, gtc\w*, tonic, postictal, eye (?:\S+ )?(?:roll\w*|up|back), (?:bitten|bit)(?:
            \S+){0,2} (?:tongue|tounge), jerk\w*, (?:stiff|shook|shaking)(?: \S+){0,5} (?:all over|wet|up),
            shaking all over, foam\w*, stiff and, twitching on, lose time, came round on, lock up"""
        ),
        "RF-13": any_of(
            r"""sjs, stevens? johnson, ten, dress, nikolsky, erosion, mucosal, detach\w*, skin(?: \S+){0,5}
            (?:peel\w*|coming|come|sliding|sheet|burnt|scalded|blister\w*|raw|hurt),
            (?:peel\w*|blister\w*|burn\w*)(?: \S+){0,3} skin, blister\w*, peel\w*, mouth(?: \S+){0,6}
            (?:sore|ulcer|raw), (?:sore|ulcer|raw)(?: \S+){0,5} (?:mouth|private|genital), lip(?: \S+){0,4}
            (?:crust\w*|raw|bleed\w*|split\w*), target lesion, bullseye, bull s eye, dusky, rash(?: \S+){0,8}
            (?:fever|spread\w*|painful|purple|eye|mouth), (?:fever|purple|spread\w*|painful|burning)(?:
            \S+){0,4} rash, glued shut, eo \d"""
        ),
        "RF-14": any_of(
            r"""clot, abdo tense, antepartum, sided pain,
            (?:bleed\w*|blood|clot|spotting|pad|towel|flood\w*|hemorrhage|aph)(?: \S+){0,12}
            (?:pregnan\w*|week|wk|expecting|positive test|month gone|trimester|baby),
            (?:pregnan\w*|week|wk|expecting|positive test|gone|trimester|month|birth|g\dp\d|\d+/40|\d+ \d/40)(?:
            \S+){0,14} (?:bleed\w*|blood|clot|spotting|pad|flood\w*|cramp\w*|pain|stabbing|aph|pv|movement),
            ectopic, miscarry\w*, miscarriage, water broke, placent\w*, pv bleed, soak\w*(?: \S+){0,3}
            (?:pad|towel|sheet), no movement"""
        ),
        "RF-15": any_of(
            r"""paed, ped, pediatric, months, \d+ month, grandpas, double paracetamol, not (?:woken|feeding),
            (?:toddler|baby|infant|child|kid|son|daughter|boy|girl|grandson|granddaughter|grandchild|niece|nephew|twin|little
            one|lad|(?:\d+|two|three|four|five|six|seven) (?:\w+ )?old|\d+ ?yo?|\d+ ?yr old|\d month)(?:
            \S+){0,12}
            (?:ate|eaten|swallow\w*|chew\w*|drank|drunk|lick\w*|suck\w*|ingest\w*|pill|tablet|capsule|patch|gummy|syringe|methadone|mouth),
            (?:ate|eaten|swallow\w*|chew\w*|drank|lick\w*|suck\w*|ingest\w*)(?: \S+){0,10}
            (?:toddler|baby|child|kid|son|daughter|grandson|granddaughter|nephew|niece), thought (?:\S+
            ){1,4}(?:sweet|candy|sweetie), got (?:into|hold of) (?:\S+
            ){0,3}(?:pill|tablet|medicine|gummy|bag|cabinet), button battery, missing"""
        ),
        "RF-16": any_of(
            r"""mania, manic, sleep 2, wild, horse, bicycle, bible, different person, someone else since, furious,
            mani[ac]\w*, hypomani\w*, elat\w+, euphori\w*, grandios\w*, disinhib\w*, pressured speech,
            psychotic, psychosi\w*, paranoi\w*, hears? (?:message|voice), hearing voice, chosen, superman,
            invincible, fly, mission, god, king, (?:no|not|without|never|2|two|2h|hardly)(?: \S+){0,2}
            (?:sleep|slept|bed)(?: \S+){0,5} (?:night|day|week), (?:not|has not|have not|does not)
            (?:sleep|slept|need sleep|need \S+ sleep), awake \d+, up (?:for )?(?:\S+ )?night, all night,
            spend(?:s|ing)? (?:all|thousand|everything), spent all, spree, emptied the account, racing
            (?:thought|mind), thought (?:\S+ )?racing, talk\w*(?: \S+){0,2} (?:nonstop|fast|too fast), nonstop,
            wired, stranger, undress\w*, hypersexual\w*, convinced, being followed, poisoning him, wild idea"""
        ),
        "RF-17": any_of(
            r"""gca, giant cell, temporal, temple, scalp, pmr, polymyalgia, amaurosi\w*, diplopia, jaw(?: \S+){0,6}
            (?:chew\w*|eat\w*|claudication|ache|tired|pain|hurt|lock), (?:chew\w*|eating)(?: \S+){0,6}
            (?:jaw|meat|hurt\w*|pain), comb\w*, brush (?:my|her|his) hair, side of (?:\S+ )?(?:head|forehead),
            new headache"""
        ),
        "RF-18": any_of(
            r"""paralised, paralysed, paralyzed, leg gone, not peed, cannot start, saddle, cauda equina, ce,
            (?:numb\w*|no feeling|feeling|feel|sensation|dead)(?: \S+){0,8}
            (?:bottom|bum|backside|buttock|groin|private|leg|thigh|down below|down
            there|genital\w*|wipe|toilet|perineum), perianal, (?:cannot|not|unable)(?: \S+){0,5}
            (?:wee|pee|urinate|pass water|bladder|loo|start to wee), retention, pvr \d+, anal tone,
            incontinen\w*, (?:wet|wetting|soil\w*|mess\w*|pooed)(?: \S+)? (?:myself|himself|herself|bed),
            (?:lost|loss of|no|losing|any) control(?: \S+){0,3} (?:bladder|bowel|wee), bladder, bowel, leg(?:
            \S+){0,4} (?:giv\w*|buckl\w*|gone|weak\w*|jelly|paraly\w*|paralis\w*|tingl\w*), foot (?:drop|flop),
            bilateral sciatica, both leg, push to wee, dribbl\w*"""
        ),
        "RF-19": any_of(
            r"""sepsi\w*, septic, rigor, chill, meningit\w*, mottl\w*, marbled, blotchy, lactate, new(?:s)? \d+,
            hypotens\w*, bp [5-9]\d, (?:temp\w*|fever|t)(?: \S+){0,2} (?:39|4\d|10[2-9])\S*, (?:39|40|41)\S*(?:
            \S+)? (?:fever|temp\w*), high fever, fever\w*, teeth chatter\w*, stiff neck, shaking chill,
            shiver\w*, red (?:streak|line), (?:not|has not|have not)(?: \S+){0,3} (?:peed|passed water|filled),
            neutropeni\w*, chemo\w*, methotrexate, carbimazole, immunosuppress\w*, under a glass, press\w* a
            glass, does not fade, hate the light, bear the light, light hurt, freezing, cold hand, burning up,
            pneumonia, uti, breathing fast, like (?:i )?(?:am )?(?:might )?d(?:ie|ying), infection"""
        ),
        "RF-20": any_of(
            r"""melena, gi bleed, na 1[01]\d, sodium (?:very |so )?low, hypo, not making sense, not feeding, jumped
            on, ran over, not peed, belly (?:\S+ )?swollen, toxicity, emergency, ambulance, vomit\w*(?:
            \S+){0,4} blood, throwing up blood, coffee ground, tar, tarry, black (?:stool|poo\w*), head injury,
            (?:hit|knock\w*|bang\w*)(?: \S+)? head, blood thinner, warfarin, calf, will not stop bleeding,
            bleeding, blood, nosebleed, rigid, hard as, sugar, ketone, carbon monoxide, heatstroke, electric
            shock, burn\w*, testicle, attack\w*, hit me, frightened, i am dying, dying, potassium, k [67]\.\d,
            na 1[01]\d, addison\w*, white cold, cannot move, turned outward, antifreeze, help, call someone,
            unbearable, severe"""
        ),
    }
)
"""Pattern of the words that speak of each danger, by id of the red flag."""

QUERIED: Final = re.compile(
    r"(?:^|[\s(/,-])\?\s?[a-z]|\bquery [a-z]|\b(?:suspected|possible|probable|r/o)\b", re.IGNORECASE
)
"""A diagnosis that notes suspect, in the message as written: "?sepsis"."""

SUDDEN: Final = any_of(
    r"""now, right now, just, sudden\w*, minute ago, hour ago, since
    (?:this|last|yesterday|lunch|breakfast|tonight|monday|tuesday|wednesday|thursday|friday|saturday|sunday),
    today, tonight, this morning, this evening, at the moment, getting worse, all of a sudden, out of
    nowhere, help, started (?:last|this|an|one|after), woke up, overnight, \d+ (?:min|minute|hour|h)
    (?:ago|later), acute, new, keep, keeps, still"""
)
"""Words that say that something is new or happening."""

MILD: Final = any_of(
    r"""for year, for ages, for month, since (?:school|childhood|my twenty|years|year), (?:year|month) ago,
    last (?:year|summer|winter|spring|autumn), in (?:19|20)\d\d, a bit, a little, slight\w*, mild,
    sometimes, now and then, usual, normal, stable, settled, recovered, resolved, gone now, went away,
    well controlled, cleared, listed, common, label, leaflet, guideline, trial, study, evidence, dose,
    percent, per cent, history of, years back, as a child, what, which, how, does, is it, can i, should
    i"""
)
"""Words that say that something is long past, mild, or asked about in general."""

_BETWEEN: Final = r"(?:rate|pressure|of|is|at|was|on|my|now|has been|[:=~]|\s){0,6}"
# What is read, and the values between which it needs no immediate attention; outside the second pair it is no reading.
_READINGS: Final = tuple(
    (re.compile(rf"(?:{names}){_BETWEEN}(?<![\d.])(\d+(?:\.\d+)?)", re.IGNORECASE), usual, possible)
    for names, usual, possible in (
        (r"\bHR|\bpulse|heart rate|\btachy\w*|palpitations|\bAF", (45, 125), (15, 260)),
        (r"\bBP|blood pressure|\bSBP", (92, 175), (40, 290)),
        (r"\bRR|\bresps?|respiratory rate", (10, 24), (1, 70)),
        (r"\bsats?|\bspo2|\bo2", (92, 100), (40, 100)),
        (r"\bGCS", (15, 15), (3, 15)),
        (r"\bT|\btemp(?:erature)?|fever", (35.5, 38.9), (30, 43)),
        (r"\bK\+?", (3.0, 6.2), (1, 9)),
        (r"\bNa\+?|sodium", (122, 152), (95, 180)),
        (r"\bALT|\bAST", (0, 400), (1, 20000)),
        (r"\bIOP|eye pressure", (5, 30), (1, 90)),
    )
)


def readings(message: str) -> tuple[int, int]:
    """Return how many vital signs and blood values of a message need attention at once, and how many do not.

    The limits are wide, are no diagnosis, and only weigh in the fitted judgement.

    >>> readings("BP 85/50, HR 130"), readings("BP 128/82 on milnacipran")
    ((2, 0), (0, 1))
    """
    critical = usual = 0
    for pattern, (low, high), (least, most) in _READINGS:
        for match in pattern.finditer(message):
            value = float(match.group(1))
            if low <= value <= high:
                usual += 1
            elif least <= value <= most:
                critical += 1
    return critical, usual
