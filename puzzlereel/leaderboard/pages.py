"""How pages are made: templates of ours, in which all that others have written is escaped.

assets/  the styles and scripts, one copy for all pages
"""

from collections.abc import Collection
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from puzzlereel.files import write_whole
from puzzlereel.leaderboard import charts
from puzzlereel.leaderboard.board import reason_told
from puzzlereel.puzzles.registry import PUZZLES, weighed

STYLES = ("site.css", "tables.css", "figures.css", "level.css")
SCRIPTS = ("theme.js", "ranking.js", "exhibits.js", "boards.js", "level.js", "rules.js", "play.js", "pen.js")
POLICY = (
    "default-src 'none'; style-src 'self' file:; script-src 'self' file:; media-src 'self' file:; "
    "img-src 'self' file: data:; base-uri 'none'; form-action 'none'"
)
"""What a page may load: files beside it, nothing from anyone else, and no script that stands in it."""
GENERATOR = b'<meta name="generator" content="puzzlereel leaderboard">'
"""What stands near the head of every page that was made here."""
MOST_HEAD = 2**12
"""Within how many bytes."""


@cache
def environment() -> Environment:
    """The templates; a text that is not marked as safe is escaped, and a name that is not there is an error."""
    made = Environment(
        loader=PackageLoader("puzzlereel.leaderboard", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "title_of": title_of,
        "outside": outside,
        "reason_told": reason_told,
        "link": link,
    }
    made.globals |= {"policy": POLICY, "styles": STYLES, "kinds": charts.KINDS}
    return made


def title_of(puzzle: str) -> str:
    """What a page calls a puzzle; the name itself where the registry does not have it."""
    return PUZZLES[puzzle].title if puzzle in PUZZLES else puzzle


def outside(puzzles: Collection[str]) -> str:
    """A sentence that names the extras among some puzzles, over which no mean is taken; empty where there are none."""
    extras = [title_of(name) for name in puzzles if name not in weighed(puzzles)]
    return f"Outside of all means, as an extra: {', '.join(extras)}." if extras else ""


def link(address: str) -> str | None:
    """An address that a page may lead to; None for anything but http and https."""
    return address if address.startswith(("https://", "http://")) else None


def write_page(path: Path, template: str, *, up: str = "", **told: Any) -> Path:
    """Writes one page, and gives its path back; `up` is the way from its folder to the site's."""
    write_whole(path, environment().get_template(template).render(up=up, **told))
    return path


def sweep(out: Path, written: Collection[Path]) -> None:
    """Removes the pages of an earlier site in the same folder that the present one does not have; no other file."""
    for path in [*out.glob("*.html"), *out.glob("models/*.html"), *out.glob("levels/*.html")]:
        if path not in written and path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                if GENERATOR in file.read(MOST_HEAD):
                    path.unlink()


def write_assets(out: Path) -> None:
    """Writes the styles and scripts of all pages."""
    folder = files("puzzlereel.leaderboard") / "templates"
    for name in (*STYLES, *SCRIPTS):
        write_whole(out / "assets" / name, (folder / name).read_text(encoding="utf-8"))
