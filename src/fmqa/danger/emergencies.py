"""Tells a message about an emergency that is happening from a question about such emergencies; holds the safety texts.

Rules tell those whose words they know (``fmqa.danger.signs``); a judgement fitted when the index was built tells others
(``fmqa.danger.judgement``). Without one, as in an index that was built without labelled messages, rules alone decide.

The texts are fixed, so that they never depend on retrieval. They follow the red flags on which guideline and label
texts ask for urgent care, name no dose, and never tell anyone to stop a prescribed medicine on their own decision.
"""

from types import MappingProxyType
from typing import Final, Literal

from pydantic import Field

from fmqa.danger import signs
from fmqa.danger.judgement import Encode, Urgency
from fmqa.types import Record, Slug


class Emergency(Record):
    """An emergency that a message tells of, with the fixed words to answer it."""

    rule: str = Field(description="Id of the red flag, RF-1 to RF-20.")
    title: str
    level: Literal["now", "same day", "prompt"] = Field(description="How soon the person must be seen.")
    clinician: str
    patient: str
    conditions: tuple[Slug, ...] = Field(description="Concepts by which to find what a label says of this danger.")


_CALL: Final = "Call your emergency number now (112, 999 or 911)"
_TELL: Final = "Tell them every medicine that was taken, how much and when, and bring the packs."
_CRISIS: Final = "In the US call or text 988; elsewhere call 112 or 999 or your local crisis line"

_ALL: Final = (
    Emergency(
        rule="RF-4",
        title="Emergency: breathing problem or cannot be woken",
        level="now",
        patient=(
            f"{_CALL}. Give naloxone if you have it and an opioid may be involved. Stay with the person, do what the "
            f"call handler says, and give nothing to eat or drink and no more medicine. {_TELL} Say if opioids, "
            "alcohol, sleeping tablets, pregabalin or gabapentin are involved."
        ),
        clinician=(
            "Treat as respiratory depression until shown otherwise: emergency response now, naloxone if an opioid "
            "may be involved. Ask for opioids, alcohol, benzodiazepines and gabapentinoids: the combination is the "
            "danger. After naltrexone was stopped or missed, opioid tolerance may be low."
        ),
        conditions=("respiratory-depression",),
    ),
    Emergency(
        rule="RF-6",
        title="Emergency: swelling of face, tongue or throat, or a severe allergic reaction",
        level="now",
        patient=(
            f"{_CALL}: swelling of the face, lips, tongue or throat can close the airway. Do not stay alone. {_TELL} "
            "Ask them before any further dose of any medicine."
        ),
        clinician=(
            "Treat as angioedema or a severe allergic reaction: emergency response now, airway first. Labels name "
            "angioedema for pregabalin; any medicine can cause an allergic reaction. No further dose of the "
            "suspected medicine until the patient has been assessed."
        ),
        conditions=("allergic-reaction",),
    ),
    Emergency(
        rule="RF-12",
        title="Emergency: seizure",
        level="now",
        patient=(
            f"{_CALL}. Move hard things away, do not hold the person down and put nothing in the mouth. Note when it "
            "began. When the shaking has stopped, turn the person on the side, watch the breathing and stay there. If "
            f"it has passed, get emergency care all the same, and do not drive. {_TELL} Say also if a medicine was "
            "stopped."
        ),
        clinician=(
            "Seizure: emergency response now, also after a first one that has stopped. Airway, time of onset, "
            "glucose. Establish every medicine, what was taken too much and what was stopped: tramadol can cause "
            "seizures."
        ),
        conditions=(),
    ),
    Emergency(
        rule="RF-11",
        title="Emergency: possible stroke",
        level="now",
        patient=(
            f"{_CALL}, even if the signs come and go: a face that droops, a weak or numb arm or leg, speech that is "
            "slurred or muddled, sudden trouble seeing or walking, or a sudden very bad headache. Note when it began "
            "or when the person was last well. Do not drive, do not stay alone, and give nothing to eat or drink. "
            f"{_TELL}"
        ),
        clinician=(
            "Possible stroke or transient ischaemic attack: emergency response now, also when the signs have passed. "
            "Establish when the patient was last well, and list all medicines. A sudden very severe headache is an "
            "emergency as well. Do not attribute new weakness, numbness or trouble speaking to fibromyalgia."
        ),
        conditions=(),
    ),
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
            "Possible precipitated opioid withdrawal: emergency care now. It can be sudden and severe, with vomiting,"
            " diarrhoea, agitation and confusion, and may need hospital care. Do not give more opioid to overcome the"
            " block: that is dangerous. Establish what was taken and when (tramadol, codeine, loperamide, methadone "
            "and buprenorphine count), and give no further naltrexone."
        ),
        conditions=("opioid-withdrawal",),
    ),
    Emergency(
        rule="RF-15",
        title="Emergency: a child may have swallowed a medicine or a poison",
        level="now",
        patient=(
            "Call a poison centre or the emergency number (112, 999 or 911) now, even if the child seems well and "
            "even if you are not sure that anything was swallowed. Call 112, 999 or 911 at once if the child is "
            "sleepy, floppy, shaking or breathing badly. Take away what is left in the mouth; do not make the child "
            "vomit. Keep the pack and tell them what, how much and when. Do not leave the child alone."
        ),
        clinician=(
            "Possible ingestion by a child: poison centre or emergency care now, also without symptoms and also for a "
            "single tablet, capsule or patch. Establish every product within reach, the amounts that may be missing, "
            "the time and the weight. Tricyclics are dangerous in overdose; opioids can stop breathing."
        ),
        conditions=("poisoning",),
    ),
    Emergency(
        rule="RF-9",
        title="Emergency: overdose or wrong dose",
        level="now",
        patient=(
            "Call a poison centre or the emergency number (112, 999 or 911) now, even if the person still feels "
            "well, and at once if they are drowsy, confused, hard to wake or breathing badly, or if it is a child. "
            f"{_TELL} Do not leave them alone, and take no more until someone there has advised. If it was taken on "
            f"purpose, say so. {_CRISIS}."
        ),
        clinician=(
            "Possible overdose or wrong dose: poison centre or emergency care now, also for a child and also without "
            "symptoms. Establish every medicine, amount and time, and whether it was deliberate; if so, do not leave "
            "the person alone. Tricyclics are dangerous in overdose; opioids with gabapentinoids, benzodiazepines or "
            "alcohol can stop breathing."
        ),
        conditions=("poisoning",),
    ),
    Emergency(
        rule="RF-1",
        title="Urgent: thoughts of suicide or self-harm",
        level="now",
        patient=(
            "You deserve help right now, and there is help. Contact emergency services or a crisis line now: "
            f"{_CRISIS[0].lower()}{_CRISIS[1:]}. Do not stay alone: go to someone you trust, tell them, and move "
            "medicines and anything else you might use out of reach. If this is about someone else, stay with them "
            "and make the call. Tell the prescriber today; such thoughts can come with a medicine that was started "
            "or changed. Do not stop the medicine on your own decision. If something has already been taken or may "
            "be, call 112, 999 or 911 at once."
        ),
        clinician=(
            "Suicidal thoughts: assess risk now and arrange emergency or crisis care (988 in the US; 112 or 999 "
            "elsewhere). Do not leave the person alone; secure medicines and other means. Tell the prescriber today. "
            "Antidepressants carry a suicidality warning, above all early or after a dose change; pregabalin and "
            "naltrexone carry warnings too. Do not stop the medicine abruptly without the prescriber's decision."
        ),
        conditions=("suicidality",),
    ),
    Emergency(
        rule="RF-14",
        title="Emergency: bleeding or severe symptoms in pregnancy or after birth",
        level="now",
        patient=(
            f"{_CALL} or go to emergency or maternity care now if you are bleeding or in strong pain, feel faint, have "
            "a severe headache or trouble seeing, have a fit, or the baby moves less. Do not drive yourself and do "
            f"not stay alone. {_TELL} Do not stop or change your medicines on your own decision."
        ),
        clinician=(
            "Bleeding, pain or severe symptoms in pregnancy or after birth: emergency obstetric assessment now. Think "
            "of a pregnancy outside the womb in early pregnancy. List all medicines, with those that act on bleeding, "
            "and do not stop any abruptly without the prescriber's decision."
        ),
        conditions=(),
    ),
    Emergency(
        rule="RF-2",
        title="Emergency: possible serotonin syndrome",
        level="now",
        patient=(
            f"This may be serotonin syndrome. {_CALL} or go to emergency care now, and do not stay alone. Warning "
            f"signs are agitation, fever, sweating, shaking, muscle jerks, diarrhoea and confusion. {_TELL} Ask them "
            "before any further dose of any medicine, new or usual."
        ),
        clinician=(
            "Possible serotonin syndrome: emergency care now. Signs are agitation, fever, sweating, tremor, muscle "
            "jerks or clonus, diarrhoea and confusion. List every serotonergic medicine: SNRI, SSRI, tricyclic, "
            "tramadol, cyclobenzaprine, MAO inhibitor, linezolid, intravenous methylene blue. No further dose of any "
            "of them until the patient has been assessed."
        ),
        conditions=("serotonin-syndrome",),
    ),
    Emergency(
        rule="RF-8",
        title="Emergency: chest pain, fainting or a very fast or irregular heartbeat",
        level="now",
        patient=(
            f"{_CALL} or go to emergency care now, and do not drive yourself or stay alone. Do not put this down to "
            f"fibromyalgia. {_TELL} Do not stop or change your medicines on your own decision."
        ),
        clinician=(
            "Chest pain, fainting, a very fast or irregular pulse or very high blood pressure: emergency care now. "
            "Do not attribute it to fibromyalgia. Milnacipran can raise heart rate and blood pressure; amitriptyline "
            "and cyclobenzaprine can cause arrhythmia. List all medicines."
        ),
        conditions=("heart-disease", "hypertension"),
    ),
    Emergency(
        rule="RF-19",
        title="Emergency: possible sepsis or another severe infection",
        level="now",
        patient=(
            f"{_CALL} or go to emergency care now: fever or feeling very cold with shaking, confusion, fast breathing, "
            "mottled or very pale skin, no urine, a stiff neck, or a rash that does not fade when pressed can mean a "
            f"severe infection. Do not wait for an appointment and do not stay alone. {_TELL} Say if a medicine "
            "weakens your defences or you have chemotherapy."
        ),
        clinician=(
            "Possible sepsis or meningitis: emergency care now. Confusion, low blood pressure, fast breathing, "
            "mottled skin, no urine or a rash that does not fade ask for an immediate response. Ask for "
            "immunosuppressive medicines, a recent operation or a catheter, and list all medicines. Do not attribute "
            "this to fibromyalgia."
        ),
        conditions=("inflammation",),
    ),
    Emergency(
        rule="RF-7",
        title="Emergency: sudden eye pain, halos or loss of vision",
        level="now",
        patient=(
            "Sudden eye pain, halos around lights or loss of vision can be acute angle closure, which threatens "
            "sight. Go to emergency eye care now or call 112, 999 or 911; do not drive yourself and do not wait for "
            f"an appointment. {_TELL}"
        ),
        clinician=(
            "Possible acute angle closure: emergency eye care now. SNRIs, tricyclics and cyclobenzaprine can provoke "
            "it; list all medicines. New headache or visual symptoms after 50 need prompt assessment for another "
            "disease as well."
        ),
        conditions=("glaucoma",),
    ),
    Emergency(
        rule="RF-13",
        title="Emergency: possible severe skin reaction",
        level="now",
        patient=(
            f"{_CALL} or go to emergency care now: a rash with blisters, skin that peels or hurts, sores in the mouth, "
            f"eyes or private parts, or fever can be a severe reaction to a medicine. {_TELL} Ask them before any "
            "further dose of any medicine."
        ),
        clinician=(
            "Possible severe skin reaction to a medicine: emergency care now, above all with blisters, skin that "
            "comes away, sores of mouth, eyes or genitals, or fever. List every medicine and its start. No further "
            "dose of the suspected medicine until the patient has been assessed."
        ),
        conditions=("allergic-reaction",),
    ),
    Emergency(
        rule="RF-18",
        title="Emergency: possible pressure on the nerves of the lower back",
        level="now",
        patient=(
            "Numbness between the legs, trouble passing or holding urine or stool, or new weakness of the legs can "
            f"mean pressure on the nerves, which cannot wait. {_CALL} or go to emergency care now; do "
            f"not drive yourself and do not wait for an appointment. Do not put this down to fibromyalgia. {_TELL}"
        ),
        clinician=(
            "Possible cauda equina or spinal cord compression: emergency assessment now. Saddle numbness, bladder or "
            "bowel trouble, or new weakness of the legs are not explained by fibromyalgia. List all medicines."
        ),
        conditions=(),
    ),
    Emergency(
        rule="RF-17",
        title="Emergency: possible inflammation of an artery, which threatens sight",
        level="now",
        patient=(
            "A new headache, a sore scalp or jaw pain on chewing after the age of 50, or any sudden trouble seeing "
            "with it, can threaten sight. Go to emergency care today, and at once if you cannot see well (112, 999 or "
            f"911). Do not drive yourself and do not wait for an appointment. {_TELL}"
        ),
        clinician=(
            "Possible giant cell arteritis: same-day emergency assessment, and at once if sight is affected. New "
            "headache, scalp tenderness, jaw claudication or visual symptoms after 50, or raised CRP or ESR, are not "
            "explained by fibromyalgia."
        ),
        conditions=("inflammation",),
    ),
    Emergency(
        rule="RF-5",
        title="Urgent today: possible liver injury",
        level="same day",
        patient=(
            "Yellow skin or eyes, dark urine, or strong pain in the upper right belly with vomiting can mean acute "
            "hepatitis. Get urgent medical care today; call 112, 999 or 911 if the person is confused or collapses. "
            f"{_TELL} Ask them before any further dose of any medicine."
        ),
        clinician=(
            "Possible acute liver injury: same-day urgent care. The naltrexone label warns of hepatitis and asks to "
            "stop it and seek care for symptoms of acute hepatitis; duloxetine can injure the liver. No further dose "
            "of either until the patient has been assessed."
        ),
        conditions=("liver-injury",),
    ),
    Emergency(
        rule="RF-16",
        title="Urgent: possible mania or loss of touch with reality",
        level="now",
        patient=(
            "Little need for sleep, racing thoughts, risky acts, or hearing, seeing or believing things that others "
            f"do not need urgent medical help today. {_CALL} if anyone is in danger. Stay with the person, keep calm, "
            f"and keep car keys, money and medicines out of reach. {_CRISIS}. Tell the prescriber today. Do not stop "
            "the medicine on your own decision."
        ),
        clinician=(
            "Possible mania or psychosis: urgent psychiatric assessment today, emergency response if anyone is in "
            "danger. Ask for antidepressants, steroids and other medicines that were started, changed or stopped, for "
            "a history of bipolar disorder, and for thoughts of suicide. Tell the prescriber today."
        ),
        conditions=(),
    ),
    Emergency(
        rule="RF-10",
        title="Prompt medical assessment: these signs point to another disease",
        level="prompt",
        patient=(
            "These signs are not explained by fibromyalgia and need a doctor's assessment promptly. Numbness between "
            "the legs, loss of bladder or bowel control, or new weakness: go to emergency care now (112, 999 or "
            "911). New headache or sight problems after 50: the same day. Fever, weight loss or swollen joints: a "
            f"prompt appointment. {_TELL} Do not stop or change your medicines on your own decision."
        ),
        clinician=(
            "Red flags for another disease: prompt medical assessment, and do not attribute them to fibromyalgia. "
            "Saddle numbness, bladder or bowel loss or new weakness: emergency assessment for cauda equina "
            "compression. Headache, visual symptoms or new pain after 50, fever, weight loss, swollen joints or "
            "raised CRP or ESR need a search for their cause."
        ),
        conditions=("inflammation",),
    ),
    Emergency(
        rule="RF-20",
        title="Emergency: get medical help now",
        level="now",
        patient=(
            f"What you write may be an emergency, and a document cannot help with it. {_CALL} or go to emergency care "
            "now, and do not drive yourself or stay alone. If you may hurt yourself or somebody may hurt you, say so "
            f"when you call. {_TELL} Do not stop or change your medicines on your own decision."
        ),
        clinician=(
            "This message may describe an emergency: emergency assessment now, before anything is looked up here. "
            "List all medicines, with amounts and times. Do not attribute new or severe symptoms to fibromyalgia."
        ),
        conditions=(),
    ),
)
EMERGENCIES: Final = MappingProxyType({emergency.rule: emergency for emergency in _ALL})


def detect(message: str, urgency: Urgency | None = None, encode: Encode | None = None) -> Emergency | None:
    """Return the gravest emergency that a message tells of, or None.

    Args:
        message: Any text.
        urgency: The judgement stored with the index; without it rules alone decide.
        encode: The encoder of that index.

    >>> detect("my mum can't be woken after her tablets").title
    'Emergency: breathing problem or cannot be woken'
    >>> detect("What are the symptoms of serotonin syndrome?") is None
    True
    """
    rule = signs.first(message)
    if urgency is not None and encode is not None:
        rule = urgency.kind(message, rule, encode)
    return EMERGENCIES[rule] if rule else None
