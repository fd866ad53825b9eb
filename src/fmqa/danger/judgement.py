"""Whether a message tells of an emergency, where no rule knows its words: a logistic fitted on labelled messages.

Features are named numbers (``fmqa.danger.features``), and the fitted weights stand under the same names, as JSON. A
sign that fires counts as a feature, and lowers the score that is needed.

The encoder's vector is among the features, so a fit belongs to an encoder. That with our own comes with fmqa, in
``judgement.json``, which ``eval/fit_judgement.py`` writes; a build fits anew for a pack with messages of its own or for
another encoder. The fit in use is stored with the index generation.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PrivateAttr

from fmqa import fitting
from fmqa.danger import signs
from fmqa.danger.features import VECTOR, Encode, features, of_words, vector_feature
from fmqa.danger.utterances import Segment
from fmqa.text.spelling import plain_marks
from fmqa.types import FloatArray, Record, Sha256

SHIPPED: Final = Path(__file__).with_name("judgement.json")
FILE: Final = "emergencies.jsonl"
NOTE: Final = "note"
"""The topic of a harmless note that a clinician might write."""
QUESTION: Final = "question"
"""The topic of an ordinary question in everyday words, which resembles no danger."""
_EASY: Final = (NOTE, QUESTION)  # they would make room for alarms on the harder look-alikes

# Of the harmless development messages, most of which were written to look like emergencies, so many may be taken for
# one out of fold: without and with a rule that fires. Ordinary questions are taken for one far more seldom.
_FALSE_ALARMS: Final = 0.022
_FALSE_ALARMS_OF_RULES: Final = 0.006
_KIND_STRENGTH: Final = 1.0
_STRENGTH: Final = 2.0  # of the fit, inverse of the penalty; chosen by cross-validation
_SURE: Final = 0.4  # chance of a kind of danger below which the general words are shown
_RAREST: Final = 2  # messages that a word must stand in
_ENCODED: Final = 3  # pairs of sentences of a long message that are encoded: an encoding takes most of the time
_MANY: Final = 9  # sentences, above which each is judged alone
_MARGIN: Final = 0.7  # of the score of one of so many: among many, one is taken for urgent by chance
_LONG: Final = 30  # words of a message of which the sentences are looked at too
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+")


class LabelledMessage(Record):
    """A development message, and the danger that it tells of or, if harmless, resembles."""

    id: str
    message: str = Field(min_length=2)
    urgent: bool
    topic: str


class Urgency(Record):
    """A fitted judgement of messages, and how it did on those that it was not fitted on (cross-validation)."""

    weights: dict[str, float]
    intercept: float
    threshold: float = Field(description="Score from which a message is urgent where no rule fires.")
    rule_threshold: float = Field(description="The same where a rule fires.")
    kinds: dict[str, dict[str, float]] = Field(description="By red flag: weights that tell the dangers apart.")
    fitted_on: str = Field("", description="Hash of texts, code and model: a build with the same keeps the fit.")
    messages: int
    urgent: int
    recall: float = Field(description="Share of urgent messages found, out of fold, together with the rules.")
    false_alarms: float = Field(description="Share of harmless messages taken for urgent, notes apart, likewise.")
    note_alarms: float = Field(0.0, description="Share of harmless notes taken for urgent, likewise.")
    _made: "_Tables | None" = PrivateAttr(None)

    def kind(self, message: str, rule: str | None, encode: Encode) -> str | None:
        """Return the red flag that a message tells of, the general one if it is not clear which, or None.

        Args:
            message: Any text.
            rule: The red flag whose rule fires.
            encode: The encoder that the weights were fitted with.
        """
        message = " ".join(plain_marks(message).split())
        needed = self.rule_threshold if rule else self.threshold
        every = parts(message)
        whole, *others = self._scored(every, rule, encode)
        found = max(others, key=lambda one: one.score, default=whole)
        margin = _MARGIN if len(every) > _MANY else 0.0
        if max(whole.score, found.score - margin) < needed:
            return None
        likelier = max(whole, found, key=lambda one: one.score)
        return rule or self._kind(likelier.words, encode(likelier.part))

    def _score(self, found: dict[str, float]) -> float:
        return sum(self.weights.get(name, 0.0) * value for name, value in found.items())

    def _scored(self, every: Sequence[str], rule: str | None, encode: Encode) -> list["_Scored"]:
        """Return the log odds of a message, and of its parts that by their words look most like an emergency."""
        seen: dict[Segment, Counter[str]] = {}
        by_words = [_Scored(part, words := of_words(part, rule, seen), self._score(words)) for part in every]
        whole, *others = by_words
        others.sort(key=lambda one: one.score, reverse=True)
        return [
            one._replace(score=self.intercept + one.score + self._score_of_vector(encode(one.part)))
            for one in (whole, *others[:_ENCODED])
        ]

    def _score_of_vector(self, vector: FloatArray) -> float:
        return VECTOR * float(self._tables(len(vector)).towards @ vector)

    def _kind(self, found: dict[str, float], vector: FloatArray) -> str:
        tables = self._tables(len(vector))
        scores = tables.kinds[:, 0] + tables.kinds[:, 1 : 1 + len(vector)] @ (VECTOR * vector.astype(np.float64))
        for name, value in found.items():
            if name in tables.columns:
                scores = scores + value * tables.kinds[:, tables.columns[name]]
        best = int(np.argmax(scores))
        chance = 1.0 / float(np.exp(scores - scores[best]).sum())
        return tuple(self.kinds)[best] if chance >= _SURE else signs.GENERAL

    def _tables(self, dimension: int) -> "_Tables":
        """Return the weights as arrays; made when they are first needed, and anew for a copy with other weights."""
        if self._made is None or self._made.of is not self.weights or self._made.kinds_of is not self.kinds:
            of_vector = [vector_feature(at) for at in range(dimension)]
            others = sorted({name for weights in self.kinds.values() for name in weights} - {"", *of_vector})
            names = ["", *of_vector, *others]
            kinds = [[weights.get(name, 0.0) for name in names] for weights in self.kinds.values()]
            towards = np.array([self.weights.get(name, 0.0) for name in of_vector])
            columns = {name: at for at, name in enumerate(names) if at > dimension}
            self._made = _Tables(self.weights, self.kinds, towards, columns, np.array(kinds))
        return self._made


class _Tables(NamedTuple):
    """The weights of a judgement as arrays."""

    of: dict[str, float]  # what they were made from
    kinds_of: dict[str, dict[str, float]]
    towards: NDArray[np.float64]  # weight of each number of the encoder's vector
    columns: dict[str, int]  # of ``kinds``, by the name of another feature
    kinds: NDArray[np.float64]  # a row a red flag: intercept, numbers of the vector, other features


class _Scored(NamedTuple):
    part: str
    words: dict[str, float]
    score: float


class Basis(Record):
    """What a judgement that comes with fmqa was fitted on; where any of it is different, it does not hold."""

    encoder: Sha256 = Field(description="Fingerprint of the model.")
    code: Sha256 = Field(description="Code and data that make features of a message.")
    general: Sha256 = Field(description="Messages of general medicine.")
    own: Sha256 = Field(description="Messages of the corpus that comes with fmqa.")


class Shipped(Record):
    """The judgement that comes with fmqa."""

    basis: Basis
    urgency: Urgency


def parts(message: str) -> list[str]:
    """Return the message and what in it is judged by itself: each two neighbouring sentences, or each of very many.

    >>> parts("My eye hurts. What is this?")
    ['My eye hurts. What is this?']
    """
    sentences = _SENTENCE.split(message)
    if len(message.split()) < _LONG or len(sentences) <= 2:
        return [message]
    if len(sentences) > _MANY:
        return [message, *sentences]
    return [message, *(" ".join(sentences[at : at + 2]) for at in range(len(sentences) - 1))]


@cache
def shipped_messages() -> tuple[LabelledMessage, ...]:
    """Return the labelled messages of general medicine that come with fmqa."""
    return read_messages(Path(__file__).parent / "messages.jsonl")


def read_messages(path: Path) -> tuple[LabelledMessage, ...]:
    """Return the labelled messages of a JSON-lines file; none if there is no file.

    Raises: BadCorpus naming the line that is wrong.
    """
    return fitting.read_labelled(path, LabelledMessage, "message")


def basis_of(own: Sequence[LabelledMessage], encoder: str, code: str) -> Basis:
    """Return what a judgement on the messages of general medicine and of a corpus rests on.

    Args:
        own: Messages of the corpus.
        encoder: Fingerprint of the model.
        code: SHA-256 of the code and data that make features of a message.
    """
    return Basis(encoder=encoder, code=code, general=_messages_sha256(shipped_messages()), own=_messages_sha256(own))


@cache
def shipped() -> Shipped | None:
    """Return the judgement that comes with fmqa; None if there is none, as before it is fitted for the first time."""
    return Shipped.model_validate_json(SHIPPED.read_bytes()) if SHIPPED.exists() else None


def shipped_for(basis: Basis) -> Urgency | None:
    """Return the judgement that comes with fmqa if it holds: for a corpus with the same messages, or with none."""
    found = shipped()
    if found is None or basis not in (found.basis, found.basis.model_copy(update={"own": _messages_sha256(())})):
        return None
    return found.urgency


def _messages_sha256(messages: Sequence[LabelledMessage]) -> str:
    return sha256(json.dumps([message.model_dump_json() for message in messages]).encode()).hexdigest()


def fitted_on(messages: Sequence[LabelledMessage], questions: Sequence[str], basis: str) -> str:
    """Return the SHA-256 of what a judgement is fitted on: the same texts on the same basis give the same one."""
    told = [labelled.model_dump_json() for labelled in messages]
    return sha256(json.dumps([basis, told, list(questions)]).encode()).hexdigest()


def fit(
    messages: Sequence[LabelledMessage], questions: Sequence[str], encode: Encode, name: str = ""
) -> Urgency | None:
    """Return the judgement fitted on labelled messages; None where there are too few of either label.

    The thresholds are the lowest that keep the false alarms, out of fold, at or below 2.8 % of the harmless messages,
    notes apart.

    Args:
        messages: Development messages, urgent and harmless.
        questions: Ordinary questions: harmless, and not counted among the messages for thresholds and shares.
        encode: A text to its unit vector.
        name: What is noted of what it was fitted on; see ``fitted_on``.
    """
    harmless = [*questions, *_pasted([labelled.message for labelled in messages if labelled.topic == NOTE])]
    texts = [*(labelled.message for labelled in messages), *harmless]
    urgent = [*(labelled.urgent for labelled in messages), *(False for _ in harmless)]
    if not fitting.enough(urgent):
        return None
    fired = [signs.first(text) for text in texts]
    rows = _without_rare([features(text, rule, encode) for text, rule in zip(texts, fired, strict=True)])
    fitted = fitting.logistic(rows, urgent, _STRENGTH)
    judged = [
        _Judged(score, labelled, rule is not None)
        for score, labelled, rule in zip(fitted.held_out[: len(messages)], messages, fired, strict=False)
    ]
    threshold, lower = _thresholds(judged)
    alarms = [(one.labelled, one.score >= (lower if one.rule else threshold)) for one in judged]
    caught = [alarm for labelled, alarm in alarms if labelled.urgent]
    false = [alarm for labelled, alarm in alarms if not labelled.urgent and labelled.topic not in _EASY]
    on_notes = [alarm for labelled, alarm in alarms if labelled.topic == NOTE]
    return Urgency(
        weights=fitted.weights,
        intercept=fitted.intercept,
        threshold=round(threshold, 4),
        rule_threshold=round(lower, 4),
        kinds=_kinds(rows, messages),
        fitted_on=name,
        messages=len(judged),
        urgent=sum(urgent),
        recall=round(sum(caught) / len(caught), 4),
        false_alarms=round(sum(false) / len(false), 4),
        note_alarms=round(sum(on_notes) / max(1, len(on_notes)), 4),
    )


def _pasted(notes: list[str]) -> list[str]:
    """Return pairs of notes that have nothing to do with each other, as they follow each other in a long one."""
    half = len(notes) // 2
    return [
        f"{one} {other}" if one.endswith((".", "?")) else f"{one}. {other}"
        for one, other in zip(notes, [*notes[half:], *notes[:half]], strict=True)
    ]


class _Judged(NamedTuple):
    score: float  # by a fit that had not seen the message
    labelled: LabelledMessage
    rule: bool  # True if a sign fires


def _thresholds(judged: Sequence[_Judged]) -> tuple[float, float]:
    """Return the scores from which a message is urgent: where no sign fires, and where one does.

    Ordinary notes and questions do not count: as they are easy, they would make room for alarms on the harder
    look-alikes.
    """
    harmless = [one for one in judged if not one.labelled.urgent and one.labelled.topic not in _EASY]
    threshold = _threshold([one.score for one in harmless if not one.rule], _FALSE_ALARMS * len(harmless))
    lower = _threshold([one.score for one in harmless if one.rule], _FALSE_ALARMS_OF_RULES * len(harmless))
    return threshold, min(lower, threshold)


def _threshold(harmless: list[float], allowed: float) -> float:
    """Return the lowest score that at most ``allowed`` of the scores of harmless messages reach."""
    most = math.floor(allowed)
    if len(harmless) <= most:
        return min(harmless, default=0.0)
    return sorted(harmless, reverse=True)[most] + 1e-3


def _without_rare(rows: list[dict[str, float]]) -> list[dict[str, float]]:
    counts = Counter(name for row in rows for name in row)
    return [{name: value for name, value in row.items() if counts[name] >= _RAREST} for row in rows]


def _kinds(rows: list[dict[str, float]], messages: Sequence[LabelledMessage]) -> dict[str, dict[str, float]]:
    """Return, by red flag, the weights of vector and danger words that tell it from the others."""
    urgent = [
        ({name: value for name, value in row.items() if not name.startswith("word ")}, labelled.topic)
        for row, labelled in zip(rows, messages, strict=False)
        if labelled.urgent
    ]
    return fitting.multinomial([row for row, _ in urgent], [topic for _, topic in urgent], _KIND_STRENGTH)
