"""Fits an encoder further to the questions of one corpus, and keeps it only if it finds more of those held out."""

import json
import random
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final

import torch

from fmqa.corpus import loading
from fmqa.errors import Conflict, Unavailable
from fmqa.index import encoders
from fmqa.tuning import held_out
from fmqa.tuning.batches import SHORT, PackBatches
from fmqa.tuning.held_out import Figures, Trial
from fmqa.tuning.loop import train
from fmqa.tuning.network import Network, mixed, write_model
from fmqa.tuning.pack import PackStatement, statements
from fmqa.types import Record

FEWEST_QUESTIONS: Final = 40
"""With fewer, what is held out says nothing."""
FEWEST_STATEMENTS: Final = 10
SHARES: Final = (1.0, 0.7, 0.5, 0.3)
"""Of what was learned, that are tried; the greatest of the best is taken."""
STEPS: Final = 200
RATE: Final = 2e-5
CHECKPOINT_SECONDS: Final = 30.0
RECORD_FILE: Final = "tuning.json"

Progress = Callable[[str, int, int], None]


class Report(Record):
    """What a fit was made of and what it brought; ``tuning.json`` in the folder that is written."""

    start: str
    seed: int
    steps: int
    questions: int
    statements: int
    held_out_questions: int
    held_out_statements: int
    share: float
    before: Figures
    after: Figures

    @property
    def gained(self) -> bool:
        """Whether more held-out questions find their statement first, and not fewer find it among five."""
        return _gained(self.before, self.after)


def tune(
    model: str,
    corpus: Path,
    out: Path,
    *,
    steps: int = STEPS,
    seed: int = 0,
    rate: float = RATE,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
    progress: Progress | None = None,
) -> Report:
    """Fit an encoder to the questions of a corpus, and write it if that brings something.

    While it runs, checkpoints lie beside ``out``; the same call goes on from them. Nothing uses what is written until
    ``FMQA_ENCODER`` names it.

    Args:
        model: The encoder to start from; see ``fmqa.index.encoders.model_folder``.
        corpus: Folder of the corpus.
        out: The sentence-transformers folder to write; it must not be there yet.
        steps: Batches that are learned from.
        seed: What chance starts from.
        rate: Highest rate of learning.
        checkpoint_seconds: Least time between two checkpoints.
        progress: Called with the step, how many of it are done, and how many there are.

    Returns:
        The figures on the held-out questions before and after. The folder is written only if ``gained``.

    Raises:
        Conflict: If ``out`` is there, or the corpus has too few questions.
        Unavailable: If the encoder or its weights are missing, or it is of another kind than can be fitted.
        BadCorpus: See ``fmqa.corpus.loading.load``.
    """
    if out.exists():
        raise Conflict(f"{out} is there already: name a folder that is not, or remove it first")
    told = progress or (lambda _step, _done, _total: None)
    folder = encoders.model_folder(model)
    _check_kind(folder)
    pack = statements(loading.load(corpus).documents)
    _check_size(pack)
    work = _beside(out)
    told("measure", 0, len(SHARES) + 1)
    network = Network(folder)
    trial = Trial(pack, partial(network.run, longest=SHORT))
    before = trial.figures(partial(network.run, longest=SHORT))
    told("measure", 1, len(SHARES) + 1)
    batches = PackBatches(network, trial.fitted_on)
    train(
        network,
        lambda step: batches.loss(random.Random(f"{seed} {step}")),
        work,
        steps=steps,
        rate=rate,
        checkpoint_seconds=checkpoint_seconds,
        run=_run_key(encoders.model_fingerprint(model), trial.fitted_on, seed, steps, rate),
        report=lambda done, total, _loss: told("tune", done, total),
    )
    found: dict[float, Figures] = {}
    for share in SHARES:
        found[share] = trial.figures(partial(mixed(folder, network, share).run, longest=SHORT))
        told("measure", len(found) + 1, len(SHARES) + 1)
    best = max(SHARES, key=lambda share: (_gained(before, found[share]), _worth(found[share]), share))
    counts = held_out.counts(trial)
    report = Report(
        start=model, seed=seed, steps=steps, share=best, before=before, after=found[best], **counts._asdict()
    )
    if report.gained:
        _write(folder, mixed(folder, network, best), out, report)
    shutil.rmtree(work, ignore_errors=True)
    return report


def _worth(figures: Figures) -> tuple[float, float]:
    return figures.first.value or 0.0, figures.among_five.value or 0.0


def _gained(before: Figures, after: Figures) -> bool:
    first, among = _worth(before)
    first_after, among_after = _worth(after)
    return first_after > first and among_after >= among


def _check_kind(folder: Path) -> None:
    """Raise Unavailable unless a model is of the kind that the network is: a BERT with the mean over its tokens."""
    wanted = "only a BERT with mean pooling, as fmqa-encoder is, can be fitted"
    try:
        config, modules, pooling = (
            json.loads((folder / name).read_text(encoding="utf-8"))
            for name in ("config.json", "modules.json", "1_Pooling/config.json")
        )
    except (OSError, ValueError) as error:
        raise Unavailable(f"{folder} cannot be read ({error}); {wanted}") from error
    kinds = [str(module["type"]).rpartition(".")[2] for module in modules]
    mean = pooling.get("pooling_mode_mean_tokens") or pooling.get("pooling_mode") == "mean"
    if config.get("model_type") != "bert" or kinds[:2] != ["Transformer", "Pooling"] or not mean or "Dense" in kinds:
        raise Unavailable(f"{folder} is a model of another kind ({', '.join(kinds)}); {wanted}")
    missing = [name for name in ("model.safetensors", "tokenizer.json") if not (folder / name).is_file()]
    if missing:
        raise Unavailable(f"{folder} has no {' and no '.join(missing)}; {wanted}")


def _check_size(pack: Sequence[PackStatement]) -> None:
    having = [statement for statement in pack if statement.questions]
    questions = sum(len(statement.questions) for statement in having)
    if questions < FEWEST_QUESTIONS or len(having) < FEWEST_STATEMENTS:
        raise Conflict(
            f"the statements of the corpus have {questions} questions ('answers:') on {len(having)} statements, and "
            f"fitting needs at least {FEWEST_QUESTIONS} on {FEWEST_STATEMENTS}: with fewer nobody could tell whether "
            "it helps"
        )


def _beside(out: Path) -> Path:
    """Return the folder of the checkpoint of a fit, beside what it will write."""
    work = out.with_name(f"{out.name}.unfinished")
    try:
        work.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(f"{work.parent} cannot be made ({error.strerror}); name another folder") from error
    return work


def _run_key(start: str, fitted_on: Sequence[PackStatement], seed: int, steps: int, rate: float) -> str:
    """Return what a checkpoint must be of to be gone on from."""
    rows = [(s.id, s.text, s.searched, s.plain, s.questions) for s in fitted_on]
    return sha256(json.dumps([start, rows, seed, steps, rate, torch.__version__]).encode()).hexdigest()


def _write(folder: Path, network: Network, out: Path, report: Report) -> None:
    unfinished = out.with_name(f"{out.name}.part")
    try:
        write_model(folder, network, unfinished)
        (unfinished / RECORD_FILE).write_text(report.model_dump_json(indent=1) + "\n", encoding="utf-8")
        (unfinished / "model.safetensors").chmod(0o644)  # safetensors writes for the owner alone
        unfinished.replace(out)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise Unavailable(f"{out} cannot be written ({error.strerror}); the same command goes on from here") from error
