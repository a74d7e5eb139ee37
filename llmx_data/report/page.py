"""The report page: report.json as one self-contained HTML file in Japanese and English."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from llmx_data.license.sentences import Pair
from llmx_data.report import figures, histogram
from llmx_data.report.glossary import explain, feature_name, reason_name
from llmx_data.report.spoken import figure_columns, figure_rows, has_fewer, rejected_name
from llmx_data.report.wheel import sectors
from llmx_data.report.words import EDITS, NAMES, PHRASES, step_name

HERE = Path(__file__).parent
UNITS = ("records", "chars", "tokens")
LANGS = ("ja", "en")
RESULTS = ("ALLOW", "ALLOW_WITH", "REVIEW", "DENY")

MISSING: dict[str, Any] = {
    "description": None,
    "purpose": {},
    "verdict": {},
    "funnel": [],
    "kept": {},
    "sources": [],
    "histograms": [],
    "synthesis": [],
    "samples": {},
    "costs": [],
    "files": [],
    "commands": {},
}
"""What a report without these sections means by leaving them out."""


def render(facts: dict[str, Any], lang: Literal["ja", "en"] = "ja") -> str:
    """Build the whole page from the facts of report.json; same facts, same bytes.

    Both languages are in it and a button switches; `lang` is the one shown first. Every text is
    escaped, nothing is loaded from elsewhere, and a content policy lets no other script run.
    """
    script = (HERE / "page.js").read_text(encoding="utf-8")
    whole = MISSING | facts
    page = (
        _environment()
        .get_template("template.html.j2")
        .render(
            f=whole,
            lang=lang,
            units=units(whole),
            results=RESULTS,
            langs=LANGS,
            reasons=figures.reason_totals(whole["funnel"]),
            tones=figures.tones(whole["funnel"]),
            style=Markup((HERE / "style.css").read_text(encoding="utf-8")),
            script=Markup(script),
            script_hash=_hash(script),
        )
    )
    return page.rstrip() + "\n"


def units(facts: dict[str, Any]) -> list[str]:
    """Units that the run counted: always records, the others where a figure is above 0."""
    counts = [facts["kept"], *(entry["came"] for entry in facts["funnel"])]
    return [u for u in UNITS if u == "records" or any(c.get(u) for c in counts)]


def say(key: str, /, tag: str = "span", **values: str | Pair) -> Markup:
    """Speak a phrase in both languages; a value that is a pair is spoken in each of them."""
    spoken = []
    for at in (0, 1):
        own = {name: v[at] if isinstance(v, tuple) else v for name, v in values.items()}
        spoken.append(PHRASES[key][at].format(**own))
    return pair((spoken[0], spoken[1]), tag)


def pair(words: Pair, tag: str = "span") -> Markup:
    """Put both languages in, of which the style sheet shows one; `tspan` inside an SVG text."""
    if words[0] == words[1]:
        return Markup("{}").format(words[0])
    both = '<{0} class="w" lang="ja">{1}</{0}><{0} class="w" lang="en">{2}</{0}>'
    return Markup(both).format(Markup(tag), *words)


def number(value: float | None) -> str:
    """Thousands separated; four digits of a fraction; a dash for what is not known."""
    if value is None:
        return "–"
    if float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,.1f}" if abs(value) >= 1000 else f"{value:.4g}"


def share(part: float | None, whole: float | None) -> str:
    """Per cent with one decimal, never a 0.0 for something that is there."""
    if part is None or not whole:
        return "–"
    return "< 0.1%" if 0 < part / whole < 0.0005 else f"{part / whole * 100:.1f}%"


def size(count: int) -> str:
    """Bytes in decimal units: 1.2 MB is 1,200,000 bytes."""
    value, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return f"{count:,} B" if unit == "B" else f"{value:,.1f} {unit}"


def grouped(obligations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Say each sentence once, with all (license, section) that ask for it, in their order.

    A sentence that ends in its own `[license section]` loses it: the page shows that apart.
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for duty in obligations:
        own = f" [{duty.get('license')} {duty.get('section')}]"
        words = (duty["ja"].removesuffix(own), duty["en"].removesuffix(own))
        cites = found.setdefault(words, {"words": words, "cites": []})["cites"]
        cite = (duty.get("license"), duty.get("section"))
        if cite not in cites and any(cite):
            cites.append(cite)
    return list(found.values())


def deciding(source: dict[str, Any]) -> list[dict[str, Any]]:
    """Grounds that carry a source's result; those that say no result of their own count."""
    return [r for r in source["reasons"] if r.get("result", source["result"]) == source["result"]]


def is_link(text: str | None) -> bool:
    """Whether an address may become a link: only the web, never `javascript:`."""
    return bool(text) and str(text).startswith(("https://", "http://"))


def _name(word: object) -> Pair:
    text = number(word) if isinstance(word, int | float) else str(word)
    return NAMES.get(text, (text, text))


def _hash(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


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
    env.filters |= {"number": number, "share": share, "size": size, "pair": pair, "name": _name}
    env.globals |= {
        "t": say,
        "pair": pair,
        "reason_name": reason_name,
        "feature_name": feature_name,
        "step_name": step_name,
        "explain": explain,
        "amount": figures.amount,
        "stages": figures.stages,
        "plot": histogram.plot,
        "figure_columns": figure_columns,
        "figure_rows": figure_rows,
        "has_fewer": has_fewer,
        "rejected_name": rejected_name,
        "sectors": sectors,
        "grouped": grouped,
        "is_link": is_link,
        "deciding": deciding,
        "phrases": PHRASES,
        "edit_names": EDITS,
    }
    return env
