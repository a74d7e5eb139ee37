"""What the lint says, in Japanese and English: a pair of sentences per problem."""

from __future__ import annotations

PROBLEMS: dict[str, tuple[str, str]] = {
    "no_licence_file": (
        "ライセンスファイルがない（記載: {detail}）。",
        "There is no licence file (what is said elsewhere: {detail}).",
    ),
    "empty_licence_file": (
        "ライセンスファイル {detail} は空である。",
        "The licence file {detail} is empty.",
    ),
    "unusual_file_name": (
        "ライセンスファイルの名前 {detail} を道具が見つけられないことがある。",
        "Tools may not find a licence file called {detail}.",
    ),
    "custom_licence": (
        "独自のライセンス {detail} である。条文を読む必要がある。",
        "The licence is {detail}, which is on no public list: read its text.",
    ),
    "file_against_tag": (
        "ライセンスファイルとタグが食い違う: {detail}。",
        "Licence file and tag differ: {detail}.",
    ),
    "file_against_readme": (
        "ライセンスファイルと README が食い違う: {detail}。厳しい方に従い、作者に尋ねる。",
        "Licence file and README differ: {detail}; keep to the stricter and ask the makers.",
    ),
    "code_licence_on_data": (
        "LICENSE はコードのもので、データには別の条件がある: {detail}。",
        "The LICENSE file is for code; the data has other terms: {detail}.",
    ),
    "readme_contradicts_itself": (
        "README の中でライセンスが食い違う: {detail}。",
        "The README contradicts itself: {detail}.",
    ),
    "several_licences": (
        "部分ごとにライセンスが異なる: {detail}。",
        "Parts have licences of their own: {detail}.",
    ),
    "readme_names_another": (
        "README が別のライセンスに触れている: {detail}。",
        "The README speaks of another licence: {detail}.",
    ),
    "outputs_beside_licence": (
        "モデルの出力を含み、その規約も及ぶ: {detail}。",
        "Outputs of models are inside, and their terms apply too: {detail}.",
    ),
    "hidden_components": (
        "まとめたデータの元のライセンスが表示に現れていない: {detail}。",
        "An aggregate's licence hides those of its components: {detail}.",
    ),
    "translator_terms": (
        "翻訳サービスの規約も確かめる: {detail}。",
        "Text went through a translation service, whose terms may apply: {detail}.",
    ),
    "extra_conditions": (
        "ライセンスのほかに条件が添えられている: {detail}。",
        "Conditions stand beside the licence: {detail}.",
    ),
    "extra_grant": (
        "ライセンスのほかに許諾が添えられている: {detail}。",
        "A grant stands beside the licence: {detail}.",
    ),
    "keep_notices": (
        "複数の権利者の表示を残す必要がある: {detail}。",
        "Notices of several holders must be kept: {detail}.",
    ),
    "licence_in_prose": (
        "ライセンスが文章で書かれている: {detail}。条文を確かめる。",
        "The licence is put in prose: {detail}; read which text is meant.",
    ),
    "derived_under_nd": (
        "改変禁止のもとで加工された資料である: {detail}。",
        "Derived material stands under a licence without derivatives: {detail}.",
    ),
    "no_permission": (
        "権利者の許諾なしに収録されている: {detail}。",
        "Text was taken without its owners' permission: {detail}.",
    ),
    "known_upstream": (
        "ライセンスの表示はないが、元の条件はわかる: {detail}。",
        "No licence is stated, but the source has one: {detail}.",
    ),
    "added_restriction": (
        "追加の制限を認めないライセンスに制限が添えられている: {detail}。",
        "A restriction stands beside a licence that admits none: {detail}.",
    ),
    "tag_against_licence": (
        "タグとカタログの結論が異なる: {detail}。",
        "The tag and the catalogue's conclusion differ: {detail}.",
    ),
    "tag_not_credible": (
        "タグ {detail} は内容のライセンスとは認められない。",
        "The tag {detail} is not taken for a licence of the contents.",
    ),
    "lost_upstream": ("{detail}", "{detail}"),
    "served_under_other_card": (
        "動かし方 (serving) の名前が、そのモデルのカードを指さない: {detail}。",
        "A name under serving does not lead to the card it stands on: {detail}.",
    ),
    "served_twice": (
        "動かし方 (serving) に同じ名前が二度ある: {detail}。",
        "A name stands twice under serving: {detail}.",
    ),
    "served_without_weights": (
        "重みを配らない経路のカードに動かし方 (serving) がある: {detail}。",
        "serving stands on a card of a channel that gives no weights: {detail}.",
    ),
    "served_shape": (
        "埋め込みの数が全体のパラメータ数より小さくない: {detail}。",
        "The embeddings are not fewer than all parameters: {detail}.",
    ),
}
