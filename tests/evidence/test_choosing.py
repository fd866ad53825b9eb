"""Selection on the shipped corpus: what must come, what must come first, and what must stay out."""

from collections.abc import Iterator

import pytest

from fmqa.assistant import Assistant
from fmqa.text import figures
from fmqa.types import Answer, Audience, DocumentKind, Effect, NoticeKind, Statement, StatementKind, Status
from questions import ANSWERABLE, ARTICLE, GUIDELINES, VARIED, Ask

OPIOIDS = ("tramadol", "codeine", "loperamide", "oxycodone", "methadone", "buprenorphine")
TYPOS = {
    "tramadol": "tramadole",
    "codeine": "codiene",
    "loperamide": "loperamid",
    "oxycodone": "oxycodon",
    "methadone": "methadon",
    "buprenorphine": "buprenorphin",
}
YOUNG = frozenset({"children", "juvenile-fibromyalgia", "adolescents"})
# Everybody unless said otherwise.
USUAL = frozenset({"adults", "women", "opioid-users"})
BY_WORD = {"kidney": "renal-impairment", "liver": "hepatic-impairment"}


@pytest.fixture(scope="module")
def records(assistant: Assistant) -> dict[str, Statement]:
    """Every curated statement of the corpus by document#statement."""
    return {
        f"{metadata.id}#{statement.id}": statement
        for metadata in assistant.index.documents()
        for statement in metadata.statements
    }


def kinds(answer: Answer) -> list[StatementKind]:
    return [statement.kind for statement in answer.statements]


def told(answer: Answer, records: dict[str, Statement]) -> Iterator[tuple[str, Statement]]:
    """Yield id and record of each statement of an answer."""
    for statement in answer.statements:
        yield statement.id, records[statement.id]


# --- interactions -----------------------------------------------------------------------------------------------------


def leads_with_interaction(answer: Answer, records: dict[str, Statement], assistant: Assistant) -> bool:
    """Return whether the answer begins with an interaction of naltrexone and opioids."""
    if answer.status is not Status.ANSWERED or answer.notices[0].kind is not NoticeKind.INTERACTION:
        return False
    first = answer.statements[0]
    drugs = records[first.id].interventions
    ancestors = {a for drug in drugs for a in ancestors_of(assistant, drug)}
    said = (f"**{first.text}**", f"**No: {first.text}**")
    begins = answer.text.startswith((*said, "fmqa gives no", "I cannot give you")) and any(
        f"{words} [1]" in answer.text for words in said
    )
    return first.kind is StatementKind.INTERACTION and {"naltrexone", "opioid"} <= ancestors and begins


def ancestors_of(assistant: Assistant, concept: str) -> set[str]:
    """Return a concept with all that are broader."""
    parents = {c.id: c.parents for c in assistant.index.vocabulary.concepts}
    found: set[str] = set()
    left = [concept]
    while left:
        found.add(one := left.pop())
        left.extend(parents[one])
    return found


@pytest.mark.parametrize("opioid", OPIOIDS)
@pytest.mark.parametrize("audience", list(Audience))
@pytest.mark.parametrize(
    "form",
    [
        "Can naltrexone be combined with {}?",
        "Is low-dose naltrexone safe with {}?",
        "My patient is on {}. Can I add LDN?",
        "I take {} every day, could I start LDN?",
        "what happens if you mix {} and ldn",
        "My mum takes {} for her back. Would LDN help her fibromyalgia?",
        "LDN dose for someone on {}?",
        "naltrexone + {}",
    ],
)
def test_naltrexone_and_an_opioid_together_bring_the_interaction_first(
    form: str, audience: Audience, opioid: str, ask: Ask, records: dict[str, Statement], assistant: Assistant
) -> None:
    answer = ask(form.format(opioid), audience=audience)[0]
    assert leads_with_interaction(answer, records, assistant), answer.text


@pytest.mark.parametrize("opioid", OPIOIDS)
@pytest.mark.parametrize(
    "form", ["is naltrexon safe with {}?", "can i take {} with low dose naltrexone", "naltrexome and {}"]
)
def test_misspelt_medicines_interact_all_the_same(
    form: str, opioid: str, ask: Ask, records: dict[str, Statement], assistant: Assistant
) -> None:
    for audience in Audience:
        answer = ask(form.format(TYPOS[opioid]), audience=audience)[0]
        assert leads_with_interaction(answer, records, assistant), answer.text


@pytest.mark.parametrize("opioid", OPIOIDS)
def test_an_opioid_named_in_an_earlier_turn_is_remembered(
    opioid: str, ask: Ask, records: dict[str, Statement], assistant: Assistant
) -> None:
    answer = ask(f"I take {opioid} for my pain.", "What dose of LDN did the trials use?", audience=Audience.PATIENT)[-1]
    assert leads_with_interaction(answer, records, assistant), answer.text


def test_other_dangerous_pairs_lead_with_their_interaction(ask: Ask, records: dict[str, Statement]) -> None:
    for one, other in (("duloxetine", "tramadol"), ("milnacipran", "MAO inhibitors"), ("duloxetine", "linezolid")):
        answer = ask(f"Can {one} be combined with {other}?")[0]
        assert answer.notices[0].kind is NoticeKind.INTERACTION, (one, other)
        assert kinds(answer)[0] is StatementKind.INTERACTION


def test_one_medicine_alone_sets_off_no_interaction(ask: Ask) -> None:
    for question in ANSWERABLE:
        if "naltrexone" not in question.lower() and "LDN" not in question:
            notices = {notice.kind for notice in ask(question)[0].notices}
            assert NoticeKind.INTERACTION not in notices, question


# --- personal doses ---------------------------------------------------------------------------------------------------

PERSONAL = (
    "How much LDN should I take?",
    "What dose of low-dose naltrexone should I take tonight?",
    "How many mg of LDN do I take for my fibromyalgia?",
    "Should I take 3 mg or 4.5 mg of LDN?",
    "Can I double my LDN dose?",
    "How many mg of naltrexone should I take for my fibromyalgia?",
)


@pytest.mark.parametrize("question", PERSONAL)
def test_no_dose_of_an_off_label_medicine_is_told_to_who_asks_for_themselves(question: str, ask: Ask) -> None:
    answer = ask(question, audience=Audience.PATIENT, max_words=300)[0]
    told = [s.text for s in answer.statements if s.kind is StatementKind.DOSING]
    assert not any(figures.quantities(text) for text in told), answer.text  # that none can be given may be said
    assert NoticeKind.PERSONAL_ADVICE in {notice.kind for notice in answer.notices}


@pytest.mark.parametrize("opioid", OPIOIDS)
@pytest.mark.parametrize(
    "form",
    [
        "What dose of LDN should I take tonight with my {}?",
        "I take {}. How much naltrexone should I take?",
        "How many mg of naltrexone can I take together with {}?",
    ],
)
def test_no_dose_is_told_beside_a_dangerous_combination(form: str, opioid: str, ask: Ask) -> None:
    for audience in Audience:
        answer = ask(form.format(opioid), audience=audience, max_words=300)[0]
        assert kinds(answer)[0] is StatementKind.INTERACTION
        assert StatementKind.DOSING not in kinds(answer), answer.text
        assert NoticeKind.PERSONAL_ADVICE in {notice.kind for notice in answer.notices}


def test_a_label_dose_is_told_as_general_information(ask: Ask) -> None:
    answer = ask("How much duloxetine should I take?", audience=Audience.PATIENT)[0]
    assert answer.text.startswith("I cannot give you a personal dose.")
    assert "not an instruction" in answer.text
    assert StatementKind.DOSING in kinds(answer)


# --- who and what is meant --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", VARIED)
def test_no_population_that_was_not_asked_about_is_brought(
    question: str, ask: Ask, records: dict[str, Statement]
) -> None:
    for audience in Audience:
        for name, statement in told(ask(question, audience=audience)[0], records):
            asked = {population for word, population in BY_WORD.items() if word in question}
            strange = set(statement.populations) - USUAL - asked
            assert not strange, (name, strange)


@pytest.mark.parametrize("question", VARIED)
def test_nothing_is_said_about_children_unless_asked(question: str, ask: Ask, records: dict[str, Statement]) -> None:
    answer = ask(question, max_words=400)[0]
    for name, statement in told(answer, records):
        assert not YOUNG & {*statement.populations, *statement.conditions}, name
    assert not any(source.document_id.startswith("ldn-juvenile") for source in answer.sources)


@pytest.mark.parametrize(
    "question",
    [
        "Can children take LDN?",
        "Was LDN studied in adolescents with fibromyalgia?",
        "Can my 10 year old take pregabalin?",
        "My patient is aged 15, what dose of duloxetine?",
        "Is LDN used in juvenile fibromyalgia?",
    ],
)
def test_children_are_spoken_of_when_asked(question: str, ask: Ask, records: dict[str, Statement]) -> None:
    answer = ask(question)[0]
    first = records[answer.statements[0].id]
    assert YOUNG & {*first.populations, *first.conditions}


@pytest.mark.parametrize(
    ("question", "population"),
    [
        ("Is pregabalin safe in pregnancy?", "pregnancy"),
        ("What is known about LDN in pregnancy?", "pregnancy"),
        ("Is amitriptyline safe in older people?", "older-adults"),
    ],
)
def test_the_population_asked_about_comes_first_and_no_other_one(
    question: str, population: str, ask: Ask, records: dict[str, Statement]
) -> None:
    answer = ask(question)[0]
    assert population in records[answer.statements[0].id].populations
    for name, statement in told(answer, records):
        others = set(statement.populations) - USUAL - {population, "breast-feeding"}
        assert not others or population in statement.populations, name


@pytest.mark.parametrize("question", [q for q in ANSWERABLE if "fibromyalgia" in q])
def test_no_other_disease_is_brought(
    question: str, ask: Ask, records: dict[str, Statement], assistant: Assistant
) -> None:
    foreign = {c.id for c in assistant.index.vocabulary.concepts if not c.in_scope}
    for name, statement in told(ask(question)[0], records):
        assert not foreign & set(statement.conditions), name


@pytest.mark.parametrize(
    ("question", "drug"),
    [
        ("Does duloxetine reduce fibromyalgia pain?", "duloxetine"),
        ("What is the starting dose of pregabalin on the label?", "pregabalin"),
        ("Is gabapentin effective for fibromyalgia?", "gabapentin"),
        ("What liver warnings does naltrexone have?", "naltrexone"),
        ("Does acupuncture help fibromyalgia?", "acupuncture"),
    ],
)
def test_every_statement_is_about_the_treatment_asked_about(
    question: str, drug: str, ask: Ask, records: dict[str, Statement], assistant: Assistant
) -> None:
    for name, statement in told(ask(question)[0], records):
        wide = {a for own in statement.interventions for a in ancestors_of(assistant, own)}
        assert drug in wide or ancestors_of(assistant, drug) & set(statement.interventions), name


@pytest.mark.parametrize(
    ("question", "aspect"),
    [
        ("lyrica or cymbalta, which is better for the pain?", "pain relief"),
        ("is milnacipran any better than duloxetine", "pain relief"),
        ("amitriptyline vs duloxetine, fewer side effects?", "effects"),
    ],
)
def test_what_may_be_called_better_comes_before_what_is_known_of_each(question: str, aspect: str, ask: Ask) -> None:
    (given,) = ask(question)
    first, *each = given.statements
    assert first.id == "reading-effect-sizes#head-to-head"
    assert len(each) == 2
    assert all(aspect in statement.text for statement in each)
    assert not any(notice.kind is NoticeKind.INTERACTION for notice in given.notices)


def test_a_blocked_class_is_warned_of_even_where_one_or_the_other_is_meant(ask: Ask) -> None:
    (given,) = ask("LDN or tramadol, which is better?")
    assert any(notice.kind is NoticeKind.INTERACTION for notice in given.notices)


# --- editions, silence, disagreement ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "both"),
    [
        ("What does the German guideline say on duloxetine?", {"duloxetine", "duloxetine-off-label"}),
        ("Do tramadol, sertraline and amitriptyline mix?", {"tramadol-ssri", "tramadol-tricyclic"}),
    ],
)
def test_statements_of_one_document_on_different_matters_are_both_told(question: str, both: set[str], ask: Ask) -> None:
    (given,) = ask(question)
    assert both <= {statement.id.partition("#")[2] for statement in given.every_statement}


@pytest.mark.parametrize("question", [*GUIDELINES, "Are corticosteroids recommended for fibromyalgia?"])
def test_the_current_edition_comes_before_the_superseded_one(question: str, ask: Ask) -> None:
    for audience in Audience:
        answer = ask(question, audience=audience, max_words=400)[0]
        order = [statement.id.partition("#")[0] for statement in answer.statements]
        for source in answer.sources:
            if source.superseded_by and source.document_id in order:
                assert source.superseded_by in order, answer.text
                assert order.index(source.superseded_by) < order.index(source.document_id), answer.text


def test_no_position_of_a_guideline_is_silence_and_not_advice_against(ask: Ask) -> None:
    for question in ("What does EULAR recommend on LDN?", "What is EULAR's recommendation on low-dose naltrexone?"):
        answer = ask(question)[0]
        assert answer.status is Status.GUIDELINE_SILENT
        assert NoticeKind.GUIDELINE_SILENT in {notice.kind for notice in answer.notices}
        assert "silent is not the same as advising against" in answer.text
        assert all(position.direction == "silent" for c in answer.conflicts for position in c.positions)
        assert all(conflict.relation == "silent" for conflict in answer.conflicts)


def test_a_guideline_that_has_a_position_is_not_silent(ask: Ask) -> None:
    for question in GUIDELINES:
        assert ask(question)[0].status is Status.ANSWERED, question


@pytest.mark.parametrize("audience", list(Audience))
def test_guidelines_that_disagree_on_pregabalin_are_both_shown(audience: Audience, ask: Ask) -> None:
    answer = ask("What do guidelines say about pregabalin in fibromyalgia?", audience=audience)[0]
    (conflict,) = answer.conflicts
    assert conflict.relation == "differ"
    directions = {position.document_id: position.direction for position in conflict.positions}
    assert directions["eular-2017"] == "for"
    assert directions["nice-ng193"] == "against"
    assert all(position.current for position in conflict.positions)
    grades = {position.document_id: position.grade for position in conflict.positions}
    assert "weak for" in (grades["eular-2017"] or "")
    assert "do not initiate" in (grades["nice-ng193"] or "")
    quotes = {position.document_id: position.quote for position in conflict.positions}
    for source in answer.sources:
        if source.document_id in quotes and source.n in {p.source for p in conflict.positions}:
            assert source.anchor.quote.exact in quotes[source.document_id]


def test_guidelines_that_agree_on_exercise_agree(ask: Ask) -> None:
    (conflict,) = ask("What do guidelines say about exercise in fibromyalgia?")[0].conflicts
    assert conflict.relation == "agree"
    assert {position.direction for position in conflict.positions} - {"not stated"} == {"for"}


def test_meta_analyses_of_ldn_that_differ_are_not_averaged(ask: Ask) -> None:
    answer = ask("Does LDN reduce pain in fibromyalgia?")[0]
    (conflict,) = answer.conflicts
    assert conflict.relation == "differ"
    assert {"benefit", "no difference"} <= {position.direction for position in conflict.positions}


@pytest.mark.parametrize("question", ARTICLE)
def test_a_claim_of_the_article_comes_with_the_editorial_check(question: str, ask: Ask) -> None:
    for audience in Audience:
        answer = ask(question, audience=audience)[0]
        said = {statement.id.partition("#")[0] for statement in answer.statements}
        assert "naltrexone-first-line-fibromyalgia" in said, answer.text
        assert "editorial-discrepancies" in said, answer.text


@pytest.mark.parametrize("question", [q for q in VARIED if q not in ARTICLE])
def test_the_article_is_no_authority_where_nobody_asked_about_it(question: str, ask: Ask) -> None:
    answer = ask(question)[0]
    first = answer.sources[answer.statements[0].citations[0] - 1]
    assert first.kind is not DocumentKind.ARTICLE


@pytest.mark.parametrize(
    ("question", "beside"),
    [
        ("is NICE against LDN?", "guideline-positions-ldn#silent-not-against"),
        ("does LDN stop painkillers working?", "naltrexone-label#do-not-combine"),
        ("do only women get fibromyalgia", "epidemiology-and-mechanism#prevalence-worldwide"),
    ],
)
def test_what_its_record_says_is_not_left_out_is_told_beside_the_first_statement(
    question: str, beside: str, ask: Ask, records: dict[str, Statement]
) -> None:
    (answer,) = ask(question)
    assert beside in records[answer.statements[0].id].beside
    assert beside in {statement.id for statement in answer.statements}


def test_what_is_said_not_to_help_does_not_come_first_where_it_is_asked_what_helps(
    ask: Ask, records: dict[str, Statement]
) -> None:
    (answer,) = ask("what helps with sleep in fibro")
    assert records[answer.statements[0].id].effect not in (Effect.NO_DIFFERENCE, Effect.HARM)


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("Which non drug treatment has the best evidence?", "eular-2017#exercise-only-strong"),
        ("already on pregabalin for 3 yrs, nice say stop?", "nice-ng193#already-taking"),
    ],
)
def test_the_statement_that_is_known_to_answer_comes_first(question: str, first: str, ask: Ask) -> None:
    assert ask(question)[0].statements[0].id == first


def test_a_number_of_something_else_is_no_value_of_the_group_spoken_of(ask: Ask) -> None:
    *_, last = ask("Can I take pregabalin with bad kidneys?", "my husband's PSA is 6, should he have a biopsy?")
    assert last.status is not Status.ANSWERED


@pytest.mark.parametrize(
    "question",
    [
        "What would you try next if duloxetine and pregabalin have both failed?",
        "nothing has worked, duloxetine made me sick and lyrica made me fat. what is left?",
    ],
)
def test_what_comes_next_is_no_word_on_what_has_failed(question: str, ask: Ask, records: dict[str, Statement]) -> None:
    (answer,) = ask(question)
    assert answer.statements[0].id.startswith("eular-2017#stage-")
    for _, record in told(answer, records):
        assert not record.interventions or set(record.interventions) - {"duloxetine", "pregabalin"}


def test_no_dose_is_told_where_it_is_not_known_of_which_medicine(ask: Ask, records: dict[str, Statement]) -> None:
    *_, answer = ask(
        "12 weeks of duloxetine 60, no response. Any point in 120?",
        "what about adding amitriptyline at night on top of it",
        "say I do. how many mg for a 64 kg woman with QTc 455",
    )
    assert not any(record.kind is StatementKind.DOSING for _, record in told(answer, records))


def test_an_approval_is_no_first_line_on_taking_two_things(ask: Ask) -> None:
    (answer,) = ask("Is it ok to have a couple of beers on LDN?")
    assert answer.statements[0].id == "innova-protocol-2022#excluded-alcohol"


def test_a_statistic_asked_for_by_name_comes_before_when_treatments_may_be_compared(ask: Ask) -> None:
    (answer,) = ask("NNT for 50% pain relief, pregabalin 450 mg versus duloxetine 60 mg?")
    assert answer.statements[0].id == "cochrane-duloxetine-2014#pain-12-weeks"


def test_nothing_is_said_twice(ask: Ask) -> None:
    for question in VARIED:
        answer = ask(question, max_words=400)[0]
        assert len({statement.id for statement in answer.statements}) == len(answer.statements)
        assert len({statement.text.lower() for statement in answer.statements}) == len(answer.statements)
