"""What the forms of the pages send, and that only our own pages may send it."""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeVar, get_origin
from urllib.parse import parse_qs, urlsplit

from fastapi import Depends, Request
from pydantic import BeforeValidator, Field, ValidationError
from starlette.exceptions import HTTPException

from fmqa.errors import BadQuestion
from fmqa.store.feedback import LONGEST_COMMENT, FeedbackKind
from fmqa.types import Audience, DocumentKind, Only, Record, Slug

_Form = TypeVar("_Form", bound=Record)


class Choice(Record):
    """Which sources are asked."""

    about: Literal["all", "sources", "document"] = Field(
        "all", description="all; those that fit what else is chosen; or the open document alone."
    )
    documents: tuple[Slug, ...] = Field((), max_length=100, description="Ids of single documents.")
    kinds: tuple[DocumentKind, ...] = ()
    organisations: tuple[str, ...] = Field((), max_length=100)
    since: Annotated[int | None, BeforeValidator(lambda year: year or None)] = Field(None, ge=1900, le=2100)


class AskForm(Choice):
    """What the ask form sends."""

    question: str = ""
    suggestion: str = Field("", description="A suggested question that was chosen instead.")
    audience: Audience = Audience.CLINICIAN
    conversation_id: str = Field("", max_length=64)
    parent: str = Field("", max_length=64, description="The turn that is gone on from: the last one shown.")
    document: Slug | Literal[""] = Field("", description="The document that is open.")

    @property
    def choice(self) -> Choice:
        """Which sources are asked, without the question."""
        return Choice.model_validate(self.model_dump(include=set(Choice.model_fields)))

    @property
    def wanted(self) -> Only:
        """Which documents may answer."""
        if self.about == "document":
            return Only(documents=(self.document,)) if self.document else Only()
        if self.about == "all":
            return Only()
        return Only(**self.model_dump(include={"documents", "kinds", "organisations", "since"}))


def choice_of(request: Request) -> Choice:
    """Return the sources that the address of a page chooses; what cannot be used chooses nothing."""
    fields = parse_qs(request.url.query)
    mine = {name: values for name, values in fields.items() if name in Choice.model_fields}
    try:
        return Choice.model_validate(
            {name: values if _holds_several(Choice, name) else values[-1] for name, values in mine.items()}
        )
    except ValidationError:
        return Choice()


class FeedbackForm(Record):
    """What the feedback form sends."""

    kind: FeedbackKind
    comment: str = Field("", max_length=LONGEST_COMMENT)
    about: str = Field("", max_length=200, description="Id of the statement that it is about; empty: the answer.")


async def read(request: Request, kind: type[_Form]) -> _Form:
    """Return a form that was sent by one of our own pages.

    Raises: HTTPException if another site sent it; BadQuestion that names the fields that cannot be used.
    """
    fields = await sent(request)
    try:
        return kind.model_validate(
            {name: values if _holds_several(kind, name) else values[-1] for name, values in fields.items()}
        )
    except ValidationError as error:
        wrong = sorted({str(fault["loc"][0]) for fault in error.errors() if fault["type"] != "extra_forbidden"})
        named = f"the form's {', '.join(wrong)} cannot be used" if wrong else "the form has a field that is not known"
        raise BadQuestion(f"{named}; go back and send it again") from None


async def sent(request: Request) -> Mapping[str, list[str]]:
    """Return the fields of a form as they were sent, those with a value.

    Raises: HTTPException if another site sent it.
    """
    refuse_other_sites(request)
    return parse_qs((await request.body()).decode("utf-8", "replace"))


def _holds_several(kind: type[Record], name: str) -> bool:
    field = kind.model_fields.get(name)
    return field is not None and get_origin(field.annotation) is tuple


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
