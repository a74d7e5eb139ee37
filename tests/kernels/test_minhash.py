"""MinHash equals its slow twin bit for bit, estimates as theory says, and finds what it should."""

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from datasketch import MinHash

from llmx_data.kernels.jaccard import verify
from llmx_data.kernels.minhash import (
    EMPTY,
    NO_KEY,
    band_keys,
    estimate,
    lanes,
    signatures,
    text_band_keys,
    text_signatures,
)
from llmx_data.kernels.pairs import candidate_pairs, pack
from llmx_data.kernels.shingles import Shingles, char_shingles, shingle_hashes
from llmx_data.kernels.text import Codepoints, Texts

TEXTS = [
    "東京都では昨日、新しい図書館が開館した。",
    "",
    "はい",
    "😀😀😀😀😀😀",
    "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。" * 20,
    "The quick brown fox jumps over the lazy dog. The end",
    "あいうえお",
]
STEP = 0x9E3779B97F4A7C15


def mix(x: int) -> int:
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        x = (x ^ x >> 33) * factor % 2**64
    return x ^ x >> 33


def slow_signature(hashes: list[int], count: int, seed: int) -> list[int]:
    drawn = [mix((k * STEP + seed) % 2**64) for k in range(1, count + 1)]
    return [
        min(((h >> 32 ^ d % 2**32) * (d >> 32 | 1) % 2**32 for h in hashes), default=2**32 - 1)
        for d in drawn
    ]


def slow_keys(signature: list[int], rows: int) -> list[int]:
    if set(signature) == {2**32 - 1}:
        return [0] * (len(signature) // rows)
    keys = []
    for band in range(len(signature) // rows):
        key = (band + 1) * STEP % 2**64
        for lane in signature[band * rows : (band + 1) * rows]:
            key = mix((key + lane) % 2**64)
        keys.append(max(key, 1))
    return keys


def texts_of(*texts: str) -> Texts:
    return Texts(pl.Series(texts, dtype=pl.String))


def lists(shingles: Shingles) -> list[list[int]]:
    bounds = shingles.offsets.tolist()
    return [shingles.hashes[i:j].tolist() for i, j in pairwise(bounds)]


@pytest.mark.parametrize(("bands", "rows", "seed"), [(14, 8, 1), (2, 3, 7), (1, 1, 0), (5, 4, -1)])
def test_signatures_and_keys_equal_the_slow_twin(bands: int, rows: int, seed: int) -> None:
    shingles = shingle_hashes(texts_of(*TEXTS))
    signed = signatures(shingles, bands=bands, rows=rows, seed=seed)
    slow = [slow_signature(hashes, bands * rows, seed) for hashes in lists(shingles)]
    assert signed.tolist() == slow
    assert band_keys(signed, bands=bands, rows=rows).tolist() == [slow_keys(s, rows) for s in slow]


@pytest.mark.parametrize("n", [1, 3, 5])
@pytest.mark.parametrize("unit", ["auto", "chars", "words"])
def test_fused_path_equals_the_two_steps(n: int, unit) -> None:
    texts = texts_of(*TEXTS, *[TEXTS[4][:k] for k in range(250, 270)])
    two_steps = signatures(shingle_hashes(texts, n=n, unit=unit))
    assert (text_signatures(texts, n=n, unit=unit) == two_steps).all()
    assert (text_band_keys(texts, n=n, unit=unit) == band_keys(two_steps)).all()


def test_text_without_shingles_has_no_key() -> None:
    keys = text_band_keys(texts_of("", "はい", "あいうえお"))
    assert (keys == NO_KEY).all(axis=1).tolist() == [True, True, False]
    assert not (keys[2] == NO_KEY).any()


def test_equal_rows_in_different_bands_give_different_keys() -> None:
    keys = band_keys(np.full((1, 112), 5, dtype=np.uint32))
    assert len(set(keys[0].tolist())) == 14


def test_order_of_rows_matters() -> None:
    rows = np.array([[1, 2], [2, 1]], dtype=np.uint32)
    one, other = band_keys(rows, bands=1, rows=2)[:, 0]
    assert one != other


def test_repeats_and_order_of_shingles_do_not_matter() -> None:
    hashes = np.array([3, 1, 2, 1, 2, 3, 3], dtype=np.uint64) << np.uint64(40)
    signed = signatures(Shingles(hashes, np.array([0, 3, 7])))
    assert (signed[0] == signed[1]).all()


def test_seed_draws_other_lanes_and_multipliers_are_odd() -> None:
    one, other = lanes(14, 8, seed=1), lanes(14, 8, seed=2)
    assert not (one[0] == other[0]).any()
    assert (one[1] % 2 == 1).all()
    assert len(set(one[1].tolist())) == 112


@pytest.mark.parametrize(("bands", "rows"), [(0, 8), (14, 0)])
def test_no_band_or_row_is_an_error(bands: int, rows: int) -> None:
    with pytest.raises(ValueError, match=f"not {bands} x {rows}"):
        text_signatures(texts_of("あ"), bands=bands, rows=rows)


def test_signatures_of_another_shape_are_an_error() -> None:
    with pytest.raises(ValueError, match="112 lanes, not 16 x 8"):
        band_keys(np.zeros((1, 112), dtype=np.uint32), bands=16)


def edited_pairs(count: int, *, length: int, lowest: float, seed: int) -> Codepoints:
    """Texts 2i and 2i + 1 are a pseudo-Japanese text and an edited copy, J from `lowest` to 1.

    A share r of the characters is replaced: (1 - r)**5 = s of the shingles live, J = s / (2 - s).
    """
    rng = np.random.default_rng(seed)

    def characters() -> np.ndarray:
        common = (rng.random((count, length)) ** 3 * 2000).astype(np.uint32)
        return np.where(common < 80, common + 0x3041, common + 0x4E00).astype(np.uint32)

    target = rng.uniform(lowest, 1, count)
    rate = 1 - (2 * target / (1 + target)) ** 0.2
    first, other = characters(), characters()
    second = np.where(rng.random((count, length)) < rate[:, None], other, first)
    points = np.stack([first, second], axis=1).reshape(-1)
    return Codepoints(points, np.arange(2 * count + 1, dtype=np.int64) * length)


@pytest.mark.parametrize("length", [60, 400])
@pytest.mark.parametrize("seed", [1, 2])
def test_error_of_the_estimate_is_that_of_theory(length: int, seed: int) -> None:
    """Correlated lanes (a 64-bit sum behind a 32-bit product) have a fair mean but RMSE .26."""
    shingles = char_shingles(edited_pairs(4000, length=length, lowest=0.1, seed=seed))
    a = np.arange(0, 8000, 2)
    true, _ = verify(shingles, a, a + 1)
    error = estimate(signatures(shingles, seed=seed), a, a + 1) - true
    theory = np.sqrt((true * (1 - true)).mean() / 112)
    assert np.sqrt((error**2).mean()) == pytest.approx(theory, rel=0.1)
    assert abs(error.mean()) < 4 * theory / np.sqrt(len(a))


def test_estimates_agree_with_datasketch() -> None:
    shingles = char_shingles(edited_pairs(150, length=300, lowest=0.1, seed=3))
    a = np.arange(0, 300, 2)
    true, _ = verify(shingles, a, a + 1)
    sketches = []
    for hashes in lists(shingles):
        sketch = MinHash(num_perm=112, hashfunc=lambda number: number & 0xFFFFFFFF)
        sketch.update_batch(hashes)
        sketches.append(sketch)
    theirs = np.array([sketches[i].jaccard(sketches[i + 1]) for i in a])
    ours = estimate(signatures(shingles), a, a + 1)
    width = np.sqrt(true * (1 - true) / 112)
    assert (np.abs(ours - true) <= 4.5 * width).all()
    assert (np.abs(theirs - true) <= 4.5 * width).all()
    assert (np.abs(ours - theirs) <= 4.5 * np.sqrt(2) * width).all()


def test_estimate_is_zero_without_shingles() -> None:
    signed = np.full((2, 112), EMPTY, dtype=np.uint32)
    assert estimate(signed, np.array([0]), np.array([1])).tolist() == [0.0]


@pytest.mark.slow
def test_candidates_are_found_as_often_as_the_bands_promise() -> None:
    count = 34_000
    shingles = char_shingles(edited_pairs(count, length=300, lowest=0.42, seed=5))
    a = np.arange(0, 2 * count, 2)
    true, _ = verify(shingles, a, a + 1)
    one, other = candidate_pairs(band_keys(signatures(shingles)))
    found = np.isin(pack(a, a + 1), pack(one, other))
    for low in (0.5, 0.6, 0.7, 0.8, 0.9):
        here = (true >= low) & (true <= low + 0.1)
        promised = (1 - (1 - true[here] ** 8) ** 14).mean()
        standard_error = np.sqrt(promised * (1 - promised) / here.sum())
        assert here.sum() >= 5000
        assert abs(found[here].mean() - promised) <= max(0.02, 3 * standard_error), low
