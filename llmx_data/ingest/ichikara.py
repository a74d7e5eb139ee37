"""ichikara-instruction (RIKEN LIAT): JSON arrays of ID, text (the prompt) and output."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Literal

from llmx_data.core.errors import RecipeError
from llmx_data.ingest import Block, Fault, Kind, Row
from llmx_data.ingest.chat import pair
from llmx_data.ingest.local import LocalSource, extra_fields


class Ichikara(LocalSource):
    """Instructions written by people; some prompts have two to five answers, each a record.

    Give the unpacked folder, one file, or a glob. A record's key is file and ID, because batches
    repeat prompts: deduplicate by the whole record, never by prompt alone. JSON is read strictly:
    in one mirror two files hold stray backslashes, and repairing those breaks valid escapes.
    Errors: RecipeError if no JSON file is there; DataError with file and byte for broken JSON.
    """

    catalogue: ClassVar[str | None] = "ichikara-instruction"
    kind: ClassVar[Kind] = "instruction"
    fetch: ClassVar[str] = (
        "ichikara is handed out by its makers: ask at https://liat-aip.sakura.ne.jp/, unpack the "
        "archive and give the folder as path"
    )

    format: Literal["json"] = "json"
    """Always JSON."""

    def found(self, folder: Path) -> tuple[Path, list[Path]]:
        """JSON files of the path; whatever else lies beside them is not looked at."""
        path = folder / Path(self.path).expanduser()
        if not path.is_dir():
            return super().found(folder)
        found = sorted(p for p in path.rglob("*.json*") if p.is_file() and ".json" in p.suffixes)
        if not found:
            raise RecipeError(f"no JSON file below {self.path}\n    {self.fetch}")
        return path, found

    def rows(self, block: Block) -> Iterator[Row | Fault]:
        """Decode rows; the key is <file>#<ID>."""
        for row in super().rows(block):
            if isinstance(row, Row) and row.data.get("ID"):
                yield row._replace(key=f"{Path(block.name).stem}#{row.data['ID']}")
            else:
                yield row

    def record(self, row: dict[str, Any]) -> dict[str, Any]:
        """Prompt and answer; columns beside ID, text and output go to `meta`."""
        messages = pair(row, {"instruction": "text", "output": "output"})
        return {"messages": messages} | extra_fields(row, {}, {"ID", "text", "output"})
