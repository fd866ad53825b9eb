"""Rows of a table: what holds for adults is not quoted of frail adults, where a row says what holds for adults."""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from typing import Final

from fmqa.text.words import tokenize

CELLS: Final = " | "  # between the cells of a row
_VALUE: Final = re.compile(r"\d")


def key(row: str) -> frozenset[str]:
    """Return the terms of what a row is about: of its first cell, and of those behind it before the first value.

    >>> sorted(key("Mild | Children | 2 mg | 8 mg"))
    ['children', 'mild']
    """
    first, *rest = row.split(CELLS)
    cells = [first]
    for cell in rest:
        if _VALUE.search(cell) or not cell.strip(" |"):
            break
        cells.append(cell)
    return frozenset(tokenize(" ".join(cells if len(cells) <= len(rest) else [first])))


def asked_for(rows: Sequence[tuple[Hashable, str]], asked: str) -> list[bool]:
    """Return which of some quotations stay when a table has rows for just what is asked.

    Args:
        rows: Of each quotation, the table that it is a row of, and the row; what has no cells is no row and stays.
        asked: The question.
    """
    words = frozenset(tokenize(asked))
    keys = [key(row) if CELLS in row else frozenset[str]() for _, row in rows]
    of_table: dict[Hashable, list[frozenset[str]]] = defaultdict(list)
    for (table, _), found in zip(rows, keys, strict=True):
        if found and found <= words:
            of_table[table].append(found)
    return [
        not found or not of_table[table] or found in _fullest(of_table[table])
        for (table, _), found in zip(rows, keys, strict=True)
    ]


def _fullest(keys: Iterable[frozenset[str]]) -> set[frozenset[str]]:
    """Return the keys that are no part of another: "very severe" goes before "severe" where both are asked for."""
    every = set(keys)
    return {one for one in every if not any(one < other for other in every)}
