"""Quality classifiers: fastText on character n-grams, trained on your own good and bad texts."""

from llmx_data.classifier.evaluate import auc, evaluate
from llmx_data.classifier.train import Corpus, train

__all__ = ["Corpus", "auc", "evaluate", "train"]
