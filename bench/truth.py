"""`python bench/truth.py`: the ground truth of every puzzle, tier, skin, style and codec must succeed.

Level 0 of every test split is filmed as a data set's film, encoded, decoded and judged. What came of it is written to
bench/truth.json. Exit status 0: all succeeded. 1: some were refused, and are named.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timezone
from itertools import product
from pathlib import Path

from puzzlereel.machine import machine
from puzzlereel.puzzles.ids import LevelId, solution_of
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.renderers.film import STYLES, film
from puzzlereel.renderers.layout import FULL
from puzzlereel.renderers.skins import SKINS, skin_of
from puzzlereel.verifiers.judge import VERIFIER_VERSION, judge

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tests"))
from recoding import CODECS, recoded  # noqa: E402


def films() -> Iterator[tuple[str, str, str, str, str]]:
    """Puzzle, tier, style, skin and codec of every film."""
    for puzzle, rules in PUZZLES.items():
        yield from product([puzzle], rules.tiers, STYLES, SKINS[puzzle], CODECS)


def refusal(named: tuple[str, str, str, str, str]) -> str:
    """Why the ground truth was refused; "" where it succeeded."""
    puzzle, tier, style, name, codec = named
    way, skin = solution_of(LevelId(puzzle, tier, "test", 0)).trajectory, skin_of(puzzle, name)
    verdict = judge(recoded(film(way, skin, style=style), CODECS[codec]), way.level, skin)
    return "" if verdict.success else f"{' '.join(named)}: {verdict.fault and verdict.fault.sentence}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "truth.json")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    refused = []
    with ProcessPoolExecutor(options.workers) as workers:
        for why in workers.map(refusal, every := list(films()), chunksize=10):
            if why:
                refused.append(why)
                print(why, file=sys.stderr, flush=True)
    told = {
        "command": " ".join(["python bench/truth.py", *sys.argv[1:]]),
        "date": f"{datetime.now(timezone.utc):%Y-%m-%d}",
        "machine": machine(),
        "seed": "level 0 of each test split",
        "verifier": VERIFIER_VERSION,
        "canvas": FULL,
        "codecs": list(CODECS),
        "films": len(every),
        "succeeded": len(every) - len(refused),
        "refused": refused,
    }
    options.out.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    print(f"{told['succeeded']} of {told['films']} succeeded")
    sys.exit(bool(refused))


if __name__ == "__main__":
    main()
