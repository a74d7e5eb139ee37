"""What to leave out of a mix, against trying every subset."""

from __future__ import annotations

import time
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmx_data.license.facts import Facts, load
from llmx_data.license.inputs import Input
from llmx_data.license.mix import judge_mix
from llmx_data.license.schema import Purpose, Result
from llmx_data.license.whatif import what_if

from .conftest import ROOT, plan

FACTS: Facts = load(ROOT)
SHARE = "redistribute_derived"


def unified(facts: Facts) -> Purpose:
    made: Purpose = plan(facts, SHARE, mode="unified")
    return made


# name: licence and tokens -> names to drop
MIXES = [
    ({"wiki": ("CC-BY-SA-4.0", 10), "docs": ("CC-BY-4.0", 5)}, ()),
    ({"wiki": ("CC-BY-SA-4.0", 10), "ichi": ("CC-BY-NC-SA-4.0", 5)}, ("ichi",)),
    ({"wiki": ("CC-BY-SA-4.0", 4), "ichi": ("CC-BY-NC-SA-4.0", 5)}, ("wiki",)),
    (
        {"wiki": ("CC-BY-SA-4.0", 4), "dolly": ("CC-BY-SA-3.0", 4), "ichi": ("CC-BY-NC-4.0", 5)},
        ("ichi",),
    ),
    ({"wiki": ("CC-BY-SA-4.0", 4), "news": ("CC-BY-ND-4.0", 99)}, ("news",)),
    ({"blog": (None, 99), "docs": ("MIT", 1)}, ("blog",)),
]


@pytest.mark.parametrize(("mix", "drop"), MIXES)
def test_what_to_drop(
    facts: Facts, mix: dict[str, tuple[str | None, int]], drop: tuple[str, ...]
) -> None:
    inputs = [Input(id=name, license=i, tokens=n) for name, (i, n) in mix.items()]
    found = what_if(inputs, SHARE, unified(facts), facts)
    assert found.drop == drop
    assert found.weight == sum(mix[name][1] for name in drop)
    assert found.unit == "tokens"
    assert found.answer.result <= Result.ALLOW_WITH


def test_sizes_are_of_one_unit(facts: Facts) -> None:
    inputs = [
        Input(id="wiki", license="CC-BY-SA-4.0", tokens=1, chars=90),
        Input(id="ichi", license="CC-BY-NC-4.0", chars=5),
    ]
    found = what_if(inputs, SHARE, unified(facts), facts)
    assert (found.drop, found.unit, found.weight) == (("ichi",), "chars", 5)


def test_models_stay(facts: Facts) -> None:
    purpose = plan(facts, "release_weights", policy="strict")
    gemma = Input(model="gemma-2", role="base")
    wiki = Input(id="wiki", license="CC-BY-SA-4.0", role="train", tokens=999)
    found = what_if([gemma, wiki], "release_weights", purpose, facts)
    assert found.drop == ("wiki",)
    research = Input(model="llm-jp-3-172b-beta2", role="base")
    assert what_if([research, wiki], "release_weights", purpose, facts).drop is None


kinds = st.sampled_from(
    ["CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC-BY-4.0", "GPL-3.0-only", "MIT", "CDLA-Sharing-1.0"]
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(kinds, st.integers(1, 9)), min_size=1, max_size=6))
def test_nothing_lighter_is_enough(mix: list[tuple[str, int]]) -> None:
    inputs = [Input(id=f"s{i}", license=x, tokens=n) for i, (x, n) in enumerate(mix)]
    purpose = unified(FACTS)
    found = what_if(inputs, SHARE, purpose, FACTS, wanted=Result.REVIEW)
    assert found.weight == min(
        sum(i.tokens or 0 for i in chosen)
        for size in range(len(inputs) + 1)
        for chosen in combinations(inputs, size)
        if judge_mix([i for i in inputs if i not in chosen], SHARE, purpose, FACTS).result
        <= Result.REVIEW
    )


def test_five_hundred_sources_in_a_second(facts: Facts) -> None:
    ids = sorted(t.id for t in facts.terms.values() if "content" in t.layers)
    inputs = [Input(id=f"s{i}", license=ids[i % len(ids)], tokens=1 + i % 97) for i in range(500)]
    start = time.process_time()
    found = what_if(inputs, SHARE, unified(facts), facts)
    assert time.process_time() - start < 1.0
    assert found.drop
    assert found.answer.result <= Result.ALLOW_WITH
