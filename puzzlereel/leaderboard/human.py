"""A person's moves as a row of the board, by the puzzles' own rules.

moves.json   what the page `play.html` of a site saves: the moves made in each level    schemas/human.json

The moves of a level stand for its film, one frame a state: a move that the rules do not allow ends it, and a level
that was not played is a missing film.
"""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from puzzlereel.files import write_whole
from puzzlereel.hub.dataset import Dataset, Row
from puzzlereel.leaderboard.files import BadFile, read_json, read_text
from puzzlereel.leaderboard.results import log_path, results_of, write_results
from puzzlereel.leaderboard.schema import check
from puzzlereel.leaderboard.score import Film, benchmark_of, line_of, result_path, row_of
from puzzlereel.puzzles.core import IllegalMove, Puzzle, Reason, State, is_solved
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.verifiers.judge import overlap
from puzzlereel.verifiers.progress import progress_of
from puzzlereel.verifiers.reward import reward
from puzzlereel.verifiers.verdict import PARTS, Fault, Verdict

MOVES = "moves"
"""What stands in place of a film's name in the rows of a person."""
SHOWN = 40
"""How many letters of a wrong move are told."""


def read_human(path: Path, dataset: Dataset) -> dict[str, Any]:
    """The file that a person's moves were saved in; BadFile, in one line, where it is none or of other levels."""
    told: dict[str, Any] = read_json(read_text(path), where=str(path))
    check(told, "human", where=str(path), error=BadFile)
    if told["levels_sha256"] != dataset.levels_sha256:
        raise BadFile(
            f"{path}: its moves are for the levels {told['levels_sha256'][:12]}…, "
            f"expected {dataset.levels_sha256[:12]}… of {dataset.folder}"
        )
    known = {row.id for row in dataset.rows}
    ids = [answer["id"] for answer in told["answers"]]
    for id in ids:
        if id not in known:
            raise BadFile(f"{path}: expected levels of {dataset.folder}, got {id!r}")
    if len(set(ids)) < len(ids):
        raise BadFile(f"{path}: expected every level once")
    return told


def score_human(path: Path, dataset: Dataset, out: Path) -> dict[str, Any]:
    """The results of a person, which are also written to `out`, with the rows in `<stem>.levels.jsonl` beside it.

    BadFile where the file holds no moves for this data set.
    """
    told = read_human(path, dataset)
    answers = {answer["id"]: answer["moves"] for answer in told["answers"]}
    benchmark = benchmark_of(dataset)
    rows = []
    for row in dataset.rows:
        moves = answers.get(row.id)
        film = Film(row, 0, Path(MOVES), None if moves is None else sha256(moves.encode()).hexdigest(), None)
        rows.append(row_of(film, None if moves is None else verdict_on(row, moves), benchmark))
    meta = {
        "schema_version": 1,
        "model": {"name": told["player"]},
        "sampler": {"kind": "a person, by hand", "levels_played": len(answers)},
        "dataset": {"levels_sha256": dataset.levels_sha256, "manifest_sha256": dataset.manifest_sha256},
    }
    results = results_of(rows, meta=meta, benchmark=benchmark, strange=[])
    target = result_path(out)
    write_whole(log_path(target), "".join(map(line_of, rows)))
    write_results(target, results)
    return results


def verdict_on(row: Row, moves: str) -> dict[str, Any]:
    """The verdict on some moves of a level, and its reward, as plain values."""
    verdict = judge_moves(row, moves)
    return verdict.json() | {"reward": round(reward(verdict), 6)}


def judge_moves(row: Row, text: str) -> Verdict:
    """The verdict on moves as on a film that shows one state a frame; the first unlawful move is its fault."""
    puzzle = PUZZLES[row.puzzle]
    level = puzzle.parse(row.level)
    moves = text.split(puzzle.separator) if puzzle.separator else list(text)
    states, wrong = followed(level, [move for move in moves if move])
    reference = puzzle.read_moves(level, row.solution)
    arrived = wrong is None and is_solved(level, states[-1])
    progress = progress_of(level, states, reference)
    whole = 1.0 if wrong is None else (len(states) - 1) / len(states)
    parts = dict.fromkeys(PARTS, 1.0) | {
        "lawful": whole if len(states) > 1 or wrong else float(arrived),
        "progress": progress["progress"],
        "solved": float(arrived),
    }
    fault = _fault(puzzle, level, states, wrong, arrived=arrived)
    metrics = overlap(level, states, reference)
    return Verdict(parts, () if fault is None else (fault,), arrived, tuple(states), metrics, progress)


def followed(level: Any, moves: list[str]) -> tuple[list[State], str | None]:
    """The states that moves lead to, the start first, and the first of them that is not lawful."""
    states = [level.start()]
    for move in moves:
        try:
            states.append(level.step(states[-1], move))
        except IllegalMove:
            return states, move
    return states, None


def _fault(puzzle: Puzzle, level: Any, states: list[State], wrong: str | None, *, arrived: bool) -> Fault | None:
    """What is wrong with some moves; None where they solve the level."""
    if wrong is not None:
        return Fault(len(states), Reason.UNLAWFUL, None, f"move {len(states)} is {wrong[:SHOWN]!r}")
    if arrived:
        return None
    if len(states) == 1:
        return Fault(0, Reason.FROZEN)
    missing: Mapping[str, float] = {name: part for name, part in level.progress(states[-1]).items() if part < 1}
    reason = (puzzle.unsolved or {}).get(next(iter(missing)), Reason.UNSOLVED)
    return Fault(len(states) - 1, reason, None, ", ".join(f"{name} {part:.0%}" for name, part in missing.items()))
