"""Rules that are broken on purpose, and tolerances that are loosened; `bench/mutants.py` shows that the tests notice.

A rule or a threshold that is added to the puzzles or the verifiers gets a line here.
"""

from typing import NamedTuple


class Mutation(NamedTuple):
    """One line of the package that says something wrong, and the tests that must fail because of it."""

    file: str
    """Within the package."""
    line: str
    """The whole line, without the spaces before it; there is just one such line in the file."""
    instead: str
    tests: str
    """What pytest is told to run."""


RULES = "tests/test_rules.py"
VERDICT = "tests/test_verdict.py"
WEAKNESSES = "tests/test_weaknesses.py"
EYE = "tests/test_eye.py"
ONCE = "tests/test_once_refused.py::test_an_honest_film_is_not_refused_again"
CALIBRATION = "tests/test_calibration.py"

BROKEN_RULES = (
    Mutation(
        "puzzles/board.py",
        'STEPS: Mapping[str, Cell] = {"U": (-1, 0), "D": (1, 0), "L": (0, -1), "R": (0, 1)}',
        'STEPS: Mapping[str, Cell] = {"U": (-1, 1), "D": (1, 0), "L": (0, -1), "R": (0, 1)}',
        RULES,
    ),
    Mutation(
        "puzzles/core.py",
        "return all(part == 1 for part in level.progress(state).values())",
        "return any(part == 1 for part in level.progress(state).values())",
        f"{VERDICT}::TestFlowFree",
    ),
    Mutation("puzzles/maze.py", "return self.plan.get(cell, WALL) != WALL", "return cell in self.plan", RULES),
    Mutation("puzzles/maze.py", "if ground == WALL and cell in agents:", "if False:", f"{VERDICT}::TestMaze"),
    Mutation("puzzles/maze.py", "if GROUND.get(glyph) != ground:", "if glyph not in GROUND:", f"{VERDICT}::TestMaze"),
    Mutation("puzzles/maze.py", "if len(agents) != 1:", "if not agents:", f"{VERDICT}::TestMaze"),
    Mutation(
        "puzzles/maze.py",
        "if towards(middle, step) == there and not self.is_open(middle):",
        "if towards(middle, step) == there and self.is_open(middle):",
        f"{WEAKNESSES}::TestVBVRPro",
    ),
    Mutation(
        "puzzles/maze.py",
        'return {"reached": 0.0 if whole is None or left is None else max(0.0, 1 - left / whole)}',
        'return {"reached": 1.0}',
        f"{VERDICT}::TestMaze",
    ),
    Mutation(
        "puzzles/sokoban.py",
        "if not is_push or beyond in boxes or beyond not in self.open:",
        "if not is_push or beyond not in self.open:",
        RULES,
    ),
    Mutation(
        "puzzles/sokoban.py",
        "if not is_push or beyond in boxes or beyond not in self.open:",
        "if beyond in boxes or beyond not in self.open:",
        RULES,
    ),
    Mutation(
        "puzzles/sokoban.py",
        "return None if is_push or ahead not in self.open else Position(ahead, boxes)",
        "return None if is_push else Position(ahead, boxes)",
        RULES,
    ),
    Mutation(
        "puzzles/sokoban.py",
        "return Position(ahead, boxes - {ahead} | {beyond})",
        "return Position(ahead, boxes | {beyond})",
        RULES,
    ),
    Mutation(
        "puzzles/sokoban.py",
        'return {"placed": len(state.boxes & self.targets) / len(state.boxes)}',
        'return {"placed": float(bool(state.boxes & self.targets))}',
        f"{WEAKNESSES}::TestVRBench",
    ),
    Mutation(
        "puzzles/sokoban.py",
        'for name, found, expected in (("player", players, 1), ("box", boxes, len(self.start().boxes))):',
        'for name, found, expected in (("player", players, 1), ("box", boxes, len(boxes))):',
        f"{VERDICT}::TestSokoban",
    ),
    Mutation(
        "puzzles/sokoban.py",
        "pulled = onto == here.player and here.player != there.player",
        "pulled = False",
        f"{VERDICT}::TestSokoban",
    ),
    Mutation(
        "puzzles/flowfree.py",
        'if colour not in self.ends or state.get(cell, "") != EMPTY:',
        "if colour not in self.ends:",
        RULES,
    ),
    Mutation("puzzles/flowfree.py", "most = 1 if board[cell] == colour else 2", "most = 2", RULES),
    Mutation(
        "puzzles/flowfree.py",
        "most = 1 if board[cell] == colour else 2",
        "most = 1 if board[cell] == colour else 3",
        RULES,
    ),
    Mutation(
        "puzzles/flowfree.py",
        "if was.islower() and now != was:",
        "if was.islower() and now == EMPTY:",
        f"{VERDICT}::TestFlowFree",
    ),
    Mutation(
        "puzzles/flowfree.py",
        "if stray := set(cells) - self._reach(board, first) - self._reach(board, last):",
        "if (stray := set(cells)) and not cells:",
        f"{VERDICT}::TestFlowFree",
    ),
    Mutation(
        "puzzles/flowfree.py",
        "joined = sum(other in self._reach(state, end) for end, other in self.ends.values())",
        "joined = len(self.ends)",
        f"{VERDICT}::TestFlowFree",
    ),
    Mutation(
        "puzzles/flowfree.py",
        "filled = 1 - len(state.find(EMPTY)) / free if free else 1.0",
        "filled = 1.0",
        f"{VERDICT}::TestFlowFree",
    ),
)

LOOSENED = (
    Mutation(
        "verifiers/verdict.py",
        "return not self.faults and all(part == 1 for part in self.parts.values())",
        "return self.arrived",
        f"{VERDICT}::TestMaze",
    ),
    Mutation(
        "verifiers/verdict.py",
        "return all(fault.reason is not Reason.UNREADABLE for fault in self.faults)",
        "return True",
        f"{VERDICT}::TestNotJudged",
    ),
    Mutation(
        "verifiers/verdict.py",
        "return self.faults[0] if self.faults else None",
        "return self.faults[-1] if self.faults else None",
        f"{VERDICT}::TestMaze",
    ),
    Mutation("verifiers/follow.py", "REACH = 1.25", "REACH = 2.0", f"{VERDICT}::TestUnderWay"),
    Mutation("verifiers/walk.py", "SLACK = 0.25", "SLACK = 1.0", f"{VERDICT}::TestUnderWay"),
    Mutation("verifiers/follow.py", "UNDERWAY = 17.0", "UNDERWAY = 70.0", VERDICT),
    Mutation(
        "verifiers/walk.py",
        "return self.for_good and self.most > SLACK",
        "return False",
        f"{VERDICT}::TestUnderWay",
    ),
    Mutation("verifiers/fades.py", "EVEN = 0.1", "EVEN = 1.0", f"{VERDICT}::TestUnderWay"),
    Mutation("verifiers/judge.py", "MOST_GRAIN = 40.0", "MOST_GRAIN = 400.0", EYE),
    Mutation("renderers/sight/looks.py", "TOLERANCE = 12.0", "TOLERANCE = 60.0", VERDICT),
    Mutation("renderers/sight/looks.py", "NEARER = 0.4", "NEARER = 0.8", f"{VERDICT}::TestSokoban"),
    Mutation("renderers/sight/margin.py", "STANDS_OUT = 40", "STANDS_OUT = 250", f"{EYE}::TestMargin"),
    Mutation("renderers/sight/sighting.py", "MOST_DRIFT = 0.035", "MOST_DRIFT = 0.5", EYE),
    Mutation("renderers/sight/eye.py", "LEAST_CONTRAST = 0.5", "LEAST_CONTRAST = 0.01", EYE),
    Mutation(
        "renderers/sight/fit.py",
        "MOST_LIGHT, LEAST_LEFT = 55.0, 0.65",
        "MOST_LIGHT, LEAST_LEFT = 255.0, 0.01",
        f"{EYE}::TestFollowing",
    ),
)

UNLIT = (
    Mutation("renderers/sight/clipped.py", "MORE = 0.75", "MORE = 75.0", f"{CALIBRATION}::TestLight"),
    Mutation("renderers/sight/follow.py", "EVENLY = 1.0", "EVENLY = 0.0", f"{CALIBRATION}::TestLight"),
    Mutation("renderers/sight/fit.py", "MOST_GAIN = 2.0", "MOST_GAIN = 1e9", f"{CALIBRATION}::TestLight"),
    Mutation(
        "renderers/sight/calibrate.py",
        "for aim in [seen, seen - clipped] if clipped.any() else [seen]:",
        "for aim in [seen]:",
        f"{CALIBRATION}::TestColours",
    ),
)
"""What is known of clipped colours and of lights, taken away."""

REFUSING = (
    Mutation("renderers/sight/shifted.py", "ANOTHER = 0.1", "ANOTHER = 1.1", f"{ONCE}[14142/maze/186/4]"),
    Mutation("renderers/sight/sampled.py", "COARSE = 8.0", "COARSE = 0.0", f"{ONCE}[14142/maze/46/2]"),
    Mutation("renderers/sight/follow.py", "TELLING = 1.5", "TELLING = 99.0", f"{ONCE}[14142/sokoban/80/4]"),
    Mutation(
        "renderers/sight/follow.py", "SLOWLY = (1.05, 0.05)", "SLOWLY = (99.0, 99.0)", f"{ONCE}[14142/sokoban/280/2]"
    ),
    Mutation("renderers/sight/follow.py", "LEAST_STEADY = 0.02", "LEAST_STEADY = 1.0", f"{ONCE}[14142/sokoban/52/2]"),
    Mutation(
        "renderers/sight/bending.py",
        "best = min(BENDS, key=off)",
        "best = min((PLAIN, *BENDS), key=off)",
        f"{ONCE}[16180/maze/18/4]",
    ),
)
"""What lets honest films be followed, taken away."""

MUTATIONS = BROKEN_RULES + LOOSENED + UNLIT + REFUSING
