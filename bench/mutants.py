"""`python bench/mutants.py`: breaks a rule or loosens a tolerance, one at a time, and runs the tests that must fail.

The tree is copied, and only the copy is broken. Each mutant of tests/mutations.py is killed where a test fails; it
survives where all pass. Where all were tried, what became of them is written to bench/mutants.md. Exit status 0: all
were killed. 1: some survived, or could not be tried.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

from report import table

from puzzlereel.machine import machine

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tests"))
from mutations import MUTATIONS, Mutation  # noqa: E402

PASSED, FAILED = 0, 1
"""What pytest's exit status says; any other, that it could not run the tests."""
LEFT_OUT = (".*", "demo", "results", "build", "dist", "*.egg-info", "__pycache__")


def run(tree: Path, tests: str) -> int:
    """The exit status of some tests in a tree."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", tests]
    environment = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=tree, env=environment, capture_output=True, check=False).returncode


def is_seen(tree: Path) -> bool:
    """Whether a Python that is started in a tree takes the package from there."""
    command = [sys.executable, "-c", "import puzzlereel; print(puzzlereel.__file__)"]
    environment = os.environ | {"PYTHONPATH": str(tree)}
    ran = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=True)
    return Path(ran.stdout.strip()).is_relative_to(tree)


def mutated(text: str, mutation: Mutation) -> str:
    """The text with its one line replaced; ValueError where there is not just one."""
    lines = text.splitlines(keepends=True)
    places = [at for at, line in enumerate(lines) if line.strip() == mutation.line]
    if len(places) != 1:
        raise ValueError(f"expected the line once in {mutation.file}, found it {len(places)} times: {mutation.line}")
    lines[places[0]] = lines[places[0]].replace(mutation.line, mutation.instead)
    return "".join(lines)


def try_out(tree: Path, mutation: Mutation) -> str:
    """What became of a mutant: "killed", "survived", or why it could not be tried."""
    path = tree / "puzzlereel" / mutation.file
    text = path.read_text(encoding="utf-8")
    try:
        path.write_text(mutated(text, mutation), encoding="utf-8")
        status = run(tree, mutation.tests)
    except ValueError as error:
        return str(error)
    finally:
        path.write_text(text, encoding="utf-8")
    return {PASSED: "survived", FAILED: "killed"}.get(status, f"pytest ended with status {status}")


def page(found: Sequence[str]) -> str:
    """What became of all mutants, as Markdown."""
    rows = [
        (f"`{mutation.file}`", f"`{mutation.line}`", f"`{mutation.instead}`", outcome)
        for mutation, outcome in zip(MUTATIONS, found, strict=True)
    ]
    date = datetime.now(timezone.utc).strftime("%Y-%m-%d")
    head = (
        "# Rules broken and tolerances loosened on purpose\n",
        f"`python bench/mutants.py` wrote this page on {date}, on {machine()}; nothing in it is drawn by chance. Each",
        "line was replaced alone, and the tests that must notice were run: "
        f"{found.count('killed')} of {len(found)} were",
        "killed.\n",
    )
    return "\n".join((*head, *table(("file", "line", "instead", ""), rows), ""))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="those whose file or lines contain this")
    options = parser.parse_args()
    chosen = [mutation for mutation in MUTATIONS if options.only in "\n".join(mutation[:3])]
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as name:
        tree = Path(name).resolve() / "puzzlereel"
        shutil.copytree(ROOT, tree, symlinks=True, ignore=shutil.ignore_patterns(*LEFT_OUT))
        if not is_seen(tree):
            raise SystemExit("expected Python to import the copy of the package, it imports another one")
        for tests in dict.fromkeys(mutation.tests for mutation in chosen):
            if run(tree, tests) != PASSED:
                raise SystemExit(f"expected {tests} to pass before anything is broken")
        found = []
        for mutation in chosen:
            found.append(try_out(tree, mutation))
            print(f"{found[-1]:9} {mutation.file}: {mutation.line}  →  {mutation.instead}", flush=True)
    if chosen == list(MUTATIONS):
        (ROOT / "bench/mutants.md").write_text(page(found), encoding="utf-8")
    killed = found.count("killed")
    print(f"{killed} of {len(found)} killed")
    sys.exit(not found or killed != len(found))


if __name__ == "__main__":
    main()
