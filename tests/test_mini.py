"""The small fixed test set, and how exact a score on it is."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_cli import done, run

from puzzlereel.cli import data
from puzzlereel.cli.data import exactness
from puzzlereel.hub.options import Options
from puzzlereel.puzzles.registry import SUITE


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[Options]:
    """The options of the data sets that are asked for; none is built."""
    asked: list[Options] = []

    def note(out: Path, options: Options, *others: Any, **how: Any) -> None:
        asked.append(options)

    monkeypatch.setattr(data, "_build", note)
    return asked


def test_the_mini_set_is_the_first_60_test_levels_of_each_puzzle(built: list[Options], tmp_path: Path) -> None:
    said = done("generate", "--out", tmp_path, "--mini")

    assert [Options(puzzles=tuple(SUITE), tiers=("easy", "medium", "hard"), split="test", count=20)] == built
    assert f"{exactness(60, 3)}\n" == said


def test_looks_and_sizes_are_free_in_the_mini_set(built: list[Options], tmp_path: Path) -> None:
    done("generate", "--out", tmp_path, "--mini", "--skin", "dark", "--height", "240", "--width", "416")

    assert [(20, ("dark",), 240)] == [(options.count, options.skins, options.height) for options in built]


@pytest.mark.parametrize(
    "others",
    [("--puzzle", "maze"), ("--tier", "easy"), ("--split", "val"), ("--count", "30"), ("--secret-file", "setup.cfg")],
)
def test_the_levels_of_the_mini_set_are_fixed(built: list[Options], tmp_path: Path, others: tuple[str, str]) -> None:
    ran = run("generate", "--out", tmp_path / "out", "--mini", *others)

    assert (2, []) == (ran.status, built)
    assert "expected --mini without --puzzle, --tier, --split, --count and --secret-file" in ran.err


def test_how_exact_a_score_is_said_to_be_is_how_exact_scores_are() -> None:
    assert (
        "60 levels a puzzle: success is known to within 12 points in a puzzle and 7 in the mean of 3,"
        " at 95 %; less near 0 and 1"
    ) == exactness(60, 3)
    scores = np.random.default_rng(6).binomial(60, 0.5, (20000, 3)) / 60

    assert 0.94 <= np.mean(np.abs(scores[:, 0] - 0.5) <= 0.125) <= 0.97
    assert 0.93 <= np.mean(np.abs(scores.mean(axis=1) - 0.5) <= 0.0725) <= 0.97
