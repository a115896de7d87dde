"""What video models are told: several wordings a puzzle, each of which tells all rules.

{agent} {goal} {floor} {wall} …    filled in with what the skin in use calls them, as "brown disc"
{colours}                          FlowFree: the colours on the board

Each says that the camera is static, since a model that pans or cuts shows another board.
"""

MAZE = (
    "The {agent} walks through the maze to the {goal}, one cell at a time, along the {floor} and never through the"
    " {wall}. Static camera, one continuous shot.",
    "A maze seen from above: {wall} and {floor}. Step by step the {agent} goes up, down, left or right to the"
    " neighbouring cell, never through a wall, until it reaches the {goal}, and there it stops. The camera is static:"
    " no cuts, no zoom.",
    "Solve this maze. Lead the {agent} to the {goal}: it keeps to the {floor}, takes one cell after another, and"
    " never jumps or passes through the {wall}, which stay as they are. Filmed by a static camera.",
    "Static camera, top view. There is one {agent} in the maze, and it looks for the way to the {goal}. It moves"
    " along the {floor}, from one cell to the next beside it; the {wall} block it. At the end it stands on the {goal}.",
    "The {agent} starts where it is and travels to the {goal}, cell by cell. It never leaves the {floor}, never moves"
    " diagonally and never cuts through the {wall}. Walls and goal stay as they are, and the camera stays static from"
    " the first frame to the last.",
)

FLOWFREE = (
    "From each {end} a flow of its colour grows, cell by cell, until it joins the two {ends} of that colour:"
    " {colours}. Flows never cross, never cover each other and never touch themselves, and at the end they fill every"
    " cell with {flow}. Static camera, one continuous shot.",
    "A board of {cell} with pairs of {ends} in {colours}. Each pair is joined by a path of {flow} in its own colour"
    " that goes from cell to cell, up, down, left or right, and never runs beside itself. No two paths share a cell,"
    " and when all pairs are joined no cell is empty. The camera is static: no cuts, no zoom.",
    "Solve this puzzle of coloured flows ({colours}). Connect the two {ends} of each colour with {flow} of the same"
    " colour, one cell after another, until no empty cells are left. A flow must not pass through another one, branch,"
    " or touch itself; the {ends} stay where they are. Filmed by a static camera.",
    "Static camera, top view of a grid of {cell}. For every colour on it ({colours}) a line of {flow} grows out of"
    " one {end} and ends at the other. What is filled keeps its colour: lines do not overlap, do not cross and do not"
    " fold back on themselves. The last frame shows every pair joined and the whole grid filled.",
    "The {ends} in {colours} come in pairs. Fill the {cell} between them with {flow}: each {end} is linked with its"
    " twin by one unbroken flow of its colour that neither meets itself nor takes a cell of another flow, and together"
    " the flows cover the whole board. The camera stays static from the first frame to the last.",
)

SOKOBAN = (
    "The {agent} pushes each {box} onto a {target} of its own, where it {stored}. It moves one cell at a time, never"
    " through the {wall}, and pushes one box at a time by walking into it; it never pulls. Static camera, one"
    " continuous shot.",
    "A store room seen from above: {wall} and {floor}. The {agent} walks up, down, left or right and pushes the {box}"
    " in its way one cell ahead, if the cell behind is free; it cannot pull. It stops when every {target} holds a box,"
    " and there a box {stored}. The camera is static: no cuts, no zoom.",
    "Solve this Sokoban level. The {agent} has to bring every {box} to a {target}. A box moves only when it is pushed"
    " from behind, one cell at a time and never two at once; it cannot be pulled, and nothing passes through the"
    " {wall}. On its target a box {stored}. Filmed by a static camera.",
    "Static camera, top view. Step by step the {agent} goes across the {floor} and, by walking against it, pushes"
    " each {box} along until it stands on a {target} and {stored}. It cannot pull a box, push two in a row, or enter"
    " the {wall}. At the end no target is left free of a box.",
    "There is one {agent}, and it must leave each {box} on a {target}, where it {stored}. It walks cell by cell on"
    " the {floor}; pushing is all it can do, one box at a time, into a free cell. The {wall} and the targets stay"
    " where they are, and the camera stays static from the first frame to the last.",
)
