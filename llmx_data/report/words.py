"""Every word of the report page in Japanese and English: phrases, steps and short names."""

from __future__ import annotations

from llmx_data.license.sentences import ACTS, ADAPTATIONS, Pair
from llmx_data.report.words_synthesis import SYNTHESIS

PHRASES: dict[str, Pair] = {
    **SYNTHESIS,
    "report": ("実行報告", "Run report"),
    "switch_language": ("English", "日本語"),
    "purpose": ("目的", "Purpose"),
    "acts": ("行為", "Acts"),
    "mode": ("形態", "Mode"),
    "policy": ("方針", "Policy"),
    "actor": ("利用者", "Actor"),
    "verdict": ("判定", "Verdict"),
    "verdict_basis": (
        "方針 {policy} の規則による判定。法律上の助言ではない。",
        "Decided by the rules of policy {policy}. Not legal advice.",
    ),
    "outgoing": ("公開時のライセンス", "Outgoing licences"),
    "obligations": ("守ること", "Obligations"),
    "waivers": ("免除（人の判断）", "Waivers (settled by a person)"),
    "reasons_given": ("判定の理由", "Grounds"),
    "result_ALLOW": ("許可", "Allowed"),
    "result_ALLOW_WITH": ("条件付きで許可", "Allowed with obligations"),
    "result_REVIEW": ("人による確認が必要", "A person must review this"),
    "result_DENY": ("不許可", "Denied"),
    "result_none": ("判定なし", "No verdict"),
    "short_ALLOW": ("許可", "Allowed"),
    "short_ALLOW_WITH": ("条件付き", "With obligations"),
    "short_REVIEW": ("要確認", "Review"),
    "short_DENY": ("不許可", "Denied"),
    "short_none": ("判定なし", "None"),
    "result_section": ("得られたもの", "What you got"),
    "records": ("レコード", "Records"),
    "chars": ("文字", "Characters"),
    "tokens": ("トークン", "Tokens"),
    "files": ("ファイル", "Files"),
    "of_came": ("入力 {came} の {share}", "{share} of {came} that came in"),
    "per_record": ("1 レコード平均 {n}", "{n} per record on average"),
    "nothing_kept": (
        "残ったレコードはない。下の「消えた理由」と見本で、どの基準が効いたかを確かめられる。",
        "No record was kept. The reasons and samples below show which limits took them.",
    ),
    "command_load": ("読み込む", "Load"),
    "command_why": ("あるレコードがなぜ消えたか", "Why a record went"),
    "command_verify": ("改変がないか確かめる", "Verify the files"),
    "copy": ("コピー", "Copy"),
    "funnel_section": ("レコードの流れ", "Where records went"),
    "funnel_lead": (
        "{came} 件のうち {kept} 件を残した。最も多い理由は「{reason}」で {n} 件。",
        "{kept} of {came} records were kept. The most common reason was “{reason}”: {n}.",
    ),
    "funnel_lead_whole": (
        "{came} 件のすべてが残った。",
        "All {came} records were kept.",
    ),
    "published": ("公開", "Published"),
    "none_dropped": ("除かれたものはない", "none dropped"),
    "others": ("ほか {n} 種", "{n} more reasons"),
    "edits": ("{what} の置換", "{what} replaced"),
    "not_measured": ("未計測", "not measured"),
    "reasons_section": ("消えた理由", "Why records went"),
    "reasons_lead": (
        "1 レコードにつき理由は 1 つ。手順の順で最初に当たったものを記す。割合は入力に対する。",
        "One reason per record: the first that applied, in recipe order. Shares are of the input.",
    ),
    "reason": ("理由", "Reason"),
    "step": ("手順", "Step"),
    "share": ("割合", "Share"),
    "total": ("合計", "Total"),
    "histograms_section": ("値の分布", "How values are spread"),
    "histograms_lead": (
        "破線が基準、色を敷いた側が除かれる範囲。範囲の外でも、別の理由で消えたものは「除かれた」に入る。",
        "Dashed lines are limits; their dropped side is shaded. Records taken for another reason "
        "count as dropped wherever they lie.",
    ),
    "kept": ("残った", "kept"),
    "dropped": ("除かれた", "dropped"),
    "log_axis": ("対数軸", "log axis"),
    "licenses_section": ("出典とライセンス", "Sources and licences"),
    "licenses_lead": (
        "申告は出典の記載、結論は監査の結果。行を開くと義務と根拠条項を読める。",
        "Declared is what the source says, concluded what the audit found. Open a row for duties "
        "and the sections cited.",
    ),
    "source": ("出典", "Source"),
    "declared": ("申告", "Declared"),
    "concluded": ("結論", "Concluded"),
    "result": ("判定", "Result"),
    "database_license": ("データベースのライセンス", "Database licence"),
    "basis": ("根拠", "Basis"),
    "terms": ("付帯条件", "Terms"),
    "accepted_by": ("同意した者", "Accepted by"),
    "adaptation": ("加工", "Adaptation"),
    "generator": ("生成モデル", "Generator"),
    "rows_read": ("読んだ行", "Rows read"),
    "home": ("所在", "Home"),
    "unknown": ("不明", "unknown"),
    "kept_out": ("公開に含めない", "not published"),
    "no_obligations": ("義務はない。", "No obligations."),
    "samples_section": ("見本", "Samples"),
    "samples_dropped": ("除かれたもの", "Dropped"),
    "samples_kept": ("残ったもの", "Kept"),
    "sample_count": ("見本 {n}", "{n} shown"),
    "kept_instead": ("残した方", "kept instead"),
    "also": ("ほかの理由", "also"),
    "costs_section": ("費用", "What it cost"),
    "costs_lead": (
        "計測ごとの CPU 時間。全コアの合計で、経過時間ではない。",
        "CPU time per measure, summed over cores; not elapsed time.",
    ),
    "measure": ("計測", "Measure"),
    "cpu_seconds": ("CPU 秒", "CPU seconds"),
    "texts": ("本文数", "Texts"),
    "us_per_1000": ("µs / 1,000 字", "µs / 1,000 chars"),
    "files_section": ("ファイル", "Files"),
    "name": ("名前", "Name"),
    "rows": ("行", "Rows"),
    "size": ("大きさ", "Size"),
    "glossary_section": ("用語", "Glossary"),
    "footer": (
        "この頁は report.json から作られ、外部から何も読み込まない。",
        "This page was made from report.json and loads nothing from elsewhere.",
    ),
}

STEPS: dict[str, Pair] = {
    "ingest": ("取り込み", "ingest"),
    "normalize": ("正規化", "normalize"),
    "filter": ("選別", "filter"),
    "dedup": ("重複除去", "dedup"),
    "pii": ("個人情報", "personal data"),
    "repair": ("修復", "repair"),
    "decontaminate": ("評価データ除去", "decontaminate"),
    "select": ("抽出", "select"),
    "audit": ("ライセンス監査", "licence audit"),
    "screen": ("審査", "screen"),
    "mix": ("配合", "mix"),
    "publish": ("公開", "publish"),
}

NAMES: dict[str, Pair] = {
    **ACTS,
    **ADAPTATIONS,
    "collection": (
        "収録（各レコードのライセンスを保つ）",
        "collection (each record keeps its licence)",
    ),
    "unified": ("統合（ひとつのライセンス）", "unified (one licence)"),
    "document": ("文書", "document"),
    "instruction": ("指示", "instruction"),
    "conversation": ("会話", "conversation"),
    "preference": ("選好", "preference"),
    "card": ("カード", "card"),
    "catalogue": ("カタログ", "catalogue"),
    "row": ("行の記載", "row"),
    "recipe": ("レシピ", "recipe"),
    "computed": ("計算", "computed"),
    "self": ("本人", "self"),
    "upstream": ("上流", "upstream"),
    "unknown": ("不明", "unknown"),
    "kind": ("種別", "kind"),
    "jurisdiction": ("法域", "jurisdiction"),
    "training_location": ("学習地", "training location"),
    "mau": ("月間利用者", "monthly users"),
    "database_right": ("データベース権", "database right"),
    "yes": ("あり", "yes"),
    "no": ("なし", "no"),
    "revenue_usd": ("売上（米ドル）", "revenue (USD)"),
}
"""Acts, adaptations, kinds, bases, and the actor's fields."""

EDITS: dict[str, Pair] = {
    "email": ("メールアドレス", "e-mail addresses"),
    "phone": ("電話番号", "phone numbers"),
    "postal_code": ("郵便番号", "postal codes"),
    "my_number": ("マイナンバー", "My Number"),
    "card": ("カード番号", "card numbers"),
}
"""What repairs replace."""


def step_name(step: str) -> tuple[str, Pair, str]:
    """Cut `02-filter-web-ja` into number, room and detail: ("02", ("選別", "filter"), "web-ja")."""
    number, dash, rest = step.partition("-")
    if not (dash and number.isdigit()):
        number, rest = "", step
    room, _, detail = rest.partition("-")
    return number, STEPS.get(room, (room, room)), detail
