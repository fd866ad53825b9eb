"""The page of figures beside the README: what the steps that measure wrote last, joined and never typed."""

from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).with_name("figures.md")
PARTS: Final = {
    "evaluation.md": (
        "Base, encoder, distilled and reader",
        "Of `python -m training evaluate`: as exported (int8), on nothing that they were trained on. In brackets a\n"
        "95 % interval of a bootstrap over conversations, articles or queries.",
    ),
    "query-encoder.md": (
        "Query encoder",
        "Of `python -m training query-encoder`: on the conversations of the corpus that are held out of training, one\n"
        "in five, by the nearest question of a statement and its own words; in brackets how many turns.",
    ),
    "leave-one-out.md": (
        "What each of the largest sets adds",
        "Of `python -m training leave-one-out`: every run starts from the base and ends after the same number of\n"
        "steps, far fewer than those of the shipped encoder. Beside the figures with all sets stands what leaving out\n"
        "one changes, question by question, with its 95 % interval.",
    ),
    "verifier-evaluation.md": (
        "Verifier",
        "Of `python -m training verifier-evaluate`: on claims that were held out and on sets that never train.",
    ),
}
"""What a file of the work folder is about, and what it is of."""


def write(work: Path, target: Path = PAGE) -> None:
    """Join the tables that a work folder has into the page."""
    sections = [
        f"## {title}\n\n{about}\n\n{(work / name).read_text(encoding='utf-8')}"
        for name, (title, about) in PARTS.items()
        if (work / name).is_file()
    ]
    target.write_text("\n".join(["# Figures\n", *sections]), encoding="utf-8")
