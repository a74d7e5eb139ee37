"""Where each value of a resolved recipe came from: its line, --set, a preset, or the default."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from llmx_data.core.parts import Spec
from llmx_data.core.recipe import Reader
from llmx_data.core.yaml12 import Place

Origins = dict[Place, str]

LISTS = ("sources", "normalize", "steps")
"""Places whose parts stand elsewhere in the resolved recipe than in the recipe."""


def origins_of(
    reader: Reader, resolved: Mapping[str, Any], parts: Iterable[tuple[Place, Spec]], purpose: Any
) -> Origins:
    """Origin of every leaf of `resolved`; `parts` tells where in it each part stands.

    `purpose` is what the recipe says of it: a name stands for all values of its file.
    """
    told = _told(reader)
    origins: Origins = {at: told[at] for at in told if at[0] not in LISTS or len(at) == 1}
    if isinstance(purpose, str):
        origins[("purpose", "name")] = told[("purpose",)]
        origins[("purpose",)] = f"purpose {purpose}"
    for at, spec in parts:
        origins |= _of_part(at, spec, told)
    return dict(_leaves(resolved, (), origins, "default"))


def _told(reader: Reader) -> Origins:
    """Origins of the recipe's own leaves: a mapping or list is not what its values come from."""
    told = {at: f"recipe:{line}" for at, line in reader.document.lines.items()}
    told |= dict.fromkeys(reader.origins, "--set")
    above = {at[:depth] for at in told for depth in range(len(at))}
    return {at: said for at, said in told.items() if at not in above}


def _of_part(at: Place, spec: Spec, told: Origins) -> Origins:
    """Origins of one part's options: what the recipe spells out goes before its preset."""
    depth = len(spec.place)
    found: Origins = {}
    beside = {"use": spec.place}
    if spec.preset:
        found = {(*at, option): f"preset {spec.preset}" for option in ("use", *spec.options)}
        beside = {"on": (*spec.place[:-2], "on")}
    found |= {(*at, option): told[place] for option, place in beside.items() if place in told}
    found |= {(*at, *p[depth:]): told[p] for p in told if p[:depth] == spec.place and p[depth:]}
    only = (*spec.place[:2], "only")
    return found | {(*at[:2], "only"): told[p] for p in told if p[:3] == only}


def _leaves(
    value: Any, place: Place, origins: Mapping[Place, str], above: str
) -> Iterable[tuple[Place, str]]:
    here = origins.get(place, above)
    if value and isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(item, (*place, key), origins, here)
    else:
        yield place, here
