"""The laws of the house: who may import whom, which third parties a folder may use, and how long code may get.

    puzzles  ◄──  renderers  ◄──  hub         ◄──  leaderboard  ◄──  cli
                                  verifiers        baselines

A folder sees itself and all that stands to the left of it; those above each other do not see each other.
"""

import ast
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from jaxtyping import TypeCheckError

import puzzlereel.renderers

ROOT = Path(__file__).resolve().parent.parent
RANKS = (("puzzles",), ("renderers",), ("hub", "verifiers"), ("leaderboard", "baselines"), ("cli",))
FOLDERS = tuple(folder for rank in RANKS for folder in rank)
SEES = {
    "__init__.py": {"verifiers"},
    "__main__.py": {"cli"},
    "intervals.py": set[str](),
    "machine.py": set[str](),
    "files.py": {"puzzles"},
    "workers.py": {"puzzles"},
    "cluster.py": {"puzzles"},
} | {
    folder: {folder, *(lower for below in RANKS[:height] for lower in below)}
    for height, rank in enumerate(RANKS)
    for folder in rank
}

ARRAYS = {"numpy", "jaxtyping"}
FILMS = ARRAYS | {"PIL", "av", "imageio", "matplotlib"}
TABLES = {"pyarrow", "yaml"}
PAGES = {"yaml", "jsonschema", "jinja2", "rich"}
BUDGET = {
    "puzzles": ARRAYS,
    "puzzles/kernels": {"numba"},
    "renderers": FILMS,
    "hub": FILMS | TABLES,
    "verifiers": ARRAYS,
    "verifiers/redteam": {"PIL", "av"},
    "leaderboard": ARRAYS | PAGES | {"matplotlib"},
    "baselines": ARRAYS,
    "baselines/sde_grpo": {"torch", "diffusers", "transformers", "peft", "accelerate", "safetensors"},
    "cli": FILMS | TABLES | PAGES | {"typer"},
}
LATER = {"hub": {"datasets", "huggingface_hub"}, "cluster.py": {"ray"}}

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
FILE_LINES = 350
FUNCTION_LINES = 40


class Import(NamedTuple):
    """One imported name, in full, or none where it cannot be read; `lazy` inside a function only."""

    line: int
    name: str
    lazy: bool


def imports(tree: ast.AST, package: str, lazy: bool = False) -> Iterator[Import]:
    """Every import below a node, wherever it hides; `package` is what relative names start from."""
    for node in ast.iter_child_nodes(tree):
        for name in imported(node, package):
            yield Import(getattr(node, "lineno", 0), name, lazy)
        yield from imports(node, package, lazy or isinstance(node, FUNCTIONS))


def imported(node: ast.AST, package: str) -> list[str]:
    """The full names that one node imports or reaches through the package's own name."""
    match node:
        case ast.Import(names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module, names, level):
            parents = package.split(".")
            start = parents[: len(parents) - level + 1] if level else []
            return [".".join([*start, *([module] if module else []), alias.name]) for alias in names]
        case ast.Call(ast.Name("import_module" | "__import__") | ast.Attribute(attr="import_module"), args):
            return [str(arg.value) if isinstance(arg, ast.Constant) else "" for arg in args[:1]]
        case ast.Attribute(ast.Name("puzzlereel"), attr):
            return [f"puzzlereel.{attr}"]
    return []


def arrow_complaints(source: str, place: str) -> Iterator[str]:
    """What a module imports against the arrows, or beyond the budget of its folder."""
    folder = place.split("/")[1]
    if folder not in {*FOLDERS, *SEES}:
        yield f"{place}: expected one of the folders {', '.join(FOLDERS)}"
        return
    eager = budget(BUDGET, place)
    for line, name, lazy in imports(ast.parse(source), package_of(place)):
        top, target = [*name.split("."), ""][:2]
        if not name:
            yield f"{place}:{line}: expected an import by a name that stands there"
        elif top == "puzzlereel" and target in FOLDERS and target not in SEES[folder]:
            yield f"{place}:{line}: {folder} must not see {target}"
        elif top in budget(LATER, place) and not lazy:
            yield f"{place}:{line}: {folder} may import {top} inside a function only"
        elif top not in {"puzzlereel", *sys.stdlib_module_names, *FOLDERS, *eager, *budget(LATER, place)}:
            yield f"{place}:{line}: {folder} has no budget for {top}"


def budget(names: dict[str, set[str]], place: str) -> set[str]:
    """The third parties that a module may use: those of its folder and of all folders around it."""
    return {
        name for folder, allowed in names.items() if f"{place}/".startswith(f"puzzlereel/{folder}/") for name in allowed
    }


def package_of(place: str) -> str:
    """The package a module stands in."""
    return ".".join(place.split("/")[:-1])


def name_complaints(source: str, place: str) -> Iterator[str]:
    """Where a module imports a folder by its bare name, which on another machine is someone else's package."""
    for line, name, _ in imports(ast.parse(source), package_of(place)):
        if name.split(".")[0] in FOLDERS:
            yield f"{place}:{line}: expected puzzlereel.{name}, found {name}"


def size_complaints(source: str, place: str) -> Iterator[str]:
    """What is too long: the file, or the body of a function with its docstring."""
    lines = len(source.splitlines())
    if lines >= FILE_LINES:
        yield f"{place}: expected under {FILE_LINES} lines, found {lines}"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, FUNCTIONS[:2]):
            body = (node.body[-1].end_lineno or 0) - node.body[0].lineno + 1
            if body >= FUNCTION_LINES:
                yield f"{place}:{node.lineno}: expected {node.name} under {FUNCTION_LINES} lines, found {body}"


PACKAGE = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "puzzlereel").rglob("*.py"))
TESTS = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("*.py"))


def read(place: str) -> str:
    """The source of a module, by its path from the root."""
    return (ROOT / place).read_text(encoding="utf-8")


def test_every_folder_of_the_arrows_is_there_and_read() -> None:
    read_folders = {place.split("/")[1] for place in PACKAGE if place.count("/") > 1}

    assert set(FOLDERS) == read_folders


@pytest.mark.parametrize("place", PACKAGE)
def test_a_module_imports_only_along_the_arrows_and_within_its_budget(place: str) -> None:
    assert [] == list(arrow_complaints(read(place), place))


@pytest.mark.parametrize("place", PACKAGE + TESTS)
def test_a_module_imports_no_folder_by_its_bare_name(place: str) -> None:
    assert [] == list(name_complaints(read(place), place))


@pytest.mark.parametrize("place", PACKAGE)
def test_a_file_and_its_functions_stay_short(place: str) -> None:
    assert [] == list(size_complaints(read(place), place))


ALLOWED = [
    ("puzzles", "from __future__ import annotations\nimport hashlib, numpy.random\nfrom jaxtyping import Bool"),
    ("puzzles", "from puzzlereel import __version__\nfrom puzzlereel.puzzles import grid\nfrom . import grid"),
    ("renderers", "import av, imageio.v3\nfrom PIL import Image\nfrom puzzlereel.puzzles.maze import Maze"),
    ("hub", "import pyarrow.parquet, yaml\ndef push():\n    import datasets\n    from huggingface_hub import HfApi"),
    ("verifiers", "from puzzlereel.renderers import video\nfrom puzzlereel import puzzles"),
    ("leaderboard", "import jinja2, jsonschema, yaml, rich\nfrom puzzlereel import hub, verifiers"),
    ("baselines", "import numpy\nfrom puzzlereel.verifiers import judge"),
    ("baselines/sde_grpo", "import torch, diffusers, transformers, peft, accelerate, safetensors.torch, numpy"),
    ("cli", "import typer, rich\nfrom puzzlereel import leaderboard, baselines, puzzles"),
]

FORBIDDEN = [
    ("puzzles", "import puzzlereel.renderers.draw", "puzzles must not see renderers"),
    ("puzzles", "from puzzlereel import numbers, renderers", "puzzles must not see renderers"),
    ("puzzles", "from ..renderers import draw", "puzzles must not see renderers"),
    ("puzzles", "from .. import renderers", "puzzles must not see renderers"),
    ("puzzles", "def f():\n    from puzzlereel.cli import main", "puzzles must not see cli"),
    ("puzzles", "async def f():\n    import puzzlereel.hub", "puzzles must not see hub"),
    ("puzzles", "if TYPE_CHECKING:\n    from puzzlereel.hub import card", "puzzles must not see hub"),
    ("puzzles", "import puzzlereel\nx = puzzlereel.cli.main", "puzzles must not see cli"),
    ("puzzles", "try:\n    import PIL\nexcept ImportError:\n    pass", "puzzles has no budget for PIL"),
    ("puzzles", "importlib.import_module('puzzlereel.hub')", "puzzles must not see hub"),
    ("puzzles", "x = __import__('torch')", "puzzles has no budget for torch"),
    ("puzzles", "import_module(name)", "expected an import by a name that stands there"),
    ("renderers", "from puzzlereel.verifiers import judge", "renderers must not see verifiers"),
    ("renderers", "import pyarrow", "renderers has no budget for pyarrow"),
    ("hub", "from puzzlereel import verifiers", "hub must not see verifiers"),
    ("hub", "import datasets", "hub may import datasets inside a function only"),
    ("hub", "class A:\n    import huggingface_hub", "hub may import huggingface_hub inside a function only"),
    ("hub", "def f():\n    import torch", "hub has no budget for torch"),
    ("verifiers", "from puzzlereel.hub import load", "verifiers must not see hub"),
    ("verifiers", "import av", "verifiers has no budget for av"),
    ("leaderboard", "from puzzlereel.baselines import oracle", "leaderboard must not see baselines"),
    ("leaderboard", "import PIL", "leaderboard has no budget for PIL"),
    ("baselines", "import puzzlereel.leaderboard", "baselines must not see leaderboard"),
    ("baselines", "def f():\n    import torch", "baselines has no budget for torch"),
    ("baselines/sde_grpo", "from ...cli import main", "baselines must not see cli"),
    ("cli", "import torch", "cli has no budget for torch"),
    ("utilities", "import os", "expected one of the folders"),
]


@pytest.mark.parametrize(("folder", "source"), ALLOWED)
def test_an_import_along_the_arrows_is_no_complaint(folder: str, source: str) -> None:
    assert [] == list(arrow_complaints(source, f"puzzlereel/{folder}/sketch.py"))


@pytest.mark.parametrize(("folder", "source", "complaint"), FORBIDDEN)
def test_an_import_against_the_arrows_or_the_budget_is_one_complaint(folder: str, source: str, complaint: str) -> None:
    found = list(arrow_complaints(source, f"puzzlereel/{folder}/sketch.py"))

    assert [True] == [complaint in one for one in found], found


def test_the_package_itself_sees_no_folder_but_verifiers_and_its_door_sees_the_command_line() -> None:
    source = "from puzzlereel.cli.main import main"

    assert ["puzzlereel/__init__.py:1: __init__.py must not see cli"] == list(
        arrow_complaints(source, "puzzlereel/__init__.py")
    )
    assert [] == list(arrow_complaints(source, "puzzlereel/__main__.py"))


@pytest.mark.parametrize(
    "source", ["import hub", "from puzzles.maze import Maze", "def f():\n    import verifiers.core"]
)
def test_a_bare_folder_name_is_a_complaint(source: str) -> None:
    assert 1 == len(list(name_complaints(source, "tests/sketch.py")))


def test_a_file_or_function_at_its_bound_is_a_complaint_and_one_line_less_is_none() -> None:
    body = '    """Says what it gives."""\n' + "    pass\n" * (FUNCTION_LINES - 2)

    assert ["sketch.py: expected under 350 lines, found 350"] == list(size_complaints("\n" * FILE_LINES, "sketch.py"))
    assert [] == list(size_complaints("\n" * (FILE_LINES - 1), "sketch.py"))
    assert ["sketch.py:1: expected f under 40 lines, found 40"] == list(
        size_complaints(f"def f():\n{body}    pass\n", "sketch.py")
    )
    assert [] == list(size_complaints(f"def f():\n{body}", "sketch.py"))


def test_a_wrong_shape_in_the_package_is_caught_while_tests_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = (
        "import numpy as np\nfrom jaxtyping import UInt8\n\ndef film(video: UInt8[np.ndarray, 'h w 3']) -> None: ..."
    )
    (tmp_path / "sketch.py").write_text(source, encoding="utf-8")
    monkeypatch.setattr(puzzlereel.renderers, "__path__", [str(tmp_path)])
    sketch = importlib.import_module("puzzlereel.renderers.sketch")
    monkeypatch.delitem(sys.modules, "puzzlereel.renderers.sketch")

    sketch.film(np.zeros((4, 5, 3), np.uint8))
    with pytest.raises(TypeCheckError, match="video"):
        sketch.film(np.zeros((4, 5, 4), np.uint8))
