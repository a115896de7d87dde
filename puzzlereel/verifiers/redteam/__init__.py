"""The red team: lawful films in every disguise that must be accepted, and films that cheat, which never must be.

scene  filming  staging     what moves in a solution; how it is filmed, at any pace; a film that can be tampered with
honest                      what else is lawful: pauses, detours, other orders, other solutions
variants geometry colours grain codecs tempo     what may befall a film on its way to the judge
boards  ways  things  scenery  flows             the cheats
plan  run  report           which films there are for a seed; make and judge one; what came out
"""

from puzzlereel.verifiers.redteam.boards import Cheat, cheats, end_without_the_way, teleport

__all__ = ["Cheat", "cheats", "end_without_the_way", "teleport"]
