"""Recipes that are wrong: every mistake with its line and the nearest name, all at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from llmx_data.core.errors import RecipeError
from llmx_data.plan import Plan, read_plan

HEAD = "name: open\npurpose: publish-data\n"
SOURCES = "sources:\n  - {use: files, path: wiki.jsonl, license: CC-BY-4.0}\n"
GOOD = HEAD + SOURCES
"""Five lines without a mistake; what a test adds begins on line 5."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with one small input and one word list."""
    (tmp_path / "wiki.jsonl").write_text('{"text": "東京の図書館。"}\n', encoding="utf-8")
    (tmp_path / "words.txt").write_text("猫\n", encoding="utf-8")
    return tmp_path


def plan_of(folder: Path, text: str, *sets: str) -> Plan:
    """Read a recipe from its text."""
    path = folder / "r.yaml"
    path.write_text(text, encoding="utf-8")
    return read_plan(path, list(sets))


def mistakes(folder: Path, text: str, *sets: str) -> list[str]:
    """Mistakes of a recipe, one line each: `LINE PLACE: PROBLEM | REMEDY`."""
    with pytest.raises(RecipeError) as caught:
        plan_of(folder, text, *sets)
    found = []
    for mistake in caught.value.mistakes:
        where = mistake.where.rpartition(":")[2]
        place = f" {mistake.place}" if mistake.place else ""
        found.append(f"{where}{place}: {mistake.problem} | {mistake.remedy}")
    return found


WRONG = [
    ("", "onn_denied: drop", r"5 .*: unknown key 'onn_denied' \| did you mean 'on_denied'\?"),
    ("", "on_denied: yes", r"5 .*'on_denied' is \"yes\": input should be 'stop', 'drop' or 'split'"),
    ("", "date: 2026", r"5 .*'date' is 2026: input should be a valid string"),
    ("", "name: again", r"5 name: this key stands twice \| keep one of them"),
    ("", "normalize: [unicod]", r"5 .*unknown part 'unicod' in normalize/ \| did you mean 'unicode'"),
    ("", "normalize: [3]", r"5 .*'normalize\[0\]' is 3: input should be a valid string, or"),
    ("", "output: {formats: [arrow]}", r"5 .*'formats\[0\]' is \"arrow\": input should be 'parquet'"),
    ("", "tokenizer: gone.model", r"5 tokenizer: file 'gone.model' does not exist \| looked for /"),
    ("steps", "filter: {use: length, min_char: 3}", r"6 .*filter\.length: unknown key 'min_char' \| "
     r"did you mean 'min_chars'\?"),
    ("steps", 'filter: {use: length, min_chars: "3"}', r"6 .*'min_chars' is \"3\": .*valid integer"),
    ("steps", "filter: {use: lenght}", r"6 .*unknown part 'lenght' in filter/ \| .*'length'\?"),
    ("steps", "filter: {min_chars: 3}", r"6 steps\[0\]\.filter: says no 'use: PART' \| known: answ"),
    ("steps", "filter: 3", r"6 .*wanted a part or a mapping, got 3"),
    ("steps", "filter: {preset: web-jp}", r"6 .*unknown preset 'web-jp' \| did you mean 'web-ja'\?"),
    ("steps", "filter: {preset: [web-ja]}", r"6 .*'preset' is \[\"web-ja\"\]: .*valid string"),
    ("steps", "filter: {preset: web-ja, wiht: {}}", r"6 .*unknown key 'wiht' \| .*'with'\?"),
    ("steps", "filter: {preset: web-ja, without: length}", r"6 .*'without' is \"length\": .*list"),
    ("steps", "filter: {preset: web-ja, without: [lenght]}", r"6 .*preset 'web-ja' has no filter "
     r"'lenght' \| did you mean 'length'\?"),
    ("steps", "filter: {preset: web-ja, with: [length]}", r"6 .*'with' is \[\"length\"\]: "),
    ("steps", "filter: {preset: web-ja, with: {length: 3}}", r"6 .*'with.length' is 3: "),
    ("steps", "filter: {preset: web-ja, with: {lines: {max: 3}}}", r"6 .*filter\.lines: unknown key"),
    ("steps", "filter: {use: words, name: w, path: no.txt}", r"6 .*file 'no.txt' does not exist"),
    ("steps", "filter: {use: rule, keep: kana_shar > 1}", r"6 .*no measure gives 'kana_shar'"),
    ("steps", "filter: {use: ./no.py}", r"6 .*part file .*no\.py does not exist"),
    ("steps", "filtr: {use: length}", r"6 .*unknown step 'filtr' \| did you mean 'filter'\?"),
    ("steps", "dedup: {use: minhash, threshold: 1.5}", r"6 .*'threshold' is 1\.5: .*less than or"),
    ("steps", "dedup: minhsh", r"6 .*unknown part 'minhsh' in dedup/ \| did you mean 'minhash'\?"),
    ("steps", "pii: {mode: hide}", r"6 .*pii\.mask: 'mode' is \"hide\": input should be 'mask' or"),
    ("steps", "decontaminate: {against: [{name: q, path: no.json}]}", r"6 .*'no\.json' does not ex"),
    ("steps", "{dedup: exact, only: documents}", r"6 steps\[0\]\.only: 'only' names 'documents', "
     r"which is neither a source nor a kind \| did you mean 'document'\?"),
    ("steps", "{dedup: exact, pii: {}}", r"6 steps\[0\]: a step is one of filter, dedup, pii, dec"),
    ("steps", "exact", r"6 .*'steps\[0\]' is \"exact\": input should be a valid dictionary"),
    ("steps", "pii: {}\n  - pii: {what: [phone]}", r"7 steps\[1\]: personal data is masked by a step "
     r"above already \| name all kinds in one step"),
    ("sources", "{use: fils, path: wiki.jsonl}", r"5 .*unknown part 'fils' in ingest/ \| .*'files'\?"),
    ("sources", "{use: files, path: no/*.jsonl}", r"5 sources\[1\]\.path: no file matches no/\*"),
    ("sources", "{use: files, path: wiki.jsonl}", r"5 sources\[1\]: the source name 'wiki' stands twi"),
    ("sources", "{use: files, name: a, path: wiki.jsonl, license: CC-BY-4}", r"5 .*unknown licence "
     r"'CC-BY-4' \| did you mean CC-BY-4\.0"),
    ("sources", "{use: files, name: a, path: wiki.jsonl, license: mine AND}", r"5 .*'mine AND' is nei"),
    ("sources", "{use: files, name: a, path: wiki.jsonl, form: chat}", r"5 .*'form' is \"chat\": "),
    ("sources", "wiki.jsonl", r"5 .*'sources\[1\]' is \"wiki\.jsonl\": input should be a valid dict"),
]  # fmt: skip


@pytest.mark.parametrize(("below", "line", "expected"), WRONG)
def test_one_mistake_is_one_line_with_its_place(
    folder: Path, below: str, line: str, expected: str
) -> None:
    added = {"": f"{line}\n", "steps": f"steps:\n  - {line}\n", "sources": f"  - {line}\n"}
    (found,) = mistakes(folder, GOOD + added[below])
    assert re.match(expected, found), found


TOP = [
    ("name: open\n" + SOURCES, [r"1: 'purpose' is missing"]),
    (HEAD, [r"1: 'sources' is missing"]),
    (HEAD + "sources: []\n", [r"3 sources: a recipe needs at least one source"]),
    (HEAD + "sources: wiki.jsonl\n", [r"3 .*'sources' is \"wiki\.jsonl\": .*valid list"]),
    ("name: open\npurpose: publish-date\n" + SOURCES, [r"2 .*'publish-date' \| .*'publish-data'\?"]),
    ("name: open\npurpose: 3\n" + SOURCES, [r"2 .*'purpose' is 3: input should be a valid string"]),
    ("name: open\npurpose: {act: [evaluate_only], polcy: strict}\n" + SOURCES, [r"2 .*polcy"]),
    ("purpose: publish-data\nsources:\n  - wiki\n", [r"1: 'name' is missing", r"3 .*\"wiki\""]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), TOP)
def test_mistakes_at_the_top(folder: Path, text: str, expected: list[str]) -> None:
    found = mistakes(folder, text)
    assert len(found) == len(expected), found
    assert all(re.match(e, f) for e, f in zip(expected, found, strict=True)), found


FIVE = """\
name: open
purpose: publish-date
sources:
  - {use: files, path: wiki.jsonl, license: CC-BY-4}
steps:
  - dedup: exact
  - filter: {preset: web-jp}
    only: documents
  - filter: {use: length, min_char: 3}
"""


@pytest.mark.parametrize("extra", ["", "onn_denied: drop\n", "steps: []\n"])
def test_five_mistakes_are_five_lines_whatever_the_top_is_like(folder: Path, extra: str) -> None:
    with pytest.raises(RecipeError) as caught:
        plan_of(folder, FIVE + extra)
    placed = re.findall(r"^.*r\.yaml:(\d+)  ", str(caught.value), re.MULTILINE)
    assert placed == ["2", "4", "7", "8", "9", *(["10"] if extra else [])]


def test_a_source_that_cannot_be_read_is_not_blamed_on_only(folder: Path) -> None:
    for name in ("", "name: news, "):
        source = f"  - {{use: files, {name}path: wiki.jsonl, licence: x}}\n"
        text = GOOD + source + "steps:\n  - {dedup: exact, only: news}\n"
        assert [m.split()[0] for m in mistakes(folder, text)] == ["5"]


def test_a_wrong_value_of_set_names_set(folder: Path) -> None:
    sets = ("on_denied=perhaps", "steps[0].filter.min_chars=few")
    text = GOOD + "steps:\n  - filter: {use: length, min_chars: 3}\n"
    with pytest.raises(RecipeError) as caught:
        plan_of(folder, text, *sets)
    assert [m.where for m in caught.value.mistakes] == [
        "--set on_denied",
        "--set steps[0].filter.min_chars",
    ]
