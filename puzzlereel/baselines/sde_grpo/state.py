"""Checkpoints: all that has to be known to go on as if nothing had happened, whole or not at all.

RUN/step-00000120/state.json             settings, steps, updates, data position, the optimizer's options
                  tensors.safetensors    policy/NAME (the codec's too), ema/NAME, optimizer/NAME/KEY (or `shards`)
RUN/.step-00000160.PID.part/             of a process that was killed while it wrote; the next one removes it

No state of random numbers is in it, since there is none: all are made from names (`seeds`).
"""

import json
import os
import re
import shutil
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from puzzlereel.baselines.sde_grpo import ranks
from puzzlereel.baselines.sde_grpo.seeds import seed_of
from puzzlereel.baselines.sde_grpo.shards import Held, file_name, own_tensors
from puzzlereel.puzzles.core import PuzzlereelError

FORMAT = 1
COUNTS = ("step", "updates", "position", "done")
NAME = re.compile(r"step-(\d{8})")


class BadCheckpoint(PuzzlereelError):
    """A folder that is no checkpoint, or that of another policy or of other settings."""


@dataclass
class Run:
    """A policy in training, and what changes with it."""

    policy: nn.Module
    optimizer: torch.optim.Optimizer
    ema: dict[str, Tensor] = field(default_factory=dict)
    """The moving average of every trained weight."""
    step: int = 0
    """How many steps of training, or iterations, are done."""
    updates: int = 0
    """How many times the weights were changed: fewer than steps where one was skipped."""
    position: int = 0
    """How many of the training data were used, counting again those that came again."""
    done: bool = False
    """Whether it was found to be good enough: no more steps are taken."""

    @property
    def trained(self) -> dict[str, nn.Parameter]:
        """The weights that are trained, by name, in the order in which the optimizer has them."""
        return {name: weight for name, weight in self.policy.named_parameters() if weight.requires_grad}


def begin(policy: nn.Module, *, lr: float, decay: float = 0.0) -> Run:
    """A run of AdamW that has done nothing yet, with a weight decay; the policy is shared out among the processes."""
    ranks.shared_out(policy)
    weights = [weight for weight in policy.parameters() if weight.requires_grad]
    run = Run(policy, torch.optim.AdamW(weights, lr=lr, weight_decay=decay))
    run.ema = {name: weight.detach().clone() for name, weight in run.trained.items()}
    return run


def reference_of(policy: nn.Module) -> nn.Module:
    """The policy as it is now, not to be trained; weights that are not trained anyway are the same tensors."""
    shared = {id(weight): weight for weight in policy.parameters() if not weight.requires_grad}
    first = deepcopy(policy, shared)
    ranks.shared_out(first)
    return first.requires_grad_(False)


def save(run: Run, folder: Path, settings: Mapping[str, Any], *, keep: int = 2) -> Path:
    """Write a checkpoint of a run, and remove all but the newest `keep`; its folder.

    `settings` are what JSON can hold. Only the processes that train together write to a folder.
    """
    path = folder / f"step-{run.step:08d}"
    if ranks.first():
        for draft in folder.glob(".step-*.part"):
            shutil.rmtree(draft)
    if not ranks.gathered(path.exists())[0]:
        state = {"format": FORMAT, "settings": settings, "optimizer": _options(run)}
        tensors = _tensors(run)
        shared = any(ranks.is_sharded(tensor) for tensor in tensors.values())
        _write(path, state | {name: getattr(run, name) for name in COUNTS}, tensors, ranks.count() if shared else 1)
    if ranks.first():
        for old in checkpoints(folder)[:-keep]:
            shutil.rmtree(old.rename(old.with_name(f".{old.name}.{os.getpid()}.part")))
    return path


def _write(path: Path, state: Mapping[str, Any], tensors: Mapping[str, Tensor], files: int) -> None:
    """Write a checkpoint, all processes together, each its file of so many."""
    draft = ranks.gathered(_draft(path))[0]
    if ranks.first():
        draft.mkdir(parents=True)
    ranks.together()
    if ranks.rank() < files:
        file = draft / file_name(ranks.rank(), files)
        safetensors.torch.save_file(own_tensors(tensors), file)
        _reach_disk(file)
    ranks.together()
    if ranks.first():
        _finish(draft, state, path)
    ranks.together()


def write(path: Path, state: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> None:
    """Write a folder of two files that is there whole or not at all; the numbers in `state` are finite."""
    draft = _draft(path)
    draft.mkdir(parents=True)
    safetensors.torch.save_file(dict(tensors), draft / file_name(0, 1))
    _reach_disk(draft / file_name(0, 1))
    _finish(draft, state, path)


def _draft(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.part")


def _finish(draft: Path, state: Mapping[str, Any], path: Path) -> None:
    """Add what is no tensor to a draft, and give it its name when all of it is on the disk."""
    (draft / "state.json").write_text(json.dumps(state, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    _reach_disk(draft / "state.json")
    _reach_disk(draft)
    draft.rename(path)
    _reach_disk(path.parent)


def checkpoints(folder: Path) -> list[Path]:
    """The checkpoints in a folder, the oldest first; none where there is no folder."""
    return sorted(path for path in folder.glob("step-*") if NAME.fullmatch(path.name))


def resume(run: Run, folder: Path, settings: Mapping[str, Any]) -> bool:
    """Go on from the newest checkpoint in a folder; False where there is none, and BadCheckpoint as `load` says.

    OtherRank where processes that train together find other checkpoints, or are given other settings.
    """
    found = checkpoints(folder)
    if found:
        load(run, found[-1], settings)
    ranks.check_alike(seed_of(json.dumps(settings)), run.step)
    return bool(found)


def load(run: Run, path: Path, settings: Mapping[str, Any]) -> None:
    """Put a run in the state that was saved, bit for bit.

    BadCheckpoint, before anything is changed, where it was saved of another policy, or with other settings.
    """
    state, held = opened(path)
    asked = json.loads(json.dumps(settings))
    if others := sorted(key for key in {*asked, *state["settings"]} if asked.get(key) != state["settings"].get(key)):
        told = ", ".join(f"{key} {state['settings'].get(key)!r} and not {asked.get(key)!r}" for key in others)
        raise BadCheckpoint(f"expected a checkpoint of the same settings, got one of {told} in {path}")
    there = {name: held.shape(name) for name in held.holders if not name.startswith("optimizer/")}
    wanted = {name: tuple(tensor.shape) for name, tensor in _weights(run).items()}
    if wrong := sorted(name for name in {*there, *wanted} if there.get(name) != wanted.get(name)):
        raise BadCheckpoint(f"expected a checkpoint of this policy, got one with another {wrong[0]} in {path}")

    with torch.no_grad():
        for name, tensor in _weights(run).items():
            ranks.local(tensor).copy_(held.like(name, tensor))
    moments: dict[int, dict[str, Tensor]] = {}
    for number, (name, weight) in enumerate(run.trained.items()):
        prefix = f"optimizer/{name}/"
        if keys := [key.removeprefix(prefix) for key in held.holders if key.startswith(prefix)]:
            moments[number] = {key: ranks.alike(weight, held.like(prefix + key, weight)) for key in keys}
    (group,) = run.optimizer.state_dict()["param_groups"]
    options = {key: tuple(value) if isinstance(value, list) else value for key, value in state["optimizer"].items()}
    run.optimizer.load_state_dict({"state": moments, "param_groups": [group | options]})
    for name in COUNTS:
        setattr(run, name, state[name])


def read(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """What a checkpoint's files hold; BadCheckpoint where they do not hold it."""
    state, held = opened(path)
    return state, {name: held.whole(name) for name in held.holders}


def opened(path: Path) -> tuple[dict[str, Any], Held]:
    """A checkpoint's state, and its tensors as they lie in its files; BadCheckpoint where it is none."""
    try:
        state = json.loads((path / "state.json").read_text(encoding="utf-8"))
        held = Held(path)
    except (OSError, ValueError, RecursionError, safetensors.SafetensorError) as error:
        raise BadCheckpoint(f"expected a checkpoint, got {str(error)[:100]} in {path}") from None
    keys = {"format": int, "settings": dict, "optimizer": dict} | dict.fromkeys(COUNTS, int)
    if not isinstance(state, dict) or not all(isinstance(state.get(key), kind) for key, kind in keys.items()):
        raise BadCheckpoint(f"expected a state with {', '.join(keys)} in {path / 'state.json'}")
    if state["format"] != FORMAT:
        raise BadCheckpoint(f"expected a checkpoint of format {FORMAT}, got {state['format']} in {path}")
    return state, held


def _weights(run: Run) -> dict[str, Tensor]:
    policy = {f"policy/{name}": tensor for name, tensor in run.policy.state_dict().items()}
    return policy | {f"ema/{name}": tensor for name, tensor in run.ema.items()}


def _tensors(run: Run) -> dict[str, Tensor]:
    names, state = list(run.trained), run.optimizer.state_dict()["state"]
    moments = {f"optimizer/{names[i]}/{key}": value for i, of_one in state.items() for key, value in of_one.items()}
    return _weights(run) | moments


def _options(run: Run) -> dict[str, Any]:
    """What the optimizer is set to, as JSON can hold it."""
    (group,) = run.optimizer.state_dict()["param_groups"]
    return {key: value for key, value in group.items() if key != "params"}


def _reach_disk(path: Path) -> None:
    """Wait until a file or folder is on the disk, so that a folder that has its name after a power cut is whole."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
