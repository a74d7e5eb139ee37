"""spdx.jsonld: the bindings of SPDX 3.0.1 read it, and every link leads somewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from spdx_python_model import v3_0_1 as spdx

from tests.publish.mixed import LLAMA, LLAMA_ID, publish_mix, sources

NO_ASSERTION = "https://spdx.org/rdf/3.0.1/terms/ExpandedLicensing/NoAssertionLicense"


def load(dataset: Path) -> Any:
    """Read the document; a wrong type, value or missing property is an error of the bindings."""
    objects = spdx.SHACLObjectSet()
    with (dataset / "spdx.jsonld").open("rb") as handle:
        spdx.JSONLDDeserializer().read(handle, objects)
    return objects


def links(objects: Any, kind: str) -> dict[str, list[str]]:
    """Name of what a relationship starts from -> names or expressions of what it leads to."""
    found = {}
    for link in objects.foreach_type(spdx.Relationship):
        if link.relationshipType == spdx.RelationshipType.NAMED_INDIVIDUALS[kind]:
            found[link.from_.name] = [named(end) for end in link.to]
    return found


def named(element: Any) -> str:
    if isinstance(element, str):
        return element
    return str(getattr(element, "simplelicensing_licenseExpression", None) or element.name)


def test_every_link_leads_to_an_element(mix: Path) -> None:
    objects = load(mix)
    assert set(objects.missing_ids) <= {NO_ASSERTION}
    (document,) = objects.foreach_type(spdx.SpdxDocument)
    (package,) = objects.foreach_type(spdx.dataset_DatasetPackage)
    assert list(document.rootElement) == [package]
    elements = [e for e in objects.foreach_type(spdx.Element) if e is not document]
    assert sorted(e.get_id() for e in document.element) == sorted(e.get_id() for e in elements)


def test_the_data_set(mix: Path) -> None:
    (package,) = load(mix).foreach_type(spdx.dataset_DatasetPackage)
    bytes_written = [p.stat().st_size for p in mix.rglob("train-*")]
    assert (package.name, package.dataset_datasetSize) == ("mix", sum(bytes_written))
    assert [agent.name for agent in package.originatedBy] == ["事典の書き手たち"]
    assert "wiki: 5 records from https://w.example.jp/" in package.dataset_dataCollectionProcess
    assert package.releaseTime.isoformat() == "2026-11-21T00:00:00+00:00"
    assert any("phone 3" in step for step in package.dataset_dataPreprocessing)
    assert "redistribute_derived" in package.dataset_intendedUse
    assert package.dataset_anonymizationMethodUsed
    assert package.dataset_hasSensitivePersonalInformation is None


def test_each_package_has_one_declared_and_one_concluded_licence(mix: Path) -> None:
    objects = load(mix)
    artifacts = [a.name for a in objects.foreach_type(spdx.software_SoftwareArtifact)]
    assert len(artifacts) > 15
    for kind in ("hasDeclaredLicense", "hasConcludedLicense"):
        found = links(objects, kind)
        assert sorted(found) == sorted(artifacts)
        assert {len(ends) for ends in found.values()} == {1}


def test_sources_and_their_generator(mix: Path) -> None:
    objects = load(mix)
    names = ["asked", "essays", "made", "public", "wiki"]
    assert links(objects, "descendantOf") == {"mix": names}
    assert links(objects, "generates") == {LLAMA: ["made"]}
    assert links(objects, "hasDeclaredLicense")[LLAMA] == [LLAMA_ID]
    packages = {p.name: p for p in objects.foreach_type(spdx.software_Package)}
    assert packages["wiki"].software_homePage == "https://w.example.jp/"
    assert [a.name for a in packages["wiki"].originatedBy] == ["事典の書き手たち"]


def test_files_carry_their_hashes(mix: Path) -> None:
    manifest = json.loads((mix.parent / "manifest.json").read_text())["outputs"]
    files = {
        f.name: f.verifiedUsing[0].hashValue for f in load(mix).foreach_type(spdx.software_File)
    }
    expected = {name.removeprefix("dataset/"): f["sha256"] for name, f in manifest.items()}
    assert expected.pop("spdx.jsonld")
    assert files == expected


def test_data_files_have_the_licences_of_their_records(mix: Path) -> None:
    objects, seen = load(mix), 0
    for kind in ("hasDeclaredLicense", "hasConcludedLicense"):
        found = links(objects, kind)
        for path in mix.glob("*/train-*.parquet"):
            name = path.relative_to(mix).as_posix()
            own = set(pl.read_parquet(path)["license"])
            lines = f"jsonl/{name.replace('.parquet', '.jsonl.zst')}"
            assert set(found[name][0].split(" AND ")) == own
            assert found[lines] == found[name]
            seen += 1
        assert found["README.md"] == [NO_ASSERTION]
    assert seen >= 4


def test_several_authors_are_one_originator(tmp_path: Path) -> None:
    some = [source | {"author": f"著者{n}"} for n, source in enumerate(sources(tmp_path))]
    dataset = publish_mix(tmp_path, tmp_path / "run", "stop", sources=some)
    (package,) = load(dataset).foreach_type(spdx.dataset_DatasetPackage)
    assert [agent.name for agent in package.originatedBy] == [
        "authors of the sources: 著者0; 著者1; 著者2; 著者3; 著者4"
    ]


def test_licence_refs_lead_to_texts(mix: Path) -> None:
    objects = load(mix)
    texts = {t.get_id(): t for t in objects.foreach_type(spdx.simplelicensing_SimpleLicensingText)}
    refs = {
        entry.key: entry.value
        for e in objects.foreach_type(spdx.simplelicensing_LicenseExpression)
        for entry in e.simplelicensing_customIdToUri
    }
    assert set(refs) == {"LicenseRef-PDL-1.0-JP", LLAMA_ID}
    for key, value in refs.items():
        assert texts[value].name == key
        assert len(texts[value].simplelicensing_licenseText) > 1_000


@pytest.mark.parametrize(
    ("date", "created", "profile"),
    [
        ("2020-02-29", "2020-02-29T00:00:00Z", True),
        ("spring", "1970-01-01T00:00:00Z", False),
        (None, "1970-01-01T00:00:00Z", False),
    ],
)
def test_no_clock_is_read(tmp_path: Path, date: str | None, created: str, profile: bool) -> None:
    dataset = publish_mix(tmp_path, tmp_path / "run", "stop", date=date)
    made, document, *rest = json.loads((dataset / "spdx.jsonld").read_text())["@graph"]
    assert made["created"] == created
    assert ("dataset" in document["profileConformance"]) == profile
    (package,) = [e for e in rest if e["type"] == "dataset_DatasetPackage"]
    assert ("releaseTime" in package) == profile
    load(dataset)
