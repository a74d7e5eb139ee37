"""Talk to the hub through `datasets`: resolve commits, find cached copies, stream rows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llmx_data.core.errors import DataError, EnvironmentTrouble, RecipeError


@dataclass(frozen=True)
class Copy:
    """Where rows come from: a hub id or a local folder, and the commit ("" for a plain folder)."""

    path: str
    commit: str


def _quiet() -> None:
    """No telemetry and no download counts; read by the packages when they are first imported."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("HF_UPDATE_DOWNLOAD_COUNTS", "0")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")


def offline() -> bool:
    """Whether the user forbade the network with HF_HUB_OFFLINE=1."""
    _quiet()
    from huggingface_hub import constants

    return bool(constants.HF_HUB_OFFLINE)


def find_copy(name: str, revision: str) -> Copy:
    """Find the commit that a revision stands for now, and where its rows come from.

    Online the hub is asked; offline the hub cache must hold the revision's files (`hf download
    --repo-type dataset NAME --revision COMMIT` puts them there; a commit may be cut to 7 digits).
    Errors: DataError for an unknown id or revision; EnvironmentTrouble if neither is to be had.
    """
    if offline():
        return _cached(name, revision)
    from huggingface_hub import HfApi

    with _hub_errors(name):
        return Copy(name, str(HfApi().dataset_info(name, revision=revision).sha))


def _cached(name: str, revision: str) -> Copy:
    """Folder of the hub cache. Streaming leaves one with nothing but a README: that is no copy."""
    from huggingface_hub import constants

    root = Path(constants.HF_HUB_CACHE) / f"datasets--{name.replace('/', '--')}"
    ref = root / "refs" / revision
    wanted = ref.read_text().strip() if ref.is_file() else revision
    for folder in sorted((root / "snapshots").glob("*")):
        same = folder.name.startswith(wanted) and len(wanted) >= 7
        files = (p for p in folder.rglob("*") if p.is_file())
        if same and any(not p.name.startswith((".", "README")) for p in files):
            return Copy(str(folder), folder.name)
    raise EnvironmentTrouble(
        f"{name}: revision {revision} is not in the cache and HF_HUB_OFFLINE is set\n    fetch it "
        f"where there is a network: hf download --repo-type dataset {name} --revision {revision}"
    )


def stream(copy: Copy, config: str | None, split: str) -> Iterator[dict[str, Any]]:
    """Rows of a split in order, as Python values; memory is one batch.

    Errors: EnvironmentTrouble if another commit is delivered: where the hub does not answer,
    `datasets` takes whatever copy it prepared last. DataError if rows are missing.
    """
    _quiet()
    from datasets import load_dataset_builder

    local = Path(copy.path).is_dir()
    with _hub_errors(copy.path):
        revision = None if local else copy.commit
        builder = load_dataset_builder(copy.path, config, revision=revision)
        if not local and builder.hash != copy.commit:
            raise EnvironmentTrouble(
                f"{copy.path}: got commit {builder.hash} from a cache instead of {copy.commit}\n"
                "    the hub did not answer; run the same command again"
            )
        rows = 0
        for row in builder.as_streaming_dataset(split=split):
            rows += 1
            yield row
    promised = (builder.info.splits or {}).get(split)
    if copy.commit and promised and rows < (promised.num_examples or 0):
        raise DataError(
            f"{copy.path}: gave {rows} of the {promised.num_examples} rows that its card promises"
            "\n    the cached copy is incomplete: fetch it again"
        )


@contextmanager
def _hub_errors(name: str) -> Iterator[None]:
    """Turn what the two packages raise into our errors."""
    import httpx2
    import pyarrow as pa
    from datasets.data_files import EmptyDatasetError
    from datasets.exceptions import DatasetNotFoundError, DatasetsError
    from huggingface_hub.errors import HFValidationError, RepositoryNotFoundError
    from huggingface_hub.errors import RevisionNotFoundError as NoRevision

    try:
        yield
    except (DatasetNotFoundError, EmptyDatasetError, RepositoryNotFoundError, NoRevision) as error:
        raise DataError(
            f"{name}: {_first(error)}\n    look at the id and the revision; a gated data set needs "
            "its terms accepted and `hf auth login`"
        ) from error
    except (DatasetsError, pa.ArrowException, UnicodeDecodeError) as error:
        raise DataError(f"{name}: does not hold together: {_first(error)}") from error
    except (httpx2.HTTPError, OSError) as error:
        raise EnvironmentTrouble(
            f"{name}: the hub does not answer: {_first(error)}\n    run the same command again; "
            "HF_HUB_OFFLINE=1 reads the local cache"
        ) from error
    except (HFValidationError, ValueError) as error:
        raise RecipeError(f"{name}: {_first(error)}") from error


def _first(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).replace("\n", " ")[:300]
