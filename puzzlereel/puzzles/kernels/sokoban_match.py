"""The cheapest way to give every box a target of its own: a lower bound of the pushes that are still to come.

             target 0   target 1       a row a box, a column a target, and in each cell the pushes of that box alone;
    box 0        3          5          here box 0 takes target 1, and box 1 target 0: 5 + 1 = 6
    box 1        1          4

Rows enter one after the other along shortest augmenting paths; prices of rows and columns, whose sum never exceeds the
cost of a pair, prove the choice cheapest (Kuhn 1955, Jonker and Volgenant 1987).
"""

import numpy as np
from jaxtyping import Int64

from puzzlereel.puzzles.kernels.sokoban_room import NEVER, inner

ROW_PRICE, PRICE, MATE, SLACK, CAME, SEEN, KEPT_ROW_PRICE, KEPT_PRICE, KEPT_MATE = range(9)
"""The rows of the accounts: of each row its price, of each column its price and the row that has it, or -1; while a
row enters, the least cost of each column so far, the column before it on the way, and whether it is settled; then a
copy of the prices and mates."""
ACCOUNTS = 9
HUGE = 1 << 60


@inner
def settle(costs: Int64[np.ndarray, "rows columns"], accounts: Int64[np.ndarray, "9 columns+1"]) -> int:
    """The least sum of costs in which every row has a column of its own; NEVER where there is none."""
    rows, columns = costs.shape
    for column in range(columns + 1):
        accounts[ROW_PRICE, column] = accounts[PRICE, column] = 0
        accounts[MATE, column] = -1
    for row in range(rows):
        _enter(costs, accounts, row)
    return _sum(costs, accounts)


@inner
def keep(costs: Int64[np.ndarray, "rows columns"], accounts: Int64[np.ndarray, "9 columns+1"]) -> None:
    """Copies what was settled, for `resettle` to start from."""
    for column in range(costs.shape[1] + 1):
        accounts[KEPT_ROW_PRICE, column] = accounts[ROW_PRICE, column]
        accounts[KEPT_PRICE, column] = accounts[PRICE, column]
        accounts[KEPT_MATE, column] = accounts[MATE, column]


@inner
def resettle(costs: Int64[np.ndarray, "rows columns"], accounts: Int64[np.ndarray, "9 columns+1"], row: int) -> int:
    """As `settle`, where only the costs of one row differ from those that were kept."""
    rows, columns = costs.shape
    if rows < columns:
        return settle(costs, accounts)
    least = HUGE
    for column in range(columns):
        accounts[ROW_PRICE, column] = accounts[KEPT_ROW_PRICE, column]
        accounts[PRICE, column] = accounts[KEPT_PRICE, column]
        accounts[MATE, column] = accounts[KEPT_MATE, column]
        if accounts[MATE, column] == row:
            accounts[MATE, column] = -1
        least = min(least, costs[row, column] - accounts[PRICE, column])
    accounts[ROW_PRICE, row] = least
    _enter(costs, accounts, row)
    return _sum(costs, accounts)


@inner
def _enter(costs: Int64[np.ndarray, "rows columns"], accounts: Int64[np.ndarray, "9 columns+1"], row: int) -> None:
    """Gives a row a column, moving other rows where that is cheapest; the last column stands for the door."""
    columns = costs.shape[1]
    for column in range(columns + 1):
        accounts[SLACK, column] = HUGE
        accounts[SEEN, column] = 0
    accounts[MATE, columns], accounts[PRICE, columns] = row, 0
    column = columns
    while accounts[MATE, column] >= 0:
        accounts[SEEN, column] = 1
        taken = accounts[MATE, column]
        least, nearest = HUGE, columns
        for other in range(columns):
            if not accounts[SEEN, other]:
                cost = costs[taken, other] - accounts[ROW_PRICE, taken] - accounts[PRICE, other]
                if cost < accounts[SLACK, other]:
                    accounts[SLACK, other], accounts[CAME, other] = cost, column
                if accounts[SLACK, other] < least:
                    least, nearest = accounts[SLACK, other], other
        if least:
            for other in range(columns + 1):
                if accounts[SEEN, other]:
                    accounts[ROW_PRICE, accounts[MATE, other]] += least
                    accounts[PRICE, other] -= least
                else:
                    accounts[SLACK, other] -= least
        column = nearest
    while column != columns:
        before = accounts[CAME, column]
        accounts[MATE, column] = accounts[MATE, before]
        column = before
    accounts[MATE, columns] = -1


@inner
def _sum(costs: Int64[np.ndarray, "rows columns"], accounts: Int64[np.ndarray, "9 columns+1"]) -> int:
    """What the columns cost the rows that have them; NEVER where that is not less."""
    cost = 0
    for column in range(costs.shape[1]):
        if accounts[MATE, column] >= 0:
            cost += costs[accounts[MATE, column], column]
    return min(cost, NEVER)
