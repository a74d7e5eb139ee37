"""What drop reasons and features are called in Japanese and English, and what each one means."""

from __future__ import annotations

from typing import NamedTuple

from llmx_data.license.sentences import Pair


class Reason(NamedTuple):
    """What a reason word is called, and the fault it names, in both languages."""

    ja: str
    en: str
    ja_why: str
    en_why: str


REASONS: dict[str, Reason] = {
    "unreadable": Reason(
        "読めない",
        "unreadable",
        "行が壊れているか、形式や文字コードが合わない。",
        "The row is broken, or its form or encoding is not the declared one.",
    ),
    "too_short": Reason(
        "短すぎる",
        "too short",
        "文字数が下限に満たない。",
        "Fewer characters than the lower limit.",
    ),
    "too_long": Reason(
        "長すぎる", "too long", "文字数が上限を超える。", "More characters than the upper limit."
    ),
    "few_japanese": Reason(
        "日本語の文字が足りない",
        "few Japanese letters",
        "かな・漢字・句読点の数が下限に満たない。",
        "Fewer kana, kanji and Japanese punctuation than the lower limit.",
    ),
    "low_japanese": Reason(
        "日本語の割合が低い",
        "low share of Japanese",
        "全文字に占めるかな・漢字・句読点の割合が下限に満たない。",
        "Kana, kanji and Japanese punctuation are too small a share of the characters.",
    ),
    "low_hiragana": Reason(
        "ひらがなが少ない",
        "low hiragana",
        "日本語の文字に占めるひらがなの割合が下限に満たない。文でないものに多い。",
        "Hiragana share below the limit, as in texts that are not sentences.",
    ),
    "low_kana": Reason(
        "かなが少ない",
        "low kana",
        "空白以外の文字に占めるかなの割合が下限に満たない。",
        "Kana are too small a share of the characters that are not white space.",
    ),
    "high_katakana": Reason(
        "カタカナが多い",
        "high katakana",
        "カタカナの割合が上限を超える。商品や宣伝の羅列に多い。",
        "Katakana share above the limit, as in lists of goods and advertisements.",
    ),
    "high_latin": Reason(
        "ラテン文字が多い",
        "high Latin",
        "ラテン文字の割合が上限を超える。",
        "Latin letters above the limit.",
    ),
    "high_digits": Reason(
        "数字が多い",
        "high digits",
        "数字の割合が上限を超える。表や一覧に多い。",
        "Digits above the limit, as in tables.",
    ),
    "high_symbols": Reason(
        "記号文字が多い",
        "high symbols",
        "記号文字の割合が上限を超える。",
        "Symbol characters above the limit.",
    ),
    "chinese": Reason("中国語", "Chinese", "中国語と判定された。", "Judged to be Chinese."),
    "english": Reason("英語", "English", "英語と判定された。", "Judged to be English."),
    "other_language": Reason(
        "ほかの言語",
        "other language",
        "日本語以外の言語と判定された。",
        "Judged to be a language other than those that stay.",
    ),
    "simplified_chinese": Reason(
        "簡体字がある",
        "simplified characters",
        "漢字に占める簡体字の割合が上限を超える。",
        "Simplified Chinese characters above the limit among the kanji.",
    ),
    "top_ngram": Reason(
        "同じ字句が多い",
        "one phrase dominates",
        "最も多い文字 n-gram の割合が上限を超える。",
        "The most frequent character n-gram takes more than its limit.",
    ),
    "repeated_ngrams": Reason(
        "繰り返しが多い",
        "repeated phrases",
        "二度以上現れる文字 n-gram の割合が上限を超える。",
        "Too many of the different character n-grams occur more than once.",
    ),
    "duplicate_lines": Reason(
        "同じ行が多い",
        "duplicate lines",
        "本文中の重複行の割合が上限を超える。",
        "Too many lines repeat an earlier line.",
    ),
    "duplicate_line_chars": Reason(
        "重複行が長い",
        "long duplicate lines",
        "重複行の文字の割合が上限を超える。",
        "Duplicate lines hold too many of the characters.",
    ),
    "ellipsis_lines": Reason(
        "省略で終わる行が多い",
        "trailing lines",
        "… や ・ で終わる行の割合が上限を超える。",
        "Too many lines end in an ellipsis or a middle dot.",
    ),
    "short_lines": Reason(
        "短い行が多い",
        "short lines",
        "短い行の割合が上限を超える。メニューに多い。",
        "Too many short lines, as in menus.",
    ),
    "bullet_lines": Reason(
        "箇条書きが多い",
        "bulleted lines",
        "箇条書きの行の割合が上限を超える。",
        "Too many lines are list items.",
    ),
    "unpunctuated_lines": Reason(
        "句読点のない行が多い",
        "unpunctuated lines",
        "句読点で終わる行の割合が下限に満たない。",
        "Too few lines end in punctuation.",
    ),
    "short_sentences": Reason(
        "文が短い",
        "short sentences",
        "平均文長が下限に満たない。",
        "Mean sentence length below the limit.",
    ),
    "long_sentences": Reason(
        "文が長い",
        "long sentences",
        "平均文長が上限を超える。",
        "Mean sentence length above the limit.",
    ),
    "overlong_sentence": Reason(
        "長大な文がある",
        "overlong sentence",
        "最も長い文が上限を超える。",
        "The longest sentence is above the limit.",
    ),
    "duplicate_sentences": Reason(
        "同じ文が多い",
        "duplicate sentences",
        "重複する文の割合が上限を超える。",
        "Too many sentences repeat an earlier one.",
    ),
    "duplicate_sentence_chars": Reason(
        "重複する文が長い",
        "long duplicate sentences",
        "重複する文の文字の割合が上限を超える。",
        "Duplicate sentences hold too many of the characters.",
    ),
    "ellipsis_sentences": Reason(
        "省略で終わる文が多い",
        "trailing sentences",
        "… や ・ で終わる文の割合が上限を超える。",
        "Too many sentences end in an ellipsis or a middle dot.",
    ),
    "compresses_well": Reason(
        "圧縮されすぎる",
        "compresses too well",
        "圧縮率が下限に満たない。繰り返しが多い。",
        "Compression ratio below the limit: repetitive.",
    ),
    "compresses_badly": Reason(
        "圧縮されない",
        "compresses badly",
        "圧縮率が上限を超える。文章でない文字列に多い。",
        "Compression ratio above the limit, as in strings that are not prose.",
    ),
    "too_many_nouns": Reason(
        "名詞が多すぎる",
        "too many nouns",
        "名詞の割合が上限を超える。目録や見出しの羅列に多い。",
        "Noun share above the limit, as in lists and headings.",
    ),
    "too_few_particles": Reason(
        "助詞が少なすぎる",
        "too few particles",
        "助詞の割合が下限に満たない。文になっていないことが多い。",
        "Particle share below the limit: often not sentences.",
    ),
    "too_many_unknown_words": Reason(
        "未知語が多すぎる",
        "too many unknown words",
        "辞書にない語の割合が上限を超える。",
        "Share of words missing in the dictionary above the limit.",
    ),
    "too_many_symbols": Reason(
        "記号が多すぎる",
        "too many symbols",
        "語に占める記号の割合が上限を超える。",
        "Symbols above the limit among the words.",
    ),
    "refusal": Reason("回答の拒否", "refusal", "回答を断る言い回しがある。", "The answer refuses."),
    "self_claim": Reason(
        "モデルの自称",
        "self-claim",
        "自分を作った者を名乗るモデルの文がある。",
        "A model says who made it.",
    ),
    "placeholder": Reason(
        "埋め忘れ", "placeholder", "雛形の空欄が残っている。", "Template slots were left unfilled."
    ),
    "assistant_identity": Reason(
        "モデルの自己言及",
        "assistant identity",
        "モデルが自分について語る文がある。",
        "A model says what it is or who made it.",
    ),
    "template_token": Reason(
        "雛形の記号",
        "template token",
        "対話用の特殊な記号が残っている。",
        "Special tokens of a chat template are left.",
    ),
    "prompt_header": Reason(
        "指示文の見出し",
        "prompt header",
        "指示文の見出しや前置きが残っている。",
        "Headers or the preface of a prompt are left.",
    ),
    "role_label": Reason(
        "話者の札",
        "role label",
        "本文の前後に話者の札が残っている。",
        "Role labels stand before or after the text.",
    ),
    "prompt_slot": Reason(
        "指示文の空欄",
        "prompt slot",
        "指示文の雛形の空欄が残っている。",
        "Slots of a prompt were left unfilled.",
    ),
    "open_fence": Reason(
        "閉じていないコード",
        "open fence",
        "コードの囲みが閉じていない。",
        "A code fence is left open.",
    ),
    "truncated": Reason(
        "途中で切れている",
        "truncated",
        "文章が途中で終わっている。",
        "The text stops in the middle.",
    ),
    "loop": Reason(
        "終わらない繰り返し",
        "loop",
        "末尾で同じ字句を繰り返している。",
        "The end repeats the same phrase.",
    ),
    "chinese_leak": Reason(
        "中国語の混入",
        "Chinese leak",
        "日本語の中に中国語が混ざっている。",
        "Chinese stands among the Japanese.",
    ),
    "broken_text": Reason(
        "壊れた文字",
        "broken text",
        "文字の一部だけが残っているか、制御文字が混ざっている。",
        "Half characters or control characters stand in the text.",
    ),
    "long_kanji_run": Reason(
        "漢字の長い連なり",
        "long kanji run",
        "かなを挟まない漢字の連なりが上限を超える。",
        "A run of kanji is longer than its limit.",
    ),
    "missing_attachment": Reason(
        "添付がない",
        "missing attachment",
        "画像や文章を指しているのに、それがない。",
        "Speaks of a picture or text that is not there.",
    ),
    "echo": Reason(
        "質問の繰り返し",
        "echo",
        "回答が質問をそのまま繰り返している。",
        "The answer repeats its prompt.",
    ),
    "copied_source": Reason(
        "他者の文書の写し",
        "copied from a source",
        "他者の文書と一字一句同じ長い部分がある。",
        "A long run stands word for word in documents of others.",
    ),
    "rule": Reason(
        "レシピの規則",
        "recipe rule",
        "レシピに書かれた式を満たさない。",
        "An expression of the recipe does not hold.",
    ),
    "exact_duplicate": Reason(
        "完全な重複",
        "exact duplicate",
        "正規化した本文が別のレコードと同じ。",
        "The normalized text equals that of another record.",
    ),
    "near_duplicate": Reason(
        "ほぼ同じ",
        "near duplicate",
        "別のレコードとの文字 n-gram の一致率（Jaccard）が基準以上。",
        "Jaccard similarity of character n-grams to another record reaches the limit.",
    ),
    "near_duplicate_of_named": Reason(
        "既知のデータとほぼ同じ",
        "near duplicate of a named data set",
        "名指しされたデータ集合の本文との一致率（Jaccard）が基準以上。",
        "Jaccard similarity to a text of a named data set reaches the limit.",
    ),
    "personal_data": Reason(
        "個人情報",
        "personal data",
        "メールアドレスや電話番号などを含む。",
        "Holds e-mail addresses, phone numbers or the like.",
    ),
    "contaminated": Reason(
        "評価データと重なる",
        "contaminated",
        "評価用データの文字列を含む。",
        "Contains text of an evaluation set.",
    ),
    "over_cap": Reason(
        "同類が多い",
        "over the cap",
        "同じ出所や種類などの組が、残す数の上限に達している。",
        "As many records as stay share its source, kind or other key.",
    ),
    "over_count": Reason(
        "定数を超える",
        "over the count",
        "残す総数の上限に達している。",
        "As many records as stay in all were taken before it.",
    ),
    "over_budget": Reason(
        "予算を超える",
        "over the budget",
        "元の実行に割り当てた学習量に達している。",
        "What its run may fill of an epoch was full before it.",
    ),
    "held_out": Reason(
        "評価側に似た例がある",
        "like one held out",
        "開発用にまとめて取り置いた実行に、同じか似た例がある。",
        "A record like it is in a run that is held out for dev.",
    ),
    "licence_denied": Reason(
        "ライセンスで不許可",
        "licence denied",
        "ライセンスまたは条件がこの目的を許諾していない。",
        "The licence or its terms do not grant this purpose.",
    ),
    "licence_review": Reason(
        "ライセンスの確認待ち",
        "licence under review",
        "人が確かめるまで公開に含めない。",
        "Kept out until a person has looked at it.",
    ),
}

NAMED_REASONS: dict[str, Reason] = {
    "{name}_words_dense": Reason(
        "{name} 語の密度が高い",
        "dense in {name} words",
        "語表 {name} の語の文字が、日本語の文字に対して上限を超える。",
        "Characters in words of the list {name} are above the limit, per Japanese letter.",
    ),
    "{name}_words_many": Reason(
        "{name} 語が多い",
        "many {name} words",
        "語表 {name} の語の出現数が上限を超える。",
        "More hits of the list {name} than the upper limit.",
    ),
    "low_{name}_score": Reason(
        "{name} の点が低い",
        "low {name} score",
        "分類器 {name} の点が基準に満たない。",
        "The score of the classifier {name} is below the limit.",
    ),
}
"""Reasons that carry the name of a user's word list or classifier."""

FEATURES: dict[str, Pair] = {
    "refusal_count": ("断りの文の数", "refusals"),
    "self_claim_count": ("モデルの自称の数", "claims to be a model"),
    "placeholder_count": ("埋め忘れの数", "placeholders"),
    "refusal_openings_count": ("断りで始まる段落の数", "refusing openings"),
    "refusal_phrases_count": ("短い回答の断りの数", "refusing phrases"),
    "identity_claims_count": ("モデルの自己言及の数", "claims of a model about itself"),
    "template_tokens_count": ("雛形の記号の数", "template tokens"),
    "prompt_headers_count": ("指示文の見出しの数", "prompt headers"),
    "role_labels_count": ("話者の札の数", "role labels"),
    "prompt_slots_count": ("指示文の空欄の数", "prompt slots"),
    "open_fences_count": ("閉じていないコードの数", "open code fences"),
    "cut_ends_count": ("途中で切れた末尾", "cut ends"),
    "open_brackets_count": ("閉じていない括弧の数", "open brackets"),
    "loop_repeats_count": ("末尾の繰り返しの回数", "repeats at the end"),
    "loop_chars": ("末尾の繰り返しの文字数", "characters repeated at the end"),
    "echo_share": ("質問を写した文字の割合", "share copied from the prompt"),
    "copied_chars": ("文書と同じ最長の文字数", "longest run copied from documents"),
    "simplified_kanji_count": ("簡体字の数", "simplified kanji"),
    "chinese_run_chars": ("中国語の連なりの漢字数", "kanji in a Chinese stretch"),
    "longest_kanji_run_chars": ("漢字の最長の連なり", "longest kanji run"),
    "missing_attachments_count": ("ない添付の数", "missing attachments"),
    "chars_count": ("文字数", "characters"),
    "japanese_count": ("日本語の文字数", "Japanese letters"),
    "japanese_share": ("日本語の文字の割合", "Japanese-letter share"),
    "hiragana_share": ("ひらがなの割合", "hiragana share"),
    "katakana_share": ("カタカナの割合", "katakana share"),
    "kana_share": ("かなの割合", "kana share"),
    "latin_share": ("ラテン文字の割合", "Latin share"),
    "digit_share": ("数字の割合", "digit share"),
    "symbol_chars_share": ("記号文字の割合", "symbol-character share"),
    "simplified_share": ("簡体字の割合", "simplified-character share"),
    "duplicate_filled_lines_share": ("重複行の割合", "duplicate-line share"),
    "duplicate_lines_chars_share": ("重複行の文字の割合", "duplicate-line characters"),
    "ellipsis_lines_share": ("省略で終わる行の割合", "trailing-line share"),
    "short_lines_share": ("短い行の割合", "short-line share"),
    "bullet_lines_share": ("箇条書き行の割合", "bulleted-line share"),
    "punctuated_lines_share": ("句読点で終わる行の割合", "punctuated-line share"),
    "sentence_mean_chars": ("平均文長", "mean sentence length"),
    "sentence_max_chars": ("最長の文", "longest sentence"),
    "duplicate_sentences_share": ("重複文の割合", "duplicate-sentence share"),
    "duplicate_sentences_chars_share": ("重複文の文字の割合", "duplicate-sentence characters"),
    "ellipsis_sentences_share": ("省略で終わる文の割合", "trailing-sentence share"),
    "zlib_ratio": ("圧縮率", "compression ratio"),
    "noun_share": ("名詞の割合", "noun share"),
    "particle_share": ("助詞の割合", "particle share"),
    "unknown_share": ("未知語の割合", "unknown-word share"),
    "symbol_share": ("記号の割合", "symbol share"),
    "edu_score": ("教育的価値の点", "educational score"),
    **{f"top{n}gram_share": (f"最多 {n}-gram の割合", f"top {n}-gram share") for n in (2, 3, 4)},
    **{
        f"dup{n}gram_share": (f"繰り返す {n}-gram の割合", f"repeated {n}-gram share")
        for n in range(5, 11)
    },
}


def reason_name(word: str) -> Pair:
    """Name a reason; an unknown word (a user's own filter) names itself."""
    known = explain(word)
    return (known.ja, known.en) if known else (word, word)


def explain(word: str) -> Reason | None:
    """Find what a reason means; reasons that carry a list's name are put together."""
    for shape, known in NAMED_REASONS.items():
        start, _, end = shape.partition("{name}")
        name = word.removeprefix(start).removesuffix(end)
        if name and word == shape.format(name=name):
            return Reason(*(sentence.format(name=name) for sentence in known))
    return REASONS.get(word)


SIDES: dict[str, Pair] = {"prompt_": ("質問", "prompt"), "answer_": ("回答", "answer")}
"""Sides of a dialogue, as they stand before a feature's name."""


def feature_name(feature: str) -> Pair:
    """Name a feature; an unknown one names itself."""
    for prefix, (ja, en) in SIDES.items():
        if feature.startswith(prefix) and feature.removeprefix(prefix) in FEATURES:
            name = FEATURES[feature.removeprefix(prefix)]
            return f"{name[0]}（{ja}）", f"{name[1]} ({en})"
    return FEATURES.get(feature, (feature, feature))
