"""What dedup stores of each text: a 128-bit hash, or band keys; both of the folded text."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import numpy as np
import polars as pl

from llmx_data.core.part import Part
from llmx_data.kernels.text import Texts


class TextHash(Part):
    """128-bit hash of the text after NFKC without white space; null for an empty text.

    Gives: hash_high, hash_low (UInt64). Cost: 5 us per 1,000 characters, folding included.
    """

    def gives(self) -> dict[str, pl.DataType]:
        """Two halves."""
        return {"hash_high": pl.UInt64(), "hash_low": pl.UInt64()}

    def measure(self, texts: Texts) -> pl.DataFrame:
        """Hash every text."""
        from xxhash import xxh3_128_intdigest

        data = memoryview(texts.folded.points.data).cast("B")
        digests = [
            xxh3_128_intdigest(data[4 * start : 4 * stop]) if stop > start else None
            for start, stop in pairwise(texts.folded.offsets.tolist())
        ]
        low = (1 << 64) - 1
        return pl.DataFrame(
            {
                "hash_high": [None if d is None else d >> 64 for d in digests],
                "hash_low": [None if d is None else d & low for d in digests],
            },
            schema=self.gives(),
        )


class Bands(Part):
    """Band keys of a MinHash signature: 8 bytes a band and text; null without shingles.

    Gives: band_00 .. (UInt64), shingles_count (UInt32). Cost: 10 us per 1,000 characters.
    """

    n: int
    unit: Literal["auto", "chars", "words"]
    bands: int
    rows: int
    seed: int

    def names(self) -> list[str]:
        """Columns of the keys."""
        return [f"band_{i:02d}" for i in range(self.bands)]

    def gives(self) -> dict[str, pl.DataType]:
        """Name a key per band, and the number of shingles."""
        return {name: pl.UInt64() for name in self.names()} | {"shingles_count": pl.UInt32()}

    def measure(self, texts: Texts) -> pl.DataFrame:
        """Sign every text."""
        from llmx_data.kernels.minhash import text_band_keys
        from llmx_data.kernels.shingles import shingle_counts

        keys = text_band_keys(
            texts, n=self.n, unit=self.unit, bands=self.bands, rows=self.rows, seed=self.seed
        )
        counts = shingle_counts(texts, n=self.n, unit=self.unit)
        columns = {name: keys[:, i] for i, name in enumerate(self.names())}
        return pl.DataFrame(
            columns | {"shingles_count": counts.astype(np.uint32)}, schema=self.gives()
        )
