"""The commands on the pages about large models are commands, with options that there are; nothing of them is run."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from puzzlereel.cli.main import app

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGES = ("training-wan.md", "reproduce-the-paper.md", "training-many.md")
BEGINNINGS = (r"puzzlereel ", r"(?:torchrun|accelerate launch) .*?-m puzzlereel ", r"sbatch .*?docs/train\.slurm ")


def commands(page: str) -> list[list[str]]:
    """The words after `puzzlereel` of every command on a page."""
    text = "".join(
        re.findall(r"^```text\n(.*?)^```$", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    )
    found = []
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        begun = re.match(rf"\s*(?:{'|'.join(BEGINNINGS)})", line)
        if begun:
            words = shlex.split(line[begun.end() :])
            found.append(["train", *words] if "sbatch" in begun[0] else words)
    return found


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_is_one(page: str) -> None:
    found = commands(page)

    assert 5 <= len(found)
    for name, *words in found:
        command: Any = get_command(app).commands[name]  # type: ignore[attr-defined]
        if name == "train":
            command, words = command.commands[words[0]], words[1:]
        command.make_context(name, list(words))  # raises where an option is none


def test_the_presets_that_are_told_are_all_there_are() -> None:
    pytest.importorskip("diffusers", reason="the rl extra is not installed")
    from puzzlereel.baselines.sde_grpo.recipes import RECIPES

    told = re.findall(r"^\| `(wan[^`]*)`", (DOCS / PAGES[0]).read_text(encoding="utf-8"), re.MULTILINE)

    assert list(RECIPES) == told
