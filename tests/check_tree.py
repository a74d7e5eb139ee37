"""Fail if a tracked file names an absolute path of a machine or the address of a package index."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HOME = "/" + "(?:home|root|opt|work|Users|tmp)" + "/[a-z]"
INDEX = "index" + "-url|find" + "-links *=|https?://[^ ]*/simp" + "le\\b|files\\.python" + "hosted"
FORBIDDEN = re.compile(f"(?<![\\w.:/]){HOME}|{INDEX}")
LICENCE_TEXTS = "licenses/texts/"


def main() -> int:
    """Print every offending line; gives the number of them, at most 1."""
    names = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    bad = [
        f"{name}:{number}: {line.strip()[:120]}"
        for name in names
        if not name.startswith(LICENCE_TEXTS)
        for number, line in enumerate(_lines(ROOT / name), 1)
        if FORBIDDEN.search(line)
    ]
    for line in bad:
        print(line)  # noqa: T201
    print(f"{len(names)} files, {len(bad)} machine paths or package addresses")  # noqa: T201
    return min(len(bad), 1)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (UnicodeDecodeError, FileNotFoundError):
        return []


if __name__ == "__main__":
    sys.exit(main())
