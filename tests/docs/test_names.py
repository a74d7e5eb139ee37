"""Names, options, columns, thresholds and reasons on the pages are those of the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from llmx_data.classify import Teaching
from llmx_data.core import errors
from llmx_data.core.parts import ROOMS, find, names
from llmx_data.core.storage import shipped
from llmx_data.core.yaml12 import load
from llmx_data.explain import FUNCTIONS
from llmx_data.license.facts import load as load_facts
from llmx_data.mix.options import Dev, Entry, Select, Size
from llmx_data.mix_plan import Top as MixTop
from llmx_data.plan import Top
from llmx_data.report.glossary import NAMED_REASONS, REASONS
from llmx_data.steps import presets
from llmx_data.synth.engines.vllm_options import VllmOptions
from llmx_data.synth_plan import (
    Endpoint,
    GeneratorOptions,
    JudgeOptions,
    RoleSampling,
    SamplingOptions,
)
from llmx_data.synth_plan import Top as SynthTop
from llmx_train.recipe import Budget, Data, Evaluation, Model, Output, Peft, Template, Train
from llmx_train.recipe import Top as SftTop
from tests.docs.pages import TEXTS, doc, section


def test_presets_are_told_and_exist() -> None:
    known = set(presets())
    for page in ("filter", "thresholds"):
        assert {
            n for n in known if f"`{n}`" not in doc(page) and f"## {n}" not in doc(page)
        } == set()
    shown = {n for text in TEXTS.values() for n in re.findall(r"preset[:=] ?([a-z][\w-]+)", text)}
    assert shown
    assert shown - known == set()


def test_purposes_policies_and_acts_are_told() -> None:
    facts = load_facts(shipped("licenses"))
    words = [*facts.purposes, *facts.policies]
    words += [act for purpose in facts.purposes.values() for act in purpose.act]
    assert [w for w in words if w not in doc("audit")] == []
    rows = dict(re.findall(r"^\| `([\w-]+)` \| ([a-z_, ]+)", section("audit", "Purposes"), re.M))
    told = {name: tuple(acts.strip(" ").split(", ")) for name, acts in rows.items()}
    assert told == {name: purpose.act for name, purpose in facts.purposes.items()}


def test_parts_named_with_their_room_exist() -> None:
    rooms = "|".join([*ROOMS.values(), *FUNCTIONS])
    shown = {
        named
        for text in TEXTS.values()
        for named in re.findall(rf"`(?:llmx show )?((?:{rooms})/\w+)`", text)
    }
    assert len(shown) >= 5
    for room, part in (named.split("/") for named in shown):
        find(room, part, Path())


OPTIONED = [
    *(
        (room, name, page)
        for room, page in (("filter", "filter"), ("normalize", "normalize"))
        for name in names(room)
    ),
    *((room, name, room) for room in FUNCTIONS for name in names(room)),
    *(("synth.methods", name, "synth") for name in names("synth.methods")),
]


@pytest.mark.parametrize(
    ("room", "name", "page"), OPTIONED, ids=[f"{r}/{n}" for r, n, _ in OPTIONED]
)
def test_parts_and_their_options_are_told(room: str, name: str, page: str) -> None:
    part = find(room, name, Path())
    assert name in doc(page).casefold()
    assert [o for o in part.model_fields if f"`{o}`" not in doc(page)] == []


def test_keys_of_a_synth_recipe_are_told() -> None:
    models = (SynthTop, GeneratorOptions, JudgeOptions, Endpoint, SamplingOptions, RoleSampling,
              VllmOptions)  # fmt: skip
    keys = [key for model in models for key in model.model_fields]
    assert len(keys) > 40
    assert [key for key in keys if not re.search(rf"`?\b{key}\b", doc("synth"))] == []


def test_keys_of_a_mix_recipe_are_told() -> None:
    for model in (MixTop, Entry, Dev, Size, Select):
        assert [key for key in model.model_fields if f"`{key}`" not in doc("mix")
                and f"{key}:" not in doc("mix")] == []  # fmt: skip


def test_keys_of_a_training_recipe_are_told() -> None:
    models = (SftTop, Model, Template, Data, Peft, Train, Budget, Evaluation, Output)
    keys = [key for model in models for key in model.model_fields]
    assert len(keys) > 60
    assert [key for key in keys if not re.search(rf"`{key}[`:]", doc("sft"))] == []


def test_sources_are_told() -> None:
    assert [n for n in names("ingest") if f"`{n}`" not in doc("ingest")] == []
    for name in names("ingest"):
        options = find("ingest", name, Path()).model_fields
        lacking = [o for o in options if not re.search(rf"\b{o}\b", doc("ingest"))]
        assert lacking == [], name


def test_recipe_keys_and_exit_codes_are_told() -> None:
    assert [k for k in Top.model_fields if f"| `{k}` |" not in doc("recipe")] == []
    assert [k for k in Teaching.model_fields if f"`{k}`" not in doc("classifier")] == []
    codes = {e.exit_code for e in vars(errors).values() if hasattr(e, "exit_code")} | {0, 130}
    told = {int(n) for n in re.findall(r"^\| (\d+) \|", doc("recipe"), re.M)}
    assert told == codes


@pytest.mark.parametrize("name", names("measure"))
def test_measure_columns_and_costs_are_told(name: str) -> None:
    part: Any = find("measure", name, Path())
    given = {f: "<name>" for f, info in part.model_fields.items() if info.is_required()}
    measure = part.model_construct(**given)
    told = dict(re.findall(r"^\| `([^`]+)` \| [^|]+ \| (\w+) \|", section("measure", name), re.M))
    assert told == {column: str(kind) for column, kind in measure.gives().items()}
    assert f"Cost: {part.cost:g}." in section("measure", name)
    assert [o for o in part.model_fields if f"`{o}`" not in section("measure", name)] == []


@pytest.mark.parametrize("name", presets())
def test_thresholds_are_told(name: str) -> None:
    rows = re.findall(
        r"^\| `(\w+)`(?: on (\w+))? \| `(\w+)` \| (.*?) \|", section("thresholds", name), re.M
    )
    told = sorted(
        (use, on, option, value.split(" (reason")[0].strip("`")) for use, on, option, value in rows
    )
    filters = load(presets()[name]).data["filters"]
    real = sorted(
        (
            f["use"],
            f.get("on", ""),
            option,
            ", ".join(value) if isinstance(value, list) else str(value),
        )
        for f in filters
        for option, value in f.items()
        if option not in ("use", "on", "reason")
    )
    assert told == real


def test_reasons_are_told() -> None:
    for word, reason in (REASONS | NAMED_REASONS).items():
        named = {"word": word, "ja": reason.ja, "why": reason.en_why}
        row = "| `{word}` | {ja} | {why} |".format(**named).replace("{name}", "<name>")
        assert row in section("report", "Drop reasons"), word
