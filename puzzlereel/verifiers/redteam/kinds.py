"""All ways to cheat, by name."""

from collections.abc import Mapping

from puzzlereel.verifiers.redteam.boxes import BOXES
from puzzlereel.verifiers.redteam.flows import FLOWS
from puzzlereel.verifiers.redteam.scenery import SCENERY
from puzzlereel.verifiers.redteam.staging import Kind
from puzzlereel.verifiers.redteam.stones import STONES
from puzzlereel.verifiers.redteam.walkers import WALKERS
from puzzlereel.verifiers.redteam.ways import WAYS

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in (*WAYS, *WALKERS, *BOXES, *SCENERY, *FLOWS, *STONES)}
