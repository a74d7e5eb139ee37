"""The report of training: whole whatever is missing, closed to the outside, in two languages."""

from __future__ import annotations

import ast
import json
import math
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import pytest
from jinja2 import Environment, nodes

from llmx_data.core.storage import read_json
from llmx_train import report
from llmx_train.card import _usage
from llmx_train.evaluate.compare import FEWEST
from llmx_train.evaluate.requests import Aspect
from llmx_train.evaluate.tier0 import answers_exam, fit_exam
from llmx_train.fit import Tally
from llmx_train.report import render, write_report
from llmx_train.report_log import CURVES, MOST_SAMPLE_STEPS, curves, read_rows, samples
from llmx_train.report_show import (
    change,
    duration,
    given,
    mark_at,
    measured,
    number,
    share,
    size,
    style_of,
)
from llmx_train.report_words import CHECKS, METRICS, NAMES, PHRASES, UNITS, WHY
from tests.train.ran import GIVEN, SOURCES, prepared, ran, sample, train_row, write

ROOM = Path(report.__file__).parent
VOID = {"meta", "col"}
EVIL = '<script>alert("x")</script></title></pre>{{ 7 * 7 }} \'" &'
SECTIONS = ("result", "evaluation", "curves", "memory", "data", "preflight", "samples", "files")
JAPANESE = re.compile("[ぁ-んァ-ヴ一-龯]")


class Reader(HTMLParser):
    """Tags with attributes, the text of every section, and whether tags close in their order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.wrong: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.spoken: dict[str, list[str]] = {"ja": [], "en": []}
        self.sections: dict[str, str] = {}
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append((tag, dict(attrs)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop()[0] != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1][0] in ("script", "style"):
            return
        self.text += data
        for tag, attrs in self.open:
            if tag == "section":
                name = str(attrs["id"])
                self.sections[name] = self.sections.get(name, "") + data
        if self.open[-1][1].get("class") == "w":
            self.spoken[str(self.open[-1][1]["lang"])].append(data)


def everywhere(value: Any) -> Any:
    """Put something evil behind every string that is not one of the contract's words."""
    keep = {"result", "status", "verdict", "direction", "kind", "role", "key", "ended", "metric"}
    if isinstance(value, dict):
        return {k: v if k in keep else everywhere(v) for k, v in value.items()}
    if isinstance(value, list):
        return [everywhere(v) for v in value]
    return value + EVIL if isinstance(value, str) else value


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a finished run with its report. Read only."""
    recipe, run = ran(tmp_path_factory.mktemp("whole"))
    assert write_report(recipe, run, GIVEN) == run / "report.html"
    return run


def page_of(folder: Path, *, without: tuple[str, ...] = (), given: Any = GIVEN) -> str:
    """Page of a run from which files or folders were taken."""
    recipe, run = ran(folder)
    for name in without:
        path = run / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return write_report(recipe, run, given).read_text()


ALL = ("prepare.json", "log.jsonl", "samples.jsonl", "train.json", "eval", "package")
MISSING = {
    "result": (("log.jsonl", "train.json"), "absent_result"),
    "evaluation": (("eval",), "absent_evaluation"),
    "curves": (("log.jsonl",), "absent_loss"),
    "data": (("prepare.json",), "absent_data"),
    "samples": (("samples.jsonl",), "absent_samples"),
    "files": (("package",), "absent_files"),
}


def test_the_page_is_whole(whole: Path) -> None:
    read = Reader((whole / "report.html").read_text())
    assert (read.wrong, read.open) == ([], [])
    ids = [attrs["id"] for _, attrs in read.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert set(read.sections) == {*SECTIONS, "verdict"}
    anchors = {str(a["href"])[1:] for tag, a in read.tags if tag == "a"}
    assert anchors <= set(ids)
    assert not [words for key, words in PHRASES.items() if key.startswith("absent_")
                for word in words if word in read.text]  # fmt: skip


@pytest.mark.parametrize("section", MISSING)
def test_a_section_says_what_was_not_measured(section: str, tmp_path: Path) -> None:
    without, key = MISSING[section]
    read = Reader(page_of(tmp_path, without=without))
    assert (read.wrong, read.open) == ([], [])
    assert set(read.sections) == {*SECTIONS, "verdict"}
    assert all(word in read.sections[section] for word in PHRASES[key])


def test_a_run_that_only_began(tmp_path: Path) -> None:
    read = Reader(page_of(tmp_path, without=ALL, given={}))
    assert (read.wrong, read.open) == ([], [])
    for section in SECTIONS:
        keys = [key for key in PHRASES if key.startswith("absent_")]
        assert [k for k in keys if PHRASES[k][1] in read.sections[section]], section
    assert PHRASES["absent_verdict"][0] in read.sections["verdict"]


def test_a_run_in_the_middle_of_training(tmp_path: Path) -> None:
    recipe, run = ran(tmp_path)
    for name in ("eval", "package"):
        shutil.rmtree(run / name)
    (run / "train.json").unlink()
    with (run / "log.jsonl").open("a") as handle:
        handle.write('{"kind": "train", "step": 61, "lo')
    read = Reader(write_report(recipe, run, GIVEN).read_text())
    assert PHRASES["ended_running"][1] in read.sections["result"]
    assert read_json(run / "report.json")["result"]["steps"] == 60


def test_no_dev_split(tmp_path: Path) -> None:
    recipe, run = ran(tmp_path)
    rows = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    write(run / "log.jsonl", [row for row in rows if row["kind"] == "train"])
    data = read_json(run / "prepare.json")
    data["splits"]["dev"] |= {"sources": {}, "all": vars(Tally()) | {"reasons": {}}}
    data["splits"]["dev"]["all"].pop("reasons")
    write(run / "prepare.json", data)
    read = Reader(write_report(recipe, run, GIVEN).read_text())
    assert PHRASES["absent_dev"][1] in read.sections["curves"]
    assert PHRASES["absent_loss"][1] not in read.sections["curves"]
    assert PHRASES["no_records"][1] in read.sections["data"]


@pytest.mark.parametrize(
    ("without", "told"),
    [
        (("eval/comparison.json", "eval/base"), "Only the tuned model was measured."),
        (("eval/comparison.json",), "not compared yet"),
    ],
)
def test_means_are_told_where_nothing_is_compared(
    without: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    section = Reader(page_of(tmp_path, without=without)).sections["evaluation"]
    assert told in section
    assert "2.31" in section
    assert PHRASES["verdict_better"][1] not in section


def test_verdict_licence_limits_acts_and_duties(whole: Path) -> None:
    told = Reader((whole / "report.html").read_text()).sections["verdict"]
    for word in (
        "条件付きで許可", "CC-BY-SA-4.0", "非営利に限る", "non-commercial use only", "重みの公開",
        "著作者を示す。", "Give credit.", "3(a)", "Keep the notice.",
    ):  # fmt: skip
        assert word in told


def test_a_free_choice_of_licence_is_told(tmp_path: Path) -> None:
    free = {"verdict": {"result": "ALLOW", "outgoing": [], "free": True}}
    assert "yours to choose" in Reader(page_of(tmp_path, given=free)).sections["verdict"]


def test_data_is_counted_by_source_and_reason(whole: Path) -> None:
    told = Reader((whole / "report.html").read_text()).sections["data"]
    for word in (*SOURCES, "1,720,331", "140", "長すぎる", "template", "12,493,586", "27.5%"):
        assert word in told


def test_preflight_is_told(whole: Path) -> None:
    told = Reader((whole / "report.html").read_text()).sections["preflight"]
    for word in ("3 checks: 1 ok, 1 to look at, 1 failed.", "hours", "3.4", "look", "overlap"):
        assert word in told
    assert "メモリ" in told
    assert "smaller micro_batch" not in told  # nothing is to be done where a check is ok


def test_evaluation_counts_verdicts_of_what_is_judged(whole: Path) -> None:
    told = Reader((whole / "report.html").read_text()).sections["evaluation"]
    for word in (
        "Of 7 comparisons: 4 better, 1 worse, 2 undecided.", "[+47.0, +62.0]", "−0.62", "▲ ", "▼ ",
        "○ ", "prompts differ", "249", "jnli", "not judged",
    ):  # fmt: skip
        assert word in told


def test_every_curve_is_drawn_with_its_lines(whole: Path) -> None:
    facts = read_json(whole / "report.json")
    drawn = {curve["key"]: [line["name"] for line in curve["lines"]] for curve in facts["curves"]}
    assert drawn == {
        "loss": ["raw", "smoothed", "dev_all"],
        "dev": list(SOURCES),
        "lr": ["lr"],
        "grad_norm": ["grad_norm"],
        "speed": ["speed"],
        "memory": ["rss", "vram_reserved", "vram_peak", "vram"],
        "mfu": ["mfu"],
    }
    page = (whole / "report.html").read_text()
    for key in drawn:
        figure = page.partition(f'id="curve-{key}"')[2].partition("</figure>")[0]
        assert "<title>" in figure
        assert figure.count('class="line" d="M') >= len(drawn[key])


def test_values_that_are_none_become_gaps_and_megabytes_gigabytes() -> None:
    rows = [train_row(step) for step in (1, 2, 3)]
    rows[1] |= {"loss": math.nan, "grad_norm": math.inf}
    found = {one["key"]: one for one in curves(rows, clip=1.0, estimate_gb=None)}
    assert [value for _, value in found["loss"]["lines"][0]["points"]][1] is None
    assert found["grad_norm"]["lines"][0]["points"][1] == [2, None]
    assert found["memory"]["lines"][0] == {
        "name": "rss",
        "role": "line",
        "points": [[1, 3.101], [2, 3.102], [3, 3.103]],
    }
    assert (found["grad_norm"]["limit"], found["memory"]["limit"]) == (1.0, None)


def test_preferences_have_curves_of_their_own() -> None:
    rows = [train_row(step) | {"margin": -0.1 * step, "preferred_share": 0.4} for step in (1, 2)]
    keys = [one["key"] for one in curves(rows, clip=1.0, estimate_gb=None)]
    assert keys[-2:] == ["margin", "preferred_share"]


def test_rows_of_a_log_hold_no_nan(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text('{"step": 1, "loss": NaN}\n{"step": 2, "loss": -Infinity}\n{"step": 3, "lo')
    assert read_rows(path) == [{"step": 1, "loss": None}, {"step": 2, "loss": None}]
    assert read_rows(tmp_path / "none.jsonl") == []


def test_memory_is_held_against_the_estimate(whole: Path) -> None:
    told = Reader((whole / "report.html").read_text()).sections["memory"]
    for word in ("84.7%", "16.72 GB", "14.17 GB", "15.80 GB", "3.47 GB", "24 GB", "0.8%"):
        assert word in told


def test_samples_stand_side_by_side() -> None:
    rows = [sample(step, at) for step in range(10, 121, 10) for at in (0, 1)]
    told = samples(rows)
    assert [a["step"] for a in told["prompts"][0]["answers"]] == told["steps"]
    assert (told["steps"][0], told["steps"][-1]) == (10, 120)
    assert (len(told["steps"]), told["left_out"]) == (MOST_SAMPLE_STEPS, 12 - MOST_SAMPLE_STEPS)
    assert [one["source"] for one in told["prompts"]] == list(SOURCES[:2])
    long = samples([rows[0] | {"answer": "あ" * 1_000}])
    assert len(long["prompts"][0]["answers"][0]["text"]) == 601


def test_nothing_is_loaded_from_elsewhere(whole: Path) -> None:
    html = (whole / "report.html").read_text()
    read = Reader(html)
    assert not {"link", "img", "iframe", "object", "embed", "base"} & {tag for tag, _ in read.tags}
    assert not [a for _, a in read.tags if {"src", "srcset", "xlink:href"} & a.keys()]
    assert {str(a["href"])[0] for _, a in read.tags if "href" in a} == {"#"}
    style = html.partition("<style>")[2].partition("</style>")[0]
    assert not re.search(r"url\(|@import|image-set", style)
    assert "default-src 'none'" in html


def test_texts_of_strangers_stay_texts(whole: Path) -> None:
    facts = everywhere(read_json(whole / "report.json"))
    read = Reader(render(facts))
    assert (read.wrong, read.open) == ([], [])
    assert [tag for tag, _ in read.tags].count("script") == 1
    assert not [a for _, attrs in read.tags for a in attrs if a.startswith("on")]
    assert EVIL in read.text


def test_same_run_same_bytes_and_the_page_is_made_from_the_facts(
    whole: Path, tmp_path: Path
) -> None:
    recipe, run = ran(tmp_path)
    write_report(recipe, run, GIVEN)
    for name in ("report.json", "report.html"):
        assert (run / name).read_bytes() == (whole / name).read_bytes()
    assert render(read_json(whole / "report.json")) == (whole / "report.html").read_text()


def test_both_languages_are_spoken_equally(whole: Path) -> None:
    facts = read_json(whole / "report.json")
    read = Reader(render(facts, "en"))
    assert read.tags[0] == ("html", {"lang": "en", "data-lang": "en"})
    assert len(read.spoken["ja"]) == len(read.spoken["en"]) > 100
    wrong = [text for text in read.spoken["en"] if JAPANESE.search(text) and text != "日本語"]
    assert [text for text in wrong if text not in str(facts)] == []


WORDS = {**PHRASES, **UNITS, **WHY, **CHECKS, **METRICS, **NAMES}


def test_every_word_is_in_both_languages() -> None:
    for key, (ja, en) in WORDS.items():
        assert ja, key
        assert en, key
        assert not JAPANESE.search(en) or key == "switch_language", key
        assert set(re.findall(r"{\w+}", ja)) == set(re.findall(r"{\w+}", en)), key


def test_templates_say_no_phrase_that_is_not_there_and_leave_none_out() -> None:
    said: set[str] = set()
    for name in ("report.html.j2", "report_parts.html.j2"):
        tree = Environment().parse((ROOM / name).read_text())
        said |= {str(one.value) for one in tree.find_all(nodes.Const)}
    starts = ("result_", "ended_", "split_", "status_", "curve_", "limit_", "verdict_", "who_",
              "absent_")  # fmt: skip
    ends = {f"{section}_section" for section in SECTIONS}
    built = {key for key in PHRASES if key.startswith(starts)} | ends
    assert PHRASES.keys() - said - built == set()
    calls = re.findall(r'\bt\("(\w+)"[,)]', "".join(
        (ROOM / name).read_text() for name in ("report.html.j2", "report_parts.html.j2")
    ))  # fmt: skip
    assert set(calls) - PHRASES.keys() == set()
    assert len(calls) > 60


def test_what_others_write_has_a_name() -> None:
    assert set(get_args(Aspect)) <= NAMES.keys()
    assert {name for name in vars(Tally()) if name != "reasons"} <= NAMES.keys()
    assert {f"curve_{key}" for key in (*CURVES, "loss", "dev")} <= PHRASES.keys()
    columns = {column.name for spec in CURVES.values() for column in spec.columns}
    assert columns <= NAMES.keys()
    assert f"fewer than {FEWEST} items" in WHY
    exams = (fit_exam, answers_exam)
    source = Path(exams[0].__code__.co_filename).read_text()
    named = {
        str(key.value)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant)
        and isinstance(value, ast.Constant)
        and value.value in ("higher", "lower", "none")
    }
    assert len(named) == 7
    checks = {
        str(node.args[0].value)
        for node in ast.walk(ast.parse((ROOM / "preflight.py").read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Check"
        and isinstance(node.args[0], ast.Constant)
    }
    assert len(checks) >= 10
    assert checks == CHECKS.keys()
    assert named <= METRICS.keys()


def test_eight_lines_differ_without_colour() -> None:
    styles = [style_of({"role": "source"}, at) for at in range(8)]
    assert len({(s["mark"], s["hollow"]) for s in styles}) == 8
    roles = [style_of({"role": role}, 0) for role in ("raw", "smooth", "dev")]
    assert len({s["name"] for s in roles}) == 3
    assert mark_at(styles[0]["mark"], 10.0, 2.5).startswith("M10 2.5")


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (number(None), "–"),
        (number(1234567), "1,234,567"),
        (number(0.000123456), "0.0001235"),
        (number(True), "true"),
        (number(float("nan")), "–"),
        (share(1, 0), "–"),
        (share(1, 100_000), "< 0.1%"),
        (size(999), "999 B"),
        (size(3_700_000_000), "3.7 GB"),
        (duration(None), "–"),
        (duration(4.21), "4.2 s"),
        (duration(59.99), "60.0 s"),
        (duration(7509), "2:05:09"),
        (measured(0.512, "accuracy"), "51.2%"),
        (measured(None, "nll"), "–"),
        (measured(2.31, "nll"), "2.31"),
        (change(-0.0412, "char_f1"), "−4.1"),
        (change(0.0001, "accuracy"), "±0"),
        (change(0.62, "nll"), "+0.62"),
        (given(None), ("–", "–")),
        (given(3), ("3", "3")),
        (given(["はい", "yes"]), ("はい", "yes")),
        (given({"ja": "はい", "en": "yes"}), ("はい", "yes")),
    ],
)
def test_how_values_are_written(shown: Any, expected: Any) -> None:
    assert shown == expected


@pytest.mark.parametrize("form", ["adapter", "full"])
@pytest.mark.parametrize("tiny", [False, True])
def test_code_is_that_of_the_card(form: str, tiny: bool, tmp_path: Path) -> None:
    told = SimpleNamespace(
        standing=SimpleNamespace(name='"名"'),
        prepare=prepared(),
        form=form,
        recipe=SimpleNamespace(tiny=tiny),
    )
    usage = list(_usage(told))  # type: ignore[arg-type]
    recipe, run = ran(tmp_path)
    card = [
        "# m",
        "```python",
        "x",
        "```",
        "```python",
        *usage,
        "```",
        "end",
        "```python",
        "y",
        "```",
    ]
    (run / "package" / "README.md").write_text("\n".join(card))
    write_report(recipe, run, GIVEN)
    found = read_json(run / "report.json")["load"].splitlines()
    ast.parse("\n".join(found))
    changed = [(ours, theirs) for ours, theirs in zip(found, usage, strict=True) if ours != theirs]
    assert [ours for ours, _ in changed] == ['folder = "package"  # from the folder of this report']


def test_no_card_no_code(tmp_path: Path) -> None:
    read = Reader(page_of(tmp_path, without=("package/README.md",)))
    assert PHRASES["load"][1] not in read.sections["files"]
    assert "adapter_model.safetensors" in read.sections["files"]
