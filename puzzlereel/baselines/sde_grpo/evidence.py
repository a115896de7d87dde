"""What SDE-GRPO is worth beside more SFT: from one policy that saw few films, several ways to go on.

few films ── SFT ──┬── sft        as it is
                   ├── early      SDE-GRPO: dense reward, the first half of the steps trained (Early-Step Focus)
                   ├── control    more SFT on the same films, for as much processor time as `early` took
                   ├── all        as early, but all steps but the last are trained
                   └── sparse     as early, but success alone is rewarded

Each with several seeds: of the weights, of all noise and of the order of the data. Of each run the examination with the
most success on val chooses the weights, which then film the levels of test once, from the same noise in every arm.

OUT/study.json           what is studied
OUT/seed-0/early/        the run; OUT/seed-0/early.chosen: the weights that val chose
OUT/seed-0/early.json    what came of it: kept, and never made again
"""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch

from puzzlereel.baselines.sde_grpo import presets
from puzzlereel.baselines.sde_grpo.lessons import Lesson, lessons
from puzzlereel.baselines.sde_grpo.metrics import Clock, Tell, read_log, training_time
from puzzlereel.baselines.sde_grpo.policy import TinyPolicy
from puzzlereel.baselines.sde_grpo.presets import Preset, exam
from puzzlereel.baselines.sde_grpo.rewards import Asked, film_all
from puzzlereel.baselines.sde_grpo.runs import About, begin_run, policy_of
from puzzlereel.baselines.sde_grpo.sde import moves
from puzzlereel.baselines.sde_grpo.sft import tune
from puzzlereel.baselines.sde_grpo.train import train
from puzzlereel.baselines.sde_grpo.window import Window
from puzzlereel.files import whole, write_whole
from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.verifiers.apart import Judges
from puzzlereel.workers import spread

ARMS = ("sft", "early", "control", "all", "sparse")
"""In the order in which they are run, each with all seeds: the control wants to know how long `early` took."""
TRAINED: Mapping[str, tuple[str, str]] = {
    "early": ("ours", "early"),
    "all": ("ours", "all"),
    "sparse": ("sparse", "early"),
}
"""The reward and the window of each arm that is SDE-GRPO."""
NEVER = 2.0
"""A success on val that none has: SFT takes all its steps."""


class OtherStudy(PuzzlereelError):
    """A folder in which something else was studied."""


class NothingYet(PuzzlereelError):
    """A study of which no arm has ended."""


@dataclass(frozen=True)
class Study:
    puzzle: str = "maze"
    preset: str = "tiny"
    seeds: int = 3
    """How many; the seeds are 0, 1, …"""
    shown: int = 60
    """Levels whose films SFT shows. SDE-GRPO asks for films of all levels of the preset, and is shown none."""
    steps: int = 1000
    """Steps of SFT, before the arms part: so many that success on val hardly rises any more."""
    iterations: int = 200
    """Iterations of SDE-GRPO, the same in each of its arms."""
    tested: int = 512
    """Levels of test."""

    def preset_of(self, seed: int) -> Preset:
        """How policies are trained with a seed."""
        chosen = presets.preset_of(self.preset, self.puzzle, seed)
        tuning = replace(chosen.tuning, steps=self.steps, enough=NEVER)
        training = replace(chosen.training, iterations=self.iterations)
        return replace(chosen, tuning=tuning, training=training, shown=self.shown)

    def held_out(self, preset: Preset) -> list[Lesson]:
        """The levels of test."""
        return lessons(self.puzzle, "test", range(self.tested), preset.shape)


@dataclass(frozen=True)
class Outcome:
    """What came of one arm with one seed."""

    arm: str
    seed: int
    steps: int
    """Steps of SFT, or iterations, of this arm alone."""
    processor: float
    """Seconds of processor time that its training took, without examinations."""
    seconds: float
    """The same by the clock, whatever else the machine did."""
    chosen: float
    """The success on val of the weights that were chosen."""
    curve: tuple[tuple[float, float], ...]
    """Seconds of processor time until each examination, and the success on val."""
    success: tuple[bool, ...]
    """Of each level of test."""
    arrived: tuple[bool, ...]


def run_study(study: Study, folder: Path, *, workers: int, tell: Tell) -> list[Outcome]:
    """Run every arm that has not been run yet, so many seeds at once; all outcomes. OtherStudy where they do not mix.

    More seeds may be asked for later.
    """
    _same(study, folder)
    write_whole(folder / "study.json", json.dumps(_told(study), indent=2) + "\n")
    for arm in ARMS:
        for seed, done in spread(partial(run_arm, study, folder, tell, arm), range(study.seeds), workers):
            if done is None:
                raise PuzzlereelError(f"the worker that ran {arm} with seed {seed} died, twice")
    return outcomes_of(study, folder)


def outcomes_of(study: Study, folder: Path) -> list[Outcome]:
    """What there is: all arms of a seed, and then those of the next. NothingYet where there is none."""
    _same(study, folder)
    paths = [folder / f"seed-{seed}" / f"{arm}.json" for seed in range(study.seeds) for arm in ARMS]
    found = [_outcome(path) for path in paths if path.exists()]
    if not found:
        raise NothingYet(f"expected an arm of {folder} that has ended, found none")
    return found


def _same(study: Study, folder: Path) -> None:
    path = folder / "study.json"
    if path.exists() and (found := json.loads(path.read_text(encoding="utf-8"))) != _told(study):
        raise OtherStudy(f"expected the study of {path}, {found}, got {_told(study)}: choose another folder")


def _told(study: Study) -> dict[str, Any]:
    return {key: value for key, value in asdict(study).items() if key != "seeds"}


def _outcome(path: Path) -> Outcome:
    told = json.loads(path.read_text(encoding="utf-8"))
    marks = {name: tuple(mark == "1" for mark in told[name]) for name in ("success", "arrived")}
    return Outcome(**told | marks | {"curve": tuple((at, share) for at, share in told["curve"])})


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """An outcome as it is written: successes are 1, and stand in a row."""
    marks = {name: "".join(str(int(one)) for one in getattr(outcome, name)) for name in ("success", "arrived")}
    return asdict(outcome) | marks


def run_arm(study: Study, folder: Path, tell: Tell, arm: str, seed: int) -> bool:
    """Run an arm with one seed, unless that was done; whether it was not."""
    torch.set_num_threads(1)
    path = folder / f"seed-{seed}" / f"{arm}.json"
    if path.exists():
        return False
    outcome = _Arm(study, folder / f"seed-{seed}", seed, arm, partial(_tell, tell, f"{arm} {seed}")).run()
    write_whole(path, json.dumps(outcome_json(outcome)) + "\n")
    tell(f"{path}: {100 * sum(outcome.success) / len(outcome.success):.1f} % of test, {outcome.processor:.0f} s")
    return True


def _tell(tell: Tell, name: str, text: str) -> None:
    tell(f"{name}: {text}")


@dataclass(frozen=True)
class _Arm:
    study: Study
    folder: Path
    seed: int
    arm: str
    tell: Tell

    def run(self) -> Outcome:
        """Train the arm, or go on with it, and let what val chose film test; all in this process, whose time counts."""
        preset = self.study.preset_of(self.seed)
        about = About(
            "grpo" if self.arm in TRAINED else "sft", self.study.preset, self.study.puzzle, self.seed, preset.shape
        )
        if self.arm == "control":
            preset = self._prolonged(preset)
        with Judges(1) as judges:
            policy, log = (self._grpo if self.arm in TRAINED else self._sft)(about, preset, judges)
            after = self.study.steps if self.arm == "control" else 0
            lines = [line for line in read_log(log) if line["step"] > after]
            chosen = load_chosen(policy, self._chosen)
            success, arrived = self._film(policy, preset, judges)
        return Outcome(
            self.arm,
            self.seed,
            len(lines),
            training_time(lines, "processor"),
            training_time(lines, "seconds"),
            chosen,
            tuple(curve(lines)),
            success,
            arrived,
        )

    def _sft(self, about: About, preset: Preset, judges: Judges) -> tuple[TinyPolicy, Path]:
        run = self.folder / self.arm
        begin_run(run, about)
        policy = TinyPolicy(about.shape, seed=self.seed)
        shown = lessons(self.study.puzzle, "train", range(preset.shown), preset.shape)
        ask = choosing(policy, self._chosen, exam(policy, about, preset, judges, self.tell))
        tune(policy, shown, preset.tuning, run, examine=ask)
        return policy, run / "sft.jsonl"

    def _grpo(self, about: About, preset: Preset, judges: Judges) -> tuple[TinyPolicy, Path]:
        run = self.folder / self.arm
        begin_run(run, about)
        policy = policy_of(self.folder / "sft")
        asked = lessons(self.study.puzzle, "train", range(preset.asked), preset.shape)
        ask = choosing(policy, self._chosen, exam(policy, about, preset, judges, self.tell))
        weights, window = TRAINED[self.arm]
        training = replace(preset.training, weights=weights, window=Window(window))
        train(policy, asked, training, run, judges=judges, examine=ask)
        return policy, run / "grpo.jsonl"

    def _prolonged(self, preset: Preset) -> Preset:
        """SFT from where it ended, for so many steps more as take as long as `early` did."""
        start, run = self.folder / "sft", self.folder / self.arm
        if not run.exists():
            draft = run.with_name(f".{run.name}.part")
            shutil.rmtree(draft, ignore_errors=True)
            shutil.copytree(start, draft)
            draft.rename(run)
        step = training_time(read_log(start / "sft.jsonl"), "processor") / self.study.steps
        more = round(_outcome(self.folder / "early.json").processor / step)
        return replace(preset, tuning=replace(preset.tuning, steps=self.study.steps + max(1, more)))

    def _film(self, policy: TinyPolicy, preset: Preset, judges: Judges) -> tuple[tuple[bool, ...], tuple[bool, ...]]:
        """Whether each level of test is solved, and whether its last board is."""
        asked = [Asked(one, ("evidence", self.seed, one.id)) for one in self.study.held_out(preset)]
        along = moves(policy.sigmas(preset.steps), "ode", 1.0, ())
        found = film_all(policy, asked, along, batch=64, judges=judges, clock=Clock()).verdicts
        return tuple(bool(one and one.success) for one in found), tuple(bool(one and one.arrived) for one in found)

    @property
    def _chosen(self) -> Path:
        return self.folder / f"{self.arm}.chosen"


def curve(lines: Sequence[Mapping[str, Any]]) -> Iterator[tuple[float, float]]:
    """The processor time until each examination that a log tells of, in seconds, and its success."""
    for number, line in enumerate(lines, start=1):
        if "examined" in line:
            yield training_time(lines[:number], "processor"), line["examined"]["success"]


def choosing(
    policy: TinyPolicy, path: Path, examine: Callable[[], Mapping[str, Any]]
) -> Callable[[], Mapping[str, Any]]:
    """An examination that also keeps the policy in a file, where it is better than the one that is kept there."""

    def ask() -> Mapping[str, Any]:
        found = examine()
        if not path.exists() or found["success"] > _success(path):
            tensors = {name: value.contiguous() for name, value in policy.state_dict().items()}
            with whole(path) as draft:
                safetensors.torch.save_file(tensors, draft, metadata={"success": repr(found["success"])})
        return found

    return ask


def load_chosen(policy: TinyPolicy, path: Path) -> float:
    """Give a policy the weights that are kept in a file; their success on val."""
    policy.load_state_dict(safetensors.torch.load_file(path))
    return _success(path)


def _success(path: Path) -> float:
    with safetensors.safe_open(path, "pt") as file:
        return float(file.metadata()["success"])
