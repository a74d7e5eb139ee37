"""Verdicts as a table a person reads at a glance, in Japanese or English, coloured on terminals."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from llmx_data.audit.fix import Fix
from llmx_data.audit.groups import Group
from llmx_data.license.gate import Result, Verdict
from llmx_data.license.sentences import ACTS, ADAPTATIONS, Lang

STYLES = {
    Result.ALLOW: "green",
    Result.ALLOW_WITH: "yellow",
    Result.REVIEW: "magenta",
    Result.DENY: "bold red",
}
WORDS: dict[str, dict[Lang, str]] = {
    "source": {"en": "source", "ja": "ソース"},
    "records": {"en": "records", "ja": "件数"},
    "tokens": {"en": "tokens", "ja": "トークン"},
    "chars": {"en": "chars", "ja": "文字"},
    "license": {"en": "licence (declared)", "ja": "ライセンス（申告）"},
    "adaptation": {"en": "text", "ja": "本文"},
    "duties": {"en": "To do", "ja": "守ること"},
    "why": {"en": "Why", "ja": "理由"},
    "together": {"en": "all sources together", "ja": "全ソースの組み合わせ"},
    "disputed": {"en": "disputed", "ja": "見解が分かれる"},
    "note": {
        "en": "A reading of texts by rule, not legal advice.",
        "ja": "規則による条文の読みであり、法的助言ではない。",
    },
}


def language() -> Lang:
    """Take the language from the environment: ja where LANG or LC_ALL begins so."""
    word = os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "ja" if word.lower().startswith("ja") else "en"


def verdict_table(
    groups: Sequence[Group],
    verdicts: Sequence[Verdict],
    *,
    lang: Lang,
    explain: bool,
    fix: Fix | None = None,
) -> str:
    """Print a row per group and a column per act; below, the reasons that decide, and the duties.

    `explain` lists every reason with rule and section, not only those that decide; `fix` is what
    to leave out.
    """
    console = _console()
    acts = list(dict.fromkeys(v.act for v in verdicts))
    table = Table(box=None, pad_edge=False, header_style="bold")
    size = "tokens" if any(g.facts["tokens"] for g in groups) else "chars"
    for name in ("source", "records", size, "license", "adaptation"):
        table.add_column(
            WORDS[name][lang], justify="right" if name in ("records", size) else "left"
        )
    for act in acts:
        table.add_column(ACTS[act][0] if lang == "ja" else act)
    for group in groups:
        results = {v.act: v for v in group.verdicts}
        table.add_row(
            str(group.facts["source"]),
            f"{group.facts['records']:,}",
            f"{group.facts[size] or 0:,}",
            _license(group),
            ADAPTATIONS[str(group.facts["adaptation"])][0 if lang == "ja" else 1],
            *(_cell(results[act], lang) for act in acts),
        )
    console.print(table)
    _together(console, verdicts, lang)
    _why(console, verdicts, lang, explain=explain)
    if fix is not None:
        console.print(f"\n{fix.say(lang)}", style="bold", markup=False, soft_wrap=True)
    _duties(console, verdicts, lang)
    console.print(WORDS["note"][lang], style="dim")
    return console.file.getvalue().rstrip()  # type: ignore[attr-defined,no-any-return]


def _console() -> Console:
    """Make a console that writes into memory, with colours only if stdout is a terminal."""
    terminal = sys.stdout.isatty()
    width = Console().width if terminal else 160
    return Console(
        file=io.StringIO(), force_terminal=terminal, width=width, highlight=False,
        no_color=bool(os.environ.get("NO_COLOR")),
    )  # fmt: skip


def _license(group: Group) -> str:
    declared = group.facts["license_declared"]
    return group.license if declared == group.license else f"{group.license} ({declared})"


def _cell(verdict: Verdict, lang: Lang) -> Text:
    mark = f" ({WORDS['disputed'][lang]})" if verdict.disputed else ""
    return Text(verdict.result.name + mark, style=STYLES[verdict.result])


def _together(console: Console, verdicts: Sequence[Verdict], lang: Lang) -> None:
    for verdict in verdicts:
        if verdict.subject is None:
            line = Text(f"\n{WORDS['together'][lang]}, {verdict.act}: ")
            console.print(line.append(verdict.result.name, style=STYLES[verdict.result]))
            for reason in verdict.deciding():
                console.print(f"  {reason.ja if lang == 'ja' else reason.en}")


def _why(console: Console, verdicts: Sequence[Verdict], lang: Lang, *, explain: bool) -> None:
    lines: dict[str, None] = {}
    for verdict in verdicts:
        if verdict.subject is None or (verdict.result < Result.REVIEW and not explain):
            continue
        for reason in verdict.reasons if explain else verdict.deciding():
            words = reason.ja if lang == "ja" else reason.en
            lines[
                f"  {reason.result.name} {verdict.subject.source}: {words} "
                f"[{reason.rule}, {reason.license} {reason.section}]"
            ] = None
    if lines:
        console.print(f"\n{WORDS['why'][lang]}", style="bold")
        for line in lines:
            console.print(line, markup=False, soft_wrap=True)


def _duties(console: Console, verdicts: Sequence[Verdict], lang: Lang) -> None:
    duties = dict.fromkeys(o.say(lang) for v in verdicts for o in v.obligations)
    if duties:
        console.print(f"\n{WORDS['duties'][lang]}", style="bold")
        for duty in duties:
            console.print(f"  {duty}", markup=False, soft_wrap=True)
