"""Texts seen elsewhere: copies that dedup removed, and the doubt that a stricter one raises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from llmx_data.core.storage import read_parquet
from llmx_data.core.tables import TWINS
from llmx_data.license.facts import UNKNOWN, Facts
from llmx_data.license.freedom import license_rank
from llmx_data.license.sentences import Lang


@dataclass(frozen=True)
class Twin:
    """Texts of one source that stood in another under its own licence.

    `doubt`: the copy that went had the stricter licence, so one of the two may be labelled wrongly.
    `independent`: no card says that one source was made of the other; only then does the freer
    licence stand on its own feet.
    """

    source: str
    license: str
    twin_source: str
    twin_license: str
    records: int
    doubt: bool
    independent: bool

    def say(self, lang: Lang = "en") -> str:
        """Tell it in a sentence."""
        if lang == "ja":
            made = "" if self.independent else "一方は他方から作られたとカードにある。"
            which = "どちらかの表示が誤りかもしれない。" if self.doubt else ""
            return (
                f"{self.source}（{self.license}）の {self.records:,} 件は {self.twin_source}"
                f"（{self.twin_license}）にもある。{which}{made}"
            )
        made = "" if self.independent else " A card says that one was made of the other."
        which = " One of the two may be labelled wrongly." if self.doubt else ""
        return (
            f"{self.records:,} texts of {self.source} ({self.license}) also stand in "
            f"{self.twin_source} ({self.twin_license}).{which}{made}"
        )


def read_twins(paths: Sequence[Path], facts: Facts, cards: dict[str, str]) -> list[Twin]:
    """Twins of other sources in the files of dedup units; doubts first, then the most texts."""
    frames = [read_parquet(path) for path in paths if path.exists()]
    if not frames:
        return []
    by = [n for n in TWINS.names() if n not in ("reason", "records")]
    table = pl.concat(frames).group_by(by).agg(pl.col("records").sum()).sort(by)
    found = [_twin(row, facts, cards) for row in table.iter_rows(named=True)]
    others = [t for t in found if t.source != t.twin_source or t.license != t.twin_license]
    return sorted(others, key=lambda t: (not t.doubt, -t.records, t.source, t.twin_source))


def _twin(row: dict[str, Any], facts: Facts, cards: dict[str, str]) -> Twin:
    kept, gone = row["kept_license"], row["license_declared"]
    stricter = license_rank(gone, facts) > license_rank(kept, facts)
    return Twin(
        row["kept_source"],
        kept,
        row["source"],
        gone,
        row["records"],
        doubt=stricter and gone != UNKNOWN,
        independent=not _related(row["kept_source"], row["source"], facts, cards),
    )


def _related(one: str, other: str, facts: Facts, cards: dict[str, str]) -> bool:
    """Whether a card says that one source was made of the other, or both of a third."""
    names = [_lineage(cards.get(source, source), facts) for source in (one, other)]
    return bool(names[0] & names[1])


def _lineage(name: str, facts: Facts) -> frozenset[str]:
    """Ids of a data set and of all it was made of."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        card = facts.card(next_ := waiting.pop())
        known = card.id if card is not None else next_
        if known not in found:
            found.add(known)
            waiting += card.upstream if card is not None else ()
    return frozenset(found)
