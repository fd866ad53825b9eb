"""The network that is trained: MiniLM with the mean over its tokens, in plain PyTorch.

A checkpoint is a folder: ``model.safetensors`` in float32, ``optimizer.pt`` and ``state.json``. Batches are a function
of seed and step alone, so a run that was ended goes on as if it had not been.
"""

import json
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import safetensors.torch
import torch
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

from fmqa.types import FloatArray

CHECKPOINT_SECONDS: Final = 120.0
THREADS: Final = 2


def has_bf16() -> bool:
    """Return whether this processor multiplies bfloat16 itself; elsewhere autocast only costs time."""
    try:
        return "avx512_bf16" in Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False


class Network(torch.nn.Module):  # type: ignore[misc]  # torch is not type-checked
    """A BERT with one vector a text, and, where it reads pairs, a linear head over it."""

    def __init__(self, folder: Path, outputs: int = 0, layers: Sequence[int] | None = None) -> None:
        """Open the base model in a folder; a head, if any, starts at random with a fixed seed.

        Args:
            folder: Configuration, weights and tokenizer.
            outputs: Numbers that a head gives for a pair; 0 for an encoder without a head.
            layers: Which layers of the model are kept, in their order; all of them by default.
        """
        super().__init__()
        torch.manual_seed(0)
        torch.set_num_threads(THREADS)
        self.bert = BertModel(BertConfig.from_json_file(str(folder / "config.json")), add_pooling_layer=False)
        weights = safetensors.torch.load_file(str(folder / "model.safetensors"))
        self.bert.load_state_dict(
            {
                k.removeprefix("bert."): v.float()
                for k, v in weights.items()
                if "pooler" not in k and "position_ids" not in k
            }
        )
        if layers is not None:
            self.bert.encoder.layer = torch.nn.ModuleList(self.bert.encoder.layer[at] for at in layers)
            self.bert.config.num_hidden_layers = len(layers)
        self.head = torch.nn.Linear(self.bert.config.hidden_size, outputs) if outputs else None
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.autocast = has_bf16()

    def tokens(self, texts: Sequence[str] | Sequence[tuple[str, str]], longest: int) -> dict[str, torch.Tensor]:
        """Return the padded token ids of texts or pairs of texts, cut to a number of tokens."""
        self.tokenizer.enable_truncation(longest, strategy="longest_first")
        encoded = self.tokenizer.encode_batch(list(texts))
        width = max(len(one.ids) for one in encoded)
        ids, mask, kinds = (np.zeros((len(encoded), width), dtype=np.int64) for _ in range(3))
        for row, one in enumerate(encoded):
            ids[row, : len(one.ids)], mask[row, : len(one.ids)] = one.ids, 1
            kinds[row, : len(one.ids)] = one.type_ids
        return {
            "input_ids": torch.from_numpy(ids),
            "attention_mask": torch.from_numpy(mask),
            "token_type_ids": torch.from_numpy(kinds),
        }

    def forward(self, texts: Sequence[str] | Sequence[tuple[str, str]], longest: int) -> torch.Tensor:
        """Return unit vectors of texts, or the outputs of the head for pairs."""
        tokens = self.tokens(texts, longest)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.autocast):
            hidden = self.bert(**tokens).last_hidden_state.float()
        weight = tokens["attention_mask"].unsqueeze(-1).float()
        mean = (hidden * weight).sum(1) / weight.sum(1)
        if self.head is None:
            return torch.nn.functional.normalize(mean, dim=1)
        outputs: torch.Tensor = self.head(mean)
        return outputs

    def by_length(
        self, texts: Sequence[str] | Sequence[tuple[str, str]], longest: int, batch: int = 32
    ) -> torch.Tensor:
        """Return what ``forward`` gives, in the order of the texts, worked out in batches of like length."""
        order = sorted(range(len(texts)), key=lambda at: _length(texts[at]))
        parts = [
            self([texts[at] for at in order[start : start + batch]], longest) for start in range(0, len(order), batch)
        ]
        return torch.cat(parts)[torch.argsort(torch.tensor(order))]

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def run(self, texts: Sequence[str] | Sequence[tuple[str, str]], longest: int = 256) -> FloatArray:
        """Return the rows of ``by_length`` without dropout."""
        self.eval()
        found: FloatArray = self.by_length(texts, longest, 64).numpy()
        return found


def _length(text: str | tuple[str, str]) -> int:
    return len(text) if isinstance(text, str) else sum(map(len, text))


def say(words: str) -> None:
    """Write a line of progress with the time of day."""
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {words}\n")
    sys.stdout.flush()


def train(
    network: Network,
    loss_of: Callable[[int], torch.Tensor],
    folder: Path,
    *,
    steps: int,
    rate: float,
    warm_up: float = 0.06,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
) -> None:
    """Train a network in place, with checkpoints; go on from the last one in the folder if there is one.

    Args:
        network: What is trained.
        loss_of: The loss of a step, a function of the step's number alone.
        folder: Where checkpoints are kept.
        steps: How many steps in all; the rate falls to zero over them.
        rate: Highest rate of AdamW.
        warm_up: Share of the steps over which the rate rises.
        checkpoint_seconds: Least time between two checkpoints.
    """
    decayed = [p for p in network.parameters() if p.ndim > 1]
    rest = [p for p in network.parameters() if p.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.01}, {"params": rest, "weight_decay": 0.0}], lr=rate
    )
    first = _resume(network, optimizer, folder)
    saved, started, mean = time.monotonic(), time.monotonic(), 0.0
    network.train()
    for step in range(first, steps):
        done = step / steps
        now = rate * min(done / warm_up if warm_up else 1.0, (1 - done) / (1 - warm_up)) if done else rate / steps
        for group in optimizer.param_groups:
            group["lr"] = now
        torch.manual_seed(step)  # dropout, too, is the same after a resume
        loss = loss_of(step)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        mean = loss.item() if step == first else 0.95 * mean + 0.05 * loss.item()
        if step % 20 == 0 or step == steps - 1:
            pace = (step + 1 - first) / (time.monotonic() - started)
            left = (steps - step - 1) / pace / 60
            say(f"step {step + 1}/{steps}, loss {mean:.4f}, {pace:.2f} steps/s, {left:.1f} min to go")
        if time.monotonic() - saved > checkpoint_seconds or step == steps - 1:
            _save(network, optimizer, folder, step + 1)
            saved = time.monotonic()
    network.eval()


def _save(network: Network, optimizer: Any, folder: Path, step: int) -> None:
    unfinished = folder.with_name(folder.name + ".part")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    safetensors.torch.save_file(network.state_dict(), str(unfinished / "model.safetensors"))
    torch.save(optimizer.state_dict(), unfinished / "optimizer.pt")
    (unfinished / "state.json").write_text(json.dumps({"step": step}), encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.replace(folder)


def _resume(network: Network, optimizer: Any, folder: Path) -> int:
    if not (folder / "state.json").is_file():
        return 0
    load(network, folder)
    optimizer.load_state_dict(torch.load(folder / "optimizer.pt", weights_only=True))
    step = int(json.loads((folder / "state.json").read_text(encoding="utf-8"))["step"])
    say(f"going on after step {step}")
    return step


def load(network: Network, folder: Path) -> None:
    """Load the weights of a checkpoint into a network."""
    network.load_state_dict(safetensors.torch.load_file(str(folder / "model.safetensors")))
