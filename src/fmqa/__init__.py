"""fmqa: grounded, cited, graded answers to follow-up questions on medical articles and guidelines.

>>> from fmqa import Assistant  # doctest: +SKIP
>>> answer = Assistant.open().ask("What evidence level does EULAR give exercise?")  # doctest: +SKIP
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fmqa.assistant import Assistant as Assistant

__version__ = "0.1.0"
__all__ = ["Assistant", "__version__"]


def __getattr__(name: str) -> object:
    """Import the assistant when it is first asked for: importing fmqa itself loads nothing heavy."""
    if name == "Assistant":
        from fmqa.assistant import Assistant  # noqa: PLC0415

        return Assistant
    raise AttributeError(f"module 'fmqa' has no attribute {name!r}")
