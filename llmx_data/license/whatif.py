"""What to leave out so that a mix may go: the lightest set of inputs, found exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from llmx_data.license.facts import Facts
from llmx_data.license.hitting import lightest
from llmx_data.license.inputs import WEIGHTS, Input
from llmx_data.license.mix import Answer, judge_mix, settle
from llmx_data.license.naming import demands
from llmx_data.license.parts import parts_of
from llmx_data.license.roles import Judged, judge_inputs
from llmx_data.license.schema import Act, Purpose, Result

SIZES = ("tokens", "chars", "records")


@dataclass(frozen=True)
class WhatIf:
    """What to drop (names), how much that is in `unit`, and the answer without it.

    `drop` is None where no set helps because the models themselves are the obstacle.
    """

    drop: tuple[str, ...] | None
    weight: int
    unit: str
    answer: Answer


def what_if(
    inputs: Sequence[Input],
    act: Act,
    purpose: Purpose,
    facts: Facts,
    *,
    wanted: Result = Result.ALLOW_WITH,
) -> WhatIf:
    """Find the lightest set of inputs without which the verdict is no worse than `wanted`.

    Models that are the material (base, merge, delta) stay. Sizes are tokens where every input has
    them, else characters, else records, else one each. Inputs with the same facts are dropped
    together or not at all. Exact: each set that proves insufficient adds a conflict.
    """
    fixed = [i for i in inputs if i.part in WEIGHTS]
    classes = _classes([i for i in inputs if i.part not in WEIGHTS])
    judged = judge_inputs([*fixed, *(c[0] for c in classes)], act, purpose, facts)
    base, rest = judged[: len(fixed)], judged[len(fixed) :]
    classes, rest = _alike(classes, rest, act, purpose, facts)
    unit, sizes = _sizes(classes)

    def bad(chosen: Sequence[str]) -> bool:
        some = [*base, *(rest[int(c)] for c in chosen)]
        return settle(some, act, purpose, facts).result > wanted

    if bad(()):
        return WhatIf(None, 0, unit, settle(judged, act, purpose, facts))
    dropped = lightest([str(i) for i in range(len(classes))], sizes, bad)
    names = sorted(given.name for c in dropped for given in classes[int(c)])
    left = [i for at, group in enumerate(classes) if str(at) not in dropped for i in group]
    weight = sum(sizes[c] for c in dropped)
    return WhatIf(tuple(names), weight, unit, judge_mix([*fixed, *left], act, purpose, facts))


def _classes(inputs: Sequence[Input]) -> list[list[Input]]:
    """Group inputs that differ in name and size only, in the order of their facts."""
    groups: dict[str, list[Input]] = {}
    for given in inputs:
        blank = dict.fromkeys(("id", *SIZES))
        groups.setdefault(given.model_copy(update=blank).key, []).append(given)
    return [groups[key] for key in sorted(groups)]


def _alike(
    classes: list[list[Input]], judged: Sequence[Judged], act: Act, purpose: Purpose, facts: Facts
) -> tuple[list[list[Input]], list[Judged]]:
    """Join classes that no rule about the whole can tell apart, and that fare alike alone."""
    groups: dict[object, list[int]] = {}
    policy = facts.policies[purpose.policy]
    for at, one in enumerate(judged):
        seen, verdict = parts_of([one], act, policy, facts), one.verdict
        accepted = verdict.subject.accepted_by if verdict.subject is not None else None
        shape = (
            tuple((p.options, p.kind, p.limits) for p in seen),
            (one.given.is_model(), verdict.act, verdict.result, accepted),
            (verdict.license_concluded, verdict.license_db),
            demands(verdict.obligations),
        )
        groups.setdefault(shape, []).append(at)
    return (
        [[given for at in group for given in classes[at]] for group in groups.values()],
        [judged[group[0]] for group in groups.values()],
    )


def _sizes(classes: list[list[Input]]) -> tuple[str, dict[str, int]]:
    every = [given for group in classes for given in group]
    unit = next((u for u in SIZES if all(getattr(i, u) is not None for i in every)), "inputs")
    sizes = {
        str(at): sum(getattr(i, unit) if unit != "inputs" else 1 for i in group)
        for at, group in enumerate(classes)
    }
    return (unit if every else "inputs"), sizes
