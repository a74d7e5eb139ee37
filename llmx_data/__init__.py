"""llmx_data: licence-aware Japanese text and instruction data."""

__version__ = "0.1.0"
