"""Shared fixtures: a small corpus without faults, to be read or to be spoilt, and the shipped corpus, indexed once."""

import os
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings
from starlette.testclient import TestClient

import made_library
import postgres
from fmqa.assistant import Assistant
from fmqa.building import build_index
from fmqa.index.writing import BuildReport
from fmqa.settings import Settings
from fmqa.store.conversations import Conversations
from fmqa.types import Answer, Audience
from fmqa.web.api import create_app
from llm_server import FakeModel, Handler
from models import save_tiny_model
from questions import Ask
from samples import SampleAssistant
from six_turns import BASE
from windows import Asked

# The same examples in every run, and no time limit on a single one: machines that run tests are often busy.
settings.register_profile("fmqa", deadline=None, derandomize=True, database=None)
settings.load_profile("fmqa")

SHIPPED = Path(__file__).parents[1] / "corpus"

EULAR_2017 = """\
---
id: eular-2017
title: EULAR revised recommendations for the management of fibromyalgia
short_title: EULAR 2017
kind: guideline
organisation: EULAR
year: 2017
edition: "2017"
doi: 10.1136/annrheumdis-2016-209724
licence: CC-BY-4.0
grading_system: eular-2017
conditions: [fibromyalgia]
supersedes: [eular-2008]
evidence_checked: 2026-09-30
last_updated: 2026-11-23
review: {state: submitted}
references:
  - id: EULAR2017
    citation: "Macfarlane GJ, et al. EULAR revised recommendations. Ann Rheum Dis 2017;76(2):318-328."
    doi: 10.1136/annrheumdis-2016-209724
statements:
  - id: exercise
    kind: recommendation
    interventions: [exercise]
    conditions: [fibromyalgia]
    grades:
      - {system: eular-2017, level: Ia, grade: A, strength: strong for, direction: for, agreement: "100",
         printed: "level Ia, grade A, strong for, agreement 100 %"}
    plain: EULAR strongly recommends aerobic and strengthening exercise.
    role: rule
    answers:
      - "EULAR 2017 on exercise?"
      - should i work out with fibro
    sources: [EULAR2017]
    basis: primary
  - id: opioids
    kind: safety
    interventions: [opioid]
    populations: [adults]
    outcomes: [pain]
    plain: EULAR 2017 does not recommend strong opioids.
    role: rule
    answers:
      - "strong opioids, EULAR 2017?"
      - are strong painkillers recommended for fibro
    sources: [EULAR2017]
    basis: primary
---
# EULAR revised recommendations for the management of fibromyalgia

This page reports the *revised* recommendations of [EULAR](https://www.eular.org) in our words.

## Non-drug treatment

- EULAR 2017 recommends aerobic and strengthening exercise. [level Ia, grade A, strong for, agreement 100 %] {#exercise}

## Drugs

EULAR 2017 does not recommend:

- strong opioids {#opioids}
- corticosteroids
"""

EULAR_2008 = """\
---
id: eular-2008
title: EULAR recommendations for the management of fibromyalgia syndrome
short_title: EULAR 2008
kind: guideline
organisation: EULAR
year: 2008
licence: CC-BY-4.0
superseded_by: eular-2017
evidence_checked: 2026-09-30
last_updated: 2026-11-23
references:
  - id: EULAR2008
    citation: Carville SF, et al. EULAR evidence-based recommendations. Ann Rheum Dis 2008;67(4):536-541.
---
# EULAR recommendations for the management of fibromyalgia syndrome

The recommendations of 2008 were replaced in 2017.
"""

NALTREXONE = """\
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
  - id: tramadol
    kind: interaction
    interventions: [naltrexone, tramadol]
    plain: Do not take naltrexone together with tramadol.
    role: rule
    answers:
      - "naltrexone + tramadol?"
      - can i take ultram on naltrexone
    sources: [LABEL]
    basis: secondary
---
# Naltrexone tablets, prescribing information

| Together with | What to do |
|---|---|
| tramadol | Do not combine naltrexone 50 mg with it. {#tramadol} |
"""

VOCABULARY = """\
interventions:
  - {id: exercise, label: exercise}
  - {id: opioid, label: opioids}
  - {id: tramadol, label: tramadol, parents: [opioid]}
  - {id: naltrexone, label: naltrexone, off_label: "naltrexone-label#tramadol"}
conditions:
  - {id: fibromyalgia, label: fibromyalgia}
populations:
  - {id: adults, label: adults}
outcomes:
  - {id: pain, label: pain}
"""


def make_corpus(root: Path) -> Path:
    """Write a corpus of three documents that keeps every rule, and return its folder."""
    folder = root / "corpus"
    for name, source in {
        "README.md": "# No document\n",
        "vocabulary.yaml": VOCABULARY,
        "guidelines/eular-2017.md": EULAR_2017,
        "guidelines/eular-2008.md": EULAR_2008,
        "labels/naltrexone-label.md": NALTREXONE,
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    return folder


@pytest.fixture
def corpus_folder(tmp_path: Path) -> Path:
    """A corpus of three documents that keeps every rule."""
    return make_corpus(tmp_path)


@pytest.fixture(scope="session")
def together(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the processes of one run of the tests share: what takes long is made there once, by the first."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def made_once(folder: Path, make: Callable[[Path], object]) -> Path:
    """Return a folder that whoever comes first has filled."""
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            unfinished = folder.with_name(f"{folder.name}-unfinished")
            make(unfinished)
            unfinished.rename(folder)
    return folder


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a PostgreSQL server of the tests' own, without a database, ended by a slash."""
    pytest.importorskip("psycopg", reason="the extra is not installed: pip install 'fmqa[postgres]'")
    if postgres.program("initdb") is None:
        pytest.skip(postgres.MISSING)
    with postgres.server() as url:
        yield url


@pytest.fixture(scope="session")
def tiny_model(together: Path) -> Path:
    """A sentence-transformers model folder that is exported in half a second."""
    return made_once(together / "tiny", save_tiny_model)


def small_settings(folder: Path, tiny_model: Path) -> Settings:
    """Return settings with everything in one folder, and the corpus of three documents in it."""
    return Settings(
        corpus=make_corpus(folder),
        index=folder / "index",
        database=f"sqlite:///{folder / 'conversations.db'}",
        encoder=str(tiny_model),
        lock_seconds=20,
    )


@pytest.fixture(scope="session")
def make_small(tiny_model: Path, together: Path) -> Callable[[Path], Settings]:
    """Makes, in a folder, a corpus of three documents with its index: a copy of one that is built once."""
    built = made_once(together / "small", lambda folder: build_index(small_settings(folder, tiny_model)))

    def make(folder: Path) -> Settings:
        shutil.copytree(built / "index", folder / "index")
        return small_settings(folder, tiny_model)

    return make


@pytest.fixture
def small(make_small: Callable[[Path], Settings], tmp_path: Path) -> Settings:
    """Settings with a corpus of three documents and its index, to be changed at will."""
    return make_small(tmp_path)


@pytest.fixture(scope="session")
def shipped(together: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, BuildReport]:
    """Settings with an index of the shipped corpus, and the report of its build. Takes most of a minute, once."""

    def build(folder: Path) -> None:
        report = build_index(Settings(corpus=SHIPPED, index=folder / "index"))
        (folder / "report.json").write_text(report.model_dump_json(), encoding="utf-8")

    folder = made_once(together / "shipped", build)
    database = f"sqlite:///{tmp_path_factory.mktemp('asked') / 'conversations.db'}"
    report = BuildReport.model_validate_json((folder / "report.json").read_text("utf-8"))
    return Settings(corpus=SHIPPED, index=folder / "index", database=database), report


@pytest.fixture(scope="session")
def assistant(shipped: tuple[Settings, BuildReport]) -> Iterator[Assistant]:
    """An assistant on the shipped corpus; its index is not to be written to."""
    opened = Assistant.open(shipped[0])
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def ask_anew(assistant: Assistant) -> Ask:
    """Holds a conversation on the shipped corpus, each time from its beginning."""

    def run(*questions: str, audience: Audience = Audience.CLINICIAN, max_words: int | None = None) -> list[Answer]:
        answers: list[Answer] = []
        for question in questions:
            conversation_id = answers[-1].conversation_id if answers else None
            answers.append(
                assistant.ask(question, conversation_id=conversation_id, audience=audience, max_words=max_words)
            )
        return answers

    return run


@pytest.fixture(scope="session")
def ask(ask_anew: Ask) -> Ask:
    """Returns the answers of a conversation on the shipped corpus; the same conversation is held once.

    That it would have the same answers each time is tested in ``test_assistant``.
    """

    @cache
    def held(questions: tuple[str, ...], audience: Audience, max_words: int | None) -> tuple[Answer, ...]:
        return tuple(ask_anew(*questions, audience=audience, max_words=max_words))

    def run(*questions: str, audience: Audience = Audience.CLINICIAN, max_words: int | None = None) -> list[Answer]:
        return list(held(questions, audience, max_words))

    return run


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests that need the shipped corpus, and keep those in one process that share what their module makes.

    ``pytest -m "not shipped"`` leaves out what needs the index of the shipped corpus.
    """
    for item in items:
        if not isinstance(item, pytest.Function):
            continue
        if "shipped" in item.fixturenames:
            item.add_marker("shipped")
        made = (
            definition for name in item.fixturenames for definition in item._fixtureinfo.name2fixturedefs.get(name, ())
        )
        if config.pluginmanager.hasplugin("xdist") and any(each.scope == "module" for each in made):
            item.add_marker(pytest.mark.xdist_group(item.module.__name__))


@pytest.fixture
def sample_assistant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Commands open an assistant that needs no index; its conversations last from one command to the next."""
    path = tmp_path / "conversations.db"
    monkeypatch.setenv("FMQA_HOME", str(tmp_path))

    def open_sample(settings: Settings | None = None) -> SampleAssistant:
        return SampleAssistant(Conversations(f"sqlite:///{path}"))

    monkeypatch.setattr(Assistant, "open", open_sample)
    return path


@pytest.fixture(scope="session")
def held(together: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings with a small corpus of another field, indexed with the encoder that is shipped; not to be written to."""
    corpus = Path(__file__).parent / "domains" / "diabetes"
    index = made_once(together / "held", lambda folder: build_index(Settings(corpus=corpus, index=folder)))
    database = f"sqlite:///{tmp_path_factory.mktemp('held') / 'conversations.db'}"
    return Settings(corpus=corpus, index=index, database=database)


@pytest.fixture(scope="session")
def service(held: Settings) -> Iterator[TestClient]:
    """The service on that corpus; what is asked of it is asked in this process."""
    with TestClient(create_app(Assistant.open(held)), base_url=BASE) as opened:
        yield opened


@pytest.fixture(scope="session")
def exercise(together: Path) -> Settings:
    """A library of two made documents with its index, made with the shipped encoder; it is not to be written to."""
    return Settings(home=made_once(together / "exercise", made_library.build), database="sqlite://")


@pytest.fixture
def serve_model() -> Iterator[Callable[[Handler], FakeModel]]:
    """Starts servers that are gone after the test."""
    running: list[FakeModel] = []

    def start(handler: Handler) -> FakeModel:
        running.append(FakeModel(handler))
        return running[-1]

    yield start
    for server in running:
        server.close()


@pytest.fixture
def sample(tmp_path: Path) -> SampleAssistant:
    """An assistant that needs no index, with real conversations."""
    return SampleAssistant(Conversations(f"sqlite:///{tmp_path / 'conversations.db'}", lock_seconds=0.05))


@pytest.fixture
def client(sample: SampleAssistant) -> Iterator[TestClient]:
    """The pages of that assistant, as a browser opens them."""
    with TestClient(create_app(sample), base_url="http://localhost", headers={"accept": "text/html"}) as opened:
        yield opened


@pytest.fixture
def asked(client: TestClient) -> Asked:
    """Asks with the plain form and returns the address of the answer in its conversation."""

    def run(question: str = "What evidence level does EULAR give exercise?", **fields: str) -> str:
        sent = client.post("/ask", data={"question": question, **fields}, follow_redirects=False)
        assert sent.status_code == 303, sent.text
        return str(sent.headers["location"])

    return run
