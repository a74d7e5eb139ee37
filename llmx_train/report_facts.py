"""Everything that the report of a training run says, gathered from its folder: report.json."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from llmx_data import __version__
from llmx_data.core.storage import read_json
from llmx_train.callbacks import LOG, SAMPLES
from llmx_train.forest import is_share
from llmx_train.recipe import Sft
from llmx_train.report_log import curves, peaks, read_rows, samples

FORMAT = "llmx.training-report/1"

SETTINGS = (
    "kind", "epochs", "max_steps", "lr", "scheduler", "warmup", "global_batch", "micro_batch",
    "max_length", "packing", "precision", "optimizer", "weight_decay", "clip", "neftune", "beta",
)  # fmt: skip
"""Settings of `train` that are shown, in their order; those that are null are not."""

ADAPTER = ("r", "alpha", "dropout", "rslora")
WITH_RANK = ("lora", "qlora", "dora")


def gather(recipe: Sft, run: Path, given: dict[str, Any]) -> dict[str, Any]:
    """Give the facts of report.json; what was not measured is null or empty.

    The same folder and `given` give the same facts: no time is in them but what the log counted.
    """
    trained = _read(run / "train.json") or {}
    rows = read_rows(run / LOG)
    estimate = given.get("estimate") or {}
    return {
        "format": FORMAT,
        "llmx": __version__,
        "name": recipe.name,
        "description": recipe.top.description,
        "date": recipe.top.date,
        "purpose": recipe.purpose.model_dump(mode="json"),
        "verdict": given.get("verdict") or {},
        "model": _model(recipe, trained),
        "settings": _settings(recipe),
        "result": _result(rows, trained),
        "data": _read(run / "prepare.json"),
        "preflight": given.get("preflight") or [],
        "curves": curves(rows, clip=recipe.top.train.clip, estimate_gb=estimate.get("total_gb")),
        "memory": {
            "estimate": estimate or None,
            "budget_gb": recipe.top.budget.gpu_gb,
            "measured": peaks(rows, trained.get("memory") or {}),
        },
        "evaluation": _evaluation(run / "eval"),
        "samples": samples(read_rows(run / SAMPLES)),
        "files": _files(run / "package"),
        "load": _code(run / "package"),
        "commands": given.get("commands") or {},
        "versions": trained.get("versions") or {},
    }


def _read(path: Path) -> Any:
    return read_json(path) if path.is_file() else None


def _model(recipe: Sft, trained: dict[str, Any]) -> dict[str, Any]:
    """Give the base as it was found, else as the recipe names it; of a folder only its name."""
    base = trained.get("base") or {}
    model = recipe.top.model
    name = base.get("name") or (recipe.local_model.name if recipe.local_model else model.base)
    return {
        "base": Path(name).name if Path(name).is_absolute() else name,
        "revision": base.get("revision") or model.revision,
        "method": recipe.top.peft.method,
        "kind": recipe.top.train.kind,
    }


def _settings(recipe: Sft) -> list[list[Any]]:
    """Names and values, in the order of the page."""
    top = recipe.top
    peft = {name: getattr(top.peft, name) for name in ADAPTER if top.peft.method in WITH_RANK}
    if top.peft.method == "prompt_tuning":
        peft = {"virtual_tokens": top.peft.virtual_tokens}
    names = [name for name in SETTINGS if name != "beta" or top.train.kind == "dpo"]
    told = peft | {name: getattr(top.train, name) for name in names}
    return [[k, v] for k, v in (told | {"seed": top.seed}).items() if v is not None]


def _result(rows: list[dict[str, Any]], trained: dict[str, Any]) -> dict[str, Any] | None:
    """How far training came: from train.json once it ended, before that from the log."""
    steps = [row for row in rows if row.get("kind") == "train"]
    if not steps and not trained:
        return None
    last = steps[-1] if steps else {}
    losses = [row["loss"] for row in steps if row.get("loss") is not None]
    dev = [r["loss"] for r in rows if r.get("kind") == "dev" and r.get("loss") is not None]
    told = {
        "ended": "running",
        "steps": last.get("step"),
        "planned_steps": None,
        "epochs": last.get("epoch"),
        "tokens": last.get("tokens"),
        "supervised": last.get("supervised"),
        "seconds": last.get("seconds"),
        "first_loss": losses[0] if losses else None,
        "last_loss": losses[-1] if losses else None,
        "resumed_at": None,
    }
    told |= {name: trained[name] for name in told if name in trained}
    return told | {"first_dev": dev[0] if dev else None, "last_dev": dev[-1] if dev else None}


def _evaluation(folder: Path) -> dict[str, Any]:
    """Give the comparison, or the plain results of the one model that was measured."""
    compared = _read(folder / "comparison.json")
    if compared is not None:
        main = {row["key"]: row["metric"] for row in reversed(compared["tasks"])}
        for row in compared["aspects"]:
            row["metric"] = _metric({main[key] for key in row["keys"]})
    who = [name for name in ("base", "tuned") if (folder / name / "results.json").is_file()]
    means = [] if compared is not None else [
        {"who": one, "key": key, "metric": metric, **mean}
        for one in who
        for key, result in read_json(folder / one / "results.json")["results"].items()
        for metric, mean in result["means"].items()
    ]  # fmt: skip
    return {"comparison": compared, "measured": who, "means": means}


def _metric(names: set[str]) -> str:
    """Name the metric of an aspect: that of its tasks, `aspect` for several shares."""
    if len(names) == 1:
        return names.pop()
    return "aspect" if all(is_share(name) for name in names) else "several"


def _files(folder: Path) -> list[dict[str, Any]]:
    """Files of the package with their sizes; none are hashed, weights are large."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return [{"name": p.relative_to(folder).as_posix(), "bytes": p.stat().st_size} for p in found]


def _code(folder: Path) -> str | None:
    """Take the code of the model card that loads the package, from the run's folder."""
    card = folder / "README.md"
    text = card.read_text(encoding="utf-8") if card.is_file() else ""
    for block in re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S):
        if "from_pretrained" in block:
            own = f'folder = "{folder.name}"  # from the folder of this report'
            return re.sub(r"^folder = .*$", own, str(block), flags=re.M).rstrip()
    return None
