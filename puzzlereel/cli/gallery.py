"""`puzzlereel gallery`."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import typer

from puzzlereel.cli.data import WORKERS
from puzzlereel.cli.progress import progress_bar
from puzzlereel.files import write_whole

SHOWN = "easy"
"""The tier on the contact sheet, and on the page at first, where it is among those asked for."""


def gallery(
    out: Annotated[Path, typer.Option(help="The folder of the page and its pictures.")] = Path("gallery"),
    puzzle: Annotated[list[str] | None, typer.Option(help="May be given again; without it, all but extras.")] = None,
    skin: Annotated[list[str] | None, typer.Option(help="May be given again; all skins without it.")] = None,
    tier: Annotated[list[str] | None, typer.Option(help="May be given again; all tiers without it.")] = None,
    workers: Annotated[int, typer.Option(min=1)] = WORKERS,
) -> None:
    """Show puzzles in every skin, tier and style: a contact sheet, and a page that opens without a server.

    \b
    Example: puzzlereel gallery --out gallery
    Example: puzzlereel gallery --puzzle maze --skin sketch --skin arcade
    """
    from functools import partial

    from puzzlereel.puzzles.core import PuzzlereelError
    from puzzlereel.renderers.gallery import Card, Piece, hang, piece_of, write_contact_sheet
    from puzzlereel.workers import spread

    skins, ids = _chosen(puzzle, skin, tier)
    ways = _solutions(ids)
    pieces = [piece_of(identity, way, name) for identity, way in ways.items() for name in skins]
    cards: dict[Piece, Card] = {}
    with progress_bar("films") as progress:
        for piece, card in spread(partial(hang, out), pieces, workers):
            if card is None:
                raise PuzzlereelError(f"the worker that filmed {piece.name} died, twice")
            cards[piece] = card
            progress(len(cards), len(pieces))
    write_contact_sheet(out / "contact.png", _on_the_sheet(ways), skins)
    write_page(out / "index.html", [cards[piece] for piece in pieces])
    typer.echo(f"open {out / 'index.html'}")


def _chosen(puzzle: list[str] | None, skin: list[str] | None, tier: list[str] | None) -> tuple[list[str], list[Any]]:
    """The skins, and the ids of the first level of each puzzle and tier; an error names what does not exist."""
    from puzzlereel.puzzles.ids import LevelId, check_names
    from puzzlereel.puzzles.registry import PUZZLES, SUITE
    from puzzlereel.renderers.skins import SKINS, skin_of

    ids = []
    for name in dict.fromkeys(puzzle or SUITE):
        check_names(name, "easy", "test", given=name)
        ids += [LevelId(name, one, "test", 0) for one in dict.fromkeys(tier or PUZZLES[name].tiers)]
    for identity in ids:
        check_names(identity.puzzle, identity.tier, identity.split, given=str(identity))
        for name in skin or ():
            skin_of(identity.puzzle, name)
    return list(dict.fromkeys(skin or SKINS[ids[0].puzzle])), ids


def _solutions(ids: Sequence[Any]) -> Mapping[Any, Any]:
    """The solution of each id."""
    from puzzlereel.puzzles.ids import solution_of

    ways = {}
    with progress_bar("levels") as progress:
        for identity in ids:
            ways[identity] = solution_of(identity).trajectory
            progress(len(ways), len(ids))
    return ways


def _on_the_sheet(ways: Mapping[Any, Any]) -> Mapping[str, Any]:
    """One solution a puzzle."""
    shown: dict[str, Any] = {}
    for identity, way in ways.items():
        if identity.puzzle not in shown or identity.tier == SHOWN:
            shown[identity.puzzle] = way
    return shown


def write_page(path: Path, cards: Sequence[Any]) -> None:
    """Write the page that shows some cards, whose pictures and films lie beside it."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    from puzzlereel.puzzles.registry import PUZZLES
    from puzzlereel.renderers.film import STYLES

    environment = Environment(
        loader=PackageLoader("puzzlereel.cli", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    parts = {
        name: (files("puzzlereel.cli") / "templates" / f"gallery.{name}").read_text("utf-8") for name in ("css", "js")
    }
    page = environment.get_template("gallery.html.j2").render(
        puzzles={name: PUZZLES[name].title for name in dict.fromkeys(card.piece.id.puzzle for card in cards)},
        tiers=list(dict.fromkeys(card.piece.id.tier for card in cards)),
        styles=list(STYLES),
        shown=SHOWN,
        cards=cards,
        **parts,
    )
    write_whole(path, page)
