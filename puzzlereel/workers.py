"""Calls spread over processes: results as they come, and a call that kills its worker costs its own item only."""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import partial
from multiprocessing import get_all_start_methods, get_context, parent_process
from multiprocessing.connection import wait as wait_for
from multiprocessing.context import BaseContext
from threading import Thread
from typing import Any, TypeVar

from puzzlereel.puzzles.core import PuzzlereelError

Item = TypeVar("Item")
Result = TypeVar("Result")

AHEAD = 2
"""How many items a worker are handed out before their results are back."""


class NoWorkers(PuzzlereelError):
    """This machine starts no worker processes."""


def spread(call: Callable[[Item], Result], items: Sequence[Item], workers: int) -> Iterator[tuple[Item, Result | None]]:
    """Every item with what the call gives for it, as soon as it is there; None where its worker died twice over it.

    One worker is this process itself; more are processes of their own. Only the order depends on the machine, and what
    a call raises is raised here.
    """
    if workers == 1:
        yield from ((item, call(item)) for item in items)
        return
    waiting = deque(items)
    while waiting:
        flying: dict[Future[Result], Item] = {}
        with _pool(workers, call) as pool, suppress(BrokenProcessPool):
            yield from _until_a_worker_dies(pool, call, waiting, flying, workers * AHEAD)
        for item in flying.values():
            yield item, _alone(call, item)


def _pool(workers: int, call: Callable[..., Any]) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, mp_context=_context(call), initializer=follow)


def follow() -> None:
    """End this worker when the process that it works for has ended, however that was."""
    parent = parent_process()
    if parent is not None:
        Thread(target=lambda: (wait_for([parent.sentinel]), os._exit(1)), daemon=True).start()


def _context(call: Callable[..., Any]) -> BaseContext:
    """Workers forked from one clean process that has imported the call's module, where the system can do that."""
    if "forkserver" not in get_all_start_methods():
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload([(call.func if isinstance(call, partial) else call).__module__])
    return context


def _until_a_worker_dies(
    pool: ProcessPoolExecutor,
    call: Callable[[Item], Result],
    waiting: deque[Item],
    flying: dict[Future[Result], Item],
    most: int,
) -> Iterator[tuple[Item, Result]]:
    """Results as they come; at BrokenProcessPool, `flying` holds what has none and `waiting` what was not begun."""
    while waiting or flying:
        while waiting and len(flying) < most:
            flying[pool.submit(call, waiting[0])] = waiting[0]
            waiting.popleft()
        done, _ = wait(flying, return_when=FIRST_COMPLETED)
        for future in sorted(done, key=lambda one: one.exception() is not None):
            result = future.result()
            yield flying.pop(future), result


def _alone(call: Callable[[Item], Result], item: Item) -> Result | None:
    """The result from a fresh worker of its own; None where it dies, NoWorkers where it cannot even start."""
    with _pool(1, call) as pool:
        try:
            pool.submit(int).result()
        except BrokenProcessPool:
            raise NoWorkers("worker processes die at their start; try --workers 1") from None
        try:
            return pool.submit(call, item).result()
        except BrokenProcessPool:
            return None
