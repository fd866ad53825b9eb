"""A sentence-transformers model small enough to export in a moment; its vectors mean nothing, but obey every law."""

import json
import os
import string
from pathlib import Path


def save_tiny_model(folder: Path, seed: int = 0) -> Path:
    """Write a two-layer BERT over letters, with random weights of a seed, mean pooling and normalisation."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    import torch  # noqa: PLC0415  # only tests that build an index wait for it
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors  # noqa: PLC0415
    from transformers import BertConfig, BertModel  # noqa: PLC0415

    letters = string.ascii_lowercase + string.digits + string.punctuation
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *letters, *(f"##{letter}" for letter in letters)]
    tokenizer = Tokenizer(models.WordPiece({word: n for n, word in enumerate(words)}, unk_token="[UNK]"))  # noqa: S106
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.enable_padding(length=64)  # as MiniLM's file has it
    folder.mkdir(parents=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=128,
        initializer_range=0.5,
    )
    BertModel(config).save_pretrained(folder)
    pooling = folder / "1_Pooling"
    pooling.mkdir()
    for path, content in {
        folder / "tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "[PAD]"},
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
