"""The bundled sample, run once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.road.help import SAMPLE, go


@pytest.fixture(scope="session")
def sample_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sample") / "run"
    go(SAMPLE, out)
    return out
