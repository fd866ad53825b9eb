"""The box that other sites put on their pages: its script, and a page that shows how."""

from fastapi import FastAPI, Request, Response

from fmqa.web import views
from fmqa.web.site.frame import Site


def add_pages(app: FastAPI, site: Site) -> None:
    """Add the script of the box and its example to an application.

    Any page may load the script; which pages may ask with it is the setting of the origins.
    """

    @app.get("/embed.js", include_in_schema=False)
    async def script() -> Response:
        media_type, content = views.STATIC["embed.js"]
        headers = {"cache-control": "public, max-age=3600", "cross-origin-resource-policy": "cross-origin"}
        return Response(content, media_type=media_type, headers=headers)

    @app.get("/embed", include_in_schema=False)
    def example(request: Request) -> Response:
        document = site.start() or next(iter(site.assistant.index.document_ids), "")
        return site.page(
            request, "embed.html", here="/embed", document=document, service=str(request.base_url).rstrip("/")
        )
