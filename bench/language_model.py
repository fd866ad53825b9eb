"""How often what a language model writes holds against what it was written from.

    FMQA_LLM_URL=http://127.0.0.1:8080/v1 FMQA_LLM_SECONDS=120 .venv/bin/python bench/language_model.py --answers 40

Asks the development turns in everyday words (eval/everyday), conversation by conversation, and counts what the model
was asked for, what of its replies was taken, and why the rest was not. Nothing of a reply is shown but with --show.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from fmqa import ask
from fmqa.assistant import Assistant
from fmqa.errors import NoModel
from fmqa.evaluation.everyday.turns import FOLDER, Part, load
from fmqa.phrasing import using
from fmqa.phrasing.endpoint import LanguageModel
from fmqa.settings import Settings
from fmqa.types import Answer, Frame, Turn

HEAVIEST = ("numbers", "units", "comparators", "negation", "grade", "modality", "words")


class Call(NamedTuple):
    """One request to the model."""

    orders: str
    reply: str
    seconds: float


class Recorder(LanguageModel):
    """The model, with what it replied."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.calls: list[Call] = []

    def complete(self, orders: str, text: str, until: float, most_tokens: int = 400) -> str:
        """Return what the model writes, and keep it."""
        began = time.monotonic()
        try:
            reply = super().complete(orders, text, until, most_tokens)
        except NoModel as failure:
            self.calls.append(Call(orders, "", time.monotonic() - began))
            say(f"no reply: {failure}")
            raise
        self.calls.append(Call(orders, reply, time.monotonic() - began))
        return reply


def say(line: str) -> None:
    """Write a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def why(line: str, answer: Answer, assistant: Assistant) -> str:
    """Return why a line of a wording was taken, or not."""
    numbers, sentence = using.read_line(line)
    if not numbers:
        return "cites no statement"
    if any(not 1 <= n <= len(answer.statements) for n in numbers):
        return "cites a statement that is not there"
    faults = using.faults_of(sentence, [answer.statements[n - 1] for n in numbers], answer, assistant.library)
    if not faults:
        same = sentence in {answer.statements[n - 1].text for n in numbers}
        return "holds, the statement word for word" if same else "holds, in other words"
    kinds = {str(fault.check) for fault in faults}
    return f"does not hold: {next(kind for kind in HEAVIEST if kind in kinds)}"


def count(calls: list[Call], answer: Answer, assistant: Assistant, counts: Counter[str], lines: Counter[str]) -> None:
    """Count what came of the requests for one answer."""
    part = answer.by_model
    for call in calls:
        if call.orders == using.QUESTION:
            counts["follow-ups asked for"] += 1
            counts["follow-ups taken"] += bool(part and part.question)
        elif call.orders == using.ORDER:
            counts["orders asked for"] += 1
            counts["orders taken"] += bool(part and part.order)
        else:
            counts["wordings asked for"] += 1
            counts["wordings of which a sentence is taken"] += bool(part and part.sentences)
            lines.update(why(line, answer, assistant) for line in call.reply.splitlines() if line.strip())


def hold(assistant: Assistant, model: Recorder, most: int) -> Iterator[tuple[list[Call], Answer]]:
    """Ask the turns, and yield for each answer that the model had a part in its requests and the answer."""
    library = assistant.library
    conversation, held = "", list[Turn]()
    for labelled in load(FOLDER, Part.DEV, library.catalogue.by_id):
        if labelled.conversation_id != conversation:
            conversation, held = labelled.conversation_id, []
        frame = Frame("bench", "bench", labelled.audience, assistant.settings.max_words, library.opened.generation)
        before = len(model.calls)
        told = ask.ask(labelled.question, held, frame, library, helper=using.Writer(model, library.matcher))
        said = tuple(statement.id for statement in told.answer.statements)
        held.append(
            Turn(id="b", question=labelled.question, query=told.query, status=told.answer.status, statement_ids=said)
        )
        if len(model.calls) > before:
            yield model.calls[before:], told.answer
            most -= 1
        if not most:
            return


def main() -> None:
    """Ask, count, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, default=40, help="answers after which it stops")
    parser.add_argument("--show", action="store_true", help="print each reply")
    options = parser.parse_args()
    settings = Settings(database="sqlite://")
    model = Recorder(settings)
    assistant = Assistant.open(settings.model_copy(update={"llm_url": None}))
    lines: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for calls, answer in hold(assistant, model, options.answers):
        counts["answers"] += 1
        count(calls, answer, assistant, counts, lines)
        for call in calls if options.show else ():
            say(f"--- {call.seconds:.1f} s\n{call.reply}")
    assistant.close()
    for name, number in counts.items():
        say(f"{name:<45} {number:6}")
    for name, number in lines.most_common():
        say(f"line {name:<40} {number:6}  {number / lines.total():.0%}")
    seconds = sorted(call.seconds for call in model.calls)
    if seconds:
        say(f"{'seconds a request, median and longest':<45} {seconds[len(seconds) // 2]:.1f} {seconds[-1]:.1f}")


if __name__ == "__main__":
    main()
