"""Processes that train together do what one does alone, and end together."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

pytest.importorskip("torch", reason="the rl extra is not installed")
pytest.importorskip("diffusers", reason="the rl extra is not installed")

import ranked
import torch
from tiny_wan import build

from puzzlereel.baselines.sde_grpo import ranks
from puzzlereel.baselines.sde_grpo.metrics import read_log
from puzzlereel.baselines.sde_grpo.state import checkpoints, read
from puzzlereel.baselines.sde_grpo.wan_runs import put_average
from puzzlereel.puzzles.core import PuzzlereelError

torch.set_num_threads(1)
CLOCKS = ("seconds", "processor")
MORE: dict[str, Any] = {"kind": "full", "beta": 0.1, "updates": 2, "batch": 2, "exam": True}
RUNS: dict[str, tuple[str, dict[str, Any]]] = {
    "sft-lora": ("sft", {"kind": "lora"}),
    "sft-full": ("sft", {"kind": "full"}),
    "sft-parts": ("sft", {"kind": "full", "at_once": 1}),
    "grpo-lora": ("grpo", {"kind": "lora"}),
    "grpo-full": ("grpo", {"kind": "full"}),
    "more": ("grpo", MORE),
    "tiny": ("tiny", {}),
}


class Ended(NamedTuple):
    statuses: list[int]
    told: str


def launch(count: int, folder: Path, *calls: tuple[str, Mapping[str, Any]]) -> Ended:
    """So many processes, which do these things one after another."""
    asked = [sys.executable, str(Path(ranked.__file__)), str(count), str(folder), json.dumps(calls)]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=600, check=False)
    assert done.stdout, done.stderr
    return Ended(json.loads(done.stdout), done.stderr)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the model, with all runs of one process, NAME-1, and of two, NAME-2."""
    folder = tmp_path_factory.mktemp("ranks")
    build(folder / "model")
    for name, (call, options) in RUNS.items():
        ranked.CALLS[call](folder, name=f"{name}-1", **options)
    ended = launch(2, folder, *[(call, {"name": f"{name}-2"} | options) for name, (call, options) in RUNS.items()])
    assert [0, 0] == ended.statuses, ended.told
    return folder


def tensors(run: Path, number: int = -1) -> dict[str, torch.Tensor]:
    return read(checkpoints(run)[number])[1]


def contents(run: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in checkpoints(run)[-1].iterdir()}


def told(run: Path) -> list[dict[str, Any]]:
    """The log, without its times."""
    (path,) = run.glob("*.jsonl")
    return [{key: value for key, value in line.items() if key not in CLOCKS} for line in read_log(path)]


def check_close(one: Path, other: Path, most: float, kinds: tuple[str, ...] = ("policy", "ema", "optimizer")) -> None:
    """The newest checkpoints hold the same tensors, within so much."""
    first, second = tensors(one), tensors(other)

    assert first.keys() == second.keys()
    far = {name: float((first[name] - second[name]).abs().max()) for name in first if name.split("/")[0] in kinds}
    assert {} == {name: apart for name, apart in far.items() if not apart <= most}


@pytest.mark.parametrize("name", ["sft-lora", "sft-full", "sft-parts", "grpo-lora", "grpo-full", "more"])
def test_two_processes_take_the_same_steps_as_one(place: Path, name: str) -> None:
    one, two = place / f"{name}-1", place / f"{name}-2"
    before = ranked.policy_of(place, RUNS[name][1]["kind"]).state_dict()
    moved = max(
        float((weight - before[key[7:]]).abs().max()) for key, weight in tensors(one).items() if key[7:] in before
    )

    assert moved > 0.01
    check_close(one, two, 1e-4)
    for first, second in zip(told(one), told(two), strict=True):
        assert first.keys() == second.keys()
        for key in {"loss", "norm", "reward", "live", "canary", "ratio", "divergence"} & set(first):
            assert first[key] == pytest.approx(second[key], rel=1e-3, abs=1e-6)
        for key in ("step", "updates", "films", "unjudged", "replayed", "errors", "by_moves"):
            assert first.get(key) == second.get(key)
        one_exam, other = (line.get("examined", {}) for line in (first, second))
        assert one_exam.get("films") == other.get("films") == (3 if name == "more" else None)
        assert one_exam.get("reward", 0) == pytest.approx(other.get("reward", 0), abs=3e-4)


def test_two_processes_teach_a_policy_from_nothing_as_one_does(place: Path) -> None:
    one, two = place / "tiny-1", place / "tiny-2"

    # Some weights of this policy matter to nothing: AdamW makes steps of the noise that is their gradient.
    check_close(one, two, 1e-6, ("optimizer",))
    assert [line["loss"] for line in told(one)] == pytest.approx([line["loss"] for line in told(two)], rel=1e-5)
    for name, tensor in tensors(one).items():
        if "codec" in name:
            assert torch.equal(tensor, tensors(two)[name])


def test_large_policies_are_shared_out_and_others_are_whole(place: Path) -> None:
    parts = ["tensors-00001-of-00002.safetensors", "tensors-00002-of-00002.safetensors"]

    assert {"state.json", "tensors.safetensors"} == set(contents(place / "grpo-lora-2"))
    assert {"state.json", *parts} == set(contents(place / "grpo-full-2"))
    first, second = (len(contents(place / "grpo-full-2")[part]) for part in parts)
    assert 0.8 < first / second < 1.3

    policy = ranked.policy_of(place, "full", seed=5)
    put_average(policy, place / "grpo-full-2")
    held = tensors(place / "grpo-full-2")
    assert all(torch.equal(held[f"ema/{name}"], weight) for name, weight in policy.state_dict().items())


def test_runs_go_on_from_shared_out_checkpoints_with_any_number_of_processes(place: Path) -> None:
    part: tuple[str, dict[str, Any]] = ("grpo", {"name": "same", "kind": "full", "iterations": 1})
    again = ("grpo", {"name": "same", "kind": "full", "seed": 5})
    fewer = ("grpo", {"name": "fewer", "kind": "full", "iterations": 1})
    ranked.grpo(place, name="further", kind="full", iterations=1)
    ended = launch(2, place, part, again, fewer, ("grpo", {"name": "further", "kind": "full"}))
    ranked.grpo(place, name="fewer", kind="full")

    assert [0, 0] == ended.statuses, ended.told
    assert contents(place / "grpo-full-2") == contents(place / "same")
    assert told(place / "grpo-full-2") == told(place / "same")
    for name in ("fewer", "further"):
        check_close(place / "grpo-full-1", place / name, 1e-4)
        assert [1, 2] == [line["step"] for line in told(place / name)]


def test_a_process_that_is_killed_ends_all_and_costs_no_more_than_the_steps_since_the_checkpoint(place: Path) -> None:
    runs = {kind: {"name": f"killed-{kind}", "kind": kind} for kind in ("lora", "full")}
    for options in runs.values():
        ended = launch(2, place, ("killed", options))
        assert [2, -signal.SIGKILL] == ended.statuses, ended.told
        assert "LostRank: process 0 of 2 has lost another one (" in ended.told
        assert "): the same command goes on from the newest checkpoint" in ended.told
        assert ["step-00000001"] == [path.name for path in checkpoints(place / options["name"])]

    again = launch(2, place, *[("grpo", options) for options in runs.values()])
    assert [0, 0] == again.statuses, again.told
    for kind, options in runs.items():
        assert contents(place / f"grpo-{kind}-2") == contents(place / options["name"])
        assert told(place / f"grpo-{kind}-2") == told(place / options["name"])


def test_an_update_that_one_process_finds_odd_is_skipped_by_all_and_others_settings_are_refused(place: Path) -> None:
    odd = [("odd", {"name": f"odd-{kind}", "kind": kind}) for kind in ("lora", "full")]
    ended = launch(2, place, *odd, ("unlike", {"name": "unlike"}))

    assert [2, 2] == ended.statuses, ended.told
    assert 2 == ended.told.count("OtherRank: expected all 2 processes to be given the same settings")
    assert not checkpoints(place / "unlike")
    for kind in ("lora", "full"):
        (line,) = told(place / f"odd-{kind}")
        before = ranked.policy_of(place, kind).state_dict()
        assert (0, None) == (line["updates"], line["norm"])
        # Gradients of what is shared out are those of all processes: films of the others may be the odd ones then.
        written = sorted(path.name for path in (place / f"odd-{kind}" / "skipped").iterdir())
        assert {"lora": [], "full": ["00000000-0-0"]}[kind] + ["00000000-0-1"] == written
        found = tensors(place / f"odd-{kind}")
        assert all(torch.equal(weight, found[f"policy/{name}"]) for name, weight in before.items())


def test_turns_keep_processes_in_step_and_shares_leave_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranks, "count", lambda: 3)
    turns, shares = [], []
    for number in range(3):
        monkeypatch.setattr(ranks, "rank", lambda number=number: number)
        turns.append([*ranks.turns(4)])
        shares += [*ranks.share(7)]

    assert [[(0, True), (3, True)], [(1, True), (0, False)], [(2, True), (1, False)]] == turns
    assert [*range(7)] == shares
    with pytest.raises(PuzzlereelError, match="as many films a step as processes, got 2 for 3"):
        ranks.share(2)


def test_torchrun_trains_the_tiny_preset_and_its_first_process_alone_speaks(tmp_path: Path) -> None:
    command = ["-m", "puzzlereel", "train", "sft", "--out", str(tmp_path / "run"), "--shown", "4", "--steps", "2"]
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*launcher, *command], capture_output=True, text=True, timeout=600, check=False, env=environment
    )

    assert 0 == done.returncode, done.stderr
    assert 1 == done.stdout.count("2 steps, not good enough yet")
    assert 1 == done.stdout.count("val: success")
    assert [1, 2] == [line["step"] for line in told(tmp_path / "run")]
    assert 128 == told(tmp_path / "run")[-1]["examined"]["films"]
