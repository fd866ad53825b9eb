"""The evidence map: interventions by sources, filtered, with the words of each cell, estimates, timeline and coverage.

Everything here depends on the generation of the index alone, so it is worked out once for each and kept.
"""

import threading
from typing import Annotated, Final

from fastapi import FastAPI, Query, Request, Response
from markupsafe import Markup
from pydantic import Field
from starlette.exceptions import HTTPException

from fmqa.errors import NotFound
from fmqa.types import Document
from fmqa.web import estimates, overview, plots, views
from fmqa.web.site.frame import Arriving, Site
from fmqa.web.streaming import Indexed, every_document

_UNKNOWN: Final = "no source says anything on this condition; choose one of the list at /evidence"


class Wanted(Arriving):
    """What is wanted of the map; what is left empty filters nothing."""

    condition: str = Field("", max_length=80)
    intervention: str = Field("", max_length=80, description="Part of the name of an intervention.")
    body: str = Field("", max_length=80, description="Id of a guideline.")
    direction: str = Field("", max_length=20, description="for, against or another direction that a source takes.")


def add_pages(app: FastAPI, site: Site) -> None:
    """Add the evidence map and the pages beside it to an application."""
    _add_map(app, site)
    _add_words(app, site)
    _add_plots(app, site)


def _add_map(app: FastAPI, site: Site) -> None:
    assistant = site.assistant

    @app.get("/evidence", include_in_schema=False)
    def evidence(request: Request, wanted: Annotated[Wanted, Query()]) -> Response:
        index = assistant.index  # once: another thread may change over to a newer one
        conditions = _conditions(site, index)
        chosen = wanted.condition or (conditions[0][0] if conditions else "")
        if not chosen:
            return site.page(request, "no_evidence.html", here="/evidence")
        table = _table(site, index, chosen)
        shown = overview.filtered(table, wanted.intervention, wanted.body, wanted.direction)
        place = site.place(request)
        ask = site.ask(request, place=place)

        def written() -> Markup:
            content = views.render("evidence_table.html", table=table, shown=shown, wanted=wanted, ask=ask)
            return Markup(content)  # noqa: S704 - a template's own output, escaped there

        filters = (chosen, wanted.intervention, wanted.body, wanted.direction, ask.parent)
        return site.page(
            request,
            "evidence.html",
            here="/evidence",
            conditions=conditions,
            wanted=wanted,
            table=table,
            directions=overview.directions(table),
            shown=shown,
            written=site.kept.get(index.generation, ("table", *filters), written),
            rest=site.kept.get(index.generation, ("estimates", chosen), lambda: _rest(index, chosen)),
            place=place,
            ask=ask,
        )


def _add_words(app: FastAPI, site: Site) -> None:
    assistant = site.assistant

    @app.get("/evidence/{condition}/words/{intervention}", include_in_schema=False)
    def words(request: Request, condition: str, intervention: str) -> Response:
        index = assistant.index
        table = _table(site, index, condition)
        row = next((row for row in table.rows if row.concept == intervention), None)
        if row is None:
            raise NotFound("no source of the map speaks of this intervention; /evidence lists those that have a row")
        return site.page(request, "evidence_words.html", here="", table=table, row=row)

    @app.get("/coverage", include_in_schema=False)
    def coverage(request: Request) -> Response:
        index = assistant.index
        held = site.kept.get(
            index.generation, ("coverage",), lambda: overview.coverage(every_document(index), index.vocabulary)
        )
        return site.page(request, "coverage.html", here="/coverage", coverage=held)


def _add_plots(app: FastAPI, site: Site) -> None:
    assistant = site.assistant
    drawing = threading.Lock()

    @app.get("/evidence/{condition}/{panel}-{theme}.svg", include_in_schema=False)
    def forest(condition: str, panel: int, theme: plots.Theme) -> Response:
        index = assistant.index

        def drawn() -> bytes:
            panels = list(estimates.panels(overview.all_estimates(every_document(index), condition)).items())
            if not 0 <= panel < len(panels):
                raise HTTPException(404)
            label = overview.labels(index.vocabulary)
            (_, _, better), members = panels[panel]
            names = [overview.estimate_label(estimate, label) for estimate in members]
            with drawing:  # its library is not made for several threads
                return plots.forest(members, names, theme, better)

        image = site.kept.get(index.generation, ("forest", condition, panel, theme), drawn)
        return Response(image, media_type="image/svg+xml")


def _table(site: Site, index: Indexed, condition: str) -> overview.EvidenceMap:
    if condition not in dict(_conditions(site, index)):
        raise NotFound(_UNKNOWN)
    return site.kept.get(
        index.generation,
        ("map", condition),
        lambda: overview.evidence_map(every_document(index), index.vocabulary, condition),
    )


def _conditions(site: Site, index: Indexed) -> tuple[tuple[str, str], ...]:
    return site.kept.get(
        index.generation, ("conditions",), lambda: overview.conditions(every_document(index), index.vocabulary)
    )


def _rest(index: Indexed, condition: str) -> Markup:
    """Return what stands below the table, written out: estimates and timeline do not depend on a filter."""
    documents: list[Document] = every_document(index)
    written = views.render(
        "evidence_rest.html",
        condition=condition,
        panels=estimates.panels(overview.all_estimates(documents, condition)),
        timeline=overview.timeline(documents),
        label=overview.labels(index.vocabulary),
    )
    return Markup(written)  # noqa: S704 - a template's own output, escaped there
