"""The ledger: killed anywhere, torn at the end, asked twice, read while it is written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from llmx_data.core.errors import DataError, EnvironmentTrouble
from llmx_data.synth.ledger import Ledger, Response, answers, files, responses, tally


def done(number: int, *, attempt: int = 0, text: str = "はい。", at: float = 0.0) -> Response:
    return Response(f"{number:024x}", attempt, "done", text, "stop", 10, 20, at=at)


def failed(number: int, attempt: int) -> Response:
    return Response(f"{number:024x}", attempt, "failed", error="503")


def test_what_is_written_is_read_in_order(tmp_path: Path) -> None:
    with Ledger(tmp_path, shard_bytes=500) as ledger:
        for number in range(20):
            ledger.append(done(number, text=f"{number}番目の答え。"))
    assert len(files(tmp_path)) > 3
    assert [r.text for r in responses(tmp_path)] == [f"{n}番目の答え。" for n in range(20)]
    with Ledger(tmp_path, shard_bytes=500) as ledger:
        ledger.append(done(20))
        assert ledger.torn == 0
    assert len(list(responses(tmp_path))) == 21


@pytest.mark.parametrize("cut", [1, 7, 60])
def test_a_torn_line_is_cut_off_and_nothing_else(tmp_path: Path, cut: int) -> None:
    with Ledger(tmp_path) as ledger:
        for number in range(5):
            ledger.append(done(number))
    (path,) = files(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    assert len(list(responses(tmp_path))) == 4
    with Ledger(tmp_path) as ledger:
        assert ledger.torn == 1
        ledger.append(done(4))
    assert path.read_bytes() == whole


def test_a_file_of_one_torn_line_is_emptied(tmp_path: Path) -> None:
    path = tmp_path / "responses-00000.jsonl"
    path.write_bytes(b'{"request_id": "' + b"x" * 200_000)
    with Ledger(tmp_path) as ledger:
        assert ledger.torn == 1
    assert path.read_bytes() == b""


# what stands in the middle of a ledger -> what is said of it
BROKEN = [
    (b"{oops", "oops"),
    (b"\x00\x00\x00\x00", "not a response"),
    (b'{"request_id": "a", "attempt": 0, "state": "lost"}', "Invalid enum value 'lost'"),
    (b'{"request_id": "a", "attempt": 0, "state": "done", "text": "\xe3\x81"}', "not a response"),
    (b"", "not a response"),
]


@pytest.mark.parametrize(("line", "told"), BROKEN)
def test_a_broken_line_names_its_place_and_the_way_on(
    tmp_path: Path, line: bytes, told: str
) -> None:
    with Ledger(tmp_path) as ledger:
        for number in range(3):
            ledger.append(done(number))
    (path,) = files(tmp_path)
    whole = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([whole[0], line + b"\n", *whole[2:]]))
    for read in (tally, lambda folder: list(answers(folder))):
        with pytest.raises(DataError, match=rf"responses-00000\.jsonl:2: (?s:.*){told}") as caught:
            read(tmp_path)
        assert "remove that line" in str(caught.value)
    path.write_bytes(b"".join([whole[0], *whole[2:]]))
    assert len(list(responses(tmp_path))) == 2, "the remedy works"


def test_the_first_answer_counts(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        for response in (failed(1, 0), done(1, text="一"), done(2, text="二"), done(1, text="三")):
            ledger.append(response)
    assert [r.text for r in answers(tmp_path)] == ["一", "二"]


def test_two_writers(tmp_path: Path) -> None:
    with Ledger(tmp_path), pytest.raises(EnvironmentTrouble, match="another llmx process writes"):
        Ledger(tmp_path).__enter__()


def test_rates(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        ledger.append(failed(99, 0))
        for number in range(101):
            ledger.append(done(number, at=1000.0 + number))
        ledger.append(done(0, at=2000.0))
        ledger.sync()
        assert tally(tmp_path, window=50.0) == {
            "done": 101, "failed": 0, "errors": {}, "tokens_in": 1010, "tokens_out": 2020,
            "requests_per_second": 1.0, "tokens_per_second": 20.0,
        }  # fmt: skip


WRITER = """
import sys
from pathlib import Path
from llmx_data.synth.ledger import Ledger, Response
with Ledger(Path(sys.argv[1])) as ledger:
    for n in range(int(sys.argv[2]), 10**9):
        ledger.append(Response(f"{n:024x}", 0, "done", "答え" * (n % 400), "stop"))
        if n % 64 == 0:
            print(n, flush=True)
"""


def test_killed_again_and_again(tmp_path: Path) -> None:
    """What was synced is there after each kill, once, whole, in order."""
    following = 0
    for round_ in range(4):
        command = [sys.executable, "-c", WRITER, str(tmp_path), str(following)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        promised = following
        for _ in range(3 + 5 * round_):
            promised = int(process.stdout.readline())
        time.sleep(0.001 * round_)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        numbers = [int(r.request_id, 16) for r in responses(tmp_path)]
        assert numbers == list(range(len(numbers)))
        assert len(numbers) >= promised
        following = len(numbers)
