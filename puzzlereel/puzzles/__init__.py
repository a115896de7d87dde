"""The rules: levels, moves and states, how they are generated and solved, and their text forms."""
