"""A large model from the command line, on a tiny random pipeline: taught, rewarded, exported and filmed with."""

import json
import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="the rl extra is not installed")
pytest.importorskip("diffusers", reason="the rl extra is not installed")

import numpy as np
import torch
import yaml
from diffusers import WanImageToVideoPipeline, WanTransformer3DModel
from PIL import Image
from test_cli import done, run
from tiny_ltx import tiny_ltx
from tiny_wan import SHAPE, build

from puzzlereel.baselines.policies import frozen, task_of
from puzzlereel.baselines.sde_grpo import preflight as floors
from puzzlereel.baselines.sde_grpo import questions, recipes
from puzzlereel.baselines.sde_grpo.metrics import read_log
from puzzlereel.baselines.sde_grpo.recipes import Recipe
from puzzlereel.baselines.sde_grpo.runs import ABOUT
from puzzlereel.baselines.sde_grpo.seeds import seed_of
from puzzlereel.baselines.sde_grpo.sft import Tuning
from puzzlereel.baselines.sde_grpo.train import Training
from puzzlereel.baselines.sde_grpo.wan_cache import Cache, Reader
from puzzlereel.baselines.sde_grpo.wan_cost import WAN_TI2V_5B
from puzzlereel.baselines.sde_grpo.wan_files import Lora
from puzzlereel.baselines.sde_grpo.wan_runs import about_of, policy_of
from puzzlereel.cli.large import Wanted, begin
from puzzlereel.hub.build import build as generate
from puzzlereel.hub.dataset import BadDataset, open_dataset
from puzzlereel.hub.options import Options
from puzzlereel.renderers.video import read_video, write_video

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


def test_grpo_goes_on_with_the_puzzle_of_its_start_unless_told_another(
    runs: tuple[str, Path, Path], place: Path
) -> None:
    preset, sft, _ = runs
    start = shutil.copytree(sft, place / f"alone-{preset}")
    about = json.loads((start / ABOUT).read_text())
    (start / ABOUT).write_text(json.dumps(about | {"puzzle": "sokoban"}))
    wanted = Wanted(None, place / "train", None, place / "cache", None)

    with pytest.raises(BadDataset, match="expected sokoban of the split train, found none"):
        begin("grpo", wanted, place / "no", start=start)
    assert "maze" == begin("grpo", wanted, place / "no", start=start, puzzle="maze").about.puzzle


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


EXACT = ("--steps", "3", "--compute", "float32")


def filmed(place: Path, name: str, *told: str, data: str = "test") -> dict[str, bytes]:
    """The films that a command makes, by where they are in the submission."""
    out = place / "films" / name
    done("sample", *told, "--cache", f"{place}/cache", "--data", f"{place}/{data}", "--out", f"{out}")
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in sorted(out.rglob("*.mp4"))}


def test_what_is_exported_films_the_same_pixels_as_the_run(runs: tuple[str, Path, Path], place: Path) -> None:
    preset, _, grpo = runs
    out = place / f"exported-{preset}"
    line = done("train", "export", f"{grpo}", "--out", f"{out}", "--cache", f"{place}/cache")
    loaded = ["--model", f"{out}"] if preset == "full" else ["--model", f"{place}/model", "--adapter", f"{out}"]
    films = filmed(place, f"run-{preset}", "--policy", f"{grpo}", "--steps", "3")
    again = filmed(place, f"exported-{preset}", "--policy", "wan", *loaded, *EXACT)
    told = yaml.safe_load((place / "films" / f"run-{preset}" / "submission.yaml").read_text())

    assert line.startswith(f"{out}: a ")
    assert ["videos/maze/maze-tiny-test-0.mp4", "videos/maze/maze-tiny-test-1.mp4"] == list(films)
    assert films == again
    assert films != filmed(place, "base", "--policy", "wan", "--model", f"{place}/model", *EXACT)
    assert films != filmed(place, f"rough-{preset}", "--policy", "wan", *loaded, "--steps", "3")
    assert f"{preset} policy, SFT, then SDE-GRPO" == told["model"]["name"]
    assert ("step-00000001", 3, 0) == tuple(told["sampler"][key] for key in ("checkpoint", "steps", "seed"))


def test_its_films_are_scored_and_their_seeds_written_down(place: Path) -> None:
    told = ("--policy", "wan", "--model", f"{place}/model", "--steps", "3")
    once = filmed(place, "seeds", *told, "--samples", "2", "--batch", "2")
    out = place / "films" / "seeds"
    seeds = [json.loads(line) for line in (out / "seeds.jsonl").read_text().splitlines()]
    sampler = yaml.safe_load((out / "submission.yaml").read_text())["sampler"]
    (out / "videos/maze/maze-tiny-test-1.s0.mp4").unlink()
    again = filmed(place, "seeds", *told, "--samples", "2", "--batch", "2")
    done("score", f"{out}", "--data", f"{place}/test", "--out", f"{place}/seeds.json", "--workers", "1")
    result = json.loads((place / "seeds.json").read_text())

    assert [seed_of("sample", f"maze/tiny/test/{i}", 0, s, "init") for i in (0, 1) for s in (0, 1)] == [
        one["seed"] for one in seeds
    ]
    assert list(once) == [one["film"] for one in seeds]
    assert 4 == len(set(once.values()))
    assert [name for name in once if once[name] != again[name]] in ([], ["videos/maze/maze-tiny-test-1.s0.mp4"])
    assert once != filmed(place, "seed", *told, "--samples", "2", "--seed", "1")
    assert 2 == result["samples"]
    assert {"steps": 3, "compute": "bfloat16", "seed": 0} == {key: sampler[key] for key in ("steps", "compute", "seed")}


def test_shares_of_a_submission_are_filmed_apart(place: Path) -> None:
    told = ("--policy", "wan", "--model", f"{place}/model", "--steps", "2", "--samples", "2")
    whole = filmed(place, "whole", *told)
    shares = [filmed(place, "shares", *told, "--shard", f"{share}/3") for share in range(3)]

    assert [2, 3, 4] == [len(share) for share in shares]
    assert whole == shares[-1]
    out = place / "films" / "whole"
    again = done(
        "sample", *told, "--cache", f"{place}/cache", "--data", f"{place}/test", "--out", f"{out}", "--shard", "0/3"
    )
    assert again.startswith(f"{out}: 2 films by ")


def test_any_pipeline_films_by_its_own_sampler(place: Path) -> None:
    told = ("--policy", "diffusers", "--model", f"{place}/model", "--steps", "3")
    films = filmed(place, "stock", *told, "--guidance", "2")
    row = open_dataset(place / "test").rows[0]
    pipeline = WanImageToVideoPipeline.from_pretrained(place / "model", text_encoder=None, tokenizer=None)
    reader, cache = Reader(place / "model"), Cache(place / "cache")
    text, nothing = reader.read([row.prompt, ""], cache)
    first = np.asarray(frozen(task_of(row))[0])
    seed = seed_of("sample", row.id, 0, 0, "init")
    (wanted,) = pipeline(
        image=Image.fromarray(first),
        prompt_embeds=text[None],
        negative_prompt_embeds=nothing[None],
        height=128,
        width=128,
        num_frames=21,
        num_inference_steps=3,
        guidance_scale=2.0,
        generator=torch.Generator().manual_seed(seed),
    ).frames
    write_video(place / "wanted.mp4", (wanted * 255).round().astype(np.uint8), fps=row.fps)
    sampler = yaml.safe_load((place / "films" / "stock" / "submission.yaml").read_text())["sampler"]

    assert (place / "wanted.mp4").read_bytes() == films["videos/maze/maze-tiny-test-0.mp4"]
    assert films != filmed(place, "unguided", *told)
    assert films != filmed(place, "ours", "--policy", "wan", *told[2:])
    assert (3, 2.0) == (sampler["steps"], sampler["guidance"])


def test_a_pipeline_of_another_family_films_too(place: Path) -> None:
    build(place / "ltx", tiny_ltx())
    told = ("--policy", "diffusers", "--model", f"{place}/ltx", "--steps", "1")
    films = filmed(place, "ltx", *told)
    first, second = (read_video(place / "films" / "ltx" / name) for name in films)

    assert (17, 128, 128, 3) == first.shape == second.shape  # 8k + 1 frames: it has fewer than it is asked for
    assert not np.array_equal(first, second)
    assert films != filmed(place, "ltx-seed", *told, "--seed", "1")


def test_a_pipelines_own_sampler_takes_an_exported_lora(place: Path) -> None:
    told = ("--policy", "diffusers", "--model", f"{place}/model", "--steps", "2")
    run = taught(place, "lora", "stock-lora")
    done("train", "export", f"{run}", "--out", f"{place}/stock-adapter", "--cache", f"{place}/cache")

    assert filmed(place, "plain", *told) != filmed(place, "adapted", *told, "--adapter", f"{place}/stock-adapter")


def question(folder: Path, size: tuple[int, int]) -> Path:
    folder.mkdir(parents=True)
    Image.new("RGB", size[::-1], (200, 30, 30)).save(folder / "first_frame.png")
    (folder / "prompt.txt").write_text("Walk to the goal.\n")
    (folder / "ground_truth.mp4").write_bytes(b"a film")
    return folder


def test_our_levels_are_filmed_and_scored_in_vbvrs_layout(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "PIXELS", 128 * 128)
    monkeypatch.setattr(questions, "FRAMES", 9)
    done("submit", "init", f"{place}/test", f"{place}/asked", "--layout", "vbvr")
    told = ("--policy", "wan", "--model", f"{place}/model", "--steps", "1", "--layout", "vbvr")
    films = filmed(place, "answered", *told, data="asked")
    out = place / "answered.json"
    done("score", f"{place}/films/answered", "--layout", "vbvr", "--data", f"{place}/test", "--out", f"{out}")
    rows = [json.loads(line) for line in out.with_name("answered.levels.jsonl").read_text().splitlines()]

    assert ["maze-tiny-test-0", "maze-tiny-test-1"] == [Path(name).parts[2] for name in films]
    assert ["maze/tiny/test/0", "maze/tiny/test/1"] == [row["id"] for row in rows]
    assert [sha256(film).hexdigest() for film in films.values()] == [row["sha256"] for row in rows]


def test_questions_of_vbvr_are_filmed_where_its_scorer_looks(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "PIXELS", 64 * 96)
    monkeypatch.setattr(questions, "FRAMES", 9)
    data = place / "vbvr"
    question(data / "G-1_a_data-generator" / "task" / "0000", (300, 450))
    question(data / "O-2_b_data-generator" / "task" / "0001", (200, 200))
    (data / "O-2_b_data-generator" / "task" / "0002").symlink_to(data / "O-2_b_data-generator" / "task" / "0001")
    (data / "other").mkdir()
    told = ("--policy", "wan", "--model", f"{place}/model", "--steps", "2", "--layout", "vbvr")
    films = filmed(place, "vbvr", *told, data="vbvr")
    asked = place / "films" / "vbvr" / "O-2_b_data-generator" / "task" / "0001" / "s0" / "question"
    shapes = [read_video(place / "films" / "vbvr" / name).shape for name in films if name.endswith("output.mp4")]

    assert {
        "G-1_a_data-generator/task/0000/s0/question/ground_truth.mp4",
        "G-1_a_data-generator/task/0000/s0/video/output.mp4",
        "O-2_b_data-generator/task/0001/s0/question/ground_truth.mp4",
        "O-2_b_data-generator/task/0001/s0/video/output.mp4",
    } == set(films)
    assert [(9, 64, 96, 3), (9, 64, 64, 3)] == [(f, h, w, c) for f, h, w, c in shapes]
    assert {"first_frame.png", "prompt.txt", "ground_truth.mp4"} == {path.name for path in asked.iterdir()}
    assert b"a film" == (asked / "ground_truth.mp4").read_bytes()


@pytest.mark.parametrize("size", [(480, 832), (832, 480), (1024, 1024), (1, 4000), (33, 31)])
def test_pictures_of_any_shape_get_a_size_that_a_model_films(size: tuple[int, int]) -> None:
    height, width = questions.size_near(*size)

    assert 0 == height % 32 == width % 32
    assert min(height, width) >= 32
    if max(size) < 3 * min(size):
        assert 0.9 < height * width / (480 * 832) < 1.1
        assert 0.9 < (height / width) / (size[0] / size[1]) < 1.1


def test_preflight_tells_the_noise_beside_the_clip(runs: tuple[str, Path, Path], place: Path) -> None:
    _, sft, _ = runs
    ran = run("preflight", f"{sft}", "--data", f"{place}/train", "--batch", "4", "--json")
    told = json.loads(ran.out)

    assert {"noise", "clip", "safe"} == set(told)
    assert 0 <= told["noise"] <= 0.1 * told["clip"]
    assert (0, True) == (ran.status, told["safe"])


def test_blocks_are_compiled_where_that_is_wanted(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    monkeypatch.setattr(
        WanTransformer3DModel, "compile_repeated_blocks", lambda self: called.append(type(self).__name__)
    )
    taught(place, "lora", "compiled", "--steps", "1", "--compile")

    assert ["WanTransformer3DModel"] == called
    assert "expected --compile with" in run("train", "sft", "--compile", "--out", f"{place}/no").err


def test_preflight_with_too_much_noise_ends_with_status_1(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(floors, "SAFE", -1.0)
    model = ("--preset", "lora", "--model", f"{place}/model", "--data", f"{place}/train")
    ran = run("preflight", *model, "--cache", f"{place}/cache")

    assert 1 == ran.status
    assert "take one update an iteration" in ran.out


SFT = ("train", "sft", "--preset", "lora", "--out", "{place}/no")


SUB = ("--data", "{place}/test", "--out", "{place}/no")


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
        (
            ("train", "grpo", "{place}/model", "--puzzle", "maze", "--out", "{place}/no"),
            "expected --puzzle with a large model only: {place}/model has one of its own",
        ),
        (("preflight",), "expected the folder of a run to start from, or --preset and --model"),
        (("sample", "--policy", "wan", *SUB), "expected --model with wan or diffusers, and with no other policy"),
        (("sample", "--policy", "oracle", "--model", "x", *SUB), "expected --model with wan or diffusers"),
        (("sample", "--policy", "oracle", "--guidance", "2", *SUB), "expected --guidance with diffusers only"),
        (
            ("sample", "--policy", "oracle", "--steps", "2", *SUB),
            "expected --steps, --batch and --shard with a large",
        ),
        (
            ("sample", "--policy", "wan", "--model", "no/such model", *SUB),
            "expected the folder of a pipeline or its id",
        ),
        (("sample", "--policy", "diffusers", "--model", "{place}/train", *SUB), "expected a pipeline's folder, got"),
        (("sample", "--policy", "oracle", "--layout", "vbvr", *SUB), "expected a large model for the layout vbvr"),
        (("sample", "--policy", "oracle", "--layout", "no", *SUB), "expected a layout of puzzlereel or vbvr, got 'no'"),
        (
            ("sample", "--policy", "wan", "--model", "{place}/model", "--layout", "vbvr", *SUB),
            "expected folders with first_frame.png",
        ),
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
