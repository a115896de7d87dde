"""A large model from the command line, on a tiny random pipeline: taught, rewarded, exported and filmed with."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="the rl extra is not installed")
pytest.importorskip("diffusers", reason="the rl extra is not installed")

import torch
from test_cli import done, run
from tiny_wan import SHAPE, build

from puzzlereel.baselines.sde_grpo import recipes
from puzzlereel.baselines.sde_grpo.metrics import read_log
from puzzlereel.baselines.sde_grpo.recipes import Recipe
from puzzlereel.baselines.sde_grpo.runs import ABOUT
from puzzlereel.baselines.sde_grpo.sft import Tuning
from puzzlereel.baselines.sde_grpo.train import Training
from puzzlereel.baselines.sde_grpo.wan_cost import WAN_TI2V_5B
from puzzlereel.baselines.sde_grpo.wan_files import Lora
from puzzlereel.baselines.sde_grpo.wan_runs import about_of, policy_of
from puzzlereel.hub.build import build as generate
from puzzlereel.hub.options import Options

torch.set_num_threads(1)
SIZE: dict[str, Any] = {"frames": 21, "height": 128, "width": 128}


def full(name: str) -> Recipe:
    tuning = Tuning(name, steps=2, batch=3, at_once=2, lr=1e-2, warmup=1, every=1, enough=2.0)
    training = Training(name, iterations=1, levels=2, group=2, batch=2, steps=4, lr=1e-2, every=1)
    return Recipe(WAN_TI2V_5B, SHAPE, None, training, tuning, held=1)


def lora(name: str) -> Recipe:
    return replace(full(name), lora=Lora(rank=4, alpha=8))


@pytest.fixture(autouse=True, scope="module")
def presets() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recipes, "RECIPES", {"full": full, "lora": lora})
        yield


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model, and data sets of each split."""
    folder = tmp_path_factory.mktemp("large")
    build(folder / "model")
    for split, count in (("train", 3), ("val", 2), ("test", 2)):
        options = Options(puzzles=("maze",), tiers=("tiny",), split=split, count=count, **SIZE)
        generate(folder / split, options)
    return folder


def taught(place: Path, preset: str, name: str, *more: str) -> Path:
    told = ("--model", f"{place}/model", "--data", f"{place}/train", "--workers", "1")
    done("train", "sft", "--preset", preset, *told, "--out", f"{place}/{name}", *more)
    return place / name


@pytest.fixture(scope="module", params=["full", "lora"])
def runs(place: Path, request: pytest.FixtureRequest) -> tuple[str, Path, Path]:
    """A preset, a run of SFT and one of SDE-GRPO from it."""
    sft, grpo = taught(place, request.param, f"sft-{request.param}"), place / f"grpo-{request.param}"
    told = ("--data", f"{place}/train", "--val", f"{place}/val", "--workers", "1")
    done("train", "grpo", f"{sft}", *told, "--out", f"{grpo}")
    return request.param, sft, grpo


def weights(run: Path) -> dict[str, torch.Tensor]:
    return policy_of(run, cache=run.parent / "cache", device="cpu").state_dict()


def test_runs_of_a_large_model_leave_what_they_are_and_their_figures(runs: tuple[str, Path, Path]) -> None:
    preset, sft, grpo = runs
    lines, (line,) = read_log(sft / "sft.jsonl"), read_log(grpo / "grpo.jsonl")

    assert [1, 2] == [one["step"] for one in lines]
    assert (4, 1, 0) == (line["films"], line["examined"]["films"], line["unjudged"])
    assert [("sft", preset), ("grpo", preset)] == [(about.kind, about.preset) for about in map(about_of, (sft, grpo))]
    assert (21, 128, 128) == (about_of(sft).shape.frames, about_of(sft).shape.height, about_of(sft).shape.width)
    assert (preset == "lora") == all("lora_" in name for name in weights(sft))


def test_grpo_goes_on_from_the_averaged_weights_of_its_start(runs: tuple[str, Path, Path], place: Path) -> None:
    preset, sft, _ = runs
    told = ("--data", f"{place}/train", "--workers", "1", "--iterations", "1", "--seed", "3", "--batch", "1")
    line = done("train", "grpo", f"{sft}", *told, "--out", f"{place}/still-{preset}", "--levels", "1", "--group", "4")
    state = json.loads((place / f"still-{preset}" / "step-00000001" / "state.json").read_text())
    there, begun = weights(place / f"still-{preset}"), weights(sft)

    assert "preflight: replayed ratios are within" in line
    assert (1, 1, 4) == tuple(state["settings"]["grpo"][name] for name in ("batch", "levels", "group"))
    assert 4 == read_log(place / f"still-{preset}" / "grpo.jsonl")[0]["films"]
    assert {name: weight.shape for name, weight in begun.items()} == {name: one.shape for name, one in there.items()}
    assert all((weight - begun[name]).abs().max() < 0.03 for name, weight in there.items())


def test_a_run_that_was_stopped_goes_on(place: Path) -> None:
    whole = taught(place, "lora", "whole", "--seed", "5")
    taught(place, "lora", "parts", "--seed", "5", "--steps", "1")
    parts = taught(place, "lora", "parts", "--seed", "5")
    wanted, there = weights(whole), weights(parts)

    assert [1, 2] == [line["step"] for line in read_log(parts / "sft.jsonl")]
    assert all(torch.equal(weight, there[name]) for name, weight in wanted.items())


def test_fewer_levels_can_be_shown_and_others_in_memory_at_once(place: Path) -> None:
    folder = taught(place, "lora", "few", "--shown", "2", "--batch", "1")
    state = json.loads((folder / "step-00000002" / "state.json").read_text())

    assert ["maze/tiny/train/0", "maze/tiny/train/1"] == state["settings"]["lessons"]
    assert 1 == state["settings"]["sft"]["at_once"]


SFT = ("train", "sft", "--preset", "lora", "--out", "{place}/no")


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ((*SFT,), "expected --model and --data with lora, got None and None"),
        ((*SFT, "--model", "{place}/model"), "expected --model and --data with lora, got {place}/model and None"),
        (
            (*SFT, "--model", "{place}/model", "--data", "{place}/test"),
            "expected levels of the split train, found",
        ),
        ((*SFT, "--model", "{place}/model", "--data", "{place}/model"), "expected a data set with a manifest.json"),
        ((*SFT, "--model", "{place}/train", "--data", "{place}/train"), "expected a pipeline's folder, got"),
        ((*SFT, "--model", "no/such model", "--data", "{place}/train"), "expected the folder of a pipeline or its id"),
        ((*SFT, "--data", "{place}/train", "--preset", "wan3"), "expected a preset of full, lora, got 'wan3'"),
        (
            ("train", "sft", "--model", "x", "--out", "{place}/no"),
            "expected --model with a preset of a large model",
        ),
        (
            ("train", "grpo", "--out", "{place}/no"),
            "expected the folder of a run to start from, or",
        ),
        (("train", "grpo", "{place}/model", "--out", "{place}/no"), "expected the folder of a run, got"),
        (("train", "export", "{place}/model", "--out", "{place}/no"), "expected the folder of a run of a large model"),
    ],
)
def test_what_is_given_wrongly_costs_one_line(place: Path, command: tuple[str, ...], line: str) -> None:
    told = run(*(word.format(place=place) for word in command))

    assert 2 == told.status
    assert 1 == len(told.err.splitlines())
    assert line.format(place=place) in told.err
    assert not (place / "no").exists()


@pytest.mark.parametrize("told", ["{}", "[]", '{"kind": "sft", "lora": 3}', "no"])
def test_a_run_that_is_none_is_refused(place: Path, tmp_path: Path, told: str) -> None:
    (tmp_path / ABOUT).write_text(told)
    found = run("train", "export", f"{tmp_path}", "--out", f"{tmp_path}/out")

    assert 2 == found.status
    assert "expected the folder of a run of a large model, got" in found.err
