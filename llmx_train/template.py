"""Chat templates: one Jinja file per form, checked against the tokenizer before anything runs."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llmx_data.core.errors import RecipeError, nearest
from llmx_train import recipe
from llmx_train.probe import check_probe

FOLDER = Path(__file__).with_name("templates")

MARKER = re.compile(r"\{%-?\s*generation\s*-?%\}")
"""What transformers looks for before it tells which tokens a model is to write."""

LITERAL = re.compile(r"<\|[A-Za-z][^|<>\s]*\|>|<[a-z]+_of_turn>|</?s>|<bos>|<eos>")
"""Special tokens as templates spell them."""

HINTS = {
    "<|im_start|>": "chatml",
    "<|start_header_id|>": "llama3",
    "<start_of_turn>": "gemma",
    "### 指示": "llm_jp",
}
"""What betrays a template of the same form that llmx has with markers."""


@dataclass(frozen=True)
class Template:
    """A template that fits a tokenizer."""

    name: str
    """Its name in llmx, the name of its file, or `tokenizer`."""
    text: str
    """Jinja, with the recipe's system text in it."""
    sha256: str
    """Of the text in UTF-8."""
    end: str
    """Token that ends an answer."""
    end_id: int
    """Its id; generation stops there, whatever the tokenizer's own EOS is."""


def names() -> list[str]:
    """Templates of llmx."""
    return sorted(path.stem for path in FOLDER.glob("*.jinja"))


def load_template(
    options: recipe.Template, tokenizer: Any, *, base: Path | None = None
) -> Template:
    """Read the recipe's template, put its system text in, and try it on the tokenizer.

    `base` is the folder that `path` is told from. Cost: 5 ms.
    Errors: RecipeError for a template that is not there, has no generation markers, does not fit
    the tokenizer, never teaches an end, or renders a prompt otherwise than the same prompt with an
    answer.
    """
    name, text = _read(options, tokenizer, base)
    if not MARKER.search(text):
        raise RecipeError(f"template '{name}': no {{% generation %}} markers{_way_out(text)}")
    _check_tokens(name, text, tokenizer)
    text = _with_system(text, options.system)
    end_id = check_probe(name, text, tokenizer)
    end = tokenizer.convert_ids_to_tokens(end_id)
    return Template(name, text, hashlib.sha256(text.encode()).hexdigest(), end, end_id)


def _read(options: recipe.Template, tokenizer: Any, base: Path | None) -> tuple[str, str]:
    if options.use is not None:
        path = FOLDER / f"{options.use}.jinja"
        if options.use not in names():
            told = nearest(options.use, names())
            raise RecipeError(f"template.use: no template '{options.use}'\n    {told}")
        return options.use, path.read_text(encoding="utf-8")
    if options.path is not None:
        path = (base or Path()) / Path(options.path).expanduser()
        if not path.is_file():
            raise RecipeError(f"template.path: {path} is not a file\n    give a Jinja file")
        return path.stem, path.read_text(encoding="utf-8")
    own = tokenizer.chat_template
    text = own.get("default") if isinstance(own, dict) else own
    if not text:
        known = ", ".join(names())
        raise RecipeError(
            f"template: the tokenizer has none\n    say template.use: (one of {known})"
        )
    return "tokenizer", str(text)


def _way_out(text: str) -> str:
    """Give the remedy for a template without markers, naming llmx's own of the same form."""
    alike = next((name for sign, name in HINTS.items() if sign in text), None)
    first = f"say template.use: {alike}, or p" if alike else "P"
    return (
        f"\n    {first}ut {{% generation %}} ... {{% endgeneration %}} around the answer and its "
        "end token in a file and say template.path: it"
    )


def _check_tokens(name: str, text: str, tokenizer: Any) -> None:
    """Every special token that the text spells must be one token."""
    known = tokenizer.get_vocab()
    spelt = sorted(set(LITERAL.findall(re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL))))
    lacking = [token for token in spelt if token not in known or not _is_one(token, tokenizer)]
    if "eos_token" in text and tokenizer.eos_token is None:
        lacking.append("eos_token")
    if lacking:
        raise RecipeError(
            f"template '{name}': {', '.join(lacking)} is no single token of this tokenizer\n    "
            "take the template that the model was made for, or one that needs no such token: llm_jp"
        )


def _is_one(token: str, tokenizer: Any) -> bool:
    return len(tokenizer.encode(token, add_special_tokens=False)) == 1


def _with_system(text: str, system: str | None) -> str:
    """Give conversations without a system message this one, wherever the template is used."""
    if system is None:
        return text
    message = f"{{'role': 'system', 'content': {json.dumps(system, ensure_ascii=False)}}}"
    return (
        "{%- set messages = messages if messages[0]['role'] == 'system' else "
        f"[{message}] + messages -%}}\n{text}"
    )
