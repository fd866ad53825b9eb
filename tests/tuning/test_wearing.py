"""Questions that are worn by haste."""

import random

from hypothesis import given
from hypothesis import strategies as st

from fmqa.tuning import wearing

LETTERS = st.text("abcdefgh ?.,DLNX", min_size=1, max_size=80).filter(str.strip)


@given(LETTERS, st.integers(0, 1000))
def test_a_worn_question_is_never_empty_and_the_same_for_one_seed(question: str, seed: int) -> None:
    worn = wearing.worn(question, random.Random(seed))
    assert worn == wearing.worn(question, random.Random(seed))
    assert worn.strip(" ?.!") or not question.strip(" ?.!")


def test_haste_wears_letters_and_marks_but_keeps_most_words() -> None:
    question = "Is low-dose naltrexone safe together with tramadol in pregnancy?"
    worn = [wearing.worn(question, random.Random(seed)) for seed in range(200)]
    assert len(set(worn)) > 50
    kept = [len(set(question.lower().rstrip("?").split()) & set(text.lower().split())) for text in worn]
    assert sum(kept) / len(kept) > 6
