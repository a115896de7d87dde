"""Frames as the decoder's planes: they are looked at as their pixels are."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.video.reformatter import VideoReformatter
from recoding import CODECS, encode

from puzzlereel.puzzles.core import Trajectory
from puzzlereel.puzzles.ids import LevelId, solution_of
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.renderers.draw import Frame
from puzzlereel.renderers.film import Timing, Video, film
from puzzlereel.renderers.layout import Canvas, usual_layout
from puzzlereel.renderers.planes import Planes, mixing, pixels_of, pixels_within
from puzzlereel.renderers.sight.margin import STANDS_OUT, Beside
from puzzlereel.renderers.sight.patches import Pose, kept, new_rows_in, patches_of, picture_at
from puzzlereel.renderers.skins import SKINS, skin_of
from puzzlereel.renderers.video import frames_of, views_of, write_video
from puzzlereel.verifiers.judge import judge

CANVAS, LARGER = Canvas(192, 256), Canvas(320, 352)
SPACES = {"BT.709": 1, "none told": 2, "BT.601 of Europe": 5, "BT.601 of America": 6}


def planes(seed: int, height: int = 24, width: int = 40, *, pitch: int = 48, low: int = 0, high: int = 256) -> Planes:
    """Planes of noise, whose rows are longer than the picture is wide."""
    rng = np.random.default_rng(seed)
    sizes = (height, pitch), (height // 2, pitch // 2), (height // 2, pitch // 2)
    luma, blue, red = (rng.integers(low, high, size, dtype=np.uint8) for size in sizes)
    return Planes(luma, blue, red, width, *mixing(is_709=True, is_full=False))


def converted(view: Planes, space: int, color_range: int) -> Frame:
    """The pixels that FFmpeg's converter makes of planes."""
    height, width, _ = view.shape
    picture: Any = av.VideoFrame(width, height, "yuv420p")
    picture.colorspace, picture.color_range = space, color_range
    for plane, own in zip(picture.planes, view.all[:3], strict=True):
        rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
        rows[:, : plane.width] = own[:, : plane.width]
    found: Frame = VideoReformatter().reformat(picture, format="rgb24", threads=1).to_ndarray()
    return found


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("space", SPACES)
def test_pixels_are_those_of_the_converter_but_for_what_it_cuts_off(space: str, full: bool) -> None:
    for seed, (low, high) in enumerate([(0, 256), (90, 160)]):
        view = planes(seed, 64, 64, pitch=64, low=low, high=high)
        mixed = Planes(*view.all[:3], 64, *mixing(is_709=space == "BT.709", is_full=full))
        off = pixels_of(mixed).astype(int) - converted(view, SPACES[space], 2 if full else 1)

        assert np.abs(off).max() <= 2
        assert np.abs(off.mean((0, 1))).max() < 0.25


@pytest.mark.parametrize("box", [(0, 0, 24, 40), (2, 4, 9, 40), (0, 6, 24, 21), (12, 20, 13, 21), (22, 38, 24, 40)])
def test_the_pixels_of_a_part_are_those_of_the_whole(box: tuple[int, int, int, int]) -> None:
    top, left, bottom, right = box
    view = planes(5)
    for frame in (view, pixels_of(view)):
        assert np.array_equal(pixels_of(view)[top:bottom, left:right], pixels_within(frame, *box))


@pytest.mark.parametrize(
    "pose",
    [Pose(0.0, 0.0, 12.0, 12.0), Pose(3.0, 5.0, 12.0, 12.0), Pose(-2.4, 30.7, 9.3, 14.1), Pose(20.0, -3.0, 7.0, 9.0)],
)
def test_means_of_planes_are_means_of_pixels(pose: Pose) -> None:
    """Where no pixel is clipped; beyond the frame both look like its rim."""
    view = planes(3, 60, 90, pitch=96, low=100, high=140)
    seen, wanted = picture_at(view, pose, 3, 4), picture_at(pixels_of(view), pose, 3, 4)

    assert wanted == pytest.approx(seen, abs=0.51)
    assert wanted.mean() == pytest.approx(seen.mean(), abs=0.1)


def test_a_mean_is_never_below_0_nor_above_255() -> None:
    black, white = planes(0, low=0, high=1), planes(0, low=255, high=256)
    for view in (black, white):
        seen = picture_at(view, Pose(0.0, 0.0, 12.0, 12.0), 2, 3)

        assert seen.min() >= 0
        assert seen.max() <= 255
    assert picture_at(planes(0, low=128, high=129), Pose(0.0, 0.0, 12.0, 12.0), 2, 3).std() < 0.5


class TestNewRows:
    @pytest.mark.parametrize("width", [32, 40])
    @pytest.mark.parametrize(("name", "step"), [("luma", 1), ("blue", 2), ("red", 2)])
    def test_they_are_all_rows_that_one_of_the_planes_changes(self, name: str, step: int, width: int) -> None:
        for top, bottom in ((0, 1), (3, 4), (2, 9), (11, 12)):
            last, frame = planes(0, width=width), planes(0, width=width)
            for row in {top, bottom - 1}:
                getattr(frame, name)[row, (width - 1) // step] ^= 1

            assert slice(step * top, step * bottom) == new_rows_in(frame, last)

    @pytest.mark.parametrize("width", [32, 40])
    def test_they_are_all_rows_that_any_of_the_planes_changes(self, width: int) -> None:
        for rows in ((9, 2, 4), (2, 4, 3), (6, 1, 11)):
            last, frame = planes(0, width=width), planes(0, width=width)
            for plane, row in zip(frame.all[:3], rows, strict=True):
                plane[row, 3] ^= 1
            lines = rows[0], 2 * rows[1], 2 * rows[1] + 1, 2 * rows[2], 2 * rows[2] + 1

            assert slice(min(lines), max(lines) + 1) == new_rows_in(frame, last)

    @pytest.mark.parametrize("width", [32, 40])
    def test_what_lies_beyond_the_picture_is_not_new(self, width: int) -> None:
        last, frame = planes(0, width=width), planes(0, width=width)
        frame.luma[:, width:] ^= 1
        frame.red[:, width // 2 :] ^= 1

        assert new_rows_in(frame, last) is None

    def test_all_rows_are_new_where_planes_are_mixed_otherwise_or_are_none(self) -> None:
        last = planes(0)
        other = Planes(*last.all[:3], last.width, *mixing(is_709=False, is_full=False))

        assert slice(0, 24) == new_rows_in(other, last)
        assert slice(0, 24) == new_rows_in(pixels_of(last), last) == new_rows_in(last, pixels_of(last))

    def test_what_is_kept_is_the_new_frame(self) -> None:
        one, other = pixels_of(planes(0)), pixels_of(planes(1))
        rows = kept(other, one.copy(), slice(2, 5))

        assert np.array_equal(pixels_of(rows), np.concatenate([one[:2], other[2:5], one[5:]]))
        for frame, last in ((planes(1), planes(0)), (planes(1), one), (other, planes(0))):
            assert np.array_equal(other, pixels_of(kept(frame, last, slice(2, 5))))
        assert kept(other, planes(0), slice(2, 5)) is not other


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", ["classic", "dark", "blueprint"])
def test_what_stands_out_beside_the_board_is_counted_as_in_pixels(name: str, seed: int) -> None:
    """Some pixels are off by just about as much as may be."""
    skin, layout = skin_of("maze", name), usual_layout((5, 5), CANVAS, 0)
    assert layout is not None
    beside = Beside(skin, layout, CANVAS)
    mix, lift, unmix = mixing(is_709=True, is_full=False)
    plain = np.rint(unmix @ (beside.background - lift))
    rng = np.random.default_rng(seed)
    height, width = CANVAS
    sizes = (height, width), (height // 2, width // 2), (height // 2, width // 2)
    noisy = [plain[n] + rng.normal(0, (0, 8, 14, 40)[seed], size) for n, size in enumerate(sizes)]
    luma, blue, red = (np.clip(plane, 0, 255).astype(np.uint8) for plane in noisy)
    view = Planes(luma, blue, red, width, mix, lift, unmix)

    for turn in range(3):
        assert beside.stray(pixels_of(view), turn) == beside.stray(view, turn)
    assert STANDS_OUT == 40
    assert (beside.stray(view) > 0) == (seed > 0 and np.abs(pixels_of(view) - beside.background).max() > STANDS_OUT)


def written(path: Path, video: Video, form: str, **told: int) -> Path:
    """A film in a format of pixels, and what is told of it."""
    with av.open(str(path), "w", format="matroska") as container:
        stream: Any = container.add_stream("ffv1", rate=8)
        stream.height, stream.width, stream.pix_fmt = *video.shape[1:3], form
        for name, value in told.items():
            setattr(stream.codec_context, name, value)
        for t, frame in enumerate(video):
            picture = av.VideoFrame.from_ndarray(frame, format="rgb24").reformat(format=form)
            picture.pts, picture.time_base = t, Fraction(1, 8)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("form", "size", "told", "is_planes"),
    [
        ("yuv420p", (24, 40), {}, True),
        ("yuv420p", (24, 40), {"colorspace": 1, "color_range": 1}, True),
        ("yuv420p", (24, 40), {"colorspace": 6, "color_range": 2}, True),
        ("yuv420p", (24, 40), {"colorspace": 9}, False),
        ("yuv420p", (23, 40), {}, False),
        ("yuv420p", (24, 39), {}, False),
        ("yuv420p10le", (24, 40), {}, False),
        ("yuva420p", (24, 40), {}, False),
        ("yuv422p", (24, 40), {}, False),
        ("yuv444p", (24, 40), {}, False),
        ("gray", (24, 40), {}, False),
        ("bgr0", (24, 40), {}, False),
    ],
)
def test_planes_are_looked_at_where_they_are_known(
    form: str, size: tuple[int, int], told: dict[str, int], is_planes: bool, tmp_path: Path
) -> None:
    video = np.random.default_rng(0).integers(90, 150, (3, *size, 3), dtype=np.uint8)
    path = written(tmp_path / "film.mkv", video, form, **told)
    views, frames = list(views_of(path)), list(frames_of(path))

    assert [is_planes] * 3 == [isinstance(view, Planes) for view in views]
    for view, frame in zip(views, frames, strict=True):
        assert frame.shape == view.shape
        assert np.abs(pixels_of(view).astype(int) - frame).max() <= (2 if is_planes else 0)


def short(puzzle: str) -> Trajectory:
    way = solution_of(LevelId(puzzle, "easy", "test", 1)).trajectory
    assert way is not None
    return way


def disguises(way: Trajectory, puzzle: str, name: str) -> Iterator[tuple[str, Video]]:
    """A film as it is, and such as are judged otherwise: cut short, with a leap, noisy, shifted, darker."""
    skin, states = skin_of(puzzle, name), len(way.moves) + 1
    video = film(way, skin, canvas=LARGER, timing=Timing(frames=2 * states, least=1, most=2), style="slide")
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 6, video.shape)
    yield "plain", video
    yield "cut short", video[: len(video) // 2]
    yield "with a leap", np.concatenate([video[:3], video[len(video) // 2 :]])
    yield "noisy", np.clip(video + noise, 0, 255).astype(np.uint8)
    yield "shifted", np.roll(video, 3, 2)
    yield "darker", (video * 0.85).astype(np.uint8)


@pytest.mark.parametrize("style", ["own", "h264_crf28", "vp9"])
@pytest.mark.parametrize("puzzle", PUZZLES)
def test_planes_and_pixels_are_judged_alike(puzzle: str, style: str, tmp_path: Path) -> None:
    """Every skin in one disguise each, and one skin in all; but few skins after other codecs."""
    way, counted = short(puzzle), 0
    for number, name in enumerate(list(SKINS[puzzle])[: None if style == "own" else 3]):
        for kind, video in list(disguises(way, puzzle, name))[number % 6 :: 6 if number else 1]:
            path = tmp_path / "film.mkv"
            if style == "own":
                write_video(path, video, fps=8)
            else:
                encode(str(path), video, CODECS[style])
            judged = [judge(look(path), way.level, skin_of(puzzle, name)) for look in (frames_of, views_of)]
            counted += judged[0].success
            faults = [one.fault and (one.fault.frame, one.fault.reason, one.fault.cell) for one in judged]
            facts = [(one.success, one.arrived, one.states, one.parts) for one in judged]

            assert faults[0] == faults[1], (name, kind)
            assert facts[0] == facts[1], (name, kind)
    assert counted > 0


@pytest.mark.parametrize("puzzle", PUZZLES)
def test_patches_are_well_under_one_off_those_of_pixels(puzzle: str, tmp_path: Path) -> None:
    way = short(puzzle)
    layout = usual_layout(way.boards[0].shape, CANVAS, 0)
    for name, noise in product(SKINS[puzzle], (0, 6)):
        skin = skin_of(puzzle, name)
        layout = usual_layout(way.boards[0].shape, CANVAS, skin.rim.cells)
        assert layout is not None
        video = film(way, skin, canvas=CANVAS, timing=Timing(frames=2 * len(way.boards), least=1, most=2))[:6]
        video = np.clip(video + np.random.default_rng(0).normal(0, noise, video.shape), 0, 255).astype(np.uint8)
        write_video(tmp_path / "film.mp4", video, fps=8)
        both = zip(frames_of(tmp_path / "film.mp4"), views_of(tmp_path / "film.mp4"), strict=True)
        off = np.concatenate([patches_of(view, layout) - patches_of(frame, layout) for frame, view in both])

        assert np.abs(off).mean() < 0.9, (name, noise)
        assert np.sqrt((off**2).mean(2)).max() < 3, (name, noise)
