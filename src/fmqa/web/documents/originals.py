"""The file that a document came from, under the document's own id: as it was, and a page of a PDF as a picture.

Pages are drawn in a confined process, one at a time, and the last ones are kept; a browser keeps what it has seen.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from typing import Annotated, Final, NamedTuple
from urllib.parse import quote

from fastapi import FastAPI, Query, Request, Response
from fastapi import Path as InPath
from fastapi.responses import FileResponse
from pydantic import Field

from fmqa.adding import workers
from fmqa.adding.inside import Drawing, Limits
from fmqa.corpus import added
from fmqa.errors import NotFound
from fmqa.types import Document, FileFormat, Record
from fmqa.web.problems import errors
from fmqa.web.streaming import Answering

_KEPT_BYTES: Final = 32_000_000
_LIMITS: Final = Limits(seconds=20, megabytes=1024)
_MEDIA: Final = {
    FileFormat.PDF: "application/pdf",
    FileFormat.HTML: "text/html",
    FileFormat.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    FileFormat.JATS: "application/xml",
    FileFormat.MEDLINE: "application/xml",
    FileFormat.SPL: "application/xml",
}
# A browser may show a PDF; anything else of a stranger's is for saving only, and may run nothing.
_SEALED: Final = {"content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'"}
_PNG: Final = "image/png"
_JPEG: Final = "image/jpeg"
_LASTING: Final = "private, max-age=86400"


class Page(NamedTuple):
    """A page of a PDF, as a document's page shows it."""

    number: int  # its place in the file
    label: str  # what is printed on it, or its place
    address: str  # of the picture

    @property
    def is_labelled(self) -> bool:
        """Whether what is printed on it is another number than its place."""
        return self.label != str(self.number)


class Cited(Record):
    """The words that are boxed on a page."""

    start: int | None = Field(None, ge=0, description="First character of the document's text.")
    end: int | None = Field(None, ge=1, description="The character behind the last.")


class _Pictures:
    """The last pictures that were made, up to so many bytes."""

    def __init__(self, most: int) -> None:
        self._most, self._size = most, 0
        self._kept: OrderedDict[tuple[str, ...], bytes] = OrderedDict()
        self._lock, self._drawing = threading.Lock(), threading.Lock()

    def get(self, key: tuple[str, ...], make: Callable[[], bytes]) -> bytes:
        """Return what is kept under a key, or make and keep it."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        with self._drawing:  # a page takes a core; whoever comes meanwhile finds it made
            if (made := self._kept.get(key)) is None:
                made = make()
                self._keep(key, made)
        return made

    def _keep(self, key: tuple[str, ...], made: bytes) -> None:
        with self._lock:
            self._kept[key] = made
            self._size += len(made)
            while self._size > self._most and len(self._kept) > 1:
                _, gone = self._kept.popitem(last=False)
                self._size -= len(gone)


_pictures: Final = _Pictures(_KEPT_BYTES)


def add_routes(app: FastAPI, assistant: Answering) -> None:
    """Add the routes to an application."""

    @app.get(
        "/v1/documents/{document_id}/file", tags=["corpus"], response_class=FileResponse, responses=errors(404, 422)
    )
    @app.get("/documents/{document_id}/file", include_in_schema=False)
    def file(document_id: Annotated[str, InPath()]) -> Response:
        """Return the file that a document came from, byte for byte."""
        document = assistant.index.document(document_id)
        path = added.original(assistant.settings.corpus, document)
        origin = document.metadata.origin
        assert origin is not None  # noqa: S101 - a document with a file has one
        is_pdf = origin.format is FileFormat.PDF
        shown = f"{'inline' if is_pdf else 'attachment'}; filename*=UTF-8''{quote(origin.file)}"
        headers = {"content-disposition": shown, "cache-control": _LASTING, **({} if is_pdf else _SEALED)}
        return FileResponse(path, media_type=_MEDIA.get(origin.format, "text/plain; charset=utf-8"), headers=headers)

    @app.get(
        "/v1/documents/{document_id}/pages/{number}",
        tags=["corpus"],
        response_class=Response,
        responses={200: {"content": {"image/png": {}, "image/jpeg": {}}}, **errors(404, 422)},
    )
    @app.get("/documents/{document_id}/pages/{number}", include_in_schema=False)
    def page(
        request: Request, document_id: Annotated[str, InPath()], number: int, cited: Annotated[Cited, Query()]
    ) -> Response:
        """Return a page of a PDF as a picture, with words of the document's text boxed on it."""
        document = assistant.index.document(document_id)
        if not has_pages(document) or number not in {each for _, each in document.pages}:
            raise NotFound("the document has no such page")
        span = (cited.start, cited.end) if cited.start is not None and cited.end is not None else None
        drawing = _drawing(assistant, document, span, number)
        tag = f'"{sha256(drawing.model_dump_json(exclude={"path"}).encode()).hexdigest()[:16]}-{document.sha256[:8]}"'
        lasting = {"etag": tag, "cache-control": _LASTING}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=lasting)
        picture = _pictures.get((str(drawing.path), tag), lambda: workers.draw(drawing, _LIMITS))
        return Response(picture, media_type=_PNG if picture.startswith(b"\x89PNG") else _JPEG, headers=lasting)


def has_pages(document: Document) -> bool:
    """Return whether a document came from a PDF."""
    origin = document.metadata.origin
    return origin is not None and origin.format is FileFormat.PDF and bool(document.pages)


def page_of(document: Document, span: tuple[int, int] | None) -> Page | None:
    """Return the page of a PDF that words stand on, else its first; None if the document has no pages.

    What draws it is made ready, because a browser asks for the picture next.
    """
    number = document.page(span[0] if span else 0) if has_pages(document) else None
    if number is None:
        return None
    workers.warm()
    labels = dict(document.metadata.origin.page_labels) if document.metadata.origin is not None else {}
    words = f"?start={span[0]}&end={span[1]}" if span else ""
    return Page(
        number=number,
        label=labels.get(number, str(number)),
        address=f"/documents/{document.id}/pages/{number}{words}",
    )


def _drawing(assistant: Answering, document: Document, span: tuple[int, int] | None, number: int) -> Drawing:
    """Return what is to be drawn: of a span the words that stand on the page, and how much of its text is before."""
    path = added.original(assistant.settings.corpus, document)
    places = [(start, each) for start, each in document.pages if each == number]
    first = places[0][0]
    end = min((start for start, _ in document.pages if start > places[-1][0]), default=len(document.text))
    if span is None or not span[0] < span[1] or span[1] <= first or span[0] >= end:
        return Drawing(path=path, page=number)
    start, stop = max(span[0], first), min(span[1], end)
    share = (start - first) / max(1, end - first)
    return Drawing(path=path, page=number, words=document.text[start:stop], share=round(share, 3))
