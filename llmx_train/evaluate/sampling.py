"""End answers at a text, row by row, while they are written."""

from __future__ import annotations

from typing import Any


def stopping(tokenizer: Any, stop: str | None, prompt: int) -> Any:
    """Criteria for `generate`: a row ends once its answer holds `stop` after something else.

    `prompt` is the length of the padded prompts in tokens. None where nothing is to stop at.
    """
    if stop is None:
        return None
    import torch
    from transformers import StoppingCriteria, StoppingCriteriaList

    class AtText(StoppingCriteria):
        """Decodes what was written so far; for short answers only, as the cost is quadratic."""

        def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
            texts = tokenizer.batch_decode(input_ids[:, prompt:], skip_special_tokens=True)
            ended = [stop in text.lstrip() for text in texts]
            return torch.tensor(ended, dtype=torch.bool, device=input_ids.device)

    return StoppingCriteriaList([AtText()])
