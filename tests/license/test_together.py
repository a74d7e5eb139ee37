"""What holds for all records at once: unified works, databases, makers with a database right."""

from __future__ import annotations

import pytest

from llmx_data.license.facts import Facts
from llmx_data.license.findings import Tuple
from llmx_data.license.gate import judge, worst
from llmx_data.license.schema import Result
from llmx_data.license.together import outgoing

from .conftest import plan

SHARE = "redistribute_derived"

# licences of a unified work -> the licence it goes out under, or None where there is none
UNIFIED = [
    (["CC-BY-4.0", "CC0-1.0"], "CC-BY-4.0"),
    (["CC-BY-4.0", "CC-BY-SA-4.0"], "CC-BY-SA-4.0"),
    (["CC-BY-SA-3.0", "CC-BY-SA-4.0"], "CC-BY-SA-4.0"),
    (["CC-BY-SA-2.1-JP", "CC-BY-SA-3.0"], "CC-BY-SA-3.0"),
    (["CC-BY-SA-4.0", "CC-BY-NC-SA-4.0"], None),
    (["CC-BY-4.0", "CC-BY-NC-4.0"], "CC-BY-NC-4.0"),
    (["CC-BY-NC-4.0", "CC-BY-SA-4.0"], None),
    (["CC-BY-NC-4.0", "CC-BY-NC-SA-4.0"], "CC-BY-NC-SA-4.0"),
    (["CC-BY-NC-SA-3.0", "CC-BY-NC-SA-4.0"], "CC-BY-NC-SA-4.0"),
    (["Apache-2.0", "MIT"], "Apache-2.0"),
    (["MIT", "CC-BY-SA-3.0"], "CC-BY-SA-3.0"),
    (["GPL-3.0-only", "CC-BY-SA-4.0"], "GPL-3.0-only"),
    (["GPL-3.0-only", "CC-BY-NC-4.0"], None),
    (["CDLA-Sharing-1.0", "CC-BY-SA-4.0"], None),
    (["CDLA-Permissive-2.0", "CC-BY-SA-4.0"], "CC-BY-SA-4.0"),
    (["GFDL-1.3", "CC-BY-SA-4.0"], None),
    (["CC-BY-SA-4.0 OR GFDL-1.3", "CC-BY-SA-4.0"], "CC-BY-SA-4.0"),
    (["CC-BY-ND-4.0", "CC-BY-4.0"], None),
    (["MIT"], "MIT"),
]


@pytest.mark.parametrize(("licenses", "out"), UNIFIED)
def test_unified(facts: Facts, licenses: list[str], out: str | None) -> None:
    purpose = plan(facts, SHARE, mode="unified")
    verdicts = judge([Tuple(f"s{i}", x) for i, x in enumerate(licenses)], purpose, facts)
    assert (worst(verdicts) == Result.DENY) == (out is None)
    if out is not None:
        assert outgoing(verdicts, purpose, facts).headline == out


def test_the_clash_names_both(facts: Facts) -> None:
    subjects = [Tuple("news", "MIT"), Tuple("wiki", "CC-BY-SA-4.0"), Tuple("ichi", "CC-BY-NC-4.0")]
    whole = judge(subjects, plan(facts, SHARE, mode="unified"), facts)[-1]
    assert whole.subject is None
    (reason,) = whole.reasons
    assert "CC-BY-SA-4.0 (wiki) + CC-BY-NC-4.0 (ichi)" in reason.en
    assert "§3(b)(1)" in reason.section
    assert "news" not in reason.en


def test_a_collection_keeps_each_licence(facts: Facts) -> None:
    purpose = plan(facts, SHARE)
    subjects = [Tuple("wiki", "CC-BY-SA-4.0"), Tuple("ichi", "CC-BY-NC-SA-4.0")]
    verdicts = judge(subjects, purpose, facts)
    assert worst(verdicts) == Result.ALLOW_WITH
    out = outgoing(verdicts, purpose, facts)
    assert out.licenses == ("CC-BY-NC-SA-4.0", "CC-BY-SA-4.0")
    assert out.headline is None
    assert out.noncommercial


@pytest.mark.parametrize(
    ("release", "result"),
    [
        ("CC-BY-SA-4.0", "ALLOW_WITH"),
        ("GPL-3.0-only", "ALLOW_WITH"),
        ("CC-BY-4.0", "DENY"),
        ("Apache-2.0", "DENY"),
    ],
)
def test_the_release_licence_must_be_allowed(facts: Facts, release: str, result: str) -> None:
    purpose = plan(facts, SHARE, mode="unified", release={"license": release})
    assert worst(judge([Tuple("wiki", "CC-BY-SA-4.0")], purpose, facts)).name == result


def test_a_free_licence_does_not_lift_a_non_commercial_limit(facts: Facts) -> None:
    purpose = plan(facts, SHARE, mode="unified", release={"license": "CC-BY-4.0"})
    found = judge([Tuple("n", "CC-BY-NC-4.0")], purpose, facts)
    assert [r.rule for r in found[-1].reasons] == ["release_license"]


def test_two_database_licences_cannot_form_one_table(facts: Facts) -> None:
    subjects = [Tuple("a", "MIT", license_db="odbl"), Tuple("b", "MIT", license_db="odc-by")]
    whole = judge(subjects, plan(facts, SHARE), facts)[-1]
    assert (whole.subject, whole.result) == (None, Result.DENY)
    assert "ODbL-1.0 (a) + ODC-By-1.0 (b)" in whole.reasons[0].en
    assert "§4.4(a)" in whole.reasons[0].section
    alone = judge(subjects[:1] * 2, plan(facts, SHARE), facts)
    assert worst(alone) == Result.ALLOW_WITH


@pytest.mark.parametrize(
    ("actor", "results"),
    [
        ({"jurisdiction": "JP"}, "ALLOW_WITH ALLOW_WITH"),
        ({"jurisdiction": "FR"}, "DENY REVIEW"),
        ({"jurisdiction": "FR", "database_right": "no"}, "ALLOW_WITH ALLOW_WITH"),
        ({"jurisdiction": "JP", "database_right": "yes"}, "DENY REVIEW"),
    ],
)
def test_makers_with_a_database_right(facts: Facts, actor: dict[str, str], results: str) -> None:
    subjects = [Tuple("wiki", "CC-BY-SA-4.0"), Tuple("ichi", "CC-BY-NC-SA-4.0")]
    found = [
        worst(judge(subjects, plan(facts, SHARE, policy=policy, actor=actor), facts)).name
        for policy in ("strict", "standard")
    ]
    assert found == results.split()


def test_training_needs_no_common_licence(facts: Facts) -> None:
    subjects = [Tuple("wiki", "CC-BY-SA-4.0"), Tuple("gpl", "GFDL-1.3")]
    purpose = plan(facts, "train_internal", mode="unified")
    assert worst(judge(subjects, purpose, facts)) == Result.ALLOW
