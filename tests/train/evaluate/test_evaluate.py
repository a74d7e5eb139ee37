"""A tiny model from recipe to comparison: files, resuming, keys, the difference, the table."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from llmx_data.core.errors import DataError
from llmx_train.evaluate import evaluate_recipe, folder_subject, table, task_texts
from llmx_train.evaluate.ledger import read_lines
from llmx_train.evaluate.runner import Runner
from llmx_train.evaluate.subject import Subject
from llmx_train.recipe import Sft
from tests.train.training import recipe, token_rows, write_rows

from . import files

TASKS: list[dict[str, Any]] = [
    {"use": "jcommonsenseqa", "path": "jcommonsenseqa.json.gz", "template": "bare", "shots": 1},
    {"use": "jcommonsenseqa", "path": "jcommonsenseqa.json.gz"},
    {"use": "jnli", "path": "jnli.json"},
    {"use": "jmmlu", "path": "jmmlu.tar.gz"},
    {"use": "jsquad", "path": "jsquad.json.gz", "template": "bare", "answer_tokens": 8},
    {"use": "mgsm_ja", "path": "mgsm_ja.tsv", "answer_tokens": 8},
]
KEYS = {
    *("dev/fit", "dev/answers", "jcommonsenseqa/bare/1-shot", "jcommonsenseqa/chat/0-shot"),
    *("jnli/chat/0-shot", "jmmlu/chat/0-shot", "jsquad/bare/0-shot", "mgsm_ja/chat/0-shot"),
}
COMPETITION = [{"task_id": k, "input": text} for k, text in enumerate(("俳句とは?", "桜とは?"))]


class Lab:
    """A recipe with its files, a run with dev tokens, and a loader that counts."""

    def __init__(self, folder: Path, model: Path, records: Any, tokenizer: Any) -> None:
        folder.mkdir(exist_ok=True)
        for make in (files.commonsense, files.inference, files.subjects, files.passages):
            make(folder)
        files.sums(folder)
        (folder / "in.jsonl").write_text("".join(json.dumps(t) + "\n" for t in COMPETITION))
        self.run, self.model, self.loads = folder / "run", model, 0
        self.steps = {"base": 0, "tuned": 4}
        write_rows(self.run, token_rows(tokenizer, records, ("one", "two")).head(0))
        token_rows(tokenizer, records[:16], ("one", "two")).write_parquet(
            self.run / "tokens" / "dev.parquet"
        )
        self.folder = folder

    def recipe(self, **evaluation: Any) -> Sft:
        told = {"tasks": TASKS, "limit": 6, "generate": {"max_new_tokens": 8}} | evaluation
        return recipe(self.folder, self.model, eval=told)

    def loader(self, who: str) -> Subject:
        own = folder_subject(self.model, template="chatml", dtype="float32", device="cpu")

        def load() -> Any:
            self.loads += 1
            model = own.load()
            adam = torch.optim.Adam(model.parameters(), lr=3e-3)
            for _ in range(self.steps[who]):
                for row in _dev(self):
                    ids, labels = (torch.tensor([row[k]]) for k in ("input_ids", "labels"))
                    model(input_ids=ids, labels=labels).loss.backward()
                adam.step()
                adam.zero_grad()
            return model

        return Subject(f"{who}-{self.steps[who]}", own.tokenizer, own.template, load)

    def bytes(self) -> dict[str, bytes]:
        found = (p for p in (self.run / "eval").rglob("*") if p.is_file())
        return {p.relative_to(self.run).as_posix(): p.read_bytes() for p in sorted(found)}


@pytest.fixture(scope="module")
def make_lab(tiny_model_dir: Path, records: Any, tiny_tokenizer: Any) -> Callable[[Path], Lab]:
    return lambda folder: Lab(folder, tiny_model_dir, records, tiny_tokenizer)


@pytest.fixture(scope="module")
def done(
    make_lab: Callable[[Path], Lab], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Lab, dict[str, Any]]:
    lab = make_lab(tmp_path_factory.mktemp("lab"))
    given = lab.recipe(output={"tasks": "in.jsonl", "file": "answers.jsonl"})
    return lab, evaluate_recipe(given, lab.run, lab.loader)


def test_every_task_of_both_models_has_its_files(done: tuple[Lab, dict[str, Any]]) -> None:
    lab, told = done
    assert lab.loads == 2
    for who in ("base", "tuned"):
        assert set(told[who]["results"]) == KEYS
        for key, result in told[who]["results"].items():
            folder = lab.run / "eval" / who / key
            prompts, outputs, scores = (
                read_lines(folder / f"{name}.jsonl") for name in ("prompts", "outputs", "scores")
            )
            assert [p["id"] for p in prompts] == [s["id"] for s in scores]
            assert {p["id"] for p in prompts} == {o["id"] for o in outputs}
            assert result["n"] == len(prompts) > 0
            assert json.loads((folder / "result.json").read_text()) == result
    limited = told["base"]["results"]["dev/fit"]["groups"]
    assert {name: m["nll"]["n"] for name, m in limited.items()} == {"one": 6, "two": 6}


def test_loss_on_dev_is_the_models_own(done: tuple[Lab, dict[str, Any]]) -> None:
    lab, told = done
    model = lab.loader("base").load()
    rows = {r["record_id"]: r for r in _dev(lab)}
    total = tokens = 0.0
    for line in read_lines(lab.run / "eval" / "base" / "dev" / "fit" / "scores.jsonl"):
        row = rows[line["item"]]
        ids, labels = torch.tensor([row["input_ids"]]), torch.tensor([row["labels"]])
        loss = float(model(input_ids=ids, labels=labels).loss.detach())
        count = int((labels[:, 1:] != -100).sum())
        assert line["scores"]["nll"] == pytest.approx([loss, count], rel=1e-4)
        total, tokens = total + loss * count, tokens + count
    mean = told["base"]["results"]["dev/fit"]["means"]["nll"]["mean"]
    assert mean == pytest.approx(total / tokens, rel=1e-4)


def _dev(lab: Lab) -> list[dict[str, Any]]:
    import polars as pl

    return pl.read_parquet(lab.run / "tokens" / "dev.parquet").to_dicts()


def test_the_comparison_has_every_task_source_and_aspect(
    done: tuple[Lab, dict[str, Any]],
) -> None:
    lab, told = done
    found = told["comparison"]
    assert found == json.loads((lab.run / "eval" / "comparison.json").read_text())
    assert {row["key"] for row in found["tasks"]} == KEYS
    assert all(row["same_prompts"] for row in found["tasks"])
    fit = next(r for r in found["tasks"] if r["metric"] == "nll")
    assert (fit["verdict"], fit["direction"], fit["n"]) == ("better", "lower", 12)
    assert fit["high"] < 0, "four steps on these very rows make the loss fall"
    assert {r["group"] for r in found["groups"] if r["metric"] == "nll"} == {"one", "two"}
    aspects = {row["aspect"]: row["keys"] for row in found["aspects"]}
    assert aspects["reasoning"] == [
        "jcommonsenseqa/bare/1-shot",
        "jcommonsenseqa/chat/0-shot",
        "jnli/chat/0-shot",
    ]
    assert set(aspects) == {"reasoning", "knowledge", "reading", "mathematics", "form", "fit"}


def test_the_table_has_a_row_per_metric_and_aspect(done: tuple[Lab, dict[str, Any]]) -> None:
    comparison = done[1]["comparison"]
    lines = table(comparison).splitlines()
    assert len(lines) == 1 + len(comparison["tasks"]) + 1 + len(comparison["aspects"])
    fit = next(line for line in lines if line.startswith("dev/fit nll ↓"))
    assert "better" in fit
    assert f"[{_low(comparison):+.3f}, " in fit
    assert "改善" in table(comparison, lang="ja")


def _low(comparison: dict[str, Any]) -> float:
    return float(next(r["low"] for r in comparison["tasks"] if r["metric"] == "nll"))


def test_only_the_tuned_model_answers_the_competition(done: tuple[Lab, dict[str, Any]]) -> None:
    lab, told = done
    assert told["tuned"]["output"]["tasks"] == 2
    assert "output" not in told["base"]
    lines = read_lines(lab.run / "answers.jsonl")
    assert [(x["task_id"], x["input"]) for x in lines] == [(0, "俳句とは?"), (1, "桜とは?")]


def test_again_loads_nothing_and_writes_the_same(done: tuple[Lab, dict[str, Any]]) -> None:
    lab, told = done
    before, loads = lab.bytes(), lab.loads
    given = lab.recipe(output={"tasks": "in.jsonl", "file": "answers.jsonl"})
    assert evaluate_recipe(given, lab.run, lab.loader) == told
    assert lab.bytes() == before
    assert lab.loads == loads


def test_other_weights_are_asked_anew(make_lab: Callable[[Path], Lab], tmp_path: Path) -> None:
    lab = make_lab(tmp_path)
    given = lab.recipe(tasks=TASKS[:1], base=False)
    one = evaluate_recipe(given, lab.run, lab.loader)
    lab.steps["tuned"] = 1
    other = evaluate_recipe(given, lab.run, lab.loader)
    means = [told["tuned"]["results"]["dev/fit"]["means"]["nll"]["mean"] for told in (one, other)]
    assert lab.loads == 2
    assert means[0] != means[1]
    assert set(one) == {"tuned"}, "no base was measured, so nothing is compared"


@pytest.mark.parametrize("batch", [1, 4, 9])
def test_killed_in_any_batch_it_goes_on_to_the_same_bytes(
    batch: int,
    make_lab: Callable[[Path], Lab],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole, torn = make_lab(tmp_path / "a"), make_lab(tmp_path / "b")
    drawn = {"max_new_tokens": 8, "temperature": 0.8}
    whole.steps["tuned"] = torn.steps["tuned"] = 0
    options: dict[str, Any] = {"tasks": TASKS[4:], "generate": drawn, "base": False}
    evaluate_recipe(whole.recipe(**options), whole.run, whole.loader, batch_tokens=200)
    left = [batch]
    asked = {name: getattr(Runner, name) for name in ("weigh", "write")}

    def dying(name: str) -> Any:
        def call(self: Runner, *args: Any, **kwargs: Any) -> Any:
            left[0] -= 1
            if left[0] < 0:
                raise KeyboardInterrupt
            return asked[name](self, *args, **kwargs)

        return call

    with monkeypatch.context() as patch:
        for name in asked:
            patch.setattr(Runner, name, dying(name))
        with pytest.raises(KeyboardInterrupt):
            evaluate_recipe(torn.recipe(**options), torn.run, torn.loader, batch_tokens=200)
    assert not (torn.run / "eval" / "tuned" / "results.json").exists()
    evaluate_recipe(torn.recipe(**options), torn.run, torn.loader, batch_tokens=200)
    assert torn.bytes() == whole.bytes()


def test_items_of_all_tasks_for_decontamination(done: tuple[Lab, dict[str, Any]]) -> None:
    pairs = task_texts(done[0].recipe())
    assert len(pairs) == 3 + 2 * 4 + 4 + 3 + 2
    assert ("jsquad#a1", "湖は何?") in pairs


def test_nothing_to_measure_is_told(tmp_path: Path, tiny_model_dir: Path) -> None:
    given = recipe(tmp_path, tiny_model_dir)
    subject = folder_subject(tiny_model_dir)
    with pytest.raises(DataError, match=r"no dev tokens and no eval\.tasks"):
        evaluate_recipe(given, tmp_path / "run", lambda who: subject)


def test_a_folder_with_an_adapter_needs_a_loader(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no model"):
        folder_subject(tmp_path)
    (tmp_path / "adapter_config.json").write_text("{}")
    with pytest.raises(DataError, match="an adapter, not a whole model"):
        folder_subject(tmp_path)
