"""The commands that ask: one question, or a conversation."""

import sys
from typing import Annotated

import typer

from fmqa.cli.environment import EXAMPLE, open_assistant
from fmqa.cli.filters import only_of
from fmqa.cli.terminal import Terminal
from fmqa.errors import BadQuestion
from fmqa.types import Audience

app = typer.Typer()

AudienceOption = Annotated[Audience, typer.Option(help="Who reads the answer: the facts are the same, not the words.")]
ConversationOption = Annotated[
    str | None, typer.Option("--conversation", metavar="ID", help="Go on with this conversation.")
]
DocumentOption = Annotated[
    str | None, typer.Option("--document", metavar="ID", help="Start from this document; else from the corpus's own.")
]
OnlyOption = Annotated[
    list[str],
    typer.Option(
        "--only",
        metavar="WHAT",
        help="Which documents may answer: 'added', 'curated', an id, a kind, a publisher, '2020-' or '2015-2020'; "
        "several must all hold, but for several of one sort.",
    ),
]
WordsOption = Annotated[
    int | None, typer.Option("--max-words", min=60, max=1000, help="Longest answer, in words; else FMQA_MAX_WORDS.")
]


@app.command(
    epilog=f'Examples: `fmqa ask "{EXAMPLE}"`; '
    '`fmqa ask --audience patient --max-words 80 "Is LDN safe with tramadol?"`; '
    '`fmqa ask --only guideline --only 2015- "Is exercise advised?"`; `fmqa ask --json "and CBT?" --conversation ID`'
)
def ask(
    question: Annotated[str, typer.Argument(help="The question, in quotation marks.")],
    audience: AudienceOption = Audience.CLINICIAN,
    conversation: ConversationOption = None,
    document: DocumentOption = None,
    only: OnlyOption = [],  # noqa: B006 - typer reads it and changes nothing
    max_words: WordsOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole answer as JSON.")] = False,
) -> None:
    """Answer one question."""
    assistant = open_assistant()
    try:
        answer = assistant.ask(
            question,
            conversation_id=conversation,
            audience=audience,
            max_words=max_words,
            document=document,
            only=only_of(only, assistant),
        )
    finally:
        assistant.close()
    if as_json:
        sys.stdout.write(answer.model_dump_json(indent=2) + "\n")
        return
    terminal = Terminal()
    terminal.answer(answer)
    terminal.say(f'Follow up with: fmqa ask --conversation {answer.conversation_id} "…"', "dim")


@app.command(
    epilog="Examples: `fmqa chat`; `fmqa chat --audience patient`; `fmqa chat --document ID`; "
    "`fmqa chat --conversation ID`"
)
def chat(
    audience: AudienceOption = Audience.CLINICIAN,
    conversation: ConversationOption = None,
    document: DocumentOption = None,
    only: OnlyOption = [],  # noqa: B006 - typer reads it and changes nothing
    max_words: WordsOption = None,
) -> None:
    """Hold a conversation: one question a line; /quit or Ctrl-D ends it."""
    terminal, errors = Terminal(), Terminal(stderr=True)
    assistant = open_assistant()
    try:
        if conversation is not None:
            assistant.conversations.turns(conversation)  # an unknown one is refused before a question is typed
        wanted = only_of(only, assistant)
        terminal.say("Ask a question; /quit or Ctrl-D ends the conversation.", "dim")
        while (question := _read_question()) is not None:
            try:
                answer = assistant.ask(
                    question,
                    conversation_id=conversation,
                    audience=audience,
                    max_words=max_words,
                    document=document,
                    only=wanted,
                )
            except BadQuestion as error:
                errors.say(f"{error.title}: {error}", "red")
                continue
            if conversation is None:
                terminal.say(f"Conversation {answer.conversation_id}", "dim")
            conversation = answer.conversation_id
            if answer.interpreted_question != question:
                terminal.say(f"Read as: {answer.interpreted_question}", "dim")
            terminal.answer(answer)
    finally:
        assistant.close()
    if conversation is not None:
        terminal.say(f"Go on with: fmqa chat --conversation {conversation}", "dim")


def _read_question() -> str | None:
    """Return the next question that is not empty; None at the end."""
    while True:
        try:
            line = input("? " if sys.stdin.isatty() else "").strip()
        except EOFError:
            return None
        if line == "/quit":
            return None
        if line:
            return line
