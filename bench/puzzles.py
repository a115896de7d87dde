"""`make bench-puzzles`: how fast levels are made and solved, beside other generators and on levels that others made.

    kernel   the generator's own loop, from dice to arrays      public   generate, solve and form_of, as users call them
    peers    run in an environment of their own, between two rounds of ours

One core, processor time; what is compiled is compiled before the clock runs. The table is written to bench/puzzles.md.
"""

import argparse
import json
import platform
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from functools import partial
from importlib.metadata import version
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, NamedTuple

from report import markdown

from puzzlereel.machine import machine
from puzzlereel.puzzles import flowfree, maze, sokoban
from puzzlereel.puzzles.core import Effort, Outcome, Puzzle
from puzzlereel.puzzles.flowfree_fills import quiet_fills, unique_ends
from puzzlereel.puzzles.formats import Entry, read_collection
from puzzlereel.puzzles.ids import form_of
from puzzlereel.puzzles.kernels.dice import dice_of
from puzzlereel.puzzles.kernels.maze import DEPTH_FIRST, KRUSKAL, WILSON, carve_many, draw
from puzzlereel.puzzles.sokoban_make import draw as sokoban_draw

ROOT = Path(__file__).resolve().parent.parent
LEVELS = ROOT.parent / "shared" / "levels"
SEED = "bench-puzzles"
ROUNDS = 3
"""Each rate is the median of so many rounds."""
Rates = dict[str, float]


class Kind(NamedTuple):
    """A kind of level that is made: its name, the kernel's work and the public work, for a number of levels."""

    name: str
    kernel: Callable[[int], Any]
    public: Callable[[int], Any]
    least: float
    """The kernel's rate that was aimed at, levels a second."""


def seconds_of(work: Callable[[], Any]) -> float:
    """The processor time of some work."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def rate(work: Callable[[int], Any], seconds: float) -> float:
    """How many a second, where `work(n)` makes n: n grows until it takes long enough to be measured."""
    work(1)
    count = 1
    while (spent := seconds_of(partial(work, count))) < seconds / 2:
        count = max(2 * count, int(count * seconds / max(spent, seconds / 50)))
    return count / spent


def public(puzzle: Puzzle, tier: Any) -> Callable[[int], None]:
    """Levels with their solutions and forms, as users make them."""
    rng = Random(SEED)

    def work(count: int) -> None:
        for _ in range(count):
            level = puzzle.generate(rng, tier)
            solution = puzzle.solve(level)
            form_of(puzzle, level)
            if solution.outcome is not Outcome.SOLVED or not solution.optimal:
                raise AssertionError(f"expected a proven solution, got {solution.outcome} of\n{level}")

    return work


def mazes() -> Iterator[Kind]:
    """Trees alone as the kernel's work, by each way to carve, and whole levels."""
    for side, least in ((5, 300_000), (10, 0), (20, 20_000)):
        for carving, name in ((WILSON, "wilson"), (DEPTH_FIRST, "depth_first"), (KRUSKAL, "kruskal")):
            dice, tier = dice_of(Random(SEED)), maze.Tier(sides=(side,), least=2, most=10**6, carvings=(name,))
            yield Kind(
                f"maze {side}x{side} {name}",
                lambda n, dice=dice, side=side, carving=carving: carve_many(dice, side, carving, n),
                public(maze.MAZE, tier),
                least if name == "wilson" else 0,
            )


def maze_levels() -> Iterator[Kind]:
    """Whole mazes as the kernel's work: tree, start and goal, distances, text."""
    for side in (5, 10, 20):
        dice, tier = dice_of(Random(SEED)), maze.Tier(sides=(side,), least=2, most=10**6, carvings=("wilson",))
        yield Kind(
            f"maze {side}x{side} wilson, with text",
            lambda n, dice=dice, tier=tier: [draw(dice, *tier.drawn) for _ in range(n)],
            public(maze.MAZE, tier),
            0,
        )


def flows() -> Iterator[Kind]:
    """Fills that are proven the only ones under the general rules."""
    for side, least in ((5, 10_000), (8, 500), (10, 10), (15, 0)):
        most = len(flowfree.SHOWN) if side < 15 else len(flowfree.ENDS)
        tier = flowfree.Tier(shapes=((side, side),), least=2, most=most, longest=side * side, moves=side * side)
        rng = Random(SEED)
        yield Kind(
            f"flowfree {side}x{side}",
            lambda n, rng=rng, tier=tier: [unique_ends(rng, tier, tries=flowfree.TRIES) for _ in range(n)],
            public(flowfree.FLOWFREE, tier),
            least,
        )


def rooms() -> Iterator[Kind]:
    """Levels from a backward search, whose fewest pushes are proven by it."""
    for rows, columns, boxes, least in ((7, 7, 2, 3_000), (10, 10, 3, 100), (10, 10, 4, 0)):
        tier = sokoban.Tier(rows=(rows,), columns=(columns,), boxes=(boxes,), least=1, most=100, moves=400)
        dice = dice_of(Random(SEED))
        yield Kind(
            f"sokoban {rows}x{columns} {boxes} boxes",
            lambda n, dice=dice, tier=tier: drawn_rooms(dice, tier, n),
            public(sokoban.SOKOBAN, tier),
            least,
        )


def drawn_rooms(dice: Any, tier: sokoban.Tier, count: int) -> None:
    """Draws until there are so many levels."""
    made = 0
    while made < count:
        text, _ = sokoban_draw(dice, tier, 100)
        made += bool(text)


# Levels that others made


def entries(path: str) -> list[Entry]:
    return read_collection((LEVELS / path).read_text(encoding="utf-8"))


def flow_solver() -> dict[str, Any]:
    """The puzzles of flow_solver: the count of solutions of each, the time of all, and of proofs without touching."""
    told: dict[str, Any] = {"counts": {}, "seconds": {}}
    levels = {
        path.stem: entries(f"flow_solver/{path.name}")[0].level
        for path in sorted((LEVELS / "flow_solver").glob("*.txt"))
    }
    for name, level in levels.items():
        solution = flowfree.FLOWFREE.solve(level)
        told["counts"][name] = solution.solutions
        told["seconds"][name] = seconds_of(lambda level=level: flowfree.FLOWFREE.solve(level))
    numbers = [level.numbers for level in levels.values()]
    told["quiet"] = [len(quiet_fills(ends, Effort(), 2)) for ends in numbers]
    told["quiet_seconds"] = seconds_of(lambda: [quiet_fills(ends, Effort(), 2) for ends in numbers])
    return told


def collection(path: str, limit: float) -> dict[str, Any]:
    """The Sokoban levels of a file: how many are solved with proof in time, how long it takes, and which are not."""
    seconds, rest = [], []
    for entry in entries(path):
        begun = time.process_time()
        solution = sokoban.SOKOBAN.solve(entry.level, seconds=limit)
        seconds.append(time.process_time() - begun)
        if not solution.optimal:
            rest.append(f"{entry.title} ({solution.outcome.value})")
    return {
        "levels": len(seconds),
        "proven": len(seconds) - len(rest),
        "median_ms": 1000 * median(seconds),
        "most_seconds": max(seconds),
        "total_seconds": sum(seconds),
        "rest": rest,
    }


# The run


def peers(python: Path, seconds: float) -> dict[str, Any]:
    """The rates of other people's generators, or why there are none."""
    if not python.is_file():
        return {"others": {"failed": f"not installed in {python.parent.parent}"}}
    ran = subprocess.run(
        [python, ROOT / "bench" / "peers.py", str(seconds)], capture_output=True, text=True, check=True
    )
    told: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return told


def rounds(seconds: float, python: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Our rates, each the median of some rounds, and those of others, measured between two of the rounds."""
    kinds = [*mazes(), *maze_levels(), *flows(), *rooms()]
    found: dict[str, list[tuple[float, float]]] = {kind.name: [] for kind in kinds}
    theirs: list[dict[str, Any]] = []
    for number in range(ROUNDS):
        for kind in kinds:
            found[kind.name].append((rate(kind.kernel, seconds), rate(kind.public, seconds)))
        if number < ROUNDS - 1:
            theirs.append(peers(python, seconds))
    ours = {
        kind.name: {
            "kernel": median(kernel for kernel, _ in found[kind.name]),
            "public": median(public for _, public in found[kind.name]),
            "least": kind.least,
        }
        for kind in kinds
    }
    for name, one in theirs[0].items():
        for kind_name in one.get("rates", {}):
            one["rates"][kind_name] = median(other[name]["rates"][kind_name] for other in theirs)
    return ours, theirs[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "puzzles.md")
    parser.add_argument("--seconds", type=float, default=1.0, help="for each rate of each round")
    parser.add_argument("--peers", type=Path, default=ROOT / ".venv-peers" / "bin" / "python")
    options = parser.parse_args()
    for puzzle in (maze.MAZE, flowfree.FLOWFREE, sokoban.SOKOBAN):
        puzzle.ready()
    ours, theirs = rounds(options.seconds, options.peers)
    told: dict[str, Any] = {
        "run": {
            "command": f"python bench/puzzles.py --seconds {options.seconds:g}",
            "date": f"{datetime.now(timezone.utc):%Y-%m-%d}",
            "machine": machine(),
            "python": platform.python_version(),
            **{name: version(name) for name in ("numpy", "numba")},
            "seed": SEED,
            "rounds": ROUNDS,
        },
        "rates": ours,
        "peers": theirs,
    }
    if LEVELS.is_dir():
        told["flow_solver"] = flow_solver()
        told["sokoban"] = {
            name: {"limit": limit, **collection(path, limit)}
            for name, path, limit in (
                ("Boxoban unfiltered test, every fifth", "boxoban/unfiltered_test_200.txt", 20.0),
                ("Boxoban medium train, every tenth", "boxoban/medium_train_100.txt", 20.0),
                ("Microban", "microban/Microban_155.xsb", 20.0),
            )
        }
    options.out.write_text(markdown(told), encoding="utf-8")
    options.out.with_suffix(".json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    print(markdown(told))


if __name__ == "__main__":
    main()
