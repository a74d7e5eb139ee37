"""The material keeps its promises: varied, right where it can be recomputed, Japanese, sound."""

from __future__ import annotations

import ast
import json
import operator
import re
import shutil
import sqlite3
import subprocess
from collections import Counter
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from llmx_data.core import yaml12
from llmx_data.core.errors import RecipeError
from llmx_data.core.storage import shipped
from llmx_data.kernels.chars import simplified_only
from llmx_data.synth.material import Factors, Seed, factors, personas, prompt, seeds

MATERIAL = shipped("recipes") / "synth" / "material"
SEEDS = seeds()
PROMPTS = sorted(path.stem for path in (MATERIAL / "prompts").glob("*.md"))
FILES = sorted(path for path in MATERIAL.rglob("*") if path.is_file())
METHODS = {
    "self_instruct": 1, "evol_instruct": 6, "persona": 1, "from_document": 4, "rewrite": 1,
    "back_translation": 1, "answer": 1, "follow_up": 1, "preference": 1, "judge": 1,
}  # fmt: skip
CHECKS = {"values", "chars", "lines", "json", "python", "sql", "shell", "without"}
OPERATORS: dict[type[ast.AST], Any] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.Div: operator.truediv, ast.Mod: operator.mod,
}  # fmt: skip


def checked(name: str) -> list[Any]:
    """Seeds that state a fact of one kind."""
    found = [pytest.param(s, s.check[name], id=s.id) for s in SEEDS if name in s.check]
    assert found, f"no seed has check {name}"
    return found


def value(node: ast.AST) -> Fraction:
    """Whole numbers, + - * / % and brackets; anything else is an error."""
    match node:
        case ast.Expression(body=body):
            return value(body)
        case ast.Constant(value=int(number)):
            return Fraction(number)
        case ast.BinOp(left=left, op=op, right=right):
            return Fraction(OPERATORS[type(op)](value(left), value(right)))
    raise ValueError(f"not plain arithmetic: {ast.dump(node)}")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.S)


def without_code(text: str) -> str:
    return re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.S)


def test_seeds_are_many_and_varied() -> None:
    shares = Counter(seed.category for seed in SEEDS)
    assert len(SEEDS) >= 160
    assert len(shares) >= 20
    assert max(shares.values()) <= 0.1 * len(SEEDS)
    lengths = [len(seed.output) for seed in SEEDS]
    assert min(lengths) <= 3
    assert max(lengths) >= 350


def test_seed_ids_are_unique_and_numbered_within_their_category() -> None:
    assert len({seed.id for seed in SEEDS}) == len(SEEDS)
    counted: Counter[str] = Counter()
    for seed in SEEDS:
        counted[seed.category] += 1
        assert seed.id == f"{seed.category}-{counted[seed.category]:02d}"
        assert set(seed.check) <= CHECKS, seed.id
        assert seed.instruction.strip(), seed.id
        assert seed.output.strip(), seed.id


def test_no_two_instructions_are_alike() -> None:
    grams = [{s.instruction[i : i + 3] for i in range(len(s.instruction) - 2)} for s in SEEDS]
    alike = [
        (SEEDS[i].id, SEEDS[j].id)
        for i, j in combinations(range(len(SEEDS)), 2)
        if len(grams[i] & grams[j]) >= 0.6 * len(grams[i] | grams[j])
    ]
    assert alike == []


@pytest.mark.parametrize(("seed", "values"), checked("values"))
def test_numbers_in_answers_are_right(seed: Seed, values: dict[str, str]) -> None:
    for expression, said in values.items():
        assert said in seed.output
        last = re.findall(r"-?\d[\d,]*(?:\.\d+)?(?:/\d+)?", said)[-1]
        assert value(ast.parse(expression, mode="eval")) == Fraction(last.replace(",", ""))


@pytest.mark.parametrize("expression", ["2**9", "abs(1)", "'1'", "1.5", "-x", "[1][0]"])
def test_only_plain_arithmetic_is_evaluated(expression: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        value(ast.parse(expression, mode="eval"))


@pytest.mark.parametrize(("seed", "bounds"), checked("chars"))
def test_answers_keep_to_their_length(seed: Seed, bounds: list[int]) -> None:
    assert bounds[0] <= len(seed.output) <= bounds[1]


@pytest.mark.parametrize(("seed", "lines"), checked("lines"))
def test_answers_have_their_lines(seed: Seed, lines: int) -> None:
    assert len(seed.output.splitlines()) == lines


@pytest.mark.parametrize(("seed", "pattern"), checked("without"))
def test_answers_avoid_what_they_must(seed: Seed, pattern: str) -> None:
    assert re.findall(pattern, seed.output) == []


@pytest.mark.parametrize(("seed", "_"), checked("json"))
def test_json_answers_parse(seed: Seed, _: bool) -> None:
    assert isinstance(json.loads(seed.output), dict | list)


def test_every_answer_that_looks_like_json_is_checked() -> None:
    assert [s.id for s in SEEDS if s.output[0] in "{[" and "json" not in s.check] == []


@pytest.mark.parametrize(("seed", "cases"), checked("python"))
def test_python_answers_do_what_they_say(seed: Seed, cases: dict[str, str]) -> None:
    room: dict[str, Any] = {}
    for block in blocks(seed.output, "python"):
        exec(compile(block, seed.id, "exec"), room)
    for expression, expected in cases.items():
        assert eval(expression, room) == ast.literal_eval(expected), expression


def test_every_python_block_compiles_and_is_run() -> None:
    for seed in SEEDS:
        for block in blocks(seed.output + "\n" + seed.input, "python"):
            compile(block, seed.id, "exec")
        assert "python" in seed.check or not blocks(seed.output, "python"), seed.id


@pytest.mark.parametrize(("seed", "case"), checked("sql"))
def test_sql_answers_give_the_rows(seed: Seed, case: list[Any]) -> None:
    setup, rows = case
    with sqlite3.connect(":memory:") as tables:
        tables.executescript(setup)
        found = [list(row) for row in tables.execute(blocks(seed.output, "sql")[0])]
    tables.close()
    assert found == rows


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize("seed", [s for s in SEEDS if blocks(s.output, "bash")], ids=lambda s: s.id)
def test_shell_blocks_are_well_formed(seed: Seed) -> None:
    for block in blocks(seed.output, "bash"):
        done = subprocess.run(["bash", "-n"], input=block, text=True, capture_output=True)
        assert (done.returncode, done.stderr) == (0, "")


def test_a_one_liner_counts_as_it_says(tmp_path: Path) -> None:
    (tmp_path / "access.txt").write_text("a 1\nb 1\na 2\n")
    line = blocks(next(s.output for s in SEEDS if s.id == "sql_shell-05"), "bash")[0]
    found = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, text=True)
    assert found.stdout.split() == ["2", "a", "1", "b"]


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.id)
def test_punctuation_is_japanese(seed: Seed) -> None:
    text = without_code("\n".join((seed.instruction, seed.input, seed.output)))
    assert re.findall(r"[，．｡､･]", text) == []
    assert re.findall(r"[ぁ-んァ-ヶ一-龠。、][,.!?:;](?![a-z])", text) == []


def test_answers_name_no_machine_and_need_no_attachment() -> None:
    told = re.compile(
        r"言語モデル|人工知能|(?<![A-Za-z])AI(?![A-Za-z])|添付(の|した)(画像|写真|ファイル)"
    )
    assert [seed.id for seed in SEEDS if told.search(seed.instruction + seed.output)] == []


def test_files_are_found() -> None:
    assert len(FILES) == 4 + sum(METHODS.values())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_files_hold_no_chinese_no_contacts_and_no_odd_characters(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert set(text) & simplified_only() == set()
    assert re.findall(r"[\w.]+@(?!example\.jp)[\w.]+|https?://(?!example\.jp)\S+", text) == []
    assert re.findall(r"0\d{1,4}-\d{1,4}-\d{3,4}|0\d{9,10}", text) == []
    assert re.findall(r"[\u200b-\u200f\ufeff\t\r]", text) == []


@pytest.mark.parametrize("name", ["seeds_ja.yaml", "factors_ja.yaml", "prompts/magpie.yaml"])
def test_data_files_state_their_licence(name: str) -> None:
    assert yaml12.load(MATERIAL / name).data["license"] == "CC0-1.0"


BROKEN = [
    ("seeds:\n- {id: a, category: b, instruction: c, output: 1}", ":2", "Expected `str`"),
    ("seeds:\n\n- {id: a, category: b, instruction: c, output: d, outptu: e}", ":3", "outptu"),
    ("seeds:\n- {id: a, category: b, instruction: c}", ":2", "output"),
    ("seed: []", ":0", "seeds"),
]


@pytest.mark.parametrize(("text", "line", "told"), BROKEN)
def test_a_broken_seed_is_told_with_its_line(
    text: str, line: str, told: str, tmp_path: Path
) -> None:
    path = tmp_path / "seeds.yaml"
    path.write_text("license: CC0-1.0\n" + text)
    with pytest.raises(RecipeError) as caught:
        seeds(path)
    number = int(line[1:]) + 1
    assert f"{path}:{number}" in str(caught.value)
    assert told in str(caught.value)


def test_prompts_are_one_per_method_and_step() -> None:
    assert Counter(prompt(name).method for name in PROMPTS) == METHODS
    assert all(re.fullmatch(r"[a-z_]+-v[1-9]", name) for name in PROMPTS)


@pytest.mark.parametrize("name", PROMPTS)
def test_prompts_ask_for_plain_japanese(name: str) -> None:
    found = prompt(name)
    for demand in ("日本語だけで", "AIや言語モデルである", "この指示文"):
        assert demand in found.text
    assert found.purpose
    assert found.max_tokens >= 32
    assert found.fill(**dict.fromkeys(found.slots, "値")).count("{") == found.text.count('{"')


@pytest.mark.parametrize("name", PROMPTS)
def test_prompts_that_are_parsed_show_their_json(name: str) -> None:
    found = prompt(name)
    assert (found.schema is not None) == ("JSONだけを出力" in found.text)
    for key, of in (found.schema or {}).get("properties", {}).items():
        assert f'"{key}"' in found.text
        for choice in of.get("enum", []):
            assert str(choice) in found.text
    if found.schema is not None:
        assert found.schema["additionalProperties"] is False
        assert set(found.schema["required"]) == set(found.schema["properties"])


def test_filling_takes_every_slot_once() -> None:
    pair = prompt("judge_pair-v1")
    text = pair.fill(instruction="{first}を説明", first="一つ目", second='{"b": 1}')
    assert "{first}を説明" in text
    assert '{"b": 1}' in text
    with pytest.raises(RecipeError, match="second"):
        pair.fill(instruction="あ", first="い")
    with pytest.raises(RecipeError, match="third"):
        pair.fill(instruction="あ", first="い", second="う", third="え")


def test_an_unknown_prompt_is_told_with_a_near_one() -> None:
    with pytest.raises(RecipeError, match="did you mean 'answer-v1'"):
        prompt("answr-v1")


def test_a_prompt_changes_its_hash_with_every_byte(tmp_path: Path) -> None:
    original = prompt("answer-v1")
    raw = (MATERIAL / "prompts" / "answer-v1.md").read_bytes()
    copy = tmp_path / "answer-v1.md"
    copy.write_bytes(raw)
    assert prompt("answer-v1", tmp_path).sha256 == original.sha256
    copy.write_bytes(raw.replace(b"max_tokens: 1024", b"max_tokens: 1025"))
    changed = prompt("answer-v1", tmp_path)
    assert changed.text == original.text
    assert changed.sha256 != original.sha256


WRONG = [
    ("slots: []", "slots: [other]", "slots"),
    ("id: answer-v1", "id: answer-v2", "id differs"),
    ("role: system", "role: king", "Invalid enum value"),
    ("method: answer\n", "", "method"),
    ("stop: []", "stop: []\ntemperature: 1", "temperature"),
]


@pytest.mark.parametrize(("old", "new", "told"), WRONG)
def test_a_wrong_prompt_file_is_refused(old: str, new: str, told: str, tmp_path: Path) -> None:
    text = (MATERIAL / "prompts" / "answer-v1.md").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "answer-v1.md").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RecipeError, match=told):
        prompt("answer-v1", tmp_path)


def test_factors_are_many_and_unique() -> None:
    found = factors()
    jobs = [name for band in found.occupations for name in band.names]
    assert len(jobs) >= 120
    assert len(found.values["prefecture"]) == 47
    for names in (jobs, *found.values.values()):
        assert len(set(names)) == len(names)


def known(found: Factors) -> dict[str, set[str]]:
    return {
        "age": {name for band in found.ages for name in band.names},
        "group": {band.group for band in found.occupations},
        "occupation": {name for band in found.occupations for name in band.names},
        **{factor: set(names) for factor, names in found.values.items()},
    }


def test_rules_name_values_that_there_are() -> None:
    found = factors()
    there = known(found)
    for rule in found.rules:
        for side in (rule.when, rule.never):
            assert side, rule.because
            for factor, names in side.items():
                assert set(names) <= there[factor], rule.because


BASE = {
    "age": "30代", "group": "医療", "occupation": "看護師", "prefecture": "福岡県", "setting": "城下町",
    "situation": "毎日忙しくて時間がない", "interest": "登山", "knowledge": "基礎はわかる",
    "tone": "率直で短い", "goal": "手順を知りたい", "medium": "箇条書きの依頼",
}  # fmt: skip
FORBIDDEN: list[dict[str, str]] = [
    {
        "age": "小学校高学年",
        "group": "児童",
        "occupation": "小学生",
        "situation": "転職を考えている",
    },
    {"age": "小学校高学年", "group": "児童", "occupation": "小学生", "knowledge": "専門家に近い"},
    {"age": "10代後半", "group": "生徒", "occupation": "工業高校の生徒", "interest": "日本酒"},
    {"age": "30代", "situation": "孫の世話を頼まれている"},
    {
        "age": "70代後半以上",
        "group": "引退",
        "occupation": "年金で暮らす人",
        "medium": "社内メール",
    },
    {"prefecture": "長野県", "setting": "漁村"},
    {"prefecture": "長野県", "group": "水産", "occupation": "海女"},
    {"group": "店主", "occupation": "八百屋の店主", "goal": "上司に報告する文を作りたい"},
    {"situation": "在宅で働いている"},
]


@pytest.mark.parametrize("change", FORBIDDEN, ids=lambda change: "/".join(change.values()))
def test_absurd_people_are_forbidden(change: dict[str, str]) -> None:
    assert factors().allows(BASE)
    assert not factors().allows(BASE | change)


def test_personas_are_the_same_every_time_and_distinct() -> None:
    first = personas(60, 7)
    assert first == personas(60, 7)
    assert first[:20] == personas(20, 7)
    assert first != personas(60, 8)
    assert len({person.text for person in personas(300, 7)}) == 300


def test_personas_obey_ages_and_rules() -> None:
    found = factors()
    there = known(found)
    ages = {name: band for band in found.ages for name in band.names}
    jobs = {name: band for band in found.occupations for name in band.names}
    people = personas(1000, 3)
    for person in people:
        has = person.values
        assert all(has[factor] in names for factor, names in there.items())
        job, age = jobs[has["occupation"]], ages[has["age"]]
        assert job.first <= age.first <= age.last <= job.last
        assert job.group == has["group"]
        assert found.allows(has)
        assert "{" not in person.text
        assert has["occupation"] in person.text
    assert {person.values["age"] for person in people} == there["age"]
    assert {person.values["prefecture"] for person in people} == there["prefecture"]
    assert len({person.values["occupation"] for person in people}) > 0.9 * len(jobs)
    pairs = {(person.values["tone"], person.values["interest"]) for person in people}
    assert len(pairs) > 300, "factors are drawn apart from each other: of 384 pairs most are there"


def test_used_up_factors_are_told(tmp_path: Path) -> None:
    path = tmp_path / "factors.yaml"
    path.write_text(
        "license: CC0-1.0\ntext: '{age}の{occupation}'\nages: [{names: [大人], from: 20, to: 60}]\n"
        "occupations: [{group: 仕事, names: [大工, 左官], from: 18, to: 70}]\n"
        "values: {tone: [短い, 長い]}\nrules:\n"
        "- {because: 試し, if: {occupation: [大工]}, never: {tone: [長い]}}\n",
        encoding="utf-8",
    )
    few = factors(path)
    assert len(personas(3, 1, few)) == 3
    with pytest.raises(RecipeError, match="give 3 personas, not 4"):
        personas(4, 1, few)
