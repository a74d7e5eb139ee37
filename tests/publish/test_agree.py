"""Everything in a published folder tells the same: licences, counts, credits, duties, bytes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from llmx_data.core.tables import LICENSE_COLUMNS
from tests.publish.mixed import LLAMA, PHONE, publish_mix, records
from tests.road.help import digests

LICENSES = {"Apache-2.0", "CC-BY-4.0", "CC-BY-SA-4.0", "LicenseRef-PDL-1.0-JP", "MIT"}
COUNTS = {
    ("asked", "MIT"): 4,
    ("essays", "CC-BY-4.0"): 3,
    ("made", "Apache-2.0"): 6,
    ("public", "LicenseRef-PDL-1.0-JP"): 2,
    ("wiki", "CC-BY-SA-4.0"): 5,
}


def read(dataset: Path, name: str) -> str:
    return (dataset / name).read_text(encoding="utf-8")


def graph(dataset: Path) -> dict[str, dict[str, Any]]:
    elements = json.loads(read(dataset, "spdx.jsonld"))["@graph"]
    return {e["spdxId"]: e for e in elements if "spdxId" in e}


def by_records(dataset: Path) -> set[str]:
    return set(records(dataset)["license"])


def by_texts(dataset: Path) -> set[str]:
    return {path.stem for path in (dataset / "LICENSES").iterdir()} - {"ODC-By-1.0"}


def by_audit(dataset: Path) -> set[str]:
    return {g["license_concluded"] for g in json.loads(read(dataset, "audit.json"))["groups"]}


def by_croissant(dataset: Path) -> set[str]:
    page = json.loads(read(dataset, "croissant.json"))
    return {Path(address).name.removesuffix(".md") for address in page["license"]}


def by_spdx(dataset: Path) -> set[str]:
    elements = graph(dataset)
    (root,) = [i for i, e in elements.items() if e["type"] == "dataset_DatasetPackage"]
    (license_id,) = [
        e["to"][0]
        for e in elements.values()
        if e.get("relationshipType") == "hasConcludedLicense" and e["from"] == root
    ]
    return set(elements[license_id]["simplelicensing_licenseExpression"].split(" AND "))


def by_card(dataset: Path) -> set[str]:
    return {row[2] for row in cells(read(dataset, "README.md")) if len(row) == 7}


def by_attribution(dataset: Path) -> set[str]:
    return set(re.findall(r"^- Licence: \[([\w.-]+)\]", read(dataset, "ATTRIBUTION.md"), re.M))


def by_summary(dataset: Path) -> set[str]:
    page = read(dataset, "TRAINING_CONTENT_SUMMARY.md")
    return {row[3] for row in cells(page) if len(row) == 7}


def cells(page: str) -> list[list[str]]:
    """Rows of the tables of a page, without their heads."""
    rows = [line.split("|")[1:-1] for line in page.splitlines() if line.startswith("| ")]
    plain = [[cell.strip() for cell in row] for row in rows]
    return [row for row in plain if row[0] not in ("source", "config", "step")]


TELL = [by_records, by_texts, by_audit, by_croissant, by_spdx, by_card, by_attribution, by_summary]


@pytest.mark.parametrize("tell", TELL)
def test_the_licences(mix: Path, tell: Any) -> None:
    assert tell(mix) == LICENSES


def test_the_counts(mix: Path) -> None:
    counted = records(mix).group_by("source", "license").len().rows()
    assert {(source, name): count for source, name, count in counted} == COUNTS
    audited: dict[tuple[str, str], int] = {}
    for g in json.loads(read(mix, "audit.json"))["groups"]:
        key = (g["source"], g["license_concluded"])
        audited[key] = audited.get(key, 0) + g["records"]
    assert audited == COUNTS
    card: dict[tuple[str, str], int] = {}
    for row in cells(read(mix, "README.md")):
        if len(row) == 7:
            card[row[0], row[2]] = card.get((row[0], row[2]), 0) + int(row[1])
    assert card == COUNTS
    told = {e["name"]: e["comment"] for e in graph(mix).values() if e.get("summary")}
    page = read(mix, "ATTRIBUTION.md")
    for (source, _), count in COUNTS.items():
        assert told[source].startswith(f"{count} records")
        assert f"({count} records)" in page.split(f"### {source}\n")[1].split("###")[0]


def test_the_front_matter(mix: Path) -> None:
    front = yaml.safe_load(read(mix, "README.md").split("---")[1])
    assert (front["license"], front["license_name"]) == ("other", "per-record")
    assert (mix / front["license_link"]).is_file()
    names = [config["config_name"] for config in front["configs"]]
    sets = [found["@id"] for found in json.loads(read(mix, "croissant.json"))["recordSet"]]
    assert names == sets == sorted(p.name for p in mix.iterdir() if list(p.glob("train-*")))
    if len(names) > 2:
        assert {n.partition("-")[2] for n in names} == {
            "apache-2.0", "cc-by-4.0", "cc-by-sa-4.0", "mit", "pdl-1.0-jp"
        }  # fmt: skip


def test_any_row_leads_to_its_verdict(mix: Path) -> None:
    """The columns of a row name exactly one audited group, and that has its licence and config."""
    groups = [
        {c: g[c] for c in LICENSE_COLUMNS if c != "terms"}
        | {"terms": "\n".join(g["terms"]), "concluded": g["license_concluded"]}
        for g in json.loads(read(mix, "audit.json"))["groups"]
    ]
    table = pl.DataFrame(groups, schema=dict.fromkeys([*LICENSE_COLUMNS, "concluded"], pl.String))
    rows = records(mix).with_columns(terms=pl.col("terms").list.sort().list.join("\n"))
    joined = rows.join(table, on=LICENSE_COLUMNS, how="left", nulls_equal=True)
    assert joined.height == rows.height == 20
    assert joined["license"].to_list() == joined["concluded"].to_list()


def test_every_duty_is_listed_and_held_where_it_says(mix: Path) -> None:
    page, sections = read(mix, "ATTRIBUTION.md"), 0
    asked = page.split("## What each source asks for")[1]
    for group in json.loads(read(mix, "audit.json"))["groups"]:
        for duty in group["obligations"]:
            sections += 1
            own = asked.split(f"### {group['source']}\n")[1].split("###")[0]
            (line,) = [
                ln
                for ln in own.splitlines()
                if ln.startswith(f"- {duty['en'].replace('{database}', group['source'])}")
            ]
            held = line.partition(" Here: ")[2]
            assert held == "" or (mix / held).is_file()
    assert sections > 10


def test_what_was_changed_is_told(mix: Path) -> None:
    edited = records(mix).filter(pl.col("adaptation") == "normalized")
    assert edited["source"].to_list() == ["wiki", "wiki"]
    assert edited["text"].str.count_matches("〈電話番号〉").to_list() == [2, 1]
    assert not any(PHONE in text for text in edited["text"])
    wiki = read(mix, "ATTRIBUTION.md").split("### wiki\n")[1].split("###")[0]
    assert "- Changes: verbatim 3, normalized 2 records; 01-pii: phone in 2 records" in wiki


def test_authors_and_generator_are_named(mix: Path) -> None:
    page, summary = read(mix, "ATTRIBUTION.md"), read(mix, "TRAINING_CONTENT_SUMMARY.md")
    for n in range(3):
        assert f"- https://e.jp/{n}: 書き手{n}" in page
    assert f"- Written by: {LLAMA}" in page
    assert f"- made: written by {LLAMA}" in summary


def test_the_notice_holds_the_exact_words(mix: Path) -> None:
    lines = read(mix, "NOTICE").splitlines()
    own = (
        "Contains information from asked which is made available under the ODC Attribution License."
    )
    assert [line for line in lines if line in (own, "Llama", "Built with Llama")] == [
        own, "Llama", "Built with Llama"
    ]  # fmt: skip


def test_two_runs_give_the_same_bytes(mix: Path, tmp_path: Path) -> None:
    split = not (mix / "document").is_dir()
    again = publish_mix(tmp_path, tmp_path / "elsewhere", "split" if split else "stop")
    assert digests(again) == digests(mix)
    assert len(digests(mix)) > 15


def test_nothing_tells_where_it_was_made(mix: Path) -> None:
    pages = [p for p in mix.rglob("*") if p.suffix in (".md", ".json", ".jsonld", "")]
    told = [p.name for p in pages if p.is_file() and str(mix.parent.parent) in p.read_text("utf-8")]
    assert told == []
