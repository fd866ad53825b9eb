"""What a newcomer reads first: the statement that answers the text's own question, then the first of each section."""

from fmqa.types import Document, Section, Statement, StatementSpan, text_sha256
from fmqa.web.site.frame import Shelf
from fmqa.web.site.landing import Message, landing
from samples import METADATA, STATEMENT

SHELF = Shelf(("article", "guideline", "trial", "background"), (), None, None)


def document() -> Document:
    words = ["The answer.", "First of one.", "Second of one.", "First of two."]
    text = "\n\n".join(words)
    statements, sections = [], []
    for n, (sentence, heading) in enumerate(zip(words, ("One", "One", "One", "Two"), strict=True)):
        start = text.index(sentence)
        statement: Statement = STATEMENT.model_copy(update={"id": f"s{n}", "overview": n == 0})
        statements.append(StatementSpan(statement=statement, start=start, end=start + len(sentence), line=n + 1))
        sections.append(Section(start=start, end=start + len(sentence), headings=("Title", heading), statement=f"s{n}"))
    return Document(
        metadata=METADATA,
        path="guidelines/eular-2017.md",
        text=text,
        sha256=text_sha256(text),
        sections=tuple(sections),
        statements=tuple(statements),
    )


def test_the_bottom_line_comes_first_and_each_section_gives_one_message() -> None:
    shown = landing(document(), SHELF)
    assert shown.bottom_line == (Message("One", "The answer.", "s-s0"),)
    assert shown.messages == (Message("One", "First of one.", "s-s1"), Message("Two", "First of two.", "s-s3"))
    assert shown.around == "guidelines and trials"


def test_a_corpus_of_one_kind_names_it_alone() -> None:
    assert landing(document(), SHELF._replace(kinds=("label",))).around == "labels"
    assert landing(document(), SHELF._replace(kinds=())).around == ""
