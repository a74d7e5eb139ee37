"""`llmx synth --plan`: counts, tokens, hours, memory and the licence verdict; nothing is asked."""

from __future__ import annotations

from collections import Counter
from typing import Any

from llmx_data.core.errors import LlmxError
from llmx_data.core.progress import Talk
from llmx_data.core.run import Run
from llmx_data.license.gate import worst
from llmx_data.synth.fitting import Fit
from llmx_data.synth.requests import Request, Role
from llmx_data.synth.rounds import first_round
from llmx_data.synth.serving import Card, cards, fit, hours, served
from llmx_data.synth_desks import read_records, seats
from llmx_data.synth_engines import Cast, cast, settled_names
from llmx_data.synth_gate import allowed, verdicts
from llmx_data.synth_plan import SynthPlan
from llmx_data.synthesis import documents_of

SIZES = (80.0, 48.0, 24.0)
"""GiB of the cards that the plan does the arithmetic for where this machine has none."""

TYPICAL = 650
"""Tokens of an answer, for the estimate of hours; `max_tokens` is the bound. The reference's."""

TOKENS_PER_CHAR = 0.8
"""Tokens of a Japanese character, assumed. llm-jp's tokenizers take 0.48 and 0.61 (measured on
databricks-dolly-15k-ja); those of models with less Japanese take more."""


def preview(plan: SynthPlan, run: Run, *, workers: int | None, talk: Talk) -> dict[str, Any]:
    """Tell what a recipe would ask, and what the licences say; generates nothing.

    The first round is counted as it would be asked; of later ones the number is what `count` takes
    if nothing is rejected on the way. Errors: those of reading the documents.
    """
    records = read_records(documents_of(plan, run, workers=workers, talk=talk), plan.methods,
                           plan.facts)  # fmt: skip
    judged = verdicts(plan, records)
    players, missing = _players(plan, run)
    placed = seats(plan, players, [allowed(plan, records, m) for m in plan.methods])
    first = first_round(placed)
    roles = _roles(plan)
    out = sum(n * min(TYPICAL, plan.sampling(role).max_tokens) for role, n in roles.items())
    read = sum(_chars(request) for request in first) * TOKENS_PER_CHAR
    tokens_in = round(read / max(1, len(first)) * sum(roles.values()))
    return {
        "name": plan.name,
        "generator": players.generator.name,
        "judge": players.judge.name if players.judge is not None else None,
        "documents": records.height,
        "first_round": len(first),
        "requests": sum(roles.values()),
        "by_role": dict(roles),
        "kinds": dict(sorted(Counter(str(r.facts.get("kind", r.template)) for r in first).items())),
        "max_tokens": sum(n * plan.sampling(role).max_tokens for role, n in roles.items()),
        "tokens_estimated": {"in": tokens_in, "out": out},
        "memory": _memory(plan),
        "hours": _hours(plan, tokens_in + out),
        "engine": players.engine.name if missing is None else None,
        "missing": missing,
        "verdict": worst(judged).name,
        "reasons": sorted({r.en for v in judged for r in v.deciding()}),
    }  # fmt: skip


def preview_page(found: dict[str, Any]) -> str:
    """Tell it for people."""
    total = max(1, found["first_round"])
    judge = f", judged by {found['judge']}" if found["judge"] else ""
    lines = [
        f"{found['name']}: {found['requests']:,} requests to {found['generator']}{judge} from "
        f"{found['documents']:,} documents; licences: {found['verdict']}"
    ]
    lines += [f"  {reason}" for reason in found["reasons"]]
    lines.append(f"first round: {found['first_round']:,} requests")
    lines += [f"  {kind:<28}{n:>7,}  {n / total:6.1%}" for kind, n in found["kinds"].items()]
    if len(found["by_role"]) > 1:
        told = ", ".join(f"{n:,} {role}" for role, n in found["by_role"].items())
        lines.append(f"all rounds, if nothing is rejected: {told}")
    if found["memory"]:
        tokens = found["tokens_estimated"]
        lines.append(
            f"tokens: about {tokens['in']:,} read and {tokens['out']:,} written "
            f"(estimated; {found['max_tokens']:,} at most)"
        )
        lines += [*found["hours"], *found["memory"]]
    lines.append(f"engine: {found['engine']}" if found["engine"] else f"engine: {found['missing']}")
    return "\n".join(lines)


def _players(plan: SynthPlan, run: Run) -> tuple[Cast, str | None]:
    """Settle the engines; where none can run here the plan says why and goes on."""
    try:
        return cast(plan, run.store / "synth"), None
    except LlmxError as error:
        return settled_names(plan), str(error)


def _roles(plan: SynthPlan) -> Counter[Role]:
    found: Counter[Role] = Counter()
    judging = plan.top.samples > 1 or (plan.top.judge is not None and plan.top.judge.min_score)
    for method in plan.methods:
        wanted = Counter(method.expects(plan.count(method)))
        if method.best_of:
            wanted["answer"] *= plan.top.samples
            if judging:
                wanted["judge"] += wanted["answer"]
        found += wanted
    return found


def _chars(request: Request) -> int:
    return sum(len(turn["content"]) for turn in request.messages) + len(request.prompt or "")


def _memory(plan: SynthPlan) -> list[str]:
    """Do the arithmetic for the cards here, or for usual ones."""
    entry = served(plan.top.generator.model, plan.facts)
    if plan.by_rules or entry is None or plan.top.generator.engine in ("openai", "replay"):
        return []
    found = cards()
    kinds = found[:1] or [Card(f"{size:.0f} GiB", size, None) for size in SIZES]
    asked = plan.top.generator.quantization
    fits: list[Fit] = []
    for card in kinds:
        capability = card.compute_capability if found else 8.9
        try:
            fits.append(
                fit(
                    entry,
                    gpu_gib=card.gib,
                    gpus=max(1, len(found)),
                    quantization=asked,
                    compute_capability=capability,
                )
            )
        except LlmxError as error:
            return [str(error)]
    return [line for one in fits for line in one.lines()]


def _hours(plan: SynthPlan, tokens: int) -> list[str]:
    entry = served(plan.top.generator.model, plan.facts)
    if plan.by_rules or entry is None:
        return []
    names = [card.name for card in cards()[:1]] or ["H100", "A100"]
    told = [(name, hours(tokens, entry, name)) for name in names]
    lines = [f"{name}: {found.line()}" for name, found in told if found is not None]
    return lines or [f"hours: no figure for {entry.entry.alias} on {', '.join(names)}"]
