"""`llmx why RUN ID`: one record's story, from the input to the data set or to its drop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from llmx_data.core.errors import RecipeError
from llmx_data.core.part import content_key
from llmx_data.core.run import Run, open_run
from llmx_data.core.storage import read_json
from llmx_data.core.tables import RECORDS
from llmx_data.dedup.stage import edges_path
from llmx_data.select.keys import key_values
from llmx_data.work import unit_path


def story(path: Path, start: str) -> dict[str, Any]:
    """Where a record came from, every feature measured, what was done to it, where it went.

    Errors: RecipeError when no record, or more than one, begins with `start`.
    """
    run, manifest = open_run(path)
    number, row = _find(manifest, start)
    shard = manifest["shards"][number]
    record = pl.read_parquet(shard["path"]).row(row, named=True)
    mine = pl.col("id") == record["id"]
    drops = [r for f in sorted((path / "drops").glob("*.parquet")) for r in _rows(f, mine)]
    return {
        "record": record,
        "features": _features(run, shard, record["id"]),
        "drops": drops,
        "edits": _side(run, manifest, number, "edits", mine),
        "evidence": _side(run, manifest, number, "evidence", mine),
        "caps": _side(run, manifest, number, "caps", mine),
        "mixed": _mixed(path, _side(run, manifest, number, "mixed", mine)),
        "duplicates": _duplicates(run, manifest, record["id"]),
        "published": None if drops else _published(path, record["id"]),
    }


def _features(run: Run, shard: dict[str, Any], record_id: str) -> dict[str, Any]:
    features: dict[str, Any] = {}
    for folder in sorted((run.store / "features").glob("*")):
        file = folder / f"{shard['key']}.parquet"
        if file.exists() and not _is_fingerprint(folder.name):
            for values in _rows(file, pl.col("id") == record_id):
                features |= {k: v for k, v in values.items() if k != "id"}
    return features


def _side(
    run: Run, manifest: dict[str, Any], number: int, kind: str, mine: pl.Expr
) -> list[dict[str, Any]]:
    """Rows about a record in the side tables of the units that went over its shard."""
    keys = [unit["keys"][number] for unit in manifest["units"]]
    files = [unit_path(run.store, key, f"{kind}.parquet") for key in keys if key]
    return [row for file in files if file.exists() for row in _rows(file, mine)]


def _mixed(path: Path, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Tell what a mix took a record for, with the name of the run it is from."""
    if not rows:
        return []
    runs = read_json(path / "dataset" / "mix.json")["runs"]
    return [row | {"run": runs[row["share"]]["name"]} for row in rows]


def _duplicates(run: Run, manifest: dict[str, Any], record_id: str) -> list[dict[str, Any]]:
    files = [edges_path(run.store, content_key(unit["keys"])) for unit in manifest["units"]]
    mine = (pl.col("id_a") == record_id) | (pl.col("id_b") == record_id)
    return [row for file in files if file.exists() for row in _rows(file, mine)]


def _is_fingerprint(name: str) -> bool:
    return "fingerprint-" in name


def _find(manifest: dict[str, Any], start: str) -> tuple[int, int]:
    """Find the shard and the position in it of the one record whose id begins so."""
    hits: list[tuple[int, int]] = []
    for number, shard in enumerate(manifest["shards"]):
        ids = pl.read_parquet(shard["path"].replace(".parquet", ".sizes.parquet"), columns=["id"])
        for row in ids["id"].str.starts_with(start).arg_true().to_list():
            hits.append((number, row))
    if len(hits) != 1:
        raise RecipeError(
            f"{len(hits)} records have an id that begins with '{start}'"
            + (
                "\n    give more characters of it"
                if hits
                else "\n    ids are in drops/ and dataset/"
            )
        )
    return hits[0]


def _rows(file: Path, condition: pl.Expr) -> list[dict[str, Any]]:
    return pl.scan_parquet(file).filter(condition).collect().to_dicts()


def _published(path: Path, record_id: str) -> dict[str, Any] | None:
    files = [
        f for split in ("train", "dev") for f in (path / "dataset").glob(f"*/{split}-*.parquet")
    ]
    for file in sorted(files):
        rows = _rows(file, pl.col("id") == record_id)
        if rows:
            return {
                "file": str(file.relative_to(path)),
                "license": rows[0]["license"],
                "text": rows[0]["text"],
            }
    return None


def story_page(path: Path, start: str) -> str:
    """`llmx why` for people."""
    found = story(path, start)
    record = found["record"]
    lines = [f"record   {record['id']}", f"source   {record['source']}  {record['source_key']}"]
    for name in ("title", "url", "date", "attribution"):
        if record[name]:
            lines.append(f"{name:<8} {' '.join(record[name].split())[:200]}")
    lines += [
        f"licence  {record['license_declared']} (declared; {record['license_basis']})"
        + (f", database {record['license_db']}" if record["license_db"] else ""),
        f"text     {record['adaptation']}, {len(record['text']):,} characters: "
        f"{' '.join(record['text'][:120].split())}",
    ]
    if found["features"]:
        lines.append("measured")
        lines += [f"  {name:<32} {_short(value)}" for name, value in found["features"].items()]
    for twin in found["duplicates"]:
        other = twin["id_b"] if twin["id_a"] == record["id"] else twin["id_a"]
        lines.append(
            f"similar  {other}  Jaccard {twin['jaccard']:.3f}, containment "
            f"{twin['containment']:.3f} ({twin['method']})"
        )
    for edit in found["edits"]:
        lines.append(
            f"edited   at {edit['step']}: {edit['what']} in {edit['field']}"
            f"[{edit['start']}:{edit['end']}], published as {edit['replacement']}"
        )
    for item in found["evidence"]:
        lines.append(
            f"overlap  {item['evaluation']}: {item['hits_count']} of {item['grams_count']} n-grams,"
            f" longest run {item['example']}"
        )
    for cap in found["caps"]:
        group = key_values(pl.DataFrame([record], schema=RECORDS), [cap["key"]]).item()
        lines.append(f"capped   at {cap['step']}: {cap['key']} is {group}")
    for mixed in found["mixed"]:
        times = f"{mixed['weight']} time{'s' * (mixed['weight'] > 1)} an epoch"
        seen = f", seen {times}" if mixed["split"] == "train" else ""
        lines.append(f"mixed    from {mixed['run']} into {mixed['split']}{seen}")
        lines.append(f"cluster  {mixed['cluster']}")
    for drop in found["drops"]:
        lines.append(f"dropped  at {drop['step']}: {drop['reason']}{_because(drop)}")
    if found["published"]:
        lines.append(f"kept     {found['published']['file']} under {found['published']['license']}")
    return "\n".join(lines)


def _because(drop: dict[str, Any]) -> str:
    text = (
        f" ({_short(drop['value'])}, threshold {_short(drop['threshold'])})"
        if (drop["value"] is not None)
        else ""
    )
    text += f"; {drop['kept_id']} stays" if drop["kept_id"] else ""
    return text + (f"; also {', '.join(drop['also'])}" if drop["also"] else "")


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
