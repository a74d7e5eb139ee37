"""Real files with their own forms: every record is read, and the counts are the data's own."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.ingest.help import run

BESIDE = Path(__file__).resolve().parents[2].parent / "shared/data"
DATA = Path(os.environ.get("LLMX_SHARED_DATA", BESIDE))

pytestmark = pytest.mark.skipif(
    not (DATA / "MANIFEST.json").is_file(), reason=f"no shared data in {DATA} (LLMX_SHARED_DATA)"
)

SPEAKERS: dict[str, Any] = {"form": "utterances", "key": "id"}
FILES: list[tuple[str, dict[str, Any], int]] = [
    ("documents/aozora_pd.jsonl.zst", {"key": "id"}, 639),
    ("documents/docs_react_ja.jsonl.zst", {"key": "id"}, 159),
    ("documents/docs_vue_ja.jsonl.zst", {"key": "id"}, 105),
    ("documents/jaquad_contexts_train.jsonl.zst", {"key": "id"}, 9713),
    ("documents/law_2013.jsonl.zst", {"key": "id"}, 458),
    ("documents/wikinews_ja.jsonl.zst", {"key": "id"}, 2410),
    ("documents/wikipedia_kyoto.jsonl.zst", {"key": "id"}, 6378),
    ("documents/ita_recitation_transcript.txt", {}, 324),
    ("documents/ntrex_newstest2019_jpn.txt.gz", {}, 1997),
    ("documents/rohan4600_transcript.txt.gz", {}, 4600),
    ("dialogue/asdc_main_scud.jsonl.zst", {}, 3578),
    ("dialogue/open2ch_dev.jsonl.zst", SPEAKERS, 2000),
    ("dialogue/real_persona_chat_1500.jsonl.zst", SPEAKERS, 1500),
    ("instruction/alpaca_seed_tasks_jp.jsonl", {"form": "alpaca", "key": "id"}, 175),
    (
        "instruction/databricks-dolly-15k-ja.part.jsonl.zst",
        {"form": "alpaca", "key": "source_path"},
        12059,
    ),
    (
        "instruction/lawqa_jp_selection.json",
        {
            "form": "alpaca",
            "records_at": "samples",
            "key": "ファイル名",
            "columns": {"instruction": "問題文", "input": "選択肢"},
        },
        140,
    ),
    ("instruction/megagonlabs_instruction_ja.jsonl", SPEAKERS, 669),
    (
        "eval/elyza_tasks_100.jsonl",
        {"form": "elyza", "columns": {"instruction": "input_text", "output": "output_text"}},
        100,
    ),
    (
        "eval/jglue_jcommonsenseqa_valid-v1.3.json.gz",
        {"form": "elyza", "columns": {"instruction": "question", "output": "choice0"}},
        1119,
    ),
    ("eval/mgsm_ja.tsv", {"format": "txt"}, 250),
    ("toxicity/japanese_toxic_dataset_subset.csv", {}, 437),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "options", "count"), FILES, ids=[name for name, _, _ in FILES])
def test_every_record_is_read(
    tmp_path: Path, name: str, options: dict[str, Any], count: int
) -> None:
    found = run(tmp_path, path=str(DATA / name), **options)
    assert found.records.height == count
    assert found.bad == {}
    assert found.records["id"].n_unique() == count
    assert found.records["text"].str.len_chars().min() > 0  # type: ignore[operator]
    listed = json.loads((DATA / "MANIFEST.json").read_text(encoding="utf-8"))
    told = {entry["file"]: entry["records"] for entry in listed}
    assert told[name] in (count, 1), "one file of several records counts as 1"


def test_form_matters(tmp_path: Path) -> None:
    found = run(
        tmp_path, path=str(DATA / "instruction/megagonlabs_instruction_ja.jsonl"), **SPEAKERS
    ).records
    roles = {turn["role"] for turns in found["messages"].to_list() for turn in turns}
    assert roles == {"user", "assistant"}
    assert found["kind"].unique().to_list() == ["conversation"]
