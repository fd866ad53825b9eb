"""The shipped reader: what answers a question, what is only near it, and a calibrated no."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fmqa.errors import Unavailable
from fmqa.index import reader
from fmqa.index.pairs import MODEL_FILE, TOKENIZER_FILE

QUESTIONS = (
    (
        "How long did the trial last?",
        "Participants took the tablets or placebo for twelve weeks.",
        (
            "Participants were women between 18 and 65 years of age.",
            "The first outcome was pain on a scale of 0 to 10.",
        ),
    ),
    (
        "How many people took part?",
        "In all, 212 adults were randomised.",
        ("The trial was done in three hospitals.", "Adults with epilepsy were not included."),
    ),
    (
        "What dose was given?",
        "Treatment started at 5 mg and rose to 20 mg once a day.",
        ("Tablets were taken in the evening with food.", "Two people in the treatment group stopped early."),
    ),
    (
        "What are the side effects?",
        "Nausea, dry mouth and dizziness were the most common unwanted effects.",
        ("The drug is broken down in the liver.", "Pain was lower in the treatment group after three months."),
    ),
    (
        "Does exercise help with pain?",
        "People who exercised three times a week had less pain than those who did not.",
        ("Exercise sessions lasted 45 minutes.", "Few people in this country exercise every week."),
    ),
    (
        "How is the condition diagnosed?",
        "The diagnosis is made from the history and an examination; no blood test confirms it.",
        ("The condition affects two in a hundred adults.", "Regular sleep is a part of treatment."),
    ),
    (
        "Who should not take it?",
        "It must not be used in people with severe liver disease.",
        ("It is kept below 25 degrees in its box.", "Most people take it for six months."),
    ),
    (
        "What causes the disease?",
        "The disease is caused by a virus that mosquitoes carry.",
        ("The disease was first described in 1954.", "A vaccine against the disease is being tested."),
    ),
)


@pytest.fixture(scope="module")
def opened() -> reader.OnnxReader:
    return reader.shipped()


def test_what_answers_is_put_before_what_is_only_near(opened: reader.OnnxReader) -> None:
    first = [np.argmax(opened.score(asked, [right, *near])) == 0 for asked, right, near in QUESTIONS]
    assert sum(first) >= len(QUESTIONS) - 2


def test_texts_on_something_else_are_said_not_to_answer(opened: reader.OnnxReader) -> None:
    others = ["The library opens at nine.", "Ferries leave every hour in summer.", "The bridge was built in 1902."]
    for asked, right, _ in QUESTIONS:
        numbers = opened.score(asked, [right, *others])
        assert numbers[1:].max() < -1
        assert numbers[0] > numbers[1:].max()


def test_a_number_does_not_depend_on_the_texts_beside_it_nor_on_threads(opened: reader.OnnxReader) -> None:
    asked, right, near = QUESTIONS[0]
    texts = [right, *near, "", "word " * 500]
    alone = reader.OnnxReader(reader.SHIPPED_FOLDER, threads=1)
    expected = [float(alone.score(asked, [text])[0]) for text in texts]
    np.testing.assert_array_equal(opened.score(asked, texts * 3), np.array(expected * 3, dtype=np.float32))
    assert opened.score(asked, []).shape == (0,)


def test_reading_imports_no_torch() -> None:
    program = (
        "import sys; from fmqa.index.reader import shipped as opened\n"
        "assert opened().score('pain?', ['It hurts.']).shape == (1,)\n"
        "print(sorted({'torch', 'onnx', 'transformers', 'sentence_transformers'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize("name", [MODEL_FILE, TOKENIZER_FILE, reader.INFO_FILE])
def test_other_files_than_those_published_are_refused(name: str, tmp_path: Path) -> None:
    shutil.copytree(reader.SHIPPED_FOLDER, tmp_path / "reader")
    for content in (None, b"", b"{}"):
        (tmp_path / "reader" / name).unlink()
        if content is not None:
            (tmp_path / "reader" / name).write_bytes(content)
        with pytest.raises(Unavailable, match="install fmqa again"):
            reader.OnnxReader(tmp_path / "reader", expected=reader.SHIPPED_SHA256)
        (tmp_path / "reader" / name).touch()


def test_pairs_are_scored_as_each_question_alone_and_the_reader_is_opened_once(opened: reader.OnnxReader) -> None:
    reader.open_ahead()
    assert reader.shipped() is opened
    pairs = [(question, text) for question, text, _ in QUESTIONS[:3]]
    alone = [opened.score(question, [text])[0] for question, text in pairs]
    np.testing.assert_array_equal(opened.score_pairs(pairs), alone)
