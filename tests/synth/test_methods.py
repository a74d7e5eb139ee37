"""Every method against scripted answers: what it asks, what it makes, what it throws away."""

from __future__ import annotations

import json
from typing import Any

import pytest

from llmx_data.core.errors import RecipeError
from llmx_data.core.parts import find, names
from llmx_data.synth.desk import Desk
from llmx_data.synth.material import seeds
from llmx_data.synth.methods import Made, Method
from llmx_data.synth.methods.answer import Answer
from llmx_data.synth.methods.back_translation import BackTranslation
from llmx_data.synth.methods.evol_instruct import EvolInstruct
from llmx_data.synth.methods.follow_up import FollowUp
from llmx_data.synth.methods.from_document import FromDocument
from llmx_data.synth.methods.judge import Judge
from llmx_data.synth.methods.magpie import Magpie
from llmx_data.synth.methods.persona import Persona
from llmx_data.synth.methods.preference import Preference
from llmx_data.synth.methods.rewrite import Rewrite
from llmx_data.synth.methods.self_instruct import SelfInstruct
from llmx_data.synth.requests import Request

from .methods_help import JUDGE, MODEL, desk, document, drive, pair, reasons

WORDS = ["川の名前", "夏の祭り", "電車の遅れ", "引っ越しの準備", "庭の手入れ", "冬の防寒", "朝の散歩",
         "部屋の換気", "自転車の修理", "手紙の書き方", "弁当の献立", "遠足の持ち物"]  # fmt: skip
DOCUMENT = (
    "北の町の図書館は、二〇二四年四月に新しい建物へ移った。蔵書は五万冊から八万冊に増え、"
    "開館時間も一時間延びた。館長の話では、利用者の三割が二十代である。移転の費用は十二億円だった。"
    "市は「本を借りるだけの場所にしない」と説明する。読み聞かせの部屋、学習室、小さな喫茶店が並ぶ。"
    "休館日は毎週月曜日で、祝日に当たる場合は翌日に休む。駐車場は百二十台分あり、二時間まで無料である。"
)


def proposals(*texts: str) -> str:
    return json.dumps({"tasks": [{"instruction": t, "input": ""} for t in texts]})


def is_answer(request: Request) -> bool:
    return request.template == "answer-v1"


def score(n: int) -> str:
    return json.dumps({"reason": "理由。", "score": n}, ensure_ascii=False)


def test_every_method_is_tested_here() -> None:
    tested = {name for name in globals() if name[0].isupper()}
    found = {find("synth.methods", use, __import__("pathlib").Path()).__name__
             for use in names("synth.methods")}  # fmt: skip
    assert found - tested == {"Rules"}, "tests/synth/test_synthesis.py has the rules"
    assert len(found) == 12


def test_self_instruct_grows_a_pool_without_neighbours() -> None:
    given = iter([
        proposals("川の名前を三つ挙げ、由来を説明してください。", seeds()[0].instruction, ""),
        "これはJSONではない",
        proposals("川の名前を三つ挙げて、由来を説明してください。", "夏の祭りの案内文を書いて。"),
        proposals("電車が遅れたときの連絡の文例を作ってください。", "庭の手入れの順番は？"),
    ])  # fmt: skip
    at = desk(4)
    made, rounds = drive(
        SelfInstruct(per_request=2), at,
        lambda r: "答えです。" if is_answer(r) else next(given, "尽きた"),
    )  # fmt: skip
    assert [len(r) for r in rounds[:2]] == [2, 2], "count over per_request, then what lacks"
    assert reasons(at)["too_similar"] == 2, "one near a seed, one near a kept task"
    assert (reasons(at)["empty"], reasons(at)["bad_json"]) == (1, 1)
    assert len(made) == 4
    assert made[0].messages[-1] == {"role": "assistant", "content": "答えです。"}
    first, second = rounds[0][0], rounds[1][0]
    assert len(first.facts["shots"]) == 6
    assert len(second.facts["shots"]) == 7, "a kept task joins the seeds"
    assert made[0].request.parents == ()


def test_showing_examples_costs_the_same_however_many_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Draws of a request: eight shots, and their order. Sorting all took one per kept task."""
    at, drawn, number = desk(300), list[str](), iter(range(9999))
    draw = Desk.draw
    monkeypatch.setattr(Desk, "draw", lambda at, name: drawn.append(name) or draw(at, name))

    def reply(request: Request) -> str | None:
        if is_answer(request):
            return "答え"
        fresh = [
            "".join(chr(0x4E00 + (next(number) * 7 + i) % 9000) for i in range(9)) for _ in range(4)
        ]
        return proposals(*fresh)

    _, rounds = drive(SelfInstruct(rounds=3), at, reply)
    asked = [r for some in rounds for r in some if not is_answer(r)]
    later = [r for r in asked if len(r.facts["shots"]) == 8]
    assert len(later) >= 12
    assert all(len(set(r.facts["shots"])) == len(r.facts["shots"]) for r in asked)
    assert len({tuple(r.facts["shots"]) for r in asked}) == len(asked)
    assert len({shot for r in asked for shot in r.facts["shots"]}) > 150, "from everywhere"
    assert len(drawn) <= 16 * len(asked)


def test_a_surplus_is_told() -> None:
    at = desk(1)
    texts = [f"{word}について教えてください。" for word in WORDS[:3]]
    made, _ = drive(
        SelfInstruct(per_request=5), at, lambda r: "答え" if is_answer(r) else proposals(*texts)
    )
    assert (len(made), reasons(at)["surplus"]) == (1, 2)


def test_personas_ask() -> None:
    at = desk(6)
    texts = iter(
        ["「川の名前を教えて。」", "", "川の名前を教えて。", "あ" * 1300, "祭りの日程は？"]
    )
    made, rounds = drive(Persona(), at, lambda r: "答え" if is_answer(r) else next(texts, None))
    assert len({r.messages[0]["content"] for r in rounds[0]}) == 6, "six different people"
    assert [m.messages[0]["content"] for m in made] == ["川の名前を教えて。", "祭りの日程は？"]
    assert reasons(at) == {"empty": 1, "too_similar": 1, "too_long": 1}


VERDICTS = ["keep", "same", "leaks_prompt", "keep"]


def test_evolution_says_why_a_step_goes() -> None:
    at = desk(4, records=[pair(n) for n in range(1, 5)], judge=JUDGE)
    verdicts = iter(VERDICTS)

    def reply(request: Request) -> str:
        if is_answer(request):
            return "答え"
        if request.template == "evol_judge-v1":
            verdict = next(verdicts)
            return json.dumps({"reason": "。", "verdict": verdict}, ensure_ascii=False)
        return f"{request.parents[0]}：夏休みの自由研究の計画を、予算と日程も入れて立ててください。"

    made, rounds = drive(EvolInstruct(rounds=1), at, reply)
    assert [r.generator for r in rounds[1]] == [JUDGE] * 4
    assert all(r.sampling.temperature == 0 for r in rounds[1])
    assert reasons(at) == {"evol_same": 1, "evol_leaks_prompt": 1}
    assert len(made) == 2
    assert all(len(m.meta["steps"]) == 1 for m in made)


def test_an_unchanged_step_is_not_even_judged() -> None:
    at = desk(1, records=[pair(1)])
    same = pair(1)["messages"][0]["content"]
    made, rounds = drive(EvolInstruct(rounds=1), at, lambda r: same)
    assert (made, reasons(at)) == ([], {"evol_unchanged": 1})
    assert rounds[1] == []


def test_magpie_continues_the_users_turn() -> None:
    at = desk(3)
    texts = iter(
        ["川の名前を教えて。\n\n理由も知りたいです。", "", "祭りはいつ？", "庭の手入れは？"]
    )
    made, rounds = drive(Magpie(), at, lambda r: "答え" if is_answer(r) else next(texts, None))
    raw = rounds[0][0]
    assert raw.messages == ()
    assert str(raw.prompt).endswith("<|im_start|>user\n")
    assert "日本語" in str(raw.prompt)
    assert not any(stop.strip() == "" for stop in raw.sampling.stop), "no bare line end"
    assert len({r.id for r in rounds[0]}) == 3, "samples of one prompt are different requests"
    assert len(made) == 3
    assert "\n\n" in made[0].messages[0]["content"]
    assert reasons(at) == {"empty": 1}


def test_magpie_needs_a_template_that_is_known() -> None:
    with pytest.raises(RecipeError, match="template family"):
        drive(Magpie(), desk(1, family="unheard-of"), lambda r: None)
    own = Magpie(pre_query="<sys>{system}</sys><user>", stop=["</user>"])
    _, rounds = drive(own, desk(1, family="unheard-of"), lambda r: None)
    assert str(rounds[0][0].prompt).endswith("<user>")


def grounded(question: str, evidence: str) -> str:
    answer = "五万冊から八万冊に増えたためです。"
    return json.dumps({"question": question, "answer": answer, "evidence": evidence})


EVIDENCE = [  # answer of the model, reason of its reject
    (grounded("蔵書が増えた図書館はなぜ移転しましたか。", "蔵書は五万冊から八万冊に増え、"), None),
    (grounded("問い", "蔵書は十万冊に減った、と書かれている"), "no_evidence"),
    (grounded("問い", "蔵書"), "no_evidence"),
    (grounded("", "蔵書は五万冊から八万冊に増え、"), "empty"),
    ("問い：蔵書は？", "bad_json"),
    ("```json\n" + grounded("蔵書は？", "蔵書は五万冊から\n八万冊に増え、") + "\n```", None),
]


@pytest.mark.parametrize(("said", "reason"), EVIDENCE)
def test_a_question_needs_evidence_in_the_document(said: str, reason: str | None) -> None:
    at = desk(1, records=[document(1, DOCUMENT * 2)])
    made, _ = drive(FromDocument(styles=["qa"]), at, lambda r: said)
    assert reasons(at) == ({reason: 1} if reason else {})
    assert len(made) == (reason is None)
    if made:
        assert (made[0].adaptation, made[0].request.parents) == ("generated", ("d1",))
        assert DOCUMENT not in made[0].messages[0]["content"]


def test_other_styles_show_the_document_in_many_wordings() -> None:
    rows = [document(n, f"{n}。{DOCUMENT}" * 2) for n in range(30)] + [document(99, "短い。")]
    at = desk(40, records=rows)
    made, rounds = drive(FromDocument(styles=["summary", "title"]), at, lambda r: "要約です。")
    assert len(rounds[0]) == 30, "documents that say too little are not asked about"
    asked = {m.messages[0]["content"].replace(DOCUMENT, "")[:14] for m in made}
    assert len(asked) > 6
    assert all(m.adaptation == "merged" and DOCUMENT in m.messages[0]["content"] for m in made)


def test_long_documents_end_with_a_sentence() -> None:
    at = desk(1, records=[document(1, DOCUMENT * 20)])
    _, rounds = drive(FromDocument(styles=["summary"], max_chars=500), at, lambda r: None)
    shown = rounds[0][0].messages[0]["content"]
    assert DOCUMENT[:60] in shown
    assert len(shown) < 1200
    assert "である。\n\n条件" in shown or "。\n\n条件" in shown


def test_rewriting_makes_documents() -> None:
    at = desk(2, records=[document(n, f"{n}。{DOCUMENT}" * 2) for n in range(3)])
    texts = iter(["新しい文章です。", " "])
    made, _ = drive(Rewrite(), at, lambda r: next(texts))
    assert [(m.kind, m.messages[0]["content"]) for m in made] == [("document", "新しい文章です。")]
    assert reasons(at) == {"empty": 1}


GUESSES = [
    ('{"fits": true, "instruction": "図書館の移転を伝える記事を書いて。"}', None),
    ('{"fits": false, "instruction": ""}', "does_not_fit"),
    ('{"fits": true, "instruction": " "}', "empty"),
    ('{"fits": "はい"}', "bad_json"),
]


@pytest.mark.parametrize(("said", "reason"), GUESSES)
def test_back_translation_keeps_the_human_text(said: str, reason: str | None) -> None:
    at = desk(1, records=[document(1, DOCUMENT), document(2, DOCUMENT * 30)])
    made, rounds = drive(BackTranslation(), at, lambda r: said)
    assert [r.parents for r in rounds[0]] == [("d1",)], "a text too long is no whole answer"
    assert reasons(at) == ({reason: 1} if reason else {})
    if reason is None:
        assert made[0].messages[-1]["content"] == DOCUMENT
        assert made[0].adaptation == "merged"


def test_conversations_are_carried_on() -> None:
    at = desk(2, records=[pair(1), pair(2)])
    number = iter(range(99))

    def reply(request: Request) -> str:
        if is_answer(request):
            return f"{next(number)}番の答え"
        return (
            pair(1)["messages"][0]["content"]
            if "p1" in request.parents
            else f"続き{len(request.messages[0]['content'])}"
        )

    made, rounds = drive(FollowUp(turns=2), at, reply)
    assert reasons(at) == {"repeated": 1}
    assert len(rounds) == 4
    (one,) = made
    assert [t["role"] for t in one.messages] == ["user", "assistant"] * 3
    assert (one.kind, one.request.parents) == ("conversation", ("p2",))
    assert "利用者：" in rounds[0][0].messages[0]["content"]


# what becomes of the second turn -> turns of each conversation, rejects
SECOND: list[tuple[str | None, list[int], dict[str, int]]] = [
    ("最後の質問です。", [2, 2, 2], {}),
    ("最初の質問です。", [2, 1, 2], {"repeated": 1}),
    ("", [2, 1, 2], {"empty": 1}),
    (None, [2, 1, 2], {}),
    ("答えられない質問です。", [2, 1, 2], {}),
]


@pytest.mark.parametrize(("said", "turns", "told"), SECOND)
def test_what_was_carried_on_is_kept_when_the_next_turn_fails(
    said: str | None, turns: list[int], told: dict[str, int]
) -> None:
    at = desk(3, records=[pair(n) for n in (1, 2, 3)])

    def reply(request: Request) -> str | None:
        if is_answer(request):
            return None if "答えられない" in request.messages[-1]["content"] else "答え"
        if "最初の質問" not in request.messages[0]["content"]:
            return "最初の質問です。"
        return said if request.parents == order[1] else "最後の質問です。"

    order = [r.parents for r in drive(FollowUp(), at, lambda r: None)[1][0]]
    made, _ = drive(FollowUp(turns=2), at, reply)
    assert [m.request.parents for m in made] == order
    assert [len(m.messages) // 2 - 1 for m in made] == turns
    assert [m.meta["turns"] for m in made] == turns
    assert {m.messages[-1]["role"] for m in made} == {"assistant"}
    assert reasons(at) == told


# judgements of the pair in both orders -> what happens
JUDGED = [
    (("first", "second"), "答え0"),
    (("second", "first"), "答え1"),
    (("first", "first"), "undecided"),
    (("tie", "tie"), "undecided"),
    (("first", "よくわからない"), "bad_json"),
    (("first", None), "not_judged"),
]


@pytest.mark.parametrize(("said", "found"), JUDGED)
def test_a_pair_is_judged_in_both_orders(said: tuple[str | None, str | None], found: str) -> None:
    at = desk(1, records=[pair(1)], judge=JUDGE)
    answers = iter(said)

    def reply(request: Request) -> str | None:
        if is_answer(request):
            return f"答え{request.sample}"
        better = next(answers)
        return better and json.dumps({"reason": "。", "better": better})

    made, rounds = drive(Preference(), at, reply)
    assert len(rounds[1]) == 2
    one, two = (r.messages[0]["content"] for r in rounds[1])
    assert one.index("答え0") < one.index("答え1")
    assert two.index("答え1") < two.index("答え0")
    if found.startswith("答え"):
        assert [m.messages[-1]["content"] for m in made] == [found]
        rejected = made[0].rejected
        assert rejected is not None
        assert rejected[-1]["content"] != found
        assert rejected[:-1] == made[0].messages[:-1]
    else:
        assert (made, reasons(at)) == ([], {found: 1})


def test_the_same_answer_twice_is_no_pair() -> None:
    at = desk(1, records=[pair(1)])
    made, rounds = drive(Preference(), at, lambda r: "同じ答え")
    assert (made, rounds[1], reasons(at)) == ([], [], {"same_answer": 1})


def test_judging_what_is_there() -> None:
    at = desk(3, records=[pair(n) for n in (1, 2, 3)], judge=JUDGE)
    said = {"p1": score(5), "p2": score(2), "p3": '{"score": 9, "reason": "。"}'}
    made, _ = drive(Judge(), at, lambda r: said[r.parents[0]])
    assert [(m.request.parents, m.by_model, m.adaptation) for m in made] == [(("p1",), False, None)]
    assert reasons(at) == {"low_score": 1, "bad_json": 1}


def scored(at: Any, marks: list[int | None]) -> list[Made]:
    def reply(request: Request) -> str | None:
        if is_answer(request):
            return f"答え{request.sample}"
        number = int(request.messages[0]["content"].partition("答え\n答え")[2][0])
        mark = marks[number]
        return None if mark is None else score(mark)

    return drive(Answer(), at, reply)[0]


# scores of three answers, least score -> the answer kept, rejects
BEST = [
    ([3, 5, 4], None, "答え1", {"not_best": 2}),
    ([4, 4, 4], None, "答え0", {"not_best": 2}),
    ([3, 2, 1], 4, None, {"low_score": 3}),
    ([None, 4, None], 4, "答え1", {"not_judged": 2}),
]


@pytest.mark.parametrize(("marks", "least", "kept", "told"), BEST)
def test_best_of_n(
    marks: list[int | None], least: int | None, kept: str | None, told: dict[str, int]
) -> None:
    at = desk(1, records=[pair(1)], samples=3, judge=JUDGE, min_score=least)
    made = scored(at, marks)
    assert [m.messages[-1]["content"] for m in made] == ([kept] if kept else [])
    assert reasons(at) == told


def test_answers_go_to_the_last_turn_of_the_user() -> None:
    chat = pair(1, kind="conversation")
    chat["messages"] = [{"role": "system", "content": "あなたは司書。"}, *chat["messages"],
                        {"role": "user", "content": "もう一つ教えて。"}]  # fmt: skip
    nobody = pair(2, messages=[{"role": "assistant", "content": "いらっしゃいませ。"}])
    at = desk(5, records=[chat, nobody])
    made, rounds = drive(Answer(), at, lambda r: "はい。")
    assert len(rounds[0]) == 1
    assert [t["role"] for t in rounds[0][0].messages] == ["system", "user", "assistant", "user"]
    assert rounds[0][0].messages[0]["content"] != "あなたは司書。", "llmx's own system text"
    assert [t["role"] for t in made[0].messages] == ["user", "assistant", "user", "assistant"]
    assert made[0].kind == "conversation"


@pytest.mark.parametrize("use", [u for u in names("synth.methods") if u != "rules"])
def test_the_same_requests_every_time(use: str) -> None:
    """A replay asks for the very same things, which is what resuming rests on."""
    method: Any = find("synth.methods", use, __import__("pathlib").Path())()
    assert isinstance(method, Method)
    rows = [pair(n) for n in range(3)] if "document" not in method.kinds else [
        document(n, f"{n}。{DOCUMENT}" * 2) for n in range(3)
    ]  # fmt: skip

    def ids() -> list[list[str]]:
        rounds = drive(method, desk(3, records=rows, generator=MODEL), lambda r: f"答え{r.id}")[1]
        return [[r.id for r in some] for some in rounds]

    first = ids()
    assert first == ids()
    assert first[0]
