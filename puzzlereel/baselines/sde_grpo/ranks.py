"""Several processes that train as one, as torchrun and accelerate start them: who is who, and what they tell others.

batches of films    0   1   2   3   4   5   6   7         every process samples, judges and replays its own;
processes           0   1   0   1   0   1   0   1         verdicts are told to all, gradients are summed over all

LoRA, small policies      each process has all weights, and the same ones after every update
all of a large model      each process has its rows of every weight, and gathers a block's when it is needed: FSDP2

All take the same steps: where there are no more films for a process, it goes through the motions with the others. With
one process alone all of this gives back what it is given.
"""

import os
import re
import signal
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.fsdp import FSDPModule, MixedPrecisionPolicy, fully_shard
from torch.distributed.tensor import DTensor

from puzzlereel.baselines.sde_grpo.policy import Large
from puzzlereel.puzzles.core import PuzzlereelError

Thing = TypeVar("Thing")

PATIENCE = timedelta(hours=1)
"""How long a process waits for another one that neither answers nor is known to have ended."""
LOST = ("closed by", "likely closed", "connection reset", "broken pipe", "timed out", "remote process exited")
"""What stands in the errors of a connection to a process that has ended, or does not answer."""


class LostRank(PuzzlereelError):
    """Another process of the run has ended."""


class OtherRank(PuzzlereelError):
    """Another process of the run was given something else to do."""


@contextmanager
def joined() -> Iterator[None]:
    """As one of the processes that the environment tells of, where these are more than one.

    LostRank where another one of them ends before all have come to the end of the block.
    """
    told = {name: os.environ.get(name, "") for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK")}
    if told["WORLD_SIZE"] in ("", "1"):
        yield
        return
    if not all(value.isdecimal() for value in told.values()):
        raise PuzzlereelError(f"expected whole numbers from the launcher, got {told}")
    name = f"process {told['RANK']} of {told['WORLD_SIZE']}"
    before = _obey_the_end(name)
    cuda = torch.cuda.is_available()
    if cuda:
        torch.cuda.set_device(int(told["LOCAL_RANK"]) % torch.cuda.device_count())
    try:
        dist.init_process_group("cpu:gloo,cuda:nccl" if cuda else "gloo", timeout=PATIENCE)
        yield
        together()
    except RuntimeError as error:
        if isinstance(error, PuzzlereelError) or not any(word in str(error).lower() for word in LOST):
            raise
        why = " ".join(re.sub(r"\[/\S*\]", "", str(error)).split()).split(". ")[0][:100]
        raise LostRank(_told_of(name, f"has lost another one ({why})")) from error
    finally:
        if before is not None:
            signal.signal(signal.SIGTERM, before)
        if dist.is_initialized():
            with suppress(RuntimeError):
                dist.destroy_process_group()


def _obey_the_end(name: str) -> Any:
    """Make a launcher's wish to end, because another process has, an error; what it was before, None in a thread."""

    def end(*_: object) -> None:
        raise LostRank(_told_of(name, "was told to end, as when another one has ended"))

    main = threading.current_thread() is threading.main_thread()
    return signal.signal(signal.SIGTERM, end) if main else None


def _told_of(name: str, what: str) -> str:
    return f"{name} {what}: the same command goes on from the newest checkpoint"


def count() -> int:
    """How many processes train together."""
    return dist.get_world_size() if dist.is_initialized() else 1


def rank() -> int:
    """Which of them this one is, from 0 on."""
    return dist.get_rank() if dist.is_initialized() else 0


def fair(workers: int) -> int:
    """How many of a machine's workers are this process's."""
    return max(1, workers // int(os.environ.get("LOCAL_WORLD_SIZE", "1"))) if count() > 1 else workers


def first() -> bool:
    """Whether this is the one that writes and tells."""
    return rank() == 0


def named(name: str) -> str:
    """A name that no other process takes."""
    return name if count() == 1 else f"{name}-{rank()}"


def gathered(thing: Thing) -> list[Thing]:
    """What every process has, in their order."""
    if count() == 1:
        return [thing]
    things: list[Any] = [None] * count()
    dist.all_gather_object(things, thing)
    return things


def together() -> None:
    """Wait until all processes have come here."""
    gathered(None)


@contextmanager
def first_alone() -> Iterator[None]:
    """The first process goes through the block before the others do, which find what it has left on the disk."""
    if not first():
        together()
    yield
    if first():
        together()


def turns(batches: int) -> Iterator[tuple[int, bool]]:
    """The batches of this process, and whether each is its own: not where it only keeps in step with the others."""
    for number in range(rank(), -(-batches // count()) * count(), count()):
        yield number % batches, number < batches


def share(things: int) -> range:
    """Which of so many things are this process's: as many as others have, or one more or less.

    PuzzlereelError where some process would have none.
    """
    if things < count():
        raise PuzzlereelError(f"expected at least as many films a step as processes, got {things} for {count()}")
    return range(things * rank() // count(), things * (rank() + 1) // count())


def check_alike(*numbers: int) -> None:
    """OtherRank, in all processes, unless all have the same numbers, of 63 bits each."""
    if count() == 1:
        return
    mine = torch.tensor(numbers, dtype=torch.int64)
    all_of_them = [torch.empty_like(mine) for _ in range(count())]
    dist.all_gather(all_of_them, mine)
    others = [number for number, theirs in enumerate(all_of_them) if not torch.equal(theirs, all_of_them[0])]
    if others:
        raise OtherRank(
            f"expected all {count()} processes to be given the same settings and to see the same folder, got other"
            f" ones in process {others[0]} than in process 0"
        )


def summed(tensors: Sequence[Tensor]) -> None:
    """Make tensors that each process has the sums over all of them, in place; rows of sharded ones are that already."""
    whole = [tensor for tensor in tensors if not is_sharded(tensor)]
    if count() == 1 or not whole:
        return
    flat = torch.cat([tensor.flatten() for tensor in whole])
    dist.all_reduce(flat)
    for tensor, part in zip(whole, flat.split([tensor.numel() for tensor in whole]), strict=True):
        tensor.copy_(part.view_as(tensor))


def made_same(policy: nn.Module) -> None:
    """Give all processes the first one's weights, and whatever else a checkpoint holds of a policy."""
    if count() > 1:
        for tensor in policy.state_dict().values():
            if not is_sharded(tensor):
                dist.broadcast(tensor, 0)


def shared_out(policy: nn.Module) -> None:
    """Make a policy the same in all processes, and give each its rows of it where it is large and all of it is trained.

    Gradients of rows are summed over the processes, and nothing is rounded that one process would not round.
    """
    made_same(policy)
    if count() == 1 or not isinstance(policy, Large):
        return
    # The velocity is a view that nobody writes to.
    warnings.filterwarnings("ignore", r"FSDP2-wrapped module .* returned a view tensor", UserWarning)
    for module in policy.shards():
        # Weights are gathered anew for every pass: those of the outermost module too, which may change in between.
        fully_shard(module, reshard_after_forward=True, mp_policy=MixedPrecisionPolicy(cast_forward_inputs=False))
        assert isinstance(module, FSDPModule)
        module.set_gradient_divide_factor(1.0)
        module.set_force_sum_reduction_for_comms(True)


def is_sharded(tensor: Tensor) -> bool:
    """Whether this process has some rows of a tensor only."""
    return isinstance(tensor, DTensor)


def local(tensor: Tensor) -> Tensor:
    """What this process has of a tensor."""
    own: Tensor = tensor.to_local() if is_sharded(tensor) else tensor
    return own


def rows_of(tensor: Tensor) -> range:
    """Which rows of a sharded tensor these are."""
    each = -(-len(tensor) // count())
    start = min(rank() * each, len(tensor))
    return range(start, start + len(local(tensor)))


def alike(tensor: Tensor, rows: Tensor) -> Tensor:
    """A tensor whose rows are shared out as another one's are, of this process's; as it is if it has no such rows."""
    if not isinstance(tensor, DTensor) or rows.shape != tensor.to_local().shape:
        return rows
    placed: Tensor = DTensor.from_local(
        rows.to(tensor.device), tensor.device_mesh, tensor.placements, shape=tensor.shape, stride=tensor.stride()
    )
    return placed
