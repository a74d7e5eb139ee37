"""Echoes dropped and answers kept; and that pairs go to measures of pairs only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

from llmx_data.core.batch import Pairs
from llmx_data.core.parts import find, names
from llmx_data.filter import Filter
from llmx_data.filter.echo import Echo
from llmx_data.filter.stage import measures_for
from llmx_data.measure import Texts

ASKED = "江戸時代の町人はどのような一日を過ごしていたのか、朝から夜までの順に三つの段落で説明してください。"
SHORT = "日本で一番高い山はどこにありますか。"
PASSAGE = "富士山は静岡県と山梨県にまたがる活火山で、標高は三千七百七十六メートルある。"

DROPPED = [
    ("the prompt", ASKED, ASKED),
    ("the prompt in other lines", ASKED, "\n".join(ASKED[i : i + 9] for i in range(0, 48, 9))),
    ("the prompt behind a word", ASKED, "はい。" + ASKED),
    ("the prompt and little more", ASKED, ASKED + "わかりました。"),
    ("its beginning", ASKED, ASKED[:42]),
    ("a short prompt twice", SHORT, SHORT * 2),
    ("a long request that thanks", *[ASKED + "どうぞよろしく、いつもありがとうございます。"] * 2),
    ("the whole input too", SHORT + PASSAGE, SHORT + PASSAGE),
]
KEPT = [
    (
        "an answer",
        ASKED,
        "朝は日の出とともに起き、店を開けた。昼は商いに励み、夜は銭湯に通った。" * 2,
    ),
    ("a passage quoted after the question", SHORT + PASSAGE, PASSAGE),
    (
        "the prompt and an answer",
        ASKED,
        ASKED + "朝は日の出とともに起きて店を開け、昼は商いをした。",
    ),
    ("too short to be judged", "はい、いいえのどちらか。はい、いいえ", "はい、いいえのどちらか。"),
    ("its beginning, short of 40", ASKED, ASKED[:39]),
    (
        "a farewell returned",
        *["本日は長い時間、ありがとうございました。またお話ししましょうね。"] * 2,
    ),
    ("no prompt", "", ASKED),
    ("no answer", ASKED, ""),
]


def dropped(part: Filter, prompt: str | None, answer: str | None) -> bool:
    pairs = Pairs(*(Texts(pl.Series([text], dtype=pl.String)) for text in (prompt, answer)))
    features = pl.concat([m.measure(pairs) for m in measures_for(part)], how="horizontal")
    (reason,) = part.reasons()
    assert (reason.word, reason.threshold) == ("echo", 0.8)
    return bool(features.select(reason.bad.fill_null(False)).item())


@pytest.mark.parametrize(
    ("prompt", "answer"), [c[1:] for c in DROPPED], ids=[c[0] for c in DROPPED]
)
def test_dropped(prompt: str, answer: str) -> None:
    assert dropped(Echo(), prompt, answer)


@pytest.mark.parametrize(("prompt", "answer"), [c[1:] for c in KEPT], ids=[c[0] for c in KEPT])
def test_kept(prompt: str, answer: str) -> None:
    assert not dropped(Echo(), prompt, answer)


def test_null_stays_and_none_is_off() -> None:
    assert not dropped(Echo(), None, ASKED)
    assert not dropped(Echo(), ASKED, None)
    assert list(Echo(min_share=None).reasons()) == []


def test_options() -> None:
    assert not dropped(Echo(min_chars=60), ASKED, ASKED)
    assert dropped(Echo(min_leading=39), ASKED, ASKED[:39])
    assert dropped(Echo(min_leading=0), ASKED, ASKED[:39])


WRONG = [
    ("echo", {"on": "answer"}, "input should be 'pair'"),
    ("length", {"on": "pair"}, "'chars' needs another side than on: pair"),
    ("rule", {"keep": "echo_share < 0.5"}, "'echo_share' needs on: pair"),
    ("rule", {"keep": "kana_share > 0.5", "on": "pair"}, "'kana_share' needs another side"),
    ("rule", {"keep": "echo_chars < chars_count", "on": "pair"}, "'chars_count' needs another"),
]


@pytest.mark.parametrize(("use", "options", "message"), WRONG)
def test_a_side_that_the_measure_does_not_read(
    use: str, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        find("filter", use, Path()).model_validate(options)
    assert message.lower() in str(caught.value).lower()


def test_no_filter_but_those_of_pairs_takes_a_pair() -> None:
    assert find("filter", "rule", Path()).model_validate({"keep": "echo_share < 1", "on": "pair"})
    taking = [use for use in names("filter") if takes_pairs(use)]
    assert taking == ["echo"]


def takes_pairs(use: str) -> bool:
    """Whether a filter can be built with `on: pair`; else it must say that the side is wrong."""
    kind: Any = find("filter", use, Path())
    options = {f: "w" for f, info in kind.model_fields.items() if info.is_required()}
    options |= {"keep": "kana_share > 0"} if use == "rule" else {}
    options |= {"min_score": 0.5} if use == "classifier" else {}
    assert kind.model_validate(options)
    try:
        kind.model_validate(options | {"on": "pair"})
    except ValidationError as error:
        return "needs another side than on: pair" not in str(error)
    return True
