"""The folder that a user uploads: weights, card, licences, proofs, provenance; all or nothing."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from llmx_data.core.errors import DataError
from llmx_data.core.progress import Talk
from llmx_data.core.recipe import resolved_yaml
from llmx_data.core.storage import read_json, sha256_file, write_json, write_parquet, write_text
from llmx_data.license.mix import Answer
from llmx_train.card import Told, model_card
from llmx_train.card_evaluation import evaluation_of
from llmx_train.card_law import hub_license, license_page
from llmx_train.card_tables import sources_of
from llmx_train.gate import audit_of
from llmx_train.package_law import Standing, refuse, stand
from llmx_train.package_texts import (
    attribution_page,
    audit_page,
    audit_table,
    licence_texts,
    notice_page,
)
from llmx_train.package_weights import form_of, made_from, write_weights
from llmx_train.provenance import FILE, by_source, provenance
from llmx_train.recipe import Sft

FOLDER = "package"

STABLE = (
    "ended", "steps", "planned_steps", "epochs", "tokens", "supervised", "first_loss", "last_loss",
    "dev", "method", "kind", "seed", "versions",
)  # fmt: skip
"""What train.json of a package keeps: the same for equal runs on equal machines."""

MEASURED = ("seconds", "resumed_at", "memory")
"""What differs between equal runs; it stands in measured.json alone."""

PLACEHOLDERS = (b"licence: license", b"fine-tuned version of None")
"""Words of TRL's card."""

BINARY = (".safetensors", ".parquet", ".model")


def package(
    recipe: Sft,
    run: Path,
    mix: Path,
    answers: Sequence[Answer],
    *,
    talk: Talk | None = None,
) -> dict[str, Any]:
    """Write `run`/package/ from a trained run and the mix it was prepared from; uploads nothing.

    `answers` are the gate's, for the acts of the purpose. Gives `package` (its path), `public`,
    `name`, `license` (the hub's keys), `verdicts` by act, `files` (sha256 by name) and `upload`:
    the command that would upload it, None for an internal package. Equal runs give equal bytes but
    for measured.json. Cost: a copy of the weights; a merge as `llmx_train.merge` says.
    Errors: LicenseDenied and ReviewNeeded before anything is written: the purpose's acts, and the
    name; DataError for a run that is not trained, weights that cannot be merged, another mix.
    """
    audit = audit_of(mix)
    standing = stand(recipe, audit, answers)
    refuse(recipe, audit, standing)
    form_of(recipe, run)
    if talk is not None:
        talk.note(f"package {standing.name}")
    out = run / FOLDER
    fresh = out.with_name(f"{FOLDER}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    told = _write(recipe, run, mix, audit, standing, fresh)
    _swap(fresh, out)
    files = {p.relative_to(out).as_posix(): sha256_file(p) for p in _files(out)}
    place = standing.name if "/" in standing.name else f"OWNER/{standing.name}"
    upload = f"hf upload {place} {out}" if standing.public else None
    return {
        "package": str(out),
        "name": standing.name,
        "public": standing.public,
        "license": told,
        "verdicts": {act: answer.result.name for act, answer in standing.acts.items()},
        "files": files,
        "upload": upload,
    }


def _write(
    recipe: Sft, run: Path, mix: Path, audit: dict[str, Any], standing: Standing, out: Path
) -> dict[str, str]:
    """Write every file; gives the hub's licence keys."""
    seen = provenance(run, mix)
    made, prepare = made_from(recipe, run), read_json(run / "prepare.json")
    trained = read_json(run / "train.json")
    report = write_weights(recipe, run, out, made, prepare["template"]["end"])
    manifest = read_json(mix / "manifest.json")
    sums = by_source(seen)
    told = Told(
        recipe=recipe,
        standing=standing,
        made=made,
        form=form_of(recipe, run),
        train={name: trained[name] for name in STABLE},
        prepare=prepare,
        sources=sources_of(sums, audit, manifest, recipe.facts),
        mix=Path(recipe.top.data.mix).stem,
        evaluation=evaluation_of(run),
        merge=report,
    )
    _law(told, mix, audit, out)
    base = {"name": made.name, "revision": made.revision, "pinned": made.pinned}
    write_json(out / "train.json", told.train | {"base": base})
    write_json(out / "measured.json", {name: trained[name] for name in MEASURED})
    write_json(out / "prepare.json", prepare)
    if told.evaluation is not None:
        write_json(out / "evaluation.json", told.evaluation)
    write_parquet(seen, out / FILE)
    write_text(out / "recipe.resolved.yaml", resolved_yaml(_resolved(recipe), {}))
    write_text(out / "README.md", model_card(told))
    _hide(recipe, run, mix, out)
    return hub_license(standing)


def _law(told: Told, mix: Path, audit: dict[str, Any], out: Path) -> None:
    """Write NOTICE, ATTRIBUTION.md, LICENSE.md, LICENSES/, audit.json and AUDIT.md."""
    standing, made = told.standing, told.made
    texts = licence_texts(standing, mix)
    texts |= {f"base/{path.name}": path for path in made.terms}
    for name, path in texts.items():
        write_text(out / "LICENSES" / name, path.read_text(encoding="utf-8"))
    write_text(out / "LICENSE.md", license_page(standing, list(texts)))
    came = [*made.notices, *(p for p in [mix / "dataset" / "NOTICE"] if p.is_file())]
    notice = notice_page(standing, [path.read_text(encoding="utf-8") for path in came])
    if notice:
        write_text(out / "NOTICE", notice)
    credits = (mix / "dataset" / "ATTRIBUTION.md").read_text(encoding="utf-8")
    write_text(out / "ATTRIBUTION.md", attribution_page(standing, made, credits))
    write_json(out / "audit.json", audit_table(standing, audit))
    write_text(out / "AUDIT.md", audit_page(standing))


def _resolved(recipe: Sft) -> dict[str, Any]:
    """Every value that was used, with the purpose spelled out; folders of this machine by name."""
    values: dict[str, Any] = _named(recipe.top.model_dump(mode="json", exclude={"extends"}))
    return values | {"purpose": recipe.purpose.model_dump(mode="json")}


def _named(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _named(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_named(item) for item in value]
    if isinstance(value, str) and value.startswith(("/", "~/")) and "\n" not in value:
        return Path(value).name
    return value


def _hide(recipe: Sft, run: Path, mix: Path, out: Path) -> None:
    """Take folders of this machine out of what was written, and be sure that no placeholder is."""
    given = [recipe.top.model.base, recipe.top.data.mix]
    local = {path: Path(path).name for path in given if Path(path).expanduser().is_absolute()}
    for folder in (run.resolve(), mix.resolve(), recipe.path.parent.resolve(), run, mix):
        if folder.is_absolute():
            local.setdefault(str(folder), folder.name)
    for path in (p for p in _files(out) if p.suffix not in BINARY):
        told = clean = path.read_bytes()
        for long in sorted(local, key=len, reverse=True):
            clean = clean.replace(long.encode(), local[long].encode())
        if clean != told:
            write_text(path, clean.decode())
        if any(words in clean for words in PLACEHOLDERS):
            raise DataError(f"{path}: a placeholder of TRL's card\n    remove it from {run}/model")


def _files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file())


def _swap(fresh: Path, out: Path) -> None:
    """Put a whole folder in the place of the one before."""
    old = out.with_name(f"{FOLDER}.old")
    shutil.rmtree(old, ignore_errors=True)
    if out.exists():
        out.rename(old)
    fresh.rename(out)
    shutil.rmtree(old, ignore_errors=True)
