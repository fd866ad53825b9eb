"""Small files of the kinds that were answered wrongly, or not at all though the answer stood in them."""

import datetime
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fmqa.adding import ingestion
from fmqa.adding.about import Given
from fmqa.assistant import Assistant
from fmqa.building import build_index
from fmqa.settings import Settings

TODAY = datetime.date(2026, 11, 30)
FILES = {
    "doses.html": """<!DOCTYPE html><html><head><title>Dose table of malvorin in cold ears</title></head><body><main>
        <h1>Dose table of malvorin in cold ears</h1><table><tr><th>Severity</th><th>Group</th><th>Starting dose</th>
        <th>Highest dose</th></tr><tr><td rowspan="2">Mild</td><td>Adults</td><td>10 mg</td><td>40 mg</td></tr><tr>
        <td>Children</td><td>2 mg</td><td>8 mg</td></tr><tr><td rowspan="2">Severe</td><td>Adults</td><td>20 mg</td>
        <td>80 mg</td></tr><tr><td>Children</td><td>4 mg</td><td>avoid</td></tr></table></main></body></html>""",
    "stop.html": """<!DOCTYPE html><html><head><title>Stop rules for pellagone in frost thumb</title></head><body><main>
        <h1>Stop rules for pellagone in frost thumb</h1><p>Pellagone is given to adults under these rules.</p><table>
        <tr><th>Laboratory value</th><th>Adults</th><th>Children</th></tr><tr><td>Sodium</td><td>below 120 mmol/L</td>
        <td></td></tr><tr><td>Creatinine</td><td></td><td>above 95 µmol/L</td></tr></table></main></body></html>""",
    "start.html": """<!DOCTYPE html><html><head><title>Fasting table for jenturil</title></head><body><main>
        <h1>Fasting table for jenturil</h1><table><tr><th>Group</th><th>Starting dose</th></tr><tr><td>Adults</td>
        <td>5 mg</td></tr><tr><td>Frail adults</td><td>1 mg</td></tr></table></main></body></html>""",
    "terms.html": """<!DOCTYPE html><html><head><title>Monograph of tolvexine</title></head><body><main>
        <h1>Monograph of tolvexine</h1><dl><dt>Not to be used in</dt><dd>Untreated glaucoma and liver failure.</dd>
        <dt>Licensed uses</dt><dd>Hiccups that two other medicines have not stopped.</dd></dl></main></body></html>""",
    "dose.md": "# Brestovan for cold knees\n\nGive 6 mg of brestovan once a day for cold knees.\n",
    "trial.md": """# Glycovar in skaters: a randomised trial

## Methods

We gave glycovar 30 mg daily or placebo to 88 skaters. Glycovar should not be given for more than 5 days in a row.

## Results

Glycovar did not change the time to the first fall of skaters (hazard ratio 0.98, 95% CI 0.7 to 1.3).
""",
    "counts.md": f"# Counts of varmelin\n\n{' '.join(f'{n}.5' for n in range(10, 36))} counts of varmelin in all.\n",
    "strength.md": """# Guideline on slow elbows

## Methods

The strength of a recommendation is more likely to be strong when the certainty of tolimure trials is high.

## Recommendations

Tolimure should be offered to adults with slow elbows (strong recommendation, low certainty evidence).
""",
    "redknee.md": """# Redknee

## Complications of redknee

Complications are blue nail and a loud cough, which are seen in one of ten people.
""",
    "moss.md": "# Mossfoot\n\nSIGNS OF MOSSFOOT\n\nSigns\n\n- Green toes\n- Cold heels\n- Loud soles\n",
    "leaflet.txt": "ORVANOL LEAFLET\n\nSide effects of orvanol are common: heartburn, dizziness, yellow skin.\n",
}


@pytest.fixture(scope="module")
def assistant(make_small: Callable[[Path], Settings], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    settings = make_small(tmp_path_factory.mktemp("kinds"))
    files = tmp_path_factory.mktemp("files")
    for name, content in FILES.items():
        (files / name).write_text(content, encoding="utf-8")
    ingestion.add(settings.corpus, [files], Given(), today=TODAY)
    build_index(settings)
    opened = Assistant.open(settings)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("question", "first"),
    [
        pytest.param("What is the starting dose of malvorin for children with mild cold ears?", "2 mg", id="whole row"),
        pytest.param("What is the highest dose of malvorin for adults with severe cold ears?", "80 mg", id="other row"),
        pytest.param("At what creatinine is pellagone stopped in children with frost thumb?", "95 µmol/L", id="title"),
        pytest.param("What is the starting dose of jenturil in adults?", "Adults | 5 mg", id="not of frail adults"),
        pytest.param("What is the starting dose of jenturil in frail adults?", "1 mg", id="of frail adults"),
        pytest.param("In whom must tolvexine not be used?", "glaucoma", id="term and definition"),
        pytest.param("What dose of brestovan is given for cold knees?", "6 mg", id="dose before its drug"),
        pytest.param("What are the signs of mossfoot?", "Green toes; Cold heels; Loud soles", id="whole list"),
        pytest.param(
            "What is the strength and certainty of the recommendation on tolimure?", "should be offered", id="its grade"
        ),
        pytest.param("How long may glycovar be given?", "5 days", id="methods tell how long"),
        pytest.param("Does glycovar change the time to the first fall?", "did not change", id="results tell effects"),
    ],
)
def test_the_right_words_are_quoted_first(question: str, first: str, assistant: Assistant) -> None:
    answer = assistant.ask(question)
    assert not answer.status.abstains
    assert first in answer.statements[0].text


@pytest.mark.parametrize("question", ["What side effects did glycovar have?", "What are the side effects of glycovar?"])
def test_what_a_document_says_of_its_drug_is_not_said_of_another(question: str, assistant: Assistant) -> None:
    assert not any("heartburn" in statement.text for statement in assistant.ask(question).statements)


def test_side_effects_of_the_drug_itself_are_told(assistant: Assistant) -> None:
    assert "heartburn" in assistant.ask("What are the side effects of orvanol?").statements[0].text


def test_a_question_on_what_only_a_document_knows_is_not_answered_from_ours(assistant: Assistant) -> None:
    answer = assistant.ask("What dose of brestovan is given for warm knees in glycovar users?")
    assert not any(source.document_id == "naltrexone-label" for source in answer.sources)


@pytest.mark.parametrize(
    ("first", "then", "document"),
    [
        ("In whom must tolvexine not be used?", "what is it licensed for?", "terms"),
        ("How long may glycovar be given?", "why?", "trial"),
    ],
)
def test_a_follow_up_on_what_the_vocabulary_does_not_know_stays_with_the_document(
    first: str, then: str, document: str, assistant: Assistant
) -> None:
    before = assistant.ask(first)
    answer = assistant.ask(then, conversation_id=before.conversation_id)
    assert {source.document_id for source in answer.sources} == {document}


def test_what_a_list_stands_under_is_not_quoted_alone(assistant: Assistant) -> None:
    said = {statement.text for statement in assistant.ask("What are the signs of mossfoot?").statements}
    assert said
    assert all(any(sign in text for sign in ("toes", "heels", "soles")) for text in said)


def test_complications_of_one_disease_are_not_those_of_another_that_is_named_among_them(assistant: Assistant) -> None:
    assert "loud cough" in assistant.ask("What are the complications of redknee?").statements[0].text
    assert assistant.ask("What are the complications of blue nail?").status.abstains


def test_a_long_row_of_numbers_is_read_at_once(assistant: Assistant) -> None:
    started = time.perf_counter()
    assistant.ask("What are the counts of varmelin?")
    assert time.perf_counter() - started < 5  # a form that tries each way to part the numbers takes minutes
