"""audit.json and AUDIT.md: the verdicts of a run with their reasons."""

from __future__ import annotations

from pathlib import Path

from llmx_data.audit.groups import Audited
from llmx_data.core.storage import write_json, write_text
from llmx_data.license.facts import Facts
from llmx_data.license.schema import Purpose


def write_audit(purpose: Purpose, facts: Facts, result: Audited, out: Path) -> None:
    """Write audit.json, with every verdict and its reasons, and AUDIT.md for people."""
    write_json(
        out / "audit.json",
        {
            "purpose": purpose.model_dump(mode="json"),
            "result": result.result.name,
            "facts": facts.hash,
            "groups": [g.table() for g in result.groups],
            "fix": result.fix.table() if result.fix is not None else None,
            "twins": [t.__dict__ for t in result.twins],
            "filters": result.filters,
            "waivers": [w.model_dump(mode="json") for w in result.waivers],
            "together": [
                {"act": v.act, "result": v.result.name, "reasons": [r.en for r in v.reasons]}
                for v in result.verdicts
                if v.subject is None
            ],
        },
    )
    lines = [
        f"# Licence audit: {purpose.title or purpose.name}",
        "",
        f"Acts: {', '.join(purpose.act)}; mode: {purpose.mode}; policy: {purpose.policy}. "
        f"Result: **{result.result.name}**. This is not legal advice.",
        "",
        "| source | records | chars | tokens | declared | concluded | database | adaptation "
        "| result |",
        "|---|--:|--:|--:|---|---|---|---|---|",
    ]
    for group in result.groups:
        f = group.facts
        lines.append(
            f"| {f['source']} | {f['records']:,} | {f['chars']:,} | {_number(f['tokens'])} | "
            f"{f['license_declared']} | {group.license} | "
            f"{f['license_db'] or ''} | {f['adaptation']} | {group.result.name} |"
        )
    if result.fix is not None:
        said = result.fix.say()
        lines += ["", f"{said[0].upper()}{said[1:]}."]
    lines += ["", "## Why", ""]
    why: dict[str, list[str]] = {}
    for group in result.groups:
        why.setdefault(f"### {group.facts['source']} ({group.license})", []).extend(
            f"- {r['result']}: {r['en']} [{r['rule']}, {r['license']} {r['section']}]"
            for r in group.table()["reasons"]
        )
    for head, reasons in why.items():
        lines += [head, "", *dict.fromkeys(reasons), ""]
    if result.twins:
        lines += ["## Seen elsewhere", "", *(f"- {t.say()}" for t in result.twins), ""]
    if result.waivers:
        lines += ["## Waivers", "", *(f"- {w.words()}" for w in result.waivers), ""]
    if result.filters:
        lines += ["## Data that filters learned from", "", "Role: filter. Not published.", ""]
        lines += [
            f"- {f['result']}: {f['name']} ({f['license']}), in {f['model']}"
            for f in result.filters
        ]
    write_text(out / "AUDIT.md", "\n".join(lines) + "\n")


def _number(count: int | None) -> str:
    return f"{count:,}" if count else ""
