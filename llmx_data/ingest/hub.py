"""Any data set of the Hugging Face hub, at one commit, streamed by `datasets`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import Field, model_validator

from llmx_data.core.errors import RecipeError
from llmx_data.core.storage import shipped
from llmx_data.ingest import Block, Fault, Kind, NoColumn, Row, Source, Unusable
from llmx_data.ingest.chat import COLUMNS, Form, Layout, kind_of, layout, to_fields
from llmx_data.ingest.files import check_columns
from llmx_data.ingest.hubward import Copy, find_copy, stream
from llmx_data.ingest.local import extra_fields
from llmx_data.license.cards import DatasetCard
from llmx_data.license.facts import load as load_facts

PINS = "the page's list of commits, or `git ls-remote https://huggingface.co/datasets/ID main`"


class Hub(Source):
    """Rows of a data set id at a revision, or of a local folder laid out like one.

    Form, columns and key come from the catalogue's card where there is one, else from the recipe.
    The revision is resolved to a commit once per run, recorded, and every row comes from it; with
    HF_HUB_OFFLINE=1 the local cache is read and must hold that commit. HF_ENDPOINT names another
    hub. No code of a data set is run, no telemetry is sent. One block: rows stream in order.
    Errors: RecipeError for an unknown split or config; DataError for a data set that is not there
    or does not hold together; EnvironmentTrouble when the hub cannot be reached.
    """

    id: str
    """owner/name, or a folder that begins with ./ ../ / or ~."""
    revision: str | None = None
    """Commit, tag or branch. Required for an id; a branch moves, a commit does not."""
    config: str | None = None
    """Configuration (subset), where the data set has several."""
    split: str = "train"
    """Split."""
    form: Form | None = None
    """How rows are laid out; the card's unless told."""
    columns: dict[str, str] = Field(default_factory=dict)
    """Field -> column, where names differ from the form's; added to the card's."""
    key: str | None = None
    """Column that identifies a row; the card's unless told, else split#row."""

    @model_validator(mode="after")
    def _complete(self) -> Hub:
        if not self.is_local and self.revision is None:
            raise ValueError(f"revision is missing: pin the commit of {self.id} (see {PINS})")
        if self.is_local and self.revision is not None:
            raise ValueError("a local folder has no revision")
        if self.form is None and (self.card is None or self.card.form is None):
            raise ValueError(
                f"form is missing: {self.id} has no card that tells it "
                f"(known: {', '.join(COLUMNS)})"
            )
        check_columns(self.columns, self.mapping[0])
        return self

    @property
    def is_local(self) -> bool:
        """Whether `id` is a folder."""
        return self.id.startswith(("./", "../", "/", "~"))

    @property
    def source_name(self) -> str:
        """The given name, or the data set's without its owner."""
        return self.name or self.id.rstrip("/").rpartition("/")[2]

    @cached_property
    def card(self) -> DatasetCard | None:
        """The catalogue's card of this hub id."""
        return None if self.is_local else load_facts(shipped("licenses")).card(self.id)

    @cached_property
    def mapping(self) -> tuple[Form, dict[str, str], str | None]:
        """Form, columns and key: the recipe's word first; a card of another form is not asked."""
        if self.card is None or self.card.form is None or self.form not in (None, self.card.form):
            assert self.form is not None, self.id
            return self.form, self.columns, self.key
        return self.card.form, dict(self.card.columns) | self.columns, self.key or self.card.key

    def card_name(self) -> str | None:
        """Id of the card of this hub id."""
        return self.card.id if self.card else None

    def record_kind(self) -> Kind:
        """Kind by form."""
        return kind_of(self.mapping[0])

    def inputs(self, folder: Path) -> list[Path]:
        """Files of a local folder; none for an id."""
        if not self.is_local:
            return []
        root = folder / Path(self.id).expanduser()
        if not root.is_dir():
            raise RecipeError(f"hub: no folder {root}\n    a data set of the hub is owner/name")
        return sorted(p for p in root.rglob("*") if p.is_file() and not p.name.startswith("."))

    def blocks(self, folder: Path) -> Iterator[Block]:
        """One block for the whole split, pinned to its commit."""
        copy = self._copy(folder)
        name = f"{self.id}@{copy.commit}/{self.split}" if copy.commit else f"{self.id}/{self.split}"
        yield Block(copy.path, name, "hub", settings=(("commit", copy.commit),))

    def _copy(self, folder: Path) -> Copy:
        if self.revision is not None:
            return find_copy(self.id, self.revision)
        self.inputs(folder)
        return Copy(str(folder / Path(self.id).expanduser()), "")

    def rows(self, block: Block) -> Iterator[Row | Fault]:
        """Rows of the split in order; place is id@commit/split:row, key is split#row."""
        copy = Copy(block.path, dict(block.settings)["commit"])
        for number, data in enumerate(stream(copy, self.config, self.split), 1):
            yield Row(f"{block.name}:{number}", f"{self.split}#{number}", data)

    def record(self, row: dict[str, Any]) -> dict[str, Any]:
        """Map by form and columns."""
        laid = self.layout
        return to_fields(row, laid) | extra_fields(row, laid.columns, laid.used)

    @cached_property
    def layout(self) -> Layout:
        """Form and columns, merged once."""
        return layout(*self.mapping)

    def own_key(self, row: dict[str, Any]) -> str | None:
        """Value of the key column as text."""
        key = self.mapping[2]
        if key is None:
            return None
        if key not in row:
            raise NoColumn(f"no key column '{key}' (there are: {', '.join(row)})")
        if row[key] in (None, ""):
            raise Unusable(f"key column '{key}' is empty")
        return str(row[key])

    def snapshot(self, folder: Path) -> object:
        """Id, commit, config and split; a local folder is known by its files."""
        if self.is_local:
            return None
        commit = self._copy(folder).commit
        return {
            "hub": self.id,
            "revision": self.revision,
            "commit": commit,
            "config": self.config,
            "split": self.split,
        }
