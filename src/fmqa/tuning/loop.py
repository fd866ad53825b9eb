"""The loop of training: steps, their rate, checkpoints.

A checkpoint is a folder: ``model.safetensors`` in float32, ``optimizer.pt`` and ``state.json``. Batches are a function
of seed and step alone, so a run that was ended goes on as if it had not been.
"""

import json
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import safetensors.torch
import torch

from fmqa.tuning.network import Network

CHECKPOINT_SECONDS: Final = 120.0
WEIGHTS_FILE, OPTIMIZER_FILE, STATE_FILE = "model.safetensors", "optimizer.pt", "state.json"


def train(
    network: Network,
    loss_of: Callable[[int], torch.Tensor],
    folder: Path,
    *,
    steps: int,
    rate: float,
    warm_up: float = 0.06,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
    run: str = "",
    report: Callable[[int, int, float], None] | None = None,
) -> None:
    """Train a network in place, with checkpoints; go on from the last one in the folder if it is of the same run.

    Args:
        network: What is trained.
        loss_of: The loss of a step, a function of the step's number alone.
        folder: Where checkpoints are kept.
        steps: How many steps in all; the rate falls to zero over them.
        rate: Highest rate of AdamW.
        warm_up: Share of the steps over which the rate rises.
        checkpoint_seconds: Least time between two checkpoints.
        run: What the run rests on; a checkpoint of another one is not gone on from.
        report: Called with the steps done, the steps in all and the mean loss: first with those that a checkpoint had,
            then after every step.
    """
    decayed = [p for p in network.parameters() if p.ndim > 1]
    rest = [p for p in network.parameters() if p.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.01}, {"params": rest, "weight_decay": 0.0}], lr=rate
    )
    first, mean = _resume(network, optimizer, folder, run), 0.0
    if report is not None:
        report(first, steps, mean)
    saved = time.monotonic()
    network.train()
    for step in range(first, steps):
        for group in optimizer.param_groups:
            group["lr"] = _rate(step, steps, rate, warm_up)
        torch.manual_seed(step)  # dropout, too, is the same after a resume
        loss = loss_of(step)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        mean = loss.item() if step == first else 0.95 * mean + 0.05 * loss.item()
        if report is not None:
            report(step + 1, steps, mean)
        if time.monotonic() - saved > checkpoint_seconds or step == steps - 1:
            _save(network, optimizer, folder, {"step": step + 1, "run": run})
            saved = time.monotonic()
    network.eval()


def _rate(step: int, steps: int, highest: float, warm_up: float) -> float:
    """Return the rate of a step: it rises over the warm-up, then falls to zero."""
    done = step / steps
    if not done:
        return highest / steps
    return highest * min(done / warm_up if warm_up else 1.0, (1 - done) / (1 - warm_up))


def _save(network: Network, optimizer: Any, folder: Path, state: Mapping[str, Any]) -> None:
    unfinished = folder.with_name(folder.name + ".part")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    safetensors.torch.save_file(network.state_dict(), str(unfinished / WEIGHTS_FILE))
    torch.save(optimizer.state_dict(), unfinished / OPTIMIZER_FILE)
    (unfinished / STATE_FILE).write_text(json.dumps(state), encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.replace(folder)


def _resume(network: Network, optimizer: Any, folder: Path, run: str) -> int:
    """Load the checkpoint of a run, if there is one, and return how many steps it had done."""
    if not (folder / STATE_FILE).is_file():
        return 0
    state = json.loads((folder / STATE_FILE).read_text(encoding="utf-8"))
    if state.get("run", "") != run:
        return 0
    load(network, folder)
    optimizer.load_state_dict(torch.load(folder / OPTIMIZER_FILE, weights_only=True))
    return int(state["step"])


def load(network: Network, folder: Path) -> None:
    """Load the weights of a checkpoint into a network."""
    network.load_state_dict(safetensors.torch.load_file(str(folder / WEIGHTS_FILE)))
