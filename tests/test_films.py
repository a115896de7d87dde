"""Looks, films and files: what is drawn is what is read, and it lasts through the codec."""

import os
import subprocess
import sys
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from puzzlereel.puzzles.core import MOST_MOVES, Puzzle, Trajectory
from puzzlereel.puzzles.ids import LevelId, level_of, solution_of
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.puzzles.sokoban import parse
from puzzlereel.renderers.draw import draw
from puzzlereel.renderers.film import STYLES, DoesNotFit, Timing, Video, film
from puzzlereel.renderers.layout import FULL, Canvas, TooSmall, layout_of
from puzzlereel.renderers.reading import read
from puzzlereel.renderers.sight.lens import Lens
from puzzlereel.renderers.sight.looks import TOLERANCE, lexicon_of
from puzzlereel.renderers.skins import SKINS, Skin, UnknownSkin, skin_of
from puzzlereel.renderers.video import BadVideo, png_of, read_video, write_video

EACH_PUZZLE = pytest.mark.parametrize("puzzle", PUZZLES.values(), ids=list(PUZZLES))
EACH_STYLE = pytest.mark.parametrize("style", STYLES)
WALK = parse("#######\n#@ $. #\n#######").plan


def way_of(puzzle: Puzzle, tier: str = "easy", index: int = 0) -> Trajectory:
    trajectory = solution_of(LevelId(puzzle.name, tier, "test", index)).trajectory
    assert trajectory is not None
    return trajectory


def push_once() -> Trajectory:
    """Walk, push the box onto the target."""
    return Trajectory(parse(str(WALK)), ("r", "R"))


@EACH_PUZZLE
@given(
    seed=st.integers(0, 2**32),
    size=st.sampled_from([(480, 832), (256, 256), (64, 96), (121, 97)]),
    name=st.sampled_from([*SKINS["maze"]]),
)
def test_what_is_drawn_is_read_back(puzzle: Puzzle, seed: int, size: tuple[int, int], name: str) -> None:
    rng = Random(seed)
    level = level_of(LevelId(puzzle.name, "easy", "test", seed % 8))
    state = level.start()
    for _ in range(rng.randrange(12)):
        state = level.step(state, rng.choice([*level.moves(state)]))
        if not [*level.moves(state)]:
            break
    skin, start = skin_of(puzzle.name, name), level.board(level.start())
    frame = draw(level.board(state), skin, layout_of(start.shape, Canvas(*size)), *size)

    readings = read(frame[None], start, skin)

    assert readings.settled.all()
    assert state == level.state(readings.board(0))


@EACH_PUZZLE
def test_every_film_begins_with_the_start_and_ends_with_the_end(puzzle: Puzzle) -> None:
    way, skin = way_of(puzzle), skin_of(puzzle.name)
    video = film(way, skin)
    layout = layout_of(way.boards[0].shape, FULL)

    assert (81, 480, 832, 3) == video.shape
    assert (draw(way.boards[0], skin, layout, *FULL) == video[0]).all()
    assert way.states[-1] == way.level.state(read(video[-1:], way.boards[0], skin).board(0))


def test_a_held_state_stands_still_and_then_jumps() -> None:
    video = film(push_once(), skin_of("sokoban"), timing=Timing(frames=9, most=3), canvas=Canvas(48, 112))
    changes = [t for t in range(1, 9) if (video[t] != video[t - 1]).any()]

    assert [3, 6] == changes


def test_a_sliding_film_moves_in_every_frame_until_it_has_arrived() -> None:
    video = film(
        push_once(), skin_of("sokoban"), timing=Timing(frames=9, most=3), style="slide", canvas=Canvas(48, 112)
    )
    changes = [t for t in range(1, 9) if (video[t] != video[t - 1]).any()]

    assert [1, 2, 3, 4, 5, 6] == changes


def test_a_slide_shows_the_sprite_at_its_share_of_the_way() -> None:
    """The blue disc has gone a third of a cell of 16 pixels after one frame of three: 5 pixels."""
    video = film(
        push_once(), skin_of("sokoban"), timing=Timing(frames=9, most=3), style="slide", canvas=Canvas(48, 112)
    )
    blue = (video[:, :, :, 2].astype(int) - video[:, :, :, 0] > 60).any(1)
    leftmost = [int(row.argmax()) for row in blue[:4]]

    assert [0, 5, 11, 16] == [left - leftmost[0] for left in leftmost]


def test_a_flow_is_uncovered_from_the_side_that_it_comes_from() -> None:
    """Half way, the cell of 40 pixels beside the red end is red on the left and still grey on the right."""
    level = PUZZLES["flowfree"].parse("A.A\nB.B")
    way = Trajectory(level, ("a0,1", "b1,1"))
    video = film(way, skin_of("flowfree"), timing=Timing(frames=6, most=2), style="slide", canvas=Canvas(80, 120))

    assert ([220, 48, 49], [230, 230, 230]) == (video[1, 20, 50].tolist(), video[1, 20, 70].tolist())


def test_a_maze_film_leaves_a_trail_where_the_agent_was_and_only_there() -> None:
    way = way_of(PUZZLES["maze"], "medium")
    last = film(way, skin_of("maze"))[-1]
    layout = layout_of(way.boards[0].shape, FULL)
    middles = {cell: tuple(np.add(layout.corner(cell), layout.px // 2)) for cell, _ in way.boards[0].items()}
    trailed = {cell for cell, (y, x) in middles.items() if (last[y, x] == (0x8C, 0xB2, 0x75)).all()}

    assert set(way.states[:-1]) == trailed


def test_the_longest_solution_that_a_generator_may_give_fits_the_film() -> None:
    assert 2 == Timing().hold(MOST_MOVES + 1)


def test_a_solution_that_is_too_long_is_refused_with_both_numbers() -> None:
    with pytest.raises(DoesNotFit, match=r"at most 40 states of 2 frames in 81 frames, got 41: .* at least 85 frames"):
        Timing().hold(41)


def test_an_unknown_style_names_the_known_ones() -> None:
    with pytest.raises(DoesNotFit, match=r"expected a style of hold, slide, fade, got 'spin'"):
        film(push_once(), skin_of("sokoban"), style="spin")


def test_a_canvas_that_is_too_small_says_how_large_it_must_be() -> None:
    with pytest.raises(TooSmall, match="at least 9x21 pixels for a board of 3x7, got 8x100"):
        layout_of(WALK.shape, Canvas(8, 100))


@given(
    rows=st.integers(2, 51),
    columns=st.integers(2, 51),
    height=st.integers(200, 1000).map(lambda n: 2 * n),
    width=st.integers(200, 1000).map(lambda n: 2 * n),
)
def test_large_cells_lie_on_even_pixels_inside_the_canvas(rows: int, columns: int, height: int, width: int) -> None:
    layout = layout_of((rows, columns), Canvas(height, width))

    assert (0, 0) == (layout.top % 2, layout.left % 2)
    assert layout.px < 8 or layout.px % 2 == 0
    assert 0 <= layout.top <= height - rows * layout.px
    assert 0 <= layout.left <= width - columns * layout.px
    assert min(height // rows, width // columns) - layout.px in (0, 1)


@pytest.mark.parametrize(
    "skin", [skin for skins in SKINS.values() for skin in skins.values()], ids=lambda s: f"{s.puzzle}-{s.name}"
)
def test_looks_that_mean_different_things_are_far_apart_or_the_same(skin: Skin) -> None:
    """Two looks that are neither one picture nor well apart would be confused by the codec."""
    patches = lexicon_of(skin, Lens(40)).own
    off = np.sqrt(((patches[:, None] - patches[None]) ** 2).mean(2))
    close = off[(off > 0.5) & (off < TOLERANCE)]

    assert [] == close.tolist()


def test_a_glyph_that_a_skin_cannot_show_is_named() -> None:
    with pytest.raises(UnknownSkin, match="got '%'"):
        skin_of("maze").look("%")


def test_a_skin_that_is_not_there_is_named() -> None:
    with pytest.raises(UnknownSkin, match=r"expected a skin of classic, flat, .*, arcade for maze, got 'neon'"):
        skin_of("maze", "neon")


@pytest.fixture
def short() -> Video:
    return film(push_once(), skin_of("sokoban"), timing=Timing(frames=9), canvas=Canvas(240, 416))


def test_a_film_keeps_its_frames_and_its_colours_in_a_file(short: Video, tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", short, fps=8)
    back = read_video(tmp_path / "a.mp4")
    flat = (slice(None), slice(100, 110), slice(2, 12))

    assert short.shape == back.shape
    assert np.abs(back[flat].astype(int) - short[flat]).max() <= 3


def test_the_same_film_gives_the_same_bytes(short: Video, tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        write_video(tmp_path / name, short, fps=8)

    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_a_file_states_its_rate_its_colours_and_its_index_first(short: Video, tmp_path: Path) -> None:
    import av

    write_video(tmp_path / "a.mp4", short, fps=8)
    with av.open(str(tmp_path / "a.mp4")) as container:
        context = container.streams.video[0].codec_context
        tags = (context.color_primaries, context.color_trc, context.colorspace, context.color_range)
        rate, name = container.streams.video[0].average_rate, context.name
    data = (tmp_path / "a.mp4").read_bytes()

    assert (1, 1, 1, 1) == tags
    assert "8 h264" == f"{rate} {name}"
    assert data.index(b"moov") < data.index(b"mdat")


def test_odd_sizes_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(BadVideo, match=r"expected an even height and width for H\.264, got 33x64"):
        write_video(tmp_path / "a.mp4", np.zeros((2, 33, 64, 3), np.uint8), fps=8)

    assert [] == [*tmp_path.iterdir()]


@pytest.mark.parametrize("content", [b"", b"<html>no film</html>", bytes(5000)], ids=["empty", "a page", "zeros"])
def test_what_is_no_film_is_refused_in_one_line(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(content)
    with pytest.raises(BadVideo, match=r"^expected a video, got a file that does not decode: a.mp4 \(.+\)$"):
        read_video(tmp_path / "a.mp4")


def test_a_film_cut_off_in_the_middle_is_refused(short: Video, tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", short, fps=8)
    data = (tmp_path / "a.mp4").read_bytes()
    (tmp_path / "a.mp4").write_bytes(data[: len(data) // 3])
    with pytest.raises(BadVideo):
        read_video(tmp_path / "a.mp4")


def test_a_playlist_that_names_another_film_is_no_film(short: Video, tmp_path: Path) -> None:
    write_video(tmp_path / "real.mp4", short, fps=8)
    (tmp_path / "a.mp4").write_text("ffconcat version 1.0\nfile real.mp4\n")
    with pytest.raises(BadVideo, match="expected a video, got a file that does not decode"):
        read_video(tmp_path / "a.mp4")


def test_a_film_that_is_not_there_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(BadVideo, match="expected a video file, found none at"):
        read_video(tmp_path / "none.mp4")


def test_a_film_beyond_the_limits_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_video(tmp_path / "a.mp4", np.zeros((9, 64, 64, 3), np.uint8), fps=8)
    monkeypatch.setattr("puzzlereel.renderers.video.MOST_PIXELS", 64 * 63)
    with pytest.raises(BadVideo, match="at most 4032 pixels a frame, got 64x64"):
        read_video(tmp_path / "a.mp4")
    monkeypatch.undo()
    monkeypatch.setattr("puzzlereel.renderers.video.MOST_FRAMES", 8)
    with pytest.raises(BadVideo, match="up to 8 frames of one size"):
        read_video(tmp_path / "a.mp4")


def test_a_frame_is_a_png_that_decodes_to_itself(short: Video) -> None:
    from imageio import v3 as imageio

    assert (short[0] == imageio.imread(png_of(short[0]))).all()


SHARED = """
import hashlib, sys
import os
import subprocess
import sys
from pathlib import Path
from puzzlereel.puzzles.ids import parse_id, solution_of
from puzzlereel.renderers.film import film
from puzzlereel.renderers.layout import Canvas
from puzzlereel.renderers.skins import skin_of
from puzzlereel.renderers.video import write_video

way = solution_of(parse_id("maze/easy/test/0")).trajectory
write_video(Path(sys.argv[1]), film(way, skin_of("maze", "classic"), canvas=Canvas(176, 304)), fps=8)
print(hashlib.sha256(Path(sys.argv[1]).read_bytes()).hexdigest())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the C library of Linux can fill memory with junk")
def test_the_same_film_has_the_same_bytes_whatever_was_in_memory_before(tmp_path: Path) -> None:
    """The encoder once read memory that it had never written: now and then one film of thousands was another."""
    found = set()
    for junk in ("0", "1", "170"):
        memory = {"MALLOC_PERTURB_": junk, "MALLOC_MMAP_THRESHOLD_": str(2**30)}
        made = subprocess.run(
            [sys.executable, "-c", SHARED, str(tmp_path / "a.mp4")],
            capture_output=True,
            check=True,
            text=True,
            env=os.environ | memory,
        )
        found.add(made.stdout)

    assert 1 == len(found)
