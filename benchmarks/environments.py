"""Environments of their own for the tools that llmx is compared with, made when first needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


class NotInstalled(Exception):
    """An environment could not be made; the text says why and how to go on."""


def python_of(name: str, requirements: str) -> Path:
    """Python of the environment results/venv-<name>, made with the packages of a file in peers/.

    It is made again when the file changes. Errors: NotInstalled.
    """
    folder = HERE / "results" / f"venv-{name}"
    listed = HERE / "peers" / requirements
    python, stamp = folder / "bin" / "python", folder / "installed.txt"
    if stamp.exists() and stamp.read_text() == listed.read_text():
        return python
    print(f"setting up {folder.relative_to(HERE.parent)} (once, needs a package index)", flush=True)
    commands = [
        [sys.executable, "-m", "venv", "--clear", str(folder)],
        [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"],
    ]
    commands[1] += ["-r", str(listed)]
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()[-3:]
            raise NotInstalled(
                f"pip cannot install {requirements} ({' '.join(said)}); with a package index in "
                f"reach, run this again or: {python} -m pip install -r {listed}"
            )
    stamp.write_text(listed.read_text())
    return python
