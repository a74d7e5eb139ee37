"""Files are whole or absent, the same value gives the same bytes, and trouble is said plainly."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from llmx_data.core.errors import DataError, EnvironmentTrouble
from llmx_data.core.storage import (
    read_json,
    read_parquet,
    remove_temporaries,
    sha256_file,
    whole,
    write_json,
    write_parquet,
    write_text,
)


def names(folder: Path) -> list[str]:
    """Every file below a folder."""
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_nothing_stands_under_the_name_before_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.txt"
    with whole(path) as temporary:
        temporary.write_text("new")
        assert not path.exists()
        assert temporary.parent == path.parent
    assert path.read_text() == "new"
    assert names(tmp_path) == ["deep/a.txt"]


@pytest.mark.parametrize("error", [ValueError("torn"), KeyboardInterrupt(), OSError("odd")])
def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, error: BaseException
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def write_half() -> None:
        with whole(path) as temporary:
            temporary.write_text("half of it")
            raise error

    with pytest.raises(type(error)):
        write_half()
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_the_bytes_reach_the_disk_before_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    replace = Path.replace

    def note(self: Path, target: Path) -> Path:
        order.append(f"rename to {target.name}")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", lambda handle: order.append("fsync"))
    monkeypatch.setattr(Path, "replace", note)
    write_text(tmp_path / "a.txt", "a")
    assert order == ["fsync", "rename to a.txt"]


TROUBLE = [
    (errno.ENOSPC, "no space left on the device\n    free some space and run the same command"),
    (errno.EDQUOT, "no space left on the device"),
    (errno.EACCES, "may not be read or written\n    mend its permissions, or choose"),
    (errno.EROFS, "may not be read or written"),
]


@pytest.mark.parametrize(("number", "message"), TROUBLE)
def test_trouble_with_the_disk_has_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, message: str
) -> None:
    def full(self: Path, data: bytes) -> int:
        raise OSError(number, os.strerror(number), str(self))

    monkeypatch.setattr(Path, "write_bytes", full)
    path = tmp_path / "a.json"
    with pytest.raises(EnvironmentTrouble) as caught:
        write_json(path, {})
    assert str(caught.value).startswith(f"{path}: {message}")
    assert names(tmp_path) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this machine")
def test_parquet_on_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "with_name", lambda self, name: Path("/dev/full"))
    monkeypatch.setattr(Path, "unlink", lambda self, missing_ok=False: None)
    with pytest.raises(EnvironmentTrouble, match=r"a\.parquet: no space left on the device"):
        write_parquet(pl.DataFrame({"a": range(100_000)}), tmp_path / "a.parquet")


def test_a_folder_that_cannot_be_made_is_trouble_with_the_disk(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(EnvironmentTrouble, match=r"file: a file stands where a folder"):
        write_text(tmp_path / "file" / "a.txt", "a")


def test_torn_files_name_themselves_and_the_way_on(tmp_path: Path) -> None:
    whole_json, whole_parquet = tmp_path / "a.json", tmp_path / "a.parquet"
    write_json(whole_json, {"a": "京" * 50})
    write_parquet(pl.DataFrame({"a": range(1000)}), whole_parquet)
    for path, read in ((whole_json, read_json), (whole_parquet, read_parquet)):
        raw = path.read_bytes()
        for cut in (0, 1, len(raw) // 2, len(raw) - 4):
            path.write_bytes(raw[:cut])
            with pytest.raises(DataError, match=rf"{path.name}: not readable.*\n    remove"):
                read(path)
        path.write_bytes(raw)
        read(path)


def test_json_is_the_same_bytes_for_the_same_value(tmp_path: Path) -> None:
    values: list[dict[str, Any]] = [{"b": 1, "a": "東京"}, {"a": "東京", "b": 1}]
    for i, value in enumerate(values):
        write_json(tmp_path / f"{i}.json", value)
    raw = (tmp_path / "0.json").read_bytes()
    assert raw == (tmp_path / "1.json").read_bytes()
    assert raw.decode() == '{\n "a": "東京",\n "b": 1\n}\n'
    assert read_json(tmp_path / "0.json") == values[0]


def test_parquet_does_not_show_how_the_frame_was_put_together(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": range(20_000), "b": ["東京"] * 20_000})
    pieces = pl.concat([frame[:7], frame[7:9000], frame[9000:]], rechunk=False)
    first = write_parquet(frame, tmp_path / "1.parquet")
    second = write_parquet(pieces, tmp_path / "2.parquet")
    assert first == second == hashlib.sha256((tmp_path / "1.parquet").read_bytes()).hexdigest()
    assert first == sha256_file(tmp_path / "2.parquet")
    assert read_parquet(tmp_path / "2.parquet").equals(frame)
    assert read_parquet(tmp_path / "2.parquet", ["b"]).columns == ["b"]
    import pyarrow.parquet as pq

    assert pq.ParquetFile(tmp_path / "1.parquet").metadata.num_row_groups == 3


def test_names_with_glob_signs_are_read_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "x=1" / "a[1]*.parquet"
    frame = pl.DataFrame({"a": [1]})
    write_parquet(frame, path)
    assert read_parquet(path).equals(frame)


def test_what_a_killed_run_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    for name in (".a.json.123.part", "b/.c.parquet.9.part", "b/c.parquet", ".hidden", "d.part"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    remove_temporaries(tmp_path)
    assert names(tmp_path) == [".hidden", "b/c.parquet", "d.part"]
