"""The shipped verifier: what a passage supports, what it contradicts, and what it does not say."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fmqa.errors import Unavailable
from fmqa.index import verifier
from fmqa.index.pairs import MODEL_FILE, TOKENIZER_FILE

CLAIMS = (
    (
        "Participants took the tablets or placebo for twelve weeks.",
        "The tablets were taken for 12 weeks.",
        "The tablets were taken for two years.",
        "The tablets were made in three factories.",
    ),
    (
        "Exercise reduced pain more than usual care in 212 adults.",
        "Adults who exercised had less pain than with usual care.",
        "Exercise raised pain more than usual care.",
        "Exercise shortened the stay in hospital.",
    ),
    (
        "The drug must not be used in people with severe liver disease.",
        "People with severe liver disease must not take the drug.",
        "The drug can be used in people with severe liver disease.",
        "The drug is kept below 25 degrees in its box.",
    ),
    (
        "The vaccine did not lower the number of falls in older women.",
        "Older women did not fall less often with the vaccine.",
        "The vaccine lowered the number of falls in older women.",
        "The vaccine costs less than a visit to a doctor.",
    ),
    (
        "The guideline strongly recommends sleep training for adults.",
        "The guideline recommends sleep training strongly.",
        "The guideline recommends against sleep training.",
        "Sleep training is paid for by most insurers.",
    ),
    (
        "Nausea was the most common side effect of zinc tablets.",
        "The most frequent side effect of zinc tablets was nausea.",
        "Zinc tablets never caused nausea.",
        "Zinc is found in meat and beans.",
    ),
)
"""A passage, what it supports, what it contradicts, and what it does not say: our own, of no set."""


@pytest.fixture(scope="module")
def opened() -> verifier.OnnxVerifier:
    return verifier.shipped()


def test_most_claims_of_our_own_are_told_apart(opened: verifier.OnnxVerifier) -> None:
    pairs = [(passage, claim) for passage, *claims in CLAIMS for claim in claims]
    told = [int(np.argmax(verdict)) for verdict in opened.verdicts(pairs)]
    right = [n == at % 3 for at, n in enumerate(told)]
    assert sum(right) >= 13  # of 18; 14 when this was written


def test_a_passage_supports_its_own_words(opened: verifier.OnnxVerifier) -> None:
    verdicts = opened.verdicts([(passage, passage) for passage, *_ in CLAIMS])
    assert min(verdict.supported for verdict in verdicts) > 0.9


def test_chances_are_whole_and_do_not_depend_on_what_is_beside_them_nor_on_threads(
    opened: verifier.OnnxVerifier,
) -> None:
    pairs = [(passage, claim) for passage, claim, *_ in CLAIMS] + [("", ""), ("word " * 500, "word")]
    alone = verifier.OnnxVerifier(verifier.SHIPPED_FOLDER, threads=1)
    expected = [alone.verdicts([pair])[0] for pair in pairs]
    assert opened.verdicts(pairs * 2) == expected * 2
    np.testing.assert_allclose(np.sum(expected, axis=1), 1, atol=1e-9)
    assert opened.verdicts([]) == []


def test_verifying_imports_no_torch() -> None:
    program = (
        "import sys; from fmqa.index.verifier import shipped as opened\n"
        "assert len(opened().verdicts([('It hurts.', 'It hurts.')])) == 1\n"
        "print(sorted({'torch', 'onnx', 'transformers', 'sentence_transformers'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize("name", [MODEL_FILE, TOKENIZER_FILE, verifier.INFO_FILE])
def test_other_files_than_those_published_are_refused(name: str, tmp_path: Path) -> None:
    shutil.copytree(verifier.SHIPPED_FOLDER, tmp_path / "verifier")
    for content in (None, b"", b"{}"):
        (tmp_path / "verifier" / name).unlink()
        if content is not None:
            (tmp_path / "verifier" / name).write_bytes(content)
        with pytest.raises(Unavailable, match="install fmqa again"):
            verifier.OnnxVerifier(tmp_path / "verifier", expected=verifier.SHIPPED_SHA256)
        (tmp_path / "verifier" / name).touch()
