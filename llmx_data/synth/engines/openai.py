"""Any server that speaks OpenAI's chat protocol, `vllm serve` and others: many at once."""

from __future__ import annotations

import asyncio
import os
import queue
import threading
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import aiohttp
import msgspec

from llmx_data.core.errors import EnvironmentTrouble
from llmx_data.synth.engines import Try
from llmx_data.synth.engines.chat import body_of, path_of, read_answer
from llmx_data.synth.ledger import Response

FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
"""Seconds before the first retry, doubled each time; `Retry-After` of the server goes before."""

STREAK = 16
"""Requests in a row that may fail for the server's sake, each after its retries, until it counts as
down. Ours: one slow model in many is no outage, sixteen without one answer between are."""

HOPELESS = {401: "the key was refused", 403: "access was refused", 404: "no such model or path"}
PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504})


class _Unusable(Exception):
    """A request that will not be answered, whatever is tried."""


class _Lost(NamedTuple):
    """A try that failed for the server's sake, after all its retries."""

    response: Response


class _Passing(Exception):
    """A refusal that may be over at the next try, and the seconds that the server asks to wait."""

    def __init__(self, status: int, wait: float | None) -> None:
        super().__init__(status)
        self.status, self.wait = status, wait


@dataclass(frozen=True)
class OpenAI:
    """A server at `base_url` (ending in /v1) that serves `model`.

    The key is read from the environment variable `key_variable` when the engine starts and written
    nowhere. `retries` are made for one try on 429, 5xx, time-outs, cut connections and answers
    that are no JSON. Cost: 0.6 ms of CPU a request, most of it aiohttp's.
    """

    base_url: str
    model: str
    key_variable: str | None = None
    concurrency: int = 64
    timeout_s: float = 600.0
    retries: int = 5
    first_wait: float = FIRST_WAIT

    @property
    def name(self) -> str:
        """For the manifest: the address is deployment and stays out."""
        return f"openai-compatible ({self.model})"

    def answer(self, tries: Iterable[Try]) -> Iterator[Response]:
        """Answer every try, `concurrency` at a time, as they are finished.

        A server that stops answering costs no request an attempt: what fails for its sake is held
        back until somebody is answered again. Errors: EnvironmentTrouble where the server cannot be
        reached, refuses everything, or fails STREAK requests in a row.
        """
        held: list[Response] = []
        answered = False
        for found in self._finished(tries):
            if isinstance(found, _Lost):
                held.append(found.response)
                if len(held) == STREAK:
                    raise self._down(held)
                continue
            answered = True
            yield from held
            held.clear()
            yield found
        if held and not answered and not asyncio.run(self._alive()):
            raise self._down(held)
        yield from held

    def _down(self, lost: list[Response]) -> EnvironmentTrouble:
        return EnvironmentTrouble(
            f"{self.base_url}: the server stopped answering: {lost[-1].error}\n    all that it "
            "answered is kept, and nothing counts as tried: run the same command when it is back"
        )

    async def _alive(self) -> bool:
        try:
            async with self._client() as client, client.get(f"{self.base_url}/models") as answer:
                return answer.status < 500
        except (aiohttp.ClientError, TimeoutError):
            return False

    def _finished(self, tries: Iterable[Try]) -> Iterator[Response | _Lost]:
        """Give what the workers put into the queue, until all is done."""
        finished: queue.Queue[Response | _Lost | BaseException | None] = queue.Queue()
        stop = threading.Event()
        work = threading.Thread(
            target=lambda: asyncio.run(self._all(iter(tries), finished, stop)), daemon=True
        )
        work.start()
        try:
            while (found := finished.get()) is not None:
                if isinstance(found, BaseException):
                    raise found
                yield found
        finally:
            stop.set()
            work.join()

    async def _all(
        self,
        tries: Iterator[Try],
        finished: queue.Queue[Response | _Lost | BaseException | None],
        stop: threading.Event,
    ) -> None:
        async def worker(client: aiohttp.ClientSession) -> None:
            for one in tries:
                if stop.is_set():
                    return
                finished.put(await self._one(client, one))

        try:
            async with self._client() as client, asyncio.TaskGroup() as group:
                await self._reach(client)
                for _ in range(self.concurrency):
                    group.create_task(worker(client))
        except BaseExceptionGroup as several:
            stop.set()
            finished.put(several.exceptions[0])
        except EnvironmentTrouble as error:
            finished.put(error)
        finished.put(None)

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[aiohttp.ClientSession]:
        headers = {"Content-Type": "application/json"}
        if self.key_variable is not None:
            key = os.environ.get(self.key_variable)
            if not key:
                raise EnvironmentTrouble(
                    f"the environment variable {self.key_variable} is not set\n    it holds the "
                    "key of the server; recipes name the variable, never the key"
                )
            headers["Authorization"] = f"Bearer {key}"
        limits = aiohttp.TCPConnector(limit=self.concurrency)
        waits = aiohttp.ClientTimeout(total=self.timeout_s)
        async with aiohttp.ClientSession(
            headers=headers, timeout=waits, connector=limits, trust_env=False
        ) as client:
            yield client

    async def _reach(self, client: aiohttp.ClientSession) -> None:
        """Knock once before anything is asked; whatever is answered will do."""
        try:
            async with client.get(f"{self.base_url}/models"):
                return
        except aiohttp.ClientConnectorError as error:
            raise EnvironmentTrouble(
                f"{self.base_url}: no connection: {error}\n    is the server running? "
                "vllm serve MODEL"
            ) from error
        except (aiohttp.ClientError, TimeoutError):
            return

    async def _one(self, client: aiohttp.ClientSession, one: Try) -> Response | _Lost:
        wait, error = self.first_wait, ""
        for left in range(self.retries, -1, -1):
            try:
                return read_answer(one, await self._ask(client, one))
            except _Unusable as reason:
                return _failed(one, str(reason))
            except _Passing as reason:
                error = f"status {reason.status}"
                wait = reason.wait or wait
            except (aiohttp.ClientError, TimeoutError, ValueError) as reason:
                error = f"{type(reason).__name__}: {reason}"[:200]
            if left:
                await asyncio.sleep(wait)
                wait = min(2 * wait, LONGEST_WAIT)
        return _Lost(_failed(one, error))

    async def _ask(self, client: aiohttp.ClientSession, one: Try) -> dict[str, Any]:
        body = msgspec.json.encode(body_of(one, self.model))
        async with client.post(f"{self.base_url}/{path_of(one)}", data=body) as answer:
            text = await answer.read()
        code = answer.status
        if code in HOPELESS:
            told = text.decode(errors="replace")[:300]
            raise EnvironmentTrouble(
                f"{self.base_url}: {HOPELESS[code]} (status {code})\n    {told}"
            )
        if code in PASSING:
            raise _Passing(code, _asked_wait(answer))
        if code != 200:
            raise _Unusable(f"status {code}: {text.decode(errors='replace')[:200]}")
        try:
            data: dict[str, Any] = msgspec.json.decode(text)
        except msgspec.DecodeError as error:
            raise ValueError(f"no JSON: {error}") from error
        return data

    def close(self) -> None:
        """Nothing is held."""


def _failed(one: Try, error: str) -> Response:
    return Response(one.request.id, one.attempt, "failed", error=error, at=time.time())


def _asked_wait(answer: aiohttp.ClientResponse) -> float | None:
    """Seconds that the server asks to wait, at most LONGEST_WAIT."""
    try:
        return min(float(answer.headers["Retry-After"]), LONGEST_WAIT)
    except (KeyError, ValueError):
        return None
