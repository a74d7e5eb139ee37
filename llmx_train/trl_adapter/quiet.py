"""Silence what calls home or draws bars, before the packages that do it are imported."""

from __future__ import annotations

import os
import sys
from typing import Any

SWITCHES = {
    "DO_NOT_TRACK": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_UPDATE_DOWNLOAD_COUNTS": "0",
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
}
"""TRL 1.16 tells the hub the architecture, the card and the kind of data at every start."""


def quiet() -> None:
    """Set the switches, and mend a hub client that was imported before they were set."""
    for name, value in SWITCHES.items():
        os.environ[name] = value
    constants = sys.modules.get("huggingface_hub.constants")
    if constants is not None:
        vars(constants)["HF_HUB_DISABLE_TELEMETRY"] = True


def no_bars() -> None:
    """Turn off the progress bars of datasets and transformers; imports both."""
    import datasets
    import transformers

    datasets.disable_progress_bars()
    logging: Any = transformers.utils.logging
    logging.disable_progress_bar()
