"""Every task: what it reads, how it asks, how it scores likelihoods and texts that are known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from llmx_data.core.errors import DataError, RecipeError
from llmx_data.core.storage import shipped
from llmx_data.license.facts import load as load_facts
from llmx_train.evaluate.asking import choice_rows
from llmx_train.evaluate.finding import find_task, read_tasks, task_names
from llmx_train.evaluate.measuring import measure
from llmx_train.evaluate.requests import Row, Weigh, Write
from llmx_train.evaluate.task import Task
from llmx_train.recipe import Generate

from . import files
from .fakes import BEGIN, END, Characters, Known, subject

MADE: dict[str, Callable[[Path], Path]] = {
    "jcommonsenseqa": files.commonsense,
    "jnli": files.inference,
    "jsquad": files.passages,
    "jmmlu": files.subjects,
    "mgsm_ja": files.sums,
}


def task(use: str, folder: Path, **options: Any) -> Task:
    return find_task(use)(path=str(MADE[use](folder)), **options)


def prompts(made: Task) -> list[str]:
    return [request.prompt for request in made.exam(subject()).requests]


def test_the_folder_holds_the_tasks_tested_here() -> None:
    assert task_names() == sorted(MADE)


@pytest.mark.parametrize("use", sorted(MADE))
def test_the_catalogue_knows_the_source_and_its_licence(use: str) -> None:
    facts, kind = load_facts(shipped("licenses")), find_task(use)
    card = facts.card(kind.card)
    assert card is not None
    assert card.license == kind.licence
    assert str(card.use) == "evaluation"


BARE = {
    "jcommonsenseqa": "質問に対する答えを、選択肢の中から一つ選んで答えてください。\n\n"
    "質問:空から降る水は?\n選択肢:\n- 雨\n- 砂\n- 火\n- 木\n- 音\n回答:",
    "jnli": "前提と仮説の関係を、含意、矛盾、中立の中から一つ選んで答えてください。前提から仮説が導け"
    "るなら含意、両立しないなら矛盾、どちらでもないなら中立です。\n\n"
    "前提:犬が走る。\n仮説:動物が走る。\n関係:",
    "jsquad": "文章を読み、質問に対する答えを文章の中から抜き出してください。答えだけを書いてください。"
    "\n\n題名:湖\n文章:湖は陸に囲まれた水である。\n質問:湖を囲むのは?\n回答:",
    "jmmlu": "次の問題の答えを、A、B、C、Dの中から一つ選んで記号で答えてください。\n\n"
    "問題:1足す1は?\nA. 1\nB. 2\nC. 3\nD. 4\n回答:",
    "mgsm_ja": "次の問題を順を追って解き、最後に「答えは18です。」のように答えの数字を書いてください。"
    "\n\n問題:りんごが3個と4個あります。全部で何個ですか?\n回答:",
}


@pytest.mark.parametrize("use", sorted(MADE))
def test_the_bare_prompt(use: str, tmp_path: Path) -> None:
    assert prompts(task(use, tmp_path, template="bare"))[0] == BARE[use]


@pytest.mark.parametrize("use", sorted(MADE))
def test_the_chat_prompt_is_the_same_without_the_lead(use: str, tmp_path: Path) -> None:
    content = BARE[use].rpartition("\n")[0]
    wanted = f"{BEGIN}<user>{content}{END}<assistant>"
    made = task(use, tmp_path)
    assert prompts(made)[0] == wanted
    assert made.key() == f"{use}/chat/0-shot"


def test_worked_examples_are_other_items_and_always_the_same(tmp_path: Path) -> None:
    made = task("jcommonsenseqa", tmp_path, template="bare", shots=2)
    found = {e.id: e for e in made.examples()}
    for request in made.exam(subject()).requests:
        shown = [e.id for e in found.values() if f"{e.question}\n回答:{e.answer}" in request.prompt]
        assert set(shown) == set(found) - {request.item}
    assert prompts(made) == prompts(made)
    assert made.key() == "jcommonsenseqa/bare/2-shot"


def test_worked_examples_in_chat_are_earlier_turns(tmp_path: Path) -> None:
    (first, _) = prompts(task("mgsm_ja", tmp_path, shots=1))
    assert first.count("<user>") == 2
    assert f"千円を2人に配ると?{END}<assistant>答えは2,000です。{END}<user>" in first


def test_worked_examples_never_show_the_passage_or_another_subject(tmp_path: Path) -> None:
    squad = task("jsquad", tmp_path, template="bare", shots=1)
    told = {r.item: r.prompt for r in squad.exam(subject(), limit=3).requests if r.item != "b0"}
    assert all("題のない文章" in prompt for prompt in told.values())
    with pytest.raises(DataError, match="only 0 worked examples for item words-1"):
        task("jmmlu", tmp_path, shots=1).exam(subject())


def test_choices_are_scored_after_what_they_share() -> None:
    tokens = Characters()
    prompt = tokens("都は京")["input_ids"]
    whole = [tokens("都は京" + choice)["input_ids"] for choice in ("都", "大", "大阪")]
    rows = choice_rows(prompt, whole, begin=2)
    scored = [tokens.decode([row.ids[p] for p in row.scored]) for row in rows]
    assert scored == ["京都", "京大", "京大阪"], "京都 is one token: 京 is weighed in every row"
    plain = choice_rows(tokens("答:")["input_ids"], [tokens("答:雨")["input_ids"]] * 2, begin=2)
    assert [list(row.scored) for row in plain] == [[3], [3]]


def test_choices_that_share_no_token_get_the_first_one() -> None:
    assert choice_rows([5], [[6, 7], [8]], begin=2)[1] == Row((2, 8), range(1, 2))
    with pytest.raises(DataError, match="share no token"):
        choice_rows([5], [[6, 7], [8]], begin=None)


def test_a_choice_that_begins_another_is_still_scored() -> None:
    rows = choice_rows([2, 5], [[2, 5, 6], [2, 5, 6, 7]], begin=None)
    assert [list(row.scored) for row in rows] == [[2], [2, 3]]


def run(made: Task, folder: Path, runner: Known, **more: Any) -> dict[str, Any]:
    exam = made.exam(subject(), **more)
    return measure(exam, subject(), folder / "out", lambda: runner, generate=Generate())


LIKES = [
    ("jcommonsenseqa", {"雨": -1.0, "鉛筆": -2.0}, 2 / 3),  # 土 is first of equals for the third
    ("jcommonsenseqa", {"砂": 1.0, "靴": 1.0, "月": 1.0}, 1 / 3),
    ("jnli", {"中立": 1.0}, 2 / 4),
    ("jnli", {"含意": 1.0}, 1 / 4),
    ("jmmlu", {"A": -9.0, "B": -1.0, "C": -2.0}, 2 / 4),
    ("jmmlu", {"D": 1.0}, 0.0),
]


@pytest.mark.parametrize(("use", "likes", "accuracy"), LIKES)
@pytest.mark.parametrize("template", ["bare", "chat"])
def test_the_likeliest_choice_is_the_answer(
    use: str, likes: dict[str, float], accuracy: float, template: str, tmp_path: Path
) -> None:
    runner = Known(weigh=lambda text: likes.get(text, -5.0))
    told = run(task(use, tmp_path, template=template), tmp_path, runner)
    assert told["means"]["accuracy"]["mean"] == pytest.approx(accuracy)


WRITES = [
    ("jsquad", "水。", {"char_f1": 1 / 3, "exact_match": 1 / 3}),
    ("jsquad", "「陸に囲まれた水」", {"char_f1": (2 / 8 + 1 + 0) / 3, "exact_match": 1 / 3}),
    ("mgsm_ja", "3+4=7なので、答えは７です。", {"accuracy": 1 / 2}),
    ("mgsm_ja", "1000×2で2000円。答えは2,000です。", {"accuracy": 1 / 2}),
    ("mgsm_ja", "分かりません。", {"accuracy": 0}),
]


@pytest.mark.parametrize(("use", "text", "means"), WRITES)
def test_what_is_written_is_scored(
    use: str, text: str, means: dict[str, float], tmp_path: Path
) -> None:
    told = run(task(use, tmp_path), tmp_path, Known(write=lambda prompt: text))
    assert {k: v["mean"] for k, v in told["means"].items()} == pytest.approx(means)


def test_a_task_has_its_own_room_for_an_answer(tmp_path: Path) -> None:
    run(task("jsquad", tmp_path, answer_tokens=9), tmp_path, runner := Known())
    assert {g.max_new_tokens for g in runner.generates} == {9}
    stops = [
        r.stop
        for template in ("bare", "chat")
        for r in task("jsquad", tmp_path, template=template).exam(subject(), limit=1).requests
        if isinstance(r, Write)
    ]
    assert stops == ["\n", None]


def test_the_result_tells_licences_groups_and_the_lazy_answer(tmp_path: Path) -> None:
    told = run(task("jmmlu", tmp_path), tmp_path, Known(weigh=lambda text: float(text == "B")))
    assert told["licences"] == {"CC-BY-NC-ND-4.0": 1, "CC-BY-SA-4.0": 3}
    assert told["always_one_share"] == 2 / 4
    assert {k: v["accuracy"]["mean"] for k, v in told["groups"].items()} == {
        "japanese_idiom": 1.0,
        "sums": 0.5,
        "words": 0.0,
    }
    assert (told["aspect"], told["card"], told["template"]) == ("knowledge", "JMMLU", "fake")


def test_the_three_narrow_subjects_are_known_wherever_they_lie(tmp_path: Path) -> None:
    rows = [["問?", "一", "二", "三", "四", "A"]]
    for stem in ("japanese_civics", "japanese_geography", "japanese_idiom", "anatomy"):
        (tmp_path / f"{stem}.csv").write_text(",".join(rows[0]) + "\n", encoding="utf-8")
    found = find_task("jmmlu")(path=str(tmp_path)).examples()
    assert [e.group for e in found if e.licence] == [
        "japanese_civics",
        "japanese_geography",
        "japanese_idiom",
    ]


def test_a_limit_takes_the_same_items_for_everyone(tmp_path: Path) -> None:
    made = [
        task("jnli", tmp_path, template=form).exam(subject(), limit=2) for form in ("bare", "chat")
    ]
    items = [[request.item for request in exam.requests] for exam in made]
    assert items[0] == items[1]
    assert len(items[0]) == 2
    assert made[0].facts["items_in_file"] == 4


TEXTS = {
    "jcommonsenseqa": ("jcommonsenseqa#10", "空から降る水は?"),
    "jnli": ("jnli#0.0", "犬が走る。"),
    "jsquad": ("jsquad#a0", "湖を囲むのは?"),
    "jmmlu": ("jmmlu#sums-1", "1足す1は?"),
    "mgsm_ja": ("mgsm_ja#1", "りんごが3個と4個あります。全部で何個ですか?"),
}


@pytest.mark.parametrize("use", sorted(MADE))
def test_texts_that_training_data_must_not_hold(use: str, tmp_path: Path) -> None:
    pairs = task(use, tmp_path).texts()
    assert pairs[0] == TEXTS[use]
    assert len({name for name, _ in pairs}) == len(pairs)


BROKEN: list[tuple[str, Callable[[Path], Path], str]] = [
    ("jcommonsenseqa", lambda f: files.commonsense(f, [files.COMMONSENSE[0] | {"label": 5}]), "5 is none"),
    ("jcommonsenseqa", lambda f: files.commonsense(f, [{"question": "?"}]), r":1: no usable field"),
    ("jnli", lambda f: files.inference(f, [files.INFERENCE[0] | {"label": "maybe"}]), "'maybe' is none"),
    ("jsquad", lambda f: files.passages(f, {"rows": []}), "no usable field 'data'"),
    ("jmmlu", lambda f: files.subjects(f, {"JMMLU/a.csv": [["問", "1", "2", "3", "A"]]}), "a.csv:1: wanted"),
    ("jmmlu", lambda f: files.subjects(f, {}), "holds no CSV file"),
    ("mgsm_ja", lambda f: files.sums(f, [("問", "七")]), r":1: '七' is no number"),
    ("mgsm_ja", lambda f: files.sums(f, [("問\t余り", "7")]), r":1: 3 columns, not 2"),
    ("jnli", files.commonsense, "no usable field 'sentence1'"),
    ("jmmlu", files.sums, "cannot be read as a tar archive"),
]  # fmt: skip


@pytest.mark.parametrize(("use", "make", "told"), BROKEN)
def test_a_broken_file_is_told_with_its_place(
    use: str, make: Callable[[Path], Path], told: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=told):
        find_task(use)(path=str(make(tmp_path))).examples()


def test_an_id_that_stands_twice_is_an_error(tmp_path: Path) -> None:
    twice = [files.COMMONSENSE[0], files.COMMONSENSE[0]]
    made = find_task("jcommonsenseqa")(path=str(files.commonsense(tmp_path, twice)))
    with pytest.raises(DataError, match="stands twice"):
        run(made, tmp_path, Known())


def test_a_recipe_hears_all_its_mistakes_with_their_lines(tmp_path: Path) -> None:
    files.sums(tmp_path)
    path = tmp_path / "recipe.yaml"
    entries: list[dict[str, Any]] = [
        {"use": "mgsm_ja", "path": "mgsm_ja.tsv", "shots": -1},
        {"use": "jnly", "path": "x"},
        {"use": "jnli", "path": "nowhere.json", "tempalte": "bare"},
        {"path": "x"},
        {"use": "mgsm_ja", "path": "mgsm_ja.tsv"},
        {"use": "mgsm_ja", "path": "mgsm_ja.tsv", "template": "chat"},
    ]
    path.write_text("eval:\n  tasks:\n" + "".join(f"    - {e}\n" for e in entries))
    with pytest.raises(RecipeError) as caught:
        read_tasks(entries, path)
    told = str(caught.value)
    for part in (
        "recipe.yaml:3",
        "recipe.yaml:4  eval.tasks[1].use: unknown task 'jnly'",
        "did you mean 'jnli'",
        "file 'nowhere.json' does not exist",
        "unknown key 'tempalte'",
        "recipe.yaml:6  eval.tasks[3]: says no 'use: TASK'",
        "recipe.yaml:8  eval.tasks[5]: 'mgsm_ja/chat/0-shot' stands twice",
    ):
        assert part in told, told
    assert len(caught.value.mistakes) == 6


def test_likelihood_tasks_ask_for_rows_and_others_for_text(tmp_path: Path) -> None:
    kinds = {use: {type(r) for r in task(use, tmp_path).exam(subject()).requests} for use in MADE}
    assert kinds == {use: {Write} if use in ("jsquad", "mgsm_ja") else {Weigh} for use in MADE}
