"""The wheel carries what the code needs; a checkout's own files win over an installed copy."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*command, "--no-build-isolation", "-w", str(out), str(ROOT)], check=True)
    return next(out.glob("llmx_ja-*.whl"))


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a fresh environment with the wheel; what llmx needs is borrowed from this one."""
    folder = tmp_path_factory.mktemp("fresh") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    packages = next(folder.glob("lib/python*/site-packages"))
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    return folder / "bin" / "python"


def run(python: Path, *words: str, cwd: Path) -> str:
    """Run llmx away from the checkout; gives what it printed."""
    env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    command = [str(python), "-m", "llmx_data.cli", *words]
    done = subprocess.run(command, check=False, cwd=cwd, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_everything_that_is_read_at_run_time_is_in_the_wheel(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("licenses", "recipes"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file():
                assert f"llmx_data/_shipped/{path.relative_to(ROOT).as_posix()}" in names
    for path in (ROOT / "llmx_data").rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            assert path.relative_to(ROOT).as_posix() in names
    assert not [name for name in names if name.startswith(("tests", "docs", "benchmarks"))]


def test_an_installed_wheel_runs_the_bundled_sample(python: Path, tmp_path: Path) -> None:
    place = subprocess.run(
        [str(python), "-c", "import llmx_data; print(llmx_data.__file__)"],
        check=True, cwd=tmp_path, capture_output=True, text=True,
    ).stdout  # fmt: skip
    assert str(ROOT) not in place
    assert "curate/sample.yaml" in run(python, "list", cwd=tmp_path)
    out = run(python, "curate", "curate/sample.yaml", "--workers", "1", cwd=tmp_path)
    assert "licences: ALLOW_WITH" in out
    assert "records hold" in run(python, "verify", "runs/sample", cwd=tmp_path)
    assert "share_alike" in run(python, "license", "show", "CC-BY-SA-4.0", cwd=tmp_path)


def test_an_edited_fact_is_seen_from_an_editable_install(tmp_path: Path) -> None:
    """A copy of the checkout, imported as an editable install imports it: by a .pth line."""
    copy, packages = tmp_path / "checkout", tmp_path / "packages"
    tracked = ["llmx_data", "licenses", "recipes", "pyproject.toml"]
    copy.mkdir()
    subprocess.run(["cp", "-r", *tracked, str(copy)], check=True, cwd=ROOT)
    title = "Creative Commons Zero as edited here"
    terms = copy / "licenses" / "terms" / "CC0-1.0.yaml"
    lines = terms.read_text(encoding="utf-8").splitlines()
    edited = [f"title: {title}" if line.startswith("title:") else line for line in lines]
    terms.write_text("\n".join(edited) + "\n", encoding="utf-8")
    stale = copy / "llmx_data" / "_shipped" / "licenses" / "terms"
    stale.mkdir(parents=True)
    (stale / "CC0-1.0.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    packages.mkdir()
    (packages / "_editable_impl_llmx_ja.pth").write_text(str(copy) + "\n")
    code = (
        f"import site, sys; site.addsitedir({str(packages)!r}); sys.path.insert(0, {str(copy)!r})\n"
        "from llmx_data.cli import main; sys.exit(main(['license', 'show', 'CC0-1.0']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, cwd=tmp_path, capture_output=True, text=True
    )
    assert title in done.stdout
