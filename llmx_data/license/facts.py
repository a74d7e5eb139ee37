"""The facts under licenses/, read once, checked strictly, and known by one content hash."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from llmx_data.core.errors import Mistake, RecipeError, nearest
from llmx_data.core.yaml12 import load as load_yaml
from llmx_data.license.cards import DatasetCard, ModelCard
from llmx_data.license.schema import Aliases, Compat, Policy, Purpose, Terms

UNKNOWN = "LicenseRef-llmx-unknown"
UNKNOWN_VERSION = "LicenseRef-llmx-unknown-version"

Model = TypeVar("Model", bound=BaseModel)

_ADDRESS = re.compile(r"^(?:https?://)?(?:www\.)?|/(?:legalcode|deed)(?:\.\w+)?$|/$|\.html?$")
_SEPARATORS = re.compile(r"[\s_\-‐–—/,()・「」:：]+")


@dataclass(frozen=True, eq=False)
class Facts:
    """All facts of one licenses/ folder; `hash` (32 hex) changes with any byte of it."""

    root: Path
    hash: str
    terms: Mapping[str, Terms]
    purposes: Mapping[str, Purpose]
    policies: Mapping[str, Policy]
    datasets: Mapping[str, DatasetCard]
    models: Mapping[str, ModelCard]
    names: Mapping[str, str]
    generators: Mapping[str, str | None]
    compat: Compat

    def alias(self, name: str) -> str | None:
        """Give the licence id that a name stands for, or None."""
        return self.names.get(fold(name))

    def purpose(self, purpose: str | Mapping[str, Any]) -> Purpose:
        """Take a purpose by name, or read one that a recipe spells out; errors say what is known.

        Errors: RecipeError for an unknown name or key, and for a policy whose actor does not fit.
        """
        if isinstance(purpose, str):
            if purpose not in self.purposes:
                raise _wrong("purpose", f"unknown purpose '{purpose}'", purpose, self.purposes)
            chosen = self.purposes[purpose]
        else:
            chosen = _read(Purpose, dict(purpose), "purpose")
        if chosen.policy not in self.policies:
            raise _wrong(
                "policy", f"unknown policy '{chosen.policy}'", chosen.policy, self.policies
            )
        _fits(chosen, self.policies[chosen.policy])
        return chosen

    def card(self, source: str) -> DatasetCard | None:
        """Find the card of a data set by its id or its hub id, whatever the case."""
        return self._cards.get(source.casefold())

    def model(self, name: str, channel: str | None = None) -> ModelCard | None:
        """Find the card of a model by id, hub id or alias, in one channel.

        Without a channel an id says it, else weights precede API and chat. Another channel's card
        is never given for the one asked for, as the same model has other terms there; where the
        vendor has one service in that channel, its terms are the model's.
        """
        found = self._models.get(name.partition("@")[0].strip().casefold(), ())
        if channel is None or not found:
            return found[0] if found else None
        vendors = {card.vendor for card in found}
        own = [card for card in found if card.channel == channel]
        served = [c for c in self.models.values() if c.channel == channel and c.vendor in vendors]
        return own[0] if own else served[0] if len(served) == 1 else None

    @cached_property
    def _cards(self) -> dict[str, DatasetCard]:
        names: dict[str, DatasetCard] = {}
        for card in self.datasets.values():
            for name in (card.id, card.hub or card.id):
                names.setdefault(name.casefold(), card)
        return names

    @cached_property
    def _models(self) -> dict[str, tuple[ModelCard, ...]]:
        names: dict[str, list[ModelCard]] = {}
        channels = ("weights", "api", "chat")
        for card in sorted(self.models.values(), key=lambda c: channels.index(c.channel)):
            short = [name.rpartition("/")[2] for name in card.hub]
            given = (card.id, *card.hub, *card.aliases, *short)
            for name in dict.fromkeys(n.casefold() for n in given):
                own = names.setdefault(name, [])
                own.insert(0 if name == card.id.casefold() else len(own), card)
        return {name: tuple(cards) for name, cards in names.items()}

    def text_of(self, license_id: str) -> Path | None:
        """Give the file of a licence text that may be shipped with data, or None."""
        terms = self.terms.get(license_id)
        return self.root / "texts" / terms.text if terms and terms.text else None


def fold(name: str) -> str:
    """Fold a licence name for comparison: NFKC, no case, one blank for any separator."""
    text = unicodedata.normalize("NFKC", name).strip().casefold()
    text = _ADDRESS.sub("", _ADDRESS.sub("", text))
    return _SEPARATORS.sub(" ", text).strip()


@lru_cache(maxsize=8)
def load(root: Path) -> Facts:
    """Read every YAML file under `root` (the licenses/ folder); about 0.2 s, then cached.

    Errors: RecipeError with every mistake of every file, each with file and field.
    """
    mistakes: list[Mistake] = []
    terms = {t.id: t for t in _folder(root, "terms", Terms, mistakes)}
    purposes = {p.name: p for p in _folder(root, "purposes", Purpose, mistakes)}
    policies = {p.name: p for p in _folder(root, "policies", Policy, mistakes)}
    datasets = {d.id: d for d in _folder(root, "datasets", DatasetCard, mistakes)}
    models = {m.id: m for m in _folder(root, "models", ModelCard, mistakes)}
    aliases = _file(root / "aliases.yaml", Aliases, mistakes)
    path = root / "compat.yaml"
    compat = (_file(path, Compat, mistakes) if path.is_file() else None) or Compat()
    if mistakes or aliases is None:
        raise RecipeError(mistakes)
    return Facts(
        root=root,
        hash=_hash(root),
        terms=terms,
        purposes=purposes,
        policies=policies,
        datasets=datasets,
        models=models,
        names=_names(terms, aliases),
        compat=compat,
        generators={
            name.casefold(): None if target == "null" else target
            for target, names in aliases.generators.items()
            for name in names
        },
    )


def _folder(root: Path, name: str, model: type[Model], mistakes: list[Mistake]) -> Iterator[Model]:
    for path in sorted((root / name).glob("*.yaml")):
        record = _file(path, model, mistakes)
        if record is not None:
            yield record


def _file(path: Path, model: type[Model], mistakes: list[Mistake]) -> Model | None:
    document = load_yaml(path)
    mistakes += document.mistakes
    try:
        return model.model_validate_json(json.dumps(document.data), strict=True)
    except ValidationError as error:
        mistakes += [
            Mistake(document.where(tuple(e["loc"])), ".".join(map(str, e["loc"])), e["msg"])
            for e in error.errors()
        ]
        return None


def _read(model: type[Model], data: Mapping[str, Any], place: str) -> Model:
    try:
        return model.model_validate_json(json.dumps(data), strict=True)
    except ValidationError as error:
        raise RecipeError(
            [Mistake("", ".".join((place, *map(str, e["loc"]))), e["msg"]) for e in error.errors()]
        ) from error


def _names(terms: Mapping[str, Terms], aliases: Aliases) -> dict[str, str]:
    names: dict[str, str] = {}
    for item in terms.values():
        for name in (item.id, item.title, item.title_ja, item.hub, item.spdx):
            if name is not None:
                names.setdefault(fold(name), item.id)
        if item.url is not None and "creativecommons" in item.url:
            names.setdefault(fold(item.url), item.id)
    names |= {fold(word): UNKNOWN_VERSION for word in aliases.families}
    names |= {fold(word): UNKNOWN for word in aliases.unknown}
    return names | {fold(n): target for target, group in aliases.licenses.items() for n in group}


def _hash(root: Path) -> str:
    digest = blake2b(digest_size=16)
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _fits(purpose: Purpose, policy: Policy) -> None:
    for field in ("jurisdiction", "training_location"):
        wanted, found = getattr(policy.requires, field), getattr(purpose.actor, field)
        if wanted is not None and found != wanted:
            problem = f"policy '{policy.name}' needs {field}: {wanted}, not {found}"
            remedy = f"write actor: {{{field}: {wanted}}} if it is so, or take another policy"
            raise RecipeError([Mistake("", f"purpose.actor.{field}", problem, remedy)])


def _wrong(place: str, problem: str, word: str, known: Mapping[str, object]) -> RecipeError:
    return RecipeError([Mistake("", place, problem, nearest(word, list(known)))])
