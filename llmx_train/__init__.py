"""llmx_train: fine-tuning on what llmx_data publishes."""
