"""What the judge saw, told beside the verdicts: the same verdicts, nothing lost in a stop, no stranger's line shown."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from odd_files import write_any
from test_score import MAZES, SOLVED, judged_here, submit
from test_site_numbers import seen, shown  # noqa: F401 (a fixture)

from puzzlereel.leaderboard import judging, shelf
from puzzlereel.leaderboard import score as scoring
from puzzlereel.leaderboard.entries import read_entries
from puzzlereel.leaderboard.films import Key
from puzzlereel.leaderboard.readings import (
    Judged,
    is_reading,
    judge_and_tell,
    order_readings,
    read_readings,
    reading_line,
    readings_path,
)
from puzzlereel.leaderboard.score import score
from puzzlereel.puzzles.core import Trajectory
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.renderers.film import Timing, film, film_boards
from puzzlereel.renderers.layout import Canvas
from puzzlereel.renderers.skins import skin_of
from puzzlereel.renderers.video import write_video
from puzzlereel.verifiers.judge import judge_file

HALL = PUZZLES["maze"].parse("######\n#@  G#\n######")
WAY = Trajectory(HALL, ("R", "R", "R"))
CANVAS, TIMING = Canvas(96, 192), Timing(frames=17)
READING = {"frames": 2, "boards": [{"frame": 0, "rows": ["@"]}], "box": [0, 0.5, 1, 1]}
ROW = {"id": "maze/easy/test/0", "sha256": "ab" * 32, "skin": "classic", "verifier_version": "2"}


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A film that is right, one that jumps, a file that is none, and one that is not there."""
    folder, skin = tmp_path_factory.mktemp("films"), skin_of("maze")
    found = {name: folder / f"{name}.mp4" for name in ("right", "jump", "none", "absent")}
    write_video(found["right"], film(WAY, skin, timing=TIMING, canvas=CANVAS), fps=8)
    boards = [WAY.boards[0], WAY.boards[0], WAY.boards[3]]
    write_video(found["jump"], film_boards(boards, skin, timing=TIMING, style="hold", canvas=CANVAS), fps=8)
    found["none"].write_bytes(b"no film")
    return found


@pytest.mark.parametrize("name", ["right", "jump", "none", "absent"])
def test_the_verdict_is_that_of_judge_file(films: dict[str, Path], name: str) -> None:
    verdict, reading = judge_and_tell(films[name], "maze", str(HALL), "classic", "RRR")

    assert judge_file(films[name], "maze", str(HALL), "classic", "RRR") == verdict
    assert is_reading(reading)
    assert (name in ("none", "absent")) == ("why_not" in reading)


def test_a_film_that_is_too_small_is_told_with_its_reason(tmp_path: Path) -> None:
    write_any(tmp_path / "film.mp4", np.zeros((5, 16, 16, 3), np.uint8), "libx264")

    verdict, reading = judge_and_tell(tmp_path / "film.mp4", "maze", str(HALL), "classic", "RRR")

    assert judge_file(tmp_path / "film.mp4", "maze", str(HALL), "classic", "RRR") == verdict
    assert (False, ["why_not"]) == (verdict.judged, list(reading))


def test_a_reading_tells_each_board_once_with_the_first_frame_that_shows_it(films: dict[str, Path]) -> None:
    right, jump = (judge_and_tell(films[name], "maze", str(HALL), "classic", "RRR") for name in ("right", "jump"))
    boards = right.reading["boards"]

    assert [f"#{row}#" for row in ("@  G", " @ G", "  @G", "   +")] == [board["rows"][1] for board in boards]
    assert [n * TIMING.hold(4) for n in range(4)] == [board["frame"] for board in boards]
    assert (17, None) == (right.reading["frames"], right.reading["box"])
    assert jump.verdict.fault is not None
    top, left, bottom, right_edge = jump.reading["box"]
    assert (0 <= top < bottom <= 1, 0 <= left < right_edge <= 1) == (True, True)
    row, column = jump.verdict.fault.cell or (9, 9)
    assert (1, 4) == (row, column)
    assert left < (column + 0.5) / 6 < right_edge


def test_a_stop_in_the_middle_loses_no_verdict_and_no_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def believe(path: Path, *others: str) -> Judged:
        calls.append(path.stem)
        return Judged(SOLVED, {**READING, "frames": len(calls)})

    def stop(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(judging, "judge_and_tell", believe)
    monkeypatch.setattr(scoring, "judged", judged_here)
    submission = submit(tmp_path / "sub", {row.id: row.id for row in MAZES.rows})
    score(submission, MAZES, tmp_path / "whole.json")
    calls.clear()
    with pytest.raises(KeyboardInterrupt):
        score(submission, MAZES, tmp_path / "stopped.json", progress=stop)
    for path in (tmp_path / "stopped.levels.jsonl", tmp_path / "stopped.readings.jsonl"):
        with path.open("a") as file:
            file.write('{"id": "maze/easy/te')
    score(submission, MAZES, tmp_path / "stopped.json")

    assert len(MAZES.rows) == len(calls)
    for end in (".json", ".levels.jsonl", ".readings.jsonl"):
        assert (tmp_path / f"whole{end}").read_bytes() == (tmp_path / f"stopped{end}").read_bytes(), end
    told = [json.loads(line) for line in (tmp_path / "whole.readings.jsonl").read_text().splitlines()]
    assert [row.id for row in MAZES.rows] == [one["id"] for one in told]
    assert [1, 2, 3, 4] == [one["reading"]["frames"] for one in told]


def test_lines_are_put_in_the_order_of_the_rows_once_each_and_others_left_out(tmp_path: Path) -> None:
    path, rows = tmp_path / "some.readings.jsonl", [{**ROW, "id": f"maze/easy/test/{n}"} for n in range(3)]
    lines = [reading_line(row, {"why_not": row["id"]}) for row in rows]
    path.write_text(lines[2] + "broken\n" + lines[0] + lines[1] + lines[2][:-5])

    order_readings(path, [rows[0], rows[2], rows[0]])

    assert lines[0] + lines[2] == path.read_text()
    assert [{"why_not": rows[2]["id"]}, None] == read_readings(path, [rows[2], rows[1]])
    for key in ROW:
        assert [None] == read_readings(path, [{**rows[2], key: "another"}]), key
    assert [None] == read_readings(tmp_path / "none", [rows[0]])


def test_a_number_that_is_too_large_for_one_is_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "some.readings.jsonl"
    path.write_text(json.dumps({**ROW, "reading": {**READING, "box": [0.5, 0, 0, 0]}}).replace("0.5", "1e999") + "\n")

    assert [None] == read_readings(path, [ROW])


@pytest.mark.parametrize(
    "told",
    [
        [], "text", {}, {"why_not": 1}, {**READING, "more": 1}, {**READING, "frames": "1"}, {**READING, "boards": 1},
        {**READING, "box": [0, 0, 1]}, {**READING, "box": ["0", 0, 1, 1]}, {**READING, "boards": [["@"]]},
        {**READING, "boards": [{"frame": 0, "rows": [1]}]}, {**READING, "boards": [{"frame": "0", "rows": ["@"]}]},
    ],
)  # fmt: skip
def test_what_a_page_cannot_show_is_not_taken(told: Any, tmp_path: Path) -> None:
    path = tmp_path / "some.readings.jsonl"
    path.write_text(json.dumps({**ROW, "reading": told}) + "\n")

    assert is_reading(READING)
    assert not is_reading(told)
    assert [None] == read_readings(path, [ROW])


def test_a_site_takes_what_scoring_has_told_and_reads_no_film(tmp_path: Path, seen: list[Path]) -> None:  # noqa: F811
    _, dataset, folder = shown(tmp_path, _0_mp4=b"judged", _1_mp4=b"judged")
    (result,) = tmp_path.glob("*.json")
    rows = [json.loads(line) for line in result.with_name(f"{result.stem}.levels.jsonl").read_text().splitlines()]
    readings_path(result).write_text(reading_line(rows[0], READING))
    entry = read_entries([result])[0]
    found = shelf.hang_films(shelf.matched([entry], [folder]), dataset, tmp_path / "site")

    assert READING == found["a", Key("maze/easy/test/0", 0)].reading
    assert [tmp_path / "site/models/a/maze-easy-test-1.s0.mp4"] == seen
    assert found["a", Key("maze/easy/test/2", 0)].reading is None
