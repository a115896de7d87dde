"""The picture and the film that say why a film was refused: what is marked in them, and where."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import numpy as np
import pytest
from jaxtyping import Bool
from PIL import Image, ImageFont

from puzzlereel.cli.explain import check_options, rewards, write_explanation
from puzzlereel.puzzles import flowfree, maze, sokoban
from puzzlereel.puzzles.board import Board, Cell
from puzzlereel.puzzles.core import PuzzlereelError, Reason, Trajectory
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.renderers.draw import Frame
from puzzlereel.renderers.evidence import GAP, SHEET, Panels, panels_of, show, wrapped
from puzzlereel.renderers.film import Timing, Video, film_boards
from puzzlereel.renderers.layout import FULL, Canvas, TooSmall, layout_of
from puzzlereel.renderers.reading import read
from puzzlereel.renderers.skins import skin_of
from puzzlereel.renderers.video import read_video, write_video
from puzzlereel.verifiers.explain import CannotExplain, Case, explain
from puzzlereel.verifiers.judge import judge
from puzzlereel.verifiers.verdict import ENDINGS, PARTS, Fault, Verdict, unreadable

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "verdict.md").read_text(encoding="utf-8")
SMALL = Canvas(128, 192)
RED = np.array([0xC5, 0x22, 0x1F])
CORRIDOR = maze.parse("#######\n#@   G#\n# ### #\n#     #\n#######")
ROOM = sokoban.parse("########\n#@ $ . #\n#      #\n########")
FLOWS = flowfree.parse("A.B\n...\nA.B")


def way(level: Any, *moves: str) -> list[str]:
    return [str(board) for board in Trajectory(level, moves).boards]


WALK, PUSH, JOIN = way(CORRIDOR, *"RRRR"), way(ROOM, *"rRR"), way(FLOWS, "a1,0", "b1,2")


class Seen(NamedTuple):
    """A film that gets a reason, and where."""

    level: Any
    boards: Sequence[str]
    cell: Cell | None


FILMS: Mapping[Reason, Seen] = {
    Reason.WRONG_START: Seen(CORRIDOR, WALK[1:], (1, 1)),
    Reason.SCENERY: Seen(CORRIDOR, [*WALK[:3], WALK[2].replace("# ### #", "# # # #"), *WALK[3:]], (2, 3)),
    Reason.SMEARED: Seen(CORRIDOR, [*WALK[:2], "smeared", *WALK[2:]], None),
    Reason.APPEARED: Seen(CORRIDOR, [*WALK[:2], WALK[1].replace("#     #", "#  @  #"), *WALK[1:]], (3, 3)),
    Reason.VANISHED: Seen(CORRIDOR, [*WALK[:2], WALK[1].replace("@", " "), *WALK[1:]], (1, 2)),
    Reason.JUMP: Seen(CORRIDOR, [WALK[0], WALK[-1]], (1, 5)),
    Reason.WALL: Seen(CORRIDOR, [*WALK[:2], "#######\n#    G#\n# @## #\n#     #\n#######"], (2, 2)),
    Reason.UNPUSHED: Seen(ROOM, [PUSH[0], PUSH[0].replace("$ .", " $.")], (1, 4)),
    Reason.PULLED: Seen(ROOM, [*PUSH[:2], "########\n#@$  . #\n#      #\n########"], (1, 2)),
    Reason.OVERWRITTEN: Seen(FLOWS, [*JOIN, "A.B\nb.b\nA.B"], (1, 0)),
    Reason.SHRANK: Seen(FLOWS, [*JOIN, JOIN[1].replace("a", ".")], (1, 0)),
    Reason.TANGLED: Seen(FLOWS, [*JOIN[:2], "AaB\na..\nA.B"], (0, 0)),
    Reason.STRAY: Seen(FLOWS, [JOIN[0], "A.B\n.a.\nA.B"], (1, 1)),
    Reason.FROZEN: Seen(ROOM, PUSH[:1], None),
    Reason.UNSOLVED: Seen(CORRIDOR, WALK[:-1], None),
    Reason.UNJOINED: Seen(FLOWS, JOIN[:2], None),
    Reason.UNFILLED: Seen(FLOWS, JOIN, None),
}
BY_HAND = (Reason.UNREADABLE, Reason.UNLAWFUL)
"""The first has no board to show; no film of these three puzzles gets the second, which is there for further ones."""


def name_of(level: Any) -> str:
    return type(level).__name__.lower()


def shoot(seen: Seen, *, style: str = "hold", canvas: Canvas = SMALL) -> Video:
    """Two frames a board; the board "smeared" is grey."""
    boards = [Board.of(text if text != "smeared" else seen.boards[0]) for text in seen.boards]
    timing = Timing(frames=2 * len(boards), least=1, most=2)
    video = film_boards(boards, skin_of(name_of(seen.level)), timing=timing, style=style, canvas=canvas)
    for at, text in enumerate(seen.boards):
        if text == "smeared":
            video[2 * at : 2 * at + 2] = 128
    return video


def case_of(seen: Seen, *, every: bool = False, style: str = "hold") -> Case:
    video, skin = shoot(seen, style=style), skin_of(name_of(seen.level))
    return Case(video, seen.level, skin, judge(video, seen.level, skin), every)


def reds(picture: Frame) -> Bool[np.ndarray, "height width"]:
    """The pixels of a mark's red."""
    mask: Bool[np.ndarray, "height width"] = (picture == RED).all(2)
    return mask


def box_of(mask: Bool[np.ndarray, "height width"]) -> tuple[int, int, int, int] | None:
    """Top, left, bottom and right of what is marked."""
    rows, columns = np.nonzero(mask.any(1))[0], np.nonzero(mask.any(0))[0]
    return (int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1) if len(rows) else None


def shown(case: Case, at: int) -> tuple[Panels, Frame, Frame]:
    """The two pictures of a frame."""
    evidence = case.evidence(at, "")
    panels = panels_of(evidence.frame, evidence.board, SHEET)
    both = np.asarray(show(evidence, case.skin, panels))
    return panels, both[:, : panels.film.width], both[:, panels.film.width + GAP :]


def test_every_reason_has_a_film_here() -> None:
    assert set(Reason) == {*FILMS, *BY_HAND}


@pytest.mark.parametrize("reason", FILMS, ids=lambda reason: reason.name.lower())
def test_the_cell_of_a_fault_is_outlined_in_the_film_and_in_the_board(reason: Reason) -> None:
    case, seen = case_of(FILMS[reason]), FILMS[reason]
    fault = case.verdict.fault
    assert fault is not None
    panels, film, board = shown(case, fault.frame)
    cell = fault.cell if reason is Reason.SMEARED else seen.cell
    rows, columns = case.start.shape
    px = min(SMALL.height // rows, SMALL.width // columns) // 2 * 2
    top, left = ((side - count * px) // 4 * 2 for side, count in zip(SMALL, (rows, columns), strict=True))

    assert (reason, cell) == (fault.reason, fault.cell)
    if cell is None:
        assert (0, 0, *panels.film) == box_of(reds(film))
        assert (0, 0, *panels.board) == box_of(reds(board))
    else:
        place = (top + cell[0] * px, left + cell[1] * px, top + (cell[0] + 1) * px, left + (cell[1] + 1) * px)
        corner, side = panels.layout.corner(cell), panels.layout.px
        around = (*corner, corner[0] + side, corner[1] + side)
        scaled = [edge * panels.scale for edge in place]
        assert scaled == pytest.approx(box_of(reds(film)), abs=3)
        assert around == pytest.approx(box_of(reds(board)), abs=3)
    if fault.frame:
        assert (None, None) == tuple(box_of(reds(picture)) for picture in shown(case, fault.frame - 1)[1:])


def test_a_fault_that_no_puzzle_of_ours_has_is_drawn_as_well() -> None:
    case = case_of(FILMS[Reason.JUMP])
    verdict = Verdict(case.verdict.parts, (Fault(2, Reason.UNLAWFUL, (3, 3)),))
    _, film, board = shown(replace(case, verdict=verdict), 2)

    assert reds(film).any()
    assert reds(board).any()


def test_a_film_that_could_not_be_judged_is_shown_beside_what_it_should_begin_with() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (9, *SMALL, 3), dtype=np.uint8)
    case = Case(noise, ROOM, skin_of("sokoban"), judge(noise, ROOM, skin_of("sokoban")), every=False)
    _, film, board = shown(case, 0)

    assert "could not be judged" == case.words(range(len(case.faults))).heading
    assert "what it should begin with" == case.words(range(len(case.faults))).columns[1]
    assert reds(film).any()
    assert not reds(board).any()
    assert [0, 3, 5, 8] == [at for at, _ in case.moments(case.faults)]


def test_a_film_without_frames_is_explained_too(tmp_path: Path) -> None:
    video = np.empty((0, *SMALL, 3), np.uint8)
    for name in ("why.png", "why.mp4"):
        explain(tmp_path / name, video, ROOM, skin_of("sokoban"), verdict=unreadable("no frames"))

    assert 9 == len(read_video(tmp_path / "why.mp4"))


def test_a_picture_shows_the_frames_around_the_fault_and_says_so() -> None:
    case = case_of(FILMS[Reason.WALL])
    words = ["the first one", "just before", "the fault", "just after"]

    assert [(at, f"frame {at}: {word}") for at, word in zip((0, 3, 4, 5), words, strict=True)] == case.moments(
        case.faults
    )
    assert ["refused"] == [case.words(range(len(case.faults))).heading]
    assert [case.faults[0].sentence] == list(case.words(range(len(case.faults))).lines)


def test_a_fault_in_the_first_frame_has_nothing_before_it() -> None:
    case = case_of(FILMS[Reason.WRONG_START])

    assert [(0, "frame 0: the fault"), (1, "frame 1: just after")] == case.moments(case.faults)
    assert case.start == case.expected().board
    assert 3 == sheet_rows(case)
    assert 4 == sheet_rows(case_of(FILMS[Reason.WALL]))


def sheet_rows(case: Case) -> int:
    """How many frames a sheet shows: each is as high as the others."""
    panels = shown(case, 0)[0]
    return round((len(case.sheet()) - 100) / (panels.size.height + 32))


def test_the_end_of_a_film_has_nothing_after_it() -> None:
    case = case_of(FILMS[Reason.UNFILLED])

    assert ["the first one", "just before", "the last one"] == [
        said.split(": ")[1] for _, said in case.moments(case.faults)
    ]


def test_a_solved_film_has_four_frames_and_nothing_marked() -> None:
    case = case_of(Seen(CORRIDOR, WALK, None))

    assert [0, 3, 6, 9] == [at for at, _ in case.moments(case.faults)]
    assert not reds(case.sheet()).any()
    assert case.words(()).is_good


def test_with_every_fault_all_are_marked_and_numbered() -> None:
    twice = Seen(CORRIDOR, [*FILMS[Reason.APPEARED].boards[:4], WALK[2].replace("# ### #", "# # # #")], None)
    case = case_of(twice, every=True)
    faults = case.verdict.faults
    *_, last = [case.evidence(at, "").marks for at in range(len(case.video))]

    assert [Reason.APPEARED, Reason.SCENERY, Reason.UNSOLVED] == [fault.reason for fault in faults]
    assert [("1", (3, 3)), ("2", (2, 3)), ("3", None)] == [(mark.label, mark.cell) for mark in last]
    assert [f"{n}. {fault.sentence}" for n, fault in enumerate(faults, start=1)] == list(
        case.words(range(len(faults))).lines
    )
    assert [""] == [mark.label for mark in replace(case, every=False).evidence(9, "").marks]
    assert ["frame 4: fault 1", "frame 8: fault 2", "frame 9: fault 3"] == [
        said for _, said in case.moments(case.faults)[1:]
    ]


def test_a_number_stands_at_the_corner_of_its_cell() -> None:
    case = case_of(FILMS[Reason.APPEARED], every=True)
    pictures = [reds(shown(one, 4)[2]).sum() for one in (replace(case, every=False), case)]

    assert pictures[1] - pictures[0] > 60


def test_a_text_is_broken_between_words_where_a_line_is_full() -> None:
    font = ImageFont.load_default(15)
    lines = wrapped("a sentence that is longer than a line", 100, font)

    assert "a sentence that is longer than a line" == " ".join(lines)
    assert 3 <= len(lines)
    assert max(map(font.getlength, lines)) <= 100
    assert [""] == wrapped("", 100, font)


def test_more_faults_than_a_picture_can_show_are_counted() -> None:
    case = case_of(FILMS[Reason.JUMP], every=True)
    many = tuple(Fault(n % 4, Reason.JUMP, (1, n % 5)) for n in range(30))
    told = np.asarray(replace(case, verdict=Verdict(case.verdict.parts, many)).sheet())
    few = np.asarray(replace(case, verdict=Verdict(case.verdict.parts, many[:12])).sheet())

    assert len(few) + 20 == pytest.approx(len(told), abs=2)


def test_the_way_so_far_is_drawn_on_the_board() -> None:
    case = case_of(Seen(ROOM, PUSH, None))
    steps = [[], [], [((1, 1), (1, 2))]]

    assert steps == [list(case.evidence(at, "").way) for at in range(3)]
    assert {((1, 2), (1, 3)), ((1, 3), (1, 4))} == set(case.evidence(4, "").way[1:])
    assert (shown(case, 6)[2] != shown(replace(case, video=case.video[[6]]), 0)[2]).any()


def test_a_flow_is_followed_from_the_cell_it_grows_out_of() -> None:
    case = case_of(Seen(FLOWS, JOIN, None))

    joined = {((0, 0), (1, 0)), ((2, 0), (1, 0)), ((0, 2), (1, 2)), ((2, 2), (1, 2))}

    assert joined == set(case.evidence(5, "").way)


def test_cells_in_which_nothing_was_recognised_are_hidden() -> None:
    case = case_of(Seen(CORRIDOR, WALK, None), style="slide")

    pieces = [case.evidence(at, "") for at in (0, 1)]
    panels = panels_of(pieces[1].frame, pieces[1].board, SHEET)
    top, left = panels.layout.corner((1, 1))
    hidden = np.asarray(show(pieces[1], case.skin, panels))[top + 1, panels.film.width + GAP + left + 1]

    assert [[], [(1, 1), (1, 2)]] == [list(piece.unread) for piece in pieces]
    assert (0x9A, 0xA0, 0xA6) == tuple(hidden)


def test_boards_that_have_no_room_on_the_usual_canvas_are_read_in_films_of_any_size_and_explained() -> None:
    """A maze of 31×31 cells with its numbers: its cells would have 14 pixels, and numbers need 16."""
    level = maze.generate(Random(1), maze.Tier(sides=(15,), least=10, most=60))
    skin, way = skin_of("maze", "classic+coordinates"), PUZZLES["maze"].solve(level).trajectory
    assert way
    video = film_boards(
        way.boards[:3], skin, timing=Timing(frames=3, least=1, most=1), style="hold", canvas=Canvas(1024, 1024)
    )
    small = np.stack([np.asarray(Image.fromarray(frame).resize((870, 870), Image.Resampling.BOX)) for frame in video])
    verdicts = {
        name: judge(one, level, skin) for name, one in (("large", video), ("small", small), ("late", video[1:]))
    }

    with pytest.raises(TooSmall):
        layout_of(level.plan.shape, FULL, skin.rim.cells)
    assert {Reason.UNSOLVED} == {verdicts[name].faults[0].reason for name in ("large", "small")}
    assert Reason.WRONG_START is verdicts["late"].faults[0].reason
    assert Case(video[1:], level, skin, verdicts["late"], every=False).sheet().any()
    assert Case(video[:0], level, skin, judge(video[:0], level, skin), every=False).sheet().any()


def test_a_place_is_where_the_board_was_looked_for() -> None:
    video = shoot(Seen(CORRIDOR, WALK, None))
    readings = read(iter(video), Board.of(WALK[0]), skin_of("maze"))
    top, left, bottom, right = map(int, readings.place(0, (1, 5)))
    goal = video[0, top:bottom, left:right]

    assert (goal == goal[0, 0]).all()
    assert 1 < len(np.unique(video[0, top - 1 : bottom + 1, left - 1 : right + 1].reshape(-1, 3), axis=0))


class TestFiles:
    def test_a_film_of_every_frame_holds_at_the_fault_and_marks_it_to_the_end(self, tmp_path: Path) -> None:
        case = case_of(FILMS[Reason.WALL])
        path = tmp_path / "why.mp4"
        explain(path, case.video, case.level, case.skin, verdict=case.verdict, fps=5)
        film = read_video(path).astype(int)
        marked = [int((np.abs(frame - RED).max(2) < 30).sum()) > 900 for frame in film]

        assert [False] * 4 + [True] * 7 == marked
        assert len(case.video) + 5 == len(film)

    def test_a_film_that_is_solved_is_as_long_as_it_was(self, tmp_path: Path) -> None:
        case = case_of(Seen(FLOWS, way(FLOWS, "a1,0", "b1,2"), None))
        solved = Verdict(dict.fromkeys(PARTS, 1.0))
        explain(tmp_path / "why.mp4", case.video, case.level, case.skin, verdict=solved)

        assert len(case.video) == len(read_video(tmp_path / "why.mp4"))

    @pytest.mark.parametrize("size", [(64, 64), (480, 832), (96, 400), (400, 96)])
    def test_films_of_every_size_are_explained(self, size: tuple[int, int], tmp_path: Path) -> None:
        seen = FILMS[Reason.PULLED]
        video = shoot(seen, canvas=Canvas(*size))
        verdict = judge(video, seen.level, skin_of("sokoban"))
        for name in ("why.png", "why.mp4"):
            explain(tmp_path / name, video, seen.level, skin_of("sokoban"), verdict=verdict)
        height, width = read_video(tmp_path / "why.mp4").shape[1:3]
        with Image.open(tmp_path / "why.png") as picture:
            assert picture.width <= 2 * SHEET.width + 3 * GAP + 2
            assert (0, 0) == (height % 2, width % 2)

    @pytest.mark.parametrize("name", ["why", "why.gif", "why.PNG.txt"])
    def test_another_kind_of_file_is_refused_before_anything_is_judged(self, name: str) -> None:
        with pytest.raises(CannotExplain, match=r"expected a name in .png or .mp4, got"):
            check_options(Path(name), None)

    def test_options_that_are_not_given_are_no_error(self) -> None:
        check_options(None, None)
        check_options(Path("why.png"), "paper")
        with pytest.raises(PuzzlereelError, match="got 'best'"):
            check_options(None, "best")

    def test_the_explanation_is_as_fast_as_the_film(self, tmp_path: Path) -> None:
        case = case_of(FILMS[Reason.JUMP])
        for fps in (4, 12):
            write_video(tmp_path / "film.mp4", case.video, fps=fps)
            write_explanation(tmp_path / "why.mp4", tmp_path / "film.mp4", case.level, case.skin, verdict=case.verdict)

            assert len(case.video) + fps == len(read_video(tmp_path / "why.mp4"))

    def test_a_reward_is_told_where_it_is_asked_for(self) -> None:
        verdict = Verdict(dict.fromkeys(PARTS, 1.0) | {"progress": 0.5}, (Fault(3, Reason.UNSOLVED),))

        assert ({}, {"reward": 0.25}, {"reward": 0.0}) == tuple(
            rewards(verdict, name) for name in (None, "ours", "sparse")
        )


class TestPage:
    def test_reasons_that_end_a_film_are_those_that_name_no_cell(self) -> None:
        assert set(ENDINGS) == {reason for reason, seen in FILMS.items() if seen.cell is None} - {Reason.SMEARED}

    def test_every_picture_that_the_page_names_is_there(self) -> None:
        import re

        pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", PAGE)

        assert ["explain.png"] == pictures
        assert [True] == [(ROOT / "docs" / picture).is_file() for picture in pictures]

    def test_every_weighting_and_its_weights_are_told(self) -> None:
        from puzzlereel.verifiers.reward import WEIGHTS

        for weights in WEIGHTS.values():
            assert f"`{weights.name}`" in PAGE
            for term in (term for terms in weights.sums for term in terms):
                assert f"{term.weight:g} × {' × '.join(term.figures)}".removeprefix("1 × ") in PAGE
