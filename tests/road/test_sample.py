"""The bundled sample: every planted fault is found, every planted good text stays."""

from __future__ import annotations

from pathlib import Path

import datasets
import polars as pl
import pytest

from llmx_data.core.run import open_run
from llmx_data.verify import verify
from llmx_data.why import story, story_page
from tests.road.help import SAMPLE, drops, go, published

EXACT = {
    "cc_news": "0006=0005 0023=0011 0060=0059 0069=0068 0081=0080 0111=0109",
    "web": "0030=0005 0039=0035 0068=0007",
    "tengentoppa": "83=46 116=63 120=102 124=75",
}
NEAR = {
    "cc_news": "0002=0001 0030=0012 0040=0039 0057=0049 0086=0075 0088=0087 0115=0114 0138=0136",
    "web": "0034=0021 0058=0049 0064=0027 0065=0055",
    "tengentoppa": "13=5 115=22 119=47 128=20",
}
DIFFERENT = {
    "cc_news": "0021=0131 0066=0120",
    "tengentoppa": "48=7 62=24 92=67",
}
"""Pairs that look alike: two events by one template, two answers to one prompt."""

DROPPED = {
    "too_short": ("cc_news", "0017 0050 0083 0137"),
    "few_japanese": ("cc_news", "0053 0093 0121"),
    "chinese": ("cc_news", "0062 0127"),
    "low_hiragana": ("cc_news", "0032 0108"),
    "contaminated": ("web", "0038"),
    "refusal": ("tengentoppa", "9 12"),
    "self_claim": ("tengentoppa", "100 121"),
    "placeholder": ("tengentoppa", "82 123"),
    "duplicate_sentences": ("tengentoppa", "118 129"),
}
KEPT = {
    "cc_news": "0048 0078 0100 0104",  # half-width kana, control characters, very long, ，．
    "web": "0003 0012 0036 0042 0066",  # entities, ruby
    "tengentoppa": "4 28 30 31 38 42 44 50 73 86 90 113 117",  # short and right
}


def key(source: str, number: str) -> str:
    heads = {"cc_news": "ccn-2024-", "web": "llmx-web-", "tengentoppa": "tengentoppa_sample.json#"}
    return heads[source] + number


@pytest.fixture(scope="module")
def fates(sample_run: Path) -> dict[tuple[str, str], str | None]:
    """Reason by source and key; None for what was published."""
    kept = published(sample_run)
    found: dict[tuple[str, str], str | None] = {
        (source.removeprefix("sample_"), key): None
        for source, key in kept.select("source", "source_key").iter_rows()
    }
    shards = [Path(shard["path"]) for shard in open_run(sample_run)[1]["shards"]]
    records = pl.concat(
        [pl.read_parquet(p, columns=["id", "source", "source_key"]) for p in shards]
    )
    gone = records.join(drops(sample_run).select("id", "reason"), on="id")
    for source, name, reason in gone.select("source", "source_key", "reason").iter_rows():
        found[source.removeprefix("sample_"), name] = reason
    return found


def pairs(table: dict[str, str]) -> list[tuple[str, str, str]]:
    return [
        (source, key(source, a), key(source, b))
        for source, text in table.items()
        for a, b in (pair.split("=") for pair in text.split())
    ]


@pytest.mark.parametrize(("source", "a", "b"), pairs(EXACT) + pairs(NEAR))
def test_one_of_two_duplicates_goes(
    fates: dict[tuple[str, str], str], source: str, a: str, b: str
) -> None:
    reasons = [fates[source, a], fates[source, b]]
    exact = (source, a, b) in pairs(EXACT)
    assert reasons.count("exact_duplicate" if exact else "near_duplicate") == 1


@pytest.mark.parametrize(("source", "a", "b"), pairs(DIFFERENT))
def test_templates_and_second_answers_stay(
    fates: dict[tuple[str, str], str], source: str, a: str, b: str
) -> None:
    assert fates[source, a] is None
    assert fates[source, b] is None


@pytest.mark.parametrize("reason", DROPPED)
def test_faults_are_named(fates: dict[tuple[str, str], str], reason: str) -> None:
    source, numbers = DROPPED[reason]
    found = {fates[source, key(source, n)] for n in numbers.split()}
    assert found <= {reason, "simplified_chinese"} if reason == "chinese" else found == {reason}


@pytest.mark.parametrize("source", KEPT)
def test_good_texts_stay(fates: dict[tuple[str, str], str], source: str) -> None:
    assert {fates[source, key(source, n)] for n in KEPT[source].split()} == {None}


def test_unreadable_rows_and_the_unlicensed_file_are_left_out(sample_run: Path) -> None:
    gone = drops(sample_run)
    assert gone.filter(pl.col("reason") == "unreadable")["id"].null_count() == 4
    denied = gone.filter(pl.col("step") == "audit")
    assert set(denied["source"]) == {"sample_unlicensed"}
    assert set(published(sample_run)["license"]) == {"CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0"}


def test_personal_data_is_published_masked_only(sample_run: Path) -> None:
    texts = published(sample_run)["text"]
    assert texts.str.contains("〈メールアドレス〉").any()
    assert not texts.str.contains(r"[a-z]+@example\.").any()
    masked = published(sample_run).filter(pl.col("text").str.contains("〈電話番号〉"))
    told = story(sample_run, masked["id"][0])
    assert {edit["what"] for edit in told["edits"]} >= {"phone"}
    assert "〈電話番号〉" not in told["record"]["text"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("config", [None, "document", "instruction"])
def test_the_hub_library_loads_it(
    sample_run: Path, config: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datasets.config, "HF_DATASETS_OFFLINE", True)
    cache = str(tmp_path / "cache")
    loaded = datasets.load_dataset(str(sample_run / "dataset"), config, cache_dir=cache)["train"]
    kinds = published(sample_run)["kind"]
    wanted = config or "instruction"  # the larger config is the default
    assert len(loaded) == (kinds == wanted).sum()
    assert loaded[0]["license"]


def test_verify_and_why_agree_with_the_run(sample_run: Path) -> None:
    assert "records hold" in verify(sample_run)
    row = drops(sample_run).filter(pl.col("reason") == "near_duplicate").row(0, named=True)
    page = story_page(sample_run, row["id"][:12])
    assert f"near_duplicate ({row['value']:.4g}, threshold 0.8); {row['kept_id']} stays" in page


def test_nothing_to_do_the_second_time(sample_run: Path) -> None:
    before = (sample_run / "manifest.json").stat().st_mtime_ns
    assert go(SAMPLE, sample_run)["changed"] is False
    assert (sample_run / "manifest.json").stat().st_mtime_ns == before
