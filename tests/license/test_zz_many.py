"""What holds of every mix: order, repetition, additions, policies, and the unknown."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmx_data.license.cases import POLICIES
from llmx_data.license.facts import Facts, load
from llmx_data.license.inputs import Input
from llmx_data.license.mix import Answer, judge_mix
from llmx_data.license.schema import Result

from .conftest import ROOT, plan

FACTS: Facts = load(Path(ROOT))
CONTENT = sorted(t.id for t in FACTS.terms.values() if {"content", "database"} & set(t.layers))
MODELS = sorted(t.id for t in FACTS.terms.values() if {"weights", "outputs"} & set(t.layers))
ACTS = (
    "redistribute",
    "redistribute_derived",
    "train_internal",
    "release_weights",
    "commercial_service",
    "train_on_outputs",
)
who = st.sampled_from(["self", "upstream", "unknown"])
data = st.builds(
    Input,
    role=st.sampled_from(["content", "train", "eval", "filter"]),
    license=st.sampled_from(CONTENT),
    license_db=st.sampled_from([None, None, "ODC-By-1.0", "ODbL-1.0"]),
    adaptation=st.sampled_from(["verbatim", "technical", "normalized", "translated", "generated"]),
    accepted_by=who,
    generator=st.sampled_from([None, *MODELS]),
)
makers = st.builds(
    Input,
    role=st.sampled_from(["generator", "translator", "judge"]),
    license=st.sampled_from(MODELS),
    accepted_by=who,
)
weights = st.builds(
    Input,
    role=st.sampled_from(["base", "merge", "delta"]),
    license=st.sampled_from(MODELS),
    accepted_by=who,
)
added = st.one_of(data, makers)
mixes = st.lists(st.one_of(data, makers, weights), min_size=1, max_size=5)
asked = st.fixed_dictionaries(
    {
        "act": st.sampled_from(ACTS),
        "mode": st.sampled_from(["collection", "unified"]),
        "kind": st.sampled_from(["university", "company", "individual", "unknown"]),
        "policy": st.sampled_from(POLICIES),
    }
)


def judged(inputs: list[Input], ask: dict[str, str], **more: str) -> Answer:
    options = ask | more
    purpose = plan(
        FACTS,
        options["act"],
        mode=options["mode"],
        kind=options["kind"],
        policy=options["policy"],
    )
    return judge_mix(inputs, purpose.act[0], purpose, FACTS)


@settings(max_examples=3000, deadline=None)
@given(mixes, asked, st.randoms(use_true_random=False))
def test_order_changes_nothing(inputs: list[Input], ask: dict[str, str], random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(inputs)
    random.shuffle(shuffled)
    assert judged(inputs, ask) == judged(shuffled, ask)


@settings(max_examples=3000, deadline=None)
@given(mixes, asked)
def test_repetition_changes_nothing(inputs: list[Input], ask: dict[str, str]) -> None:
    assert judged(inputs, ask) == judged(inputs + inputs, ask)


@settings(max_examples=3000, deadline=None)
@given(mixes, added, asked)
def test_more_data_never_improves(inputs: list[Input], more: Input, ask: dict[str, str]) -> None:
    assert judged([*inputs, more], ask).result >= judged(inputs, ask).result


@settings(max_examples=3000, deadline=None)
@given(mixes, asked)
def test_strict_is_never_milder(inputs: list[Input], ask: dict[str, str]) -> None:
    grades = [judged(inputs, ask, policy=policy).result for policy in POLICIES]
    assert grades == sorted(grades, reverse=True)


@settings(max_examples=3000, deadline=None)
@given(mixes, asked, st.sampled_from(["content", "train", "filter"]))
def test_the_unknown_is_never_allowed(inputs: list[Input], ask: dict[str, str], role: str) -> None:
    blog = Input(id="blog", role=role)  # type: ignore[arg-type]
    assert judged([*inputs, blog], ask).result > Result.ALLOW
    model = Input(model="never-heard-of", role="generator")
    assert judged([*inputs, model], ask).result >= Result.REVIEW


@settings(max_examples=3000, deadline=None)
@given(mixes, asked, st.sampled_from(CONTENT), st.sampled_from(CONTENT))
def test_an_alternative_never_worsens(
    inputs: list[Input], ask: dict[str, str], one: str, other: str
) -> None:
    alone = Input(license=one, accepted_by="self")
    either = Input(license=f"{one} OR {other}", accepted_by="self")
    assert judged([*inputs, either], ask).result <= judged([*inputs, alone], ask).result


@settings(max_examples=3000, deadline=None)
@given(mixes, asked)
def test_every_reason_is_cited_in_both_languages(inputs: list[Input], ask: dict[str, str]) -> None:
    for reason in judged(inputs, ask).reasons():
        assert reason.ja
        assert reason.en
        assert reason.section


@pytest.mark.parametrize("act", ACTS)
def test_nothing_at_all_is_no_obstacle(act: str) -> None:
    ask = {"act": act, "mode": "unified", "kind": "unknown", "policy": "strict"}
    assert judged([], ask).result == Result.ALLOW
