"""The statistics that a question asks for by name and a result is printed with: NNT, confidence interval and others.

A reader who asks for a number needed to treat is not answered by another number. So what is asked for and what a text
gives are told by the same list.
"""

import re
from typing import Final

_NAMES: Final = {
    "an NNT": r"NNTB?s?|numbers? needed to treat",
    "an NNH": r"NNT?Hs?|numbers? needed to harm",
    "an I2": r"I2|I²|I-squared",
    "a p value": r"p[- ]?values?|p ?[=<>] ?0?\.\d+",
    "an odds ratio": r"odds ratios?|OR(?= ?[=:]? ?\d)",
    "a hazard ratio": r"hazard ratios?|HR(?= ?[=:]? ?\d)",
    "a confidence interval": r"confidence intervals?|(?:9\d ?% ?)?CIs?",
}
_PATTERNS: Final = {name: re.compile(rf"\b(?:{pattern})(?!\w)", re.IGNORECASE) for name, pattern in _NAMES.items()}


def named(text: str) -> frozenset[str]:
    """Return the statistics that a text names or gives, each with its article as it is told of.

    >>> sorted(named("what's the NNT, and the 95% CI?"))
    ['a confidence interval', 'an NNT']
    >>> sorted(named("pain fell (p=0.039)"))
    ['a p value']
    """
    return frozenset(name for name, pattern in _PATTERNS.items() if pattern.search(text))
