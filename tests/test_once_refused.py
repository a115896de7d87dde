"""Honest films of the red team that the judge once refused, and why."""

import pytest

from puzzlereel.verifiers.judge import judge
from puzzlereel.verifiers.redteam.plan import parse_film_id
from puzzlereel.verifiers.redteam.run import make

FILMS = {
    "7/sokoban/140/4": "a box that faded onto a target was taken for another light",
    "7/sokoban/216/4": "the same in a noisy film",
    "1414/sokoban/4/4": "the same while the camera shook",
    "7/sokoban/94/2": "of a dropped frame's move only a faint beginning had been seen",
    "7/flowfree/256/0": "tiles that were drawn larger were taken for noise",
    "7/maze/241/4": "a film whose first frame is coarse was held to bounds for a fine one",
    "7/flowfree/91/0": "the size of the tiles was not looked for between the bars of a letterbox",
    "2121/maze/8/2": "nor in a film that is stretched",
    "2121/sokoban/22/0": "most cells looked right with tiles of a wrong size",
    "7/sokoban/133/4": "patches that mix what is clipped with what is not told of the colours",
    "7/sokoban/85/0": "where little else is left, patches with edges do tell",
    "2121/maze/6/4": "what flickered until it was clipped was taken for more contrast",
    "7/maze/91/2": "looks that are faint beside their noise were told apart by how far off they are, not whereto",
    "7/sokoban/153/2": "the same of a bent player",
    "4242/maze/39/4": "more than half of a maze that lies two cells further looks right",
    "20261123/sokoban/36/0": "a skin of few colours leaves open how much channels are mixed: a little beyond the bound",
    "20261123/flowfree/111/0": "of a board of thin lines on one colour the search for its place went away from it",
    "20261123/flowfree/111/4": "the same from the very place where it lay",
    "20261123/flowfree/111/2": "what stands out beside the board in the first frame stood out in other rows only",
    "20261130/maze/74/2": "a board that drifted slowly was never new enough, against the frame before, to be followed",
    "20261201/sokoban/46/4": "a fade was not looked at where a glide came within the tolerance",
    "20261201/sokoban/135/4": "the same of a faint one",
    "20261201/sokoban/46/0": "sprites of thin lines were drawn at every second pixel of their way only",
    "20261201/maze/163/0": "agents half faded were as near to two as to a fade, in cells of 5 pixels",
    "20261201/sokoban/114/2": "boxes that keep their look told of no other light",
    "31415/sokoban/44/2": "a slow zoom was taken for another light until cells beside nothing that moves were off",
    "20261201/sokoban/151/2": "the same of a pan that flickers",
    "31415/flowfree/54/4": "the same of ends in a corner",
    "31415/flowfree/34/2": "tiles were taken to be drawn larger where the board lies just as it was drawn",
    "7/sokoban/61/2": "a fine texture that lay between pixels was off by a little more than in the first frame",
    "27182/flowfree/84/2": "patches were clipped as wholes, and not what is in them",
    "27182/flowfree/177/4": "the same of flows that had come later",
    "20261201/maze/119/4": "the same of a trail",
    "27182/maze/263/0": "a light that became stronger, then weaker, clipped colours otherwise than in the first frame",
    "20261201/maze/41/2": "the same of one that became stronger",
    "27182/flowfree/268/2": "the same of flows",
    "27182/flowfree/237/2": "the same in a noisy film",
    "16180/maze/18/4": "a walker a little larger was taken to be plain, whose sides lie on whole pixels",
    "14142/maze/46/2": "a pattern as fine as a film's few pixels shows otherwise in each cell",
    "14142/maze/286/2": "a pan that makes frames less sharp was taken for a light of less contrast",
    "14142/sokoban/80/4": "what moved made a board seem restless, and a slow pan calm",
    "14142/sokoban/280/2": "the same of a pan that flickers, a little more in every frame",
    "14142/sokoban/52/2": "where a shaking camera had taken the board was told by the player, who was gone",
    "20261201/sokoban/175/4": "a place was not looked for in as many steps as it takes",
    "14142/maze/186/4": "a maze that lies two cells further was taken for another one, drawn where it was looked for",
    "27182/maze/266/0": "the same between uneven bars",
    "27182/maze/230/4": "a light of another hue was followed as one that is stronger, less well in each frame",
    "20611/maze/159/4": "in cells of few pixels there was no room for numbers beyond a frame: the judge failed",
}


@pytest.mark.parametrize("name", FILMS)
def test_an_honest_film_is_not_refused_again(name: str) -> None:
    made = make(parse_film_id(name))
    verdict = judge(made.film.frames, made.level, made.skin)

    assert verdict.success, verdict.fault
