"""Packages: what lies in them by base and data, what is refused, and that bytes are the same."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from llmx_data.core.errors import DataError, LicenseDenied, LlmxError, ReviewNeeded
from llmx_data.publish.generators import generator_notice
from llmx_train import package as packaging
from llmx_train.gate import answers_of, audit_of
from llmx_train.package_weights import stop_at
from tests.train.packaging import (
    FACTS,
    LONG,
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

GEMMA = "Gemma is provided under and subject to the Gemma Terms of Use found at ai.google.dev"
LLAMA = "Llama 3.1 is licensed under the Llama 3.1 Community License"
ALWAYS = {
    "README.md", "LICENSE.md", "ATTRIBUTION.md", "AUDIT.md", "audit.json", "provenance.parquet",
    "train.json", "prepare.json", "measured.json", "recipe.resolved.yaml",
}  # fmt: skip
ADAPTER = {
    "adapter_config.json", "adapter_model.safetensors", "tokenizer.json", "tokenizer_config.json",
    "chat_template.jinja",
}  # fmt: skip


@pytest.fixture(scope="module")
def talks(records: Any) -> list[Any]:
    """Eight conversations, and one that is too long."""
    long = [{"role": "user", "content": "続けて。"}, {"role": "assistant", "content": LONG}]
    return [*records[:8], long]


@pytest.fixture(scope="module")
def trained(
    talks: Any,
    tiny_model_dir: Path,
    tiny_tokenizer: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Give an adapter on the tiny model, trained for two epochs."""
    return trained_run(tmp_path_factory.mktemp("t"), talks, tiny_model_dir, tiny_tokenizer)


@dataclass(frozen=True)
class Case:
    """A base and data, and what the package of it says."""

    base: str
    groups: tuple[Group, ...]
    license: dict[str, str]
    name: str = "my-model"
    notice: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()


QWEN_WROTE = group("CC-BY-4.0", generator="qwen2.5-72b", adaptation="generated")
LLAMA_WROTE = group("CC-BY-4.0", generator="llama-3.1-70b-instruct", adaptation="generated")
GEMMA_WROTE = group("CC-BY-4.0", generator="gemma-2-27b-it", adaptation="generated")
OTHER = {"license": "other", "license_link": "LICENSE.md"}

CASES = {
    "apache and share-alike": Case(
        "qwen2.5-0.5b",
        (group("CC-BY-SA-4.0"),),
        {"license": "apache-2.0"},
        texts=("Apache-2.0.txt", "CC-BY-SA-4.0.txt"),
    ),
    "gemma": Case(
        "google/gemma-2-2b",
        (group("CC0-1.0"),),
        OTHER | {"license_name": "gemma-2024-04-01"},
        notice=(GEMMA,),
        texts=("LicenseRef-gemma-2024-04-01.txt",),
    ),
    "llama": Case(
        "meta-llama/Llama-3.1-8B",
        (group("CC0-1.0"),),
        {"license": "llama3.1"},
        name="Llama-my-model",
        notice=(LLAMA,),
        texts=("LicenseRef-llama-3.1.txt",),
        shown=("Built with Llama",),
    ),
    "qwen wrote the data": Case(
        "qwen2.5-0.5b",
        (QWEN_WROTE,),
        {"license": "apache-2.0"},
        notice=("Built with Qwen",),
        texts=("Apache-2.0.txt", "CC-BY-4.0.txt"),
        shown=("Built with Qwen",),
    ),
    "llama wrote the data": Case(
        "qwen2.5-0.5b",
        (LLAMA_WROTE,),
        {"license": "apache-2.0"},
        name="Llama-my-model",
        notice=("begins its name with [LicenseRef-llama-3.1 §1.b.i]:\nLlama\n",),
        texts=("Apache-2.0.txt", "LicenseRef-llama-3.1.txt"),
        shown=("Built with Llama",),
    ),
    "gemma wrote the data": Case(
        "llm-jp/llm-jp-3-1.8b",
        (GEMMA_WROTE, group("CC0-1.0", source="more")),
        OTHER | {"license_name": "apache-2.0-and-gemma-2024-04-01"},
        notice=(GEMMA,),
        texts=("Apache-2.0.txt", "LicenseRef-gemma-2024-04-01.txt"),
    ),
    "non-commercial data": Case(
        "qwen2.5-0.5b",
        (group("CC-BY-NC-4.0"),),
        OTHER | {"license_name": "apache-2.0-and-non-commercial"},
        texts=("Apache-2.0.txt", "CC-BY-NC-4.0.txt"),
        shown=("non-commercial use only",),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_package_by_base_and_data(name: str, trained: Path, talks: Any, tmp_path: Path) -> None:
    case = CASES[name]
    mix = make_mix(tmp_path / "mix", case.groups, talks)
    run = as_from(trained, tmp_path / "run", case.base, mix)
    recipe = make_recipe(tmp_path, case.base, output={"name": case.name})
    found = pack(recipe, run, mix)
    folder = run / "package"
    assert set(found["files"]) >= ALWAYS | ADAPTER
    told = front(folder)
    assert {k: v for k, v in told.items() if k.startswith("license")} == case.license
    assert found["license"] == case.license
    assert told["base_model_relation"] == "adapter"
    assert told["library_name"] == "peft"
    assert "/" in told["base_model"]
    assert FACTS.model(told["base_model"]) is FACTS.model(case.base)
    told_base = json.loads((folder / "adapter_config.json").read_bytes())
    assert told_base["base_model_name_or_path"] == told["base_model"]
    notice = (folder / "NOTICE").read_text() if (folder / "NOTICE").exists() else ""
    assert bool(notice) == bool(case.notice)
    assert all(words in notice for words in case.notice)
    assert {path.name for path in (folder / "LICENSES").iterdir()} >= set(case.texts)
    licences = (folder / "LICENSE.md").read_text()
    assert all(f"(LICENSES/{text})" in licences for text in case.texts)
    english = halves(folder)[1]
    assert all(words in english.split("## Training data")[0] for words in case.shown)
    assert found["upload"] == f"hf upload OWNER/{case.name} {folder}"


NAMED = {
    "llama base": ("meta-llama/Llama-3.1-8B", group("CC0-1.0"), ReviewNeeded, "Llama-my-model"),
    "llama wrote the data": ("qwen2.5-0.5b", LLAMA_WROTE, ReviewNeeded, "Llama-my-model"),
}


@pytest.mark.parametrize("name", NAMED)
def test_a_name_that_terms_do_not_allow_is_refused_with_one_that_passes(
    name: str, trained: Path, talks: Any, tmp_path: Path
) -> None:
    base, one, kind, passes = NAMED[name]
    mix = make_mix(tmp_path / "mix", [one], talks)
    run = as_from(trained, tmp_path / "run", base, mix)
    with pytest.raises(kind, match=r"LicenseRef-llama-3\.1 §1\.b\.i") as refused:
        pack(make_recipe(tmp_path, base), run, mix)
    assert f"output.name: {passes}" in str(refused.value)
    assert not (run / "package").exists()
    pack(make_recipe(tmp_path, base, output={"name": passes}), run, mix)
    assert (run / "package" / "README.md").is_file()


REFUSED: dict[str, tuple[Any, Group, type[LlmxError], str]] = {
    "sold, non-commercial data": ("commercial", group("CC-BY-NC-4.0"), LicenseDenied, "CC-BY-NC"),
    "published, unknown data": (
        "publish-model",
        group("LicenseRef-llmx-unknown"),
        LicenseDenied,
        "unknown",
    ),
    "strict, share-alike data": (
        {"act": ["release_weights"], "policy": "strict"},
        group("CC-BY-SA-4.0"),
        ReviewNeeded,
        "Apache-2.0 + CC-BY-SA-4.0",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_purpose_may_not_do_is_refused_before_anything_is_written(
    name: str, trained: Path, talks: Any, tmp_path: Path
) -> None:
    purpose, one, kind, words = REFUSED[name]
    mix = make_mix(tmp_path / "mix", [one], talks)
    run = as_from(trained, tmp_path / "run", "qwen2.5-0.5b", mix)
    with pytest.raises(kind, match=re.escape(words)):
        pack(make_recipe(tmp_path, "qwen2.5-0.5b", purpose=purpose), run, mix)
    assert not list(run.glob("package*"))


def test_an_answer_of_the_gate_is_never_softened(trained: Path, talks: Any, tmp_path: Path) -> None:
    from dataclasses import replace

    from llmx_data.license.schema import Result

    mix = make_mix(tmp_path / "mix", [group("CC0-1.0")], talks)
    run = as_from(trained, tmp_path / "run", "qwen2.5-0.5b", mix)
    recipe = make_recipe(tmp_path, "qwen2.5-0.5b")
    answers = [replace(a, result=Result.REVIEW) for a in answers_of(recipe, audit_of(mix))]
    with pytest.raises(ReviewNeeded):
        packaging.package(recipe, run, mix, answers)


STRICT = {"act": ["train_internal"], "policy": "strict"}
INTERNAL: dict[str, tuple[Any, str, list[Group], str, str]] = {
    "a release would be allowed": (
        "research",
        "qwen2.5-0.5b",
        [group("CC-BY-4.0")],
        "A release would be ALLOW_WITH (allowed under conditions)",
        "公開についての判定は ALLOW_WITH（条件付きで許諾されている）",
    ),
    "a release would be denied": (
        STRICT,
        "qwen2.5-0.5b",
        [group("CC-BY-SA-4.0"), group("CC-BY-NC-SA-4.0", source="more")],
        "A release would be DENY (not allowed). No licence can cover these weights",
        "公開についての判定は DENY（許諾されていない）。重みを公開できるライセンスがない",
    ),
    "a release would need a name": (
        "research",
        "meta-llama/Llama-3.1-8B",
        [group("CC0-1.0")],
        "A release must be named beginning with Llama (LicenseRef-llama-3.1 §1.b.i)",
        "公開するときは、名前を Llama",
    ),
}


@pytest.mark.parametrize("name", INTERNAL)
def test_a_package_for_research_is_marked_internal(
    name: str, trained: Path, talks: Any, tmp_path: Path
) -> None:
    purpose, base, groups, english, japanese = INTERNAL[name]
    mix = make_mix(tmp_path / "mix", groups, talks)
    run = as_from(trained, tmp_path / "run", base, mix)
    found = pack(make_recipe(tmp_path, base, purpose=purpose), run, mix)
    ja, en = halves(run / "package")
    assert "**Internal: not for release.**" in en[:200]
    assert "**内部用。公開しないこと。**" in ja[:200]
    assert english in en
    assert japanese in ja
    told = front(run / "package")
    assert told["license_name"] == "internal-not-for-release"
    assert "internal" in told["tags"]
    assert (found["public"], found["upload"]) == (False, None)
    acts = ["train_internal", "release_weights", "commercial_service"]
    assert list(found["verdicts"]) == acts
    proofs = json.loads((run / "package" / "audit.json").read_bytes())["answers"]
    assert sorted(proofs) == sorted(acts)


def test_the_tiny_model_goes_out_with_its_base(
    talks: Any, tiny_model_dir: Path, tiny_tokenizer: Any, tmp_path: Path
) -> None:
    mix = make_mix(tmp_path / "mix", [group("CC0-1.0")], talks)
    run = tmp_path / "run"
    shutil.copytree(tiny_model_dir, run / "tiny")
    recipe = make_recipe(tmp_path, "tiny")
    make_run(recipe, run, mix, tiny_tokenizer)
    found = pack(recipe, run, mix)
    told = front(run / "package")
    assert "base_model" not in told
    assert "license" not in told
    assert found["files"].keys() >= {"base/model.safetensors", "base/config.json"}
    _, en = halves(run / "package")
    assert "until one is chosen, nothing is granted" in en
    assert "It began with random weights" in en
    chosen = make_recipe(tmp_path, "tiny", output={"license": "CC-BY-4.0"})
    assert pack(chosen, run, mix)["license"] == {"license": "cc-by-4.0"}


def test_the_adapter_of_a_package_loads_and_answers_as_it_did(
    trained: Path, tiny_model_dir: Path, talks: Any, tmp_path: Path
) -> None:
    import torch

    from llmx_train.trl_adapter.adapters import load_tuned

    run, recipe, mix = _local(trained, tiny_model_dir, talks, tmp_path)
    pack(recipe, run, mix)
    rows = torch.tensor([[5, 6, 7, 8]])
    with torch.no_grad():
        one, other = (
            load_tuned(tiny_model_dir, folder, dtype="float32").eval()(input_ids=rows).logits
            for folder in (run / "model", run / "package")
        )
    assert torch.equal(one, other)


def _local(trained: Path, model: Path, talks: Any, home: Path, **sections: Any) -> Any:
    mix = make_mix(home / "mix", [group("CC0-1.0")], talks)
    run = as_from(trained, home / "run", str(model), mix)
    options = {"model": {"base": str(model), "dtype": "float32", "catalogue": "Qwen/Qwen2.5-0.5B"}}
    return run, make_recipe(home, str(model), **options | sections), mix


def test_merged_weights_stop_where_the_template_ends(
    trained: Path, tiny_model_dir: Path, tiny_tokenizer: Any, talks: Any, tmp_path: Path
) -> None:
    run, recipe, mix = _local(trained, tiny_model_dir, talks, tmp_path, output={"merge": True})
    told = json.loads((run / "prepare.json").read_bytes())
    told["template"]["end"] = "<|eot_id|>"
    (run / "prepare.json").write_text(json.dumps(told))
    found = pack(recipe, run, mix)
    folder = run / "package"
    assert found["files"].keys() >= {"model.safetensors", "config.json", "merge.json"}
    assert not (folder / "adapter_config.json").exists()
    told = front(folder)
    assert (told["library_name"], told["base_model_relation"]) == ("transformers", "finetune")
    assert told["base_model"] == "Qwen/Qwen2.5-0.5B"
    assert "Merged and unmerged scores are equal" in halves(folder)[1]
    settings = folder / "generation_config.json"
    ends = [tiny_tokenizer.convert_tokens_to_ids(t) for t in ("<|im_end|>", "<|eot_id|>")]
    assert json.loads(settings.read_bytes())["eos_token_id"] == ends
    before = settings.read_bytes()
    for known in ("<|im_end|>", "no such token"):
        stop_at(folder, known)
        assert settings.read_bytes() == before


def test_a_tuned_prompt_is_not_merged(
    trained: Path, tiny_model_dir: Path, talks: Any, tmp_path: Path
) -> None:
    run, recipe, mix = _local(trained, tiny_model_dir, talks, tmp_path, output={"merge": True})
    path = run / "model" / "adapter_config.json"
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {"peft_type": "PROMPT_TUNING"}))
    with pytest.raises(DataError, match="PROMPT_TUNING cannot be merged"):
        pack(recipe, run, mix)
    assert not list(run.glob("package*"))


def test_weights_that_are_no_safetensors_are_refused(
    trained: Path, tiny_model_dir: Path, talks: Any, tmp_path: Path
) -> None:
    run, recipe, mix = _local(trained, tiny_model_dir, talks, tmp_path)
    weights = run / "model" / "adapter_model.safetensors"
    weights.rename(weights.with_name("adapter_model.bin"))
    with pytest.raises(DataError, match="no safetensors"):
        pack(recipe, run, mix)
    assert not (run / "package").exists()


def test_equal_inputs_give_equal_bytes_and_no_folder_of_this_machine(
    trained: Path, tiny_model_dir: Path, talks: Any, tmp_path: Path
) -> None:
    found = []
    for name in ("one", "two"):
        home = tmp_path / name
        run, recipe, mix = _local(trained, tiny_model_dir, talks, home)
        told = json.loads((run / "train.json").read_bytes())
        (run / "train.json").write_text(json.dumps(told | {"seconds": len(found)}))
        card = (run / "model" / "tokenizer_config.json").read_bytes()
        assert b"local_files_only" in card  # what transformers leaves there
        (mix / "dataset" / "NOTICE").write_text(f"Made in {mix}\n")
        found.append(pack(recipe, run, mix)["files"])
        for path in (run / "package").rglob("*"):
            if path.is_file():
                assert str(tmp_path).encode() not in path.read_bytes(), path
                assert str(tiny_model_dir).encode() not in path.read_bytes(), path
    assert found[0].keys() == found[1].keys()
    assert {n for n in found[0] if found[0][n] != found[1][n]} == {"measured.json"}


def test_nothing_of_the_trainers_placeholder_is_left(
    trained: Path, tiny_model_dir: Path, talks: Any, tmp_path: Path
) -> None:
    run, recipe, mix = _local(trained, tiny_model_dir, talks, tmp_path)
    card = "---\nlicence: license\n---\nThis model is a fine-tuned version of None.\n"
    (run / "model" / "README.md").write_text(card)
    (run / "model" / "training_args.bin").write_bytes(b"pickle")
    pack(recipe, run, mix)
    names = [p for p in (run / "package").rglob("*") if p.is_file()]
    assert len(names) > 15
    for path in names:
        told = path.read_bytes()
        assert b"licence: license" not in told, path
        assert b"fine-tuned version of None" not in told, path
        assert path.suffix != ".bin"
    text = (run / "model" / "chat_template.jinja").read_text()
    (run / "model" / "notes.txt").write_text("licence: license")
    with pytest.raises(DataError, match="placeholder"):
        pack(recipe, run, mix)
    assert (run / "package" / "chat_template.jinja").read_text() == text


def test_a_package_takes_the_place_of_the_one_before(
    trained: Path, tiny_model_dir: Path, talks: Any, tmp_path: Path
) -> None:
    run, recipe, mix = _local(trained, tiny_model_dir, talks, tmp_path)
    for stale in ("package/old.txt", "package.new/half.txt"):
        (run / stale).parent.mkdir()
        (run / stale).write_text("")
    found = pack(recipe, run, mix)
    assert "old.txt" not in found["files"]
    assert "half.txt" not in found["files"]
    assert [p.name for p in run.glob("package*")] == ["package"]


def test_notices_of_base_and_mix_go_along(
    trained: Path, tiny_model_dir: Path, talks: Any, tmp_path: Path
) -> None:
    model = tmp_path / "base"
    shutil.copytree(tiny_model_dir, model)
    (model / "NOTICE").write_text("Copyright of the base\n")
    (model / "USE_POLICY.md").write_text("Do no harm.\n")
    run, recipe, _ = _local(trained, model, talks, tmp_path / "x")
    wrote = generator_notice(["qwen2.5-72b"], FACTS)
    mix = make_mix(tmp_path / "m", [QWEN_WROTE], talks, NOTICE=f"The mix's words\n{wrote}")
    pack(recipe, run, mix)
    lines = (run / "package" / "NOTICE").read_text().splitlines()
    for words in ("Copyright of the base", "The mix's words", "Built with Qwen"):
        assert lines.count(words) == 1
    assert (run / "package" / "LICENSES" / "base" / "USE_POLICY.md").read_text() == "Do no harm.\n"
    credits = (run / "package" / "ATTRIBUTION.md").read_text()
    assert "## Base model" in credits
    assert "## Attribution for m\n\n### Sources\n\n#### talks\n\n- Author: 山田" in credits
