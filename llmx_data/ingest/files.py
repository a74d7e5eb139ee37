"""Any local files: the recipe maps the columns, names the key and states the licence."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Literal

from pydantic import Field, model_validator

from llmx_data.ingest import Kind
from llmx_data.ingest.chat import COLUMNS, Form, Layout, kind_of, layout, to_fields
from llmx_data.ingest.local import FIELDS, LocalSource, extra_fields


class Files(LocalSource):
    """jsonl, json, csv, tsv, parquet, txt, xlsx; each also .gz, .zst, .xz; paths and globs.

    Gives: documents, or instructions and conversations if `form` says so. Columns that are not
    mapped are kept in `meta`. Errors: RecipeError if no file matches; DataError for a damaged file.
    """

    form: Form = "document"
    """How rows are laid out: which of them is the text, or which are prompt and answer."""
    columns: dict[str, str] = Field(default_factory=dict)
    """Field -> column, where the data set's names differ from the form's."""
    records_at: str | None = None
    """Key under which a .json file holds its array of records."""
    whole: bool = False
    """One record per .txt file instead of one per line."""
    quoting: Literal["double", "none"] | None = None
    """Whether fields are quoted with "; yes for csv and no for tsv unless told."""
    skip_rows: int = 0
    """Rows of a table or sheet above its header."""

    @model_validator(mode="after")
    def _known_fields(self) -> Files:
        check_columns(self.columns, self.form)
        return self

    @property
    def source_name(self) -> str:
        """The given name, or the first word of the path."""
        return self.name or self.path.split("/")[-1].split(".")[0].replace("*", "") or "files"

    def record_kind(self) -> Kind:
        """Kind by form."""
        return kind_of(self.form)

    def settings(self) -> dict[str, Any]:
        """Everything the decoder asks for."""
        found = super().settings() | {"whole": self.whole, "skip_rows": self.skip_rows}
        found |= {"records_at": self.records_at, "quoting": self.quoting}
        return {k: v for k, v in found.items() if v not in (None, False, 0)}

    def record(self, row: dict[str, Any]) -> dict[str, Any]:
        """Map by form and columns."""
        fields = to_fields(row, self.layout)
        fields.update(extra_fields(row, self.columns, self.layout.used))
        return fields

    @cached_property
    def layout(self) -> Layout:
        """Form and columns, merged once."""
        return layout(self.form, self.columns, self.key)


def check_columns(columns: dict[str, str], form: Form) -> None:
    """Refuse a mapping of a field that the form does not have. Errors: ValueError for pydantic."""
    known = [*COLUMNS[form], *FIELDS]
    strange = [field for field in columns if field not in known]
    if strange:
        raise ValueError(
            f"columns: form '{form}' has no field '{strange[0]}' (known: {', '.join(known)})"
        )
