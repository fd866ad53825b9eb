"""A small library to answer from, and servers of language models."""

from collections.abc import Callable, Iterator

import pytest

from fmqa.building import build_documents
from fmqa.corpus import loading
from fmqa.settings import Settings
from llm_server import FakeModel, Handler

REVIEW = """\
---
id: exercise-review
title: Exercise for fibromyalgia, a review
short_title: Exercise review 2020
kind: review
year: 2020
licence: CC-BY-4.0
evidence_checked: 2026-09-30
last_updated: 2026-11-23
references:
  - id: R1
    citation: Made A. A review of exercise. J Made 2020;1:1.
statements:
  - {id: pain, kind: finding, interventions: [exercise], conditions: [fibromyalgia], outcomes: [pain],
     effect: benefit, sources: [R1], basis: primary}
  - {id: sleep, kind: finding, interventions: [exercise], conditions: [fibromyalgia],
     effect: no difference, sources: [R1], basis: primary}
  - {id: harm, kind: safety, interventions: [exercise], conditions: [fibromyalgia], sources: [R1], basis: primary}
  - {id: dose, kind: finding, interventions: [exercise], conditions: [fibromyalgia], sources: [R1], basis: primary}
---
# Exercise for fibromyalgia, a review

- Aerobic exercise reduced pain by 11 points on a scale of 100 points in 839 adults with fibromyalgia. {#pain}
- Aerobic exercise did not improve sleep more than control in fibromyalgia. {#sleep}
- Aerobic exercise caused no serious harm in 6 trials in fibromyalgia, but 2 people had a stress fracture. {#harm}
- Aerobic exercise in fibromyalgia was done 2 to 3 times a week for 12 weeks. {#dose}
"""


LABEL = """\
---
id: naltrexone-label
title: Naltrexone tablets, prescribing information
short_title: Naltrexone label
kind: label
licence: CC-BY-4.0
evidence_checked: 2026-09-30
last_updated: 2026-11-23
references:
  - id: LABEL
    citation: Naltrexone hydrochloride tablets 50 mg, United States prescribing information.
statements:
  - {id: tramadol, kind: interaction, interventions: [naltrexone, tramadol], sources: [LABEL], basis: secondary}
---
# Naltrexone tablets, prescribing information

- Do not combine naltrexone 50 mg with tramadol. {#tramadol}
"""

VOCABULARY = """\
interventions:
  - {id: exercise, label: exercise}
  - {id: tramadol, label: tramadol}
  - {id: naltrexone, label: naltrexone}
conditions:
  - {id: fibromyalgia, label: fibromyalgia}
populations:
  - {id: adults, label: adults}
outcomes:
  - {id: pain, label: pain}
"""


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An index of two documents, built once in a second; conversations are kept in memory."""
    root = tmp_path_factory.mktemp("phrasing")
    sources = {"vocabulary.yaml": VOCABULARY, "reviews/exercise-review.md": REVIEW, "labels/naltrexone-label.md": LABEL}
    for name, source in sources.items():
        path = root / "corpus" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    chosen = Settings(corpus=root / "corpus", index=root / "index", database="sqlite://")
    loaded = loading.load(chosen.corpus)
    build_documents(loaded.documents, loaded.vocabulary, (), chosen)
    return chosen


@pytest.fixture
def serve() -> Iterator[Callable[[Handler], FakeModel]]:
    """Starts servers that are gone after the test."""
    running: list[FakeModel] = []

    def start(handler: Handler) -> FakeModel:
        running.append(FakeModel(handler))
        return running[-1]

    yield start
    for server in running:
        server.close()
