"""`make bench-films`: how fast films are made, beside the encoder alone, and what ten million of them would cost.

    encoder   frames to MP4, and the encoder's own time for the same pictures, ready made, in turns
    sets      `puzzlereel generate` and `generate --check` as users call them, with all that they start
    growth    sets of 100, 1,000 and 10,000 films: processor time, bytes and memory, and what follows from them

Processor time of all processes, as Linux tells it. The page is written to bench/films.md.
"""

import argparse
import contextlib
import json
import math
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from fractions import Fraction
from importlib.metadata import version
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

import av
from films_report import markdown

from puzzlereel.machine import machine
from puzzlereel.puzzles.ids import LevelId, solution_of
from puzzlereel.puzzles.registry import SUITE
from puzzlereel.renderers.draw import whole
from puzzlereel.renderers.film import STYLES, Shot, Timing, film, shoot
from puzzlereel.renderers.layout import Canvas
from puzzlereel.renderers.skins import skin_of
from puzzlereel.renderers.video import Screen, write_shots, write_video

ROOT = Path(__file__).resolve().parent.parent
SIZES = ((480, 832), (480, 480))
TICKS = os.sysconf("SC_CLK_TCK")


def milliseconds(work: Callable[[], Any]) -> float:
    """The processor time of some work."""
    begun = time.process_time()
    work()
    return 1000 * (time.process_time() - begun)


def encode(path: Path, pictures: Sequence[Any], size: Canvas) -> None:
    """The encoder alone: pictures that are in its own format already, with the options of `write_video`."""
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream: Any = container.add_stream("libx264", rate=8, options={"crf": "18", "preset": "veryfast"})
        stream.height, stream.width, stream.pix_fmt = *size, "yuv420p"
        stream.codec_context.thread_count = 1
        for t, picture in enumerate(pictures):
            picture.pts, picture.time_base = t, Fraction(1, 8)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))


def pictures_of(shots: Sequence[Shot]) -> list[Any]:
    """Every frame in the encoder's format, in memory of its own."""
    return [Screen(*shot.frame.shape[:2]).show(Shot(shot.frame, whole(shot.frame))) for shot in shots]


def encoder(rounds: int, folder: Path) -> list[dict[str, Any]]:
    """For each size, puzzle and style: the medians of the encoder's time, of ours, and of their ratio, in turns."""
    told = []
    for size, name, style in product(SIZES, SUITE, STYLES):
        way = solution_of(LevelId(name, "medium", "test", 0)).trajectory
        skin, canvas = skin_of(name), Canvas(*size)
        video = film(way, skin, style=style, canvas=canvas)
        pictures = pictures_of([Shot(frame, None) for frame in video])
        works: dict[str, Callable[[], Any]] = {
            "encoder": lambda pictures=pictures, canvas=canvas: encode(folder / "a.mp4", pictures, canvas),
            "shots": lambda way=way, skin=skin, style=style, canvas=canvas: write_shots(
                folder / "b.mp4",
                shoot(way.boards, skin, timing=Timing(), style=style, canvas=canvas),
                canvas,
                fps=8,
            ),
            "frames": lambda video=video: write_video(folder / "c.mp4", video, fps=8),
        }
        times: dict[str, list[float]] = {work: [] for work in works}
        for _ in range(rounds):
            for work, call in works.items():
                times[work].append(milliseconds(call))
        ratios = {
            work: median(alone / ours for alone, ours in zip(times["encoder"], times[work], strict=True))
            for work in ("shots", "frames")
        }
        one = {"size": size, "puzzle": name, "style": style, **{work: median(each) for work, each in times.items()}}
        told.append(one | {"ratio": ratios, "bytes": (folder / "b.mp4").stat().st_size})
    return told


def run(*words: str) -> dict[str, float]:
    """A command of puzzlereel as users call it: its time and memory with all the processes that it starts."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "puzzlereel", *words]
    with subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL) as process:
        accounts, ended = Accounts(), threading.Event()
        watcher = threading.Thread(target=accounts.watch, args=(process.pid, ended))
        watcher.start()
        status = process.wait()
        ended.set()
        watcher.join()
    if status:
        raise SystemExit(f"{' '.join(words)}: status {status}")
    told = {"cpu": sum(accounts.seconds.values()), "wall": time.perf_counter() - begun}
    return told | {"megabytes": accounts.most / 2**20}


class Accounts:
    """What the processes of a session have used, looked up every twentieth of a second, as Linux tells it."""

    def __init__(self) -> None:
        self.seconds: dict[int, float] = {}
        """The processor time of each process when it was last seen."""
        self.most = 0
        """The most memory, in bytes, that all held at once; what they share is counted once."""

    def watch(self, session: int, ended: threading.Event) -> None:
        turns = 0
        while not ended.wait(0.05):
            ours = [folder for folder in Path("/proc").iterdir() if folder.name.isdigit() and is_of(folder, session)]
            for folder in ours:
                with contextlib.suppress(OSError):
                    fields = (folder / "stat").read_text().rpartition(")")[2].split()
                    self.seconds[int(folder.name)] = (int(fields[11]) + int(fields[12])) / TICKS
            if turns % 10 == 0:
                self.most = max(self.most, sum(map(held, ours)))
            turns += 1


def is_of(folder: Path, session: int) -> bool:
    """Whether a process belongs to a session."""
    with contextlib.suppress(OSError):
        return os.getsid(int(folder.name)) == session
    return False


def held(folder: Path) -> int:
    """The memory of a process in bytes, its share of what several hold."""
    with contextlib.suppress(OSError, StopIteration):
        lines = (folder / "smaps_rollup").read_text().splitlines()
        return 1024 * int(next(line for line in lines if line.startswith("Pss:")).split()[1])
    return 0


def built(folder: Path, count: int, size: tuple[int, int], *words: str) -> dict[str, Any]:
    """A set of `count` levels of each puzzle, generated and, where that is asked for, checked."""
    options = ("--count", str(count), "--tier", "medium", "--height", str(size[0]), "--width", str(size[1]))
    made = run("generate", "--out", str(folder), *options, "--workers", str(os.cpu_count() or 1))
    films = list(folder.glob("*/*/videos/*.mp4"))
    told: dict[str, Any] = {"films": len(films), "size": size, "generate": made}
    told["film_bytes"] = sum(path.stat().st_size for path in films)
    told["other_bytes"] = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) - told["film_bytes"]
    if "check" in words:
        told["check"] = run("generate", "--check", str(folder), "--workers", str(os.cpu_count() or 1))
    return told


def exponent(sets: Sequence[dict[str, Any]]) -> float:
    """The slope of processor time over films, both as logarithms: 1 is linear growth."""
    xs = [math.log(one["films"]) for one in sets]
    ys = [math.log(one["generate"]["cpu"] - sets[0]["start"]) for one in sets]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum((a - x) ** 2 for a in xs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "films.md")
    parser.add_argument("--rounds", type=int, default=7, help="for each ratio to the encoder")
    parser.add_argument("--films", type=int, nargs="+", default=[100, 1000, 10_000], help="the sizes of the sets")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as name:
        folder = Path(name)
        ratios = encoder(options.rounds, folder)
        built(folder / "warm", 1, SIZES[0], "check")
        start = built(folder / "start", 1, SIZES[0])["generate"]["cpu"]
        sets = [built(folder / f"set{size[1]}", 200, size, "check") for size in SIZES]
        growth = [built(folder / f"g{films}", -(-films // 3), SIZES[0]) | {"start": start} for films in options.films]
    told: dict[str, Any] = {
        "run": {
            "command": "python bench/films.py" + (f" --rounds {options.rounds}" if options.rounds != 7 else ""),
            "date": f"{datetime.now(timezone.utc):%Y-%m-%d}",
            "machine": machine(),
            "python": platform.python_version(),
            **{package: version(package) for package in ("av", "numpy", "numba")},
            "rounds": options.rounds,
        },
        "encoder": ratios,
        "start": start,
        "sets": sets,
        "growth": growth,
        "exponent": exponent(growth),
    }
    options.out.write_text(markdown(told), encoding="utf-8")
    options.out.with_suffix(".json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    print(markdown(told))


if __name__ == "__main__":
    main()
