"""The report of a training run: one self-contained page in Japanese and English."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from llmx_data.core.storage import write_json, write_text
from llmx_train import report_show as show
from llmx_train.curves import BASE, LEFT, RIGHT, TOP, as_plot, exponent
from llmx_train.forest import forests
from llmx_train.recipe import Sft
from llmx_train.report_facts import gather
from llmx_train.report_words import CHECKS, PHRASES, UNITS, WHY

HERE = Path(__file__).parent
PAGE, FACTS = "report.html", "report.json"

COUNTS = (
    "records", "kept", "over_length", "unsupervised", "truncated", "tokens", "supervised", "seen",
    "seen_tokens", "longest",
)  # fmt: skip
"""Columns of the table of data, in their order; other reasons come before `truncated`."""


def write_report(recipe: Sft, run: Path, facts: dict[str, Any]) -> Path:
    """Write report.json and report.html to the folder of a run, finished or not; give the page.

    Read from `run`: prepare.json, log.jsonl, samples.jsonl, train.json, eval/, package/. What is
    not there is told as not measured. Read from `facts`, all optional: `verdict` {result,
    outgoing, free, limits, acts: {act: result}, duties}, `preflight` [{check, status: ok|warn|fail,
    found, wanted}], `estimate` (of `memory.estimate`), `commands` {what: line}. Words may be a
    text, a pair (ja, en) or {ja, en}. The same folder and facts give the same bytes.
    Cost: 1 s for 10,000 rows of log.
    """
    told = gather(recipe, run, facts)
    write_json(run / FACTS, told)
    write_text(run / PAGE, render(told))
    return run / PAGE


def render(facts: dict[str, Any], lang: Literal["ja", "en"] = "ja") -> str:
    """Build the page from the facts of report.json; `lang` is the language shown first.

    Every text is escaped, nothing is loaded from elsewhere, and a content policy lets no other
    script run. Style and script are those of the data's report, with a few rules more.
    """
    script = _shared("page.js")
    style = _shared("style.css") + (HERE / "report.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    template = _environment().get_template("report.html.j2")
    page = template.render(
        f=facts,
        lang=lang,
        style=Markup(style),
        script=Markup(script),
        script_hash=f"sha256-{digest}",
        plots=[(curve, as_plot(curve)) for curve in facts["curves"]],
        counts=counts(facts["data"]),
    )
    return page.rstrip() + "\n"


def counts(data: dict[str, Any] | None) -> list[str]:
    """Columns of the table of data: those that are always there, and what any source has."""
    if data is None:
        return []
    found = {name for split in data["splits"].values() for name in split["all"]}
    found |= {n for split in data["splits"].values() for c in split["sources"].values() for n in c}
    at = COUNTS.index("truncated")
    return [*COUNTS[:at], *sorted(found - set(COUNTS)), *COUNTS[at:]]


def judged(comparison: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows of tasks on which a verdict could be given."""
    return [row for row in comparison["tasks"] if row["direction"] != "none"]


def bars(memory: dict[str, Any]) -> dict[str, Any]:
    """Give the bar of the estimate by parts, largest first, in per mille of the longest bar."""
    estimate = memory["estimate"] or {}
    total = estimate.get("total_gb")
    known = [v for v in (total, memory["budget_gb"], *memory["measured"].values()) if v]
    most = max(known, default=1.0)
    parts, at = [], 0.0
    by_size = sorted(estimate.get("parts_gb", {}).items(), key=lambda part: (-part[1], part[0]))
    for tone, (name, size) in enumerate(by_size):
        parts.append({"name": name, "gb": size, "tone": tone % show.TONES, "x": at,
                      "width": 1000 * size / most})  # fmt: skip
        at += 1000 * size / most
    return {"most": most, "total": total, "parts": parts}


def _shared(name: str) -> str:
    """Read a file of the data's report; a resource is read, no room is imported."""
    return (resources.files("llmx_data") / "report" / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    """Compile the templates once."""
    env = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters |= {
        "number": show.number, "share": show.share, "size": show.size, "pair": show.pair,
        "name": show.name, "given": show.given, "duration": show.duration,
    }  # fmt: skip
    env.globals |= {
        "t": show.say, "pair": show.pair, "style_of": show.style_of, "mark_at": show.mark_at,
        "change": show.change, "measured": show.measured, "bars": bars,
        "judged": judged, "forests": forests, "exponent": exponent, "units": UNITS,
        "why": WHY, "checks": CHECKS, "phrases": PHRASES,
        "box": {"left": LEFT, "right": RIGHT, "top": TOP, "base": BASE},
        "results": ("ALLOW", "ALLOW_WITH", "REVIEW", "DENY"),
    }  # fmt: skip
    return env
