"""Lessons of a data set are its levels, filmed as its films are."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the rl extra is not installed")
pytest.importorskip("diffusers", reason="the rl extra is not installed")

from typer.testing import CliRunner

from puzzlereel.baselines.sde_grpo.lessons import firsts_of, lesson_from, rows_of
from puzzlereel.cli.main import app
from puzzlereel.hub.dataset import BadDataset
from puzzlereel.renderers.video import read_video


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two train levels of two puzzles, which glide."""
    folder = tmp_path_factory.mktemp("data") / "data"
    options = ["--tier", "easy", "--count", "1", "--split", "train", "--style", "slide", "--shuffle"]
    size = ["--height", "256", "--width", "256", "--frames", "81"]
    told = ["generate", "--out", str(folder), "--puzzle", "maze", "--puzzle", "flowfree", *options, *size]
    result = CliRunner().invoke(app, told, catch_exceptions=False)
    assert 0 == result.exit_code, result.output
    return folder


def test_a_lesson_films_what_the_data_set_has_but_for_its_codec(data: Path) -> None:
    rows = rows_of(data, "train")

    assert 2 == len(rows)
    for row in rows:
        lesson = lesson_from(row)
        there = read_video(data / row.video).astype(int)

        assert (81, 256, 256, 3) == lesson.film.shape == there.shape
        assert np.abs(lesson.film - there).mean() < 3
        assert np.array_equal(lesson.film[0], lesson.first)
        assert np.array_equal(lesson.film[:1], firsts_of([lesson]).numpy())
        assert row.prompt == lesson.prompt


def test_rows_are_those_of_a_split_and_a_puzzle(data: Path) -> None:
    assert {"maze", "flowfree"} == {row.puzzle for row in rows_of(data, "train")}
    assert ["maze/easy/train/0"] == [row.id for row in rows_of(data, "train", "maze")]
    for split, puzzle in (("val", ""), ("train", "sokoban")):
        with pytest.raises(BadDataset, match=f"expected {puzzle or 'levels'} of the split {split}, found none in "):
            rows_of(data, split, puzzle)


def test_what_a_film_depends_on_tells_it_from_others(data: Path) -> None:
    one, two = (lesson_from(row) for row in rows_of(data, "train"))
    others = [one, two, replace(one, style="fade"), replace(one, timing=replace(one.timing, frames=85))]

    assert one.told == lesson_from(rows_of(data, "train")[0]).told
    assert 4 == len({other.told for other in others})
