"""A typed client of a running fmqa service: ``Client``, and ``AsyncClient`` for programs with an event loop."""

from fmqa.client.clients import AsyncClient, Client

__all__ = ["AsyncClient", "Client"]
