"""SDE-GRPO lifts the verified reward of a small policy, and holds to what is told of it when things go wrong."""

import json
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="the rl extra is not installed")
pytest.importorskip("diffusers", reason="the rl extra is not installed")

import safetensors.torch
import torch

from puzzlereel.baselines.sde_grpo import train as trainer
from puzzlereel.baselines.sde_grpo.grpo import Advantages, advantages
from puzzlereel.baselines.sde_grpo.lessons import lessons
from puzzlereel.baselines.sde_grpo.metrics import Clock, read_log
from puzzlereel.baselines.sde_grpo.policy import Condition, Policy, TinyShape
from puzzlereel.baselines.sde_grpo.replays import Replayed
from puzzlereel.baselines.sde_grpo.rewards import Asked, examine, figures_of, film_all, rewards_of
from puzzlereel.baselines.sde_grpo.rollout import sample
from puzzlereel.baselines.sde_grpo.sde import moves, sigmas
from puzzlereel.baselines.sde_grpo.seeds import normal
from puzzlereel.baselines.sde_grpo.state import Run, checkpoints, read
from puzzlereel.baselines.sde_grpo.train import Training, loss_of, train
from puzzlereel.baselines.sde_grpo.window import Window
from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.verifiers.apart import Judged, Judges, judge_rollout
from puzzlereel.verifiers.reward import weights_of

torch.set_num_threads(1)
LESSONS = lessons("maze", "train", range(4), TinyShape())
TRAINING = Training("knob", iterations=12, levels=4, group=8, batch=16, steps=6, lr=0.1, ema=0.5, every=4)


class Knob(torch.nn.Module):  # type: ignore[misc, unused-ignore]
    """A policy whose data are Gaussian around `middle`, which it learns: high latents are a solution, low ones nothing.

    It is the exact flow of such data. Latent frame 0 is the number of the level.
    """

    def __init__(self, middle: float = -0.3) -> None:
        super().__init__()
        self.middle = torch.nn.Parameter(torch.full((1, 2, 2, 2), middle))
        self.free = torch.ones(1, 3, 2, 2, dtype=torch.bool)
        self.free[:, 0] = False
        self.first = torch.stack([torch.from_numpy(lesson.film[0]) for lesson in LESSONS])

    def encode(self, prompts: Sequence[str], images: Any) -> Condition:
        number = (images[:, None] == self.first).flatten(2).all(2).float().argmax(1)
        return Condition(number.float().reshape(-1, 1, 1, 1, 1).expand(-1, 1, 1, 2, 2), torch.zeros(len(prompts), 1, 1))

    def init(self, condition: Condition, seeds: Sequence[int]) -> Any:
        return torch.where(self.free, normal(seeds, (1, 3, 2, 2)), condition.first)

    def velocity(self, x: Any, sigma: Any, condition: Condition) -> Any:
        s = sigma[:, None, None, None, None]
        variance = (1 - s) ** 2 + s**2
        off = x[:, :, 1:] - (1 - s) * self.middle
        v = (s - (1 - s)) / variance * off - self.middle
        return torch.cat([torch.full_like(x[:, :, :1], 7.0), v], 2)

    def decode(self, x: Any) -> Any:
        films = []
        for one in x:
            film = torch.from_numpy(LESSONS[int(one[0, 0, 0, 0]) % len(LESSONS)].film)
            films.append(film if one[:, 1:].mean() > 0 else film[:1].expand_as(film))
        return torch.stack(films)

    def sigmas(self, steps: int) -> tuple[float, ...]:
        return sigmas(steps, 1.0)


class Here(Judges):
    """A judge in this process, which may fail over some films."""

    def __init__(self, fails: int = 0) -> None:
        super().__init__(0)
        self.fails, self.seen = fails, 0

    def judge(self, rollouts: Any) -> Iterator[Judged]:
        for rollout in rollouts:
            self.seen += 1
            bad = self.fails and self.seen % self.fails == 0
            yield Judged(None, "it broke") if bad else Judged(judge_rollout(rollout))


@pytest.fixture
def judges() -> Iterator[Judges]:
    with Judges(1) as judges:
        yield judges


def go(folder: Path, judges: Judges, policy: Any = None, **options: Any) -> Run:
    return train(policy or Knob(), LESSONS, replace(TRAINING, **options), folder, judges=judges)


def rewards(folder: Path) -> list[float]:
    return [line["reward"] for line in read_log(folder / "grpo.jsonl")]


def test_a_knob_is_a_policy_that_begins_with_few_solutions(judges: Judges) -> None:
    asked = [Asked(LESSONS[i % 4], ("knob", i)) for i in range(64)]
    along = moves(Knob().sigmas(6), "ode", 1.0, ())
    figures = figures_of(asked, film_all(Knob(), asked, along, batch=64, judges=judges, clock=Clock()))

    assert isinstance(Knob(), Policy)
    assert 0.02 < figures["success"] < 0.3


def test_training_lifts_the_verified_reward(tmp_path: Path, judges: Judges) -> None:
    run = go(tmp_path, judges)
    told = rewards(tmp_path)

    assert sum(told[:2]) / 2 < 0.3
    assert LIFTED < sum(told[-2:]) / 2
    assert 0.3 < float(run.policy.middle.detach().mean())


LIFTED = 0.8


def wrong_sign(monkeypatch: pytest.MonkeyPatch, policy: Knob) -> None:
    def negated(*asked: Any, **options: Any) -> Advantages:
        values, live = advantages(*asked, **options)
        return Advantages(-values, live)

    monkeypatch.setattr(trainer, "advantages", negated)


def shuffled(monkeypatch: pytest.MonkeyPatch, policy: Knob) -> None:
    generator = torch.Generator().manual_seed(1)

    def mixed(*asked: Any, **options: Any) -> Advantages:
        values, live = advantages(*asked, **options)
        places = torch.randperm(len(values), generator=generator)
        return Advantages(values[places], live[places])

    monkeypatch.setattr(trainer, "advantages", mixed)


def no_mask(monkeypatch: pytest.MonkeyPatch, policy: Knob) -> None:
    policy.free[:] = True


@pytest.mark.parametrize("broken", [wrong_sign, shuffled, no_mask])
def test_training_with_a_broken_part_does_not(
    tmp_path: Path, judges: Judges, monkeypatch: pytest.MonkeyPatch, broken: Any
) -> None:
    policy = Knob()
    broken(monkeypatch, policy)
    go(tmp_path, judges, policy)

    assert sum(rewards(tmp_path)[-2:]) / 2 < LIFTED - 0.3


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in checkpoints(folder)[-1].iterdir()}


def told(folder: Path) -> list[dict[str, Any]]:
    lines = read_log(folder / "grpo.jsonl")
    return [{key: value for key, value in line.items() if key not in ("seconds", "processor")} for line in lines]


def test_a_run_that_was_interrupted_ends_as_one_that_was_not(tmp_path: Path, judges: Judges) -> None:
    whole, parted = tmp_path / "whole", tmp_path / "parted"
    options: dict[str, Any] = {"updates": 2, "iterations": 5, "every": 2, "group": 4, "batch": 8}
    go(whole, judges, **options)
    go(parted, judges, **options | {"iterations": 2})
    broken = replace(TRAINING, **options)
    with pytest.raises(ZeroDivisionError):
        train(Knob(), LESSONS, broken, parted, judges=judges, examine=lambda: {"success": 1 / 0})
    torch.manual_seed(7)
    go(parted, judges, **options)

    assert contents(whole) == contents(parted)
    assert told(whole) == told(parted)
    assert [1, 2, 3, 4, 5] == [line["step"] for line in told(whole)]


def test_training_draws_no_random_number_of_others(tmp_path: Path, judges: Judges) -> None:
    before = torch.random.get_rng_state()
    go(tmp_path, judges, iterations=1)

    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("batch", [4, 32])
def test_results_depend_neither_on_batches_nor_on_workers(tmp_path: Path, batch: int, workers: int) -> None:
    with Judges(1) as alone, Judges(workers) as judges:
        one = go(tmp_path / "one", alone, iterations=2)
        other = go(tmp_path / "other", judges, iterations=2, batch=batch)

    assert rewards(tmp_path / "one") == rewards(tmp_path / "other")
    assert torch.allclose(one.policy.middle, other.policy.middle, atol=1e-5)


def test_films_are_judged_while_others_are_being_sampled() -> None:
    clock, happened = Clock(), list[str]()

    class Watched(Knob):
        def decode(self, x: Any) -> Any:
            happened.append("decoded")
            return super().decode(x)

    class Lazy(Judges):
        def judge(self, rollouts: Any) -> Iterator[Judged]:
            for rollout in rollouts:
                happened.append("taken")
                yield Judged(judge_rollout(rollout))

    asked = [Asked(LESSONS[0], ("lazy", i)) for i in range(4)]
    along = moves(Knob().sigmas(6), "ode", 1.0, ())
    filmed = film_all(Watched(), asked, along, batch=2, judges=Lazy(0), clock=clock)

    assert ["decoded", "taken", "taken", "decoded", "taken", "taken"] == happened
    assert [[0, 1], [2, 3]] == [take.rows for take in filmed.takes]
    assert {"sample", "decode", "judge", "wait"} == set(clock.read()["seconds"])


def test_every_iteration_tells_its_figures_and_where_its_time_went(tmp_path: Path, judges: Judges) -> None:
    go(tmp_path, judges, iterations=4)
    lines = read_log(tmp_path / "grpo.jsonl")

    assert [1, 2, 3, 4] == [line["step"] for line in lines]
    for line in lines:
        assert {"sample", "decode", "judge", "replay", "optimizer"} <= set(line["seconds"])
        assert set(line["seconds"]) == set(line["processor"])
        assert 32 == line["films"]
        assert 0 == line["unjudged"]
        assert set(line["by_moves"]) <= {str(len(lesson.way.moves)) for lesson in LESSONS}
        assert line["reward"] == pytest.approx(line["success"], abs=1e-9)  # a film is a solution, or stands still
    assert "examined" in lines[-1]


def test_with_one_update_all_ratios_are_one_and_with_more_the_later_ones_are_held_by_the_clip(
    tmp_path: Path, judges: Judges
) -> None:
    go(tmp_path / "one", judges, iterations=3)
    go(tmp_path / "two", judges, iterations=3, updates=2)
    go(tmp_path / "held", judges, iterations=3, updates=2, kappa=1e-4)
    one, two, held = (read_log(tmp_path / name / "grpo.jsonl") for name in ("one", "two", "held"))

    assert all(1 == line["ratio_least"] == line["ratio_most"] and 0 == line["clipped"] for line in one)
    assert all(line["ratio_least"] < 1 < line["ratio_most"] for line in two)
    assert all(line["clipped"] > 0.3 for line in held)
    assert [1, 2, 3] == [line["updates"] for line in one]
    assert [2, 4, 6] == [line["updates"] for line in two]


def test_an_update_that_nothing_was_done_before_has_ratios_of_exactly_one(
    tmp_path: Path, judges: Judges, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = list[float]()

    def watched(figures: Any) -> Any:
        seen.extend(torch.cat(figures["ratio"]).tolist())
        return {}

    monkeypatch.setattr(trainer, "summary", watched)
    monkeypatch.setattr(trainer, "update", lambda *_, **__: 0.0)
    go(tmp_path, judges, iterations=2, updates=2)

    assert {1.0} == set(seen)


def test_divergence_from_the_first_policy_is_told_and_paid_for(tmp_path: Path, judges: Judges) -> None:
    cheap = go(tmp_path / "cheap", judges, beta=1e-9, iterations=6)
    dear = go(tmp_path / "dear", judges, beta=10.0, iterations=6)
    lines = read_log(tmp_path / "cheap" / "grpo.jsonl")

    assert 0 == lines[0]["divergence"]
    assert 0.001 < lines[-1]["divergence"]
    assert moved(dear) < 0.3 * moved(cheap)


def test_divergence_costs_the_same_at_every_step_and_nothing_where_a_film_does_not_count() -> None:
    policy, training = Knob(), replace(TRAINING, beta=2.0, updates=2)
    along = moves(policy.sigmas(6), training.kind, training.eta, range(3))
    condition = policy.encode([""] * 2, policy.first[:2])
    kept = sample(policy, condition, along, [("divergence", i) for i in range(2)]).kept[0]
    some = Replayed(condition, kept, along[0], torch.tensor([1.0, 0.0]), torch.tensor([True, False]))
    seen: dict[str, list[torch.Tensor]] = defaultdict(list)
    losses = {weight: loss_of(policy, Knob(0.5), some, training, weight, seen) for weight in (1.0, 3.0)}
    (apart,), (loss,) = seen["divergence"][0].tolist(), seen["loss"][0].tolist()

    assert apart > 0
    for weight, found in losses.items():
        assert [weight * loss + 2 * apart, 0] == pytest.approx(found.tolist(), rel=1e-5)


def moved(run: Run) -> float:
    """How far training moved a knob."""
    return float((run.policy.middle - Knob().middle).detach().abs().mean())


def test_groups_in_which_all_films_are_alike_teach_nothing(tmp_path: Path, judges: Judges) -> None:
    run = go(tmp_path, judges, Knob(5.0), iterations=2)

    assert [0, 0] == [line["live"] for line in read_log(tmp_path / "grpo.jsonl")]
    assert 0 == run.updates
    assert torch.equal(torch.full((1, 2, 2, 2), 5.0), run.policy.middle)


def test_films_over_which_the_verifier_failed_count_nowhere(tmp_path: Path) -> None:
    go(tmp_path, Here(fails=3), iterations=6)
    lines = read_log(tmp_path / "grpo.jsonl")

    assert {line["unjudged"] for line in lines} <= {10, 11}
    assert all(["it broke"] == line["errors"] for line in lines)
    assert lines[-1]["reward"] > lines[0]["reward"] + 0.2


def test_an_error_of_the_verifier_is_no_verdict() -> None:
    class Broken(Judges):
        def judge(self, rollouts: Any) -> Iterator[Judged]:
            return (Judged(None, "division by zero") for _ in rollouts)

    asked = [Asked(LESSONS[0], ("broken", i)) for i in range(2)]
    along = moves(Knob().sigmas(6), "ode", 1.0, ())
    filmed = film_all(Knob(), asked, along, batch=2, judges=Broken(0), clock=Clock())

    assert [None, None] == filmed.verdicts
    assert ["division by zero"] == filmed.errors
    assert 2 == figures_of(asked, filmed)["unjudged"]


class Odd(Knob):
    """A policy that goes wrong over the second level, in one way or another."""

    def __init__(self, way: str) -> None:
        super().__init__()
        self.way = way

    def velocity(self, x: Any, sigma: Any, condition: Condition) -> Any:
        v = super().velocity(x, sigma, condition)
        second = (condition.first == 1).expand_as(v[:, :, :1]).all(2, keepdim=True).expand_as(v)
        if self.way == "latents" or (self.way == "loss" and torch.is_grad_enabled()):
            return torch.where(second, torch.nan, v)
        if self.way == "gradient" and torch.is_grad_enabled() and second.any():
            return v + (0 * self.middle.sum()).sqrt()
        return v


@pytest.mark.parametrize(("way", "levels"), [("loss", {1}), ("gradient", {0, 1, 2, 3})])
def test_an_update_that_is_not_finite_is_skipped_and_its_films_are_written_down(
    tmp_path: Path, judges: Judges, way: str, levels: set[int]
) -> None:
    run = go(tmp_path, judges, Odd(way), iterations=2)

    assert 0 == run.updates
    assert torch.equal(Knob().middle, run.policy.middle)
    assert [None, None] == [line["norm"] for line in read_log(tmp_path / "grpo.jsonl")]
    assert ["00000000-0", "00000001-0"] == sorted(path.name for path in (tmp_path / "skipped").iterdir())
    told, tensors = written(tmp_path / "skipped" / "00000000-0")
    assert {film["lesson"] for film in told["films"]} <= {LESSONS[number].id for number in levels}
    assert "knob" == told["films"][0]["name"][0]
    assert 0 == told["step"]
    for name in ("before", "after", "z"):
        assert (len(told["films"]), 1, 3, 2, 2) == tensors[name].shape
    assert (len(told["films"]),) == tensors["advantage"].shape


def written(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    state = json.loads((path / "state.json").read_text())
    return state, safetensors.torch.load_file(path / "tensors.safetensors")


@pytest.mark.parametrize("updates", [1, 2])
def test_films_whose_latents_are_not_finite_are_left_out_and_told(tmp_path: Path, judges: Judges, updates: int) -> None:
    run = go(tmp_path, judges, Odd("latents"), updates=updates, iterations=6)
    lines = read_log(tmp_path / "grpo.jsonl")

    assert all(8 == line["unjudged"] for line in lines)
    assert all(["the latents are not finite"] == line["errors"] for line in lines)
    assert run.updates > 3 * updates
    assert lines[-1]["reward"] > lines[0]["reward"] + 0.2


def test_examined_are_the_averaged_weights(tmp_path: Path, judges: Judges) -> None:
    policy, seen = Knob(), list[Any]()

    def watch() -> dict[str, float]:
        seen.append(policy.middle.detach().clone())
        return {"mean": float(policy.middle.detach().mean())}

    run = train(policy, LESSONS, replace(TRAINING, every=1, iterations=3), tmp_path, judges=judges, examine=watch)
    lines = read_log(tmp_path / "grpo.jsonl")

    assert [1, 2, 3] == [line["step"] for line in lines if "examined" in line]
    assert torch.equal(run.ema["middle"], seen[-1])
    assert not torch.equal(run.policy.middle, seen[-1])
    assert float(seen[0].mean()) == lines[0]["examined"]["mean"]


def test_an_examination_films_every_lesson_once_from_noise_that_is_always_the_same(judges: Judges) -> None:
    copies = [replace(lesson) for lesson in LESSONS]
    first = examine(Knob(), LESSONS, run="x", steps=6, batch=4, judges=judges)
    again = examine(Knob(), copies, run="x", steps=6, batch=3, judges=judges)
    likely = examine(Knob(3.0), LESSONS, run="x", steps=6, batch=4, judges=judges)

    assert first == again
    assert (4, 1.0, 1.0) == (likely["films"], likely["success"], likely["reward"])
    assert {str(len(lesson.way.moves)): 1.0 for lesson in LESSONS} == likely["by_moves"]


def test_rewards_are_those_of_the_weights_that_are_named() -> None:
    still = LESSONS[0].answered(torch.from_numpy(LESSONS[0].film[:1]).expand(9, -1, -1, -1))
    half = LESSONS[0].answered(torch.from_numpy(LESSONS[0].film[:2]))
    verdicts = [
        judge_rollout(LESSONS[0].answered(torch.from_numpy(LESSONS[0].film))),
        *map(judge_rollout, (still, half)),
        None,
    ]
    ours, sparse = (rewards_of(verdicts, weights_of(name)).tolist() for name in ("ours", "sparse"))

    assert [1.0, 0.0] == ours[:2]
    assert 0 < ours[2] < 0.5
    assert [1.0, 0.0, 0.0] == sparse[:3]
    assert math.isnan(ours[3])
    assert math.isnan(sparse[3])


TWICE: dict[str, Any] = {"iterations": 2, "updates": 2, "batch": 8}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A knob after some updates with the usual options."""
    return go(tmp_path_factory.mktemp("plain"), Here(), **TWICE)


OPTIONS: Mapping[str, Any] = {
    "kind": "dance",
    "eta": 0.3,
    "scale": "none",
    "floor": 1.0,
    "norm": False,
    "step_weight": "none",
    "beta": 50.0,
    "longest": 1e-9,
    "lr": 0.01,
    "window": Window("all"),
}


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_of_training_changes_what_is_learned(option: str, plain: Run, tmp_path: Path) -> None:
    other = go(tmp_path, Here(), **TWICE, **{option: OPTIONS[option]})

    assert moved(plain) > 0
    assert not torch.allclose(plain.policy.middle, other.policy.middle, rtol=0, atol=1e-5)


@pytest.mark.parametrize("kappa", [1e-4, 100.0])
def test_kappa_bounds_what_later_updates_learn(kappa: float, tmp_path: Path) -> None:
    go(tmp_path, Here(), iterations=1, updates=2, batch=8, kappa=kappa)

    assert (kappa < 1) == (read_log(tmp_path / "grpo.jsonl")[0]["clipped"] > 0)


def test_films_that_are_no_whole_batches_of_updates_are_refused() -> None:
    with pytest.raises(PuzzlereelError, match="4 × 8 films to be whole batches of 12 in each of 1 updates"):
        replace(TRAINING, batch=12)
    with pytest.raises(PuzzlereelError, match="whole batches of 16 in each of 4 updates"):
        replace(TRAINING, updates=4)


def test_a_checkpoint_tells_its_settings(tmp_path: Path, judges: Judges) -> None:
    go(tmp_path, judges, iterations=1)
    settings = read(checkpoints(tmp_path)[-1])[0]["settings"]

    assert 0.2 == settings["grpo"]["kappa"]
    assert "early" == settings["grpo"]["window"]["policy"]
    assert [lesson.id for lesson in LESSONS] == settings["lessons"]
