"""Recognises the documents and publishers that a question names or describes.

A document has a short title and aliases. The name of a publisher stands for the documents that it issued. A description
("the 2008 one", "the Danish trial", "that pain society guideline") is looked up first among the documents that the
conversation is about, then in the whole corpus.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final, NamedTuple

from fmqa.remembering import remembered
from fmqa.types import Body, DocumentKind, Metadata

STUDIES: Final = frozenset({DocumentKind.TRIAL, DocumentKind.REVIEW})
_SUBJECTS: Final = STUDIES | {DocumentKind.CRITERIA, DocumentKind.ARTICLE}
_YEAR: Final = re.compile(r"\b(?:19|20)\d{2}\b")
_KINDS_OF_NOUN: Final = (
    (re.compile(r"^(?:trial|study)$"), (DocumentKind.TRIAL,)),
    (re.compile(r"^(?:review|meta-?analysis)$"), (DocumentKind.REVIEW,)),
    (re.compile(r"^(?:guidelines?|recommendations)$"), (DocumentKind.GUIDELINE,)),
    (re.compile(r"^label$"), (DocumentKind.LABEL,)),
    (re.compile(r"^(?:criteria|set)$"), (DocumentKind.CRITERIA,)),
    (re.compile(r"^(?:list|version|edition)$"), (DocumentKind.GUIDELINE, DocumentKind.CRITERIA)),
    (re.compile(r"^paper$"), (DocumentKind.TRIAL, DocumentKind.REVIEW)),
)
_DESCRIPTION: Final = re.compile(
    r"\b(?:the|that|this|those|an?) (?P<words>(?:[\w'’.-]+ ){0,5}?)"
    r"(?P<noun>trial|study|review|meta-?analysis|guidelines?|recommendations|label|criteria|set|list|version|edition"
    r"|paper|ones?)\b(?: (?:of|on|with|in) (?P<after>[\w'’ -]{3,60}))?",
    re.IGNORECASE,
)
_PARTS: Final = frozenset({"list", "version", "edition"})
# Words of a description that tell nothing of the document itself.
_TELLS_NOTHING: Final = frozenset(
    "current big small new newer newest old older oldest recent latest earlier later first last other same original"
    " whole of on the a an and in for single mg".split()
)
_OLDER: Final = frozenset({"old", "older", "oldest", "earlier", "original"})
_NEWER: Final = frozenset({"new", "newer", "newest", "latest", "recent", "later", "current"})


class Named(NamedTuple):
    """The sources that a text names."""

    documents: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()  # where the names stand in the text

    @property
    def is_empty(self) -> bool:
        """Whether it names no document and no body."""
        return not self.documents and not self.organisations


class Names:
    """The names by which people ask for the documents of an index."""

    def __init__(
        self, documents: Sequence[Metadata], bodies: Sequence[Body] = (), unvouched: Collection[str] = ()
    ) -> None:
        """Take the documents, and the publishers that questions name.

        Args:
            documents: What can be asked for.
            bodies: Publishers, whether or not one of the documents is theirs; beside them, the organisations of the
                documents can be asked for under their own names.
            unvouched: Those of the documents of which nobody but they themselves says who issued them: a body did not
                issue what only calls itself so.
        """
        self._bodies = {body.name: _any_form(body.forms) for body in bodies}
        vouched = [metadata for metadata in documents if metadata.id not in unvouched]
        for organisation in dict.fromkeys(metadata.organisation for metadata in vouched if metadata.organisation):
            if not any(pattern.search(organisation) for pattern in self._bodies.values()):
                self._bodies[organisation] = _any_form((organisation,))
        self._documents: dict[str, Metadata] = {metadata.id: metadata for metadata in documents}
        names: dict[str, list[str]] = {}
        for metadata in documents:
            # A title as published may be any words, such as the name of a disease: it names nothing in a question.
            for name in {*(() if metadata.origin else (metadata.short_title,)), *metadata.aliases}:
                names.setdefault(name.lower(), []).append(metadata.id)
        self._names = {name: tuple(sorted(ids)) for name, ids in names.items()}
        lengths: dict[str, set[int]] = {}
        for name in self._names:
            lengths.setdefault(name[:1], set()).add(len(name))
        self._lengths = {first: sorted(found, reverse=True) for first, found in lengths.items()}
        self._issued: dict[str, list[str]] = {}
        self._issuers = {metadata.id: self._issuers_of(metadata) for metadata in documents}
        self._claimed: dict[str, list[str]] = {}
        for metadata in documents:
            kept = self._claimed if metadata.id in unvouched else self._issued
            for body in self._issuers[metadata.id]:
                kept.setdefault(body, []).append(metadata.id)
        self._last_named = remembered(self._in_text, 16)  # a question is looked at several times
        self._order = {document_id: number for number, document_id in enumerate(self._documents)}
        self._words = {m.id: _words_of(m) if m.origin is None else frozenset() for m in documents}
        self._short_names = {
            metadata.id: {_telling(name) for name in (metadata.short_title, *metadata.aliases)}
            for metadata in documents
        }

    def __contains__(self, document_id: object) -> bool:
        """Whether a document has this id."""
        return document_id in self._documents

    def __getitem__(self, document_id: str) -> Metadata:
        """Return the metadata of a document; KeyError if no document has the id."""
        return self._documents[document_id]

    def in_text(self, text: str) -> Named:
        """Return the documents, bodies and years that a text names; a body alone names all that it issued."""
        return self._last_named(text)

    def _in_text(self, text: str) -> Named:
        documents: list[str] = []
        spans: list[tuple[int, int]] = []
        for at, name in self._in_order(text):
            documents.extend(i for i in self._names[name] if i not in documents)
            spans.append((at, at + len(name)))
        found = {name: [match.span() for match in pattern.finditer(text)] for name, pattern in self._bodies.items()}
        organisations = tuple(name for name, places in found.items() if places)
        years = tuple(dict.fromkeys(int(year) for year in _YEAR.findall(text)))
        if years or not documents:
            open_bodies = organisations
        else:  # each body that no named document is of: "WHO vs NICE 2021"
            open_bodies = tuple(b for b in organisations if not set(self._issued.get(b, ())) & set(documents))
        documents.extend(i for i in self.issued(open_bodies, years) if i not in documents)
        for places in found.values():
            spans.extend(span for span in places if not any(a <= span[0] and span[1] <= b for a, b in spans))
        return Named(tuple(documents), organisations, years, tuple(sorted(spans)))

    def described(self, text: str, salient: Sequence[str], organisations: Sequence[str]) -> Named:
        """Return the document that a description points at, or nothing where it fits none, or several equally well.

        Args:
            text: What was asked.
            salient: Documents that the conversation is about, the nearest first.
            organisations: Bodies that it is about, the nearest first.
        """
        near = [d for d in salient if d in self._documents]
        near += [d for d in self.issued(organisations) if d not in near]
        for match in _DESCRIPTION.finditer(text):
            found = self._pointed_at(match, near)
            if found is not None:
                year = self._documents[found].year
                years = (year,) if year is not None and str(year) in match["words"] else ()
                keeps_noun = match["noun"].lower() in _PARTS  # "the 2017 list" is the list of WHO 2017
                end = match.start("noun") - 1 if keeps_noun else match.end("noun")
                return Named((found,), (), years, ((match.start() + _article(match.group()) * keeps_noun, end),))
        return Named()

    def _pointed_at(self, match: re.Match[str], near: Sequence[str]) -> str | None:
        words = [word.lower().strip("'’.") for word in match["words"].split()]
        telling = frozenset(_stem(word) for word in words if word not in _TELLS_NOTHING)
        kinds = _kinds_of(match["noun"].lower())
        if telling:
            here = self._fitting(near, telling, kinds)
            if here:
                return here[0]
            fitting = self._fitting(tuple(self._documents), telling, kinds or self._kinds_near(near))
            by_name = [d for d in fitting if telling in self._short_names[d]]
            best = by_name or fitting
            return best[0] if len(best) == 1 else None
        if set(words) & (_OLDER | _NEWER):
            return self._by_age([d for d in near if not kinds or self._documents[d].kind in kinds], words)
        after = [_stem(word.lower()) for word in match["after"].split()] if match["after"] else []
        of_kind = [d for d, metadata in self._documents.items() if metadata.kind in kinds]
        holders = [[d for d in of_kind if word in self._words[d]] for word in after if word not in _TELLS_NOTHING]
        told = {held[0] for held in holders if len(held) == 1}  # a word that only one trial has in its names
        return told.pop() if len(told) == 1 else None

    def _fitting(self, among: Sequence[str], telling: frozenset[str], kinds: Sequence[DocumentKind]) -> list[str]:
        return [d for d in among if telling <= self._words[d] and (not kinds or self._documents[d].kind in kinds)]

    def _by_age(self, found: Sequence[str], words: Sequence[str]) -> str | None:
        """Return the oldest or newest of the documents of the same kind as the nearest one ("the older one")."""
        dated = [
            d for d in found if self._documents[d].year and self._documents[d].kind is self._documents[found[0]].kind
        ]
        dated.sort(key=lambda d: (self._documents[d].year or 0, self._order[d]))
        if len(dated) < 2:
            return None
        return dated[0] if set(words) & _OLDER else dated[-1]

    def _kinds_near(self, near: Sequence[str]) -> tuple[DocumentKind, ...]:
        """Return the kind of what the conversation is about: "the 1990 ones" are criteria where criteria are meant."""
        return tuple(dict.fromkeys(self._documents[d].kind for d in near[:1]))

    def _in_order(self, text: str) -> Iterator[tuple[int, str]]:
        """Yield the names that stand in a text as whole words, the longest at each place; by look-up, however many."""
        at = 0
        while at < len(text):
            for length in () if _has_word_at(text, at - 1) else self._lengths.get(text[at].lower(), ()):
                name = text[at : at + length].lower()
                if name in self._names and not _has_word_at(text, at + length):
                    yield at, name
                    at += length
                    break
            else:
                at += 1

    def titles(self, documents: Sequence[str]) -> tuple[str, ...]:
        """Return the short titles of documents."""
        return tuple(self._documents[d].short_title for d in documents)

    def is_byname(self, document_id: str, text: str) -> bool:
        """Return whether a text speaks of a study in other words than its title: "the Spanish trial" is INNOVA."""
        metadata = self._documents[document_id]
        first = metadata.short_title.split()[0]
        return metadata.kind in STUDIES and not re.search(rf"(?<!\w){re.escape(first)}(?!\w)", text, re.IGNORECASE)

    def publications(self, documents: Sequence[str]) -> tuple[str, ...]:
        """Return the documents that are not articles: an article is never what "in it" stands for."""
        return tuple(d for d in documents if self._documents[d].kind is not DocumentKind.ARTICLE)

    def studies(self, documents: Sequence[str]) -> tuple[str, ...]:
        """Return what stays the subject of further questions: trials, reviews, criteria, articles; no guideline."""
        return tuple(d for d in documents if self._documents[d].kind in _SUBJECTS)

    def of_kind(self, phrase: str, documents: Sequence[str]) -> tuple[str, ...]:
        """Return those of some documents that a phrase may stand for: "that trial" a trial, "it" any of them."""
        noun = phrase.lower().split()[-1] if phrase else ""
        kinds = _kinds_of(noun) or _kinds_of(noun.removesuffix("s"))
        return tuple(d for d in documents if not kinds or self._documents[d].kind in kinds)

    def subject(self, documents: Sequence[str]) -> tuple[str, ...]:
        """Return the treatments that studies are about, where all are about the same; a guideline is about many."""
        kinds = {self._documents[d].kind for d in documents}
        about = {self._documents[d].interventions for d in documents}
        return next(iter(about)) if kinds <= STUDIES and len(about) == 1 else ()

    def on(self, documents: Sequence[str], kin: Callable[[str], bool]) -> tuple[str, ...]:
        """Return of many documents those on a treatment asked about: of the Cochrane reviews, the one on CBT.

        Args:
            documents: What a body issued.
            kin: Whether a treatment is one of those asked about, its class or a member of it.
        """
        single = [d for d in documents if self._documents[d].kind in STUDIES | {DocumentKind.LABEL}]
        fitting = [d for d in single if any(kin(c) for c in self._documents[d].interventions)]
        return tuple(d for d in documents if d not in single or d in fitting) if fitting else tuple(documents)

    def _issuers_of(self, metadata: Metadata) -> frozenset[str]:
        """Return the bodies that issued a document, by the names that questions use."""
        issuer = " ".join(filter(None, (metadata.organisation, metadata.short_title, metadata.title)))
        return frozenset(name for name, pattern in self._bodies.items() if pattern.search(issuer))

    def claimed(self, organisation: str) -> tuple[str, ...]:
        """Return the documents that call themselves those of a body, and nobody else does."""
        return tuple(self._claimed.get(organisation, ()))

    def _years_of(self, document_id: str) -> set[int]:
        """Return the year of a document, and those that it is called by: of when it was first online."""
        document = self._documents[document_id]
        called = (int(year) for alias in document.aliases for year in _YEAR.findall(alias))
        return {*called, *([document.year] if document.year is not None else [])}

    def issued(self, organisations: Sequence[str], years: Sequence[int] = ()) -> tuple[str, ...]:
        """Return the documents that any of the bodies issued, in any of the years if years are given."""
        issued = {
            document_id
            for body in organisations
            for document_id in self._issued.get(body, ())
            # What compares the documents of several bodies is meant where several are.
            if len(self._issuers[document_id]) == 1 or len(self._issuers[document_id] & set(organisations)) > 1
        }
        fitting = (d for d in issued if not years or not self._years_of(d).isdisjoint(years))
        return tuple(sorted(fitting, key=self._order.__getitem__))


def _article(text: str) -> int:
    """Return the length of the determiner that a description begins with, and the space after it."""
    return text.index(" ") + 1


def _kinds_of(noun: str) -> tuple[DocumentKind, ...]:
    return next((kinds for pattern, kinds in _KINDS_OF_NOUN if pattern.match(noun)), ())


def _stem(word: str) -> str:
    return word.removesuffix("s") if len(word) > 3 and not word.isdigit() else word


def _telling(name: str) -> frozenset[str]:
    """Return the words of a name without those that any document of its kind has: "the Danish trial" is Danish."""
    words = (word for word in re.findall(r"[\w-]+", name.lower()) if word not in _TELLS_NOTHING and not _kinds_of(word))
    return frozenset(_stem(word) for word in words)


def _words_of(metadata: Metadata) -> frozenset[str]:
    """Return the words by which a document may be described: those of its titles, names, body and year."""
    title = _YEAR.sub("", metadata.title)  # which may name the year of what it revises
    named = (title, metadata.short_title, *metadata.aliases, metadata.organisation, metadata.kind.value)
    text = " ".join((*filter(None, named), str(metadata.year or "")))
    return frozenset(_stem(word) for word in re.findall(r"[\w-]+", text.lower()))


def _has_word_at(text: str, at: int) -> bool:
    """Return whether the character at a place, if there is one, is part of a word."""
    return 0 <= at < len(text) and (text[at].isalnum() or text[at] == "_")


def _any_form(forms: Sequence[str]) -> re.Pattern[str]:
    """Return a pattern for a publisher's names; "FDA-approved" is said of a medicine and asks no source."""
    any_of = "|".join(re.escape(form) for form in forms)
    return re.compile(rf"(?<!\w)(?:{any_of})(?:'s)?(?!\w|-(?:approv|licen|clear))")
