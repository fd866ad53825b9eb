"""What the forms of the pages send, and that only our own pages may send it."""

from collections.abc import Mapping
from typing import Annotated, TypeVar
from urllib.parse import parse_qs, urlsplit

from fastapi import Depends, Request
from pydantic import Field, ValidationError
from starlette.exceptions import HTTPException

from fmqa.errors import BadQuestion
from fmqa.store.feedback import LONGEST_COMMENT, FeedbackKind
from fmqa.types import Audience, Record

_Form = TypeVar("_Form", bound=Record)


class AskForm(Record):
    """What the ask form sends."""

    question: str = ""
    suggestion: str = Field("", description="A suggested question that was chosen instead.")
    audience: Audience = Audience.CLINICIAN
    conversation_id: str = Field("", max_length=64)
    document: str = Field("", max_length=80, description="The document that is open.")


class FeedbackForm(Record):
    """What the feedback form sends."""

    kind: FeedbackKind
    comment: str = Field("", max_length=LONGEST_COMMENT)


async def read(request: Request, kind: type[_Form]) -> _Form:
    """Return a form that was sent by one of our own pages.

    Raises: HTTPException if another site sent it; BadQuestion that names the fields that cannot be used.
    """
    refuse_other_sites(request)
    fields: Mapping[str, list[str]] = parse_qs((await request.body()).decode("utf-8", "replace"))
    try:
        return kind.model_validate({name: values[-1] for name, values in fields.items()})
    except ValidationError as error:
        wrong = sorted({str(fault["loc"][0]) for fault in error.errors() if fault["type"] != "extra_forbidden"})
        named = f"the form's {', '.join(wrong)} cannot be used" if wrong else "the form has a field that is not known"
        raise BadQuestion(f"{named}; go back and send it again") from None


def refuse_other_sites(request: Request) -> None:
    """Refuse what another site makes a browser send. A program that sends neither header is not misled by a site."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None:
        foreign = site not in ("same-origin", "none")
    else:  # an older browser
        foreign = origin is not None and urlsplit(origin).netloc != request.headers.get("host")
    if foreign:
        raise HTTPException(403)


async def _asked(request: Request) -> AskForm:
    return await read(request, AskForm)


# Read before a stream begins: afterwards the request only tells of a disconnect.
Asked = Annotated[AskForm, Depends(_asked)]
