"""Find tasks by their file name and read those of a recipe, with all mistakes at once."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from llmx_data.core.errors import RecipeError, nearest
from llmx_data.core.part import over_files
from llmx_data.core.parts import class_name
from llmx_data.core.recipe import Reader, open_recipe
from llmx_data.core.yaml12 import Place
from llmx_train.evaluate.task import Task

ROOM = "llmx_train.evaluate.tasks"


@cache
def task_names() -> list[str]:
    """List the tasks by walking their folder."""
    package = importlib.import_module(ROOM)
    return sorted(module.name for module in pkgutil.iter_modules(package.__path__))


def find_task(use: str) -> type[Task]:
    """Find a task's class. Errors: RecipeError with the nearest known name."""
    if use not in task_names():
        raise RecipeError(f"unknown task '{use}'\n    {nearest(use, task_names())}")
    module = importlib.import_module(f"{ROOM}.{use}")
    kind: type[Task] = getattr(module, class_name(use))
    assert issubclass(kind, Task), use
    return kind


def read_tasks(entries: Sequence[dict[str, Any]], recipe: Path) -> list[Task]:
    """Tasks of a recipe that was read before; paths are told from its folder.

    Errors: one RecipeError with every mistake.
    """
    reader = open_recipe(recipe)
    found = check_tasks(reader, entries)
    reader.finish()
    return found


def check_tasks(reader: Reader, entries: Sequence[dict[str, Any]]) -> list[Task]:
    """Build the tasks of `eval.tasks`; what is wrong is noted in the reader, with its line."""
    found: dict[str, Task] = {}
    for k, entry in enumerate(entries):
        place: Place = ("eval", "tasks", k)
        task = _task(reader, entry, place)
        if task is not None and task.key() in found:
            problem = f"'{task.key()}' stands twice"
            reader.wrong(place, problem, "give it another template or number of shots")
        elif task is not None:
            found[task.key()] = task
    return list(found.values())


def _task(reader: Reader, entry: dict[str, Any], place: Place) -> Task | None:
    use = entry.get("use")
    if not isinstance(use, str):
        reader.wrong(place, "says no 'use: TASK'", f"known: {', '.join(task_names())}")
        return None
    try:
        kind = find_task(use)
    except RecipeError as error:
        problem, _, remedy = str(error).partition("\n    ")
        reader.wrong((*place, "use"), problem, remedy)
        return None
    options = {name: value for name, value in entry.items() if name != "use"}
    here = len(reader.mistakes)

    def found(inner: Place, value: str) -> str:
        path = (reader.folder / Path(value).expanduser()).resolve()
        if not path.is_file() and not ("path" in kind.folders and path.is_dir()):
            problem = f"file '{value}' does not exist"
            reader.wrong((*place, *inner), problem, f"looked for {path}")
        return str(path)

    options = over_files(options, kind.files, found)
    task = reader.validate(kind, options, place, f"eval.tasks[{place[-1]}].{use}")
    return task if len(reader.mistakes) == here else None
