"""What the judge says of films made by hand: every fault by frame, reason and cell."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import TypeAlias

import numpy as np
import pytest

from puzzlereel.puzzles import flowfree, maze, sokoban
from puzzlereel.puzzles.board import Board
from puzzlereel.puzzles.core import Reason, Trajectory
from puzzlereel.puzzles.ids import LevelId, level_of, solution_of
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.renderers.draw import draw
from puzzlereel.renderers.film import STYLES, Timing, Video, film, film_boards
from puzzlereel.renderers.layout import LEAST_FILED_CELL, Canvas, layout_of
from puzzlereel.renderers.shapes import Disc
from puzzlereel.renderers.skins import Look, skin_of
from puzzlereel.renderers.video import read_video, write_video
from puzzlereel.verifiers.judge import judge, judge_file
from puzzlereel.verifiers.verdict import Verdict

SMALL = Canvas(128, 192)
CORRIDOR = maze.parse("#######\n#@   G#\n# ### #\n#     #\n#######")
ROOM = sokoban.parse("########\n#@ $ . #\n#      #\n########")


Boards: TypeAlias = Sequence[Board | str]


def shoot(boards: Boards, puzzle: str, *, style: str = "hold", hold: int = 2) -> Video:
    """A film in which each board stands for `hold` frames."""
    rows = [Board.of(board) if isinstance(board, str) else board for board in boards]
    timing = Timing(frames=hold * len(rows), least=1, most=hold)
    return film_boards(rows, skin_of(puzzle), timing=timing, style=style, canvas=SMALL)


def solve(level: object, moves: str | tuple[str, ...]) -> tuple[Board, ...]:
    return Trajectory(level, tuple(moves)).boards


def fault_of(verdict: Verdict) -> tuple[int, Reason, tuple[int, int] | None]:
    assert verdict.fault is not None
    assert not verdict.success
    return verdict.fault.frame, verdict.fault.reason, verdict.fault.cell


def judged(boards: Boards, level: object, puzzle: str, *, style: str = "hold") -> Verdict:
    return judge(shoot(boards, puzzle, style=style), level, skin_of(puzzle))


WALK = solve(CORRIDOR, "RRRR")
PUSH = solve(ROOM, "rRR")


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    ("puzzle", "tier"), [(puzzle.name, tier) for puzzle in PUZZLES.values() for tier in puzzle.tiers]
)
def test_every_reference_film_is_accepted_after_the_codec(puzzle: str, tier: str, style: str, tmp_path: Path) -> None:
    way = solution_of(LevelId(puzzle, tier, "test", 0)).trajectory
    assert way is not None
    write_video(tmp_path / "film.mp4", film(way, skin_of(puzzle), style=style), fps=8)
    solution = PUZZLES[puzzle].write_moves(way)
    verdict = judge_file(tmp_path / "film.mp4", puzzle, str(way.level), "classic", solution)

    assert None is verdict.fault
    assert verdict.success
    assert {"precision": 1.0, "recall": 1.0, "f1": 1.0} == verdict.metrics
    assert way.states == verdict.states


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("puzzle", PUZZLES)
def test_the_smallest_cells_that_are_filmed_to_files_are_read_back(puzzle: str, style: str, tmp_path: Path) -> None:
    way = solution_of(LevelId(puzzle, "medium", "test", 1)).trajectory
    assert way is not None
    height, width = (side * LEAST_FILED_CELL for side in way.boards[0].shape)
    write_video(tmp_path / "film.mp4", film(way, skin_of(puzzle), style=style, canvas=Canvas(height, width)), fps=8)

    assert judge(read_video(tmp_path / "film.mp4"), way.level, skin_of(puzzle)).success


class TestMaze:
    def test_an_honest_walk_is_a_success(self) -> None:
        verdict = judged(WALK, CORRIDOR, "maze")

        assert verdict.success
        assert verdict.arrived

    def test_a_step_back_on_the_way_is_lawful(self) -> None:
        assert judged(solve(CORRIDOR, "RRLRRR"), CORRIDOR, "maze").success

    def test_a_detour_is_a_success_with_less_precision(self) -> None:
        verdict = judge(
            shoot(solve(CORRIDOR, "DDRRRRUU"), "maze"),
            CORRIDOR,
            skin_of("maze"),
            reference=Trajectory(CORRIDOR, tuple("RRRR")),
        )

        assert verdict.success
        assert {"precision": 1 / 8, "recall": 1 / 4, "f1": 2 / 12} == verdict.metrics

    def test_a_film_without_a_trail_is_as_good(self) -> None:
        plain = replace(skin_of("maze"), trail="", trailed={})
        video = film_boards(WALK, plain, timing=Timing(frames=10), style="slide", canvas=SMALL)

        assert judge(video, CORRIDOR, skin_of("maze")).success

    @pytest.mark.parametrize("style", STYLES)
    def test_a_teleport_is_a_jump(self, style: str) -> None:
        verdict = judged([*WALK[:2], WALK[4]], CORRIDOR, "maze", style=style)

        assert (4 if style == "hold" else 3, Reason.JUMP, (1, 5)) == fault_of(verdict)
        assert verdict.arrived

    def test_the_end_without_the_way_is_a_jump(self) -> None:
        verdict = judged([WALK[0], WALK[-1]], CORRIDOR, "maze")

        assert (2, Reason.JUMP, (1, 5)) == fault_of(verdict)
        assert verdict.arrived

    @pytest.mark.parametrize("style", STYLES)
    def test_a_walk_through_a_wall_is_named_by_the_wall(self, style: str) -> None:
        """From the upper corridor straight down through row 2 into the lower one."""
        through = [
            *map(str, WALK[:2]),
            "#######\n#    G#\n# @## #\n#     #\n#######",
            "#######\n#    G#\n# ### #\n# @   #\n#######",
        ]
        verdict = judged(through, CORRIDOR, "maze", style=style)

        assert (4 if style == "hold" else 3, Reason.WALL, (2, 2)) == fault_of(verdict)

    def test_a_hop_over_a_wall_is_named_by_the_wall(self) -> None:
        verdict = judged([*map(str, WALK[:2]), "#######\n#    G#\n# ### #\n# @   #\n#######"], CORRIDOR, "maze")

        assert (4, Reason.WALL, (2, 2)) == fault_of(verdict)

    def test_a_second_agent_even_for_one_frame_appeared(self) -> None:
        video = shoot(WALK, "maze")
        video[5] = shoot(["#######\n#  @ G#\n# ### #\n#  @  #\n#######"], "maze")[0]

        assert (5, Reason.APPEARED, (3, 3)) == fault_of(judge(video, CORRIDOR, skin_of("maze")))

    def test_an_agent_that_vanishes_and_comes_back_is_refused(self) -> None:
        video = shoot(WALK, "maze")
        video[5] = shoot(["#######\n#    G#\n# ### #\n#     #\n#######"], "maze")[0]

        assert (5, Reason.VANISHED, (1, 3)) == fault_of(judge(video, CORRIDOR, skin_of("maze")))

    def test_an_erased_wall_is_scenery(self) -> None:
        erased = str(WALK[2]).replace("# ### #", "# # # #")

        assert (6, Reason.SCENERY, (2, 3)) == fault_of(judged([*WALK[:3], erased, *WALK[3:]], CORRIDOR, "maze"))

    def test_a_moved_goal_is_scenery(self) -> None:
        moved = "#######\n#@    #\n# ### #\n#   G #\n#######"

        assert (2, Reason.SCENERY, (1, 5)) == fault_of(judged([WALK[0], moved, WALK[0]], CORRIDOR, "maze"))

    def test_a_frozen_film_says_that_nothing_moved(self) -> None:
        verdict = judged([WALK[0]] * 4, CORRIDOR, "maze")

        assert (7, Reason.FROZEN, None) == fault_of(verdict)
        assert (0.0, 0.0) == (verdict.parts["lawful"], verdict.parts["progress"])

    def test_a_film_that_stops_short_is_not_solved(self) -> None:
        verdict = judged(WALK[:-1], CORRIDOR, "maze")

        assert (7, Reason.UNSOLVED, None) == fault_of(verdict)
        assert 0.75 == verdict.parts["progress"]
        assert not verdict.arrived

    def test_a_film_that_touches_the_goal_and_leaves_is_not_solved(self) -> None:
        verdict = judged([*WALK, WALK[-2]], CORRIDOR, "maze")

        assert (11, Reason.UNSOLVED, None) == fault_of(verdict)
        assert not verdict.arrived

    def test_a_film_backwards_begins_wrong(self) -> None:
        assert (0, Reason.WRONG_START, (1, 1)) == fault_of(judged(WALK[::-1], CORRIDOR, "maze"))

    def test_another_levels_film_begins_wrong(self) -> None:
        other = maze.parse("#######\n#@ # G#\n# ### #\n#     #\n#######")
        boards = Trajectory(other, tuple("DDRRRRUU")).boards

        assert (0, Reason.WRONG_START, (1, 3)) == fault_of(judged(boards, CORRIDOR, "maze"))

    def test_shuffled_frames_jump(self) -> None:
        video = shoot(WALK, "maze")[[0, 8, 2, 4, 6, 1, 3, 5, 7, 9]]

        assert (1, Reason.JUMP, (1, 5)) == fault_of(judge(video, CORRIDOR, skin_of("maze")))

    def test_every_fault_is_told_not_the_first_alone(self) -> None:
        erased = str(WALK[2]).replace("# ### #", "# # # #")
        verdict = judged([WALK[0], WALK[2], erased, WALK[2]], CORRIDOR, "maze")

        assert [(2, Reason.JUMP), (4, Reason.SCENERY), (7, Reason.UNSOLVED)] == [
            (fault.frame, fault.reason) for fault in verdict.faults
        ]

    def test_a_glide_faster_than_a_cell_a_frame_is_refused(self) -> None:
        """Every second frame of a slide at one cell in two frames is a cell a frame; every fourth is two."""
        slide = shoot(WALK, "maze", style="slide", hold=2)

        assert judge(np.concatenate([slide[::2], slide[-1:]]), CORRIDOR, skin_of("maze")).success
        assert Reason.JUMP is fault_of(judge(slide[::4], CORRIDOR, skin_of("maze")))[1]

    @pytest.mark.parametrize("pace", [2, 3, 5, 7])
    def test_a_glide_that_never_rests_on_a_cell_is_followed(self, pace: int) -> None:
        """Frames taken every `pace` eighths of a cell."""
        slide = shoot(WALK, "maze", style="slide", hold=8)

        assert judge(np.concatenate([slide[::pace], slide[-1:]]), CORRIDOR, skin_of("maze")).success


class TestSokoban:
    def test_an_honest_push_is_a_success(self) -> None:
        assert judged(PUSH, ROOM, "sokoban").success

    def test_a_box_on_its_target_may_keep_its_old_look(self) -> None:
        skin = skin_of("sokoban")
        brown = replace(skin, looks={**skin.looks, "*": skin.looks["$"]})
        boards = [*PUSH, PUSH[-1]]
        for style in STYLES:
            video = film_boards(boards, brown, timing=Timing(frames=10), style=style, canvas=SMALL)

            assert judge(video, ROOM, skin).success

    @pytest.mark.parametrize("style", STYLES)
    def test_a_box_that_moves_by_itself_is_named(self, style: str) -> None:
        alone = "########\n#@  $. #\n#      #\n########"

        assert (2 if style == "hold" else 1, Reason.UNPUSHED, (1, 4)) == fault_of(
            judged([PUSH[0], alone], ROOM, "sokoban", style=style)
        )

    def test_a_pulled_box_is_named(self) -> None:
        pulled = "########\n#@$  . #\n#      #\n########"

        assert (4, Reason.PULLED, (1, 2)) == fault_of(judged([*map(str, PUSH[:2]), pulled], ROOM, "sokoban"))

    def test_a_vanished_box_is_named_where_it_was(self) -> None:
        gone = "########\n#@   . #\n#      #\n########"

        assert (2, Reason.VANISHED, (1, 3)) == fault_of(judged([PUSH[0], gone, *PUSH], ROOM, "sokoban"))

    def test_a_second_player_appeared(self) -> None:
        two = "########\n#@ $ . #\n#  @   #\n########"

        assert (2, Reason.APPEARED, (2, 3)) == fault_of(judged([PUSH[0], two, *PUSH], ROOM, "sokoban"))

    def test_a_second_box_appeared(self) -> None:
        two = "########\n#@ $ . #\n#    $ #\n########"

        assert (2, Reason.APPEARED, (2, 5)) == fault_of(judged([PUSH[0], two, *PUSH], ROOM, "sokoban"))

    def test_a_vanished_target_is_scenery(self) -> None:
        without = "########\n#@ $   #\n#      #\n########"

        assert (2, Reason.SCENERY, (1, 5)) == fault_of(judged([PUSH[0], without, *PUSH], ROOM, "sokoban"))

    def test_a_target_in_another_colour_is_not_taken_for_one(self) -> None:
        """A brown dot is nearer to the red one than to bare floor, but not near."""
        skin = skin_of("sokoban")
        target = Look((*skin.looks[" "].ground, Disc("B17628", 0.14)))
        brown = replace(skin, looks={**skin.looks, ".": target})
        video = shoot(PUSH, "sokoban")
        video[2:4] = film_boards(PUSH[1:2], brown, timing=Timing(frames=2), style="hold", canvas=SMALL)

        assert (2, Reason.SMEARED, (1, 5)) == fault_of(judge(video, ROOM, skin))

    def test_a_box_that_glides_to_its_target_while_the_player_stands_is_refused(self) -> None:
        boards = [str(PUSH[0]), "########\n#@  $. #\n#      #\n########", "########\n#@   * #\n#      #\n########"]
        verdict = judged(boards, ROOM, "sokoban", style="slide")

        assert (1, Reason.UNPUSHED, (1, 4)) == fault_of(verdict)
        assert verdict.arrived

    def test_precision_and_recall_count_pushes(self) -> None:
        reference = Trajectory(ROOM, tuple("rRR"))
        verdict = judge(shoot(PUSH[:3], "sokoban"), ROOM, skin_of("sokoban"), reference=reference)

        assert {"precision": 1.0, "recall": 0.5, "f1": 2 / 3} == verdict.metrics


class TestFlowFree:
    @pytest.mark.parametrize("style", STYLES)
    def test_flows_may_grow_from_either_end_and_in_any_order(self, style: str) -> None:
        level = flowfree.parse("A...A\nB...B")
        in_order = ("a0,1", "a0,2", "a0,3", "b1,1", "b1,2", "b1,3")
        mixed = ("b1,3", "a0,1", "a0,3", "b1,1", "b1,2", "a0,2")
        for moves in (in_order, mixed):
            verdict = judged([*solve(level, moves), solve(level, moves)[-1]], level, "flowfree", style=style)

            assert verdict.success

    def test_an_overwritten_flow_is_named(self) -> None:
        level = flowfree.parse("A..B\n....\nA..B")
        boards = ["A..B\n....\nA..B", "Aa.B\n....\nA..B", "AabB\n....\nA..B", "AbbB\n....\nA..B"]

        assert (6, Reason.OVERWRITTEN, (0, 1)) == fault_of(judged(boards, level, "flowfree"))

    def test_a_flow_that_shrinks_is_named(self) -> None:
        level = flowfree.parse("A..B\n....\nA..B")
        boards = ["A..B\n....\nA..B", "Aa.B\n....\nA..B", "A..B\n....\nA..B"]

        assert (4, Reason.SHRANK, (0, 1)) == fault_of(judged(boards, level, "flowfree"))

    def test_a_flow_away_from_its_ends_is_astray(self) -> None:
        level = flowfree.parse("A..B\n....\nA..B")
        boards = ["A..B\n....\nA..B", "A..B\n..a.\nA..B"]

        assert (2, Reason.STRAY, (1, 2)) == fault_of(judged(boards, level, "flowfree"))

    def test_a_flow_that_touches_itself_is_tangled(self) -> None:
        level = flowfree.parse("A...\n....\n...A")
        boards = [*map(str, solve(level, ("a0,1", "a1,1"))), "Aa..\naa..\n...A"]

        assert Reason.TANGLED is fault_of(judged(boards, level, "flowfree"))[1]

    def test_an_end_that_vanishes_is_scenery(self) -> None:
        level = flowfree.parse("A..B\n....\nA..B")
        boards = ["A..B\n....\nA..B", "A..B\n....\nA...", "A..B\n....\nA..B"]

        assert (2, Reason.SCENERY, (2, 3)) == fault_of(judged(boards, level, "flowfree"))

    def test_a_flow_not_joined_at_the_end_is_named(self) -> None:
        level = flowfree.parse("A..A\nB..B")
        boards = solve(level, ("a0,1", "b1,1", "b1,2"))

        assert (7, Reason.UNJOINED, None) == fault_of(judged(boards, level, "flowfree"))

    def test_a_board_not_filled_at_the_end_is_named(self) -> None:
        level = flowfree.parse("A.A\n...\nB.B")
        verdict = judged(solve(level, ("a0,1", "b2,1")), level, "flowfree")

        assert (5, Reason.UNFILLED, None) == fault_of(verdict)
        assert pytest.approx((1 + 2 / 5) / 2) == verdict.parts["progress"]

    def test_two_cells_at_once_are_a_jump(self) -> None:
        level = flowfree.parse("A..A\nB..B")
        boards = solve(level, ("a0,1", "a0,2"))

        assert (2, Reason.JUMP, (0, 1)) == fault_of(judged([boards[0], boards[2]], level, "flowfree"))


def glide(level: object, moves: str | tuple[str, ...], puzzle: str) -> Video:
    """A slide in which frame 8n shows state n at rest, and the frames between go on by eighths of the way."""
    return shoot(solve(level, moves), puzzle, style="slide", hold=8)


class TestUnderWay:
    """What a move that is not yet done allows in the next frame, and what it does not."""

    def test_a_walker_may_turn_back_on_the_way(self) -> None:
        slide = glide(CORRIDOR, "RRRR", "maze")
        back = [*range(16, 24), *range(22, 15, -1), *range(16, len(slide))]

        assert judge(slide[[*range(16), *back]], CORRIDOR, skin_of("maze")).success

    def test_a_walker_that_was_under_way_to_the_right_cannot_stand_on_the_left(self) -> None:
        """Seven eighths of the way from state 2 to state 3, then at rest in state 1."""
        slide = glide(CORRIDOR, "RRRR", "maze")
        verdict = judge(slide[[*range(24), *range(8, len(slide))]], CORRIDOR, skin_of("maze"))

        assert (24, Reason.JUMP, (1, 2)) == fault_of(verdict)
        assert verdict.arrived

    def test_a_walker_that_was_under_way_to_the_right_cannot_be_under_way_to_the_left(self) -> None:
        """Seven eighths of the way from state 2 to state 3, then half the way from state 2 to state 1."""
        slide = glide(CORRIDOR, "RRRR", "maze")
        back = glide(CORRIDOR, "RRLR", "maze")[16:24]
        verdict = judge(np.concatenate([slide[:24], back[4:], slide[8:]]), CORRIDOR, skin_of("maze"))

        assert (24, Reason.JUMP) == fault_of(verdict)[:2]

    def test_a_walker_cannot_go_from_one_move_far_into_the_next(self) -> None:
        """One eighth of the way from state 2 to state 3, then seven eighths of the way from state 3 to state 4."""
        slide = glide(CORRIDOR, "RRRR", "maze")
        verdict = judge(slide[[*range(18), *range(31, len(slide))]], CORRIDOR, skin_of("maze"))

        assert (18, Reason.JUMP) == fault_of(verdict)[:2]

    @pytest.mark.parametrize(
        ("out", "into", "fault"),
        [(0.5, 0.5, None), (0.45, 0.55, None), (0.35, 0.65, Reason.APPEARED), (0.75, 0.25, Reason.SMEARED)],
    )
    def test_a_walker_fades_out_as_far_as_it_fades_in(self, out: float, into: float, fault: Reason | None) -> None:
        """So far out of the cell that it leaves, to the left, and so far into the one that it comes to."""
        video = shoot(solve(CORRIDOR, "RRRR"), "maze", hold=2)
        was, now = video[1].astype(np.float32), video[2].astype(np.float32)
        edge = layout_of(CORRIDOR.plan.shape, SMALL).corner((1, 2))[1]
        share = np.where(np.arange(video.shape[2]) < edge, out, into)[:, None]
        half = (was + share * (now - was)).round().astype(np.uint8)
        verdict = judge(np.concatenate([video[:2], half[None], video[2:]]), CORRIDOR, skin_of("maze"))

        assert (fault is None) is verdict.success
        assert fault is None or (2, fault) == fault_of(verdict)[:2]

    def test_a_box_that_was_pushed_cannot_come_back(self) -> None:
        slide = glide(ROOM, "rRR", "sokoban")
        back = [*range(16), *range(14, 7, -1), *range(8, len(slide))]

        assert Reason.PULLED is fault_of(judge(slide[back], ROOM, skin_of("sokoban")))[1]

    def test_a_flow_that_grows_cannot_shrink_before_it_has_filled_the_cell(self) -> None:
        level = flowfree.parse("A..A\nB..B")
        slide = glide(level, ("a0,1", "a0,2", "b1,1", "b1,2"), "flowfree")
        back = [*range(8), *range(6, -1, -1), *range(len(slide))]

        assert (Reason.SHRANK, (0, 1)) == fault_of(judge(slide[back], level, skin_of("flowfree")))[1:]

    def test_a_flow_that_has_nearly_filled_a_cell_cannot_leave_it_to_another(self) -> None:
        level = flowfree.parse("A.B\n...\nA.B")
        wrong, right = glide(level, ("a0,1",), "flowfree"), glide(level, ("b0,1",), "flowfree")
        verdict = judge(np.concatenate([wrong[:8], right[8:]]), level, skin_of("flowfree"))

        assert (Reason.OVERWRITTEN, (0, 1)) == fault_of(verdict)[1:]

    def test_a_joining_cell_may_grow_from_either_side(self) -> None:
        level = flowfree.parse("A.A\nB.B")
        slide = glide(level, ("a0,1", "b1,1"), "flowfree")

        assert judge(slide, level, skin_of("flowfree")).success
        assert judge(np.ascontiguousarray(slide[:, :, ::-1]), level, skin_of("flowfree")).success

    def test_a_cell_that_grows_from_a_side_without_its_flow_is_refused(self) -> None:
        level = flowfree.parse("A..A\nB..B")
        slide = glide(level, ("a0,1", "a0,2", "b1,1", "b1,2"), "flowfree")
        layout = layout_of((2, 4), SMALL)
        box = (slice(layout.top, layout.top + layout.px), slice(layout.left + layout.px, layout.left + 2 * layout.px))
        for t in range(1, 8):
            slide[t][box] = slide[t][box][:, ::-1]

        assert (1, Reason.SMEARED) == fault_of(judge(slide, level, skin_of("flowfree")))[:2]

    def test_a_box_may_keep_any_of_its_looks_from_target_to_target(self) -> None:
        level = sokoban.parse("########\n#@$..  #\n########")
        skin = skin_of("sokoban")
        for look in "$*":
            one = replace(skin, looks={**skin.looks, "*": replace(skin.looks["*"], sprite=skin.looks[look].sprite)})
            boards = [*solve(level, "RR"), solve(level, "RR")[-1]]
            video = film_boards(boards, one, timing=Timing(frames=24), style="slide", canvas=SMALL)

            assert judge(video, level, skin).success

    def test_what_appears_elsewhere_while_a_move_is_under_way_is_named_for_itself(self) -> None:
        slide = glide(ROOM, "rRR", "sokoban")
        layout = layout_of(ROOM.plan.shape, SMALL)
        target = draw(
            Board.of("@"), skin_of("sokoban"), layout_of((1, 1), Canvas(layout.px, layout.px)), layout.px, layout.px
        )
        top, left = layout.corner((2, 5))
        slide[12, top : top + layout.px, left : left + layout.px] = target

        assert (12, Reason.APPEARED, (2, 5)) == fault_of(judge(slide, ROOM, skin_of("sokoban")))

    def test_a_film_that_ends_on_the_way_is_not_solved_and_not_frozen(self) -> None:
        slide = glide(CORRIDOR, "RRRR", "maze")

        assert (4, Reason.UNSOLVED) == fault_of(judge(slide[:5], CORRIDOR, skin_of("maze")))[:2]


class TestParts:
    def test_a_wrong_start_earns_no_progress(self) -> None:
        """The walk from one cell before the goal, and the solved board alone."""
        for boards in (WALK[-2:], WALK[-1:]):
            verdict = judged(boards, CORRIDOR, "maze")

            assert 0.0 == verdict.parts["progress"]
            assert not verdict.success

    def test_the_share_of_lawful_changes_counts_the_unlawful_ones(self) -> None:
        assert 2 / 3 == judged([*WALK[:2], *WALK[3:]], CORRIDOR, "maze").parts["lawful"]

    def test_scenery_and_objects_count_the_frames_in_which_they_are_wrong(self) -> None:
        erased = str(WALK[2]).replace("# ### #", "# # # #")
        two = "#######\n#  @ G#\n# ### #\n#  @  #\n#######"
        parts = judged([*map(str, WALK[:3]), erased, str(WALK[2]), two, *map(str, WALK[2:])], CORRIDOR, "maze").parts

        assert (1 - 2 / 18, 1 - 2 / 18) == (parts["scenery"], parts["objects"])

    def test_a_frame_that_is_wrong_on_the_board_and_beside_it_counts_once(self) -> None:
        erased = str(WALK[0]).replace("# ### #", "# # # #")
        video = shoot([erased] * 5, "maze", hold=1)
        video[:, 20:50, 2:14] = (0x61, 0x3D, 0x12)

        assert 0.0 == judge(video, CORRIDOR, skin_of("maze")).parts["scenery"]

    def test_a_first_frame_that_shows_no_board_is_unread_and_nothing_has_arrived(self) -> None:
        video = shoot(WALK[-1:] * 2, "maze", hold=1)
        layout = layout_of(CORRIDOR.plan.shape, SMALL)
        top, left = layout.corner((2, 2))
        video[:, top : top + layout.px, left : left + layout.px] = 255
        for length in (1, 2):
            verdict = judge(video[:length], CORRIDOR, skin_of("maze"))

            assert (False, 0.0, 0.0) == (verdict.arrived, verdict.parts["readable"], verdict.parts["solved"])
            assert Reason.WRONG_START is verdict.faults[0].reason

    def test_a_first_frame_of_a_board_that_cannot_be_has_not_arrived(self) -> None:
        two = WALK[-1].put({(1, 1): "@"})
        verdict = judged([two], CORRIDOR, "maze")

        assert (False, 0.0) == (verdict.arrived, verdict.parts["objects"])

    def test_a_level_that_starts_solved_is_a_success_where_nothing_happens(self) -> None:
        level = sokoban.parse("####\n#@*#\n####")
        verdict = judged([level.plan] * 2, level, "sokoban")

        assert (True, None) == (verdict.success, verdict.fault)


def test_something_drawn_beside_the_board_is_named() -> None:
    video = shoot(WALK, "maze")
    video[5:, 20:50, 2:14] = (0x61, 0x3D, 0x12)

    assert (5, Reason.SCENERY, None) == fault_of(judge(video, CORRIDOR, skin_of("maze")))


def test_what_is_not_a_success_has_a_fault() -> None:
    films = [WALK, WALK[:1], WALK[:3], WALK[1:], [*WALK, WALK[3]], [WALK[0], WALK[4]]]
    verdicts = [judged(boards, CORRIDOR, "maze") for boards in films]

    assert [verdict.success for verdict in verdicts] == [verdict.fault is None for verdict in verdicts]


class TestNotJudged:
    @pytest.mark.parametrize("puzzle", PUZZLES)
    def test_noise_and_darkness_cannot_be_judged(self, puzzle: str) -> None:
        levels = {"maze": CORRIDOR, "flowfree": flowfree.parse("A.A\n...\nB.B"), "sokoban": ROOM}
        level = levels.get(puzzle) or level_of(LevelId(puzzle, "easy", "test", 0))
        noise = np.random.default_rng(0).integers(0, 256, (8, *SMALL, 3), dtype=np.uint8)
        for video in (noise, np.zeros_like(noise)):
            verdict = judge(video, level, skin_of(puzzle))

            assert not verdict.judged
            assert not verdict.success
            assert (0, Reason.UNREADABLE, None) == fault_of(verdict)

    def test_a_file_that_is_no_film_could_not_be_judged(self, tmp_path: Path) -> None:
        (tmp_path / "film.mp4").write_text("no film")
        verdict = judge_file(tmp_path / "film.mp4", "maze", str(CORRIDOR), "classic")

        assert not verdict.judged
        assert 0.0 == max(verdict.parts.values())

    def test_a_film_without_frames_could_not_be_judged(self) -> None:
        verdict = judge(np.zeros((0, *SMALL, 3), np.uint8), CORRIDOR, skin_of("maze"))

        assert (0, Reason.UNREADABLE, None) == fault_of(verdict)

    def test_a_frame_too_small_for_the_board_could_not_be_judged(self) -> None:
        verdict = judge(np.zeros((4, 8, 8, 3), np.uint8), CORRIDOR, skin_of("maze"))

        assert "the film could not be read (expected a canvas" in (verdict.fault.sentence if verdict.fault else "")


def test_a_board_that_dissolves_for_a_while_is_refused_at_its_first_frame() -> None:
    video = shoot(WALK, "maze")
    video[3:6] = 128
    verdict = judge(video, CORRIDOR, skin_of("maze"))

    assert (3, Reason.SMEARED) == fault_of(verdict)[:2]
    assert 1 - 3 / 10 == pytest.approx(verdict.parts["readable"])
    assert verdict.arrived


def test_a_verdict_is_the_same_for_frames_in_memory_and_in_a_file(tmp_path: Path) -> None:
    for boards in (WALK, [*WALK[:2], WALK[4]]):
        video = shoot(boards, "maze")
        write_video(tmp_path / "film.mp4", video, fps=8)
        from_file = judge(read_video(tmp_path / "film.mp4"), CORRIDOR, skin_of("maze"))

        assert judge(video, CORRIDOR, skin_of("maze")).json() == from_file.json()


def test_a_verdict_as_json_has_what_programs_rely_on() -> None:
    verdict = judged([*WALK[:2], WALK[4]], CORRIDOR, "maze").json()

    assert {"success", "arrived", "judged", "parts", "metrics", "fault"} == set(verdict)
    assert {
        "frame": 4,
        "reason": "jump",
        "cell": [1, 5],
        "detail": "the agent went from (1, 2) to (1, 5)",
        "sentence": "frame 4: more changed between two frames than one move can change at row 1, column 5"
        " (the agent went from (1, 2) to (1, 5))",
    } == verdict["fault"]


@pytest.mark.parametrize("puzzle", PUZZLES)
def test_a_prefix_of_the_solution_is_lawful_and_earns_more_progress_the_longer_it_is(puzzle: str) -> None:
    way = solution_of(LevelId(puzzle, "easy", "test", 1)).trajectory
    assert way is not None
    lengths = sorted(Random(puzzle).sample(range(2, len(way.boards)), 3))
    verdicts = [judged(way.boards[:length], way.level, puzzle) for length in lengths]
    progress = [verdict.parts["progress"] for verdict in verdicts]

    assert [1.0] * 3 == [verdict.parts["lawful"] for verdict in verdicts]
    assert sorted(progress) == progress
    assert not any(verdict.success for verdict in verdicts)
