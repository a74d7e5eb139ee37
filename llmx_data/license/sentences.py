"""What the gate says, in Japanese and English: a pair of sentences per rule and obligation."""

from __future__ import annotations

from typing import Literal

from llmx_data.license.sentences_mix import MIX_OBLIGATIONS, MIX_RULES

Lang = Literal["ja", "en"]
Pair = tuple[str, str]

ACTS: dict[str, Pair] = {
    "redistribute": ("そのままの再配布", "sharing as it is"),
    "redistribute_derived": ("加工・収録したデータセットの公開", "publishing a derived data set"),
    "train_internal": ("内部での学習", "training without release"),
    "release_weights": ("重みの公開", "releasing weights"),
    "commercial_service": ("商用サービスでの提供", "offering a commercial service"),
    "train_on_outputs": ("モデル出力による学習", "training on a model's outputs"),
    "annotate_only": ("選別・採点のみの利用", "use for scoring or filtering only"),
    "evaluate_only": ("評価のみの利用", "use for evaluation only"),
}

ADAPTATIONS: dict[str, Pair] = {
    "verbatim": ("原文のまま", "verbatim"),
    "technical": ("技術的変換のみ", "changed technically"),
    "normalized": ("正規化済み", "normalized"),
    "translated": ("翻訳", "translated"),
    "rewritten": ("書き換え", "rewritten"),
    "generated": ("生成", "generated"),
    "merged": ("統合", "merged"),
}

RULES: dict[str, Pair] = {
    "permitted": ("{license} は{act}を許諾している。", "{license} grants {act}."),
    "branch_chosen": (
        "選択肢 {detail} のうち {license} を選んだ。",
        "Of the alternatives {detail}, {license} was chosen.",
    ),
    "unknown_license": (
        "内容のライセンスが不明。方針 {policy} は{act}を認めない。",
        "The licence of the contents is unknown; policy {policy} denies {act}.",
    ),
    "unknown_license_question": (
        "内容のライセンスが不明。方針 {policy} は{act}に人の確認を求める。",
        "The licence of the contents is unknown; policy {policy} asks a person about {act}.",
    ),
    "unknown_license_noted": (
        "内容のライセンスが不明。方針 {policy} は著作権法30条の4により{act}を留保付きで認める。",
        "The licence of the contents is unknown; policy {policy} relies on art. 30-4 for {act}.",
    ),
    "unknown_version": (
        "ライセンスのバージョンが不明。どの条文かを人が確かめる必要がある。",
        "A licence family is named without its version: a person must say which text it is.",
    ),
    "no_facts": (
        "{license} の条文情報がない。人による確認が必要。",
        "There are no facts about {license}: a person must read it.",
    ),
    "unknown_term": (
        "条件「{license}」は登録されていない。人による確認が必要。",
        "The term '{license}' is not known here: a person must read it.",
    ),
    "unverified": (
        "{license} の条文は未確認のため、人による確認が必要。",
        "The text of {license} was not verified: a person must read it.",
    ),
    "database_only": (
        "{license} はデータベースの権利だけを対象とし、個々の内容には及ばない。",
        "{license} covers rights in the database only, not the individual contents.",
    ),
    "catalogue": (
        "申告されたライセンス {detail} ではなく、カタログの記載 {license} に従う。",
        "The catalogue's {license} is used instead of the declared {detail}.",
    ),
    "card_no_redistribution": (
        "このデータセットの配布条件は再配布を認めていない。",
        "The terms of distribution of this data set do not allow passing it on.",
    ),
    "card_redistribution_unknown": (
        "このデータセットを再配布できるかどうかは確認されていない。",
        "Whether this data set may be passed on has not been settled.",
    ),
    "no_sharing": (
        "{license} は、{adaptation}の状態での共有を許諾していない。",
        "{license} does not grant sharing of material that is {adaptation}.",
    ),
    "sharing_unknown": (
        "{license} のもとで共有できるかどうかが不明。",
        "Whether {license} allows sharing is not known.",
    ),
    "no_derivatives": (
        "{license} は改変禁止。{adaptation}の資料は共有できない。",
        "{license} forbids sharing adapted material, and this is {adaptation}.",
    ),
    "no_redistribution": (
        "{license} は再配布を禁じている。",
        "{license} forbids redistribution.",
    ),
    "noncommercial": (
        "{license} は非営利目的に限る。{act}は許諾の外にある。",
        "{license} is limited to non-commercial use; {act} is outside the grant.",
    ),
    "noncommercial_exempt": (
        "{license} は非営利に限るが権利制限規定に従う。方針 {policy} は著作権法30条の4による。",
        "{license} is non-commercial but yields to exceptions; {policy} relies on art. 30-4.",
    ),
    "noncommercial_company": (
        "{license} は非営利目的に限る。企業による{act}が非営利かは争いがある。",
        "{license} is non-commercial; whether {act} by a company is so is disputed.",
    ),
    "noncommercial_kept": (
        "{license} は非営利目的に限る。その制限を引き継いで示す。",
        "{license} is non-commercial; the limit travels with the result.",
    ),
    "commercial_unsettled": (
        "{license} のもとでの商用利用は条件付きまたは不明。",
        "Commercial use under {license} is conditional or not known.",
    ),
    "research_only": (
        "{license} は研究目的に限る。{act}は許諾の外にある。",
        "{license} is limited to research; {act} is outside the grant.",
    ),
    "research_kept": (
        "{license} は研究目的に限る。",
        "{license} is limited to research.",
    ),
    "evaluation_only": (
        "{license} は評価専用。{act}には使えない。",
        "{license} is for evaluation only; it does not allow {act}.",
    ),
    "evaluation_published": (
        "評価専用のレコードを学習用データセットに収録しようとしている。",
        "Records meant for evaluation only would enter a published data set.",
    ),
    "no_training": (
        "{license} は機械学習への利用を禁じている。",
        "{license} forbids use for machine learning.",
    ),
    "purpose_limited": (
        "{license} は目的（{detail}）に限る。この利用が目的に合うかを人が確かめる。",
        "{license} is limited to a purpose ({detail}); a person must say whether this use fits.",
    ),
    "purpose_served": (
        "{license} の目的（{detail}）に沿う利用とされている。",
        "The use is declared to serve the purpose of {license} ({detail}).",
    ),
    "eu_excluded": (
        "{license} は EU 域内での利用を認めていない（所在地: {detail}）。",
        "{license} excludes use in the European Union (actor's place: {detail}).",
    ),
    "noted": ("{license} には留意事項がある（{detail}）。", "{license} asks for care: {detail}."),
    "not_accepted": (
        "{license} への同意が必要だが、誰が同意したか不明。",
        "{license} must be accepted, and it is not known who accepted it.",
    ),
    "conditions": (
        "{license} は{act}を条件付きで許諾している。",
        "{license} grants {act} under conditions.",
    ),
    "share_alike": (
        "{license} の翻案物は {detail} でのみ共有できる。",
        "Adaptations of {license} may be shared only under {detail}.",
    ),
    "weights_share_alike": (
        "方針 {policy} は重みを翻案物とみなす。{license} は {detail} を求める（争いあり）。",
        "Policy {policy} takes weights for adaptations; {license} asks for {detail} (disputed).",
    ),
    "weights_no_derivatives": (
        "方針 {policy} は重みを翻案物とみなす。{license} は改変禁止（争いあり）。",
        "Policy {policy} takes weights for adapted material; {license} forbids it (disputed).",
    ),
    "generator_unknown": (
        "生成モデル {license} の規約が登録されていない。",
        "The terms of the generator {license} are not known here.",
    ),
    "outputs_free": (
        "{license} は出力の学習利用を制限していない。",
        "{license} puts no limit on training with its outputs.",
    ),
    "outputs_silent": (
        "{license} は出力の学習利用について定めていない。",
        "{license} does not say whether its outputs may train a model.",
    ),
    "outputs_family_only": (
        "{license} の出力は同系列（{detail}）以外のモデルの改良に使えない。",
        "Outputs under {license} may not improve models outside its family ({detail}).",
    ),
    "outputs_noncompete": (
        "{license} の出力は競合するモデルの開発に使えない。競合するかどうかは人が判断する。",
        "Outputs under {license} may not develop competing models; a person must judge whether so.",
    ),
    "outputs_any_training_denied": (
        "{license} の出力はモデルの学習に使えない。",
        "Outputs under {license} may not train any model.",
    ),
    "outputs_student": (
        "{license} の出力で同様の性能を目指して学習したモデルは、その規約の派生モデルとなる。",
        "A model trained on these outputs to perform similarly is a derivative under {license}.",
    ),
    "outputs_display": (
        "{license} の出力で学習したモデルの公開には表示または命名の義務がある（{detail}）。",
        "Models trained on outputs under {license} must show or be named: {detail}.",
    ),
    "outputs_noncommercial": (
        "{license} の出力は非営利・研究目的に限る。",
        "Outputs under {license} are limited to research or non-commercial use.",
    ),
    "outputs_shared": (
        "モデルの出力であることと生成モデルを示す（{license}）。",
        "Outputs are shared with their generator named ({license}).",
    ),
    "incompatible_share_alike": (
        "一つのライセンスにまとめられない: {detail}。",
        "These cannot go out under one licence: {detail}.",
    ),
    "incompatible_databases": (
        "一つのデータベースにまとめられない: {detail}。構成（config）を分けて公開すること。",
        "These cannot form one database: {detail}. Publish them as separate configurations.",
    ),
    "database_right": (
        "編者が EU・英国型のデータベース権を持つ場合、データベース自体が翻案物となる: {detail}。",
        "Where the maker has a sui generis right, the database is adapted material: {detail}.",
    ),
    "release_license": (
        "公開ライセンス {license} は許される範囲（{detail}）にない。",
        "The release licence {license} is not among those allowed ({detail}).",
    ),
    **MIX_RULES,
}

OBLIGATIONS: dict[str, Pair] = {
    "attribution": (
        "著作者・出典・著作権表示を示す。",
        "Name the authors, the source and the notices.",
    ),
    "attribution_weights": (
        "学習データの一覧に出典へのリンクを示す。",
        "Link the source in the model's list of training data.",
    ),
    "licence_copy": ("条文またはその URI を添える。", "Include the licence text or its address."),
    "state_changes": ("変更したことを示す。", "Say that the material was changed."),
    "notice_file": ("NOTICE に所定の表示を残す。", "Keep the notices in a NOTICE file."),
    "database_notice": (
        "データベースの出典を表示する。",
        "Show the notice that names the database.",
    ),
    "offer_database": (
        "派生データベースまたは変更内容を機械可読で提供する。",
        "Offer the derivative database, or the changes, in machine-readable form.",
    ),
    "keep_disclaimer": ("免責条項への言及を保つ。", "Keep the reference to the disclaimer."),
    "no_endorsement": ("推奨・後援を示唆しない。", "Do not suggest endorsement."),
    "pass_on_terms": ("受領者を同じ条件に従わせる。", "Bind recipients to the same terms."),
    "use_policy": ("利用ポリシーに従い、引き継ぐ。", "Follow the use policy and pass it on."),
    "display": ("所定の文言を表示する。", "Display the words asked for."),
    "name_prefix": (
        "モデル名を所定の語で始める。",
        "Begin the model's name with the word asked for.",
    ),
    "obey_odbl": ("ODbL に従う。", "Comply with the ODbL."),
    "source_code": ("ソースを提供する。", "Offer the source."),
    "source_credit": (
        "底本・入力者などの出典を慣行に従って示す。",
        "Credit the source, by custom.",
    ),
    "history": ("履歴の節を保つ。", "Keep the history section."),
    "disclose_generated": ("人が書いたと偽らない。", "Do not present it as written by a human."),
    "no_identification": (
        "話者を特定せず、なりすまさない。",
        "Do not identify or impersonate the speakers.",
    ),
    "registration": (
        "条文が求める場合は権利者に登録する。",
        "Register with the licensor where the text asks for it.",
    ),
    "name_generator": ("生成モデルを明記する。", "Name the generator."),
    "proviso": (
        "著作権法30条の4のただし書（権利者の利益を不当に害する場合）に当たらないことを確かめる。",
        "Check that the proviso of Copyright Act art. 30-4 (unreasonable prejudice) is not met.",
    ),
    "student_note": (
        "学習に使うとモデルに規約が及び得ることを注記する。",
        "Note that training on it may bring the model under these terms.",
    ),
    "share_alike": ("翻案物は同じ条件で共有する。", "Share adaptations under the same terms."),
    "noncommercial": ("非営利の制限を明記する。", "State that use is limited to non-commercial."),
    "research_only": ("研究目的の制限を明記する。", "State that use is limited to research."),
    "purpose": ("目的の制限を明記する。", "State the purpose it is limited to."),
    "gated": ("利用者自身が条件に同意する。", "Each user accepts the terms in person."),
    "threshold": (
        "利用者数・売上の上限を超える場合は別途許諾を得る。",
        "Above the threshold of users or revenue, ask for a licence.",
    ),
    "deletable_on_request": ("求めがあれば削除する。", "Delete on request."),
    "revocable_at_will": (
        "許諾はいつでも取り消され得る。",
        "The grant can be withdrawn at any time.",
    ),
    **MIX_OBLIGATIONS,
}


def say(pairs: dict[str, Pair], key: str, lang: Lang, **values: str) -> str:
    """Fill the sentence of `key` in one language; acts and adaptations are named in it too."""
    at = 0 if lang == "ja" else 1
    if "act" in values:
        values["act"] = ACTS[values["act"]][at]
    if "adaptation" in values:
        values["adaptation"] = ADAPTATIONS[values["adaptation"]][at]
    return pairs[key][at].format(**values)
