"""Small evaluation files in the shapes of the real ones; all items are ours."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

COMMONSENSE = [
    {"q_id": 10, "question": "空から降る水は?", "choice0": "雨", "choice1": "砂", "choice2": "火"}
    | {"choice3": "木", "choice4": "音", "label": 0},
    {"q_id": 11, "question": "字を書く道具は?", "choice0": "皿", "choice1": "靴", "choice2": "鉛筆"}
    | {"choice3": "鍋", "choice4": "傘", "label": 2},
    {"q_id": 12, "question": "夜に出る光は?", "choice0": "土", "choice1": "月", "choice2": "紙"}
    | {"choice3": "石", "choice4": "窓", "label": 1},
]
INFERENCE = [
    {"sentence_pair_id": "0", "sentence1": "犬が走る。", "sentence2": "動物が走る。"}
    | {"yjcaptions_id": "1-2", "label": "entailment"},
    {"sentence_pair_id": "1", "sentence1": "犬が走る。", "sentence2": "犬が寝る。"}
    | {"yjcaptions_id": "1-3", "label": "contradiction"},
    {"sentence_pair_id": "2", "sentence1": "犬が走る。", "sentence2": "犬は白い。"}
    | {"yjcaptions_id": "1-4", "label": "neutral"},
    {"sentence_pair_id": "3", "sentence1": "猫が鳴く。", "sentence2": "猫は黒い。"}
    | {"yjcaptions_id": "2-1", "label": "neutral"},
]
PASSAGES = {
    "data": [
        {
            "title": "湖",
            "paragraphs": [
                {
                    "context": "湖 [SEP] 湖は陸に囲まれた水である。",
                    "qas": [
                        {"id": "a0", "question": "湖を囲むのは?", "is_impossible": False}
                        | {"answers": [{"text": "陸", "answer_start": 8}] * 2},
                        {"id": "a1", "question": "湖は何?", "is_impossible": False}
                        | {"answers": [{"text": "水"}, {"text": "陸に囲まれた水"}]},
                    ],
                },
                {
                    "context": "題のない文章である。",
                    "qas": [
                        {"id": "b0", "question": "何がない?", "is_impossible": False}
                        | {"answers": [{"text": "題"}]},
                    ],
                },
            ],
        }
    ]
}
SUBJECTS = {
    "JMMLU/sums.csv": [
        ["1足す1は?", "1", "2 ", "3", "4", "B"],
        ["2足す2は?\n暗算で", "4", "2", "3", "1", "A"],
    ],
    "JMMLU/words.csv": [["「山」, の読みは?", "かわ", "うみ", "やま", "そら", "C"]],
    "JMMLU_NC_ND/japanese_idiom.csv": [["一石?", "一鳥", "二鳥", "三鳥", "四鳥", "B"]],
}
SUMS = [("りんごが3個と4個あります。全部で何個ですか?", "7"), ("千円を2人に配ると?", "2,000")]


def commonsense(folder: Path, records: Sequence[Any] = COMMONSENSE) -> Path:
    """JCommonsenseQA's shape, packed."""
    return _packed(folder / "jcommonsenseqa.json.gz", _lines(records))


def inference(folder: Path, records: Sequence[Any] = INFERENCE) -> Path:
    """JNLI's shape, not packed."""
    path = folder / "jnli.json"
    path.write_text(_lines(records), encoding="utf-8")
    return path


def passages(folder: Path, data: Any = PASSAGES) -> Path:
    """JSQuAD's shape, packed."""
    return _packed(folder / "jsquad.json.gz", json.dumps(data, ensure_ascii=False))


def subjects(folder: Path, files: dict[str, list[list[str]]] = SUBJECTS) -> Path:
    """JMMLU's shape: CSV files with a byte order mark and a licence in a packed archive."""
    import csv

    path = folder / "jmmlu.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        _add(archive, "JMMLU/LICENSE", "Attribution-ShareAlike 4.0")
        _add(archive, "JMMLU/._sums.csv", "\x00\x05")
        for name, rows in files.items():
            text = io.StringIO()
            csv.writer(text).writerows(rows)
            _add(archive, name, "\ufeff" + text.getvalue())
    return path


def sums(folder: Path, rows: Sequence[tuple[str, str]] = SUMS) -> Path:
    """MGSM's shape."""
    path = folder / "mgsm_ja.tsv"
    path.write_text("".join(f"{q}\t{a}\n" for q, a in rows), encoding="utf-8")
    return path


def _lines(records: Sequence[Any]) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def _packed(path: Path, text: str) -> Path:
    path.write_bytes(gzip.compress(text.encode()))
    return path


def _add(archive: tarfile.TarFile, name: str, text: str) -> None:
    facts = tarfile.TarInfo(name)
    facts.size = len(text.encode())
    archive.addfile(facts, io.BytesIO(text.encode()))
