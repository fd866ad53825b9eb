"""The shipped query encoder: a question behind those before it lies where the whole question lies."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fmqa.errors import Unavailable
from fmqa.index import encoders, query_encoder
from fmqa.index.encoders import OnnxEncoder
from fmqa.index.query_encoder import QueryEncoder

TALKS = (
    (
        "and if the kidneys are bad?",
        ("what's the usual dose of pregabalin",),
        "What pregabalin dose with bad kidneys?",
    ),
    ("side effects?", ("does duloxetine help at all with fibro",), "What are the side effects of duloxetine?"),
    ("and the Germans?", ("does NICE want people on opioids",), "What does the German guideline say on opioids?"),
    ("how many took part", ("what did the FINAL trial find",), "How many people took part in the FINAL trial?"),
    ("in pregnancy?", ("thanks, and at night?", "is milnacipran safe"), "Is milnacipran safe in pregnancy?"),
    ("how strong is that advice", ("what does EULAR say about CBT",), "How strongly does EULAR recommend CBT?"),
)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> OnnxEncoder:
    folder = tmp_path_factory.mktemp("encoder")
    encoders.export(encoders.SHIPPED_MODEL, folder)
    return OnnxEncoder(folder)


@pytest.fixture(scope="module")
def opened(encoder: OnnxEncoder) -> QueryEncoder:
    found = query_encoder.shipped_for(encoder)
    assert found is not None
    return found


def test_a_follow_up_lies_nearer_to_the_whole_question_than_its_words_do(
    opened: QueryEncoder, encoder: OnnxEncoder
) -> None:
    gained, beside = 0, []
    for question, earlier, whole in TALKS:
        target, typed, behind = encoder.encode([whole, question, f"{earlier[0]} {question}"])
        vector = opened.encode(question, earlier)
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-3)
        gained += vector @ target > typed @ target
        beside.append(vector @ target - behind @ target)
    assert gained == len(TALKS)
    assert np.mean(beside) > 0.05


def test_what_was_asked_before_changes_what_is_meant(opened: QueryEncoder) -> None:
    of_one = opened.encode("and the dose?", ["does pregabalin help"])
    assert of_one @ opened.encode("and the dose?", ["does duloxetine help"]) < 0.95
    long_ago = ["does pregabalin help", *["x"] * (query_encoder.EARLIER - 1)]
    np.testing.assert_array_equal(
        opened.encode("so?", long_ago), opened.encode("so?", [*long_ago, "nobody reads as far back as this"])
    )


def test_an_encoder_of_another_space_has_none(tmp_path: Path, encoder: OnnxEncoder) -> None:
    other = encoder.info.model_copy(update={"model_sha256": "0" * 64})
    for name in (encoders.MODEL_FILE, encoders.TOKENIZER_FILE):
        shutil.copy(encoders.SHIPPED_FOLDER / name, tmp_path / name)
    (tmp_path / encoders.INFO_FILE).write_text(other.model_dump_json(), "utf-8")
    assert query_encoder.shipped_for(OnnxEncoder(tmp_path)) is None


def test_it_was_made_for_the_encoder_that_is_shipped(opened: QueryEncoder) -> None:
    assert opened.space == encoders.model_fingerprint(encoders.SHIPPED_MODEL)


@pytest.mark.parametrize("name", [encoders.MODEL_FILE, encoders.TOKENIZER_FILE, query_encoder.INFO_FILE])
def test_other_files_than_those_published_are_refused(name: str, tmp_path: Path) -> None:
    shutil.copytree(query_encoder.SHIPPED_FOLDER, tmp_path / "q")
    for content in (None, b"{}"):
        (tmp_path / "q" / name).unlink()
        if content is not None:
            (tmp_path / "q" / name).write_bytes(content)
        with pytest.raises(Unavailable, match="install fmqa again"):
            QueryEncoder(tmp_path / "q", query_encoder.SHIPPED_SHA256)
        (tmp_path / "q" / name).touch()


def test_it_runs_without_torch() -> None:
    program = (
        "import sys; from fmqa.index.query_encoder import SHIPPED_FOLDER, QueryEncoder\n"
        "assert QueryEncoder(SHIPPED_FOLDER).encode('dose?', ['is it safe?']).shape == (384,)\n"
        "print(sorted({'torch', 'onnx', 'transformers', 'sentence_transformers'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
