"""Pages about the house itself, for people: recipes, presets, parts and their options, licences."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from llmx_data.core.errors import RecipeError, nearest
from llmx_data.core.parts import ROOMS, find, names
from llmx_data.core.recipe import resolved_yaml
from llmx_data.core.storage import shipped
from llmx_data.license.facts import load as load_facts
from llmx_data.plan import Plan
from llmx_data.road import cost_of
from llmx_data.steps import presets

FUNCTIONS = ("dedup", "pii", "decontaminate", "select")
"""Rooms whose steps are functions with options, not pluggable parts."""

LATE = ("pii", "select")
"""Rooms whose steps belong after dear ones: what they do rests on what is left by then."""


def listing() -> dict[str, list[str]]:
    """Everything a recipe can name, by kind."""
    facts = load_facts(shipped("licenses"))
    recipes = sorted(
        str(p.relative_to(shipped("recipes")))
        for folder in ("curate", "synth", "mix", "sft")
        for p in (shipped("recipes") / folder).glob("*.yaml")
    )
    found = {"recipe": recipes, "preset": sorted(presets()), "purpose": sorted(facts.purposes)}
    found |= {kind: names(room) for kind, room in ROOMS.items()}
    return found | {room: names(room) for room in FUNCTIONS}


def listing_page() -> str:
    """`llmx list` for people: each part with the first line of its docstring."""
    lines: list[str] = []
    rooms = ROOMS | {room: room for room in FUNCTIONS}
    for kind, items in listing().items():
        lines.append(f"{kind}")
        for item in items:
            about = _about(rooms[kind], item) if kind in rooms else ""
            lines.append(f"  {item:<18} {about}".rstrip())
    return "\n".join([*lines, "", "llmx show ROOM/NAME tells the options of a part"])


def _about(room: str, name: str) -> str:
    return (inspect.getdoc(find(room, name, Path())) or "").partition("\n")[0]


def part_facts(place: str) -> dict[str, Any]:
    """Options of a part: type, default and what the docstring says of each."""
    room, slash, name = place.partition("/")
    room = ROOMS.get(room, room)
    known = [*ROOMS.values(), *FUNCTIONS]
    if not slash or room not in known:
        raise RecipeError(f"'{place}' is no ROOM/NAME\n    {nearest(room, [*ROOMS, *known])}")
    part = find(room, name, Path())
    options = {
        field: {
            "type": spelled(info.annotation, info.metadata),
            "default": "(required)"
            if info.is_required()
            else info.get_default(call_default_factory=True),
            "about": " ".join((info.description or "").split()),
        }
        for field, info in part.model_fields.items()
    }
    return {"part": f"{room}/{name}", "about": inspect.getdoc(part) or "", "options": options}


def spelled(annotation: Any, metadata: Sequence[Any] = ()) -> str:
    """Spell a type as a recipe's author reads it: float >= 0 <= 1 | None."""
    origin, inner = get_origin(annotation), get_args(annotation)
    bounds = [*metadata]
    if origin is Annotated:
        annotation, bounds = inner[0], [*inner[1:]]
        origin, inner = get_origin(annotation), get_args(annotation)
    limits = [limit for bound in bounds for limit in getattr(bound, "metadata", [bound])]
    signs = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}
    found = [(sign, getattr(one, key, None)) for one in limits for key, sign in signs.items()]
    words = [f"{sign} {value}" for sign, value in found if value is not None]
    if origin is Literal:
        text = " | ".join(repr(value) for value in inner)
    elif origin in (Union, UnionType):
        text = " | ".join(spelled(one) for one in inner)
    elif origin is not None:
        text = f"{origin.__name__}[{', '.join(spelled(one) for one in inner)}]"
    else:
        text = "None" if annotation is type(None) else getattr(annotation, "__name__", "Any")
    return " ".join([text, *words])


def part_page(place: str) -> str:
    """`llmx show filter/length` for people."""
    facts = part_facts(place)
    lines = [facts["part"], "", facts["about"], ""]
    for name, option in facts["options"].items():
        given = option["default"]
        default = given if given == "(required)" else f"= {given!r}"
        lines.append(f"  {name}: {option['type']} {default}")
        lines.append(f"      {option['about']}")
    return "\n".join(lines)


def plan_page(plan: Plan) -> str:
    """`llmx check`: the resolved recipe with origins, and a warning for a dear step too early."""
    lines = [resolved_yaml(plan.resolved(), plan.origins), "order:"]
    dearest = (0.0, "")
    for step in plan.steps:
        cost = sum(cost_of(spec) for spec in step.parts)
        lines.append(f"  {step.name:<28} {cost:7.1f} us per 1,000 characters")
        drops = step.room not in LATE or step.parts[0].options.get("mode") == "drop"
        if drops and dearest[0] > 200 and cost < dearest[0] / 4:
            lines.append(
                f"  warning: {step.name} costs less than {dearest[1]} before it; "
                "what it drops need not be measured there"
            )
        dearest = max(dearest, (cost, step.name))
    return "\n".join([*lines, f"{plan.path}: no mistakes"])
