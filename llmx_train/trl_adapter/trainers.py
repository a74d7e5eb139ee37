"""The two trainers: rows as they come, exact losses per source, no card, no word to anyone."""

from __future__ import annotations

from typing import Any

import torch
from transformers import PrinterCallback, ProgressCallback, TrainerCallback
from trl.trainer.dpo_trainer import DPOTrainer
from trl.trainer.sft_trainer import SFTTrainer

from llmx_train.callbacks import Moment, Watch
from llmx_train.render import NOT_SUPERVISED


class Telling:
    """Hands the trainer's moments on to a Watch, which knows nothing of transformers."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch

    def on_train_begin(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        """Training begins, or goes on."""
        self.watch.begin(Moment.of(state))

    def on_step_end(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        """Count an optimizer step; whoever saves also logs, so that windows end there."""
        if self.watch.stop_at(Moment.of(state)):
            control.should_save = control.should_training_stop = True
        if control.should_save:
            control.should_log = True

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **more: Any) -> None:
        """Write figures of the steps since the last line."""
        if logs and "loss" in logs and state.is_world_process_zero:
            self.watch.train_row(Moment.of(state), logs)

    def on_save(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        """Mark a written checkpoint whole."""
        if state.is_world_process_zero:
            self.watch.saved(Moment.of(state))


class Ours:
    """What both trainers do our way; stands before TRL's class in the order of methods."""

    accelerator: Any
    model: Any
    state: Any
    watch: Watch

    def create_model_card(self, *_: Any, **__: Any) -> None:
        """Write nothing: TRL's card has a placeholder for a licence. Packaging writes the card."""

    def _send_telemetry(self) -> None:
        """Send nothing, whatever the environment says."""

    def _prepare_dataset(self, dataset: Any, *_: Any, **__: Any) -> Any:
        """Rows come tokenized and masked."""
        return dataset

    def training_step(self, model: Any, inputs: Any, *more: Any, **named: Any) -> Any:
        """Count what is read and what is supervised before the step."""
        counts = self._summed(torch.tensor(_counts(inputs), device=self.accelerator.device))
        tokens, supervised, rows = counts.tolist()
        self.watch.count(tokens=tokens, supervised=supervised, rows=rows)
        theirs: Any = super()
        return theirs.training_step(model, inputs, *more, **named)

    def evaluate(self, eval_dataset: Any = None, *more: Any, **named: Any) -> dict[str, float]:
        """Write losses of all sources as one line of the log."""
        theirs: Any = super()
        found: dict[str, float] = theirs.evaluate(eval_dataset, *more, **named)
        if eval_dataset is None and self.accelerator.is_main_process:
            self.watch.dev_row(Moment.of(self.state), found, self.model)
        return found

    def largest(self, number: int) -> int:
        """Give the largest number of all processes."""
        mine = torch.tensor([number], device=self.accelerator.device)
        return int(self.accelerator.gather(mine).max())

    def _summed(self, figures: torch.Tensor) -> torch.Tensor:
        """Sum over all processes."""
        if self.accelerator.num_processes == 1:
            return figures
        summed: torch.Tensor = self.accelerator.reduce(figures, reduction="sum")
        return summed


class Exact(Ours):
    """SFT whose dev loss is the mean over supervised tokens, whatever batches and packs."""

    _sums: tuple[float, int] = (0.0, 0)

    def compute_loss(self, model: Any, inputs: Any, *more: Any, **named: Any) -> Any:
        """As TRL; while evaluating the sum over tokens is kept too."""
        theirs: Any = super()
        loss = theirs.compute_loss(model, inputs, *more, **named)
        if not self.model.training:
            tokens = int((inputs["labels"][..., 1:] != NOT_SUPERVISED).sum())
            total = float(loss[0] if isinstance(loss, tuple) else loss) * tokens
            self._sums = (self._sums[0] + total, self._sums[1] + tokens)
        return loss

    def evaluation_loop(self, *given: Any, **named: Any) -> Any:
        """Replace TRL's mean over batches by the mean over tokens, over all processes."""
        self._sums = (0.0, 0)
        theirs: Any = super()
        output = theirs.evaluation_loop(*given, **named)
        sums = torch.tensor(self._sums, dtype=torch.float64, device=self.accelerator.device)
        total, tokens = self._summed(sums).tolist()
        prefix = named.get("metric_key_prefix", "eval")
        output.metrics[f"{prefix}_loss"] = total / max(tokens, 1)
        output.metrics[f"{prefix}_supervised"] = int(tokens)
        return output


# Joined here and not by `class`, so that types check where TRL is not installed.
Relay: Any = type("Relay", (Telling, TrainerCallback), {})
Supervised: Any = type("Supervised", (Exact, SFTTrainer), {})
Preferring: Any = type("Preferring", (Ours, DPOTrainer), {})


def _counts(inputs: Any) -> list[int]:
    """Tokens without padding, supervised tokens, rows or packs of one batch."""
    rows, ids = len(inputs["input_ids"]), inputs["input_ids"]
    mask = inputs.get("attention_mask")
    tokens = ids.numel() if mask is None else int(mask.sum())
    if "completion_mask" in inputs:
        return [tokens, int(inputs["completion_mask"].sum()), rows // 2]
    return [tokens, int((inputs["labels"][..., 1:] != NOT_SUPERVISED).sum()), rows]


def make_trainer(
    *,
    model: Any,
    tokenizer: Any,
    config: Any,
    train: Any,
    dev: dict[str, Any],
    adapter: Any,
    watch: Watch,
) -> Any:
    """Put a trainer together; `dev` has a data set per source.

    Errors: ValueError of TRL where model, adapter and arguments do not fit.
    """
    kind = Preferring if type(config).__name__ == "DPOConfig" else Supervised
    trainer = kind(
        model=model,
        args=config,
        train_dataset=train,
        eval_dataset=dev or None,
        processing_class=tokenizer,
        peft_config=adapter,
        callbacks=[Relay(watch)],
    )
    trainer.watch = watch
    if trainer.accelerator.num_processes > 1:
        watch.agree = trainer.largest
    for chatty in (PrinterCallback, ProgressCallback):
        trainer.remove_callback(chatty)
    return trainer
