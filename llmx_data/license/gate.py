"""The gate: judge distinct tuples against a purpose, worst finding first, every verdict cited."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from llmx_data.core.errors import LicenseDenied, ReviewNeeded
from llmx_data.license.admitted import admitted
from llmx_data.license.ask import Ask
from llmx_data.license.cards import DatasetCard
from llmx_data.license.conclude import Concluded, conclude, concluded, stated, writers
from llmx_data.license.expression import Branch, both, branches, normalize
from llmx_data.license.facts import Facts
from llmx_data.license.findings import SHARING, TRAINING, Finding, Tuple, Verdict, spoken
from llmx_data.license.rules import examine
from llmx_data.license.schema import Act, Purpose, Result
from llmx_data.license.sentences import Lang
from llmx_data.license.statements import apply
from llmx_data.license.together import picks, together
from llmx_data.license.upstream import added_restriction, of_dataset

REMEDY = {
    "en": "    leave sources out (on_denied: drop), publish apart (split), or change purpose;\n"
    "    what a person has settled goes into licenses/waivers/*.yaml beside the recipe",
    "ja": "    該当ソースを外す（on_denied: drop）、分けて公開する（split）、または目的を変える。\n"
    "    人が判断したことはレシピの隣の licenses/waivers/*.yaml に書く",
}

__all__ = [
    "Result",
    "Tuple",
    "Verdict",
    "concluded",
    "enforce",
    "judge",
    "judge_one",
    "settled",
    "worst",
]


def judge(tuples: Iterable[Tuple], purpose: Purpose, facts: Facts) -> list[Verdict]:
    """Judge every tuple for every act of the purpose, then what must hold of all together.

    One verdict per tuple and act, in their order; after them verdicts without a subject for sets
    that cannot go out together. Cost: about 0.3 ms per tuple and act.
    Errors: RecipeError for a declared licence that is no name and no expression.
    """
    asks = _asks(purpose, facts)
    return settled([judge_one(s, ask) for s in tuples for ask in asks.values()], purpose, facts)


def settled(singles: Sequence[Verdict], purpose: Purpose, facts: Facts) -> list[Verdict]:
    """Complete the verdicts on tuples by what must hold of all of them together."""
    verdicts, asks = list(singles), _asks(purpose, facts)
    for at, branch in picks(verdicts, purpose, facts).items():
        one = verdicts[at]
        assert one.subject is not None
        verdicts[at] = judge_one(one.subject, asks[one.act], branch=branch)
    return verdicts + together(verdicts, purpose, facts)


def _asks(purpose: Purpose, facts: Facts) -> dict[Act, Ask]:
    families = _families(purpose, facts)
    return {act: Ask(act, purpose, facts, families) for act in purpose.act}


def worst(verdicts: Iterable[Verdict]) -> Result:
    """Give the worst result; no verdicts at all means nothing to object to."""
    return max((v.result for v in verdicts), default=Result.ALLOW)


def enforce(verdicts: Sequence[Verdict], *, lang: Lang = "en", fix: str = "") -> None:
    """Stop where the worst verdict says so; `fix` is a sentence that says what would help.

    Errors: LicenseDenied (exit 5) or ReviewNeeded (exit 4), with every deciding sentence.
    """
    result = worst(verdicts)
    if result < Result.REVIEW:
        return
    bad = [v for v in verdicts if v.result >= Result.REVIEW]
    lines = [line for v in sorted(bad, key=lambda v: -v.result) for line in _lines(v, lang)]
    told = [f"    {fix}"] if fix else []
    message = "\n".join([*dict.fromkeys(lines), *told, REMEDY[lang]])
    raise LicenseDenied(message) if result == Result.DENY else ReviewNeeded(message)


def _lines(verdict: Verdict, lang: Lang) -> list[str]:
    who = verdict.subject.source if verdict.subject else "all sources together"
    return [
        f"{verdict.result.name} {who}, {verdict.act}: {r.ja if lang == 'ja' else r.en}"
        f" [rule {r.rule}, {r.license} {r.section}]"
        for r in verdict.deciding()
    ]


def judge_one(subject: Tuple, ask: Ask, *, branch: Branch | None = None) -> Verdict:
    """Judge one tuple for one act: every layer, the best branch of each, the reasons in order.

    `branch` is the alternative to take where the whole asks for another than the best one alone.
    """
    facts, act = ask.facts, ask.act
    layers = conclude(subject, facts)
    seen = subject
    if layers.card is not None and subject.accepted_by == "unknown":
        seen = replace(subject, accepted_by=layers.card.accepted_by)
    notes = _notes(layers, act)
    options = branches(layers.content)
    tried = [ask.examine(option, "content", seen) for option in options]
    at = min(range(len(tried)), key=lambda i: (options[i] != branch, _worst(tried[i]), i))
    found = list(tried[at])
    if len(options) > 1:
        chosen = both(list(options[at]))
        reason = spoken(
            Result.ALLOW, "branch_chosen", chosen, layers.content, act=act, detail=layers.content
        )
        notes.append(Finding(reason))
    found += _others(layers, seen, ask)
    found += _declared(layers, both(list(options[at])), ask)
    if layers.card is not None and layers.card.statements:
        found = apply(found, layers.card.statements, layers.card.id, ask)
    verdict = verdict_of(subject, ask, (*found, *notes), both(list(options[at])), layers.database)
    return replace(verdict, tried=tuple(zip(options, map(_worst, tried), strict=True)))


def verdict_of(
    subject: Tuple,
    ask: Ask,
    found: Iterable[Finding],
    concluded: str,
    database: str | None = None,
) -> Verdict:
    """Put findings into a verdict: reasons once each, worst first; duties in their order."""
    every = tuple(found)
    reasons = tuple(dict.fromkeys(f.reason for f in every))
    return Verdict(
        subject=subject,
        act=ask.act,
        result=max((r.result for r in reasons), default=Result.ALLOW),
        license_concluded=concluded,
        license_db=database,
        obligations=tuple(dict.fromkeys(o for f in every for o in f.obligations)),
        reasons=tuple(sorted(reasons, key=lambda r: -r.result)),
    )


def generated(name: str, subject: Tuple, ask: Ask) -> list[Finding]:
    """Find what the terms of a model say of its outputs; `name` is a licence or a model."""
    terms = _terms_of(name, ask.facts)
    if terms is None:
        return []
    if not terms:
        return [Finding(spoken(Result.REVIEW, "generator_unknown", name, "no facts", act=ask.act))]
    tried = [ask.examine(branch, "generator", subject) for branch in branches(terms)]
    return min(tried, key=_worst)


def _terms_of(name: str, facts: Facts) -> str | None:
    """Give the terms of a generator: an expression, empty where unknown, None where none bind."""
    model = name.partition("@")[0].strip().casefold()
    card = facts.model(name)
    if facts.alias(name) is not None:
        return facts.alias(name)
    if card is not None and card.license is not None:
        return normalize(card.license, facts)
    return facts.generators.get(model, "")


def _others(layers: Concluded, subject: Tuple, ask: Ask) -> list[Finding]:
    """Find what the database layer, further terms, the card and the generator say."""
    found: list[Finding] = []
    if layers.database is not None:
        options = branches(layers.database)
        found += min((ask.examine(b, "database", subject) for b in options), key=_worst)
    found += ask.examine(layers.terms, "terms", subject)
    if layers.limits:
        found += examine(ask.case(stated(subject, layers.limits, ask.facts), "terms", subject))
    more = layers.card.generators if layers.card is not None else ()
    own = writers(subject.generator)
    for name in dict.fromkeys((*writers(layers.generator), *more)):
        found += generated(name, subject, ask)
        found += admitted(name, "generator", ask, ours=name in own)
    return found


def _declared(layers: Concluded, license: str, ask: Ask) -> list[Finding]:
    """Find what the card says, and what contradicts the licence that is declared."""
    terms = ask.facts.terms
    beside = [limit for i in layers.terms if i in terms for limit in terms[i].limitations]
    found = added_restriction(license, (*layers.limits, *beside), ask)
    if layers.card is not None:
        found += [*of_dataset(layers.card, ask), *_card(layers.card, ask.act)]
    return found


def _card(card: DatasetCard, act: Act) -> list[Finding]:
    found: list[tuple[Result, str, str]] = []
    if act in SHARING and card.redistribution == "no":
        found.append((Result.DENY, "card_no_redistribution", "redistribution"))
    elif act in SHARING and card.redistribution == "unknown":
        found.append((Result.REVIEW, "card_redistribution_unknown", "redistribution"))
    if act in SHARING | TRAINING and card.confidence == "unverified":
        found.append((Result.REVIEW, "card_unverified", "confidence"))
    return [
        Finding(spoken(result, rule, card.id, f"catalogue, {field}", act=act))
        for result, rule, field in found
    ]


def _notes(layers: Concluded, act: Act) -> list[Finding]:
    """Note what was concluded otherwise than declared; such reasons decide nothing."""
    found = [
        Finding(spoken(Result.ALLOW, "database_only", a, "layers", act=act))
        for a in layers.database_only
    ]
    if layers.card is not None and layers.content != layers.declared:
        reason = spoken(
            Result.ALLOW,
            "catalogue",
            layers.content,
            f"datasets/{layers.card.id}",
            act=act,
            detail=layers.declared,
        )
        found.append(Finding(reason))
    return found


def _families(purpose: Purpose, facts: Facts) -> frozenset[str]:
    base = facts.terms.get(facts.alias(purpose.release.base or "") or "")
    family = base.outputs.family if base is not None and base.outputs is not None else None
    return frozenset({family} if family is not None else ())


def _worst(found: Iterable[Finding]) -> Result:
    return max((f.result for f in found), default=Result.ALLOW)
