"""What the pages on the law show is what the commands print today."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmx_data.cli import main
from tests.docs.pages import doc

Shown = tuple[str, str, str]


def sessions(page: str) -> Iterator[Shown]:
    """Commands of a page with what it shows of their output; those about data files are left out.

    A block may `cat` a file that a later command reads.
    """
    files: dict[str, str] = {}
    for block in re.findall(r"^```console\n(.*?)^```", doc(page), re.M | re.S):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, shown = part.partition("\n")
            last = command.split()[-1]
            if command.startswith("cat "):
                files[last] = shown
            elif last in files or not last.endswith(".yaml"):
                yield command, files.get(last, ""), shown


def follows(shown: str, printed: str) -> str:
    """First shown line that is not printed in order; `...` stands for anything left out."""
    lines, at = [line.rstrip() for line in printed.splitlines()], 0
    for line in shown.rstrip().splitlines():
        if line.strip() == "...":
            continue
        pattern = re.compile(".*".join(re.escape(piece) for piece in line.rstrip().split("...")))
        found = [i for i in range(at, len(lines)) if pattern.fullmatch(lines[i])]
        if not found:
            return line
        at = found[0] + 1
    return ""


CASES = [("C", s) for s in sessions("law")] + [("ja_JP.UTF-8", s) for s in sessions("law.ja")]


def test_the_pages_show_commands() -> None:
    assert len(CASES) >= 12
    assert follows("a\n...\nc...e", "a\nb\ncde") == ""
    assert follows("a\nc", "c\na") == "c"


@pytest.mark.parametrize(
    ("lang", "session"), CASES, ids=[f"{lang}: {session[0]}" for lang, session in CASES]
)
def test_the_output_is_todays(
    lang: str,
    session: Shown,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    command, file, shown = session
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.setenv("LANG", lang)
    if file:
        (tmp_path / command.split()[-1]).write_text(file, encoding="utf-8")
    main(command.split()[1:])
    assert follows(shown, capsys.readouterr().out) == ""
