"""The reference encoder and its export."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from fmqa.corpus import loading
from fmqa.errors import IndexUnusable, Unavailable
from fmqa.index import encoders
from fmqa.index.writing import BuildReport
from fmqa.settings import Settings

TEXTS = (
    "Naltrexone blocks opioids.",
    "What evidence level does EULAR give aerobic exercise in adults with fibromyalgia?",
    "Ia",
    "",
    "A long text. " * 200,
)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, encoders.ExportReport]:
    """The base model, as a build would export it."""
    folder = tmp_path_factory.mktemp("base")
    return folder, encoders.export(encoders.PACKAGED_MODEL, folder)


def test_the_export_of_the_packaged_model_is_int8_and_close_to_the_reference(
    exported: tuple[Path, encoders.ExportReport],
) -> None:
    folder, report = exported
    assert report.info.precision == "int8"
    assert (report.info.dimension, report.info.max_tokens) == (384, 256)
    assert report.mean_cosine > 0.99
    assert report.overlap > 0.85
    assert report.note == ""
    assert {path.name for path in folder.iterdir()} == set(encoders.EXPORT_FILES)
    reference = encoders.ReferenceEncoder(encoders.PACKAGED_MODEL).encode(TEXTS)
    found = encoders.OnnxEncoder(folder).encode(TEXTS)
    assert np.min(np.sum(reference * found, axis=1)) > 0.97  # also at 256 tokens, where both cut the text


def test_related_texts_are_nearer_than_unrelated_ones(exported: tuple[Path, encoders.ExportReport]) -> None:
    question, answer, other = encoders.OnnxEncoder(exported[0]).encode(
        ["Does low-dose naltrexone reduce pain?", "LDN lowered pain scores.", "The library opens at nine."]
    )
    assert question @ answer > question @ other + 0.3


def test_a_vector_does_not_depend_on_the_texts_beside_it_nor_on_threads(
    exported: tuple[Path, encoders.ExportReport],
) -> None:
    one, many = (encoders.OnnxEncoder(exported[0], threads=threads) for threads in (1, 3))
    together = many.encode(TEXTS * 4)
    for row, text in enumerate(TEXTS * 4):
        assert np.array_equal(together[row], one.encode([text])[0])
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert together.dtype == np.float32


def test_questions_are_not_padded(exported: tuple[Path, encoders.ExportReport]) -> None:
    encoder = encoders.OnnxEncoder(exported[0])
    assert encoder.count_tokens("tramadol and exercise") < 10
    assert encoder.count_tokens("pain " * 400) == 400
    assert encoder.count_tokens("") == 0


def test_tokens_counted_word_by_word_are_those_of_the_whole_text(exported: tuple[Path, encoders.ExportReport]) -> None:
    encoder = encoders.OnnxEncoder(exported[0])
    whole = Tokenizer.from_file(str(exported[0] / encoders.TOKENIZER_FILE))
    whole.no_truncation()
    for text in (*TEXTS, "4.5 mg/day (p<0.05; 95 % CI −1.2–0.3)\n| n = 31 |\tÉtude naïve", "na­l­trexone x" * 3):
        assert encoder.count_tokens(text) == len(whole.encode(text, add_special_tokens=False).ids)


def test_no_texts_give_no_vectors(exported: tuple[Path, encoders.ExportReport]) -> None:
    assert encoders.OnnxEncoder(exported[0]).encode([]).shape == (0, 384)


def test_encoding_with_the_export_imports_no_torch(exported: tuple[Path, encoders.ExportReport]) -> None:
    program = (
        "import sys; from pathlib import Path; from fmqa.index.encoders import OnnxEncoder\n"
        "assert OnnxEncoder(Path(sys.argv[1])).encode(['pain']).shape == (1, 384)\n"
        "print(sorted({'torch', 'onnx', 'transformers', 'sentence_transformers'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", program, exported[0]], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_an_export_is_the_same_bytes_each_time(tiny_model: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        encoders.export(str(tiny_model), tmp_path / name)
    for name in encoders.EXPORT_FILES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_int8_that_strays_from_the_reference_is_replaced_by_float32(tiny_model: Path, tmp_path: Path) -> None:
    report = encoders.export(str(tiny_model), tmp_path, limits=(0.99999, 0.99999, 1.0))
    assert report.info.precision == "float32"
    assert "int8 differs too much" in report.note
    assert report.min_cosine > 0.99999
    encoder = encoders.OnnxEncoder(tmp_path)
    assert encoder.info == report.info
    reference = encoders.ReferenceEncoder(str(tiny_model))
    np.testing.assert_allclose(encoder.encode(TEXTS), reference.encode(TEXTS), atol=1e-5)
    assert {path.name for path in tmp_path.iterdir()} == set(encoders.EXPORT_FILES)


def test_the_fingerprint_follows_weights_and_settings(tiny_model: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in tiny_model.rglob("*"):
        if path.is_file():
            target = copy / path.relative_to(tiny_model)
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(path.read_bytes())
    assert encoders.model_fingerprint(str(copy)) == encoders.model_fingerprint(str(tiny_model))
    (copy / "sentence_bert_config.json").write_text('{"max_seq_length": 64}')
    assert encoders.model_fingerprint(str(copy)) != encoders.model_fingerprint(str(tiny_model))


def test_a_folder_without_a_model_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="FMQA_ENCODER"):
        encoders.model_folder(str(tmp_path))


def test_a_damaged_export_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    encoders.export(str(tiny_model), tmp_path)
    for name in encoders.EXPORT_FILES:
        original = (tmp_path / name).read_bytes()
        for content in (None, b"", b"{}", b"noise"):
            (tmp_path / name).unlink()
            if content is not None:
                (tmp_path / name).write_bytes(content)
            with pytest.raises(IndexUnusable, match="rebuild the index"):
                encoders.OnnxEncoder(tmp_path)
            (tmp_path / name).write_bytes(original)


# --- the encoder of our own -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, encoders.ExportReport]:
    """The shipped encoder as a build takes it."""
    folder = tmp_path_factory.mktemp("own")
    return folder, encoders.export(encoders.SHIPPED_MODEL, folder)


def test_our_own_encoder_computes_here_what_it_was_published_to_compute(
    own: tuple[Path, encoders.ExportReport],
) -> None:
    folder, report = own
    assert report.info.precision == "int8"
    assert report.mean_cosine > 0.98
    assert report.note == ""
    weights = encoders.model_folder(encoders.SHIPPED_MODEL)
    assert report.info.model_sha256 == encoders.model_fingerprint(encoders.SHIPPED_MODEL)
    assert report.info.model_sha256 == encoders.model_fingerprint(str(weights))
    reference = encoders.ReferenceEncoder(encoders.SHIPPED_MODEL).encode(TEXTS)
    assert reference.dtype == np.float32
    assert np.min(np.sum(reference * encoders.OnnxEncoder(folder).encode(TEXTS), axis=1)) > 0.95


def test_our_own_encoder_is_the_one_that_is_used_if_nothing_is_set(
    shipped: tuple[Settings, BuildReport], own: tuple[Path, encoders.ExportReport]
) -> None:
    settings, report = shipped
    assert settings.encoder == Settings.model_fields["encoder"].default == encoders.SHIPPED_MODEL
    used = settings.index / report.generation / "encoder"
    for name in encoders.EXPORT_FILES:
        assert (used / name).read_bytes() == (own[0] / name).read_bytes()


def test_our_own_encoder_is_taken_without_torch(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from fmqa.index import encoders\n"
        "encoders.export(encoders.SHIPPED_MODEL, Path(sys.argv[1]))\n"
        "print(sorted({'torch', 'onnx', 'transformers', 'sentence_transformers'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_other_weights_under_the_name_of_our_own_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "encoder"
    shutil.copytree(encoders.SHIPPED_FOLDER, copy)
    monkeypatch.setattr(encoders, "SHIPPED_FOLDER", copy)

    def take(folder: Path) -> None:
        encoders.model_folder(encoders.SHIPPED_MODEL)
        encoders.export(encoders.SHIPPED_MODEL, folder)

    take(tmp_path / "export")
    for name in encoders.SHIPPED_SHA256:
        kept = (copy / name).read_bytes()
        (copy / name).write_bytes(kept + b" ")
        with pytest.raises(Unavailable, match="install fmqa again"):
            take(tmp_path / "export")
        (copy / name).write_bytes(kept)
    take(tmp_path / "export")


def test_our_own_encoder_finds_the_statement_that_a_question_of_the_corpus_asks_for(
    own: tuple[Path, encoders.ExportReport],
) -> None:
    encoder = encoders.OnnxEncoder(own[0], threads=2)
    held = [
        (span.statement, document.text[span.start : span.end])
        for document in loading.load(Path(__file__).parents[2] / "corpus").documents
        for span in document.statements
    ]
    vectors = encoder.encode([text for _, text in held])
    asked = [(row, statement.answers[0]) for row, (statement, _) in enumerate(held) if statement.answers][::8]
    near = encoder.encode([question for _, question in asked]) @ vectors.T
    found = [row in np.argsort(-scores)[:10] for (row, _), scores in zip(asked, near, strict=True)]
    assert np.mean(found) > 0.7
