"""Parts are found by their file name: every room is walked, and files beside a recipe are read."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

from llmx_data.core.errors import RecipeError, nearest
from llmx_data.core.part import Part, content_key, file_key, file_paths, over_files
from llmx_data.core.parts import ROOMS, Spec, _part_in, class_name, column_owners, find, names

PACKAGE = Path(importlib.import_module("llmx_data").__file__ or "").parent
FEWEST = {"ingest": 8, "normalize": 5, "measure": 20, "filter": 20, "synth.methods": 12}
"""Parts of each room when this was written: a walk that finds fewer has lost some."""

PARTS = [(room, use) for room in ROOMS.values() for use in names(room)]


def test_the_kinds_and_their_rooms() -> None:
    assert ROOMS == {
        "source": "ingest",
        "normalizer": "normalize",
        "measure": "measure",
        "filter": "filter",
        "method": "synth.methods",
    }


@pytest.mark.parametrize("room", list(ROOMS.values()))
def test_every_file_that_holds_a_part_is_found(room: str) -> None:
    """Read the files as text, so that this test does not share the finder's way of looking."""
    holding = []
    for file in sorted((PACKAGE / room.replace(".", "/")).glob("*.py")):
        body = ast.parse(file.read_text("utf-8")).body
        classes = [node.name for node in body if isinstance(node, ast.ClassDef)]
        if file.stem.replace("_", "") in [name.lower() for name in classes]:
            holding.append(file.stem)
    assert names(room) == holding
    assert len(holding) >= FEWEST[room]


@pytest.mark.parametrize(("room", "use"), PARTS)
def test_every_part_is_what_its_room_holds_and_explains_itself(room: str, use: str) -> None:
    part = find(room, use, Path())
    kind = next(kind for kind, where in ROOMS.items() if where == room)
    base = getattr(importlib.import_module(f"llmx_data.{room}"), kind.capitalize())
    assert issubclass(part, base)
    assert (part.part_name(), part.__name__) == (use, class_name(use))
    assert part.__doc__, f"{room}/{use} has no docstring"
    dumb = [name for name, info in part.model_fields.items() if not info.description]
    assert dumb == [], f"options of {room}/{use} without a docstring"
    assert part.model_config["extra"] == "forbid"
    assert part.model_config["strict"]
    assert part.model_config["frozen"]
    strange = [name for name in part.files if name.partition(".")[0] not in part.model_fields]
    assert strange == []
    assert set(part.folders) <= set(part.files)


def test_features_have_one_owner_each() -> None:
    given = {use: find("measure", use, Path()) for use in names("measure")}
    plain = {u: k() for u, k in given.items() if not _requires(k)}
    columns = [column for part in plain.values() for column in part.gives()]  # type: ignore[attr-defined]
    assert sorted(columns) == sorted(set(columns))
    assert column_owners()["chars_count"] == "chars"
    assert sorted(column_owners()) == sorted(columns)


def _requires(kind: type[Part]) -> bool:
    return any(info.is_required() for info in kind.model_fields.values())


def test_a_part_belongs_to_the_file_it_is_written_in() -> None:
    sample = importlib.import_module("llmx_data.ingest.sample")
    assert issubclass(sample.Files, Part)
    assert _part_in("llmx_data.ingest.sample", "files") is None


UNKNOWN = [
    ("filter", "lenght", "unknown part 'lenght' in filter/\n    did you mean 'length'? (known: "),
    ("normalize", "unicod", "unknown part 'unicod' in normalize/\n    did you mean 'unicode'? "),
    ("measure", "Chars", "unknown part 'Chars' in measure/\n    did you mean 'chars'? "),
    ("ingest", "stage", "unknown part 'stage' in ingest/\n    "),
    ("filter", "os.path", "unknown part 'os.path' in filter/\n    known: answers, "),
    ("filter", "", "unknown part '' in filter/\n    known: answers, "),
]


@pytest.mark.parametrize(("room", "use", "message"), UNKNOWN)
def test_unknown_parts(room: str, use: str, message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        find(room, use, Path())
    assert str(caught.value).startswith(message)


def test_nearest_names_what_is_known() -> None:
    assert nearest("min_char", ["min_chars", "max"]) == (
        "did you mean 'min_chars'? (known: max, min_chars)"
    )
    assert nearest("zzz", ["b", "a"]) == "known: a, b"


def test_a_digest_knows_options_and_version_but_not_their_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    length = find("filter", "length", Path())
    some = length.model_validate({"min_chars": 3, "on": "prompt"})
    assert some.digest() == length.model_validate({"on": "prompt", "min_chars": 3}).digest()
    others = [length(), some.model_copy(update={"min_chars": 4})]
    keys = {some.digest(), some.digest(on="x"), *(o.digest() for o in others)}
    monkeypatch.setattr(length, "version", 2)
    keys.add(some.digest())
    assert len(keys) == 5
    assert {len(key) for key in keys} == {16}
    assert content_key({"a": 1, "b": 2}) == content_key({"b": 2, "a": 1}) == "3d0089be7edf6746"


def test_the_content_of_a_file_is_in_the_digest_and_its_place_is_not(tmp_path: Path) -> None:
    keys = []
    for folder, text in (("a", "猫\n"), ("b", "猫\n"), ("c", "犬\n")):
        (tmp_path / folder).mkdir()
        path = tmp_path / folder / "words.txt"
        path.write_text(text, encoding="utf-8")
        keys.append(Spec("filter", "words", {"name": "w", "path": str(path)}).build().digest())
    assert keys[0] == keys[1] != keys[2]


def test_the_key_of_a_folder_is_that_of_its_names_and_contents(tmp_path: Path) -> None:
    def key(name: str, **files: str) -> str:
        for file, text in files.items():
            path = tmp_path / name / file.replace("_", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return file_key(tmp_path / name)

    same = {key("a", x_y="猫", z="犬"), key("b", z="犬", x_y="猫")}
    others = {key("c", x_y="猫", z="鳥"), key("d", x_y="猫", w="犬"), key("e", x_y="猫")}
    assert len(same) == 1
    assert len(same | others) == 4
    assert key("a", z="犬犬") not in same


def test_files_inside_lists_are_told_too() -> None:
    options = {"model": "m.bin", "against": [{"path": "a", "name": "x"}, {"path": "b"}, "odd"]}
    told = ("model", "against.path", "absent")
    assert file_paths(options, told) == [Path("m.bin"), Path("a"), Path("b")]
    changed = over_files(options, told, lambda place, path: (place, path))
    assert changed["against"][1] == {"path": (("against", 1, "path"), "b")}
    assert changed["against"][0]["name"] == "x"
    assert options["model"] == "m.bin"
