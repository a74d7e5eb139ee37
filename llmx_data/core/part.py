"""A part: a strict record of options with one job, found by its file name.

`measure/chars.py` holds `class Chars(Measure)` and is used as `{use: chars, ...}`. Four kinds of
part exist: source, normalizer, measure, filter. A part may also live beside a user's recipe
(`use: ./emoji.py`); the hash of that file then enters every key the part has a share in.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from hashlib import blake2b, file_digest
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

Place = tuple[str | int, ...]


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
    """Options that are paths of files, told from the recipe's folder; their content is the key.

    `against.path` is the `path` of every item of the list `against`.
    """

    folders: ClassVar[tuple[str, ...]] = ()
    """Those of `files` that may be folders too: the key is that of all files below."""

    @classmethod
    def part_name(cls) -> str:
        """File name of the part without its ending: the name recipes use."""
        return cls.__module__.rpartition(".")[2]

    def digest(self, **more: object) -> str:
        """Content key (16 hex) of name, version, code and options; `more` joins the options."""
        options = self.model_dump(mode="json")
        options = over_files(options, self.files, lambda _, path: file_key(Path(path)))
        facts = {
            "part": self.part_name(),
            "version": self.version,
            "code": self.code_hash,
            "options": options | more,
        }
        return content_key(facts)


def over_files(
    options: dict[str, Any], names: Sequence[str], change: Callable[[Place, str], Any]
) -> dict[str, Any]:
    """Options with `change(place, path)` in place of every path that `names` (`files`) tells."""
    changed = dict(options)
    for name in names:
        head, _, inner = name.partition(".")
        value = options.get(head)
        if inner and isinstance(value, list):
            changed[head] = [
                item | {inner: change((head, i, inner), item[inner])}
                if isinstance(item, dict) and isinstance(item.get(inner), str)
                else item
                for i, item in enumerate(value)
            ]
        elif isinstance(value, str):
            changed[head] = change((head,), value)
    return changed


def file_paths(options: dict[str, Any], names: Sequence[str]) -> list[Path]:
    """Every path that `names` (`files`) tells."""
    found: list[Path] = []
    over_files(options, names, lambda _, path: found.append(Path(path)))
    return found


def content_key(facts: Any) -> str:
    """Hash any JSON-able value to 16 hex digits, independent of the order of keys."""
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return blake2b(text.encode(), digest_size=8).hexdigest()


def file_key(path: Path) -> str:
    """Content key (16 hex) of a file, or of the names and contents of all files of a folder."""
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file())
        return content_key([[file.relative_to(path).as_posix(), file_key(file)] for file in files])
    facts = path.stat()
    return _file_key(path, facts.st_size, facts.st_mtime_ns)


@lru_cache(maxsize=1024)
def _file_key(path: Path, size: int, changed: int) -> str:
    """Hash a file once per process and state: digests of a part that names it ask per shard."""
    with path.open("rb") as handle:
        return file_digest(handle, lambda: blake2b(digest_size=8)).hexdigest()
