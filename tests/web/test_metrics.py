"""Traces of answers: what took how long, and no word of anybody."""

import os
import subprocess
import sys

import pytest

from fmqa.web import metrics
from samples import SENTENCE, answer

export = pytest.importorskip("opentelemetry.sdk.trace.export")


def test_an_answer_is_a_span_with_its_stages_inside_and_no_word_of_it() -> None:
    from opentelemetry import trace  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter  # noqa: PLC0415

    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(export.SimpleSpanProcessor(kept))
    trace.set_tracer_provider(provider)
    given = answer(question="Zebrafish?").model_copy(update={"timings": {"search": 0.25, "compose": 0.5}})
    metrics.answered(given)
    search, compose, whole = kept.get_finished_spans()
    assert [span.name for span in (whole, search, compose)] == ["answer", "search", "compose"]
    assert search.parent.span_id == compose.parent.span_id == whole.context.span_id
    assert (search.end_time - search.start_time, compose.end_time - compose.start_time) == (250_000_000, 500_000_000)
    assert (whole.start_time, whole.end_time) == (search.start_time, compose.end_time)
    told = "".join(span.to_json() for span in (whole, search, compose))
    assert whole.attributes["fmqa.status"] == "answered"
    assert not any(word in told for word in ("Zebrafish", SENTENCE, given.question_id, given.conversation_id))


def test_traces_reach_a_collector() -> None:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
    program = (
        "import http.server, threading; from fmqa.web import metrics; from samples import answer\n"
        "from opentelemetry import trace\n"
        "class Collector(http.server.BaseHTTPRequestHandler):\n"
        "    def do_POST(self):\n"
        "        body = self.rfile.read(int(self.headers['Content-Length']))\n"
        "        print(self.path, b'answer' in body, b'Zebrafish' in body)\n"
        "        self.send_response(200); self.end_headers()\n"
        "    def log_message(self, *_): pass\n"
        "server = http.server.HTTPServer(('127.0.0.1', 0), Collector)\n"
        "threading.Thread(target=server.serve_forever, daemon=True).start()\n"
        "metrics.trace_to(f'http://127.0.0.1:{server.server_port}/v1/traces')\n"
        "metrics.answered(answer(question='Zebrafish?')); trace.get_tracer_provider().shutdown()\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    assert run.stdout == "/v1/traces True False\n"
