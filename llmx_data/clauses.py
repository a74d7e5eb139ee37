"""`llmx why RUN ID --license`: from a record's source to its verdict, clause by clause."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from llmx_data.core.errors import DataError
from llmx_data.core.storage import read_json
from llmx_data.core.tables import LICENSE_COLUMNS as COLUMNS
from llmx_data.license.sentences import Lang
from llmx_data.why import story

LIGHT = ("verbatim", "technical")
WORDS: dict[str, dict[Lang, str]] = {
    "record": {"en": "record", "ja": "レコード"},
    "source": {"en": "source", "ja": "ソース"},
    "credit": {"en": "credit", "ja": "出典"},
    "declared": {"en": "declared", "ja": "申告"},
    "origin": {"en": "recovered", "ja": "復元"},
    "concluded": {"en": "concluded", "ja": "結論"},
    "database": {"en": "database", "ja": "データベース"},
    "text": {"en": "text", "ja": "本文"},
    "generator": {"en": "written by", "ja": "生成"},
    "owes": {"en": "owes", "ja": "義務"},
    "goes": {"en": "goes out in", "ja": "収録先"},
    "gone": {"en": "does not go out", "ja": "収録されない"},
}


def license_story(path: Path, start: str) -> dict[str, Any]:
    """Gather what a record's licence rests on: declared, recovered, concluded, and the verdicts.

    Errors: RecipeError when no record, or more than one, begins with `start`; DataError without an
    audit.
    """
    found = story(path, start)
    record, audit = found["record"], path / "audit" / "audit.json"
    if not audit.is_file():
        raise DataError(f"{path}: has no audit/audit.json\n    llmx curate RECIPE makes one")
    edited = bool(found["edits"]) and record["adaptation"] in LIGHT
    facts = {name: record[name] for name in COLUMNS} | {"terms": sorted(record["terms"] or [])}
    facts["adaptation"] = "normalized" if edited else record["adaptation"]
    group = _group(read_json(audit)["groups"], facts)
    return {
        **{name: record[name] for name in ("id", "source", "source_key", "title", "url")},
        "attribution": record["attribution"],
        "facts": facts,
        "edits": sorted({f"{e['what']} ({e['step']})" for e in found["edits"]}),
        "origin": _origin(path, record["id"]),
        "group": group,
        "drops": found["drops"],
        "published": found["published"] and found["published"]["file"],
    }


def _group(groups: list[dict[str, Any]], facts: dict[str, Any]) -> dict[str, Any] | None:
    """Audited situation of a record; None if it was dropped before the audit and has no like."""
    same = (g for g in groups if all(g[n] == facts[n] for n in COLUMNS))
    return next(same, None)


def _origin(path: Path, record_id: str) -> dict[str, Any] | None:
    table = path / "origins.parquet"
    if not table.is_file():
        return None
    rows = pl.scan_parquet(table).filter(pl.col("id") == record_id).collect().to_dicts()
    return rows[0] if rows else None


def license_page(path: Path, start: str, lang: Lang) -> str:
    """Tell it for people."""
    found = license_story(path, start)
    facts, group, origin = found["facts"], found["group"], found["origin"]
    credit = " ".join(found[n] for n in ("title", "url", "attribution") if found[n])
    card = f" ({group['card']})" if group is not None and group.get("card") else ""
    rows = [
        ("record", found["id"]),
        ("source", f"{found['source']}{card}  {found['source_key']}"),
        ("credit", " ".join(credit.split())[:200]),
        ("declared", f"{facts['license_declared']} ({facts['license_basis']})"),
        ("origin", f"{origin['origin']} ({origin['method']})" if origin is not None else ""),
        ("concluded", group["license_concluded"] if group is not None else ""),
        ("database", facts["license_db"] or ""),
        ("generator", facts["generator"] or ""),
        ("text", "; ".join([facts["adaptation"], *found["edits"], *facts["terms"]])),
    ]
    lines = [f"{_label(name, lang)}{value}" for name, value in rows if value]
    if group is not None:
        lines += _verdicts(group, lang)
    where = found["published"]
    if where:
        return "\n".join([*lines, f"{_label('goes', lang)}{where}"])
    why = ", ".join(f"{d['step']}: {d['reason']}" for d in found["drops"])
    return "\n".join([*lines, f"{WORDS['gone'][lang]}: {why}"])


def _label(name: str, lang: Lang) -> str:
    return f"{WORDS[name]['ja']}: " if lang == "ja" else f"{WORDS[name]['en']:<12}"


def _verdicts(group: dict[str, Any], lang: Lang) -> list[str]:
    lines = [f"{result:<12}{act}" for act, result in group["acts"].items()]
    lines += [
        f"  {r['result']} {r[lang]} [{r['rule']}, {r['license']} {r['section']}]"
        for r in group["reasons"]
    ]
    duties = [f"  {duty[lang]}" for duty in group["obligations"]]
    return [*lines, *([WORDS["owes"][lang], *duties] if duties else [])]
