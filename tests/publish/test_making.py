"""How generated records were made: in the card, the manifest and the report, or said to be unknown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from llmx_data.core.errors import DataError
from tests.report.generated import MADE, rows
from tests.road.help import go, write_recipe


def run(folder: Path, made: Any = MADE, **parts: Any) -> Any:
    """Curate the twelve rows, of which one repeats another, beside what is said of them."""
    own = rows()
    own[1]["messages"] = own[0]["messages"]
    lines = [json.dumps(row, ensure_ascii=False) for row in own]
    (folder / "answers.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    if made is not None:
        text = made if isinstance(made, str) else json.dumps(made)
        (folder / "synthesis.json").write_text(text, encoding="utf-8")
    source = {"use": "generated", "name": "made", "path": "answers.jsonl"}
    recipe = write_recipe(folder, sources=[source], steps=[{"dedup": "exact"}], **parts)
    return go(recipe, folder / "run")


def card(folder: Path) -> str:
    return (folder / "run" / "dataset" / "README.md").read_text(encoding="utf-8")


def report(folder: Path) -> Any:
    return json.loads((folder / "run" / "report.json").read_text(encoding="utf-8"))["synthesis"]


def test_the_card_names_who_wrote_and_with_what(tmp_path: Path) -> None:
    run(tmp_path)
    text = card(tmp_path)
    for line in (
        "- Generator: qwen2.5-32b (`Qwen/Qwen2.5-32B-Instruct`, revision `5ede1c9`, "
        "quantization awq)",
        "- Judge: qwen2.5-72b (no revision set)",
        "- Engine: vllm 0.32.0",
        "- Seed: 1",
        "- Sampling (answer): max_tokens 1024, temperature 0.3",
        "- Tokens: 300 in, 1,200 out",
        "| answer | 3 | 3 | 3 | 3 | none |",
        "| persona | 12 | 11 | 9 | 8 | bad_json 1, too_similar 1 |",
        f"| persona-v1 | 12 | `{'a' * 64}` |",
    ):
        assert line in text.splitlines()
    front = yaml.safe_load(text.split("---")[1])
    assert front["license"] == "cc0-1.0"


def test_rules_are_no_language_model(tmp_path: Path) -> None:
    run(tmp_path, MADE | {"rules": True, "generators": [], "sampling": {}})
    assert "- No language model was used: the texts were computed by rules." in card(tmp_path)
    assert "qwen" not in card(tmp_path)


def test_wordings_of_one_prompt_are_one_line(tmp_path: Path) -> None:
    prompts = [{"id": f"rules-v1/{k}", "sha256": k * 64, "requests": 6} for k in "ab"]
    run(tmp_path, MADE | {"prompts": prompts})
    assert "| rules-v1 (2 wordings) | 12 | `" in card(tmp_path)


def test_unknown_making_is_said_and_stops_nothing(tmp_path: Path) -> None:
    run(tmp_path, None)
    assert "How the records of made were generated is not known here." in card(tmp_path)
    assert "| persona | 8 |" in card(tmp_path)
    (section,) = report(tmp_path)
    assert section["made"] is None
    assert section["methods"]["persona"] == {
        "requests": None, "answered": None, "failed": None, "tokens_in": None,
        "tokens_out": None, "rejected": {}, "made": 9, "screened": {"exact_duplicate": 1},
        "kept": 8,
    }  # fmt: skip
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "no synthesis.json lies beside the answers" in page


@pytest.mark.parametrize("torn", ['{"generators": [', "{}", "[]", '{"rules": "yes"}'])
def test_a_torn_file_is_an_error_with_a_remedy(tmp_path: Path, torn: str) -> None:
    with pytest.raises(DataError, match=r"synthesis\.json: .*\n    run the same llmx synth again"):
        run(tmp_path, torn)


def test_the_report_follows_each_method_from_request_to_release(tmp_path: Path) -> None:
    run(tmp_path)
    (section,) = report(tmp_path)
    persona = section["methods"]["persona"]
    assert persona["screened"] == {"exact_duplicate": 1}
    assert (persona["requests"], persona["made"], persona["kept"]) == (12, 9, 8)
    total = section["total"]
    assert (total["requests"], total["made"], total["kept"]) == (15, 12, 11)
    assert total["rejected"] == {"bad_json": 1, "too_similar": 1}
    assert section["diversity"]["all"]["records"] == 11
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert manifest["sources"][0]["synthesis"]["engine"] == "vllm 0.32.0"


def test_two_runs_tell_the_same(tmp_path: Path) -> None:
    told = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        run(tmp_path / name)
        told.append((json.dumps(report(tmp_path / name)), card(tmp_path / name)))
    assert told[0] == told[1]


def test_a_new_account_of_the_same_answers_is_published(tmp_path: Path) -> None:
    assert run(tmp_path)["changed"]
    assert not run(tmp_path)["changed"]
    assert run(tmp_path, MADE | {"engine": "vllm 0.33.0"})["changed"]
    assert "- Engine: vllm 0.33.0" in card(tmp_path)


def test_other_data_sets_have_no_such_section(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("文章。\n", encoding="utf-8")
    source = {"use": "files", "path": "a.txt", "license": "CC0-1.0"}
    go(write_recipe(tmp_path, sources=[source]), tmp_path / "run")
    assert "generated" not in card(tmp_path)
    assert report(tmp_path) == []
    assert 'id="synthesis"' not in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
