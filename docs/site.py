"""What MkDocs is told besides mkdocs.yml: the site has the pages of the whole repository, at their own paths.

README.md, docs/, bench/, …   as they are: a link that works in the repository works on the site
what they link to             copied: schemas, pictures, tests
docs/commands.md              made from the command line's own help
"""

import re
from collections.abc import Iterator
from pathlib import Path

import typer
import yaml
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from typer.cli import get_docs_for_click

from puzzlereel.cli.main import app

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("*.md", "docs/**/*.md", "bench/**/*.md")
OWN = (ROOT / "docs" / "site.css", ROOT / "docs" / "iframe-worker.js")
"""What mkdocs.yml names."""
LINK = re.compile(r"\]\(([^)#:]+)[^):]*\)")
"""A link to a file of the repository: its path, without what comes after a #."""


def on_config(config: MkDocsConfig) -> None:
    """A page of docs/ or bench/ that mkdocs.yml does not place is listed last, so that none is lost."""
    placed = yaml.dump(config.nav)
    pages = [path.relative_to(ROOT).as_posix() for glob in PAGES[1:] for path in sorted(ROOT.glob(glob))]
    if lost := [page for page in pages if page not in placed]:
        config.nav = [*(config.nav or []), {"More": lost}]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """The theme's files, the repository's pages, what they link to, and the page of commands."""
    for file in [file for file in files if file.src_dir == config.docs_dir]:
        files.remove(file)
    pages = [page for glob in PAGES for page in sorted(ROOT.glob(glob))]
    for path in dict.fromkeys([*pages, *linked(pages), *OWN]):
        uri = path.relative_to(ROOT).as_posix()
        files.append(File(uri, str(ROOT), config.site_dir, config.use_directory_urls))
    files.append(File.generated(config, "docs/commands.md", content=commands()))
    return files


def linked(pages: list[Path]) -> Iterator[Path]:
    """The files that pages link to; what is not there is left for MkDocs to complain of."""
    for page in pages:
        for link in LINK.findall(page.read_text(encoding="utf-8")):
            path = (page.parent / link).resolve()
            if path.is_file() and path.is_relative_to(ROOT):
                yield path


def commands() -> str:
    """The page of all commands, each as its `--help` has it."""
    command = typer.main.get_command(app)
    page = get_docs_for_click(obj=command, ctx=typer.Context(command), name="puzzlereel", title="Commands")
    page = page.replace("\b", "").replace("\n* `--help`: Show this message and exit.", "")
    page = re.sub(r"\*\*Commands\*\*:\n\n(?:\* .*\n)+\n", "", page)  # cut short; each has its own section
    page = re.sub(r"\*\*Options\*\*:\n+(?=#)", "", page)
    return re.sub(r"\n+((?:Example: .*\n)+)", lambda found: examples(found[1]), page)


def examples(lines: str) -> str:
    """Lines of examples as a block of code."""
    return "\n\n```sh\n" + lines.replace("Example: ", "") + "```\n"
