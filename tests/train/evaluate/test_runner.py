"""The runner: likelihoods against a table, padding, cutting, sampling, what it leaves behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from llmx_data.core.errors import DataError
from llmx_train.evaluate.requests import Row
from llmx_train.evaluate.runner import Runner
from llmx_train.recipe import Generate

from .fakes import Bigrams, Characters


def by_hand(table: Any, ids: list[int], scored: list[int]) -> float:
    logs = table.detach().double().log_softmax(-1)
    return float(sum(logs[ids[p - 1], ids[p]] for p in scored))


ROWS = [
    Row([1, 2, 3, 4], [3]),
    Row([1, 5, 2], [1, 2]),
    Row([4, 4, 4, 1, 0, 2], range(2, 6)),
    Row([1, 2, 3, 5], [3]),
    Row([3, 1, 4, 1, 5], [1, 4]),
]


def test_likelihoods_are_those_of_the_table() -> None:
    model = Bigrams(6)
    told = Runner(model, Characters()).weigh(ROWS)
    wanted = [by_hand(model.table, list(row.ids), list(row.scored)) for row in ROWS]
    assert [w.logprob for w in told] == pytest.approx(wanted, abs=1e-5)


def test_rows_that_differ_in_their_last_token_share_an_input() -> None:
    model = Bigrams(6)
    Runner(model, Characters()).weigh([Row([1, 2, k], [2]) for k in range(6)])
    assert model.seen == [(1, 2)]


def test_a_long_prompt_is_cut_at_its_beginning_and_counted() -> None:
    model = Bigrams(6, most=4)
    runner = Runner(model, Characters())
    (told,) = runner.weigh([Row([1, 2, 3, 4, 5, 0, 1], [6])])
    assert (told.cut, told.logprob) == (2, pytest.approx(by_hand(model.table, [0, 1], [1])))
    with pytest.raises(DataError, match="does not fit into a model that sees 4"):
        runner.weigh([Row([1, 2, 3, 4, 5, 0, 1], [2, 6])])


def test_a_token_without_context_cannot_be_weighed() -> None:
    with pytest.raises(DataError, match="no token before it"):
        Runner(Bigrams(6), Characters()).weigh([Row([1, 2], [0, 1])])


@pytest.fixture(scope="module")
def tiny(tiny_model_dir: Path) -> Any:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(tiny_model_dir, dtype="float32").eval()


def test_a_real_model_alone_and_in_a_padded_batch(tiny: Any, tiny_tokenizer: Any) -> None:
    texts = [
        "東京とは何ですか。",
        "味噌とは何。",
        "昨日、友人と俳句の話をした。それは五・七・五である。",
    ]
    rows = [Row(ids, range(1, len(ids))) for ids in tiny_tokenizer(texts)["input_ids"]]
    runner = Runner(tiny, tiny_tokenizer)
    together = [w.logprob for w in runner.weigh(rows)]
    alone = [runner.weigh([row])[0].logprob for row in rows]
    assert together == pytest.approx(alone, rel=1e-4)
    for row, told in zip(rows, together, strict=True):
        loss = tiny(input_ids=torch.tensor([row.ids]), labels=torch.tensor([row.ids])).loss.detach()
        assert told == pytest.approx(-float(loss) * len(row.scored), rel=1e-4)


def test_bfloat16_is_near_float32(tiny_model_dir: Path, tiny: Any, tiny_tokenizer: Any) -> None:
    from transformers import AutoModelForCausalLM

    half = AutoModelForCausalLM.from_pretrained(tiny_model_dir, dtype="bfloat16")
    ids = tiny_tokenizer("富士山は日本でいちばん高い山です。")["input_ids"]
    row = Row(ids, range(1, len(ids)))
    one, other = (Runner(m, tiny_tokenizer).weigh([row])[0].logprob for m in (tiny, half))
    assert other == pytest.approx(one, rel=0.01)
    assert other != one


def test_greedy_in_a_padded_batch_is_argmax_alone(tiny: Any, tiny_tokenizer: Any) -> None:
    prompts = [tiny_tokenizer(text)["input_ids"] for text in ("東京", "富士山はとても高い")]
    made = Runner(tiny, tiny_tokenizer).write(prompts, Generate(max_new_tokens=6), seed=1)
    for ids, written in zip(prompts, made, strict=True):
        now = list(ids)
        for _ in range(6):
            now.append(int(tiny(input_ids=torch.tensor([now])).logits[0, -1].argmax()))
        assert written.text == tiny_tokenizer.decode(now[len(ids) :], skip_special_tokens=True)
        assert written.tokens == 6
        assert not written.finished


def test_sampling_is_told_by_its_seed(tiny: Any, tiny_tokenizer: Any) -> None:
    prompts = [tiny_tokenizer("東京")["input_ids"]] * 2
    runner = Runner(tiny, tiny_tokenizer)
    drawn = Generate(max_new_tokens=8, temperature=1.0, top_p=0.9, min_p=0.001)
    before = torch.random.get_rng_state()
    one, again, other = (runner.write(prompts, drawn, seed=s) for s in (1, 1, 2))
    assert one == again
    assert one != other
    assert one[0] != one[1]
    assert torch.equal(before, torch.random.get_rng_state())


ONE_TOKEN_LEFT = [
    {"top_k": 1},
    {"top_p": 1e-6},
    {"min_p": 1.0},
]


@pytest.mark.parametrize("cut", ONE_TOKEN_LEFT)
def test_each_cut_of_the_tail_reaches_the_model(
    cut: dict[str, Any], tiny: Any, tiny_tokenizer: Any
) -> None:
    prompts = [tiny_tokenizer("温泉とは何ですか。")["input_ids"]]
    runner = Runner(tiny, tiny_tokenizer)
    greedy = runner.write(prompts, Generate(max_new_tokens=8), seed=1)
    free = runner.write(prompts, Generate(max_new_tokens=8, temperature=1.0), seed=1)
    sharp = Generate(max_new_tokens=8, temperature=1.0, **cut)
    assert free != greedy
    assert runner.write(prompts, sharp, seed=1) == greedy


def test_the_models_own_defaults_are_laid_aside_and_put_back(
    tiny_model_dir: Path, tiny_tokenizer: Any
) -> None:
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(tiny_model_dir, dtype="float32")
    prompts = [tiny_tokenizer("東京とは")["input_ids"]]
    plain = Runner(model, tiny_tokenizer).write(prompts, Generate(max_new_tokens=8), seed=1)
    own = model.generation_config
    own.no_repeat_ngram_size = 1
    again = Runner(model, tiny_tokenizer).write(prompts, Generate(max_new_tokens=8), seed=1)
    assert again == plain
    assert model.generation_config is own
    assert len(set(tiny_tokenizer(plain[0].text)["input_ids"])) < 8, "the default would show"


def test_a_penalty_keeps_from_repeating(tiny: Any, tiny_tokenizer: Any) -> None:
    prompts = [tiny_tokenizer("東京とは")["input_ids"]]
    runner = Runner(tiny, tiny_tokenizer)
    plain = runner.write(prompts, Generate(max_new_tokens=8), seed=1)
    kept = runner.write(prompts, Generate(max_new_tokens=8, repetition_penalty=5.0), seed=1)
    assert plain != kept


def test_an_answer_ends_at_a_stop_token(tiny: Any, tiny_tokenizer: Any) -> None:
    prompt = tiny_tokenizer("東京とは何ですか。")["input_ids"]
    generate = Generate(max_new_tokens=8, temperature=1.0)
    free = Runner(tiny, tiny_tokenizer).write([prompt], generate, seed=3)[0]
    ids = tiny_tokenizer(free.text)["input_ids"]
    everything = range(len(tiny_tokenizer))
    (ended,) = Runner(tiny, tiny_tokenizer, stops=everything).write([prompt], generate, seed=3)
    assert ids
    assert (ended.text, ended.tokens, ended.finished) == ("", 0, True)
    assert not free.finished


def test_an_answer_ends_at_a_stop_text(tiny: Any, tiny_tokenizer: Any) -> None:
    prompts = [tiny_tokenizer(t)["input_ids"] for t in ("東京", "味噌とは何ですか。")]
    generate = Generate(max_new_tokens=12, temperature=1.0)
    runner = Runner(tiny, tiny_tokenizer)
    free = runner.write(prompts, generate, seed=5)
    text = free[0].text
    assert len(text) > 4
    stop = text[3]
    first = runner.write(prompts, generate, seed=5, stop=stop)[0]
    assert first.text == text.lstrip()[: text.lstrip().index(stop)]
    assert first.finished
    assert first.tokens < free[0].tokens


def test_no_room_for_a_prompt_is_told(tiny: Any, tiny_tokenizer: Any) -> None:
    with pytest.raises(DataError, match="leaves no room for a prompt"):
        Runner(tiny, tiny_tokenizer).write([[1]], Generate(max_new_tokens=5_000), seed=1)


def adapted(folder: Path, kind: str) -> Any:
    import peft
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(folder, dtype="float32")
    torch.manual_seed(0)
    if kind == "lora":
        config: Any = peft.LoraConfig(r=4, target_modules="all-linear", init_lora_weights=False)
    else:
        config = peft.PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=5)
    config.task_type = "CAUSAL_LM"
    return peft.get_peft_model(model, config)


@pytest.mark.parametrize("kind", ["lora", "prompt_tuning"])
def test_adapters_are_weighed_and_write(
    kind: str, tiny_model_dir: Path, tiny: Any, tiny_tokenizer: Any
) -> None:
    model = adapted(tiny_model_dir, kind)
    own = model.generation_config
    runner, plain = Runner(model, tiny_tokenizer), Runner(tiny, tiny_tokenizer)
    assert runner.one_length == (kind == "prompt_tuning")
    texts = ["東京とは何ですか。", "納豆とは何。", "昨日、友人と俳句の話をした。"]
    rows = [Row(ids, range(1, len(ids))) for ids in tiny_tokenizer(texts)["input_ids"]]
    together = [w.logprob for w in runner.weigh(rows)]
    assert together == pytest.approx([runner.weigh([row])[0].logprob for row in rows], rel=1e-4)
    assert together != pytest.approx([w.logprob for w in plain.weigh(rows)], rel=1e-3)
    for row, told in zip(rows, together, strict=True):
        ids = torch.tensor([row.ids])
        labels = ids.clone()
        labels[0, 0] = -100
        loss = float(model(input_ids=ids, labels=labels).loss.detach())
        assert told == pytest.approx(-loss * len(row.scored), rel=1e-4)
    prompts = [rows[0].ids] * 2
    made = runner.write(prompts, Generate(max_new_tokens=6), seed=1)
    assert made[0] == made[1]
    now = list(rows[0].ids)
    for _ in range(6):
        now.append(int(model(input_ids=torch.tensor([now])).logits[0, -1].argmax()))
    new = now[len(rows[0].ids) :]
    assert made[0].text == tiny_tokenizer.decode(new, skip_special_tokens=True)
    assert model.generation_config is own
