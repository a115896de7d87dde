"""How whole films are seen: a first frame under everything that is promised, and what comes after it."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import cycle, product

import numpy as np
import pytest
from jaxtyping import Float
from PIL import Image, ImageFilter
from test_sight import apart, board_of, drawn, filmed

from puzzlereel.puzzles.board import Board
from puzzlereel.puzzles.ids import LevelId, level_of
from puzzlereel.puzzles.registry import PUZZLES, SUITE
from puzzlereel.renderers.draw import Frame
from puzzlereel.renderers.layout import FULL, Canvas
from puzzlereel.renderers.sight.eye import Eye
from puzzlereel.renderers.sight.patches import Pose
from puzzlereel.renderers.sight.sighting import BadFrame, Sight
from puzzlereel.renderers.skins import SKINS, Skin, skin_of
from puzzlereel.verifiers.judge import judge
from puzzlereel.verifiers.redteam.actors import deformed
from puzzlereel.verifiers.redteam.plan import parse_film_id
from puzzlereel.verifiers.redteam.run import make

Change = Callable[[Frame, Pose], tuple[Frame, Pose]]
LOOKS = cycle(product(SUITE, SKINS["maze"]))
"""Puzzles and skins in turns."""
SHAKY = Canvas(272, 480)
MIDDLE = 128
MOST_DRIFT = 0.035
"""The bound, told once more, so that it is not loosened unseen."""


def framed(height: float, width: float, top: float = 0, left: float = 0, *, by: float = 1, aspect: float = 1) -> Change:
    """So much of the frame's height and width is seen, from so far on, as large as it was or otherwise."""

    def change(frame: Frame, pose: Pose) -> tuple[Frame, Pose]:
        high, wide = frame.shape[:2]
        part = (top * high, left * wide, (top + height) * high, (left + width) * wide)
        size = round(high * height * by), round(wide * width * by * aspect)
        return filmed(frame, pose, size, part)

    return change


def boxed(down: int, right: int, colour: tuple[int, int, int]) -> Change:
    """Bars above and below, and at the sides."""

    def change(frame: Frame, pose: Pose) -> tuple[Frame, Pose]:
        high, wide, _ = frame.shape
        whole = np.full((high + 2 * down, wide + 2 * right, 3), colour, np.uint8)
        whole[down : down + high, right : right + wide] = frame
        return whole, pose._replace(top=pose.top + down, left=pose.left + right)

    return change


def lit(light: Callable[[Float[np.ndarray, "h w 3"]], Float[np.ndarray, "h w 3"]]) -> Change:
    """Other colours, from those in [0, 1]."""
    return lambda frame, pose: (np.rint(255 * np.clip(light(frame / 255), 0, 1)).astype(np.uint8), pose)


def turned(degrees: float, strength: float = 1) -> Change:
    """The colour differences turned and stretched, brightness as it was."""
    luma = np.array([0.2126, 0.7152, 0.0722])
    angle = np.radians(degrees)

    def change(colours: Float[np.ndarray, "h w 3"]) -> Float[np.ndarray, "h w 3"]:
        brightness = colours @ luma
        blue, red = (colours[:, :, 2] - brightness) / 1.8556, (colours[:, :, 0] - brightness) / 1.5748
        red, blue = (
            strength * (np.cos(angle) * red + np.sin(angle) * blue),
            strength * (np.cos(angle) * blue - np.sin(angle) * red),
        )
        redder, bluer = brightness + 1.5748 * red, brightness + 1.8556 * blue
        green = (brightness - luma[0] * redder - luma[2] * bluer) / luma[1]
        found: Float[np.ndarray, "h w 3"] = np.stack([redder, green, bluer], 2)
        return found

    return lit(change)


def blurred(frame: Frame, pose: Pose) -> tuple[Frame, Pose]:
    """By 2 pixels at 480 lines."""
    return np.asarray(Image.fromarray(frame).filter(ImageFilter.GaussianBlur(2 * len(frame) / 480))), pose


def noisy(frame: Frame, pose: Pose) -> tuple[Frame, Pose]:
    """By 15 of 255."""
    return grained(frame, 15), pose


def grained(frame: Frame, deviation: float, seed: int = 0) -> Frame:
    noise = np.random.default_rng(seed).normal(0, deviation, frame.shape)
    grains: Frame = np.rint(np.clip(frame + noise, 0, 255)).astype(np.uint8)
    return grains


CHANGES: Mapping[str, Change] = {
    "half": framed(1, 1, by=0.5),
    "quarter": framed(1, 1, by=0.25),
    "twice": framed(1, 1, by=2),
    "wider": framed(1, 1, aspect=1.1),
    "narrower": framed(1, 1, aspect=0.9),
    "letterbox": boxed(60, 0, (0, 0, 0)),
    "pillarbox": boxed(0, 100, (0, 0, 0)),
    "white letterbox": boxed(60, 0, (255, 255, 255)),
    "cropped": framed(0.97, 0.97, 0.015, 0.015, by=1),
    "cropped on one side": framed(0.97, 0.97, 0.03, 0.03, by=1 / 0.97),
    "shifted": framed(1, 1, 0.03, -0.03),
    "brighter": lit(lambda colours: 1.2 * colours),
    "darker": lit(lambda colours: 0.8 * colours),
    "more contrast": lit(lambda colours: 0.5 + 1.2 * (colours - 0.5)),
    "less contrast": lit(lambda colours: 0.5 + 0.8 * (colours - 0.5)),
    "gamma up": lit(lambda colours: colours**1.2),
    "gamma down": lit(lambda colours: colours ** (1 / 1.2)),
    "hue": turned(10),
    "other hue": turned(-10),
    "duller": turned(0, 0.7),
    "more colourful": turned(0, 1.3),
    "blurred": blurred,
    "noisy": noisy,
}
ONCE_MISREAD = (
    ("half", "sokoban", "blueprint"),
    ("quarter", "sokoban", "okabe"),
    ("quarter", "maze", "contrast"),
    ("shifted", "flowfree", "contrast"),
    ("cropped on one side", "flowfree", "arcade"),
    ("more contrast", "flowfree", "pastel"),
)
EACH_CHANGE = pytest.mark.parametrize(
    ("change", "puzzle", "name"), [*((change, *next(LOOKS)) for change in CHANGES), *ONCE_MISREAD]
)


def seen_rightly(eye: Eye, sight: Sight, board: Board) -> bool:
    """Whether a board is seen, and nothing else."""
    glyphs = np.array([[ord(glyph) for glyph in row] for row in board.rows])
    return bool(sight.settled.all()) and np.array_equal(glyphs, sight.glyphs) and sight.margin and eye.grain < 40


def wrong_with(change: str, puzzle: str, name: str, index: int = 0) -> str:
    """What a first frame is misread for; "" where it is read rightly."""
    board, skin = board_of(puzzle, index), skin_of(puzzle, name)
    frame, pose = CHANGES[change](*drawn(board, skin, FULL))
    eye = Eye(frame, board, skin)
    far = apart(eye.pose, pose, *board.shape)
    if not seen_rightly(eye, eye.sight, board):
        return f"{(~eye.sight.settled).sum()} unsettled, grain {eye.grain:.0f}, pose {far:.2f} off"
    return f"pose {far:.2f} off" if far > 0.15 else ""


@EACH_CHANGE
def test_a_first_board_is_read_under_all_that_is_promised(change: str, puzzle: str, name: str) -> None:
    assert "" == wrong_with(change, puzzle, name)


def clouds() -> Frame:
    """A picture as soft as a photograph, of no board."""
    small = np.random.default_rng(3).integers(0, 256, (6, 9, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(small).resize((SHAKY.width, SHAKY.height), Image.Resampling.BICUBIC))


NOTHING: Mapping[str, Callable[[], Frame]] = {
    "noise": lambda: np.random.default_rng(0).integers(0, 256, (*SHAKY, 3), dtype=np.uint8),
    "black": lambda: np.zeros((*SHAKY, 3), np.uint8),
    "white": lambda: np.full((*SHAKY, 3), 255, np.uint8),
    "clouds": clouds,
    "stripes": lambda: np.repeat(np.repeat(np.arange(832)[None, :, None] // 16 % 2 * 255, 480, 0), 3, 2).astype(
        np.uint8
    ),
}


@pytest.mark.parametrize(("picture", "puzzle"), [*zip(NOTHING, cycle(SUITE), strict=False), ("noise", "flowfree")])
def test_a_frame_of_something_else_is_not_taken_for_the_board(picture: str, puzzle: str) -> None:
    level = level_of(LevelId(puzzle, "easy", "test", 0))
    name = [*SKINS[puzzle]][len(picture) % 10]

    assert not judge([NOTHING[picture]()] * 2, level, skin_of(puzzle, name)).judged


@pytest.mark.parametrize(("puzzle", "other"), [("maze", "sokoban"), ("sokoban", "flowfree"), ("flowfree", "maze")])
def test_another_puzzle_is_not_taken_for_the_board(puzzle: str, other: str) -> None:
    board = board_of(puzzle)
    frame, _ = drawn(board_of(other), skin_of(other), FULL)
    eye = Eye(frame, board, skin_of(puzzle))

    assert not seen_rightly(eye, eye.sight, board)


def woven(frame: Frame) -> Frame:
    """A picture of checks, a pixel each, whose colours are as far off what they should be as these allow, and right on
    average."""
    checks = 1 - 2 * (np.indices(frame.shape[:2]).sum(0) % 2)[:, :, None]
    checked: Frame = (frame + checks * np.minimum(frame, 255 - frame).astype(int)).astype(np.uint8)
    return checked


@pytest.mark.parametrize(("puzzle", "name"), [("maze", "dark"), ("sokoban", "dark")])
def test_what_has_the_colours_of_a_board_and_none_of_its_pixels_could_not_be_judged(puzzle: str, name: str) -> None:
    level, skin = level_of(LevelId(puzzle, "easy", "test", 0)), skin_of(puzzle, name)
    frame, _ = drawn(level.board(level.start()), skin, FULL)
    verdict = judge([woven(frame)] * 2, level, skin)

    assert judge([frame] * 2, level, skin).judged
    assert verdict.fault is not None
    assert verdict.fault.detail.endswith("off the board that it resembles")


@pytest.mark.parametrize("puzzle", PUZZLES)
@pytest.mark.parametrize("change", ["quarter", "brighter", "noisy"])
def test_another_level_is_not_taken_for_the_board(change: str, puzzle: str) -> None:
    """However little of one can be seen, nothing is made to look like what it should be."""
    board, other = board_of(puzzle), another(puzzle)
    frame, _ = CHANGES[change](*drawn(other, skin_of(puzzle), FULL))
    eye = Eye(frame, board, skin_of(puzzle))

    assert not seen_rightly(eye, eye.sight, board)


def another(puzzle: str) -> Board:
    """The first board of another level that is as large."""
    board = board_of(puzzle)
    others = (board_of(puzzle, index) for index in range(1, 200))
    return next(other for other in others if other.shape == board.shape and other != board)


@pytest.mark.parametrize("puzzle", PUZZLES)
def test_a_film_that_begins_with_too_little_contrast_is_not_read(puzzle: str) -> None:
    board, skin = board_of(puzzle), skin_of(puzzle)
    frame, _ = lit(lambda colours: 0.5 + 0.3 * (colours - 0.5))(*drawn(board, skin, FULL))
    eye = Eye(frame, board, skin)

    assert not seen_rightly(eye, eye.sight, board)


class Camera:
    """A film of one board, seen frame by frame, and where the board lies in each."""

    def __init__(self, puzzle: str, name: str = "classic") -> None:
        self.board, self.skin = board_of(puzzle), skin_of(puzzle, name)
        self.frame, self.pose = drawn(self.board, self.skin, SHAKY)
        self.eye = Eye(self.frame, self.board, self.skin)

    def at(self, down: float, right: float, zoom: float = 1) -> tuple[Frame, Pose]:
        """What is seen when the camera is so many pixels lower and further to the right, and so much nearer."""
        height, width = SHAKY.height / zoom, SHAKY.width / zoom
        top, left = down + (SHAKY.height - height) / 2, right + (SHAKY.width - width) / 2
        return filmed(self.frame, self.pose, SHAKY, (top, left, top + height, left + width))

    def follows(self, frames: Iterator[tuple[Frame, Pose]]) -> str:
        """What goes wrong first while frames are seen; "" where nothing does."""
        for number, (frame, pose) in enumerate(frames):
            sight = self.eye.see(frame)
            far = apart(sight.pose, pose, *self.board.shape)
            if not seen_rightly(self.eye, sight, self.board):
                return f"frame {number}: {(~sight.settled).sum()} unsettled, margin {sight.margin}, pose {far:.2f} off"
            if far > 0.1:
                return f"frame {number}: pose {far:.2f} off"
        return ""


EACH_CAMERA = pytest.mark.parametrize(
    ("puzzle", "name"), [("maze", "textured"), ("sokoban", "classic"), ("flowfree", "dark")]
)


@EACH_CAMERA
class TestFollowing:
    def test_jitter(self, puzzle: str, name: str) -> None:
        """By 4 pixels at 480 lines."""
        camera, rng = Camera(puzzle, name), np.random.default_rng(0)
        most = 4 * SHAKY.height / 480

        assert "" == camera.follows(camera.at(*rng.uniform(-most, most, 2)) for _ in range(12))

    def test_a_pan(self, puzzle: str, name: str) -> None:
        camera = Camera(puzzle, name)
        whole = 0.02 * SHAKY.width

        assert "" == camera.follows(camera.at(share * whole / 2, -share * whole) for share in np.linspace(0, 1, 10))

    def test_a_zoom(self, puzzle: str, name: str) -> None:
        camera = Camera(puzzle, name)

        assert "" == camera.follows(camera.at(0, 0, 1 + 0.02 * share) for share in np.linspace(0, 1, 10))

    def test_flicker(self, puzzle: str, name: str) -> None:
        camera, rng = Camera(puzzle, name), np.random.default_rng(0)
        shares = rng.uniform(0.9, 1.1, 10)

        assert "" == camera.follows(lit(partial(np.multiply, share))(camera.frame, camera.pose) for share in shares)

    def test_a_drift_of_colours(self, puzzle: str, name: str) -> None:
        camera = Camera(puzzle, name)

        assert "" == camera.follows(
            turned(10 * share, 1 - 0.3 * share)(camera.frame, camera.pose) for share in np.linspace(0, 1, 12)
        )

    def test_a_board_that_slides_away_is_not_followed(self, puzzle: str, name: str) -> None:
        camera = Camera(puzzle, name)
        for share in np.linspace(0, 2 * MOST_DRIFT, 25):
            sight = camera.eye.see(camera.at(0, -share * SHAKY.width)[0])
            gone = abs(sight.pose.left - camera.pose.left) / SHAKY.width

            assert gone < MOST_DRIFT
            if share > 1.5 * MOST_DRIFT:
                assert not seen_rightly(camera.eye, sight, camera.board)

    def test_a_board_that_grows_is_not_followed_far(self, puzzle: str, name: str) -> None:
        camera = Camera(puzzle, name)
        sight = camera.eye.sight
        for zoom in np.linspace(1, 1 + 6 * MOST_DRIFT, 25):
            sight = camera.eye.see(camera.at(0, 0, zoom)[0])

            grown = camera.board.shape[0] * (sight.pose.high - camera.pose.high)
            assert grown < 2 * MOST_DRIFT * SHAKY.height
        assert not seen_rightly(camera.eye, sight, camera.board)

    def test_a_board_that_dissolves_is_not_followed(self, puzzle: str, name: str) -> None:
        camera = Camera(puzzle, name)
        for share in np.linspace(0, 1, 25):
            faded = np.rint((1 - share) * camera.frame + share * MIDDLE).astype(np.uint8)
            sight = camera.eye.see(faded)

            if share > 0.6:
                assert not seen_rightly(camera.eye, sight, camera.board)

    def test_another_board_is_not_followed(self, puzzle: str, name: str) -> None:
        """Cross-faded in: what moves and what is lit otherwise does not explain other cells."""
        camera = Camera(puzzle, name)
        other, _ = drawn(another(puzzle), camera.skin, SHAKY)
        sight = camera.eye.sight
        for share in np.linspace(0, 1, 9):
            sight = camera.eye.see(np.rint((1 - share) * camera.frame + share * other).astype(np.uint8))

        assert not seen_rightly(camera.eye, sight, camera.board)


def test_a_frame_of_another_size_is_named() -> None:
    camera = Camera("maze")
    with pytest.raises(BadFrame, match="expected frames of 272x480, got"):
        camera.eye.see(np.zeros((270, 480, 3), np.uint8))


def test_a_frame_that_is_the_last_one_again_is_the_same_sight() -> None:
    camera = Camera("sokoban")
    frame, _ = camera.at(1.3, 0.4)

    assert camera.eye.see(frame) is camera.eye.see(frame.copy())


def with_disc(frame: Frame, middle: tuple[float, float], radius: float) -> Frame:
    """A red disc drawn into a frame."""
    down, across = np.ogrid[: frame.shape[0], : frame.shape[1]]
    drawn_over = frame.copy()
    drawn_over[(down - middle[0]) ** 2 + (across - middle[1]) ** 2 < radius**2] = (200, 20, 30)
    return drawn_over


FILMS: Mapping[str, Change] = {
    "plain": lambda frame, pose: (frame, pose),
    "letterbox": boxed(34, 0, (0, 0, 0)),
    "pillarbox": boxed(0, 40, (30, 60, 90)),
    "smaller": framed(1, 1, by=0.75),
    "dull": lit(lambda colours: 0.1 + 0.8 * colours),
}
"""As they are, boxed, at another size, and in another light."""


@pytest.mark.parametrize(
    ("puzzle", "film", "grain"),
    [(("maze", "flowfree")[(n + grain) % 2], film, grain) for n, film in enumerate(FILMS) for grain in (0, 8, 15)],
)
class TestMargin:
    def frames(self, puzzle: str, film: str, grain: float, *, mark: bool = False) -> tuple[Eye, Frame, Pose]:
        """The eye that has seen the first frame, and a further frame, of other noise."""
        board, skin = board_of(puzzle), skin_of(puzzle)
        frame, pose = drawn(board, skin, SHAKY)
        if mark:  # a mark of the station, in a corner of every frame
            frame = with_disc(frame, (pose.high / 2, 0.3 * pose.wide), 0.25 * pose.high)
        frame, pose = FILMS[film](frame, pose)
        return Eye(grained(frame, grain, 1), board, skin), grained(frame, grain, 2), pose

    def test_what_was_there_from_the_start_is_no_fault(self, puzzle: str, film: str, grain: float) -> None:
        for mark in (False, True):
            eye, frame, _ = self.frames(puzzle, film, grain, mark=mark)
            sight = eye.see(frame)

            assert (True, True) == (sight.margin, bool(sight.settled.all()))

    def test_what_is_drawn_beside_the_board_is_seen(self, puzzle: str, film: str, grain: float) -> None:
        eye, frame, pose = self.frames(puzzle, film, grain)
        beside = (pose.top + 2.5 * pose.high, pose.left - 0.9 * pose.wide)

        assert not eye.see(with_disc(frame, beside, 0.35 * pose.high)).margin


def small_and_large(skin: Skin, kind: str) -> Iterator[tuple[str, Skin]]:
    for size, square in ((0.75, 0.0), (1.25, 0.0), (1.0, 0.5), (1.0, -0.5), (0.9, 0.25)):
        yield f"{size} {square}", deformed(skin, kind, size=size, square=square)


@pytest.mark.parametrize(("puzzle", "name"), [*zip(cycle(["maze", "sokoban"]), SKINS["maze"], strict=False)])
def test_a_walker_that_is_bent_is_the_walker(puzzle: str, name: str) -> None:
    board, skin = board_of(puzzle), skin_of(puzzle, name)
    kind = skin.look("@").kind
    wrong = {}
    for bend, other in small_and_large(skin, kind):
        frame, _ = drawn(board, other, SHAKY)
        eye = Eye(frame, board, skin)
        if not seen_rightly(eye, eye.sight, board):
            wrong[bend] = eye.sight.off[board.find("@")[0]]

    assert {} == wrong


@pytest.mark.parametrize("puzzle", ["maze", "sokoban"])
@pytest.mark.parametrize("apart_by", [0.0, 0.12, 0.25, 0.5])
def test_two_walkers_are_never_one(puzzle: str, apart_by: float) -> None:
    """Beside each other, the second laid over the first: bent as it may be, no walker looks like both."""
    board, skin = board_of(puzzle), skin_of(puzzle)
    camera = Camera(puzzle)
    row, column = board.find("@")[0]
    top, left, bottom, right = (round(at) for at in camera.pose.place((row, column)))
    by = round((0.3 + apart_by) * camera.pose.wide)
    doubled = camera.frame.copy()
    free = next(cell for cell, glyph in board.items() if glyph == " ")
    ground = camera.frame[
        tuple(slice(round(a), round(b)) for a, b in [camera.pose.place(free)[::2], camera.pose.place(free)[1::2]])
    ]
    sprite = np.abs(camera.frame[top:bottom, left:right].astype(int) - ground).max(2) > 30
    below = doubled[top:bottom, left + by : right + by]
    below[sprite] = camera.frame[top:bottom, left:right][sprite]
    sight = camera.eye.see(doubled)

    assert not seen_rightly(camera.eye, sight, board)
    assert not sight.settled[row, column] or not sight.settled[row, column + 1]
    assert skin is camera.skin


def test_flows_that_take_each_others_colours_while_the_light_drifts_are_no_other_light() -> None:
    """A mixture of the channels turned the two colours into each other: a film of the red team that was accepted."""
    made = make(parse_film_id("404/flowfree/7/11"))

    assert ("colours_swapped", False) == (made.kind, made.honest)
    assert not judge(made.film.frames, made.level, made.skin).success


def test_the_first_frame_is_kept_where_others_are_drawn_upon_it() -> None:
    frame, _ = drawn(board_of("maze"), skin_of("maze"), SHAKY)
    eye, kept = Eye(frame, board_of("maze"), skin_of("maze")), frame.copy()
    frame[:] = 0

    assert (kept == eye.first).all()
