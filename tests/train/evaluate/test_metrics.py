"""Written answers against right ones: by hand, and against a slow twin."""

from __future__ import annotations

from itertools import product

import pytest

from llmx_train.evaluate.metrics import char_f1, exact_match, last_number

F1 = [
    ("東京都", ["東京都"], 1.0),
    ("東京", ["東京都"], 0.8),  # 2 of 2 and 2 of 3: 2 * 2 / (2 + 3)
    ("大阪", ["東京都"], 0.0),
    ("大阪", ["東京都", "大阪府"], 0.8),
    ("ああ", ["あ"], 2 / 3),  # one あ is shared, not two
    ("", ["東京都"], 0.0),
    ("「東京都」。", ["東京都"], 1.0),
    ("１２３ km", ["123km"], 1.0),
]


@pytest.mark.parametrize(("written", "answers", "told"), F1)
def test_char_f1_by_hand(written: str, answers: list[str], told: float) -> None:
    assert char_f1(written, answers) == pytest.approx(told)


def test_char_f1_is_its_slow_twin() -> None:
    def twin(one: str, other: str) -> float:
        left, shared = list(other), 0
        for char in one:
            if char in left:
                left.remove(char)
                shared += 1
        if not shared:
            return float(one == other)
        precision, recall = shared / len(one), shared / len(other)
        return 2 * precision * recall / (precision + recall)

    texts = ["".join(letters) for n in range(5) for letters in product("あい京", repeat=n)]
    pairs = [(a, b) for a in texts[::3] for b in texts]
    assert len(pairs) > 4_000
    assert all(char_f1(a, [b]) == pytest.approx(twin(a, b)) for a, b in pairs)


EXACT = [
    ("東京都", ["京都", "東京都"], 1.0),
    (" 東京都。\n", ["東京都"], 1.0),
    ("ＡＩ", ["ai"], 1.0),
    ("東京都です", ["東京都"], 0.0),
    ("", ["東京都"], 0.0),
]


@pytest.mark.parametrize(("written", "answers", "told"), EXACT)
def test_exact_match(written: str, answers: list[str], told: float) -> None:
    assert exact_match(written, answers) == told


NUMBERS = [
    ("16 - 3 - 4 = 9なので、9 * 2 = 18ドルです。", 18),
    ("答えは１８です", 18),
    ("合計で2,125円", 2125),
    ("276,000", 276000),
    ("1,2,3", 3),
    ("1,2345", 2345),
    ("答えは-5度", -5),
    ("3.50ドル", 3.5),
    ("10-5は5", 5),
    ("十八", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "number"), NUMBERS)
def test_last_number(text: str, number: float | None) -> None:
    assert last_number(text) == number
