"""A part in a file beside the recipe: `use: ./emoji.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmx_data.core.errors import RecipeError
from llmx_data.core.parts import Spec, find
from llmx_data.core.recipe import Reader
from llmx_data.core.yaml12 import load

EMOJI = '''
"""Keep records with few emoji."""

from collections.abc import Iterator

from llmx_data.filter import Filter, Need, Reason, above


class Emoji(Filter):
    """Share of symbols."""

    max_share: float | None = 0.5
    """Most symbols allowed, 0..1."""

    def needs(self) -> list[Need]:
        return [Need("chars")]

    def reasons(self) -> Iterator[Reason]:
        yield from above("too_many_emoji", "symbol_chars_share", self.max_share)
'''
MEASURE = """
import polars as pl
from llmx_data.measure import Measure, Texts


class Emoji(Measure):
    def gives(self) -> dict[str, pl.DataType]:
        return {"emoji_count": pl.UInt32()}

    def measure(self, texts: Texts) -> pl.DataFrame:
        return pl.DataFrame({"emoji_count": [0]})
"""


def written(folder: Path, text: str = EMOJI, name: str = "emoji.py") -> Path:
    """Write a part file; give its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_it_is_found_and_built_with_its_options(tmp_path: Path) -> None:
    spec = Spec("filter", "./emoji.py", {"max_share": 0.1}, str(written(tmp_path)))
    part = spec.build()
    assert (part.part_name(), part.max_share) == ("emoji", 0.1)
    assert [r.word for r in part.reasons()] == ["too_many_emoji"]
    assert type(part).model_fields["max_share"].description == "Most symbols allowed, 0..1."
    assert find("filter", "./emoji.py", tmp_path) is find("filter", "emoji.py", tmp_path)


def test_its_code_is_in_the_digest(tmp_path: Path) -> None:
    texts = [EMOJI, EMOJI, EMOJI + "\n# changed\n"]
    keys = []
    for i, text in enumerate(texts):
        folder = written(tmp_path / str(i), text)
        keys.append(Spec("filter", "./emoji.py", {}, str(folder)).build().digest())
    assert keys[0] == keys[1] != keys[2]


WRONG = [
    (None, r"part file .*emoji\.py does not exist"),
    ("class Emojis:\n    pass\n", r"emoji\.py: holds no class 'Emoji' that is a filter"),
    ("class Emoji:\n    pass\n", r"emoji\.py: holds no class 'Emoji' that is a filter"),
    (MEASURE, r"emoji\.py: holds no class 'Emoji' that is a filter"),
    (EMOJI.replace("def needs", "def need"), r"emoji\.py: class 'Emoji' does not define needs"),
    ("class Emoji(\n", r"emoji\.py:1: cannot be read: SyntaxError"),
    ("import os\n\nimport nothing_of_the_kind\n", r"emoji\.py:3: cannot be read: ModuleNotFound"),
    ("x = 1\nx.y\n", r"emoji\.py:2: cannot be read: AttributeError: 'int' object has no"),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_what_is_wrong_with_the_file_is_the_users_to_mend(
    tmp_path: Path, text: str | None, message: str
) -> None:
    if text is not None:
        written(tmp_path, text)
    with pytest.raises(RecipeError, match=message):
        find("filter", "./emoji.py", tmp_path)


def test_in_a_recipe_it_is_told_from_the_recipes_folder(tmp_path: Path) -> None:
    written(tmp_path / "parts")
    text = "step:\n  use: parts/emoji.py\n  max_shar: 0.5\n"
    reader = Reader(load(tmp_path / "r.yaml", text))
    assert reader.part("filter", reader.document.data["step"], ("step",), "step") is None
    (mistake,) = reader.mistakes
    assert mistake.where.endswith("r.yaml:3")
    assert str(mistake).splitlines()[0].endswith("step.emoji: unknown key 'max_shar'")
    assert mistake.remedy.startswith("did you mean 'max_share'?")
