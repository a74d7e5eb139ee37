"""The door: parse the command line, call, print. No work is done here; imports are inside."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from llmx_data import __version__
from llmx_data.cli_law import law
from llmx_data.cli_mix import mix
from llmx_data.cli_parts import add, positive
from llmx_data.cli_synth import synth
from llmx_data.cli_train import training
from llmx_data.core.errors import LlmxError, RecipeError


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; give its exit code (`core/errors.py` lists them)."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    args = _parser().parse_args(argv)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return _done(args, args.command(args))
    except LlmxError as error:
        return _failed(args, error, error.exit_code)
    except KeyboardInterrupt:
        return _failed(args, "interrupted; the same command goes on where this one stopped", 130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        return _unforeseen(args, error)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _done(args: argparse.Namespace, result: Any) -> int:
    """Print a result: with --json always one object, else the text or a line per fact."""
    if getattr(args, "json", False):
        facts = result if isinstance(result, dict) else {"result": result}
        text = json.dumps(facts, ensure_ascii=False, default=str)
    else:
        text = result if isinstance(result, str) else _plain(result)
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
    return int(getattr(args, "exit_code", 0))


def _plain(result: dict[str, Any]) -> str:
    return "\n".join(f"{key}: {value}" for key, value in result.items())


def _failed(args: argparse.Namespace, error: object, code: int) -> int:
    if getattr(args, "json", False):
        facts: dict[str, Any] = {"error": str(error), "exit_code": code}
        if isinstance(error, RecipeError):
            facts["mistakes"] = [m.__dict__ for m in error.mistakes]
        sys.stdout.write(json.dumps(facts, ensure_ascii=False) + "\n")
    sys.stderr.write(f"llmx: {error}\n")
    return code


def _unforeseen(args: argparse.Namespace, error: Exception) -> int:
    """Tell trouble with the disk, which has a remedy, from a bug of ours."""
    from llmx_data.core.storage import disk_trouble

    place = getattr(error, "filename", None) or getattr(args, "run_path", None) or Path()
    trouble = disk_trouble(error, Path(place))
    if isinstance(trouble, LlmxError):
        return _failed(args, trouble, trouble.exit_code)
    return _bug(args, error)


def _bug(args: argparse.Namespace, error: Exception) -> int:
    text = "".join(traceback.format_exception(error))
    note = f"a bug in llmx; please report it\n{text}"
    place = getattr(args, "run_path", None)
    if place is not None and place.is_dir():
        path = place / "traceback.txt"
        with suppress(OSError):
            path.write_text(text, encoding="utf-8")
            note = f"a bug in llmx; please report it with {path}"
    return _failed(args, f"{type(error).__name__}: {error}\n    {note}", 1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="llmx",
        description="Licence-aware curation of Japanese training data.",
        epilog="A recipe is a YAML file; `llmx list` shows the bundled ones.",
    )
    parser.add_argument("--version", action="version", version=f"llmx {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _curate(commands)
    law(commands)
    synth(commands)
    training(commands)
    mix(commands)
    _looking(commands)
    _asking(commands)
    _classifier(commands)
    return parser


def _curate(commands: Any) -> None:
    for name, command, text in (
        ("curate", curate, "run a recipe from raw data to a published data set"),
        ("check", check, "read a recipe and print the resolved order; does no work"),
    ):
        parser = add(commands, name, command, text)
        parser.add_argument("recipe", type=Path)
        parser.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="PLACE=VALUE",
            help="override a value: --set steps[0].filter.min_chars=100",
        )
        if name != "check":
            parser.add_argument("--out", type=Path, help="run directory (default runs/<name>)")
            parser.add_argument("--workers", type=positive, help="processes (default: all cores)")
            parser.add_argument("--limit", type=positive, help="rows read from each source")
        if name == "curate":
            parser.add_argument("--plan", action="store_true", help="print the plan and stop")


def _looking(commands: Any) -> None:
    add(commands, "list", list_parts, "list recipes, presets, purposes and parts")
    show = add(commands, "show", show_part, "show the options of a part: filter/length")
    show.add_argument("part", metavar="ROOM/NAME")


def _asking(commands: Any) -> None:
    why = add(commands, "why", why_record, "tell one record's story")
    why.add_argument("run", type=Path)
    why.add_argument("id", help="id, or the first characters of one")
    why.add_argument("--license", action="store_true", help="from its source to the verdict")
    why.add_argument("--lang", choices=["en", "ja"], help="of --license; default: environment's")
    verify = add(commands, "verify", verify_run, "recompute hashes, rows and ledger of a run")
    verify.add_argument("run", type=Path)


def _classifier(commands: Any) -> None:
    parser = commands.add_parser("classifier", help="train or evaluate a quality classifier")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    train = add(actions, "train", train_classifier, "train on the good and bad texts of a recipe")
    train.add_argument("--out", type=Path, help="where the model goes (default models/<name>.bin)")
    evaluate = add(actions, "eval", evaluate_classifier, "evaluate on texts it did not learn from")
    evaluate.add_argument("--model", type=Path, required=True, help="the .bin file")
    for action in (train, evaluate):
        action.add_argument("recipe", type=Path)
        action.add_argument("--workers", type=positive, help="processes (default: all cores)")


def curate(args: argparse.Namespace) -> Any:
    """`llmx curate RECIPE`."""
    from llmx_data.core.execute import SINGLE_THREAD, settle
    from llmx_data.core.progress import Talk
    from llmx_data.core.run import Run
    from llmx_data.plan import read_plan

    settle()
    if args.workers == 1:
        os.environ.update(SINGLE_THREAD)
    plan = read_plan(args.recipe, args.set)
    if args.plan:
        return check(args)
    run = Run(args.out or Path("runs") / plan.name)
    args.run_path = run.path
    from llmx_data.road import curate as go

    talk = Talk(as_json=args.json)
    summary = go(plan, run, workers=args.workers, limit=args.limit, talk=talk)
    return summary if args.json else _said(summary)


def _said(summary: dict[str, Any]) -> str:
    verdict = summary["verdict"]
    kept = ", ".join(f"{n:,} {name}" for name, n in summary["kept"].items())
    lines = [f"{summary['name']}: kept {kept}"]
    lines += [f"  {config}: {count:,} records" for config, count in summary["configs"].items()]
    lines += [
        f"licences: {verdict['result']} ({', '.join(verdict['outgoing'])}; "
        f"{len(verdict['obligations'])} duties, see dataset/ATTRIBUTION.md)",
        f"report:   {summary['run']}/report.html",
        f'load:     datasets.load_dataset("{summary["run"]}/dataset")',
    ]
    return "\n".join(lines)


def check(args: argparse.Namespace) -> Any:
    """`llmx check RECIPE`: the resolved order, and warnings."""
    from llmx_data.explain import plan_page
    from llmx_data.plan import read_plan

    plan = read_plan(args.recipe, args.set)
    return plan.resolved() if args.json else plan_page(plan)


def list_parts(args: argparse.Namespace) -> Any:
    """`llmx list`."""
    from llmx_data.explain import listing, listing_page

    return listing() if args.json else listing_page()


def show_part(args: argparse.Namespace) -> Any:
    """`llmx show filter/length`."""
    from llmx_data.explain import part_facts, part_page

    return part_facts(args.part) if args.json else part_page(args.part)


def why_record(args: argparse.Namespace) -> Any:
    """`llmx why RUN ID [--license]`."""
    from llmx_data.why import story, story_page

    if args.license:
        from llmx_data.audit.table import language
        from llmx_data.clauses import license_page, license_story

        if args.json:
            return license_story(args.run, args.id)
        return license_page(args.run, args.id, args.lang or language())
    return story(args.run, args.id) if args.json else story_page(args.run, args.id)


def verify_run(args: argparse.Namespace) -> Any:
    """`llmx verify RUN`; exits 3 when something does not hold."""
    from llmx_data.verify import verify

    return verify(args.run)


def train_classifier(args: argparse.Namespace) -> Any:
    """`llmx classifier train RECIPE`."""
    from llmx_data.classify import card_page, teach
    from llmx_data.core.progress import Talk

    card = teach(args.recipe, args.out, Talk(as_json=args.json), args.workers)
    return card if args.json else card_page(card, Path(card["path"]))


def evaluate_classifier(args: argparse.Namespace) -> Any:
    """`llmx classifier eval RECIPE --model FILE`."""
    from llmx_data.classify import examine
    from llmx_data.core.progress import Talk

    return examine(args.recipe, args.model, Talk(as_json=args.json), args.workers)


if __name__ == "__main__":
    sys.exit(main())
