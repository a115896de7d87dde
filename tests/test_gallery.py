"""The gallery, end to end: a page that opens from disk, a film and a still of every piece, and the contact sheet."""

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image
from test_cli import done, run

from puzzlereel.puzzles.ids import LevelId, solution_of
from puzzlereel.puzzles.registry import SUITE
from puzzlereel.renderers.film import STYLES
from puzzlereel.renderers.gallery import GAP, LABEL, SIDE, canvas_for, still
from puzzlereel.renderers.skins import SKINS, skin_of
from puzzlereel.renderers.video import read_video

NAMES = ("sketch", "arcade", "classic")


class Gallery(NamedTuple):
    folder: Path
    out: str
    page: str


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Gallery:
    """Three skins of every puzzle, in one tier."""
    folder = tmp_path_factory.mktemp("gallery") / "out"
    skins = [word for name in NAMES for word in ("--skin", name)]
    out = done("gallery", "--out", folder, *skins, "--tier", "easy", "--workers", "1")
    return Gallery(folder, out, (folder / "index.html").read_text(encoding="utf-8"))


def test_the_gallery_says_what_to_open(gallery: Gallery) -> None:
    assert f"open {gallery.folder / 'index.html'}" == gallery.out.splitlines()[-1]


def test_every_piece_has_a_still_and_a_film_in_every_style(gallery: Gallery) -> None:
    pieces = {f"{puzzle}-easy-{name}" for puzzle in SUITE for name in NAMES}

    assert pieces == {path.stem for path in (gallery.folder / "stills").iterdir()}
    assert {f"{piece}-{style}" for piece in pieces for style in STYLES} == {
        path.stem for path in (gallery.folder / "films").iterdir()
    }


def test_everything_that_the_page_names_lies_beside_it_and_nothing_else_does(gallery: Gallery) -> None:
    named = set(re.findall(r'(?:src|href|poster)="([^"]+)"', gallery.page))
    there = {path.relative_to(gallery.folder).as_posix() for path in gallery.folder.rglob("*") if path.is_file()}

    assert there == named | {"index.html"}
    assert "http" not in gallery.page


def test_the_page_shows_the_prompt_of_each_piece_and_what_is_held_out(gallery: Gallery) -> None:
    for puzzle, rules in SUITE.items():
        identity = LevelId(puzzle, "easy", "test", 0)
        way = solution_of(identity).trajectory
        assert way is not None
        for name in NAMES:
            assert skin_of(puzzle, name).prompt(rules.prompts, way.boards[0], str(identity)) in gallery.page
    assert len(SUITE) == gallery.page.count("<small>held out</small>")


def test_a_film_of_the_gallery_is_small_and_ends_with_the_solution(gallery: Gallery) -> None:
    path = gallery.folder / "films" / "maze-easy-sketch-slide.mp4"
    way = solution_of(LevelId("maze", "easy", "test", 0)).trajectory
    assert way is not None

    assert path.stat().st_size < 60_000
    assert (*canvas_for(way.boards[0].shape, 240), 3) == read_video(path).shape[1:]


def test_the_contact_sheet_shows_each_skin_of_each_puzzle_half_solved(gallery: Gallery) -> None:
    way = solution_of(LevelId("maze", "easy", "test", 0)).trajectory
    assert way is not None
    first = still(way, skin_of("maze", "sketch"))
    with Image.open(gallery.folder / "contact.png") as sheet:
        pixels = np.asarray(sheet.convert("RGB"))
    top = GAP + LABEL + (SIDE - first.shape[0]) // 2
    left = GAP + (SIDE - first.shape[1]) // 2

    assert (2 * (LABEL + SIDE + 2 * GAP), 2 * (3 * (SIDE + GAP) + 2 * GAP), 3) == pixels.shape
    assert (first == pixels[top : top + first.shape[0], left : left + first.shape[1]]).all()
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 50


def test_a_still_is_half_way_between_the_start_and_the_end() -> None:
    way = solution_of(LevelId("maze", "easy", "test", 0)).trajectory
    assert way is not None
    trailed = (still(way, skin_of("maze")) == (0x8C, 0xB2, 0x75)).all(2).sum()
    cell = canvas_for(way.boards[0].shape, SIDE).height // way.boards[0].shape[0]

    assert len(way.boards) // 2 == round(trailed / cell**2)


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--skin", "nope", "expected a skin of classic, flat"),
        ("--puzzle", "chess", "expected a puzzle of maze, flowfree, sokoban, fifteen, got 'chess'"),
        ("--tier", "nope", "expected a tier of easy, medium"),
    ],
)
def test_what_does_not_exist_is_refused_before_anything_is_written(
    option: str, value: str, said: str, tmp_path: Path
) -> None:
    ran = run("gallery", "--out", tmp_path / "out", option, value)

    assert 2 == ran.status
    assert said in ran.err
    assert not (tmp_path / "out").exists()


def test_the_sheet_in_the_readme_shows_the_skins_that_there_are() -> None:
    """It is the contact sheet of `puzzlereel gallery`: the same boards in the same places."""
    path = Path(__file__).resolve().parent.parent / "docs" / "gallery.png"
    with Image.open(path) as sheet:
        pixels = np.asarray(sheet.convert("RGB"))
    block = len(SUITE) * (SIDE + GAP) + 2 * GAP, SIDE + LABEL + 2 * GAP
    for place, name in enumerate(SKINS["maze"]):
        for column, puzzle in enumerate(SUITE):
            way = solution_of(LevelId(puzzle, "easy", "test", 0)).trajectory
            assert way is not None
            picture = still(way, skin_of(puzzle, name))
            height, width, _ = picture.shape
            top = place // 2 * block[1] + GAP + LABEL + (SIDE - height) // 2
            left = place % 2 * block[0] + GAP + column * (SIDE + GAP) + (SIDE - width) // 2

            assert (picture == pixels[top : top + height, left : left + width]).all(), (puzzle, name)
    assert path.stat().st_size < 300_000
