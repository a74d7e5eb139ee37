"""Slow, obvious twins of the templates: ids put together by hand, piece by piece."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import zstandard

Messages = list[dict[str, str]]
Ids = tuple[list[int], list[int]]

PREAMBLE = "以下は、タスクを説明する指示です。要求を適切に満たす応答を書きなさい。"
DATA = Path(os.environ.get("LLMX_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))


def llm_jp(messages: Messages, sp: Any) -> Ids:
    """Ids and mask as LLM-jp's instruct3 puts them together, with SentencePiece itself.

    A text is encoded with a piece for the space put before it; headings are encoded with newlines
    in front, so that this piece (and a newline) can be cut off.
    """
    turns = list(messages)
    system = turns.pop(0)["content"] if turns[0]["role"] == "system" else PREAMBLE
    ids = [sp.bos_id(), *sp.encode(system)]
    mask = [0] * len(ids)
    for user, assistant in zip(turns[::2], turns[1::2], strict=True):
        prompt = sp.encode(f"\n\n### 指示:\n{user['content']}\n\n### 応答:\n")[1:]
        response = [*sp.encode(f"\n{assistant['content']}")[2:], sp.eos_id()]
        ids += prompt + response
        mask += [0] * len(prompt) + [1] * len(response)
    return ids, mask


def pieced(parts: list[tuple[str, int]], tokenizer: Any) -> Ids:
    """Ids and mask of parts: a special token's name, or a text, each encoded by itself."""
    ids: list[int] = []
    mask: list[int] = []
    for text, on in parts:
        found = tokenizer.backend_tokenizer.encode(text, add_special_tokens=False).ids
        ids += found
        mask += [on] * len(found)
    return ids, mask


def chatml(messages: Messages) -> list[tuple[str, int]]:
    """Parts of ChatML."""
    parts = []
    for message in messages:
        on = int(message["role"] == "assistant")
        parts += [("<|im_start|>", 0), (f"{message['role']}\n", 0), (message["content"], on)]
        parts += [("<|im_end|>", on), ("\n", 0)]
    return parts


def llama3(messages: Messages) -> list[tuple[str, int]]:
    """Parts of Llama 3's form."""
    parts = [("<s>", 0)]
    for message in messages:
        on = int(message["role"] == "assistant")
        parts += [("<|start_header_id|>", 0), (message["role"], 0), ("<|end_header_id|>", 0)]
        parts += [("\n\n", 0), (message["content"], on), ("<|eot_id|>", on)]
    return parts


def gemma(messages: Messages) -> list[tuple[str, int]]:
    """Parts of Gemma 2's form; a system text is the beginning of the first turn."""
    turns = list(messages)
    system = turns.pop(0)["content"] + "\n\n" if turns[0]["role"] == "system" else ""
    parts = [("<s>", 0)]
    for message in turns:
        on = int(message["role"] == "assistant")
        role = "model" if on else "user"
        text = system + message["content"] if not on else message["content"]
        system = ""
        parts += [("<start_of_turn>", 0), (f"{role}\n", 0), (text, on)]
        parts += [("<end_of_turn>", on), ("\n", 0)]
    return parts


def train_pieces(
    texts: list[str], vocabulary: int = 500, *, kind: str = "unigram", rule: str = "identity"
) -> bytes:
    """Train a small SentencePiece model with bytes for what it lacks, as LLM-jp's v3 is."""
    import sentencepiece

    made = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts),
        model_writer=made,
        model_type=kind,
        vocab_size=vocabulary,
        hard_vocab_limit=False,
        byte_fallback=True,
        normalization_rule_name=rule,
        remove_extra_whitespaces=rule != "identity",
        pad_id=3,
        minloglevel=2,
    )
    return made.getvalue()


def shared_conversations(count: int) -> list[Messages]:
    """Real conversations, half of many turns and half of one; fewer where data is absent."""
    found: list[Messages] = []
    for path, make in (
        (DATA / "instruction" / "megagonlabs_instruction_ja.jsonl", _dialogue),
        (DATA / "instruction" / "databricks-dolly-15k-ja.part.jsonl.zst", _instruction),
    ):
        rows = [] if not path.is_file() else [make(row) for row in _lines(path)]
        found += [messages for messages in rows if messages][: count // 2]
    return found


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    data = path.read_bytes()
    if path.suffix == ".zst":
        data = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data)).read()
    for line in data.decode().splitlines():
        yield json.loads(line)


def _dialogue(row: dict[str, Any]) -> Messages:
    turns = row["utterances"][: len(row["utterances"]) // 2 * 2]
    messages = [
        {"role": "user" if t["name"] == "user" else "assistant", "content": t["text"]}
        for t in turns
    ]
    roles = [message["role"] for message in messages]
    return messages if roles == ["user", "assistant"] * (len(roles) // 2) else []


def _instruction(row: dict[str, Any]) -> Messages:
    asked = "\n\n".join(text for text in (row["instruction"], row["input"]) if text)
    return [{"role": "user", "content": asked}, {"role": "assistant", "content": row["output"]}]
