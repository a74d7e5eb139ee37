"""Token counts with a SentencePiece model or a tokenizer.json."""

from __future__ import annotations

from functools import cache
from typing import Any

import polars as pl

from llmx_data.core.errors import MissingPackage


def count_tokens(texts: pl.Series, model: str) -> pl.Series:
    """Tokens of each text, without special tokens; UInt32, null for null.

    `model` is the path of a SentencePiece .model or of a tokenizer.json. Cost: 30 us per 1,000
    characters with SentencePiece. Errors: MissingPackage for a tokenizer.json without tokenizers.
    """
    encode = _encoder(model)
    counts = [None if text is None else encode(text) for text in texts]
    return pl.Series("tokens_count", counts, dtype=pl.UInt32)


@cache
def _encoder(model: str) -> Any:
    if model.endswith(".json"):
        try:
            from tokenizers import Tokenizer
        except ImportError as error:
            raise MissingPackage("tokenizers", "train") from error
        loaded = Tokenizer.from_file(model)
        return lambda text: len(loaded.encode(text, add_special_tokens=False).ids)
    from sentencepiece import SentencePieceProcessor

    processor = SentencePieceProcessor(model_file=model)
    return lambda text: len(processor.encode(text))
