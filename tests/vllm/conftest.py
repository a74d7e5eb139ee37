"""What these tests share: an environment, a tiny model, an adapter for it, and one engine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llmx_data.synth.engines.vllm import Vllm, VllmOptions

from . import tiny

HERE = Path(__file__).parent


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """Collect these only where they are asked for by path: `make test` has no vllm."""
    asked = [Path(str(arg).split("::")[0]).resolve() for arg in config.args]
    return None if any(path.is_relative_to(HERE) for path in asked) else True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark them, and let vllm and torch warn of themselves."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.integration)
            item.add_marker(pytest.mark.filterwarnings("ignore"))


@pytest.fixture(autouse=True, scope="session")
def environment() -> Iterator[None]:
    """Set what vllm reads when it is imported, here and in processes that tests start."""
    before = dict(os.environ)
    os.environ.update(tiny.ENVIRONMENT)
    tiny.befriend_numba()
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session")
def folder(environment: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the tiny model."""
    return tiny.model(tmp_path_factory.mktemp("tiny") / "model")


@pytest.fixture(scope="session")
def adapter(folder: Path) -> Path:
    """Folder of an adapter for it."""
    return tiny.adapter(folder, folder.parent / "adapter")


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[Vllm]:
    """Our engine with the tiny model, in this process."""
    made = Vllm(str(folder), VllmOptions(**tiny.OPTIONS))
    yield made
    made.close()


@pytest.fixture(scope="module")
def llm(engine: Vllm) -> Any:
    """Vllm's own class, as the engine holds it."""
    return engine._llm()
