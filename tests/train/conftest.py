"""What tests of training share: a tiny tokenizer and model, conversations, and no network."""

from __future__ import annotations

import os

os.environ |= {
    "OMP_NUM_THREADS": "1",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
}

import ipaddress
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llmx_train.tiny import make_tiny

Messages = list[dict[str, str]]

TOPICS = {
    "東京": "日本の首都で、人口がもっとも多い都市",
    "富士山": "標高3,776メートルの、日本でいちばん高い山",
    "琵琶湖": "滋賀県にある、日本でいちばん広い湖",
    "味噌": "大豆を麹と塩で発酵させた調味料",
    "俳句": "五・七・五の十七音からなる短い詩",
    "新幹線": "都市と都市を結ぶ高速の鉄道",
    "梅雨": "六月ごろに雨が続く季節",
    "漢字": "中国から伝わり、日本でも使われる文字",
    "将棋": "二人で駒を動かして王を取り合うゲーム",
    "温泉": "地中から湧き出る温かい湯",
    "桜": "春に薄紅色の花をつける木",
    "納豆": "大豆を納豆菌で発酵させた食べ物",
}
TURNS = [
    ("{0}とは何ですか。", "{0}は、{1}です。"),
    ("{0}について一文で説明してください。", "{0}とは{1}のことです。😀"),
    ("次の語を使って文を作りなさい。\n語: {0}", "昨日、友人と{0}の話をした。\n\nそれは{1}である。"),
]


def conversation(topic: str, turns: int, *, system: str | None = None) -> Messages:
    """Make a conversation of some turns about a topic."""
    messages = [{"role": "system", "content": system}] if system else []
    for asked, answered in TURNS[:turns]:
        messages.append({"role": "user", "content": asked.format(topic, TOPICS[topic])})
        messages.append({"role": "assistant", "content": answered.format(topic, TOPICS[topic])})
    return messages


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Refuse every connection but those to this machine."""
    connect = socket.socket.connect

    def refuse(self: socket.socket, address: Any) -> None:
        local = self.family not in (socket.AF_INET, socket.AF_INET6) or (
            address[0] == "localhost" or _is_loopback(address[0])
        )
        if not local:
            raise OSError(f"tests have no network: {address}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        yield


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(scope="session")
def records() -> list[Messages]:
    """48 conversations in Japanese: one to three turns, every fourth with a system message."""
    made = [conversation(topic, turns) for turns in (1, 2, 3) for topic in TOPICS]
    return made + [conversation(t, 1, system="簡潔に答えてください。") for t in TOPICS]


@pytest.fixture(scope="session")
def tiny_model_dir(records: list[Messages], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a 2-layer Llama of random weights with tokenizer and chatml template. Read only."""
    texts = [message["content"] for messages in records for message in messages]
    return make_tiny(tmp_path_factory.mktemp("tiny"), texts, 42)


@pytest.fixture(scope="session")
def tiny_tokenizer(tiny_model_dir: Path) -> Any:
    """Tokenizer of the tiny model: byte-level BPE with the special tokens of every template."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(tiny_model_dir)
