"""What the processes of `test_ranks` do: small runs on the real classes of Wan, in folders beside the model's.

python ranked.py 2 FOLDER '[["grpo", {"name": "run", "kind": "full"}]]'      two processes, forked from one that imports
"""

import json
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from bright import Bright
from tiny_wan import SHAPE, lessons_of

from puzzlereel.baselines.sde_grpo import ranks
from puzzlereel.baselines.sde_grpo.lessons import lessons
from puzzlereel.baselines.sde_grpo.policy import TinyPolicy, TinyShape
from puzzlereel.baselines.sde_grpo.rewards import examine
from puzzlereel.baselines.sde_grpo.sft import Tuning, tune
from puzzlereel.baselines.sde_grpo.state import Run
from puzzlereel.baselines.sde_grpo.train import Training, train
from puzzlereel.baselines.sde_grpo.wan import WanPolicy
from puzzlereel.baselines.sde_grpo.wan_files import Lora, load
from puzzlereel.puzzles.core import PuzzlereelError

LESSONS = lessons_of(3)
TINY = TinyShape(channels=8, layers=1, heads=1, head=32, feedforward=16)
TUNING = Tuning("ranks", steps=3, batch=3, lr=1e-2, warmup=1, every=2, enough=2.0)
# Three batches an iteration: of two processes one has nothing to do in the last turn.
TRAINING = Training("ranks", iterations=2, levels=3, group=4, batch=4, steps=4, lr=1e-2, every=1)


def policy_of(folder: Path, kind: str, seed: int = 0) -> WanPolicy:
    lora = Lora(rank=4, alpha=8) if kind == "lora" else None
    return load(folder / "model", SHAPE, cache=folder / "cache", lora=lora, seed=seed)


def sft(folder: Path, *, name: str, kind: str, **options: Any) -> Run:
    return tune(policy_of(folder, kind), LESSONS, replace(TUNING, **options), folder / name)


def grpo(
    folder: Path, *, name: str, kind: str, seed: int = 0, policy: Any = None, exam: bool = False, **options: Any
) -> Run:
    policy, training = policy or policy_of(folder, kind, seed), replace(TRAINING, **options)

    def ask() -> Mapping[str, Any]:
        told: dict[str, Any] = {"run": "exam", "steps": 2, "batch": 1, "judges": Bright()}
        return examine(policy, LESSONS, **told) if exam else {}

    return train(policy, LESSONS, training, folder / name, judges=Bright(), examine=ask)


def tiny(folder: Path, *, name: str) -> Run:
    """SFT of a policy from nothing, whose codec is fitted first."""
    return tune(TinyPolicy(TINY), lessons("maze", "train", range(6), TINY), TUNING, folder / name)


def odd(folder: Path, *, name: str, kind: str) -> None:
    """SDE-GRPO, in which the last process finds a loss that is not finite."""
    policy: Any = policy_of(folder, kind)
    velocity = policy.velocity

    def spoilt(*asked: Any) -> Any:
        found = velocity(*asked)
        return found * torch.nan if ranks.rank() == ranks.count() - 1 and found.requires_grad else found

    policy.velocity = spoilt
    grpo(folder, name=name, kind=kind, policy=policy, iterations=1)


def unlike(folder: Path, *, name: str) -> None:
    """SFT, in which the last process is told of another learning rate."""
    sft(folder, name=name, kind="lora", lr=0.1 + ranks.rank())


def killed(folder: Path, *, name: str, kind: str, **options: Any) -> None:
    """SDE-GRPO, in which the last process is killed within the second iteration."""
    policy: Any = policy_of(folder, kind)
    decode, decoded = policy.decode, list[int]()

    def deadly(x: Any) -> Any:
        decoded.append(len(x))
        if len(decoded) == 2 and ranks.rank() == ranks.count() - 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return decode(x)

    policy.decode = deadly
    grpo(folder, name=name, kind=kind, policy=policy, **options)


CALLS = {call.__name__: call for call in (sft, grpo, tiny, odd, unlike, killed)}


def work(folder: Path, calls: Sequence[tuple[str, Mapping[str, Any]]]) -> int:
    """What one process does, as the command line would; its exit status."""
    torch.set_num_threads(1)
    try:
        with ranks.joined():
            for name, options in calls:
                CALLS[name](folder, **options)
    except PuzzlereelError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        return 2
    return 0


def main(count: int, folder: Path, calls: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    """So many processes, of this machine, whose exit statuses are printed."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    children = []
    for number in range(count):
        child = os.fork()
        if not child:
            names = {"RANK": number, "LOCAL_RANK": number, "WORLD_SIZE": count, "LOCAL_WORLD_SIZE": count}
            os.environ.update({name: str(value) for name, value in names.items()})
            os.environ.update({"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)})
            status = 1
            try:
                status = work(folder, calls)
            finally:
                sys.stderr.flush()
                os._exit(status)
        children.append(child)
    print(json.dumps([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3]))
