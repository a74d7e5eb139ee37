"""Templates: token for token what the models were trained on, and refused where they do not fit."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from llmx_data.core.errors import RecipeError
from llmx_train import recipe
from llmx_train.pieces import tokenizer_of
from llmx_train.render import FAULTS, Row, render, render_batch
from llmx_train.template import Template, load_template, names
from llmx_train.tiny import make_tokenizer
from tests.train import assembly
from tests.train.assembly import Messages, pieced
from tests.train.conftest import conversation

ALL = ["alpaca_ja", "chatml", "gemma", "llama3", "llm_jp"]
MODELS = [
    "llm-jp-code10K_en20K_ja30K.ver2.2.model",
    "llm-jp-tokenizer-100k.ver3.1.model",
]


def use(name: str, tokenizer: Any, system: str | None = None) -> Template:
    return load_template(recipe.Template(use=name, system=system), tokenizer)


def own(text: str, tokenizer: Any, tmp_path: Path) -> Template:
    (tmp_path / "mine.jinja").write_text(text, encoding="utf-8")
    return load_template(recipe.Template(path="mine.jinja"), tokenizer, base=tmp_path)


def text_of(messages: Messages, tokenizer: Any, template: str, **more: Any) -> str:
    made = tokenizer.apply_chat_template(messages, chat_template=template, tokenize=False, **more)
    assert isinstance(made, str)
    return made


def masked(row: Row | str) -> tuple[list[int], list[int]]:
    assert isinstance(row, Row), row
    return row.input_ids, [int(label != -100) for label in row.labels]


def test_the_templates_are_these() -> None:
    assert names() == ALL


@pytest.fixture(scope="session")
def small_model(records: list[Messages], tmp_path_factory: pytest.TempPathFactory) -> Path:
    texts = [line for r in records for m in r for line in m["content"].splitlines() if line]
    path = tmp_path_factory.mktemp("pieces") / "small.model"
    path.write_bytes(assembly.train_pieces([*texts, "### 指示: ### 応答:", assembly.PREAMBLE]))
    return path


def compare(path: Path, conversations: list[Messages]) -> int:
    import sentencepiece

    sp = sentencepiece.SentencePieceProcessor(model_file=str(path))
    tokenizer = tokenizer_of(path)
    rows = render_batch(conversations, tokenizer, use("llm_jp", tokenizer))
    for messages, row in zip(conversations, rows, strict=True):
        assert masked(row) == assembly.llm_jp(messages, sp), messages
    return len(rows)


def test_llm_jp_is_their_own_assembly(small_model: Path, records: list[Messages]) -> None:
    edge = [
        [{"role": "user", "content": "😀 ﾊﾞ"}, {"role": "assistant", "content": ""}],
        [{"role": "user", "content": "行\n\n頭"}, {"role": "assistant", "content": "尾 \n"}],
        [{"role": "user", "content": "  空白"}, {"role": "assistant", "content": " 空白"}],
        [{"role": "user", "content": "改行"}, {"role": "assistant", "content": "\n\n改行"}],
    ]
    assert compare(small_model, records + edge) == 52


@pytest.mark.parametrize("name", MODELS)
def test_llm_jp_is_their_own_assembly_on_real_records(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = assembly.DATA / "tokenizer" / name
    conversations = assembly.shared_conversations(600)
    if not path.is_file() or not conversations:
        pytest.skip(f"no shared data in {assembly.DATA} (LLMX_SHARED_DATA)")
    count = compare(path, conversations)
    with capsys.disabled():
        sys.stdout.write(f"\n{name}: {count} records have LLM-jp's own ids and masks\n")
    assert count == 600


@pytest.mark.parametrize("name", ["chatml", "llama3", "gemma"])
def test_ids_and_masks_are_those_put_together_by_hand(
    name: str, tiny_tokenizer: Any, records: list[Messages]
) -> None:
    twin: Callable[[Messages], list[tuple[str, int]]] = getattr(assembly, name)
    rows = render_batch(records, tiny_tokenizer, use(name, tiny_tokenizer))
    for messages, row in zip(records, rows, strict=True):
        assert masked(row) == pieced(twin(messages), tiny_tokenizer), messages


@pytest.mark.parametrize(
    ("name", "official", "with_system"),
    [
        ("chatml", "qwen2_5", True),
        ("llama3", "llama3", True),
        ("llama3", "llama3", False),
        ("gemma", "gemma", False),
    ],
)
def test_text_is_that_of_the_makers_template(
    name: str, official: str, with_system: bool, tiny_tokenizer: Any, records: list[Messages]
) -> None:
    found = find_spec("trl")
    if found is None or found.origin is None:
        pytest.skip("trl, which ships the makers' templates, is not installed")
    theirs = Path(found.origin).parent / "chat_templates" / f"{official}.jinja"
    ours = use(name, tiny_tokenizer).text
    same = [m for m in records if (m[0]["role"] == "system") == with_system]
    assert len(same) == (12 if with_system else 36)
    for messages in same:
        for part, asks in ((messages, False), (messages[:-1], True)):
            more = {"add_generation_prompt": asks}
            wanted = text_of(part, tiny_tokenizer, theirs.read_text(encoding="utf-8"), **more)
            assert text_of(part, tiny_tokenizer, ours, **more) == wanted


def test_llm_jp_repeats_its_headings(tiny_tokenizer: Any) -> None:
    template = use("llm_jp", tiny_tokenizer).text
    messages = [
        {"role": "user", "content": "問1"},
        {"role": "assistant", "content": "答1"},
        {"role": "user", "content": "問2"},
        {"role": "assistant", "content": "答2"},
    ]
    wanted = (
        f"<s>{assembly.PREAMBLE}\n\n### 指示:\n問1\n\n### 応答:\n答1<|im_end|>"
        "\n\n### 指示:\n問2\n\n### 応答:\n答2<|im_end|>"
    )
    assert text_of(messages, tiny_tokenizer, template) == wanted
    asked = text_of(messages[:3], tiny_tokenizer, template, add_generation_prompt=True)
    assert asked == wanted.removesuffix("答2<|im_end|>")


def test_alpaca_in_japanese(tiny_tokenizer: Any) -> None:
    template = use("alpaca_ja", tiny_tokenizer).text
    head = "以下は、タスクを説明する指示です。要求を適切に満たす応答を書いてください。\n\n"
    wanted = f"<s>{head}### 指示:\n東京とは何ですか。\n\n### 応答:\n"
    messages = conversation("東京", 1)
    assert text_of(messages[:1], tiny_tokenizer, template, add_generation_prompt=True) == wanted
    none = [{"role": "system", "content": ""}, *messages]
    assert text_of(none, tiny_tokenizer, template).startswith("<s>### 指示:\n東京")


SYSTEM = '敬語で "答え" て\nください。\\ 😀 {{ x }} {% if %}'


@pytest.mark.parametrize("name", ALL)
def test_a_system_text_of_the_recipe_is_part_of_the_template(
    name: str, tiny_tokenizer: Any
) -> None:
    plain, given = use(name, tiny_tokenizer), use(name, tiny_tokenizer, SYSTEM)
    assert plain.sha256 != given.sha256
    said = [{"role": "system", "content": SYSTEM}]
    for messages in (conversation("東京", 2), conversation("桜", 1, system="短く。")):
        wanted = messages if messages[0]["role"] == "system" else said + messages
        assert text_of(messages, tiny_tokenizer, given.text) == text_of(
            wanted, tiny_tokenizer, plain.text
        )


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("system", [None, "短く答えなさい。"])
def test_what_is_learned_is_the_answer_and_its_end(
    name: str, system: str | None, tiny_tokenizer: Any, records: list[Messages]
) -> None:
    template = use(name, tiny_tokenizer, system)
    for messages in records:
        _, labels = render(messages, tiny_tokenizer, template)
        learned = tiny_tokenizer.decode([label for label in labels if label != -100])
        answers = [m["content"] for m in messages if m["role"] == "assistant"]
        assert learned == "".join(answer + template.end for answer in answers)


def test_ends(tiny_tokenizer: Any) -> None:
    ends = {name: use(name, tiny_tokenizer).end for name in ALL}
    assert ends == {
        "alpaca_ja": "<|im_end|>",
        "chatml": "<|im_end|>",
        "gemma": "<end_of_turn>",
        "llama3": "<|eot_id|>",
        "llm_jp": "<|im_end|>",
    }


def test_the_tokenizers_own_template_is_taken(tiny_tokenizer: Any) -> None:
    taken = load_template(recipe.Template(), tiny_tokenizer)
    assert (taken.name, taken.text) == ("tokenizer", use("chatml", tiny_tokenizer).text)


MARKED = (
    "{% for m in messages %}{% if m['role'] == 'user' %}問{{ m['content'] }}答{% else %}"
    "{% generation %}{{ m['content'] }}<|im_end|>{% endgeneration %}{% endif %}{% endfor %}"
)
REFUSED = [
    (MARKED.replace("{% generation %}", "").replace("{% endgeneration %}", ""), "no {% generation"),
    (MARKED.replace("<|im_end|>{% endgeneration %}", "{% endgeneration %}<|im_end|>"), "end token"),
    (MARKED.replace("<|im_end|>{%", "<|im_end|><|im_end|>{%"), "end token"),
    (MARKED.replace("<|im_end|>{%", "<|im_end|>次{%"), "behind an answer's end token"),
    (MARKED.replace("答{% else", "{% else").replace("{% generation %}", "答{% generation %}"), "otherwise"),
    (MARKED.replace("<|im_end|>", "<|eot|>"), r"<\|eot\|> is no single token"),
    ("{{ bos_token }}<s>" + MARKED, "two BOS"),
    (MARKED.replace("{% endif %}", ""), "cannot be rendered"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "told"), REFUSED, ids=[told for _, told in REFUSED])
def test_a_template_that_teaches_wrongly_is_refused(
    text: str, told: str, tiny_tokenizer: Any, tmp_path: Path
) -> None:
    with pytest.raises(RecipeError, match=told):
        own(text, tiny_tokenizer, tmp_path)


def test_a_template_of_ones_own(tiny_tokenizer: Any, tmp_path: Path) -> None:
    made = own(MARKED, tiny_tokenizer, tmp_path)
    assert (made.name, made.end) == ("mine", "<|im_end|>")
    spaced = own(MARKED.replace("<|im_end|>{%", "<|im_end|>\n{%"), tiny_tokenizer, tmp_path)
    assert spaced.end == "<|im_end|>"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (recipe.Template(use="chat_ml"), "did you mean 'chatml'"),
        (recipe.Template(path="nowhere.jinja"), "nowhere.jinja is not a file"),
    ],
)
def test_a_template_that_is_not_there(
    options: recipe.Template, told: str, tiny_tokenizer: Any
) -> None:
    with pytest.raises(RecipeError, match=told):
        load_template(options, tiny_tokenizer)


def test_a_tokenizer_that_lacks_tokens_or_template(small_model: Path) -> None:
    tokenizer = tokenizer_of(small_model)
    with pytest.raises(RecipeError, match=r"<\|im_end\|>, <\|im_start\|> is no single token"):
        use("chatml", tokenizer)
    with pytest.raises(RecipeError, match="the tokenizer has none"):
        load_template(recipe.Template(), tokenizer)
    tokenizer.eos_token = None
    with pytest.raises(RecipeError, match="eos_token is no single token"):
        use("llm_jp", tokenizer)


def test_a_prompt_that_ends_otherwise_before_an_answer_is_refused() -> None:
    """By GPT-2's rule two newlines are one token at the end of a text, and two before a word."""
    from tokenizers import pre_tokenizers

    tokenizer = make_tokenizer(["問い\n\n\n答え"] * 9)
    assert use("llama3", tokenizer).end == "<|eot_id|>"
    rule = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.backend_tokenizer.pre_tokenizer = rule
    with pytest.raises(RecipeError, match="joins the end of a prompt otherwise"):
        use("llama3", tokenizer)
    assert use("chatml", tokenizer).end == "<|im_end|>"


def test_the_way_out_names_the_same_form_with_markers() -> None:
    tokenizer = make_tokenizer(["東京"])
    tokenizer.chat_template = "{% for m in messages %}<start_of_turn>{{ m.content }}{% endfor %}"
    with pytest.raises(RecipeError, match=r"template\.use: gemma"):
        load_template(recipe.Template(), tokenizer)


def test_the_page_tells_every_template_and_fault_and_its_example_works(
    tiny_tokenizer: Any, tmp_path: Path
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "templates.md").read_text(encoding="utf-8")
    for word in [*ALL, *FAULTS, "over_length", "unsupervised"]:
        assert f"`{word}`" in page, word
    example = re.search(r"^```jinja [^\n]*\n(.*?)^```$", page, re.M | re.S)
    assert example is not None
    assert own(example[1], tiny_tokenizer, tmp_path).end == "<|im_end|>"
