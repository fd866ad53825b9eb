"""Decides whether words that look like a notation are one, by where they stand."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from fmqa.grades.marks import Mark
from fmqa.grades.places import (
    abbreviates,
    ends_clause,
    few_before,
    follows_article,
    follows_evidence_of,
    has_edges,
    heads,
    is_defined,
    is_given,
    is_graded,
    is_hypothetical,
    is_of_estimate,
    on_other_scale,
    opens,
)

# A value in brackets that no footnote, reference or list has, by itself and beside a second one.
_TELLING = re.compile(r"[1-3][abc]|I{1,3}[ab]|[12](?:\+\+?|-)|GPP|EK|Expertenkonsens")
_TELLING_PAIR = re.compile(r"[1-3][abc]|I{1,3}[ab]?|IV|V|[12](?:\+\+?|-)|[BC]-\w+")
_SCALE = re.compile(r"\d\s*\($")
_GLUED = re.compile(r"\w\($")  # "Rh(D)" is one word
_ARROWS = ("⇑", "⇓", "⇔")
_I_STATEMENT = ("i ", '"i', "'i", "“i", "‘i")


class Place(NamedTuple):
    """Marks that stand side by side, where they stand, and what is known of the document."""

    text: str
    run: Sequence[Mark]
    system: str | None
    named: bool  # whether an organisation is named beside them
    filled: bool  # whether they fill brackets or the text

    @property
    def start(self) -> int:
        """Offset of the first character."""
        return self.run[0].start

    @property
    def end(self) -> int:
        """Offset behind the last."""
        return self.run[-1].end

    @property
    def labelled(self) -> tuple[Mark, ...]:
        """The marks whose own words say what they are."""
        return tuple(mark for mark in self.run if mark.kind not in ("bare", "agreement"))

    @property
    def edged(self) -> bool:
        """Whether they fill what stands between two marks of punctuation."""
        return has_edges(self.text, self.start, self.end)

    @property
    def has_arrow(self) -> bool:
        """Whether one of them is an arrow."""
        return any(mark.value.startswith(_ARROWS) for mark in self.run)


def stands(place: Place) -> bool:
    """Whether marks are a notation where they stand."""
    if not any(mark.firm for mark in place.run) and on_other_scale(place.text, place.start):
        return False
    if not place.labelled:
        return _bare_values(place)
    bare = any(mark.kind == "bare" for mark in place.run)
    if bare and not (place.filled or place.has_arrow or place.edged or _leads_to_recommendation(place)):
        return False
    found = len({mark.kind for mark in place.labelled}) > 1 or _alone(place, place.labelled[0])
    return found and not _only_spoken_of(place)


def _leads_to_recommendation(place: Place) -> bool:
    """Whether the marks qualify the word: "class I B recommendation"."""
    return place.text[place.end :].lstrip().lower().startswith("recommendation")


def _only_spoken_of(place: Place) -> bool:
    """Whether evidence or a recommendation is denied, wished for or defined, not graded."""
    judged = any(mark.kind in ("certainty", "strength") for mark in place.run)
    judged = judged or "evidence" in place.text[place.start : place.end].lower()
    strength = all(mark.kind == "strength" for mark in place.labelled)
    return judged and not place.filled and is_hypothetical(place.text, place.start, place.end, strength=strength)


def _bare_values(place: Place) -> bool:
    values = [mark.value for mark in place.run if mark.kind == "bare"]
    before = few_before(place.text, place.start)
    if len(values) == 1 and (abbreviates(values[0], before) or _GLUED.search(before)):
        return False
    telling = any((_TELLING if len(values) == 1 else _TELLING_PAIR).fullmatch(value) for value in values)
    return place.filled and (telling or (place.named and len(values) == 1))


def _alone(place: Place, mark: Mark) -> bool:
    """Whether a mark that no other kind stands beside is a notation: the first rule that knows it decides."""
    if mark.kind in ("level", "class", "grade") and is_defined(place.text, place.start, place.end):
        return False
    if place.filled and mark.kind == "level" and not mark.firm and mark.value in "12345":
        return place.named or ends_clause(place.text, place.end)  # "(level 2) and" is of a model
    if mark.form == "short" and _SCALE.search(few_before(place.text, place.start)):
        return False  # "1 (high quality)" is a step of some scale
    if place.filled or any(each.firm for each in place.run):
        return True
    for rule in _RULES:
        decided = rule(place, mark)
        if decided is not None:
            return decided
    return place.edged or (place.named and mark.kind == "grade")


def _certainty(place: Place, mark: Mark) -> bool | None:
    if mark.kind != "certainty":
        return None
    text, words = place.text, place.text[mark.start : mark.end].lower()
    if words.endswith("certainty") and (
        follows_evidence_of(text, place.start) or is_of_estimate(text, place.start, place.end)
    ):
        return True
    if "quality" in words and "evidence" in words:  # "high-quality evidence" is what any author asks for
        return mark.value != "high" or place.named or text[place.end : place.end + 1] in (")", "]")
    if mark.start == place.start and not words.endswith(mark.value):
        return place.edged and text[place.end : place.end + 1] in (")", "]")
    return None


def _letter(place: Place, mark: Mark) -> bool | None:
    """Decide "a C recommendation"; what is recommended may begin with "A recommendation"."""
    sure = mark.form == "letter" and mark.value in "BCD" and follows_article(place.text, place.start)
    return True if sure else None


def _strength(place: Place, mark: Mark) -> bool | None:
    if mark.form != "advice":
        return None
    given = is_given(place.text, place.start, place.end) or heads(place.text, place.start, place.end)
    return True if given else None


def _keyword(place: Place, mark: Mark) -> bool | None:
    if mark.kind == "grade" and is_graded(place.text, place.start):
        return True
    if not mark.keyword and mark.kind not in ("class", "evidence", "silent", "research"):
        return None
    return place.named or (mark.kind == "grade" and heads(place.text, place.start, place.end))


def _statement(place: Place, mark: Mark) -> bool | None:
    words = place.text[mark.start : mark.end].lower()
    if mark.kind != "grade" or not words.startswith(_I_STATEMENT):
        return None
    return place.named or opens(place.text, place.start)


def _sign(place: Place, mark: Mark) -> bool | None:
    if mark.kind != "point" and not place.has_arrow:
        return None  # a sign stands before its recommendation
    return place.named or opens(place.text, place.start) or place.edged


_RULES: tuple[Callable[[Place, Mark], bool | None], ...] = (_certainty, _strength, _letter, _keyword, _statement, _sign)
