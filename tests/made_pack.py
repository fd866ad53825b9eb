"""A corpus of made questions, small enough to be learned in a test."""

from pathlib import Path

HEAD = """\
---
id: letters
title: A made guideline on letters
short_title: Letters
kind: background
licence: CC-BY-4.0
evidence_checked: 2026-09-30
last_updated: 2026-11-23
references:
  - id: MADE
    citation: Made for a test.
statements:
"""
STATEMENT = """\
  - id: s{letter}
    kind: finding
    interventions: [letters]
    plain: Of {letter} it is said {word}.
    role: detail
    answers:
      - "what of {letter}"
      - "tell me about {letter}, {word}"
      - "{word}"
    sources: [MADE]
    basis: secondary
"""


def make_pack(folder: Path, statements: int) -> Path:
    """Write a corpus whose statements, up to 26, have three questions each, and return its folder."""
    letters = [chr(ord("a") + n) for n in range(statements)]
    rows = "".join(STATEMENT.format(letter=letter, word=letter * 6) for letter in letters)
    text = "\n\n".join(f"{letter * 6} {letter * 8} {{#s{letter}}}" for letter in letters)
    background = folder / "background"
    background.mkdir(parents=True)
    (background / "letters.md").write_text(f"{HEAD}{rows}---\n# A made guideline on letters\n\n{text}\n", "utf-8")
    vocabulary = "interventions:\n  - {id: letters, label: letters}\nconditions: []\n"
    (folder / "vocabulary.yaml").write_text(vocabulary, "utf-8")
    return folder
