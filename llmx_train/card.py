"""README.md of a trained model: front matter of the hub, then a page in Japanese and English."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from llmx_data.license.sentences import Lang
from llmx_train.card_evaluation import evaluation_section
from llmx_train.card_law import banner, hub_license, law_section
from llmx_train.card_tables import Source, data_section, making_section
from llmx_train.package_law import Standing
from llmx_train.package_weights import Form, Made
from llmx_train.recipe import Sft

RELATIONS: dict[Form, str] = {"adapter": "adapter", "merged": "finetune", "full": "finetune"}
"""The hub's words; its `merge` is a mixture of several models, not a merged adapter."""

PLAIN = re.compile(r"[A-Za-z][\w./+-]*")
"""Words that YAML takes for strings without quotes, but for those of WORDS."""

WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


@dataclass(frozen=True)
class Told:
    """All that a card tells."""

    recipe: Sft
    standing: Standing
    made: Made
    form: Form
    train: dict[str, Any]
    """train.json without what differs between equal runs."""
    prepare: dict[str, Any]
    sources: list[Source]
    mix: str
    """Name of the mix."""
    evaluation: dict[str, Any] | None
    """The comparison, or the tuned model's figures alone; None where nothing was measured."""
    merge: dict[str, Any] | None
    """Report of the merge."""


def model_card(told: Told) -> str:
    """Write README.md. The same facts give the same bytes."""
    lines = ["---", *_yaml(front_matter(told)), "---", "", f"# {told.standing.name}", ""]
    lines += ["[日本語](#日本語) | [English](#english)", ""]
    for lang, title in (("ja", "日本語"), ("en", "English")):
        lines += [f"# {title}", "", *_page(told, "ja" if lang == "ja" else "en"), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def front_matter(told: Told) -> dict[str, str | list[str]]:
    """Give the hub's keys. A base that is not on the hub is not named, nor is a data set."""
    facts: dict[str, str | list[str]] = {**hub_license(told.standing)}
    facts["language"] = ["ja"]
    facts["library_name"] = "peft" if told.form == "adapter" else "transformers"
    facts["pipeline_tag"] = "text-generation"
    if told.made.hub is not None:
        facts["base_model"] = told.made.hub
        facts["base_model_relation"] = RELATIONS[told.form]
    hubs = list(dict.fromkeys(s.hub for s in told.sources if s.hub is not None))
    if hubs:
        facts["datasets"] = hubs
    tags = ["llmx", told.train["kind"], told.train["method"].replace("_", "-")]
    facts["tags"] = [*tags, *(() if told.standing.public else ("internal",))]
    return facts


def _yaml(facts: dict[str, str | list[str]]) -> Iterator[str]:
    for key, value in facts.items():
        if isinstance(value, list):
            yield from (f"{key}:", *(f"- {_scalar(item)}" for item in value))
        else:
            yield f"{key}: {_scalar(value)}"


def _scalar(value: str) -> str:
    plain = PLAIN.fullmatch(value) and value.casefold() not in WORDS
    return value if plain else json.dumps(value, ensure_ascii=False)


def _page(told: Told, lang: Lang) -> Iterator[str]:
    yield from banner(told.standing, lang)
    yield from _what(told, lang)
    yield ""
    yield from data_section(told.sources, told.mix, lang)
    yield from _part_epoch(told, lang)
    yield ""
    yield from making_section(told.recipe, told.train, told.prepare, lang)
    yield from _merged(told, lang)
    yield ""
    yield from evaluation_section(told.evaluation, lang)
    yield ""
    yield from _limits(told, lang)
    yield ""
    yield from law_section(told.standing, lang)


def _what(told: Told, lang: Lang) -> Iterator[str]:
    ja, made, top = lang == "ja", told.made, told.recipe.top
    if top.description:
        yield from (top.description, "")
    form = _FORMS["tiny" if told.recipe.tiny else told.form][0 if ja else 1]
    name = f"[{made.name}](https://huggingface.co/{made.hub})" if made.hub else made.name
    name += " " if ja else ""
    if told.recipe.tiny:
        name = "無作為の重みの小さなモデル" if ja else "A tiny model of random weights"
    yield (
        f"{name}を llmx で学習し、変更したもの（{form}）。"
        if ja
        else f"{name}, changed by training with llmx ({form})."
    )
    yield from ("", f"- {'リビジョン' if ja else 'Revision'}: {_revision(told, lang)}")
    if top.date:
        yield f"- {'日付' if ja else 'Date'}: {top.date}"
    yield f"- {'言語' if ja else 'Language'}: {'日本語' if ja else 'Japanese'}"
    yield from ("", "```python", *_usage(told), "```")


_FORMS = {
    "tiny": ("元のモデルも学習データから作った", "made from the same data too"),
    "adapter": ("アダプタ。元のモデルは含まない", "an adapter; the base is not in it"),
    "merged": ("アダプタを統合した重み", "an adapter merged into the weights"),
    "full": ("全ての重み", "all weights"),
}


def _revision(told: Told, lang: Lang) -> str:
    made, ja = told.made, lang == "ja"
    if told.recipe.tiny:
        return "学習データから作った" if ja else "made from the training data"
    if made.revision is None:
        return "固定されていない" if ja else "not pinned"
    if made.pinned:
        return f"`{made.revision}`"
    late = "固定せず、当時の最新" if ja else "revision not pinned: the newest of that time"
    return f"`{made.revision}` ({late})"


def _usage(told: Told) -> Iterator[str]:
    name, end = json.dumps(told.standing.name, ensure_ascii=False), told.prepare["template"]["end"]
    loads = "AutoPeftModelForCausalLM" if told.form == "adapter" else "AutoModelForCausalLM"
    if told.form == "adapter" and told.recipe.tiny:
        yield "from peft import PeftModel"
        yield "from transformers import AutoModelForCausalLM, AutoTokenizer"
        yield from ("", f"folder = {name}  # this folder")
        yield 'base = AutoModelForCausalLM.from_pretrained(folder + "/base")'
        yield "model = PeftModel.from_pretrained(base, folder)"
    else:
        here = "AutoTokenizer" if told.form == "adapter" else "AutoModelForCausalLM, AutoTokenizer"
        if told.form == "adapter":
            yield f"from peft import {loads}"
        yield f"from transformers import {here}"
        yield from ("", f"folder = {name}  # this folder, or its id on the hub")
        yield f"model = {loads}.from_pretrained(folder)"
    yield "tokenizer = AutoTokenizer.from_pretrained(folder)"
    yield 'messages = [{"role": "user", "content": "日本の首都はどこですか。"}]'
    yield "asked = tokenizer.apply_chat_template("
    yield '    messages, add_generation_prompt=True, return_dict=True, return_tensors="pt"'
    yield ")"
    yield f"end = tokenizer.convert_tokens_to_ids({json.dumps(end, ensure_ascii=False)})"
    yield "told = model.generate(**asked, max_new_tokens=256, eos_token_id=end)"
    yield 'answer = told[0, asked["input_ids"].shape[1] :]'
    yield "print(tokenizer.decode(answer, skip_special_tokens=True))"


def _part_epoch(told: Told, lang: Lang) -> Iterator[str]:
    if not float(told.train["epochs"]).is_integer():
        yield ""
        yield (
            "学習は一巡の途中で終わったため、延べ件数とトークンは平均による推定である。"
            if lang == "ja"
            else "Training ended within an epoch: times seen and tokens are estimates, by the mean."
        )


def _merged(told: Told, lang: Lang) -> Iterator[str]:
    report = told.merge
    if report is None:
        return
    yield ""
    ja, dtype = lang == "ja", report["dtype"]
    yield (
        f"統合後の答えは統合前と等しい: 32 ビットで最大の差 {report['max_difference']:.2g}、"
        f"{dtype} で保存した後 {report['saved_difference']:.2g}（merge.json）。"
        if ja
        else f"Merged and unmerged scores are equal: at most {report['max_difference']:.2g} apart "
        f"in 32 bits, {report['saved_difference']:.2g} as saved in {dtype} (merge.json)."
    )
    if report["quantized"]:
        yield (
            "学習は 4 ビットの重みの上で行った。統合先の重みはそれと同じではない。"
            if ja
            else "It was trained on 4-bit weights; the weights it is merged into are not those."
        )


def _limits(told: Told, lang: Lang) -> Iterator[str]:
    ja = lang == "ja"
    yield from ("## 限界" if ja else "## Limits", "")
    if told.recipe.tiny:
        yield (
            "- 無作為の重みから始めた小さなモデルで、動くことを示すだけである。答えに意味はない。"
            if ja
            else "- It began with random weights and shows that everything works; its answers "
            "mean nothing."
        )
    if told.train["ended"] == "hours":
        yield (
            "- 時間の上限で学習を終えた。予定した歩数には達していない。"
            if ja
            else "- Training ended at its budget of hours, before the planned steps."
        )
    yield (
        "- 誤った答え、偏った答えを返すことがある。安全性は確かめていない。"
        if ja
        else "- Its answers can be wrong or biased; its safety was not examined."
    )
    yield ("- 元のモデルの限界はそのまま残る。" if ja else "- The limits of the base remain.")
