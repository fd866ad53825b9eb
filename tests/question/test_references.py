"""How a question leans on what was said before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.question import references
from fmqa.question.references import Move, Referent


def test_the_pronoun_of_a_tag_question_refers_to_nothing() -> None:
    assert references.reference("Level Ia outranks weak for, doesn't it?") is None


@pytest.mark.parametrize(
    ("question", "word", "to"),
    [
        ("Is it safe?", "it", Referent.THING),
        ("Which guideline covers this drug?", "this drug", Referent.THING),
        ("Anything newer than those?", "those", Referent.THING),
        ("did it have a placebo arm?", "it", Referent.DOCUMENT),
        ("What did they find?", "they", Referent.DOCUMENT),
        ("Is fluoxetine still in it?", "it", Referent.DOCUMENT),
        ("How many were in that trial?", "that trial", Referent.DOCUMENT),
        ("does AAPT use these scores too?", "these scores", Referent.MEASURE),
        ("where does that idea come from?", "that idea", Referent.CLAUSE),
        ("is that what the trials used?", "is that what", Referent.CLAUSE),
    ],
)
def test_a_word_refers_to_what_can_be_said_of_it(question: str, word: str, to: Referent) -> None:
    found = references.reference(question)
    assert found is not None
    assert question[found.start : found.end] == word
    assert found.to is to


@pytest.mark.parametrize(
    "question",
    [
        "People with this take what?",
        "Is it true that LDN helps?",
        "do the guidelines agree?",
        "doses in the trials?",
        "is an approval the same as a grade?",
        "that pain society guideline from 2005",
        "I was just told I have this",
        "thought only women got this?",
        "and what about them steroid jabs",
        "could expectation explain the null on its own?",
    ],
)
def test_words_that_only_look_like_a_reference_are_left_alone(question: str) -> None:
    assert references.reference(question) is None


def test_an_illness_is_had_whatever_the_words_before_it_name() -> None:
    assert references.reference("how many people have this", [(0, len("how many people have"))]) is None


@pytest.mark.parametrize("question", ["chiropractic, is it recommended?", "chiropractic - does it help?"])
def test_a_pronoun_stands_for_what_its_own_question_named_before_it(question: str) -> None:
    assert references.reference(question, [(0, len("chiropractic"))]) is None
    assert references.reference(question) is not None


@pytest.mark.parametrize(
    ("question", "move", "text"),
    [
        ("no, I meant the 2008 one", Move.CORRECTS, "the 2008 one"),
        ("duloxetine, sorry", Move.CORRECTS, "duloxetine"),
        ("sorry, the pain result, not the design", Move.CORRECTS, "the pain result"),
        ("back to LDN: is it approved?", Move.BACK, "is it approved?"),
        ("ok, going back to NICE, is milnacipran named?", Move.BACK, "is milnacipran named?"),
        ("FIQ again, severity bands?", Move.BACK, "severity bands?"),
        ("Does it help?", Move.ON, "Does it help?"),
        ("Is there no trial of it?", Move.ON, "Is there no trial of it?"),
        ("Could I use the CR version instead?", Move.ON, "Could I use the CR version instead?"),
    ],
)
def test_a_question_says_that_it_corrects_or_goes_back(question: str, move: Move, text: str) -> None:
    turned = references.turned(question)
    assert (turned.move, turned.text) == (move, text)


@pytest.mark.parametrize(
    ("question", "subject"),
    [("and CBT?", "CBT"), ("What about milnacipran?", "milnacipran"), ("and in pregnancy?", "in pregnancy")],
)
def test_an_elliptic_question_names_what_it_puts_in_place(question: str, subject: str) -> None:
    assert references.is_elliptic(question)
    assert references.without_connective(question) == subject


@pytest.mark.parametrize("question", ["Does CBT help?", "What is the label dose of pregabalin?", "Compare A with B"])
def test_a_clause_is_not_elliptic(question: str) -> None:
    assert not references.is_elliptic(question)


@pytest.mark.parametrize("question", ["she also has RA", "I'm 74 though", "my kidneys are bad"])
def test_telling_of_somebody_asks_nothing(question: str) -> None:
    assert references.states(question)


@pytest.mark.parametrize("question", ["She has RA, does that matter?", "Is she too old?", "I wonder what it costs"])
def test_asking_is_not_telling(question: str) -> None:
    assert not references.states(question)


@pytest.mark.parametrize(
    "question",
    ["what should not be initiated?", "what did that rate best?", "What do doctors usually try first?"],
)
def test_who_asks_for_the_treatment_itself_asks_about_none(question: str) -> None:
    assert references.is_generic(question)


@pytest.mark.parametrize(
    "question",
    ["can I stop it suddenly?", "how should pregabalin be stopped?", "how do I come off it?"],
)
def test_stopping_is_asked_about(question: str) -> None:
    assert references.asks_of_stopping(question)


def test_how_many_quit_is_no_question_on_how_to_stop() -> None:
    assert not references.asks_of_stopping("Do more people quit milnacipran than placebo?")
    assert not references.asks_of_stopping("How many stopped because of nausea?")


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    found = references.reference(text)
    assert found is None or 0 <= found.start < found.end <= len(text)
    assert references.turned(text).text in text
    assert references.set_size(text) in (0, 2, 3)
