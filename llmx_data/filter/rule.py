"""A rule of the recipe's own: an SQL expression over feature columns."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
from pydantic import field_validator

from llmx_data.filter import Filter, Need, Reason


class Rule(Filter):
    """Keep records for which an expression holds, e.g. `kana_share > 0.2 AND chars_count < 9000`.

    Columns are those of measures that need no options (`llmx list`); null never drops.
    Reason: the word given. Errors: RecipeError for an expression that is not SQL or a column that
    no measure gives.
    """

    keep: str
    """SQL expression that is true for records to keep."""
    reason: str = "rule"
    """Word written into the drop row."""

    @field_validator("keep")
    @classmethod
    def _parses(cls, text: str) -> str:
        from llmx_data.core.errors import nearest
        from llmx_data.core.parts import column_owners

        try:
            columns = pl.sql_expr(text).meta.root_names()
        except pl.exceptions.PolarsError as error:
            raise ValueError(f"not an SQL expression: {error}") from error
        owners = column_owners()
        for column in columns:
            if column not in owners:
                raise ValueError(f"no measure gives '{column}': {nearest(column, list(owners))}")
        return text

    def needs(self) -> list[Need]:
        """Whatever measures give the columns."""
        columns = pl.sql_expr(self.keep).meta.root_names()
        return [Need.of_column(column) for column in dict.fromkeys(columns)]

    def reasons(self) -> Iterator[Reason]:
        """Yield the reason of the rule."""
        keep = pl.sql_expr(self.keep)
        yield Reason(self.reason, ~keep, pl.lit(None, pl.Float64), None)
