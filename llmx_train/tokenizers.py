"""Tokenizers from a folder, a SentencePiece file or the hub, checked before they are used."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from llmx_data.core.errors import DataError, EnvironmentTrouble, MissingPackage, RecipeError
from llmx_train.pieces import UNIGRAM, read_pieces, tokenizer_of

FILES = [
    "tokenizer*",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template*",
    "vocab*",
    "merges.txt",
    "*.model",
    "config.json",
]
"""What of a hub repository a tokenizer is made of; a few MB, never weights."""

TRIAL = "日本語 abc 123"
"""A text that every tokenizer must cut into something."""


def load_tokenizer(
    source: str | Path, *, revision: str | None = None, trust_remote_code: bool = False
) -> Any:
    """Load a fast tokenizer from a folder, a SentencePiece `.model` file, or the hub by its id.

    A unigram SentencePiece model is read by llmx itself wherever no tokenizer.json lies beside it:
    transformers would make other tokens of it (`llmx_train/pieces.py`). Nothing of a model is run
    unless `trust_remote_code`. The network is asked only for a hub id that is not on disk.
    Errors: RecipeError for what is nowhere; EnvironmentTrouble for what cannot be fetched;
    DataError for a tokenizer that cuts nothing or has no fast side; MissingPackage.
    """
    path = Path(source).expanduser()
    if path.is_file():
        return _tried(tokenizer_of(path), source)
    if not path.is_dir():
        path = fetch(str(source), revision, [*FILES, *(["*.py"] if trust_remote_code else [])])
    models = sorted(path.glob("*.model"))
    if len(models) == 1 and not (path / "tokenizer.json").is_file():
        if read_pieces(models[0]).model_type == UNIGRAM:
            return _tried(tokenizer_of(models[0], path), source)
        _needs("google.protobuf", "protobuf")
    return _tried(_auto(path, source, trust_remote_code), source)


def _auto(path: Path, source: str | Path, trust_remote_code: bool) -> Any:
    _needs("transformers", "transformers")
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(
            path, trust_remote_code=trust_remote_code, local_files_only=True
        )
    except (OSError, ValueError, ImportError, KeyError) as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise DataError(
            f"{source}: no tokenizer can be read there ({first})\n    give a folder that holds "
            "tokenizer.json, or a SentencePiece .model file"
        ) from error


def _needs(module: str, package: str) -> None:
    from importlib.util import find_spec

    try:
        found = find_spec(module)
    except ModuleNotFoundError:
        found = None
    if found is None:
        raise MissingPackage(package, "train")


def _tried(tokenizer: Any, source: str | Path) -> Any:
    """Refuse a tokenizer that is empty or slow; both happen without a word."""
    if not tokenizer.encode(TRIAL, add_special_tokens=False):
        raise DataError(
            f"{source}: an empty tokenizer\n    give a folder that holds tokenizer.json"
        )
    if not tokenizer.is_fast:
        raise DataError(
            f"{source}: no fast tokenizer, so answers cannot be told from prompts"
            "\n    take a model that has a tokenizer.json"
        )
    return tokenizer


def fetch(name: str, revision: str | None, patterns: list[str]) -> Path:
    """Folder of a hub repository's files on this machine, fetched if they are not here yet.

    A revision that is on disk is not asked for again.
    Errors: RecipeError for an id or revision that the hub does not know; EnvironmentTrouble for
    files that are neither here nor to be had; MissingPackage.
    """
    _needs("huggingface_hub", "huggingface_hub")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError
    from huggingface_hub.utils._validators import validate_repo_id

    try:
        validate_repo_id(name)
    except HFValidationError as error:
        told = f"model '{name}': no such folder, and no hub id"
        raise RecipeError(f"{told}\n    mend model.base") from error
    if revision is not None:
        try:
            return _whole(snapshot_download(name, revision=revision, local_files_only=True))
        except (LocalEntryNotFoundError, FileNotFoundError):
            pass
    return _download(name, revision, patterns)


def _whole(folder: str) -> Path:
    """Give the snapshot, if a tokenizer is in it; weights may have come alone."""
    path = Path(folder)
    if not any((path / name).is_file() for name in ("tokenizer.json", "tokenizer_config.json")):
        raise FileNotFoundError(folder)
    return path


def _download(name: str, revision: str | None, patterns: list[str]) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    told = f"model '{name}'" + (f" at {revision}" if revision else "")
    try:
        return _whole(snapshot_download(name, revision=revision, allow_patterns=patterns))
    except GatedRepoError as error:
        problem = "the hub gives it only to those who accepted its terms"
        remedy = "accept them on its page, then run: hf auth login"
        raise EnvironmentTrouble(f"{told}: {problem}\n    {remedy}") from error
    except (RepositoryNotFoundError, RevisionNotFoundError) as error:
        remedy = "mend model.base and model.revision, or log in if it is private: hf auth login"
        raise RecipeError(f"{told}: the hub does not know it\n    {remedy}") from error
    except FileNotFoundError as error:
        problem = "its tokenizer is not on this machine and the hub cannot be reached"
        if not isinstance(error, LocalEntryNotFoundError):
            problem = "it holds no tokenizer"
        raise EnvironmentTrouble(f"{told}: {problem}{_remedy(name, revision)}") from error
    except (HfHubHTTPError, OSError) as error:
        problem = f"the hub cannot be reached ({type(error).__name__})"
        raise EnvironmentTrouble(f"{told}: {problem}{_remedy(name, revision)}") from error


def _remedy(name: str, revision: str | None) -> str:
    at = f" --revision {revision}" if revision else ""
    return (
        f"\n    where there is a network: hf download {name}{at}, then copy the cache folder; or "
        "give a folder as model.base; or model.base: tiny"
    )


def fingerprint(tokenizer: Any) -> str:
    """Hash all that decides about ids: vocabulary, merges, normalizer, special tokens; 64 hex.

    Two tokenizers with one fingerprint give the same ids for every text. 0.5 s for 100,000 entries.
    """
    facts = json.loads(tokenizer.backend_tokenizer.to_str())
    facts = {name: facts[name] for name in sorted(facts) if name not in ("padding", "truncation")}
    facts["special"] = {k: str(v) for k, v in sorted(tokenizer.special_tokens_map.items())}
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def check_vocabulary(tokenizer: Any, embeddings: int) -> int:
    """Check that every id has a row among `embeddings`; gives the number of spare rows.

    Spare rows are usual (models pad to a multiple of 64 or 128). Errors: DataError.
    """
    highest = max(tokenizer.get_vocab().values())
    if highest >= embeddings:
        raise DataError(
            f"{tokenizer.name_or_path}: token ids go up to {highest:,}, but the model has rows for "
            f"{embeddings:,}\n    take the tokenizer that came with the model"
        )
    return int(embeddings - highest - 1)
