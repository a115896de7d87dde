"""`python bench/scoring.py --reproduced DIR`: what scoring adds to judging, and how fast the site is built.

    scoring   a submission scored with one worker, beside the verifier alone on the same films, in turns
    site      ten submissions of 300 levels without films; and those of DIR with every film, built first and once more

DIR is what `puzzlereel reproduce --out DIR` leaves. The page is written to bench/scoring.md, and what it says to
bench/scoring.json.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from importlib.metadata import version
from multiprocessing import forkserver
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from report import number, table

from puzzlereel.hub.dataset import Dataset, open_dataset
from puzzlereel.leaderboard.films import film_path
from puzzlereel.leaderboard.score import score
from puzzlereel.leaderboard.site import Sources, build_site
from puzzlereel.leaderboard.submission import Submission, read_submission
from puzzlereel.machine import machine
from puzzlereel.verifiers import children
from puzzlereel.verifiers.judge import VERIFIER_VERSION, judge_file

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tests"))
from test_site import scored  # noqa: E402

POLICY = "oracle"
TICK = os.sysconf("SC_CLK_TCK")
SUBMISSIONS, LEVELS = 10, 300
MOST_SHARE, MOST_SECONDS = 0.1, 20
"""What scoring may add to judging, and how long a site may take."""

HEAD = """\
# Scoring: what it adds to judging, and how fast the site is built

`{command}` wrote this page on {date}, on {machine}, of which other work had a share;
Python {python}, PyAV {av}, numpy {numpy}; verifier {verifier}. Each number is the median of {rounds} rounds.

"""


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reproduced", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=ROOT / "bench")
    asked = parser.parse_args()
    told: dict[str, Any] = {
        "run": {
            "command": "python bench/scoring.py --reproduced DIR",
            "date": datetime.now(timezone.utc).date().isoformat(),
            "machine": machine(),
            "python": platform.python_version(),
            **{name: version(name) for name in ("av", "numpy")},
            "verifier": VERIFIER_VERSION,
            "rounds": asked.rounds,
        },
        "scoring": scoring(asked.reproduced, asked.rounds),
        "site": site(asked.reproduced, asked.rounds),
    }
    (asked.out / "scoring.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    (asked.out / "scoring.md").write_text(markdown(told), encoding="utf-8")
    print(markdown(told))


def scoring(folder: Path, rounds: int) -> dict[str, Any]:
    """The processor time of judging all films of a submission, and of scoring it, in turns after one turn more."""
    dataset, submission = open_dataset(folder / "data"), read_submission(folder / "submissions" / POLICY)
    took: dict[str, list[float]] = {"judge": [], "score": [], "start": []}
    for turn in range(rounds + 1):
        alone = judged_alone(submission, dataset)
        whole, start = scored_with_one_worker(submission, dataset)
        if turn:
            for name, seconds in (("judge", alone), ("score", whole), ("start", start)):
                took[name].append(seconds)
    middle = {name: median(some) for name, some in took.items()}
    rest = middle["score"] - middle["start"]
    return {
        "films": len(dataset.rows),
        **middle,
        "turns": took,
        "share": middle["score"] / middle["judge"] - 1,
        "share_after_start": rest / middle["judge"] - 1,
    }


def judged_alone(submission: Submission, dataset: Dataset) -> float:
    """The processor seconds of the verifier on every film of a submission, in this process."""
    begun = time.process_time()
    for row in dataset.rows:
        judge_file(film_path(submission.folder, row), row.puzzle, row.level, row.skin, row.solution)
    return time.process_time() - begun


def scored_with_one_worker(submission: Submission, dataset: Dataset) -> tuple[float, float]:
    """The processor seconds of scoring a submission anew, here and in its child, and those of the child's start.

    A child is not ours to wait for, so its time is read from /proc just before it is ended, and when it has begun.
    """
    own: list[float] = []
    starts: list[float] = []
    begin, end = children.Child.__init__, children.Child.end

    def begun(child: children.Child, memory: int) -> None:
        begin(child, memory)
        starts.append(seconds_of(child.process.pid))

    def ended(child: children.Child) -> str:
        own.append(seconds_of(child.process.pid))
        return end(child)

    children.Child.__init__, children.Child.end = begun, ended  # type: ignore[method-assign, assignment]
    children.warm()
    server = seconds_of(forkserver._forkserver._forkserver_pid)
    try:
        with tempfile.TemporaryDirectory() as out:
            before = time.process_time()
            score(submission, dataset, Path(out, "results.json"), workers=1)
            here = time.process_time() - before
    finally:
        children.Child.__init__, children.Child.end = begin, end  # type: ignore[method-assign]
    server = seconds_of(forkserver._forkserver._forkserver_pid) - server
    return here + sum(own) + server, sum(starts) + server


def seconds_of(pid: int | None) -> float:
    """The processor seconds that a process of this machine has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def site(folder: Path, rounds: int) -> dict[str, Any]:
    """The seconds by the clock that sites take, and the processor seconds of this process."""
    rng, told = Random(1), dict[str, Any]()
    with tempfile.TemporaryDirectory() as out:
        here = Path(out)
        verdicts = [
            ["".join(rng.choices("SJWMU", (at, 2, 3, 1, 1), k=LEVELS // 2)) for _ in range(2)]
            for at in range(SUBMISSIONS)
        ]
        plain = [scored(here, f"model {at}", *some) for at, some in enumerate(verdicts)]
        told["plain"] = built(lambda turn: build_site(plain, here / f"plain{turn}"), rounds)
        results = sorted((folder / "results").glob("*.json"))
        folders = [folder / "submissions" / path.stem for path in results]
        sources = Sources(open_dataset(folder / "data"), folders)
        told["submissions"], told["levels"] = len(results), len(sources.dataset.rows if sources.dataset else ())
        told["first"] = built(lambda turn: build_site(results, here / "films", sources=sources, workers=2), 1)
        told["again"] = built(lambda turn: build_site(results, here / "films", sources=sources, workers=2), rounds)
    return told


def built(build: Callable[[int], Any], rounds: int) -> dict[str, float]:
    """The medians over some rounds, by the clock and of the processor."""
    took = []
    for turn in range(rounds):
        wall, own = time.perf_counter(), time.process_time()
        build(turn)
        took.append((time.perf_counter() - wall, time.process_time() - own))
    return {"wall": median(wall for wall, _ in took), "own": median(own for _, own in took)}


def markdown(told: dict[str, Any]) -> str:
    """The whole page."""
    return HEAD.format(**told["run"]) + "\n".join([*_scoring(told["scoring"]), "", *_site(told["site"])]) + "\n"


def _scoring(told: dict[str, Any]) -> Iterator[str]:
    films = told["films"]
    yield f"## Scoring 3 × {films // 3} films of 81 frames, 480x832, with one worker\n"
    yield (
        "*Judging*: the verifier on each film's file, in one process. *Scoring*: all that `puzzlereel score` does, from"
        " the search for films and their SHA-256 to the written results, in both of its processes. *Start*: of the"
        f" process that judges, once a run. Processor time. Scoring takes {100 * told['share']:.1f} % more than judging"
        f" and {100 * told['share_after_start']:.1f} % more without the start (aim: under {100 * MOST_SHARE:.0f} %).\n"
    )
    rows = [
        (name, number(told[key]), number(1000 * told[key] / films))
        for name, key in (("judging", "judge"), ("scoring", "score"), ("of which the start", "start"))
    ]
    yield from table(("", "seconds", "ms a film"), rows)


def _site(told: dict[str, Any]) -> Iterator[str]:
    yield "## Building the site\n"
    films = f"{told['submissions']} submissions, {told['levels']} levels"
    yield (
        "By the clock, and the processor time of the command's own process. With films, each is copied and read once"
        f" more by the verifier, by two workers; the next time, only new ones are (aim: {MOST_SECONDS} s).\n"
    )
    rows = [
        (name, number(told[key]["wall"]), number(told[key]["own"]))
        for name, key in (
            (f"{SUBMISSIONS} submissions, {LEVELS} levels, no films", "plain"),
            (f"{films}, all films, the first time", "first"),
            (f"{films}, all films, once more", "again"),
        )
    ]
    yield from table(("site", "seconds", "own process"), rows)


if __name__ == "__main__":
    main()
