"""Personal data: what is found, what is left alone, and that the gate loses nothing."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmx_data.kernels.pii import candidates, find, is_luhn, is_my_number, spans
from llmx_data.kernels.text import Texts

FOUND = [
    ("連絡はtaro.yamada@example.co.jpまで。", "email", "taro.yamada@example.co.jp"),
    ("ｔａｒｏ＠ｅｘａｍｐｌｅ．ｃｏｍ", "email", "ｔａｒｏ＠ｅｘａｍｐｌｅ．ｃｏｍ"),
    ("電話03-1234-5678。", "phone", "03-1234-5678"),
    ("電話０３－１２３４－５６７８まで", "phone", "０３－１２３４－５６７８"),
    ("☎０９０ー１２３４ー５６７８", "phone", "０９０ー１２３４ー５６７８"),
    ("(03)1234-5678へ", "phone", "(03)1234-5678"),
    ("0120(123)456 無料", "phone", "0120(123)456"),
    ("ｔｅｌ：（０４５）　１２３－４５６７", "phone", "（０４５）　１２３－４５６７"),
    ("TEL03-1234-5678 FAX.なし", "phone", "03-1234-5678"),
    ("Tel:03-1234-5678", "phone", "03-1234-5678"),
    ("+81-90-1234-5678", "phone", "+81-90-1234-5678"),
    ("+81 (0)3-1234-5678", "phone", "+81 (0)3-1234-5678"),
    ("携帯09012345678です", "phone", "09012345678"),
    ("〒100-0001 東京都", "postal_code", "〒100-0001"),
    ("〒１５０－０００１", "postal_code", "〒１５０－０００１"),
    ("郵便番号 100-0001", "postal_code", "100-0001"),
    ("番号は123456789018です", "my_number", "123456789018"),
    ("1234 5678 9018", "my_number", "1234 5678 9018"),
    ("カード4111-1111-1111-1111", "card", "4111-1111-1111-1111"),
    ("４１１１１１１１１１１１１１１１", "card", "４１１１１１１１１１１１１１１１"),
    ("378282246310005", "card", "378282246310005"),
    ("😀😀090-1234-5678😀", "phone", "090-1234-5678"),
]
LEFT = [
    "注文番号2024010012345678を控えてください。",
    "金額は12,345,678円、2024-01-02 12:34:56",
    "123456789012",
    "4111-1111-1111-1112",
    "0312345678901",
    "電話番号はA03-1234-5678B-1",
    "@media screen { } import '@vue/cli'; user@localhost",
    "ISBN978-4-12-345678-9",
    "1990-1995年 0.1234567 03-1234",
    "",
    "😀",
    "ﾊﾝｶｸ１２３",
]


@pytest.mark.parametrize(("text", "what", "match"), FOUND)
def test_found(text: str, what: str, match: str) -> None:
    rows = find(Texts(pl.Series(["前", None, text]))).rows()
    assert [(row, kind, text[start:end]) for row, kind, start, end in rows] == [(2, what, match)]


@pytest.mark.parametrize("text", LEFT)
def test_left_alone(text: str) -> None:
    assert find(Texts(pl.Series([text]))).height == 0
    assert spans(text) == []


def test_several_in_order_without_overlap() -> None:
    text = "a@b.jp 〒100-0001 03-1234-5678 4111111111111111"
    kinds = find(Texts(pl.Series([text])))["what"].to_list()
    assert kinds == ["email", "postal_code", "phone", "card"]


@settings(max_examples=300, deadline=None)
@given(st.text("0389１２－-() @.ajp〒ー+あ", max_size=24))
def test_the_gate_loses_nothing(text: str) -> None:
    if spans(text):
        assert candidates(Texts(pl.Series([text])).points)[0] == 1


@pytest.mark.parametrize(("last", "valid"), [(d, d == 8) for d in range(10)])
def test_my_number_check_digit(last: int, valid: bool) -> None:
    assert is_my_number(f"12345678901{last}") is valid


@pytest.mark.parametrize(("last", "valid"), [(d, d == 1) for d in range(10)])
def test_luhn(last: int, valid: bool) -> None:
    assert is_luhn(f"411111111111111{last}") is valid
