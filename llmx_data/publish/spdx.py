"""spdx.jsonld: the data set, its sources, files and licences as SPDX 3.0.1, written by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from llmx_data import __version__
from llmx_data.publish.outline import Origin, origins, release_date, steps_told
from llmx_data.publish.spdx_links import Files, Names, Node, licenses, models, relations

if TYPE_CHECKING:
    from llmx_data.publish.stage import Order

CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
MADE = "_:made"
EPOCH = "1970-01-01"
"""Stands for a date that the recipe does not tell: nothing published knows a clock."""


def spdx_page(order: Order, files: Files) -> Node:
    """Describe dataset/ in SPDX 3.0.1: core, software, dataset and simple licensing profiles.

    A dataset package must tell its originator and dates: without them the dataset profile is not
    claimed, and nothing is made up.

    `files` maps paths below dataset/ to bytes and sha256. Every package has exactly one declared
    and one concluded licence; where records differ the expression joins them with AND.
    """
    ids, found = Names(order.name, files), origins(order)
    elements = [
        *_agents(found, ids),
        _dataset(order, found, files, ids),
        *(_source(origin, ids) for origin in found),
        *_models(found, ids),
        *(_file(path, facts, ids) for path, facts in files.items()),
        *relations(order, found, files, ids),
        *licenses(order, found, files, ids),
    ]
    elements = [{"creationInfo": MADE} | e for e in sorted(elements, key=lambda e: e["spdxId"])]
    full = release_date(order) and _authors(found)
    profile = ["dataset"] if full else []
    document = {
        "type": "SpdxDocument",
        "spdxId": ids("document"),
        "creationInfo": MADE,
        "name": order.name,
        "rootElement": [ids("dataset")],
        "element": [e["spdxId"] for e in elements],
        "profileConformance": ["core", *profile, "simpleLicensing", "software"],
    }
    return {"@context": CONTEXT, "@graph": [_made(order, ids), document, *elements]}


def _made(order: Order, ids: Names) -> Node:
    date = release_date(order)
    said = "The date is the recipe's" if date else "The recipe tells no date: 1970 stands for none"
    return {
        "type": "CreationInfo",
        "@id": MADE,
        "comment": f"{said}; no clock is read.",
        "created": _stamp(date),
        "createdBy": [ids("agent", "llmx")],
        "createdUsing": [ids("tool", "llmx")],
        "specVersion": "3.0.1",
    }


def _stamp(date: str | None) -> str:
    return f"{date or EPOCH}T00:00:00Z"


def _agents(found: Sequence[Origin], ids: Names) -> Iterator[Node]:
    yield {"type": "SoftwareAgent", "spdxId": ids("agent", "llmx"), "name": "llmx"}
    yield {"type": "Tool", "spdxId": ids("tool", "llmx"), "name": f"llmx {__version__}"}
    authors = _authors(found)
    for author in authors:
        yield {"type": "Agent", "spdxId": ids("author", author), "name": author}
    if len(authors) > 1:
        name = f"authors of the sources: {'; '.join(authors)}"
        yield {"type": "Agent", "spdxId": ids("authors"), "name": name}


def _authors(found: Sequence[Origin]) -> list[str]:
    return sorted({o.author for o in found if o.author})


def _dataset(order: Order, found: Sequence[Origin], files: Files, ids: Names) -> Node:
    """Make the package; dates only where the recipe tells one, nothing about persons unless known.

    The size is in bytes of all data files, as SPDX wants it. SPDX takes one originator: several
    authors are one agent. `downloadLocation` is told from this file: nobody uploaded it yet.
    """
    authors, date = _authors(found), release_date(order)
    kinds = sorted({g["kind"] for o in found for g in o.groups})
    masked = [e["step"] for e in order.steps if e["edited"] and e["step"].endswith("-pii")]
    node: Node = {
        "type": "dataset_DatasetPackage",
        "spdxId": ids("dataset"),
        "name": order.name,
        "software_primaryPurpose": "data",
        "software_downloadLocation": "./",
        "dataset_datasetType": ["structured", "text"],
        "dataset_datasetSize": sum(f["bytes"] for path, f in files.items() if _is_data(path)),
        "dataset_dataCollectionProcess": "; ".join(
            f"{o.name}: {o.records:,} records" + (f" from {o.home}" if o.home else "")
            for o in found
        ),
        "dataset_dataPreprocessing": steps_told(order),
        "dataset_intendedUse": f"{order.purpose.get('title') or order.purpose['name']} "
        f"({', '.join(order.purpose['act'])}), as audited; kinds of records: {', '.join(kinds)}",
    }
    if authors:
        node["originatedBy"] = [ids("authors") if authors[1:] else ids("author", authors[0])]
    if order.description:
        node["description"] = order.description
    if date:
        node |= {"releaseTime": _stamp(date), "builtTime": _stamp(date)}
    if masked:
        node["dataset_anonymizationMethodUsed"] = [
            f"{step}: spans of personal data found by rule were replaced" for step in masked
        ]
    return node


def _source(origin: Origin, ids: Names) -> Node:
    node: Node = {
        "type": "software_Package",
        "spdxId": ids("source", origin.name),
        "name": origin.name,
        "summary": origin.title,
        "software_primaryPurpose": "data",
        "comment": f"{origin.records:,} records, {origin.chars:,} characters go out"
        + "".join(f"; licence of the database: {name}" for name in origin.databases),
    }
    if origin.home:
        node["software_homePage"] = origin.home
    if origin.author:
        node["originatedBy"] = [ids("author", origin.author)]
        node["software_attributionText"] = [origin.author]
    return node


def _models(found: Sequence[Origin], ids: Names) -> Iterator[Node]:
    for model in models(found):
        yield {
            "type": "software_Package",
            "spdxId": ids("model", model),
            "name": model,
            "software_primaryPurpose": "model",
        }


def _file(path: str, facts: Mapping[str, Any], ids: Names) -> Node:
    return {
        "type": "software_File",
        "spdxId": ids("file", path),
        "name": path,
        "software_primaryPurpose": "data" if _is_data(path) else "documentation",
        "verifiedUsing": [
            {"type": "Hash", "algorithm": "sha256", "hashValue": facts["sha256"]},
        ],
    }


def _is_data(path: str) -> bool:
    return path.endswith((".parquet", ".jsonl.zst"))
