"""Train a classifier: a model whose bytes repeat, and a card that says what is in it.

fastText leaves memory uninitialised and keeps unspaced training texts as vocabulary; so training
runs in a child process with zeroed memory and one thread, with minCount at the number of lines.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from llmx_data.classifier.evaluate import evaluate
from llmx_data.core.errors import DataError, LlmxError, MissingPackage
from llmx_data.core.storage import read_json, write_text
from llmx_data.kernels.text import Texts, to_strings
from llmx_data.license.facts import UNKNOWN

PIECE_CHARS = 1000
"""Training texts are cut into pieces of this size, so that long ones do not weigh too much."""


@dataclass(frozen=True)
class Corpus:
    """Texts of one origin and one side, with the licence that the model's card must tell."""

    name: str
    license: str
    good: bool
    texts: pl.Series


def train(
    corpora: Sequence[Corpus],
    out: Path,
    *,
    seed: int = 0,
    held_out: float = 0.2,
    dim: int = 16,
    bucket: int = 262_144,
    epoch: int = 10,
    lr: float = 0.1,
) -> dict[str, Any]:
    """Train on good and bad texts; write the model to `out` and its card to `out`.json.

    Texts are folded (NFKC, no white space) and learned by character 1-3-grams. `held_out` of the
    texts, chosen by their content and so never in training, give the card's evaluation. Gives the
    card. Same texts, options and fastText: same bytes, on Linux with glibc.
    Cost: 3 s for 8 million characters. Errors: MissingPackage, DataError if a side has no text.
    """
    if importlib.util.find_spec("fasttext") is None:
        raise MissingPackage("fasttext", "classifier")
    learned: list[tuple[bool, list[str]]] = []
    tested: dict[bool, list[str]] = {True: [], False: []}
    facts = []
    for corpus in corpora:
        texts = to_strings(Texts(corpus.texts).folded).unique(maintain_order=True)
        folded = [text for text in texts if text]
        held = [_held(text, held_out) for text in folded]
        tested[corpus.good] += [text for text, aside in zip(folded, held, strict=True) if aside]
        kept = [text for text, aside in zip(folded, held, strict=True) if not aside]
        learned.append((corpus.good, kept))
        facts.append(_facts(corpus, kept, len(folded) - len(kept)))
    lines = _lines(learned, seed)
    if len({line.split(" ", 1)[0] for line in lines}) < 2:
        raise DataError("training needs good and bad texts; one side is empty")
    options = {
        "seed": seed,
        "dim": dim,
        "bucket": bucket,
        "epoch": epoch,
        "lr": lr,
        "minn": 1,
        "maxn": 3,
        "minCount": len(lines),
        "loss": "softmax",
        "thread": 1,
    }
    fit(lines, options, out)
    card: dict[str, Any] = {
        "model": out.name,
        "sha256": sha256(out.read_bytes()).hexdigest(),
        "label": "yes",
        "training_data": facts,
        "lines_count": len(lines),
        "options": options,
        "held_out_share": held_out,
        "evaluation": _evaluation(out, tested),
    }
    text = json.dumps(card, ensure_ascii=False, indent=2) + "\n"
    write_text(out.with_name(out.name + ".json"), text)
    return card


def evaluate_apart(corpora: Sequence[Corpus], model: Path) -> dict[str, Any]:
    """Evaluate on texts the model was not trained on; of its own sources only what was set aside.

    Errors: DataError if the model has no card beside it, or a side has no text left.
    """
    card = read_card(model)
    own = {facts["name"] for facts in card["training_data"]}
    sides: dict[bool, list[str]] = {True: [], False: []}
    for corpus in corpora:
        texts = to_strings(Texts(corpus.texts).folded).unique(maintain_order=True)
        share = card["held_out_share"] if corpus.name in own else 1.0
        sides[corpus.good] += [text for text in texts if text and _held(text, share)]
    found = evaluate(model, pl.Series(sides[True]), pl.Series(sides[False]))
    return {"model": model.name, "sha256": card["sha256"], **found}


def read_card(model: Path) -> dict[str, Any]:
    """Read the card that `train` wrote beside a model."""
    path = model.with_name(model.name + ".json")
    if not path.is_file():
        raise DataError(f"{model}: has no card {path.name}, so what it learned from is unknown")
    card: dict[str, Any] = read_json(path)
    return card


def learned_from(model: Path) -> list[dict[str, Any]]:
    """Name, license and label of the corpora a model learned from, as its card tells."""
    try:
        data = read_card(model)["training_data"]
    except DataError:
        return [{"name": model.name, "license": UNKNOWN, "label": None}]
    return [{key: facts[key] for key in ("name", "license", "label")} for facts in data]


def _held(text: str, share: float) -> bool:
    """Set a text aside by its content: copies go to the same side of the split."""
    value = int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
    return value < share * 2.0**64


def _facts(corpus: Corpus, kept: list[str], aside: int) -> dict[str, Any]:
    return {
        "name": corpus.name,
        "license": corpus.license,
        "label": "yes" if corpus.good else "no",
        "texts_count": len(kept),
        "chars_count": sum(map(len, kept)),
        "held_out_count": aside,
    }


def _evaluation(model: Path, tested: dict[bool, list[str]]) -> dict[str, float | int] | None:
    """Evaluate on what was set aside; None if one side has nothing."""
    if not tested[True] or not tested[False]:
        return None
    return evaluate(model, pl.Series(tested[True]), pl.Series(tested[False]))


def _lines(learned: list[tuple[bool, list[str]]], seed: int) -> list[str]:
    """Lines for fastText, `__label__yes piece`, in an order drawn from the seed."""
    lines = [
        f"__label__{'yes' if good else 'no'} {text[at : at + PIECE_CHARS]}"
        for good, texts in learned
        for text in (t.replace("\0", "").replace("__label__", "") for t in texts)
        for at in range(0, len(text), PIECE_CHARS)
    ]
    order = np.random.default_rng(seed).permutation(len(lines))
    return [lines[i] for i in order]


def fit(lines: list[str], options: dict[str, Any], out: Path) -> None:
    """Run fastText in a child whose memory comes zeroed (255 is what glibc inverts)."""
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:
        data, model = Path(folder) / "train.txt", Path(folder) / "model.bin"
        data.write_text("\n".join(lines) + "\n", encoding="utf-8")
        code = (
            "import json, sys, fasttext; data, model, options = sys.argv[1:]; "
            "fasttext.train_supervised(data, verbose=0, **json.loads(options)).save_model(model)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, str(data), str(model), json.dumps(options)],
            env=os.environ | {"MALLOC_PERTURB_": "255", "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise LlmxError(f"fastText could not train\n    {done.stderr.strip()[-500:]}")
        model.replace(out)
