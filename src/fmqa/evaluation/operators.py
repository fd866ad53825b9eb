"""The operators of the mutation benchmark, by name. Each makes wrong answers from right ones, or harmless variants."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from random import Random
from typing import Final

from fmqa.evaluation import record_edits as records
from fmqa.evaluation import word_edits as edits
from fmqa.evaluation.mutants import Edit, Operator, World, on_further, on_markdown, on_statement, rewritten
from fmqa.types import ConceptKind

_COMPARATORS: Final = edits.swapped(
    ("<", "≤", ">", "≥"),
    ("at least", "at most", "fewer than", "more than"),
    ("no more than", "no less than"),
    ("up to", "at least"),
    ("above", "below"),
    ("over", "under"),
    ("less than", "more than"),
    ("minimum", "maximum"),
    ("or more", "or less"),
)
_CONDITIONS: Final = "if|when|where|until|provided|before|after|in people|for people|in adults|as long as|during|at"
_EXCEPTIONS: Final = "unless|except|other than|apart from|but|although|without|only|not"
_TIMES: Final = edits.after_number(
    ("minutes", "hours", "days", "weeks", "months", "years"),
    ("minute", "hour", "day", "week", "month", "year"),
)
_FALSE: Final = (
    "It is safe for everyone.",
    "No monitoring is needed.",
    "{drug} cures the disease.",
    "It can be stopped at once.",
    "Everyone should take {drug}.",
    "This was shown in every trial.",
    "The level of evidence is high.",
    "Nothing speaks against {drug} in pregnancy.",
    "Take 10 mg of {drug} tonight.",
)
_BOLD_LEVELS: Final = edits.swapped(
    ("Ia", "Ib", "IIa", "IIb", "III", "IV"), ("strong for", "weak for"), ("strong against", "weak against"),
    ("grade A", "grade B", "grade C", "grade D"), ("strength A", "strength B", "strength C", "strength D"),
    ("high", "moderate", "low", "very low"), ("do not initiate", "offer", "consider"),
)  # fmt: skip


def _levels_in_bold(text: str, world: World, rng: Random) -> Iterator[Edit]:
    """Yield each level of the bold lead or of the brackets in which an answer shows a grade."""
    for shown in re.finditer(r"\*\*[^*\n]+\*\* — |\([^()\n]+\) \[", text):
        for edit in _BOLD_LEVELS(shown.group(), world, rng):
            yield Edit(shown.start() + edit.start, shown.start() + edit.end, edit.into)


OPERATORS: Final[Mapping[str, Operator]] = {
    "digit changed": Operator("number", on_statement(edits.digit)),
    "ten times as much": Operator("number", on_statement(edits.scaled(Decimal(10)))),
    "a tenth": Operator("number", on_statement(edits.scaled(Decimal("0.1")))),
    "decimal point moved": Operator("number", on_statement(edits.point_moved)),
    "range ends swapped": Operator("number", on_statement(edits.ends_swapped)),
    "mg, µg, g": Operator("unit", on_statement(edits.after_number(("mg", "µg", "g")))),
    "per day, per kg": Operator(
        "unit",
        on_statement(
            edits.swapped(
                ("per day", "per kg"),
                ("a day", "per kg"),
                ("daily", "per kg"),
                ("nightly", "per kg"),
                ("mg", "mg/kg", "mg/day"),
                ("ml/min", "ml/hour"),
            )
        ),
    ),
    "comparator": Operator("comparator", on_statement(_COMPARATORS)),
    "frequency": Operator(
        "dosing",
        on_statement(
            edits.swapped(
                ("once", "twice", "three times", "four times"),
                ("daily", "nightly", "weekly", "monthly"),
                ("at night", "in the morning", "at noon"),
                ("every day", "every other day", "every week"),
                ("a day", "a week"),
            )
        ),
    ),
    "route": Operator(
        "dosing",
        on_statement(
            edits.swapped(
                ("oral", "intravenous", "sublingual", "topical", "subcutaneous"),
                ("orally", "intravenously", "topically"),
                ("tablet", "injection", "patch"),
                ("tablets", "injections", "patches"),
                ("capsules", "injections"),
                ("by mouth", "under the tongue", "into a vein"),
                ("under-the-tongue", "intravenous"),
            )
        ),
    ),
    "duration": Operator("dosing", on_statement(_TIMES)),
    "negation left out": Operator("negation", on_statement(edits.negation_out)),
    "negation put in": Operator("negation", on_statement(edits.negation_in)),
    "increase, decrease": Operator(
        "direction",
        on_statement(
            edits.swapped(
                ("increase", "decrease"),
                ("increases", "decreases"),
                ("increased", "decreased"),
                ("rises", "falls"),
                ("more", "less"),
                ("higher", "lower"),
                ("better", "worse"),
                ("reduce", "raise"),
                ("reduces", "raises"),
                ("reduced", "raised"),
                ("improve", "worsen"),
                ("improves", "worsens"),
                ("improved", "worsened"),
                ("longer", "shorter"),
                ("before", "after"),
                ("benefit", "harm"),
                ("with", "without"),
                ("larger", "smaller"),
                ("greater", "smaller"),
                ("stop", "start"),
                ("stopped", "started"),
            )
        ),
    ),
    "recommend, avoid": Operator(
        "direction",
        on_statement(
            edits.swapped(
                ("recommends", "advises against", "rejects"),
                ("recommended", "discouraged"),
                ("recommend", "reject"),
                ("advises", "warns against"),
                ("supports", "opposes"),
                ("for", "against"),
                ("avoid", "take"),
                ("approved", "off-label"),
                ("approval", "ban"),
                ("effective", "ineffective"),
                ("safe", "unsafe"),
                ("contraindicated", "indicated"),
                ("contraindicates", "recommends"),
                ("allowed", "forbidden"),
            )
        ),
    ),
    "position turned round": Operator("direction", records.position_turned, whole=True),
    "first word turned round": Operator("direction", records.first_word_turned, whole=True),
    "first word left out": Operator("direction", records.first_word_hidden, whole=True),
    "must, should, may": Operator(
        "modality",
        on_statement(
            edits.swapped(
                ("must", "should", "may"),
                ("can", "must"),
                ("could", "must"),
                ("might", "must"),
                ("requires", "allows"),
                ("required", "optional"),
                ("needs", "allows"),
                ("is", "may be"),
            )
        ),
    ),
    "offer, consider": Operator(
        "modality",
        on_statement(
            edits.swapped(
                ("offer", "consider"),
                ("offered", "considered"),
                ("recommends", "considers", "requires"),
                ("recommended", "required", "suggested"),
                ("weak", "strong"),
                ("weakly", "strongly"),
            )
        ),
    ),
    "condition left out": Operator("condition", on_statement(edits.without_clause(_CONDITIONS))),
    "exception left out": Operator("condition", on_statement(edits.without_clause(_EXCEPTIONS))),
    "brackets left out": Operator("condition", on_statement(edits.without_brackets)),
    "list stem left out": Operator("stem", records.stem_dropped),
    "other medicine": Operator("concept", on_statement(edits.sibling(ConceptKind.INTERVENTION))),
    "other population": Operator("concept", on_statement(edits.sibling(ConceptKind.POPULATION))),
    "other condition": Operator("concept", on_statement(edits.sibling(ConceptKind.CONDITION))),
    "other outcome": Operator("concept", on_statement(edits.sibling(ConceptKind.OUTCOME))),
    "name that only finds it": Operator("concept", on_statement(edits.related_name)),
    "letter of a medicine": Operator("concept", on_statement(edits.misspelt)),
    "two statements joined": Operator("join", records.joined, whole=True),
    "level changed": Operator("grade", records.level_changed),
    "system changed": Operator("grade", records.system_changed),
    "level invented": Operator("grade", records.level_invented),
    "grade left out": Operator("grade", records.grade_dropped),
    "grade left out of the text": Operator("grade", records.grade_hidden, whole=True),
    "citations swapped": Operator("anchor", records.citations_swapped, whole=True),
    "neighbour cited": Operator("anchor", records.neighbour_cited),
    "dangling citation": Operator("anchor", records.dangling),
    "offsets shifted": Operator("anchor", records.offsets_shifted(quote=False)),
    "offsets and quote shifted": Operator("anchor", records.offsets_shifted(quote=True)),
    "stale generation": Operator("generation", records.generation_stale),
    "source changed": Operator("source", records.source_changed),
    "disclaimer removed": Operator("disclaimer", records.disclaimer_removed, whole=True),
    "disclaimer weakened": Operator("disclaimer", records.disclaimer_weakened, whole=True),
    "further evidence: number": Operator("number", on_further(edits.digit), whole=True),
    "further evidence: negation out": Operator("negation", on_further(edits.negation_out), whole=True),
    "text alone: number": Operator("text", on_markdown(edits.digit), whole=True),
    "text alone: level": Operator("text", on_markdown(_levels_in_bold), whole=True),
    "text alone: negation out": Operator("text", on_markdown(edits.negation_out), whole=True),
    "text alone: negation in": Operator("text", on_markdown(edits.negation_in), whole=True),
    "text alone: sentence added": Operator("text", on_markdown(edits.sentence_added(_FALSE)), whole=True),
    "text alone: joined": Operator("text", records.joined_in_text, whole=True),
    "white space": Operator("harmless", rewritten(edits.spaced)),
    "Unicode form": Operator("harmless", rewritten(edits.unicode_form)),
    "500 mg, 0.5 g": Operator("harmless", rewritten(edits.same_mass("mg", "g"))),
    "micro sign": Operator("harmless", rewritten(edits.same_mass("\u00b5g", "\u03bcg"))),
    "thousands": Operator("harmless", rewritten(edits.thousands)),
    "exact synonym": Operator("harmless", rewritten(edits.synonym)),
    "case": Operator("harmless", rewritten(edits.case)),
    "spelling": Operator("harmless", rewritten(edits.spelt)),
    "dashes": Operator("harmless", rewritten(edits.dashes)),
    "several at once": Operator("harmless", rewritten(edits.several)),
}
"""Every operator by the name that the report shows."""
