"""Checkpoints that are whole: marked when all is written, found again when a run goes on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from llmx_data.core.errors import DataError
from llmx_data.core.storage import read_json, write_json

WHOLE = "whole.json"
"""Written last into a checkpoint: one without it was cut off, and is not gone on from."""


@dataclass
class Counters:
    """Counted over the whole run, over every interruption."""

    tokens: int = 0
    """Read, padding not counted."""
    supervised: int = 0
    rows: int = 0
    """Rows, or packs of rows."""
    seconds: float = 0.0
    """Spent on steps: evaluation and saving not counted."""
    elapsed: float = 0.0
    """Spent on everything since training began."""


def mark_whole(folder: Path, step: int, fingerprint: str, counters: Counters) -> None:
    """Write WHOLE into a checkpoint: sizes of its files, our counts; PEFT's card is removed."""
    (folder / "README.md").unlink(missing_ok=True)
    write_json(
        folder / WHOLE,
        {
            "step": step,
            "fingerprint": fingerprint,
            "counters": asdict(counters),
            "files": _sizes(folder),
        },
    )


def last_whole(checkpoints: Path, fingerprint: str) -> tuple[Path, Counters] | None:
    """Find the newest checkpoint that is whole, and what was counted until it.

    Errors: DataError where it was made by another recipe or other data.
    """
    found = [p for p in checkpoints.glob("checkpoint-*") if (p / WHOLE).is_file()]
    for folder in sorted(found, key=lambda p: int(p.name.rpartition("-")[2]), reverse=True):
        told = read_json(folder / WHOLE)
        if told["fingerprint"] != fingerprint:
            raise DataError(
                f"{folder}: made by another recipe, other data or another model\n    remove "
                f"{checkpoints}, or give this run another name"
            )
        sizes = _sizes(folder)
        if all(sizes.get(name) == size for name, size in told["files"].items()):
            return folder, Counters(**told["counters"])
    return None


def _sizes(folder: Path) -> dict[str, int]:
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != WHOLE)
    return {str(p.relative_to(folder)): p.stat().st_size for p in files}
