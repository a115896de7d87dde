"""Sealed test sets: nothing secret is published, an honest opening opens, and whatever was changed since is named."""

import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow
import pyarrow.parquet as parquet
import pytest
from test_cli import done, hashes, run, way_of

from puzzlereel import __version__
from puzzlereel.hub.build import build
from puzzlereel.hub.dataset import film_name, open_dataset
from puzzlereel.hub.opening import COMMITTED, BadSeal, commitment_of, faults_of, pixels_of, root_of
from puzzlereel.hub.options import Options
from puzzlereel.hub.seal import seal
from puzzlereel.hub.unseal import rename, unseal
from puzzlereel.leaderboard.score import score
from puzzlereel.leaderboard.submission import read_submission
from puzzlereel.puzzles.ids import LevelId, level_of, parse_id
from puzzlereel.puzzles.registry import PUZZLES, SUITE
from puzzlereel.renderers.film import Timing, film_boards
from puzzlereel.renderers.layout import Canvas
from puzzlereel.renderers.skins import SKINS
from puzzlereel.renderers.video import png_of

Row: TypeAlias = dict[str, Any]
COUNT = 3


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The private data set."""
    folder = tmp_path_factory.mktemp("private") / "data"
    build(folder, Options(tiers=("easy",), count=COUNT, height=176, width=304))
    return folder


@pytest.fixture(scope="module")
def sealed(data: Path) -> Path:
    """A folder with `public` and `opening.json`."""
    folder = data.parent / "sealed"
    seal(data, folder / "public", folder / "opening.json")
    return folder


@pytest.fixture
def copy(sealed: Path, tmp_path: Path) -> Path:
    """A copy of the sealed set that a test may spoil."""
    shutil.copytree(sealed, tmp_path / "copy")
    return tmp_path / "copy"


def opened(folder: Path) -> list[Row]:
    """The rows of the opening."""
    rows: list[Row] = json.loads((folder / "opening.json").read_text())["rows"]
    return rows


def published(folder: Path) -> list[Row]:
    """All rows that are published."""
    return [row for path in sorted(folder.glob("public/*/*/*.parquet")) for row in parquet.read_table(path).to_pylist()]


def complaints(folder: Path) -> list[str]:
    """What unsealing has to say."""
    return list(unseal(folder / "public", folder / "opening.json").complaints)


def change_opening(change: Callable[[list[Row]], object]) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        told = json.loads((folder / "opening.json").read_text())
        change(told["rows"])
        (folder / "opening.json").write_text(json.dumps(told))

    return spoil


def change_published(change: Callable[[list[Row]], object], part: str = "maze/test") -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        path = folder / "public" / part / "metadata.parquet"
        table = parquet.read_table(path)
        rows = table.to_pylist()
        change(rows)
        parquet.write_table(pyarrow.Table.from_pylist(rows, table.schema), path)

    return spoil


def change_commitments(change: Callable[[dict[str, str]], object]) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        told = json.loads((folder / "public/commitments.json").read_text())
        change(told["commitments"])
        (folder / "public/commitments.json").write_text(json.dumps(told))

    return spoil


def commit_again(folder: Path) -> None:
    """Publish commitments, and a root, that go with an opening that was changed."""
    told = json.loads((folder / "opening.json").read_text())
    commitments = {row["name"]: commitment_of(row) for row in told["rows"]}
    told["root"] = root_of(commitments)
    (folder / "opening.json").write_text(json.dumps(told))
    told = json.loads((folder / "public/commitments.json").read_text())
    told |= {"commitments": commitments, "root": root_of(commitments)}
    (folder / "public/commitments.json").write_text(json.dumps(told))
    for puzzle in SUITE:
        change_published(
            lambda rows: [row.update(commitment=commitments[row["name"]]) for row in rows], f"{puzzle}/test"
        )(folder)


def maze(place: int) -> str:
    return f"maze-easy-test-sealed-000{place}"


def index_of(rows: list[Row], place: int) -> int:
    return next(n for n, row in enumerate(rows) if row["name"] == maze(place))


def of_maze(place: int, **changes: Any) -> Callable[[list[Row]], object]:
    """Change columns of the row of one maze; a function gets the old value."""

    def change(rows: list[Row]) -> None:
        row = rows[index_of(rows, place)]
        row.update({name: new(row[name]) if callable(new) else new for name, new in changes.items()})

    return change


def swap(*names: str) -> Callable[[list[Row]], object]:
    """Swap columns of mazes 0 and 2."""

    def change(rows: list[Row]) -> None:
        one, two = rows[index_of(rows, 0)], rows[index_of(rows, 2)]
        for name in names or set(one) - {"name"}:
            one[name], two[name] = two[name], one[name]

    return change


def test_an_honest_opening_opens_and_the_root_is_told(sealed: Path) -> None:
    root = json.loads((sealed / "public/commitments.json").read_text())["root"]
    argv = ("unseal", sealed / "public", "--opening", sealed / "opening.json")

    assert [] == complaints(sealed)
    assert f"{sealed / 'public'}: 9 rows as they were committed to, root {root}\n" == done(*argv)
    assert done(*argv) == done(*argv, "--root", root.upper())
    assert root in (sealed / "public/README.md").read_text()


def test_everyone_gets_first_frames_and_prompts_under_names_that_tell_nothing_more(data: Path, sealed: Path) -> None:
    ids = {row["name"]: row["id"] for row in opened(sealed)}
    private = {row["id"]: row for path in data.glob("*/*/*.parquet") for row in parquet.read_table(path).to_pylist()}
    columns = ["prompt", "first_frame", "skin", "style", "width", "height", "fps", "n_frames", "puzzle", "tier"]

    assert [f"{puzzle}-easy-test-sealed-000{n}" for puzzle in sorted(SUITE) for n in range(COUNT)] == list(ids)
    assert set(private) == set(ids.values())
    for row in published(sealed):
        assert {name: private[ids[row["name"]]][name] for name in columns} == {name: row[name] for name in columns}


def test_the_order_of_names_is_that_of_the_random_salts(sealed: Path, data: Path, tmp_path: Path) -> None:
    seal(data, tmp_path / "public", tmp_path / "opening.json")
    one, two = opened(sealed), opened(tmp_path)

    for rows in (one, two):
        for puzzle in SUITE:
            salts = [row["salt"] for row in rows if row["puzzle"] == puzzle]
            assert sorted(salts) == salts
    assert 18 == len({row["salt"] for row in one + two})
    assert {64} == {len(row["salt"]) for row in one}


def test_a_second_seal_with_the_same_opening_gives_the_same_bytes(data: Path, sealed: Path, tmp_path: Path) -> None:
    """So a seal whose machine died between opening and publishing goes on."""
    before = (sealed / "opening.json").read_bytes()
    seal(data, tmp_path / "public", sealed / "opening.json")

    assert hashes(sealed / "public") == hashes(tmp_path / "public")
    assert before == (sealed / "opening.json").read_bytes()


def test_an_empty_folder_that_is_there_is_filled_even_as_the_one_that_one_stands_in(
    data: Path, sealed: Path, submission: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("public", "renamed"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "public")
    seal(data, Path(), sealed / "opening.json")
    monkeypatch.chdir(tmp_path / "renamed")
    rename(submission, Path(), opened(sealed))

    assert hashes(sealed / "public") == hashes(tmp_path / "public")
    assert 9 == len(hashes(tmp_path / "renamed"))


def test_the_opening_is_for_its_owner_alone(sealed: Path) -> None:
    assert 0o600 == stat.S_IMODE((sealed / "opening.json").stat().st_mode)
    assert ["opening.json", "public"] == sorted(os.listdir(sealed))


def test_nothing_secret_is_in_any_byte_that_is_published(data: Path, sealed: Path) -> None:
    private = [row for path in data.glob("*/*/*.parquet") for row in parquet.read_table(path).to_pylist()]
    secret = {value for row in private for name in ("id", "form_sha256", "video_sha256") for value in [row[name]]}
    secret |= {film_name(parse_id(row["id"])) for row in private} | {row["salt"] for row in opened(sealed)}
    secret |= {"form_sha256", "solution_sha256", str(data), "id\x00"}
    texts = {row[name] for row in private for name in ("level", "solution")}
    texts |= {json.dumps(text)[1:-1] for text in texts}
    written = b"".join(path.read_bytes() for path in (sealed / "public").rglob("*") if path.is_file())
    readable = [path.read_text() for path in (sealed / "public").glob("*.*")]
    for path in (sealed / "public").glob("*/*/*.parquet"):
        table = parquet.read_table(path)
        written += b"".join(row["first_frame"]["bytes"] for row in table.to_pylist())
        readable += [repr(table.schema.metadata), repr(parquet.read_metadata(path).to_dict())]
        readable += [str(value) for name in table.column_names if name != "first_frame" for value in table[name]]
    whole = "\n".join(readable)

    assert [] == [one for one in secret if one.encode() in written or one in whole]
    assert [] == [one for one in texts if one in whole or (len(one) > 8 and one.encode() in written)]
    assert {"README.md", "commitments.json", "manifest.json"} | {f"{p}/test/metadata.parquet" for p in SUITE} == set(
        hashes(sealed / "public")
    )


def test_the_commitments_and_the_root_can_be_told_by_hand(sealed: Path) -> None:
    told = json.loads((sealed / "public/commitments.json").read_text())
    by_hand = {}
    for row in opened(sealed):
        salt = bytes.fromhex(row.pop("salt"))
        text = json.dumps(row, sort_keys=True, separators=(",", ":"))
        by_hand[row["name"]] = hashlib.sha256(salt + text.encode()).hexdigest()
        assert {"name", "id", "level", "solution", "first_frame_sha256", "prompt"} <= set(row)
    lines = "".join(sorted(f"{name} {digest}\n" for name, digest in by_hand.items()))

    assert by_hand == told["commitments"]
    assert by_hand == {row["name"]: row["commitment"] for row in published(sealed)}
    assert hashlib.sha256(lines.encode()).hexdigest() == told["root"]
    assert told["root"] == root_of(dict(reversed(by_hand.items())))


def test_the_hubs_loader_reads_the_set_as_its_card_says(sealed: Path, tmp_path: Path) -> None:
    pytest.importorskip("datasets")
    program = (
        "import json, sys; from datasets import load_dataset\n"
        "rows = load_dataset(sys.argv[1], 'maze', split='test')\n"
        "stream = load_dataset(sys.argv[1], 'maze', split='test', streaming=True)\n"
        "prompts = [row['prompt'] for row in stream]\n"  # to its end, or pyarrow now and then aborts at exit
        "print(json.dumps([list(rows['name']), rows[0]['first_frame'].size, prompts]))"
    )
    env = {**os.environ, "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    argv = [sys.executable, "-c", program, str(sealed / "public")]
    ran = subprocess.run(argv, check=False, capture_output=True, text=True, env=env)

    assert 0 == ran.returncode, ran.stderr
    names, size, prompts = json.loads(ran.stdout)
    assert [[maze(n) for n in range(COUNT)], [304, 176]] == [names, size]
    assert [row["prompt"] for row in opened(sealed)[COUNT : 2 * COUNT]] == prompts


OPENING_SPOILT = {
    "a solution": (of_maze(1, solution="LLLLLLLL"), [maze(1)], "solution"),
    "a way round": (of_maze(1, solution=lambda moves: moves[0] + back(moves[0]) + moves), [maze(1)], "commitment"),
    "half a solution": (of_maze(1, solution=lambda moves: moves[:-1]), [maze(1)], "does not solve the level"),
    "a level": (of_maze(1, level="####\n#@G#\n####"), [maze(1)], "the level is not that of the id"),
    "an id": (of_maze(1, id="maze/easy/test/77"), [maze(1)], "the level is not that of the id maze/easy/test/77"),
    "an id of another tier": (of_maze(1, id="maze/hard/test/0"), [maze(1)], "of another puzzle, tier or split"),
    "an id that is none": (of_maze(1, id="../../etc"), [maze(1)], "expected an id like"),
    "a prompt": (of_maze(1, prompt="Do as you like."), [maze(1)], "the prompt opened is 'Do as you like.'"),
    "the hash of a first frame": (
        of_maze(1, first_frame_sha256="0f" * 32),
        [maze(1)],
        "not the one that was committed",
    ),
    "a salt": (of_maze(1, salt="0f" * 32), [maze(1)], "the row opened has the commitment"),
    "a width": (of_maze(1, width=302), [maze(1)], "the width opened is 302, the one published is 304"),
    "a skin that is none": (of_maze(1, skin="nope"), [maze(1)], "expected a skin of"),
    "a version": (of_maze(1, generator_version="0.0.9"), [maze(1)], "it was generated by '0.0.9'"),
    "two rows swapped": (swap(), [maze(0), maze(2)], "commitment"),
    "two solutions swapped": (swap("solution"), [maze(0), maze(2)], "commitment"),
    "two salts swapped": (swap("salt"), [maze(0), maze(2)], "commitment"),
    "two rows in each other's place": (list.reverse, [maze(0)], "opened after maze-easy-test-sealed-0001"),
    "a row less": (lambda rows: rows.pop(index_of(rows, 1)), [maze(1)], "published, but not opened"),
    "a row more": (
        lambda rows: rows.append({**rows[index_of(rows, 1)], "name": maze(9)}),
        [maze(9)],
        "opened, but not published",
    ),
    "a row twice": (lambda rows: rows.append(rows[-1]), ["sokoban-easy-test-sealed-0002"], "opened 2 times"),
}
PUBLISHED_SPOILT = {
    "a prompt": (of_maze(1, prompt="Do as you like."), [maze(1)], "one published is 'Do as you like.'"),
    "a first frame": (swap("first_frame"), [maze(0), maze(2)], "not the one that was committed to"),
    "bytes that are no picture": (of_maze(1, first_frame={"bytes": b"GIF89a"}), [maze(1)], "as a PNG, got something"),
    "a number of frames": (of_maze(1, n_frames=49), [maze(1)], "the n_frames opened is 81, the one published is 49"),
    "a commitment": (of_maze(1, commitment="0f" * 32), [maze(1)], "the row published has another"),
    "two rows swapped": (swap(), [maze(0), maze(2)], "the row published has another"),
    "another order": (list.reverse, [maze(0), maze(1)], "published after"),
    "a row less": (lambda rows: rows.pop(1), [maze(1)], "committed to, but not published"),
    "a row more": (lambda rows: rows.append({**rows[1], "name": maze(9)}), [maze(9)], "published, but not opened"),
    "a row twice": (lambda rows: rows.insert(1, rows[1]), [maze(1)], "published 2 times"),
}


def back(move: str) -> str:
    return dict(zip("UDLR", "DURL", strict=True))[move]


@pytest.mark.parametrize(("change", "named", "said"), OPENING_SPOILT.values(), ids=list(OPENING_SPOILT))
def test_a_change_to_the_opening_is_named(
    change: Callable[[list[Row]], object], named: list[str], said: str, copy: Path
) -> None:
    change_opening(change)(copy)
    found = complaints(copy)

    assert set(named) <= {line.split(": ")[0] for line in found}
    assert any(said in line for line in found), found


@pytest.mark.parametrize(("change", "named", "said"), PUBLISHED_SPOILT.values(), ids=list(PUBLISHED_SPOILT))
def test_a_change_to_what_is_published_is_named(
    change: Callable[[list[Row]], object], named: list[str], said: str, copy: Path
) -> None:
    change_published(change)(copy)
    found = complaints(copy)

    assert named == sorted({line.split(": ")[0] for line in found})
    assert any(said in line for line in found), found


def test_a_change_to_one_row_says_nothing_of_the_others(copy: Path) -> None:
    change_opening(of_maze(1, solution=lambda moves: moves[:-1]))(copy)

    assert {maze(1)} == {line.split(": ")[0] for line in complaints(copy)}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda told: told.update({maze(1): "0f" * 32}), f"{maze(1)}: the row opened has the commitment"),
        (lambda told: told.pop(maze(1)), f"{maze(1)}: published, but not committed to"),
        (lambda told: told.update({maze(9): "0f" * 32}), f"{maze(9)}: committed to, but not opened"),
    ],
)
def test_a_change_to_the_commitments_is_named_and_shows_in_the_root(
    change: Callable[[dict[str, str]], object], said: str, copy: Path
) -> None:
    change_commitments(change)(copy)
    found = complaints(copy)

    assert any(line.startswith(said) for line in found), found
    assert 2 == sum(line.startswith("the root of the commitments is") for line in found)


def test_one_who_changes_a_solution_and_all_commitments_still_has_another_root_than_the_paper(copy: Path) -> None:
    root = json.loads((copy / "public/commitments.json").read_text())["root"]
    change_opening(of_maze(1, solution=lambda moves: moves[0] + back(moves[0]) + moves))(copy)
    commit_again(copy)
    argv = ("unseal", copy / "public", "--opening", copy / "opening.json")

    assert 0 == run(*argv).status
    ran = run(*argv, "--root", root)
    assert (1, "") == (ran.status, ran.err)
    assert ran.out.startswith("the root of the commitments is ")
    assert ran.out.endswith(f"--root has '{root}'\n")


def test_one_who_committed_to_what_is_not_so_is_found_out_by_the_rows_themselves(copy: Path) -> None:
    change_opening(swap("solution"))(copy)
    change_published(swap("first_frame"))(copy)
    change_opening(swap("first_frame_sha256"))(copy)
    commit_again(copy)
    found = complaints(copy)

    ids = {row["name"]: row["id"] for row in opened(copy)}
    for name in (maze(0), maze(2)):
        assert f"{name}: the first frame does not show the level of the id {ids[name]}" in found
        assert any(line.startswith(f"{name}: the solution ") for line in found)
    assert {maze(0), maze(2)} == {line.split(": ")[0] for line in found}


def test_every_difference_is_a_line_of_its_own_and_the_status_is_1(copy: Path) -> None:
    change_opening(of_maze(0, solution="U", prompt="Go."))(copy)
    change_opening(of_maze(2, salt="0f" * 32))(copy)
    ran = run("unseal", copy / "public", "--opening", copy / "opening.json")

    assert (1, "") == (ran.status, ran.err)
    assert ran.out.splitlines() == complaints(copy)
    assert {maze(0), maze(2)} == {line.split(": ")[0] for line in ran.out.splitlines()}


def test_a_picture_that_says_more_than_its_pixels_is_refused(sealed: Path) -> None:
    picture = published(sealed)[0]["first_frame"]["bytes"]
    text = b"tEXtTitle\0maze/easy/test/17"
    chunk = (len(text) - 4).to_bytes(4, "big") + text + zlib.crc32(text).to_bytes(4, "big")

    assert (176, 304, 3) == pixels_of(picture).shape
    end = picture[-12:]
    for other in (picture[:33] + chunk + picture[33:], picture + b"17", picture + chunk, picture + end):
        with pytest.raises(BadSeal, match="expected a first frame of pixels alone"):
            pixels_of(other)
    for other in (b"", picture[:8], picture[:33] + picture[-12:], picture.replace(b"IDAT", b"IEND", 1)):
        with pytest.raises(BadSeal, match="expected a first frame "):
            pixels_of(other)
    huge = picture[:16] + (60_000).to_bytes(4, "big") * 2 + picture[24:]
    with pytest.raises(BadSeal, match=r"expected a first frame of at most .* pixels, got 60000x60000"):
        pixels_of(huge)


@pytest.mark.parametrize("puzzle", PUZZLES)
def test_a_first_frame_shows_its_level_in_every_skin_and_not_another_level_or_a_mark_beside_it(puzzle: str) -> None:
    identity = LevelId(puzzle, "easy", "test", 0)
    level, other = level_of(identity), level_of(LevelId(puzzle, "easy", "test", 1))
    solution = PUZZLES[puzzle].write_moves(way_of(str(identity)))
    for name, skin in SKINS[puzzle].items():
        boards = [one.board(one.start()) for one in (level, other)]
        still = partial(film_boards, skin=skin, timing=Timing(frames=1, least=1), style="hold", canvas=Canvas(320, 576))
        right, wrong = (still([board])[0] for board in boards)
        marked = right.copy()
        marked[100:160, :60] = 255 - marked[100:160, :60]
        for frame, faults in ((right, []), (wrong, [SHOWS_NOT]), (marked, [SHOWS_NOT])):
            picture = png_of(frame)
            row = dict.fromkeys(COMMITTED, "") | {
                "name": f"{puzzle}-easy-test-sealed-0000", "puzzle": puzzle, "tier": "easy", "split": "test",
                "id": str(identity), "level": str(level), "solution": solution, "skin": name,
                "height": 320, "width": 576, "generator_version": __version__,
                "first_frame_sha256": hashlib.sha256(picture).hexdigest(),
            }  # fmt: skip

            assert [fault.format(identity) for fault in faults] == list(faults_of(row, picture))


SHOWS_NOT = "the first frame does not show the level of the id {}"


def test_a_set_that_could_not_be_opened_later_is_not_sealed(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(data, folder)
    path = folder / "maze/test/metadata.parquet"
    table = parquet.read_table(path)
    rows = table.to_pylist()
    rows[1]["solution"] = "UUUU"
    parquet.write_table(pyarrow.Table.from_pylist(rows, table.schema), path)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["maze/test/metadata.parquet"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))

    with pytest.raises(BadSeal, match="opened later, got maze/easy/test/1: the solution is none"):
        seal(folder, tmp_path / "public", tmp_path / "opening.json")
    assert [folder] == list(tmp_path.iterdir())


def test_places_that_would_give_secrets_away_or_lose_something_are_refused(
    data: Path, sealed: Path, tmp_path: Path
) -> None:
    public, opening = tmp_path / "public", tmp_path / "opening.json"
    taken = tmp_path / "taken"
    (taken / "mine").mkdir(parents=True)
    for places, said in [
        ((public, public / "opening.json"), "expected an opening outside of what is published"),
        ((public, public / "a/../b/opening.json"), "expected an opening outside of what is published"),
        ((data / "public", opening), "expected a folder apart from the data set"),
        ((data.parent, opening), "expected a folder apart from the data set"),
        ((taken, opening), "expected a new or empty folder to publish"),
        ((sealed / "public", sealed / "opening.json"), "expected a new or empty folder to publish"),
        ((public, taken), "expected a file for the opening"),
    ]:
        with pytest.raises(BadSeal, match=said):
            seal(data, *places)
    assert [taken] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (of_maze(1, id="maze/easy/test/77"), "expected an opening of the same levels or none"),
        (of_maze(1, solution="UD"), "expected the opening of .*, got that of other levels in"),
    ],
)
def test_the_opening_of_other_levels_is_never_written_over(
    change: Callable[[list[Row]], object], said: str, data: Path, copy: Path, tmp_path: Path
) -> None:
    change_opening(change)(copy)
    before = (copy / "opening.json").read_bytes()
    with pytest.raises(BadSeal, match=said):
        seal(data, tmp_path / "public", copy / "opening.json")

    assert before == (copy / "opening.json").read_bytes()
    assert not (tmp_path / "public").exists()


def test_seal_on_the_command_line_keeps_the_opening_beside_the_data_and_warns_of_ids_that_can_be_guessed(
    data: Path, tmp_path: Path
) -> None:
    private = tmp_path / "private"
    shutil.copytree(data, private)
    out = done("seal", private, "--out", tmp_path / "public").splitlines()
    root = json.loads((tmp_path / "public/commitments.json").read_text())["root"]

    assert f"{tmp_path / 'public'}: 9 rows, root {root}" == out[0]
    assert f"the opening is {tmp_path / 'private.opening.json'}: keep it safe" in out[1]
    assert "9 of 9 ids have a small index" in out[2]
    assert [] == unseal(tmp_path / "public", tmp_path / "private.opening.json").complaints


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("opening.json", None, "expected the opening of a sealed test set, found no file"),
        ("opening.json", b"{", "expected the opening of a sealed test set, got "),
        ("opening.json", b"\xff", "expected the opening of a sealed test set, got "),
        ("opening.json", b"[" * 100_000, "expected the opening of a sealed test set, got "),
        ("opening.json", b"[]", "got none with 'root' and 'rows'"),
        ("opening.json", b'{"root": "", "rows": []}', "expected the opening of a sealed test set by puzzlereel"),
        ("opening.json", b'{"root": "", "rows": [3], "benchmark_version": "VERSION"}', "got others in row 1"),
        ("public/commitments.json", None, "expected the commitments of a sealed test set, found no file"),
        ("public/commitments.json", b"{}", "got none with 'root' and 'commitments'"),
        (
            "public/commitments.json",
            b'{"root": "", "commitments": {}, "benchmark_version": "VERSION"}',
            "expected the commitments of a sealed test set, got none in",
        ),
        (
            "public/commitments.json",
            b'{"root": "", "commitments": {"maze-easy-test-sealed-0000": 3}, "benchmark_version": "VERSION"}',
            "expected a commitment of 64 hex digits for maze-easy-test-sealed-0000, got 3",
        ),
        (
            "public/commitments.json",
            b'{"root": "", "commitments": {"../x": ""}, "benchmark_version": "VERSION"}',
            "expected names like maze-easy-test-sealed-0007, got '../x'",
        ),
        ("public/maze/test/metadata.parquet", None, "expected the rows of a sealed test set"),
        ("public/maze/test/metadata.parquet", b"PAR1 not really", "expected the rows of a sealed test set"),
        ("public/manifest.json", None, "expected a data set with a manifest.json"),
        ("public/manifest.json", b'{"benchmark_version": "", "parts": ["../.."], "files": {}}', "got '../..'"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(name: str, content: bytes | None, said: str, copy: Path) -> None:
    (copy / name).unlink()
    if content is not None:
        (copy / name).write_bytes(content.replace(b"VERSION", __version__.encode()))
    ran = run("unseal", copy / "public", "--opening", copy / "opening.json")

    assert (2, "", 1) == (ran.status, ran.out, ran.err.count("\n"))
    assert said in ran.err


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (of_maze(1, name="../../etc/passwd"), "expected names like maze-easy-test-sealed-0007, got '../../etc/passwd'"),
        (of_maze(1, name="maze\x1b[2J"), r"got 'maze\x1b[2J'"),
        (of_maze(1, salt="0f"), "expected a salt of 64 hex digits, got '0f'"),
        (of_maze(1, salt=3), "expected a salt that is text or a number, got 3"),
        (of_maze(1, fps="8"), "expected a fps that is text or a number, got '8'"),
        (lambda rows: rows[3].update(more="x" * 900), "got others in row 4"),
    ],
)
def test_rows_of_an_opening_that_are_none_are_refused(
    change: Callable[[list[Row]], object], said: str, copy: Path
) -> None:
    change_opening(change)(copy)
    ran = run("unseal", copy / "public", "--opening", copy / "opening.json")

    assert (2, "", 1) == (ran.status, ran.out, ran.err.count("\n"))
    assert said in ran.err


@pytest.fixture
def submission(data: Path, sealed: Path, tmp_path: Path) -> Path:
    """What a participant of a sealed round hands in: a right film for most levels, a wrong one, and one missing."""
    folder = tmp_path / "submission"
    for row in opened(sealed):
        path = folder / "videos" / row["puzzle"] / f"{row['name']}.mp4"
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(data / row["puzzle"] / "test/videos" / film_name(parse_id(row["id"])), path)
    shutil.copy(folder / "videos/maze" / f"{maze(0)}.mp4", folder / "videos/maze" / f"{maze(1)}.mp4")
    (folder / "videos/maze" / f"{maze(2)}.mp4").unlink()
    (folder / "submission.yaml").write_text("schema_version: 1\nmodel: {name: a model}\ndataset: {}\n")
    return folder


def test_a_sealed_round_is_scored_like_the_same_films_under_their_ids(
    data: Path, sealed: Path, submission: Path, tmp_path: Path
) -> None:
    plain = tmp_path / "plain"
    shutil.copytree(submission, plain)
    for row in opened(sealed):
        path = plain / "videos" / row["puzzle"] / f"{row['name']}.mp4"
        if path.exists():
            path.rename(path.with_name(film_name(parse_id(row["id"]))))
    argv = ("--submission", submission, "--out", tmp_path / "renamed")
    said = done("unseal", sealed / "public", "--opening", sealed / "opening.json", *argv)
    scored = [
        score(read_submission(folder), open_dataset(data), tmp_path / f"{folder.name}.json")
        for folder in (plain, tmp_path / "renamed")
    ]

    assert f"{tmp_path / 'renamed'}: 8 films under the names of their ids\n" == said.splitlines(keepends=True)[1]
    assert [0.333333, 1.0, 1.0] == [scored[1]["totals"][puzzle]["success"]["value"] for puzzle in SUITE]
    assert hashes(plain) == hashes(tmp_path / "renamed")
    assert scored[0] == scored[1]


def test_films_that_belong_to_no_row_are_left_out_and_links_are_not_followed(
    sealed: Path, submission: Path, tmp_path: Path
) -> None:
    films, secret = submission / "videos/maze", tmp_path / "secret.mp4"
    secret.write_bytes(b"of someone else")
    (films / f"{maze(2)}.mp4").symlink_to(secret)
    (films / f"{maze(0)}__s3.mp4").write_bytes(b"another sample")
    (films / f"{maze(9)}.mp4").write_bytes(b"no such row")
    (films / "notes.txt").write_bytes(b"")
    (submission / "videos/sokoban" / f"{maze(0)}.mp4").write_bytes(b"in the wrong folder")
    (submission / "videos/more").symlink_to(tmp_path)
    rows = opened(sealed)
    ids = {row["name"]: row["id"].replace("/", "-") for row in rows}
    renamed = rename(submission, tmp_path / "renamed", rows)

    assert 9 == renamed.films
    assert [
        f"videos/maze/{maze(2)}.mp4", f"videos/maze/{maze(9)}.mp4", "videos/maze/notes.txt", "videos/more",
        f"videos/sokoban/{maze(0)}.mp4",
    ] == renamed.left_out  # fmt: skip
    assert b"another sample" == (tmp_path / f"renamed/videos/maze/{ids[maze(0)]}__s3.mp4").read_bytes()
    assert {f"{ids[maze(0)]}.mp4", f"{ids[maze(1)]}.mp4", f"{ids[maze(0)]}__s3.mp4"} == set(
        os.listdir(tmp_path / "renamed/videos/maze")
    )
    film = films / f"{maze(0)}.mp4"
    assert film.samefile(tmp_path / f"renamed/videos/maze/{ids[maze(0)]}.mp4")


def test_films_are_copied_where_they_cannot_be_linked(
    sealed: Path, submission: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = opened(sealed)
    rename(submission, tmp_path / "linked", rows)
    monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(OSError("another disk")))
    rename(submission, tmp_path / "copied", rows)

    assert hashes(tmp_path / "linked") == hashes(tmp_path / "copied")


def test_a_round_is_not_renamed_by_an_opening_that_does_not_match(copy: Path, submission: Path, tmp_path: Path) -> None:
    change_opening(of_maze(1, salt="0f" * 32))(copy)
    argv = ("--submission", submission, "--out", tmp_path / "renamed")
    ran = run("unseal", copy / "public", "--opening", copy / "opening.json", *argv)

    assert 1 == ran.status
    assert not (tmp_path / "renamed").exists()


def test_a_submission_that_is_none_and_a_folder_that_is_taken_are_refused(
    sealed: Path, submission: Path, tmp_path: Path
) -> None:
    argv = ("unseal", sealed / "public", "--opening", sealed / "opening.json")
    for more, said in [
        (
            ("--submission", tmp_path / "nowhere", "--out", tmp_path / "new"),
            "expected a submission with a submission.y",
        ),
        (("--submission", submission, "--out", sealed), "expected a new or empty folder for the renamed films"),
        (
            ("--submission", submission, "--out", submission / "videos/new"),
            "expected a folder apart from the submission",
        ),
        (("--submission", submission), "expected --submission and --out together"),
        (("--out", tmp_path / "new"), "expected --submission and --out together"),
    ]:
        ran = run(*argv, *more)

        assert (2, 1) == (ran.status, ran.err.count("\n"))
        assert said in ran.err
    assert not (tmp_path / "new").exists()
