"""Recognises questions about a document as such: its main points, who wrote it, how old it is, its review, its references.

As in ``meta``, the form is the whole message: "who wrote this?" asks about the document that is open, "who wrote EULAR
2017?" about the one that is named, and "what do authors say of sleep?" about its subject.
"""
# ruff: noqa: E501 - a form reads better whole

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from fmqa.corpus.names import Names
from fmqa.text.words import content_words
from fmqa.types import Aspect, DocumentKind, Metadata, question_key


class Asked(NamedTuple):
    """What is asked of which document."""

    aspect: Aspect
    words: str = ""  # what stands for the document; empty: nothing does
    reference: int | None = None
    for_patient: bool = False


_KINDS: Final = {
    "article": DocumentKind.ARTICLE,
    "guideline": DocumentKind.GUIDELINE,
    "guidance": DocumentKind.GUIDELINE,
    "recommendations": DocumentKind.GUIDELINE,
    "review": DocumentKind.REVIEW,
    "meta-analysis": DocumentKind.REVIEW,
    "trial": DocumentKind.TRIAL,
    "study": DocumentKind.TRIAL,
    "label": DocumentKind.LABEL,
    "criteria": DocumentKind.CRITERIA,
}
_ANY: Final = (
    "document",
    "page",
    "text",
    "piece",
    "paper",
    "source",
    "file",
    "publication",
    "report",
    "summary",
    "one",
)
_SAID: Final = rf"(?:this|that|the|your|these|those) (?P<noun>{'|'.join((*_KINDS, *_ANY))})s?"
_DEICTIC: Final = re.compile(rf"(?:this|that|it|here|{_SAID})", re.IGNORECASE)
_AFTER_AN_ANSWER: Final = ("that", "it")
_NAMES_NOTHING: Final = frozenset({*_KINDS, *_ANY, "paper", "guidelines"})

_DOC: Final = r"(?P<doc>[^?!]{2,80}?)"
_OF: Final = rf"(?: (?:of|from|for|in|on|about) {_DOC})?"
_POINTS: Final = (
    r"(?:(?:key|main|most important|principal|major|central) (?:points?|messages?|recommendations?|findings?|statements?"
    r"|results?|take[- ]?aways?|ideas?|conclusions?)|take[- ]home (?:messages?|points?)|bottom line|gist|conclusions?"
    r"|(?:short |brief |quick |executive )?(?:summary|overview|synopsis|abstract)|tl;?dr)"
)
_BE: Final = r"(?:['’]?s| is| are| was| were)"
_BEFORE: Final = (
    r"(?:(?:ok(?:ay)?|so|well|right|please|pls|hi|hello|hey|and|but|sorry)[\s,]+)*"
    r"(?:(?:can|could|would|will) (?:you|u) (?:please )?)?(?:i(?:['’]d| would) like |i (?:want|need) )?(?:(?:just|now) )?"
)
_AFTER: Final = (
    r"(?P<patient> (?:for|to) (?:a|the|my|our) (?:patients?|lay ?(?:person|people)|patient letter)| in (?:plain|simple) (?:words|english))?"
    r"(?:[ ,]+(?:please|pls|for me|briefly|in short|in brief|again|then|exactly|thanks))*"
)
_CORES: Final = {
    Aspect.SUMMARY: (
        rf"(?:summari[sz]e|sum up|recap) {_DOC}",
        r"summari[sz]e",
        rf"(?:give me |show me |tell me |what{_BE} |write )?(?:a |an |the |its )?{_POINTS}{_OF}",
        rf"what (?:does|do|did) {_DOC} (?:conclude|say overall|say in short|come to|boil down to)",
        rf"what{_BE} {_DOC} (?:about|saying)",
    ),
    Aspect.AUTHOR: (
        rf"who (?:wrote|made|published|issued|produced|authored|is behind|is responsible for) {_DOC}",
        rf"(?:who|what){_BE} (?:the |its )?(?:authors?|publishers?|writers?){_OF}",
        rf"(?:who|by whom) (?:was|were|is) {_DOC} (?:written|made|published|issued)(?: by)?",
        r"(?:the )?authors?",
    ),
    Aspect.DATE: (
        rf"(?:when|what year|in (?:what|which) year) (?:was|were|is|has) {_DOC} (?:been )?(?:last )?(?:written|published|issued|updated|revised|checked|made|released|changed|from)",
        rf"how (?:old|recent|current|new|up[- ]to[- ]date) (?:is|are) {_DOC}",
        rf"(?:is|are) {_DOC} (?:still )?(?:up[- ]to[- ]date|current|out of date|outdated|valid|the (?:newest|latest|current) (?:version|edition))",
        rf"what{_BE} (?:the |its )?(?:publication |issue )?(?:date|year|edition|version){_OF}",
    ),
    Aspect.REVIEW: (
        rf"(?:is|was|were|are|has|have) {_DOC} (?:been )?(?:peer[- ])?(?:reviewed|approved|checked|vetted)(?: (?:yet|by (?:a |an |any )?(?:doctors?|clinicians?|humans?|experts?|one|anyone|somebody|anybody|people)))?",
        rf"who (?:has |have )?(?:peer[- ])?(?:reviewed|approved|checked|vetted) {_DOC}",
        rf"what{_BE} (?:the |its )?review (?:state|status){_OF}",
    ),
    Aspect.REFERENCES: (
        rf"(?:what|which|show me|show)(?:{_BE})? (?:the )?(?:reference|ref|source|citation)(?: number| no\.?)? ?\[?(?P<n>\d{{1,3}})\]?{_OF}",
        rf"(?:(?:list|show(?: me)?|give me|what{_BE}) )(?:all )?(?:the |its )?(?:references|bibliography|reference list|literature)(?: (?:of|from|for|in) {_DOC})?",
        rf"what (?:sources|references|papers|literature) (?:does|do|did) {_DOC} (?:use|cite|have|rest on|rely on|build on)",
        rf"what{_BE} {_DOC} based on",
    ),
}
_SECTION: Final = re.compile(
    rf"{_BEFORE}(?:(?:what{_BE}|what (?:does|do)|show(?: me)?|explain|open|read(?: me)?) )?(?:the |its )?(?P<name>.{{3,80}}?)"
    rf"(?P<called> (?:section|part|chapter))?(?P<of> (?:of|in|from) {_SAID})?(?: says?)?{_AFTER}",
    re.IGNORECASE,
)
_FORMS: Final = tuple(
    (aspect, re.compile(rf"{_BEFORE}{core}{_AFTER}", re.IGNORECASE))
    for aspect, cores in _CORES.items()
    for core in cores
)


def asked(message: str) -> Asked | None:
    """Return what a message asks of a document as such; None if it asks something else.

    >>> asked("What is reference 3?")
    Asked(aspect=<Aspect.REFERENCES: 'references'>, words='', reference=3, for_patient=False)
    >>> asked("who wrote EULAR 2017?").words
    'EULAR 2017'
    """
    words = " ".join(message.strip(" .!?,;\n").split())
    for aspect, form in _FORMS:
        if match := form.fullmatch(words):
            found = match.groupdict()
            number = int(found["n"]) if found.get("n") else None
            return Asked(aspect, (found.get("doc") or "").strip(), number or None, bool(found["patient"]))
    return None


def section(message: str, headings: Iterable[str], *, alone: bool = False) -> str | None:
    """Return the heading of the section that a message asks for by its name; None if it asks for none.

    A heading of one word is a question of its own, unless it is called a section, or the document is named.

    Args:
        message: What was asked.
        headings: Those of the document.
        alone: Whether a heading of one word counts all the same.

    >>> [section(text, ["Treatment algorithm", "Monitoring"]) for text in ("the treatment algorithm?", "monitoring")]
    ['Treatment algorithm', None]
    """
    told = _SECTION.fullmatch(" ".join(message.strip(" .!?,;\n").split()))
    if told is None:
        return None
    name = question_key(told["name"])
    called = alone or bool(told["called"] or told["of"]) or " " in name
    return next((heading for heading in headings if called and question_key(heading) == name), None)


def document_of(
    told: Asked, names: Names, start: Metadata | None, spoken_of: Sequence[str], cited: str | None = None
) -> str | None:
    """Return the id of the document that is asked about; None if the words stand for none, or for several.

    Args:
        told: What is asked.
        names: Finds the documents that words name.
        start: The document that is open.
        spoken_of: The documents that the question was read to be about, if any.
        cited: The document that the last answer cites first: what "that" and "it" alone stand for.
    """
    pointed = _DEICTIC.fullmatch(told.words) if told.words else None
    if told.words and not pointed:
        return _named(told.words, names)
    noun = (pointed["noun"] or "").lower() if pointed else ""
    if not told.words and len(spoken_of) == 1:
        return spoken_of[0]
    if start is not None and (not told.words or noun in _ANY or _KINDS.get(noun) is start.kind):
        return start.id
    if len(spoken_of) == 1:
        return spoken_of[0]
    if cited is not None and told.words.lower() in _AFTER_AN_ANSWER:
        return cited
    return start.id if start is not None and not noun else None


def _named(words: str, names: Names) -> str | None:
    """Return the one document that words name, and nothing besides; of a publisher, the one edition that is current."""
    named = names.in_text(words)
    rest, end = "", 0
    for first, last in named.spans:
        rest, end = rest + words[end:first], max(end, last)
    if content_words(rest + words[end:]) - _NAMES_NOTHING:
        return None
    held = [document for document in named.documents if document in names]
    if len(held) > 1:
        held = [name for name in held if names[name].superseded_by is None]
    return held[0] if len(held) == 1 else None
