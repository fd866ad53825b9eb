"""The log of the service: what happened, when and how long it took, and never what was asked."""

import logging
from typing import Literal

import structlog
from structlog.typing import EventDict, WrappedLogger


def set_up(form: str) -> None:
    """Send the log to standard error: warnings as text, or everything as JSON, a line for each request."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _add_told,
        ],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    for name, level in _levels(form).items():
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(level)
        logger.propagate = False


def _levels(form: str) -> dict[str, Literal["INFO", "WARNING", "ERROR"]]:
    # The server warns of requests that it cannot read, and quotes none.
    return {"fmqa": "INFO" if form == "json" else "WARNING", "uvicorn": "WARNING"}


def _add_told(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """Add what a record was given as ``extra={"told": …}``."""
    del logger, name
    record = event.get("_record")
    return {**event, **getattr(record, "told", {})}
