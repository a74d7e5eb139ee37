"""What all sources that read local files share: path, format, encoding, key, block cutting."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, Literal

import msgspec

from llmx_data.core.errors import RecipeError
from llmx_data.ingest import Block, Fault, NoColumn, Row, Source, Unusable
from llmx_data.ingest.decode import decode
from llmx_data.ingest.finding import bare_name, form_of, need_files
from llmx_data.ingest.reading import cut
from llmx_data.ingest.tables import dialect, read_header

FIELDS = ("title", "url", "date", "attribution", "license", "generator")
"""Record fields that `columns` may map besides the text itself."""

Format = Literal["jsonl", "json", "csv", "tsv", "parquet", "txt", "xlsx"]

_meta = msgspec.json.Encoder(order="sorted", enc_hook=str)


class LocalSource(Source):
    """A source whose rows lie in local files."""

    fetch: ClassVar[str] = ""
    """How a user gets the files, for data sets that are not to be had from the hub."""

    path: str
    """File, folder or glob, relative to the recipe; .gz, .zst and .xz are read as they are."""
    format: Format | None = None
    """Format, where the file's ending does not tell."""
    encoding: Literal["utf-8", "cp932", "euc_jp"] = "utf-8"
    """Encoding of text formats. It is declared, never guessed."""
    key: str | None = None
    """Column that identifies a row; without one the key is file#row."""

    def settings(self) -> dict[str, Any]:
        """Tell the decoder what it must know beyond the format."""
        return {"encoding": self.encoding}

    def found(self, folder: Path) -> tuple[Path, list[Path]]:
        """Files that match the path, and the root their names are told from."""
        return need_files(self.path, folder, self.fetch)

    def inputs(self, folder: Path) -> list[Path]:
        """Files that match the path."""
        return self.found(folder)[1]

    def blocks(self, folder: Path) -> Iterator[Block]:
        """Blocks of every file, in the order of names."""
        root, files = self.found(folder)
        for file in files:
            form = form_of(file, self.format)
            if form is None:
                raise RecipeError(
                    f"{file}: format not known by its ending\n    say it with format: jsonl | json"
                    " | csv | tsv | parquet | txt | xlsx"
                )
            base = self._base(file, bare_name(file, root), form)
            yield from [base] if dict(base.settings).get("whole") else cut(file, base)

    def _base(self, file: Path, name: str, form: str) -> Block:
        settings = self.settings()
        block = Block(str(file), name, form)
        if form in ("csv", "tsv"):
            settings.setdefault("quoting", "double" if form == "csv" else "none")
            options = dialect(form, settings["quoting"])
            skip = settings.get("skip_rows", 0)
            header, settings["body"] = read_header(file, self.encoding, options, skip)
            block = replace(block, header=header)
        return replace(block, settings=tuple(sorted(settings.items())))

    def rows(self, block: Block) -> Iterator[Row | Fault]:
        """Decode the rows of a block."""
        return decode(block)

    def own_key(self, row: dict[str, Any]) -> str | None:
        """Value of the key column as text."""
        if self.key is None:
            return None
        value = row.get(self.key)
        if value is None or value == "":
            if self.key not in row:
                raise NoColumn(f"no key column '{self.key}' (there are: {', '.join(row)})")
            raise Unusable(f"key column '{self.key}' is empty")
        return str(value)


def extra_fields(
    row: dict[str, Any], columns: dict[str, str], used: AbstractSet[str]
) -> dict[str, Any]:
    """Give mapped fields beside the text, and every other plain value as `meta`; nothing is lost.

    A licence column counts only if it is mapped: many rows carry one that means something else.
    """
    fields: dict[str, Any] = {}
    taken = set(used)
    for name in FIELDS:
        column = columns.get(name, name)
        if row.get(column) is not None and (name in columns or name != "license"):
            fields["license_declared" if name == "license" else name] = _plain(row[column])
            taken.add(column)
    rest = {k: v for k, v in row.items() if v is not None and k not in taken}
    if rest:
        fields["meta"] = _meta.encode(rest).decode()
    return fields


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return _meta.encode(value).decode()
