"""The pages as a site: built strictly, so that no link or anchor leads nowhere, and whole without a network."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from puzzlereel.cli.main import app

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built site."""
    pytest.importorskip("mkdocs", reason="the site is built where the docs extra is installed")
    folder = tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(folder)]
    outcome = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)

    assert 0 == outcome.returncode, outcome.stderr
    return folder


def test_the_site_has_every_page_of_the_repository(site: Path) -> None:
    pages = [path.relative_to(ROOT) for glob in ("docs/**/*.md", "bench/**/*.md") for path in ROOT.glob(glob)]

    assert 10 < len(pages)
    assert [] == [page for page in pages if not (site / page).with_suffix(".html").is_file()]


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
