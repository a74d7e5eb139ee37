"""Evaluate what a recipe trains: the base, the tuned model, and the difference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from llmx_data.core.errors import DataError
from llmx_data.core.progress import Talk
from llmx_data.core.storage import read_parquet, write_json
from llmx_train.evaluate.answering import Answers
from llmx_train.evaluate.comparison import compare_runs
from llmx_train.evaluate.competition import answer_tasks
from llmx_train.evaluate.finding import read_tasks
from llmx_train.evaluate.measuring import measure
from llmx_train.evaluate.requests import Exam
from llmx_train.evaluate.runner import Runner
from llmx_train.evaluate.subject import Loader, Subject, Who
from llmx_train.evaluate.tier0 import answers_exam, dev_rows, fit_exam, trained_stops
from llmx_train.recipe import Sft

WHO: tuple[Who, ...] = ("base", "tuned")


def evaluate_recipe(
    recipe: Sft,
    run: Path,
    loader: Loader,
    *,
    who: Sequence[Who] | None = None,
    batch_tokens: int | None = None,
    talk: Talk | None = None,
) -> dict[str, Any]:
    """Evaluate base (if the recipe wants it) and tuned model, or those of `who`, and compare.

    Gives `{"base": ..., "tuned": ..., "comparison": ...}` with what there is. The comparison is
    written whenever both were measured, now or before, to `eval/comparison.json`.
    """
    wanted = who or (WHO if recipe.top.eval.base else ("tuned",))
    told: dict[str, Any] = {}
    for one in wanted:
        told[one] = evaluate(recipe, run, one, loader, batch_tokens=batch_tokens, talk=talk)
    sides = [run / "eval" / one for one in WHO]
    if not recipe.top.eval.base and "base" not in wanted:
        (run / "eval" / "comparison.json").unlink(missing_ok=True)
        return told
    if all((side / "results.json").is_file() for side in sides):
        out = run / "eval" / "comparison.json"
        told["comparison"] = compare_runs(sides[0], sides[1], out, seed=recipe.top.seed)
    return told


def evaluate(
    recipe: Sft,
    run: Path,
    who: Who,
    loader: Loader,
    *,
    batch_tokens: int | None = None,
    talk: Talk | None = None,
) -> dict[str, Any]:
    """Measure one model: tier 0 on `tokens/dev.parquet` if it is there, then the recipe's tasks.

    Writes `eval/<who>/<key>/{prompts,outputs,scores}.jsonl` and `result.json` per task, and
    `eval/<who>/results.json` with all results, last. The tuned model answers the competition's
    tasks too. What is finished is not asked again; the model is loaded only if anything lacks.
    Errors: RecipeError for wrong tasks, DataError for wrong files.
    """
    tasks = read_tasks(recipe.top.eval.tasks, recipe.path)
    dev = _dev(run)
    subject = loader(who)
    rows = [] if dev is None else dev_rows(dev, limit=recipe.top.eval.limit)
    stops = tuple(dict.fromkeys([*subject.stops, *trained_stops(rows, subject.tokenizer)]))
    subject = replace(subject, stops=stops)
    exams: list[Callable[[], Exam]] = []
    if rows:
        exams += [lambda: fit_exam(rows, subject), lambda: answers_exam(rows, subject)]
    limit = recipe.top.eval.limit
    exams += [lambda task=task: task.exam(subject, limit=limit) for task in tasks]  # type: ignore[misc]
    if not exams and not recipe.top.eval.output:
        raise DataError(f"{run}: nothing to evaluate on: no dev tokens and no eval.tasks")
    folder = run / "eval" / who
    results: dict[str, Any] = {}
    (folder / "results.json").unlink(missing_ok=True)
    runner = _lazy(subject)
    for exam in exams:
        made = exam()
        if made.key == "dev/answers" and not made.requests:
            continue
        results[made.key] = measure(
            made,
            subject,
            folder / made.key,
            runner,
            generate=recipe.top.eval.generate,
            seed=recipe.top.seed,
            batch_tokens=batch_tokens,
            talk=talk,
        )
    told = {"who": who, "model": subject.identity, "results": results}
    if who == "tuned" and recipe.top.eval.output:
        told["output"] = _competition(recipe, run, subject, runner, batch_tokens, talk)
    write_json(folder / "results.json", told)
    return told


def task_texts(recipe: Sft) -> list[tuple[str, str]]:
    """Texts of every item of the recipe's tasks, which training data must not hold.

    Gives (`<task>#<item>`, text) pairs, as `llmx_data.decontaminate.index` takes them; each text
    once, though several forms of a task may be in use.
    """
    pairs: dict[tuple[str, str], None] = {}
    for task in read_tasks(recipe.top.eval.tasks, recipe.path):
        pairs |= dict.fromkeys(task.texts())
    return list(pairs)


def _dev(run: Path) -> pl.DataFrame | None:
    path = run / "tokens" / "dev.parquet"
    return read_parquet(path) if path.is_file() else None


def _lazy(subject: Subject) -> Callable[[], Answers]:
    """Load the model when it is first needed, and once."""

    @cache
    def runner() -> Answers:
        return Runner(subject.load(), subject.tokenizer, stops=subject.stops)

    return runner


def _competition(
    recipe: Sft,
    run: Path,
    subject: Subject,
    runner: Callable[[], Answers],
    batch_tokens: int | None,
    talk: Talk | None,
) -> dict[str, Any]:
    given = recipe.top.eval.output
    assert given is not None
    return answer_tasks(
        subject,
        recipe.beside(given.tasks),
        run / given.file,
        runner,
        work=run / "eval" / "tuned" / "output",
        generate=recipe.top.eval.generate,
        seed=recipe.top.seed,
        batch_tokens=batch_tokens,
        talk=talk,
    )
