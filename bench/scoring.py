"""`make bench-scoring`: what scoring adds to judging, whether a kill loses anything, and how fast the site is built.

    scoring   300 films scored with one worker, beside the verifier alone on the same films, in turns film by film
    killed    the same films scored by two workers, killed in the middle and run again, beside the run that was not
    site      ten submissions of 300 levels, without films and with every film

The levels, films and results stay in `--work`, and are made where they are not there. The page is written to
bench/scoring.md, and what it says to bench/scoring.json.
"""

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timezone
from importlib.metadata import version
from multiprocessing import forkserver
from pathlib import Path
from random import Random
from shutil import copyfile, copytree, rmtree
from statistics import median
from typing import Any

from report import number, table

from puzzlereel.baselines.sample import Shot, sample
from puzzlereel.cli.sample import REFERENCES
from puzzlereel.hub.build import build
from puzzlereel.hub.dataset import Dataset, Row, open_dataset, sha256_of
from puzzlereel.hub.options import Options
from puzzlereel.leaderboard.films import film_path
from puzzlereel.leaderboard.judging import Task, judge_task
from puzzlereel.leaderboard.readings import readings_path
from puzzlereel.leaderboard.results import log_path
from puzzlereel.leaderboard.score import score
from puzzlereel.leaderboard.site import Sources, build_site
from puzzlereel.leaderboard.submission import DESCRIPTION, Submission, read_submission, write_submission
from puzzlereel.leaderboard.template import meta_of
from puzzlereel.machine import machine
from puzzlereel.verifiers import children
from puzzlereel.verifiers.judge import VERIFIER_VERSION, judge_file

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tests"))
from test_site import scored  # noqa: E402

POLICIES = ("oracle", "teleport")
OPTIONS = Options(tiers=("easy", "medium", "hard", "ood"), count=25)
"""Three times 100 levels."""
TICK = os.sysconf("SC_CLK_TCK")
SUBMISSIONS, LEVELS = 10, 300
WARM = 6
"""How many films are judged before the time is taken, so that all is compiled."""
SEED = 1
"""Of the verdicts in a site without films."""
KILLED_AFTER = 100
"""How many verdicts are there when scoring is killed."""
MOST_SHARE, MOST_SECONDS = 0.1, 20
"""What scoring may add to judging, and how long a site may take."""

HEAD = """\
# Scoring: what it adds to judging, and how fast the site is built

`make bench-scoring` writes this page. This one was written by `{command}` on {date}, on {machine}, of which other work
had a share: {load:.1f} processes on average wanted to run when this began, {load_after:.1f} when it ended. Python
{python}, PyAV {av}, numpy {numpy}; verifier {verifier}; seed {seed}. Each number is the median of {rounds} rounds.

"""


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, default=ROOT / "results" / "scoring")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=ROOT / "bench")
    asked = parser.parse_args()
    dataset = prepare(asked.work)
    load = os.getloadavg()[0]
    told: dict[str, Any] = {
        "run": {
            "command": "python bench/scoring.py",
            "date": datetime.now(timezone.utc).date().isoformat(),
            "machine": machine(),
            "python": platform.python_version(),
            **{name: version(name) for name in ("av", "numpy")},
            "verifier": VERIFIER_VERSION,
            "seed": SEED,
            "rounds": asked.rounds,
            "load": load,
        },
        "scoring": scoring(asked.work, dataset, asked.rounds),
        "killed": killed(asked.work),
        "site": site(asked.work, dataset, asked.rounds),
    }
    told["run"]["load_after"] = os.getloadavg()[0]
    (asked.out / "scoring.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    (asked.out / "scoring.md").write_text(markdown(told), encoding="utf-8")
    print(markdown(told))


def prepare(work: Path) -> Dataset:
    """The levels, and the films of every policy, made where they are not there."""
    build(work / "data", OPTIONS, workers=2)
    dataset = open_dataset(work / "data")
    for policy in POLICIES:
        folder = work / "submissions" / policy
        sample([Shot(policy, row, film_path(folder, row)) for row in dataset.rows], workers=2)
        if not (folder / DESCRIPTION).exists():
            write_submission(folder, meta_of(dataset, name=REFERENCES[policy][0]))
    return dataset


def scoring(work: Path, dataset: Dataset, rounds: int) -> dict[str, Any]:
    """The processor time of judging all films of a submission, and of scoring it.

    What the process that judges does for a film of a score is timed beside the verifier alone, film by film in turns,
    so that what other work takes from this machine falls on both; the rest is of a score of all films.
    """
    submission = read_submission(work / "submissions" / POLICIES[0])
    out = work / "results" / f"{POLICIES[0]}.json"
    load = loading(submission, dataset.rows[:: len(dataset.rows) // WARM])
    turns = [
        in_turns(submission, dataset.rows) | scored_with_one_worker(submission, dataset, out) for _ in range(rounds)
    ]
    shares = [(one["told"] + one["beside"] + one["start"]) / one["judge"] - 1 for one in turns]
    return {
        "films": len(dataset.rows),
        "load": load,
        "whole_share": median(one["score"] / (one["judge"] + load) - 1 for one in turns),
        **{name: median(one[name] for one in turns) for name in turns[0]},
        "turns": turns,
        "shares": shares,
        "share": median(shares),
        "share_after_start": median((one["told"] + one["beside"]) / one["judge"] - 1 for one in turns),
    }


def loading(submission: Submission, rows: Sequence[Row]) -> float:
    """The processor seconds by which the first films of a process take longer than the same ones again."""
    first, again = (sum(in_turns(submission, rows).values()) for _ in range(2))
    return first - again


def in_turns(submission: Submission, rows: Sequence[Row]) -> dict[str, float]:
    """The processor seconds of the verifier alone on some levels' films, and of all that scoring does with each."""

    def alone(task: Task) -> object:
        return judge_file(task.film, task.puzzle, task.level, task.skin, task.solution)

    took = {"judge": 0.0, "told": 0.0}
    for at, row in enumerate(rows):
        film = film_path(submission.folder, row)
        task = Task(row.id, film, row.puzzle, row.level, row.skin, row.solution, sha256_of(film))
        turns: list[tuple[str, Callable[[Task], object]]] = [("judge", alone), ("told", judge_task)]
        for name, call in turns[:: 1 if at % 2 else -1]:
            begun = time.process_time()
            call(task)
            took[name] += time.process_time() - begun
    return took


def scored_with_one_worker(submission: Submission, dataset: Dataset, out: Path) -> dict[str, float]:
    """The processor seconds of scoring a submission anew, those of the child's start, and those beside the child.

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
    for path in files_of(out):
        path.unlink(missing_ok=True)
    children.warm()
    server = seconds_of(forkserver._forkserver._forkserver_pid)
    try:
        before = time.process_time()
        score(submission, dataset, out, workers=1)
        here = time.process_time() - before
    finally:
        children.Child.__init__, children.Child.end = begin, end  # type: ignore[method-assign]
    server = seconds_of(forkserver._forkserver._forkserver_pid) - server
    return {"score": here + sum(own) + server, "start": sum(starts) + server, "beside": here}


def seconds_of(pid: int | None) -> float:
    """The processor seconds that a process of this machine has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def files_of(result: Path) -> tuple[Path, Path, Path]:
    """All that scoring writes."""
    return result, log_path(result), readings_path(result)


def killed(work: Path) -> dict[str, Any]:
    """How many verdicts there were when two workers were killed, what the next run kept, and what came of it."""
    out, undisturbed = work / "killed" / "result.json", work / "results" / f"{POLICIES[0]}.json"
    rmtree(out.parent, ignore_errors=True)
    told = "score", work / "submissions" / POLICIES[0], "--data", work / "data", "--out", out, "--workers", "2"
    command = [sys.executable, "-m", "puzzlereel", *map(str, told)]
    first = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while len(rows_in(out)) < KILLED_AFTER and first.poll() is None:
        time.sleep(0.05)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    there = rows_in(out)
    is_whole = out.exists()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    same = all(
        one.read_bytes() == other.read_bytes() for one, other in zip(*map(files_of, (out, undisturbed)), strict=True)
    )
    return {
        "verdicts_at_kill": len(there),
        "results_at_kill": is_whole,
        "kept": len(set(there) & set(rows_in(out))),
        "same_bytes": same,
    }


def rows_in(out: Path) -> list[str]:
    """The whole rows that a run has written so far."""
    log = log_path(out)
    return log.read_text(encoding="utf-8").split("\n")[:-1] if log.exists() else []


def site(work: Path, dataset: Dataset, rounds: int) -> dict[str, Any]:
    """The seconds by the clock that sites take, and the processor seconds."""
    rng, told = Random(SEED), dict[str, Any]()
    results, folders = handed_in(work, dataset)
    sources = Sources(dataset, folders)
    with tempfile.TemporaryDirectory(dir=work) as out:
        here = Path(out)
        verdicts = [
            ["".join(rng.choices("SJWMU", (at, 2, 3, 1, 1), k=LEVELS // 2)) for _ in range(2)]
            for at in range(SUBMISSIONS)
        ]
        plain = [scored(here, f"model {at}", *some) for at, some in enumerate(verdicts)]
        told["plain"] = built(lambda turn: build_site(plain, here / f"plain{turn}"), rounds)
        told["films"] = built(lambda turn: build_site(results, here / f"films{turn}", sources=sources), rounds)
        told["again"] = built(lambda turn: build_site(results, here / "films0", sources=sources), rounds)
        told["shown"] = len(list((here / "films0" / "models").glob("*/*.mp4")))
        told["bytes"] = sum(path.stat().st_size for path in (here / "films0").rglob("*") if path.is_file())
    return told


def handed_in(work: Path, dataset: Dataset) -> tuple[list[Path], list[Path]]:
    """The results and folders of every policy's films, which are handed in under as many names as make ten."""
    results, folders = [], []
    for policy in POLICIES:
        result, folder = work / "results" / f"{policy}.json", work / "submissions" / policy
        score(read_submission(folder), dataset, result, workers=2)
        for copy in range(SUBMISSIONS // len(POLICIES)):
            other, twin = work / "results" / f"{policy}-{copy}.json", work / "submissions" / f"{policy}-{copy}"
            if not (twin / DESCRIPTION).exists():
                copytree(folder / "videos", twin / "videos", dirs_exist_ok=True)
                write_submission(twin, meta_of(dataset, name=f"{REFERENCES[policy][0]} {copy}"))
            for one, another in zip(files_of(result), files_of(other), strict=True):
                copyfile(one, another)
            score(read_submission(twin), dataset, other)
            results.append(other)
            folders.append(twin)
    return results, folders


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
    return (
        HEAD.format(**told["run"])
        + "\n".join([*_scoring(told["scoring"]), "", *_killed(told["killed"]), "", *_site(told["site"])])
        + "\n"
    )


def _scoring(told: dict[str, Any]) -> Iterator[str]:
    films = told["films"]
    shares = ", ".join(f"{100 * share:+.1f}" for share in told["shares"])
    yield f"## Scoring 3 × {films // 3} films of 81 frames, 480x832, with one worker\n"
    yield (
        "*Judging*: the verifier on each film's file. *For each film*: all that the process that judges does in a"
        " score: the same, the reward, what was seen, and the SHA-256 once more; film by film in turns with judging"
        " alone, so that other work falls on both. *Beside*: the process that looks for films, takes their SHA-256,"
        " hands them out and writes. *Start*: of the process that judges, once a run. Processor time.\n\n"
        f"Scoring takes {100 * told['share']:.1f} % more than judging ({shares} % in the rounds), and"
        f" {100 * told['share_after_start']:.1f} % more without the start (aim: under {100 * MOST_SHARE:.0f} %). More"
        f" workers do not wait for what is beside: it takes {100 * told['beside'] / told['judge']:.1f} % of what"
        f" judging does.\n\nThe first films of a process load what is compiled, {number(told['load'])} seconds, which"
        " is judging's own and stands in none of these. A whole score, not in turns, took"
        f" {number(told['score'])} seconds: {100 * told['whole_share']:.1f} % more than judging and that.\n"
    )
    names = {"judging": "judge", "for each film": "told", "beside": "beside", "start": "start"}
    rows = [(name, number(told[key]), number(1000 * told[key] / films)) for name, key in names.items()]
    yield from table(("", "seconds", "ms a film"), rows)


def _killed(told: dict[str, Any]) -> Iterator[str]:
    yield "## Killed in the middle and run again\n"
    same = "the same bytes as" if told["same_bytes"] else "OTHER BYTES THAN"
    yield (
        f"Two workers were killed, with all their processes, when {told['verdicts_at_kill']} verdicts were written."
        f" The same command, given again, kept {told['kept']} of them, and ended with {same} the run above, in the"
        " results, the verdicts and the readings."
    )


def _site(told: dict[str, Any]) -> Iterator[str]:
    yield f"## Building the site of {SUBMISSIONS} submissions and {LEVELS} levels\n"
    names = SUBMISSIONS // len(POLICIES)
    yield (
        "By the clock, which other work slows, and the processor time of the command, which has one process (aim: under"
        f" {MOST_SECONDS} s). With films: {told['shown']:,} submitted ones, those of {len(POLICIES)} policies under"
        f" {names} names each, are copied beside the reference films, and what the judge saw is told by the scores; the"
        f" folder has {told['bytes'] / 2**20:,.0f} MB.\n"
    )
    rows = [
        (name, number(told[key]["own"]), number(told[key]["wall"]))
        for name, key in (("without films", "plain"), ("with all films", "films"), ("the same once more", "again"))
    ]
    yield from table(("site", "processor seconds", "by the clock"), rows)


if __name__ == "__main__":
    main()
