"""The red team's films are what they say: lawful ones in bounds, cheats from a frame on, the same for the same name."""

import json
import os
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from random import Random

import numpy as np
import pytest
from jaxtyping import Float64
from typer.testing import CliRunner

from puzzlereel.cli.main import app
from puzzlereel.puzzles.core import PuzzlereelError, Reason
from puzzlereel.puzzles.ids import LevelId, solution_of
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.renderers.film import STYLES, Timing, Video, film_boards
from puzzlereel.renderers.layout import Canvas
from puzzlereel.renderers.skins import skin_of
from puzzlereel.renderers.video import read_video
from puzzlereel.verifiers.judge import judge
from puzzlereel.verifiers.redteam import run as running
from puzzlereel.verifiers.redteam.codecs import write_lossless
from puzzlereel.verifiers.redteam.colours import chroma_matrix, smoothed
from puzzlereel.verifiers.redteam.filming import Film, Script, even_beats, fastest, first_difference
from puzzlereel.verifiers.redteam.honest import HONEST, kinds_for
from puzzlereel.verifiers.redteam.kinds import KINDS
from puzzlereel.verifiers.redteam.plan import FilmId, NoSuchFilm, parse_film_id
from puzzlereel.verifiers.redteam.report import report_of
from puzzlereel.verifiers.redteam.run import NotMade, make, play, play_all
from puzzlereel.verifiers.redteam.staging import Stage
from puzzlereel.verifiers.redteam.variants import FAMILIES, VARIANTS
from puzzlereel.verifiers.scene import Scene

PERCEPTION = ("renderers.reading", "verifiers.judge", "verifiers.follow", "verifiers.underway")
MAKERS = ("variants", "kinds", "honest", "staging", "filming", "plan")
ON_FILM = [name for name, variant in VARIANTS.items() if variant.on_film]
LARGE = Canvas(480, 832)
NEVER_ON_THESE = {
    "flowfree": {"joined_not_filled", "scenery_slid"},
    "maze": {"through_the_wall"},
    "sokoban": set[str](),
    "fifteen": {"scenery_added", "scenery_slid", "scenery_moved"},
}
"""Cheats that few levels lend themselves to."""


@lru_cache
def stage_of(puzzle: str, style: str, index: int = 0, tier: str = "easy", frames: int = 81) -> Stage:
    way, other = (solution_of(LevelId(puzzle, tier, "test", number)).trajectory for number in (index, index + 1))
    assert way is not None
    skin = skin_of(puzzle)
    canvas = Canvas(*(16 * side for side in way.boards[0].shape))
    script = Script(way.boards, even_beats(len(way.boards), frames), skin, style, canvas)
    return Stage(Scene(way, other, skin, Random(puzzle)), script)


@lru_cache
def large() -> Film:
    stage = stage_of("sokoban", "slide")
    return stage.script._replace(canvas=LARGE, beats=even_beats(stage.count, 25)).film()


def board_moves(film: Film) -> Float64[np.ndarray, " frames"]:
    return np.diff(film.clock)


class TestFilming:
    @pytest.mark.parametrize("style", STYLES)
    @pytest.mark.parametrize("puzzle", PUZZLES)
    def test_an_even_pace_is_the_suites_own_film(self, puzzle: str, style: str) -> None:
        script = stage_of(puzzle, style).script
        own = film_boards(script.boards, script.skin, timing=Timing(), style=style, canvas=script.canvas)

        assert np.array_equal(own, script.film().frames)

    def test_the_clock_says_how_many_moves_are_done(self) -> None:
        film = stage_of("maze", "slide").film

        assert 0 == film.clock[0]
        assert stage_of("maze", "slide").count - 1 == film.clock[-1]
        assert 0 < fastest(film) <= 1


class TestHonest:
    @pytest.mark.parametrize("style", STYLES)
    @pytest.mark.parametrize("puzzle", PUZZLES)
    def test_every_kind_is_lawful_and_no_faster_than_a_move_a_frame(self, puzzle: str, style: str) -> None:
        stage = stage_of(puzzle, style)
        for name in kinds_for(stage.scene):
            told = HONEST[name](stage.scene, stage.script, Random(name))
            if told is not None:
                film = told.film()

                assert judge(film.frames, stage.scene.trajectory.level, stage.script.skin).success, name
                assert fastest(film) <= 1, name

    def test_every_kind_but_the_plain_one_differs_from_the_plain_film(self) -> None:
        told: set[str] = set()
        for puzzle in PUZZLES:
            stage = stage_of(puzzle, "slide", index=1, tier="ood" if puzzle == "maze" else "easy")
            for name in kinds_for(stage.scene):
                script = HONEST[name](stage.scene, stage.script, Random(0))
                if script is not None and first_difference(script.film().frames, stage.frames) is not None:
                    told.add(name)

        assert set(HONEST) - {"plain"} - told <= {"keeps_its_look", "another_solution"}


class TestVariants:
    @pytest.mark.parametrize("name", ON_FILM)
    def test_at_full_strength_the_film_is_another_one(self, name: str) -> None:
        change = VARIANTS[name].on_film
        assert change is not None
        made = change(large(), 1.0, Random(name))

        assert first_difference(made.frames, large().frames) is not None
        assert len(made.frames) == len(made.clock) == len(made.source)

    @pytest.mark.parametrize("name", [name for name in ON_FILM if VARIANTS[name].family != "codec"])
    def test_without_strength_the_film_is_the_same(self, name: str) -> None:
        change = VARIANTS[name].on_film
        assert change is not None

        assert None is first_difference(change(large(), 0.0, Random(name)).frames, large().frames)

    @pytest.mark.parametrize("name", [name for name, variant in VARIANTS.items() if variant.family == "codec"])
    def test_codecs_change_little(self, name: str) -> None:
        change = VARIANTS[name].on_film
        assert change is not None
        off = [
            np.abs(change(large(), strength, Random(0)).frames.astype(int) - large().frames).mean()
            for strength in (0.0, 1.0)
        ]

        assert 0 < off[0] < off[1] < 4

    @pytest.mark.skipif(not hasattr(os, "sched_getscheduler"), reason="scheduling of Linux")
    def test_an_encoder_that_makes_itself_real_time_where_root_runs_it_does_not_stay_so(self) -> None:
        change = VARIANTS["av1"].on_film
        assert change is not None
        change(large(), 0.5, Random(0))

        assert os.SCHED_OTHER == os.sched_getscheduler(0)

    def test_sizes_are_those_that_are_promised(self) -> None:
        sizes = {
            name: VARIANTS[name].on_film(large(), 1.0, Random(name)).frames.shape[1:3]  # type: ignore[misc]
            for name in ("scaled_down", "scaled_up", "stretched", "letterboxed", "pillarboxed")
        }

        assert (120, 208) == sizes["scaled_down"]
        assert (1088, 1886) == sizes["scaled_up"]
        assert sizes["stretched"] in {(528, 832), (432, 832), (480, 915), (480, 749)}
        assert (640, 832) == sizes["letterboxed"]
        assert (480, 1109) == sizes["pillarboxed"]

    def test_scaling_up_ends_at_three(self) -> None:
        stage = stage_of("maze", "hold")
        height, width = stage.script.canvas
        film = stage.film
        made = VARIANTS["scaled_up"].on_film(film, 1.0, Random(0))  # type: ignore[misc]

        assert (3 * height, 3 * width) == made.frames.shape[1:3]

    def test_no_more_than_three_hundredths_are_cut_off(self) -> None:
        for seed in range(6):
            height, width = VARIANTS["cropped"].on_film(large(), 1.0, Random(seed)).frames.shape[1:3]  # type: ignore[misc]

            assert (height, width) in {(480, 832), (480 - 14, 832 - 24)}

    @pytest.mark.parametrize(
        ("name", "change"),
        [
            ("brightness", lambda grey: 0.2 * grey),
            ("contrast", lambda grey: 0.2 * (grey - 127.5)),
        ],
    )
    def test_brightness_and_contrast_change_by_a_fifth(self, name: str, change: object) -> None:
        assert callable(change)
        grey = np.repeat(np.arange(40, 200, dtype=np.uint8), 3 * 8).reshape(1, 160, 8, 3)
        film = Film(grey, np.zeros(1), np.arange(1))
        made = VARIANTS[name].on_film(film, 1.0, Random(1)).frames.astype(float)  # type: ignore[misc]
        wanted = np.abs(change(grey.astype(float)))

        assert np.abs(np.abs(made - grey) - wanted).max() <= 0.5

    def test_gamma_is_a_power_of_six_fifths_or_five_sixths(self) -> None:
        grey = np.full((1, 4, 4, 3), 64, np.uint8)
        change = VARIANTS["gamma"].on_film
        assert change is not None
        made = {int(change(Film(grey, np.zeros(1), np.arange(1)), 1.0, Random(seed)).frames.max()) for seed in range(9)}

        assert {round(255 * (64 / 255) ** 1.2), round(255 * (64 / 255) ** (1 / 1.2))} == made

    def test_brightness_flickers_by_a_tenth_and_drifts_by_a_fifth(self) -> None:
        grey = np.full((30, 4, 4, 3), 100, np.uint8)
        film = Film(grey, np.zeros(30), np.arange(30))
        flickering, drifting = (VARIANTS[name].on_film for name in ("flickering", "drifting_colours"))
        assert flickering is not None
        assert drifting is not None
        levels = flickering(film, 1.0, Random(0)).frames[:, 0, 0, 0].astype(int)
        ends = {int(drifting(film, 1.0, Random(seed)).frames[:, 0, 0, 0].max()) for seed in range(30)}

        assert 90 <= levels.min() <= 92
        assert 108 <= levels.max() <= 110
        assert 100 == levels[0]
        assert {100, 120} <= ends <= set(range(100, 121))

    def test_hue_turns_and_saturation_scales_without_a_change_of_grey(self) -> None:
        luma = np.array([0.2126, 0.7152, 0.0722])
        for matrix in (chroma_matrix(10.0, 1.0), chroma_matrix(0.0, 1.3), chroma_matrix(-10.0, 0.7)):
            assert np.allclose(matrix @ np.ones(3), 1)
            assert np.allclose(luma @ matrix, luma)
        assert np.allclose(chroma_matrix(10.0, 1.0) @ chroma_matrix(-10.0, 1.0), np.eye(3))
        red = np.array([1.0, 0.0, 0.0])
        assert np.allclose(1.3 * (red - luma[0]), chroma_matrix(0.0, 1.3) @ red - luma[0])

    def test_noise_has_the_deviation_that_is_promised(self) -> None:
        grey = np.full((4, 120, 160, 3), 128, np.uint8)
        made = VARIANTS["noisy"].on_film(Film(grey, np.zeros(4), np.arange(4)), 1.0, Random(0)).frames  # type: ignore[misc]

        assert 15 == pytest.approx(made.astype(float).std(), rel=0.02)
        assert 128 == pytest.approx(made.mean(), abs=0.2)
        assert not np.array_equal(made[0], made[1])

    def test_blur_spreads_a_point_by_its_deviation(self) -> None:
        point = np.zeros((41, 41, 3), np.uint8)
        point[20, 20] = 255
        spread = smoothed(np.repeat(np.repeat(point, 1, 0), 1, 1), 1.0).astype(float)[:, :, 0]
        rows = np.arange(41) - 20.0
        share = spread.sum(1) / spread.sum()

        assert 1.0 == pytest.approx(np.sqrt((share * rows**2).sum()), rel=0.1)
        assert np.allclose(spread, spread.T)

    def test_the_camera_moves_by_no_more_than_it_may(self) -> None:
        """A single bright point tells by how far: 4 pixels of shaking, 2 of 100 of panning, each at 480 lines."""
        dark = np.zeros((9, 480, 832, 3), np.uint8)
        dark[:, 238:243, 414:419] = 255
        film = Film(dark, np.zeros(9), np.arange(9))
        for name, down, right in (("jittered", 4.0, 4.0), ("panned", 9.6, 16.64)):
            furthest = np.zeros(2)
            for seed in range(6):
                frames = VARIANTS[name].on_film(film, 1.0, Random(seed)).frames.astype(float)[..., 0]  # type: ignore[misc]
                places = np.array([middle_of(frame) for frame in frames]) - middle_of(dark[0, :, :, 0].astype(float))
                furthest = np.maximum(furthest, np.abs(places).max(0))

            assert (furthest <= np.array([down, right]) + 0.1).all(), name
            assert (furthest >= np.array([down, right]) / 2).all(), name

    def test_time_is_told_in_order_and_never_faster_than_a_move_a_frame(self) -> None:
        film = stage_of("sokoban", "slide").film
        for name in ("faster_rate", "repeated", "dropped"):
            made = VARIANTS[name].on_film(film, 1.0, Random(3))  # type: ignore[misc]

            assert np.array_equal(made.frames, film.frames[made.source])
            assert (np.diff(made.source) >= 0).all()
            assert (0, len(film.frames) - 1) == (made.source[0], made.source[-1])
            assert 16 <= len(made.frames) <= 241
            assert fastest(made) <= 1
        assert 241 == len(VARIANTS["faster_rate"].on_film(film, 1.0, Random(0)).frames)  # type: ignore[misc]
        assert len(VARIANTS["dropped"].on_film(film, 1.0, Random(0)).frames) < 0.7 * len(film.frames)  # type: ignore[misc]

    def test_of_a_fast_film_no_frame_is_dropped_that_is_needed(self) -> None:
        film = stage_of("sokoban", "slide", frames=40).film
        change = VARIANTS["dropped"].on_film
        assert change is not None
        for seed in range(20):
            made = change(film, 1.0, Random(seed))

            assert fastest(made) <= 1
            assert len(made.frames) < len(film.frames)

    @pytest.mark.parametrize(("name", "frames"), [("longer", 241), ("shorter", None), ("eased", 81), ("paused", None)])
    def test_paces_change_the_film_and_stay_lawful(self, name: str, frames: int | None) -> None:
        stage = stage_of("maze", "slide")
        change = VARIANTS[name].on_script
        assert change is not None
        film = change(stage.script, 1.0, Random(0), stage.scene.walker).film()

        assert fastest(film) <= 1
        assert frames in (None, len(film.frames))
        assert judge(film.frames, stage.scene.trajectory.level, stage.script.skin).success
        assert first_difference(film.frames, stage.frames) is not None
        if name == "shorter":
            assert max(16, stage.count) == len(film.frames)

    @pytest.mark.parametrize(("name", "size"), [("larger", 1.25), ("smaller", 0.75), ("rounder", 1), ("squarer", 1)])
    def test_a_walker_is_drawn_otherwise_by_no_more_than_a_quarter(self, name: str, size: float) -> None:
        stage = stage_of("maze", "hold")
        change = VARIANTS[name].on_script
        assert change is not None
        boxes = []
        for strength in (0.0, 1.0):
            skin = change(stage.script, strength, Random(0), stage.scene.walker).skin
            covered = np.sum([shape.coverage(64) for shape in skin.look("@").sprite], axis=0) > 0.5
            boxes.append((covered.any(0).sum(), covered.sum()))
        (width, area), (new_width, new_area) = boxes

        assert size == pytest.approx(new_width / width, abs=0.05)
        assert (new_area > 1.05 * area) == (name in ("larger", "squarer"))
        assert (new_area < area) == (name in ("smaller", "rounder"))

    def test_every_family_has_variants(self) -> None:
        assert set(FAMILIES) == {variant.family for variant in VARIANTS.values()}


def middle_of(frame: Float64[np.ndarray, "height width"]) -> Float64[np.ndarray, " 2"]:
    """Where the light of a frame has its middle."""
    height, width = frame.shape
    total = frame.sum()
    down, right = (frame.sum(1) * np.arange(height)).sum(), (frame.sum(0) * np.arange(width)).sum()
    return np.array([float(down / total), float(right / total)])


class TestCheats:
    def test_there_are_more_kinds_than_were_asked_for(self) -> None:
        assert len(KINDS) >= 40

    def test_the_page_tells_of_every_kind_and_variant(self) -> None:
        page = (Path(__file__).parent.parent / "docs" / "redteam.md").read_text("utf-8")
        words = set(page.replace(",", " ").replace("|", " ").split())

        assert set() == {*KINDS, *VARIANTS, *HONEST} - words
        for name, kind in KINDS.items():
            assert " ".join((kind.make.__doc__ or "").split()) in page, name

    @pytest.mark.parametrize("style", STYLES)
    @pytest.mark.parametrize("puzzle", PUZZLES)
    def test_each_is_refused_and_differs_from_the_honest_film_from_its_frame_on(self, puzzle: str, style: str) -> None:
        tier = "medium" if puzzle == "sokoban" else "easy"
        stage, told = stage_of(puzzle, style, tier=tier, frames=53), set()
        for name, kind in KINDS.items():
            for gross in (False, True):
                faked = kind.make(stage, gross) if kind.needs.met_by(stage.scene) else None
                if faked is None:
                    continue
                told.add(name)
                verdict = judge(faked.film.frames, stage.scene.trajectory.level, stage.script.skin)
                said = f"{name}, gross: {gross}, since {faked.since}: {verdict.fault}"

                assert not verdict.success, said
                assert verdict.fault is not None
                assert verdict.fault.reason in kind.reasons, said
                assert verdict.fault.frame >= faked.since, said
                if name != "another_plan":  # it has another way, which is lawful at first
                    assert first_difference(faked.film.frames, stage.frames) == faked.since, said
        possible = {name for name, kind in KINDS.items() if kind.needs.met_by(stage.scene)}

        assert possible - told <= NEVER_ON_THESE[puzzle] | {"behind_a_dissolve"}

    @pytest.mark.parametrize("gross", [False, True])
    def test_flows_can_be_joined_and_leave_cells_empty(self, gross: bool) -> None:
        stage = stage_of("flowfree", "hold", index=1)
        faked = KINDS["joined_not_filled"].make(stage, gross)
        assert faked is not None
        fault = judge(faked.film.frames, stage.scene.trajectory.level, stage.script.skin).fault

        assert faked.since == first_difference(faked.film.frames, stage.frames)
        assert fault is not None
        assert Reason.UNFILLED is fault.reason


class TestPlan:
    @pytest.mark.parametrize("name", ["7/maze/12/3", "-1/sokoban/0/0"])
    def test_a_name_is_read_back(self, name: str) -> None:
        assert name == str(parse_film_id(name))

    @pytest.mark.parametrize("name", ["", "7/maze/12", "7/chess/1/2", "07/maze/1/2", "7/maze/1/2/3", "7/maze/-1/2"])
    def test_what_names_no_film_is_refused(self, name: str) -> None:
        with pytest.raises(NoSuchFilm, match="expected a film like"):
            parse_film_id(name)

    def test_turns_are_even(self) -> None:
        items = list(range(7))
        seen = [FilmId(3, "maze", level, 1).turn(items, "kind") for level in range(21)]

        assert [3] * 7 == [seen.count(item) for item in items]
        assert seen[:7] != seen[7:14]

    def test_the_same_name_is_the_same_film(self) -> None:
        for film in (FilmId(5, "maze", 0, 0), FilmId(5, "flowfree", 1, 1)):
            one, other = make(film), make(film)

            assert None is first_difference(one.film.frames, other.film.frames)
            assert one[2:] == other[2:]
            assert film.honest == one.honest == (one.since is None)


def of(outcomes: object) -> list[tuple[object, ...]]:
    return sorted(tuple(one)[:-1] for one in outcomes)  # type: ignore[attr-defined]


def test_any_number_of_workers_comes_to_the_same() -> None:
    alone, spread = (of(play_all(2, ["maze"], 2, 2, workers=workers)) for workers in (1, 2))

    assert alone == spread


def test_a_film_of_another_level_has_room_for_its_larger_board() -> None:
    made = make(parse_film_id("20261201/maze/206/5"))

    assert ("another_level", (480, 832)) == (made.kind, tuple(made.looks.canvas))


def test_one_film_that_cannot_be_made_is_told_and_the_others_are_played(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(film: FilmId) -> running.Made:
        if film.film == 1:
            raise PuzzlereelError("no room")
        return make(film)

    monkeypatch.setattr(running, "make", fails)
    outcomes = list(play_all(2, ["maze"], 1, 3, workers=1))
    report = report_of(outcomes, seed=2, levels=1, command="", date="")

    assert ["2/maze/0/1"] == [one.film for one in outcomes if isinstance(one, NotMade)]
    assert (2, 2, 0) == (report["films"], report["honest"], report["cheats"])
    assert ["2/maze/0/1"] == [one["film"] for one in report["not_made"]]
    assert "no room" in report["not_made"][0]["why"]


def test_a_judge_that_accepts_all_or_raises_is_noticed_and_the_film_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = FilmId(5, "maze", 0, 1)
    verdict = judge(stage_of("maze", "hold").frames, stage_of("maze", "hold").scene.trajectory.level, skin_of("maze"))
    assert verdict.success
    monkeypatch.setattr(running, "judge", lambda video, level, skin: verdict)
    accepted = play(film, tmp_path)

    assert accepted.failed
    assert np.array_equal(make(film).film.frames, whole_of(tmp_path / "5-maze-0-1.mkv", make(film).film.frames))

    def broken(video: Video, level: object, skin: object) -> None:
        raise ValueError("no such thing")

    monkeypatch.setattr(running, "judge", broken)
    for raised in (play(film), play(FilmId(5, "maze", 0, 0))):
        assert raised.failed
        assert "no such thing" in raised.error


def test_the_strength_that_is_told_is_the_one_that_was_applied() -> None:
    """More is planned, of which so large a maze would have cells of too few pixels for a file."""
    made = make(parse_film_id("17320/maze/33/0"))
    strength = dict(made.befalling)["scaled_down"]

    assert 0.35 == pytest.approx(strength, abs=0.001)
    assert made.film.frames.shape[1] == pytest.approx(made.looks.canvas.height * 0.25**strength, abs=2)


@pytest.mark.parametrize(("name", "kind"), [("17320/maze/47/4", "plain"), ("17320/maze/67/0", "plain")])
def test_a_kind_of_which_a_variant_leaves_nothing_is_not_told(name: str, kind: str) -> None:
    """Planned as glides without rest, and as eased ones, of which `shorter` leaves no pace."""
    assert kind == make(parse_film_id(name)).kind


def whole_of(path: Path, like: Video) -> Video:
    return read_video(path)[:, : like.shape[1], : like.shape[2]]


def test_what_is_kept_is_what_was_judged(tmp_path: Path) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (3, 33, 47, 3), dtype=np.uint8)
    write_lossless(tmp_path / "film.mkv", frames)

    assert np.array_equal(frames, whole_of(tmp_path / "film.mkv", frames))


def test_a_report_counts_what_was_judged_wrongly() -> None:
    outcomes = [play(FilmId(4, "maze", 0, film)) for film in (0, 1, 3)]
    honest, cheat, other = (one._replace(success=one.honest, judged=True, error="") for one in outcomes)
    wrong = [honest._replace(success=False, judged=False, reason="unreadable"), cheat._replace(success=True), other]
    reports = [report_of(told, seed=4, levels=1, command="", date="") for told in ([honest, cheat, other], wrong)]

    assert [(0, 0, 0), (1, 1, 1)] == [
        (one["false_accepts"], one["false_rejects"], one["could_not_be_judged"]) for one in reports
    ]
    assert 0.5 == reports[1]["false_accept"]["rate"]
    assert reports[1]["false_accept"]["low"] < 0.5 < reports[1]["false_accept"]["high"]
    assert ["puzzlereel redteam --again 4/maze/0/0", "puzzlereel redteam --again 4/maze/0/1"] == [
        one["again"] for one in reports[1]["failures"]
    ]


class TestCommand:
    FIELDS = ("films", "false_accepts", "false_rejects", "kinds", "variants", "command", "date", "seed", "versions")

    def test_the_report_has_what_programs_rely_on(self, tmp_path: Path) -> None:
        options = ["redteam", "--levels", "1", "--films", "2", "--puzzle", "maze", "--workers", "1", "--json"]
        ran = CliRunner().invoke(app, [*options, "--seed", "3", "--out", str(tmp_path)])
        report = json.loads(ran.stdout)

        assert set(self.FIELDS) <= set(report)
        assert report == json.loads((tmp_path / "redteam.json").read_text("utf-8"))
        assert 2 == report["films"] == sum(one["films"] for one in report["kinds"].values())
        assert ran.exit_code == bool(report["failures"])

    def test_a_seed_that_no_name_could_have_is_refused(self) -> None:
        ran = CliRunner().invoke(app, ["redteam", "--seed", str(10**18)])

        assert 2 == ran.exit_code
        assert 10**18 - 1 == parse_film_id(f"{10**18 - 1}/maze/0/0").seed

    def test_a_film_can_be_made_again(self, tmp_path: Path) -> None:
        ran = CliRunner().invoke(app, ["redteam", "--again", "3/maze/0/1", "--out", str(tmp_path)])

        assert 0 == ran.exit_code
        assert "right     True" in ran.stdout
        assert (tmp_path / "films" / "3-maze-0-1.mkv").is_file()

    def test_so_many_films_of_a_seed_are_kept_whatever_lies_there(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(running, "MOST_SAVED", 2)
        frames = np.zeros((1, 16, 16, 3), np.uint8)
        for name in ("1/maze/0/0", "1/maze/0/1", "1/maze/0/2", "12/maze/0/0"):
            running.save(tmp_path, parse_film_id(name), frames)

        assert ["1-maze-0-0.mkv", "1-maze-0-1.mkv", "12-maze-0-0.mkv"] == sorted(
            path.name for path in tmp_path.iterdir()
        )


def test_whoever_makes_films_sees_nothing_of_perception() -> None:
    """In a process of its own, since here everything is imported already."""
    names = ", ".join(f"puzzlereel.verifiers.redteam.{name}" for name in MAKERS)
    program = f"import sys, {names}; print(*[name for name in sys.modules if name.startswith('puzzlereel.')])"
    ran = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    seen = ran.stdout.split()

    assert "puzzlereel.verifiers.redteam.kinds" in seen
    assert [] == [name for name in seen for hidden in PERCEPTION if name == f"puzzlereel.{hidden}"]
    ours = {f"puzzlereel.verifiers.{name}" for name in ("scene", "redteam")}
    assert [] == [
        name for name in seen
        if name.startswith("puzzlereel.verifiers.") and not name.startswith(tuple(ours))
    ]  # fmt: skip
