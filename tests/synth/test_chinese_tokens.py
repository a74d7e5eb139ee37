"""Which tokens of a vocabulary only Chinese needs, over a vocabulary written here."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from llmx_data.synth.chinese_tokens import chinese_tokens
from llmx_data.synth.engines.no_chinese import Mask

# bytes of a token -> whether only Chinese needs it
VOCABULARY: list[tuple[bytes, bool]] = [
    ("日本".encode(), False),
    ("这".encode(), True),
    ("我们".encode(), True),
    (" 说".encode(), True),
    ("国".encode(), False),  # both write it so
    ("學".encode(), False),  # the old form of a Japanese kanji
    ("的".encode(), False),
    ("你".encode(), False),  # in JIS X 0213: screening knows it, the vocabulary does not
    ("𠮟".encode(), False),
    ("ひらがな".encode(), False),
    (b"hello", False),
    ("这".encode()[:2], False),  # a part of a character has no text of its own
    ("が这".encode(), True),
    ("这".encode() + "说".encode()[:1], True),  # the whole character before the part is seen
    (b"<|im_end|>", False),
    (b"", False),
]


class Tokenizer:
    """Decodes ids to the bytes of VOCABULARY, as byte-level tokenizers do."""

    def __len__(self) -> int:
        return len(VOCABULARY)

    def decode(self, ids: list[int]) -> str:
        return b"".join(VOCABULARY[token][0] for token in ids).decode(errors="replace")


@pytest.mark.parametrize("token", range(len(VOCABULARY)))
def test_tokens(token: int) -> None:
    found = chinese_tokens(Tokenizer().decode, len(VOCABULARY))
    assert (token in found) == VOCABULARY[token][1], VOCABULARY[token][0]


def test_only_ids_below_the_size() -> None:
    assert chinese_tokens(Tokenizer().decode, 2) == [1]


@pytest.mark.parametrize("size", [3, 100])
def test_the_mask_asks_for_tokens_that_the_model_has(
    monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    made: dict[str, Any] = {}

    def tensor(tokens: list[int], device: str) -> Any:
        made.update(tokens=tokens, device=device)
        return SimpleNamespace(long=lambda: tokens)

    import sys

    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(tensor=tensor))  # type: ignore[arg-type]
    mask = type("Made", (Mask,), {"tokenizer_of": staticmethod(lambda _: Tokenizer())})
    model = SimpleNamespace(get_vocab_size=lambda: size)
    for where in ("cuda:1", SimpleNamespace(device="cuda:1")):
        mask(SimpleNamespace(model_config=model), where)
        expected = [n for n, (_, chinese) in enumerate(VOCABULARY) if chinese and n < size]
        assert made == {"tokens": expected, "device": "cuda:1"}
    assert not mask(SimpleNamespace(model_config=model), "cpu").is_argmax_invariant()
