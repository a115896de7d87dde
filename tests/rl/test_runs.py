"""Runs from the command line: begun, gone on with, sampled from, scored and drawn."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="the rl extra is not installed")
pytest.importorskip("diffusers", reason="the rl extra is not installed")

import torch
from test_cli import done, run

from puzzlereel.baselines.sample import Shot
from puzzlereel.baselines.sde_grpo import filming, presets
from puzzlereel.baselines.sde_grpo.events import scalars
from puzzlereel.baselines.sde_grpo.filming import film_with, shrunk
from puzzlereel.baselines.sde_grpo.lessons import films_of, lessons
from puzzlereel.baselines.sde_grpo.metrics import read_log
from puzzlereel.baselines.sde_grpo.policy import TinyPolicy, TinyShape
from puzzlereel.baselines.sde_grpo.presets import preset_of
from puzzlereel.baselines.sde_grpo.rollout import Sampled
from puzzlereel.baselines.sde_grpo.runs import ABOUT, About, about_of, begin_run, newest_of, policy_of
from puzzlereel.baselines.sde_grpo.state import BadCheckpoint, begin, checkpoints, save
from puzzlereel.baselines.sde_grpo.train import Training
from puzzlereel.cli.curves import NoCurves, plot_run
from puzzlereel.hub.build import build
from puzzlereel.hub.dataset import Dataset, open_dataset
from puzzlereel.hub.options import Options
from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.renderers.video import read_video

torch.set_num_threads(1)
SHAPE = TinyShape(layers=1, heads=1, head=40, feedforward=16)
ABOUT_IT = About("sft", "tiny", "maze", 0, SHAPE)


def small(name: str, puzzle: str, seed: int) -> presets.Preset:
    """The tiny preset, so much smaller that it learns nothing."""
    whole = preset_of("tiny", puzzle, seed)
    training = Training(whole.training.run, iterations=2, levels=2, group=4, batch=4, steps=4, every=1)
    tuning = replace(whole.tuning, steps=4, batch=4, every=2)
    return replace(whole, shape=SHAPE, shown=8, asked=4, held=3, steps=2, tuning=tuning, training=training)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    folder = tmp_path_factory.mktemp("tiny") / "data"
    build(folder, Options(puzzles=("maze",), tiers=("tiny",), count=5, frames=21, height=112, width=112))
    return open_dataset(folder)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of each kind, by the command line."""
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(presets, "preset_of", small)
        done("train", "sft", "--out", f"{folder}/sft", "--workers", "1")
        done("train", "grpo", f"{folder}/sft", "--out", f"{folder}/grpo", "--workers", "1")
    return folder


def test_a_run_leaves_what_it_is_its_figures_and_checkpoints(runs: Path) -> None:
    assert About("sft", "tiny", "maze", 0, SHAPE) == about_of(runs / "sft")
    assert About("grpo", "tiny", "maze", 0, SHAPE, newest_of(runs / "sft")) == about_of(runs / "grpo")
    assert newest_of(runs / "sft").startswith("step-00000004 ")
    assert [1, 2, 3, 4] == [line["step"] for line in read_log(runs / "sft" / "sft.jsonl")]
    assert [2, 4] == [line["step"] for line in read_log(runs / "sft" / "sft.jsonl") if "examined" in line]
    assert ["step-00000001", "step-00000002"] == [path.name for path in checkpoints(runs / "grpo")]
    for line in read_log(runs / "grpo" / "grpo.jsonl"):
        assert 3 == line["examined"]["films"]


def test_the_policy_of_a_run_is_the_averaged_one_with_its_codec(tmp_path: Path) -> None:
    policy = TinyPolicy(SHAPE, seed=1)
    policy.fit(films_of(lessons("maze", "train", range(20), SHAPE)))
    made = begin(policy, lr=0.1)
    for name in made.ema:
        made.ema[name] = made.ema[name] + 1
    begin_run(tmp_path, ABOUT_IT)
    save(made, tmp_path, {})
    found, wanted = policy_of(tmp_path).state_dict(), policy.state_dict()

    assert set(wanted) == set(found)
    for name, value in wanted.items():
        assert torch.equal(value + 1 if name in made.ema else value, found[name])
    assert wanted["codec.blocks"].any()


def test_a_run_goes_on_from_another_ones_policy(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def kept(policy: Any, *_: Any, **__: Any) -> Any:
        seen.append(policy)
        return begin(policy, lr=0.1)

    monkeypatch.setattr(presets, "train", kept)
    preset = small("tiny", "maze", 0)
    presets.run_grpo(about_of(runs / "grpo"), preset, runs / "sft", runs / "grpo", workers=1, tell=str)
    wanted = policy_of(runs / "sft").state_dict()

    assert all(torch.equal(value, wanted[name]) for name, value in seen[0].state_dict().items())


def test_another_run_is_not_written_into_a_folder(tmp_path: Path) -> None:
    begin_run(tmp_path, ABOUT_IT)
    begin_run(tmp_path, ABOUT_IT)
    with pytest.raises(BadCheckpoint, match="choose another folder"):
        begin_run(tmp_path, replace(ABOUT_IT, seed=1))
    assert ABOUT_IT == about_of(tmp_path)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"kind": "sft", "shape": 3}', json.dumps({"kind": "dpo", "shape": {}}), "[" * 99999]
)
def test_a_folder_that_is_no_run_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadCheckpoint, match="expected the folder of a run"):
        about_of(tmp_path)
    (tmp_path / ABOUT).write_text(text)
    with pytest.raises(BadCheckpoint, match="expected the folder of a run"):
        about_of(tmp_path)


def test_a_run_without_a_checkpoint_or_with_one_of_another_shape_has_no_policy(tmp_path: Path) -> None:
    begin_run(tmp_path, ABOUT_IT)
    with pytest.raises(BadCheckpoint, match="expected a checkpoint, found none"):
        policy_of(tmp_path)
    save(begin(TinyPolicy(replace(SHAPE, layers=2)), lr=0.1), tmp_path, {})
    with pytest.raises(BadCheckpoint, match="got another"):
        policy_of(tmp_path)


def test_a_policy_films_a_data_set_into_a_submission_that_is_scored(runs: Path, data: Dataset, tmp_path: Path) -> None:
    told = done("sample", "--policy", f"{runs}/grpo", "--data", str(data.folder), "--out", f"{tmp_path}/sub")
    score = json.loads(
        done("score", f"{tmp_path}/sub", "--data", str(data.folder), "--out", f"{tmp_path}/r.json", "--json")
    )

    assert "5 films by the tiny maze policy, SFT, then SDE-GRPO" in told
    assert 5 == score["totals"]["maze"]["success"]["n"]
    assert 0 == score["totals"]["maze"]["unjudged"]["value"]
    film = read_video(next((tmp_path / "sub").glob("videos/maze/*.mp4")))
    assert (9, 112, 112, 3) == film.shape


def test_a_policy_sees_the_first_frame_in_its_own_size_and_its_film_is_judged_in_that_of_the_data_set(
    data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy, seen = TinyPolicy(SHAPE), list[Any]()
    known = lessons("maze", "test", range(5), SHAPE)
    policy.fit(films_of(lessons("maze", "train", range(60), SHAPE)))
    wanted = policy.encode([lesson.prompt for lesson in known], films_of(known)[:, 0])

    def solved(policy: Any, condition: Any, *_: Any) -> Sampled:
        seen.append(condition)
        return Sampled(policy.latents(films_of(known)), [])

    monkeypatch.setattr(filming, "sample", solved)
    monkeypatch.setattr(filming, "policy_of", lambda run: policy)
    rows = {row.id: row for row in data.rows}
    shots = [Shot("", rows[lesson.id], tmp_path / f"{i}.mp4") for i, lesson in enumerate(known) if lesson.id in rows]
    film_with(tmp_path, shots)

    assert [lesson.id for lesson in known] == [shot.row.id for shot in shots]
    assert torch.equal(wanted.first, seen[0].first)
    assert torch.equal(wanted.text, seen[0].text)
    for shot, lesson in zip(shots, known, strict=True):
        said = done("verify", str(shot.path), "--level", lesson.id, "--json")
        assert json.loads(said)["success"]


def test_films_that_are_there_are_not_made_again(runs: Path, data: Dataset, tmp_path: Path) -> None:
    shots = [Shot("", row, tmp_path / f"{i}.mp4") for i, row in enumerate(data.rows[:3])]
    film_with(runs / "sft", shots)
    whole = [shot.path.read_bytes() for shot in shots]
    shots[1].path.unlink()
    shots[2].path.write_bytes(b"other")
    film_with(runs / "sft", shots)

    assert whole[:2] == [shot.path.read_bytes() for shot in shots[:2]]
    assert b"other" == shots[2].path.read_bytes()


def test_a_picture_is_made_smaller_by_means_and_by_whole_numbers_alone() -> None:
    frame = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)
    small = shrunk(frame, (2, 3))

    assert (2, 3, 3) == small.shape
    assert int(np.round(frame[:2, 2:4, 1].mean())) == small[0, 1, 1]
    assert np.array_equal(frame, shrunk(frame, (4, 6)))
    for size in ((3, 6), (2, 6), (8, 12)):
        with pytest.raises(PuzzlereelError, match="times a whole number"):
            shrunk(frame, size)


def test_sample_refuses_what_is_neither_a_policy_nor_a_run(data: Dataset, tmp_path: Path) -> None:
    ended = run("sample", "--policy", "oracel", "--data", str(data.folder), "--out", f"{tmp_path}/sub")

    assert 2 == ended.status
    assert "or the folder of a run, got 'oracel'" in ended.err


def test_train_refuses_a_preset_and_a_puzzle_that_there_is_not(tmp_path: Path) -> None:
    for options, said in (
        (["--preset", "huge"], "expected a preset of wan2.2-ti2v-5b, "),
        (["--puzzle", "chess"], "a puzzle of"),
    ):
        ended = run("train", "sft", "--out", f"{tmp_path}/run", *options)

        assert 2 == ended.status
        assert said in ended.err


@pytest.mark.parametrize("kind", ["sft", "grpo"])
def test_the_curves_of_a_run_are_drawn_the_same_again(runs: Path, kind: str, tmp_path: Path) -> None:
    done("train", "plot", str(runs / kind), "--out", f"{tmp_path}/one.png")
    plot_run(runs / kind, tmp_path / "two.png")
    one = (tmp_path / "one.png").read_bytes()

    assert one.startswith(b"\x89PNG")
    assert one == (tmp_path / "two.png").read_bytes()


def test_the_curves_of_a_run_that_was_not_examined_or_of_which_nothing_was_judged_are_drawn(tmp_path: Path) -> None:
    found: list[Any] = [{}, {"success": None, "by_moves": {}}, {"success": 0.5, "by_moves": {"2": None, "4": 0.5}}]
    lines = [{"step": step, "loss": 0.5, "seconds": {}, "examined": one} for step, one in enumerate(found)]
    (tmp_path / "sft.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    plot_run(tmp_path, tmp_path / "curves.png")

    assert (tmp_path / "curves.png").stat().st_size


def test_a_run_that_was_begun_from_one_run_does_not_go_on_from_another(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presets, "preset_of", small)
    done("train", "sft", "--out", f"{tmp_path}/other", "--seed", "1", "--workers", "1")
    before = (runs / "grpo" / "run.json").read_text()
    ended = run("train", "grpo", f"{tmp_path}/other", "--out", f"{runs}/grpo", "--workers", "1")

    assert 2 == ended.status
    assert "expected the run with which" in ended.err
    assert before == (runs / "grpo" / "run.json").read_text()


def test_a_folder_without_a_log_has_no_curves(tmp_path: Path) -> None:
    with pytest.raises(NoCurves, match="expected the log of a run"):
        plot_run(tmp_path, tmp_path / "curves.png")
    assert 2 == run("train", "plot", str(tmp_path)).status


def test_every_line_of_a_log_is_shown_to_who_watches(tmp_path: Path) -> None:
    shown = list[Any]()
    preset = small("tiny", "maze", 0)
    presets.run_sft(ABOUT_IT, preset, tmp_path, workers=1, tell=str, watch=shown.append)

    assert [1, 2, 3, 4] == [line["step"] for line in shown]
    for line, told in zip(shown, read_log(tmp_path / "sft.jsonl"), strict=True):
        assert (told["step"], told["loss"], told["seconds"]) == (line["step"], line["loss"], line["seconds"])


def test_tensorboard_is_told_all_finite_numbers_by_their_names() -> None:
    line = {"step": 3, "loss": 2, "norm": float("nan"), "errors": ["it broke"], "seconds": {"train": 0.5}, "x": None}

    assert [("loss", 2.0), ("seconds/train", 0.5)] == list(scalars(line))


def test_a_run_is_written_down_for_tensorboard_and_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("tensorboard", reason="TensorBoard is not installed")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    monkeypatch.setattr(presets, "preset_of", small)
    for steps in ("2", "4"):
        done("train", "sft", "--out", f"{tmp_path}/sft", "--workers", "1", "--steps", steps, "--tensorboard")
    events = EventAccumulator(f"{tmp_path}/sft/tensorboard")
    events.Reload()
    told = {event.step: event.value for event in events.Scalars("loss")}

    assert {line["step"]: pytest.approx(line["loss"]) for line in read_log(tmp_path / "sft" / "sft.jsonl")} == told
    assert [2, 4] == [event.step for event in events.Scalars("examined/success")]


def test_without_tensorboard_the_option_is_refused_before_anything_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    ended = run("train", "sft", "--out", f"{tmp_path}/sft", "--tensorboard")

    assert 2 == ended.status
    assert "expected TensorBoard" in ended.err
    assert not (tmp_path / "sft").exists()
