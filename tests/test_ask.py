"""The line as a whole: what each stage may look at."""

import sys
from pathlib import Path

import pytest

import fmqa
from fmqa.types import Audience, Query
from questions import ARTICLE, COMBINED, GUIDELINES, READ_THE_TEXT, Ask

SOURCE = Path(fmqa.__file__).parent


def test_no_stage_reads_the_words_of_a_question_again(ask_anew: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under whatever name a stage holds the query: whoever reads its text while questions are answered is noted."""
    readers: set[str] = set()

    def read(query: Query) -> str:
        frame = sys._getframe(1)
        path = Path(frame.f_code.co_filename)
        if SOURCE in path.parents:
            function = frame.f_code.co_qualname.split(".<locals>")[0].split(".")[-1]
            readers.add(f"{path.relative_to(SOURCE).as_posix()}:{function}")
        return str(query.__dict__["text"])

    monkeypatch.setattr(Query, "text", property(read), raising=False)
    ask_anew("Does LDN reduce pain in fibromyalgia?", "and sleep?", "What grade does EULAR give it?", "shorter, please")
    ask_anew(
        "naltrexone for pain?", "My chest hurts and my arm is numb", "Is it safe with wine?", audience=Audience.PATIENT
    )
    for question in (*GUIDELINES, *ARTICLE, *COMBINED, "Who won the cup?", "Compare duloxetine and pregabalin"):
        ask_anew(question)
    outside = {reader for reader in readers if not reader.startswith("question/")}
    assert outside <= set(READ_THE_TEXT)
    assert len(outside) > 4
