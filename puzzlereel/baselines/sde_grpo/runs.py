"""A run's folder: all that is needed to go on with it, to start another one from it, or to film with it.

RUN/run.json                   {"kind": "sft", "preset": "tiny", "puzzle": "maze", "seed": 0, "shape": {…}}
RUN/sft.jsonl, RUN/grpo.jsonl  the figures of every step
RUN/step-00000120/             checkpoints (`state`)
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from puzzlereel.baselines.sde_grpo.policy import TinyPolicy, TinyShape
from puzzlereel.baselines.sde_grpo.state import BadCheckpoint, checkpoints, read
from puzzlereel.files import write_whole
from puzzlereel.hub.dataset import sha256_of

ABOUT = "run.json"
KINDS = {"sft": "SFT", "grpo": "SFT, then SDE-GRPO"}
"""The kinds of training, and what a board calls their policies."""


@dataclass(frozen=True)
class About:
    """What a run trains."""

    kind: str
    preset: str
    puzzle: str
    """Its puzzle, or all of them with + between their names."""
    seed: int
    shape: TinyShape
    start: str = ""
    """The checkpoint of another run that it starts from, as `newest_of` tells it; empty where there is none."""

    @property
    def name(self) -> str:
        """What a board calls the policy."""
        return f"{self.preset} {self.puzzle} policy, {KINDS[self.kind]}"


def about_of(folder: Path) -> About:
    """What a run trains; BadCheckpoint where the folder is that of none."""
    try:
        told = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        about = About(**told | {"shape": TinyShape(**told["shape"])})
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise BadCheckpoint(f"expected the folder of a run, got {str(error)[:100]} in {folder / ABOUT}") from None
    if about.kind not in KINDS:
        raise BadCheckpoint(f"expected a run of {', '.join(KINDS)}, got {about.kind!r:.40} in {folder / ABOUT}")
    return about


def begin_run(folder: Path, about: Any, read_about: Callable[[Path], Any] = about_of) -> None:
    """Write down what a run trains; BadCheckpoint where the folder is that of another run, by what is read there."""
    if (folder / ABOUT).exists():
        if read_about(folder) != about:
            raise BadCheckpoint(f"expected the run with which {folder} was begun, got another: choose another folder")
        return
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / ABOUT, json.dumps(asdict(about), indent=2) + "\n")


def newest_of(folder: Path) -> str:
    """The newest checkpoint of a run: its name, and a hash of all that it holds but tensors; BadCheckpoint if none."""
    found = checkpoints(folder)
    if not found:
        raise BadCheckpoint(f"expected a checkpoint, found none in {folder}")
    return f"{found[-1].name} {sha256_of(found[-1] / 'state.json')}"


def policy_of(folder: Path) -> TinyPolicy:
    """The policy of a run's newest checkpoint, its weights the moving average; BadCheckpoint where there is none."""
    policy, found = TinyPolicy(about_of(folder).shape), checkpoints(folder)
    if not found:
        raise BadCheckpoint(f"expected a checkpoint, found none in {folder}")
    _, tensors = read(found[-1])
    saved = {name.removeprefix("policy/"): value for name, value in tensors.items() if name.startswith("policy/")}
    held = {name.removeprefix("ema/"): value for name, value in tensors.items() if name.startswith("ema/")}
    wanted, there = policy.state_dict(), saved | held
    if {name: value.shape for name, value in wanted.items()} != {name: value.shape for name, value in there.items()}:
        raise BadCheckpoint(f"expected a checkpoint of the policy that {ABOUT} tells, got another in {found[-1]}")
    with torch.no_grad():
        for name, value in wanted.items():
            value.copy_(there[name])
    return policy
