"""`make mutation`: mutmut breaks the rules in every small way, one at a time, and the tests of the rules must notice.

setup.cfg says which modules are broken, in a copy, and which tests are run. What came of it is written to
bench/survivors.json and, with every change that no test noticed, to bench/survivors.md. Exit status 0, however many.
"""

import json
import platform
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

from report import table

from puzzlereel.machine import machine

ROOT = Path(__file__).resolve().parent.parent
MUTMUT = Path(sys.executable).with_name("mutmut")
KILLED, SURVIVED, UNTESTED, LEFT = ("killed", "timeout"), "survived", "no tests", "not checked"
"""What mutmut says of a mutant that a test noticed (or that never ended), that none noticed, that no test runs, and
that was not tried, since the run was stopped: the same command goes on."""
HEAD = """\
# Rules broken in every small way

`make mutation` writes this page. mutmut {mutmut} changes one expression of a module at a time (`<` to `<=`, `and` to
`or`, a text, a number, an argument left out) and runs the tests that reach it: those that tell the rules by hand, and
those that compare with what others have counted. {killed:,} of {tried:,} changes were noticed. {untested:,} more are in
functions that these tests do not reach: generators and what tells a solution otherwise, which golden files hold.
{left:,} were not tried. On {date}, on {machine}; Python {python}.

What is compiled is not broken here: a kernel's answer counts only once the rules have taken every move of it.
Constants, and functions with a decorator, are not broken either; [a list by hand](../tests/mutations.py) has some.
"""


def mutmut(*words: str) -> str:
    """What mutmut prints."""
    return subprocess.run([MUTMUT, *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def outcomes(text: str) -> dict[str, str]:
    """What became of each mutant, as `mutmut results` lists them."""
    return dict(re.findall(r"^\s+(\S+): (.+)$", text, re.MULTILINE))


def change(text: str) -> list[str]:
    """The lines that go and come in what `mutmut show` prints."""
    return [" ".join(line.split()) for line in text.splitlines() if re.match(r"[-+](?![-+])", line)]


def counts(found: Mapping[str, str]) -> dict[str, Counter[str]]:
    """How many mutants of each module came to what."""
    modules: dict[str, Counter[str]] = {}
    for name, outcome in found.items():
        modules.setdefault(name.split(".x")[0].replace(".", "/") + ".py", Counter())[outcome] += 1
    return modules


def totals(modules: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """How many mutants were killed, how many were tried, how many no test reaches, and how many are left."""
    total = sum(map(Counter, modules.values()), Counter[str]())
    killed = sum(total[outcome] for outcome in KILLED)
    tried = killed + total[SURVIVED]
    return {"killed": killed, "tried": tried, "untested": total[UNTESTED], "left": total[LEFT]}


def figures(told: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What the page of all figures says."""
    total = totals(told["modules"])
    share = 100 * total["killed"] / total["tried"]
    yield "changes noticed by the tests", f"{total['killed']:,} of {total['tried']:,}: {share:.1f} %"
    yield "further ones, in functions that these tests do not reach", f"{total['untested']:,}"
    yield "not tried", f"{total['left']:,}"


def markdown(told: dict[str, Any]) -> str:
    """The whole page."""
    head = HEAD.format(**told["run"], **totals(told["modules"]))
    return "\n".join([head, *rows(told["modules"]), "", *survivors(told["survivors"])]) + "\n"


def rows(modules: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """The table of all modules."""
    kinds = (*KILLED, SURVIVED, UNTESTED, LEFT)
    lines = [(f"`{name}`", *(str(one.get(kind, 0)) for kind in kinds)) for name, one in modules.items()]
    yield from table(("module", *kinds), lines)


def survivors(found: Mapping[str, list[str]]) -> Iterator[str]:
    """What no test noticed, function by function."""
    yield "## Not noticed\n"
    yield "```diff"
    for name, lines in found.items():
        yield f"@@ {name}"
        yield from lines
    yield "```"


def main() -> None:
    subprocess.run([MUTMUT, "run", "--max-children", "1"], cwd=ROOT, check=True)
    found = outcomes(mutmut("results", "--all", "true"))
    told = {
        "run": {
            "command": "make mutation",
            "date": datetime.now(timezone.utc).strftime("%Y-%m-%d"),
            "machine": machine(),
            "python": platform.python_version(),
            "mutmut": version("mutmut"),
        },
        "modules": {name: dict(one) for name, one in counts(found).items()},
        "survivors": {name: change(mutmut("show", name)) for name, outcome in found.items() if outcome == SURVIVED},
    }
    (ROOT / "bench/survivors.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    (ROOT / "bench/survivors.md").write_text(markdown(told), encoding="utf-8")


if __name__ == "__main__":
    main()
