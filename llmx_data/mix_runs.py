"""The runs of a mix: those that are there, and those that recipes make first."""

from __future__ import annotations

from pathlib import Path

from llmx_data.closing import manifest_key
from llmx_data.core.errors import EnvironmentTrouble
from llmx_data.core.progress import Talk
from llmx_data.core.run import Run
from llmx_data.core.storage import read_json
from llmx_data.harvest import input_facts
from llmx_data.mix_plan import MixPlan
from llmx_data.plan import Plan, read_plan
from llmx_data.road import curate, unchanged
from llmx_data.synth_plan import SynthPlan


def runs_of(plan: MixPlan, home: Run, *, workers: int | None, talk: Talk) -> list[Path]:
    """Directory of each run of a mix, in the recipe's order; what is not there is made first.

    A recipe's run is looked for beside the mix (`runs/<name>`), where `llmx curate` and `llmx
    synth` put it. It is used as it is if the same recipe, inputs and version would make the same;
    else the recipe is run into the mix's own folder. Nothing outside of that is written.
    """
    found = []
    for entry, first in zip(plan.top.runs, plan.first, strict=True):
        if first is None:
            found.append(plan.beside(str(entry.run)))
            continue
        there = home.path.parent / first.name
        if is_made(first, there, home):
            found.append(there)
            continue
        out = Run(home.path / "runs" / first.name)
        talk.note(f"{first.name}: run first, into {out.path}")
        if isinstance(first, Plan):
            curate(first, out, workers=workers, limit=None, talk=talk)
        else:
            from llmx_data.synthesis import synthesize

            synthesize(first, out, workers=workers, talk=talk)
        found.append(out.path)
    return found


def is_made(plan: Plan | SynthPlan, where: Path, home: Run) -> bool:
    """Whether a directory holds the finished run of a recipe; reads it, writes only in `home`."""
    if not (where / "manifest.json").is_file():
        return False
    if isinstance(plan, Plan):
        key = manifest_key(plan, input_facts(plan, home), None)
        return unchanged(Run(where), key) is not None
    return _is_synthesized(plan, where, home) and _is_screened(plan, where, home)


def _documents(plan: SynthPlan, where: Path) -> Path:
    told = plan.top.documents
    return plan.beside(told.run) if told.run is not None else where / "documents"


def _is_synthesized(plan: SynthPlan, where: Path, home: Run) -> bool:
    """Whether a run has the documents and the answers of a synth recipe."""
    from llmx_data.synth_desks import read_records
    from llmx_data.synth_engines import cast, settled_names
    from llmx_data.synthesis import finished, made_key

    folder, recipe = where / "store" / "synth", plan.top.documents.recipe
    source = _documents(plan, where)
    if recipe is not None and not is_made(read_plan(plan.beside(recipe)), source, home):
        return False
    if not (folder / "made.json").exists():
        return False
    try:
        players = cast(plan, folder)
    except EnvironmentTrouble:
        players = settled_names(plan)
    records = read_records(source, plan.methods, plan.facts)
    return finished(folder / "made.json", made_key(plan, players, records))


def _is_screened(plan: SynthPlan, where: Path, home: Run) -> bool:
    """Whether a run published its answers as the recipe screens them."""
    folder = where / "store" / "synth"
    screen, made = folder / "screen.json", sorted((folder / "made").glob("*.jsonl"))
    dataset = _documents(plan, where) / "dataset"
    if not screen.exists() or read_json(screen) != plan.screening(made, dataset):
        return False
    screened = read_plan(screen)
    key = manifest_key(screened, input_facts(screened, home), None)
    return unchanged(Run(where), key) is not None
