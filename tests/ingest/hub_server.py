"""A loopback hub: the few endpoints that `datasets` and `huggingface_hub` call for one data set."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlparse

ID = "someone/talks"
COMMIT = "a1b2c3d4e5" * 4


@contextmanager
def serving(files: dict[str, bytes]) -> Iterator[tuple[str, list[str]]]:
    """Serve `files` as the only commit of the data set; gives the address and the calls seen."""
    calls: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(files, calls))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", calls
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(files: dict[str, bytes], calls: list[str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            url = urlparse(self.path)
            calls.append(f"{self.command} {url.path}")
            api, blobs = f"/api/datasets/{ID}", f"/datasets/{ID}/resolve/{COMMIT}/"
            if url.path in (f"{api}/revision/{name}" for name in ("main", COMMIT, COMMIT[:7])):
                self.say({"_id": "1", "id": ID, "sha": COMMIT, "siblings": [], "tags": []})
            elif url.path.startswith(f"{api}/tree/{COMMIT}"):
                folder = url.path.removeprefix(f"{api}/tree/{COMMIT}").strip("/")
                found = listing(files, folder, deep="recursive=true" in url.query)
                self.say(found) if found else self.fail("EntryNotFound")
            elif url.path.startswith(blobs) and url.path.removeprefix(blobs) in files:
                self.file(files[url.path.removeprefix(blobs)])
            elif url.path.startswith(blobs):
                self.fail("EntryNotFound")
            else:
                self.fail("RevisionNotFound" if url.path.startswith(api) else "RepoNotFound")

        do_HEAD = do_GET

        def say(self, value: Any) -> None:
            self.send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

        def fail(self, code: str) -> None:
            self.send(404, b"{}", {"X-Error-Code": code})

        def file(self, data: bytes) -> None:
            etag = {"ETag": f'"{hashlib.sha1(data).hexdigest()}"', "X-Repo-Commit": COMMIT}
            asked = self.headers.get("Range")
            if asked is None:
                self.send(200, data, etag)
                return
            first, _, last = asked.removeprefix("bytes=").partition("-")
            start, stop = int(first), min(int(last or len(data)), len(data) - 1) + 1
            told = {"Content-Range": f"bytes {start}-{stop - 1}/{len(data)}"}
            self.send(206, data[start:stop], etag | told)

        def send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    return Handler


def listing(files: dict[str, bytes], folder: str, *, deep: bool) -> list[dict[str, Any]]:
    """Entries of a folder as the hub tells them."""
    prefix = f"{folder}/" if folder else ""
    entries: dict[str, dict[str, Any]] = {}
    for name, data in files.items():
        inside = name.removeprefix(prefix)
        if not name.startswith(prefix):
            continue
        if "/" in inside and not deep:
            path = prefix + inside.partition("/")[0]
            entries[path] = {"type": "directory", "path": path, "size": 0, "oid": "0" * 40}
        else:
            oid = hashlib.sha1(data).hexdigest()
            entries[name] = {"type": "file", "path": name, "size": len(data), "oid": oid}
    return list(entries.values())
