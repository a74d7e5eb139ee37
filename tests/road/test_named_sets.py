"""Generated pairs against a data set of the catalogue: what it has already does not come again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.road.help import digests, drops, go, published, write_recipe

DOLLY = "databricks-dolly-15k-ja"
ASKED = (
    "{}月に京都で開かれる祭りの名前と、その起こりについて、初めて訪れる人に向けて説明してください。"
)
ANSWER = (
    "{}月の祭りは町の人々が古くから守ってきたもので、疫病を鎮めるために始められたと伝えられる。"
    "通りには提灯が並び、夕方になると囃子が聞こえて、遠くから訪れた人も踊りの輪に加わることができる。"
)


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8")


def test_by_the_card_of_the_catalogue_whatever_the_workers(tmp_path: Path) -> None:
    known = [
        {"index": str(n), "instruction": ASKED.format(n), "input": "", "output": ANSWER.format(n), "category": "qa"}
        for n in (1, 2)
    ]  # fmt: skip
    write(tmp_path / "dolly.jsonl", known)
    pairs = {"again": (1, 1, "！"), "other answer": (2, 0, ""), "new": (0, 0, "")}
    rows = [
        {
            "k": k,
            "instruction": ASKED.format(a) if a else "次の数を小さい順に並べてください。3、1、2",
            "output": ANSWER.format(b) + end if b else f"答えは{k}のとおりです。" * 3,
        }
        for k, (a, b, end) in pairs.items()
    ]
    write(tmp_path / "made.jsonl", rows)
    source = {
        "use": "files",
        "path": "made.jsonl",
        "form": "alpaca",
        "key": "k",
        "license": "CC0-1.0",
    }
    against = [{"name": DOLLY, "path": "dolly.jsonl"}]
    steps = [{"dedup": ["exact", {"use": "minhash", "against": against}]}]
    recipe = write_recipe(tmp_path, sources=[source], steps=steps)
    for workers in (1, 2):
        go(recipe, tmp_path / str(workers), workers=workers)
    (row,) = drops(tmp_path / "1").to_dicts()
    assert row["reason"] == "near_duplicate_of_named"
    assert row["kept_id"] == f"{DOLLY}#1"
    assert set(published(tmp_path / "1")["source_key"]) == {"other answer", "new"}
    audit = json.loads((tmp_path / "1" / "audit" / "audit.json").read_text("utf-8"))
    assert DOLLY not in json.dumps(audit)
    for part in ("dataset", "drops", "audit"):
        assert digests(tmp_path / "1" / part) == digests(tmp_path / "2" / part)
