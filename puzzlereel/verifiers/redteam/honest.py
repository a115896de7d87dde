"""What else is lawful: other paces, pauses, detours, other orders, other solutions, and decoration left out.

Each takes an honest scene's script, as the suite would film it, and gives another that must be accepted as well; None
where the level does not lend itself to it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import TypeAlias

from puzzlereel.puzzles.core import BadLevel, GaveUp, IllegalMove, State, Trajectory, is_solved
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.verifiers.redteam.filming import Beat, Script, eased_phases, even_beats, even_phases
from puzzlereel.verifiers.redteam.tempo import MOST
from puzzlereel.verifiers.scene import Scene

Tell: TypeAlias = Callable[[Scene, Script, Random], Script | None]
SLOW_START = (12, 40)
"""For how many frames nothing moves at first."""
PAUSES, PAUSE = 3, (8, 20)
"""How many long pauses there are, and how many frames each of them lasts."""
SLOWEST = 6
"""The most frames of a move where every one has a pace of its own."""
WALKS, LONGEST_WALK = 3, 4
"""How many walks there are that come back to where they began, and how many steps each goes away."""
SHARE = 0.4
"""How far into the solution another way of solving it is looked for."""
MOST_NODES = 200_000


def plain(scene: Scene, script: Script, rng: Random) -> Script:
    return script


def slow_start(scene: Scene, script: Script, rng: Random) -> Script:
    first = script.beats[0]
    return script._replace(beats=[Beat(first.rest + rng.randint(*SLOW_START), first.phases), *script.beats[1:]])


def long_pauses(scene: Scene, script: Script, rng: Random) -> Script:
    beats = list(script.beats)
    for at in (rng.randrange(len(beats)) for _ in range(PAUSES)):
        beats[at] = Beat(beats[at].rest + rng.randint(*PAUSE), beats[at].phases)
    return script._replace(beats=beats)


def eased_glides(scene: Scene, script: Script, rng: Random) -> Script:
    beats = [Beat(beat.rest, eased_phases(len(beat.phases) + 1)) for beat in script.beats]
    return script._replace(beats=beats)


def any_pace(scene: Scene, script: Script, rng: Random) -> Script:
    """Every move has a pace of its own, down to one frame."""
    most = max(1, min(SLOWEST, MOST // len(script.boards)))
    beats = [Beat(rng.randint(1, 2), even_phases(rng.randint(1, most))) for _ in script.boards[1:]]
    return script._replace(beats=[*beats, Beat(8)])


def glides_without_rest(scene: Scene, script: Script, rng: Random) -> Script:
    """Things never stand on a cell: phases begin and end on the way, less than one cell from one frame to the next."""
    pace = rng.uniform(0.3, 0.95)
    places, beats = [n * pace for n in range(1, int((len(script.boards) - 1) / pace) + 1)], []
    for number in range(len(script.boards) - 1):
        phases = tuple(place - number for place in places if number < place < number + 1)
        beats.append(Beat(int(number == 0 or number in places), phases))
    return script._replace(beats=[*beats, Beat(8)])


def _told_by(script: Script, way: Trajectory) -> Script | None:
    """The script of other moves; None where they are too many for a film."""
    if len(way.boards) > MOST:
        return None
    frames = max(script.frames, 2 * len(way.boards))
    return script._replace(boards=way.boards, beats=even_beats(len(way.boards), min(MOST, frames)))


def detours(scene: Scene, script: Script, rng: Random) -> Script | None:
    """What glides goes somewhere and comes back, at several moments; nothing else moves meanwhile."""
    return _roundabout(scene, script, rng, WALKS, LONGEST_WALK)


def step_back(scene: Scene, script: Script, rng: Random) -> Script | None:
    """One step is made, and taken back."""
    return _roundabout(scene, script, rng, 1, 1)


def _roundabout(scene: Scene, script: Script, rng: Random, walks: int, longest: int) -> Script | None:
    if not scene.gliding:
        return None
    way = scene.trajectory
    chosen = {rng.randrange(len(way.moves)) for _ in range(walks)}
    moves: list[str] = []
    for at, move in enumerate(way.moves):
        if at in chosen:
            moves += _there_and_back(way.level, way.states[at], rng, rng.randint(1, longest))
        moves.append(move)
    return _told_by(script, Trajectory(way.level, tuple(moves))) if len(moves) > len(way.moves) else None


def _there_and_back(level: object, state: State, rng: Random, steps: int) -> list[str]:
    """Random moves that can be taken back, and then are; not over the end of the level."""
    path, there = [state], []
    for _ in range(steps):
        ways = [(move, _undo(level, path[-1], move)) for move in level.moves(path[-1])]  # type: ignore[attr-defined]
        back = [(move, undo) for move, undo in ways if undo]
        if not back:
            break
        move, undo = rng.choice(back)
        there.append((move, undo))
        path.append(level.step(path[-1], move))  # type: ignore[attr-defined]
    return [move for move, _ in there] + [undo for _, undo in reversed(there)]


def _undo(level: object, state: State, move: str) -> str | None:
    """The move that takes another one back; None where there is none, or it solves the level."""
    after = level.step(state, move)  # type: ignore[attr-defined]
    if is_solved(level, after):  # type: ignore[arg-type]
        return None
    return next((back for back in level.moves(after) if level.step(after, back) == state), None)  # type: ignore[attr-defined]


def another_solution(scene: Scene, script: Script, rng: Random) -> Script | None:
    """A few random moves first, and the solver's way from there, where that is no part of the reference solution."""
    way, puzzle = scene.trajectory, PUZZLES[scene.skin.puzzle]
    level, states = way.level, list(way.states[:1])
    if puzzle.retell is not None:
        return _told_by(script, told) if (told := puzzle.retell(way, rng)).moves != way.moves else None
    moves: list[str] = []
    for _ in range(rng.randint(2, max(3, int(SHARE * len(way.moves))))):
        onward = [
            (move, after) for move in level.moves(states[-1]) if (after := level.step(states[-1], move)) not in states
        ]
        if not onward:
            break
        move, after = rng.choice(onward)
        moves.append(move)
        states.append(after)
        if is_solved(level, after):
            return None
    try:
        rest = puzzle.solve(puzzle.parse(str(level.board(states[-1]))), nodes=MOST_NODES).trajectory
    except (BadLevel, GaveUp):
        return None
    if rest is None or (*moves, *rest.moves) == way.moves:
        return None
    return _told_by(script, Trajectory(level, (*moves, *rest.moves)))


def interleaved(scene: Scene, script: Script, rng: Random) -> Script | None:
    """Flows grow by turns, each from either end or from both."""
    if scene.gliding:
        return None
    way = scene.trajectory
    flows: dict[str, list[str]] = {}
    for move in way.moves:
        flows.setdefault(move[0], []).append(move)
    moves: list[str] = []
    while flows:
        colour = rng.choice(sorted(flows))
        moves.append(flows[colour].pop(rng.choice((0, -1))))
        if not flows[colour]:
            del flows[colour]
    try:
        return _told_by(script, Trajectory(way.level, tuple(moves)))
    except IllegalMove:
        return None


def untrailed(scene: Scene, script: Script, rng: Random) -> Script | None:
    """What leaves a trail leaves none."""
    skin = script.skin
    return script._replace(skin=replace(skin, trail="", trailed={})) if skin.trail else None


def keeps_its_look(scene: Scene, script: Script, rng: Random) -> Script | None:
    """What looks otherwise on a goal or a target keeps its look there."""
    looks = dict(script.skin.looks)
    first = {
        look.kind: look.sprite for look in reversed(looks.values()) if look.kind and _is_on_plain(scene, look.ground)
    }
    kept = {
        glyph: replace(look, sprite=first[look.kind]) if scene.gliding and look.kind in first else look
        for glyph, look in looks.items()
    }
    return script._replace(skin=replace(script.skin, looks=kept)) if kept != looks else None


def _is_on_plain(scene: Scene, ground: object) -> bool:
    return ground == scene.skin.look(scene.plain).ground


HONEST: Mapping[str, Tell] = {
    tell.__name__: tell
    for tell in (
        plain, slow_start, long_pauses, eased_glides, any_pace, glides_without_rest, detours, step_back,
        another_solution, interleaved, untrailed, keeps_its_look,
    )
}  # fmt: skip


def kinds_for(scene: Scene, kinds: Sequence[str] = tuple(HONEST)) -> list[str]:
    """The kinds that this scene's puzzle can have at all, told by what moves in it."""
    gliding, flows = {"detours", "step_back"}, {"interleaved"}
    return [kind for kind in kinds if kind not in (flows if scene.gliding else gliding)]
