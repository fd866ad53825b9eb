"""Questions that are put to the shipped corpus, by what must become of them."""

import json
from functools import cache
from pathlib import Path
from typing import Final, Protocol

from fmqa.types import Answer, Audience, question_key


class Ask(Protocol):
    """Holds one conversation with the assistant on the shipped corpus."""

    def __call__(
        self, *questions: str, audience: Audience = Audience.CLINICIAN, max_words: int | None = None
    ) -> list[Answer]:
        """Return the answers, in the order of the questions."""
        ...


@cache
def judged() -> frozenset[str]:
    """Return the key of every question of the benchmarks: what a corpus or a model learned from must not hold them."""
    rows = [
        json.loads(line)
        for path in (Path(__file__).parents[1] / "eval").rglob("*.jsonl")
        for line in path.read_text("utf-8").splitlines()
        if line.strip()
    ]
    turns = [turn for row in rows for turn in (row, *(row["turns"] if isinstance(row.get("turns"), list) else ()))]
    found = frozenset(question_key(str(turn["question"])) for turn in turns if "question" in turn)
    assert len(found) > 1000
    return found


ANSWERABLE: Final = (
    "Does duloxetine reduce fibromyalgia pain?",
    "Does LDN reduce pain in fibromyalgia?",
    "What grade does EULAR 2017 give amitriptyline?",
    "What is the starting dose of pregabalin on the label?",
    "What does NICE say about opioids?",
    "Are corticosteroids recommended for fibromyalgia?",
    "What is the mechanism of low-dose naltrexone?",
    "Which adverse events were seen with LDN in FINAL?",
    "Does cognitive behavioural therapy help with fibromyalgia?",
    "What dose reduction of pregabalin is needed with kidney disease?",
    "Does aerobic exercise improve quality of life in fibromyalgia?",
    "Is gabapentin effective for fibromyalgia?",
    "What liver warnings does naltrexone have?",
    "What did Younger 2013 find?",
    "What does the German guideline say about exercise?",
    "Does acupuncture help fibromyalgia?",
    "How is fibromyalgia diagnosed under the 2016 criteria?",
)
"""The corpus has curated statements on each of them."""

GUIDELINES: Final = (
    "What evidence level does EULAR give exercise?",
    "What do guidelines say about pregabalin in fibromyalgia?",
    "Which strength of recommendation did EULAR 2008 give tramadol?",
    "Do guidelines recommend cyclobenzaprine?",
    "What does EULAR recommend on duloxetine?",
)

ARTICLE: Final = (
    "How should naltrexone be titrated according to the article?",
    "How does the article justify naltrexone as first-line?",
    "Which maximum dose of LDN does the article give?",
)

COMBINED: Final = (
    "My patient is on tramadol. Can I add LDN?",
    "Can duloxetine be combined with tramadol?",
    "Is loperamide safe with low-dose naltrexone?",
)

LABELS: Final = ("What does the tonmya label contraindicate?", "How is milnacipran dosed in severe kidney impairment?")
VARIED: Final = (*ANSWERABLE, *GUIDELINES, *ARTICLE, *COMBINED, *LABELS, "What does EULAR recommend on LDN?")
"""Questions of every sort that are answered with statements."""

NOT_IN_CORPUS: Final = (
    "Does vitamin B12 injection help fibromyalgia?",
    "Is stellate ganglion block useful for fibromyalgia?",
    "Does psilocybin relieve fibromyalgia pain?",
    "How well does botulinum toxin work for fibromyalgia?",
    "Does hyperbaric oxygen help fibromyalgia?",
    "Does zoledronate help fibromyalgia?",
    "What do guidelines say about dupilumab?",
)
"""On the subject of the corpus, or on a medicine, but nothing here answers."""

OUT_OF_SCOPE: Final = (
    "How do I reset my router password?",
    "Which running shoes are best for marathons?",
    "What is the weather in Paris?",
    "How do I bake bread?",
    "What is the capital of Australia?",
    "What is the treatment of multiple sclerosis relapses?",
)
"""On another subject, or on another disease."""

READ_THE_TEXT: Final = {
    "answer/composing.py:_ask_back": "prints it",
    "answer/composing.py:_suggestions": "does not suggest it again",
    "answer/composing.py:_urgent": "prints it",
    "answer/composing.py:compose": "prints it",
    "ask.py:spoken_of": "hands the last questions to a language model, where there is one",
    "ask.py:_sent": "hands it to a language model, where there is one",
    "ask.py:_decided": "hands on the question before, which a follow-up may lean on",
    "ask.py:_in_parts": "prints it",
    "evidence/deciding.py:_is_of_others": "which concepts and words it names",
    "evidence/published/weighing.py:_names": "which names the vocabulary lacks",
    "evidence/published/weighing.py:candidates": "the reader reads it with each text",
    "evidence/searching.py:opened_by": "tells whether the question leans on what was said before",
    "answer/offering.py:offered": "does not suggest it again",
    "evidence/searching.py:nearness": "searches",
    "evidence/searching.py:rank": "searches",
    "web/streaming.py:steps": "shows it while the answer is made",
}
"""Functions outside ``question`` that may read the text of a query, and what for: all others read its ``Asks``."""
