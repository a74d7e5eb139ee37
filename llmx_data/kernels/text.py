"""Texts as code points: decode UTF-8 once, fold once, share both between kernels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray


@dataclass(frozen=True)
class Codepoints:
    """Unicode code points of n texts end to end.

    `points` is uint32; text i is `points[offsets[i]:offsets[i + 1]]`; `offsets` is int64, n + 1.
    """

    points: NDArray[np.uint32]
    offsets: NDArray[np.int64]

    def __len__(self) -> int:
        """Count the texts."""
        return len(self.offsets) - 1

    def take(self, rows: NDArray[np.int64]) -> Codepoints:
        """Copy some of the texts. Cost: 1 us per 1,000 characters."""
        starts, ends = self.offsets[rows], self.offsets[rows + 1]
        pieces = [self.points[a:b] for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(ends - starts)])
        return Codepoints(np.concatenate([np.zeros(0, np.uint32), *pieces]), offsets)


class Texts:
    """A batch of texts with its decoded and folded forms, each computed once when first asked for.

    `series` is the polars column (String; null is allowed and reads as empty here).
    """

    def __init__(self, series: pl.Series) -> None:
        self.series = series

    def __len__(self) -> int:
        """Count the texts."""
        return len(self.series)

    def take(self, rows: NDArray[np.int64]) -> Texts:
        """Take some of the texts with the forms computed so far, which costs less than anew."""
        some = Texts(self.series.gather(rows))
        for name in ("points", "folded", "normal"):
            if name in self.__dict__:
                some.__dict__[name] = self.__dict__[name].take(rows)
        if "classes" in self.__dict__:
            some.__dict__["classes"] = self.classes[rows]
        return some

    @cached_property
    def points(self) -> Codepoints:
        """Code points as they are."""
        return decode(self.series)

    @cached_property
    def folded(self) -> Codepoints:
        """Code points after NFKC with all white space removed."""
        from llmx_data.kernels.fold import fold

        return fold(self.series, self.points)

    @cached_property
    def normal(self) -> Codepoints:
        """Code points after NFKC, white space kept."""
        from llmx_data.kernels.fold import fold

        return fold(self.series, self.points, blanks=True)

    @cached_property
    def classes(self) -> NDArray[np.int64]:
        """Code points per text and class: `count_classes` of `kernels/chars.py`."""
        from llmx_data.kernels.chars import count_classes

        return count_classes(self.points)


def decode(series: pl.Series) -> Codepoints:
    """Code points of every text; null counts as empty. Cost: 3 us per 1,000 characters."""
    from llmx_data.kernels.utf8 import points_of

    return Codepoints(*points_of(series))


def to_strings(texts: Codepoints) -> pl.Series:
    """Encode texts back into a String column, for those who need folded text as strings."""
    from llmx_data.kernels.utf8 import strings_of

    return strings_of(texts.points, texts.offsets)
