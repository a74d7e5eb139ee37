"""Tasks of the bundled sample: sound, verified, told from wrong ones, even, varied, the same anywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from llmx_data.synth.rules import KINDS, Document, Task, balanced, rejects, tasks, verify
from llmx_data.synth.rules.wording import ask, wordings
from tests.synth.rules_sample import COUNT, SEED, documents, picked

BY_ID = {document.id: document for document in documents()}
PIECE_CHARS = 12
"""A run of the instruction this long is the instruction, not a word in common."""


def core(task: Task) -> tuple[str, str, str]:
    """Split an answer from its frame: before, answer, after."""
    frame = wordings()[task.kind][task.phrasing.split("/")[0]].reply
    before, after = frame.replace("{term}", str(task.facts.get("term"))).split("{answer}")
    return before, task.answer[len(before) : len(task.answer) - len(after)], after


def lines(change: Callable[[list[str]], list[str]]) -> Callable[[str, Task], list[str]]:
    return lambda answer, _: ["\n".join(change(answer.split("\n")))]


def other_choices(_: str, task: Task) -> list[str]:
    return str(task.facts["choices"]).split("\n")


def other_numbers(answer: str, _: Task) -> list[str]:
    return [str(int(answer) + step) for step in (-1, 1, 10)] + [f" {answer}", f"0{answer}"]


def unchanged(_: str, task: Task) -> list[str]:
    return [str(task.facts["passage"])]


def cut(answer: str, _: Task) -> list[str]:
    return [answer[:-1], answer[1:], answer + "。", answer + "\n", ""]


def swapped(answer: str, _: Task) -> list[str]:
    places = [at for at in range(len(answer) - 1) if answer[at] != answer[at + 1]]
    chosen = {places[0], places[len(places) // 2], places[-1]} if places else set()
    return [answer[:at] + answer[at + 1] + answer[at] + answer[at + 2 :] for at in sorted(chosen)]


def replaced(answer: str, _: Task) -> list[str]:
    spots = {0, len(answer) // 2, len(answer) - 1}
    return [answer[:at] + "ぬ" + answer[at + 1 :] for at in sorted(spots)]


def said_otherwise(answer: str, task: Task) -> list[str]:
    if answer == "合っています。":
        return ["合っていません。", "合っていません。正しくは「三人」です。"]
    return ["合っています。", "合っていません。正しくは「七千八人」です。"]


def as_json_otherwise(answer: str, _: Task) -> list[str]:
    found = json.loads(answer)
    backwards = dict(reversed(list(found.items())))
    changed = {k: v + 1 if isinstance(v, int) else v[:-1] for k, v in found.items()}
    return [json.dumps(each, ensure_ascii=False, indent=2) for each in (backwards, changed)]


def conjugated(answer: str, _: Task) -> list[str]:
    pairs = [
        ("ます。", "ました。"),
        ("です。", "でした。"),
        ("る。", "った。"),
        ("である。", "だ。"),
    ]
    return [answer.removesuffix(a) + b for a, b in pairs if answer.endswith(a)]


def spaced(answer: str, _: Task) -> list[str]:
    places = {1, len(answer) // 2, len(answer) - 1}
    return [answer[:at] + blank + answer[at:] for at in sorted(places) for blank in " \u3000"]


SHAPE = (cut, swapped, replaced, spaced)
LIST = (
    *SHAPE,
    lines(lambda rows: rows[1:]),
    lines(lambda rows: [*rows, rows[-1]]),
    lines(lambda rows: rows[::-1]),
)
CHOICE, NUMBER = (*SHAPE, other_choices), (*SHAPE, other_numbers)
REWRITE = (*SHAPE, unchanged, conjugated)
WRONG: dict[str, tuple[Callable[[str, Task], list[str]], ...]] = {
    **dict.fromkeys(("sayings", "katakana", "mentions", "amounts", "dates", "places"), LIST),
    **dict.fromkeys(("ranking", "listing", "edges", "table", "gojuon", "by_size"), LIST),
    "word_readings": LIST,
    **dict.fromkeys(("sentence_count", "char_count", "word_count"), NUMBER),
    **dict.fromkeys(("title", "missing_word", "particle"), CHOICE),
    **dict.fromkeys(("to_polite", "to_plain", "digits", "in_kana"), REWRITE),
    "json": (*SHAPE, as_json_otherwise),
    "true_false": (*SHAPE, said_otherwise),
    "shuffled": (*SHAPE, lambda answer, _: ["→".join(answer.split("→")[::-1])]),
    "stray": (*SHAPE, lambda _, task: [str(task.facts["passage"]).split("。")[0] + "。"]),
}


def test_every_task_is_verified_and_quotes_its_passage() -> None:
    for task in picked():
        assert verify(task, BY_ID[task.document]) is None
        assert str(task.facts["shown"]) in task.prompt
        assert str(task.facts["passage"]) in BY_ID[task.document].text
        assert len(task.facts["passage"]) <= 600
        assert json.loads(json.dumps(task.facts)) is not None


@pytest.mark.parametrize("kind", KINDS)
def test_every_wrong_answer_is_found(kind: str) -> None:
    made = [task for task in picked() if task.kind == kind]
    assert made
    for task in made:
        before, answer, after = core(task)
        wrong = {each for change in WRONG[kind] for each in change(answer, task)} - {answer}
        assert len(wrong) >= 3
        passed = [
            each
            for each in sorted(wrong)
            if verify(replace(task, answer=before + each + after), BY_ID[task.document]) is None
        ]
        assert passed == [], task.answer


def test_the_frame_of_the_answer_is_checked() -> None:
    framed = [task for task in picked() if core(task)[0] or core(task)[2]]
    assert framed
    for task in framed:
        assert verify(replace(task, answer=core(task)[1]), BY_ID[task.document]) is not None


def test_a_task_of_another_document_or_prompt_is_found() -> None:
    task = picked()[0]
    here = BY_ID[task.document]
    assert verify(task, replace(here, id="other"))
    assert verify(task, replace(here, text=here.text[::-1]))
    assert verify(replace(task, prompt=task.prompt + "。"), here)
    assert verify(replace(task, kind="unheard_of"), here)
    assert verify(replace(task, phrasing="unheard/of"), here)


def test_kinds_are_even() -> None:
    made = picked()
    assert len(made) == COUNT
    shares = Counter(task.kind for task in made)
    assert set(shares) == set(KINDS)
    assert sum(count > COUNT * 0.05 for count in shares.values()) >= 8
    assert max(shares.values()) < COUNT * 0.06


def test_no_particle_pattern_crowds_out_the_others() -> None:
    made = [task for task in picked() if task.kind == "particle"]
    patterns = Counter(task.facts["pattern"] for task in made)
    blanks = Counter(core(task)[1][2:] for task in made)
    assert len(patterns) >= 20
    assert max(patterns.values()) <= len(made) * 0.1
    assert set(blanks) == set("にをがでとへ") | {"から", "まで"}
    assert max(blanks.values()) < len(made) * 0.5


def test_the_order_of_two_is_not_asked_for() -> None:
    made = [task for task in picked() if task.kind == "shuffled"]
    assert made
    assert all(3 <= len(str(task.facts["shown"]).split("\n")) <= 5 for task in made)


def test_no_prompt_twice_and_documents_take_turns() -> None:
    assert len({task.prompt for task in picked()}) == COUNT
    used = Counter(task.document for task in picked())
    assert len(used) > 150
    assert max(used.values()) < COUNT * 0.03


def test_wordings_vary() -> None:
    for kind, found in wordings().items():
        used = {task.phrasing.split("/")[0] for task in picked() if task.kind == kind}
        many = sum(task.kind == kind for task in picked())
        assert used == set(found) or many < 60, kind


@pytest.mark.parametrize("kind", KINDS)
def test_wordings_are_whole(kind: str) -> None:
    found = list(wordings()[kind].values())
    assert len(found) >= 4
    assert len({each.ask for each in found}) == len(found)
    for each in found:
        assert each.ask.count("{shown}") == 1
        assert each.reply.count("{answer}") == 1


def test_wordings_and_kinds_are_the_same_names() -> None:
    assert set(wordings()) == set(KINDS)


def test_answers_say_nothing_of_the_instruction() -> None:
    for task in picked():
        asked = ask(task.kind, task.phrasing, {**task.facts, "shown": "\n"})
        runs = [run for run in asked.replace("。", "\n").split("\n") if len(run) >= PIECE_CHARS]
        given = str(task.facts["passage"]) + str(task.facts.get("choices"))
        assert not [run for run in runs if run in task.answer and run not in given]


REFUSED = [
    ("短い文です。", "too_short"),
    ("def main():\n    return 1\n\nclass Part:\n    pass", "code"),
    ("| 品 | 値段 |\n| --- | --- |\n| 茶 | 百円 |", "table"),
    ("The library opens at nine and closes at six every day of the week. " * 4, "not_japanese"),
    ("# 見出し\n\n# もう一つの見出し", "heading"),
    ("- 茶を買う\n- 本を返す\n- 手紙を出す", "list"),
    ("詳しくは https://example.jp/ を見てください。とても詳しく書いてあります。", "markup"),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED, ids=[reason for _, reason in REFUSED])
def test_poor_documents_are_refused_with_a_reason(text: str, reason: str) -> None:
    document = Document("here", text)
    assert list(tasks(document, 1)) == []
    assert rejects([document])[0] == {reason: 1}


def test_a_kind_can_be_asked_for() -> None:
    document = next(iter(documents()))
    assert {task.kind for task in tasks(document, 1, ["json"])} == {"json"}
    with pytest.raises(KeyError, match="unheard_of"):
        list(tasks(document, 1, ["unheard_of"]))


def test_too_few_documents_give_fewer() -> None:
    few = balanced(documents()[:2], COUNT, SEED)
    assert 20 < len(few) < COUNT
    assert balanced([], 10, SEED) == []


PRINT = """
from hashlib import sha256
from tests.synth.rules_sample import documents
from llmx_data.synth.rules import balanced
made = balanced(documents()[:20], 200, 3)
print(sha256(repr([(t.prompt, t.answer, sorted(t.facts.items())) for t in made]).encode()).hexdigest())
"""


def test_two_processes_make_the_same() -> None:
    seen = set()
    for hashing in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hashing}
        run = subprocess.run(
            [sys.executable, "-c", PRINT], env=environment, capture_output=True, check=True
        )
        seen.add(run.stdout)
    assert len(seen) == 1


def test_the_order_of_documents_does_not_matter_and_the_seed_does() -> None:
    some = documents()[:20]
    made = balanced(some, 100, 3)
    assert balanced(some[::-1], 100, 3) == made
    assert balanced(some, 100, 4) != made
