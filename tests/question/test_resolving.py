"""Follow-up questions are read as standalone ones, over the shipped vocabulary and documents."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from fmqa.corpus import loading
from fmqa.corpus.names import Names
from fmqa.corpus.vocabulary import Matcher
from fmqa.question.resolving import resolve
from fmqa.types import Intent, Measured, Query, Status, Turn

CORPUS = Path(__file__).parents[2] / "corpus"
START = "naltrexone-first-line-fibromyalgia"

Ask = Callable[..., list[Query]]


@pytest.fixture(scope="module")
def ask() -> Ask:
    loaded = loading.load(CORPUS)
    matcher = Matcher(loaded.vocabulary)
    names = Names([document.metadata for document in loaded.documents], loaded.vocabulary.pack.bodies)
    start = next(document.metadata for document in loaded.documents if document.id == START)

    def run(*questions: str, cited: Sequence[str] = ()) -> list[Query]:
        """Ask questions in a row; ``cited`` are the statements of the answer before the last question."""
        turns: list[Turn] = []
        for number, question in enumerate(questions):
            query = resolve(question, turns, matcher, names, start)
            status = Status.NEEDS_CLARIFICATION if query.choices else Status.ANSWERED
            said = tuple(cited) if number == len(questions) - 2 else ()
            turns.append(Turn(id=str(number), question=question, query=query, status=status, statement_ids=said))
        return [turn.query for turn in turns if turn.query]

    return run


@pytest.fixture(scope="module")
def read_on() -> Callable[..., Query]:
    """Asks in a row, each question on a document that is open, and returns how the last one is read."""
    loaded = loading.load(CORPUS)
    matcher = Matcher(loaded.vocabulary)
    held = {document.id: document.metadata for document in loaded.documents}
    names = Names(list(held.values()), loaded.vocabulary.pack.bodies)

    def run(*asked: tuple[str, str]) -> Query:
        turns: list[Turn] = []
        for number, (document, question) in enumerate(asked):
            query = resolve(question, turns, matcher, names, held[document])
            turns.append(
                Turn(id=str(number), question=question, query=query, status=Status.ANSWERED, document=document)
            )
        return query

    return run


def last(queries: Sequence[Query]) -> Query:
    return queries[-1]


def test_a_first_question_with_a_pronoun_is_about_the_article(ask: Ask) -> None:
    query = last(ask("Is it safe with tramadol?"))
    assert set(query.interventions) == {"low-dose-naltrexone", "tramadol"}
    assert query.intents[0] is Intent.INTERACTION


def test_and_x_takes_intent_and_guideline_from_the_last_turn(ask: Ask) -> None:
    query = last(ask("What evidence level does EULAR give exercise?", "and CBT?"))
    assert query.interventions == ("cbt",)
    assert query.intents[0] is Intent.GUIDELINE_POSITION
    assert query.organisations == ("EULAR",)
    assert query.text == "What evidence level does EULAR give cognitive behavioural therapy?"


def test_a_complete_question_is_a_topic_switch(ask: Ask) -> None:
    query = last(ask("Does LDN help?", "What is the label dose of pregabalin?"))
    assert query.interventions == ("pregabalin",)


def test_a_pronoun_takes_the_intervention(ask: Ask) -> None:
    query = last(ask("Does LDN beat placebo?", "Did it at least help the brain fog?"))
    assert query.interventions == ("low-dose-naltrexone",)
    assert query.outcomes == ("cognition",)
    assert "low-dose naltrexone" in query.text


def test_a_new_population_keeps_the_intervention(ask: Ask) -> None:
    query = last(ask("What is the dose of duloxetine?", "What about in pregnancy?"))
    assert query.interventions == ("duloxetine",)
    assert query.populations == ("pregnancy",)


def test_in_it_stands_for_the_guideline(ask: Ask) -> None:
    query = last(ask("What does EULAR say about exercise?", "Is fluoxetine still in it?"))
    assert query.interventions == ("fluoxetine",)
    assert query.organisations == ("EULAR",)


def test_a_year_alone_keeps_the_publisher(ask: Ask) -> None:
    query = last(ask("What does EULAR say about exercise?", "What did they find in 2008?"))
    assert query.documents == ("eular-2008",)


def test_how_long_off_it_is_about_what_must_be_stopped(ask: Ask) -> None:
    query = last(ask("I take tramadol. Could I add LDN?", "How long would I have to be off it?"))
    assert query.text == "How long would I have to be off tramadol before low-dose naltrexone?"
    assert "washout" in query.outcomes


def test_what_a_person_takes_is_kept_for_safety_checks(ask: Ask) -> None:
    query = last(ask("I take tramadol every day.", "What dose of LDN did the trials use?"))
    assert "tramadol" in query.taking


def test_an_unclear_pronoun_is_asked_back(ask: Ask) -> None:
    query = last(ask("Compare duloxetine with milnacipran", "What is its dose?"))
    assert query.choices == ("What is duloxetine's dose?", "What is milnacipran's dose?")


def test_the_choice_answers_the_question_asked_back(ask: Ask) -> None:
    query = last(ask("Compare duloxetine with milnacipran", "What is its dose?", "milnacipran"))
    assert query.interventions == ("milnacipran",)
    assert query.intents[0] is Intent.DOSE
    assert not query.choices


def test_a_question_on_treatment_at_large_is_about_no_drug(ask: Ask) -> None:
    query = last(ask("Does LDN help?", "And which of all these cures it?"))
    assert query.interventions == ()


def test_a_question_about_an_unknown_thing_does_not_become_one_about_the_last_drug() -> None:
    loaded = loading.load(CORPUS)
    matcher = Matcher(loaded.vocabulary)
    names = Names([document.metadata for document in loaded.documents], loaded.vocabulary.pack.bodies)
    start = next(document.metadata for document in loaded.documents if document.id == START)
    query = resolve(
        "How much zzyzxol should people take?", (), matcher, names, start, known=lambda word: word != "zzyzxol"
    )
    assert "low-dose-naltrexone" not in query.interventions


def test_another_disease_is_not_turned_into_fibromyalgia(ask: Ask) -> None:
    query = last(ask("What gabapentin dose do you use in trigeminal neuralgia?"))
    assert query.conditions == ("trigeminal-neuralgia",)


# --- ellipsis ---------------------------------------------------------------------------------------------------------


def test_a_bare_attribute_is_asked_of_the_criteria_spoken_of(ask: Ask) -> None:
    query = last(ask("ACR 2016 cut-offs?", "duration?"))
    assert query.documents == ("acr-2016",)
    assert query.text == "ACR 2016 criteria: duration?"


def test_another_body_is_asked_the_same(ask: Ask) -> None:
    query = last(ask("What does EULAR 2017 say about amitriptyline?", "and NICE?"))
    assert query.text == "What does NICE NG193 say about amitriptyline?"
    assert query.documents == ("nice-ng193",)
    assert query.interventions == ("amitriptyline",)


def test_what_narrows_a_question_is_put_into_it(ask: Ask) -> None:
    query = last(ask("Label dose of pregabalin in fibromyalgia?", "With a clearance of 40?"))
    assert query.text == "Label dose of pregabalin in fibromyalgia with a clearance of 40?"
    assert query.populations == ("renal-impairment",)


def test_a_new_drug_in_a_question_on_two_replaces_its_kin_only(ask: Ask) -> None:
    query = last(ask("Are opioid painkillers safe with naltrexone?", "Imodium?"))
    assert set(query.interventions) == {"loperamide", "low-dose-naltrexone"}


def test_a_third_drug_is_asked_about_together_with_the_two_before(ask: Ask) -> None:
    query = last(ask("Can I take duloxetine with LDN?", "and tramadol?"))
    assert set(query.interventions) == {"tramadol", "duloxetine", "low-dose-naltrexone"}
    assert query.intents == (Intent.INTERACTION,)


def test_another_place_takes_the_place_of_the_first(ask: Ask) -> None:
    query = last(ask("is milnacipran approved in Europe", "in the US?"))
    assert query.text == "is milnacipran approved in the US?"
    assert query.outcomes == ("approval",)


def test_a_new_drug_keeps_the_population_of_the_question(ask: Ask) -> None:
    query = last(ask("Is LDN safe in pregnancy?", "and duloxetine?"))
    assert (query.interventions, query.populations) == (("duloxetine",), ("pregnancy",))


def test_an_effect_after_a_dose_is_asked_for_as_an_effect(ask: Ask) -> None:
    query = last(ask("What dose did the FINAL trial use?", "and sleep?"))
    assert query.intents == (Intent.EFFICACY,)
    assert query.documents == ("final-2024",)


# --- pronouns ---------------------------------------------------------------------------------------------------------


def test_a_study_has_a_placebo_arm_and_a_drug_has_none(ask: Ask) -> None:
    query = last(ask("LDN dose-finding study, ED50 and ED95?", "did it have a placebo arm?"))
    assert query.documents == ("dose-finding-2020",)
    assert query.text == "did LDN dose-finding study 2020 have a placebo arm?"


def test_what_happened_happened_in_the_study(ask: Ask) -> None:
    query = last(ask("what did the Spanish trial find?", "did it have serious side effects?"))
    assert query.documents == ("innova",)
    assert query.interventions == ("low-dose-naltrexone",)


def test_the_one_study_that_the_answer_cited_can_be_referred_to(ask: Ask) -> None:
    questions = ("Does a raised ESR predict a response to LDN?", "how much did it explain?")
    query = last(ask(*questions, cited=("younger-2009#esr", "ldn-evidence-overview#esr")))
    assert query.documents == ("younger-2009",)
    assert "inflammation" in query.conditions


def test_of_two_studies_cited_none_is_guessed(ask: Ask) -> None:
    questions = ("Does LDN reduce pain?", "how many patients were enrolled?")
    assert last(ask(*questions, cited=("final-2024#pain", "innova#pain"))).documents == ()


def test_a_pronoun_after_a_name_stands_for_that_name(ask: Ask) -> None:
    query = last(ask("Does LDN help?", "chiropractic, is it recommended?"))
    assert query.interventions == ("chiropractic",)


def test_where_no_drug_was_spoken_of_it_is_the_condition(ask: Ask) -> None:
    query = last(ask("how common is fibromyalgia?", "does it shorten your life?"))
    assert query.text == "does fibromyalgia shorten your life?"
    assert query.interventions == ()


def test_on_it_and_off_it_stand_for_what_somebody_is_on(ask: Ask) -> None:
    query = last(ask("I'm on tramadol. can I take LDN as well?", "can I just stop it myself?"))
    assert "can I just stop tramadol myself?" in query.text
    assert not query.choices


def test_that_idea_is_what_was_said(ask: Ask) -> None:
    query = last(ask("Does a raised ESR mean LDN will work?", "where does that idea come from?"))
    assert query.text == "Does a raised ESR mean LDN will work — where does that idea come from?"
    assert "inflammation" in query.conditions


# --- corrections ------------------------------------------------------------------------------------------------------


def test_a_correction_puts_the_drug_into_the_last_question(ask: Ask) -> None:
    query = last(ask("is biofeedback worth trying?", "no sorry, hypnosis"))
    assert query.interventions == ("hypnotherapy",)
    assert query.text == "is hypnotherapy worth trying?"


def test_a_correction_by_year_keeps_body_and_drug(ask: Ask) -> None:
    query = last(ask("EULAR level and grade for amitriptyline", "the 2008 one I mean"))
    assert query.documents == ("eular-2008",)
    assert query.interventions == ("amitriptyline",)
    assert "EULAR 2008" in query.text


def test_a_correction_by_year_finds_the_criteria_of_another_body(ask: Ask) -> None:
    query = last(ask("ACR 2016 cut-offs?", "does AAPT use the WPI too?", "no, I meant the 1990 ones"))
    assert query.documents == ("acr-1990",)
    assert query.organisations == ()
    assert query.text == "does ACR 1990 criteria use the WPI too?"


def test_what_is_not_meant_is_left_out(ask: Ask) -> None:
    query = last(ask("What does EULAR say about opioids?", "not the 2008 version"))
    assert query.documents == ("eular-2017",)
    assert query.interventions == ("opioid",)


def test_what_is_taken_back_is_replaced(ask: Ask) -> None:
    query = last(ask("FINAL trial: what was the design?", "sorry, the pain result, not the design"))
    assert query.documents == ("final-2024",)
    assert query.text == "FINAL trial: what was the pain result?"


# --- returns ----------------------------------------------------------------------------------------------------------


def test_going_back_makes_the_topic_the_subject_again(ask: Ask) -> None:
    query = last(ask("Does LDN help?", "does yoga help?", "back to the naltrexone - is it approved for fibro?"))
    assert query.interventions == ("low-dose-naltrexone",)
    assert query.text == "is low-dose naltrexone approved for fibro?"


def test_going_back_to_a_body_asks_it_of_the_new_drug(ask: Ask) -> None:
    query = last(ask("NICE on antidepressants?", "does yoga help?", "going back to NICE, is milnacipran named?"))
    assert query.interventions == ("milnacipran",)
    assert query.documents == ("nice-ng193",)


def test_going_back_by_year_finds_what_was_spoken_of(ask: Ask) -> None:
    query = last(ask("ACR 2016 cut-offs?", "how does AAPT differ?", "back to the 2016 one: why generalised pain?"))
    assert query.documents == ("acr-2016",)
    assert query.organisations == ()


def test_a_digression_on_grades_does_not_end_the_topic(ask: Ask) -> None:
    questions = ("EULAR grade for amitriptyline?", "can one rank the two grades?", "doses in the trials?")
    assert last(ask(*questions)).interventions == ("amitriptyline",)


# --- comparisons ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "question", ["is it better than pregabalin?", "better than pregabalin?", "and versus pregabalin?"]
)
def test_a_comparison_keeps_what_is_compared(ask: Ask, question: str) -> None:
    query = last(ask("Does LDN help?", question))
    assert set(query.interventions) == {"low-dose-naltrexone", "pregabalin"}


def test_another_comparator_takes_the_place_of_the_first(ask: Ask) -> None:
    query = last(ask("Does LDN help?", "is it better than pregabalin?", "and compared with duloxetine?"))
    assert set(query.interventions) == {"low-dose-naltrexone", "duloxetine"}


def test_versus_placebo_is_about_the_drug(ask: Ask) -> None:
    assert last(ask("Does LDN help?", "versus placebo?")).interventions == ("low-dose-naltrexone",)


def test_which_of_the_two_is_about_the_last_two(ask: Ask) -> None:
    query = last(
        ask("What does EULAR 2017 say about exercise?", "and CBT?", "which of the two is advised more firmly?")
    )
    assert query.interventions == ("exercise", "cbt")
    assert query.documents == ("eular-2017",)


def test_the_first_and_the_second_are_counted_as_they_were_named(ask: Ask) -> None:
    queries = ask("amitriptyline vs duloxetine for sleep", "the first one's dose?", "and the second?")
    assert [query.interventions for query in queries[1:]] == [("amitriptyline",), ("duloxetine",)]
    assert queries[1].text == "amitriptyline's dose?"


@pytest.mark.parametrize(
    ("questions", "document"),
    [
        (("Compare FINAL and INNOVA", "did the second one reach its target sample"), "innova"),
        (("compare EULAR 2017 and NICE NG193", "what does the second say about acupuncture"), "nice-ng193"),
        (("compare EULAR 2017 and NICE NG193", "does the former advise acupuncture"), "eular-2017"),
    ],
)
def test_the_second_of_two_documents_is_what_is_asked(questions: tuple[str, ...], document: str, ask: Ask) -> None:
    assert last(ask(*questions)).documents == (document,)


def test_a_review_may_include_a_trial(ask: Ask) -> None:
    query = last(ask("What did Vatvani 2024 find?", "did it include FINAL?"))
    assert query.documents == ("final-2024", "vatvani-2024")
    assert query.text == "did Vatvani 2024 include FINAL?"


def test_do_they_agree_is_about_the_guidelines(ask: Ask) -> None:
    query = last(ask("What does EULAR say about amitriptyline?", "and NICE?", "do they agree?"))
    assert set(query.documents) == {"eular-2008", "eular-2017", "nice-ng193"}
    assert query.interventions == ("amitriptyline",)


# --- documents --------------------------------------------------------------------------------------------------------


def test_a_described_study_is_named_by_its_title(ask: Ask) -> None:
    query = last(ask("so does it work?", "what did the Spanish trial find?", "no, in the Danish one"))
    assert query.documents == ("final-2024",)
    assert query.text == "what did FINAL 2024 find?"


def test_there_is_elsewhere_than_the_article_just_named(ask: Ask) -> None:
    query = last(ask("EULAR level for exercise?", "The article puts tramadol second. Does that come from there?"))
    assert set(query.documents) == {"naltrexone-first-line-fibromyalgia", "eular-2008", "eular-2017"}


def test_a_list_that_a_guideline_gives_is_asked_of_the_guideline(ask: Ask) -> None:
    query = last(ask("Does LDN help?", "NG193: what should not be initiated?"))
    assert query.interventions == ()
    assert query.documents == ("nice-ng193",)


# --- populations ------------------------------------------------------------------------------------------------------


def test_what_is_told_of_a_patient_is_about_the_last_subject(ask: Ask) -> None:
    query = last(ask("Does amitriptyline help?", "I'm 74 though"))
    assert query.interventions == ("amitriptyline",)
    assert query.populations == ("older-adults",)
    assert query.text == "Amitriptyline, older adults: I'm 74 though"


@pytest.mark.parametrize("follow_up", ["and driving?", "i want to come off it, can i just stop taking them"])
def test_what_goes_on_from_a_combination_is_about_the_treatment(follow_up: str, ask: Ask) -> None:
    assert last(ask("can I have wine with lyrica", follow_up)).interventions == ("pregabalin",)


def test_what_a_person_is_on_does_not_take_the_place_of_the_treatment(ask: Ask) -> None:
    query = last(ask("milnacipran bp monitoring", "no i meant in someone with already treated htn on amlodipine"))
    assert "milnacipran" in query.interventions


def test_a_drug_and_a_group_after_another_question_are_asked_about_by_themselves(ask: Ask) -> None:
    query = last(ask("can i just stop pregabalin", "and the other one, duloxetine, at that egfr?"))
    assert query.interventions == ("duloxetine",)
    assert query.populations == ("renal-impairment",)
    assert query.outcomes == ()


def test_stopping_is_asked_about_whatever_was_asked_before(ask: Ask) -> None:
    query = last(ask("pregabalin dose egfr 25", "can i just stop it"))
    assert query.interventions == ("pregabalin",)
    assert Intent.DOSE not in query.intents


def test_what_one_gets_from_it_is_an_effect_of_the_treatment_and_no_finding(ask: Ask) -> None:
    cited = ["cochrane-amitriptyline-2015#pain"]
    query = last(ask("is amitriptyline any good", "i got a dry mouth from it", cited=cited))
    assert query.text == "i got a dry mouth from amitriptyline"


def test_a_treatment_named_in_the_first_question_is_not_joined_by_the_article(ask: Ask) -> None:
    query = last(ask("how do i start exercising with fibromyalgia"))
    assert query.interventions == ("exercise",)
    assert Intent.INTERACTION not in query.intents


def test_how_often_is_asked_of_the_treatment_spoken_of(ask: Ask) -> None:
    assert last(ask("is exercise good for fibromyalgia", "how many x per week?")).interventions == ("exercise",)


@pytest.mark.parametrize("question", ["will it get worse and put me in a wheelchair?", "is it all in my head?"])
def test_an_illness_gets_worse_and_is_in_the_head_a_treatment_is_not(question: str, ask: Ask) -> None:
    query = last(ask(question))
    assert set(query.interventions) <= set(query.implied)
    assert "naltrexone" not in query.text


def test_a_comparison_that_names_one_is_with_the_one_spoken_of(ask: Ask) -> None:
    query = last(ask("milnacipran side effects?", "vs duloxetine which is better tolerated"))
    assert set(query.compared) == {"milnacipran", "duloxetine"}


def test_an_illness_to_be_ruled_out_is_not_what_is_asked_about(ask: Ask) -> None:
    assert last(ask("do i need to exclude RA / lupus first")).conditions == ("fibromyalgia",)


def test_leaving_a_medicine_out_is_asked_about_as_stopping(ask: Ask) -> None:
    query = last(ask("my wife takes duloxetine", "Can she just leave them out at the weekend?"))
    assert query.interventions == ("duloxetine",)
    assert "stopping" in query.outcomes


def test_a_country_of_a_licence_is_no_guideline(ask: Ask) -> None:
    assert last(ask("is pregabalin licensed for fibro", "licensed in Germany?")).documents == ()


def test_bodies_that_are_compared_are_asked_about_the_one_treatment(ask: Ask) -> None:
    query = last(ask("hydrotherapy or tai chi", "What about acupuncture - EULAR vs NICE?"))
    assert query.interventions == ("acupuncture",)


def test_who_gives_somebody_something_is_no_treatment(ask: Ask) -> None:
    query = last(
        ask("I'm on LDN 4.5, knee operation next month", "they will give me oxycodone after, will it even work")
    )
    assert "they will give me oxycodone" in query.text


def test_what_else_it_could_be_is_asked_of_the_illness(ask: Ask) -> None:
    query = last(ask("Could it be something else like lupus or thyroid"))
    assert query.conditions == ("fibromyalgia",)
    assert set(query.interventions) <= set(query.implied)


def test_a_year_that_a_document_is_called_by_is_its_year(ask: Ask) -> None:
    assert last(ask("what did the 2016 EULAR revision change")).documents == ("eular-2017",)


def test_what_somebody_takes_besides_is_asked_about_together(ask: Ask) -> None:
    query = last(ask("my wife takes pregabalin. is it ok?", "she also drinks wine"))
    assert set(query.interventions) == {"pregabalin", "alcohol"}
    assert query.intents[0] is Intent.INTERACTION


def test_another_disease_of_hers_is_asked_of_the_same_criteria(ask: Ask) -> None:
    query = last(ask("ACR 2016 cut-offs?", "she also has RA"))
    assert query.documents == ("acr-2016",)
    assert set(query.conditions) == {"rheumatoid-arthritis", "fibromyalgia"}


def test_normal_kidneys_are_no_impairment(ask: Ask) -> None:
    query = last(ask("maximum dose of pregabalin with normal kidneys?"))
    assert query.populations == ()


# --- topic switches ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", ["duloxetine label dose?", "Duloxetine side effects", "duloxetine - any RCT?"])
def test_a_question_in_telegram_style_takes_nothing(ask: Ask, question: str) -> None:
    query = last(ask("What does EULAR 2017 say about CBT?", question))
    assert query.interventions == ("duloxetine",)
    assert "eular-2017" not in query.documents
    assert query.text == question


def test_what_fibromyalgia_is_is_asked_of_no_review(ask: Ask) -> None:
    query = last(ask("What did the INNOVA trial find?", "what's fibromyalgia?"))
    assert (query.interventions, query.documents) == ((), ())


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("what does this guideline say about exercise?", "what does NICE NG193 say about exercise?"),
        ("what does it recommend?", "what does NICE NG193 recommend?"),
    ],
)
def test_this_guideline_is_the_one_that_the_reader_has_turned_to(
    question: str, text: str, read_on: Callable[..., Query]
) -> None:
    query = read_on((START, "What evidence level does EULAR give exercise?"), ("nice-ng193", question))
    assert (query.documents, query.organisations, query.text) == (("nice-ng193",), (), text)


def test_a_follow_up_on_a_cited_page_and_one_after_others_are_of_the_conversation(
    read_on: Callable[..., Query],
) -> None:
    eular = (START, "What evidence level does EULAR give exercise?")
    assert "eular-2017" in read_on(eular, ("nice-ng193", "and CBT?")).documents
    asked = ("nice-ng193", "What does EULAR say about acupuncture?")
    assert "eular-2017" in read_on(eular, asked, ("nice-ng193", "does this guideline recommend CBT?")).documents


def test_a_study_that_is_open_is_what_a_bare_question_is_asked_of(read_on: Callable[..., Query]) -> None:
    assert read_on((START, "What is LDN?"), ("final-2024", "how many people took part?")).documents == ("final-2024",)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("how long does it need to be stopped", "how long does tramadol need to be stopped before low-dose naltrexone"),
        ("how long must she be off it?", "how long must she be off tramadol before low-dose naltrexone?"),
        (
            "how many days must tramadol be stopped before it?",
            "how many days must tramadol be stopped before low-dose naltrexone?",
        ),
    ],
)
def test_what_is_stopped_comes_before_what_is_started(question: str, text: str, ask: Ask) -> None:
    query = last(ask("Is LDN worth trying?", "She is on tramadol at the moment", question))
    assert query.text == text
    assert "washout" in query.outcomes


def test_what_helps_is_asked_of_all_treatments(ask: Ask) -> None:
    query = last(ask("Is LDN safe with tramadol?", "what helps with sleep"))
    assert (query.text, query.interventions) == ("what helps with sleep", ())


def test_a_question_may_ask_of_a_time_and_give_a_figure(ask: Ask) -> None:
    query = last(ask("any trials of pregabalin since 2015?"))
    assert (query.since, query.years) == (2015, ())
    assert last(ask("What did EULAR change after 2008?")).since is None
    query = last(ask("takes pregabalin 150 mg bd currently, eGFR 40"))
    assert Measured(concept="renal-impairment", value=Decimal(40)) in query.measured


def test_what_no_source_of_ours_knows_is_not_joined_to_the_article_and_why_is_asked_of_it() -> None:
    loaded = loading.load(CORPUS)
    matcher = Matcher(loaded.vocabulary)
    names = Names([document.metadata for document in loaded.documents], loaded.vocabulary.pack.bodies)
    start = next(document.metadata for document in loaded.documents if document.id == START)

    def read(question: str, *turns: Turn) -> Query:
        return resolve(question, turns, matcher, names, start, known=lambda word: word.lower() != "brelofine")

    question = "How should brelofine be taken with alcohol?"
    query = read(question)
    assert (query.text, query.interventions) == (question, ("alcohol",))
    asked = read("What dose of brelofine was given daily?")
    then = read("Why?", Turn(id="1", question=asked.text, query=asked, status=Status.ANSWERED))
    assert then.text == "What dose of brelofine was given daily — Why?"
