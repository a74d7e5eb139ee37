"""The peer of `chain.py`: HojiChar filters for the steps of llmx's chain, in the same order.

Run in an environment of its own: python hojichar_chain.py INPUT... --model FILE.bin --out FOLDER
Writes FOLDER/kept.jsonl and FOLDER/facts.json: documents read, kept, dropped by each filter.
Where HojiChar lacks a step, nothing stands in for it, and where it has a cheaper setting than its
default, that is taken: both favour HojiChar. Filters are called in this process, without the
pool of its command line, and a document that is rejected is seen by no later filter.
"""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fasttext
import zstandard
from hojichar import Compose, Document, Filter  # type: ignore[import-not-found]
from hojichar.filters import document_filters as filters  # type: ignore[import-not-found]
from hojichar.filters.deduplication import (  # type: ignore[import-not-found]
    GenerateDedupLSH,
    InlineDeduplicator,
)

MIN_CHARS = 120
"""As in chain.yaml."""


class FastTextScore(Filter):  # type: ignore[misc]
    """Reject texts of a low score: what users write, for HojiChar's own knows languages only."""

    def __init__(self, model: Path, min_score: float) -> None:
        super().__init__()
        self.model, self.min_score = fasttext.load_model(str(model)), min_score

    def apply(self, document: Document) -> Document:
        """Predict on the text as the model was trained: without white space."""
        text = "".join(document.text.split())
        labels, scores = self.model.predict([text], k=2)
        found = dict(zip(labels[0], scores[0].tolist(), strict=True))
        if found.get("__label__yes", 0.0) < self.min_score:
            document.is_rejected = True
        return document


def chain(model: Path) -> Compose:
    """HojiChar's filters, each with the step of llmx that it stands for."""
    return Compose(
        [
            filters.JSONLoader(),  # ingest
            filters.DocumentNormalizer(),  # normalize: unicode
            # dedup: exact and minhash. Same 14 bands of 8 (its default, 500 hashes, costs more);
            # no verification, no exact hash
            GenerateDedupLSH(num_bands=14, band_size=8),
            InlineDeduplicator(),
            filters.DocumentLengthFilter(min_doc_len=MIN_CHARS),  # filter: length
            filters.AcceptJapanese(),  # filter: language
            filters.DiscardTooManySpecialToken(),  # filter: characters
            filters.DiscardRareKuten(max_average_sentence_length=120),  # filter: sentences
            filters.DiscardTooManyEndingEllipsis(),  # filter: sentences
            filters.DiscardTooShortLines(),  # filter: lines
            # filter: repetition. One size of n-gram where llmx has nine; its word n-grams, which
            # tag every text by MeCab once more, are left out
            filters.CharRepetitionRatioFilter(),
            # filter: words. The same lists and limits; llmx spares words inside of longer ones
            filters.DiscardAdultContentJa(),
            filters.DiscardDiscriminationContentJa(),
            filters.DiscardViolenceContentJa(),
            filters.DiscardAds(),
            filters.MaskPersonalInformation(),  # pii: phone and e-mail; no cards, no My Number
            # decontaminate: HojiChar has none
            FastTextScore(model, min_score=0.1),  # filter: classifier, same model
            filters.DiscardTooManyNouns(),  # filter: morphology; nouns only, of the whole text
            filters.JSONDumper(),  # publish: the text only; no features, licences, cards, hashes
        ]
    )


def documents(paths: list[Path]) -> Iterator[Document]:
    """One document per line of every file."""
    for path in paths:
        with path.open("rb") as raw, zstandard.open(raw, "rb") as stream:
            for line in io.TextIOWrapper(stream, encoding="utf-8"):
                yield Document(line)


def main() -> None:
    """Run the chain over the files and tell what became of the documents."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("inputs", type=Path, nargs="+")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    compose = chain(options.model)
    with (options.out / "kept.jsonl").open("w", encoding="utf-8") as out:
        for document in compose.apply_stream(documents(options.inputs)):
            if not document.is_rejected:
                out.write(document.text + "\n")
    total, *steps = compose.get_total_statistics_map()
    facts = {
        "read": total["input_num"],
        "kept": total["input_num"] - total["discard_num"],
        "steps": [_facts(step) for step in steps],
    }
    (options.out / "facts.json").write_text(json.dumps(facts, indent=1))


def _facts(step: dict[str, Any]) -> dict[str, Any]:
    seconds = step["cumulative_time_ns"] / 1e9
    return {"name": step["name"], "dropped": step["discard_num"], "seconds": seconds}


if __name__ == "__main__":
    main()
