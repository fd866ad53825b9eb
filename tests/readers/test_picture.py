"""A page of a PDF as a picture, and the places of words on it."""

import io

import pytest
from PIL import Image

import made
from fmqa.errors import BadFile
from fmqa.readers.paged import picture

PAGE = made.pdf_file(
    [
        [
            (60, 80, 12, "Velaxin 25 mg is taken at night."),
            (60, 100, 12, "It is not for people who are preg-"),
            (60, 114, 12, "nant, or younger than 12 years."),
            (60, 400, 12, "Velaxin 25 mg is taken at night."),
            (60, 700, 8, "1 A note at the foot of the page."),
        ],
        [(60, 80, 12, "The second page.")],
    ]
)


def test_the_words_are_boxed_where_they_stand() -> None:
    found = picture.places(PAGE, 1, "people who are pregnant, or younger than 12 years")
    assert (found.width, found.height) == (595, 842)
    assert len(found.boxes) == 2  # over two lines, with the hyphen between them
    (_, top, _, bottom), (left, lower, right, _) = found.boxes
    assert top < 100 < bottom + 3
    assert lower > bottom - 4
    assert 58 < left < 62
    assert right < 260


@pytest.mark.parametrize(("share", "y"), [(0.0, 80), (0.9, 400)])
def test_of_words_that_stand_there_twice_the_place_is_told_by_what_is_before(share: float, y: float) -> None:
    ((_, top, _, bottom),) = picture.places(PAGE, 1, "Velaxin 25 mg is taken at night", share).boxes
    assert top < y < bottom + 4


def test_a_quote_with_other_words_between_on_the_page_is_boxed_in_parts() -> None:
    words = "It is not for people who are pregnant. Velaxin 25 mg is taken at night."
    assert len(picture.places(PAGE, 1, words).boxes) >= 2


@pytest.mark.parametrize("words", ["", "—", "Morovane is best taken in the morning with a meal"])
def test_words_that_are_not_there_are_not_boxed(words: str) -> None:
    assert picture.places(PAGE, 1, words).boxes == ()


def test_a_picture_shows_the_page_and_the_box() -> None:
    plain, boxed = (picture.drawn(PAGE, 1, words) for words in ("", "Velaxin 25 mg is taken at night"))
    image = Image.open(io.BytesIO(boxed))
    assert (image.format, max(image.size)) == ("PNG", 1500)
    scale = 1500 / 842
    place = (round(100 * scale), round(83 * scale))  # between the letters' feet and the edge of the box
    colours = {image.convert("RGB").getpixel((place[0], place[1] + dy)) for dy in range(-14, 4)}
    assert any(colour != (255, 255, 255) and colour != (0, 0, 0) for colour in colours)
    assert plain != boxed
    assert Image.open(io.BytesIO(plain)).size == image.size


@pytest.mark.parametrize(("data", "number"), [(PAGE, 3), (b"no PDF", 1), (PAGE[:300], 1)])
def test_what_cannot_be_drawn_is_refused(data: bytes, number: int) -> None:
    with pytest.raises(BadFile):
        picture.drawn(data, number, "words")
    with pytest.raises(BadFile):
        picture.places(data, number, "words")
