"""A model to be measured: its tokenizer now, its weights only if an answer is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from llmx_data.core.errors import DataError, MissingPackage
from llmx_data.core.part import content_key

Who = Literal["base", "tuned"]


@dataclass(frozen=True)
class Subject:
    """A model with its tokenizer, and what names it in the files."""

    identity: str
    """Changes whenever the weights do: outputs of another identity do not count."""
    tokenizer: Any
    """With the recipe's chat template, for the base too."""
    template: str
    """Id of the template, told beside the scores."""
    load: Callable[[], Any] = field(repr=False)
    """Gives the torch model, on its device, with its adapter; called at most once a task run."""
    stops: tuple[int, ...] = ()
    """Tokens that end an answer, beside those that model and tokenizer name."""


Loader = Callable[[Who], Subject]
"""Given by the caller, who alone knows adapters."""


def folder_subject(
    folder: Path,
    *,
    template: str = "",
    dtype: str = "bfloat16",
    attention: str = "sdpa",
    device: str | None = None,
) -> Subject:
    """Read a folder with all weights of a model; its tokenizer's own template is used.

    Code that comes with a model is not run. Errors: DataError for a folder with an adapter only,
    which needs a loader of its own, and for one without a model.
    """
    if (folder / "adapter_config.json").is_file():
        raise DataError(f"{folder}: an adapter, not a whole model\n    give a loader that joins it")
    if not (folder / "config.json").is_file():
        raise DataError(f"{folder}: holds no model (config.json)")
    try:
        from transformers import AutoModelForCausalLM, AutoTokenizer
    except ImportError as error:
        raise MissingPackage("transformers", "train") from error
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)

    def load() -> Any:
        model: Any = AutoModelForCausalLM.from_pretrained(
            folder, dtype=dtype, attn_implementation=attention, local_files_only=True
        )
        return model.to(device or usual_device()).eval()

    return Subject(folder_identity(folder, dtype), tokenizer, template, load)


def folder_identity(folder: Path, *more: str) -> str:
    """Hash names, sizes and, of small files, contents; weights by their first and last 64 KiB.

    Cost: milliseconds. Two sets of weights with equal size, head and tail pass as one.
    """
    facts: list[Any] = list(more)
    for path in sorted(p for p in folder.iterdir() if p.is_file()):
        with path.open("rb") as handle:
            size = path.stat().st_size
            head = handle.read(1 << 16)
            handle.seek(max(0, size - (1 << 16)))
            facts.append([path.name, size, head.hex(), handle.read().hex()])
    return content_key(facts)


def usual_device() -> str:
    """Name the first accelerator, else the CPU."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def encode_bare(tokenizer: Any, text: str) -> list[int]:
    """Token ids of plain text, begun as the tokenizer begins a text, and not ended."""
    ids = list(tokenizer(text)["input_ids"])
    end = tokenizer.eos_token_id
    return ids[:-1] if len(ids) > 1 and ids[-1] == end and not _spelled(tokenizer, text) else ids


def _spelled(tokenizer: Any, text: str) -> bool:
    """Tell whether the text itself ends with the end token."""
    return text.endswith(str(tokenizer.eos_token))


def encode_chat(tokenizer: Any, text: str) -> list[int]:
    """Token ids of a rendered conversation, whose template wrote its own special tokens."""
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def render(tokenizer: Any, messages: Sequence[dict[str, str]]) -> str:
    """Text of a conversation up to where the assistant begins to write."""
    if not tokenizer.chat_template:
        raise DataError("the tokenizer has no chat template\n    name one: template: {use: ...}")
    told = tokenizer.apply_chat_template(list(messages), tokenize=False, add_generation_prompt=True)
    return str(told)
