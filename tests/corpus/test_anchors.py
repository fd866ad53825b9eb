from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.corpus import anchors
from fmqa.types import Anchor, text_sha256

TEXT = "Exercise\n\nEULAR 2017 recommends exercise, strong for. It does not recommend opioids."
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


def anchor_of(text: str, start: int, end: int) -> Anchor:
    return anchors.make("doc", text, text_sha256(text), start, end, text)


def anchor_to(words: str, text: str = TEXT) -> Anchor:
    return anchor_of(text, text.index(words), text.index(words) + len(words))


@given(TEXTS, st.data())
def test_every_anchor_quotes_its_span_and_resolves_to_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    anchor = anchor_of(text, start, end)
    assert text[anchor.position.start : anchor.position.end] == anchor.quote.exact
    assert anchors.resolve(anchor, text) == text[start:end]
    assert len(anchor.quote.prefix) == min(start, 32)
    assert text == text[: start - len(anchor.quote.prefix)] + anchor.quote.prefix + text[start:]
    assert text[end:].startswith(anchor.quote.suffix)
    assert len(anchor.quote.suffix) == min(len(text) - end, 32)


@given(TEXTS, TEXTS)
def test_an_anchor_never_resolves_in_another_text(text: str, other: str) -> None:
    anchor = anchor_of(text, 0, len(text))
    if text != other:
        with pytest.raises(anchors.BrokenAnchor):
            anchors.resolve(anchor, other)


@pytest.mark.parametrize(("start", "end"), [(3, 3), (4, 3), (-1, 2), (0, len(TEXT) + 1), (len(TEXT), len(TEXT) + 1)])
def test_a_span_that_is_empty_or_outside_is_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="no span"):
        anchor_of(TEXT, start, end)


def test_the_anchor_holds_the_hash_of_its_passage() -> None:
    anchor = anchors.make("doc", TEXT, text_sha256(TEXT), 0, 8, TEXT[:20])
    assert anchor.passage_sha256 == text_sha256(TEXT[:20])


def test_an_anchor_with_moved_position_is_broken_even_in_its_own_text() -> None:
    anchor = anchor_to("strong for")
    moved = anchor.position.model_copy(update={"start": anchor.position.start + 1, "end": anchor.position.end + 1})
    with pytest.raises(anchors.BrokenAnchor, match="other words"):
        anchors.resolve(anchor.model_copy(update={"position": moved}), TEXT)


def test_an_anchor_beyond_the_text_is_broken() -> None:
    anchor = anchor_to("opioids.")
    far = anchor.position.model_copy(update={"start": 1000, "end": 1008})
    with pytest.raises(anchors.BrokenAnchor, match="outside"):
        anchors.resolve(anchor.model_copy(update={"position": far}), TEXT)


def test_an_anchor_with_another_context_is_broken() -> None:
    anchor = anchor_to("strong for")
    context = anchor.quote.model_copy(update={"suffix": " nothing"})
    with pytest.raises(anchors.BrokenAnchor, match="prefix or suffix"):
        anchors.resolve(anchor.model_copy(update={"quote": context}), TEXT)


def test_a_text_fragment_escapes_the_marks_of_its_own_syntax() -> None:
    assert anchors.text_fragment(anchor_to("a-b, c & d", "a-b, c & d")) == "#:~:text=a%2Db%2C%20c%20%26%20d"


def test_a_text_fragment_has_whole_words_of_the_same_block_around_it() -> None:
    assert anchors.text_fragment(anchor_to("EULAR 2017")) == "#:~:text=EULAR%202017,-recommends%20exercise%2C%20strong"
    fragment = anchors.text_fragment(anchor_to("strong for"))
    assert fragment == "#:~:text=2017%20recommends%20exercise%2C-,strong%20for,-.%20It%20does%20not%20recommend"


def test_a_text_fragment_over_several_blocks_names_first_and_last_words() -> None:
    assert anchors.text_fragment(anchor_of(TEXT, 0, TEXT.index(","))) == (
        "#:~:text=Exercise,EULAR%202017%20recommends%20exercise,-%2C%20strong%20for.%20It%20does%20not"
    )


def test_a_long_quotation_is_named_by_its_first_and_last_words() -> None:
    words = " ".join(f"w{n}" for n in range(200))
    assert anchors.text_fragment(anchor_to(words, words)) == (
        "#:~:text=w0%20w1%20w2%20w3%20w4%20w5,w194%20w195%20w196%20w197%20w198%20w199"
    )


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=200))
def test_a_text_fragment_decodes_to_the_quotation(words: str) -> None:
    fragment = anchors.text_fragment(anchor_to(words, words))
    assert fragment.isascii()
    assert unquote(fragment.removeprefix("#:~:text=")) == words
