"""How a film is seen, part by part: areas, lens and fit, against witnesses that tell the same otherwise."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from jaxtyping import Float, Float64, UInt8
from PIL import Image

from puzzlereel.puzzles.board import Board
from puzzlereel.puzzles.ids import LevelId, level_of
from puzzlereel.puzzles.registry import PUZZLES, SUITE
from puzzlereel.renderers.draw import Frame, draw
from puzzlereel.renderers.layout import Canvas, Layout, layout_of
from puzzlereel.renderers.sight.area import field_means
from puzzlereel.renderers.sight.fit import DAYLIGHT, Fitted, Light, fit, light_of, off_by_cell, softened, trust
from puzzlereel.renderers.sight.lens import Lens, surroundings, weights
from puzzlereel.renderers.sight.looks import lexicon_of
from puzzlereel.renderers.sight.patches import (
    PATCHES,
    Picture,
    Pose,
    as_picture,
    by_cell,
    picture_at,
    pose_of,
    tile_patches,
    within,
)
from puzzlereel.renderers.skins import SKINS, Skin, skin_of

PUZZLE = st.sampled_from([*SUITE])
SKIN = st.sampled_from([*SKINS["maze"]])
SMALL = Canvas(272, 480)
BLURRED = Lens(10, mix=(0.9, 0.1, 0.0, 0.02, 0.0, 0.8, 0.1, -0.01, 0.05, 0.0, 0.9, 0.0), gamma=1.1, soft=(0.07, 0.14))


def board_of(puzzle: str, index: int = 0, tier: str = "easy") -> Board:
    level = level_of(LevelId(puzzle, tier, "test", index))
    board: Board = level.board(level.start())
    return board


def drawn(board: Board, skin: Skin, canvas: Canvas = SMALL) -> tuple[Frame, Pose]:
    """A board's frame, and where the board lies in it."""
    layout = layout_of(board.shape, canvas, skin.rim.cells)
    return draw(board, skin, layout, *canvas), pose_of(layout)


def filmed(
    frame: Frame, pose: Pose, size: tuple[int, int], box: tuple[float, float, float, float]
) -> tuple[Frame, Pose]:
    """What a camera sees of a part of a frame, from top and left to bottom and right, which may lie beyond its rim."""
    top, left, bottom, right = box
    beyond = int(np.ceil(max(0, -top, -left, bottom - frame.shape[0], right - frame.shape[1])))
    wide = np.pad(frame, ((beyond, beyond), (beyond, beyond), (0, 0)), mode="edge")
    part = (left + beyond, top + beyond, right + beyond, bottom + beyond)
    seen = np.asarray(Image.fromarray(wide).resize(size[::-1], Image.Resampling.BICUBIC, box=part))
    down, across = size[0] / (bottom - top), size[1] / (right - left)
    return seen, Pose((pose.top - top) * down, (pose.left - left) * across, pose.high * down, pose.wide * across)


def apart(pose: Pose, other: Pose, rows: int, columns: int) -> float:
    """How far apart the corners of a board are in two poses, in cells."""
    ends = [(at.place((0, 0))[:2], at.place((rows - 1, columns - 1))[2:]) for at in (pose, other)]
    off = np.abs(np.array(ends[0]) - np.array(ends[1])) / (other.high, other.wide)
    return float(off.max())


@st.composite
def lines(draw: st.DrawFn, side: int) -> list[float]:
    """Where fields begin and end, some of them on pixels and some beyond the frame."""
    place = st.one_of(st.floats(-4, side + 4), st.integers(-3, side + 3).map(float))
    found = sorted(draw(st.lists(place, min_size=2, max_size=7)))
    assume(np.diff(found).min() > 0.05)
    return found


class TestArea:
    @settings(max_examples=50)
    @given(data=st.data(), height=st.integers(1, 9), width=st.integers(1, 9), seed=st.integers(0, 99))
    def test_fields_are_means_over_all_that_lies_in_them(
        self, data: st.DataObject, height: int, width: int, seed: int
    ) -> None:
        frame = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
        ys, xs = np.array(data.draw(lines(height))), np.array(data.draw(lines(width)))
        means = np.empty((len(ys) - 1, len(xs) - 1, 3), np.float32)

        field_means(frame.reshape(height, -1), ys, xs, means)

        assert means == pytest.approx(means_by_sums(frame, ys, xs), abs=0.02)

    def test_a_field_of_one_pixel_is_that_pixel(self) -> None:
        frame = np.random.default_rng(0).integers(0, 256, (7, 5, 3), dtype=np.uint8)
        means = np.empty((7, 5, 3), np.float32)
        field_means(frame.reshape(7, -1), np.arange(8.0), np.arange(6.0), means)

        assert (frame == means).all()

    def test_a_field_between_pixels_is_told_by_hand(self) -> None:
        """From half of the first pixel to a quarter of the third: 0.5 of 0, 1 of 100 and 0.25 of 200, in 1.75."""
        frame = np.repeat(np.array([[0, 100, 200]], np.uint8)[:, :, None], 3, 2)
        means = np.empty((1, 1, 3), np.float32)
        field_means(frame.reshape(1, -1), np.array([0.25, 0.75]), np.array([0.5, 2.25]), means)

        assert [150 / 1.75] * 3 == pytest.approx(means[0, 0].tolist())

    def test_only_what_lies_in_the_frame_counts_as_within(self) -> None:
        frame = np.zeros((12, 24, 3), np.uint8)
        inside = within(frame, Pose(-6.0, 18.0, 12.0, 12.0), 1, 1)

        assert [[False] * 6] * 3 + [[True] * 3 + [False] * 3] * 3 == inside.tolist()

    @settings(max_examples=10)
    @given(rows=st.integers(1, 4), columns=st.integers(1, 4))
    def test_patches_by_cell_and_as_a_picture_are_inverses(self, rows: int, columns: int) -> None:
        picture = np.random.default_rng(0).random((rows * PATCHES, columns * PATCHES, 3)).astype(np.float32)
        cells = by_cell(picture)

        assert np.array_equal(picture, as_picture(cells))
        assert np.array_equal(picture[-PATCHES:, :PATCHES], cells[-1, 0].reshape(PATCHES, PATCHES, 3))


def means_by_sums(
    frame: UInt8[np.ndarray, "height width 3"], ys: Float64[np.ndarray, " ys"], xs: Float64[np.ndarray, " xs"]
) -> Float64[np.ndarray, "down across 3"]:
    """Means by the sums of all that is before a place, which are even between pixels."""
    beyond = 6
    wide = np.pad(frame.astype(float), ((beyond, beyond), (beyond, beyond), (0, 0)), mode="edge")
    sums = np.pad(wide.cumsum(0).cumsum(1), ((1, 0), (1, 0), (0, 0)))
    for axis, places in ((0, ys + beyond), (1, xs + beyond)):
        before = np.minimum(places.astype(int), sums.shape[axis] - 2)
        share = (places - before).reshape([-1 if side == axis else 1 for side in range(3)])
        sums = np.take(sums, before, axis) * (1 - share) + np.take(sums, before + 1, axis) * share
    area = np.outer(np.diff(ys), np.diff(xs))[:, :, None]
    means: Float64[np.ndarray, "down across 3"] = np.diff(np.diff(sums, axis=0), axis=1) / area
    return means


class TestLens:
    @settings(max_examples=40)
    @given(px=st.integers(8, 40), cells=st.integers(1, 3), soft=st.sampled_from([0.0, 0.02, 0.07, 0.14]))
    def test_every_pixel_is_shared_out_and_every_patch_well_inside_is_a_mean(
        self, px: int, cells: int, soft: float
    ) -> None:
        shares = weights(px, cells, 1, soft)

        assert (3 * PATCHES + PATCHES * (cells - 1), cells * px) == shares.shape
        assert np.ones(cells * px) == pytest.approx(shares.sum(0) * px / PATCHES, abs=1e-4)
        middle = shares.sum(1)[PATCHES:-PATCHES]
        inside = int(np.ceil(5 * soft * PATCHES))
        assert np.ones(max(0, len(middle) - 2 * inside)) == pytest.approx(
            middle[inside : len(middle) - inside], abs=0.01
        )

    @pytest.mark.parametrize("soft", [(0.07, 0.07), (0.02, 0.14), (0.0, 0.1)])
    @pytest.mark.parametrize("px", [10, 12])
    def test_a_picture_through_a_blurred_lens_is_the_blurred_picture_cut_in_patches(
        self, px: int, soft: tuple[float, float]
    ) -> None:
        rng = np.random.default_rng(1)
        picture = rng.integers(0, 256, (2 * px, 3 * px, 3)).astype(np.float32)
        brightness = picture @ np.array([0.2126, 0.7152, 0.0722])
        luma = np.repeat(brightness[:, :, None], 3, 2)
        expected = blurred_patches(luma, px, soft[0]) + blurred_patches(picture - luma, px, soft[1])

        assert Lens(px, soft=soft).seen(picture) == pytest.approx(expected, abs=1.5)

    @pytest.mark.parametrize("lens", [Lens(12), BLURRED, Lens(24, soft=(0.14, 0.14))], ids=["plain", "tinted", "soft"])
    @pytest.mark.parametrize("puzzle", PUZZLES)
    def test_the_shares_of_all_tiles_add_up_to_the_board(self, puzzle: str, lens: Lens) -> None:
        board, skin = board_of(puzzle), skin_of(puzzle, "textured")
        rows, columns = board.shape
        px = lens.px
        frame = draw(board, skin, Layout(px, 2 * px, 2 * px, rows, columns), (rows + 4) * px, (columns + 4) * px)
        lexicon = lexicon_of(skin, lens)
        looks = lexicon.looks_of(board)
        inner = slice(2 * PATCHES, -2 * PATCHES)

        assert as_picture(lexicon.own[looks] + lexicon.context(looks)) == pytest.approx(
            lens.seen(frame)[inner, inner], abs=0.1
        )

    def test_a_cell_that_adds_nothing_leaves_out_its_own_share(self) -> None:
        board, lexicon = board_of("sokoban"), lexicon_of(skin_of("sokoban"), BLURRED)
        looks = lexicon.looks_of(board)
        without = looks.copy()
        without[2, 2] = -1
        missing = lexicon.context(looks) - lexicon.context(without)
        share = lexicon.shares[looks[2, 2]]

        assert missing[1:4, 1:4].reshape(9, -1)[[*range(4), *range(5, 9)]] == pytest.approx(
            share.reshape(9, -1)[[*range(4), *range(5, 9)]], abs=1e-3
        )
        assert not missing[2, 2].any()
        assert 0 < np.abs(missing[1, 2]).max()

    def test_a_tile_in_a_plain_lens_stays_in_its_cell(self) -> None:
        tile = np.random.default_rng(0).integers(0, 256, (1, 18, 18, 3), dtype=np.uint8)
        shares = surroundings(Lens(18), tile)[0]

        assert shares[1, 1] == pytest.approx(tile_patches(tile[0]), abs=0.01)
        assert 0 == np.delete(shares.reshape(9, -1), 4, 0).max()

    def test_the_same_colours_are_left_alone(self) -> None:
        colours = np.random.default_rng(0).random((5, 4, 3)).astype(np.float32) * 255

        assert np.array_equal(colours, Lens(9).tint(colours))
        assert Lens(9).is_straight
        assert not Lens(9, gamma=1.1).is_straight

    def test_gamma_bends_from_black_to_white(self) -> None:
        greys = np.repeat(np.array([[0, 64, 255]], np.float32).T, 3, 1)
        bent = Lens(9, gamma=2.0).tint(greys)

        assert [[0.0] * 3, [pytest.approx(64**2 / 255, abs=0.01)] * 3, [255.0] * 3] == bent.tolist()

    def test_colours_are_mixed_after_gamma_and_clipped_last(self) -> None:
        """Green goes into red whole, blue gets 20 %, and what is then beyond white is white."""
        lens = Lens(9, mix=(0.0, 1.0, 0.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0, 2.0, 0.2), gamma=2.0)
        mixed = lens.tint(np.array([[255, 127.5, 102]], np.float32))

        assert [pytest.approx(63.75), pytest.approx(31.875), pytest.approx(2 * 40.8 + 51, abs=0.01)] == mixed[
            0
        ].tolist()
        assert [0, 0, 255] == pytest.approx(lens.tint(np.array([[0, 0, 255]], np.float32))[0].tolist())

    def test_a_tile_without_its_detail_has_the_same_patches(self) -> None:
        tile = np.random.default_rng(0).random((15, 15, 3)).astype(np.float32) * 255
        flat = Lens(15).flat(tile)

        assert tile.mean((0, 1)) == pytest.approx(flat.mean((0, 1)), abs=3)
        assert flat.std() < 0.7 * tile.std()


def blurred_patches(picture: Float[np.ndarray, "height width 3"], px: int, soft: float) -> Float[np.ndarray, "d a 3"]:
    """A picture that is blurred dot by dot, with nothing around it, and then cut."""
    finer = 2 * PATCHES
    fine = np.repeat(np.repeat(picture.astype(float), finer, 0), finer, 1)
    sigma = soft * px * finer
    if sigma:
        bell = np.exp(-0.5 * (np.arange(-int(5 * sigma), int(5 * sigma) + 1) / sigma) ** 2)
        for axis in (0, 1):
            fine = np.apply_along_axis(np.convolve, axis, fine, bell / bell.sum(), mode="same")
    step = px * finer // PATCHES
    down, across = fine.shape[0] // step, fine.shape[1] // step
    return np.asarray(fine.reshape(down, step, across, step, 3).mean((1, 3)))


LINED = "blueprint"
"""Its fine lines meet again a part of a cell further, and may hold a board there: calibration tries many places."""


class TestFit:
    @settings(max_examples=10)
    @given(
        puzzle=PUZZLE,
        name=SKIN,
        zoom=st.floats(0.7, 1.4),
        aspect=st.floats(0.92, 1.08),
        moved=st.tuples(st.floats(-8, 8), st.floats(-8, 8)),
        guess=st.tuples(st.floats(-0.35, 0.35), st.floats(-0.35, 0.35)),
        size=st.floats(0.98, 1.02),
    )
    def test_a_board_is_found_where_it_lies(
        self,
        puzzle: str,
        name: str,
        zoom: float,
        aspect: float,
        moved: tuple[float, float],
        guess: tuple[float, float],
        size: float,
    ) -> None:
        assume(name != LINED)
        board, skin = board_of(puzzle), skin_of(puzzle, name)
        frame, pose = drawn(board, skin)
        high, wide = SMALL.height / zoom, SMALL.width / zoom * aspect
        top, left = (SMALL.height - high) / 2 + moved[0], (SMALL.width - wide) / 2 + moved[1]
        seen, true = filmed(frame, pose, SMALL, (top, left, top + high, left + wide))
        rough = Pose(true.top + guess[0] * true.high, true.left + guess[1] * true.wide, true.high * size, true.wide)

        assert apart(approached(seen, wanted_of(board, skin), rough).pose, true, *board.shape) < 0.05

    @settings(max_examples=10)
    @given(
        puzzle=PUZZLE,
        name=SKIN,
        mix=st.lists(st.floats(-0.12, 0.12), min_size=9, max_size=9),
        lift=st.lists(st.floats(-20, 20), min_size=3, max_size=3),
    )
    def test_colours_are_turned_back(self, puzzle: str, name: str, mix: list[float], lift: list[float]) -> None:
        board, skin = board_of(puzzle), skin_of(puzzle, name)
        frame, pose = drawn(board, skin)
        changed = (0.9 * np.eye(3) + np.array(mix).reshape(3, 3)).T
        inside = frame * 0.7 + 38  # so that nothing is clipped
        recoloured = np.rint(np.clip(inside @ changed + lift, 0, 255)).astype(np.uint8)
        wanted = wanted_of(board, skin) * 0.7 + 38
        found = approached(recoloured, wanted.astype(np.float32), pose)

        assert np.abs(found.seen - wanted).mean() < 4
        assert apart(found.pose, pose, *board.shape) < 0.05

    @settings(max_examples=10)
    @given(puzzle=PUZZLE, name=SKIN, seed=st.integers(0, 999))
    def test_cells_that_show_something_else_do_not_pull(self, puzzle: str, name: str, seed: int) -> None:
        assume(name != LINED)
        board, skin = board_of(puzzle), skin_of(puzzle, name)
        frame, pose = drawn(board, skin)
        seen, true = filmed(frame, pose, SMALL, (3.3, -2.6, 275.3, 477.4))
        rng, px = np.random.default_rng(seed), round(pose.high)
        rows, columns = board.shape
        for cell in rng.choice(rows * columns, max(1, rows * columns // 8), replace=False):
            top, left = (round(at) for at in true.place((int(cell) // columns, int(cell) % columns))[:2])
            seen = seen.copy()
            seen[top : top + px, left : left + px] = rng.integers(0, 256, 3)
        found = approached(seen, wanted_of(board, skin), pose)

        assert apart(found.pose, true, rows, columns) < 0.05
        assert np.median(off_by_cell(found.seen, wanted_of(board, skin))) < 6

    def test_trust_is_for_cells_that_are_as_far_off_as_most(self) -> None:
        off = np.full((4, 4), 2.0, np.float32)
        off[1, 2] = 60.0
        counts = by_cell(np.repeat(trust(off), 3, 2))[:, :, 0]

        assert counts[1, 2] < 0.001
        assert counts[0, 0] > 0.4

    def test_what_the_colours_do_not_tell_of_the_light_stays_as_it_was(self) -> None:
        """On a grey board nothing is known of the other colours: what is asked for is nearly no change."""
        grey = np.full((12, 12, 3), 128, np.float32)
        light = light_of(grey, grey + 10, np.ones((12, 12, 1), np.float32))
        blue = light.turned_back(np.array([[0, 0, 255]], np.float32))[0]

        assert [138] * 3 == pytest.approx(light.turned_back(grey)[0, 0].tolist(), abs=0.3)
        assert [0, 0, 255] == pytest.approx(blue.tolist(), abs=20)

    def test_how_strong_a_light_is_is_how_far_it_takes_the_colours_and_what_contrast_it_leaves(self) -> None:
        picture = np.full((6, 6, 3), 100, np.float32)

        picture[:3] = 200
        doubled = Light(2 * np.eye(3, dtype=np.float32), np.zeros(3, np.float32))

        assert (0, 1) == DAYLIGHT.strength(picture)
        assert (75, 0.5) == pytest.approx(doubled.strength(picture))

    def test_softening_keeps_the_mean_and_lowers_the_contrast(self) -> None:
        picture = np.random.default_rng(0).random((24, 24, 3)).astype(np.float32)
        twice = softened(picture, 2)

        assert picture.mean() == pytest.approx(twice.mean(), abs=0.02)
        assert twice.std() < 0.6 * picture.std()
        assert np.array_equal(picture, softened(picture, 0))

    def test_a_board_that_is_nowhere_is_left_where_it_was_guessed_to_be(self) -> None:
        board, skin = board_of("maze"), skin_of("maze")
        noise = np.random.default_rng(0).integers(0, 256, (*SMALL, 3), dtype=np.uint8)
        guess = Pose(10.0, 20.0, 50.0, 50.0)
        found = fit(noise, wanted_of(board, skin), guess, DAYLIGHT, steps=8)

        assert apart(found.pose, guess, *board.shape) < 12


def wanted_of(board: Board, skin: Skin) -> Picture:
    """What is seen of a board as it was drawn."""
    frame, pose = drawn(board, skin)
    return picture_at(frame, pose, *board.shape)


def approached(frame: Frame, wanted: Picture, guess: Pose) -> Fitted:
    """A fit, roughly and then finely, as the first frame gets it."""
    rough = fit(frame, wanted, guess, DAYLIGHT, steps=8, soft=3)
    return fit(frame, wanted, rough.pose, rough.light, steps=4)
