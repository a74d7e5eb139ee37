"""Language by rule: one table of texts."""

import pytest

from llmx_data.measure import Texts
from llmx_data.measure.language import Language
from tests.kernels import twins

FRENCH = "Le chat dort sur la table et le chien mange tout ce qui reste dans la maison. " * 3


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("東京都では昨日、新しい図書館が開館した。", "ja"),
        ("ﾊﾞｯﾊとﾊｯﾊﾟ", "ja"),
        ("const a = useState(0); // ここで状態を初期化します", "ja"),
        ("中国語の「这个问题很难」は「この問題は難しい」という意味です。", "ja"),
        ("这个问题很难，我们会处理。", "zh"),
        ("我们喜欢听日本的歌，比如「さくら」这首，大家都说这首歌很好听，孩子们也学着唱。", "zh"),
        ("The cat sat on the mat and the dog barked.", "en"),
        ("The word かな is one of the words that Japanese children learn to write first.", "en"),
        (FRENCH, "other"),
        ("한국어 문장입니다.", "other"),
        ("Это русский текст.", "other"),
        ("東京都知事選挙", "unknown"),
        ("Hello", "unknown"),
        ("12345 !!", "unknown"),
        ("😀", "unknown"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_language(text: str | None, language: str) -> None:
    found = Language().measure(Texts(twins.series(["別の文。", text])))["language"].to_list()
    assert found == ["ja", language]


@pytest.mark.parametrize(
    ("text", "share"),
    [("这东京", 2 / 3), ("東京", 0.0), ("かな", None), ("", None), (None, None)],
)
def test_simplified_share(text: str | None, share: float | None) -> None:
    found = Language().measure(Texts(twins.series([text])))["simplified_share"].to_list()
    assert found == [share if share is None else pytest.approx(share)]


def test_shared_documents_are_japanese() -> None:
    found = Language().measure(Texts(twins.series(twins.shared_documents())))["language"]
    assert (found == "ja").mean() >= 0.99
