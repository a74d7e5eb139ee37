"""Find the files a path means: a file, a folder or a glob, in the order of their names."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from llmx_data.core.errors import RecipeError
from llmx_data.ingest.packed import PACKED

FORMS = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
    ".txt": "txt",
    ".md": "txt",
    ".xlsx": "xlsx",
}


def find_files(pattern: str, folder: Path) -> tuple[Path, list[Path]]:
    """Files of a path or glob, sorted, and the root their names are told from.

    A folder gives the files below it that have a known ending, but no README and no LICENSE.
    """
    path = Path(pattern).expanduser()
    path = path if path.is_absolute() else folder / path
    parts = path.parts
    plain = next((i for i, part in enumerate(parts) if any(c in part for c in "*?[")), len(parts))
    if plain == len(parts) or path.exists():
        if path.is_dir():
            return path, sorted(p for p in path.rglob("*") if _is_data(p))
        return path.parent, [path] if path.is_file() else []
    root = Path(*parts[:plain])
    return root, sorted(p for p in root.glob(str(Path(*parts[plain:]))) if p.is_file())


def need_files(pattern: str, folder: Path, how: str = "") -> tuple[Path, list[Path]]:
    """Like `find_files`; RecipeError for no file, for twins, and for a folder of several formats.

    `how` says where the data comes from, for data sets that every user fetches.
    """
    root, files = find_files(pattern, folder)
    if not files:
        raise RecipeError(f"no file matches {pattern}\n    {how or f'looked below {root}'}")
    names = Counter(bare_name(file, root) for file in files)
    twins = [name for name, count in names.items() if count > 1]
    if twins:
        raise RecipeError(
            f"{pattern}: '{twins[0]}' is there twice, plain and packed\n    narrow the path"
        )
    forms = {form_of(file, None) for file in files}
    if len(forms) > 1 and root == folder / pattern:
        raise RecipeError(
            f"{pattern}: the folder holds several formats ({', '.join(sorted(map(str, forms)))})"
            "\n    say which with a glob, for example path: folder/*.jsonl"
        )
    return root, files


def form_of(path: Path, declared: str | None) -> str | None:
    """Format by declaration or by file ending (below .gz, .zst, .xz)."""
    if declared:
        return declared
    bare = path.with_suffix("") if path.suffix in PACKED else path
    return FORMS.get(bare.suffix.lower())


def bare_name(path: Path, root: Path) -> str:
    """Name below the root without the compression's ending, so that ids survive re-packing."""
    name = path.relative_to(root).as_posix()
    return name[: -len(path.suffix)] if path.suffix in PACKED else name


def _is_data(path: Path) -> bool:
    about = path.name.upper().startswith(("README", "LICENSE", "LICENCE"))
    hidden = any(part.startswith(".") for part in path.parts[-2:])
    return path.is_file() and form_of(path, None) is not None and not about and not hidden
