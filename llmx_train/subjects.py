"""Base and tuned model of a run as evaluation asks for them; weights are loaded when needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from llmx_train.base import Base
from llmx_train.evaluate.subject import Loader, Subject, Who, folder_identity, usual_device
from llmx_train.recipe import Sft
from llmx_train.template import Template


def loader(recipe: Sft, run: Path, base: Base, tokenizer: Any, template: Template) -> Loader:
    """Give base and tuned model with the tokenizer and the template of the recipe."""
    top = recipe.top

    def load(who: Who) -> Any:
        from llmx_train.trl_adapter import adapters

        tuned = run / "model"
        if who == "base":
            found = adapters.load_model(
                base.folder,
                dtype=top.model.dtype,
                attention=top.model.attention,
                trust_remote_code=top.model.trust_remote_code,
            )
        elif adapters.is_adapter(tuned):
            found = adapters.load_tuned(base.folder, tuned, dtype=top.model.dtype)
        else:
            found = adapters.load_model(tuned, dtype=top.model.dtype)
        return found.to(usual_device()).eval()

    def subject(who: Who) -> Subject:
        folder = base.folder if who == "base" else run / "model"
        more = [template.sha256, top.model.dtype, base.revision or ""]
        more += [folder_identity(base.folder)] if who == "tuned" else []
        name = f"{template.name}-{template.sha256[:8]}"
        return Subject(
            folder_identity(folder, *more), tokenizer, name, lambda: load(who), (template.end_id,)
        )

    return subject
