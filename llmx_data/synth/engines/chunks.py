"""A chunk of requests asked in one call, and the one in it that the engine cannot take."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

from llmx_data.core.errors import EnvironmentTrouble
from llmx_data.synth.engines import Try
from llmx_data.synth.ledger import Response

ENDS = frozenset({"stop", "length", "repetition"})
"""Reasons to finish that leave an answer; `abort` and `error` do not."""

Ask = Callable[[list[Try]], Any]
"""Gives a list, an output of vllm per try, in order, or raises for all of them."""

Faults = tuple[type[Exception], ...]


def each(ask: Ask, some: list[Try], faults: Faults) -> Iterator[Response]:
    """Ask all; where the engine refuses, halve until the one it cannot take stands alone.

    It refuses while it takes requests in, so the halves that are good lose little. `faults` are
    the exceptions by which it does. Errors: EnvironmentTrouble where the engine itself broke.
    """
    if not some:
        return
    try:
        outputs = ask(some)
    except faults as error:
        if len(some) == 1:
            why = f"{type(error).__name__}: {error}"[:500]
            yield Response(some[0].request.id, some[0].attempt, "failed", error=why, at=time.time())
            return
        half = len(some) // 2
        yield from chain(each(ask, some[:half], faults), each(ask, some[half:], faults))
        return
    except EnvironmentTrouble:
        raise
    except Exception as error:
        raise EnvironmentTrouble(
            f"vllm stopped: {type(error).__name__}: {str(error)[:500]}\n    what was answered is "
            "kept: the same command goes on from there"
        ) from error
    yield from (read(one, output) for one, output in zip(some, outputs, strict=True))


def read(one: Try, output: Any) -> Response:
    """Read the first answer of an output; one that was broken off is a failed response."""
    given = output.outputs[0]
    good = given.finish_reason in ENDS
    return Response(
        one.request.id, one.attempt, "done" if good else "failed", given.text if good else None,
        given.finish_reason, len(output.prompt_token_ids or ()), len(given.token_ids),
        None if good else f"finished by {given.finish_reason}", time.time(),
    )  # fmt: skip
