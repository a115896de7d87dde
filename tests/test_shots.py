"""How films are made: only what changes is drawn and converted, and the result is what drawing all of it would give."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import UInt8
from test_films import EACH_PUZZLE, EACH_STYLE, push_once, way_of

from puzzlereel.puzzles.core import Puzzle, Trajectory
from puzzlereel.puzzles.ids import LevelId, solution_of
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.renderers.draw import Box, Frame, draw, new_in, whole
from puzzlereel.renderers.film import Shot, Timing, film, shoot, shots_of
from puzzlereel.renderers.layout import Canvas, TooSmall, layout_of
from puzzlereel.renderers.skins import DEFAULT, EXTRAS, SKINS, UnknownSkin, skin_of
from puzzlereel.renderers.video import Screen, read_video, write_shots, write_video
from puzzlereel.verifiers.judge import judge
from puzzlereel.verifiers.verdict import Fault

SMALL = Canvas(176, 304)
Ink = UInt8[np.ndarray, "height width"]


@EACH_PUZZLE
@EACH_STYLE
def test_outside_of_what_a_shot_calls_new_it_is_the_last_one(puzzle: Puzzle, style: str) -> None:
    last: Frame | None = None
    for shot in shoot(way_of(puzzle).boards, skin_of(puzzle.name), timing=Timing(), style=style, canvas=SMALL):
        if last is not None:
            new = new_in(shot.frame, last)
            assert shot.changed is not None or new is None
            if shot.changed is not None and new is not None:
                assert shot.changed.top <= new.top <= new.bottom <= shot.changed.bottom
                masked = shot.frame.copy()
                box = shot.changed
                masked[box.top : box.bottom, box.left : box.right] = last[box.top : box.bottom, box.left : box.right]
                assert (masked == last).all()
        last = shot.frame.copy()


@given(
    seed=st.integers(0, 2**32),
    size=st.tuples(st.integers(9, 60), st.integers(9, 60)).map(lambda half: (2 * half[0], 2 * half[1])),
    corner=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    span=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_a_piece_is_converted_to_what_the_whole_frame_gives(
    seed: int, size: tuple[int, int], corner: tuple[float, float], span: tuple[float, float]
) -> None:
    """On noise, in which every pixel tells on its neighbours."""
    rng = np.random.default_rng(seed)
    first, second = rng.integers(0, 256, (2, *size, 3), dtype=np.uint8)
    top, left = (int(share * (side - 1)) for share, side in zip(corner, size, strict=True))
    bottom = top + 1 + int(span[0] * (size[0] - top - 1))
    right = left + 1 + int(span[1] * (size[1] - left - 1))
    mixed = first.copy()
    mixed[top:bottom, left:right] = second[top:bottom, left:right]
    piecewise, at_once = Screen(*size), Screen(*size)
    piecewise.show(Shot(first, whole(first)))
    piecewise.show(Shot(mixed, Box(top, bottom, left, right)))
    at_once.show(Shot(mixed, whole(mixed)))

    for one, other in zip(piecewise.planes, at_once.planes, strict=True):
        assert (one == other).all()


@given(seed=st.integers(0, 2**32), width=st.sampled_from([7, 16, 24]), pixels=st.integers(0, 3))
def test_what_is_new_is_found_in_a_small_box(seed: int, width: int, pixels: int) -> None:
    rng = np.random.default_rng(seed)
    last = rng.integers(0, 256, (9, width, 3), dtype=np.uint8)
    frame = last.copy()
    rows, columns = rng.integers(0, 9, pixels), rng.integers(0, width, pixels)
    frame[rows, columns, rng.integers(0, 3, pixels)] ^= 1
    box = new_in(frame, last)
    changed = np.argwhere((frame != last).any(2))

    if not len(changed):
        assert None is box
        return
    assert box is not None
    (top, left), (bottom, right) = changed.min(0), changed.max(0) + 1
    assert (top, bottom) == (box.top, box.bottom)
    assert 0 <= left - box.left <= 3
    assert 0 <= box.right - right <= 3


@EACH_PUZZLE
@EACH_STYLE
def test_a_film_written_shot_by_shot_is_the_file_of_the_whole_film(puzzle: Puzzle, style: str, tmp_path: Path) -> None:
    way, skin = way_of(puzzle), skin_of(puzzle.name)
    shots = shoot(way.boards, skin, timing=Timing(), style=style, canvas=SMALL)
    write_shots(tmp_path / "shots.mp4", shots, SMALL, fps=8)
    write_video(tmp_path / "video.mp4", film(way, skin, style=style, canvas=SMALL), fps=8)

    assert (tmp_path / "video.mp4").read_bytes() == (tmp_path / "shots.mp4").read_bytes()


def test_a_film_made_elsewhere_is_told_as_shots_of_itself() -> None:
    video = film(push_once(), skin_of("sokoban"), timing=Timing(frames=9, most=3), canvas=Canvas(48, 112))
    changed = [shot.changed is not None for shot in shots_of(video)]

    assert [True, False, False, True, False, False, True, False, False] == changed


def test_a_fade_mixes_what_was_with_what_will_be() -> None:
    timing, canvas = Timing(frames=9, most=3), Canvas(48, 112)
    hold = film(push_once(), skin_of("sokoban"), timing=timing, canvas=canvas).astype(float)
    video = film(push_once(), skin_of("sokoban"), timing=timing, style="fade", canvas=canvas)

    for t, late in ((1, 1), (2, 2), (4, 1), (5, 2)):
        before, after = hold[t - late], hold[t - late + 3]
        assert np.abs(video[t] - (before + late / 3 * (after - before))).max() <= 0.5


def test_a_fade_keeps_the_trail() -> None:
    way, skin = way_of(PUZZLES["maze"]), skin_of("maze")

    assert (film(way, skin)[-1] == film(way, skin, style="fade")[-1]).all()


def test_an_untrailed_maze_shows_the_agent_and_nothing_of_its_way() -> None:
    way, skin = way_of(PUZZLES["maze"]), skin_of("maze", "classic+untrailed")
    layout = layout_of(way.boards[0].shape, SMALL)
    last = film(way, skin, canvas=SMALL)[-1]

    assert (draw(way.boards[-1], skin, layout, *SMALL) == last).all()
    assert (film(way, skin_of("maze"), canvas=SMALL)[-1] != last).any()


def ink_around(name: str) -> Ink:
    """Ones where the first frame differs from the one without anything around, on a board of the same size."""
    board = push_once().boards[0]
    plain, dressed = skin_of("sokoban"), skin_of("sokoban", name)
    layout = layout_of(board.shape, SMALL, dressed.rim.cells)
    differs = draw(board, plain, layout, *SMALL) != draw(board, dressed, layout, *SMALL)
    ink: Ink = differs.any(2).astype(np.uint8)
    return ink


def test_a_frame_goes_around_the_board_at_a_small_distance() -> None:
    layout = layout_of((3, 7), SMALL, 1)
    rows, columns = layout.box
    ink = ink_around("classic+frame")
    gap, line = 2 * (layout.px // 32), 2 * (layout.px // 16)
    expected = np.zeros_like(ink)
    for out, drawn in ((gap + line, 1), (gap, 0)):
        expected[rows.start - out : rows.stop + out, columns.start - out : columns.stop + out] = drawn

    assert (expected == ink).all()


@pytest.mark.parametrize(("name", "ink"), [("dark", (0xF0, 0xF0, 0xF0)), ("sketch", (0x20, 0x20, 0x20))])
def test_what_stands_around_the_board_stands_out_from_the_canvas(name: str, ink: tuple[int, int, int]) -> None:
    board, skin = push_once().boards[0], skin_of("sokoban", f"{name}+coordinates+frame")
    frame = draw(board, skin, layout_of(board.shape, SMALL, skin.rim.cells), *SMALL)
    plain = draw(board, skin_of("sokoban", name), layout_of(board.shape, SMALL, skin.rim.cells), *SMALL)

    assert {ink} == {tuple(map(int, pixel)) for pixel in frame[(frame != plain).any(2)]}


def test_coordinates_number_the_rows_and_columns_on_all_sides() -> None:
    """Each number stands in the cell beside the row or above the column; the 1 has 8 dots, the 7 has 7, and so on."""
    layout = layout_of((3, 7), SMALL, 2)
    ink = ink_around("classic+coordinates")
    dots = {0: 12, 1: 8, 2: 11, 3: 11, 4: 9, 5: 11, 6: 12}
    dot = (2 * (layout.px // 16)) ** 2
    drawn = {}
    for row in range(-1, 4):
        for column in range(-1, 8):
            top, left = layout.corner((row, column))
            drawn[row, column] = int(ink[top : top + layout.px, left : left + layout.px].sum()) / dot
    expected = dict.fromkeys(drawn, 0)
    expected |= {(row, column): dots[row] for row in range(3) for column in (-1, 7)}
    expected |= {(row, column): dots[column] for column in range(7) for row in (-1, 3)}

    assert expected == drawn
    assert ink.sum() == dot * sum(expected.values())


@pytest.mark.parametrize("extras", ["+frame", "+coordinates", "+coordinates+frame+untrailed"])
@EACH_PUZZLE
def test_what_stands_around_the_board_is_no_fault_and_what_comes_there_is(
    puzzle: Puzzle, extras: str, tmp_path: Path
) -> None:
    way, skin = way_of(puzzle), skin_of(puzzle.name, DEFAULT + extras)
    canvas = Canvas(240, 416)
    write_video(tmp_path / "film.mp4", film(way, skin, style="fade", canvas=canvas), fps=8)
    video = read_video(tmp_path / "film.mp4")
    spoiled = video.copy()
    spoiled[40:50, 20:60, 4:44] = (250, 0, 250)

    assert None is judge(video, way.level, skin).fault
    assert 40 == judge(spoiled, way.level, skin).faults[0].frame


def test_what_stands_around_the_board_from_the_first_frame_on_is_no_fault() -> None:
    """Numbers that the judge was not told of."""
    way = way_of(PUZZLES["maze"])
    video = film(way, skin_of("maze", "classic+coordinates"), canvas=SMALL)

    assert judge(video, way.level, skin_of("maze")).success


def test_a_skin_with_extras_is_named_by_them_in_one_order() -> None:
    skin = skin_of("maze", "dark+frame+coordinates+frame")

    assert "dark+coordinates+frame" == skin.name
    assert skin is skin_of("maze", "dark+coordinates+frame")
    assert skin_of("maze", "dark") is SKINS["maze"]["dark"]


def test_an_extra_that_is_not_there_is_named() -> None:
    with pytest.raises(UnknownSkin, match=rf"expected \+{', '.join(EXTRAS)[:11]}.* got 'hat' in 'dark\+hat'"):
        skin_of("maze", "dark+hat")


def test_a_trail_stays_when_the_agent_comes_back_over_it() -> None:
    """There and back and there again: on the way back it stands on its own trail."""
    level = PUZZLES["maze"].parse("#####\n#@ G#\n#####")
    way = Trajectory(level, ("R", "L"))
    video = film(way, skin_of("maze"), timing=Timing(frames=6, most=2), canvas=Canvas(60, 100))
    green = tuple(video[-1, 21, 21]), tuple(video[-1, 30, 50]), tuple(video[0, 21, 21])

    assert (0x8C, 0xB2, 0x75) == green[0] == green[1]
    assert (0xB2, 0xD3, 0x9E) == green[2]


@pytest.mark.parametrize(("name", "tier"), [("arcade", "medium"), ("sketch", "hard")])
def test_a_flow_half_faded_in_is_not_taken_for_one_of_another_colour(name: str, tier: str) -> None:
    """On the way from the empty cell to its colour, a cell of these skins comes by the look of another colour."""
    skin = skin_of("flowfree", name)
    faults: list[Fault] = []
    for index, hold in product(range(4), (2, 3)):
        way = way_of(PUZZLES["flowfree"], tier, index)
        timing = Timing(frames=len(way.boards) * hold + 3, least=1, most=hold)
        video = film(way, skin, timing=timing, style="fade", canvas=Canvas(160, 160))
        faults += judge(video, way.level, skin).faults

    assert [] == faults


FAINTLY = pytest.param(0.3, marks=pytest.mark.xfail(reason="a third less of a sprite under way is tolerated"))


@pytest.mark.parametrize("share", [FAINTLY, 0.5, 0.7])
def test_an_agent_that_fades_away_in_the_midst_of_its_move_is_seen(share: float) -> None:
    """Half way, as much is missing of the agent in both cells."""
    way, skin = way_of(PUZZLES["maze"]), skin_of("maze")
    timing = Timing(frames=81, least=3, most=3)
    video = film(way, skin, timing=timing, style="fade", canvas=SMALL)
    layout = layout_of(way.boards[0].shape, SMALL)
    bare = draw(way.boards[0].put({way.boards[0].find("@")[0]: " "}), skin, layout, *SMALL).astype(float)
    spoiled = video.copy()
    for t in (1, 2):
        spoiled[t] = np.rint((1 - share) * video[t] + share * bare).astype(np.uint8)

    assert judge(video, way.level, skin).success
    assert not judge(spoiled, way.level, skin).success


@pytest.mark.parametrize("name", ["classic", "dark"])
def test_a_number_beside_the_board_that_is_another_is_a_fault(name: str) -> None:
    way, skin = way_of(PUZZLES["maze"]), skin_of("maze", f"{name}+coordinates+frame")
    video = film(way, skin, canvas=Canvas(240, 416))
    layout = layout_of(way.boards[0].shape, Canvas(240, 416), skin.rim.cells)
    top, left = layout.corner((0, 0))
    column = slice(left, left + layout.px), slice(left + 3 * layout.px, left + 4 * layout.px)
    band = slice(0, top - layout.px // 4)
    spoiled = video.copy()
    spoiled[40:44, band, column[1]] = video[40:44, band, column[0]]

    assert judge(video, way.level, skin).success
    assert 40 == judge(spoiled, way.level, skin).faults[0].frame


def test_numbers_stay_apart_from_each_other_and_from_the_frame_in_the_smallest_cells() -> None:
    """In cells of 16 pixels two digits leave no room for the next two: every second number stands there."""
    level = solution_of(LevelId("maze", "ood", "test", 0)).trajectory
    assert level is not None
    rows, columns = level.boards[0].shape
    skin = skin_of("maze", "classic+coordinates+frame")
    canvas = Canvas((rows + 3) * 16, (columns + 3) * 16)
    layout = layout_of((rows, columns), canvas, skin.rim.cells)
    frame = draw(level.boards[0], skin, layout, *canvas)
    top, left = layout.corner((0, 0))
    above = (frame[: top - layout.px // 2, left : left + columns * layout.px] == 0xF0).all(2).any(0)
    inked = above.reshape(columns, layout.px).any(1)
    beside = (frame[top : top + rows * layout.px, :left] == 0xF0).all(2).any(0)

    assert 16 == layout.px
    assert [column % 2 == 0 for column in range(columns)] == inked.tolist()
    assert 1 < np.flatnonzero(np.diff(beside.astype(int))).size
    assert not beside[left - 8 : left - 6].any()


def test_numbers_have_no_room_in_smaller_cells() -> None:
    with pytest.raises(TooSmall, match="expected a canvas of at least 80x144 pixels for a board of 3x7, got 79x144"):
        layout_of((3, 7), Canvas(79, 144), skin_of("sokoban", "classic+coordinates").rim.cells)


def test_shots_that_are_drawn_upon_again_can_be_judged_as_they_come() -> None:
    way, skin = way_of(PUZZLES["maze"]), skin_of("maze")
    shots = shoot(way.boards, skin, timing=Timing(), style="slide", canvas=SMALL)

    assert judge((shot.frame for shot in shots), way.level, skin).success
