"""Evaluation: prompts file, outputs file, scores; base against tuned with intervals."""

from llmx_train.evaluate.evaluate import evaluate_recipe, task_texts
from llmx_train.evaluate.subject import Loader, Subject, folder_subject
from llmx_train.evaluate.table import table

__all__ = ["Loader", "Subject", "evaluate_recipe", "folder_subject", "table", "task_texts"]
