"""TRAINING_CONTENT_SUMMARY.md: a draft in the form of the European Commission's template."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from llmx_data.publish.outline import Origin, licenses_of, origins, steps_told

if TYPE_CHECKING:
    from llmx_data.publish.stage import Order

FILL = "[to be filled in by the provider]"

SIZES = [(10**9, "less than 1 billion tokens"), (10**13, "1 billion to 10 trillion tokens")]
"""Ranges of the template for text, of 24 July 2025."""

CRAWLS = ("commoncrawl", "common crawl", "cc-news", "cc_news", "cc100", "mc4", "oscar", "fineweb")
"""Words in the name, title or home of sources that say that they are crawls. Ours."""


def summary_page(order: Order) -> str:
    """Draft the public summary of training content (Regulation (EU) 2024/1689, art. 53(1)(d)).

    Fills in what the run knows; whatever it does not know is marked for the provider of the model.
    """
    found = origins(order)
    lines = [
        "# Summary of training content: DRAFT",
        "",
        f"> Draft made by llmx from the records of one run, for the data set {order.name}. It "
        "follows the template of the European Commission of 24 July 2025 for providers of "
        "general-purpose AI models. It tells of this data set alone, not of other data that a "
        "model learned from. A person must complete and check it. It is not legal advice.",
        "",
        *_general(order, found),
        *_sources(found),
        *_processing(order, found),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def _general(order: Order, found: list[Origin]) -> Iterator[str]:
    records, chars = sum(o.records for o in found), sum(o.chars for o in found)
    tokens = sum(o.tokens for o in found)
    kinds = sorted({g["kind"] for o in found for g in o.groups})
    size = f"{records:,} records, {chars:,} characters"
    size += f", {tokens:,} tokens" if tokens else "; tokens were not counted"
    yield from ("## 1. General information", "")
    yield from ("### 1.1 Provider", "", f"- Name and contact: {FILL}")
    yield from (f"- Authorised representative: {FILL}", "")
    yield from ("### 1.2 Model", "", f"- Versioned model name: {FILL}")
    yield from (f"- Models it depends on: {FILL}", f"- Date of placing on the market: {FILL}", "")
    yield from ("### 1.3 Modalities and size", "", "- Modality: text")
    yield f"- Size of this data set: {size}"
    yield f"- Range of this data set: {_range(tokens, chars)}; of all training data: {FILL}"
    yield f"- Types of content: records of the kinds {', '.join(kinds) or 'none'}; {FILL}"
    yield "- Languages: Japanese, as this data set is declared; other languages inside: " + FILL
    known = f"the data set is dated {order.date}" if order.date else FILL
    yield f"- Latest date of acquisition: {known}; when texts were acquired: {FILL}"
    yield ""


def _range(tokens: int, chars: int) -> str:
    count = tokens or chars
    word = next((word for limit, word in SIZES if count < limit), "more than 10 trillion tokens")
    return word if tokens else f"{word} (a character taken for a token)"


def _sources(found: list[Origin]) -> Iterator[str]:
    """Sort the sources: written by models, told by an address, and those nothing is known of."""
    synthetic = [o for o in found if o.generators]
    public = [o for o in found if o.home]
    crawled = [o for o in found if _crawled(o)]
    others = [o for o in found if not o.home and not o.generators]
    yield from ("## 2. List of data sources", "")
    yield from ("### 2.1 Publicly available data sets", "")
    yield from _table(public)
    yield from ("### 2.2 Private data sets of third parties", "")
    yield (
        "Sources without a public address; whether rights holders licensed them (2.2.1), others "
        f"gave them (2.2.2) or they are the provider's own: {FILL}"
    )
    yield ""
    yield from _table(others)
    yield from ("### 2.3 Data crawled and scraped from online sources", "")
    names = ", ".join(o.name for o in crawled) or "none known"
    yield f"llmx crawls nothing. Sources above that others crawled, by their names: {names}."
    yield from ("", f"Crawlers of the provider, their behaviour, period and domains: {FILL}", "")
    yield from ("### 2.4 User data", "", FILL, "")
    yield from ("### 2.5 Synthetic data", "")
    for origin in synthetic:
        where = " (in 2.1)" if origin.home else ""
        yield f"- {origin.name}{where}: written by {', '.join(origin.generators)}"
    if not synthetic:
        yield "No record names a generator."
    yield ""
    yield from _table(o for o in synthetic if not o.home) if synthetic else ()
    yield f"What of it the provider made or had made, and from what inputs: {FILL}"
    yield from ("", "### 2.6 Other sources", "", FILL, "")


def _crawled(origin: Origin) -> bool:
    told = " ".join([origin.name, origin.title, origin.home or ""]).casefold()
    return any(word in told for word in CRAWLS)


def _table(found: Iterable[Origin]) -> Iterator[str]:
    rows = list(found)
    if not rows:
        yield from ("None in this data set.", "")
        return
    yield "| source | title | address | licence | records | characters | tokens |"
    yield "|---|---|---|---|--:|--:|--:|"
    for o in rows:
        tokens = f"{o.tokens:,}" if o.tokens else ""
        cells = [c.replace("|", "\\|") for c in (o.name, o.title, o.home or "", o.concluded)]
        yield f"| {' | '.join(cells)} | {o.records:,} | {o.chars:,} | {tokens} |"
    yield ""


def _processing(order: Order, found: list[Origin]) -> Iterator[str]:
    """Tell what was done: licences audited, steps with their counts; opt-outs are not known."""
    licenses = ", ".join(f"{name} ({n:,})" for name, n in licenses_of(order).items())
    gone = sum(g["records"] for g in order.groups if not g["config"])
    yield from ("## 3. Data processing", "")
    yield from ("### 3.1 Rights reservations and copyright", "")
    yield (
        "- Every record was held against the terms of its licence, database and generator for the "
        f"acts {', '.join(order.purpose['act'])} under policy {order.purpose['policy']}; "
        f"{gone:,} records were left out for their licence."
    )
    yield f"- Licences of what is in: {licenses or 'none'}."
    yield "- Credits and duties: ATTRIBUTION.md; verdicts and reasons: AUDIT.md, audit.json."
    for origin in found:
        if origin.terms:
            yield f"- Further terms of {origin.name}: {', '.join(origin.terms)}."
    yield (
        "- Reservations of rights under art. 4(3) of Directive (EU) 2019/790 (robots.txt and "
        f"others) were not looked up by llmx: {FILL}"
    )
    yield f"- Signatory of the Code of Practice, and other measures: {FILL}"
    yield from ("", "### 3.2 Removal of illegal content", "")
    yield f"llmx has no step that looks for illegal content as such: {FILL}"
    yield from ("", "### 3.3 Other processing", "", "Steps of the run, in order:", "")
    yield from (f"- {told}" for told in steps_told(order))
