"""A run directory: its lock, its state files, its clock; what exists in it is whole."""

from __future__ import annotations

import fcntl
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from llmx_data.core.errors import EnvironmentTrouble, RecipeError
from llmx_data.core.storage import make_folder, read_json, remove_temporaries, write_json
from llmx_data.core.store import FeatureStore


@dataclass
class Run:
    """`runs/<name>/`: recipe.resolved.yaml, manifest.json, run.json, steps/, store/, dataset/..."""

    path: Path
    timings: dict[str, dict[str, float]] = field(default_factory=dict)

    @property
    def store(self) -> Path:
        """Folder of everything content-addressed."""
        return self.path / "store"

    @property
    def features(self) -> FeatureStore:
        """The features measured so far."""
        return FeatureStore(self.store / "features")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep a second process out of this run; half-written files of a killed one are removed."""
        make_folder(self.path)
        with (self.path / "run.lock").open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise EnvironmentTrouble(
                    f"{self.path}: another llmx process works in this run\n    wait for it, or "
                    "give this one another folder with --out"
                ) from error
            remove_temporaries(self.path)
            (self.path / "traceback.txt").unlink(missing_ok=True)
            yield

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        """Add wall seconds, this process's CPU and peak memory of a block to run.json."""
        began, used = time.perf_counter(), time.process_time()
        try:
            yield
        finally:
            entry = self.timings.setdefault(what, {"seconds": 0.0, "own_cpu_seconds": 0.0})
            entry["seconds"] = round(entry["seconds"] + time.perf_counter() - began, 3)
            used = time.process_time() - used
            entry["own_cpu_seconds"] = round(entry["own_cpu_seconds"] + used, 3)
            entry["peak_mb"] = peak_mb()

    def save_timings(self) -> None:
        """Write run.json; durations and memory live here and nowhere in the data set."""
        write_json(self.path / "run.json", {"timings": self.timings, "peak_mb": peak_mb()})


def peak_mb() -> float:
    """Peak resident memory in MB: this process, and the largest worker that has ended."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    unit = 1024 if sys.platform == "linux" else 1024**2  # KiB on Linux, bytes on macOS
    return round(max(own, children) / unit, 1)


def open_run(path: Path) -> tuple[Run, dict[str, Any]]:
    """Open a finished run for reading: the run and its manifest."""
    manifest = path / "manifest.json"
    if not manifest.is_file():
        raise RecipeError(f"{path}: not a finished run (no manifest.json)\n    llmx curate RECIPE")
    facts = read_json(manifest)
    for shard in facts["shards"]:
        shard["path"] = str(path / shard["path"])
    return Run(path), facts
