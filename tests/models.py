"""Models small enough to be made in a moment; what they say means nothing, but obeys every law."""

import json
import os
import string
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def _tiny_bert(folder: Path) -> Any:
    """Write a tokenizer over letters, and return the configuration of a two-layer BERT that fits it."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors  # noqa: PLC0415
    from transformers import BertConfig  # noqa: PLC0415

    letters = string.ascii_lowercase + string.digits + string.punctuation
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *letters, *(f"##{letter}" for letter in letters)]
    tokenizer = Tokenizer(models.WordPiece({word: n for n, word in enumerate(words)}, unk_token="[UNK]"))  # noqa: S106
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.enable_padding(length=64)  # as MiniLM's file has it
    folder.mkdir(parents=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    tokens = {"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "[PAD]"}
    (folder / "tokenizer_config.json").write_text(json.dumps(tokens), encoding="utf-8")
    return BertConfig(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=128,
        initializer_range=0.5,
    )


def save_tiny_cross_encoder(folder: Path, labels: Sequence[str], seed: int = 0) -> Path:
    """Write a classifier of pairs of texts with random weights of a seed, and these labels."""
    import torch  # noqa: PLC0415  # only tests of models wait for it
    from transformers import BertForSequenceClassification  # noqa: PLC0415

    config = _tiny_bert(folder)
    config.id2label = dict(enumerate(labels))
    config.label2id = {label: n for n, label in enumerate(labels)}
    torch.manual_seed(seed)
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


def save_tiny_model(folder: Path, seed: int = 0) -> Path:
    """Write a sentence-transformers model with random weights of a seed, mean pooling and normalisation."""
    import torch  # noqa: PLC0415  # only tests that build an index wait for it
    from transformers import BertModel  # noqa: PLC0415

    config = _tiny_bert(folder)
    torch.manual_seed(seed)
    BertModel(config).save_pretrained(folder)
    pooling = folder / "1_Pooling"
    pooling.mkdir()
    for path, content in {
        folder / "sentence_bert_config.json": {"max_seq_length": 128, "do_lower_case": False},
        pooling / "config.json": {"word_embedding_dimension": 32, "pooling_mode_mean_tokens": True},
        folder / "modules.json": [
            {"idx": n, "name": str(n), "path": path, "type": f"sentence_transformers.models.{kind}"}
            for n, (path, kind) in enumerate(
                [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
            )
        ],
    }.items():
        path.write_text(json.dumps(content), encoding="utf-8")
    return folder
