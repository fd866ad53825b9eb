"""Run scripted conversations and write every answer, to be read against what it must and must not say.

    python eval/run_conversations.py QUESTIONS.jsonl --out answers.md

Each line of QUESTIONS is a JSON object with ``conversation_id``, ``turn``, ``audience`` and ``question``; other fields
(``must_include``, ``must_not``) are copied beside the answer. Nothing is judged here.
"""

import argparse
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fmqa import Assistant
from fmqa.settings import Settings
from fmqa.types import Answer, Audience


def run(lines: list[dict[str, Any]], assistant: Assistant) -> list[tuple[dict[str, Any], Answer]]:
    """Return each line with its answer; the lines of one conversation are asked in order."""
    conversations: dict[str, str] = {}
    answers = []
    for line in lines:
        answer = assistant.ask(
            line["question"],
            conversation_id=conversations.get(line["conversation_id"]),
            audience=Audience(line.get("audience", "clinician")),
        )
        conversations[line["conversation_id"]] = answer.conversation_id
        answers.append((line, answer))
    return answers


def as_markdown(line: dict[str, Any], answer: Answer) -> str:
    """Return one turn with its answer, sources and expectations as Markdown."""
    sources = "\n".join(
        f"    [{s.n}] {s.short_title} ({s.review_state.value}) — {s.anchor.quote.exact}" for s in answer.sources
    )
    notices = "\n".join(f"    ({n.kind.value}) {n.text}" for n in answer.notices)
    conflicts = "\n".join(
        f"    {c.intervention}: {c.relation}: "
        + "; ".join(f"{p.short_title} {p.grade or p.direction}" for p in c.positions)
        for c in answer.conflicts
    )
    expected = "\n".join(
        f"    {name}: {json.dumps(line[name], ensure_ascii=False)}"
        for name in ("must_include", "must_not")
        if name in line
    )
    return (
        f"## {line['conversation_id']}.{line['turn']} ({answer.audience.value}) {line['question']}\n\n"
        f"interpreted: {answer.interpreted_question}\n"
        f"status: {answer.status.value}, confidence: {answer.confidence}\n\n"
        f"{answer.text}\n\nsources:\n{sources}\nnotices:\n{notices}\nconflicts:\n{conflicts}\n"
        f"suggestions: {list(answer.suggestions)}\nexpected:\n{expected}\n"
    )


def main() -> int:
    """Run the script; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--out", type=Path, help="Markdown file; standard output if not given.")
    arguments = parser.parse_args()
    lines = [json.loads(line) for line in arguments.questions.read_text(encoding="utf-8").splitlines() if line.strip()]
    with TemporaryDirectory() as folder:
        settings = Settings(database=f"sqlite:///{folder}/conversations.db")
        assistant = Assistant.open(settings)
        text = "\n".join(as_markdown(line, answer) for line, answer in run(lines, assistant))
        assistant.close()
    if arguments.out:
        arguments.out.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
