"""README.md of a published data set: front matter, what it holds, how it was made, what is due."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from llmx_data.core.tables import LICENSE_COLUMNS
from llmx_data.license.findings import SHARING
from llmx_data.license.obligations import front_matter
from llmx_data.publish.making import making_section
from llmx_data.publish.mixture import mix_lines
from llmx_data.publish.shapes import Files, Shaped, card_lines, config_lines, front_lines

if TYPE_CHECKING:
    from llmx_data.publish.stage import Order

SIZES = [
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
    (100_000_000, "10M<n<100M"),
]
"""Size categories of the hub's data set cards."""


def data_card(order: Order, configs: dict[str, int], shaped: Sequence[Shaped], files: Files) -> str:
    """Front matter that `load_dataset` and the hub read, then a page for people.

    `files` are those of the records, with their sha256.
    """
    out = [g for g in order.groups if g["config"]]
    licenses = list(dict.fromkeys(g["license_concluded"] for g in out))
    front = _front(order, configs, licenses, shaped, files)
    return "\n".join([*front, *_page(order, configs, out, shaped)]) + "\n"


def _front(
    order: Order,
    configs: dict[str, int],
    licenses: list[str],
    shaped: Sequence[Shaped],
    files: Files,
) -> list[str]:
    total = sum(configs.values())
    size = next((word for limit, word in SIZES if total < limit), "n>100M")
    lines = ["---"]
    lines += [f"{key}: {value}" for key, value in front_matter(licenses, order.facts).items()]
    lines += [
        "language:",
        "- ja",
        f"pretty_name: {json.dumps(order.name, ensure_ascii=False)}",
        "size_categories:",
        f"- {size}",
        "task_categories:",
        "- text-generation",
        "tags:",
        "- llmx",
    ]
    if configs and "parquet" in order.formats:
        lines.append("configs:")
        first = main_config(order, configs)
        for config in sorted(configs):
            lines += config_lines(config, config, files)
            if config == first:
                lines.append("  default: true")
    more = front_lines(shaped, files)
    lines += more if "configs:" in lines or not more else ["configs:", *more]
    return [*lines, "---", ""]


def main_config(order: Order, configs: dict[str, int]) -> str:
    """Config that loads without a name: the largest one whose every use is allowed."""
    clear = {g["config"] for g in order.groups if g["result"] in ("ALLOW", "ALLOW_WITH")}
    return min(configs, key=lambda c: (c not in clear, -configs[c], c))


def _displays(order: Order) -> list[str]:
    """Words that a licence wants shown where the data is shown (Built with ...)."""
    words = dict.fromkeys(
        duty.words
        for verdict in order.verdicts
        for duty in verdict.obligations
        if duty.kind == "display" and duty.words and verdict.act in SHARING
    )
    return [line for word in words for line in (f"> {word}", "")]


def _page(
    order: Order,
    configs: dict[str, int],
    out: list[dict[str, object]],
    shaped: Sequence[Shaped],
) -> list[str]:
    lines = [f"# {order.name}", "", *_displays(order)]
    if order.description:
        lines += [order.description, ""]
    if order.date:
        lines += [f"Date: {order.date}", ""]
    lines += ["| config | records |", "|---|--:|"]
    lines += [f"| {config} | {count:,} |" for config, count in sorted(configs.items())]
    lines += card_lines(shaped)
    lines += [
        "",
        "## Licences",
        "",
        f"This is a {order.purpose['mode']}: each record keeps its own licence, in the column "
        "`license`. Credits are in ATTRIBUTION.md, licence texts in LICENSES/.",
        "",
        "| source | records | licence | declared | database | adaptation | use in question |",
        "|---|--:|---|---|---|---|---|",
    ]
    for g in out:
        acts = g["acts"]
        assert isinstance(acts, dict)
        doubtful = ", ".join(
            f"{a}: {r}" for a, r in acts.items() if r not in ("ALLOW", "ALLOW_WITH")
        )
        lines.append(
            f"| {g['source']} | {g['records']:,} | {g['license_concluded']} | "
            f"{g['license_declared']} | {g['license_db'] or ''} | {g['adaptation']} | "
            f"{doubtful or 'none'} |"
        )
    if order.waivers:
        lines += ["", "Settled by a person:", "", *(f"- {words}" for words in order.waivers)]
    lines += [
        "",
        "## How it was made",
        "",
        "| step | came in | dropped | reasons |",
        "|---|--:|--:|---|",
    ]
    for entry in order.steps:
        reasons = ", ".join(f"{r} {c['records']:,}" for r, c in entry["dropped"].items())
        dropped = sum(c["records"] for c in entry["dropped"].values())
        came = entry["came"].get("records", 0)
        lines.append(f"| {entry['step']} | {came:,} | {dropped:,} | {reasons} |")
    lines += mix_lines(order.mix) if order.mix is not None else []
    lines += making_section(order)
    lines += [
        "",
        "## Files beside the data",
        "",
        "- ATTRIBUTION.md: credits, changes and duties of each source. NOTICE, where there is one: "
        "words that licences ask for. LICENSES/: their texts.",
        "- AUDIT.md, audit.json: every verdict with its reasons. A row belongs to the group that "
        f"has the same {', '.join(f'`{c}`' for c in LICENSE_COLUMNS)}.",
        "- croissant.json (Croissant 1.1), spdx.jsonld (SPDX 3.0.1): the same for machines.",
        "- TRAINING_CONTENT_SUMMARY.md: a draft to be completed by whoever trains a model on it.",
        "",
        "Made with llmx. The audit is a reading of licence texts by rule, not legal advice.",
    ]
    return lines
