"""A tiny random Qwen2 that vllm runs on a processor, its tokenizer, and an adapter for it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

ENVIRONMENT = {
    "CUDA_VISIBLE_DEVICES": "",
    "DO_NOT_TRACK": "1",
    "HF_HUB_OFFLINE": "1",
    "OMP_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_OFFLINE": "1",
    "VLLM_CPU_KVCACHE_SPACE": "1",  # GiB, whole ones only
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",  # two engines would share the first core
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
    "VLLM_LOGGING_LEVEL": "WARNING",
    "VLLM_NO_USAGE_STATS": "1",
}
"""Set before vllm is imported."""

OPTIONS: dict[str, Any] = {
    "dtype": "float32",  # bfloat16 in this process ends in an illegal instruction
    "enforce_eager": True,  # compiling takes a minute
    "max_model_len": 512,
    "max_num_seqs": 16,
    "structured_outputs": "xgrammar",
    "compact_json": True,  # a random model fills JSON with white space and never ends
}
"""Options of the engine that a processor and a random model need."""

SENTENCES = [
    "吾輩は猫である。名前はまだ無い。",
    "東京都では昨日、新しい図書館が開館した。",
    "日本の四季は、春、夏、秋、冬に分かれている。",
    "次の文章を読んで、質問に日本語で答えてください。",
    "りんごを三個買って、一個を友達にあげました。",
    "駅から学校まで歩いて十五分かかります。",
    "山の上から見る朝日は、とても美しかった。",
    "彼女は毎朝六時に起きて、庭の花に水をやる。",
    "パソコンの電源を入れても、画面が表示されません。",
    "この料理には、醤油と砂糖と味噌を使います。",
    '{"question": "何年ですか。", "answer": "2024年です。", "score": 5}',
    "这是什么？他们说这个问题很难，我们应该让专家来处理。",
    "请给我写一篇关于时间管理的文章。",
]
"""What the tokenizer is trained on: Japanese, some JSON, and the Chinese it must not draw."""

CHATML = (
    "{% for message in messages %}{% if message['role'] == 'forbidden' %}"
    "{{ raise_exception('no such role') }}{% endif %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
    "{% if enable_thinking is defined and not enable_thinking %}{{ '<think></think>' }}{% endif %}"
)
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
HEAD_DIM = 32
"""Smallest that vllm's attention for processors takes."""


def befriend_numba() -> None:
    """Let vllm's worker for processors start in a process that has imported numba.

    The worker looks into `__dict__` of all that modules hold, and llvmlite's library answers to
    every name with a function. Workers on GPUs, and in processes of their own, do not meet it.
    """
    from llvmlite.binding import ffi

    kind: Any = type(ffi.lib)
    found = kind.__getattr__

    def without_dict(self: Any, name: str) -> Any:
        if name == "__dict__":
            raise AttributeError(name)
        return found(self, name)

    kind.__getattr__ = without_dict


def tokenizer(size: int = 700) -> Any:
    """Byte-level BPE trained on SENTENCES, with the ChatML template."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False
    )
    words = ["".join(part) for s in SENTENCES for part in pairwise(s)]
    made.train_from_iterator([*words, *"".join(SENTENCES)] * 3, trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=made, eos_token="<|im_end|>", pad_token="<|endoftext|>"
    )
    fast.chat_template = CHATML
    return fast


def model(folder: Path, *, layers: int = 2, heads: int = 2, seed: int = 0) -> Path:
    """Save a model of random weights with its tokenizer; the same for the same seed."""
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    words = tokenizer()
    torch.manual_seed(seed)
    config = Qwen2Config(
        vocab_size=len(words), hidden_size=HEAD_DIM * heads, intermediate_size=128,
        num_hidden_layers=layers, num_attention_heads=heads, num_key_value_heads=1,
        max_position_embeddings=2048, initializer_range=0.2, tie_word_embeddings=False,
        eos_token_id=words.eos_token_id, pad_token_id=words.pad_token_id, bos_token_id=None,
    )  # fmt: skip
    Qwen2ForCausalLM(config).save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def adapter(base: Path, folder: Path, *, rank: int = 4, seed: int = 1) -> Path:
    """Save a LoRA adapter of random weights, large enough to change what is drawn."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import Qwen2ForCausalLM

    torch.manual_seed(seed)
    config = LoraConfig(
        r=rank, lora_alpha=4 * rank, target_modules=["q_proj", "v_proj", "o_proj", "up_proj"]
    )
    made = get_peft_model(Qwen2ForCausalLM.from_pretrained(base), config)
    with torch.no_grad():
        for name, weight in made.named_parameters():
            if "lora_B" in name:
                weight.normal_(std=0.5)
    made.save_pretrained(folder)
    return folder
