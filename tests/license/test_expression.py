"""Names to expressions, expressions to branches."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from llmx_data.core.errors import RecipeError
from llmx_data.license.expression import atoms, both, branches, normalize
from llmx_data.license.facts import UNKNOWN, UNKNOWN_VERSION, Facts


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        (None, UNKNOWN),
        ("  ", UNKNOWN),
        ("other", UNKNOWN),
        ("cc-by-sa", UNKNOWN_VERSION),
        ("cc-by-sa-4.0", "CC-BY-SA-4.0"),
        ("mit and apache-2.0", "MIT AND Apache-2.0"),
        ("cc-by-sa-3.0 or GFDL-1.3", "CC-BY-SA-3.0 OR GFDL-1.3-or-later"),
        ("(CC-BY-SA-3.0 OR MIT) AND cc0-1.0", "(CC-BY-SA-3.0 OR MIT) AND CC0-1.0"),
        ("MIT AND mit", "MIT"),
        ("gpl-2.0-only", "GPL-2.0-only"),
        ("LicenseRef-mine", "LicenseRef-mine"),
        ("Apache-2.0 WITH LLVM-exception", "Apache-2.0 WITH LLVM-exception"),
    ],
)
def test_normalize(facts: Facts, text: str | None, expression: str) -> None:
    assert normalize(text, facts) == expression
    assert normalize(expression, facts) == expression


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("CC-BY-SA-5.0", "did you mean CC-BY-SA-4.0"),
        ("Apache-2.00", "did you mean Apache-2.0"),
        ("MIT OR CC-BY-40", "did you mean CC-BY-4.0"),
        ("MIT AND (", "SPDX expression"),
        ("なんとなく自由", "write an SPDX id"),
    ],
)
def test_wrong_names_say_what_is_near(facts: Facts, text: str, hint: str) -> None:
    with pytest.raises(RecipeError, match=r"licence|SPDX") as error:
        normalize(text, facts)
    assert hint in str(error.value)
    assert normalize(text, facts, on_error="unknown") == UNKNOWN


def test_branches_keep_every_alternative() -> None:
    assert branches("(A OR B) AND C") == (("A", "C"), ("B", "C"))
    assert branches("A AND B OR C") == (("A", "B"), ("C",))
    # simplify() of license-expression would drop the first branch here.
    assert branches("(A OR B) AND A") == (("A",), ("B", "A"))
    assert atoms("(A OR B) AND A") == ("A", "B")


def test_both_keeps_alternatives_together() -> None:
    assert both(["A OR B", "C", "C"]) == "(A OR B) AND C"
    assert both(["A"]) == "A"


def test_real_names_of_repositories_are_understood(facts: Facts) -> None:
    root = os.environ.get("LLMX_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data")
    path = Path(root) / "license_cases.jsonl"
    if not path.is_file():
        pytest.skip(f"no {path}: set LLMX_SHARED_DATA to the folder of shared data")
    cases = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    found = {c["license_by_file"]: normalize(c["license_by_file"], facts) for c in cases}
    assert len(cases) >= 20
    assert found["NOASSERTION"] == UNKNOWN
    assert found["LicenseRef-PDL-1.0"] == "LicenseRef-PDL-1.0-JP"
    assert found["CC-BY-SA-4.0"] == "CC-BY-SA-4.0"
