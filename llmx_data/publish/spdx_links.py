"""Relationships and licences of spdx.jsonld: everything with what was declared and concluded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from llmx_data.license.expression import atoms, both
from llmx_data.license.facts import Facts
from llmx_data.publish.generators import terms_of_generator
from llmx_data.publish.outline import Origin, config_licenses, licenses_of

if TYPE_CHECKING:
    from llmx_data.publish.stage import Order

NO_ASSERTION = "expandedlicensing_NoAssertionLicense"
"""What SPDX calls a licence of which nothing is said: pages, and models of unknown terms."""

Node = dict[str, Any]
Files = Mapping[str, Mapping[str, Any]]


class Names:
    """Ids of one document: the same names and bytes give the same ids, whatever the clock."""

    def __init__(self, name: str, files: Files) -> None:
        content = "\n".join([name, *(f"{n} {f['sha256']}" for n, f in sorted(files.items()))])
        digest = sha256(content.encode()).hexdigest()[:32]
        self.base = f"https://spdx.org/spdxdocs/llmx-{quote(name, safe='')}-{digest}"

    def __call__(self, kind: str, name: str = "") -> str:
        """Id of one element."""
        return f"{self.base}#{kind}" + (f"-{quote(name, safe='')}" if name else "")


def relations(order: Order, found: Sequence[Origin], files: Files, ids: Names) -> Iterator[Node]:
    """Relate the data set to its files and sources, and everything to its licences."""
    root = ids("dataset")
    if files:
        yield _relation(ids, root, "contains", [ids("file", path) for path in files])
    if found:
        yield _relation(ids, root, "descendantOf", [ids("source", o.name) for o in found])
    for model in models(found):
        wrote = [ids("source", o.name) for o in found if model in o.generators]
        yield _relation(ids, ids("model", model), "generates", wrote)
    for subject, declared, concluded in _licensed(order, found, files, ids):
        for kind, said in (("hasDeclaredLicense", declared), ("hasConcludedLicense", concluded)):
            license_id = ids("license", said) if said else NO_ASSERTION
            yield _relation(ids, subject, kind, [license_id])


def licenses(order: Order, found: Sequence[Origin], files: Files, ids: Names) -> Iterator[Node]:
    """Give an element for every expression pointed at, and a text for every LicenseRef in one."""
    pairs = [said for _, *pair in _licensed(order, found, files, ids) for said in pair]
    expressions = sorted({said for said in pairs if said})
    for expression in expressions:
        yield _expression(expression, ids)
    for license_id in sorted({i for e in expressions for i in _custom(e)}):
        yield {
            "type": "simplelicensing_SimpleLicensingText",
            "spdxId": ids("text", license_id),
            "name": license_id,
            "simplelicensing_licenseText": _text(license_id, order.facts),
        }


def models(found: Iterable[Origin]) -> list[str]:
    """Models that wrote records, each once."""
    return sorted({model for origin in found for model in origin.generators})


def _licensed(
    order: Order, found: Sequence[Origin], files: Files, ids: Names
) -> Iterator[tuple[str, str | None, str | None]]:
    """Subject, declared and concluded expression of every artefact; None where nothing is said."""
    whole = both(list(licenses_of(order))) if found else None
    yield ids("dataset"), whole, whole
    for origin in found:
        yield ids("source", origin.name), origin.declared, origin.concluded
    for model in models(found):
        terms = terms_of_generator(model, order.facts)
        yield ids("model", model), terms, terms
    configs = config_licenses(order)
    for path in files:
        own = configs.get(path.removeprefix("jsonl/").partition("/")[0])
        yield ids("file", path), own, own


def _relation(ids: Names, subject: str, kind: str, to: Iterable[str]) -> Node:
    return {
        "type": "Relationship",
        "spdxId": f"{ids('relation', kind)}-{subject.partition('#')[2]}",
        "from": subject,
        "relationshipType": kind,
        "to": sorted(to),
    }


def _expression(expression: str, ids: Names) -> Node:
    node: Node = {
        "type": "simplelicensing_LicenseExpression",
        "spdxId": ids("license", expression),
        "simplelicensing_licenseExpression": expression,
    }
    if _custom(expression):
        node["simplelicensing_customIdToUri"] = [
            {"type": "DictionaryEntry", "key": i, "value": ids("text", i)}
            for i in _custom(expression)
        ]
    return node


def _custom(expression: str) -> list[str]:
    return [i for i in sorted(set(atoms(expression))) if i.startswith("LicenseRef-")]


def _text(license_id: str, facts: Facts) -> str:
    """Give the text itself, or where it stands if it may not be copied."""
    path, terms = facts.text_of(license_id), facts.terms.get(license_id)
    if path is not None:
        return path.read_text(encoding="utf-8")
    if terms is None:
        return f"{license_id}: no text is known."
    where = f"It stands at {terms.url}." if terms.url else "No text is known."
    return f"{terms.title}. The text is not copied here. {where}"
