"""Rows of csv, tsv and sheets: a header, then fields under it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from llmx_data.core.errors import DataError
from llmx_data.ingest import Block, Fault, Row, reading
from llmx_data.ingest.packed import damaged, open_packed
from llmx_data.ingest.reading import payload, seekable


def dialect(form: str, quoting: str | None) -> dict[str, Any]:
    """Options of csv.reader: csv quotes with ", tsv does not, unless the recipe says otherwise.

    Python refuses fields over 128 kB unless told; llmx takes any that fits into a row.
    """
    quotes = (quoting or ("double" if form == "csv" else "none")) == "double"
    csv.field_size_limit(reading.LARGEST_ROW)
    return {
        "delimiter": "\t" if form == "tsv" else ",",
        "quoting": csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE,
    }


def read_header(
    path: Path, encoding: str, options: dict[str, Any], skip: int
) -> tuple[tuple[str, ...], int]:
    """Column names of a csv or tsv file, and the line on which its data begins.

    `skip` rows above the header are passed over. Errors: DataError for a column named twice and
    for a header in another encoding.
    """
    with damaged(path), open_packed(path) as handle:
        text = io.TextIOWrapper(handle, encoding, "surrogateescape", newline="\n")
        reader = csv.reader(text, **options)
        rows = [next(reader, []) for _ in range(skip + 1)]
        lines = reader.line_num
    if rows and rows[0]:
        rows[0][0] = rows[0][0].removeprefix("\ufeff")
    if any(_undecoded(name) for name in rows[-1]):
        raise DataError(
            f"{path}: the header is not {encoding.upper()}\n    say encoding: utf-8 | cp932 | "
            "euc_jp"
        )
    return tuple(names(rows[-1], path)), lines + 1


def names(cells: Iterable[Any], path: Path) -> list[str]:
    """Column names of a header row; `column3` for an empty cell. Errors: DataError for twins."""
    found = [str(cell) if cell not in (None, "") else f"column{i}" for i, cell in enumerate(cells)]
    twins = sorted({name for name in found if found.count(name) > 1})
    if twins:
        raise DataError(f"{path}: column '{twins[0]}' is there twice\n    rename one of them")
    return found


def table(block: Block, encoding: str) -> Iterator[Row | Fault]:
    """Rows of a block of csv or tsv; the header comes with every block.

    A field may hold line ends inside quotes; `place` is the line on which the row begins.
    """
    settings = dict(block.settings)
    header, body = block.header, settings["body"]
    text = payload(block).decode(encoding, "surrogateescape")
    strange = text.isascii() is False and _undecoded(text)
    reader = csv.reader(io.StringIO(text, newline="\n"), **dialect(block.form, settings["quoting"]))
    number = block.first_row
    while True:
        line, place = number, f"{block.name}:{number}"
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Fault(place, f"invalid {block.form}: {error}")
            continue
        finally:
            number = block.first_row + reader.line_num
        if line < body or not fields:
            continue
        if strange and any(map(_undecoded, fields)):
            yield Fault(place, f"invalid {encoding.upper()}")
        elif len(fields) != len(header):
            yield Fault(place, f"{len(fields)} fields where the header has {len(header)}")
        else:
            yield Row(place, f"{block.name}#{line}", dict(zip(header, fields, strict=True)))


def _undecoded(text: str) -> bool:
    """Whether bytes were left over that the encoding does not know (surrogateescape)."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def sheet(block: Block, skip: int) -> Iterator[Row | Fault]:
    """Rows of the first sheet of a workbook; row `skip` + 1 is the header. Values, not formulas."""
    from openpyxl import load_workbook

    with damaged(Path(block.path)):
        book = load_workbook(seekable(block), read_only=True, data_only=True)
    header: list[str] | None = None
    try:
        for number, cells in enumerate(book.worksheets[0].iter_rows(values_only=True), 1):
            if number <= skip:
                continue
            if header is None:
                header = names(cells, Path(block.path))
            elif any(cell is not None for cell in cells):
                data = dict(zip(header, cells, strict=False))
                yield Row(f"{block.name}:{number}", f"{block.name}#{number}", data)
    finally:
        book.close()
