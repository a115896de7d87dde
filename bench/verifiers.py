"""`python bench/verifiers.py`: how fast films are judged, beside decoding alone.

    files     films of the data sets' size, clean and recoded with noise: judged, and only decoded, in turns
    command   `puzzlereel verify` as users call it, start and all
    memory    frames that are there already, at the data sets' size and at that of small trainers

Processor time on one core. The page is written to bench/verifiers.md, and what it says to bench/verifiers.json.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from importlib.metadata import version
from itertools import product
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, NamedTuple

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from verifiers_report import markdown

from puzzlereel.machine import machine
from puzzlereel.puzzles import flowfree, maze, sokoban
from puzzlereel.puzzles.core import Trajectory
from puzzlereel.puzzles.ids import LevelId, solution_of
from puzzlereel.puzzles.registry import SUITE
from puzzlereel.renderers.film import Timing, Video, film
from puzzlereel.renderers.layout import Canvas
from puzzlereel.renderers.skins import Skin, skin_of
from puzzlereel.renderers.video import write_video
from puzzlereel.verifiers.judge import judge, judge_file

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tests"))
from recoding import CODECS, encode  # noqa: E402

SMALL = Canvas(64, 64)
SMALL_TIERS = {
    "maze": maze.Tier(sides=(3,), least=4, most=7),
    "flowfree": flowfree.Tier(shapes=((4, 4),), least=3, most=5, longest=9),
    "sokoban": sokoban.Tier(rows=(5, 6), columns=(5, 6), boxes=(1,), least=2, most=5, moves=7),
}
"""What fits on 64x64 pixels in 17 frames."""
MORE = 5
"""How many times as many rounds small films are measured in: so short that one disturbance spoils several."""
SENSOR, GRAIN = 6.0, 4.0
"""The deviation of the noise, of 255, that films have before they are recoded, and that frames in memory have."""
STYLES_AND_SKINS = tuple(product(SUITE, ("hold", "slide"), ("classic", "textured")))


class Case(NamedTuple):
    """A film and what it is judged by."""

    puzzle: str
    style: str
    way: Trajectory
    skin: Skin
    video: Video

    @property
    def name(self) -> str:
        return f"{self.puzzle} {self.style} {self.skin.name}"


def seconds(work: Callable[[], Any]) -> tuple[float, float]:
    """The processor time of some work, that of processes which it has started and waited for included, and its time."""
    before, begun = spent(), time.perf_counter()
    work()
    return spent() - before, time.perf_counter() - begun


def spent() -> float:
    """The processor time of this process and of those that it has started and waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def in_turns(works: Mapping[Any, Callable[[], Any]], rounds: int) -> dict[Any, Any]:
    """The median of each work's processor time, and of its time by the clock, measured in turns after one turn more."""
    times: dict[Any, list[tuple[float, float]]] = {name: [] for name in works}
    for turn in range(rounds + 1):
        for name, work in works.items():
            took = seconds(work)
            if turn:
                times[name].append(took)
    told: dict[Any, Any] = {name: median(cpu for cpu, _ in took) for name, took in times.items()}
    told["wall"] = {name: median(wall for _, wall in took) for name, took in times.items()}
    return told | {"turns": times}


def decode(path: Path, *, convert: bool) -> None:
    """PyAV alone, on one thread: every frame, as an array of RGB pixels where that is asked for."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_count = 1
        converter = VideoReformatter()
        for frame in container.decode(stream):
            if convert:
                converter.reformat(frame, format="rgb24", threads=1).to_ndarray()


def noisy(video: Video, deviation: float, rng: np.random.Generator) -> Video:
    """The film with noise of its own in every frame, pixel and channel."""
    grained = np.empty_like(video)
    for t, frame in enumerate(video):
        noise = rng.standard_normal(frame.shape, np.float32) * deviation
        grained[t] = np.clip(frame + noise + 0.5, 0, 255)
    return grained


def large_cases() -> Iterator[Case]:
    for puzzle, style, name in STYLES_AND_SKINS:
        way = solution_of(LevelId(puzzle, "medium", "test", 0)).trajectory
        skin = skin_of(puzzle, name)
        yield Case(puzzle, style, way, skin, film(way, skin, style=style))


def small_cases(seed: int) -> Iterator[Case]:
    """Ten levels for each puzzle, style and skin."""
    for puzzle, style, name in STYLES_AND_SKINS:
        rng, skin = Random(f"bench/verifiers {seed} {puzzle}"), skin_of(puzzle, name)
        for _ in range(10):
            way = short_way(puzzle, rng)
            timing = Timing(frames=17, least=1, most=2)
            yield Case(puzzle, style, way, skin, film(way, skin, timing=timing, style=style, canvas=SMALL))


def short_way(puzzle: str, rng: Random) -> Trajectory:
    """The solution of a small level, which leaves two frames for each of its states."""
    rules = SUITE[puzzle]
    return rules.solve(rules.generate(rng, SMALL_TIERS[puzzle])).trajectory


def check(verdict: Any, what: str) -> None:
    """Work that comes to another verdict than success is not what is measured."""
    if not verdict.success:
        REFUSED.append(f"{what}: {verdict.fault.sentence}")


REFUSED: list[str] = []
"""Honest films that were refused while they were measured."""


def files(rounds: int, seed: int, folder: Path) -> list[dict[str, Any]]:
    """Each film clean and recoded: whole judgement, decoding to pixels, and decoding alone."""
    told, rng = [], np.random.default_rng(seed)
    for case in large_cases():
        for kind in ("clean", "noisy"):
            path = folder / f"{kind}.mp4"
            if kind == "clean":
                write_video(path, case.video, fps=8)
            else:
                encode(str(path), noisy(case.video, SENSOR, rng), CODECS["h264_crf28"])
            solution = SUITE[case.puzzle].write_moves(case.way)
            given = (path, case.puzzle, str(case.way.level), case.skin.name, solution)
            works = {
                "verify": lambda given=given: judge_file(*given),
                "decode": lambda path=path: decode(path, convert=True),
                "planes": lambda path=path: decode(path, convert=False),
            }
            check(judge_file(*given), f"{case.name} {kind}")
            one = in_turns(works, rounds)
            turns = one.pop("turns")
            one["ratio"] = median(a[0] / b[0] for a, b in zip(turns["verify"], turns["decode"], strict=True))
            one["wall_ratio"] = median(a[1] / b[1] for a, b in zip(turns["verify"], turns["decode"], strict=True))
            told.append({"film": case.name, "kind": kind, "bytes": path.stat().st_size} | one)
    return told


def command(rounds: int, folder: Path) -> dict[str, Any]:
    """`verify` and a Python that only decodes, as processes of their own."""
    identity = "maze/medium/test/0"
    path = folder / "film.mp4"
    write_video(path, film(solution_of(LevelId("maze", "medium", "test", 0)).trajectory, skin_of("maze")), fps=8)
    loop = f"import av\nfor f in av.open({str(path)!r}).decode(video=0): f.to_ndarray(format='rgb24')"
    calls = {
        "verify": [sys.executable, "-m", "puzzlereel", "verify", str(path), "--level", identity],
        "decode": [sys.executable, "-c", loop],
        "help": [sys.executable, "-m", "puzzlereel", "verify", "--help"],
    }
    works = {
        name: lambda call=call: subprocess.run(call, check=True, capture_output=True) for name, call in calls.items()
    }
    one = in_turns(works, rounds)
    one.pop("turns")
    return one


def memory(cases: Sequence[Case], rounds: int, seed: int) -> list[dict[str, Any]]:
    """Films a second of processor time, for each puzzle and style, of frames that are there already: all in turns."""
    rng, chosen = np.random.default_rng(seed), dict[tuple[str, str, str], list[Case]]()
    for case, kind in product(cases, ("clean", "noisy")):
        seen = case if kind == "clean" else case._replace(video=noisy(case.video, GRAIN, rng))
        check(judge(seen.video, seen.way.level, seen.skin), f"{seen.name} {kind} {seen.video.shape}")
        chosen.setdefault((seen.puzzle, seen.style, kind), []).append(seen)
    works = {
        name: lambda some=some: [judge(one.video, one.way.level, one.skin) for one in some]
        for name, some in chosen.items()
    }
    took = in_turns(works, rounds)
    frames, height, width, _ = cases[0].video.shape
    return [
        {
            "size": f"{height}x{width}x{frames}", "puzzle": name[0], "style": name[1], "kind": name[2],
            "films": len(some), "rate": len(some) / took[name], "wall_rate": len(some) / took["wall"][name],
        }
        for name, some in chosen.items()
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "verifiers.md")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0, help="of the noise and of the small levels")
    options = parser.parse_args()
    rounds, seed = options.rounds, options.seed
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as name:
        from_files = files(rounds, seed, Path(name))
        started = command(rounds, Path(name))
    in_memory = memory(list(small_cases(seed)), MORE * rounds, seed)
    for puzzle in SUITE:  # one after the other, since such films are large
        in_memory += memory([case for case in large_cases() if case.puzzle == puzzle], rounds, seed)
    told: dict[str, Any] = {
        "run": {
            "command": "python " + " ".join(["bench/verifiers.py", *sys.argv[1:]]),
            "date": f"{datetime.now(timezone.utc):%Y-%m-%d}",
            "machine": machine(),
            "seed": seed,
            "rounds": rounds,
            "more": MORE * rounds,
            "python": platform.python_version(),
            **{package: version(package) for package in ("av", "numpy", "numba")},
        },
        "files": from_files,
        "command": started,
        "memory": in_memory,
        "refused": REFUSED,
    }
    options.out.write_text(markdown(told), encoding="utf-8")
    options.out.with_suffix(".json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    print(markdown(told))


if __name__ == "__main__":
    main()
