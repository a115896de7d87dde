"""Tiny films of every puzzle that has them: told by the codec, judged as all films are, learned alone or together."""

import json
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="the rl extra is not installed")
pytest.importorskip("diffusers", reason="the rl extra is not installed")

import torch
from test_cli import done, run

from puzzlereel.baselines.sde_grpo import presets
from puzzlereel.baselines.sde_grpo.lessons import Lesson, films_of, firsts_of, lessons, stacked
from puzzlereel.baselines.sde_grpo.metrics import read_log
from puzzlereel.baselines.sde_grpo.policy import TinyPolicy, TinyShape
from puzzlereel.baselines.sde_grpo.presets import SHAPES, named, preset_of, shape_of
from puzzlereel.baselines.sde_grpo.runs import ABOUT, About, about_of, begin_run
from puzzlereel.baselines.sde_grpo.train import Training
from puzzlereel.hub.build import build
from puzzlereel.hub.options import Options
from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.verifiers.apart import judge_rollout

torch.set_num_threads(1)
TOGETHER = "maze+flowfree+sokoban"
EACH = pytest.mark.parametrize("puzzle", [*SHAPES, TOGETHER])


def small(name: str, puzzle: str, seed: int) -> presets.Preset:
    """The tiny preset, so much smaller that it learns nothing."""
    whole = preset_of("tiny", puzzle, seed)
    shape = replace(whole.shape, layers=1, heads=1, head=64, feedforward=16)
    tuning = replace(whole.tuning, steps=3, batch=6, every=3)
    training = Training(whole.training.run, iterations=1, levels=3, group=4, batch=6, steps=4, every=1)
    return replace(whole, shape=shape, shown=240, asked=6, held=6, steps=2, tuning=tuning, training=training)


def told_again(policy: TinyPolicy, some: list[Lesson]) -> list[bool]:
    """Whether films succeed that the codec has told, as they are judged."""
    films = policy.decode(policy.latents(films_of(some)))
    return [judge_rollout(one.answered(film)).success for one, film in zip(some, films, strict=True)]


@EACH
def test_films_of_solutions_are_told_by_the_codec_and_judged_to_be_right(puzzle: str) -> None:
    shape = replace(shape_of(puzzle), layers=1)
    policy, count = TinyPolicy(shape), 1 + puzzle.count("+")
    policy.fit(films_of(lessons(puzzle, "train", range(160 * count), shape)))
    held = lessons(puzzle, "test", range(24 * count), shape)

    assert [True] * 24 * count == told_again(policy, held)
    for lesson in held:
        assert lesson.film.shape[0] == shape.frames
        assert max(lesson.canvas) <= shape.height == shape.width


@EACH
def test_solutions_of_tiny_levels_fit_their_films(puzzle: str) -> None:
    shape = shape_of(puzzle)
    moves = [len(lesson.way.moves) for lesson in lessons(puzzle, "train", range(120), shape)]

    assert shape.frames - 5 < max(moves) < shape.frames


def test_smaller_films_stand_in_the_corner_with_black_around_them_and_are_cut_out_again() -> None:
    shape = shape_of(TOGETHER)
    some = lessons(TOGETHER, "train", range(3), shape)
    films = films_of(some)

    assert (3, 13, 56, 56, 3) == tuple(films.shape)
    assert torch.equal(films[:, 0], firsts_of(some))
    for lesson, film in zip(some, films, strict=True):
        height, width = lesson.canvas
        assert torch.equal(torch.from_numpy(lesson.film), film[:, :height, :width])
        assert int(film.long().sum()) == int(lesson.film.astype(int).sum())
        assert np.array_equal(lesson.film, np.asarray(lesson.answered(film).video))
    assert [(56, 56), (32, 32), (48, 48)] == [tuple(lesson.canvas) for lesson in some]
    assert torch.equal(torch.from_numpy(some[1].film), stacked([some[1].film])[0])


def test_a_policy_refuses_films_that_are_larger_than_its_own() -> None:
    policy = TinyPolicy(replace(SHAPES["flowfree"], layers=1))
    with pytest.raises(PuzzlereelError, match="expected films of at most 32x32, as the policy makes them, got 56x56"):
        policy.encode([""], torch.zeros(1, 56, 56, 3, dtype=torch.uint8))


def test_several_puzzles_take_turns_each_with_its_own_numbers() -> None:
    shape = shape_of(TOGETHER)
    ids = [lesson.id for lesson in lessons(TOGETHER, "val", range(5), shape)]

    assert ["maze/tiny/val/0", "flowfree/tiny/val/0", "sokoban/tiny/val/0", "maze/tiny/val/1"] == ids[:4]
    assert "flowfree/tiny/val/1" == ids[4]


def test_prompts_told_by_their_words_are_alike_within_a_puzzle_and_not_between_puzzles() -> None:
    some = {name: lessons(name, "train", range(12), shape_of(name)) for name in SHAPES}
    policy = TinyPolicy(replace(shape_of(TOGETHER), layers=1))
    told = {
        name: policy.encode([lesson.prompt for lesson in mine], firsts_of(mine)).text[:, 0]
        for name, mine in some.items()
    }
    middles = {name: text.mean(0) for name, text in told.items()}
    for name, text in told.items():
        nearest = [min(middles, key=lambda other: float((one - middles[other]).norm())) for one in text]

        assert [name] * 12 == nearest
    assert all((middles[one] - middles[other]).norm() > 0.5 for one, other in combinations(middles, 2))


def test_words_are_told_whatever_their_order_and_number_and_a_prompt_as_a_whole_is_not() -> None:
    words, whole = (TinyPolicy(replace(SHAPES["maze"], layers=1, words=words)) for words in (True, False))
    images = torch.zeros(4, 56, 56, 3, dtype=torch.uint8)
    prompts = ["Go to the goal.", "to the GOAL, go go", "Go to the wall.", "8: …"]
    told, apart = words.encode(prompts, images).text, whole.encode(prompts, images).text

    assert (4, 1, 8) == tuple(told.shape) == tuple(apart.shape)
    assert torch.equal(told[0], told[1])
    assert not told[3].any()
    assert (told[0] - told[2]).abs().max() > 0.1
    assert all((apart[i] - apart[j]).abs().max() > 0.1 for i, j in combinations(range(4), 2))


def test_puzzles_have_one_name_in_whatever_order_they_are_asked_for() -> None:
    assert {"maze+flowfree"} == {named(asked) for asked in (["flowfree", "maze"], ["maze", "flowfree", "maze"])}
    assert TOGETHER == named(["all"]) == named(["sokoban", "all"])
    for asked in (["fifteen"], ["maze+flowfree"], ["chess", "maze"]):
        with pytest.raises(PuzzlereelError, match="expected a puzzle of maze, flowfree, sokoban, or all, got '"):
            named(asked)


def test_a_run_of_before_there_were_words_is_that_of_a_policy_without_them(tmp_path: Path) -> None:
    about = About("sft", "tiny", "maze", 0, TinyShape())
    begin_run(tmp_path, about)
    told = json.loads((tmp_path / ABOUT).read_text())
    del told["shape"]["words"]
    (tmp_path / ABOUT).write_text(json.dumps(told))

    assert about == about_of(tmp_path)
    begin_run(tmp_path, about)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of FlowFree, Sokoban and all together, by the command line; `test_runs` has those of mazes."""
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(presets, "preset_of", small)
        for puzzle, asked in (("flowfree", "flowfree"), ("sokoban", "sokoban"), (TOGETHER, "all")):
            done("train", "sft", "--puzzle", asked, "--out", f"{folder}/{puzzle}/sft", "--workers", "1")
            done("train", "grpo", f"{folder}/{puzzle}/sft", "--out", f"{folder}/{puzzle}/grpo", "--workers", "1")
    return folder


@pytest.mark.parametrize("puzzle", ["flowfree", "sokoban", TOGETHER])
def test_each_puzzle_and_all_together_are_taught_and_rewarded(runs: Path, puzzle: str) -> None:
    assert puzzle == about_of(runs / puzzle / "sft").puzzle == about_of(runs / puzzle / "grpo").puzzle
    assert 3 == len(read_log(runs / puzzle / "sft" / "sft.jsonl"))
    for name in ("sft", "grpo"):
        found = read_log(runs / puzzle / name / f"{name}.jsonl")[-1]["examined"]

        assert (6, 0) == (found["films"], found["unjudged"])
        assert set(puzzle.split("+")) == set(found["by_puzzle"])


@pytest.mark.parametrize(
    ("puzzle", "of"), [("flowfree", "flowfree"), ("maze", TOGETHER), ("flowfree", TOGETHER), ("sokoban", TOGETHER)]
)
def test_a_policy_films_data_sets_of_a_puzzle_alone_or_with_others(
    runs: Path, tmp_path: Path, puzzle: str, of: str
) -> None:
    side = 2 * SHAPES[puzzle].height
    data, sub = tmp_path / "data", tmp_path / "sub"
    build(data, Options(puzzles=(puzzle,), tiers=("tiny",), count=2, frames=29, height=side, width=side))
    done("sample", "--policy", f"{runs}/{of}/grpo", "--data", f"{data}", "--out", f"{sub}")
    scored: dict[str, Any] = json.loads(done("score", f"{sub}", "--data", f"{data}", "--out", f"{sub}.json", "--json"))

    assert 2 == scored["totals"][puzzle]["success"]["n"]
    assert 0 == scored["totals"][puzzle]["unjudged"]["value"]


def test_several_puzzles_of_a_data_set_are_all_of_it_or_one(tmp_path: Path) -> None:
    several = ["--puzzle", "maze", "--puzzle", "sokoban"]
    ended = run("train", "sft", "--out", f"{tmp_path}/run", "--preset", "wan2.2-ti2v-5b-lora", *several)

    assert 2 == ended.status
    assert "expected one --puzzle with a data set, or none for all of it, got 2" in ended.err
