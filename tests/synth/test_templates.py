"""Template families: what Magpie sends, where it stops, and which are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmx_data.core.errors import RecipeError
from llmx_data.core.storage import shipped
from llmx_data.licences import facts
from llmx_data.synth.templates import family, magpie, own

FILE = shipped("recipes") / "synth" / "material" / "prompts" / "magpie.yaml"
STEER = "日本語で{尋ねて}ください。"
FIXED = "以下は、タスクを説明する指示です。要求を適切に満たす応答を書きなさい。"

# family -> what is sent, and a mark that ends the user's turn
CHATML = f"<|im_start|>system\n{STEER}<|im_end|>\n<|im_start|>user\n"
SURE = [
    ("qwen2.5", CHATML, "<|im_end|>"),
    ("qwen3", CHATML, "<|im_end|>"),
    (
        "llama3",
        f"<|start_header_id|>system<|end_header_id|>\n\n{STEER}<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\n",
        "<|eot_id|>",
    ),
    ("gemma3", f"<start_of_turn>user\n{STEER}\n\n", "<end_of_turn>"),
    ("llm-jp-3", f"{FIXED}\n\n### 指示:\n", "\n### 応答:"),
]
UNSURE = ["gemma2", "mistral"]

# what a model may write after the pre-query -> the task that is left
TASK = "次の文を直してください。\n\n・雨が降る\n・風が吹く\nassistantという語を含む文です。"


def cut(text: str, stop: tuple[str, ...]) -> str:
    """Cut a text as engines do: at the first stop string."""
    return text[: min((text.index(mark) for mark in stop if mark in text), default=None)]


@pytest.mark.parametrize(("name", "sent", "mark"), SURE)
def test_what_is_sent_ends_where_the_user_speaks(name: str, sent: str, mark: str) -> None:
    found = family(name)
    assert found.prompt(STEER) == sent
    assert mark in found.stop


@pytest.mark.parametrize("name", [name for name, _, _ in SURE])
def test_tasks_of_several_lines_stay_whole(name: str) -> None:
    found = family(name)
    assert cut(TASK, found.stop) == TASK
    for mark in ("\nAssistant: はい", "\nアシスタント：はい", found.stop[0]):
        assert cut(TASK + mark, found.stop) == TASK


def test_the_file_holds_both_kinds() -> None:
    found = magpie()
    assert [f.name for f in found.families if f.sure] == [name for name, _, _ in SURE]
    assert [f.name for f in found.families if not f.sure] == UNSURE
    assert found.license == "CC0-1.0"
    assert "日本語だけ" in found.steer


@pytest.mark.parametrize("name", UNSURE)
def test_an_unsure_family_is_refused_with_its_line_and_a_way_on(name: str) -> None:
    with pytest.raises(RecipeError) as caught:
        family(name)
    told = str(caught.value)
    number = int(told.partition(".yaml:")[2].split()[0])
    assert FILE.read_text(encoding="utf-8").splitlines()[number - 1] == "  sure: false"
    assert "not checked" in told
    assert "pre_query:" in told


def test_an_unknown_family_is_told_with_a_near_one() -> None:
    with pytest.raises(RecipeError, match=r"did you mean 'qwen2.5'.*pre_query:"):
        family("qwen25")


def test_templates_of_the_catalogue_are_families_or_have_none() -> None:
    named = {entry.template for card in facts().models.values() for entry in card.serving}
    known = {one.name for one in magpie().families}
    assert named - known == {"phi4", "harmony"}
    assert known <= named


GOOD = """license: CC0-1.0
steer: 日本語で。
role_marks: ["\\nAssistant:"]
families:
- name: a
  bos: "<s>"
  pre_query: "{system} user: "
  stop: ["<end>"]
  sure: true
  source: a page
"""
BROKEN = [
    ("  sure: true", "  sure: perhaps", ":9", "Expected `bool`"),
    ("  sure: true", "  shure: true", ":5", "shure"),
    ("{system} user", "user", ":7", "{system}"),
    ("{system} user", "{system} {user}", ":7", "{system}"),
    ("{system} user", "<s>{system}", ":7", "engines add"),
    ('["<end>"]', '["<end>", "\\n"]', ":8", "several lines"),
    ('["<end>"]', "[]", ":8", "nothing ends"),
    ('["\\nAssistant:"]', '["\\n"]', ":3", "several lines"),
    ("source: a page", 'source: ""', ":10", "is not said"),
    ("  source: a page", "  source: a\n- {name: a, pre_query: '{system}', stop: [x], source: b}", ":11", "twice"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "told"), BROKEN)
def test_a_wrong_file_is_told_with_its_line(
    old: str, new: str, line: str, told: str, tmp_path: Path
) -> None:
    path = tmp_path / "magpie.yaml"
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RecipeError) as caught:
        family("a", path)
    assert f"{path}{line}" in str(caught.value)
    assert told in str(caught.value)


def test_the_file_that_is_broken_above_is_good(tmp_path: Path) -> None:
    path = tmp_path / "magpie.yaml"
    path.write_text(GOOD, encoding="utf-8")
    found = family("a", path)
    assert (found.bos, found.stop) == ("<s>", ("<end>", "\nAssistant:"))
    path.write_text(GOOD.replace("  sure: true\n", ""), encoding="utf-8")
    with pytest.raises(RecipeError, match="not checked"):
        family("a", path)


def test_a_recipe_may_bring_its_own() -> None:
    found = own("[INST] {system}\n\n", ["[/INST]"])
    assert (found.prompt("短く"), found.stop) == ("[INST] 短く\n\n", ("[/INST]",))
    with pytest.raises(RecipeError) as caught:
        own("[INST] ", ["\n\n"])
    assert [m.place for m in caught.value.mistakes] == ["pre_query", "stop"]
