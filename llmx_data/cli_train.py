"""The doors to training: `llmx sft|dpo|eval`. They parse and call; imports are inside."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from llmx_data.cli_parts import add, positive

OFFLINE_TALK = {"HF_HUB_DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1"}


def training(commands: Any) -> None:
    """Add the commands."""
    for name, run, text in (
        ("sft", sft, "fine-tune by a recipe: gate, prepare, check, train, evaluate, package"),
        ("dpo", dpo, "the same from preference pairs"),
        ("eval", evaluate, "measure base and tuned model of a training run, and compare"),
    ):
        parser = add(commands, name, run, text)
        parser.add_argument("recipe", type=Path)
        parser.add_argument("--set", action="append", default=[], metavar="PLACE=VALUE")
        parser.add_argument("--out", type=Path, help="run directory (default runs/<name>)")
        parser.add_argument("--workers", type=positive, help="processes that mix (default: all)")
        if name == "eval":
            parser.add_argument("--who", choices=["base", "tuned"], action="append", default=[])
        else:
            parser.add_argument("--plan", action="store_true", help="check everything, then stop")


def sft(args: argparse.Namespace) -> Any:
    """`llmx sft RECIPE`."""
    return _train(args, [])


def dpo(args: argparse.Namespace) -> Any:
    """`llmx dpo RECIPE`."""
    return _train(args, ["train.kind=dpo"])


def _train(args: argparse.Namespace, more: list[str]) -> Any:
    recipe, run, talk = _opened(args, more)
    from llmx_train import run as road

    make = _mix(recipe, run, args.workers, talk)
    if args.plan:
        found = road.plan(recipe, run, make, talk=talk)
        args.exit_code = found["exit_code"]
        return found if args.json else road.plan_page(found)
    summary = road.sft(recipe, run, make, talk=talk)
    return summary if args.json else _page(summary)


def evaluate(args: argparse.Namespace) -> Any:
    """`llmx eval RECIPE`."""
    recipe, run, talk = _opened(args, [])
    from llmx_train import run as road

    make = _mix(recipe, run, args.workers, talk)
    found = road.evaluate(recipe, run, make, who=args.who, talk=talk)
    return found if args.json else _scores(found)


def _opened(args: argparse.Namespace, more: list[str]) -> tuple[Any, Any, Any]:
    """Read the recipe and open its run."""
    from llmx_data.core.execute import settle
    from llmx_data.core.progress import Talk
    from llmx_data.core.run import Run
    from llmx_train.recipe import read_sft

    settle()
    for name, value in OFFLINE_TALK.items():
        os.environ.setdefault(name, value)
    recipe = read_sft(args.recipe, [*args.set, *more])
    run = Run(args.out or Path("runs") / recipe.name)
    args.run_path = run.path
    return recipe, run, Talk(as_json=args.json)


def _mix(recipe: Any, run: Any, workers: int | None, talk: Any) -> Any:
    """Give what makes the mix of a recipe, or finds the finished one."""

    def make() -> Path:
        from llmx_data import mixing
        from llmx_data.core.run import Run
        from llmx_data.mix_plan import read_mix

        where: Path = recipe.beside(recipe.top.data.mix)
        if where.is_dir():
            return where
        plan = read_mix(where, [])
        made = Run(run.path / "mix")
        mixing.mix(plan, made, workers=workers, talk=talk)
        return made.path

    return make


def _page(summary: dict[str, Any]) -> str:
    trained = summary["train"]
    lines = [
        f"{summary['name']}: {trained['steps']:,} steps, {trained['tokens']:,} tokens, loss "
        f"{trained['first_loss']:.3f} to {trained['last_loss']:.3f}",
        f"licences: {summary['verdict']}, see package/README.md",
        *_compared(summary["comparison"]),
        f"report:   {summary['report']}",
        f"package:  {summary['run']}/package",
        f"upload:   {summary['package']['upload']}",
    ]
    return "\n".join(lines)


def _scores(found: dict[str, Any]) -> str:
    lines = [
        f"{who}  {key}: {result['metrics']}"
        for who in ("base", "tuned")
        for key, result in found.get(who, {}).get("results", {}).items()
    ]
    return "\n".join([*lines, *_compared(found.get("comparison"))])


def _compared(comparison: dict[str, Any] | None) -> list[str]:
    from llmx_train.evaluate.table import table

    return [table(comparison)] if comparison is not None else []
