"""The road of training: gate, prepare, preflight, evaluate, train, evaluate, package, report.

Each stage writes `stages/<name>.json` last, with the key of what it followed from; killed anywhere,
the same command goes on, and a changed recipe does again only what it changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

from llmx_data.core.errors import DataError, EnvironmentTrouble, LlmxError
from llmx_data.core.part import content_key
from llmx_data.core.progress import Talk
from llmx_data.core.run import Run
from llmx_data.core.storage import read_json, sha256_file, write_json
from llmx_data.license.mix import Answer
from llmx_data.license.schema import Result
from llmx_train import gate, memory, preflight
from llmx_train.base import Base, find_base
from llmx_train.contamination import contaminated
from llmx_train.evaluate.competition import read_competition
from llmx_train.evaluate.evaluate import evaluate_recipe, task_texts
from llmx_train.evaluate.subject import Loader
from llmx_train.package import package
from llmx_train.package_law import refuse, stand
from llmx_train.prepare import Plan, files, prepare
from llmx_train.recipe import TINY, Sft
from llmx_train.report import write_report
from llmx_train.shape import module_names, of_folder
from llmx_train.subjects import loader
from llmx_train.template import Template, load_template
from llmx_train.tiny import make_tiny
from llmx_train.tokenizers import load_tokenizer
from llmx_train.train import NO_MATTER, train
from llmx_train.trl_adapter.arguments import plan_config
from llmx_train.trl_adapter.machine import look, require

TINY_TEXTS = 2_000
"""Records that the tokenizer of the tiny model is trained on. Ours: a second."""

MakeMix = Callable[[], Path]
"""Gives the directory of the finished mix; made by the caller, who alone knows mixes."""


def sft(recipe: Sft, run: Run, mix: MakeMix, *, talk: Talk) -> dict[str, Any]:
    """Run a training recipe to the package; gives the summary.

    Errors: EnvironmentTrouble for a missing card or package, before anything else; LicenseDenied or
    ReviewNeeded before a model is fetched or loaded; DataError where preflight fails.
    """
    require(recipe, look())
    data = mix()
    with run.locked():
        answers = _judged(recipe, data)
        _claim(recipe, run, data, begins=True)
        ready = _prepared(recipe, run, data, talk)
        checks = _checked(recipe, run, data, answers, ready)
        preflight.enforce(checks)
        load = loader(recipe, run.path, ready.base, ready.tokenizer, ready.template)
        told: dict[str, Any] = {"checks": preflight.table(checks), "answers": answers}
        if recipe.top.eval.base:
            _evaluated(recipe, run, load, "base", talk)
        told["train"] = asdict(train(recipe, run.path, talk=talk))
        told["eval"] = _evaluated(recipe, run, load, "tuned", talk)
        told["package"] = package(recipe, run.path, data, answers, talk=talk)
        facts = _report_facts(answers, checks) | {
            "estimate": memory.estimate(recipe, of_folder(ready.base.folder))
        }
        report = write_report(recipe, run.path, facts)
    return _summary(recipe, run, told, report)


def plan(recipe: Sft, run: Run, mix: MakeMix, *, talk: Talk) -> dict[str, Any]:
    """Judge, prepare and check, and stop; what the machine lacks is told and ends nothing.

    Without the model only the licence, the data and the arguments of the trainer are told.
    """
    missing = [_lack(lambda: require(recipe, look()))]
    data = mix()
    audit = gate.audit_of(data)
    answers = gate.answers_of(recipe, audit)
    checks: list[preflight.Check] = []
    with run.locked():
        _claim(recipe, run, data, begins=False)
        try:
            ready = _prepared(recipe, run, data, talk)
            checks = _checked(recipe, run, data, answers, ready)
        except EnvironmentTrouble as error:
            missing.append(str(error))
    return {
        "name": recipe.name,
        "verdict": gate.worst(answers).name,
        "acts": {answer.act: answer.result.name for answer in answers},
        "checks": preflight.table(checks),
        "missing": [text for text in dict.fromkeys(missing) if text],
        "arguments": plan_config(recipe),
        "exit_code": _code(answers, checks),
    }


def _code(answers: list[Answer], checks: list[preflight.Check]) -> int:
    """Exit code that the run itself would end with, as far as a plan can know."""
    try:
        preflight.enforce(checks)
    except LlmxError as error:
        failed = error.exit_code
    else:
        failed = 0
    return {Result.DENY: 5, Result.REVIEW: 4}.get(gate.worst(answers), failed)


def plan_page(found: dict[str, Any]) -> str:
    """Write the plan for people."""
    acts = ", ".join(f"{act} {result}" for act, result in found["acts"].items())
    lines = [f"{found['name']}: {found['verdict']} ({acts})"]
    if found["checks"]:
        lines.append(preflight.page([preflight.Check(**check) for check in found["checks"]]))
    lines += [f"missing here: {text}" for text in found["missing"]]
    arguments = found["arguments"]
    lines += [f"{name}: {value}" for name, value in sorted(arguments.items())]
    return "\n".join(lines)


def evaluate(recipe: Sft, run: Run, mix: MakeMix, *, who: list[str], talk: Talk) -> dict[str, Any]:
    """Measure base, tuned model or both again, and compare; nothing is trained."""
    require(recipe, look())
    data = mix()
    if "base" not in who and not (run.path / "train.json").is_file():
        raise DataError(f"{run.path}: nothing was trained here yet\n    llmx sft {recipe.path}")
    with run.locked():
        _claim(recipe, run, data, begins=False)
        ready = _prepared(recipe, run, data, talk)
        load = loader(recipe, run.path, ready.base, ready.tokenizer, ready.template)
        return evaluate_recipe(recipe, run.path, load, who=who or None, talk=talk)  # type: ignore[arg-type]


class Ready:
    """What preparing gives: base, tokenizer, template, counts."""

    def __init__(
        self, base: Base, tokenizer: Any, template: Template, prepared: dict[str, Any]
    ) -> None:
        self.base, self.tokenizer = base, tokenizer
        self.template, self.prepared = template, prepared


def _judged(recipe: Sft, data: Path) -> list[Answer]:
    audit = gate.audit_of(data)
    answers = gate.answers_of(recipe, audit)
    gate.enforce(recipe, audit, answers)
    refuse(recipe, audit, stand(recipe, audit, answers))
    return answers


def _prepared(recipe: Sft, run: Run, data: Path, talk: Talk) -> Ready:
    """Find the base, settle the template, render the mix; finished token files are kept."""
    top = recipe.top
    if recipe.tiny:
        _tiny(recipe, run, data)
    base = find_base(recipe, run.path)
    tokenizer = load_tokenizer(base.folder, trust_remote_code=top.model.trust_remote_code)
    template = load_template(top.template, tokenizer, base=recipe.path.parent)
    tokenizer.chat_template = template.text
    tokenizer.save_pretrained(run.path / "tokenizer")
    how = Plan(tokenizer, template, top.train.kind, top.train.max_length, top.data.over_length)

    def do() -> dict[str, Any]:
        return prepare(data, run.path, how, talk=talk)

    key = [_data_key(data, how), template.sha256, top.train.max_length, top.data.over_length,
           _folder_key(run.path / "tokenizer")]  # fmt: skip
    return Ready(base, tokenizer, template, _once(run, "prepare", key, do))


def _claim(recipe: Sft, run: Run, data: Path, *, begins: bool) -> None:
    """Bind a run to the recipe and the data that its weights come from.

    Errors: DataError where weights of another recipe or mix lie here already: nothing that was
    trained is told to be of something else.
    """
    top = recipe.top.model_dump(mode="json", include={"model", "template", "data", "peft", "seed"})
    trained = {
        k: v for k, v in recipe.top.train.model_dump(mode="json").items() if k not in NO_MATTER
    }
    kind = recipe.top.train.kind
    splits = [sha256_file(path) for path in files(data, kind, "train")]
    key = content_key([{k: v for k, v in top.items() if k != "data"}, trained,
                       top["data"]["over_length"], splits])  # fmt: skip
    path = run.path / "stages" / "weights.json"
    begun = (run.path / "train.json").exists() or any((run.path / "checkpoints").glob("*"))
    if begun and (not path.exists() or read_json(path)["key"] != key):
        raise DataError(
            f"{run.path}: holds weights of another recipe or another mix\n    train into another "
            "folder (--out), or delete this one"
        )
    if begins:
        write_json(path, {"key": key})


def _tiny(recipe: Sft, run: Run, data: Path) -> None:
    """Make the tiny model of the mix's own texts."""
    paths = files(data, recipe.top.train.kind, "train")

    def do() -> dict[str, Any]:
        frames = [pl.read_parquet(path, columns=["text"]) for path in paths]
        texts = pl.concat(frames)["text"].head(TINY_TEXTS).to_list()
        make_tiny(run.path / TINY, texts, recipe.top.seed)
        return {"texts": len(texts)}

    _once(run, "tiny", [[sha256_file(path) for path in paths], recipe.top.seed], do)


def _checked(
    recipe: Sft, run: Run, data: Path, answers: list[Answer], ready: Ready
) -> list[preflight.Check]:
    shape = of_folder(ready.base.folder)
    facts = preflight.Facts(
        recipe=recipe,
        answers=answers,
        prepared=ready.prepared,
        tokens=run.path / "tokens",
        end_id=ready.template.end_id,
        vocabulary=len(ready.tokenizer),
        embeddings=shape.vocabulary,
        shape=shape,
        revision=ready.base.revision,
        modules=module_names(ready.base.folder),
        contaminated=contaminated(_asked(recipe), files(data, recipe.top.train.kind, "train")),
    )
    return preflight.preflight(facts)


def _asked(recipe: Sft) -> list[tuple[str, str]]:
    """Texts of all evaluation items, a competition's too."""
    given = recipe.top.eval.output
    if given is None:
        return task_texts(recipe)
    told = read_competition(recipe.beside(given.tasks))
    return [*task_texts(recipe), *((f"output#{key}", text) for key, (_, text) in told.items())]


def _evaluated(recipe: Sft, run: Run, load: Loader, who: Any, talk: Talk) -> dict[str, Any]:
    return evaluate_recipe(recipe, run.path, load, who=[who], talk=talk)


def _once(run: Run, name: str, key: Any, do: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Do a stage unless it was done for the same key; its state is written last."""
    path, digest = run.path / "stages" / f"{name}.json", content_key(key)
    if path.exists() and (found := read_json(path))["key"] == digest:
        told: dict[str, Any] = found["told"]
        return told
    path.unlink(missing_ok=True)
    told = do()
    write_json(path, {"key": digest, "told": told})
    return told


def _data_key(data: Path, how: Plan) -> list[str]:
    splits = [path for split in ("train", "dev") for path in files(data, how.kind, split)]
    return [sha256_file(path) for path in splits]


def _folder_key(folder: Path) -> list[str]:
    return [sha256_file(path) for path in sorted(folder.iterdir()) if path.is_file()]


def _lack(check: Callable[[], None]) -> str:
    try:
        check()
    except LlmxError as error:
        return str(error)
    return ""


def _report_facts(answers: list[Answer], checks: list[preflight.Check]) -> dict[str, Any]:
    duties = {(o.kind, o.license): o for answer in answers for o in answer.obligations}
    release = [a for a in answers if a.act == "release_weights"] or answers
    return {
        "verdict": {
            "result": gate.worst(answers).name,
            "outgoing": sorted({name for a in release for name in a.outgoing}),
            "free": any(answer.free for answer in release),
            "limits": sorted({limit for a in answers for limit in a.limits}),
            "acts": {answer.act: answer.result.name for answer in answers},
            "duties": [{"ja": o.say("ja"), "en": o.say("en")} for o in duties.values()],
        },
        "preflight": preflight.table(checks),
    }


def _summary(recipe: Sft, run: Run, told: dict[str, Any], report: Path) -> dict[str, Any]:
    compared = told["eval"].get("comparison")
    return {
        "name": recipe.name,
        "run": str(run.path),
        "verdict": gate.worst(told["answers"]).name,
        "train": {k: v for k, v in told["train"].items() if k != "model"},
        "comparison": compared,
        "package": told["package"],
        "report": str(report),
    }
