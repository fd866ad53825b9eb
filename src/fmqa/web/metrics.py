"""Figures for Prometheus: answers by status, seconds by stage, who waits; no word of anybody."""

from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

from fmqa.corpus import added
from fmqa.guard.waiting import Line
from fmqa.settings import Settings
from fmqa.types import Answer

MEDIA_TYPE: Final = CONTENT_TYPE_LATEST
_ANSWERS: Final = Counter("fmqa_answers", "Answers given.", ("status",))
_UNSTORED: Final = Counter("fmqa_answers_unstored", "Answers that could not be stored.")
_STAGES: Final = Histogram(
    "fmqa_stage_seconds",
    "Seconds spent in each stage of an answer.",
    ("stage",),
    buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3),
)
_REQUESTS: Final = Counter("fmqa_requests", "Requests by part of the service and status.", ("part", "status"))
_SECONDS: Final = Histogram(
    "fmqa_request_seconds",
    "Seconds from the head of a request to the end of its response.",
    ("part",),
    buckets=(0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10),
)
_ADMITTED: Final = Gauge("fmqa_line_admitted", "Questions that are worked on or wait.")
_WAITING: Final = Gauge("fmqa_line_waiting", "Questions that wait.")
_GENERATION: Final = Gauge("fmqa_index_generation", "The generation of the index that answers.", ("generation",))
_DEGRADED: Final = Gauge("fmqa_index_degraded", "1 while an older generation than the newest answers.")
_REFUSED: Final = Gauge("fmqa_corpus_refused_files", "Files that could not be added to the corpus.")


def answered(answer: Answer) -> None:
    """Count an answer."""
    _ANSWERS.labels(answer.status.value).inc()
    if not answer.is_stored:
        _UNSTORED.inc()
    for stage, seconds in answer.timings.items():
        _STAGES.labels(stage).observe(seconds)


def responded(part: str, status: int, seconds: float) -> None:
    """Count a response."""
    _REQUESTS.labels(part, str(status)).inc()
    _SECONDS.labels(part).observe(seconds)


def shown(line: Line, generation: str, *, degraded: bool, settings: Settings) -> bytes:
    """Return all figures as Prometheus reads them."""
    _ADMITTED.set(line.admitted)
    _WAITING.set(line.waiting)
    _GENERATION.clear()
    _GENERATION.labels(generation).set(1)
    _DEGRADED.set(degraded)
    _REFUSED.set(added.count_refused(settings.corpus))
    return generate_latest()
