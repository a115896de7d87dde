"""Benchmarks of training: what is kept, what is compared with what, and how sure one may be of it."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="the rl extra is not installed")
pytest.importorskip("diffusers", reason="the rl extra is not installed")

import torch
from test_cli import done, run
from test_runs import SHAPE, small

from puzzlereel.baselines.sde_grpo import esf, evidence, presets
from puzzlereel.baselines.sde_grpo.cost import count, formula
from puzzlereel.baselines.sde_grpo.esf import Race, compared
from puzzlereel.baselines.sde_grpo.evidence import (
    ARMS,
    Outcome,
    Study,
    choosing,
    load_chosen,
    outcome_json,
    outcomes_of,
)
from puzzlereel.baselines.sde_grpo.lessons import lessons
from puzzlereel.baselines.sde_grpo.margins import forms_of, mean, summary
from puzzlereel.baselines.sde_grpo.metrics import read_log
from puzzlereel.baselines.sde_grpo.policy import Condition, TinyPolicy
from puzzlereel.baselines.sde_grpo.state import checkpoints, read
from puzzlereel.baselines.sde_grpo.train import Training, train
from puzzlereel.cli.evidence import plot, told_as_page

torch.set_num_threads(1)
LEVELS = lessons("maze", "test", range(8), SHAPE)


def outcome(arm: str, seed: int, success: Sequence[bool], processor: float = 10.0) -> Outcome:
    curve = ((processor / 2, 0.25), (processor, 0.5))
    return Outcome(arm, seed, 10, processor, 2 * processor, 0.5, curve, tuple(success), tuple(success))


# ── how sure one may be ──


def test_an_interval_has_the_doubt_over_seeds_and_over_levels() -> None:
    draws = np.random.default_rng(0)
    alike = draws.random((3, 400)) < 0.5
    unlike = np.stack([draws.random(400) < share for share in (0.2, 0.5, 0.8)])
    forms = np.arange(400)
    one, other = (mean(values.astype(np.float64), forms, seed="a") for values in (alike, unlike))

    assert one.value == pytest.approx(alike.mean())
    assert 0.04 < one.high - one.low < 0.14  # 4 × sqrt(0.25 / 1200) is 0.06; seeds are drawn, too
    assert 0.4 < other.high - other.low
    assert one == mean(alike.astype(np.float64), forms, seed="a")


def test_an_interval_covers_the_truth_as_often_as_it_says_where_seeds_are_alike() -> None:
    draws, covered = np.random.default_rng(1), 0
    for trial in range(100):
        values = (draws.random((1, 150)) < 0.3).astype(np.float64)
        found = mean(values, np.arange(150), seed=str(trial))
        covered += found.low <= 0.3 <= found.high

    assert 88 <= covered <= 99


def test_levels_of_one_form_count_as_one() -> None:
    draws = np.random.default_rng(2)
    forms = np.repeat(np.arange(20), 10)
    values = (draws.random((1, 20)) < 0.5).astype(np.float64)[:, forms]
    together, apart = mean(values, forms, seed="a"), mean(values, np.arange(200), seed="a")

    assert together.high - together.low > 2.5 * (apart.high - apart.low)


def test_forms_are_the_same_for_the_same_level_and_few_beside_levels() -> None:
    forms = forms_of([*LEVELS, *LEVELS])

    assert forms[:8].tolist() == forms[8:].tolist()
    assert 1 < len(set(forms.tolist())) <= 8


def test_arms_are_compared_level_by_level_over_the_seeds_that_both_have() -> None:
    some = [
        outcome("early", 0, [True] * 8, 20.0),
        outcome("early", 1, [True] * 4 + [False] * 4, 20.0),
        outcome("control", 0, [False] * 8),
        outcome("all", 1, [True] * 8, 40.0),
    ]
    told = summary(some, LEVELS)

    assert {"control", "all"} == set(told["early minus"])
    assert (1.0, [0]) == (told["early minus"]["control"]["success"]["value"], told["early minus"]["control"]["seeds"])
    assert (-0.5, [1]) == (told["early minus"]["all"]["success"]["value"], told["early minus"]["all"]["seeds"])
    assert 0.5 == told["early minus"]["all"]["saved"]
    assert {"0": 1.0, "1": 0.5} == told["arms"]["early"]["seeds"]
    assert "sparse" not in told["arms"]
    moves = Counter(str(len(lesson.way.moves)) for lesson in LEVELS)
    assert moves == {count: one["n"] for count, one in told["arms"]["early"]["by_moves"].items()}


# ── what is run, and kept ──


@pytest.fixture(scope="module")
def studied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of one seed, by the command line."""
    folder = tmp_path_factory.mktemp("studied")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(presets, "preset_of", small)
        done(*STUDY, f"{folder}/rl", "--seeds", "1")
    return folder / "rl"


STUDY = ("bench", "rl", "--shown", "6", "--steps", "4", "--iterations", "2", "--tested", "8", "--out")
ASKED = Study(seeds=1, shown=6, steps=4, iterations=2, tested=8)


def test_a_study_leaves_an_outcome_of_each_arm_and_the_pages(studied: Path) -> None:
    told = json.loads((studied / "rl.json").read_text())

    assert list(ARMS) == [one.arm for one in outcomes_of(ASKED, studied)]
    assert [outcome_json(one) for one in outcomes_of(ASKED, studied)] == [
        one | {"curve": tuple(map(tuple, one["curve"]))} for one in told["outcomes"]
    ]
    assert {"command", "date", "machine", "torch"} <= set(told["run"])
    assert (studied / "rl.png").read_bytes().startswith(b"\x89PNG")
    assert "All 5 runs have ended." in (studied / "rl.md").read_text()
    assert [4, 2, 2, 2] == [one.steps for one in outcomes_of(ASKED, studied) if one.arm != "control"]


def test_sft_and_control_are_shown_the_same_few_levels_and_grpo_none(studied: Path) -> None:
    settings = {arm: read(checkpoints(studied / "seed-0" / arm)[-1])[0]["settings"] for arm in ARMS}

    assert [f"maze/tiny/train/{i}" for i in range(6)] == settings["sft"]["lessons"] == settings["control"]["lessons"]
    assert settings["sft"] == settings["control"]
    for arm, weights, window in (("early", "ours", "early"), ("all", "ours", "all"), ("sparse", "sparse", "early")):
        assert (weights, window) == (settings[arm]["grpo"]["weights"], settings[arm]["grpo"]["window"]["policy"])
        assert "sft" not in settings[arm]


def test_the_control_goes_on_from_the_same_policy_for_as_long_as_early_took(studied: Path) -> None:
    found = {one.arm: one for one in outcomes_of(ASKED, studied)}
    lines = read_log(studied / "seed-0" / "control" / "sft.jsonl")
    step = found["sft"].processor / 4

    assert read_log(studied / "seed-0" / "sft" / "sft.jsonl") == lines[:4]
    assert max(1, round(found["early"].processor / step)) == found["control"].steps == len(lines) - 4
    assert found["control"].curve[0][0] < found["control"].processor + 1e-9
    assert found["control"].processor < sum(sum(line["processor"].values()) for line in lines[4:]) + 1e-9


def test_what_has_ended_is_not_run_again_and_what_is_missing_is(
    studied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presets, "preset_of", small)
    ran = list[str]()

    class Watched(evidence._Arm):
        def run(self) -> Outcome:
            ran.append(f"{self.arm} {self.seed}")
            return super().run()

    monkeypatch.setattr(evidence, "_Arm", Watched)
    path = studied / "seed-0" / "all.json"
    before = json.loads(path.read_text())
    done(*STUDY, str(studied), "--seeds", "1", "--pages", f"{tmp_path}/one")
    assert [] == ran

    path.unlink()
    done(*STUDY, str(studied), "--seeds", "1", "--pages", f"{tmp_path}/two")
    assert ["all 0"] == ran
    assert before == json.loads(path.read_text())
    for name in ("rl.md", "rl.png"):
        one, two = ((tmp_path / folder / name).read_bytes() for folder in ("one", "two"))
        assert one.replace(b"/one", b"/two") == two


def test_another_study_is_not_written_into_a_folder(studied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presets, "preset_of", small)
    ended = run(*(word if word != "6" else "7" for word in STUDY), str(studied), "--seeds", "1")

    assert 2 == ended.status
    assert "choose another folder" in ended.err


def test_what_has_ended_so_far_is_told_and_nothing_is_run(studied: Path, tmp_path: Path) -> None:
    some = tmp_path / "seed-0"
    some.mkdir()
    for name in ("sft.json", "early.json"):
        (some / name).write_bytes((studied / "seed-0" / name).read_bytes())
    done(*STUDY, str(tmp_path), "--seeds", "2", "--so-far")

    assert ["early.json", "sft.json"] == sorted(path.name for path in some.iterdir())
    assert "**Partial: 2 of 10 runs have ended" in (tmp_path / "rl.md").read_text()
    assert "that has ended, found none" in run(*STUDY, f"{tmp_path}/none", "--so-far").err


def test_more_demonstrations_and_more_seeds_are_other_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presets, "preset_of", small)
    one, other = ASKED.preset_of(0), replace(ASKED, shown=7).preset_of(1)

    assert (6, 7) == (one.shown, other.shown)
    assert one.tuning.run == one.training.run != other.training.run
    assert (4, 2) == (one.tuning.steps, one.training.iterations)


def test_the_weights_that_were_best_on_val_are_kept_whatever_comes_later(tmp_path: Path) -> None:
    policy, path = TinyPolicy(SHAPE), tmp_path / "chosen"
    (first, *_) = policy.parameters()
    shares = iter((0.25, 0.5, 0.5, 0.125))
    ask = choosing(policy, path, lambda: {"success": next(shares)})
    for value in range(4):
        with torch.no_grad():
            first.fill_(value)
        ask()

    assert 0.5 == load_chosen(policy, path)
    assert {1.0} == set(first.flatten().tolist())


def test_a_page_with_runs_missing_says_so_first(tmp_path: Path) -> None:
    some = [outcome("sft", 0, [False] * 8), outcome("early", 0, [True] * 8)]
    figures = summary(some, LEVELS)
    about = dict.fromkeys(("command", "date", "machine", "python", "torch", "diffusers"), "x")
    told = {"run": about, "study": vars(Study(seeds=3)), **figures, "outcomes": [outcome_json(one) for one in some]}
    page = told_as_page(told)
    plot(some, figures, tmp_path / "rl.png")

    assert "**Partial: 2 of 15 runs have ended; nothing is concluded yet.**" == page.splitlines()[2]
    assert "There is one seed" in page
    assert "| SFT alone | +100.0 [+100.0, +100.0] |" in page
    assert "control" not in page.split("| SFT alone")[1]


# ── what Early-Step Focus saves ──


class Two(torch.nn.Module):  # type: ignore[misc, unused-ignore]
    """A policy of two linear layers, of 24 numbers to 5 and back."""

    free = torch.ones(2, 3, 2, 2, dtype=torch.bool)

    def __init__(self) -> None:
        super().__init__()
        self.down, self.up = torch.nn.Linear(24, 5), torch.nn.Linear(5, 24)

    def encode(self, prompts: Sequence[str], images: Any) -> Condition:
        return Condition(torch.zeros(1, 2, 1, 2, 2), torch.zeros(1, 1, 1))

    def init(self, condition: Condition, seeds: Sequence[int]) -> Any:
        return torch.zeros(1, 2, 3, 2, 2)

    def velocity(self, x: Any, sigma: Any, condition: Condition) -> Any:
        return self.up(self.down(x.flatten(1))).reshape(x.shape)

    def decode(self, x: Any) -> Any: ...
    def sigmas(self, steps: int) -> Any: ...


def test_operations_are_those_of_the_products_forward_and_backward() -> None:
    product = 2 * 24 * 5
    found = count(Two(), LEVELS[0])

    assert 2 * product == found.free
    assert (2 + 3) * product == found.graded  # nobody asks for the gradient of what goes in


def test_operations_of_the_tiny_policy_are_three_times_as_many_with_a_gradient() -> None:
    policy = TinyPolicy(SHAPE)
    found = count(policy, LEVELS[0])

    assert 2.8 < found.ratio < 3
    assert all(weight.grad is None for weight in policy.parameters())


def test_the_formula_gives_the_papers_forty_percent() -> None:
    assert 0.4 == pytest.approx(formula(20, 10, 20, ratio=4.0, rest=0.0))
    assert 0.375 == pytest.approx(formula(20, 10, 20, ratio=3.0, rest=0.0))
    assert 0.351 == pytest.approx(formula(20, 10, 19, ratio=4.0, rest=6.6), abs=5e-4)


def lines_of(replayed: Sequence[int], gradient: float) -> list[dict[str, Any]]:
    """The log of a run whose rollout steps take a hundredth of a second, its replays so many times that."""
    return [
        {
            "films": 10,
            "replayed": number,
            "processor": {"sample": 2.0, "replay": 0.01 * gradient * number, "judge": 0.5, "examine": 99.0},
            "seconds": {"sample": 4.0, "replay": 0.02 * gradient * number, "judge": 1.0, "examine": 99.0},
        }
        for number in replayed
    ]


def test_what_takes_the_time_that_was_counted_saves_what_was_predicted() -> None:
    logs = {"early": lines_of([100, 60, 80], 3.0), "all": lines_of([190, 110, 150], 3.0)}
    told = compared(logs, Race(turn=2), Training("race", levels=1, group=10, batch=10), 3.0)

    assert told["predicted_saving"] == told["measured_saving"] == told["by_the_clock"]
    assert round(1 - (3 * 2.5 + 7.2) / (3 * 2.5 + 13.5), 4) == told["measured_saving"]
    assert 3.0 == told["gradient_took"]
    assert 5.0 == told["rest_of_a_film"]
    assert round(1 - (20 + 30 + 5) / (20 + 57 + 5), 4) == told["formula"]
    assert [round(1 - (5 + 4.8) / (5 + 9.0), 4), round(1 - (2.5 + 2.4) / (2.5 + 4.5), 4)] == told["measured_by_turn"]
    assert {"free": 600, "graded": 240} == told["evaluations"]["early"]


def test_gradients_that_take_longer_than_their_operations_show() -> None:
    logs = {"early": lines_of([100, 60, 80], 6.0), "all": lines_of([190, 110, 150], 6.0)}
    told = compared(logs, Race(turn=2), Training("race", levels=1, group=10, batch=10), 3.0)

    assert told["measured_saving"] > told["predicted_saving"] + 0.05
    assert 6.0 == told["gradient_took"]


def test_a_race_goes_in_turns_and_on_where_it_was_stopped(
    studied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presets, "preset_of", small)
    ran = list[tuple[str, int]]()

    def watched(policy: Any, asked: Any, training: Training, folder: Path, **options: Any) -> Any:
        ran.append((training.window.policy, training.iterations))
        return train(policy, asked, training, folder, **options)

    monkeypatch.setattr(esf, "train", watched)
    options = ["--steps", "6", "--size", "2", "--tested", "4", "--json", "--iterations"]
    command = ["bench", "esf", str(studied / "seed-0" / "sft"), "--out", str(tmp_path), *options]
    done(*command, "4")
    told = json.loads(done(*command, "6"))

    assert [("early", 4), ("all", 4)] * 2 + [("early", 6), ("all", 6)] == ran
    assert [1, 2, 3, 4, 5, 6] == [line["step"] for line in read_log(tmp_path / "all" / "grpo.jsonl")]
    assert {"early": 6, "all": 6} == told["iterations"]
    assert {"predicted_saving", "measured_saving", "formula", "success", "operations"} <= set(told)
    assert 4 == told["success"]["early"]["n"]
    assert told == json.loads((tmp_path / "esf.json").read_text())
