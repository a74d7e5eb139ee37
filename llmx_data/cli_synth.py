"""The door to synthesis: `llmx synth`. Parses and calls; imports are inside."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from llmx_data.cli_parts import add, positive


def synth(commands: Any) -> None:
    """Add the command."""
    text = "make instruction data by a recipe: rules, or a language model"
    parser = add(commands, "synth", synthesize, text)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--set", action="append", default=[], metavar="PLACE=VALUE")
    parser.add_argument("--out", type=Path, help="run directory (default runs/<name>)")
    parser.add_argument("--workers", type=positive, help="processes (default: all cores)")
    again = "ask again for what was given up"
    parser.add_argument("--retry-failed", action="store_true", help=again)
    parser.add_argument("--plan", action="store_true", help="what would be asked; makes nothing")
    parser.add_argument("--status", action="store_true", help="how far a run is; reads only")


def synthesize(args: argparse.Namespace) -> Any:
    """`llmx synth RECIPE`."""
    from llmx_data.core.execute import SINGLE_THREAD, settle
    from llmx_data.core.progress import Talk
    from llmx_data.core.run import Run
    from llmx_data.synth_plan import read_synth

    settle()
    if args.workers == 1:
        os.environ.update(SINGLE_THREAD)
    plan = read_synth(args.recipe, args.set)
    run = Run(args.out or Path("runs") / plan.name)
    args.run_path = run.path
    talk = Talk(as_json=args.json)
    from llmx_data import synthesis

    if args.status:
        return synthesis.status(run)
    if args.plan:
        from llmx_data import synth_preview

        found = synth_preview.preview(plan, run, workers=args.workers, talk=talk)
        return found if args.json else synth_preview.preview_page(found)
    again = args.retry_failed
    summary = synthesis.synthesize(plan, run, workers=args.workers, talk=talk, again=again)
    if args.json:
        return summary
    if "waiting" in summary:
        return summary["waiting"]
    kept = ", ".join(f"{n:,} {name}" for name, n in summary["kept"].items())
    failed = sum(method["failed"] for method in summary["methods"].values())
    told = f"given up: {failed:,} requests, see store/synth/failed.jsonl; --retry-failed asks again"
    return "\n".join(
        [
            *([told] if failed else []),
            f"{summary['name']}: {kept} by {summary['generator']}",
            f"licences: {summary['verdict']['result']}, see dataset/ATTRIBUTION.md",
            f"report:   {summary['run']}/report.html",
            f'load:     datasets.load_dataset("{summary["run"]}/dataset")',
        ]
    )
