"""Near duplicates: MinHash finds candidates, exact Jaccard decides, a rule chooses who stays."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from llmx_data.core.part import Part
from llmx_data.dedup.fingerprint import Bands

Share = Annotated[float, Field(gt=0, le=1)]


class Named(BaseModel):
    """One data set of others that records are compared with."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    name: str = Field(pattern=r"^[\w.-]+$")
    """Name in drops and reports: a drop names `name#key`. An id of the catalogue brings form and
    columns (`llmx license list datasets`)."""

    path: str
    """A file or a folder of one format; without a card its form is told from its columns."""


class Minhash(Part):
    """Keep one of several records whose shingles overlap by at least `threshold`.

    Character 5-grams of the folded text where kanji and kana are in the majority, word 5-grams
    otherwise. 14 bands of 8 rows find 92 % of the pairs at Jaccard 0.8 and half of those at 0.69
    (the curve of FineWeb-2). Reason: near_duplicate; nobody is dropped unless compared with the
    one who stays. Records under `short_below` shingles are compared exactly by 3-grams.
    Records as near to a text of `against` go first, with reason near_duplicate_of_named.
    """

    cost: ClassVar[float] = 20.0
    files: ClassVar[tuple[str, ...]] = ("against.path",)
    folders: ClassVar[tuple[str, ...]] = ("against.path",)

    on: Literal["all", "prompt", "answer"] = "all"
    """Side of the record that is compared."""
    threshold: Share = 0.8
    """Least Jaccard of two duplicates. HojiChar, uzushio's verified pairs, Lee et al.: 0.8."""
    containment: Share | None = None
    """If set, the smaller text also goes when this share of it stands in the one who stays."""
    answer_threshold: Share | None = 0.7
    """Records with answers are duplicates only if the answers are this alike too, by 3-grams: what
    asks another question about one passage stays, and so does another answer. Ours."""
    n: Annotated[int, Field(ge=1)] = 5
    """Characters (or words) per shingle."""
    unit: Literal["auto", "chars", "words"] = "auto"
    """What shingles are made of; auto decides per text by its letters."""
    bands: Annotated[int, Field(ge=1, le=99)] = 14
    """Bands of the signature. FineWeb-2's 14 x 8."""
    rows: Annotated[int, Field(ge=1)] = 8
    """Rows per band."""
    short_below: int = 20
    """Shingles under which MinHash is too coarse. Measured on 35,687 questions; docs/dedup.md."""
    seed: int = 1
    """Seed of the hash functions."""
    against: list[Named] = Field(default_factory=list)
    """Data sets that records may not be near to. They are compared with and never published."""

    @field_validator("against")
    @classmethod
    def _named_once(cls, given: list[Named]) -> list[Named]:
        names = [one.name for one in given]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"'{twice[0]}' stands twice")
        return given

    def fingerprint(self) -> Bands:
        """Band keys that this part stores."""
        return Bands(n=self.n, unit=self.unit, bands=self.bands, rows=self.rows, seed=self.seed)
