"""The compiled loops of reading, against numpy that tells the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jaxtyping import Float, Float32, Int
from test_sight import board_of

from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.renderers.draw import Frame, new_in, tile_of
from puzzlereel.renderers.layout import Canvas, Layout
from puzzlereel.renderers.sight.cells import closest, steepest, write_mixed
from puzzlereel.renderers.sight.fit import RIDGE, light_of, off_by_cell, softened, steepness
from puzzlereel.renderers.sight.follow import (
    LEAST_STEADY,
    MOST_CLIPPED,
    MOVING,
    Told,
    completed,
    is_still,
    noise_of,
    often_of,
    told_by,
)
from puzzlereel.renderers.sight.lens import CLIPPED, Lens
from puzzlereel.renderers.sight.looks import NEARER, Lexicon, lexicon_of
from puzzlereel.renderers.sight.margin import EDGE, STANDS_OUT, STEP, Beside
from puzzlereel.renderers.sight.nearest import Edges, allowed, nearest, off_by, searched, wanted_of
from puzzlereel.renderers.sight.patches import COLOURS, PATCHES, Pose, as_picture, middle, new_rows_in
from puzzlereel.renderers.sight.pixels import squares_off
from puzzlereel.renderers.skins import SKINS, skin_of

LENSES = Lens(12), Lens(12, soft=(0.07, 0.07))


def noise(seed: int, *shape: int) -> Frame:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


class TestNewRows:
    @settings(max_examples=40)
    @given(st.sampled_from([8, 13, 64]), st.lists(st.tuples(st.integers(0, 11), st.integers(0, 7)), max_size=3))
    def test_they_are_those_that_numpy_finds(self, width: int, places: list[tuple[int, int]]) -> None:
        last = noise(width, 12, width, 3)
        frame = last.copy()
        for row, column in places:
            frame[row, column, 1] ^= 1
        new = new_in(frame, last)

        assert (new and slice(new.top, new.bottom)) == new_rows_in(frame, last)


class TestStrays:
    @settings(max_examples=30)
    @given(st.integers(0, 99), st.integers(0, 9), st.integers(0, 9))
    def test_as_many_pixels_stand_out_as_numpy_counts(self, seed: int, top: int, left: int) -> None:
        layout, canvas, skin = Layout(12, top, left, 3, 4), Canvas(56, 80), skin_of("maze")
        beside, frame = Beside(skin, layout, canvas), noise(seed, *canvas, 3)
        stands = (np.abs(frame.astype(int) - beside.wanted) > STANDS_OUT).any(2)
        bottom, right = top + 36, left + 48
        parts = (
            stands[: max(0, top - EDGE) : STEP, ::STEP],
            stands[bottom + EDGE :: STEP, ::STEP],
            stands[top:bottom:STEP, : max(0, left - EDGE) : STEP],
            stands[top:bottom:STEP, right + EDGE :: STEP],
        )

        assert STEP**2 * sum(part.sum() for part in parts) == beside.stray(frame)

    def test_a_pixel_that_is_off_by_as_much_as_may_be_does_not_stand_out(self) -> None:
        layout, canvas, skin = Layout(12, 8, 8, 3, 4), Canvas(56, 80), skin_of("maze", "dark")
        beside = Beside(skin, layout, canvas)
        just, more = (np.clip(beside.wanted.astype(int) + off, 0, 255).astype(np.uint8) for off in (40, 41))

        assert beside.stray(just) == 0
        assert beside.stray(more) > 0


class TestSquaresOff:
    @pytest.mark.parametrize("pose", [Pose(3, 5, 12, 12), Pose(-2.4, 30.7, 9.3, 14.1), Pose(40, -3, 20, 20)])
    def test_they_are_those_of_the_board_that_numpy_puts_together(self, pose: Pose) -> None:
        frame, skin = noise(0, 60, 90, 3), skin_of("sokoban")
        looks = np.array([[0, 1, 2], [1, 1, 0]])
        tiles = np.stack([tile_of(look, 12) for look in list(skin.looks.values())[:3]]).astype(np.float32)
        down = np.floor(pose.top + (np.arange(24) + 0.5) / 12 * pose.high).astype(np.int64)
        across = np.floor(pose.left + (np.arange(36) + 0.5) / 12 * pose.wide).astype(np.int64)
        board = np.concatenate([np.concatenate([tiles[look] for look in row], 1) for row in looks], 0)
        rows, columns = (down >= 0) & (down < 60), (across >= 0) & (across < 90)
        wanted = np.square(frame[np.ix_(down[rows], across[columns])] - board[np.ix_(rows, columns)].astype(float))

        assert pytest.approx(wanted.mean(), rel=1e-4) == squares_off(frame, down, across, tiles, looks)


class TestNearest:
    @pytest.mark.parametrize("lens", LENSES)
    @pytest.mark.parametrize("puzzle", PUZZLES)
    @pytest.mark.parametrize("spread", [0.0, 3.0, 30.0])
    def test_looks_held_and_looked_for_are_those_of_the_whole_search(
        self, puzzle: str, lens: Lens, spread: float
    ) -> None:
        """However far from their looks cells are, and whatever looks they held."""
        rng = np.random.default_rng(int(spread))
        for name in SKINS[puzzle]:
            skin, board = skin_of(puzzle, name), board_of(puzzle)
            lexicon = lexicon_of(skin, lens, frozenset({"agent"}))
            first = lexicon.looks_of(board)
            held = np.where(rng.random(first.shape) < 0.5, first, rng.integers(0, len(lexicon.own), first.shape))
            ground = rng.integers(0, len(lexicon.grounds), first.shape)
            shown = np.where(rng.random(first.shape) < 0.8, held, rng.integers(0, len(lexicon.own), first.shape))
            offset = (spread / 10 * rng.standard_normal((*first.shape, COLOURS))).astype(np.float32)
            alone = lexicon.own[shown] + np.float32(spread) * rng.standard_normal((*first.shape, COLOURS), np.float32)

            looks, off = nearest(alone, held, lexicon, first, ground, offset)

            flat, more = alone.reshape(-1, COLOURS), offset.reshape(-1, COLOURS)
            _, far = searched(flat, lexicon, first.ravel(), ground.ravel(), more, np.ones_like(more))
            assert pytest.approx(far, abs=0.3) == off.ravel()
            assert (ranked(flat, lexicon, first, ground, more, looks) < 0.05).all()

    @pytest.mark.parametrize(("share", "kept"), [(2.1, True), (1.9, False)])
    def test_a_cell_that_is_less_than_half_a_gap_off_is_not_searched(self, share: float, kept: bool) -> None:
        """Were it searched, it would be found in the look that all show."""
        lexicon = lexicon_of(skin_of("flowfree"), Lens(12))
        held, none = np.array([[1]]), np.zeros((1, 1, COLOURS), np.float32)
        alone = lexicon.own[[[0]]]
        gap = share * float(np.linalg.norm(lexicon.own[1] - lexicon.own[0]))
        gaps = np.full_like(lexicon.gaps, gap)

        looks, _ = nearest(alone, held, lexicon._replace(gaps=gaps), held, np.zeros_like(held), none)

        assert looks == (1 if kept else 0)

    def test_of_looks_that_are_as_near_the_first_is_found(self) -> None:
        lexicon = lexicon_of(skin_of("flowfree"), Lens(12))
        own = lexicon.own.copy()
        own[5] = own[3]
        twice = lexicon._replace(own=own, foreign=np.zeros_like(lexicon.foreign), gaps=np.zeros_like(lexicon.gaps))
        none = np.zeros((1, 1, COLOURS), np.float32)
        for held in (3, 5, 7):
            looks, off = nearest(own[[[5]]], np.array([[held]]), twice, np.array([[0]]), np.array([[0]]), none)

            assert looks == 3
            assert off == 0

    @pytest.mark.parametrize(("lifted", "shown", "off"), [(True, "first", 0.0), (False, "held", 3.0)])
    def test_what_lifts_the_look_of_the_first_board_lifts_no_other(self, lifted: bool, shown: str, off: float) -> None:
        """A cell near the look that it holds is at that of its first board where its offset leads there."""
        skin = skin_of("flowfree")
        lexicon = lexicon_of(skin, Lens(12))
        first, held = np.array([[0]]), np.array([[1]])
        alone = lexicon.own[held] + np.float32(3)
        offset = alone - lexicon.own[first] if lifted else np.full_like(alone, 3)

        looks, found = nearest(alone, held, lexicon, first, np.zeros_like(first), offset)

        assert {"first": 0, "held": 1}[shown] == looks[0, 0]
        assert pytest.approx(off, abs=0.05) == found[0, 0]

    def test_how_far_off_cells_are_is_the_root_of_the_mean_square(self) -> None:
        seen, wanted = np.random.default_rng(0).normal(100, 40, (2, 3, 4, COLOURS)).astype(np.float32)

        assert np.sqrt(((seen - wanted) ** 2).mean(2)) == pytest.approx(off_by(seen, wanted), rel=1e-5)

    @pytest.mark.parametrize("shape", [(1, 1), (3, 4), (3, 5)])
    def test_the_middle_is_the_median(self, shape: tuple[int, int]) -> None:
        off = np.random.default_rng(0).normal(9, 2, shape).astype(np.float32)

        assert float(np.median(off)) == pytest.approx(middle(off), rel=1e-6)


class TestUnderWay:
    @settings(max_examples=40)
    @given(st.integers(0, 999), st.sampled_from([2.0, 30.0, 60.0, np.inf]))
    def test_the_closest_picture_is_the_first_that_numpy_finds(self, seed: int, least: float) -> None:
        rng = np.random.default_rng(seed)
        drawn = rng.normal(100, 30, (9, 2, COLOURS)).astype(np.float32)
        drawn[5] = drawn[2]
        seen = (drawn[rng.integers(9)] + rng.normal(0, 30, (2, COLOURS))).astype(np.float32)
        every = np.sqrt(((drawn - seen) ** 2).mean(2)).max(1)

        off, at = closest(drawn, seen, least)

        assert (int(every.argmin()) if every.min() < least else -1) == at
        assert min(float(every.min()), least) == pytest.approx(off, rel=1e-5)

    def test_how_steep_cells_are_is_told_as_where_boards_are_fitted(self) -> None:
        seen = np.random.default_rng(0).normal(100, 30, (3, COLOURS)).astype(np.float32)
        every = [float(steepness(cell.reshape(PATCHES, PATCHES, 3)).max()) for cell in seen]

        assert max(every) == pytest.approx(steepest(seen), rel=1e-5)


class TestPictures:
    """Pictures of patches, against numpy."""

    @pytest.mark.parametrize("cells", [(1, 2), (3, 4)])
    def test_they_are_as_steep_and_as_soft_as_numpy_says(self, cells: tuple[int, int]) -> None:
        picture, other = pictures(cells)
        down, across = np.gradient(picture, axis=(0, 1))
        squares = (down**2 + across**2).mean(2).reshape(cells[0], PATCHES, cells[1], PATCHES)
        padded = np.pad(picture, ((1, 1), (1, 1), (0, 0)), mode="edge")
        rows = padded[:-2] / 4 + padded[1:-1] / 2 + padded[2:] / 4
        differ = np.square(picture - other).mean(2).reshape(cells[0], PATCHES, cells[1], PATCHES)

        assert np.sqrt(squares.mean((1, 3))) == pytest.approx(steepness(picture), rel=1e-5)
        assert rows[:, :-2] / 4 + rows[:, 1:-1] / 2 + rows[:, 2:] / 4 == pytest.approx(softened(picture, 1), rel=1e-5)
        assert np.sqrt(differ.mean((1, 3))) == pytest.approx(off_by_cell(picture, other), rel=1e-5)

    def test_a_light_is_that_of_the_normal_equations(self) -> None:
        seen, wanted = pictures((2, 3))
        counts = np.random.default_rng(1).random((*seen.shape[:2], 1)).astype(np.float32)
        for others in (1.0, 4.0, 1e4):
            flat = np.concatenate([seen / 255, np.ones_like(seen[:, :, :1])], 2).reshape(-1, 4).astype(float)
            weighted = flat * counts.reshape(-1, 1) / counts.sum()
            for channel in range(3):
                held = RIDGE**2 * np.diag([1.0 if other == channel else others for other in range(3)] + [0.25])
                short = (wanted - seen)[:, :, channel].ravel() / 255
                found = np.linalg.solve(weighted.T @ flat + held, weighted.T @ short)
                light = light_of(seen, wanted, counts, others)

                assert np.eye(3)[:, channel] + found[:3] == pytest.approx(light.mix[:, channel], abs=1e-4)
                assert 255 * found[3] == pytest.approx(light.lift[channel], abs=0.05)

    def test_colours_that_cannot_be_seen_may_be_what_is_wanted(self) -> None:
        rng = np.random.default_rng(0)
        seen, turned, wanted = rng.uniform(-5, 260, (3, 12, 12, 3)).astype(np.float32)
        reached = np.clip(wanted, turned - MOST_CLIPPED, turned + MOST_CLIPPED)
        beyond = ((seen > CLIPPED[1]) & (reached > turned)) | ((seen < CLIPPED[0]) & (reached < turned))

        assert beyond.any()
        assert np.where(beyond, reached, turned) == pytest.approx(completed(seen, turned, wanted), abs=1e-4)


class TestBoards:
    @pytest.mark.parametrize("lens", LENSES)
    def test_what_is_wanted_and_how_steep_it_is_are_those_of_the_picture(self, lens: Lens) -> None:
        lexicon, board = lexicon_of(skin_of("sokoban"), lens), board_of("sokoban")
        looks = lexicon.looks_of(board)
        offset = np.random.default_rng(0).normal(0, 9, (*looks.shape, COLOURS)).astype(np.float32)
        context = lexicon.context(looks)
        drawn = lexicon.own[looks] + context

        assert drawn + offset == pytest.approx(wanted_of(looks, lexicon, context, offset), abs=1e-3)
        assert steepness(as_picture(drawn)) == pytest.approx(Edges().steepness(looks, lexicon, context), rel=1e-4)

    @settings(max_examples=30)
    @given(st.integers(0, 999))
    def test_how_steep_it_is_is_that_of_the_picture_as_one_board_follows_another(self, seed: int) -> None:
        """Boards that differ from the one before in any rows, or in none."""
        lexicon, rng = lexicon_of(skin_of("sokoban"), Lens(12)), np.random.default_rng(seed)
        looks, edges = rng.integers(0, len(lexicon.own), (5, 4)), Edges()
        context = np.zeros((*looks.shape, COLOURS), np.float32)
        for _ in range(6):
            looks = looks.copy()
            for row in rng.integers(0, 5, rng.integers(0, 3)):
                looks[row, rng.integers(4)] = rng.integers(len(lexicon.own))
            steep = edges.steepness(looks, lexicon, context)

            assert steepness(as_picture(lexicon.own[looks])) == pytest.approx(steep, rel=1e-4, abs=1e-3)

    @pytest.mark.parametrize("lenient", [1.0, 1.6])
    def test_cells_may_be_as_far_off_as_numpy_says(self, lenient: float) -> None:
        lexicon, rng = lexicon_of(skin_of("sokoban"), Lens(12)), np.random.default_rng(0)
        looks = rng.integers(0, len(lexicon.own), (4, 5))
        for spread, noise in ((30.0, 2.0), (0.1, 0.0)):
            off = rng.uniform(0, spread, looks.shape).astype(np.float32)
            beyond, may, is_all = allowed(looks, off, lexicon, lenient, noise)
            wanted = np.minimum(lexicon.near[looks] * lenient, NEARER * lexicon.apart[looks])

            assert np.sqrt(np.maximum(off**2 - noise**2, 0)) == pytest.approx(beyond, abs=1e-3)
            assert wanted == pytest.approx(may, rel=1e-5)
            assert is_all == (beyond < may).all() == (spread < 1)

    @settings(max_examples=40)
    @given(st.integers(0, 999), st.sampled_from([(1, 2), (2, 2), (4, 5)]))
    def test_how_restless_a_board_is_leaves_out_what_moves(self, seed: int, shape: tuple[int, int]) -> None:
        rng = np.random.default_rng(seed)
        counts, near, change = rng.random((3, *shape)).astype(np.float32)
        most = np.argsort(change.ravel())[-MOVING:]
        left_out = most[change.ravel()[most] > near.ravel()[most]]
        rest = counts.copy()
        rest.ravel()[left_out] = 0

        found = Told(counts, near, counts).restless(change)
        assert float((rest * change).sum() / max(rest.sum(), 1e-9)) == pytest.approx(found, rel=1e-4, abs=1e-6)

    def test_how_often_a_look_stands_there_is_counted(self) -> None:
        looks = np.array([[7, 0, 7], [2, 7, 2]])

        assert np.array([[3, 1, 3], [2, 3, 2]]).tolist() == often_of(looks).tolist()

    @pytest.mark.parametrize("is_stiff", [False, True])
    def test_a_cell_tells_the_more_the_rarer_its_look_is(self, is_stiff: bool) -> None:
        skin = skin_of("sokoban")
        lexicon, board = lexicon_of(skin, Lens(12)), board_of("sokoban")
        looks = lexicon.looks_of(board)
        often = (looks.ravel()[:, None, None] == looks).sum(0)
        counts = np.where((often == 1) & lexicon.moves[looks] & (not is_stiff), 0, 1 / often)
        told = told_by(looks, lexicon, is_stiff=is_stiff)

        assert 1 in often[lexicon.moves[looks]]
        assert often.max() > 1
        assert counts == pytest.approx(told.counts)
        assert np.array_equal(lexicon.near[looks], told.near)
        assert np.where(lexicon.walks[looks], LEAST_STEADY, 1) == pytest.approx(told.steady)

    def test_what_cells_of_one_look_have_in_common_is_no_noise(self) -> None:
        rng = np.random.default_rng(0)
        looks, short = rng.integers(2, 5, (5, 6)), rng.normal(0, 9, (5, 6, COLOURS)).astype(np.float32)
        common = np.array([short[looks == look].mean(0) for look in (2, 3, 4)])
        alone = np.sqrt(((short - common[looks - 2]) ** 2).mean(2))

        assert np.median(alone) == pytest.approx(noise_of(short, looks), rel=1e-4)
        assert noise_of(common[looks - 2], looks) < 1e-4

    def test_a_board_is_still_where_few_cells_of_many_are_new(self) -> None:
        calm = np.zeros((5, 4, COLOURS), np.float32)
        for new, still in ((0, True), (MOVING, True), (MOVING + 1, False)):
            seen = calm.copy()
            seen.reshape(-1, COLOURS)[:new] = 3
            assert is_still(seen, calm, 1.0) == still
            assert is_still(seen, calm, 4.0)
            assert is_still(seen[:1, :3], calm[:1, :3], 1.0) == (new == 0)


@settings(max_examples=60)
@given(st.integers(0, 999), st.sampled_from([0.0, 1.0, 9.0]), st.booleans())
def test_a_fade_is_the_mixture_that_numpy_finds(seed: int, spread: float, even: bool) -> None:
    rng = np.random.default_rng(seed)
    starts, ends = rng.uniform(0, 255, (2, 3, 2, COLOURS)).astype(np.float32)
    starts[2] = ends[2]
    shares = np.array([[0.4], [0.4 if even else 0.9]], np.float32)
    seen = (starts[1] + shares * (ends[1] - starts[1]) + rng.normal(0, spread, (2, COLOURS))).astype(np.float32)
    shown = rng.uniform(0.5, 1, seen.shape).astype(np.float32)
    ways = ends - starts
    dots, squares = (shown * (seen - starts) * ways).sum(2), (shown * ways**2).sum(2)
    off, found = np.empty(3, np.float32), np.empty(3, np.float32)

    write_mixed(starts, ends, seen, shown, (1 / 32, 31 / 32), 0.1, spread, off, found)

    assert np.isinf(off[2])
    for way in (0, 1):
        share = np.clip(dots[way].sum() / squares[way].sum(), 1 / 32, 31 / 32)
        may = 0.1 + spread / np.sqrt((ways[way] ** 2).mean(1))
        is_even = (np.abs(dots[way] / squares[way] - share) <= may).all()
        far = (shown * (starts[way] + share * ways[way] - seen) ** 2).sum(1) / shown.sum(1)
        assert share == pytest.approx(found[way], rel=1e-4)
        assert (np.sqrt(far.max()) if is_even else np.inf) == pytest.approx(off[way], rel=1e-4, abs=1e-2)
    assert np.isfinite(off[1]) == even


def pictures(
    cells: tuple[int, int],
) -> tuple[Float32[np.ndarray, "down across 3"], Float32[np.ndarray, "down across 3"]]:
    rng = np.random.default_rng(0)
    picture = rng.uniform(0, 255, (cells[0] * PATCHES, cells[1] * PATCHES, 3))
    return picture.astype(np.float32), (picture + rng.normal(0, 20, picture.shape)).astype(np.float32)


def ranked(
    flat: Float32[np.ndarray, "cells colours"],
    lexicon: Lexicon,
    first: Int[np.ndarray, "rows columns"],
    ground: Int[np.ndarray, "rows columns"],
    offset: Float32[np.ndarray, "cells colours"],
    looks: Int[np.ndarray, "rows columns"],
) -> Float[np.ndarray, " cells"]:
    """How much further than the nearest look cells are from those that they were given; 0 but for rounding."""
    squares = np.square(flat[:, None] - lexicon.own.astype(float)).mean(2)
    cells = np.arange(len(flat))
    squares[cells, first.ravel()] = np.square(flat - lexicon.own[first.ravel()].astype(float) - offset).mean(1)
    squares += lexicon.foreign[:, ground.ravel()].T
    roots: Float[np.ndarray, " cells"] = np.sqrt(squares[cells, looks.ravel()]) - np.sqrt(squares.min(1))
    return roots
