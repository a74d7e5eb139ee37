"""Mixes: roles, cards, statements, what upstream says, licences put together, the proof."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from llmx_data.license.cards import Statement
from llmx_data.license.combine import combine
from llmx_data.license.diff import differences
from llmx_data.license.facts import Facts
from llmx_data.license.findings import Tuple
from llmx_data.license.gate import judge
from llmx_data.license.inputs import Input
from llmx_data.license.mix import Answer, judge_mix
from llmx_data.license.proof import page, proof
from llmx_data.license.schema import Result

from .conftest import plan

RELEASE, SERVE, TRAIN, SHARE = (
    "release_weights",
    "commercial_service",
    "train_internal",
    "redistribute_derived",
)


def answer(facts: Facts, act: str, *inputs: Input, **more: object) -> Answer:
    return judge_mix(inputs, act, plan(facts, act, **more), facts)  # type: ignore[arg-type]


def rules(found: Answer) -> set[str]:
    return {r.rule for r in found.reasons()}


# role, act of the whole -> act judged for the input
ROLES = [
    ("content", SHARE, SHARE),
    ("train", RELEASE, RELEASE),
    ("eval", RELEASE, "evaluate_only"),
    ("filter", RELEASE, "annotate_only"),
    ("judge", SHARE, "annotate_only"),
    ("generator", SHARE, SHARE),
]


@pytest.mark.parametrize(("role", "act", "judged"), ROLES)
def test_a_role_decides_what_is_done(facts: Facts, role: str, act: str, judged: str) -> None:
    given = Input(license="Apache-2.0", role=role)  # type: ignore[arg-type]
    (one,) = answer(facts, act, given).inputs
    assert one.verdict.act == judged


def test_a_whole_without_data_is_free(facts: Facts) -> None:
    found = answer(facts, SHARE, Input(model="qwen2.5-32b", role="generator"))
    assert (found.outgoing, found.free) == ((), True)
    mixed = answer(facts, SHARE, Input(license="CC-BY-4.0"))
    assert (mixed.outgoing, mixed.free) == (("CC-BY-4.0",), False)


def said(facts: Facts, **statement: str) -> Facts:
    """Give the facts with one statement on the card of jmultiwoz and none beside."""
    card = facts.datasets["jmultiwoz"]
    made = Statement.model_validate({"where": "README", **statement})
    datasets = {**facts.datasets, "jmultiwoz": card.model_copy(update={"statements": (made,)})}
    return replace(facts, datasets=datasets)


# what the licensor says of the data set; act, actor -> result under `strict`, rule
STATEMENTS = [
    (("weights", "not_derivative"), RELEASE, "individual", "ALLOW_WITH", "statement"),
    (("weights", "derivative"), RELEASE, "individual", "ALLOW_WITH", "statement"),
    (("models", "research_only"), RELEASE, "university", "ALLOW_WITH", "statement_limits"),
    (("models", "research_only"), RELEASE, "company", "REVIEW", "statement_limits"),
    (("models", "noncommercial"), SERVE, "company", "REVIEW", "statement_limits"),
    (("models", "noncommercial"), TRAIN, "company", "ALLOW", "permitted"),
    (("data", "training_denied"), TRAIN, "company", "DENY", "statement_limits"),
    (("data", "training_allowed"), TRAIN, "company", "ALLOW", "statement"),
]


@pytest.mark.parametrize(("statement", "act", "kind", "result", "rule"), STATEMENTS)
def test_statements_of_licensors(
    facts: Facts, statement: tuple[str, str], act: str, kind: str, result: str, rule: str
) -> None:
    told = said(facts, about=statement[0], says=statement[1])
    inputs = [Input(dataset="jmultiwoz", role="train"), Input(license="MIT", role="base")]
    found = answer(told, act, *inputs, policy="strict", kind=kind)
    assert rule in rules(found)
    duty = next(j for j in found.inputs if j.given.dataset).verdict
    assert duty.result.name == result


def test_models_as_derivatives_bind_whatever_the_policy(facts: Facts) -> None:
    inputs = [Input(dataset="jmultiwoz", role="train"), Input(model="gemma-2", role="base")]
    free, bound = (
        answer(said(facts, about="weights", says=says), RELEASE, *inputs, policy=policy)
        for says, policy in (("not_derivative", "strict"), ("derivative", "permissive_jp"))
    )
    assert free.result == Result.ALLOW_WITH
    assert (bound.result, bound.outgoing) == (Result.DENY, ())
    assert "incompatible_weights" in rules(bound)


def test_a_relabelled_copy_is_asked_about(facts: Facts) -> None:
    card = facts.datasets["databricks-dolly-15k-ja-google-trans"]
    wrong = card.model_copy(update={"license": "CC-BY-3.0", "generator": None})
    told = replace(facts, datasets={**facts.datasets, card.id: wrong})
    found = answer(told, SHARE, Input(dataset=card.id))
    assert found.result == Result.REVIEW
    assert "declared_upstream" in rules(found)
    assert "declared_upstream" not in rules(answer(facts, SHARE, Input(dataset=card.id)))


def test_a_vendor_may_relicense_its_own_model(facts: Facts) -> None:
    found = answer(facts, RELEASE, Input(model="deepseek-r1", role="base"))
    assert (found.result, found.outgoing) == (Result.ALLOW_WITH, ("MIT",))


def test_a_text_that_binds_is_superseded(facts: Facts) -> None:
    old = facts.terms["LicenseRef-gemma-2024-04-01"]
    cites = {**old.cites, "renewed_text": "§0"}
    binding = old.model_copy(update={"renewed_text": "binds", "cites": cites})
    told = replace(facts, terms={**facts.terms, old.id: binding})
    found = answer(told, TRAIN, Input(license=old.id, role="base"))
    assert "superseded" in rules(found)
    assert "read_renewed" in {o.kind for o in found.obligations}


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        (Input(dataset="no-such-set"), "card_unknown"),
        (Input(model="no-such-model", role="base"), "card_unknown"),
        (Input(model="qwen3", channel="api", role="generator"), "channel_unknown"),
        (Input(license="LicenseRef-mine", role="base"), "no_facts"),
        (Input(license="cc-by"), "unknown_version"),
    ],
)
def test_the_unknown_is_asked(facts: Facts, given: Input, rule: str) -> None:
    found = answer(facts, TRAIN, given)
    assert found.result >= Result.REVIEW
    assert rule in rules(found)


def test_near_names_are_named(facts: Facts) -> None:
    found = answer(facts, TRAIN, Input(dataset="ichikara-instructions", role="train"))
    (reason,) = [r for r in found.reasons() if r.rule == "card_unknown"]
    assert "ichikara-instruction" in reason.en


def test_an_input_is_one_thing() -> None:
    with pytest.raises(ValueError, match="not both"):
        Input(dataset="a", model="b")


# licences, mode, act -> result, outgoing
COMBINED = [
    (["cc-by-sa-4.0", "cc-by-nc-sa-4.0"], "unified", SHARE, "DENY", ()),
    (
        ["cc-by-sa-4.0", "cc-by-nc-sa-4.0"],
        "collection",
        SHARE,
        "ALLOW_WITH",
        ("CC-BY-NC-SA-4.0", "CC-BY-SA-4.0"),
    ),
    (["odc-by", "cc-by-4.0"], "unified", SHARE, "ALLOW_WITH", ("CC-BY-4.0",)),
    (["odc-by", "odbl"], "collection", SHARE, "DENY", ()),
    (
        ["llama3.1", "gemma"],
        "unified",
        RELEASE,
        "ALLOW_WITH",
        ("LicenseRef-gemma-2025-03-24", "LicenseRef-llama-3.1"),
    ),
]


@pytest.mark.parametrize(("licenses", "mode", "act", "result", "out"), COMBINED)
def test_combine(
    facts: Facts, licenses: list[str], mode: str, act: str, result: str, out: tuple[str, ...]
) -> None:
    found = combine(licenses, facts, mode=mode, act=act)  # type: ignore[arg-type]
    assert (found.result.name, found.outgoing) == (result, out)


def test_differences_name_field_and_sections(facts: Facts) -> None:
    one, other = (facts.terms[i] for i in ("LicenseRef-llama-3", "LicenseRef-llama-3.1"))
    found = {d.field: d for d in differences(one, other)}
    rule = found["outputs.rules"]
    assert (rule.one, rule.other) == (["family_only"], ["name_prefix"])
    assert (rule.section_one, rule.section_other) == ("§1.b.v", "§1.b.i")
    assert found["sentences.name_prefix"].one == "Llama 3"
    assert "title" not in found
    assert "title" in {d.field for d in differences(one, other, about=True)}
    assert differences(one, one) == []


def test_the_proof_is_a_tree_down_to_sections(facts: Facts) -> None:
    inputs = [Input(model="gemma-2", role="base"), Input(license="CC-BY-SA-4.0", role="train")]
    found = answer(facts, RELEASE, *inputs, policy="strict")
    tree = proof(found)
    assert (tree["verdict"], tree["outgoing"]) == ("DENY", [])
    together = [n for n in tree["because"] if "together" in n]
    assert [n["verdict"] for n in together] == ["DENY"]
    assert "CC-BY-SA-4.0" in together[0]["because"][0]["section"]
    ja, en = page(found, lang="ja"), page(found)
    assert "一体として" in ja
    assert "DENY  together" in en
    assert en.index("DENY  together") < en.index("CC-BY-SA-4.0 train")


def test_five_hundred_tuples_in_a_second(facts: Facts) -> None:
    ids = sorted(facts.terms)
    subjects = [
        Tuple(
            f"s{i}",
            ids[i % len(ids)],
            adaptation=("verbatim", "normalized", "translated")[i % 3],
            generator=(None, "gemma-2", "openai-api")[i % 3],
        )
        for i in range(500)
    ]
    start = time.process_time()
    judge(subjects, plan(facts, SHARE, mode="unified"), facts)
    judge(subjects, plan(facts, RELEASE), facts)
    assert time.process_time() - start < 1.0
