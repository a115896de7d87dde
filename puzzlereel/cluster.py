"""Engines: what spreads calls over workers, here or on a cluster.

    local     processes of this machine (workers.py)
    ray       tasks of a Ray cluster: the one at RAY_ADDRESS, or one of this machine alone

Each takes a call, its items and how many workers there are, and gives each item with its result as it comes.
"""

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.workers import AHEAD, spread

Item = TypeVar("Item")
Result = TypeVar("Result")


class Engine(Protocol):
    def __call__(
        self, call: Callable[[Item], Result], items: Sequence[Item], workers: int
    ) -> Iterator[tuple[Item, Result | None]]:
        """Every item with what the call gives for it; None where its worker died twice over it."""


def spread_on_ray(
    call: Callable[[Item], Result], items: Sequence[Item], workers: int
) -> Iterator[tuple[Item, Result | None]]:
    """As `spread`, by the tasks of a Ray cluster, of which at most `workers` run at a time.

    The cluster's machines have puzzlereel installed and see the same files under the same names.
    """
    try:
        import ray
    except ModuleNotFoundError:
        raise PuzzlereelError("expected the ray extra for this engine: pip install 'puzzlereel[ray]'") from None

    is_here = "RAY_ADDRESS" not in os.environ
    if not ray.is_initialized():
        cores = workers if is_here else None
        try:
            ray.init(num_cpus=cores, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise PuzzlereelError(f"expected a Ray cluster, got: {str(error).splitlines()[0]}") from None

    def run(item: Item) -> Result:
        return call(item)

    task: Any = ray.remote(num_cpus=1, max_retries=1)(run)
    waiting, flying = list(items)[::-1], dict[Any, Item]()
    while waiting or flying:
        while waiting and len(flying) < (workers * AHEAD if is_here else workers):  # here, cores hold them back
            item = waiting.pop()
            flying[task.remote(item)] = item
        done, _ = ray.wait(list(flying), num_returns=1)
        item = flying.pop(done[0])
        try:
            result = ray.get(done[0])
        except ray.exceptions.RayTaskError as error:
            raise error.cause from None
        except ray.exceptions.RayError:  # the worker, its node or its memory is gone
            result = None
        yield item, result


ENGINES: Mapping[str, Engine] = {"local": spread, "ray": spread_on_ray}
