"""Checkpoints are whole or not there, and a run that was killed ends as one that was not, bit for bit."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="the rl extra is not installed")
pytest.importorskip("diffusers", reason="the rl extra is not installed")

import safetensors.torch
import torch

from puzzlereel.baselines.sde_grpo import state
from puzzlereel.baselines.sde_grpo.lessons import lessons
from puzzlereel.baselines.sde_grpo.metrics import Clock, open_log, read_log, tell, training_time
from puzzlereel.baselines.sde_grpo.policy import TinyPolicy, TinyShape
from puzzlereel.baselines.sde_grpo.sft import Tuning, tune
from puzzlereel.baselines.sde_grpo.state import BadCheckpoint, Run, begin, checkpoints, load, resume, save
from puzzlereel.baselines.sde_grpo.update import averaged, update

torch.set_num_threads(1)
SHAPE = TinyShape(channels=8, layers=1, heads=1, head=32, feedforward=16)
TUNING = Tuning("killed", steps=12, batch=4, lr=1e-2, warmup=5, every=2, ema=0.9)


def tuned(folder: Path) -> Run:
    """A whole run of twelve small steps, or what is left of it."""
    torch.manual_seed(os.getpid())  # what others draw must not matter
    return tune(TinyPolicy(SHAPE, seed=1), lessons("maze", "train", range(6), SHAPE), TUNING, folder)


def start(folder: Path, before: str = "") -> Any:
    """The same in a process of its own, after some lines of Python."""
    code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\nimport test_state\n{before}\n"
    return subprocess.Popen([sys.executable, "-c", f"{code}test_state.tuned(test_state.Path({str(folder)!r}))"])


def contents(path: Path) -> dict[str, bytes]:
    """The files of a checkpoint."""
    return {file.name: file.read_bytes() for file in path.iterdir()}


def told(folder: Path) -> list[dict[str, Any]]:
    """The log, without its times."""
    lines = read_log(folder / "sft.jsonl")
    return [{key: value for key, value in line.items() if key not in ("seconds", "processor")} for line in lines]


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unbroken")
    tuned(folder)
    return folder


def check_same_end(unbroken: Path, folder: Path) -> None:
    """Both folders end with the same checkpoints and logs, and with nothing half written."""
    assert ["step-00000010", "step-00000012"] == [path.name for path in checkpoints(folder)]
    for one, other in zip(checkpoints(unbroken), checkpoints(folder), strict=True):
        assert contents(one) == contents(other)
    assert told(unbroken) == told(folder)
    assert list(range(1, 13)) == [line["step"] for line in told(folder)]
    assert not list(folder.glob(".*"))


DIE = """
import os, signal
from puzzlereel.baselines.sde_grpo import state
whole = state.Path.rename
def rename(path, target):
    if target.name == {name!r}:
        os.kill(os.getpid(), signal.SIGKILL)
    return whole(path, target)
state.Path.rename = rename
"""


def test_a_run_that_is_killed_while_it_writes_a_checkpoint_ends_as_one_that_is_not(
    unbroken: Path, tmp_path: Path
) -> None:
    died = start(tmp_path, DIE.format(name="step-00000006"))

    assert -signal.SIGKILL == died.wait(timeout=600)
    assert ["step-00000002", "step-00000004"] == [path.name for path in checkpoints(tmp_path)]
    (draft,) = tmp_path.glob(".step-00000006.*.part")
    assert {"state.json", "tensors.safetensors"} == {file.name for file in draft.iterdir()}
    assert 6 == told(tmp_path)[-1]["step"]

    tuned(tmp_path)
    check_same_end(unbroken, tmp_path)


def test_a_run_that_is_killed_at_any_moment_ends_as_one_that_is_not(unbroken: Path, tmp_path: Path) -> None:
    process, since = start(tmp_path), time.monotonic()
    while not checkpoints(tmp_path) and process.poll() is None and time.monotonic() - since < 600:
        time.sleep(0.002)
    process.kill()

    assert -signal.SIGKILL == process.wait(timeout=60)
    assert checkpoints(tmp_path)

    tuned(tmp_path)
    check_same_end(unbroken, tmp_path)


def test_a_run_that_is_done_is_not_gone_on_with(unbroken: Path, tmp_path: Path) -> None:
    asked = []

    def examine() -> dict[str, float]:
        asked.append(1)
        return {"success": 0.4 * len(asked)}

    tuning = Tuning("done", steps=12, batch=2, every=2, enough=0.8)
    taught = lessons("maze", "train", range(3), SHAPE)
    first = tune(TinyPolicy(SHAPE), taught, tuning, tmp_path, examine=examine)
    again = tune(TinyPolicy(SHAPE), taught, tuning, tmp_path, examine=examine)

    assert (4, 4, 2) == (first.step, again.step, len(asked))
    assert again.done


def test_all_that_matters_is_in_a_checkpoint(unbroken: Path) -> None:
    run = begin(TinyPolicy(SHAPE), lr=1.0)
    before = {name: tensor.clone() for name, tensor in run.policy.state_dict().items()}
    read, tensors = state.read(checkpoints(unbroken)[-1])
    load(run, checkpoints(unbroken)[-1], read["settings"])

    assert (12, 12, 48, False) == (run.step, run.updates, run.position, run.done)
    assert TUNING.run == read["settings"]["sft"]["run"]
    assert [f"maze/tiny/train/{i}" for i in range(6)] == read["settings"]["lessons"]
    assert 0.01 == run.optimizer.param_groups[0]["lr"]
    for name, weight in run.trained.items():
        assert torch.equal(tensors[f"policy/{name}"], weight)
        assert torch.equal(tensors[f"ema/{name}"], run.ema[name])
        assert torch.equal(tensors[f"optimizer/{name}/exp_avg"], run.optimizer.state[weight]["exp_avg"])
        assert torch.equal(tensors[f"optimizer/{name}/exp_avg_sq"], run.optimizer.state[weight]["exp_avg_sq"])
        assert 12 == run.optimizer.state[weight]["step"]
    for name in ("codec.mean", "codec.basis", "codec.scale"):
        assert not torch.equal(before[name], run.policy.state_dict()[name])


def small(seed: int = 0, width: int = 3) -> Run:
    """A run of a policy of one matrix and a bias."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return begin(torch.nn.Linear(width, 2), lr=0.1)


def half_frozen(seed: int) -> Run:
    """The same with its matrix left as it is."""
    policy = small(seed).policy
    policy.weight.requires_grad = False
    return begin(policy, lr=0.1)


def go(run: Run, **options: float) -> float:
    """One update of it towards outputs of 1."""
    run.policy(torch.ones(1, run.policy.in_features)).sub(1).square().sum().backward()
    run.step += 1
    return update(run, **{"lr": 0.1, "most": 1.0, "decay": 0.5} | options)


def test_weights_that_are_not_trained_are_saved_and_neither_averaged_nor_changed(tmp_path: Path) -> None:
    run, other = (half_frozen(seed) for seed in (0, 1))
    frozen = run.policy.weight.clone()
    for _ in range(2):
        go(run)
    load(other, save(run, tmp_path, {}), {})
    norms = [go(one) for one in (run, other)]

    assert ["bias"] == list(run.ema)
    assert torch.equal(frozen, other.policy.weight)
    assert norms[0] == norms[1]
    assert torch.equal(run.policy.bias, other.policy.bias)


def test_a_checkpoint_that_is_half_written_when_the_disk_is_full_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = small()
    go(run)
    save(run, tmp_path, {})
    go(run)
    monkeypatch.setattr(Path, "write_text", lambda *_, **__: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        save(run, tmp_path, {})
    monkeypatch.undo()
    other = small(1)

    assert resume(other, tmp_path, {})
    assert 1 == other.step
    save(run, tmp_path, {})
    assert ["step-00000001", "step-00000002"] == sorted(path.name for path in tmp_path.iterdir())


def test_only_the_newest_checkpoints_are_kept(tmp_path: Path) -> None:
    run = small()
    for _ in range(12):
        go(run)
        save(run, tmp_path, {}, keep=3)

    assert ["step-00000010", "step-00000011", "step-00000012"] == sorted(path.name for path in tmp_path.iterdir())


def test_a_folder_without_checkpoints_is_not_gone_on_from(tmp_path: Path) -> None:
    assert not resume(small(), tmp_path, {})
    assert not resume(small(), tmp_path / "none", {})


def test_a_checkpoint_of_other_settings_or_of_another_policy_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    run, other, wide = small(), small(1), small(1, width=4)
    go(run)
    path = save(run, tmp_path, {"lr": 0.1, "window": ("early", 3)})
    before = {name: weight.clone() for name, weight in other.trained.items()}

    with pytest.raises(BadCheckpoint, match=r"the same settings, got one of lr 0\.1 and not 0\.2 in"):
        load(other, path, {"lr": 0.2, "window": ("early", 3)})
    with pytest.raises(BadCheckpoint, match="more None and not 1"):
        load(other, path, {"lr": 0.1, "window": ("early", 3), "more": 1})
    with pytest.raises(BadCheckpoint, match="this policy, got one with another ema/weight"):
        load(wide, path, {"lr": 0.1, "window": ("early", 3)})
    assert all(torch.equal(before[name], weight) for name, weight in other.trained.items())
    assert 0 == other.step


def broken_json(path: Path) -> None:
    (path / "state.json").write_text("{")


def other_json(path: Path) -> None:
    (path / "state.json").write_text("[]")


def no_step(path: Path) -> None:
    told = json.loads((path / "state.json").read_text())
    del told["step"]
    (path / "state.json").write_text(json.dumps(told))


def other_format(path: Path) -> None:
    (path / "state.json").write_text((path / "state.json").read_text().replace('"format": 1', '"format": 2'))


def cut_tensors(path: Path) -> None:
    (path / "tensors.safetensors").write_bytes((path / "tensors.safetensors").read_bytes()[:-1])


def no_tensors(path: Path) -> None:
    (path / "tensors.safetensors").unlink()


@pytest.mark.parametrize("spoil", [broken_json, other_json, no_step, other_format, cut_tensors, no_tensors])
def test_a_spoilt_checkpoint_is_refused(tmp_path: Path, spoil: Any) -> None:
    run = small()
    go(run)
    path = save(run, tmp_path, {})
    spoil(path)

    with pytest.raises(BadCheckpoint, match="expected a"):
        load(small(), path, {})


def test_an_update_goes_along_the_gradient_cut_to_its_longest_norm() -> None:
    run, free = small(), small()
    run.optimizer = torch.optim.SGD(run.policy.parameters(), lr=9.0)
    free.optimizer = torch.optim.SGD(free.policy.parameters(), lr=9.0)
    before = {name: weight.detach().clone() for name, weight in run.trained.items()}
    norm = go(run, most=0.5)
    again = go(free, most=100.0)
    moved = torch.cat([(weight.detach() - before[name]).flatten() for name, weight in run.trained.items()])
    far = torch.cat([(weight.detach() - before[name]).flatten() for name, weight in free.trained.items()])

    assert again == norm > 0.5
    assert 0.05 == pytest.approx(float(moved.norm()), rel=1e-4)
    assert 0.1 * norm == pytest.approx(float(far.norm()), rel=1e-4)
    assert torch.allclose(far / far.norm(), moved / moved.norm(), atol=1e-5)
    assert all(weight.grad is None for weight in run.trained.values())


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_gradient_that_is_not_finite_changes_nothing(bad: float) -> None:
    run = small()
    go(run)
    before = [tensor.clone() for tensor in state._tensors(run).values()]
    run.policy(torch.full((1, 3), bad)).sum().backward()
    norm = update(run, lr=0.1, most=1.0, decay=0.5)

    assert not torch.isfinite(torch.tensor(norm))
    assert all(torch.equal(one, other) for one, other in zip(before, state._tensors(run).values(), strict=True))
    assert 1 == run.updates
    assert all(weight.grad is None for weight in run.trained.values())


def test_the_moving_average_is_as_told_by_hand() -> None:
    run = small()
    by_hand = run.policy.bias.detach().clone()
    for held in (2 / 11, 3 / 12, 0.3, 0.3):
        go(run, decay=0.3)
        by_hand = held * by_hand + (1 - held) * run.policy.bias.detach()

    assert torch.allclose(by_hand, run.ema["bias"], atol=1e-6)


def test_within_averaged_weights_and_their_average_have_changed_places_and_after_it_they_have_not() -> None:
    run = small()
    for _ in range(2):
        go(run)
    own, mean = run.policy.bias.detach().clone(), run.ema["bias"].clone()
    places = run.policy.bias.data_ptr(), run.ema["bias"].data_ptr()
    with averaged(run):
        assert torch.equal(mean, run.policy.bias)
        assert torch.equal(own, run.ema["bias"])
        assert places == (run.policy.bias.data_ptr(), run.ema["bias"].data_ptr())
    with pytest.raises(RuntimeError), averaged(run):
        raise RuntimeError
    assert not torch.equal(own, mean)
    assert torch.equal(own, run.policy.bias)
    assert torch.equal(mean, run.ema["bias"])


def test_a_log_goes_on_after_the_step_of_the_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    with open_log(path, 0) as log:
        for step in range(1, 6):
            tell(log, {"step": step, "loss": float("nan"), "seconds": {"train": float("inf")}})
    path.write_text(path.read_text() + '{"step": 3, "lo')
    with open_log(path, 3) as log:
        tell(log, {"step": 4, "loss": 2.0})

    assert [1, 2, 3, 4] == [line["step"] for line in read_log(path)]
    assert {"step": 1, "loss": None, "seconds": {"train": None}} == read_log(path)[0]


def test_time_within_a_phase_is_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(time, "process_time", lambda: now[0] / 2)
    clock = Clock()
    now[0] += 7  # in no phase
    with clock("judge"):
        now[0] += 1
        with clock("sample"):
            now[0] += 2
        now[0] += 4
        assert {"seconds": {"judge": 5, "sample": 2}, "processor": {"judge": 2.5, "sample": 1}} == clock.read()
        now[0] += 3
    with clock("judge"):
        now[0] += 10

    assert {"seconds": {"judge": 13}, "processor": {"judge": 6.5}} == clock.read()
    assert {"seconds": {}, "processor": {}} == clock.read()


def test_examinations_and_checkpoints_are_no_training_time() -> None:
    lines = [
        {"seconds": {"train": 2.0, "examine": 9.0}, "processor": {"train": 1.0, "examine": 5.0}},
        {"seconds": {"train": 3.0, "checkpoint": 9.0, "replay": 0.5}, "processor": {"train": 1.5}},
    ]

    assert 5.5 == training_time(lines, "seconds")
    assert 2.5 == training_time(lines, "processor")


def test_safetensors_give_back_every_bit() -> None:
    odd = torch.tensor([float("nan"), -0.0, 1e-45, float("inf")])

    assert safetensors.torch.save({"x": odd}) == safetensors.torch.save(
        safetensors.torch.load(safetensors.torch.save({"x": odd}))
    )
