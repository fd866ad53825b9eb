"""What a browser window does with the pages: it asks, and finds the ids of what it was answered."""

import re
from collections.abc import Callable

Asked = Callable[..., str]


def ids_of(address: str) -> tuple[str, str]:
    """Return the ids of the conversation and of the answer that an address leads to."""
    found = re.fullmatch(r"/conversations/([^#]+)#turn-(.+)", address)
    assert found
    return found[1], found[2]
