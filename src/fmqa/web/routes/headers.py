"""What headers say: which form is wanted, whether the client has it already, and where a list goes on."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError

from fmqa.errors import NotAcceptable

UNCHANGED: Final[dict[int | str, dict[str, Any]]] = {304: {"description": "The client holds it (If-None-Match)."}}
"""How the response to a client that holds what it asks for is described."""


class NotModified(Exception):
    """The client holds what it asks for."""

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__()
        self.headers = headers


def fresh(request: Request, response: Response, generation: str) -> None:
    """Say that a response holds for one generation of the index.

    Raises:
        NotModified: The client has the response of this generation.
    """
    tag = f'W/"{generation}"'  # weak: compressed or not, it says the same
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    held = request.headers.get("if-none-match", "")
    if held.strip() == "*" or tag.removeprefix("W/") in {each.strip().removeprefix("W/") for each in held.split(",")}:
        raise NotModified(headers)
    response.headers.update(headers)


def accepted(accept: str | None, offered: Sequence[str]) -> str:
    """Return the media type that suits an Accept header best; of several equally wanted ones the first offered.

    Args:
        accept: The header; None or empty: anything.
        offered: Media types without parameters, at least one.

    Raises:
        NotAcceptable: None of them is wanted.

    >>> accepted("text/plain;q=0.5, text/*;q=0.8, */*;q=0.1", ["application/json", "text/plain", "text/markdown"])
    'text/markdown'
    """
    ranges = [_range(each) for each in (accept or "*/*").split(",") if each.strip()]
    best = max(offered, key=lambda each: _wanted(each, ranges))  # the first of equals
    if _wanted(best, ranges) <= 0:
        raise NotAcceptable(f"ask with Accept: {', '.join(offered)}")
    return best


def _range(words: str) -> tuple[str, float]:
    name, *parameters = (part.strip().lower() for part in words.split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return name, min(1.0, max(0.0, float(parameter[2:])))
            except ValueError:
                return name, 0.0
    return name, 1.0


def _wanted(media_type: str, ranges: Sequence[tuple[str, float]]) -> float:
    """Return how much a media type is wanted, by the range that names it most exactly."""
    for pattern in (media_type, f"{media_type.split('/', maxsplit=1)[0]}/*", "*/*"):
        found = [weight for name, weight in ranges if name == pattern]
        if found:
            return max(found)
    return 0.0


def paged(request: Request, response: Response, total: int | None, limit: int, offset: int, shown: int) -> None:
    """Say in the Link header where a list begins, goes on and ends (RFC 8288), and how many entries it has in all.

    Args:
        request: What was asked.
        response: Gets the headers.
        total: Number of all entries; None: not known, and a full page may be the last.
        limit: Most entries of a page.
        offset: How many were left out before.
        shown: How many are returned.
    """
    places: dict[str, int] = {}
    if offset:
        places |= {"first": 0, "prev": max(0, offset - limit)}
    if (total is None and shown == limit) or (total is not None and offset + shown < total):
        places["next"] = offset + limit
    if total is not None:
        response.headers["x-total-count"] = str(total)
    if places:
        response.headers["link"] = ", ".join(f'<{_at(request, at)}>; rel="{name}"' for name, at in places.items())


def _at(request: Request, offset: int) -> str:
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "offset"]
    return f"{request.url.path}?{urlencode([*kept, ('offset', str(offset))])}"


async def no_query(request: Request) -> None:
    """Refuse query parameters at an address that takes none: a misspelt filter would silently filter nothing.

    Raises:
        RequestValidationError: There is one.
    """
    if request.query_params:
        raise RequestValidationError([{"type": "extra_forbidden", "loc": ("query", ""), "msg": ""}])
