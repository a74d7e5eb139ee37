"""Words of the report's section on generated records, in Japanese and English."""

from __future__ import annotations

from llmx_data.license.sentences import Pair

SYNTHESIS: dict[str, Pair] = {
    "synthesis_section": ("合成", "Synthesis"),
    "synthesis_lead": (
        "{source} は、モデルまたは規則が作った記録。作り方、方法ごとの歩留まり、互いの違いを示す。",
        "Records of {source} that a model or rules made: how, what each method yielded, and how "
        "much they differ from each other.",
    ),
    "made_unknown": (
        "作り方はわからない。回答のそばに synthesis.json がない（llmx synth が書く）。",
        "It is not known how they were made: no synthesis.json lies beside the answers "
        "(llmx synth writes it).",
    ),
    "made_by_rules": (
        "言語モデルは使っていない。すべて規則で計算した。",
        "No language model was used: everything was computed by rules.",
    ),
    "role_generator": ("生成モデル", "Generator"),
    "role_judge": ("採点モデル", "Judge"),
    "engine": ("実行系", "Engine"),
    "seed": ("乱数の種", "Seed"),
    "sampling": ("抽出（{role}）", "Sampling ({role})"),
    "prompts_used": ("指示文", "Prompts"),
    "revision": ("版 {revision}", "revision {revision}"),
    "no_revision": ("版の指定なし", "revision not pinned"),
    "quantized": ("{how} 量子化", "quantized by {how}"),
    "yields": ("方法ごとの歩留まり", "Yield of each method"),
    "yields_why": (
        "問い合わせから公開までの数。「作られた」は回答から組んだ記録、「残った」は審査の後。",
        "What was left from request to release. Made: records put together from answers. Kept: "
        "after screening.",
    ),
    "method": ("方法", "Method"),
    "requests": ("問い合わせ", "Requests"),
    "answered": ("回答あり", "Answered"),
    "made": ("作られた", "Made"),
    "kept_records": ("残った", "Kept"),
    "tokens_in": ("入力トークン", "Tokens in"),
    "tokens_out": ("出力トークン", "Tokens out"),
    "tokens_per_kept": ("1 件あたり", "Per kept record"),
    "tokens_why": (
        "「1 件あたり」は残った 1 件を得るのに使った入力と出力のトークンの合計。",
        "Per kept record: tokens in and out spent for each record that stayed.",
    ),
    "lost": ("消えた理由", "Lost to"),
    "lost_made": ("作成時", "when made"),
    "lost_screened": ("審査で", "in screening"),
    "diversity": ("多様さ", "Diversity"),
    "diversity_lead": (
        "件数・長さ・同じ指示の割合は全件から、ほかは id（ハッシュ値）が小さい {sample} 件までで"
        "測る。標本の大きさが同じなら、方法どうしや前回の実行と比べられる。",
        "Counts, lengths and repeated prompts are of all records; the rest is of at most {sample} "
        "records, those of the smallest ids (which are hashes). With samples of one size, methods "
        "and earlier runs can be compared.",
    ),
    "figure": ("指標", "Figure"),
    "all_methods": ("全体", "All"),
    "d_records": ("件数", "Records"),
    "d_records_why": ("公開された記録。", "Published records."),
    "d_prompt_chars": ("指示の長さ", "Prompt length"),
    "d_prompt_chars_why": (
        "文字数の中央値と四分位の範囲。範囲が狭いほど、形のそろった指示。",
        "Characters: median and quartiles. The narrower, the more alike the prompts are in form.",
    ),
    "d_answer_chars": ("回答の長さ", "Answer length"),
    "d_answer_chars_why": (
        "文字数の中央値と四分位の範囲。",
        "Characters: median and quartiles.",
    ),
    "d_repeated": ("同じ指示の割合", "Repeated prompts"),
    "d_repeated_why": (
        "ほかの記録と一字一句同じ指示をもつ記録。1 件目は数えない。",
        "Records whose prompt another one has word for word; the first of them does not count.",
    ),
    "d_prompt_words": ("指示の distinct-1 / 2 / 3", "Prompts, distinct-1 / 2 / 3"),
    "d_prompt_words_why": (
        "異なる単語、2 語連なり、3 語連なりの割合。量とともに下がるので、各文の先頭 {head} 字から "
        "{units} 語だけを読む。",
        "Share of different words, pairs and triples of words. It falls with the amount, so "
        "{units} words are read, of the first {head} characters of each text.",
    ),
    "d_answer_words": ("回答の distinct-1 / 2 / 3", "Answers, distinct-1 / 2 / 3"),
    "d_answer_words_why": (
        "低いほど、回答が同じ言い回しを繰り返している。",
        "The lower, the more the answers repeat the same phrases.",
    ),
    "d_prompt_letters": ("指示の文字 distinct-1 / 2 / 3", "Prompts, by characters"),
    "d_prompt_letters_why": (
        "同じことを {units} 文字について。単語の切り方によらない。",
        "The same over {units} characters; it does not rest on how words are cut.",
    ),
    "d_nearest": ("最も近い指示との類似", "Similarity to the nearest prompt"),
    "d_nearest_why": (
        "標本の {neighbours} 件の中で最も近い指示との文字 ROUGE-L（1 は同一）の中央値と四分位。",
        "Character ROUGE-L (1 is identical) to the nearest of {neighbours} prompts of the sample: "
        "median and quartiles.",
    ),
    "d_near_share": ("近すぎる指示の割合", "Prompts that are too near"),
    "d_near_share_why": (
        "類似が 0.7 以上のもの。Self-Instruct はこれを採らない。",
        "Nearest at 0.7 or above, which Self-Instruct would not take.",
    ),
    "d_compressed": ("指示の圧縮率", "Compression of prompts"),
    "d_compressed_why": (
        "並べた指示を zlib で圧縮した大きさの割合。低いほど似た文面が多い。",
        "Size of the joined prompts after zlib, as a share. The lower, the more they repeat.",
    ),
    "d_kana": ("かなの割合", "Kana share"),
    "d_kana_why": (
        "指示と回答の、空白以外の文字に占めるかな。",
        "Kana among the characters of prompts and answers that are not white space.",
    ),
    "fewer": (
        "* 決めた量に満たないものから測った。distinct は高め、類似は低めに出る。",
        "* Read from less than the fixed amount: distinct comes out high, similarity low.",
    ),
    "wheel": ("何を頼んでいるか", "What is asked for"),
    "wheel_lead": (
        "内側は依頼の動詞、外側はその対象（「を」の名詞など）。標本 {read} 件のうち {found} 件で"
        "見つかり、動詞は {verbs} 種。多い {shown} 種を示す。「問う」は質問で、対象は疑問の語。",
        "Inside the verb of the request, outside the noun it is about. Found in {found} of {read} "
        "prompts of the sample, {verbs} different verbs; the {shown} most frequent are shown. A "
        "question has no verb of its own: its noun is the question word.",
    ),
    "verb": ("動詞", "Verb"),
    "objects": ("対象", "Objects"),
    "openings": ("書き出し", "How texts open"),
    "openings_lead": (
        "最初の文節と、標本に占める割合。ひとつに偏るほど、雛形どおりに書かれている。",
        "The first phrase, and its share of the sample. The more one leads, the more the texts "
        "follow a template.",
    ),
    "prompts_side": ("指示", "Prompts"),
    "answers_side": ("回答", "Answers"),
}

REJECTED: dict[str, Pair] = {
    "bad_json": ("JSON でない", "not JSON of the asked shape"),
    "empty": ("空", "empty"),
    "too_long": ("長すぎる", "too long"),
    "too_similar": ("既にあるものに近い", "too similar to another"),
    "surplus": ("必要な数に達した", "more than were wanted"),
    "repeated": ("前の発言の繰り返し", "repeats an earlier turn"),
    "repeated_task": ("同じ課題が既にある", "the same task was there"),
    "same_answer": ("二つの回答が同じ", "two equal answers"),
    "no_evidence": ("根拠が本文にない", "evidence not in the text"),
    "not_japanese": ("日本語でない", "not Japanese"),
    "unanswerable": ("答えられない", "cannot be answered"),
    "does_not_fit": ("本文に合わない", "does not fit the text"),
    "low_score": ("点が低い", "low score"),
    "not_judged": ("採点できない", "not scored"),
    "not_best": ("より良い回答がある", "a better answer was there"),
    "undecided": ("順位が定まらない", "the judge did not decide"),
    "evol_unchanged": ("書き換わっていない", "the rewrite changed nothing"),
}
"""Why an answer became no record; a word that is not here names itself."""
