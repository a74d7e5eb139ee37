"""Files that are whole or absent: atomic writes, hashes, fixed Parquet layout, shipped folders."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl

from llmx_data.core.errors import DataError, EnvironmentTrouble

ROW_GROUP = 8_192
"""Rows per Parquet row group; fixed so that bytes do not depend on batches. Ours."""

TEMPORARY = ".part"


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; on success fsync and rename it, else remove it."""
    make_folder(path.parent)
    temporary = path.with_name(f".{path.name}.{os.getpid()}{TEMPORARY}")
    try:
        yield temporary
        with temporary.open("rb") as handle:
            os.fsync(handle.fileno())
        temporary.replace(path)
    except (OSError, pl.exceptions.ComputeError) as error:
        temporary.unlink(missing_ok=True)
        raise disk_trouble(error, path) from error
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def make_folder(folder: Path) -> None:
    """Make a folder and those above it; EnvironmentTrouble says why it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        problem = "a file stands where a folder is wanted\n    choose another folder with --out"
        raise EnvironmentTrouble(f"{folder}: {problem}") from error
    except OSError as error:
        raise disk_trouble(error, folder) from error


def disk_trouble(error: Exception, path: Path) -> Exception:
    """Turn 'no space left' and the like into an error with a remedy; leave others as they are.

    polars tells the system's error number in the text of its own error only.
    """
    told = re.search(r"\(os error (\d+)\)", str(error))
    number = error.errno if isinstance(error, OSError) else int(told[1]) if told else None
    if number in (errno.ENOSPC, errno.EDQUOT):
        return EnvironmentTrouble(
            f"{path}: no space left on the device\n    free some space and run the same command "
            "again; what is finished is kept"
        )
    if number in (errno.EACCES, errno.EROFS):
        return EnvironmentTrouble(
            f"{path}: may not be read or written\n    mend its permissions, or choose another "
            "folder with --out"
        )
    return error


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text as a whole file with Unix line ends."""
    with whole(path) as temporary:
        temporary.write_bytes(text.encode())


def write_json(path: Path, value: Any) -> None:
    """Write JSON with sorted keys, readable and always the same bytes for the same value."""
    write_text(path, json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1) + "\n")


def read_json(path: Path) -> Any:
    """Read a JSON file of our own; a torn one is a DataError that names it."""
    try:
        return json.loads(path.read_bytes())
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise DataError(
            f"{path}: not readable as JSON ({error})\n    remove the file and run again"
        ) from error


def write_parquet(frame: pl.DataFrame, path: Path) -> str:
    """Write zstd-1 Parquet with fixed row groups; give the sha256 of the bytes.

    Level 1 for what only the store reads: 30 us per 1,000 characters where level 3 costs 70.
    """
    with whole(path) as temporary:
        frame.write_parquet(
            temporary, compression="zstd", compression_level=1, row_group_size=ROW_GROUP
        )
        return sha256_file(temporary)


def read_parquet(path: Path, columns: list[str] | None = None) -> pl.DataFrame:
    """Read a Parquet file of our own; a torn one is a DataError that names it."""
    try:
        return pl.read_parquet(path, columns=columns, glob=False, hive_partitioning=False)
    except (pl.exceptions.ComputeError, pl.exceptions.SchemaError, OSError) as error:
        raise DataError(f"{path}: not readable ({error})\n    remove it and run again") from error


def sha256_file(path: Path) -> str:
    """Hash a file in blocks; 1.4 GB/s on one core."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def remove_temporaries(folder: Path) -> None:
    """Remove what a killed run left half-written."""
    for stale in folder.rglob(f".*{TEMPORARY}"):
        stale.unlink(missing_ok=True)


def shipped(name: str) -> Path:
    """Folder `licenses` or `recipes`: the checkout's own if there is one, else the wheel's copy.

    The checkout comes first because an editable install keeps a stale copy of included files.
    """
    package = Path(__file__).resolve().parents[1]
    if (package.parent / "pyproject.toml").is_file() and (package.parent / name).is_dir():
        return package.parent / name
    return package / "_shipped" / name
