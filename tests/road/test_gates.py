"""The first gate: what may not be published is refused, left out or split off, and named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from llmx_data.core.errors import LicenseDenied, ReviewNeeded
from tests.road.help import drops, go, published, write_recipe, write_rows

COMMERCIAL = {"act": ["redistribute_derived", "commercial_service"]}

CASES: list[tuple[str, str | None, Any, type[Exception] | None]] = [
    ("noncommercial data for a commercial service", "CC-BY-NC-4.0", COMMERCIAL, LicenseDenied),
    ("no licence given", None, "publish-data", LicenseDenied),
    ("attribution", "CC-BY-4.0", COMMERCIAL, None),
    ("public domain", "CC0-1.0", COMMERCIAL, None),
    ("a licence of the database layer only", "odc-by", "publish-data", LicenseDenied),
]


def recipe(folder: Path, licenses: dict[str, str | None], **parts: Any) -> Path:
    sources = []
    for name, license in licenses.items():
        source = write_rows(folder / f"{name}.jsonl", [f"{name}の文章その{n}。" for n in range(5)])
        sources.append({k: v for k, v in (source | {"license": license}).items() if v is not None})
    return write_recipe(folder, sources=sources, **parts)


@pytest.mark.parametrize(
    ("license", "purpose", "error"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_stop(
    tmp_path: Path, license: str | None, purpose: Any, error: type[Exception] | None
) -> None:
    path = recipe(tmp_path, {"some": license, "free": "CC0-1.0"}, purpose=purpose)
    if error is None:
        assert go(path, tmp_path / "run")["verdict"]["result"] in ("ALLOW", "ALLOW_WITH")
        return
    with pytest.raises((error, ReviewNeeded)) as caught:
        go(path, tmp_path / "run")
    message = str(caught.value)
    assert "some" in message
    assert "[rule " in message  # the licence and the section that decide
    assert "free" not in message.partition("leave sources out")[0].replace("free to", "")
    assert not (tmp_path / "run" / "dataset").exists()
    assert (tmp_path / "run" / "audit" / "AUDIT.md").is_file()


MAILS = ["お問い合わせは info@example.jp まで。", "連絡先はありません。"]


@pytest.mark.parametrize(
    ("license", "mask", "records"),
    [("CC-BY-ND-4.0", False, 2), ("CC-BY-ND-4.0", True, 1), ("CC-BY-4.0", True, 2)],
)
def test_a_masked_text_is_an_adaptation(
    tmp_path: Path, license: str, mask: bool, records: int
) -> None:
    """No derivatives: a text goes out as it is, or not at all."""
    source = write_rows(tmp_path / "mails.jsonl", MAILS) | {"license": license}
    steps = [{"pii": {"mode": "mask"}}] if mask else []
    path = write_recipe(tmp_path, sources=[source], steps=steps, on_denied="drop")
    assert go(path, tmp_path / "run")["kept"]["records"] == records
    frame = pl.read_parquet(tmp_path / "run" / "dataset" / "document" / "*.parquet")
    masked = frame["text"].str.contains("〈メールアドレス〉")
    assert (frame["adaptation"] == "normalized").to_list() == masked.to_list()
    assert masked.any() == (mask and license == "CC-BY-4.0")


def test_drop_leaves_them_out_and_says_so(tmp_path: Path) -> None:
    path = recipe(tmp_path, {"nc": "CC-BY-NC-4.0", "none": None, "free": "CC0-1.0"},
                  purpose=COMMERCIAL, on_denied="drop")  # fmt: skip
    summary = go(path, tmp_path / "run")
    assert summary["kept"]["records"] == 5
    assert set(published(tmp_path / "run")["source"]) == {"free"}
    gone = drops(tmp_path / "run")
    assert dict(gone.group_by("source").len().iter_rows()) == {"nc": 5, "none": 5}
    assert set(gone["reason"]) <= {"licence_denied", "licence_review"}
    assert {license for also in gone["also"] for license in also} == {
        "CC-BY-NC-4.0", "LicenseRef-llmx-unknown"}  # fmt: skip


def test_split_publishes_one_config_per_licence(tmp_path: Path) -> None:
    licenses = {"nc": "CC-BY-NC-4.0", "sa": "CC-BY-SA-4.0", "free": "CC0-1.0", "none": None}
    path = recipe(tmp_path, licenses, on_denied="split")
    summary = go(path, tmp_path / "run")
    assert set(summary["configs"]) == {
        "document-cc-by-nc-4.0", "document-cc-by-sa-4.0", "document-cc0-1.0"}  # fmt: skip
    for config in summary["configs"]:
        frame = pl.read_parquet(tmp_path / "run" / "dataset" / config / "*.parquet")
        assert frame["license"].n_unique() == 1


def test_a_waived_run_is_not_left_over(tmp_path: Path) -> None:
    """A data set published before stays as it was when the next run is refused."""
    path = recipe(tmp_path, {"some": "CC0-1.0"})
    go(path, tmp_path / "run")
    before = (tmp_path / "run" / "manifest.json").read_bytes()
    path = recipe(tmp_path, {"some": None})
    with pytest.raises((LicenseDenied, ReviewNeeded)):
        go(path, tmp_path / "run")
    assert (tmp_path / "run" / "manifest.json").read_bytes() == before
    assert set(published(tmp_path / "run")["license"]) == {"CC0-1.0"}


def test_attribution_names_every_source_and_author(tmp_path: Path) -> None:
    rows = [{"text": f"文章{n}です。", "writer": f"著者{n}"} for n in range(3)]
    (tmp_path / "s.jsonl").write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in rows))
    source = {"use": "files", "path": "s.jsonl", "name": "essays", "license": "CC-BY-4.0",
              "columns": {"attribution": "writer"}, "title": "随筆集", "home": "https://example.jp/e"}  # fmt: skip
    other = write_rows(tmp_path / "free.jsonl", ["自由な文章。"])
    go(write_recipe(tmp_path, sources=[source, other]), tmp_path / "run")
    page = (tmp_path / "run/dataset/ATTRIBUTION.md").read_text()
    for words in ("随筆集", "https://example.jp/e", "CC-BY-4.0", "著者0", "著者1", "著者2", "free"):
        assert words in page
    assert (tmp_path / "run/dataset/LICENSES/CC-BY-4.0.txt").stat().st_size > 10_000
