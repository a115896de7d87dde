"""Two results side by side: differences told by hand, how sure they are, and what may not be compared."""

import json
import random
import re
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from imageio import v3 as imageio
from test_cli import done, run

from puzzlereel.files import write_whole
from puzzlereel.leaderboard.compare import (
    Pair,
    Scored,
    compare,
    comparison_of,
    read_scored,
    rows_of_comparison,
    sign_test,
)
from puzzlereel.leaderboard.files import BadFile
from puzzlereel.leaderboard.plot import plot_comparison
from puzzlereel.leaderboard.results import BadResults, LevelRow, levels_of, log_path, results_of, write_results
from puzzlereel.leaderboard.schema import validator

BENCHMARK = {
    "version": "0.1.0",
    "levels_sha256": "0f" * 32,
    "manifest_sha256": "1e" * 32,
    "verifier_version": "1",
}
STATUS = {"M": "missing", "U": "unreadable"}


def rows(verdicts: Sequence[str], puzzle: str, tier: str = "easy") -> list[dict[str, Any]]:
    """A level a text, in which each film is a letter: Solved, Jumped to the goal, Missing or Unreadable."""
    return [
        {
            "id": f"{puzzle}/{tier}/test/{index}",
            "sample": sample,
            "puzzle": puzzle,
            "tier": tier,
            "skin": "classic",
            "status": STATUS.get(letter, "judged"),
            "success": letter == "S",
            "arrived": letter in "SJ",
            **dict.fromkeys(("precision", "recall", "f1"), 1.0 if letter == "S" else 0.5 * (letter == "J")),
            "reward": float(letter == "S"),
            "parts": {},
            "fault": None
            if letter in "SM"
            else {"frame": 1, "reason": "jump", "cell": None, "detail": "", "sentence": "it jumped"},
            "film": f"videos/{puzzle}/{index}",
            "sha256": None,
            "verifier_version": "1",
            "levels_sha256": BENCHMARK["levels_sha256"],
            "manifest_sha256": BENCHMARK["manifest_sha256"],
        }
        for index, films in enumerate(verdicts)
        for sample, letter in enumerate(films)
    ]


def written(folder: Path, name: str, levels: Sequence[LevelRow], **benchmark: str) -> Path:
    """The file of some results, with its rows beside it."""
    path = folder / f"{name}.json"
    meta = {"schema_version": 1, "model": {"name": name}, "dataset": {}}
    write_results(path, results_of(levels, meta=meta, benchmark=BENCHMARK | benchmark, strange=[]))
    write_whole(log_path(path), "".join(json.dumps(row) + "\n" for row in levels))
    return path


def compared(folder: Path, a: Sequence[LevelRow], b: Sequence[LevelRow]) -> dict[str, Any]:
    """The comparison of two such results."""
    return comparison_of(*(read_scored(written(folder, name, some)) for name, some in (("a", a), ("b", b))))


def test_differences_are_of_the_second_from_the_first_level_by_level(tmp_path: Path) -> None:
    told = compared(
        tmp_path,
        rows("SSJM", "maze") + rows("JJ", "sokoban"),
        rows("SJSS", "maze") + rows("SJ", "sokoban"),
    )
    maze, overall = told["puzzles"]["maze"], told["overall"]

    assert (0.5, 0.75, 0.25) == (maze["success"]["a"], maze["success"]["b"], maze["success"]["difference"]["value"])
    assert (2, 1, 1.0) == (maze["gained"], maze["lost"], maze["p"])
    assert (0.25, 0.625, 0.375) == (
        overall["success"]["a"],
        overall["success"]["b"],
        overall["success"]["difference"]["value"],
    )
    assert (3, 1, 6) == (overall["gained"], overall["lost"], overall["success"]["difference"]["n"])
    assert 0.25 == maze["f1"]["difference"]["value"]
    assert 0.25 == maze["arrived"]["difference"]["value"]
    assert (2, 1) == (maze["tiers"]["easy"]["gained"], maze["tiers"]["easy"]["lost"])
    assert ["all puzzles alike", "maze", "maze easy", "sokoban", "sokoban easy"] == [
        levels for levels, _ in rows_of_comparison(told)
    ]


def test_the_levels_that_flipped_are_named_with_why_the_other_failed(tmp_path: Path) -> None:
    told = compared(tmp_path, rows("SJMS", "maze"), rows("SSSU", "maze"))

    assert [
        {"id": "maze/easy/test/1", "a": 0.0, "b": 1.0, "a_reason": "jump", "b_reason": None},
        {"id": "maze/easy/test/2", "a": 0.0, "b": 1.0, "a_reason": "missing", "b_reason": None},
    ] == told["gained"]
    assert [{"id": "maze/easy/test/3", "a": 1.0, "b": 0.0, "a_reason": None, "b_reason": "jump"}] == told["lost"]


def test_a_level_of_several_films_flips_by_how_many_of_them_succeed(tmp_path: Path) -> None:
    told = compared(tmp_path, rows(["SJ", "SS", "JJ"], "maze"), rows(["SS", "SJ", "JJ"], "maze"))

    assert (["maze/easy/test/0"], ["maze/easy/test/1"]) == tuple(
        [one["id"] for one in told[w]] for w in ("gained", "lost")
    )
    assert (0.5, 0.5, 2) == (told["overall"]["success"]["a"], told["overall"]["success"]["b"], told["a"]["samples"])


def test_one_may_be_compared_with_one_that_has_more_films_a_level(tmp_path: Path) -> None:
    told = compared(tmp_path, rows("SJ", "maze"), rows(["SJ", "SS"], "maze"))

    assert (0.25, 1, 1) == (
        told["overall"]["success"]["difference"]["value"],
        told["overall"]["gained"],
        told["overall"]["lost"],
    )


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("overall/success/a", 1.5),
        ("overall/p", None),
        ("overall/tiers", {}),
        ("puzzles/maze/tiers", {}),
        ("puzzles/maze/f1/difference/low", -2),
        ("puzzles/maze/more", 1),
        ("a/samples", 0),
        ("b/benchmark/verifier_version", 1),
        ("gained", [{"id": "maze/easy/test/0"}]),
        ("note", "x"),
    ],
)
def test_a_comparison_is_as_its_schema_says_and_anything_else_is_not(tmp_path: Path, path: str, value: Any) -> None:
    told = json.loads(json.dumps(compared(tmp_path, rows("SJMS", "maze"), rows("SSSU", "maze"))))
    assert validator("comparison").is_valid(told)
    *parents, last = path.split("/")
    inner = told
    for key in parents:
        inner = inner[key]
    inner[last] = value

    assert not validator("comparison").is_valid(told)


@pytest.mark.parametrize(
    ("gained", "lost", "p"),
    [(0, 0, 1.0), (1, 0, 1.0), (5, 0, 0.0625), (6, 0, 0.03125), (1, 9, 22 / 1024), (9, 1, 22 / 1024), (3, 3, 1.0)],
)
def test_the_p_of_a_split_is_that_of_a_fair_coin(gained: int, lost: int, p: float) -> None:
    assert p == sign_test(gained, lost)


def test_equals_differ_by_nothing_and_few_of_them_leave_doubt(tmp_path: Path) -> None:
    told = compared(tmp_path, rows("SJSM", "maze"), rows("SJSM", "maze"))

    assert {"value": 0.0, "low": -0.489891, "high": 0.489891, "n": 4} == told["overall"]["success"]["difference"]
    assert ([], [], 1.0) == (told["gained"], told["lost"], told["overall"]["p"])


def pairs(a: Sequence[float], b: Sequence[float]) -> list[Pair]:
    def row(success: float) -> list[dict[str, Any]]:
        return [{"success": bool(success), "arrived": bool(success), "f1": success, "reward": success}]

    return [Pair(row(x), row(y)) for x, y in zip(a, b, strict=True)]


def test_the_interval_of_pairs_holds_the_truth_and_is_narrower_than_that_of_strangers() -> None:
    rng = np.random.default_rng(5)
    held, widths = [], []
    for trial in range(150):
        easy = rng.random(60) < 0.5
        a, b = (easy & (rng.random(60) < share) for share in (0.8, 0.9))
        _, _, one = compare([pairs(a.tolist(), b.tolist())], seed=str(trial)).figures["success"]
        held.append(one.low <= 0.05 <= one.high)
        widths.append(one.high - one.low)
    unpaired = 2 * 1.96 * np.sqrt((0.4 * 0.6 + 0.45 * 0.55) / 60)

    assert 0.88 <= np.mean(held) <= 0.99
    assert np.mean(widths) < 0.8 * unpaired


def test_a_comparison_is_the_same_for_ever() -> None:
    one = compare([pairs([0, 0, 1, 1, 0.5], [1, 0, 0.5, 1, 1]), pairs([0, 1], [1, 1])], seed="all").json()

    assert {"value": 0.35, "low": -0.05, "high": 0.75, "n": 7} == one["f1"]["difference"]


@pytest.mark.parametrize(
    ("key", "called"),
    [
        ("version", "benchmark version"),
        ("levels_sha256", "levels of the data set"),
        ("verifier_version", "verifier version"),
    ],
)
def test_results_of_different_origin_are_not_compared(tmp_path: Path, key: str, called: str) -> None:
    a = written(tmp_path, "a", rows("S", "maze"))
    b = written(tmp_path, "b", rows("S", "maze"), **{key: "ee" * 32})

    with pytest.raises(BadResults, match=rf"^{b}: expected the {called} .* as in {a}, got eeee"):
        comparison_of(read_scored(a), read_scored(b))


def test_results_of_the_same_levels_from_another_encoder_are_compared(tmp_path: Path) -> None:
    a = written(tmp_path, "a", rows("S", "maze"))
    b = written(tmp_path, "b", rows("J", "maze"), manifest_sha256="ee" * 32)

    assert 1 == comparison_of(read_scored(a), read_scored(b))["overall"]["lost"]


def test_other_levels_of_the_same_number_are_not_compared(tmp_path: Path) -> None:
    a, b = (read_scored(written(tmp_path, name, rows("SS", "maze"))) for name in "ab")
    other = [{**row, "id": row["id"].replace("/1", "/7")} for films in b.levels for row in films]

    with pytest.raises(BadResults, match=r"b\.json: expected the levels of .*a\.json, got others"):
        comparison_of(a, Scored(b.path, b.results, levels_of(other)))


@pytest.mark.parametrize(
    ("log", "complaint"),
    [
        (None, r"a\.levels\.jsonl: expected a file, found none"),
        ("", r"a\.levels\.jsonl: expected the rows that .*a\.json was counted from: score the submission again"),
        ("{\n", r"a\.levels\.jsonl: line 1: expected JSON"),
        ("{}\n", r"a\.levels\.jsonl: line 1: arrived is missing|a\.levels\.jsonl: line 1: id is missing"),
        ("[]\n", r"a\.levels\.jsonl: line 1: the whole"),
    ],
)
def test_rows_that_do_not_go_with_the_results_are_refused(tmp_path: Path, log: str | None, complaint: str) -> None:
    path = written(tmp_path, "a", rows("SJ", "maze"))
    log_path(path).unlink()
    if log is not None:
        log_path(path).write_text(log)

    with pytest.raises((BadFile, BadResults), match=complaint):
        read_scored(path)


def test_rows_whose_mean_lies_between_two_digits_are_those_of_their_results(tmp_path: Path) -> None:
    """Two ways to add up differ in the last bit, and so on which side of the middle a mean lies."""
    for seed in (42, 43, 253):
        rng = random.Random(seed)
        some = [
            {**row, "f1": round(rng.random(), 6), "reward": round(rng.random(), 6)} for row in rows("W" * 60, "maze")
        ]
        path = written(tmp_path, "a", some)

        assert 60 == len(read_scored(path).levels)
        results = json.loads(path.read_text())
        results["totals"]["maze"]["reward"]["value"] += 2e-6
        path.write_text(json.dumps(results))
        with pytest.raises(BadResults, match="was counted from"):
            read_scored(path)


@pytest.mark.parametrize("key", ["id", "tier", "film", "skin"])
@pytest.mark.parametrize("text", ["\ud800", "x" * 4001])
def test_texts_that_no_page_could_show_are_refused(tmp_path: Path, key: str, text: str) -> None:
    path = written(tmp_path, "a", rows("SJ", "maze"))
    strange = [{**row, key: text} for row in rows("SJ", "maze")]
    told = [
        {**row, "fault": {"frame": 0, "reason": "jump", "cell": None, "detail": "", "sentence": text}}
        for row in rows("SJ", "maze")
    ]
    for some in (strange, told):
        log_path(path).write_text("".join(json.dumps(row) + "\n" for row in some))
        with pytest.raises(BadResults, match=r"a\.levels\.jsonl: line 1: "):
            read_scored(path)
    results = json.loads(path.read_text())
    for wrong in ({"strangers": {"count": 1, "films": [text]}}, {"environment": {f"p{n}": "1" for n in range(101)}}):
        path.write_text(json.dumps({**results, **wrong}))
        with pytest.raises(BadResults, match="a\\.json: "):
            read_scored(path)


def test_rows_of_another_run_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "a", rows("SJ", "maze"))
    write_whole(log_path(path), "".join(json.dumps(row) + "\n" for row in rows("SS", "maze")))

    with pytest.raises(BadResults, match=r"expected the rows that .* was counted from"):
        read_scored(path)


@pytest.fixture
def results(tmp_path: Path) -> tuple[Path, Path]:
    """Two results of twelve levels of two tiers."""
    a = rows("SJ" * 6, "maze") + rows("S" * 12, "maze", "hard")
    b = rows("SS" * 6, "maze") + rows("J" * 12, "maze", "hard")
    return written(tmp_path, "a", a), written(tmp_path, "b", b)


def test_the_command_tells_both_as_a_table_and_as_an_object(results: tuple[Path, Path], tmp_path: Path) -> None:
    table = done("compare", *results)
    told = json.loads(done("compare", *results, "--json"))

    assert comparison_of(*map(read_scored, results)) == told
    assert (["a", "b"], 6, 12) == ([told[side]["name"] for side in "ab"], len(told["gained"]), len(told["lost"]))
    assert "A: a\nB: b\n" == table[:10]
    assert re.search(r"maze easy +50\.0 +100\.0 +\+50\.0 +\+25\.0 to \+75\.0 +6 +0 +0\.0312", table)
    assert f"gained: {' '.join(f'maze/easy/test/{n}' for n in range(1, 12, 2))}\n" in table
    assert "maze/hard/test/9 and 2 more: --json names all" in table
    assert max(map(len, table.split("gained:")[0].splitlines())) <= 80


def test_the_plot_is_a_picture_and_the_same_in_every_style(results: tuple[Path, Path], tmp_path: Path) -> None:
    told = comparison_of(*map(read_scored, results))
    done("compare", *results, "--plot", tmp_path / "plot.png")
    before = (tmp_path / "plot.png").read_bytes()
    with mpl.rc_context({"axes.facecolor": "red", "font.size": 30}):
        plot_comparison(told, tmp_path / "again.png")

    assert before == (tmp_path / "again.png").read_bytes()
    picture = imageio.imread(before)[:, :, :3].reshape(-1, 3)
    for colour in ((0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00), (0x76, 0x76, 0x76)):
        assert (picture == colour).all(axis=1).sum() > 50


def test_a_name_is_no_formula_and_may_be_in_any_script(results: tuple[Path, Path], tmp_path: Path) -> None:
    told = comparison_of(*map(read_scored, results))
    told["a"]["name"], told["b"]["name"] = r"$\frac{1}{$", "模型" * 30
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plot_comparison(told, tmp_path / "plot.png")

    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_what_cannot_be_compared_is_one_line_and_writes_nothing(results: tuple[Path, Path], tmp_path: Path) -> None:
    log_path(results[1]).unlink()
    ran = run("compare", *results, "--plot", tmp_path / "plot.png")

    assert (2, "", 1) == (ran.status, ran.out, len(ran.err.splitlines()))
    assert not (tmp_path / "plot.png").exists()
