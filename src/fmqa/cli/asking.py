"""The commands that ask: one question, or a conversation."""

import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import typer

from fmqa.cli.environment import EXAMPLE, JsonOption, open_assistant
from fmqa.cli.filters import only_of
from fmqa.cli.terminal import Terminal
from fmqa.errors import BadQuestion, NotFound
from fmqa.types import Answer, Audience, Only

if TYPE_CHECKING:
    from fmqa.assistant import Assistant

app = typer.Typer()
FOLLOW_UP: Final = "Follow up with: fmqa ask --last QUESTION"

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
LastOption = Annotated[bool, typer.Option("--last", help="Go on with the conversation that was used last.")]


@app.command(
    epilog=f"Examples: `fmqa ask {EXAMPLE}`; `fmqa ask --last and CBT`; "
    '`fmqa ask --audience patient --max-words 80 "Is LDN safe with tramadol?"`; '
    '`fmqa ask --only guideline --only 2015- "Is exercise advised?"`; `fmqa ask --json "and CBT?" --conversation ID`'
)
def ask(
    words: Annotated[list[str], typer.Argument(metavar="QUESTION", help="The question; it needs no quotation marks.")],
    audience: AudienceOption = Audience.CLINICIAN,
    conversation: ConversationOption = None,
    last: LastOption = False,
    document: DocumentOption = None,
    only: OnlyOption = [],  # noqa: B006 - typer reads it and changes nothing
    max_words: WordsOption = None,
    short: Annotated[bool, typer.Option("--short", help="Only name the sources; leave out what is behind.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Answer one question."""
    if last and conversation is not None:
        raise typer.BadParameter("give --last or --conversation, not both")
    assistant = open_assistant()
    try:
        answer = assistant.ask(
            " ".join(words),
            conversation_id=_last(assistant) if last else conversation,
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
    terminal.answer(answer, short=short)
    terminal.say(FOLLOW_UP, "dim")


def _last(assistant: "Assistant") -> str:
    """Return the id of the conversation that was used last.

    Raises: NotFound if there is none.
    """
    listed = assistant.conversations.list(limit=1)
    if not listed:
        raise NotFound("there is no conversation to go on with; ask without --last")
    return listed[0].id


@app.command(
    epilog="Examples: `fmqa chat`; `fmqa chat --audience patient`; `fmqa chat --document ID`; `fmqa chat --last`"
)
def chat(
    audience: AudienceOption = Audience.CLINICIAN,
    conversation: ConversationOption = None,
    last: LastOption = False,
    document: DocumentOption = None,
    only: OnlyOption = [],  # noqa: B006 - typer reads it and changes nothing
    max_words: WordsOption = None,
) -> None:
    """Hold a conversation: one question a line; /help lists what else can be typed, /quit or Ctrl-D ends it."""
    if last and conversation is not None:
        raise typer.BadParameter("give --last or --conversation, not both")
    assistant = open_assistant()
    try:
        if conversation is not None:
            assistant.conversations.turns(conversation)  # an unknown one is refused before a question is typed
        ask_one = partial(assistant.ask, document=document, max_words=max_words)
        talk = _Talk(
            ask_one, audience, _last(assistant) if last else conversation, partial(only_of, assistant=assistant)
        )
        talk.among = only_of(only, assistant)
        talk.terminal.say("Ask a question; /help lists what else can be typed, /quit or Ctrl-D ends.", "dim")
        while (line := _read_line()) is not None:
            talk.take(line)
    finally:
        assistant.close()
    if talk.conversation is not None:
        talk.terminal.say(f"Go on with: fmqa chat --conversation {talk.conversation}", "dim")


class _Talk:
    """A conversation at the terminal: what is typed, and what comes of it."""

    def __init__(
        self,
        ask_one: Callable[..., Answer],
        audience: Audience,
        conversation: str | None,
        filter_of: Callable[[Sequence[str]], Only],
    ) -> None:
        self.terminal, self._errors = Terminal(), Terminal(stderr=True)
        self.conversation = conversation
        self.among = Only()  # which documents may answer
        self._ask_one, self._audience, self._filter_of = ask_one, audience, filter_of
        self._answer: Answer | None = None

    def take(self, line: str) -> None:
        """Answer a question, or do what a word behind a slash says."""
        if not line.startswith("/"):
            self._ask(line)
            return
        name, *given = line[1:].split()
        command = _COMMANDS.get(name.lower()) if name else None
        if command is None:
            self._errors.say(f"There is no {line.split(maxsplit=1)[0]}; /help lists what there is.", "red")
        else:
            command.do(self, given)

    def _ask(self, question: str) -> None:
        try:
            answer = self._ask_one(
                question, conversation_id=self.conversation, audience=self._audience, only=self.among
            )
        except BadQuestion as error:
            self._errors.say(f"{error.title}: {error}", "red")
            return
        if self.conversation is None:
            self.terminal.say(f"Conversation {answer.conversation_id}", "dim")
        self.conversation, self._answer = answer.conversation_id, answer
        if answer.interpreted_question != question:
            self.terminal.say(f"Read as: {answer.interpreted_question}", "dim")
        self.terminal.answer(answer)

    def help(self, given: list[str]) -> None:
        """List the words behind a slash."""
        del given
        for name, command in _COMMANDS.items():
            self.terminal.say(f"/{name}{command.takes}: {command.help}")
        self.terminal.say("/quit: end")

    def sources(self, given: list[str]) -> None:
        """Show what the last answer rests on."""
        del given
        if self._answer is None or not self._answer.sources:
            self.terminal.say("There is no answer with sources yet in this session.")
        else:
            self.terminal.sources(self._answer)

    def table(self, given: list[str]) -> None:
        """Ask for the last answer as a table."""
        del given
        if self.conversation is None:
            self.terminal.say("Ask a question first.")
        else:
            self._ask("in a table")

    def audience(self, given: list[str]) -> None:
        """Change who reads the answers, or say who does."""
        if given and given[0] not in list(Audience):
            self._errors.say(f"Answers are for a {' or a '.join(Audience)}.", "red")
            return
        self._audience = Audience(given[0]) if given else self._audience
        self.terminal.say(f"Answers are for a {self._audience}.")

    def only(self, given: list[str]) -> None:
        """Change which documents may answer; without a word all may."""
        self.among = self._filter_of(given)
        self.terminal.say(f"From now on only {', '.join(given)} may answer." if given else "All documents may answer.")

    def new(self, given: list[str]) -> None:
        """Begin another conversation."""
        del given
        self.conversation = self._answer = None
        self.terminal.say("The next question begins a new conversation.")


class _Command(NamedTuple):
    """What can be typed behind a slash."""

    do: Callable[[_Talk, list[str]], None]
    help: str
    takes: str = ""


_COMMANDS: Final = {
    "help": _Command(_Talk.help, "this list"),
    "sources": _Command(_Talk.sources, "what the last answer rests on, with the cited words"),
    "table": _Command(_Talk.table, "the last answer as a table, where it compares"),
    "audience": _Command(_Talk.audience, "who reads the answers from now on", " clinician|patient"),
    "only": _Command(_Talk.only, "which documents may answer, as with --only; without a word all", " WHAT …"),
    "new": _Command(_Talk.new, "begin another conversation"),
}


def _read_line() -> str | None:
    """Return the next line that is not empty; None at the end."""
    while True:
        try:
            line = input("? " if sys.stdin.isatty() else "").strip()
        except EOFError:
            return None
        if line.lower() in ("/quit", "/exit"):
            return None
        if line:
            return line
