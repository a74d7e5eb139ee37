"""croissant.json: mlcroissant takes it for Croissant 1.1 and reads the records that were written."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from llmx_data import road
from llmx_data.publish import materialize
from tests.publish.mixed import publish_mix

with warnings.catch_warnings():  # rdflib and others warn while they are imported
    warnings.simplefilter("ignore")
    import mlcroissant as mlc

pytestmark = pytest.mark.filterwarnings(  # of what mlcroissant uses; none is about our file
    "ignore::DeprecationWarning:rdflib", "ignore:The inplace keyword:DeprecationWarning"
)


def load(dataset: Path) -> mlc.Dataset:
    return mlc.Dataset(jsonld=dataset / "croissant.json")


def plain(value: Any) -> Any:
    """Turn records of mlcroissant into ours: text for bytes, short names for ids."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key.rpartition("/")[2]: plain(item) for key, item in value.items()}
    return value


def test_it_is_valid(mix: Path) -> None:
    metadata = load(mix).metadata
    assert metadata.ctx.issues.errors == set()
    assert metadata.ctx.conforms_to.value == "http://mlcommons.org/croissant/1.1"
    assert metadata.ctx.is_live_dataset is False
    assert metadata.date_published.date().isoformat() == "2026-11-21"
    lacking = {w.split('"')[1].rpartition("/")[2] for w in metadata.ctx.issues.warnings}
    assert lacking == {"citeAs", "version"}


def test_records_are_read_from_the_files(mix: Path) -> None:
    dataset, read = load(mix), 0
    for found in dataset.metadata.record_sets:
        expected = pl.read_parquet(mix / found.id / "train-*.parquet").to_dicts()
        assert [plain(record) for record in dataset.records(found.id)] == expected
        read += len(expected)
    assert read == 20


def test_a_file_that_was_changed_is_told_by_its_hash(mix: Path) -> None:
    objects = {f.id: f for f in load(mix).metadata.file_objects}
    assert sum(name.endswith(".parquet") for name in objects) >= 2
    assert {f.sha256 for f in objects.values()} == {
        sha for name, sha in hashes(mix).items() if name.endswith((".parquet", ".zst"))
    }


def hashes(dataset: Path) -> dict[str, str]:
    manifest = json.loads((dataset.parent / "manifest.json").read_text())
    return {name.removeprefix("dataset/"): f["sha256"] for name, f in manifest["outputs"].items()}


def test_each_record_is_a_work_with_a_licence(mix: Path) -> None:
    page = json.loads((mix / "croissant.json").read_text())
    for found in page["recordSet"]:
        fields = {f["name"]: f for f in found["field"]}
        assert found["dataType"] == "sc:CreativeWork"
        assert fields["license"]["equivalentProperty"] == "sc:license"
        assert fields["attribution"]["equivalentProperty"] == "sc:creditText"


def test_licences_are_addresses(mix: Path) -> None:
    page = json.loads((mix / "croissant.json").read_text())
    (own,) = [a for a in page["license"] if not a.startswith("https://spdx.org/licenses/")]
    assert (mix / own).is_file()


def test_json_lines_alone_have_no_record_sets(tmp_path: Path) -> None:
    dataset = publish_mix(tmp_path, tmp_path / "run", "stop", output={"formats": ["jsonl.zst"]})
    metadata = load(dataset).metadata
    assert metadata.record_sets == []
    assert {f.encoding_formats[0] for f in metadata.file_objects} == {"application/zstd"}


@pytest.mark.parametrize(("date", "told"), [("2020-02-29", "2020-02-29"), (None, None)])
def test_the_date_is_the_recipes(tmp_path: Path, date: str | None, told: str | None) -> None:
    dataset = publish_mix(tmp_path, tmp_path / "run", "stop", date=date)
    assert json.loads((dataset / "croissant.json").read_text()).get("datePublished") == told


def test_a_set_of_several_files_is_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(materialize, "ROW_GROUP", 2)
    monkeypatch.setattr(materialize, "FILE_BYTES", 30)
    dataset = publish_mix(tmp_path, tmp_path / "run", "stop")
    assert len(list(dataset.glob("document/train-*"))) > 2
    read = [plain(record)["text"] for record in load(dataset).records("document")]
    assert read == pl.read_parquet(dataset / "document" / "train-*.parquet")["text"].to_list()


def test_known_citations_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make = road.order

    def cited(*given: Any) -> Any:
        order = make(*given)
        known = [source | {"citation": "@misc{wiki}"} for source in order.sources]
        return replace(order, sources=known)

    monkeypatch.setattr(road, "order", cited)
    dataset = publish_mix(tmp_path, tmp_path / "run", "stop")
    assert load(dataset).metadata.cite_as == "@misc{wiki}"
    assert "- Citation: @misc{wiki}" in (dataset / "ATTRIBUTION.md").read_text(encoding="utf-8")
