"""Damage to the rows of a CSV file."""

import random
from collections.abc import Sequence

from fuzzing import words


def damage(rows: list[list[str]], choice: random.Random, cells: Sequence[str]) -> None:
    """Changes one thing in the rows of a table.

    Args:
        rows: The rows, the header first.
        choice: Draws the change.
        cells: Texts of the table's own kind that may stand in a cell.
    """

    def cell() -> str:
        return choice.choice(cells) if choice.random() < 0.5 else words.text(choice)

    how, row = choice.randrange(14), choice.choice(rows)
    column = choice.randrange(max(len(row), 1))
    if how < 6 and row:
        row[column] = cell()
    elif how == 6 and row:
        del row[column]
    elif how == 7:
        row.insert(column, cell())
    elif how == 8:
        rows.insert(choice.randrange(len(rows) + 1), list(choice.choice(rows)))
    elif how == 9 and len(rows) > 2:
        del rows[choice.randrange(1, len(rows)) :]
    elif how == 10:
        # A whole column.
        for one in rows[1:]:
            if column < len(one):
                one[column] = choice.choice((cell(), one[column]))
    elif how == 11:
        for one in rows:
            one.insert(column, one[column] if column < len(one) else "")
    elif how == 12:
        first, second = choice.choice(rows), choice.choice(rows)
        first[:], second[:] = list(second), list(first)
    else:
        rows[0] += [f"column{number}" for number in range(choice.choice((1, 50, 3000)))]
