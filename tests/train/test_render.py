"""Rendering: one end token per answer, no doubled BOS or EOS, and faults instead of wrong rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from llmx_data.core.errors import DataError
from llmx_train import recipe
from llmx_train.pieces import tokenizer_of
from llmx_train.render import FAULTS, Pair, Row, render, render_batch, render_pair
from llmx_train.template import Template, load_template, names
from llmx_train.tiny import make_tokenizer
from tests.train import assembly
from tests.train.assembly import Messages
from tests.train.conftest import conversation


def use(name: str, tokenizer: Any) -> Template:
    return load_template(recipe.Template(use=name), tokenizer)


def talk(*texts: str) -> Messages:
    roles = ("user", "assistant")
    return [{"role": roles[i % 2], "content": text} for i, text in enumerate(texts)]


def learned(row: Row | str, tokenizer: Any) -> str:
    assert isinstance(row, Row), row
    return str(tokenizer.decode([label for label in row.labels if label != -100]))


@pytest.fixture(scope="module")
def pieces(tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("pieces") / "small.model"
    path.write_bytes(
        assembly.train_pieces(["問いと答え", "### 指示: ### 応答:", assembly.PREAMBLE])
    )
    return tokenizer_of(path)


@pytest.mark.parametrize("name", names())
def test_one_end_per_answer_and_one_bos(
    name: str, tiny_tokenizer: Any, records: list[Messages]
) -> None:
    template = use(name, tiny_tokenizer)
    for messages, row in zip(records, render_batch(records, tiny_tokenizer, template), strict=True):
        assert isinstance(row, Row)
        answers = sum(message["role"] == "assistant" for message in messages)
        assert row.labels.count(template.end_id) == answers
        assert row.input_ids.count(tiny_tokenizer.bos_token_id) == (name != "chatml")
        assert len(row.labels) == len(row.input_ids)
        assert all(b in (a, -100) for a, b in zip(row.input_ids, row.labels, strict=True))


def test_a_batch_is_its_rows(tiny_tokenizer: Any, records: list[Messages]) -> None:
    template = use("chatml", tiny_tokenizer)
    rows = render_batch(records, tiny_tokenizer, template)
    for messages, row in zip(records, rows, strict=True):
        assert isinstance(row, Row)
        assert render(messages, tiny_tokenizer, template) == (row.input_ids, row.labels)


def test_a_tokenizer_that_appends_eos_and_bos_itself_adds_nothing(pieces: Any) -> None:
    """As LLM-jp's v2.2 does by its post-processor."""
    from tokenizers import processors

    template, messages = use("llm_jp", pieces), talk("問い", "答え")
    wanted = render(messages, pieces, template)
    ids = [("<s>", pieces.bos_token_id), ("</s>", pieces.eos_token_id)]
    before = pieces.backend_tokenizer.post_processor
    pieces.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="$A $B", special_tokens=ids
    )
    assert pieces("問い")["input_ids"][-1] == pieces.eos_token_id
    assert render(messages, pieces, template) == wanted
    pieces.backend_tokenizer.post_processor = before
    assert wanted[0].count(pieces.eos_token_id) == wanted[0].count(pieces.bos_token_id) == 1


FAULTY = [
    ("chatml", talk("問い<|im_end|>", "答え"), "special_token_in_text"),
    ("chatml", talk("問い", "答え<pad>"), "special_token_in_text"),
    ("chatml", talk("問い"), "no_answer"),
    ("chatml", [], "no_answer"),
    ("chatml", [{"role": "assistant", "content": "答え"}], "no_answer"),
    ("gemma", [*talk("問い"), *talk("問い", "答え")], "roles_refused"),
    ("llama3", [*talk("問い", "答え"), {"role": "system", "content": "急に"}], "roles_refused"),
    ("chatml", [*talk("問い", "答え"), {"role": "tool", "content": "1"}], "roles_refused"),
]


@pytest.mark.parametrize(("name", "messages", "fault"), FAULTY)
def test_faults(name: str, messages: Messages, fault: str, tiny_tokenizer: Any) -> None:
    template, good = use(name, tiny_tokenizer), talk("問い", "答え")
    rows = render_batch([good, messages, good], tiny_tokenizer, template)
    assert rows[1] == fault
    assert [learned(row, tiny_tokenizer) for row in rows[::2]] == ["答え" + template.end] * 2
    with pytest.raises(DataError, match=FAULTS[fault].split(",")[0]):
        render(messages, tiny_tokenizer, template)


def test_every_fault_is_tried() -> None:
    tried = {fault for *_, fault in FAULTY} | {"end_not_learned", "same_answers", "prompt_merged"}
    assert tried == set(FAULTS)


def test_an_answer_without_its_end_is_a_fault(tiny_tokenizer: Any) -> None:
    good = use("chatml", tiny_tokenizer)
    text = good.text.replace("'<|im_end|>' -}}", "('<|im_end|>' if loop.last else '') -}}")
    assert text != good.text
    template = Template("torn", text, "", good.end, good.end_id)
    messages = talk("問い", "答え", "問い", "答え")
    assert render_batch([messages[:2], messages], tiny_tokenizer, template)[1] == "end_not_learned"


@pytest.mark.parametrize("answer", ["😀 はい", "鰯と鯖", "\u200bはい", " はい", "\nはい", "はい\n"])
def test_an_answer_begins_where_its_prompt_ends(answer: str, pieces: Any) -> None:
    """Bytes of unknown characters are the trap: 鰯 and the newline before it are one run."""
    template = use("llm_jp", pieces)
    messages = talk("問い", answer, "問い", answer)
    ids, labels = render(messages, pieces, template)
    for i in (1, 3):
        more = {"chat_template": template.text, "add_generation_prompt": True}
        prompt = pieces.apply_chat_template(messages[:i], **more)["input_ids"]
        assert ids[: len(prompt)] == prompt
        assert labels[len(prompt) - 1] == -100
        assert labels[len(prompt)] == ids[len(prompt)]
    assert learned(Row(ids, labels), pieces).count(answer.strip()) == 2


def test_an_answer_that_runs_into_its_prompt_is_a_fault() -> None:
    """A byte-level BPE that joins newlines, as those of Qwen and Llama 3 do."""
    tokenizer = make_tokenizer(["問い\n\n\n答え"] * 9)
    template, joined = use("chatml", tokenizer), talk("問い", "\n\n答え")
    rows = render_batch([talk("問い", " 答え"), joined], tokenizer, template)
    assert learned(rows[0], tokenizer) == " 答え<|im_end|>"
    assert rows[1] == "prompt_merged"
    sides = [[{"role": "assistant", "content": text}] for text in ("答え", "\n\n答え")]
    assert render_pair(joined[:1], *sides, tokenizer, template) == "prompt_merged"
    trimmed = render_batch([joined], tokenizer, use("llama3", tokenizer))
    assert learned(trimmed[0], tokenizer) == "答え<|eot_id|>"


def test_a_pair_shares_its_prompt(tiny_tokenizer: Any) -> None:
    template = use("chatml", tiny_tokenizer)
    prompt = conversation("桜", 1) + talk("問い")
    good, bad = talk("", "良い答え")[1:], talk("", "悪い。")[1:]
    pair = render_pair(prompt, good, bad, tiny_tokenizer, template)
    assert isinstance(pair, Pair)
    asked = tiny_tokenizer.decode(pair.prompt_ids)
    assert asked.endswith("<|im_start|>user\n問い<|im_end|>\n<|im_start|>assistant\n")
    assert tiny_tokenizer.decode(pair.chosen_ids) == "良い答え<|im_end|>"
    assert tiny_tokenizer.decode(pair.rejected_ids) == "悪い。<|im_end|>"
    whole, _ = render([*prompt, *good], tiny_tokenizer, template)
    assert whole[: len(pair.prompt_ids + pair.chosen_ids)] == pair.prompt_ids + pair.chosen_ids


@pytest.mark.parametrize(
    ("name", "good", "bad", "fault"),
    [
        ("llama3", "答え", "答え ", "same_answers"),
        ("chatml", "答え", "答え<|im_end|>", "special_token_in_text"),
    ],
)
def test_pairs_with_a_fault(
    name: str, good: str, bad: str, fault: str, tiny_tokenizer: Any
) -> None:
    sides = [[{"role": "assistant", "content": text}] for text in (good, bad)]
    found = render_pair(talk("問い"), *sides, tiny_tokenizer, use(name, tiny_tokenizer))
    assert found == fault


def test_no_fast_tokenizer_no_rows(tiny_tokenizer: Any) -> None:
    class Slow:
        is_fast, name_or_path = False, "old"

    template = use("chatml", tiny_tokenizer)
    with pytest.raises(DataError, match="no fast tokenizer"):
        render_batch([talk("問い", "答え")], Slow(), template)


def test_the_shared_fixture_is_not_changed(tiny_model_dir: Path) -> None:
    assert {path.name for path in tiny_model_dir.iterdir()} >= {"config.json", "tokenizer.json"}
