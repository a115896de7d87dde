"""The scores that ship: they are of this version, this install comes to a part of them, and a difference is told."""

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from test_cli import done, run

from puzzlereel.cli.data import MINI
from puzzlereel.cli.sample import REFERENCES
from puzzlereel.hub.dataset import open_dataset
from puzzlereel.leaderboard import reference
from puzzlereel.leaderboard.reference import SUCCESS, read_reference, text_of, verdict_of
from puzzlereel.leaderboard.results import BadResults
from puzzlereel.puzzles.registry import SUITE

SHIPPED = Path(reference.__file__).parent / "reference" / "mini.json"


def test_every_reference_policy_has_a_verdict_on_every_level_of_the_small_test_set() -> None:
    told = read_reference()
    kinds = product(SUITE, ("easy", "medium", "hard"), range(MINI))
    ids = {f"{puzzle}/{tier}/test/{index}" for puzzle, tier, index in kinds}

    assert [*REFERENCES] == [*told["policies"]]
    assert len(ids) == len(told["levels"])
    assert all(set(one["verdicts"]) == set(told["levels"]) for one in told["policies"].values())
    assert SHIPPED.read_text(encoding="utf-8") == text_of(told)


def test_the_numbers_that_ship_are_those_of_the_verdicts_that_ship() -> None:
    for policy, told in read_reference()["policies"].items():
        for puzzle, numbers in told["puzzles"].items():
            verdicts = [verdict for id, verdict in told["verdicts"].items() if id.startswith(f"{puzzle}/")]
            share = sum(word == SUCCESS for word, _ in verdicts) / len(verdicts)

            assert (policy, round(share, 6)) == (policy, numbers["success"])
            assert round(sum(f1 for _, f1 in verdicts) / len(verdicts), 4) == pytest.approx(numbers["f1"], abs=1e-4)


def test_the_ceiling_and_the_floor_are_where_they_should_be() -> None:
    policies = read_reference()["policies"]
    success = {policy: told["macro"]["success"] for policy, told in policies.items()}

    assert {1.0} == {success[policy] for policy in ("oracle", "late")}
    assert {0.0} == {success[policy] for policy in ("frozen", "noise", "teleport")}
    assert success["random-walk"] < success["greedy"] < success["clumsy"] < 1
    assert policies["teleport"]["macro"]["arrived"] > 0.9


@pytest.fixture(scope="module")
def reproduced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A part of the scores that ship, made by this install."""
    folder = tmp_path_factory.mktemp("reproduced") / "part"
    told = done("reproduce", "--count", "1", "--policy", "oracle", "--policy", "frozen", "--out", folder)
    assert "oracle: 9 of 9 films as recorded\nfrozen: 9 of 9 films as recorded\n" == told
    return folder


def test_a_difference_is_told_and_is_a_failure(reproduced: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = read_reference()
    first = open_dataset(reproduced / "data").rows[0].id
    known["policies"]["oracle"]["verdicts"][first] = ["jump", 0.5]
    known["levels"][first] = "0" * 12
    monkeypatch.setattr(reference, "read_reference", lambda: known)

    told = run("reproduce", "--count", "1", "--policy", "oracle", "--out", reproduced)

    assert 1 == told.status
    assert "oracle: 8 of 9 films as recorded" in told.out
    assert f"{first}: expected the level or solution 000000000000, got " in told.out
    assert f"oracle {first}: expected jump with F1 0.500, got success with F1 1.000" in told.out


def test_what_is_written_is_what_was_found(reproduced: Path, tmp_path: Path) -> None:
    out = tmp_path / "written.json"

    done("reproduce", "--count", "1", "--policy", "frozen", "--out", reproduced, "--write", out)
    told, shipped = json.loads(out.read_text()), read_reference()

    assert {id: shipped["levels"][id] for id in told["levels"]} == told["levels"]
    assert ["frozen"] == [*told["policies"]]
    known = shipped["policies"]["frozen"]["verdicts"]
    assert {id: known[id] for id in told["levels"]} == told["policies"]["frozen"]["verdicts"]


@pytest.mark.parametrize("key", ["puzzlereel", "verifier_version"])
def test_scores_of_another_version_are_no_reference(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, {"puzzlereel": "__version__"}.get(key, "VERIFIER_VERSION"), "99")

    with pytest.raises(BadResults, match=f"the scores that ship are of {key} .*, and this is 99"):
        read_reference()


def test_a_policy_that_ships_no_scores_is_misuse() -> None:
    assert 2 == run("reproduce", "--policy", "clairvoyant").status


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        ({"success": True, "f1": 0.8, "fault": None, "status": "judged"}, ["success", 0.8]),
        ({"success": False, "f1": 0.0, "fault": {"reason": "jump"}, "status": "judged"}, ["jump", 0.0]),
        ({"success": False, "f1": 0.0, "fault": None, "status": "missing"}, ["missing", 0.0]),
    ],
)
def test_a_verdict_is_a_word_and_an_f1(row: dict[str, Any], verdict: list[Any]) -> None:
    assert verdict == verdict_of(row)
