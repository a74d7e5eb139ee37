"""The resolver for a whole mix: inputs in their roles, one act, one policy; one answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from llmx_data.license.databases import contents_of_databases, incompatible_databases
from llmx_data.license.expression import Branch, branches, normalize
from llmx_data.license.facts import Facts
from llmx_data.license.findings import SHARING, Obligation, Reason, Verdict
from llmx_data.license.inputs import Input
from llmx_data.license.joint import Part, outgoing, ways_out
from llmx_data.license.models import locks, names
from llmx_data.license.parts import parts_of
from llmx_data.license.roles import Judged, judge_inputs
from llmx_data.license.schema import Act, Purpose, Result
from llmx_data.license.together import maker, unified

ALLOW, ALLOW_WITH, REVIEW, DENY = Result


@dataclass(frozen=True)
class Answer:
    """The answer for a mix: what was asked, what goes out under which licences, why.

    `outgoing` is a conjunction (all of them at once) for weights and unified works, and the set
    that records keep for a collection; empty with `free` where the choice is the maker's.
    """

    act: Act
    policy: str
    result: Result
    outgoing: tuple[str, ...]
    database: tuple[str, ...]
    free: bool
    obligations: tuple[Obligation, ...]
    inputs: tuple[Judged, ...]
    joint: tuple[Verdict, ...]
    per_record: bool = False
    """Whether `outgoing` is what records keep, each its own."""

    @property
    def limits(self) -> tuple[str, ...]:
        """Limits that go on with the result, whatever licence it has: noncommercial ..."""
        kinds = {o.kind for o in self.obligations}
        return tuple(kind for kind in ("noncommercial", "research_only") if kind in kinds)

    @property
    def disputed(self) -> bool:
        """Whether a reason that carries the result is disputed."""
        return any(r.disputed for r in self.reasons() if r.result == self.result)

    def reasons(self) -> tuple[Reason, ...]:
        """List every reason once, worst first."""
        verdicts = (*(j.verdict for j in self.inputs), *self.joint)
        every = dict.fromkeys(r for v in verdicts for r in v.reasons)
        return tuple(sorted(every, key=lambda r: -r.result))


def judge_mix(inputs: Iterable[Input], act: Act, purpose: Purpose, facts: Facts) -> Answer:
    """Judge a mix for one act: every input in its role, then what must hold of all together.

    The order of inputs and repetitions change nothing. Cost: about 0.3 ms per input.
    Errors: RecipeError for a licence that is no name and no expression.
    """
    once = {given.key: given for given in inputs}
    ordered = [once[key] for key in sorted(once)]
    judged = judge_inputs(ordered, act, purpose, facts)
    if any(len(j.verdict.tried) > 1 for j in judged):
        chosen = _chosen(judged, act, purpose, facts)
        judged = judge_inputs(ordered, act, purpose, facts, chosen=chosen)
    return settle(judged, act, purpose, facts)


def settle(judged: Sequence[Judged], act: Act, purpose: Purpose, facts: Facts) -> Answer:
    """Put judged inputs together: what must hold of all at once, and what goes out."""
    policy = facts.policies[purpose.policy]
    parts = parts_of(judged, act, policy, facts)
    joint = _joint(judged, parts, act, purpose, facts)
    if policy.weights_are_adaptation == "yes":
        judged = [replace(j, verdict=_settled(j.verdict)) for j in judged]
    joint += names(judged, act, purpose, facts) + locks(judged, act, purpose, facts)
    verdicts = [*(j.verdict for j in judged), *joint]
    result = max((v.result for v in verdicts), default=ALLOW)
    out, free = _outgoing(judged, parts, act, purpose, facts) if result < DENY else ((), False)
    return Answer(
        act=act,
        policy=purpose.policy,
        result=result,
        outgoing=out,
        database=tuple(sorted({v.license_db for v in verdicts if v.license_db})),
        free=free,
        obligations=tuple(dict.fromkeys(o for v in verdicts for o in v.obligations)),
        inputs=tuple(judged),
        joint=tuple(joint),
        per_record=act in SHARING and not _whole(act, purpose),
    )


def _chosen(
    judged: Sequence[Judged], act: Act, purpose: Purpose, facts: Facts
) -> dict[str, Branch]:
    """Name the alternatives that the whole asks for, by the inputs' keys."""
    if act != "release_weights" and not _whole(act, purpose):
        return {}
    parts = parts_of(judged, act, facts.policies[purpose.policy], facts)
    way = next(iter(ways_out(parts, facts, policy=purpose.policy)), None)
    tried = {j.given.key: j.verdict.tried for j in judged}
    return {
        part.key: tried[part.key][part.options.index(pick)][0]
        for part, pick in zip(parts, way.picks if way is not None else (), strict=False)
        if part.key and len(tried[part.key]) > 1
    }


def _whole(act: Act, purpose: Purpose) -> bool:
    return act == "redistribute_derived" and purpose.mode == "unified"


def _joint(
    judged: Sequence[Judged], parts: Sequence[Part], act: Act, purpose: Purpose, facts: Facts
) -> list[Verdict]:
    if act == "release_weights":
        return unified(parts, act, purpose, facts)
    if act not in SHARING:
        return []
    data = [j.verdict for j in judged if not j.given.is_model() and j.verdict.act in SHARING]
    found = incompatible_databases(data, act, facts)
    found += contents_of_databases(data, act, purpose, facts)
    rule = unified if _whole(act, purpose) else maker
    return found + rule(parts, act, purpose, facts)


def _settled(verdict: Verdict) -> Verdict:
    """Grade share-alike on weights as the algebra does, which answers the rule's question."""
    reasons = tuple(
        replace(r, result=ALLOW_WITH) if r.rule == "weights_share_alike" else r
        for r in verdict.reasons
    )
    result = max((r.result for r in reasons), default=ALLOW)
    return replace(verdict, result=result, reasons=tuple(sorted(reasons, key=lambda r: -r.result)))


def _outgoing(
    judged: Sequence[Judged], parts: Sequence[Part], act: Act, purpose: Purpose, facts: Facts
) -> tuple[tuple[str, ...], bool]:
    """Name what goes out, and whether the choice is free."""
    asked = purpose.release.license
    if act in SHARING and not _whole(act, purpose):
        kept = [j.verdict.license_concluded for j in judged if j.ships and j.verdict.act in SHARING]
        return tuple(sorted(set(kept))), not kept
    if act != "release_weights" and act not in SHARING:
        return (), False
    way = next(iter(ways_out(parts, facts, policy=purpose.policy)), None)
    if way is None:
        return (), False
    if asked is not None:
        return branches(normalize(asked, facts))[0], False
    out = outgoing(way, parts, facts)
    return out, not out
