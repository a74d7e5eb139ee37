"""Sentences for rules about whole mixes: models in their roles, names, cards, catalogues."""

from __future__ import annotations

MIX_RULES: dict[str, tuple[str, str]] = {
    "outputs_judged": (
        "{license} の出力は選別・採点にのみ使い、学習させる本文には入れない。",
        "Outputs under {license} only score or select; none of their text is trained on.",
    ),
    "outputs_owned": (
        "{license} は出力を許諾者の所有とする。共有できるかを人が確かめる。",
        "{license} keeps outputs as the licensor's property: a person must say whether to share.",
    ),
    "outputs_classifier": (
        "{license} は、配布も商用提供もしない分類器・埋め込みへの利用を例外として認める。",
        "{license} excepts classifiers and embeddings that are neither distributed nor sold.",
    ),
    "outputs_practice": (
        "出力だけを使う場合の表示と条文添付は争いがある（{license}）。慣行では行う。",
        "Whether display and licence copy are due for outputs alone is disputed ({license}).",
    ),
    "generator_noncommercial": (
        "{license} は生成に使うモデルの利用を非営利・研究に限る。出力への影響は争いがある。",
        "{license} limits running the model to non-commercial use; what that means for its "
        "outputs is disputed.",
    ),
    "unknown_seed": (
        "元の文章のライセンスが不明。生成物がその翻案に当たるかを人が確かめる。",
        "The source of what was generated has no known licence: a person must say whether it is "
        "an adaptation.",
    ),
    "weights_noted": (
        "方針 {policy} は重みを {license} の翻案物とみなさない（争いあり）。",
        "Policy {policy} does not take weights for adaptations of {license} (disputed).",
    ),
    "threshold": (
        "{license} の許諾は規模の上限（{detail}）を超えると及ばない。",
        "The grant of {license} ends above a size: {detail}.",
    ),
    "superseded": (
        "{license} は改訂され、利用を続ける者には {detail} が適用される。",
        "{license} was renewed: {detail} binds those who go on using it.",
    ),
    "newer_text": (
        "{license} には新しい条文 {detail} がある。どちらに同意したかを記録する。",
        "{license} has a later text, {detail}: keep a note of which one was accepted.",
    ),
    "weights_permitted": (
        "{license} はモデルの重みについて{act}を許諾している。",
        "{license} grants {act} for the weights.",
    ),
    "weights_denied": (
        "{license} はモデルの重みについて{act}を許諾していない。",
        "{license} does not grant {act} for the weights.",
    ),
    "weights_unsettled": (
        "{license} が重みについて{act}を認めるかどうかは明らかでない。",
        "Whether {license} allows {act} for the weights is not settled.",
    ),
    "weights_duties": (
        "{license} は重みについて{act}を条件付きで許諾している。",
        "{license} grants {act} for the weights under conditions.",
    ),
    "model_terms_unknown": (
        "モデル {license} の規約が登録されていない。人による確認が必要。",
        "The terms of the model {license} are not known here: a person must read them.",
    ),
    "card_unknown": (
        "{license} はカタログにない（{detail}）。",
        "{license} is not in the catalogue ({detail}).",
    ),
    "channel_unknown": (
        "{license} のこの提供経路（{detail}）の規約が登録されていない。経路が違えば規約も違う。",
        "The terms of {license} by {detail} are not known here; another channel has other terms.",
    ),
    "card_unverified": (
        "{license} についての記録は未確認。人が原典を読む必要がある。",
        "What is known of {license} was not verified: a person must read the source.",
    ),
    "not_admitted": (
        "この目的（コンペティション）の規則は {license} のこの役割での利用を認めていない"
        "（求めた役割; 認められる役割: {detail}）。",
        "The rules of this competition do not admit {license} in this role "
        "(asked; admitted: {detail}).",
    ),
    "locked_weights": (
        "{license} は他の系列のモデルの改良への利用を禁じる。合成する {detail} が他系列に当たる。",
        "{license} forbids improving models of other families; here it meets {detail}.",
    ),
    "name_conflict": (
        "モデル名の先頭に置く語が両立しない: {detail}。",
        "Two names must each stand first in the model's name: {detail}.",
    ),
    "name_missing": (
        "モデル名は {detail} を先頭に置いていない（{license}、文言どおりの解釈）。",
        "The model's name does not begin as {license} asks: {detail} (literal reading).",
    ),
    "restriction_conflict": (
        "一つにまとめられない: {detail}。{license} は追加の制限を認めない。",
        "These cannot go out together: {detail}. {license} admits no further restriction.",
    ),
    "restriction_question": (
        "{license} は派生物への追加の制限を認めない文言である。{detail} との両立を人が確かめる。",
        "{license} admits no further restriction on derivatives: a person must say whether "
        "{detail} is one.",
    ),
    "incompatible_weights": (
        "重みを公開できるライセンスがない: {detail}。",
        "No licence can cover these weights: {detail}.",
    ),
    "compat": ("{detail} [{license}]", "{detail} [{license}]"),
    "outgoing": (
        "公開ライセンスは {detail} とする。",
        "What goes out is under {detail}.",
    ),
    "statement": (
        "許諾者はモデルについて述べている: {detail}。",
        "The licensor says of models: {detail}.",
    ),
    "statement_limits": (
        "許諾者はモデルの利用を限っている: {detail}。",
        "The licensor limits what models may be used for: {detail}.",
    ),
    "statement_conflict": (
        "カードの文言（{detail}）はライセンス {license} より狭い。どちらに従うかを人が決める。",
        "The card says less ({detail}) than its licence {license} grants: a person must choose.",
    ),
    "declared_upstream": (
        "表示された {license} は元の素材の条件（{detail}）と合わない。",
        "The stated {license} does not fit the terms of what it was made of: {detail}.",
    ),
    "added_restriction": (
        "{license} は追加の制限を無効とする。添えられた制限（{detail}）と矛盾する。",
        "{license} voids added restrictions, and one is added here: {detail}.",
    ),
    "policy_unfit": (
        "方針 {policy} はこの行為者には使えないため、{detail} の方針で答える。",
        "Policy {policy} does not fit this actor: the answer is that of {detail}.",
    ),
}

MIX_OBLIGATIONS: dict[str, tuple[str, str]] = {
    "practice": (
        "慣行に従い、表示と条文の写しも添える（義務かは争いあり）。",
        "By practice, also show the words and add the licence (whether due is disputed).",
    ),
    "read_renewed": ("改訂後の条文を読む。", "Read the renewed text."),
    "compat": ("両方の条文と表示を残す。", "Keep the texts and notices of both."),
}
