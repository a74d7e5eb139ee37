"""A part: a strict record of options with one job, found by its file name.

`measure/chars.py` holds `class Chars(Measure)` and is used as `{use: chars, ...}`. Four kinds of
part exist: source, normalizer, measure, filter. A part may also live beside a user's recipe
(`use: ./emoji.py`); the hash of that file then enters every key the part has a share in.
"""

from __future__ import annotations

import json
from hashlib import blake2b
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """Options of one part; unknown keys and wrong types are errors, values never change."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True
    )

    version: ClassVar[int] = 1
    """Raised when the same options give other results than before."""

    code_hash: ClassVar[str] = ""
    """Content hash of the file, for parts that live beside a recipe."""

    files: ClassVar[tuple[str, ...]] = ()
    """Options that are paths of files, told from the recipe's folder; their content is the key."""

    @classmethod
    def part_name(cls) -> str:
        """File name of the part without its ending: the name recipes use."""
        return cls.__module__.rpartition(".")[2]

    def digest(self, **more: object) -> str:
        """Content key (16 hex) of name, version, code and options; `more` joins the options."""
        options = self.model_dump(mode="json")
        for name in self.files:
            if options[name] is not None:
                options[name] = file_key(Path(options[name]))
        facts = {
            "part": self.part_name(),
            "version": self.version,
            "code": self.code_hash,
            "options": options | more,
        }
        return content_key(facts)


def content_key(facts: Any) -> str:
    """Hash any JSON-able value to 16 hex digits, independent of the order of keys."""
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return blake2b(text.encode(), digest_size=8).hexdigest()


def file_key(path: Path) -> str:
    """Content key (16 hex) of a small file: a word list, a model, a part."""
    return blake2b(path.read_bytes(), digest_size=8).hexdigest()
