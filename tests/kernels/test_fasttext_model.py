"""The collapsed model against fastText's own predictions and a slow twin of its n-grams."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from llmx_data.classifier.train import fit
from llmx_data.core.errors import DataError
from llmx_data.kernels.fasttext_model import Collapsed, read_model
from llmx_data.kernels.text import Texts

TEXTS = [
    "東京都では昨日、新しい図書館が開館した。",
    "ab",
    "猫",
    "Ελλάς 𠮷野家 😀🎉 café",
    "ﾊﾝｶｸ カナ\nと改行　と㍻",
    "",
    "長い文章。" * 2000,
]


def trained(folder: Path, **options: Any) -> Path:
    """Train in a child process, as fastText needs it (NaN otherwise)."""
    pytest.importorskip("fasttext", reason="fasttext (extra classifier) is missing")
    rows = [f"__label__yes 図書館が開いた{i}。猫カフェ😀" for i in range(50)]
    rows += [f"__label__no 激安!!クリック{i}★ab𠮷" for i in range(50)]
    wanted: dict[str, Any] = {
        "minn": 1,
        "maxn": 3,
        "minCount": 100,
        "bucket": 5000,
        "dim": 8,
        "epoch": 20,
        "lr": 0.5,
        "thread": 1,
        "seed": 0,
    }
    fit(rows, wanted | options, folder / "m.bin")
    return folder / "m.bin"


@pytest.mark.parametrize("grams", [(1, 3), (2, 4), (1, 1)])
def test_agrees_with_fasttext(grams: tuple[int, int], tmp_path: Path) -> None:
    path = trained(tmp_path, minn=grams[0], maxn=grams[1])
    theirs = pytest.importorskip("fasttext").load_model(str(path))
    ours = read_model(path)
    texts = Texts(pl.Series(TEXTS))
    folded = ["".join(unicodedata.normalize("NFKC", t).split()) for t in TEXTS]
    labels, chances = theirs.predict(folded, k=2)
    expected = [
        dict(zip(names, values, strict=True))["__label__yes"]
        for names, values in zip(labels, chances, strict=True)
    ]
    scores = ours.scores(texts.folded, "yes")
    assert np.abs(scores - np.array(expected)).max() < 1e-4
    assert np.abs(scores + ours.scores(texts.folded, "no") - 1).max() < 1e-12
    assert scores.max() - scores.min() > 0.1


def twin(text: str, model: Collapsed) -> float:
    """One text by fastText's definition, n-gram by n-gram, on UTF-8 bytes."""
    word, values = f"<{text}>", [model.eos]
    for i in range(len(word)) if text else ():
        for n in range(model.minn, model.maxn + 1):
            gram = word[i : i + n]
            if len(gram) < n or (n == 1 and i in (0, len(word) - 1)):
                continue
            value = 2166136261
            for byte in gram.encode():
                value = ((value ^ (byte | (0xFFFFFF00 if byte > 127 else 0))) * 16777619) % 2**32
            values.append(float(model.table[value % len(model.table)]))
    return 1 / (1 + float(np.exp(-sum(values) / len(values))))


def test_agrees_with_the_twin() -> None:
    table = np.random.default_rng(0).normal(size=977).astype(np.float32)
    model = Collapsed(table, 0.25, 1, 3, ["yes", "no"], ["</s>"])
    texts = ["", "猫", "a<b>c", "<", "猫が好き😀é𠮷"]
    scores = model.scores(Texts(pl.Series(texts)).folded, "yes")
    assert scores.tolist() == pytest.approx([twin(text, model) for text in texts], abs=1e-12)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"minCount": 1}, "vocabulary"),
        ({"wordNgrams": 2}, "word n-grams"),
        ({"loss": "hs"}, "loss is not softmax"),
        ({"minn": 0, "maxn": 0}, "no character n-grams"),
    ],
)
def test_models_of_other_kinds(options: dict[str, Any], message: str, tmp_path: Path) -> None:
    path = trained(tmp_path, **options)
    with pytest.raises(DataError, match=message):
        read_model(path)


def test_broken_files_and_labels(tmp_path: Path) -> None:
    path = trained(tmp_path)
    with pytest.raises(DataError, match=r"no label 'good' \(known: "):
        read_model(path).scores(Texts(pl.Series(["猫"])).folded, "good")
    (tmp_path / "half.bin").write_bytes(path.read_bytes()[:5000])
    (tmp_path / "text.bin").write_bytes(b"hello, this is not a model at all")
    for name in ("half.bin", "text.bin", "absent.bin"):
        with pytest.raises(DataError, match=name):
            read_model(tmp_path / name)
