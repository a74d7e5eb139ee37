"""Licences and models that prose speaks of: README text read for names, never for law."""

from __future__ import annotations

import re

from llmx_data.license.expression import atoms, normalize
from llmx_data.license.facts import UNKNOWN, UNKNOWN_VERSION, Facts

_CC = re.compile(
    r"(?:CC|Creative Commons)[ -]?(?:BY|Attribution)(?P<parts>(?:[ -]?(?:NC|SA|ND|ShareAlike))*)"
    r"(?:[ -]?v?(?P<version>[1-4]\.\d))?(?:[ -](?P<port>JP))?",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"\b(?:MIT|Apache(?:[ -]License)?[ ,-]*(?:version )?2\.0|Apache License|GFDL|ODC-By|ODbL|CC0"
    r"|GPL-?3\.0|Unlicense|BSD-3-Clause)\b",
    re.IGNORECASE,
)
_MODELS = re.compile(
    r"\b(?:GPT-?[345][\w.-]*|ChatGPT|OpenAI|text-davinci-\d+|Claude(?: \d[\w.]*)?|Gemini|Gemma"
    r"|Llama[ -]?\d?[\w.-]*|Qwen[\w.-]*|model outputs?|outputs of)\b",
    re.IGNORECASE,
)


def _any(*words: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(words)})[a-z]*", re.IGNORECASE)


# Words of a README, and the problem they point at; Japanese and English.
WORDS: dict[str, re.Pattern[str]] = {
    "several_licences": _any(
        r"per[- ](?:folder|file|kind)",
        "mixed:",
        "folder ",
        r"data/\w+",
        "two licences",
        "フォルダ",
        "ファイルごと",
    ),
    "hidden_components": _any("components", "source column", "follows the original", "元データ"),
    "translator_terms": _any("machine translat", "DeepL", "Google Translat", "機械翻訳"),
    "extra_conditions": _any(r"\bconditions\b", "impersonat", "なりすま", "注意してください"),
    "extra_grant": _any(
        "not considered (?:copies|derivativ)", "clarification", "派生物とはみなさない"
    ),
    "keep_notices": _any("copyright holders", "著作権表示"),
    "licence_in_prose": _any("same licen[cs]e as", "と同じライセンス", "に準じ"),
    "derived_under_nd": _any("annotated", "derived", "translat", "注釈", "アノテーション"),
    "no_permission": _any(
        "no permission", "delete on request", "copyright stays", "handling rules", "引用"
    ),
    "known_upstream": _any(
        "upstream",
        "content from",
        r"copyright \(?act",
        "著作権法",
        "statutes",
        "Wiki(?:news|pedia)",
    ),
}
NONCOMMERCIAL_WORDS = _any(
    "non-?commercial",
    "research[- ](?:use )?only",
    "commercial use (?:is )?prohibited",
    "非商用",
    "非営利",
    "商用利用(?:は)?(?:禁止|不可)",
    "研究目的に限",
)


def elements(name: str) -> frozenset[str]:
    """Give the elements of a Creative Commons licence name: by, nc, sa, nd; empty for others."""
    found = _CC.search(name.replace("_", "-"))
    if found is None:
        return frozenset()
    words = found["parts"].lower().replace("sharealike", "sa")
    return frozenset({"by", *re.findall(r"nc|sa|nd", words)})


def licenses_in(text: str, facts: Facts) -> list[str]:
    """List the licences that a text names, as ids where they are known, in their order.

    A Creative Commons name without its version stays as written: CC-BY-SA.
    """
    found: dict[int, str] = {}
    for match in _CC.finditer(text):
        parts = re.findall(r"nc|sa|nd", match["parts"].lower().replace("sharealike", "sa"))
        bare = "-".join(["CC-BY", *(p.upper() for p in parts)])
        version = f"-{match['version']}" if match["version"] else ""
        port = f"-{match['port'].upper()}" if match["port"] else ""
        found[match.start()] = facts.alias(f"{bare}{version}{port}") or bare
        if found[match.start()] == UNKNOWN_VERSION:
            found[match.start()] = bare
    for match in _OTHER.finditer(text):
        found[match.start()] = facts.alias(match[0]) or "Apache-2.0"
    return list(dict.fromkeys(found[at] for at in sorted(found)))


def models_in(text: str) -> list[str]:
    """List the words of a text that speak of models or their outputs."""
    return list(dict.fromkeys(m[0] for m in _MODELS.finditer(text)))


def known_license(text: str | None, facts: Facts) -> str | None:
    """Give the one licence that a field names, or None where it is several, prose or unknown."""
    if text is None or not text.strip():
        return None
    license = normalize(text, facts, on_error="unknown")
    ids = atoms(license)
    return license if len(ids) == 1 and ids[0] not in (UNKNOWN, UNKNOWN_VERSION) else None
