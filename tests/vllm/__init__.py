"""Real vllm, on the processor, with a tiny model made here: `make test-vllm`."""
