"""The page of all figures is what its script makes of the records, and says so where there is none."""

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT / "bench"
SHARE = {"value": 0.25, "low": 0.125, "high": 0.5, "n": 512}


def written(folder: Path) -> str:
    """The page that the script writes from the records of a folder."""
    command = [sys.executable, str(BENCH / "page.py"), "--folder", str(folder)]
    subprocess.run(command, check=True)
    return (folder / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """A copy of the records."""
    return copytree(BENCH, tmp_path / "bench")


def record(path: Path, told: dict[str, Any]) -> None:
    told["run"] = {"command": "as in a test", "date": "2001-02-03", "machine": "a slow one, 1 cores"}
    path.write_text(json.dumps(told), encoding="utf-8")


def test_the_page_is_what_the_records_say(records: Path) -> None:
    committed = (BENCH / "README.md").read_text(encoding="utf-8")

    assert committed == written(records), "a record has changed: run `python bench/page.py`"


def test_a_page_without_records_has_no_figure(tmp_path: Path) -> None:
    page = written(tmp_path)

    assert 10 == page.count("| not recorded |")
    assert "##" not in page
    assert "×" not in page


def test_the_page_follows_a_record(records: Path) -> None:
    path = records / "puzzles.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    told["rates"]["maze 5x5 wilson"] |= {"public": 5000, "kernel": 20000}
    told["peers"] = {"slow-maze": {"version": "7", "rates": {"maze 5x5 wilson": 1000}}, "absent": {"failed": "why"}}
    record(path, told)
    page = written(records)

    assert "| maze 5x5 wilson | 5,000 (20,000) | 1,000, slow-maze 7 | 5 × (20 ×) |" in page
    assert "| absent |  | not recorded: why | — |" in page
    assert "| [Levels made](#levels-made) | 2001-02-03 | a slow one, 1 cores | `make bench-puzzles` |" in page


def test_what_a_machine_is_faster_at_than_other_judges_comes_from_the_least_and_the_most(records: Path) -> None:
    path = records / "verifiers.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    told["files"] = [one | {"verify": seconds} for one, seconds in zip(told["files"], (0.1, 0.05), strict=False)]
    record(path, told)

    (row,) = (line for line in written(records).splitlines() if "MiniVeo3-Reasoner: 81 frames" in line)
    assert "| 10 to 20 | 1.15, " in row
    assert "| 8.7 to 17.4 × |" in row


def test_records_that_come_later_have_their_sections(records: Path) -> None:
    took = {"own": 3.0, "wall": 4.0}
    scoring = {"share": 0.05, "share_after_start": 0.02}
    killed = {"kept": 40, "verdicts_at_kill": 40}
    record(
        records / "scoring.json",
        {"scoring": scoring, "killed": killed, "site": dict.fromkeys(("plain", "films"), took)},
    )
    record(records / "truth.json", {"succeeded": 1999, "films": 2000})
    arm = {"success": SHARE, "seeds": {"0": 0.25}}
    told = {"study": {"seeds": 3}, "outcomes": [{}], "arms": {"early": arm}, "early minus": {"sft": arm}}
    record(records / "rl" / "rl.json", told)
    record(records / "rl" / "large.json", {})
    page = written(records)

    assert "| scoring beside judging alone | +5.0 % | — | — |" in page
    assert "| solutions accepted | 1,999 of 2,000 | — | — |" in page
    assert "| `early`, 1 of 3 seeds: success, % | 25.0 [12.5, 50.0] | — | — |" in page
    assert re.search(
        r"\| `early` minus `sft`, 1 seeds: points \| \+25.0 \[\+12.5, \+50.0\] \| \+6.1, .*‡ \| — \|", page
    )
    assert "| [rl/large.json](rl/large.json) | 2001-02-03 | a slow one, 1 cores | `as in a test` |" in page


@pytest.fixture
def survivors(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The script that tells what became of mutants."""
    monkeypatch.syspath_prepend(str(BENCH))
    return importlib.import_module("survivors")


LISTED = """\
    puzzlereel.puzzles.board.x_at__mutmut_1: killed
    puzzlereel.puzzles.board.x_at__mutmut_2: survived
    puzzlereel.puzzles.board.xǁBoardǁput__mutmut_1: timeout
    puzzlereel.puzzles.maze.xǁMazeǁmoves__mutmut_1: no tests
    puzzlereel.puzzles.maze.xǁMazeǁmoves__mutmut_2: not checked
"""
SHOWN = """\
# puzzlereel.puzzles.board.x_at__mutmut_2: survived
--- puzzlereel/puzzles/board.py
+++ puzzlereel/puzzles/board.py
@@ -1 +1 @@
 def at(cell):
-    return "" if cell is None else "here"
+    return "" if cell is None else "there"
"""


def test_mutants_are_counted_by_module_and_those_that_survived_are_shown(survivors: Any) -> None:
    found = survivors.outcomes(LISTED)
    counts = {
        "puzzlereel/puzzles/board.py": {"killed": 1, "survived": 1, "timeout": 1},
        "puzzlereel/puzzles/maze.py": {"no tests": 1, "not checked": 1},
    }

    assert counts == survivors.counts(found)
    assert {"killed": 2, "tried": 3, "untested": 1, "left": 1} == survivors.totals(counts)
    assert ['- return "" if cell is None else "here"', '+ return "" if cell is None else "there"'] == survivors.change(
        SHOWN
    )
    assert ("changes noticed by the tests", "2 of 3: 66.7 %") == next(survivors.figures({"modules": counts}))


def test_the_page_of_mutants_is_what_its_record_says(survivors: Any) -> None:
    told = json.loads((BENCH / "survivors.json").read_text(encoding="utf-8"))

    assert (BENCH / "survivors.md").read_text(encoding="utf-8") == survivors.markdown(told)
    assert all(lines for lines in told["survivors"].values())
