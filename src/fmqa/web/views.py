"""Templates filled in: every value is escaped, and a name that a template does not get is an error."""

import base64
from collections.abc import Callable
from hashlib import sha256
from importlib.resources import files
from itertools import count
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from fmqa import __version__
from fmqa.answer.phrases import PERSONAL_FIRST
from fmqa.answer.titles import (
    AS_IT_STANDS,
    EMPTY_CELL,
    LEADING,
    MORE,
    NOTICE_TITLES,
    RELATIONS,
    WORDED,
    WORDED_SHORT,
    by_document,
    named,
    status_title,
)
from fmqa.grades.telling import display
from fmqa.types import DISCLAIMER, Answer, Notice, NoticeKind
from fmqa.web import markup

_STATIC: Final = files("fmqa.web").joinpath("static")
STATIC: Final = {
    "page.js": ("text/javascript; charset=utf-8", _STATIC.joinpath("page.js").read_bytes()),
    "documents.js": ("text/javascript; charset=utf-8", _STATIC.joinpath("documents.js").read_bytes()),
    "embed.js": ("text/javascript; charset=utf-8", _STATIC.joinpath("embed.js").read_bytes()),
    "icon.svg": ("image/svg+xml", _STATIC.joinpath("icon.svg").read_bytes()),
}
"""Files that pages load: media type and content."""

# In the page itself, so that text is readable after one round trip; the policy allows exactly this text.
STYLE: Final = _STATIC.joinpath("page.css").read_text("utf-8")
_STYLE_HASH: Final = base64.b64encode(sha256(STYLE.encode()).digest()).decode()
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Content security policy of every page."""

_HEAVY: Final = frozenset({NoticeKind.EMERGENCY, NoticeKind.INTERACTION, NoticeKind.CAUTION})
_LIGHT: Final = frozenset({NoticeKind.PENDING_REVIEW, NoticeKind.NOT_CURATED, NoticeKind.WITHHELD})


def render(template: str, **context: Any) -> str:
    """Return a template filled in."""
    return _ENVIRONMENT.get_template(template).render(**context)


def fragment(name: str, **context: Any) -> str:
    """Return one part of an answer, for a page that is open already.

    Args:
        name: A macro of turn.html.
        context: Its arguments.
    """
    macro = getattr(_ENVIRONMENT.get_template("turn.html").module, name)
    return str(macro(**context))


def weight(notice: Notice) -> str:
    """Return how heavy a notice is: danger, warning or note."""
    if notice.kind in _HEAVY:
        return "danger"
    return "note" if notice.kind in _LIGHT else "warning"


def notices(answer: Answer, *, leading: bool) -> tuple[Notice, ...]:
    """Return the notices that stand before the answer, or after it, without those that its own words tell of."""
    told = {NoticeKind.PERSONAL_ADVICE} if any(said in answer.text for said in PERSONAL_FIRST.values()) else set()
    own = (n for n in answer.notices if n.kind not in told and n.text not in answer.text)
    return tuple(n for n in own if (n.kind in LEADING) == leading)


def danger(answer: Answer) -> str | None:
    """Return the title of a danger that the text of the answer itself tells of; None if it tells of none."""
    kinds = [n.kind for n in answer.notices if n.kind in _HEAVY and n.text in answer.text]
    return NOTICE_TITLES[kinds[0]] if kinds else None


def _ids() -> Callable[[], int]:
    return count(1).__next__


def _way(address: str, ask: Any) -> str:
    """Return an address that keeps the conversation of a page's ask form."""
    return markup.came_from(address, ask.parent)


def _versioned(name: str) -> str:
    return f"/static/{name}?{sha256(STATIC[name][1]).hexdigest()[:12]}"


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("fmqa.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "as_it_stands": AS_IT_STANDS,
        "around": markup.around,
        "by_document": by_document,
        "citation_link": markup.citation_link,
        "danger": danger,
        "disclaimer": DISCLAIMER,
        "display_grade": display,
        "emergency_numbers": markup.emergency_numbers,
        "groups": markup.groups,
        "ids": _ids,
        "more_runs": markup.more_runs,
        "cited_in_print": markup.cited_in_print,
        "more_title": MORE,
        "named": named,
        "notice_titles": NOTICE_TITLES,
        "notices": notices,
        "passage_link": markup.passage_link,
        "relations": RELATIONS,
        "screenful": markup.screenful,
        "static": _versioned,
        "status_title": status_title,
        "table_rows": markup.table_rows,
        "empty_cell": EMPTY_CELL,
        "unique_references": markup.unique_references,
        "style": Markup(STYLE),  # noqa: S704 - our own file, and the policy holds its hash
        "version": __version__,
        "way": _way,
        "weight": weight,
        "worded": WORDED,
        "worded_short": WORDED_SHORT,
    }
    return environment


_ENVIRONMENT: Final = _environment()
