"""The model card: front matter that the hub reads, and what the page tells in both languages."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from llmx_data.core.storage import read_json, write_json
from llmx_train.card import front_matter
from llmx_train.card_evaluation import ASPECTS
from tests.train.packaging import (
    FACTS,
    TRAIN,
    Group,
    as_from,
    front,
    group,
    halves,
    make_mix,
    make_recipe,
    make_run,
    pack,
    trained_run,
)

COMMIT = "a" * 40
SIDE = {"n": 40, "base": 0.5, "tuned": 0.6, "difference": 0.1, "low": 0.02, "high": 0.18}
LOST = {"only_base_items": 0, "only_tuned_items": 0, "same_prompts": True}
COMPARISON = {
    "format": "llmx.comparison/1", "resamples": 10_000, "level": 0.95, "seed": 7, "groups": [],
    "only_base": [], "only_tuned": ["mgsm_ja"],
    "tasks": [
        {"key": "jcommonsenseqa", "metric": "accuracy", "aspect": "reasoning"}
        | {"direction": "higher", "verdict": "better", "why": ""} | SIDE | LOST,
        {"key": "fit", "metric": "loss", "aspect": "fit", "direction": "lower"}
        | SIDE | LOST | {"low": -0.3, "high": 0.2, "verdict": "undecided", "why": ""},
        {"key": "jmmlu", "metric": "accuracy", "aspect": "knowledge", "direction": "higher"}
        | LOST | {"n": 0, "base": None, "tuned": None, "difference": None, "low": None}
        | {"high": None, "verdict": "undecided", "why": "no common items"},
    ],
    "aspects": [
        {"aspect": "reasoning", "direction": "higher", "keys": ["jcommonsenseqa"]}
        | SIDE | {"verdict": "better", "why": ""},
    ],
}  # fmt: skip
ALONE = {
    "results": {
        "jnli": {"aspect": "reasoning", "metrics": {"accuracy": "higher"}}
        | {"means": {"accuracy": {"mean": 0.25, "n": 12}}}
    }
}


@pytest.fixture(scope="module")
def trained(
    records: Any,
    tiny_model_dir: Path,
    tiny_tokenizer: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Give an adapter on the tiny model, trained for two epochs."""
    home = tmp_path_factory.mktemp("t")
    return trained_run(home, records[:8], tiny_model_dir, tiny_tokenizer)


@pytest.fixture
def packed(trained: Path, records: Any, tmp_path: Path) -> Any:
    """Give a function that packages the run as if made from a base and groups of data."""

    def make(
        base: str, *groups: Group, files: dict[str, Any] | None = None, **sections: Any
    ) -> Path:
        mix = make_mix(tmp_path / "mix", groups or [group("CC0-1.0")], records[:8])
        pinned = sections.pop("commit", None)
        run = as_from(trained, tmp_path / "run", base, mix, revision=pinned)
        for name, value in (files or {}).items():
            write_json(run / name, value)
        pack(make_recipe(tmp_path, base, **sections), run, mix)
        return run / "package"

    return make


def test_the_hub_reads_the_front_matter_as_it_is_written(packed: Any) -> None:
    from huggingface_hub import ModelCard

    folder = packed(
        "qwen2.5-0.5b", group("CC-BY-SA-4.0", card="databricks-dolly-15k-ja", source="dolly")
    )
    card = ModelCard.load(folder / "README.md", ignore_metadata_errors=False)
    assert card.data.to_dict() == front(folder) == {
        "license": "apache-2.0",
        "language": ["ja"],
        "library_name": "peft",
        "pipeline_tag": "text-generation",
        "base_model": "Qwen/Qwen2.5-0.5B-Instruct",
        "base_model_relation": "adapter",
        "datasets": ["kunishou/databricks-dolly-15k-ja"],
        "tags": ["llmx", "sft", "lora"],
    }  # fmt: skip
    assert card.data.license in {terms.hub for terms in FACTS.terms.values()}


STRICT = {"act": ["release_weights"], "policy": "strict"}
OTHER = {"license": "other", "license_link": "LICENSE.md"}
LICENSES: dict[str, tuple[Any, str, str | None, dict[str, str]]] = {
    "chosen, with an id of the hub": (
        "publish-model", "CC0-1.0", "CC-BY-4.0", {"license": "cc-by-4.0"},
    ),
    "chosen, without one": (
        "publish-model", "CC0-1.0", "LicenseRef-CC-BY-2.1-JP",
        OTHER | {"license_name": "cc-by-2.1-jp"},
    ),
    "a limit that the licence says itself": (
        STRICT, "CC-BY-NC-SA-4.0", None, {"license": "cc-by-nc-sa-4.0"},
    ),
    "open": ("publish-model", "CC0-1.0", None, {}),
}  # fmt: skip


@pytest.mark.parametrize("name", LICENSES)
def test_the_licence_of_what_has_no_base(
    name: str, records: Any, tiny_model_dir: Path, tiny_tokenizer: Any, tmp_path: Path
) -> None:
    purpose, data, chosen, wanted = LICENSES[name]
    mix = make_mix(tmp_path / "mix", [group(data)], records[:8])
    run = tmp_path / "run"
    shutil.copytree(tiny_model_dir, run / "tiny")
    recipe = make_recipe(tmp_path, "tiny", purpose=purpose, output={"license": chosen})
    make_run(recipe, run, mix, tiny_tokenizer)
    pack(recipe, run, mix)
    told = front(run / "package")
    assert {k: v for k, v in told.items() if k.startswith("license")} == wanted


@pytest.mark.parametrize(
    ("asked", "commit", "words"),
    [
        (COMMIT, COMMIT, f"- Revision: `{COMMIT}`\n"),
        (None, COMMIT, f"- Revision: `{COMMIT}` (revision not pinned: the newest of that time)\n"),
        (None, None, "- Revision: not pinned\n"),
    ],
)
def test_the_revision_of_the_base(
    asked: str | None, commit: str | None, words: str, packed: Any
) -> None:
    model = {"base": "qwen2.5-0.5b", "revision": asked, "dtype": "float32"}
    ja, en = halves(packed("qwen2.5-0.5b", model=model, commit=commit))
    assert words in en
    assert ("固定せず、当時の最新" in ja) == (asked is None and commit is not None)


def test_sources_with_shares_and_who_wrote_them(packed: Any) -> None:
    wrote = group("CC-BY-4.0", source="made", generator="qwen2.5-72b", adaptation="generated")
    folder = packed("qwen2.5-0.5b", group("CC0-1.0"), wrote)
    seen = pl.read_parquet(folder / "provenance.parquet")
    assert seen["times_seen"].sort().to_list() == [2.0] * 7 + [4.0]
    tokens = dict(seen.group_by("source").agg(pl.col("supervised_seen").sum()).iter_rows())
    made, talks = tokens["made"], tokens["talks"]
    assert made + talks == read_json(folder / "train.json")["supervised"]
    assert "estimates" not in halves(folder)[1]
    share = made / (made + talks)
    en = halves(folder)[1]
    assert (
        f"| [made](ATTRIBUTION.md) | CC-BY-4.0 | 4 | 8 | {made:.0f} | {share:.1%} | generated | "
        "qwen2.5-72b |" in en
    )
    assert "| [talks](https://talks.example.jp) | CC0-1.0 | 4 | 10 |" in en
    assert "written by a language model: 50.0%" in en
    assert "言語モデルが書いたと分かっている記録は 50.0%" in halves(folder)[0]


def test_a_part_of_an_epoch_is_told_as_an_estimate(
    records: Any, tiny_model_dir: Path, tiny_tokenizer: Any, tmp_path: Path
) -> None:
    mix = make_mix(tmp_path / "mix", [group("CC0-1.0")], records[:8])
    run = tmp_path / "run"
    shutil.copytree(tiny_model_dir, run / "tiny")
    recipe = make_recipe(tmp_path, "tiny", train=TRAIN | {"max_steps": 1})
    make_run(recipe, run, mix, tiny_tokenizer)
    pack(recipe, run, mix)
    ja, en = halves(run / "package")
    assert "times seen and tokens are estimates" in en
    assert "平均による推定" in ja


def test_how_it_was_trained(packed: Any) -> None:
    _, en = halves(packed("qwen2.5-0.5b"))
    for row in (
        "| method | sft, lora |", "| peft.r | 4 |", "| train.lr | 0.005 |", "| epochs | 2 |",
        "| seed | 7 |",
    ):  # fmt: skip
        assert row in en
    assert re.search(r"\| template \| chatml, sha256 `[0-9a-f]{64}` \|", en)
    assert re.search(r"\| steps \| (\d+) / \1 \(finished\) \|", en)
    assert "peft.virtual_tokens" not in en


def test_what_was_measured_and_what_was_not(packed: Any) -> None:
    folder = packed("qwen2.5-0.5b", files={"eval/comparison.json": COMPARISON})
    ja, en = halves(folder)
    assert "| reasoning | 40 | 0.500 | 0.600 | +0.100 | [+0.020, +0.180] | better |" in en
    assert "| 推論 | 40 | 0.500 | 0.600 | +0.100 | [+0.020, +0.180] | 改善 |" in ja
    assert "| fit loss ↓ | 40 | 0.500 | 0.600 | +0.100 | [-0.300, +0.200] | undecided |" in en
    assert "| jmmlu accuracy | 0 | - | - | - | - | undecided (no common items) |" in en
    assert "判定できない (共通の項目がない)" in ja
    assert "Measured on one side only: mgsm_ja." in en
    assert "Not measured: form of answers, knowledge, reading, mathematics, safety" in en
    assert (folder / "evaluation.json").is_file()


def test_a_tuned_model_alone_is_not_called_better(packed: Any) -> None:
    _, en = halves(packed("qwen2.5-0.5b", files={"eval/tuned/results.json": ALONE}))
    assert "| jnli accuracy | 12 | 0.250 |" in en
    assert "the effect of training is not known" in en
    assert "better" not in en.split("## Evaluation")[1].split("## Limits")[0]


def test_nothing_measured(packed: Any) -> None:
    folder = packed("qwen2.5-0.5b")
    assert "Nothing was measured." in halves(folder)[1]
    assert not (folder / "evaluation.json").exists()


def test_every_aspect_has_words() -> None:
    from typing import get_args

    from llmx_train.evaluate.requests import Aspect

    assert set(ASPECTS) == set(get_args(Aspect))


def test_acts_beyond_the_purpose_are_told_with_their_clauses(packed: Any) -> None:
    ja, en = halves(packed("qwen2.5-0.5b", group("CC-BY-NC-4.0")))
    row = next(line for line in en.splitlines() if line.startswith("| offering a commercial"))
    assert row.startswith("| offering a commercial service | DENY (not allowed) | CC-BY-NC-4.0 is")
    assert "[CC-BY-NC-4.0 §1(i), §2(a)(1)]" in row
    assert "Besides: non-commercial use only (CC-BY-NC-4.0)." in en
    assert "加えて、非営利に限る（CC-BY-NC-4.0）。" in ja
    assert "This is not legal advice." in en
    assert "法的助言ではない" in ja


def test_duties_say_where_they_are_met_and_disputes_are_named(packed: Any) -> None:
    _, en = halves(packed("google/gemma-2-2b", group("CC-BY-SA-4.0")))
    for line in (
        "Here: LICENSES/LicenseRef-gemma-2024-04-01.txt.",
        "[LicenseRef-gemma-2024-04-01 §3.1] (releasing weights, offering a commercial service) "
        "Here: NOTICE.",
        "- Follow the use policy and pass it on. [LicenseRef-gemma-2024-04-01 §3.2] (releasing "
        "weights, offering a commercial service) Yours to see to.",
    ):
        assert line in en
    disputed = en.split("### Disputed")[1]
    assert "does not take weights for adaptations of CC-BY-SA-4.0" in disputed


@pytest.mark.parametrize("merge", [False, True])
def test_the_code_of_the_card_runs(
    merge: bool,
    records: Any,
    tiny_model_dir: Path,
    tiny_tokenizer: Any,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    mix = make_mix(tmp_path / "mix", [group("CC0-1.0")], records[:8])
    run = tmp_path / "run"
    shutil.copytree(tiny_model_dir, run / "tiny")
    recipe = make_recipe(tmp_path, "tiny", output={"merge": merge})
    make_run(recipe, run, mix, tiny_tokenizer)
    pack(recipe, run, mix)
    code = halves(run / "package")[1].split("```python\n")[1].split("```")[0]
    assert ("PeftModel" in code) != merge
    capsys.readouterr()
    exec(code.replace('folder = "my-model"', f"folder = {str(run / 'package')!r}"), {})
    assert capsys.readouterr().out.endswith("\n")


def test_words_that_yaml_would_take_for_something_else_are_quoted() -> None:
    from llmx_train.card import _yaml

    told: dict[str, str | list[str]] = {"a": "no", "b": ["1.0", "x: y", "llama3.1", "Qwen/A-B"]}
    assert list(_yaml(told)) == [
        'a: "no"', "b:", '- "1.0"', '- "x: y"', "- llama3.1", "- Qwen/A-B",
    ]  # fmt: skip
    assert front_matter.__doc__
