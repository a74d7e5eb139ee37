"""The door to the law: `llmx audit` and `llmx license`. Parses and calls; imports are inside."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from llmx_data.cli_parts import add, positive
from llmx_data.core.errors import RecipeError


def law(commands: Any) -> None:
    """Add the commands."""
    text = "judge a recipe, a finished run, or a mix of [ROLE:]NAMEs; publishes nothing"
    parser = add(commands, "audit", audit, text)
    parser.add_argument("target", nargs="*", metavar="RECIPE|RUN|[ROLE:]NAME")
    parser.add_argument("--case", type=Path, help="a file of cases, as under licenses/cases/")
    parser.add_argument("--set", action="append", default=[], metavar="PLACE=VALUE")
    parser.add_argument("--out", type=Path, help="run directory (default runs/<name>)")
    parser.add_argument("--workers", type=positive, help="processes (default: all cores)")
    parser.add_argument("--limit", type=positive, help="rows read from each source")
    _judging(parser)
    _license(commands)


def _judging(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--purpose", help="judge for another purpose: llmx list")
    parser.add_argument("--policy", help="strict, standard or permissive_jp")
    parser.add_argument("--act", action="append", default=[], help="judge these acts only")
    parser.add_argument("--actor", action="append", default=[], metavar="NAME=VALUE",
                        help="who acts: kind=company, jurisdiction=JP, mau=1000")  # fmt: skip
    parser.add_argument("--what-if", action="append", default=[], metavar="drop:SOURCE",
                        help="judge as if a source were left out")  # fmt: skip
    parser.add_argument("--explain", action="store_true", help="every reason, not only the worst")
    parser.add_argument("--fail-on", choices=["review", "deny"], default="review")
    parser.add_argument("--lang", choices=["en", "ja"], help="default: the environment's")


def _license(commands: Any) -> None:
    text = "ask what is known of licences, models and data sets"
    actions = commands.add_parser("license", help=text, description=text).add_subparsers(
        required=True, metavar="ACTION"
    )
    show = add(actions, "show", license_show, "facts about a licence, a model or a data set")
    show.add_argument("name")
    listing = add(actions, "list", license_list, "ids of everything known")
    kinds = ["terms", "models", "datasets"]
    listing.add_argument("kind", nargs="?", default="terms", choices=kinds)
    diff = add(actions, "diff", license_diff, "fields in which two licence texts differ")
    diff.add_argument("one")
    diff.add_argument("other")
    combine = add(actions, "combine", license_combine, "what several licences may go out under")
    combine.add_argument("names", nargs="+", metavar="LICENSE")
    combine.add_argument("--mode", choices=["unified", "collection"], default="unified")
    combine.add_argument("--act", default="redistribute_derived")
    combine.add_argument("--policy", default="standard")
    combine.add_argument("--lang", choices=["en", "ja"])
    name = add(actions, "check-name", license_name, "whether a model may be called so")
    name.add_argument("name")
    name.add_argument("of", nargs="+", metavar="LICENSE|MODEL")
    pin = add(actions, "lock", license_lock, "pin the cards and texts that a recipe rests on")
    held = add(actions, "verify", license_verify, "what changed since a recipe was locked")
    for action in (pin, held):
        action.add_argument("recipe", type=Path)
        action.add_argument("--lock", type=Path, help="default: RECIPE.lock.json beside it")
    held.add_argument("--runs", type=Path, default=Path("runs"), help="where finished runs are")
    _recovering(actions)
    lint = add(actions, "lint", license_lint, "declarations that contradict each other")
    lint.add_argument("targets", nargs="*", metavar="FILE|DATASET", help="default: the catalogue")
    lint.add_argument("--lang", choices=["en", "ja"])


def _recovering(actions: Any) -> None:
    text = "find out which known source each record of a run came from"
    recover = add(actions, "recover", license_recover, text)
    recover.add_argument("run", type=Path)
    recover.add_argument(
        "--against", action="append", default=[], metavar="NAME=PATH[@LICENSE]|SOURCES.yaml",
        help="a known source, or a list of them; may be repeated",
    )  # fmt: skip
    recover.add_argument("--source", metavar="NAME", help="only this source of the run")


def audit(args: argparse.Namespace) -> Any:
    """`llmx audit`: judge and print; nothing is published."""
    from llmx_data.audit.table import language
    from llmx_data.auditing import Question, audit_recipe, audit_run
    from llmx_data.core.progress import Talk
    from llmx_data.mixes import audit_cases, audit_names

    question = Question(
        args.purpose, args.policy, args.act, args.actor, _drops(args.what_if), args.explain,
        args.fail_on, args.lang or language(),
    )  # fmt: skip
    if args.case is not None:
        answer = audit_cases(args.case, explain=args.explain)
    elif not args.target:
        raise RecipeError("audit what? a recipe, a run, names, or --case FILE")
    elif len(args.target) > 1 or not Path(args.target[0]).suffix.startswith((".y", ".j")):
        folder = Path(args.target[0])
        found = len(args.target) == 1 and folder.is_dir()
        answer = audit_run(folder, question) if found else audit_names(args.target, question)
    else:
        answer = audit_recipe(
            Path(args.target[0]), question, sets=args.set, out=args.out, workers=args.workers,
            limit=args.limit, talk=Talk(as_json=args.json),
        )  # fmt: skip
    args.exit_code = answer.exit_code
    return answer.facts if args.json else answer.page


def _drops(words: Sequence[str]) -> list[str]:
    for word in words:
        if not word.startswith("drop:"):
            raise RecipeError(f"--what-if {word}: wanted drop:SOURCE")
    return [word.removeprefix("drop:") for word in words]


def license_show(args: argparse.Namespace) -> Any:
    """`llmx license show NAME`."""
    from llmx_data.licences import shown

    return shown(args.name)[1 if args.json else 0]


def license_list(args: argparse.Namespace) -> Any:
    """`llmx license list [terms|models|datasets]`."""
    from llmx_data.licences import listed

    return listed(args.kind)[1 if args.json else 0]


def license_diff(args: argparse.Namespace) -> Any:
    """`llmx license diff ONE OTHER`."""
    from llmx_data.licences import compared

    return compared(args.one, args.other)[1 if args.json else 0]


def license_combine(args: argparse.Namespace) -> Any:
    """`llmx license combine LICENSE...`; exits 5 or 4 like `audit`."""
    from llmx_data.audit.table import language
    from llmx_data.licences import combined

    lang = args.lang or language()
    text, data, args.exit_code = combined(
        args.names, mode=args.mode, act=args.act, policy=args.policy, lang=lang
    )
    return data if args.json else text


def license_name(args: argparse.Namespace) -> Any:
    """`llmx license check-name NAME LICENSE|MODEL...`; exits 5 where the name does not fit."""
    from llmx_data.licences import named

    text, data, args.exit_code = named(args.name, args.of)
    return data if args.json else text


def license_lock(args: argparse.Namespace) -> Any:
    """`llmx license lock RECIPE`."""
    from llmx_data.locking import lock, lock_path

    found = lock(args.recipe, args.lock)
    counts = ", ".join(f"{len(found[kind])} {kind}" for kind in ("sources", "cards", "terms"))
    return found if args.json else f"{args.lock or lock_path(args.recipe)}: {counts}"


def license_verify(args: argparse.Namespace) -> Any:
    """`llmx license verify RECIPE`; exits 3 where something changed."""
    from llmx_data.locking import verify_lock

    changes, runs = verify_lock(args.recipe, args.lock, args.runs)
    args.exit_code = 3 if changes else 0
    if args.json:
        return {"changes": [c.__dict__ for c in changes], "runs": runs}
    lines = [c.say() for c in changes] + [f"touches {run}: llmx audit {run}" for run in runs]
    return "\n".join([*lines, f"{len(changes)} changes"])


def license_recover(args: argparse.Namespace) -> Any:
    """`llmx license recover RUN --against ...`: writes origins.parquet and origins.json."""
    from llmx_data.core.progress import Talk
    from llmx_data.recovering import recover

    talk = Talk(as_json=args.json)
    found = recover(args.run, args.against, source=args.source, talk=talk)
    return found.facts if args.json else found.page


def license_lint(args: argparse.Namespace) -> Any:
    """`llmx license lint [FILE|DATASET...]`; exits 3 where something does not fit."""
    from llmx_data.audit.table import language
    from llmx_data.licences import linted

    text, data, args.exit_code = linted(args.targets, args.lang or language())
    return data if args.json else text
