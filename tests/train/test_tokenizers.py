"""Tokenizers: from folders, SentencePiece files and a hub that is not there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from llmx_data.core.errors import DataError, EnvironmentTrouble, MissingPackage, RecipeError
from llmx_train import tokenizers
from llmx_train.pieces import read_pieces, tokenizer_of
from llmx_train.tiny import make_tokenizer
from llmx_train.tokenizers import check_vocabulary, fetch, fingerprint, load_tokenizer
from tests.train import assembly
from tests.train.conftest import TOPICS, TURNS

LINES = [text.format(t, TOPICS[t]) for t in TOPICS for turn in TURNS for text in turn]
TEXTS = [
    *LINES,
    "",
    "東京は、日本の 首都です。",
    " 前と  後 ",
    "改行\n\n改行",
    "\tタブ",
    "😀👨‍👩‍👧‍👦 鰯",
    "ﾊﾞｯﾊ ㌔ ｱ",
    "\u3000全角\u3000",
    "abc, ABC 123",
]


@pytest.fixture(scope="module", params=["identity", "nmt_nfkc"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pieces") / f"{request.param}.model"
    lines = [line for text in LINES for line in text.splitlines() if line]
    path.write_bytes(assembly.train_pieces(lines, rule=request.param))
    return path


def encoder(path: Path) -> Any:
    import sentencepiece

    return sentencepiece.SentencePieceProcessor(model_file=str(path))


def test_a_sentencepiece_model_gives_its_own_ids(model: Path) -> None:
    tokenizer, sp = load_tokenizer(model), encoder(model)
    assert len(tokenizer) == sp.get_piece_size()
    for text in TEXTS:
        found = tokenizer.encode(text, add_special_tokens=False)
        assert found == sp.encode(text), text
    ids = [sp.bos_id(), sp.eos_id(), sp.unk_id(), sp.pad_id()]
    names = ("bos_token_id", "eos_token_id", "unk_token_id", "pad_token_id")
    assert [getattr(tokenizer, name) for name in names] == ids
    assert tokenizer("東京")["input_ids"][0] == sp.bos_id()
    assert tokenizer.encode("</s>", add_special_tokens=False) == [sp.eos_id()]


def test_texts_come_back(model: Path) -> None:
    tokenizer, sp = load_tokenizer(model), encoder(model)
    for text in TEXTS:
        ids = tokenizer.encode(text, add_special_tokens=False)
        assert tokenizer.decode(ids) == sp.decode(ids), text


def test_real_models_give_their_own_ids() -> None:
    models = sorted((assembly.DATA / "tokenizer").glob("*.model"))
    texts = [m["content"] for c in assembly.shared_conversations(400) for m in c]
    if not models or not texts:
        pytest.skip(f"no shared data in {assembly.DATA} (LLMX_SHARED_DATA)")
    for path in models:
        tokenizer, sp = load_tokenizer(path), encoder(path)
        wrong = [t for t in texts if tokenizer.encode(t, add_special_tokens=False) != sp.encode(t)]
        assert wrong == []
    assert len(models) == 2
    assert len(texts) >= 800


def test_a_folder_with_nothing_but_a_model_and_settings(model: Path, tmp_path: Path) -> None:
    shutil.copy(model, tmp_path / "spiece.model")
    settings = {
        "tokenizer_class": "LlamaTokenizer",
        "eos_token": {"content": "<pad>", "__type": "AddedToken"},
        "chat_template": "{{ messages }}",
    }
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(settings))
    tokenizer = load_tokenizer(tmp_path)
    assert (tokenizer.eos_token, tokenizer.chat_template) == ("<pad>", "{{ messages }}")
    assert tokenizer.encode("東京は", add_special_tokens=False) == encoder(model).encode("東京は")
    again = tmp_path / "again"
    tokenizer.save_pretrained(again)
    assert fingerprint(load_tokenizer(again)) == fingerprint(tokenizer)


def test_a_folder(tiny_model_dir: Path, tiny_tokenizer: Any) -> None:
    assert fingerprint(load_tokenizer(tiny_model_dir)) == fingerprint(tiny_tokenizer)
    assert fingerprint(load_tokenizer(str(tiny_model_dir))) == fingerprint(tiny_tokenizer)


def test_the_fingerprint_sees_what_decides_about_ids(tiny_tokenizer: Any) -> None:
    from tokenizers import normalizers

    first, second = make_tokenizer(LINES), make_tokenizer(LINES)
    assert fingerprint(first) == fingerprint(second)
    second(["東京", "東京は"], padding=True, truncation=True, max_length=3)
    assert fingerprint(first) == fingerprint(second)
    seen = {fingerprint(first)}
    second.backend_tokenizer.normalizer = normalizers.NFKC()
    seen.add(fingerprint(second))
    first.eos_token = "<pad>"
    seen.add(fingerprint(first))
    first.add_tokens(["東京都"])
    seen.add(fingerprint(first))
    assert len(seen) == 4


BROKEN = [b"", b"no model at all", b"\x0a\x05\x0a\x03abc\x0a", b"\xff" * 40]


@pytest.mark.parametrize("data", BROKEN)
def test_a_file_that_is_no_model(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.model"
    path.write_bytes(data)
    with pytest.raises(DataError, match="SentencePiece model"):
        load_tokenizer(path)


def test_a_model_of_another_kind_is_told(tmp_path: Path) -> None:
    path = tmp_path / "bpe.model"
    path.write_bytes(assembly.train_pieces(LINES[:1] * 9, 300, kind="bpe"))
    assert read_pieces(path).model_type == 2
    with pytest.raises(DataError, match="not a unigram model"):
        tokenizer_of(path)


def test_a_model_of_another_kind_needs_protobuf(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tokenizer.model").write_bytes(
        assembly.train_pieces(LINES[:1] * 9, 300, kind="bpe")
    )
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingPackage, match=r"'protobuf' is not installed\n.*llmx-ja\[train\]"):
        load_tokenizer(tmp_path)


def test_a_folder_without_a_tokenizer(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    with pytest.raises(DataError):
        load_tokenizer(tmp_path)


def test_an_empty_tokenizer_is_refused(tmp_path: Path) -> None:
    from transformers import LlamaTokenizer

    LlamaTokenizer().save_pretrained(tmp_path)
    with pytest.raises(DataError, match="an empty tokenizer"):
        load_tokenizer(tmp_path)


@pytest.fixture
def no_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Give a cache with nothing in it."""
    import huggingface_hub.constants as constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub._snapshot_download.constants.HF_HUB_CACHE", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("revision", [None, "0" * 40])
def test_what_is_not_here_and_cannot_be_fetched(revision: str | None, no_hub: Path) -> None:
    with pytest.raises(EnvironmentTrouble, match="hub cannot be reached") as caught:
        load_tokenizer("llm-jp/llm-jp-3-1.8b", revision=revision)
    told = str(caught.value)
    assert caught.value.exit_code == 6
    assert "model 'llm-jp/llm-jp-3-1.8b'" in told
    assert (
        f"hf download llm-jp/llm-jp-3-1.8b{f' --revision {revision}' if revision else ''}" in told
    )


@pytest.mark.parametrize("name", ["../models/none", "a/b/c", "/nowhere/at/all", "東京"])
def test_what_is_no_folder_and_no_hub_id(name: str) -> None:
    with pytest.raises(RecipeError, match="no such folder, and no hub id"):
        load_tokenizer(name)


def test_a_cached_revision_is_read_without_asking(
    tiny_model_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = "1" * 40
    folder = tmp_path / "models--some--model"
    shutil.copytree(tiny_model_dir, folder / "snapshots" / commit)
    asked: list[dict[str, Any]] = []
    import huggingface_hub

    real = huggingface_hub.snapshot_download

    def spied(name: str, **more: Any) -> str:
        asked.append(more)
        return str(real(name, cache_dir=tmp_path, **more))

    monkeypatch.setattr(huggingface_hub, "snapshot_download", spied)
    assert fetch("some/model", commit, tokenizers.FILES) == folder / "snapshots" / commit
    assert [more.get("local_files_only") for more in asked] == [True]
    assert len(load_tokenizer("some/model", revision=commit)) > 256


@pytest.mark.parametrize(("spare", "fits"), [(0, True), (57, True), (-1, False)])
def test_every_id_needs_a_row(spare: int, fits: bool, tiny_tokenizer: Any) -> None:
    rows = len(tiny_tokenizer) + spare
    if fits:
        assert check_vocabulary(tiny_tokenizer, rows) == spare
    else:
        with pytest.raises(DataError, match="token ids go up to"):
            check_vocabulary(tiny_tokenizer, rows)
