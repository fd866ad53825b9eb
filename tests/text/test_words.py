"""Words as they are counted."""

from fmqa.text.words import tokenize


def test_words_are_stemmed_and_question_words_dropped() -> None:
    assert tokenize("What do THE guidelines say about exercising?") == ["guidelin", "exercis"]
    assert tokenize("1.5→4.5 mg, low-dose (LDN).") == ["1.5", "4.5", "mg", "low", "dose", "ldn"]
    assert tokenize("", ["c:pain"]) == ["c:pain"]
