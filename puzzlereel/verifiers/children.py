"""Calls in processes of their own, each within limits: who dies, or is late, costs its own item and is replaced.

this process ──── call, item ────► child     one call after another; the next one waits there already
             ◄── answer or Lost ──           what is large goes through memory that both see

A child is forked from a clean process where the system can do that, so that nothing of this process is in it.
"""

import os
import pickle
import signal
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import suppress
from enum import Enum
from mmap import mmap
from multiprocessing import forkserver, get_all_start_methods, get_context, reduction
from multiprocessing.connection import wait
from typing import Any, NamedTuple, TypeVar

from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.workers import AHEAD, NoWorkers, follow

Item = TypeVar("Item")
Result = TypeVar("Result")

WINDOW = 4
"""How many items a child are taken from the iterable before the oldest of them is given back."""
ROUND = 2**20
"""Shared memory grows by so many bytes at least."""
LONGEST = 300
"""The letters of an error that are told."""
PRELOAD = ("puzzlereel.verifiers.apart", "av", "av.video.reformatter")
"""What the clean process has imported before any child is forked from it."""


class Limits(NamedTuple):
    """What one call may take."""

    seconds: float = 300.0
    """By the clock on the wall. A film takes one or two; the first on a machine waits for loops to be compiled, half a
    minute or minutes where the machine is busy, and must not be refused for that."""
    memory: int = 4 * 2**30
    """The bytes of a child's own data, where the system can limit them."""


LIMITS = Limits()


class How(Enum):
    """How an answer was lost, as a sentence that the detail ends."""

    LATE = "judging it took longer than"
    DIED = "it ended the process that judged it, twice, with"
    MEMORY = "judging it takes more memory than allowed"
    REFUSED = ""
    FAILED = "the judge failed with"


class Lost(NamedTuple):
    """What there is instead of an answer."""

    how: How
    detail: str = ""

    @property
    def sentence(self) -> str:
        return f"{self.how.value} {self.detail}".strip()


def attempt(call: Callable[[Item], Result], item: Item) -> Result | Lost:
    """What the call gives for an item; Lost where it raises anything."""
    try:
        return call(item)
    except PuzzlereelError as error:
        return Lost(How.REFUSED, str(error))
    except MemoryError:
        return Lost(How.MEMORY)
    except Exception as error:  # noqa: BLE001
        return Lost(How.FAILED, told(error))


def told(error: Exception) -> str:
    """An error in a few words."""
    return f"{type(error).__name__}: {error}"[:LONGEST]


def warm() -> None:
    """Start the clean process that children are forked from, and do not wait for it."""
    if "forkserver" in get_all_start_methods():
        forkserver.set_forkserver_preload(list(PRELOAD))
        forkserver.ensure_running()


class Slab:
    """Memory that this process and a child both see, as large as the largest item that was put in it."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.view: memoryview | None = None

    def put(self, buffers: Iterable[memoryview]) -> list[int]:
        """Copy some buffers into the memory, one after another; their sizes."""
        flat = [buffer.cast("B") for buffer in buffers]
        need = sum(map(len, flat))
        if len(self.view or b"") < need:
            size = -(-need // ROUND) * ROUND
            os.posix_fallocate(self.descriptor, 0, size)  # an error here, and not a signal when it is written to
            self.view = memoryview(mmap(self.descriptor, size))
        for view, buffer in zip(self.parts(list(map(len, flat))), flat, strict=True):
            view[:] = buffer
        return list(map(len, flat))

    def parts(self, sizes: list[int]) -> list[memoryview]:
        """The buffers of these sizes that were put there by whoever else sees the memory."""
        if len(self.view or b"") < sum(sizes):
            self.view = memoryview(mmap(self.descriptor, os.fstat(self.descriptor).st_size))
        at, views = 0, []
        for size in sizes:
            views.append((self.view or memoryview(b""))[at : at + size])
            at += size
        return views


def slabs() -> list[Slab]:
    """One slab for each item that a child may have; none where the system has no such memory."""
    return [Slab(os.memfd_create("puzzlereel")) for _ in range(AHEAD)] if hasattr(os, "memfd_create") else []


def serve(connection: Any, shared: int, memory: int) -> None:
    """The life of a child: answer call after call, until nobody is left to ask."""
    follow()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever asks is interrupted too, and ends the children
    with suppress(ImportError):
        import resource

        for kind, most in ((resource.RLIMIT_DATA, memory), (resource.RLIMIT_CORE, 0)):
            hard = resource.getrlimit(kind)[1]
            resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    with suppress(EOFError, OSError):
        theirs = [Slab(reduction.recv_handle(connection)) for _ in range(shared)]
        connection.send(None)
        while True:
            asked = connection.recv()
            *parts, message = theirs[asked[0]].parts(asked[1]) if theirs else [asked]
            call, item = pickle.loads(message, buffers=parts)  # noqa: S301 (what our own parent has just written)
            connection.send(attempt(call, item))


class Flight(NamedTuple):
    """An item on its way through a child."""

    number: int
    item: Any
    tries: int = 0


class Child:
    """A process that answers, and what it has been asked."""

    def __init__(self, memory: int) -> None:
        warm()
        context: Any = get_context("forkserver" if "forkserver" in get_all_start_methods() else "spawn")
        self.connection, theirs = context.Pipe()
        self.slabs = slabs()
        self.process = context.Process(target=serve, args=(theirs, len(self.slabs), memory), daemon=True)
        self.flying = deque[Flight]()
        self.ahead = AHEAD if self.slabs else 1  # a pipe would hold up who fills it while nobody reads
        self.asked = 0
        self.deadline = 0.0
        self.process.start()
        theirs.close()
        try:
            for slab in self.slabs:
                reduction.send_handle(self.connection, slab.descriptor, self.process.pid)
            self.connection.recv()
        except (EOFError, OSError):
            self.end()
            raise NoWorkers("processes that judge die at their start") from None

    def ask(self, flight: Flight, message: bytes, buffers: list[pickle.PickleBuffer], seconds: float) -> None:
        """Send a call on its way; OSError where the memory that both see has no room for it."""
        if not self.flying:
            self.deadline = time.monotonic() + seconds
        slot = self.asked % AHEAD
        parts = [*(buffer.raw() for buffer in buffers), memoryview(message)]
        asked = (slot, self.slabs[slot].put(parts)) if self.slabs else message
        self.asked += 1
        self.flying.append(flight)
        with suppress(OSError):  # it has died: that is seen when its answer is waited for
            self.connection.send(asked)

    def end(self) -> str:
        """Kill the process, if it is still there; how it ended."""
        self.connection.close()
        if self.process.is_alive():
            self.process.kill()
        self.process.join()
        status = self.process.exitcode
        self.process.close()
        for slab in self.slabs:
            os.close(slab.descriptor)
        with suppress(ValueError):
            return f"signal {signal.Signals(-status).name}"
        return f"exit status {status}"


class Batch:
    """Items on their way: taken from the iterable, tried once more, or answered and not yet given back."""

    def __init__(self, items: Iterable[Any], most: int, *, ordered: bool) -> None:
        self.source = enumerate(items)
        self.most, self.ordered = most, ordered
        self.again = deque[Flight]()
        self.ready: dict[int, tuple[Any, Any]] = {}
        self.taken = self.given = 0

    def next(self) -> Flight | None:
        """The next item to ask for; None where there is none, or too many wait for their answers."""
        if self.again:
            return self.again.popleft()
        if self.taken - self.given >= self.most:
            return None
        for number, item in self.source:
            self.taken += 1
            return Flight(number, item)
        return None

    def answer(self, flight: Flight, answer: Any) -> None:
        self.ready[flight.number] = flight.item, answer

    def ripe(self) -> int | None:
        """The number of the answer that can be given back now; None where one must be waited for."""
        number = self.given if self.ordered else min(self.ready, default=-1)
        return number if number in self.ready else None

    def give(self) -> Iterator[tuple[Any, Any]]:
        """The items whose answers can be given back now, with those."""
        while (number := self.ripe()) is not None:
            self.given += 1
            yield self.ready.pop(number)


class Children:
    """Processes that answer, up to `workers` of them, started when they are needed and kept until the end."""

    def __init__(self, workers: int, limits: Limits = LIMITS) -> None:
        if workers < 1:
            raise PuzzlereelError(f"expected at least 1 worker, got {workers}")
        self.workers, self.limits = workers, limits
        self.children: list[Child] = []
        self.busy = False

    def __enter__(self) -> "Children":
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def close(self) -> None:
        """End all processes."""
        while self.children:
            self.children.pop().end()

    def answers(
        self, call: Callable[[Item], Result], items: Iterable[Item], *, ordered: bool = True
    ) -> Generator[tuple[Item, Result | Lost], None, None]:
        """Every item with what the call gives for it, in their order or as soon as it is there; one batch at a time.

        An item whose child died is tried once more. No more items are taken ahead than are soon worked on.
        """
        if self.busy:
            raise PuzzlereelError("expected one batch at a time, got another before the first was done")
        self.busy, batch = True, Batch(items, WINDOW * self.workers, ordered=ordered)
        try:
            while self._send(call, batch):
                if batch.ripe() is None:
                    self._receive(batch)
                yield from batch.give()
        finally:
            for child in [one for one in self.children if one.flying]:
                self._end(child)
            self.busy = False

    def _send(self, call: Callable[[Any], Any], batch: Batch) -> bool:
        """Ask for what there is room for; False where no answer is to come any more."""
        while self._room() and (flight := batch.next()) is not None:
            child, buffers = self._child(), list[pickle.PickleBuffer]()
            try:
                message = pickle.dumps((call, flight.item), 5, buffer_callback=buffers.append if child.slabs else None)
            except (pickle.PicklingError, TypeError, AttributeError) as error:
                batch.answer(flight, Lost(How.FAILED, told(error)))
                continue
            try:
                child.ask(flight, message, buffers, self.limits.seconds)
            except OSError:
                batch.answer(flight, Lost(How.MEMORY))
        return bool(batch.ready) or any(child.flying for child in self.children)

    def _room(self) -> bool:
        """Whether one more item can be asked for."""
        return len(self.children) < self.workers or any(len(child.flying) < child.ahead for child in self.children)

    def _child(self) -> Child:
        """The child with the least to do, a new one where all have something to do and there may be more."""
        if len(self.children) < self.workers and all(child.flying for child in self.children):
            self.children.append(Child(self.limits.memory))
        return min(self.children, key=lambda child: len(child.flying))

    def _receive(self, batch: Batch) -> None:
        """Wait for an answer, for a death or for the end of somebody's time."""
        flying = [child for child in self.children if child.flying]
        rest = min(child.deadline for child in flying) - time.monotonic()
        there = wait([child.connection for child in flying], max(0.0, rest))
        for child in flying:
            if child.connection in there:
                self._hear(child, batch)
            elif time.monotonic() >= child.deadline:
                batch.answer(child.flying.popleft(), Lost(How.LATE, f"{self.limits.seconds:g} seconds"))
                self._end(child, batch)

    def _hear(self, child: Child, batch: Batch) -> None:
        try:
            answer = child.connection.recv()
        except (EOFError, OSError, pickle.UnpicklingError):
            flight = child.flying.popleft()
            how = self._end(child, batch)
            if flight.tries:
                batch.answer(flight, Lost(How.DIED, how))
            else:
                batch.again.appendleft(flight._replace(tries=1))
        else:
            batch.answer(child.flying.popleft(), answer)
            child.deadline = time.monotonic() + self.limits.seconds

    def _end(self, child: Child, batch: Batch | None = None) -> str:
        """End a child, whose other items are asked for again; how it ended."""
        self.children.remove(child)
        if batch is not None:
            batch.again.extend(child.flying)
        return child.end()
