"""The door to mixing: `llmx mix`. Parses and calls; imports are inside."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from llmx_data.cli_parts import add, positive


def mix(commands: Any) -> None:
    """Add the command."""
    text = "join finished runs into a training set: shares, caps, budget, dev split"
    parser = add(commands, "mix", mix_runs, text)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--set", action="append", default=[], metavar="PLACE=VALUE")
    parser.add_argument("--out", type=Path, help="run directory (default runs/<name>)")
    parser.add_argument("--workers", type=positive, help="processes (default: all cores)")
    parser.add_argument("--plan", action="store_true", help="sizes, shares, verdict; no data set")


def mix_runs(args: argparse.Namespace) -> Any:
    """`llmx mix RECIPE`."""
    from llmx_data.core.execute import SINGLE_THREAD, settle
    from llmx_data.core.progress import Talk
    from llmx_data.core.run import Run
    from llmx_data.mix_plan import read_mix

    settle()
    if args.workers == 1:
        os.environ.update(SINGLE_THREAD)
    plan = read_mix(args.recipe, args.set)
    run = Run(args.out or Path("runs") / plan.name)
    args.run_path = run.path
    talk = Talk(as_json=args.json)
    from llmx_data import mixing
    from llmx_data.mix.page import mixed_page, plan_page

    if args.plan:
        found = mixing.preview(plan, run, workers=args.workers, talk=talk)
        args.exit_code = found["exit_code"]
        return found if args.json else plan_page(found)
    summary = mixing.mix(plan, run, workers=args.workers, talk=talk)
    return summary if args.json else mixed_page(summary)
