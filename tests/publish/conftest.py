"""The mix, published as one collection and split by licence, each once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.publish.mixed import publish_mix

MODES = {"collection": "stop", "split": "split"}


@pytest.fixture(scope="session", params=MODES)
def mix(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the published data set."""
    folder = tmp_path_factory.mktemp(request.param)
    return publish_mix(folder, folder / "run", MODES[request.param])
