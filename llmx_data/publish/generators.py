"""What models that wrote records ask of models trained on them: names, displays, notices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from llmx_data.license.expression import atoms
from llmx_data.license.facts import UNKNOWN, Facts
from llmx_data.license.inputs import Input, terms_of_model
from llmx_data.license.schema import Terms


@dataclass(frozen=True)
class PassedOn:
    """What the terms of a generator ask of whoever trains a model on its text and releases it."""

    generator: str
    license: str
    kind: str
    """name_prefix, display, or notice_file where the trained model is a derivative."""
    words: str
    section: str
    certain: bool
    """False where only practice asks for it, and whether it is due is disputed."""


def passed_on(generators: Iterable[str], facts: Facts) -> list[PassedOn]:
    """List the words that models trained on generated text must bear, by their generators' terms.

    Nothing is due for sharing the text itself; who trains on it must know. Terms that are not
    known give nothing here: the verdict says so.
    """
    found = [
        one
        for name in generators
        for terms in _terms_of(name, facts)
        for one in _asked(name, terms)
    ]
    return list(dict.fromkeys(found))


def generator_notice(generators: Iterable[str], facts: Facts) -> str:
    """Say in the NOTICE what trained models must bear; the exact words stand on their own line."""
    lines = []
    for one in passed_on(generators, facts):
        asks = f"A model trained on text by {one.generator} and made available {_how(one)}"
        lines += [f"{asks} [{one.license} {one.section}]:", one.words, ""]
    return "\n".join(lines)


def terms_of_generator(generator: str, facts: Facts) -> str | None:
    """Give the terms of a model that wrote text, as an expression; None where they are unknown."""
    expression, _ = terms_of_model(Input(model=generator, role="generator"), facts)
    return expression


def _terms_of(generator: str, facts: Facts) -> list[Terms]:
    ids = atoms(terms_of_generator(generator, facts) or UNKNOWN)
    return [facts.terms[i] for i in ids if i in facts.terms]


def _asked(generator: str, terms: Terms) -> Iterator[PassedOn]:
    """Read the output rules of terms: a name, a display, or the terms themselves."""
    rules = terms.outputs.rules if terms.outputs is not None else ()
    words = {str(kind): sentence for kind, sentence in terms.sentences.items()}
    derived = "student_is_derivative" in rules
    for kind in ("name_prefix", "display", "notice_file"):
        due = derived or kind in rules
        practice = kind == "display" and "name_prefix" in rules and "display" in terms.conditions
        if kind in words and (due or practice):
            section = terms.cites.get(kind) or terms.cite("outputs")
            yield PassedOn(generator, terms.id, kind, words[kind], section, due)


def _how(asked: PassedOn) -> str:
    if asked.kind == "name_prefix":
        return "begins its name with"
    if asked.kind == "notice_file":
        return "is under the same terms, and its NOTICE holds"
    return "displays" if asked.certain else "displays, by practice (whether due is disputed)"
