"""A template tried on a tokenizer with two made-up turns, before any record is rendered."""

from __future__ import annotations

from typing import Any

from llmx_data.core.errors import DataError, RecipeError

PROBE = [
    {"role": "user", "content": "一つ目の問い"},
    {"role": "assistant", "content": "一つ目の答え"},
    {"role": "user", "content": "二つ目の問い"},
    {"role": "assistant", "content": "二つ目の答え"},
]


def check_probe(name: str, text: str, tokenizer: Any) -> int:
    """Render two turns and check what a run relies on; gives the id of an answer's end token.

    Errors: RecipeError for a template that cannot be rendered, doubles BOS, writes a prompt
    otherwise when its answer follows, or teaches no end.
    """
    from jinja2 import TemplateError

    try:
        made = tokenizer.apply_chat_template(
            PROBE, chat_template=text, return_dict=True, return_assistant_tokens_mask=True
        )
        whole = _text(PROBE, text, tokenizer)
        asked = _text(PROBE[:3], text, tokenizer, add_generation_prompt=True)
        prompt = tokenizer(asked, add_special_tokens=False)["input_ids"]
    except (TemplateError, TypeError) as error:
        raise RecipeError(
            f"template '{name}': it cannot be rendered ({error})\n    mend it, or use another"
        ) from error
    ids = made["input_ids"]
    if ids[0] == tokenizer.bos_token_id and ids[1:2] == ids[:1]:
        raise RecipeError(f"template '{name}': two BOS tokens at the start\n    write it once")
    if not whole.startswith(asked + PROBE[3]["content"]):
        raise RecipeError(
            f"template '{name}': a prompt is rendered otherwise when its answer follows\n    what "
            "add_generation_prompt writes must be what stands before an answer"
        )
    if ids[: len(prompt)] != prompt:
        raise RecipeError(
            f"template '{name}': this tokenizer joins the end of a prompt otherwise when an answer "
            "follows\n    take the template that the model was made for"
        )
    return _end_of(name, spans(ids, made["assistant_masks"]), tokenizer)


def _text(messages: list[dict[str, str]], text: str, tokenizer: Any, **more: Any) -> str:
    return str(tokenizer.apply_chat_template(messages, chat_template=text, tokenize=False, **more))


def spans(ids: list[int], mask: list[int]) -> list[list[int]]:
    """Give runs of ids where the mask is 1."""
    found: list[list[int]] = []
    before = 0
    for token, on in zip(ids, mask, strict=True):
        if on and not before:
            found.append([])
        if on:
            found[-1].append(token)
        before = on
    return found


def _end_of(name: str, answers: list[list[int]], tokenizer: Any) -> int:
    """Find the special token that stands once in every answer, with at most white space behind."""
    special = special_ids(tokenizer)
    ends = [[token for token in answer if token in special] for answer in answers]
    if len(answers) != 2 or any(len(end) != 1 for end in ends) or ends[0] != ends[1]:
        raise RecipeError(
            f"template '{name}': answers are not marked with one end token each\n    put the end "
            "token, once, inside the generation markers: else the model never learns to stop"
        )
    end = ends[0][0]
    rest = [tokenizer.decode(answer[answer.index(end) + 1 :]) for answer in answers]
    if any(text.strip() for text in rest):
        raise RecipeError(
            f"template '{name}': text stands behind an answer's end token inside the markers\n    "
            "close the markers behind the end token"
        )
    return int(end)


def special_ids(tokenizer: Any) -> frozenset[int]:
    """Ids of all special tokens. Errors: DataError for a tokenizer without a fast side."""
    if not getattr(tokenizer, "is_fast", False):
        raise DataError(
            f"{tokenizer.name_or_path}: no fast tokenizer, so answers cannot be told from prompts"
            "\n    take a model that has a tokenizer.json"
        )
    added = tokenizer.added_tokens_decoder
    return frozenset(tokenizer.all_special_ids) | {i for i, t in added.items() if t.special}
