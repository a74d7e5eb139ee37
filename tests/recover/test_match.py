"""What is one record and what is not, one row per case."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from llmx_data.core.tables import ORIGINS
from llmx_data.pii.mask import Mask
from llmx_data.recover.known import BUCKET, Known
from llmx_data.recover.match import match
from llmx_data.recover.sides import PREFIX
from llmx_data.recover.table import counts, origins
from tests.recover.help import Told, found, frame, known

ASK = "北海道の冬の暮らしで気をつけることを教えてください。"
LONG = (
    "北海道の冬は気温が氷点下十度を下回る日が続くため、水道管の凍結に注意が必要です。夜は元栓を閉め、"
    "蛇口を開けて水を抜いておきます。外出のときは滑りにくい靴を選び、日が暮れる前に家へ帰りましょう。"
    "車には毛布とスコップを積み、吹雪の予報が出たら無理に出かけないことが大切です。"
)
OTHER = (
    "北海道の冬は気温が氷点下十度を下回る日が続くため、水道管の凍結に注意が必要です。それに加えて、"
    "暖房の灯油を切らさないこと、屋根の雪を早めに下ろすこと、停電に備えて電池と食料を置くことを勧めます。"
)
MAIL = "問い合わせは info@example.co.jp か 03-1234-5678 までお願いします。担当の者が折り返し連絡します。"
TALK = ("旅行の予定は決まりましたか。", "はい、長野へ行くことにしました。", "何日ぐらい泊まりますか。",
        "二泊です。温泉のある宿を見つけて、もう予約も済ませてあります。")  # fmt: skip
HOW = "パンが膨らまないときは何を見直せばよいですか。"
BREAD = (
    "まず酵母の期限と水温を確かめます。四十度を超える湯では酵母が弱るため、人肌ほどの水を使います。"
    "次にこね方と室温を見直し、寒い日は発酵の時間を長めに取ってください。"
)
PAGE = "利用規約の改定のお知らせ。" + LONG + OTHER


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Known:
    return known(
        tmp_path_factory.mktemp("known"),
        a=[(ASK, LONG), ("この文は正しいですか。猫は鳥である。", "いいえ"), ("連絡先を教えて。", MAIL), PAGE, (HOW, BREAD)],
        b=[("雪国の朝は早いですか。ひとことで答えて。", "いいえ"), TALK, ("天気は？", "晴れ"), (HOW, BREAD)],
    )  # fmt: skip


def edited(text: str, every: int) -> str:
    return "".join("〓" if n % every == every - 1 else c for n, c in enumerate(text))


MASKED = Mask().hidden([MAIL])[0]
CASES: list[tuple[str, Told, str, str | None, list[str]]] = [
    ("the same", (ASK, LONG), "exact", "a", []),
    ("full width, line breaks", (ASK, unicodedata.normalize("NFKC", LONG).replace("。", "。\n ")), "exact", "a", []),
    ("as one document", f"{ASK}\n{LONG}", "exact", "a", []),
    ("a short answer, its prompt too", ("この文は正しいですか。猫は鳥である。", "いいえ"), "exact", "a", []),
    ("a common short answer", ("魚は泳ぐ。これは誤りですか。", "いいえ"), "ambiguous", None, ["a", "b"]),
    ("a short answer of one source", ("明日の天気を予想してみて。", "晴れ"), "unknown", None, []),
    ("too short to tell", ("天気は？", "晴れ"), "ambiguous", None, ["b"]),
    ("masked", ("連絡先を教えて。", MASKED), "exact", "a", []),
    ("masked by another tool", ("連絡先を教えて。", MAIL.replace("info@example.co.jp", "<EMAIL>")), "exact", "a", []),
    ("masked by stars", ("連絡先を教えて。", MAIL.replace("info@example.co.jp", "＊" * 18)), "exact", "a", []),
    ("cut", (ASK, LONG[:60]), "prefix", "a", []),
    ("cut, masked", ("連絡先を教えて。", MASKED[:45] + "ます。"), "unknown", None, []),
    ("cut too short", (ASK, LONG[: PREFIX - 1]), "unknown", None, []),
    ("begins alike, goes on otherwise", (ASK, OTHER), "unknown", None, []),
    ("other prompt, same answer", ("沖縄の夏の海で泳ぐときの注意点をまとめてください。", LONG), "unknown", None, []),
    ("same prompt, other answer", (ASK, "寒さに備えて服を重ね着し、足元に気をつけて歩くことです。" * 3), "unknown", None, []),
    ("edited", (ASK, edited(LONG, 100)), "minhash", "a", []),
    ("rewritten in places", (ASK, edited(LONG, 30)), "unknown", None, []),
    ("a prompt that ends alike", ("本州の夏の旅行で楽しみにしていることを教えてください。", LONG), "unknown", None, []),
    ("a talk in two pieces", (TALK[0] + TALK[2], TALK[1] + TALK[3]), "exact", "b", []),
    ("a document that is an answer", LONG, "unknown", None, []),
    ("rewritten", (ASK, edited(LONG, 9)), "unknown", None, []),
    ("a record around it", (ASK, LONG + "それから、" + edited(OTHER, 3) * 3), "unknown", None, []),
    ("one exchange of a talk", (TALK[2], TALK[3]), "exact", "b", []),
    ("a short exchange of a talk", (TALK[0], TALK[1]), "ambiguous", None, ["b"]),
    ("a document", PAGE, "exact", "a", []),
    ("a cut document", PAGE[:150], "prefix", "a", []),
    ("the head of a document", PAGE[:60], "unknown", None, []),
    ("in two sources", (HOW, BREAD), "ambiguous", None, ["a", "b"]),
    ("cut, in two sources", (HOW, BREAD[:50]), "ambiguous", None, ["a", "b"]),
    ("empty", ("", ""), "unknown", None, []),
    ("one emoji", ("🎉", "🎉"), "unknown", None, []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("why", "told", "method", "source", "candidates"), CASES, ids=[c[0] for c in CASES]
)
def test_what_is_one_record(
    why: str, told: Told, method: str, source: str | None, candidates: list[str], sources: Known
) -> None:
    assert found([told], sources) == [(method, source, candidates)], why


def test_the_better_of_two_sources_is_taken_unless_they_are_close(tmp_path: Path) -> None:
    among = known(tmp_path, near=[(ASK, edited(LONG, 40))], same=[(ASK, LONG + "以上。")])
    assert found([(ASK, LONG)], among) == [("prefix", "same", [])]
    close = known(tmp_path, one=[(ASK, LONG + "以上です。")], two=[(ASK, LONG + "おわり。")])
    assert found([(ASK, LONG)], close) == [("ambiguous", None, ["one", "two"])]


def test_a_stock_opening_shared_by_many_hides_no_record(tmp_path: Path) -> None:
    many = [
        (f"{n}番目の質問について詳しく教えてください。", f"{LONG}{n}番。{OTHER}")
        for n in range(3 * BUCKET)
    ]
    among = known(tmp_path, many=many)
    assert found([(many[-1][0], LONG)], among) == [("prefix", "many", [])]
    assert among.route("prefix_key").height == BUCKET


def test_counts_add_up_and_rows_keep_their_order(tmp_path: Path, sources: Known) -> None:
    told = [case[1] for case in CASES]
    rows = match(frame(told), sources)
    assert rows["id"].to_list() == [f"r{n}" for n in range(len(told))]
    table = origins(rows, sources, lambda origin, declared, basis: f"{origin}/{declared}/{basis}")
    assert table.schema == ORIGINS
    assert table["method"].to_list() == [case[2] for case in CASES]
    assert set(table["license"].drop_nulls()) == {"a/A/card", "b/B/card"}
    assert set(table["attribution"].drop_nulls()) == {"by a", "by b"}
    found_of = counts(table, ["a", "b", "c"])
    assert sum(found_of["methods"].values()) == len(told)
    assert found_of["origins"]["c"] == {
        "records": 0, "methods": {"exact": 0, "prefix": 0, "minhash": 0}, "licenses": {}
    }  # fmt: skip
    whole = sum(o["records"] for o in found_of["origins"].values())
    assert whole + found_of["methods"]["ambiguous"] + found_of["methods"]["unknown"] == len(told)


def test_shards_in_another_order_give_the_same_methods(sources: Known) -> None:
    told = [case[1] for case in CASES]
    assert found(told[::-1], sources) == found(told, sources)[::-1]
