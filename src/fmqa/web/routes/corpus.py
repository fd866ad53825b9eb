"""What answers come from: documents, passages, and recommendations by themselves."""

from typing import Annotated

from fastapi import Depends, FastAPI, Path, Query, Request, Response

from fmqa.types import Passage
from fmqa.web.exchange import fhir
from fmqa.web.exchange.recommendations import check_filter, passes, recommendations
from fmqa.web.problems import errors
from fmqa.web.routes.headers import UNCHANGED, accepted, fresh, no_query, paged
from fmqa.web.site.frame import PerGeneration
from fmqa.web.streaming import Answering, every_document
from fmqa.wire import (
    DocumentDetail,
    DocumentList,
    DocumentQuery,
    DocumentSummary,
    RecommendationList,
    RecommendationQuery,
    only_of,
)

_JSON = "application/json"


def add_routes(app: FastAPI, assistant: Answering) -> None:
    """Add the routes of the corpus."""
    _add_documents(app, assistant)

    @app.get("/v1/passages/{passage_id:path}", tags=["corpus"], responses=errors(404, 422) | UNCHANGED)
    def passage(
        passage_id: Annotated[str, Path(examples=["eular-2017@120-240"])],
        request: Request,
        response: Response,
        _: Annotated[None, Depends(no_query)],
    ) -> Passage:
        """Return one passage with its anchor."""
        index = assistant.index
        found = index.passage(passage_id)
        fresh(request, response, index.generation)
        return found

    @app.get("/v1/recommendations", tags=["corpus"], responses=errors(404, 422) | UNCHANGED)
    def list_recommendations(
        query: Annotated[RecommendationQuery, Query()], request: Request, response: Response
    ) -> RecommendationList:
        """List recommendations with their grades as printed, by document, treatment, publisher, year or direction."""
        index = assistant.index
        documents = every_document(index)
        check_filter(query, documents)
        fresh(request, response, index.generation)
        found = recommendations(documents, index.vocabulary, query)
        shown = found[query.offset : query.offset + query.limit]
        paged(request, response, len(found), query.limit, query.offset, len(shown))
        return RecommendationList(generation=index.generation, total=len(found), recommendations=tuple(shown))


def _add_documents(app: FastAPI, assistant: Answering) -> None:
    kept = PerGeneration(1)

    @app.get("/v1/documents", tags=["corpus"], responses=errors(422) | UNCHANGED)
    def documents(query: Annotated[DocumentQuery, Query()], request: Request, response: Response) -> DocumentList:
        """List the documents that answers come from."""
        index = assistant.index
        fresh(request, response, index.generation)
        if not only_of(query).is_empty:
            held = every_document(index)
            check_filter(query, held)
            every = [DocumentSummary.of(each) for each in held if passes(each, query)]
        else:  # reading every document takes a while
            every = kept.get(index.generation, (), lambda: list(map(DocumentSummary.of, every_document(index))))
        shown = every[query.offset : query.offset + query.limit]
        paged(request, response, len(every), query.limit, query.offset, len(shown))
        return DocumentList(generation=index.generation, total=len(every), documents=tuple(shown))

    @app.get(
        "/v1/documents/{document_id}",
        tags=["corpus"],
        responses={
            200: {"content": {fhir.MEDIA_TYPE: {"schema": {"type": "object"}}}},
            **errors(404, 406, 422, 503),
            **UNCHANGED,
        },
        response_model=DocumentDetail,
    )
    def document(
        document_id: Annotated[str, Path(examples=["eular-2017"])],
        request: Request,
        response: Response,
        _: Annotated[None, Depends(no_query)],
    ) -> DocumentDetail | Response:
        """Return one document with its text, which the anchors of answers point into.

        With `Accept: application/fhir+json` its recommendations and their grades as a FHIR R5 bundle (EBMonFHIR).
        """
        index = assistant.index
        found = index.document(document_id)
        wanted = accepted(request.headers.get("accept"), (_JSON, fhir.MEDIA_TYPE))
        response.headers["vary"] = "accept"
        fresh(request, response, f"{index.generation}{'-fhir' if wanted == fhir.MEDIA_TYPE else ''}")
        if wanted == fhir.MEDIA_TYPE:
            bundle = fhir.bundle(found, index.vocabulary, str(request.base_url))
            return Response(bundle, headers=dict(response.headers), media_type=fhir.MEDIA_TYPE)
        return DocumentDetail(review_state=found.review_state, trust=found.trust, document=found)
