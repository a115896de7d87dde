"""The pages as a site: built strictly, so that no link or anchor leads nowhere, and whole without a network."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from puzzlereel import __version__
from puzzlereel.cli.main import app
from puzzlereel.leaderboard.schema import validator

ROOT = Path(__file__).resolve().parent.parent


def built(*options: str) -> "subprocess.CompletedProcess[str]":
    """What became of the command that `make docs` gives, with further options."""
    pytest.importorskip("mkdocs", reason="the site is built where the docs extra is installed")
    (command,) = re.findall(r"-m (mkdocs build .*)", (ROOT / "Makefile").read_text(encoding="utf-8"))
    build = [sys.executable, "-m", *command.split(), *options]
    return subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built site."""
    folder = tmp_path_factory.mktemp("site")
    outcome = built("--site-dir", str(folder))

    assert 0 == outcome.returncode, outcome.stderr
    return folder


def test_a_page_that_is_not_there_fails_the_build(tmp_path: Path) -> None:
    config = {"docs_dir": str(ROOT / "docs"), "hooks": [str(ROOT / "docs" / "site.py")], "nav": ["docs/nowhere.md"]}
    config |= {"INHERIT": str(ROOT / "mkdocs.yml"), "site_dir": str(tmp_path / "site")}
    (tmp_path / "mkdocs.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    outcome = built("--config-file", str(tmp_path / "mkdocs.yml"))

    assert 1 == outcome.returncode
    assert "'docs/nowhere.md' is included in the 'nav' configuration, which is not found" in outcome.stderr


def test_the_site_has_every_page_of_the_repository(site: Path) -> None:
    pages = [path.relative_to(ROOT) for glob in ("docs/**/*.md", "bench/**/*.md") for path in ROOT.glob(glob)]

    assert 10 < len(pages)
    assert [] == [page for page in pages if not (site / address(page)).is_file()]


def address(page: Path) -> Path:
    """Where the site has a page; a README is what its folder shows."""
    return page.with_name("index.html") if page.name == "README.md" else page.with_suffix(".html")


def test_the_page_of_commands_has_every_command(site: Path) -> None:
    page = (site / "docs" / "commands.html").read_text(encoding="utf-8")
    commands: dict[str, object] = get_command(app).commands  # type: ignore[attr-defined]

    assert {"generate", "score", "train"} <= set(commands)
    assert [] == [name for name in commands if f"<code>puzzlereel {name}</code>" not in page]


def test_the_site_fetches_nothing_from_elsewhere(site: Path) -> None:
    fetched = re.compile(r"<(?:script|link|img|iframe)\b[^>]*(?:src|href)=[\"']?(?:https?:)?//")
    pages = list(site.rglob("*.html"))

    assert 15 < len(pages)
    assert [] == [str(page) for page in pages if fetched.search(page.read_text(encoding="utf-8"))]


def test_every_schema_that_ships_stands_on_the_page_of_formats() -> None:
    page = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    schemas = [path.relative_to(ROOT).as_posix() for path in ROOT.glob("puzzlereel/**/schemas/*.json")]

    assert "puzzlereel/leaderboard/schemas/results.json" in schemas
    assert [] == [schema for schema in schemas if f"](../{schema})" not in page]


def test_the_description_that_tells_how_to_submit_is_one() -> None:
    page = (ROOT / "docs" / "submitting.md").read_text(encoding="utf-8")
    (description,) = re.findall(r"^```yaml\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    told = yaml.safe_load(description)

    assert [] == list(validator("submission").iter_errors(told))
    assert {"schema_version", "model", "dataset", "sampler", "samples", "sampled_by", "license"} == set(told)


def test_the_citation_names_the_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))

    assert __version__ == citation["version"]


def named(page: str) -> list[list[str]]:
    """The words after `puzzlereel` wherever a page has it in code."""
    fenced = re.findall(r"^```\w*\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"^```\w*\n.*?^```$", "", page, flags=re.MULTILINE | re.DOTALL))
    code = re.sub(r"\\\n\s*", " ", "\n".join(fenced + inline))
    return [told.split() for told in re.findall(r"\bpuzzlereel ([a-z][^\n]*)", code)]


@pytest.mark.parametrize(
    "page", [path.relative_to(ROOT) for glob in ("*.md", "docs/**/*.md", "bench/**/*.md") for path in ROOT.glob(glob)]
)
def test_every_command_that_a_page_names_is_there_and_has_the_options(page: Path) -> None:
    for words in named((ROOT / page).read_text(encoding="utf-8")):
        command: Any = get_command(app)
        while words and words[0] in getattr(command, "commands", {}):
            command = command.commands[words.pop(0)]
        options = {name for parameter in command.params for name in parameter.opts} | {"--help"}

        assert command.name != "puzzlereel", f"no command {words[0]}"
        assert [] == [word for word in words if re.match("--[a-z]", word) and word not in options], command.name


def test_commands_are_found_in_blocks_and_within_lines() -> None:
    page = (
        "as `puzzlereel push DIR --dry-run` does\n\n```text\ntorchrun -m puzzlereel train sft --out \\\n    runs\n```\n"
    )

    assert [["train", "sft", "--out", "runs"], ["push", "DIR", "--dry-run"]] == named(page)


def test_towncrier_finds_its_place_and_every_fragment() -> None:
    config = (ROOT / "towncrier.toml").read_text(encoding="utf-8")
    (start,) = re.findall(r'^start_string = "(.*)\\n"$', config, re.MULTILINE)
    kinds = re.findall(r'^directory = "(\w+)"$', config, re.MULTILINE)
    fragments = [path.name for path in (ROOT / "changelog.d").iterdir() if path.name not in config]

    assert 1 == (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").count(start)
    assert ["scores", "change"] == kinds
    assert [] == [name for name in fragments if not re.fullmatch(rf"[\w+-]+\.({'|'.join(kinds)})\.md", name)]


def test_every_page_of_the_menu_is_there_once() -> None:
    menu = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]
    pages = re.findall(r"[\w./-]+\.md", str(menu))

    assert 20 < len(pages)
    assert sorted(set(pages)) == sorted(pages)
    assert ["docs/commands.md"] == [page for page in pages if not (ROOT / page).is_file()]
