"""What a film's colours are, what is bent in it, in what light its frames are, and how far its cells have faded."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_sight import board_of, drawn

from puzzlereel.puzzles.board import Board
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.renderers.draw import Frame, tile_of
from puzzlereel.renderers.layout import Canvas, TooSmall, layout_of, usual_layout
from puzzlereel.renderers.sight import eye
from puzzlereel.renderers.sight.bending import bend_of
from puzzlereel.renderers.sight.calibrate import calibrate
from puzzlereel.renderers.sight.clipped import lens_in
from puzzlereel.renderers.sight.drawn import Drawn
from puzzlereel.renderers.sight.eye import Eye
from puzzlereel.renderers.sight.fit import DAYLIGHT, Light
from puzzlereel.renderers.sight.follow import completed, told_by
from puzzlereel.renderers.sight.lens import PLAIN, SAME_COLOURS, Lens
from puzzlereel.renderers.sight.looks import finely_bent, lexicon_of
from puzzlereel.renderers.sight.patches import as_picture, patches_of
from puzzlereel.renderers.sight.shifted import may_lie_further
from puzzlereel.renderers.skins import skin_of
from puzzlereel.verifiers.fades import Fade, Seen, fade_of

ROOMY = Canvas(272, 480)
LUMA = np.array([0.2126, 0.7152, 0.0722])


def changed(frame: Frame, *, gain: float = 1.0, lift: float = 0.0, saturation: float = 1.0) -> Frame:
    """The same frame with other contrast, brightness and saturation, clipped."""
    colours = frame.astype(np.float64)
    grey = (colours @ LUMA)[..., None]
    through: Frame = np.rint(gain * (grey + saturation * (colours - grey)) + lift).clip(0, 255).astype(np.uint8)
    return through


def tint_of(frame: Frame, board: Board, puzzle: str, name: str) -> Lens:
    skin = skin_of(puzzle, name)
    return calibrate(frame, board, skin, usual_layout(board.shape, ROOMY, skin.rim.cells)).lens


class TestColours:
    @pytest.mark.parametrize("name", ["classic", "pastel", "dark"])
    @pytest.mark.parametrize("puzzle", PUZZLES)
    def test_a_film_as_it_was_drawn_has_the_colours_that_were_drawn(self, puzzle: str, name: str) -> None:
        board = board_of(puzzle)
        frame, _ = drawn(board, skin_of(puzzle, name), ROOMY)
        lens = tint_of(frame, board, puzzle, name)

        assert (SAME_COLOURS, 1.0, (0.0, 0.0)) == (lens.mix, lens.gamma, lens.soft)

    @pytest.mark.parametrize(
        "change",
        [{"gain": 1.2}, {"gain": 0.8}, {"gain": 1.2, "lift": -25.5}, {"saturation": 1.3}, {"saturation": 0.7}],
        ids=str,
    )
    @pytest.mark.parametrize(("puzzle", "name"), [("flowfree", "classic"), ("sokoban", "pastel"), ("maze", "flat")])
    def test_colours_that_the_board_does_not_have_are_known_too(
        self, puzzle: str, name: str, change: dict[str, float]
    ) -> None:
        """A trail, and a flow where it is filled, come later than the first frame."""
        board, skin = board_of(puzzle), skin_of(puzzle, name)
        frame, _ = drawn(board, skin, ROOMY)
        lens = tint_of(changed(frame, **change), board, puzzle, name)
        text = str(board)
        unseen = [
            look
            for glyph, look in (*skin.looks.items(), *skin.trailed.items())
            if glyph not in text and (puzzle != "flowfree" or glyph.upper() in text)
        ]
        tiles = np.stack([tile_of(look, 24) for look in unseen])
        off = np.sqrt(np.square(lens.tint(tiles.astype(np.float32)) - changed(tiles, **change)).mean((1, 2, 3)))

        assert off.max() < 12

    def test_what_is_brighter_than_can_be_seen_does_not_hold_the_contrast_back(self) -> None:
        """Half of a pastel board is clipped at 1.2 times its brightness."""
        board = board_of("sokoban")
        frame, _ = drawn(board, skin_of("sokoban", "pastel"), ROOMY)
        mix = np.array(tint_of(changed(frame, gain=1.2), board, "sokoban", "pastel").mix).reshape(3, 4)

        assert np.eye(3, 4) * 1.2 == pytest.approx(mix, abs=0.06)

    @pytest.mark.parametrize("name", ["pastel", "okabe", "flat"])
    @pytest.mark.parametrize("gain", [0.8, 1.2])
    def test_a_board_through_a_lens_is_clipped_pixel_by_pixel(self, name: str, gain: float) -> None:
        board, skin = board_of("flowfree"), skin_of("flowfree", name)
        frame, _ = drawn(board, skin, ROOMY)
        layout = layout_of(board.shape, ROOMY, skin.rim.cells)
        seen = as_picture(patches_of(changed(frame, gain=gain), layout))
        lens = Lens(layout.px, (gain, 0.0, 0.0, 0.0, 0.0, gain, 0.0, 0.0, 0.0, 0.0, gain, 0.0))

        assert np.abs(Drawn(board, skin, layout.px).through(lens) - seen).max() < 1

    @pytest.mark.parametrize(("puzzle", "name"), [("flowfree", "pastel"), ("flowfree", "okabe"), ("maze", "okabe")])
    def test_a_film_that_is_brighter_than_can_be_seen_is_known_to_be_just_that(self, puzzle: str, name: str) -> None:
        board = board_of(puzzle)
        frame, _ = drawn(board, skin_of(puzzle, name), ROOMY)
        mix = np.array(tint_of(changed(frame, gain=1.2), board, puzzle, name).mix).reshape(3, 4)

        assert np.eye(3, 4) * 1.2 == pytest.approx(mix, abs=0.01)


class TestBends:
    @settings(max_examples=30, deadline=None)
    @given(st.sampled_from([*product(("maze", "sokoban"), ("classic", "contrast", "blueprint"))]), st.data())
    def test_a_bend_is_found(self, of: tuple[str, str], data: st.DataObject) -> None:
        bend = data.draw(st.sampled_from([0.76, 0.82, 0.9, 1.1, 1.18, 1.24])), data.draw(st.floats(-0.45, 0.45))
        look, lens = skin_of(*of).look("@"), Lens(32)
        tile = tile_of(finely_bent(look, bend, 32), 32)
        alone = layout_of((1, 1), Canvas(32, 32))
        seen = patches_of(tile, alone)[0, 0]
        found = patches_of(tile_of(finely_bent(look, bend_of(seen, look, lens), 32), 32), alone)[0, 0]

        assert np.sqrt(np.square(found - seen).mean()) < 6.5

    @pytest.mark.parametrize("name", ["classic", "contrast", "blueprint"])
    def test_what_is_not_bent_is_not_taken_to_be(self, name: str) -> None:
        look = skin_of("sokoban", name).look("@")
        noise = np.random.default_rng(0).normal(0, 4, 108).astype(np.float32)
        seen = patches_of(tile_of(look, 32), layout_of((1, 1), Canvas(32, 32)))[0, 0] + noise

        assert PLAIN == bend_of(seen, look, Lens(32))

    def test_another_thing_is_no_bend_of_it(self) -> None:
        skin = skin_of("sokoban")
        seen = patches_of(tile_of(skin.look("$"), 32), layout_of((1, 1), Canvas(32, 32)))[0, 0]
        bend = bend_of(seen, skin.look("@"), Lens(32))
        nearest = patches_of(tile_of(finely_bent(skin.look("@"), bend, 32), 32), layout_of((1, 1), Canvas(32, 32)))

        assert np.sqrt(np.square(nearest[0, 0] - seen).mean()) > 20


class TestLight:
    def test_only_what_is_clipped_may_be_what_is_expected_and_only_so_far(self) -> None:
        seen = np.array([[[255, 200, 0], [255, 255, 0]]], np.float32)
        wanted = np.array([[[250, 250, 10], [255, 0, 200]]], np.float32)
        turned = Light(np.eye(3, dtype=np.float32) * 0.9, np.full(3, 5, np.float32)).turned_back(seen)
        whole = completed(seen, turned, wanted)

        assert [250, 185, 5] == pytest.approx(whole[0, 0].tolist(), abs=0.01)  # too dark to be 10 by being clipped
        assert [255, 234.5, 5] == pytest.approx(whole[0, 1].tolist(), abs=0.01)

    def test_a_lens_in_a_brighter_light_clips_what_would_be_brighter_than_can_be_seen(self) -> None:
        lens = Lens(24, light=(0.8, 0.0, 0.0, 0.0, 0.0, 0.8, 0.0, 0.0, 0.0, 0.0, 0.8, 0.0))
        tinted = lens.tint(np.array([[250, 204, 100]], np.float32))

        assert [204, 204, 100] == pytest.approx(tinted[0].tolist(), abs=0.01)

    def test_the_lens_stays_where_a_light_clips_nothing_and_comes_back_with_the_light(self) -> None:
        skin, lens = skin_of("maze", "pastel"), Lens(24)
        dim, bright = (Light(np.eye(3, dtype=np.float32) * gain, np.zeros(3, np.float32)) for gain in (1.2, 0.8))
        lit = lens_in(bright, lens, skin)

        assert lens_in(dim, lens, skin) is lens
        assert [0.8, 0.0] == pytest.approx(lit.light[:2])
        assert lens_in(bright, lit, skin) is lit
        assert lens_in(DAYLIGHT, lit, skin) == lens

    @pytest.mark.parametrize("puzzle", ["maze", "flowfree", "sokoban"])
    def test_a_light_that_flickers_is_known_however_much_it_clips(self, puzzle: str) -> None:
        """Half of a pastel board is white at 1.2 times its brightness."""
        board, skin = board_of(puzzle), skin_of(puzzle, "pastel")
        frame, _ = drawn(board, skin, ROOMY)
        eye = Eye(frame, board, skin)
        for gain in (1.02, 1.2, 0.9, 1.18, 1.1, 1.0):
            sight = eye.see(changed(frame, gain=gain))

            assert np.eye(3) / gain == pytest.approx(eye.light.mix, abs=0.005)
            assert sight.settled.all()
            assert sight.off.max() < 2

    @pytest.mark.parametrize("level", [0, 1, 128, 255])
    def test_frames_of_one_colour_are_no_other_light(self, level: int) -> None:
        board, skin = board_of("maze"), skin_of("maze", "pastel")
        frame, _ = drawn(board, skin, ROOMY)
        eye = Eye(frame, board, skin)
        sight = eye.see(np.full_like(frame, level))

        assert not (sight.settled & (sight.looks == eye.expected)).all()
        assert eye.light is DAYLIGHT

    def test_more_than_thirty_levels_are_not_made_up(self) -> None:
        white = np.full((1, 1, 3), 255, np.float32)

        assert [180.0] * 3 == completed(white, white - 105, white)[0, 0].tolist()

    def test_a_light_may_always_add_less_of_one_channel_to_another(self) -> None:
        mixed = np.eye(3, dtype=np.float32)
        mixed[0, 1] = 0.3
        strong = Light(mixed, np.zeros(3, np.float32))

        assert DAYLIGHT.may_follow(strong)
        assert not strong.may_follow(DAYLIGHT)

    def test_what_is_rare_tells_as_much_of_the_light_as_what_is_common(self) -> None:
        board = board_of("sokoban")
        lexicon = lexicon_of(skin_of("sokoban"), Lens(20), frozenset({"player"}))
        told = told_by(lexicon.looks_of(board), lexicon)
        change = np.zeros(board.shape, np.float32)
        for cell, glyph in board.items():
            change[cell] = 1.0 * (glyph in ".*")

        assert told.restless(change) > 2 * change.mean()
        few = np.where(np.cumsum(change).reshape(change.shape) <= 4, 200 * change, 0).astype(np.float32)
        assert 0 == told.restless(few)

    def test_another_board_that_is_plainly_seen_is_no_other_light(self) -> None:
        """Were it taken for that, what changed would be explained away, and named by the wrong cell."""
        board, skin = board_of("flowfree"), skin_of("flowfree")
        frame, _ = drawn(board, skin, ROOMY)
        flow = next(glyph for _, glyph in board.items() if glyph.isupper())
        filled = board.put({cell: flow.lower() for cell, glyph in board.items() if glyph == "."})
        eye = Eye(frame, board, skin)
        sight = eye.see(drawn(filled, skin, ROOMY)[0])

        assert eye.light is DAYLIGHT
        assert sight.settled.all()


class TestFades:
    WALK = Fade(skin_of("maze"), Lens(24), frozenset({"agent"}), ((0, 0), (0, 1)), "@ ", " @", ())

    def seen(self, first: float, second: float, fade: Fade = WALK) -> Seen:
        """Two cells, each of which has faded so far."""
        skin, lens, cells = fade.skin, fade.lens, []
        for was, now, share in zip(fade.was, fade.now, (first, second), strict=True):
            start, end = (tile_of(skin.look(glyph), lens.px).astype(np.float32) for glyph in (was, now))
            cells.append(lens.seen(start + share * (end - start)).reshape(-1))
        return np.stack(cells)

    @pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
    def test_cells_that_fade_together_have_faded_so_far(self, share: float) -> None:
        off, found = fade_of(self.WALK, self.seen(share, share), None, 0.0)

        assert 0 == pytest.approx(off, abs=0.1)
        assert share == pytest.approx(found, abs=0.01)

    def test_a_thing_that_goes_before_it_comes_has_not_faded(self) -> None:
        assert np.inf == fade_of(self.WALK, self.seen(0.8, 0.2), None, 0.0)[0]
        assert np.inf == fade_of(self.WALK, self.seen(0.2, 0.8), None, 0.0)[0]

    def test_where_colours_are_clipped_the_mixture_is_drawn_first(self) -> None:
        bright = Lens(24, mix=(1.3, 0.0, 0.0, 0.0, 0.0, 1.3, 0.0, 0.0, 0.0, 0.0, 1.3, 0.0))
        fade = self.WALK._replace(lens=bright)
        off, share = fade_of(fade, self.seen(0.5, 0.5, fade), None, 0.0)
        ends = [self.seen(one, one, fade) for one in (0.0, 1.0)]

        assert 0.5 == share
        assert 0 == pytest.approx(off, abs=0.1)
        assert np.sqrt(np.square(np.mean(ends, axis=0) - self.seen(0.5, 0.5, fade)).mean()) > 3
        assert np.inf == fade_of(fade, self.seen(0.8, 0.2, fade), None, 0.0)[0]


def test_numbers_that_have_no_room_are_no_reason_to_refuse_a_board() -> None:
    assert usual_layout((10, 10), Canvas(100, 100), 2) is None
    with pytest.raises(TooSmall):
        usual_layout((60, 60), Canvas(100, 100), 0)


class TestShifted:
    """Mazes of 9×9 cells, seen where another one was looked for, or the same."""

    lexicon = lexicon_of(skin_of("maze"), Lens(12))
    mazes = tuple(board for board in (board_of("maze", index) for index in range(20)) if board.shape == (9, 9))

    def may_lie_further(self, seen: Board, wanted: Board) -> bool:
        grounds = [
            [self.lexicon.grounds.index(skin_of("maze").look(glyph).ground) for glyph in row] for row in wanted.rows
        ]
        seen_looks, looks = self.lexicon.looks_of(seen), self.lexicon.looks_of(wanted)
        return may_lie_further(seen_looks, looks, np.array(grounds), self.lexicon)

    def test_neither_the_board_itself_lies_further_nor_another(self) -> None:
        assert len(self.mazes) > 5
        assert not any(self.may_lie_further(seen, self.mazes[0]) for seen in self.mazes)

    @pytest.mark.parametrize(("down", "right"), [(0, 2), (0, -3), (1, 0), (-2, 2)])
    def test_a_board_that_lies_whole_cells_further_may_lie_there(self, down: int, right: int) -> None:
        wanted = self.mazes[0]
        cells = {(row + down, column + right): glyph for (row, column), glyph in wanted.items()}
        seen = Board(tuple("".join(cells.get((row, column), " ") for column in range(9)) for row in range(9)))

        assert self.may_lie_further(seen, wanted)

    def test_of_a_board_that_is_quite_elsewhere_too_little_is_seen_to_tell(self) -> None:
        assert self.may_lie_further(Board((" " * 9,) * 9), self.mazes[0])

    def test_a_film_of_another_level_is_known_without_looking_for_its_board(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(eye, "calibrate", None)
        frame, _ = drawn(self.mazes[1], skin_of("maze"), ROOMY)
        sight = Eye(frame, self.mazes[0], skin_of("maze")).sight

        assert self.mazes[1].rows == tuple("".join(map(chr, row)) for row in sight.glyphs)
