"""Write trained networks in the form that the product takes: int8 ONNX that needs no torch, with hashes."""

import shutil
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer

from fmqa.index import encoders
from fmqa.index.pairs import MODEL_FILE, TOKENIZER_FILE
from fmqa.index.query_encoder import INFO_FILE as QUERY_ENCODER_FILE
from fmqa.index.query_encoder import QueryEncoder, QueryEncoderInfo
from fmqa.index.reader import INFO_FILE as READER_FILE
from fmqa.index.reader import OnnxReader, ReaderInfo
from fmqa.index.verifier import INFO_FILE as VERIFIER_FILE
from fmqa.index.verifier import OnnxVerifier, VerifierInfo
from fmqa.tuning.network import Network, write_model
from fmqa.types import FloatArray
from training import reader, verifier
from training.records import file_sha256


def ship_encoder(base: Path, network: Network, folder: Path) -> encoders.ExportReport:
    """Write an encoder: the int8 export, its vectors of the probes, and the float16 weights it was made from."""
    folder.mkdir(parents=True, exist_ok=True)
    write_model(base, network, folder / encoders.REFERENCE_FOLDER, half=True)
    report = encoders.export(str(folder / encoders.REFERENCE_FOLDER), folder)
    (folder / encoders.REFERENCE_FOLDER / "model.safetensors").chmod(0o644)  # safetensors writes for the owner alone
    vectors = encoders.ReferenceEncoder(str(folder / encoders.REFERENCE_FOLDER)).encode(encoders.PROBES)
    np.save(folder / encoders.PROBES_FILE, vectors, allow_pickle=False)
    return report


def ship_query_encoder(base: Path, network: Network, folder: Path) -> QueryEncoder:
    """Write a query encoder as int8 ONNX with its tokenizer, and return it opened."""
    with TemporaryDirectory() as temporary:
        ship_encoder(base, network, Path(temporary))
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name in encoders.EXPORT_FILES:
            shutil.copyfile(Path(temporary) / name, folder / name)
    info = QueryEncoderInfo(space=encoders.model_fingerprint(encoders.SHIPPED_MODEL))
    (folder / QUERY_ENCODER_FILE).write_text(info.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return QueryEncoder(folder)


def ship_reader(base: Path, network: Network, folder: Path, calibration: dict[str, float]) -> OnnxReader:
    """Write a reader as int8 ONNX with its tokenizer and calibration, and return it opened."""
    info = ReaderInfo(**_ship_pairs(base, network, folder, reader.LONGEST), **calibration)
    (folder / READER_FILE).write_text(info.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return OnnxReader(folder)


def ship_verifier(base: Path, network: Network, folder: Path, temperature: float) -> OnnxVerifier:
    """Write a verifier as int8 ONNX with its tokenizer and temperature, and return it opened."""
    info = VerifierInfo(**_ship_pairs(base, network, folder, verifier.LONGEST), temperature=temperature)
    (folder / VERIFIER_FILE).write_text(info.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return OnnxVerifier(folder)


def _ship_pairs(base: Path, network: Network, folder: Path, longest: int) -> dict[str, Any]:
    """Write graph and tokenizer of what reads pairs, and return their hashes and the longest pair."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(longest, strategy="longest_first")
    (folder / TOKENIZER_FILE).write_text(tokenizer.to_str(), encoding="utf-8")
    full = folder / "float32.onnx"
    _trace(network, full)
    encoders.quantise(full, folder / MODEL_FILE)
    full.unlink()
    return {
        "model_sha256": file_sha256(folder / MODEL_FILE),
        "tokenizer_sha256": file_sha256(folder / TOKENIZER_FILE),
        "max_tokens": longest,
    }


class _OnePair(torch.nn.Module):  # type: ignore[misc]  # torch is not type-checked
    """From the token ids of one pair to its numbers."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        if network.head is None:
            raise ValueError("an encoder reads no pairs")
        self.bert, self.head = network.bert, network.head

    def forward(self, input_ids: Any, token_type_ids: Any) -> Any:
        hidden = self.bert(input_ids=input_ids, token_type_ids=token_type_ids).last_hidden_state
        return self.head(hidden.mean(1))[0]


def _trace(network: Network, target: Path) -> None:
    example = (torch.arange(1, 10).reshape(1, 9), torch.tensor([[0, 0, 0, 0, 1, 1, 1, 1, 1]]))
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the older exporter is deprecated, but its graph can be quantised
        torch.onnx.export(
            _OnePair(network).eval(),
            example,
            str(target),
            input_names=["input_ids", "token_type_ids"],
            output_names=["number"],
            dynamic_axes={"input_ids": {1: "tokens"}, "token_type_ids": {1: "tokens"}},
            opset_version=encoders.OPSET,
            dynamo=False,
        )


def scores_of(network: Network, pairs: list[tuple[str, str]]) -> FloatArray:
    """Return the numbers of a reader that is not exported, (n,)."""
    numbers: FloatArray = network.run(pairs, reader.LONGEST)[:, 0]
    return numbers
