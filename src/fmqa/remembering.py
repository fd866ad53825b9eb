"""Methods that remember what they returned of late, without keeping their object alive.

``functools.lru_cache`` on a bound method, kept by the object itself, is a cycle: the object is freed only when the
collector runs. That of a whole generation of the index stops every thread for a fifth of a second.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import ParamSpec, TypeVar, cast
from weakref import WeakMethod

_Given = ParamSpec("_Given")
_Found = TypeVar("_Found")


def remembered(method: Callable[_Given, _Found], most: int | None) -> Callable[_Given, _Found]:
    """Return a bound method that keeps its last results.

    Args:
        method: Bound to an object that outlives whoever calls what is returned, such as the one that keeps it; what it
            is called with can be hashed.
        most: How many results are kept; None: all.
    """
    held = WeakMethod(method)

    @lru_cache(most)
    def call(*given: _Given.args, **named: _Given.kwargs) -> _Found:
        bound = held()
        assert bound is not None, "called after its object is gone"  # noqa: S101 - see Args
        return bound(*given, **named)

    return cast(Callable[_Given, _Found], call)
