"""Every skin of every puzzle: it can be drawn at any size, told apart after the codec, and judged like the others."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from itertools import islice, pairwise
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from puzzlereel.puzzles.board import Board
from puzzlereel.puzzles.flowfree import SHOWN
from puzzlereel.puzzles.ids import LevelId, solution_of
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.renderers.draw import tile_of
from puzzlereel.renderers.eyes import EYES, contrast, nearest_for
from puzzlereel.renderers.figures import Bitmap, Cross, Frame, Glow, Polygon, Ring, Rounded, Stroke, blob, regular, star
from puzzlereel.renderers.film import STYLES, Timing, film, film_boards
from puzzlereel.renderers.layout import FULL, LEAST_FILED_CELL, Canvas
from puzzlereel.renderers.palette import LEAST_DISTANCE, MOST_DRIFT, measure, zigzag
from puzzlereel.renderers.shapes import SMALL, Disc, Fill, Inset, Shape, cuts
from puzzlereel.renderers.sight.eye import Eye
from puzzlereel.renderers.sight.looks import named_looks
from puzzlereel.renderers.skins import DEFAULT, SKINS, Look, Skin, skin_of
from puzzlereel.renderers.textures import Bricks, Checks, Hatch, Specks, Stripes, Waves, Within
from puzzlereel.renderers.video import read_video, write_video
from puzzlereel.verifiers.follow import UNDERWAY
from puzzlereel.verifiers.judge import judge
from puzzlereel.verifiers.redteam import cheats
from puzzlereel.verifiers.scene import Scene
from puzzlereel.verifiers.underway import Move, phase_of

EACH = [skin for skins in SKINS.values() for skin in skins.values()]
EACH_SKIN = pytest.mark.parametrize("skin", EACH, ids=[f"{skin.puzzle}-{skin.name}" for skin in EACH])
NEW = [skin for skin in EACH if skin.name != DEFAULT]
EACH_NEW_SKIN = pytest.mark.parametrize("skin", NEW, ids=[f"{skin.puzzle}-{skin.name}" for skin in NEW])
SIZES = (LEAST_FILED_CELL, 24, 40, 64)
GROUND = {"maze": " ", "flowfree": ".", "sokoban": " ", "fifteen": "."}


def test_every_puzzle_has_the_same_families_of_which_two_are_held_out() -> None:
    families = [[*skins] for skins in SKINS.values()]
    held_out = [{name for name, skin in skins.items() if skin.held_out} for skins in SKINS.values()]

    assert [families[0]] * len(PUZZLES) == families
    assert len(families[0]) >= 8
    assert [{"blueprint", "arcade"}] * len(PUZZLES) == held_out


@pytest.mark.parametrize("puzzle", SKINS)
def test_the_skins_of_a_puzzle_show_the_same_glyphs_and_kinds(puzzle: str) -> None:
    kinds = [{glyph: look.kind for glyph, look in skin.looks.items()} for skin in SKINS[puzzle].values()]

    assert [kinds[0]] * len(kinds) == kinds


def test_flows_have_sixteen_colours_with_a_word_for_each() -> None:
    for skin in SKINS["flowfree"].values():
        assert [*SHOWN] == [*skin.colours]
        assert len(SHOWN) == len(set(skin.colours.values()))


CLASSIC = {
    "maze": "f6b63e47f7f34b62",
    "flowfree": "c3bd20ff36f8fc18",
    "sokoban": "088d7450368ae29a",
    "fifteen": "e6b2053344c9efba",
}
"""The published look, as the SHA-256 of its tiles of 40 pixels: another hash is another benchmark."""


@pytest.mark.parametrize("puzzle", SKINS)
def test_the_classic_skin_is_as_it_was_published(puzzle: str) -> None:
    skin, digest = skin_of(puzzle), sha256()
    for glyph in skin.looks:
        for trailed in (False, True):
            digest.update(tile_of(skin.look(glyph, trailed=trailed), 40).tobytes())

    assert CLASSIC[puzzle] == digest.hexdigest()[:16]


@EACH_SKIN
def test_a_skin_keeps_to_the_floor_after_the_codec(skin: Skin) -> None:
    palettes = {px: measure(skin, px) for px in SIZES}

    assert {} == {px: palette for px, palette in palettes.items() if not palette.holds}


def test_a_skin_with_two_tiles_that_are_nearly_alike_does_not_hold() -> None:
    skin = skin_of("maze")
    pale = replace(skin, looks={**skin.looks, "G": Look((Fill("BCD9AA"),))})
    palette = measure(pale, 24)

    assert {"G", " "} == {palette.nearest.one, palette.nearest.other}
    assert palette.nearest.distance < LEAST_DISTANCE
    assert not palette.holds


def test_a_skin_whose_colours_bleed_in_the_codec_does_not_hold() -> None:
    """Thin red lines on green: their colour is stored for 2 by 2 pixels."""
    skin = skin_of("maze")
    fine = replace(skin, looks={**skin.looks, "G": Look((Fill("00D000"), Hatch("F00000", 3, 0.5)))})
    palette = measure(fine, LEAST_FILED_CELL)

    assert ("G", True) == (palette.drifted, palette.used > MOST_DRIFT)
    assert not palette.holds


@given(st.integers(2, 40))
def test_in_a_zigzag_every_two_numbers_stand_beside_each_other(count: int) -> None:
    rows = zigzag(count)
    beside = {frozenset(pair) for row in rows for pair in pairwise(row)}

    assert {frozenset((one, other)) for one in range(count) for other in range(one)} <= beside
    assert {*range(count)} == {number for row in rows for number in row}


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("puzzle", SKINS)
def test_colour_blind_eyes_can_tell_the_tiles_of_okabe_apart(puzzle: str, eyes: str) -> None:
    assert nearest_for(skin_of(puzzle, "okabe"), 40, eyes).distance >= LEAST_DISTANCE


@pytest.mark.parametrize("eyes", EYES)
def test_colour_blind_eyes_cannot_tell_all_classic_flows_apart(eyes: str) -> None:
    assert nearest_for(skin_of("flowfree"), 40, eyes).distance < LEAST_DISTANCE / 2


@pytest.mark.parametrize("puzzle", SKINS)
def test_everything_in_contrast_stands_out_from_the_floor_seven_to_one(puzzle: str) -> None:
    skin, ground = skin_of(puzzle, "contrast"), GROUND[puzzle]
    ratios = {glyph: contrast(skin, glyph, ground) for glyph in skin.looks if glyph != ground}

    assert {} == {glyph: ratio for glyph, ratio in ratios.items() if ratio < 7}


def test_contrast_is_21_between_black_and_white_and_1_to_itself() -> None:
    skin = skin_of("maze")
    plain = replace(skin, looks={**skin.looks, "#": Look((Fill("000000"),)), " ": Look((Fill("FFFFFF"),))})

    assert (21, 21, 1) == tuple(round(contrast(plain, *pair), 6) for pair in ("# ", " #", "##"))


@EACH_SKIN
@pytest.mark.parametrize("px", [3, 8, 13, 96])
def test_a_look_can_be_drawn_at_any_size(skin: Skin, px: int) -> None:
    for _, look in named_looks(skin):
        assert (px, px, 3) == tile_of(look, px).shape
        for shape in look.ground + look.sprite:
            assert 0 <= shape.coverage(px).min() <= shape.coverage(px).max() <= 1


STRAIGHT: list[Callable[[float, int], Shape]] = [
    lambda share, _: Inset("FF0000", share),
    lambda share, _: Frame("FF0000", share / 2, share),
    lambda share, _: Cross("FF0000", share / 2, share),
    lambda share, _: Rounded("FF0000", share, 0.0),
    lambda _, count: Stripes("FF0000", count, upright=True),
    lambda _, count: Checks("FF0000", count),
    lambda share, count: Bricks("FF0000", count, share / 4),
    lambda _, count: Bitmap("FF0000", ("#." * count, ".#" * count) * count),
]


@given(
    made=st.sampled_from(STRAIGHT),
    share=st.floats(0.01, 0.4),
    count=st.integers(1, 4),
    half=st.integers(SMALL // 2, 60),
)
def test_straight_edges_lie_on_even_pixels(
    made: Callable[[float, int], Shape], share: float, count: int, half: int
) -> None:
    """Each 2 by 2 pixels are covered alike, so that a codec that stores one colour for them takes nothing away."""
    blocks = made(share, count).coverage(2 * half).reshape(half, 2, half, 2)

    assert (blocks == blocks[:, :1, :, :1]).all()


@given(count=st.integers(1, 12), px=st.integers(3, 200))
def test_a_tile_is_cut_the_same_from_both_sides(count: int, px: int) -> None:
    at = cuts(count, px)
    mirrored = [px - place for place in at[::-1]]
    middle = count / 2

    assert (0, px, count + 1) == (at[0], at[-1], len(at))
    assert sorted(at) == at
    assert [(n, place) for n, place in enumerate(at) if n != middle] == [
        (n, place) for n, place in enumerate(mirrored) if n != middle
    ]


AREAS = [
    (Ring("FF0000", 0.4, 0.2), np.pi * (0.16 - 0.04)),
    (Rounded("FF0000", 0.1, 0.5), np.pi * 0.16),
    (Polygon("FF0000", regular(4, 0.5)), 0.5),
    (Polygon("FF0000", star(5, 0.5, 0.25)), 5 * 0.5 * 0.25 * np.sin(np.pi / 5)),
    (Stroke("FF0000", ((0.0, -0.3), (0.0, 0.3)), 0.2), 0.12 + np.pi * 0.01),
    (Cross("FF0000", 0.1, 0.2), 2 * 0.16 - 0.04),
    (Frame("FF0000", 0.1, 0.1), 0.64 - 0.36),
    (Hatch("FF0000", 4, 0.25), 0.25),
    (Stripes("FF0000", 2), 0.5),
    (Checks("FF0000", 5), 12 / 25),
    (Bricks("FF0000", 2, 0.1), 0.2 + 0.1 - 0.02),
    (Specks("FF0000", 4, 0.1), np.pi * (2 * 0.01 + 2 * 0.0025)),
    (Waves("FF0000", 2, 0.0, 0.1), 0.2),
    (Within(Stripes("FF0000", 1), Disc("FF0000", 0.25)), np.pi * 0.0625),
    (Glow("FF0000", 0.5), 2 * np.pi * 0.25 * (2 / 5 - 2 / 7)),
    (Polygon("FF0000", blob(0.4, 0.0)), np.pi * 0.16),
]


@pytest.mark.parametrize(("shape", "area"), AREAS, ids=[type(shape).__name__ for shape, _ in AREAS])
def test_a_shape_covers_the_area_that_geometry_says(shape: Shape, area: float) -> None:
    assert area == pytest.approx(shape.coverage(200).mean(), abs=0.004)


LANES = {
    "maze": ("@ G", " @G"),
    "flowfree": ("{0}.{0}", "{0}{1}{0}"),
    "sokoban": ("@$ .", " @$."),
    "fifteen": ("A1.2", "A.12"),
}
"""A row of two boards with a move between them, in FlowFree of any colour."""
AROUND = {"maze": "#", "flowfree": ".", "sokoban": "#", "fifteen": "%"}
"""What the rows above and below are made of: no board of the suite is a single row."""


def boldest(skin: Skin) -> str:
    """The colour whose flow differs most from an empty cell; "" where there are no colours."""
    empty = {
        glyph: tile_of(skin.look(glyph.lower()), 40) - tile_of(skin.look("."), 40).astype(float)
        for glyph in skin.colours
    }
    return max(empty, key=lambda glyph: float(np.square(empty[glyph]).sum()), default="")


def between(glyph: str, lane: str) -> Board:
    return Board((glyph * len(lane), lane, glyph * len(lane)))


@EACH_NEW_SKIN
@pytest.mark.parametrize("px", [36, 40])
def test_a_sprite_under_way_is_found_at_every_pace(skin: Skin, px: int) -> None:
    """In these cells the phases at which the judge draws a move fall between pixels: strong edges would be off most."""
    colour = boldest(skin)
    before, after = (between(AROUND[skin.puzzle], lane.format(colour, colour.lower())) for lane in LANES[skin.puzzle])
    off = []
    for hold in (3, 5, 7):
        timing, canvas = Timing(frames=2 * hold, least=1, most=hold), Canvas(3 * px, px * before.shape[1])
        video = film_boards([before, after], skin, timing=timing, style="slide", canvas=canvas)
        eye = Eye(video[0], before, skin)
        move = Move(before, after, skin)
        off += [phase_of(move, eye.see(frame), eye)[0] for frame in video[1:hold]]

    assert max(off) < 0.98 * UNDERWAY


@EACH_NEW_SKIN
def test_an_honest_film_is_accepted_in_every_skin_after_the_codec(skin: Skin, tmp_path: Path) -> None:
    """In the size of the benchmark in one style, in the smallest cells that are filed in another."""
    way = solution_of(LevelId(skin.puzzle, "medium", "test", 1)).trajectory
    assert way is not None
    smallest = Canvas(*(side * LEAST_FILED_CELL for side in way.boards[0].shape))
    refused = []
    for place, canvas in enumerate((FULL, smallest)):
        style = [*STYLES][(NEW.index(skin) + place) % len(STYLES)]
        write_video(tmp_path / "film.mp4", film(way, skin, style=style, canvas=canvas), fps=8)
        if not judge(read_video(tmp_path / "film.mp4"), way.level, skin).success:
            refused.append((style, canvas))

    assert [] == refused


@EACH_NEW_SKIN
def test_no_cheat_is_accepted_in_any_skin(skin: Skin) -> None:
    """Every third cheat, from another one on in each skin; test_redteam.py tells of all and of what they are named."""
    way = solution_of(LevelId(skin.puzzle, "easy", "test", 0)).trajectory
    assert way is not None
    scene = Scene(way, None, skin, Random(skin.name))
    canvas = Canvas(*(side * LEAST_FILED_CELL for side in way.boards[0].shape))
    style = [*STYLES][NEW.index(skin) % len(STYLES)]
    played = [*islice(cheats(scene, style=style, canvas=canvas), NEW.index(skin) % 3, None, 3)]
    accepted = [cheat.name for cheat in played if judge(cheat.video, way.level, skin).success]

    assert len(played) > 2
    assert [] == accepted
