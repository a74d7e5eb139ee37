"""A scripted chat server on loopback: it answers, stalls, lies, breaks off, and counts calls."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = dict[str, Any]
Script = Callable[[dict[str, Any], int], Reply]
"""Gives, for a body and the number of calls with its last message, what to do."""


@dataclass
class Calls:
    """What the server was asked."""

    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    by_text: Counter[str] = field(default_factory=Counter)
    at_once: int = 0
    most_at_once: int = 0


def says(text: str, *, finish: str = "stop") -> Reply:
    """Answer whole."""
    return {"text": text, "finish": finish}


@contextmanager
def serving(script: Script) -> Iterator[tuple[str, Calls]]:
    """Serve; gives the base address and the calls seen."""
    calls = Calls()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(script, calls, threading.Lock()))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", calls
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(script: Script, calls: Calls, lock: threading.Lock) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            self._send(200, b'{"data": []}')

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            text = body["messages"][-1]["content"]
            with lock:
                calls.bodies.append(body)
                calls.headers.append(dict(self.headers))
                calls.by_text[text] += 1
                number = calls.by_text[text]
                calls.at_once += 1
                calls.most_at_once = max(calls.most_at_once, calls.at_once)
            try:
                self._reply(script(body, number))
            finally:
                with lock:
                    calls.at_once -= 1

        def _reply(self, reply: Reply) -> None:
            time.sleep(reply.get("wait", 0.0))
            if "status" in reply:
                self._send(reply["status"], b"{}", reply.get("headers"))
                return
            choice = {
                "message": {"role": "assistant", "content": reply["text"]},
                "finish_reason": reply["finish"],
            }
            usage = {"prompt_tokens": 7, "completion_tokens": len(reply["text"] or "")}
            data = json.dumps({"choices": [choice], "usage": usage}).encode()
            if "cut" in reply:  # promise all, send a part, hang up
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data[: reply["cut"]])
                self.wfile.flush()
                self.close_connection = True
                return
            self._send(200, data[: reply.get("truncated", len(data))])

        def _send(self, code: int, data: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(code)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    return Handler
