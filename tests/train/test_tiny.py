"""The tiny model: made from texts, the same every time, ready for every template."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from llmx_data.core.errors import DataError
from llmx_data.core.storage import sha256_file
from llmx_train import tiny
from llmx_train.tiny import make_tiny

TEXTS = ["東京は日本の首都です。", "富士山は高い山です。"] * 20


def hashes(folder: Path) -> dict[str, str]:
    return {path.name: sha256_file(path) for path in sorted(folder.iterdir())}


def test_the_same_texts_and_seed_give_the_same_bytes(tmp_path: Path) -> None:
    once = hashes(make_tiny(tmp_path / "a", TEXTS, 1))
    assert len(once) >= 6
    assert hashes(make_tiny(tmp_path / "b", iter(TEXTS), 1)) == once
    other = hashes(make_tiny(tmp_path / "c", TEXTS, 2))
    assert {name for name in once if once[name] != other[name]} == {"model.safetensors"}


def test_making_it_leaves_the_random_state_alone(tmp_path: Path) -> None:
    import torch

    torch.manual_seed(7)
    wanted = torch.rand(3)
    torch.manual_seed(7)
    make_tiny(tmp_path, TEXTS, 1)
    assert torch.equal(torch.rand(3), wanted)


def test_model_and_tokenizer_agree(tiny_model_dir: Path, tiny_tokenizer: Any) -> None:
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(tiny_model_dir)
    config = model.config
    assert config.vocab_size == len(tiny_tokenizer)
    assert config.hidden_size // config.num_attention_heads >= 32
    assert config.eos_token_id == tiny_tokenizer.eos_token_id
    assert model.generation_config.eos_token_id == tiny_tokenizer.eos_token_id
    assert model.generation_config.pad_token_id == tiny_tokenizer.pad_token_id
    assert "generation" in tiny_tokenizer.chat_template
    ids = tiny_tokenizer("東京は", return_tensors="pt")
    made = model.generate(**ids, max_new_tokens=4, do_sample=False)
    assert made.shape[1] > ids["input_ids"].shape[1]


@pytest.mark.parametrize(
    "text", ["東京は 日本の\n首都です。", "😀 ﾊﾞ ㌔", "  空白  ", "한국어 abc\t1"]
)
def test_no_text_is_unknown(tiny_tokenizer: Any, text: str) -> None:
    assert tiny_tokenizer.decode(tiny_tokenizer(text)["input_ids"]) == text


@pytest.mark.parametrize("token", tiny.SPECIAL)
def test_special_tokens_are_one_token(tiny_tokenizer: Any, token: str) -> None:
    assert len(tiny_tokenizer(token)["input_ids"]) == 1


def test_no_text_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no text to make"):
        make_tiny(tmp_path, ["", ""], 1)
