"""What a model card says of the law: front matter, verdict of every act, duties, LICENSE.md."""

from __future__ import annotations

from collections.abc import Iterator

from llmx_data.license.findings import Reason
from llmx_data.license.mix import Answer
from llmx_data.license.proof import LIMITS
from llmx_data.license.schema import Result
from llmx_data.license.sentences import ACTS, Lang
from llmx_train.package_law import TOLD, Standing
from llmx_train.package_texts import held_in, involved, title_of

INTERNAL = "internal-not-for-release"
"""Name of the licence that an internal package has: none."""

LINK = "LICENSE.md"
"""The hub links LICENSE, LICENSE.md or an address; a folder of texts it does not."""

LIMIT_WORDS = {"noncommercial": "non-commercial", "research_only": "research-only"}

VERDICTS = {
    Result.ALLOW: ("許諾されている", "allowed"),
    Result.ALLOW_WITH: ("条件付きで許諾されている", "allowed under conditions"),
    Result.REVIEW: ("人の判断が必要", "a person must decide"),
    Result.DENY: ("許諾されていない", "not allowed"),
}


def hub_license(standing: Standing) -> dict[str, str]:
    """Give the hub's licence keys: its own id where one licence says it all, else other.

    No key at all where the verdict leaves the choice open and the recipe made none: the hub takes
    that for all rights reserved, which is true until somebody chooses.
    """
    if not standing.public:
        return {"license": "other", "license_name": INTERNAL, "license_link": LINK}
    ids, limits = standing.release.outgoing, standing.unsaid_limits
    if not ids:
        return {}
    terms = standing.facts.terms.get(ids[0])
    if len(ids) == 1 and terms is not None and terms.hub is not None and not limits:
        return {"license": terms.hub}
    words = [i.removeprefix("LicenseRef-").casefold().replace(" ", "-") for i in ids]
    name = "-and-".join([*words, *(LIMIT_WORDS[limit] for limit in limits)])
    return {"license": "other", "license_name": name, "license_link": LINK}


def banner(standing: Standing, lang: Lang) -> list[str]:
    """Say first what a reader must not miss: internal, limits, words that must be shown."""
    ja = lang == "ja"
    lines = []
    if not standing.public:
        head = "内部用。公開しないこと。" if ja else "Internal: not for release."
        told = _why_internal(standing, lang)
        lines += ["> [!WARNING]", f"> **{head}** {told}", ""]
    for limit in standing.release.limits:
        words = LIMITS[limit][0 if ja else 1]
        lines += [f"> **{words}**" + ("。" if ja else "."), ""]
    for words in standing.displays:
        lines += [f"> {words}", ""]
    return lines


def _why_internal(standing: Standing, lang: Lang) -> str:
    """Say what a release would come to."""
    ja, release = lang == "ja", standing.release
    title = standing.purpose.title_ja if ja else standing.purpose.title
    verdict = VERDICTS[release.result][0 if ja else 1]
    why = " ".join(_said(reason, lang) for reason in _deciding(release))
    if ja:
        head = f"目的{f'「{title}」' if title else ''}に重みの公開は含まれない。"
        told = f"公開についての判定は {release.result.name}（{verdict}）。{why}"
        return head + told + _ask_again(release, lang)
    head = f"The purpose{f' ({title})' if title else ''} does not include a release. "
    return (
        head
        + f"A release would be {release.result.name} ({verdict}). {why}"
        + _ask_again(release, lang)
    )


def _ask_again(release: Answer, lang: Lang) -> str:
    if release.result > Result.ALLOW_WITH:
        return ""
    if lang == "ja":
        return " 公開するには purpose: publish-model で作り直すこと。"
    return " To release it, make the package again with purpose: publish-model."


def law_section(standing: Standing, lang: Lang) -> Iterator[str]:
    """Tell the outgoing licence and why, every act, the duties, names, disputes."""
    ja = lang == "ja"
    yield from ("## ライセンス" if ja else "## Licence", "")
    yield from _outgoing(standing, lang)
    yield from ("", "### 判定" if ja else "### Verdicts", "")
    yield "| 行為 | 判定 | 理由 |" if ja else "| act | verdict | why |"
    yield "|---|---|---|"
    for act, answer in standing.acts.items():
        why = "<br>".join(_said(r, lang) for r in _deciding(answer))
        verdict = f"{answer.result.name} ({VERDICTS[answer.result][0 if ja else 1]})"
        yield f"| {ACTS[act][0 if ja else 1]} | {verdict} | {_cell(why)} |"
    yield ""
    yield (
        f"方針は {standing.purpose.policy}。全ての規則と条文は AUDIT.md にある。"
        if ja
        else f"Policy: {standing.purpose.policy}. Every rule with its section is in AUDIT.md."
    )
    yield from _duties(standing, lang)
    yield from _disputes(standing, lang)
    yield ""
    yield "これは法的助言ではない。" if ja else "This is not legal advice."


def _outgoing(standing: Standing, lang: Lang) -> Iterator[str]:
    ja, ids = lang == "ja", standing.release.outgoing
    if not standing.public:
        yield (
            "この重みにライセンスは与えられていない（内部用）。"
            if ja
            else "No licence is granted for these weights: they are internal."
        )
    elif ids:
        named = (" かつ " if ja else " and ").join(title_of(i, standing, lang) for i in ids)
        yield f"この重みのライセンス: {named}。" if ja else f"These weights are under {named}."
    else:
        yield _choose(lang)
    for limit in standing.release.limits if standing.public else ():
        words = LIMITS[limit][0 if ja else 1]
        why = ", ".join(o.license for o in standing.release.obligations if o.kind == limit)
        yield f"加えて、{words}（{why}）。" if ja else f"Besides: {words} ({why})."
    yield f"条文は {LINK} から読める。" if ja else f"The texts are linked in {LINK}."


def _choose(lang: Lang) -> str:
    if lang == "ja":
        return (
            "元のモデルとデータは公開時のライセンスを指定しない。レシピの output.license も"
            "選んでいないので、選ぶまでは何も許諾されていない。"
        )
    return (
        "Base and data leave the licence open, and the recipe chose none (output.license): until "
        "one is chosen, nothing is granted."
    )


def _duties(standing: Standing, lang: Lang) -> Iterator[str]:
    ja = lang == "ja"
    yield ""
    yield "### 利用・再配布する人の義務" if ja else "### Duties of whoever uses or distributes it"
    yield ""
    for duty in standing.duties:
        acts = [act for act in TOLD if duty in standing.acts[act].obligations]
        names = ", ".join(ACTS[act][0 if ja else 1] for act in acts)
        place = held_in(duty, standing.facts)
        if ja:
            where = f"この中では {place}。" if place else "利用者が自分で行う。"
        else:
            where = f"Here: {place}." if place else "Yours to see to."
        yield f"- {duty.say(lang)} ({names}) {where}"
    if not standing.duties:
        yield "なし。" if ja else "None."
    naming = standing.naming
    if not standing.public and naming.missing:
        words = ", ".join(f"{d.words} ({d.license} {d.section})" for d in naming.missing)
        fits = naming.suggestion
        yield (
            f"- 公開するときは、名前を {words} で始める（例: {fits}）。"
            if ja
            else f"- A release must be named beginning with {words}, as in {fits}."
        )


def _disputes(standing: Standing, lang: Lang) -> Iterator[str]:
    every = (r for act in TOLD for r in standing.acts[act].reasons() if r.disputed)
    found = list(dict.fromkeys(_said(r, lang, mark=False) for r in every))
    if found:
        yield from ("", "### 争いのある点" if lang == "ja" else "### Disputed", "")
        yield from (f"- {line}" for line in found)


def _deciding(answer: Answer) -> list[Reason]:
    """Give the reasons that carry the result, each sentence once."""
    found = {(r.en, r.section): r for r in reversed(answer.reasons()) if r.result == answer.result}
    return list(reversed(found.values()))


def _said(reason: Reason, lang: Lang, *, mark: bool = True) -> str:
    text = reason.ja if lang == "ja" else reason.en
    doubt = "争いあり, " if lang == "ja" else "disputed, "
    return f"{text} [{doubt if reason.disputed and mark else ''}{reason.license} {reason.section}]"


def _cell(text: str) -> str:
    return text.replace("|", "\\|") or "-"


def license_page(standing: Standing, texts: list[str]) -> str:
    """Write LICENSE.md: what the weights are under, and where every text is.

    `texts` are the files in LICENSES/.
    """
    lines = [f"# {standing.name}", ""]
    for lang in ("ja", "en"):
        lines += [*_outgoing(standing, lang), ""]
    lines += ["| | |", "|---|---|"]
    known = {name.rpartition(".")[0]: f"LICENSES/{name}" for name in texts if "/" not in name}
    for license_id in dict.fromkeys([*involved(standing), *known]):
        terms = standing.facts.terms.get(license_id)
        where = known.get(license_id) or (terms.url if terms is not None else None)
        title = title_of(license_id, standing, "en")
        lines.append(f"| {title} | " + (f"[{where}]({where})" if where else "-") + " |")
    own = [name for name in texts if "/" in name]
    lines += [f"| base model | [LICENSES/{name}](LICENSES/{name}) |" for name in own]
    lines += ["", "ATTRIBUTION.md: credits. NOTICE: notices that must go along.", ""]
    lines += ["これは法的助言ではない。 This is not legal advice."]
    return "\n".join(lines) + "\n"
