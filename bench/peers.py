"""How many levels a second other people's generators make: run in an environment of its own, one JSON object out.

python bench/peers.py SECONDS     what is not installed, or fails, is told by name with the reason
"""

import json
import sys
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from typing import Any


def rate(draw: Callable[[], Any], seconds: float) -> float:
    """Levels a second of one core's time; a draw that raises RuntimeError costs its time and counts for nothing."""
    draws, begun = 0, time.process_time()
    while (spent := time.process_time() - begun) < seconds:
        try:
            draw()
            draws += 1
        except (RuntimeError, RuntimeWarning):
            pass
    return draws / spent


def maze_dataset(seconds: float) -> dict[str, float]:
    import numpy as np
    from maze_dataset.generation import LatticeMazeGenerators

    carve = {"wilson": LatticeMazeGenerators.gen_wilson, "depth_first": LatticeMazeGenerators.gen_dfs}
    carve |= {"kruskal": LatticeMazeGenerators.gen_kruskal}
    return {
        f"maze {side}x{side} {name}": rate(lambda draw=draw, side=side: draw(np.array([side, side])), seconds)
        for side in (5, 20)
        for name, draw in carve.items()
    }


def reasoning_gym(seconds: float) -> dict[str, float]:
    import reasoning_gym

    # Five cells a side with walls between them are 11 glyphs a side here: the nearest that this peer draws.
    options: dict[str, Any] = {"min_dist": 6, "max_dist": 18, "min_grid_size": 11, "max_grid_size": 11}
    mazes = iter(reasoning_gym.create_dataset("maze", size=10**9, seed=1, **options))
    options = {"min_w": 7, "max_w": 7, "min_h": 7, "max_h": 7, "min_boxes": 2, "max_boxes": 2}
    rooms = iter(reasoning_gym.create_dataset("sokoban", size=10**9, seed=1, **options))
    return {
        "maze 5x5 kruskal": rate(lambda: next(mazes), seconds),
        "sokoban 7x7 2 boxes": rate(lambda: next(rooms), seconds),
    }


def gym_sokoban(seconds: float) -> dict[str, float]:
    from gym_sokoban.envs.room_utils import generate_room

    return {
        "sokoban 7x7 2 boxes": rate(lambda: generate_room(dim=(7, 7), num_steps=25, num_boxes=2), seconds),
        "sokoban 10x10 3 boxes": rate(lambda: generate_room(dim=(10, 10), num_steps=25, num_boxes=3), seconds),
    }


def main(seconds: float) -> None:
    told: dict[str, dict[str, Any]] = {}
    for measure in (maze_dataset, reasoning_gym, gym_sokoban):
        name = measure.__name__.replace("_", "-")
        try:
            told[name] = {"version": version(name), "rates": measure(seconds)}
        except Exception as error:  # noqa: BLE001 whatever goes wrong inside a peer is what there is to tell of it
            told[name] = {"failed": f"{type(error).__name__}: {error}"}
    print(json.dumps(told))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(float(sys.argv[1]))
