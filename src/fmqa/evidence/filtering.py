"""Which documents may answer: the filter of a question, held against what an index knows of each document."""

from collections.abc import Iterable, Sequence
from typing import Final

from fmqa.errors import BadQuestion
from fmqa.evidence.library import Library, narrowed
from fmqa.index.stores.filters import Facts
from fmqa.types import Only

_NAMED: Final = 12  # values that an error names


def only(wanted: Only | None, library: Library) -> Library:
    """Return the library with those documents alone that a filter lets through; all of it without one.

    Raises: BadQuestion that names what is held, where the filter asks for something that is not.
    """
    if wanted is None or wanted.is_empty:
        return library
    held = library.opened.facts
    _check("document", wanted.documents, held)
    _check("kind", wanted.kinds, {facts.kind for facts in held.values()})
    _check_years(wanted, held.values())
    issued = _issued(wanted.organisations, library)
    documents = frozenset(
        name
        for name, facts in held.items()
        if _passes(name, facts, wanted) and (not wanted.organisations or name in issued)
    )
    if not documents:
        raise BadQuestion("no document here passes the whole filter; leave a part of it out")
    return narrowed(library, documents)


def since(year: int | None, library: Library) -> Library:
    """Return the library with those of its documents alone that were published in a year or later; all without one."""
    if year is None:
        return library
    held = library.opened.facts.items()
    recent = frozenset(name for name, facts in held if facts.year is not None and facts.year >= year)
    return narrowed(library, recent if library.chosen is None else recent.intersection(library.chosen))


def _passes(name: str, facts: Facts, wanted: Only) -> bool:
    dated = wanted.since is not None or wanted.until is not None
    return (
        (not wanted.documents or name in wanted.documents)
        and (not wanted.kinds or facts.kind in wanted.kinds)
        and (not dated or (facts.year is not None and _first(wanted) <= facts.year <= _last(wanted)))
        and (wanted.added is None or facts.added is wanted.added)
    )


def _issued(organisations: Sequence[str], library: Library) -> frozenset[str]:
    """Return the documents of some publishers, each by the name that a document gives it or a form of it."""
    by_name: dict[str, set[str]] = {}
    for name, facts in library.opened.facts.items():
        if facts.organisation is not None:
            by_name.setdefault(facts.organisation.casefold(), set()).add(name)
    found: set[str] = set()
    unknown: list[str] = []
    for organisation in organisations:
        of_body = library.names.issued(library.names.in_text(organisation).organisations)
        mine = {*by_name.get(organisation.casefold(), ()), *of_body}
        found |= mine
        unknown += [] if mine else [organisation]
    _check("organisation", unknown, {f.organisation for f in library.opened.facts.values() if f.organisation})
    return frozenset(found)


def _check_years(wanted: Only, held: Iterable[Facts]) -> None:
    years = sorted({facts.year for facts in held if facts.year is not None})
    if (wanted.since is None and wanted.until is None) or any(_first(wanted) <= y <= _last(wanted) for y in years):
        return
    known = f"documents here are of {years[0]} to {years[-1]}" if years else "no document here states its year"
    raise BadQuestion(f"no document here is of the years asked for; {known}")


def _first(wanted: Only) -> int:
    return 0 if wanted.since is None else wanted.since


def _last(wanted: Only) -> int:
    return 9999 if wanted.until is None else wanted.until


def _check(what: str, asked: Sequence[str], held: Iterable[str]) -> None:
    known = set(held)
    if known.issuperset(asked):
        return
    names = sorted(known)
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    raise BadQuestion(f"no {what} here is the one asked for; known are: {', '.join(names[:_NAMED])}{more}")
