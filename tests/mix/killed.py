"""Mix a recipe and die by SIGKILL at the n-th write, half of the file written."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.mix.help import go_mix
from tests.road.killed import arm

if __name__ == "__main__":
    recipe, out, fatal = sys.argv[1:]
    arm(int(fatal))
    go_mix(Path(recipe), Path(out))
