"""W1 to W28: how the verifiers and scorers of other benchmarks were fooled, and that ours are not.

docs/verifiers.md tells what each of them was, and names its tests here.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from inspect import signature
from itertools import pairwise, product
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import numpy as np
import pytest
from PIL import Image
from recoding import CODECS, Codec, recoded
from typer.testing import CliRunner

from puzzlereel.cli.main import app
from puzzlereel.hub.dataset import Dataset, Row
from puzzlereel.leaderboard.films import film_path
from puzzlereel.leaderboard.score import score
from puzzlereel.leaderboard.submission import Submission, write_submission
from puzzlereel.puzzles import flowfree, maze, sokoban
from puzzlereel.puzzles.board import Board, Cell
from puzzlereel.puzzles.core import Reason, Trajectory
from puzzlereel.puzzles.ids import LevelId, level_of, solution_of
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.renderers.draw import Frame, tile_of
from puzzlereel.renderers.film import STYLES, Timing, Video, film, film_boards
from puzzlereel.renderers.layout import Canvas, layout_of
from puzzlereel.renderers.shapes import rgb
from puzzlereel.renderers.skins import SKINS, Skin, skin_of
from puzzlereel.renderers.video import write_video
from puzzlereel.verifiers.judge import judge, judge_file
from puzzlereel.verifiers.verdict import PARTS, Verdict

PAGE = Path(__file__).resolve().parent.parent / "docs" / "verifiers.md"
CANVAS = Canvas(240, 416)
STAGE = maze.parse("#########\n#@  #  G#\n# # # # #\n# #   # #\n#########")
ROUND = maze.parse("#####\n#@  #\n# # #\n#  G#\n#####")
PINCH = maze.parse("######\n#  @##\n# ##G#\n#    #\n######")
ROOM = sokoban.parse("########\n#@ $ . #\n#      #\n########")
YARD = sokoban.parse("########\n#@$  . #\n# $  . #\n#      #\n########")
FLOWS = flowfree.parse("A..B\n....\nA..B")
TANGLE = flowfree.parse("A...\n....\n...A")
GAP = flowfree.parse("A.A\n...\nB.B")

Boards: TypeAlias = Sequence[Board | str]
Place: TypeAlias = tuple[float, float]
"""A row and a column, between cells as well."""


def walk(level: Any, moves: str | tuple[str, ...]) -> tuple[Board, ...]:
    """The boards of some moves."""
    return Trajectory(level, tuple(moves)).boards


def shoot(boards: Boards, puzzle: str, *, style: str = "hold", hold: int = 2, skin: Skin | None = None) -> Video:
    """A film in which each board stands for `hold` frames."""
    rows = [Board.of(board) if isinstance(board, str) else board for board in boards]
    timing = Timing(frames=hold * len(rows), least=1, most=hold)
    return film_boards(rows, skin or skin_of(puzzle), timing=timing, style=style, canvas=CANVAS)


WAY = walk(STAGE, "RRDDRRUURR")
PUSH = walk(ROOM, "rRR")
EMPTY = STAGE.plan.put({STAGE.entrance: " "})


def wander(places: Sequence[Place], level: maze.Maze = STAGE) -> Video:
    """A film in which the agent is seen at some places, whatever is there: a frame for each."""
    frames = np.repeat(shoot([level.plan.put({level.entrance: " "})], "maze", hold=1), len(places), 0)
    for frame, place in zip(frames, places, strict=True):
        stamp(frame, place, level)
    return frames


def stamp(frame: Frame, place: Place, level: maze.Maze = STAGE) -> None:
    """Put an agent over a frame."""
    skin, layout = skin_of("maze"), layout_of(level.plan.shape, CANVAS)
    agent, floor = (tile_of(skin.look(glyph), layout.px) for glyph in "@ ")
    top, left = round(layout.top + place[0] * layout.px), round(layout.left + place[1] * layout.px)
    covered = (agent != floor).any(2)
    frame[top : top + layout.px, left : left + layout.px][covered] = agent[covered]


def between(first: Place, last: Place, frames: int) -> list[Place]:
    """The places of a straight line, ends included."""
    return [(float(row), float(column)) for row, column in np.linspace(first, last, frames)]


def judged(video: Video, level: Any = STAGE, puzzle: str = "maze", moves: str = "RRDDRRUURR") -> Verdict:
    """The verdict on a film; with precision and recall for the stage."""
    reference = Trajectory(level, tuple(moves)) if level is STAGE else None
    return judge(video, level, skin_of(puzzle), reference=reference)


def reason_of(verdict: Verdict) -> Reason:
    """The reason of the first fault of a film that is no success."""
    assert not verdict.success
    assert verdict.fault is not None
    return verdict.fault.reason


def fault_of(verdict: Verdict) -> tuple[int, Reason, Cell | None]:
    assert verdict.fault is not None
    return verdict.fault.frame, reason_of(verdict), verdict.fault.cell


def cells_of(layout_cell: Cell, level: Any = STAGE) -> tuple[slice, slice]:
    """The pixels of a cell."""
    layout = layout_of(level.plan.shape, CANVAS)
    top, left = layout.corner(layout_cell)
    return slice(top, top + layout.px), slice(left, left + layout.px)


def resized(video: Video, height: int, width: int) -> Video:
    return np.stack(
        [np.asarray(Image.fromarray(frame).resize((width, height), Image.Resampling.BICUBIC)) for frame in video]
    )


def boxed(video: Video, height: int, width: int) -> Video:
    """The film in the middle of a larger black one."""
    larger = np.zeros((len(video), height, width, 3), np.uint8)
    top, left = (height - video.shape[1]) // 2, (width - video.shape[2]) // 2
    larger[:, top : top + video.shape[1], left : left + video.shape[2]] = video
    return larger


def toned(video: Video, *, saturation: float = 1.0, hue: float = 0.0) -> Video:
    """The film with other saturation, and with hues turned by so many degrees, in the planes of a television."""
    to_planes = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])
    turn = np.deg2rad(hue)
    colour = saturation * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    change = np.eye(3)
    change[1:, 1:] = colour
    turned: Video = np.clip(np.rint(video @ (np.linalg.inv(to_planes) @ change @ to_planes).T), 0, 255).astype(np.uint8)
    return turned


WAY_CELLS: list[Place] = [(float(row), float(column)) for row, column in Trajectory(STAGE, tuple("RRDDRRUURR")).states]
HONEST = shoot([*WAY, WAY[-1]], "maze", style="slide", hold=4)
LONG = Timing(frames=241, most=20)
CRF_35 = Codec("libx264", {"crf": "35", "preset": "veryfast"})


def handed_in(folder: Path, *, right: int) -> tuple[Submission, Dataset]:
    """A data set of eight mazes, and a submission with the right films of the first few."""
    submission = write_submission(folder / "sub", {"schema_version": 1, "model": {"name": "m"}, "dataset": {}})
    rows = []
    for index in range(8):
        id = LevelId("maze", "easy", "test", index)
        way = solution_of(id).trajectory
        assert way is not None
        told = {"id": str(id), "puzzle": "maze", "tier": "easy", "split": "test", "prompt": "", "level": str(way.level)}
        told |= {"solution": PUZZLES["maze"].write_moves(way), "skin": "classic", "style": "hold", "video": ""}
        rows.append(Row(**told, width=416, height=240, fps=8, n_frames=81, generator_version="0"))
        if index < right:
            path = film_path(submission.folder, rows[-1])
            write_video(path, film(way, skin_of("maze"), canvas=CANVAS), fps=8)
    return submission, Dataset(folder, "0", "0f" * 32, tuple(rows), "1e" * 32)


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The verdicts beside a result."""
    return [json.loads(line) for line in path.with_suffix(".levels.jsonl").read_text(encoding="utf-8").splitlines()]


Filmed: TypeAlias = tuple[str, Any, Video]


def spoiled(puzzle: str, level: Any, boards: Boards, glyphs: dict[Cell, str]) -> Filmed:
    """The boards, and then the last of them with other glyphs, twice."""
    last = Board.of(str(boards[-1])).put(glyphs)
    return puzzle, level, shoot([*boards, last, last], puzzle)


def smeared() -> Filmed:
    video = HONEST.copy()
    video[9][cells_of((2, 2))] = (0xFF, 0x00, 0xFF)
    return "maze", STAGE, video


def turned_back() -> Filmed:
    """Seven eighths of a step to the right, and then at rest on the left of where it began."""
    slide = shoot(walk(ROOM, "dr"), "sokoban", style="slide", hold=8)
    begun = shoot(walk(ROOM, "drr"), "sokoban", style="slide", hold=8)
    return "sokoban", ROOM, np.concatenate([slide[:9], slide[8:], begun[17:24], slide[8:9]])


FILMS: dict[Reason, Callable[[], Filmed]] = {
    Reason.UNREADABLE: lambda: ("maze", STAGE, np.zeros((4, *CANVAS, 3), np.uint8)),
    Reason.WRONG_START: lambda: ("maze", STAGE, shoot(WAY[1:], "maze")),
    Reason.SCENERY: lambda: spoiled("maze", STAGE, WAY[:3], {(2, 2): " "}),
    Reason.SMEARED: smeared,
    Reason.APPEARED: lambda: spoiled("maze", STAGE, WAY[:3], {(3, 7): "@"}),
    Reason.VANISHED: lambda: spoiled("sokoban", ROOM, PUSH[:2], {(1, 3): " "}),
    Reason.JUMP: lambda: ("maze", STAGE, shoot([WAY[0], WAY[-1]], "maze")),
    Reason.WALL: lambda: spoiled("maze", STAGE, WAY[:2], {(1, 2): " ", (2, 2): "@"}),
    Reason.UNPUSHED: lambda: spoiled("sokoban", ROOM, PUSH[:1], {(1, 3): " ", (1, 4): "$"}),
    Reason.PULLED: lambda: spoiled("sokoban", ROOM, PUSH[:2], {(1, 3): " ", (1, 2): "$", (1, 1): "@"}),
    Reason.OVERWRITTEN: lambda: spoiled("flowfree", FLOWS, walk(FLOWS, ("a0,1", "b0,2")), {(0, 1): "b"}),
    Reason.SHRANK: lambda: spoiled("flowfree", FLOWS, walk(FLOWS, ("a0,1",)), {(0, 1): "."}),
    Reason.TANGLED: lambda: spoiled("flowfree", TANGLE, walk(TANGLE, ("a0,1", "a1,1")), {(1, 0): "a"}),
    Reason.STRAY: lambda: spoiled("flowfree", FLOWS, [FLOWS.plan], {(1, 2): "a"}),
    Reason.UNLAWFUL: turned_back,
    Reason.FROZEN: lambda: ("maze", STAGE, shoot([WAY[0]] * 4, "maze")),
    Reason.UNSOLVED: lambda: ("maze", STAGE, shoot(WAY[:-1], "maze")),
    Reason.UNJOINED: lambda: ("flowfree", FLOWS, shoot(walk(FLOWS, ("a0,1",)), "flowfree")),
    Reason.UNFILLED: lambda: ("flowfree", GAP, shoot(walk(GAP, ("a0,1", "b2,1")), "flowfree")),
}
"""For each reason, a film of which it is the first."""


def paced(cells: Sequence[Place], frames: int = 4) -> list[Place]:
    """The places on the way over some cells, so many from each to the next."""
    return [place for pair in pairwise(cells) for place in between(*pair, frames)]


def test_the_honest_films_of_this_module_are_accepted() -> None:
    """Otherwise a judge that refuses everything would pass most of what follows."""
    assert judged(HONEST).success
    assert judged(wander(paced(WAY_CELLS))).success
    assert judge(shoot(PUSH, "sokoban"), ROOM, skin_of("sokoban")).success
    assert judge(wander(paced(PINCH_CELLS), PINCH), PINCH, skin_of("maze")).success


PINCH_CELLS: list[Place] = [(float(r), float(c)) for r, c in Trajectory(PINCH, tuple("LLDDRRRU")).states]


class TestVRBench:
    @pytest.mark.parametrize("style", ["hold", "slide"])
    def test_w01_a_straight_line_through_walls_is_refused_for_the_wall(self, style: str) -> None:
        boards = [EMPTY.put({(1, column): "@"}) for column in range(1, 7)] + [EMPTY.put({(1, 7): "+"})] * 2
        verdict = judged(shoot(boards, "maze", style=style))

        assert (Reason.WALL, (1, 4)) == fault_of(verdict)[1:]
        assert verdict.arrived

    @pytest.mark.parametrize("frames", [16, 41, 81])
    def test_w01_a_straight_glide_over_walls_that_stay_visible_is_refused(self, frames: int) -> None:
        verdict = judged(wander(between((1, 1), (1, 7), frames) + [(1, 7)] * 4))

        assert not verdict.success
        assert verdict.judged
        assert verdict.arrived

    @pytest.mark.parametrize("name", SKINS["maze"])
    def test_w02_the_ground_truth_succeeds_with_the_agent_over_the_goal(self, name: str) -> None:
        film = shoot([*WAY, *[WAY[-1]] * 4], "maze", style="slide", hold=4, skin=skin_of("maze", name))

        assert judge(film, STAGE, skin_of("maze", name)).success

    def test_w03_a_frame_that_cannot_be_read_does_not_move_the_place_where_the_agent_is_known_to_be(self) -> None:
        """A decoy far away for two frames, and nothing where the agent was: the way is followed on from there."""
        video = shoot(WAY, "maze", hold=4)
        empty = shoot([EMPTY], "maze", hold=1)[0]
        stamp(empty, (3, 7))
        video[9:11] = empty
        verdict = judged(video)

        assert 9 == fault_of(verdict)[0]
        assert verdict.arrived
        assert Trajectory(STAGE, tuple("RRDDRRUURR")).states[-4:] == verdict.states[-4:]

    def test_w04_touching_the_goal_and_leaving_is_not_solved(self) -> None:
        for left in (WAY[-2], WAY[-3]):
            verdict = judged(shoot([*WAY, *WAY[-2 : -3 if left is WAY[-3] else -2 : -1], left], "maze"))

            assert Reason.UNSOLVED is reason_of(verdict)
            assert not verdict.arrived

    @pytest.mark.parametrize("style", ["hold", "slide"])
    def test_w05_a_box_that_glides_to_its_target_while_the_player_stands_is_unpushed(self, style: str) -> None:
        boards = ["########\n#@ $ . #\n#      #\n########", "########\n#@  $. #\n#      #\n########"]
        boards.append("########\n#@   * #\n#      #\n########")
        verdict = judge(shoot(boards, "sokoban", style=style), ROOM, skin_of("sokoban"))

        assert (Reason.UNPUSHED, (1, 4)) == fault_of(verdict)[1:]
        assert verdict.arrived

    @pytest.mark.parametrize("style", ["hold", "slide"])
    def test_w05_a_player_that_vanishes_is_named(self, style: str) -> None:
        video = shoot(PUSH, "sokoban", style=style, hold=4)
        without = [Board.of(str(board).replace("@", " ")) for board in PUSH]
        video[1:] = shoot(without, "sokoban", style=style, hold=4)[1:]

        assert (1, Reason.VANISHED) == fault_of(judge(video, ROOM, skin_of("sokoban")))[:2]

    def test_w05_every_box_counts(self) -> None:
        """One box on its target is not enough; and the other may neither move by itself nor be gone."""
        first = walk(YARD, "RRR")
        moved = str(first[-1]).replace("# $  . #", "#  $ . #")
        gone = str(first[-1]).replace("# $  . #", "#    . #")
        found = [
            reason_of(judge(shoot([*first, *more], "sokoban"), YARD, skin_of("sokoban")))
            for more in ((), (moved,), (gone,))
        ]

        assert [Reason.UNSOLVED, Reason.UNPUSHED, Reason.VANISHED] == found

    def test_w06_another_shortest_way_is_a_success(self) -> None:
        reference = Trajectory(ROUND, tuple("RRDD"))
        verdict = judge(shoot(walk(ROUND, "DDRR"), "maze"), ROUND, skin_of("maze"), reference=reference)

        assert verdict.success
        assert {"precision": 0.25, "recall": 0.25, "f1": 0.25} == verdict.metrics

    def test_w06_another_solution_with_the_fewest_pushes_is_a_success(self) -> None:
        upper, lower = (Trajectory(YARD, tuple(moves)) for moves in ("RRRllldRRR", "dRRRllluRRR"))
        video = shoot([*lower.boards, lower.boards[-1]], "sokoban", style="slide", hold=3)
        verdict = judge(video, YARD, skin_of("sokoban"), reference=upper)

        assert verdict.success
        assert {"precision": 1.0, "recall": 1.0, "f1": 1.0} == verdict.metrics

    def test_w07_the_reference_is_the_level_and_not_another_film(self) -> None:
        """An error that every film shares cannot cancel: who walks is drawn one row too low, as in the ground truth."""
        assert {"video", "level", "skin", "reference"} == set(signature(judge).parameters)

        px = layout_of(STAGE.plan.shape, CANVAS).px
        low = np.broadcast_to(shoot([EMPTY], "maze")[:1], HONEST.shape).copy()
        walker = (low != HONEST).any(-1)
        low[:, px:][walker[:, :-px]] = HONEST[:, :-px][walker[:, :-px]]
        verdict = judged(low)

        assert not verdict.success
        assert 0.5 > (verdict.metrics or {"f1": 0.0})["f1"]

    @pytest.mark.parametrize("size", [(120, 208), (360, 624), (480, 832), (240, 380), (240, 450)])
    def test_w08_another_size_or_aspect_is_read(self, size: tuple[int, int]) -> None:
        assert judged(resized(HONEST, *size)).success

    @pytest.mark.parametrize("size", [(240, 600), (400, 416), (300, 500)])
    def test_w08_a_film_with_black_bars_is_read(self, size: tuple[int, int]) -> None:
        assert judged(boxed(HONEST, *size)).success

    def test_w08_what_is_wrong_is_wrong_on_either_axis(self) -> None:
        """The same teleport along the rows and along the columns of a canvas that is not square."""
        halves = [maze.parse("#######\n#@   G#\n#######"), maze.parse("###\n#@#\n# #\n# #\n# #\n#G#\n###")]
        boards = [(way[0], way[1], way[3], way[4]) for way in (walk(halves[0], "RRRR"), walk(halves[1], "DDDD"))]
        found = [
            fault_of(judge(shoot(each, "maze"), level, skin_of("maze")))
            for each, level in zip(boards, halves, strict=True)
        ]

        assert [(4, Reason.JUMP, (1, 4)), (4, Reason.JUMP, (4, 1))] == found

    @pytest.mark.parametrize("puzzle", PUZZLES)
    @pytest.mark.parametrize("style", ["hold", "slide"])
    def test_w09_the_ground_truth_succeeds_at_crf_35(self, puzzle: str, style: str) -> None:
        way = solution_of(LevelId(puzzle, "easy", "test", 1)).trajectory
        assert way is not None
        video = film(way, skin_of(puzzle), style=style, timing=Timing(frames=41, least=1))
        verdict = judge(recoded(video, CRF_35), way.level, skin_of(puzzle), reference=way)

        assert verdict.success
        assert {"precision": 1.0, "recall": 1.0, "f1": 1.0} == verdict.metrics

    def test_w09_the_ground_truth_of_a_quarter_of_the_size_succeeds_at_crf_32(self) -> None:
        for index, style in product(range(3), ("hold", "slide")):
            way = solution_of(LevelId("maze", "easy", "test", index)).trajectory
            assert way is not None
            video = film(way, skin_of("maze"), style=style, timing=Timing(frames=41), canvas=CANVAS)

            assert judge(recoded(video, CODECS["h264_crf32"]), way.level, skin_of("maze")).success

    def test_w10_one_right_film_and_one_of_garbage_are_one_of_eight(self, tmp_path: Path) -> None:
        submission, data = handed_in(tmp_path, right=1)
        film_path(submission.folder, data.rows[1]).write_bytes(b"no film" * 100)
        total = score(submission, data, tmp_path / "results.json")["totals"]["maze"]

        assert (8, 0.125, 0.125, 0.125) == (
            total["success"]["n"], *(total[name]["value"] for name in ("success", "f1", "recall")),
        )  # fmt: skip
        assert (0.75, 0.125) == (total["missing"]["value"], total["unreadable"]["value"])

    def test_w11_the_first_frame_is_compared_with_the_level(self) -> None:
        elsewhere = EMPTY.put({(1, 2): "@"})
        moved = Board.of(str(STAGE.plan).replace("G", " ")).put({(3, 5): "G"})
        other = Board.of(str(STAGE.plan).replace("# # # # #", "# #   # #"))
        found = [fault_of(judged(shoot([board, *WAY], "maze")))[:2] for board in (elsewhere, moved, other)]

        assert [(0, Reason.WRONG_START)] * 3 == found

    @pytest.mark.parametrize("puzzle", PUZZLES)
    def test_w12_a_static_film_earns_nothing_for_its_stillness(self, puzzle: str) -> None:
        level = level_of(LevelId(puzzle, "easy", "test", 0))
        way = solution_of(LevelId(puzzle, "easy", "test", 0)).trajectory
        video = shoot([level.board(level.start())] * 8, puzzle)
        verdict = judge(video, level, skin_of(puzzle), reference=way)

        assert Reason.FROZEN is reason_of(verdict)
        assert [0.0] * 3 == [verdict.parts[name] for name in ("lawful", "progress", "solved")]
        assert {"precision": 0.0, "recall": 0.0, "f1": 0.0} == verdict.metrics


class TestMiniVeo3:
    def test_w13_no_option_of_the_command_changes_the_verdict(self, tmp_path: Path) -> None:
        """Whatever is printed, an honest film is accepted and a straight line through walls is refused."""
        (tmp_path / "level.txt").write_text(f"{STAGE}\n")
        write_video(tmp_path / "honest.mp4", HONEST, fps=8)
        write_video(tmp_path / "cheat.mp4", wander(between((1, 1), (1, 7), 40)), fps=8)
        options: tuple[list[str], ...] = ([], ["--json"], ["--all"], ["--json", "--all"], ["--time-limit", "0"])
        argv = ["--level", str(tmp_path / "level.txt"), "--puzzle", "maze"]
        ran = {
            name: [CliRunner().invoke(app, ["verify", str(tmp_path / name), *argv, *more]) for more in options]
            for name in ("honest.mp4", "cheat.mp4")
        }

        assert [0] * 5 == [one.exit_code for one in ran["honest.mp4"]]
        assert [1] * 5 == [one.exit_code for one in ran["cheat.mp4"]]
        assert 1 == len({json.loads(ran["cheat.mp4"][at].output)["fault"]["sentence"] for at in (1, 3)})
        assert json.loads(ran["cheat.mp4"][1].output)["fault"]["sentence"] in ran["cheat.mp4"][0].output

    def test_w14_an_agent_that_is_seen_at_the_corners_alone_vanished(self) -> None:
        video = shoot(WAY, "maze")
        corners = [0, 2, 4, 6, 8, 10]
        hidden = [frame for frame in range(len(video)) if frame // 2 not in corners]
        video[hidden] = shoot([EMPTY], "maze", hold=1)[0]

        assert (2, Reason.VANISHED, (1, 1)) == fault_of(judged(video))

    def test_w15_a_logo_in_a_corner_does_not_move_what_is_seen_of_the_agent(self) -> None:
        """In the agent's own colour: one that stands there from the first frame on is a frame of the film, no more."""
        way = Trajectory(ROUND, tuple("RRDD"))
        video = shoot([*way.boards, way.boards[-1]], "maze", style="slide", hold=4)
        video[:, 8:58, 8:58] = rgb("3B63C6")
        verdict = judge(video, ROUND, skin_of("maze"), reference=way)

        assert verdict.success
        assert {"precision": 1.0, "recall": 1.0, "f1": 1.0} == verdict.metrics

    def test_w15_a_logo_that_comes_later_is_named(self) -> None:
        way = Trajectory(ROUND, tuple("RRDD"))
        video = shoot([*way.boards, way.boards[-1]], "maze", style="slide", hold=4)
        video[5:, 8:58, 8:58] = rgb("3B63C6")
        fault = judge(video, ROUND, skin_of("maze")).fault

        assert fault is not None
        assert (5, Reason.SCENERY) == (fault.frame, fault.reason)
        assert "beside the board" in fault.detail

    def test_w15_two_agents_are_not_one_between_them(self) -> None:
        """The middle of the two would be a cell of the way."""
        video = shoot(WAY, "maze")
        stamp(video[5], (1, 5))

        assert (5, Reason.APPEARED, (1, 5)) == fault_of(judged(video))

    def test_w15_a_second_agent_is_named_by_its_own_cell_where_the_first_has_moved(self) -> None:
        video = shoot(WAY, "maze")
        stamp(video[4], (3, 7))

        assert (4, Reason.APPEARED, (3, 7)) == fault_of(judged(video))

    @pytest.mark.parametrize("size", [(720, 1280), (360, 640), (480, 480 * 9 // 5)])
    def test_w16_the_ground_truth_succeeds_at_another_size(self, size: tuple[int, int]) -> None:
        assert judged(resized(HONEST, *size)).success

    @pytest.mark.parametrize("tone", [{"saturation": 0.7}, {"saturation": 1.3}, {"hue": 10.0}, {"hue": -10.0}], ids=str)
    def test_w16_the_ground_truth_succeeds_in_other_tones(self, tone: dict[str, float]) -> None:
        for puzzle in PUZZLES:
            way = solution_of(LevelId(puzzle, "easy", "test", 2)).trajectory
            assert way is not None
            video = film(way, skin_of(puzzle), style="slide", canvas=CANVAS)

            assert judge(toned(video, **tone), way.level, skin_of(puzzle)).success

    def test_w17_seven_of_eight_films_that_are_not_there_are_seven_failures(self, tmp_path: Path) -> None:
        submission, data = handed_in(tmp_path, right=1)
        total = score(submission, data, tmp_path / "results.json")["totals"]["maze"]

        assert (8, 0.125, 0.125, 0.875) == (
            total["success"]["n"], *(total[name]["value"] for name in ("success", "f1", "missing")),
        )  # fmt: skip


class TestVBVR:
    @pytest.mark.parametrize("puzzle", PUZZLES)
    def test_w18_a_cut_to_the_solution_arrives_and_is_no_success(self, puzzle: str) -> None:
        way = solution_of(LevelId(puzzle, "easy", "test", 0)).trajectory
        assert way is not None
        video = shoot([way.boards[0]] * 10 + [way.boards[-1]] * 2, puzzle)
        verdict = judge(video, way.level, skin_of(puzzle), reference=way)

        assert not verdict.success
        assert verdict.arrived
        assert 20 == (verdict.fault.frame if verdict.fault else None)
        assert 0.0 == verdict.parts["progress"]

    def test_w19_nothing_is_paid_where_nothing_is_seen(self, tmp_path: Path) -> None:
        """No fallback constants: a static film, one without an agent, and none at all."""
        empty = judged(shoot([EMPTY] * 8, "maze"))
        absent = judge_file(tmp_path / "none.mp4", "maze", str(STAGE), "classic")

        assert not empty.success
        assert 0.0 == empty.parts["progress"]
        assert {0.0} == set(absent.parts.values())

    def test_w20_painting_every_cell_is_refused(self) -> None:
        """All corridors in the agent's colour, from one frame to the next, and one cell after the other."""
        video = HONEST.copy()
        floor = [cell for cell, glyph in STAGE.plan.items() if glyph != "#"]
        for frame in video[2:]:
            for cell in floor:
                frame[cells_of(cell)] = rgb("3B63C6")
        slow = np.repeat(HONEST[:1], len(floor) + 4, 0)
        for t, cell in enumerate(floor, start=1):
            slow[t:][(slice(None), *cells_of(cell))] = rgb("3B63C6")

        assert 2 == fault_of(judged(video))[0]
        assert not judged(slow).success

    def test_w20_noise_and_black_earn_nothing(self) -> None:
        noise = np.random.default_rng(20).integers(0, 256, (8, *CANVAS, 3), dtype=np.uint8)
        for video in (noise, np.zeros_like(noise)):
            verdict = judged(video)

            assert not verdict.judged
            assert Reason.UNREADABLE is reason_of(verdict)
            assert {0.0} == set(verdict.parts.values())

    def test_w20_half_the_way_earns_half_the_progress_and_no_success(self) -> None:
        verdict = judged(shoot(WAY[:6], "maze"))

        assert Reason.UNSOLVED is reason_of(verdict)
        assert 0.5 == verdict.parts["progress"]
        assert (False, 0.5) == (verdict.arrived, (verdict.metrics or {})["recall"])

    def test_w21_what_counts_is_the_list_of_levels_and_not_the_files_that_are_there(self, tmp_path: Path) -> None:
        submission, data = handed_in(tmp_path, right=8)
        best = score(submission, data, tmp_path / "best.json")["totals"]["maze"]["success"]
        for row in data.rows:
            film_path(submission.folder, row).unlink()
        none = score(submission, data, tmp_path / "none.json")["totals"]["maze"]

        assert (8, 1.0) == (best["n"], best["value"])
        assert (8, 0.0, 0.0, 1.0) == (
            none["success"]["n"], *(none[name]["value"] for name in ("success", "f1", "missing")),
        )  # fmt: skip
        assert ["missing"] * 8 == [row["status"] for row in rows_of(tmp_path / "none.json")]

    @pytest.mark.parametrize("reason", Reason)
    def test_w22_every_rule_is_reached_by_some_film(self, reason: Reason) -> None:
        puzzle, level, video = FILMS[reason]()

        assert reason is reason_of(judge(video, level, skin_of(puzzle)))

    def test_w22_every_part_is_moved_by_some_film(self) -> None:
        verdicts = [
            judge(video, level, skin_of(puzzle)) for puzzle, level, video in (make() for make in FILMS.values())
        ]

        assert [] == [
            part for part in PARTS if not any(0 < one.parts[part] < 1 for one in verdicts) and part != "solved"
        ]
        assert {0.0, 1.0} == {verdict.parts["solved"] for verdict in verdicts}

    @pytest.mark.parametrize("puzzle", PUZZLES)
    def test_w22_every_puzzle_and_skin_of_the_data_sets_has_its_rules(self, puzzle: str, tmp_path: Path) -> None:
        """A data set names them by the names under which the judge knows them."""
        way = solution_of(LevelId(puzzle, "easy", "test", 3)).trajectory
        assert way is not None
        for name in SKINS[puzzle]:
            write_video(tmp_path / "film.mp4", film(way, skin_of(puzzle, name), canvas=CANVAS), fps=8)
            solution = PUZZLES[puzzle].write_moves(way)

            assert judge_file(tmp_path / "film.mp4", puzzle, str(way.level), name, solution).success

    @pytest.mark.parametrize("frame", [1, 17, 64, 99, 121, 150, 203, 239])
    def test_w23_a_fault_in_a_single_frame_of_241_is_found(self, frame: int) -> None:
        video = film(Trajectory(STAGE, tuple("RRDDRRUURR")), skin_of("maze"), timing=LONG, canvas=CANVAS)
        spoiled = [video.copy() for _ in range(3)]
        stamp(spoiled[0][frame], (3, 7))
        spoiled[1][frame][cells_of((2, 4))] = video[0][cells_of((3, 4))]
        spoiled[2][frame] = shoot([EMPTY], "maze", hold=1)[0]

        assert judged(video).success
        found = [fault_of(judged(one))[:2] for one in spoiled]

        assert [(frame, Reason.APPEARED), (frame, Reason.SCENERY)] == found[:2]
        assert found[2] in [(frame, Reason.VANISHED), (frame, Reason.SMEARED)]  # the whole trail is gone too


class TestVBVRPro:
    @pytest.mark.parametrize("style", STYLES)
    def test_w24_a_hop_over_a_wall_of_one_cell_is_named_by_the_wall(self, style: str) -> None:
        hop = [*WAY[:3], EMPTY.put({(1, 5): "@"}), *WAY[9:]]

        assert (Reason.WALL, (1, 4)) == fault_of(judged(shoot(hop, "maze", style=style)))[1:]

    @pytest.mark.parametrize("frames", [2, 3, 5, 9, 17])
    def test_w24_a_hop_over_a_wall_is_refused_at_any_pace(self, frames: int) -> None:
        places = [*paced(WAY_CELLS[:3]), *between((1, 3), (1, 5), frames), *paced(WAY_CELLS[8:]), WAY_CELLS[-1]]
        verdict = judged(wander(places))

        assert not verdict.success
        assert verdict.arrived

    @pytest.mark.parametrize("frames", [2, 3, 5, 9, 17])
    def test_w24_a_corner_cut_between_two_walls_is_refused_at_any_pace(self, frames: int) -> None:
        verdict = judge(wander([(1, 3), *between((1, 3), (2, 4), frames), (2, 4)], PINCH), PINCH, skin_of("maze"))

        assert not verdict.success
        assert verdict.arrived

    @pytest.mark.parametrize("frames", [2, 4, 8])
    def test_w24_a_corner_cut_past_one_wall_is_refused(self, frames: int) -> None:
        """From (1, 2) to (2, 3), though (1, 3) is free: an agent goes from cell to cell."""
        places = [*paced(WAY_CELLS[:2]), *between((1, 2), (2, 3), frames), *paced(WAY_CELLS[3:]), WAY_CELLS[-1]]
        verdict = judged(wander(places))

        assert not verdict.success
        assert verdict.arrived

    @pytest.mark.parametrize("column", [3, 5])
    def test_w25_a_second_agent_is_refused_near_the_way_too(self, column: int) -> None:
        """Where the way goes on, so that the nearer of the two would look like the agent."""
        video = shoot(WAY, "maze")
        stamp(video[3], (3, column))

        assert (3, Reason.APPEARED, (3, column)) == fault_of(judged(video))

    @pytest.mark.parametrize("frame", [4, 5, 9, 20])
    def test_w25_a_frame_without_the_agent_is_not_skipped(self, frame: int) -> None:
        video = shoot(WAY, "maze")
        video[frame] = shoot([EMPTY], "maze", hold=1)[0]

        assert (frame, Reason.VANISHED) == fault_of(judged(video))[:2]


class TestVBVRRl:
    def test_w26_a_jump_along_the_way_is_refused(self) -> None:
        """Twenty frames of rest, then the way in every third cell."""
        video = shoot([*[WAY[0]] * 10, *WAY[::3], WAY[-1]], "maze")

        assert (20 + 2, Reason.JUMP) == fault_of(judged(video))[:2]

    def test_w26_a_jump_to_the_goal_earns_no_more_progress_than_standing_still(self) -> None:
        jump, still = (judged(shoot([*[WAY[0]] * 10, *[last] * 4], "maze")) for last in (WAY[-1], WAY[0]))

        assert Reason.JUMP is reason_of(jump)
        assert (0.0, 0.0) == (jump.parts["progress"], still.parts["progress"])

    @pytest.mark.parametrize("puzzle", PUZZLES)
    def test_w27_the_way_at_double_speed_succeeds(self, puzzle: str) -> None:
        way = solution_of(LevelId(puzzle, "easy", "test", 4)).trajectory
        assert way is not None
        video = shoot([*way.boards, way.boards[-1]], puzzle, style="slide", hold=4)
        hurried = np.concatenate([video[::2], np.repeat(video[-1:], 40, 0)])

        assert judge(hurried, way.level, skin_of(puzzle), reference=way).success

    @pytest.mark.parametrize("puzzle", PUZZLES)
    def test_w27_a_late_start_succeeds(self, puzzle: str) -> None:
        way = solution_of(LevelId(puzzle, "easy", "test", 4)).trajectory
        assert way is not None
        video = shoot([*way.boards, way.boards[-1]], puzzle, style="slide", hold=3)

        assert judge(np.concatenate([np.repeat(video[:1], 50, 0), video]), way.level, skin_of(puzzle)).success

    @pytest.mark.parametrize("first", [0, 1])
    def test_w27_a_decoy_that_waits_on_the_goal_is_refused(self, first: int) -> None:
        video = HONEST.copy()
        for frame in video[first:-8]:
            stamp(frame, (1, 7))

        assert first == fault_of(judged(video))[0]


class TestStills:
    def test_w28_a_floor_painted_all_over_is_refused(self) -> None:
        skin = skin_of("maze")
        trailed = replace(skin, looks={**skin.looks, " ": skin.trailed[" "]}) if " " in skin.trailed else skin
        painted = shoot([EMPTY.put({(1, 7): "+"})], "maze", skin=trailed, hold=4)

        assert not judged(np.concatenate([HONEST[:4], painted])).success

    def test_w28_a_pixel_in_every_cell_is_no_way(self) -> None:
        video = np.repeat(HONEST[:1], 16, 0)
        for cell, glyph in STAGE.plan.items():
            rows, columns = cells_of(cell)
            if glyph == " ":
                video[8:, (rows.start + rows.stop) // 2, (columns.start + columns.stop) // 2] = rgb("3B63C6")

        assert Reason.FROZEN is reason_of(judged(video))

    def test_w28_erased_walls_are_refused(self) -> None:
        erased = [Board.of(str(board).replace("# # # # #", "#       #")) for board in WAY]

        assert (2, Reason.SCENERY) == fault_of(judged(shoot([WAY[0], *erased[1:]], "maze")))[:2]
        assert (0, Reason.WRONG_START) == fault_of(judged(shoot(erased, "maze")))[:2]

    def test_w28_a_pixel_of_the_agents_colour_in_a_wall_is_no_fault(self) -> None:
        video = HONEST.copy()
        for cell in ((2, 2), (2, 4), (1, 4), (0, 0)):
            rows, columns = cells_of(cell)
            video[:, rows.start + 5, columns.start + 5] = rgb("3B63C6")

        assert judged(video).success

    @pytest.mark.parametrize("shift", [(0, 1), (1, 0), (-1, 1), (2, -2)])
    def test_w28_a_film_that_is_a_pixel_off_is_read(self, shift: tuple[int, int]) -> None:
        assert judged(np.roll(HONEST, shift, (1, 2))).success

    @pytest.mark.parametrize("puzzle", PUZZLES)
    def test_w28_a_film_that_is_a_tenth_dimmer_is_read(self, puzzle: str) -> None:
        way = solution_of(LevelId(puzzle, "easy", "test", 2)).trajectory
        assert way is not None
        video = film(way, skin_of(puzzle), style="slide", canvas=CANVAS)

        assert judge((0.9 * video).astype(np.uint8), way.level, skin_of(puzzle)).success

    def test_w28_what_lasts_less_than_a_second_is_seen(self) -> None:
        """A wall that is gone for an eighth of a second, between the frames of a judge that looks at one a second."""
        video = shoot(WAY, "maze", hold=8)
        for first in range(0, len(video), 8):
            video[first + 4][cells_of((2, 4))] = video[0][cells_of((3, 4))]

        assert (4, Reason.SCENERY, (2, 4)) == fault_of(judged(video))


class TestGenerators:
    @pytest.mark.parametrize("puzzle", PUZZLES)
    def test_generators_give_the_same_level_again(self, puzzle: str) -> None:
        ids = [LevelId(puzzle, "easy", "test", index) for index in range(3)]
        again = [PUZZLES[puzzle].generate(Random(str(id)), id.tier) for id in ids]
        once = [PUZZLES[puzzle].generate(Random(str(id)), id.tier) for id in ids]

        assert list(map(str, once)) == list(map(str, again))

    def test_generators_raise_at_no_index(self) -> None:
        texts = [str(level_of(LevelId("maze", "easy", "train", index))) for index in range(500)]

        assert 490 < len(set(texts))

    def test_generators_solve_levels_of_several_boxes_as_a_whole(self) -> None:
        ways = [solution_of(LevelId("sokoban", "medium", "test", index)).trajectory for index in range(5)]

        assert all(way is not None and way.solved for way in ways)
        assert 1 < max(len(way.states[0].boxes) for way in ways if way)


def test_the_page_names_a_test_for_every_weakness_and_no_test_that_is_not_there() -> None:
    page = PAGE.read_text(encoding="utf-8")
    rows = {int(number): line for number, line in re.findall(r"^\| W(\d+) (\|.*)$", page, re.MULTILINE)}
    mine = set(re.findall(r"def (test_(?:w\d+|generators)_\w+)", Path(__file__).read_text(encoding="utf-8")))
    named = {number: set(re.findall(r"`(test_\w+)`", line)) for number, line in rows.items()}

    assert list(range(1, 29)) == sorted(rows)
    assert [] == [
        number for number, names in named.items() if not any(f"test_w{number:02d}_" in name for name in names)
    ]
    assert mine == set(re.findall(r"`(test_(?:w\d+|generators)_\w+)`", page))
