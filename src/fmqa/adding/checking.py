"""Compares what a reader found in a file with a second, independent reading of the same file.

Numbers and words are compared. A block in which the two readings differ is withheld: it stays in the text and is shown,
but it is neither searched nor quoted.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate, pairwise

from fmqa.adding import roundtrip
from fmqa.readers.blocks import Block, Extract, Laid, unicode_form
from fmqa.types import NumberDifference


def numbers(extract: Extract, laid: Laid) -> tuple[list[NumberDifference], set[int], int]:
    """Return where numbers differ, the blocks that hold such a place, and how many tokens were compared."""
    if extract.paged:
        return _by_page(extract, laid)
    checks = [unicode_form(block.words if block.check is None else block.check) for block in extract.blocks]
    starts = list(accumulate((len(check) + 2 for check in checks), initial=0))
    text = "\n\n".join(checks)
    placed = roundtrip.placed_tokens(text)
    source = extract.source[0]
    of_source = roundtrip.placed_tokens(source)
    found = roundtrip.aligned([token for token, _ in of_source], [token for token, _ in placed])
    left_out: set[int] = set()
    for difference in found:
        if not placed:  # the text has no number at all, the file has: nothing of it can be trusted
            left_out |= set(range(len(checks)))
            continue
        near = placed[max(0, difference.after - 1) : difference.after + len(difference.text) + 1]
        first, last = (bisect_right(starts, offset) - 1 for offset in (near[0][1], near[-1][1]))
        at = of_source[difference.before : difference.before + max(1, len(difference.source))] or of_source[-1:]
        lines = source[source.rfind("\n", 0, at[0][1]) + 1 : _end_of_line(source, at[-1][1])] if at else ""
        left_out |= _holding(range(first, last + 1), checks, lines)
    rows = [NumberDifference(source=d.source[:50], text=d.text[:50]) for d in found]
    return rows, left_out, len(of_source)


def _end_of_line(text: str, offset: int) -> int:
    end = text.find("\n", offset)
    return end if end >= 0 else len(text)


def _holding(candidates: range, checks: list[str], lines: str) -> set[int]:
    """Return the blocks that share most words with some lines of the file; all blocks where none shares any."""
    wanted = set(re.findall(r"[^\W\d_]+", lines.lower()))
    shares = {}
    for number in candidates:
        words = set(re.findall(r"[^\W\d_]+", checks[number].lower()))
        shares[number] = len(words & wanted) / (len(words | wanted) or 1)
    best = max(shares.values(), default=0)
    return {number for number, share in shares.items() if share >= 0.5 * best} if best else set(candidates)


def lost_words(extract: Extract) -> tuple[list[str], set[int]]:
    """Return the words that a file has more often than its blocks, and the blocks near which they stood."""
    if extract.paged:
        return [], set()
    checks = [unicode_form(block.words if block.check is None else block.check) for block in extract.blocks]
    lost = Counter(_words(extract.source[0])) - Counter(word for check in checks for word in _words(check))
    left_out: set[int] = set()
    for line in extract.source[0].split("\n") if lost else ():
        if not lost.keys().isdisjoint(_words(line)):
            left_out |= _holding(range(len(checks)), checks, line)
    return list(lost.elements()), left_out


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]{2,}", text.lower())


def _by_page(extract: Extract, laid: Laid) -> tuple[list[NumberDifference], set[int], int]:
    rows: list[NumberDifference] = []
    left_out: set[int] = set()
    compared = 0
    texts: dict[int, list[str]] = {}
    on_page: dict[int, list[int]] = {}
    for number, block in enumerate(extract.blocks):
        for page, words in _by_turns(block):
            texts.setdefault(page, []).append(words)
            on_page.setdefault(page, []).append(number)
    for number, source in enumerate(extract.source, start=1):
        compared += roundtrip.count(source)
        lost, gained = roundtrip.counted(source, "\n".join([*texts.get(number, []), extract.dropped[number - 1]]))
        if not lost and not gained:
            continue
        rows.append(
            NumberDifference(page=number, source=tuple(lost.elements())[:50], text=tuple(gained.elements())[:50])
        )
        blocks = on_page.get(number, [])
        figures = {*lost, *gained}
        holding = {n for n in blocks if figures & set(roundtrip.folded(laid.text[slice(*laid.spans[n])]))}
        left_out |= holding if gained and holding else set(blocks)  # a figure that is lost may be missing anywhere
    return rows, left_out, compared


def _by_turns(block: Block) -> Iterator[tuple[int, str]]:
    """Yield each page that a block is on, with the words of the block that are checked there."""
    page = block.page or 0
    if block.check is not None:
        parts = block.check.split("\f")  # where it turns a page
        yield from zip([page, *(number for _, number in block.turns)], parts, strict=False)
        return
    edges = [(0, page), *block.turns, (len(block.words), 0)]
    for (start, number), (end, _) in pairwise(edges):
        yield number, block.words[start:end]
