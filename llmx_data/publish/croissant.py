"""croissant.json: files, configurations and columns as Croissant 1.1, written by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from llmx_data.core.tables import MESSAGES, RECORDS
from llmx_data.publish.croissant_terms import ABOUT, CONTEXT, PROPERTIES
from llmx_data.publish.materialize import columns_of
from llmx_data.publish.outline import (
    Origin,
    address,
    config_licenses,
    ids_of,
    origins,
    release_date,
    steps_told,
)

if TYPE_CHECKING:
    from llmx_data.publish.stage import Order

VERSION = "http://mlcommons.org/croissant/1.1"
FORMATS = {".parquet": "application/x-parquet", ".zst": "application/zstd"}

Node = dict[str, Any]
Files = Mapping[str, Mapping[str, Any]]


def croissant_page(order: Order, files: Files) -> Node:
    """Describe dataset/ in Croissant 1.1; `files` are the data files with bytes and sha256.

    A record set per configuration, each record a work with its own `license`. Neither address nor
    maker of the data set is known here, so `url` and `creator` are left for who uploads it.
    """
    found = origins(order)
    page: Node = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": VERSION,
        "name": order.name,
        "description": order.description or f"{order.name}, curated with llmx.",
        "inLanguage": ["ja"],
        "isLiveDataset": False,
        "license": list(dict.fromkeys(address(i, order.facts) for i in ids_of(order))),
        "usageInfo": "ATTRIBUTION.md",
        "prov:wasDerivedFrom": [_source(origin) for origin in found],
        "prov:wasGeneratedBy": [
            {"@type": "prov:Activity", "prov:label": told} for told in steps_told(order)
        ],
        "distribution": list(_distribution(order, files)),
        "recordSet": [
            _record_set(config, columns_of(kind, mixed=bool(order.mixed)), count)
            for config, kind, count in _configs(order, files)
        ],
    }
    citations = dict.fromkeys(o.citation for o in found if o.citation)
    if citations:
        page["citeAs"] = "\n".join(str(c) for c in citations)
    date = release_date(order)
    if date is not None:
        page["datePublished"] = date
    return page


def _source(origin: Origin) -> Node:
    node: Node = {
        "@type": "prov:Entity",
        "prov:label": origin.title,
        "sc:identifier": origin.name,
        "sc:license": origin.concluded,
        "sc:size": f"{origin.records} records",
    }
    if origin.databases:
        node["dct:rights"] = [f"database: {name}" for name in origin.databases]
    if origin.home:
        node["sc:url"] = origin.home
    if origin.author:
        node["prov:wasAttributedTo"] = {"@type": "prov:Agent", "prov:label": origin.author}
    if origin.generators:
        node["prov:wasGeneratedBy"] = [
            {"@type": "prov:SoftwareAgent", "prov:label": model} for model in origin.generators
        ]
    return node


def _distribution(order: Order, files: Files) -> Iterator[Node]:
    """Give every data file with its hash, and per configuration the set of its Parquet files."""
    for path, facts in files.items():
        yield {
            "@type": "cr:FileObject",
            "@id": path,
            "name": path,
            "contentUrl": path,
            "contentSize": f"{facts['bytes']} B",
            "encodingFormat": next(f for end, f in FORMATS.items() if path.endswith(end)),
            "sha256": facts["sha256"],
        }
    licenses = config_licenses(order)
    for config, _, _ in _configs(order, files):
        yield {
            "@type": "cr:FileSet",
            "@id": f"{config}-files",
            "name": f"{config} files",
            "description": f"Licences: {licenses[config]}.",
            "encodingFormat": FORMATS[".parquet"],
            "includes": f"{config}/{_files_of(config, files)}",
        }


def _files_of(config: str, files: Files) -> str:
    """Glob of the Parquet files of a configuration, of all its splits."""
    has_dev = any(path.startswith(f"{config}/dev-") for path in files)
    return "*.parquet" if has_dev else "train-*.parquet"


def _configs(order: Order, files: Files) -> Iterator[tuple[str, str, int]]:
    """Name, kind and records of each configuration that has Parquet files."""
    rows: dict[str, int] = {}
    for path, facts in files.items():
        if "rows" in facts:
            config = path.partition("/")[0]
            rows[config] = rows.get(config, 0) + int(facts["rows"])
    kinds = {g["config"]: g["kind"] for g in order.groups if g["config"]}
    for config, count in sorted(rows.items()):
        yield config, kinds[config], count


def _record_set(config: str, columns: list[str], count: int) -> Node:
    """Describe one configuration: a work per record, so that `license` is the licence of each."""
    return {
        "@type": "cr:RecordSet",
        "@id": config,
        "name": config,
        "description": f"{count:,} records; each carries its own licence in `license`.",
        "dataType": "sc:CreativeWork",
        "key": {"@id": f"{config}/id"},
        "field": [_field(config, column) for column in columns],
    }


def _field(config: str, column: str) -> Node:
    node: Node = {
        "@type": "cr:Field",
        "@id": f"{config}/{column}",
        "name": column,
        "description": ABOUT[column],
    }
    if column in PROPERTIES:
        node["equivalentProperty"] = PROPERTIES[column]
    if RECORDS.get(column) == MESSAGES:
        turns = [_leaf(config, column, role) for role in ("role", "content")]
        return node | {"isArray": True, "arrayShape": "-1", "subField": turns}
    if RECORDS.get(column) == pl.List(pl.String):
        node |= {"isArray": True, "arrayShape": "-1"}
    kind = "sc:Integer" if column == "weight" else "sc:Text"
    return node | {"dataType": kind, "source": _from(config, column)}


def _leaf(config: str, column: str, name: str) -> Node:
    """Describe one part of a turn: `role` or `content`."""
    return {
        "@type": "cr:Field",
        "@id": f"{config}/{column}/{name}",
        "name": name,
        "dataType": "sc:Text",
        "source": _from(config, column) | {"transform": {"jsonPath": name}},
    }


def _from(config: str, column: str) -> Node:
    return {"fileSet": {"@id": f"{config}-files"}, "extract": {"column": column}}
