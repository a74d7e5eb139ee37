"""Every case under licenses/cases/ gives what it says, and the runner what users read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from llmx_data.core.errors import RecipeError
from llmx_data.license.cases import POLICIES, Case, failures, read_cases, run_cases, spelled_out
from llmx_data.license.facts import Facts
from llmx_data.license.schema import Result

from .conftest import ROOT

FILES = sorted((ROOT / "cases").glob("*.yaml"))
CASES = [case for path in FILES for case in read_cases(path)]
# Cases of the published tables; the rest are our own.
PUBLISHED = [c for c in CASES if c.id.startswith("T") and c.id[1].isdigit()]


def test_there_are_as_many_as_promised() -> None:
    assert len({c.id for c in CASES}) == len(CASES)
    assert len(PUBLISHED) >= 70
    assert len(CASES) - len(PUBLISHED) >= 40
    assert all(c.expect[p].verdict for c in CASES for p in POLICIES)


@pytest.mark.parametrize("case", CASES, ids=[c.id for c in CASES])
def test_case(facts: Facts, case: Case) -> None:
    assert failures(case, facts) == []


def test_a_wrong_expectation_is_noticed(facts: Facts) -> None:
    case = next(c for c in CASES if c.id == "T15")
    wrong = {
        "strict": {"verdict": "ALLOW"},
        "standard": {
            "outgoing": ["MIT"],
            "disputed": False,
            "rules": ["no_such_rule"],
            "duties": ["no_such_duty"],
        },
        "loose": {},
    }
    raw = case.model_dump(mode="json") | {"expect": wrong}
    lines = failures(Case.model_validate_json(json.dumps(raw)), facts)
    assert [" ".join(line.split()[:2]) for line in lines] == [
        "loose: expected,", "strict: REVIEW,", "standard: outgoing:", "standard: disputed:",
        "standard: no", "standard: no",
    ]  # fmt: skip


def test_expectations_in_short_and_spelled_out() -> None:
    case = {"id": "a", "act": "release_weights", "inputs": [{"license": "MIT"}]}

    def read(expect: object) -> Case:
        return Case.model_validate_json(
            json.dumps(spelled_out(case | {"expect": expect})), strict=True
        )

    short = read({"verdict": "DENY REVIEW ALLOW", "disputed": True})
    assert short == read(
        {
            "strict": {"verdict": "DENY"},
            "standard": {"verdict": "REVIEW", "disputed": True},
            "permissive_jp": {"verdict": "ALLOW"},
        }
    )
    assert {e.verdict for e in read({"verdict": "DENY"}).expect.values()} == {"DENY"}
    for wrong in ({"verdict": "SURE"}, {"strict": {"answer": "DENY"}}):
        with pytest.raises(ValidationError):
            read(wrong)


def test_the_answer_as_users_read_it(facts: Facts) -> None:
    case = next(c for c in CASES if c.id == "T31")
    found = run_cases([case], facts, explain=True)
    assert found["facts"] == facts.hash
    (one,) = found["cases"]
    assert (one["id"], one["act"], list(one["policies"])) == ("T31", case.act, list(POLICIES))
    strict, standard = one["policies"]["strict"], one["policies"]["standard"]
    assert (strict["verdict"], strict["outgoing"], strict["disputed"]) == ("DENY", [], True)
    assert standard["verdict"] == "ALLOW_WITH"
    assert standard["outgoing"] == ["Apache-2.0", "LicenseRef-gemma-2024-04-01"]
    assert {"kind", "license", "section", "words", "ja", "en"} == set(standard["obligations"][0])
    assert {r["rule"] for r in strict["reasons"]} > {"incompatible_weights"}
    assert all(r["ja"] and r["en"] and r["section"] for r in strict["reasons"])
    tree = strict["proof"]
    assert {n["input"] for n in tree["because"] if "input" in n} == {
        "Apache-2.0",
        "CC-BY-SA-4.0",
        "gemma-2",
    }
    assert json.dumps(found, sort_keys=True) == json.dumps(
        run_cases([case], facts, explain=True), sort_keys=True
    )


def test_a_policy_that_does_not_fit_says_so(facts: Facts) -> None:
    case = next(c for c in CASES if c.id == "permissive-outside-japan")
    policies = run_cases([case], facts)["cases"][0]["policies"]
    assert policies["permissive_jp"]["verdict"] == policies["standard"]["verdict"] == "REVIEW"
    assert "policy_unfit" in {r["rule"] for r in policies["permissive_jp"]["reasons"]}
    assert "policy_unfit" not in {r["rule"] for r in policies["standard"]["reasons"]}


@pytest.mark.parametrize(
    "text",
    [
        "cases: [{id: a, act: release_weights, inputs: [{license: MIT}]}]",
        "[{id: a, act: release_weights, inputs: [{license: MIT}]}]",
        "{id: a, act: release_weights, inputs: [{license: MIT}]}",
        '{"cases": [{"id": "a", "act": "release_weights", "inputs": [{"license": "MIT"}]}]}',
    ],
)
def test_files_may_be_lists_or_one_case(tmp_path: Path, facts: Facts, text: str) -> None:
    path = tmp_path / "case.yaml"
    path.write_text(text, encoding="utf-8")
    (case,) = read_cases(path)
    answer = run_cases([case], facts)["cases"][0]["policies"]["standard"]
    assert (answer["verdict"], answer["outgoing"]) == ("ALLOW_WITH", [])


def test_mistakes_name_their_place(tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    path.write_text(
        "cases:\n"
        "  - {id: a, act: fly, inputs: [{license: MIT}]}\n"
        "  - id: b\n"
        "    act: redistribute\n"
        "    inputs:\n"
        "      - {licence: MIT}\n"
        "      - {dataset: a, model: b}\n",
        encoding="utf-8",
    )
    with pytest.raises(RecipeError) as error:
        read_cases(path)
    places = [(m.where.rpartition(":")[2], m.place) for m in error.value.mistakes]
    assert places == [("2", "act"), ("6", "inputs.0.licence"), ("7", "inputs.1")]


def test_every_result_is_met(facts: Facts) -> None:
    seen = {e.verdict for c in CASES for e in c.expect.values()}
    assert seen == {r.name for r in Result}
