"""What does a question mean behind those before it? A small encoder of our own that reads them together.

Its vectors lie in the space of the shipped encoder: that of "and with bad kidneys?" behind a question on pregabalin
lies where the encoder puts "What dose of pregabalin with bad kidneys?" (conversational dense retrieval: Yu et al. 2021,
doi:10.1145/3404835.3462856). So nothing that is indexed changes by it. Another encoder has another space; there the
last question is put before the one that is asked, and both are encoded as one text.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import Final

from pydantic import Field, ValidationError

from fmqa.errors import IndexUnusable, Unavailable
from fmqa.files import file_sha256
from fmqa.index import encoders
from fmqa.index.encoders import MODEL_FILE, TOKENIZER_FILE, OnnxEncoder
from fmqa.types import FloatArray, Record

INFO_FILE: Final = "query_encoder.json"
SHIPPED_FOLDER: Final = Path(__file__).parent.parent / "models" / "query_encoder"
SHIPPED_SHA256: Final = MappingProxyType(
    {
        MODEL_FILE: "7b7fa12b43f902330737e9edd781c650fb6de516c579fa97a17b0a3ce1632304",
        TOKENIZER_FILE: "b2671b6b396976e3f5aef2c69ea482aa60a2a571933664ab36f352d655ecea29",
    }
)
"""SHA-256 of the files of our own query encoder, as ``python -m training ship`` printed them."""
EARLIER: Final = 3
"""Questions before the one that is asked that are read with it."""
_opening: Final = Lock()


class QueryEncoderInfo(Record):
    """What a query encoder is; ``query_encoder.json`` beside the model."""

    space: str = Field(description="Fingerprint of the encoder in whose space its vectors lie.")


def together(question: str, earlier: Sequence[str]) -> str:
    """Return what is read of a question and those before it, the last one first: what is cut off is the oldest."""
    return " | ".join((question, *earlier[:EARLIER]))


class QueryEncoder:
    """An exported query encoder. Safe to call from several threads at once."""

    def __init__(self, folder: Path, expected: Mapping[str, str] = MappingProxyType({})) -> None:
        """Open a query encoder.

        Args:
            folder: Folder with ``model.onnx``, ``tokenizer.json``, ``encoder.json`` and ``query_encoder.json``.
            expected: SHA-256 of files by their names, which they must have.

        Raises: Unavailable if a file is missing, damaged or not the one that was published.
        """
        try:
            for name, digest in expected.items():
                if file_sha256(folder / name) != digest:
                    raise Unavailable(
                        f"{folder / name} is not the file that fmqa was published with: install fmqa again"
                    )
            self.space = QueryEncoderInfo.model_validate_json((folder / INFO_FILE).read_bytes()).space
            self._encoder = OnnxEncoder(folder)
        except (OSError, ValidationError, IndexUnusable) as error:
            raise Unavailable(f"the model in {folder} cannot be read: install fmqa again ({error})") from error

    def encode(self, question: str, earlier: Sequence[str]) -> FloatArray:
        """Return the unit vector of what a question means, (dimension,) float32.

        Args:
            question: What was typed.
            earlier: What was typed before it, the last first; none for the first question of a conversation.
        """
        vector: FloatArray = self._encoder.encode([together(question, earlier)])[0]
        return vector


def shipped_for(encoder: OnnxEncoder) -> QueryEncoder | None:
    """Return the query encoder that comes with fmqa, opened once a process; None if an encoder has another space.

    Raises: Unavailable if a file of it is missing or another.
    """
    with _opening:
        return _shipped_in(encoder.info.model_sha256)


@cache
def _shipped_in(space: str) -> QueryEncoder | None:
    if space != encoders.model_fingerprint(encoders.SHIPPED_MODEL):
        return None
    return QueryEncoder(SHIPPED_FOLDER, SHIPPED_SHA256)
