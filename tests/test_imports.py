"""The command line starts at once: help loads nothing that is heavy, not even where it is installed."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from puzzlereel.cli.main import app

HEAVY = (
    "torch", "datasets", "huggingface_hub", "diffusers", "transformers", "peft", "accelerate", "safetensors", "numpy",
    "numba", "matplotlib", "scipy", "pandas", "pyarrow", "av", "imageio", "PIL", "jaxtyping", "jinja2", "jsonschema",
    "yaml",
)  # fmt: skip
GROUPS = {str(group.name): group.typer_instance for group in app.registered_groups}
COMMANDS = sorted(
    [command.name or command.callback.__name__ for command in app.registered_commands if command.callback]
    + [
        f"{group} {command.name or command.callback.__name__}"
        for group, commands in GROUPS.items()
        for command in (commands.registered_commands if commands else ())
        if command.callback
    ]
)
SECONDS = 0.5
TRIES = 5
PROGRAM = """
import contextlib, io, json, sys
sys.path.insert(0, sys.argv[1])
from puzzlereel.cli.main import main

told = {}
for command in sys.argv[2:]:
    sys.argv = ["puzzlereel", *command.split(), "--help"]
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        try:
            main()
        except SystemExit as end:
            told[command] = [end.code, out.getvalue(), sorted({name.partition(".")[0] for name in sys.modules})]
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str, list[str]]]:
    """Of each command's help, in one process: the status, the text, and what has been imported so far.

    Every heavy library is there to be imported, if only as an empty module, so that `try: import torch` shows too.
    """
    folder = tmp_path_factory.mktemp("site")
    for name in HEAVY:
        (folder / f"{name}.py").touch()
    argv = [sys.executable, "-c", PROGRAM, str(folder), "", *COMMANDS]
    ran = subprocess.run(argv, check=True, capture_output=True, text=True)
    found: dict[str, tuple[int, str, list[str]]] = json.loads(ran.stdout)
    return found


def test_an_empty_module_in_place_of_a_heavy_one_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "torch.py").touch()
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import torch; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)

    assert "torch" in ran.stdout.split()


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_is_shown_without_any_heavy_import(command: str, told: dict[str, tuple[int, str, list[str]]]) -> None:
    status, text, modules = told[command]

    assert 0 == status
    assert f"Usage: puzzlereel {command}".strip() in text
    assert [] == sorted(set(HEAVY) & set(modules))


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_an_example_that_begins_with_the_command(
    command: str, told: dict[str, tuple[int, str, list[str]]]
) -> None:
    examples = [line.strip() for line in told[command][1].splitlines() if line.strip().startswith("Example: ")]

    assert examples
    assert all(example.startswith(f"Example: puzzlereel {command} ") for example in examples)


def test_help_lists_every_command(told: dict[str, tuple[int, str, list[str]]]) -> None:
    listed = told[""][1].partition("Commands:\n")[2]

    assert sorted({command.split()[0] for command in COMMANDS}) == sorted(
        line.split()[0] for line in listed.splitlines() if line.strip()
    )


def test_help_starts_in_half_a_second_once_warm() -> None:
    seconds = []
    for _ in range(TRIES):
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-m", "puzzlereel", "--help"], check=True, capture_output=True)
        seconds.append(time.perf_counter() - begun)

    assert min(seconds) < SECONDS, f"the best of {TRIES} starts took {min(seconds):.2f} s, expected under {SECONDS} s"
