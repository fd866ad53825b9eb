"""The line from question to verified answer, its conversations, and the changing of generations."""

import gc
import re
import subprocess
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa import fitting
from fmqa.answer import phrases
from fmqa.answer.composing import compose
from fmqa.answer.verification import verify
from fmqa.ask import ask
from fmqa.assistant import Assistant, check_question
from fmqa.building import build_index
from fmqa.corpus import loading
from fmqa.errors import BadQuestion, IndexUnusable, NotFound
from fmqa.evidence.catalogue import evidence_of
from fmqa.evidence.library import library_of
from fmqa.index import writing
from fmqa.index.reading import Index
from fmqa.index.writing import BuildReport
from fmqa.settings import Settings
from fmqa.types import (
    Answer,
    Audience,
    Body,
    Document,
    Frame,
    Intent,
    Material,
    NoticeKind,
    Pack,
    Query,
    Section,
    Status,
    text_sha256,
)
from questions import ANSWERABLE, NOT_IN_CORPUS, OUT_OF_SCOPE, VARIED, Ask

URGENT = "I took my tramadol and then naltrexone and now I am shaking, sweating and vomiting"


@pytest.fixture
def opened(small: Settings) -> Iterator[Assistant]:
    """An assistant on the small corpus."""
    one = Assistant.open(small)
    yield one
    one.close()


def edit(settings: Settings, old: str, new: str) -> None:
    path = settings.corpus / "guidelines" / "eular-2017.md"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


# --- the same answer every time ---------------------------------------------------------------------------------------


def without_chance(answer: Answer) -> bytes:
    """Return an answer as bytes without its ids and timings."""
    return answer.model_dump_json(exclude={"question_id", "conversation_id", "timings"}).encode()


def test_an_answer_is_the_same_bytes_each_time(ask_anew: Ask) -> None:
    for audience in Audience:
        for question in (*VARIED[::4], NOT_IN_CORPUS[0], OUT_OF_SCOPE[0], URGENT):
            assert len({without_chance(ask_anew(question, audience=audience)[0]) for _ in range(3)}) == 1, question


def test_a_conversation_is_the_same_bytes_each_time(ask_anew: Ask) -> None:
    questions = ("What evidence level does EULAR give exercise?", "and CBT?", "What did they find in 2008?")
    runs = {tuple(map(without_chance, ask_anew(*questions))) for _ in range(3)}
    assert len(runs) == 1


def test_an_answer_does_not_depend_on_who_asked_before(
    ask_anew: Ask, assistant: Assistant, shipped: tuple[Settings, BuildReport]
) -> None:
    fresh = Assistant.open(shipped[0])
    try:
        for question in VARIED[::5]:
            assert without_chance(fresh.ask(question)) == without_chance(ask_anew(question)[0])
    finally:
        fresh.close()


def test_every_step_is_timed_and_ids_differ(ask_anew: Ask) -> None:
    one, other = (ask_anew(ANSWERABLE[0])[0] for _ in range(2))
    assert set(one.timings) == {"resolve", "search", "choose", "decide", "compose", "verify"}
    assert all(0 <= seconds < 60 for seconds in one.timings.values())
    assert one.question_id != other.question_id
    assert one.conversation_id != other.conversation_id


# --- what becomes of a question ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", ANSWERABLE)
def test_what_the_corpus_answers_is_answered(question: str, ask: Ask) -> None:
    for audience in Audience:
        assert ask(question, audience=audience)[0].status is Status.ANSWERED


@pytest.mark.parametrize("question", NOT_IN_CORPUS)
def test_what_the_corpus_lacks_is_not_answered(question: str, ask: Ask) -> None:
    for audience in Audience:
        assert ask(question, audience=audience)[0].status is Status.NOT_IN_CORPUS


@pytest.mark.parametrize("question", OUT_OF_SCOPE)
def test_another_subject_is_out_of_scope(question: str, ask: Ask) -> None:
    for audience in Audience:
        assert ask(question, audience=audience)[0].status is Status.OUT_OF_SCOPE


def test_an_edition_that_is_not_held_is_said_to_be_missing(ask: Ask) -> None:
    answer = ask("What does EULAR 2021 recommend on exercise?")[0]
    assert answer.status is Status.PARTIAL
    assert answer.notices[0].kind is NoticeKind.MISSING_SOURCE
    assert answer.text.startswith("**These sources hold no 2021 document from EULAR.")
    assert "EULAR 2017" in answer.text


def test_an_unclear_question_is_asked_back_and_the_choice_is_answered(ask: Ask) -> None:
    first, unclear, chosen = ask("Compare duloxetine with milnacipran", "What is its dose?", "milnacipran")
    assert first.statements
    assert unclear.status is Status.NEEDS_CLARIFICATION
    assert len(unclear.choices) == 2
    assert all(choice in unclear.text for choice in unclear.choices)
    assert chosen.status is Status.ANSWERED
    assert chosen.statements[0].id.startswith("milnacipran-label#")


def test_the_interpreted_question_is_what_was_searched(ask: Ask) -> None:
    answers = ask("What evidence level does EULAR give exercise?", "and CBT?")
    assert answers[1].interpreted_question == "What evidence level does EULAR give cognitive behavioural therapy?"
    alone = ask(answers[1].interpreted_question)[0]
    assert alone.interpreted_question == answers[1].interpreted_question
    assert alone.statements[0] == answers[1].statements[0]


# --- emergencies ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("audience", list(Audience))
def test_an_emergency_is_answered_first_with_fixed_words(audience: Audience, ask: Ask) -> None:
    (answer,) = ask(URGENT, audience=audience)
    assert answer.status is Status.URGENT
    assert answer.text.startswith("**Emergency")
    assert answer.notices[0].kind is NoticeKind.EMERGENCY
    assert set(answer.timings) == {"compose", "verify"}  # nothing was searched


def test_an_emergency_is_told_apart_in_the_middle_of_a_conversation(ask: Ask) -> None:
    before, urgent, after = ask("What is the dose of duloxetine?", URGENT, "What about in pregnancy?")
    assert urgent.status is Status.URGENT
    assert "duloxetine" in before.interpreted_question
    assert after.interpreted_question == "What is the dose of duloxetine in pregnancy?" or (
        "duloxetine" in after.interpreted_question
    )
    assert "tramadol" not in after.interpreted_question


def test_an_emergency_leaves_no_query_behind(ask: Ask, assistant: Assistant) -> None:
    (answer,) = ask(URGENT)
    (turn,) = assistant.conversations.turns(answer.conversation_id)
    assert turn.status is Status.URGENT
    assert turn.query is None


def test_a_question_about_emergencies_is_answered_from_the_sources(ask: Ask) -> None:
    (answer,) = ask("What are the symptoms of serotonin syndrome?")
    assert answer.status is Status.ANSWERED


# --- verification on the way out --------------------------------------------------------------------------------------


class EditedIndex:
    """An index whose text of one document was changed behind its back, for verification only."""

    def __init__(self, index: Index, document_id: str) -> None:
        self._index, self._document_id = index, document_id

    def __getattr__(self, name: str) -> Any:
        return getattr(self._index, name)

    def document(self, document_id: str) -> Document:
        document = self._index.document(document_id)
        if document_id != self._document_id:
            return document
        text = document.text.replace("150 mg", "750 mg")
        assert text != document.text
        return document.model_copy(update={"text": text, "sha256": text_sha256(text)})


def test_a_statement_that_fails_verification_is_withheld_and_counted(assistant: Assistant) -> None:
    parts = library_of(assistant.index, assistant.settings)
    question = "What is the starting dose of pregabalin on the label?"
    frame = Frame("turn", "conversation", Audience.CLINICIAN, 150, assistant.index.generation)
    true, _ = ask(question, (), frame, parts)
    assert "150 mg" in true.text
    edited: Any = EditedIndex(assistant.index, "pregabalin-label")
    answer, _ = ask(question, (), frame, parts._replace(opened=edited))
    assert answer.withheld >= len([s for s in true.statements if s.id.startswith("pregabalin-label#")]) > 0
    assert not any(source.document_id == "pregabalin-label" for source in answer.sources)
    assert NoticeKind.WITHHELD in {notice.kind for notice in answer.notices}
    assert "150 mg" not in answer.text
    assert all(statement.verdict and statement.verdict.supported for statement in answer.statements)


# --- conversations ----------------------------------------------------------------------------------------------------


def test_a_conversation_goes_on_after_a_restart(shipped: tuple[Settings, BuildReport], ask_anew: Ask) -> None:
    (first,) = ask_anew("What evidence level does EULAR give exercise?")
    restarted = Assistant.open(shipped[0])
    try:
        second = restarted.ask("and CBT?", conversation_id=first.conversation_id)
        turns = restarted.conversations.turns(first.conversation_id)
    finally:
        restarted.close()
    assert second.conversation_id == first.conversation_id
    assert second.interpreted_question == "What evidence level does EULAR give cognitive behavioural therapy?"
    assert [turn.question for turn in turns] == ["What evidence level does EULAR give exercise?", "and CBT?"]
    assert [turn.id for turn in turns] == [first.question_id, second.question_id]
    assert turns[0].statement_ids == tuple(statement.id for statement in first.statements)


def test_conversations_do_not_mix(ask_anew: Ask, assistant: Assistant) -> None:
    one, other = (
        ask_anew(question)[0].conversation_id for question in ("Does duloxetine help?", "Does pregabalin help?")
    )
    for conversation_id, name in ((one, "duloxetine"), (other, "pregabalin"), (one, "duloxetine")):
        answer = assistant.ask("What is its dose?", conversation_id=conversation_id)
        assert name in answer.interpreted_question


def test_an_unknown_conversation_is_not_found(opened: Assistant) -> None:
    for conversation_id in ("nobody", "x" * 32, "../../etc/passwd"):
        with pytest.raises(NotFound, match="conversation"):
            opened.ask("Is exercise recommended?", conversation_id=conversation_id)
    assert opened.conversations.list() == ()


def test_an_expired_conversation_is_not_found(opened: Assistant, small: Settings) -> None:
    conversation_id = opened.ask("Is exercise recommended?").conversation_id
    assert opened.ask("and opioids?", conversation_id=conversation_id).conversation_id == conversation_id
    forgetful = Assistant.open(small.model_copy(update={"conversation_days": 1e-9}))  # under a tenth of a millisecond
    try:
        with pytest.raises(NotFound, match="expired"):
            forgetful.ask("and opioids?", conversation_id=conversation_id)
    finally:
        forgetful.close()


def test_a_deleted_conversation_is_not_found(opened: Assistant) -> None:
    conversation_id = opened.ask("Is exercise recommended?").conversation_id
    opened.conversations.delete(conversation_id)
    with pytest.raises(NotFound):
        opened.ask("and opioids?", conversation_id=conversation_id)


# --- questions that cannot be taken -----------------------------------------------------------------------------------


def test_running_text_without_statements_is_searched_quoted_and_related(small: Settings) -> None:
    loaded = loading.load(small.corpus)
    label = loaded.documents[-1]
    text = "Zolmitriptan relieves an acute attack of migraine within two hours."
    notes = Document(
        metadata=label.metadata.model_copy(
            update={"id": "notes", "short_title": "Notes", "aliases": (), "organisation": None, "statements": ()}
        ),
        path="notes.md",
        text=text,
        sha256=text_sha256(text),
        sections=(Section(start=0, end=len(text)),),
    )
    known = Pack(bodies=(Body(name="WHO", forms=("WHO",)),))  # whether or not anything of it is held
    writing.build((*loaded.documents, notes), loaded.vocabulary.model_copy(update={"pack": known}), small)
    assistant = Assistant.open(small)
    found = assistant.search("zolmitriptan for acute migraine", k=1)[0].passage.anchor.document_id
    answers = [assistant.ask(q) for q in ("Zolmitriptan for an acute attack?", "What does WHO say of zolmitriptan?")]
    assistant.close()
    assert found == "notes"
    shown = [source.document_id for answer in answers for source in answer.sources]
    assert "notes" in shown or any(related.short_title == "Notes" for answer in answers for related in answer.related)
    abstained = [answer for answer in answers if answer.status in (Status.NOT_IN_CORPUS, Status.OUT_OF_SCOPE)]
    assert all(f"Searched: {len(loaded.documents) + 1} documents" in answer.text for answer in abstained)
    assert any(related.short_title == "Notes" for answer in abstained for related in answer.related)


def test_an_empty_question_is_refused(opened: Assistant) -> None:
    for question in ("", "   ", "\n\t", "???", "…", "\u200b", "—!—"):
        for act in (opened.ask, opened.search):
            with pytest.raises(BadQuestion, match="empty"):
                act(question)
    assert opened.conversations.list() == ()


@given(word=st.text(alphabet="abcdefghij", min_size=13, max_size=40), extra=st.integers(1, 9999))
def test_too_long_a_question_is_refused_without_repeating_it(word: str, extra: int) -> None:
    question = (word + " ") * (2000 // len(word)) + word * (1 + extra // len(word))
    with pytest.raises(BadQuestion, match="longer than 2000 characters") as caught:
        check_question(question, Settings())
    assert word not in str(caught.value)
    assert len(str(caught.value)) < 100


def test_a_question_of_the_greatest_length_is_taken(opened: Assistant) -> None:
    question = ("Is exercise recommended? " * 100)[:2000]
    assert check_question(f"  {question}x"[:2002], Settings()) == f"{question}x"[:2000].strip()
    assert opened.ask(question).disclaimer


def test_no_error_repeats_what_was_asked(opened: Assistant) -> None:
    private = "Mrs Example of Sample Street takes tramadol"
    with pytest.raises(BadQuestion) as long:
        opened.ask(private + " and more" * 500)
    with pytest.raises(NotFound) as unknown:
        opened.ask(private, conversation_id="nobody")
    for caught in (long, unknown):
        assert "Example" not in str(caught.value)
        assert "tramadol" not in str(caught.value)


@given(question=st.text(min_size=1, max_size=60))
def test_any_text_gets_an_answer_or_is_refused(question: str, assistant: Assistant) -> None:
    try:
        answer = assistant.ask(question)
    except BadQuestion:
        assert not any(character.isalnum() for character in question)
    else:
        assert all(statement.verdict and statement.verdict.supported for statement in answer.statements)


# --- generations ------------------------------------------------------------------------------------------------------


def test_refresh_changes_to_a_new_generation_and_not_before(opened: Assistant, small: Settings) -> None:
    before = opened.index.generation
    assert opened.refresh() is False
    edit(small, "aerobic and strengthening exercise. [level", "aerobic and strengthening exercise every day. [level")
    build_index(small)
    old = opened.ask("Is exercise recommended?")
    assert (old.generation, "every day" in old.text) == (before, False)
    assert opened.refresh() is True
    assert opened.index.generation != before
    new = opened.ask("Is exercise recommended?", conversation_id=old.conversation_id)
    assert new.generation == opened.index.generation
    assert "exercise every day" in new.text
    assert opened.refresh() is False


def test_a_generation_that_is_left_is_freed_without_the_collector(opened: Assistant, small: Settings) -> None:
    opened.ask("Is exercise recommended?")
    left = opened.library
    parts = [left.opened, left.matcher, left.names, left.catalogue, left.statements, left.opened.encoder]
    held = [weakref.ref(part) for part in parts]
    edit(small, "aerobic and strengthening exercise. [level", "aerobic and strengthening exercise daily. [level")
    build_index(small)
    gc.collect()
    gc.disable()
    try:
        assert opened.refresh() is True
        del left, parts
        assert [part() for part in held] == [None] * len(held)
    finally:
        gc.enable()


def test_refresh_keeps_the_present_generation_if_the_new_one_is_damaged(opened: Assistant, small: Settings) -> None:
    before = opened.index.generation
    edit(small, "aerobic and strengthening exercise. [level", "aerobic and strengthening exercise every day. [level")
    name = build_index(small).generation
    (small.index / name / "documents.jsonl").write_bytes(b"{}\n")
    assert opened.refresh() is False
    assert opened.index.generation == before
    assert opened.ask("Is exercise recommended?").generation == before


def test_a_refused_generation_is_no_secret_and_is_taken_up_when_it_is_repaired(
    opened: Assistant, small: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("fmqa.assistant.RETRY_SECONDS", 0.0)
    edit(small, "aerobic and strengthening exercise. [level", "aerobic and strengthening exercise every day. [level")
    name = build_index(small).generation
    file = small.index / name / "documents.jsonl"
    whole = file.read_bytes()
    file.write_bytes(whole[:-9] + b"\n" * 9)
    for _ in range(3):
        assert opened.refresh() is False
    assert opened.trouble is not None
    assert str(small.index) not in opened.trouble
    told = [record.getMessage() for record in caplog.records if record.name == "fmqa.assistant"]
    assert len(told) == 1  # once, not at every look
    assert "documents.jsonl" in told[0]
    other = Assistant.open(small)  # started now, it serves the older one, and says so too
    assert (other.index.generation, other.trouble) == (opened.index.generation, opened.trouble)
    file.write_bytes(whole)
    for each in (opened, other):
        assert each.refresh() is True
        assert (each.index.generation, each.trouble) == (name, None)
    other.close()
    assert "taken up" in caplog.text
    (small.index / "current").write_text("damaged")
    assert opened.refresh() is False
    assert opened.trouble is not None
    assert opened.ask("Is exercise recommended?").generation == name


def test_an_answer_is_given_though_it_cannot_be_stored_and_says_so(opened: Assistant, small: Settings) -> None:
    first = opened.ask("Is exercise recommended?")
    assert first.is_stored
    with opened.conversations.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    given = [opened.ask("Is exercise recommended?", conversation_id=first.conversation_id) for _ in range(30)]
    unstored = [answer for answer in given if not answer.is_stored]
    assert unstored
    for answer in unstored:
        assert answer.statements == first.statements
        (notice,) = [notice for notice in answer.notices if notice.kind is NoticeKind.NOT_STORED]
        assert "the database is full" in notice.text
        assert str(small.database) not in notice.text
    turns = opened.conversations.turns(first.conversation_id)
    assert len(turns) == 1 + len(given) - len(unstored)  # what was stored is whole


# --- text of an asker's -----------------------------------------------------------------------------------------------

MARKED = (
    "is it safe [4]?",
    "[1]",
    "what does [2] say?",
    "[1][2][3] and [99]",
    "exercise [[4]4] and [ 7 ]",
    "Which dose of naltrexone [123456789012345678901234567890]?",
    "Is **exercise** [1] - [2]\n- [3]?",
    "Is zolpidem [5] safe with [٣]?",
    "What does the 2031 EULAR guideline [6] say of acupuncture [7]?",
    "I took an overdose [8] and cannot breathe [9]",
)


@pytest.mark.parametrize("question", MARKED)
def test_citation_marks_of_an_asker_break_no_answer(assistant: Assistant, question: str) -> None:
    name = None
    for before in (None, "What evidence level does EULAR give exercise?", "Is LDN safe with tramadol?", "and?"):
        if before is not None:
            name = assistant.ask(before, conversation_id=name).conversation_id
        try:
            answer = assistant.ask(question, conversation_id=name)
        except BadQuestion:  # nothing but marks that point at nothing
            assert not re.search(r"[a-z]", question)
            continue
        assert "[4]" not in answer.interpreted_question
        name = answer.conversation_id


def test_a_mark_means_the_source_of_that_number_of_the_last_answer(assistant: Assistant) -> None:
    for number in (1, 2):
        asked = []
        for written in (True, False):
            first = assistant.ask("What evidence level does EULAR give exercise?")
            title = first.sources[number - 1].short_title
            pointed = title if written else f"[{number}]"
            question = f"What does {pointed} say about exercise?"
            asked.append(assistant.ask(question, conversation_id=first.conversation_id))
        assert title in asked[1].interpreted_question
        assert asked[1].interpreted_question == asked[0].interpreted_question
        assert [s.id for s in asked[1].statements] == [s.id for s in asked[0].statements]
        assert asked[1].statements


@given(
    st.lists(
        st.sampled_from(
            [
                "[4]",
                "[1]",
                "[",
                "]",
                "**",
                "\n",
                "- ",
                "exercise",
                "naltrexone",
                "dose",
                "`",
                "<b>",
                "[2](x)",
                "EULAR 2031",
            ]
        ),
        min_size=1,
        max_size=8,
    )
)
def test_no_text_of_an_asker_breaks_an_answers_own_rules(assistant: Assistant, parts: list[str]) -> None:
    question = " ".join(parts)
    try:
        answer = assistant.ask(question)
    except BadQuestion:
        return
    cited = {int(n) for n in re.findall(r"\[(\d+)\]", answer.text)}
    assert cited <= {source.n for source in answer.sources}


def test_without_an_index_nothing_opens(small: Settings, tmp_path: Path) -> None:
    with pytest.raises(IndexUnusable, match="fmqa index build"):
        Assistant.open(small.model_copy(update={"index": tmp_path / "nowhere"}))


def test_building_twice_changes_nothing(small: Settings) -> None:
    build_index(small)
    report = build_index(small)
    assert (report.changed, report.embedded) == (False, 0)


def test_the_shipped_index_holds_a_rule_and_follow_ups_that_are_answered(assistant: Assistant) -> None:
    parts = library_of(assistant.index, assistant.settings)
    assert parts.calibration is not None
    assert parts.calibration.false_abstention <= fitting.MOST_FALSE_ABSTENTION
    assert parts.calibration.auroc > 0.8
    assert len(parts.suggestions) > 20
    assert parts.start is not None
    for questions in list(parts.suggestions.values())[:5]:
        assert assistant.ask(questions[0]).status is Status.ANSWERED


def test_search_returns_passages_best_first(assistant: Assistant) -> None:
    found = assistant.search("naltrexone with tramadol", k=5)
    assert [passage.rank for passage in found] == [1, 2, 3, 4, 5]
    assert any("tramadol" in passage.passage.text for passage in found)


def test_opening_and_answering_import_no_library_of_the_build(shipped: tuple[Settings, BuildReport]) -> None:
    program = (
        "import sys; from pathlib import Path; from fmqa import Assistant; from fmqa.settings import Settings\n"
        "assistant = Assistant.open(Settings(index=Path(sys.argv[1]), database='sqlite://'))\n"
        "assert assistant.ask('Does duloxetine reduce fibromyalgia pain?').status.value == 'answered'\n"
        "heavy = {'torch', 'sentence_transformers', 'transformers', 'sklearn', 'onnx', 'onnxscript', 'scipy'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, shipped[0].index], capture_output=True, text=True, check=False
    )
    assert run.stderr == ""
    assert run.stdout.strip() == "[]"


# --- what must not be answered as asked -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "question",
    [
        "Should I just stop duloxetine?",
        "I'm on Lyrica 150. Can I double it?",
        "ok to take two Tonmya tonight?",
        "do i quit LDN or keep going?",
        "My husband takes Savella, may he skip the evening tablet?",
    ],
)
def test_who_asks_what_to_do_with_a_medicine_gets_facts_and_no_instruction(question: str, ask: Ask) -> None:
    answer = ask(question, audience=Audience.PATIENT)[0]
    assert answer.status in (Status.ANSWERED, Status.PARTIAL)
    assert NoticeKind.PERSONAL_ADVICE in {notice.kind for notice in answer.notices}
    assert phrases.PERSONAL_FIRST[Audience.PATIENT] in answer.text


def test_who_asks_for_a_dose_of_ldn_is_told_that_none_can_be_given(ask: Ask) -> None:
    answer = ask("I weigh 70 kg. How much LDN do I start with?", audience=Audience.PATIENT)[0]
    assert answer.statements[0].id == "ldn-pharmacology-and-safety#personal-dose"


def test_a_known_medicine_in_another_disease_is_said_to_be_not_covered(ask: Ask) -> None:
    answer = ask("Duloxetine response rate in painful diabetic neuropathy?")[0]
    assert answer.status is Status.NOT_IN_CORPUS
    assert "duloxetine in" in answer.text
    both = ask("I have MS and fibromyalgia. Was LDN tested in multiple sclerosis?", audience=Audience.PATIENT)[0]
    assert both.status is Status.PARTIAL
    assert NoticeKind.MISSING_SOURCE in {notice.kind for notice in both.notices}


def test_a_medicine_that_only_its_class_speaks_for_is_told_to_be_not_named(ask: Ask) -> None:
    answer = ask("What is the evidence for venlafaxine in fibromyalgia pain?")[0]
    assert answer.status is Status.PARTIAL
    assert "venlafaxine by name" in answer.text
    assert answer.statements  # what is held of the class is told


def test_a_letter_that_a_guideline_does_not_give_is_told(ask: Ask) -> None:
    answer = ask("Which letter grade does NICE NG193 give acupuncture?")[0]
    assert NoticeKind.NOT_STATED in {notice.kind for notice in answer.notices}


def test_a_recommendation_that_was_dropped_comes_with_what_the_new_edition_says(ask: Ask) -> None:
    answer = ask("tropisetron for fibromyalgia, EULAR level?")[0]
    documents = {source.document_id for source in answer.sources}
    assert {"eular-2008", "eular-2017"} <= documents
    assert NoticeKind.SUPERSEDED in {notice.kind for notice in answer.notices}


def test_what_rules_refuse_has_the_confidence_of_what_is_refused(ask: Ask, assistant: Assistant) -> None:
    rule = assistant.library.calibration
    assert rule is not None
    for question in (NOT_IN_CORPUS[4], OUT_OF_SCOPE[5]):
        answer = ask(question)[0]
        assert answer.confidence is not None
        assert answer.confidence <= rule.threshold


@pytest.mark.parametrize(
    "question",
    [
        "Is 4.5 mg the right starting dose for my patient on methadone?",
        "She takes oxycodone. What dose do we begin with?",
    ],
)
def test_what_a_patient_takes_is_held_against_the_drug_that_the_article_is_about(question: str, ask: Ask) -> None:
    (answer,) = ask(question)
    assert answer.notices[0].kind is NoticeKind.INTERACTION
    assert answer.text.startswith("**Do not combine")


@pytest.mark.parametrize(
    "question", ["What does EULAR say about tramadol?", "Does my patient on duloxetine need ECGs?"]
)
def test_no_interaction_is_led_with_where_nobody_asks_what_to_take(question: str, ask: Ask) -> None:
    assert NoticeKind.INTERACTION not in {notice.kind for notice in ask(question)[0].notices}


def test_the_very_thing_asked_for_is_said_first(ask: Ask) -> None:
    graded = ask("What evidence level does EULAR give tramadol?", "and in the 2008 one?")[1]
    assert [bool(statement.grades) for statement in graded.statements[:2]] == [True, True]
    assert "eular-2008#tramadol" in {statement.id for statement in graded.statements[:2]}
    interval = ask("What was the confidence interval in the FINAL trial?")[0]
    assert "CI" in interval.statements[0].text
    assert interval.statements[0].id.startswith("final-2024#")
    compared = ask("Which is better, pregabalin or duloxetine?")[0]
    assert compared.table is not None
    assert compared.table.columns == ("pregabalin", "duloxetine")
    assert "head to head" in compared.statements[0].text  # no source here compares the two, and that is the answer


def test_who_is_in_danger_gets_the_words_for_patients_whatever_the_audience(ask: Ask) -> None:
    for message, number in (("I took 40 tramadol tablets", True), ("Pt took 40 tramadol tablets, drowsy", False)):
        (answer,) = ask(message, audience=Audience.CLINICIAN)
        assert answer.status is Status.URGENT
        assert ("112" in answer.text) is number


@pytest.mark.parametrize("audience", list(Audience))
def test_every_statement_of_the_corpus_passes_verification_in_every_wording(
    audience: Audience, assistant: Assistant
) -> None:
    library = assistant.library
    frame = Frame("turn", "conversation", audience, 400, assistant.index.generation)
    failed = []
    for entry in library.catalogue.by_id.values():
        material = Material(
            Status.ANSWERED,
            Query(text="What?", intents=(Intent.GENERAL,)),
            statements=(evidence_of(entry, 1.0, library.catalogue),),
            documents=library.catalogue.documents,
        )
        answer = compose(material, frame, library.matcher.grading)
        verdicts = verify(answer, assistant.index.document, library.same_words, library.matcher.grading)
        failed += [(entry.id, verdict.faults) for verdict in verdicts if not verdict.supported]
    assert len(library.catalogue.by_id) > 900
    assert failed == []


def test_whether_a_treatment_works_is_told_by_a_verdict_and_not_by_an_effective_dose(ask: Ask) -> None:
    (answer,) = ask("Is low-dose naltrexone effective?")
    assert answer.direct is not None
    assert answer.statements[0].id == "ldn-evidence-overview#evidence-mixed"


def test_a_pair_that_no_source_speaks_of_is_said_and_not_answered_with_another(ask: Ask) -> None:
    (answer,) = ask("Can I drink alcohol with duloxetine?", audience=Audience.PATIENT)
    assert "say nothing on alcohol together with duloxetine" in answer.text
    assert "milnacipran" not in answer.text.lower()


def test_a_statistic_that_no_source_gives_is_said_to_be_missing(ask: Ask) -> None:
    (answer,) = ask("What's the NNT for pregabalin?")
    assert answer.status is Status.PARTIAL
    assert "say nothing on an NNT for pregabalin" in answer.text


def test_what_is_said_not_to_be_taken_sets_off_no_warning(ask: Ask) -> None:
    denied, taken = ask("No opioids are taken. Is LDN safe?")[0], ask("Opioids are taken. Is LDN safe?")[0]
    assert NoticeKind.INTERACTION not in {notice.kind for notice in denied.notices}
    assert NoticeKind.INTERACTION in {notice.kind for notice in taken.notices}


def test_a_dangerous_act_is_warned_of_with_the_answer(ask: Ask) -> None:
    (answer,) = ask("Can I drink on Lyrica?", audience=Audience.PATIENT)
    (caution,) = (notice for notice in answer.notices if notice.kind is NoticeKind.CAUTION)
    led = any(notice.kind is NoticeKind.INTERACTION for notice in answer.notices)
    assert caution.text in answer.text or (led and "alcohol" in answer.statements[0].text)


def test_who_is_told_one_recommendation_is_told_the_opposite_one(ask: Ask) -> None:
    (answer,) = ask("Is there a place for tramadol in fibromyalgia when nothing else has helped?")
    sides = {(p.short_title, p.direction) for conflict in answer.conflicts for p in conflict.positions}
    assert {("EULAR 2017", "for"), ("NICE NG193", "against")} <= sides
