"""The network that is trained: a BERT such as MiniLM with the mean over its tokens, in plain PyTorch."""

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import safetensors.torch
import torch
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

from fmqa.types import FloatArray

MOST_THREADS: Final = 8
"""More bring nothing at short texts."""


def has_bf16() -> bool:
    """Return whether this processor multiplies bfloat16 itself; elsewhere autocast only costs time."""
    try:
        return "avx512_bf16" in Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False


def cores() -> int:
    """Return how many cores this process may use; more threads than that would only wait for each other."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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
        torch.set_num_threads(min(MOST_THREADS, cores()))
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


def mixed(base: Path, network: Network, share: float) -> Network:
    """Return a network whose weights stand between those of the base (0) and of a tuned one (1)."""
    result = Network(base)
    tuned = network.state_dict()
    result.load_state_dict({name: w + share * (tuned[name] - w) for name, w in result.state_dict().items()})
    result.eval()
    return result


def write_model(base: Path, network: Network, folder: Path, *, half: bool = False) -> None:
    """Write a network as a sentence-transformers folder: the base's files with other weights.

    Args:
        base: The folder that the network was opened from.
        network: An encoder without a head.
        folder: What is written; what was there is gone.
        half: Whether weights are kept in float16, half the size.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(
        base,
        folder,
        ignore=shutil.ignore_patterns("model.safetensors", "README.md", ".gitattributes", "data_config.json"),
    )
    tuned = {name: weight.detach().contiguous() for name, weight in network.bert.state_dict().items()}
    weights = safetensors.torch.load_file(str(base / "model.safetensors")) | tuned  # with what the network leaves out
    kept = torch.float16 if half else torch.float32
    weights = {name: weight.to(kept) if weight.is_floating_point() else weight for name, weight in weights.items()}
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    # Else transformers would compute in float16, too.
    (folder / "config.json").write_text(json.dumps(config | {"dtype": "float32"}, indent=1) + "\n", encoding="utf-8")
    safetensors.torch.save_file(weights, str(folder / "model.safetensors"), metadata={"format": "pt"})
