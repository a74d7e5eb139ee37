"""An even pick of made tasks: documents take turns, kinds take turns, no pattern crowds out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from llmx_data.synth.rules.task import Task

PATTERN_SHARE = 0.1
"""Most of a kind's even share that one pattern (に＋なる) may be of. Ours."""


def turns(queues: Sequence[Sequence[Task]]) -> Iterator[Task]:
    """Take the first of every queue, then the second of every queue, and so on."""
    for depth in range(max(map(len, queues), default=0)):
        yield from (queue[depth] for queue in queues if depth < len(queue))


def _pattern(task: Task) -> str:
    return f"{task.kind}/{task.facts.get('pattern')}"


def in_rounds(
    sources: dict[str, Iterator[Task]], count: int, every: Mapping[str, int]
) -> list[Task]:
    """Take one task of every kind in a round, or of every other round, until `count` are there.

    Tasks that name their pattern are passed over once it has PATTERN_SHARE of the kind's share.
    """
    picked: list[Task] = []
    seen: set[str] = set()
    patterns: Counter[str] = Counter()
    cap = max(1, round(PATTERN_SHARE * count / len(every)))
    number = 0
    while sources and len(picked) < count:
        for name in [name for name in sources if number % every[name] == 0]:
            task = next(
                (t for t in sources[name] if t.prompt not in seen and patterns[_pattern(t)] < cap),
                None,
            )
            if task is None:
                del sources[name]
            elif len(picked) < count:
                seen.add(task.prompt)
                patterns.update([_pattern(task)] if "pattern" in task.facts else [])
                picked.append(task)
        number += 1
    return picked
