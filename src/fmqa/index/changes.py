"""Lists the differences between two generations: documents, statements and grades added, removed and changed."""

from collections.abc import Iterable

from pydantic import Field

from fmqa.types import Document, Record


class Changes(Record):
    """The difference report of a publication; ids are sorted, statements are named document#statement."""

    documents_in: tuple[str, ...] = ()
    documents_out: tuple[str, ...] = ()
    documents_changed: tuple[str, ...] = ()
    statements_in: tuple[str, ...] = ()
    statements_out: tuple[str, ...] = ()
    statements_changed: tuple[str, ...] = Field((), description="Other words, facts or grades under the same id.")
    grades_in: tuple[str, ...] = Field((), description="Statement and printed grade.")
    grades_out: tuple[str, ...] = ()


def between(before: Iterable[Document], after: Iterable[Document]) -> Changes:
    """Return what changed, given only the documents that are not the same on both sides."""
    old, new = ({document.id: document for document in documents} for documents in (before, after))
    statements_before, grades_before = _statements(old.values())
    statements_after, grades_after = _statements(new.values())
    return Changes(
        documents_in=tuple(sorted(new.keys() - old.keys())),
        documents_out=tuple(sorted(old.keys() - new.keys())),
        documents_changed=tuple(sorted(i for i in old.keys() & new.keys() if old[i] != new[i])),
        statements_in=tuple(sorted(statements_after.keys() - statements_before.keys())),
        statements_out=tuple(sorted(statements_before.keys() - statements_after.keys())),
        statements_changed=tuple(
            sorted(
                name
                for name in statements_before.keys() & statements_after.keys()
                if statements_before[name] != statements_after[name]
            )
        ),
        grades_in=tuple(sorted(grades_after - grades_before)),
        grades_out=tuple(sorted(grades_before - grades_after)),
    )


def _statements(documents: Iterable[Document]) -> tuple[dict[str, tuple[str, str]], set[str]]:
    """Return words and facts of every statement by name, and the grades with what they are of."""
    found: dict[str, tuple[str, str]] = {}
    grades: set[str] = set()
    for document in documents:
        for span in document.statements:
            name = f"{document.id}#{span.statement.id}"
            stem = document.text[slice(*span.stem)] if span.stem else ""
            found[name] = f"{stem} {document.text[span.start : span.end]}", span.statement.model_dump_json()
            grades |= {f"{name}: {grade.system}: {grade.printed}" for grade in span.statement.grades}
    return found, grades
