"""Write report.json and report.html of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from llmx_data.core.storage import write_json, write_text


def write_report(facts: dict[str, Any], out: Path, lang: str = "ja") -> None:
    """Write both files; the page holds everything it shows and loads nothing."""
    from llmx_data.report.page import render

    write_json(out / "report.json", facts)
    write_text(out / "report.html", render(facts, lang=lang))  # type: ignore[arg-type]
