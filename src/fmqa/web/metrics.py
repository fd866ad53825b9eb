"""Figures for Prometheus and traces for OpenTelemetry: answers by status, seconds by stage; no word of anybody."""

import time
from typing import Final

from opentelemetry import trace
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

from fmqa.corpus import added
from fmqa.errors import Unavailable
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


def trace_to(collector: str) -> None:
    """Send traces of answers to a collector from now on, in the background; one that is out of reach delays nothing.

    Args:
        collector: Its address for OTLP over HTTP, such as ``http://127.0.0.1:4318/v1/traces``.

    Raises: Unavailable without the libraries that send them.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError as error:
        raise Unavailable("FMQA_TRACES needs the libraries of OpenTelemetry: pip install 'fmqa[otel]'") from error
    provider = TracerProvider(resource=Resource.create({"service.name": "fmqa"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=collector)))
    trace.set_tracer_provider(provider)


def answered(answer: Answer) -> None:
    """Count an answer."""
    _ANSWERS.labels(answer.status.value).inc()
    if not answer.is_stored:
        _UNSTORED.inc()
    for stage, seconds in answer.timings.items():
        _STAGES.labels(stage).observe(seconds)
    _trace(answer)


def _trace(answer: Answer) -> None:
    """Record an answer and its stages as spans that end now; of the question and the conversation nothing is told."""
    tracer = trace.get_tracer("fmqa")
    at = time.time_ns() - round(sum(answer.timings.values()) * 1e9)
    attributes = {
        "fmqa.status": answer.status.value,
        "fmqa.audience": answer.audience.value,
        "fmqa.generation": answer.generation,
        "fmqa.withheld": answer.withheld,
        "fmqa.stored": answer.is_stored,
        "fmqa.model": answer.by_model is not None,
    }
    whole = tracer.start_span("answer", start_time=at, attributes=attributes)
    context = trace.set_span_in_context(whole)
    for stage, seconds in answer.timings.items():
        span = tracer.start_span(stage, context=context, start_time=at)
        at += round(seconds * 1e9)
        span.end(at)
    whole.end(at)


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
