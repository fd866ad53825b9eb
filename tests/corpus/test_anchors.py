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
