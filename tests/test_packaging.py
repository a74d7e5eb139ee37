"""The wheel carries what the code needs; a checkout's own files win over an installed copy."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import sysconfig
import time
import zipfile
from itertools import pairwise
from pathlib import Path

import pytest

from llmx_data.synth_plan import read_synth

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


ENDPOINT, VLLM = "recipes/synth/endpoint.yaml", "recipes/synth/vllm.yaml"
OPTIONS = ("ARGS", "MODEL", "SYNTH", "RECIPE", "SFT", "MAKEFLAGS", "MFLAGS", "MAKELEVEL")


class Machine:
    """A fresh machine: programs that only note how they were called, and an nvidia-smi or none."""

    def __init__(self, folder: Path, smi: str) -> None:
        self.folder, self.notes = folder, folder / "notes"
        folder.mkdir(exist_ok=True)
        self.notes.touch()
        for name in ("venv/bin/python", "venv/bin/llmx"):
            self.program(name, f'echo "{Path(name).name} $*" >> "{self.notes}"')
        self.program("bin/nvidia-smi", smi)

    def program(self, name: str, script: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def make(self, *words: str) -> tuple[int, str, list[str]]:
        """Run make; gives its code, what it said, and what was called, extras and commands."""
        env = {k: v for k, v in os.environ.items() if k not in OPTIONS}
        env["PATH"] = f"{self.folder / 'bin'}:{env['PATH']}"
        command = ["make", *words, f"VENV={self.folder / 'venv'}"]
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
        called = self.notes.read_text(encoding="utf-8").splitlines()
        self.notes.write_text("", encoding="utf-8")
        return done.returncode, done.stderr, [
            line.rpartition("-e ")[2] if line.startswith("python ") else line for line in called
        ]  # fmt: skip


GPU = 'echo "GPU 0: NVIDIA H100 (UUID: GPU-1)"'
BROKEN = 'echo "NVIDIA-SMI has failed: no communication with the driver"; exit 9'
EMPTY = 'echo "No devices found."'
MODEL = "MODEL=qwen2.5-32b"
BASE, SYNTH = ".[classifier]", ".[classifier,synth]"

# nvidia-smi, words to make -> extras installed, and words of llmx; None: refused
CALLS: list[tuple[str, list[str], tuple[str, str] | None]] = [
    (BROKEN, [], (BASE, "synth recipes/synth/rules.yaml")),
    (BROKEN, ["MODEL=rules"], (BASE, "synth recipes/synth/rules.yaml")),
    (BROKEN, [MODEL], None),
    (EMPTY, [MODEL], None),
    ("exit 127", [f"SYNTH={VLLM}"], None),
    (BROKEN, [MODEL, "SYNTH=recipes/synth/rules.yaml"], None),
    (BROKEN, [MODEL, f"SYNTH={ENDPOINT}"], (BASE, f"synth {ENDPOINT}")),
    (BROKEN, [MODEL, "SYNTH=synth/preference.yaml"], (BASE, "synth synth/preference.yaml")),
    (BROKEN, [MODEL, "ARGS=--plan"], (BASE, f"synth {VLLM}")),
    (BROKEN, [MODEL, "ARGS=--out runs/x --status"], (BASE, f"synth {VLLM}")),
    (BROKEN, [MODEL, "ARGS=--set generator.engine=batch_file"], (BASE, f"synth {VLLM}")),
    (BROKEN, [MODEL, "ARGS=--set judge.engine=openai"], None),
    (GPU, [MODEL], (SYNTH, f"synth {VLLM}")),
    (GPU, [f"SYNTH={VLLM}"], (SYNTH, f"synth {VLLM}")),
    (GPU, [MODEL, f"SYNTH={ENDPOINT}"], (BASE, f"synth {ENDPOINT}")),
]


@pytest.mark.parametrize(
    ("smi", "words", "called"), CALLS, ids=[f"{s[:9]} {w}" for s, w, _ in CALLS]
)
def test_make_synth_installs_what_the_recipe_needs(
    tmp_path: Path, smi: str, words: list[str], called: tuple[str, str] | None
) -> None:
    began = time.monotonic()
    code, said, lines = Machine(tmp_path, smi).make("synth", *words)
    if called is None:
        assert (code, lines) == (2, [])
        assert "no GPU here" in said
        assert time.monotonic() - began < 2
        return
    assert code == 0, said
    assert lines[0] == called[0]
    assert lines[1].startswith(f"llmx {called[1]}")
    assert ("--set generator.model=qwen2.5-32b" in lines[1]) == (MODEL in words)


def test_a_judge_elsewhere_does_not_spare_the_generator(tmp_path: Path) -> None:
    recipe = tmp_path / "mixed.yaml"
    recipe.write_text(
        "generator: {model: qwen2.5-32b, engine: vllm}\n"
        "judge: {model: qwen3-32b, engine: openai, endpoint: {base_url: http://h/v1}}\n"
    )
    assert Machine(tmp_path / "a", BROKEN).make("synth", f"SYNTH={recipe}")[0] == 2
    assert Machine(tmp_path / "b", GPU).make("synth", f"SYNTH={recipe}")[2][0] == SYNTH
    recipe.write_text("generator: {model: qwen2.5-32b}  # not engine: openai\n")
    assert Machine(tmp_path / "c", BROKEN).make("synth", f"SYNTH={recipe}")[0] == 2


@pytest.mark.parametrize(
    "words", [["synth", MODEL], ["sft", "RECIPE=recipes/sft/gemma-2-2b-lora.yaml"]]
)
def test_the_ways_out_work_as_they_are_printed(tmp_path: Path, words: list[str]) -> None:
    machine = Machine(tmp_path, BROKEN)
    code, said, lines = machine.make(*words)
    assert (code, lines) == (2, [])
    printed = [shlex.split("make" + line.partition("  make")[2])
               for line in said.splitlines() if "  make " in line]  # fmt: skip
    assert len(printed) == {"synth": 4, "sft": 2}[words[0]]
    for command in printed:
        code, said, lines = machine.make(*command[1:])
        assert code == 0, said
        llmx, verb, recipe, *more = lines[-1].split()
        assert (llmx, verb) == ("llmx", words[0])
        assert (ROOT / recipe).is_file()
        if verb == "synth":
            sets = [value for flag, value in pairwise(more) if flag == "--set"]
            assert read_synth(ROOT / recipe, sets).name
        (machine.folder / "venv" / ".base").unlink(missing_ok=True)


def test_make_sft_looks_for_a_gpu_that_works(tmp_path: Path) -> None:
    recipe = "RECIPE=recipes/sft/gemma-2-2b-lora.yaml"
    assert Machine(tmp_path / "a", BROKEN).make("sft", recipe)[0] == 2
    for name, smi, words in [
        ("b", BROKEN, [recipe, "ARGS=--plan"]),
        ("c", GPU, [recipe]),
        ("d", BROKEN, []),
    ]:
        code, said, lines = Machine(tmp_path / name, smi).make("sft", *words)
        assert code == 0, said
        assert lines[0] == ".[classifier,train]"
