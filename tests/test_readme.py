"""The README's commands are run as they stand, and its tree names files that are there."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from puzzlereel.cli.main import app
from puzzlereel.hub.dataset import open_dataset

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
DATA_SETS = (ROOT / "docs" / "data-sets.md").read_text(encoding="utf-8")


def blocks(language: str, page: str = README) -> list[str]:
    """The fenced blocks of a language, in order."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    return [text for tag, text in found if tag == language]


def test_the_commands_about_data_sets_work_in_the_order_in_which_they_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    used = set()
    for line in "".join(blocks("sh", DATA_SETS)).splitlines():
        if line.startswith("head -c 32 /dev/urandom >"):
            Path(line.split()[-1]).write_bytes(bytes(range(32)))
            continue
        command = shlex.split(line)
        outcome = CliRunner().invoke(app, command[1:])
        used.add(command[1])

        assert (0, None) == (outcome.exit_code, outcome.exception), f"{line}\n{outcome.output}"
    assert {"generate", "export", "push", "seal", "unseal"} == used


def test_the_commands_work_in_the_order_in_which_they_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    commands = [shlex.split(line, comments=True) for block in blocks("sh") for line in block.splitlines()]
    for command in commands:
        if command[1:3] == ["submit", "check"]:
            hand_in(Path(command[3]))
        outcome = CliRunner().invoke(app, command[1:])

        assert (0, None) == (outcome.exit_code, outcome.exception), f"{shlex.join(command)}\n{outcome.output}"
    about = {"levels", "solve", "film", "verify", "generate", "submit", "score", "sample", "compare", "leaderboard"}
    assert about == {one[1] for one in commands}
    assert (tmp_path / "site" / "index.html").is_file()


def hand_in(folder: Path) -> None:
    """The submission that the README describes, with the reference films."""
    folder.mkdir()
    (folder / "submission.yaml").write_text(blocks("yaml")[0])
    for row in open_dataset(Path("data")).rows:
        film = folder / "videos" / row.puzzle / Path(row.video).name
        film.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(Path("data", row.video), film)


def test_the_tree_names_files_that_are_there() -> None:
    tree = next(block for block in blocks("") if block.startswith("puzzlereel/\n"))
    folder = Path()
    named = []
    for line in tree.splitlines():
        names = re.match(r" *((?:[\w.]+/? )*[\w.]+/?)(?:  |$)", line)
        for name in names[1].split() if names else []:
            depth = (len(line) - len(line.lstrip())) // 2
            folder = Path(*folder.parts[:depth])
            named.append(folder / name)
            if name.endswith("/"):
                folder = folder / name

    assert 30 < len(named)
    assert [] == [str(path) for path in named if not (ROOT / path).exists()]
    files = {
        path
        for path in (ROOT / "puzzlereel").glob("*/*.py")
        if path.parent.name in ("puzzles", "renderers", "hub", "verifiers", "leaderboard", "baselines")
    }
    assert {path.relative_to(ROOT) for path in files if path.name != "__init__.py"} <= set(named)


LINKS = [
    (page, link)
    for glob in ("*.md", "docs/**/*.md", "bench/**/*.md")
    for page in sorted(path.relative_to(ROOT) for path in ROOT.glob(glob))
    for link in re.findall(r"\]\(([^)]+)\)", (ROOT / page).read_text(encoding="utf-8"))
    if not link.startswith("https://")
]


@pytest.mark.parametrize(("page", "link"), LINKS)
def test_a_link_leads_to_a_file(page: Path, link: str) -> None:
    file, _, heading = link.partition("#")
    leads_to = ROOT / page.parent / file if file else ROOT / page

    assert leads_to.is_file()
    assert not heading or heading in headings(leads_to)


def headings(page: Path) -> list[str]:
    """The names that links have for the headings of a page."""
    found = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in found]
