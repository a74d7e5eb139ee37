"""What the user sees while it runs: a live line on a terminal, plain lines elsewhere, or JSON."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

PLAIN_EVERY = 5.0
"""Seconds between two plain lines of one stage; ours."""


class Talk:
    """Progress and notes on stderr; results go to stdout and are not this class's business."""

    def __init__(self, *, as_json: bool = False, quiet: bool = False) -> None:
        self.as_json = as_json
        self.quiet = quiet
        self._console = Console(stderr=True, highlight=False)
        self._live: Progress | None = None
        self._stage = ""
        self._total: int | None = None
        self._done = 0
        self._unit = ""
        self._more: dict[str, int] = {}
        self._started = self._last = time.monotonic()

    def note(self, text: str) -> None:
        """Say one sentence."""
        if self.as_json:
            self._event("note", text=text)
        elif not self.quiet:
            self._console.print(text, markup=False, soft_wrap=True)

    def stage(self, name: str, total: int | None = None, unit: str = "records") -> None:
        """Begin a stage of `total` units; the one before ends."""
        self.end()
        self._stage, self._total, self._done, self._unit = name, total, 0, unit
        self._more = {}
        self._started = self._last = time.monotonic()
        if self.as_json:
            self._event("stage", name=name, total=total, unit=unit)
        elif not self.quiet and self._console.is_terminal:
            self._live = Progress(
                TextColumn("{task.description:<28}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"),
                TimeElapsedColumn(),
                TimeRemainingColumn(),
                console=self._console,
                transient=True,
            )
            self._live.start()
            self._live.add_task(name, total=total, rate="")

    def advance(self, units: int, more: Mapping[str, int] | None = None) -> None:
        """Count finished units of the stage, and `more` by name: `tokens` are told as a rate."""
        self._done += units
        for name, count in (more or {}).items():
            self._more[name] = self._more.get(name, 0) + count
        if self._live is not None:
            task = self._live.task_ids[0]
            self._live.update(task, completed=self._done, rate=self._rate())
        elif time.monotonic() - self._last > PLAIN_EVERY and self._stage:
            self._last = time.monotonic()
            self._plain()

    def end(self) -> None:
        """End the stage with one line that says how many and how fast."""
        if self._live is not None:
            self._live.stop()
            self._live = None
        if self._stage:
            if self.as_json:
                self._event(
                    "done",
                    name=self._stage,
                    units=self._done,
                    unit=self._unit,
                    seconds=round(time.monotonic() - self._started, 2),
                )
            elif not self.quiet:
                self._plain()
        self._stage = ""

    def _rate(self) -> str:
        seconds = max(time.monotonic() - self._started, 1e-3)
        rate = self._done / seconds
        told = [f"{rate:,.{1 if 0 < rate < 10 else 0}f} {self._unit}/s"]
        for name, count in sorted(self._more.items()):
            if count:
                told.append(
                    f"{count / seconds:,.0f} {name}/s" if name == "tokens" else f"{count:,} {name}"
                )
        return ", ".join(told)

    def _left(self, seconds: float) -> str:
        """How long the rest may take, while a stage of known length goes on."""
        if self._total is None or not 0 < self._done < self._total:
            return ""
        left = seconds * (self._total - self._done) / self._done
        return f", {left:,.0f} s left" if left < 600 else f", {left / 3600:.1f} h left"

    def _plain(self) -> None:
        if self.as_json:
            self._event(
                "progress", name=self._stage, units=self._done, total=self._total, **self._more
            )
            return
        if self.quiet:
            return
        seconds = time.monotonic() - self._started
        of = f" of {self._total:,}" if self._total is not None and self._done < self._total else ""
        self._console.print(
            f"{self._stage:<28} {self._done:>9,}{of} {self._unit} {seconds:6.1f} s  {self._rate()}"
            f"{self._left(seconds)}",
            markup=False,
            soft_wrap=True,
        )

    def _event(self, event: str, **facts: Any) -> None:
        sys.stderr.write(json.dumps({"event": event, **facts}, ensure_ascii=False) + "\n")
        sys.stderr.flush()
