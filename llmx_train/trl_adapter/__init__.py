"""The one place that knows TRL and PEFT: what a recipe says, in their names.

quiet      telemetry and progress bars off, before anything is imported
machine    what this machine has, and what a recipe needs of it
arguments  recipe -> SFTConfig, DPOConfig, LoraConfig, PromptTuningConfig, 4-bit loading
rows       token files -> data sets of the trainer: checked, repeated, shuffled, packed
trainers   the two trainers, which tokenize, truncate and mask nothing of their own
adapters   saved weights -> a model; merging

Importing this package imports neither of them. TRL renamed twice between July and November 2026,
so its version is pinned to 1.16 and every name of it stands here.
"""
