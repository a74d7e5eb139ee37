"""news_summary_2024secondhalf (DeL-TaiseiOzaki): news and summaries; columns by the recipe."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import model_validator

from llmx_data.ingest import Kind
from llmx_data.ingest.chat import string
from llmx_data.ingest.local import FIELDS, LocalSource, extra_fields


class NewsSummary(LocalSource):
    """Summaries as instructions, or the articles as documents.

    The columns of this data set are not documented: look at a row and map `article` and `summary`.
    Errors: as `files`; a recipe without that mapping is refused.
    """

    catalogue: ClassVar[str | None] = "news_summary_2024secondhalf"

    columns: dict[str, str]
    """Field -> column: `article` and `summary`, and any of title, url, date, attribution."""
    form: Literal["summarize", "document"] = "summarize"
    """`summarize`: prompt with the article, answer the summary. `document`: the article alone."""
    prompt: str = "次のニュース記事を要約してください。"
    """Prompt above the article; ours."""

    @model_validator(mode="after")
    def _mapped(self) -> NewsSummary:
        needed = ["article", "summary"] if self.form == "summarize" else ["article"]
        missing = [field for field in needed if field not in self.columns]
        strange = [f for f in self.columns if f not in ("article", "summary", *FIELDS)]
        if missing or strange:
            wrong = f"'{missing[0]}' is not mapped" if missing else f"no field '{strange[0]}'"
            raise ValueError(
                f"columns: {wrong} (say columns: {{article: COLUMN, summary: COLUMN}};"
                " the columns of this data set are not documented)"
            )
        return self

    def record_kind(self) -> Kind:
        """Kind by form."""
        return "instruction" if self.form == "summarize" else "document"

    def record(self, row: dict[str, Any]) -> dict[str, Any]:
        """Prompt, article and summary as messages, or the article as text."""
        where = self.columns
        article = string(row, where["article"])
        if self.form == "document":
            return {"text": article} | extra_fields(row, where, {where["article"], self.key or ""})
        messages = [
            {"role": "user", "content": f"{self.prompt}\n\n{article}"},
            {"role": "assistant", "content": string(row, where["summary"])},
        ]
        used = {where["article"], where["summary"], self.key or ""}
        return {"messages": messages} | extra_fields(row, where, used)
