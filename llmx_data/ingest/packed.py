"""Open files as they are: plain, gzip, zstd or xz; a damaged one is an error that names it."""

from __future__ import annotations

import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from llmx_data.core.errors import DataError

PACKED = (".gz", ".zst", ".xz")


def open_packed(path: Path) -> IO[bytes]:
    """Open a file for reading bytes, decompressing by its ending.

    zstd goes through Arrow: zstandard's stream reader takes a cut-off file for a whole one.
    """
    if path.suffix == ".gz":
        return cast(IO[bytes], gzip.open(path, "rb"))
    if path.suffix == ".xz":
        return cast(IO[bytes], lzma.open(path, "rb"))
    if path.suffix == ".zst":
        import pyarrow as pa

        return io.BufferedReader(pa.CompressedInputStream(pa.OSFile(str(path)), "zstd"), 1 << 20)
    return path.open("rb")


@contextmanager
def damaged(path: Path) -> Iterator[None]:
    """Turn what decompressors and Parquet and sheet readers raise into a DataError."""
    import pyarrow as pa

    try:
        yield
    except (
        EOFError,
        lzma.LZMAError,
        zlib.error,
        zipfile.BadZipFile,
        OSError,
        KeyError,
        pa.ArrowException,
    ) as error:
        raise DataError(f"{path}: damaged or cut off ({error})\n    fetch it again") from error
