"""Named data sets that a dedup step compares with: read once into the run's store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from llmx_data import __version__
from llmx_data.against import read_against
from llmx_data.core.errors import DataError
from llmx_data.core.execute import Executor
from llmx_data.core.part import content_key, file_key
from llmx_data.core.parts import Spec
from llmx_data.core.run import Run
from llmx_data.core.store import Shard
from llmx_data.dedup.minhash import Minhash, Named
from llmx_data.harvest import declared
from llmx_data.ingest.stage import Task, ingest
from llmx_data.license.facts import UNKNOWN
from llmx_data.plan import Plan


def read_named(part: Minhash, plan: Plan, run: Run, pool: Executor) -> list[tuple[str, Shard]]:
    """Shards of the data sets that `part` is told to keep clear of, each with its name.

    They are read as `llmx license recover` reads known sources: by the catalogue's card, else in
    the form that their columns fit; normalized as the recipe normalizes. Errors: RecipeError for a
    form that cannot be told, DataError for a set of which no row can be read.
    """
    found: list[tuple[str, Shard]] = []
    for one in part.against:
        outcomes = list(pool.map(ingest, list(_tasks(one, plan, run))))
        shards = [shard for outcome in outcomes for shard in outcome.shards if shard.records]
        if not shards:
            raise DataError(f"against {one.name}: no row could be read\n    check {one.path}")
        found += [(one.name, shard) for shard in shards]
    return found


def _tasks(one: Named, plan: Plan, run: Run) -> Iterator[Task]:
    told = one.path if plan.facts.card(one.name) else f"{one.path}@{UNKNOWN}"
    (spec,) = read_against([f"{one.name}={told}"], plan.facts)
    folder = _folder(one, spec, plan, run)
    source = spec.build()
    for number, block in enumerate(source.blocks(Path(spec.folder))):
        yield Task(
            spec,
            tuple(plan.normalizers),
            declared(source, plan),
            (block,),
            str(folder),
            number,
            False,
        )


def _folder(one: Named, spec: Spec, plan: Plan, run: Run) -> Path:
    options = {name: value for name, value in spec.options.items() if name != "path"}
    key = content_key(
        {
            "content": file_key(Path(one.path)),
            "source": spec.use,
            "options": options,
            "normalize": [normalizer.build().digest() for normalizer in plan.normalizers],
            "llmx": __version__,
        }
    )
    return run.store / "named" / f"{one.name}-{key}"
