"""Why a film got its verdict, as a picture or a film: what it shows, what was read, the way so far, and the fault.

explain ─► .png   the first frame, and those before, at and after the first fault; or some of a film that is solved
        ─► .mp4   every frame; that of a fault stands for a second and is marked from then on
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from puzzlereel.puzzles.board import Board, Cell
from puzzlereel.puzzles.core import NoSuchBoard, PuzzlereelError, Reason
from puzzlereel.renderers.change import Glide, motions, origins
from puzzlereel.renderers.draw import Frame, canvas_of, draw
from puzzlereel.renderers.evidence import (
    COLUMNS,
    SCREEN,
    SHEET,
    Evidence,
    Mark,
    Place,
    Words,
    page,
    write_page,
    write_pages,
)
from puzzlereel.renderers.film import Video
from puzzlereel.renderers.layout import TooSmall, layout_of, roomy
from puzzlereel.renderers.reading import Readings, cells_where, read
from puzzlereel.renderers.skins import Skin
from puzzlereel.verifiers.verdict import ENDINGS, Fault, Verdict

SHOWN = 4
"""How many frames a sheet shows of a film in which there is no fault to show."""
MOST_SHOWN = 12
"""How many faults a sheet shows where all are asked for; the others are counted."""
TOLD = 3
"""How many lines of text a film has room for."""
SUFFIXES = (".png", ".mp4")


class CannotExplain(PuzzlereelError):
    """A file to explain in that is neither a picture nor a film."""


def check_path(path: Path) -> None:
    """CannotExplain where a file is not named as a picture or a film."""
    if path.suffix not in SUFFIXES:
        raise CannotExplain(f"expected a name in {' or '.join(SUFFIXES)}, got {str(path)!r}")


def explain(
    path: Path, video: Video, level: Any, skin: Skin, *, verdict: Verdict, every: bool = False, fps: int = 8
) -> None:
    """Write the picture or the film, as the name says, that explains the verdict on a film.

    With `every`, all faults are marked and numbered, not the first alone.
    """
    check_path(path)
    case = Case(video, level, skin, verdict, every)
    if path.suffix == ".png":
        write_page(path, case.sheet())
    else:
        write_pages(path, case.reel(hold=fps), fps=fps)


@dataclass(frozen=True, eq=False)
class Case:
    """A film, its verdict, and what is to be shown of both."""

    video: Video
    level: Any
    skin: Skin
    verdict: Verdict
    every: bool

    @cached_property
    def readings(self) -> Readings | None:
        """What was read; None where the film could not be judged."""
        if not self.verdict.judged:
            return None
        try:
            return read(iter(self.video), self.start, self.skin)
        except TooSmall:
            return None

    @cached_property
    def start(self) -> Board:
        board: Board = self.level.board(self.level.start())
        return board

    @cached_property
    def faults(self) -> Sequence[Fault]:
        """The faults that are shown."""
        return self.verdict.faults if self.every else self.verdict.faults[:1]

    @cached_property
    def way(self) -> tuple[list[tuple[Cell, Cell]], list[int]]:
        """The steps of all that moves or grows, and how many of them have been made in each frame."""
        steps: list[tuple[Cell, Cell]] = []
        made: list[int] = []
        last = None
        for frame in range(len(self.video) if self.readings else 0):
            board = self._state_board(frame)
            if board is not None:
                steps += _steps(last, board, self.skin) if last is not None and last != board else []
                last = board
            made.append(len(steps))
        return steps, made

    def _state_board(self, frame: int) -> Board | None:
        """The board of a frame that shows a state of the level."""
        assert self.readings is not None
        if not self.readings.settled[frame].all():
            return None
        board = self.readings.board(frame)
        try:
            self.level.state(board)
        except NoSuchBoard:
            return None
        return board

    def evidence(self, at: int, caption: str) -> Evidence:
        """A frame and its reading, with the faults that have come by then."""
        frame = self.video[at] if len(self.video) else self._drawn(canvas_of)
        known = [(n, fault) for n, fault in enumerate(self.faults, start=1) if fault.frame <= at]
        marks = [Mark(fault.cell, self._place(at, fault.cell), str(n) if self.every else "") for n, fault in known]
        if self.readings is None:
            return Evidence(frame, self.start, caption, marks=marks, is_unread=True)
        steps, made = self.way
        unread = cells_where(~self.readings.settled[at])
        return Evidence(frame, self.readings.board(at), caption, unread, steps[: made[at]], marks)

    def _place(self, at: int, cell: Cell | None) -> Place | None:
        return None if cell is None or self.readings is None else self.readings.place(at, cell)

    def _drawn(self, picture: Callable[..., Frame]) -> Frame:
        """A picture of the suite's own film of the level, as that is drawn."""
        around = self.skin.rim.cells
        canvas = roomy(self.start.shape, around)
        return picture(self.skin, layout_of(self.start.shape, canvas, around), *canvas)

    def words(self, shown: Sequence[int]) -> Words:
        """The verdict, and the sentences of some faults by their places among all that are shown."""
        verdict = self.verdict
        heading = "solved lawfully" if verdict.success else "refused" if verdict.judged else "could not be judged"
        lines = [(f"{n + 1}. " if self.every else "") + self.faults[n].sentence for n in shown]
        columns = COLUMNS if self.readings else (COLUMNS[0], "what it should begin with")
        return Words(heading, verdict.success, lines, columns)

    def sheet(self) -> Frame:
        """The page of the frames that explain the verdict."""
        shown = self.faults[:MOST_SHOWN]
        words = self.words(range(len(shown)))
        if more := len(self.faults) - len(shown):
            words = words._replace(lines=[*words.lines, f"and {more} more"])
        pieces = [self.evidence(at, caption) for at, caption in self.moments(shown)]
        if self.readings and any(fault.reason is Reason.WRONG_START for fault in shown):
            pieces.insert(0, self.expected())
        return page(pieces, words, self.skin, SHEET)

    def moments(self, shown: Sequence[Fault]) -> list[tuple[int, str]]:
        """The frames that are worth showing, in order, and what to say of each."""
        last = max(0, len(self.video) - 1)
        if not shown or not self.verdict.judged:
            spread = sorted({round(last * n / (SHOWN - 1)) for n in range(SHOWN)})
            return [(at, f"frame {at} of {last}") for at in spread]
        said = {0: "frame 0: the first one"}
        if not self.every:
            at, ends = shown[0].frame, shown[0].reason in ENDINGS
            said[at - 1], said[at + 1] = f"frame {at - 1}: just before", f"frame {at + 1}: just after"
            said[at] = f"frame {at}: the last one" if ends else f"frame {at}: the fault"
        else:
            for fault in shown:
                numbers = [str(n) for n, other in enumerate(shown, start=1) if other.frame == fault.frame]
                said[fault.frame] = f"frame {fault.frame}: fault {', '.join(numbers)}"
        return [(at, said[at]) for at in sorted(said) if 0 <= at <= last]

    def expected(self) -> Evidence:
        """The frame that the film should have begun with."""
        return Evidence(self._drawn(partial(draw, self.start)), self.start, "what the film should begin with")

    def reel(self, *, hold: int) -> Iterator[Frame]:
        """The pages of all frames; that of a fault comes `hold` times more."""
        for at in range(max(1, len(self.video))):
            fresh = any(fault.frame == at for fault in self.faults)
            picture = self._screen(at)
            for _ in range(1 + hold * fresh):
                yield picture

    def _screen(self, at: int) -> Frame:
        past = [n for n, fault in enumerate(self.faults) if fault.frame <= at]
        words = self.words(past[-1:]) if past or self.verdict.success else self.words([])._replace(heading="")
        evidence = self.evidence(at, f"frame {at} of {max(0, len(self.video) - 1)}")
        return page([evidence], words, self.skin, SCREEN, lines=TOLD)


def _steps(before: Board, after: Board, skin: Skin) -> list[tuple[Cell, Cell]]:
    """From which cell into which things have moved or grown between two boards."""
    if before.shape != after.shape:
        return []
    steps = []
    for motion in motions(before, after, skin):
        kind, target = motion.look.kind, motion.target
        sources = [motion.source] if isinstance(motion, Glide) else origins(before, target, kind, skin)
        steps += [(source, target) for source in sources]
    return steps
