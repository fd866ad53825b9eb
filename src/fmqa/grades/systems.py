"""Grading systems: which levels, grades and strengths each one has, what they mean, and what may be compared.

Nothing is converted from one system to another, and a value outside its system is a fault. Sources: EULAR standard
operating procedures (Dougados et al. 2004, Ann Rheum Dis 63:1172); Macfarlane et al. 2017 (Ann Rheum Dis 76:318);
Oxford Centre for Evidence-Based Medicine levels 2009 and 2011; GRADE handbook; ACC/AHA 2015 and 2019; USPSTF grades
2012; SIGN 50; NICE guideline manual; AWMF guidance manual; SORT (Ebell 2004); ESC classes and levels (tables 1 and 2
of every ESC guideline); CDC opioid guideline (Dowell et al. 2016, MMWR Recomm Rep 65(1)).
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, Literal

from fmqa.types import Direction, Effect, EvidenceGrade, Record

Field = Literal["level", "grade", "strength"]


class Term(Record):
    """One value of an axis, as it is printed, and what it means in plain words."""

    value: str
    meaning: str
    aliases: tuple[str, ...] = ()
    direction: Direction | None = None
    ranked: bool = True

    def names(self, printed: str) -> bool:
        """Whether this is the term that a printed value stands for."""
        return printed.casefold() in {name.casefold() for name in (self.value, *self.aliases)}


class Axis(Record):
    """One question that a system answers with an ordered set of values, best rank first.

    Terms that carry a direction are ordered only among those of the same direction. A term that is not ranked stands
    outside the order: it is valid and explained, and compares with nothing.
    """

    name: str
    shown: str
    terms: tuple[Term, ...]

    def term(self, printed: str, direction: Direction | None = None) -> Term | None:
        """Return the term of a printed value, preferring the one of the direction given; None if there is none."""
        named = [term for term in self.terms if term.names(printed)]
        fitting = [term for term in named if direction is None or term.direction in (None, direction)]
        return (fitting or named or [None])[0]  # type: ignore[list-item]

    def rank(self, term: Term) -> int:
        """Return the rank of a term among those of its direction; 1 is best, equals share a rank."""
        return [other for other in self.terms if other.direction is term.direction].index(term) + 1


class GradingSystem(Record):
    """A system by which an organisation grades evidence and recommendations."""

    id: str
    name: str
    explanation: str
    level: Axis | None = None
    grade: Axis | None = None
    strength: Axis | None = None
    agreement: str | None = None

    def axis(self, field: Field) -> Axis | None:
        """Return the axis that a field of ``EvidenceGrade`` is read on; None if the system has no such axis."""
        axes: Mapping[Field, Axis | None] = {"level": self.level, "grade": self.grade, "strength": self.strength}
        return axes[field]


class Comparison(Record):
    """How two grades stand: 1 if the first ranks higher, -1 if lower, 0 if equal, None if not comparable."""

    order: Literal[-1, 0, 1] | None
    axis: str | None
    reason: str


_FOR, _AGAINST, _SILENT = Direction.FOR, Direction.AGAINST, Direction.SILENT


def _term(value: str, meaning: str, *aliases: str, direction: Direction | None = None, ranked: bool = True) -> Term:
    return Term(value=value, meaning=meaning, aliases=aliases, direction=direction, ranked=ranked)


_EULAR_LEVELS = (
    _term("Ia", "meta-analysis of randomised trials"),
    _term("Ib", "at least one randomised trial"),
    _term("IIa", "at least one controlled study without randomisation"),
    _term("IIb", "at least one quasi-experimental study"),
    _term("III", "descriptive studies, such as comparative, correlation or case-control studies"),
    _term("IV", "opinion or clinical experience of experts"),
)
_EULAR_LETTERS = (
    _term("A", "directly based on level I evidence"),
    _term("B", "directly based on level II evidence, or extrapolated from level I"),
    _term("C", "directly based on level III evidence, or extrapolated from level I or II"),
    _term("D", "directly based on level IV evidence, or extrapolated from level II or III"),
)
_CEBM_2009_LEVELS = (
    _term("1a", "systematic review of randomised trials", "Ia"),
    _term("1b", "single randomised trial with a narrow confidence interval", "Ib"),
    _term("1c", "all-or-none observation", "Ic"),
    _term("2a", "systematic review of cohort studies", "IIa"),
    _term("2b", "single cohort study or randomised trial of low quality", "IIb"),
    _term("2c", "outcomes research", "IIc"),
    _term("3a", "systematic review of case-control studies", "IIIa"),
    _term("3b", "single case-control study", "IIIb"),
    _term("4", "case series or studies of poor quality", "IV"),
    _term("5", "expert opinion without explicit appraisal", "V"),
)
_CEBM_LETTERS = (
    _term("A", "consistent level 1 studies"),
    _term("B", "consistent level 2 or 3 studies, or extrapolation from level 1"),
    _term("C", "level 4 studies, or extrapolation from level 2 or 3"),
    _term("D", "level 5 evidence, or inconsistent studies of any level"),
)
_SIGN_LEVELS = (
    _term("1++", "high-quality reviews or randomised trials with very low risk of bias"),
    _term("1+", "well-conducted reviews or randomised trials with low risk of bias"),
    _term("1-", "reviews or randomised trials with high risk of bias"),
    _term("2++", "high-quality reviews of observational studies, or such studies with very low risk of bias"),
    _term("2+", "well-conducted observational studies with low risk of bias"),
    _term("2-", "observational studies with high risk of bias"),
    _term("3", "non-analytic studies, such as case reports and case series"),
    _term("4", "expert opinion"),
)
_WEAK_FOR = "benefits and harms closely balanced or preferences vary; it does not mean weak evidence"
_WEAK_AGAINST = "harms or burdens probably outweigh benefits, or preferences vary; it does not mean weak evidence"
_BY_OUTCOME = "it differs between outcomes or studies, within this range"
_STRONG_FOR = "benefits clearly outweigh harms for nearly everyone concerned"
_STRONG_AGAINST = "harms or burdens clearly outweigh benefits for nearly everyone concerned"
_WEAK_ALIASES_FOR = ("conditional", "conditional for", "weak for")
_WEAK_ALIASES_AGAINST = ("conditional", "conditional against", "weak against")
_VOTE = "share of the panel scoring at least 7 of 10"

_ALL: Final = (
    GradingSystem(
        id="eular-2004",
        name="EULAR 2004 procedure",
        explanation=(
            "Used by EULAR 2008. The level (Ia to IV) names the kind of study; the strength (A to D) says how directly "
            "the recommendation rests on it. The strength cannot be worked out from the level, and advice against a "
            "treatment stands only in the wording."
        ),
        level=Axis(name="level", shown="level {}", terms=_EULAR_LEVELS),
        grade=Axis(name="strength", shown="strength {}", terms=_EULAR_LETTERS),
    ),
    GradingSystem(
        id="eular-2017",
        name="EULAR 2017",
        explanation=(
            "Four columns of one row: the level (Ia to IV) names the kind of study, the grade (A to D) how directly "
            "the recommendation rests on it, the strength (strong or weak, for or against) how benefits, harms and "
            "preferences balance, and the agreement how the panel voted. A high level with a weak strength is normal."
        ),
        level=Axis(name="level", shown="level {}", terms=_EULAR_LEVELS),
        grade=Axis(name="grade", shown="grade {}", terms=_EULAR_LETTERS),
        strength=Axis(
            name="strength",
            shown="{}",
            terms=(
                _term("strong for", _STRONG_FOR, direction=_FOR),
                _term("weak for", _WEAK_FOR, direction=_FOR),
                _term("strong against", _STRONG_AGAINST, direction=_AGAINST),
                _term("weak against", _WEAK_AGAINST, direction=_AGAINST),
            ),
        ),
        agreement=_VOTE,
    ),
    GradingSystem(
        id="cebm-2009",
        name="Oxford CEBM 2009",
        explanation=(
            "Levels 1a to 5 name the kind of study; grades A to D say how consistent the studies are and how directly "
            "they apply. The 2011 version has other levels and no grades."
        ),
        level=Axis(name="level", shown="level {}", terms=_CEBM_2009_LEVELS),
        grade=Axis(name="grade", shown="grade {}", terms=_CEBM_LETTERS),
    ),
    GradingSystem(
        id="cebm-2011",
        name="Oxford CEBM 2011",
        explanation=(
            "Levels 1 to 5 for one type of question, here treatment; a level may be moved down or up for the quality "
            "of the studies. This version has no grades of recommendation."
        ),
        level=Axis(
            name="level",
            shown="level {}",
            terms=(
                _term("1", "systematic review of randomised trials or n-of-1 trials"),
                _term("2", "randomised trial, or observational study with a dramatic effect"),
                _term("3", "controlled cohort or follow-up study without randomisation"),
                _term("4", "case series, case-control or historically controlled studies"),
                _term("5", "reasoning from mechanism"),
            ),
        ),
    ),
    GradingSystem(
        id="canada-2012",
        name="Canadian fibromyalgia guideline 2012 (after Oxford CEBM)",
        explanation=(
            "Levels I to V name the kind of study and grades A to D the strength, after the Oxford centre. The same "
            "numbers mean other things in the German and Israeli guidelines."
        ),
        level=Axis(
            name="level",
            shown="level {}",
            terms=(
                _term("I", "systematic review of randomised trials or n-of-1 trials", "1"),
                _term("II", "randomised trial, or observational study with a dramatic effect", "2"),
                _term("III", "cohort or follow-up study without randomisation", "3"),
                _term("IV", "case-control or historically controlled studies, or case series", "4"),
                _term("V", "opinion", "5"),
            ),
        ),
        grade=Axis(name="grade", shown="grade {}", terms=_CEBM_LETTERS),
    ),
    GradingSystem(
        id="israel-2013",
        name="Israeli fibromyalgia guideline 2013",
        explanation=(
            "Levels I to V name the kind of study, with level I kept for reviews of randomised trials with more than "
            "1000 people; the strength is strong, medium, weak or a consensus of the panel."
        ),
        level=Axis(
            name="level",
            shown="level {}",
            terms=(
                _term("I", "reviews of randomised trials with large numbers, above 1000 people", "1"),
                _term("II", "reviews of observational studies, cohorts and small randomised trials", "2"),
                _term("III", "controlled studies without randomisation", "3"),
                _term("IV", "reviews of case-control studies, open studies and reports", "4"),
                _term("V", "opinion", "5"),
            ),
        ),
        strength=Axis(
            name="strength",
            shown="strength: {}",
            terms=(
                _term("strong", "the panel's firmest recommendation"),
                _term("medium", "a recommendation of middle strength"),
                _term("weak", "a recommendation of low strength; it does not by itself mean weak evidence"),
                _term("panel consensus", "agreed by the panel where studies did not decide", "consensus"),
            ),
        ),
    ),
    GradingSystem(
        id="grade",
        name="GRADE",
        explanation=(
            "The certainty (high to very low) says how sure one is of one effect estimate for one outcome; it may be "
            "high that there is no effect. The strength (strong or weak, for or against) is a separate judgement, and "
            "a strong recommendation may rest on low certainty in stated situations."
        ),
        level=Axis(
            name="certainty",
            shown="certainty: {}",
            terms=(
                _term("high", "very confident that the true effect lies close to the estimate"),
                _term("moderate", "the true effect is probably close to the estimate, but may differ substantially"),
                _term("low", "the true effect may differ substantially from the estimate"),
                _term("very low", "very little confidence in the estimate"),
                _term("moderate to high", _BY_OUTCOME, ranked=False),
                _term("low to moderate", _BY_OUTCOME, ranked=False),
                _term("very low to low", _BY_OUTCOME, "low to very low", ranked=False),
            ),
        ),
        strength=Axis(
            name="strength",
            shown="{}",
            terms=(
                _term("strong", _STRONG_FOR, "strong for", direction=_FOR),
                _term("weak", _WEAK_FOR, *_WEAK_ALIASES_FOR, direction=_FOR),
                _term("strong", _STRONG_AGAINST, "strong against", direction=_AGAINST),
                _term("weak", _WEAK_AGAINST, *_WEAK_ALIASES_AGAINST, direction=_AGAINST),
            ),
        ),
    ),
    GradingSystem(
        id="acc-aha",
        name="ACC/AHA",
        explanation=(
            "The class of recommendation (1, 2a, 2b, 3) says how firmly the panel advises; the level of evidence (A to "
            "C-EO) what kind of studies there are. The two are independent of each other."
        ),
        level=Axis(
            name="level of evidence",
            shown="level {}",
            terms=(
                _term(
                    "A", "high-quality evidence from more than one randomised trial, or meta-analyses of such trials"
                ),
                _term("B-R", "moderate-quality evidence from randomised trials"),
                _term("B-NR", "moderate-quality evidence from studies without randomisation"),
                _term("C-LD", "limited data"),
                _term("C-EO", "expert opinion"),
            ),
        ),
        strength=Axis(
            name="class of recommendation",
            shown="class {}",
            terms=(
                _term("1", "strong: benefit far greater than risk", "I", direction=_FOR),
                _term("2a", "moderate: benefit greater than risk", "IIa", direction=_FOR),
                _term("2b", "weak: benefit at least equal to risk", "IIb", direction=_FOR),
                _term("3: harm", "strong advice against: risk greater than benefit", "III: harm", direction=_AGAINST),
                _term(
                    "3: no benefit",
                    "moderate advice against: no benefit over risk",
                    "III: no benefit",
                    direction=_AGAINST,
                ),
            ),
        ),
    ),
    GradingSystem(
        id="esc",
        name="European Society of Cardiology",
        explanation=(
            "The class (I, IIa, IIb, III) says how firmly the panel advises, with III for advice against; the level "
            "(A, B, C) what kind of studies there are. They look like those of ACC/AHA but are defined differently."
        ),
        level=Axis(
            name="level of evidence",
            shown="level {}",
            terms=(
                _term("A", "several randomised trials, or meta-analyses of them", ranked=False),
                _term("B", "a single randomised trial, or large studies without randomisation", ranked=False),
                _term("C", "consensus of experts, small studies, retrospective studies or registries", ranked=False),
            ),
        ),
        strength=Axis(
            name="class of recommendation",
            shown="class {}",
            terms=(
                _term("I", "recommended or indicated", direction=_FOR, ranked=False),
                _term("IIa", "should be considered", direction=_FOR, ranked=False),
                _term("IIb", "may be considered", direction=_FOR, ranked=False),
                _term(
                    "III", "not recommended: not useful, and in some cases harmful", direction=_AGAINST, ranked=False
                ),
            ),
        ),
    ),
    GradingSystem(
        id="cdc-opioid",
        name="CDC opioid guideline",
        explanation=(
            "The category (A or B) says for whom the recommendation holds; the evidence type (1 to 4) what kind of "
            "studies there are. Both are adapted from GRADE but are not its words."
        ),
        level=Axis(
            name="evidence type",
            shown="evidence type {}",
            terms=(
                _term("1", "randomised trials, or overwhelming evidence from observational studies", ranked=False),
                _term("2", "randomised trials with important limits, or very strong observational ones", ranked=False),
                _term("3", "observational studies, or randomised trials with notable limits", ranked=False),
                _term("4", "clinical experience, or studies with important or several major limits", ranked=False),
            ),
        ),
        grade=Axis(
            name="category",
            shown="category {}",
            terms=(
                _term("A", "applies to all persons: most should receive the course of action", ranked=False),
                _term("B", "individual decisions: different choices fit different persons", ranked=False),
            ),
        ),
    ),
    GradingSystem(
        id="uspstf",
        name="USPSTF",
        explanation=(
            "One letter joins the certainty and the size of the net benefit of a preventive service. D is advice "
            "against. I means that the evidence is insufficient to judge: it is no low grade and no advice against."
        ),
        grade=Axis(
            name="grade",
            shown="grade {}",
            terms=(
                _term("A", "high certainty that the net benefit is substantial", direction=_FOR),
                _term("B", "offer it: a moderate net benefit, or moderate certainty of a greater one", direction=_FOR),
                _term("C", "small net benefit: decide with the individual person", direction=_FOR),
                _term("D", "no net benefit, or harm: advised against", direction=_AGAINST),
                _term("I", "insufficient evidence to judge; neither for nor against", direction=_SILENT),
            ),
        ),
    ),
    GradingSystem(
        id="sign",
        name="SIGN (since 2013)",
        explanation=(
            "Levels 1++ to 4 name the kind of study and its risk of bias; recommendations are strong or conditional, "
            "after the thinking of GRADE."
        ),
        level=Axis(name="level", shown="level {}", terms=_SIGN_LEVELS),
        strength=Axis(
            name="strength",
            shown="{}",
            terms=(
                _term("strong", _STRONG_FOR, "strong for", direction=_FOR),
                _term("conditional", _WEAK_FOR, "conditional for", direction=_FOR),
                _term("strong", _STRONG_AGAINST, "strong against", direction=_AGAINST),
                _term("conditional", _WEAK_AGAINST, "conditional against", direction=_AGAINST),
            ),
        ),
    ),
    GradingSystem(
        id="sign-old",
        name="SIGN (before 2013)",
        explanation=(
            "Levels 1++ to 4 name the kind of study and its risk of bias; grades A to D say how firmly the body of "
            "evidence supports the recommendation. A study with a high risk of bias should carry no grade."
        ),
        level=Axis(name="level", shown="level {}", terms=_SIGN_LEVELS),
        grade=Axis(
            name="grade",
            shown="grade {}",
            terms=(
                _term("A", "rests on level 1++ evidence, or on a consistent body of level 1+ evidence"),
                _term("B", "rests on level 2++ evidence, or extrapolated from level 1++ or 1+"),
                _term("C", "rests on level 2+ evidence, or extrapolated from level 2++"),
                _term("D", "rests on level 3 or 4 evidence, or extrapolated from level 2+"),
                _term(
                    "good-practice point",
                    "best practice by the clinical experience of the panel",
                    "good practice point",
                    "GPP",
                    "✓",
                    ranked=False,
                ),
            ),
        ),
    ),
    GradingSystem(
        id="nice",
        name="NICE wording",
        explanation=(
            "NICE gives no letters: the strength is in the verb. Offer is firm advice, consider leaves more to the "
            "person and the clinician; must is kept for legal duties and very severe consequences."
        ),
        strength=Axis(
            name="wording",
            shown="wording: {}",
            terms=(
                _term("must", "a legal duty, or very severe consequences if not followed", direction=_FOR),
                _term("offer", "firm advice: more good than harm for most people", "refer", "advise", direction=_FOR),
                _term("consider", "the choice depends more on the person's values and preferences", direction=_FOR),
                _term("must not", "a legal duty, or very severe consequences if not followed", direction=_AGAINST),
                _term(
                    "do not offer",
                    "firm advice against it",
                    "do not initiate",
                    "do not use",
                    "do not start",
                    direction=_AGAINST,
                ),
                _term(
                    "research recommendation",
                    "more research is asked for; no advice for practice",
                    "no recommendation",
                    direction=_SILENT,
                ),
            ),
        ),
    ),
    GradingSystem(
        id="awmf",
        name="AWMF (Germany)",
        explanation=(
            "The strength is in the verb: soll (shall, A), sollte (should, B) or kann (may, 0), each with a negative "
            "form. The consensus is the share of the panel that agreed: above 95 % strong consensus, above 75 % "
            "consensus, above 50 % majority."
        ),
        level=Axis(name="level", shown="level {}", terms=_CEBM_2009_LEVELS),
        grade=Axis(
            name="grade",
            shown="grade {}",
            terms=(
                _term("A", "strong recommendation: soll (shall)"),
                _term("B", "recommendation: sollte (should)"),
                _term("0", "open: kann (may)"),
                _term("EK", "consensus of the experts, without a systematic search", "Expertenkonsens", ranked=False),
            ),
        ),
        strength=Axis(
            name="wording",
            shown="wording: {}",
            terms=(
                _term("soll", "shall: strong recommendation", "shall", "⇑⇑", direction=_FOR),
                _term("sollte", "should: recommendation", "should", "⇑", direction=_FOR),
                _term("kann", "may: open recommendation", "may", "⇔", direction=_FOR),
                _term("soll nicht", "shall not: strong advice against", "shall not", "⇓⇓", direction=_AGAINST),
                _term("sollte nicht", "should not: advice against", "should not", "⇓", direction=_AGAINST),
            ),
        ),
        agreement="share of the panel that agreed",
    ),
    GradingSystem(
        id="sort",
        name="SORT",
        explanation=(
            "One letter for the quality, quantity and consistency of evidence on outcomes that patients notice. "
            "The letters are not those of other systems."
        ),
        grade=Axis(
            name="grade",
            shown="grade {}",
            terms=(
                _term("A", "consistent, good-quality evidence on outcomes that matter to patients"),
                _term("B", "inconsistent or limited evidence on outcomes that matter to patients"),
                _term("C", "opinion, usual practice, or evidence on disease markers only"),
            ),
        ),
    ),
    GradingSystem(
        id="aps-2005",
        name="American Pain Society 2005",
        explanation=(
            "Evidence of efficacy in four words: strong, moderate, weak, none. The words describe the evidence, not "
            "the strength of a recommendation, and are not EULAR's letters."
        ),
        level=Axis(
            name="evidence",
            shown="evidence: {}",
            terms=(
                _term("strong", "strong evidence of efficacy"),
                _term("moderate", "moderate evidence of efficacy"),
                _term("weak", "weak evidence of efficacy"),
                _term("none", "no evidence of efficacy"),
            ),
        ),
    ),
)
SYSTEMS: Final[Mapping[str, GradingSystem]] = MappingProxyType({system.id: system for system in _ALL})
_FIELDS: Final[tuple[Field, ...]] = ("level", "grade", "strength")
_LETTER_SYSTEMS: Final = frozenset(system.id for system in _ALL if system.grade is not None)
_COUNTRIES: Final = frozenset({"canada-2012", "awmf", "israel-2013", "cebm-2009"})


def system(system_id: str) -> GradingSystem:
    """Return a grading system by its id.

    Raises:
        ValueError: If no system has the id; the message lists those that exist.
    """
    try:
        return SYSTEMS[system_id]
    except KeyError:
        raise ValueError(f"unknown grading system {system_id!r}; known: {', '.join(sorted(SYSTEMS))}") from None


def system_name(system_id: str) -> str:
    """Return the name of a grading system for readers; the id itself if the system is unknown."""
    known = SYSTEMS.get(system_id)
    return known.name if known else system_id


def faults(grade: EvidenceGrade) -> list[str]:
    """Return what is wrong with a grade, one sentence a fault; empty if it is valid in its system.

    >>> faults(EvidenceGrade(system="eular-2017", level="Ia", strength="weak for", direction="for", printed="Ia"))
    []
    >>> faults(EvidenceGrade(system="eular-2017", strength="weak for", direction="against", printed="weak for"))
    ["the strength 'weak for' is a value for, but the direction is against"]
    """
    known = SYSTEMS.get(grade.system)
    if known is None:
        return [f"unknown grading system {grade.system!r}; known: {', '.join(sorted(SYSTEMS))}"]
    found: list[str] = []
    for field in _FIELDS:
        value = _value(grade, field)
        axis = known.axis(field)
        if value is None:
            continue
        if axis is None:
            others = " and ".join(other for other in _FIELDS if known.axis(other) is not None)
            found.append(f"{known.name} has no {field}; it has {others}")
            continue
        term = axis.term(value, grade.direction)
        if term is None or value not in (term.value, *term.aliases):
            valid = ", ".join(dict.fromkeys(term.value for term in axis.terms))
            found.append(f"{value!r} is no {axis.name} of {known.name}; valid: {valid}")
        elif grade.direction is not None and term.direction not in (None, grade.direction):
            said = "silent" if term.direction is _SILENT else f"a value {term.direction}"
            found.append(f"the {axis.name} {value!r} is {said}, but the direction is {grade.direction}")
        elif grade.direction is _SILENT and field != "level" and term.direction is None:
            found.append(f"a source that is silent gives no {axis.name}, but it is {value!r}")
    if grade.agreement is not None:
        bounds = [int(bound) for bound in grade.agreement.split("-")]
        if max(bounds) > 100:
            found.append(f"an agreement of {grade.agreement} % is above 100")
        elif bounds != sorted(bounds):
            found.append(f"the agreement {grade.agreement} % runs backwards")
    return found


def display(grade: EvidenceGrade) -> str:
    """Return the values as printed, on one line, in the order level, grade, strength, agreement.

    >>> display(EvidenceGrade(system="eular-2017", level="Ia", grade="A", strength="strong for", direction="for",
    ...                       agreement="100", printed="level Ia, grade A, strong for, agreement 100 %"))
    'level Ia, grade A, strong for, 100 % agreement'
    >>> display(EvidenceGrade(system="nice", strength="consider", direction="for", printed="consider"))
    'wording: consider'
    """
    known = SYSTEMS.get(grade.system)
    parts: list[str] = []
    for field in _FIELDS:
        value = _value(grade, field)
        if value is None:
            continue
        axis = known.axis(field) if known else None
        shown = (axis.shown if axis else field + " {}").format(value)
        bare = axis is not None and axis.shown == "{}"
        if bare and grade.direction in (_FOR, _AGAINST) and not value.endswith((" for", " against")):
            shown = f"{shown} {grade.direction}"
        parts.append(shown)
    if grade.agreement is not None:
        parts.append(f"{grade.agreement} % agreement")
    if not parts:
        parts.append("no recommendation" if grade.direction is _SILENT else "grade not stated")
    return ", ".join(parts)


def side(grades: Sequence[EvidenceGrade], effect: Effect | None) -> str | None:
    """Return what a statement says of its subject: the direction of its first grade that has one, else its effect."""
    directions = (grade.direction.value for grade in grades if grade.direction)
    return next(directions, effect.value if effect else None)


def explain(grade: EvidenceGrade) -> str:
    """Return what each value of a grade means in its own system, in short sentences.

    Raises:
        ValueError: If the system is unknown.

    >>> explain(EvidenceGrade(system="grade", level="very low", printed="very low certainty"))
    'Certainty very low: very little confidence in the estimate.'
    """
    known = system(grade.system)
    sentences: list[str] = []
    for field in _FIELDS:
        value, axis = _value(grade, field), known.axis(field)
        term = axis.term(value, grade.direction) if value is not None and axis is not None else None
        if value is None or axis is None or term is None:
            continue
        if axis.shown == "{}":
            words = value if value.endswith((" for", " against")) or term.direction is None else _with(value, term)
            named = words[0].upper() + words[1:]
        elif field == "strength":
            named = f"{axis.name[0].upper()}{axis.name[1:]} “{value}”"
        else:
            named = f"{axis.name[0].upper()}{axis.name[1:]} {value}"
        sentences.append(f"{named}: {term.meaning}.")
    if grade.agreement is not None:
        sentences.append(f"Agreement {grade.agreement} %: {known.agreement or 'share of the panel that agreed'}.")
    if grade.direction is _SILENT and not sentences:
        sentences.append("No recommendation: the source is silent, which is not advice against.")
    return " ".join(sentences) or known.explanation


def _with(value: str, term: Term) -> str:
    return value if term.direction is _SILENT else f"{value} {term.direction}"


def compare(a: EvidenceGrade, b: EvidenceGrade, *, same_document: bool, over_time: bool = False) -> Comparison:
    """Say which of two grades ranks higher, if that may be said at all.

    Only values of one system, axis and direction are ordered, within one document, or between editions when the
    caller asks about change over time. The axis is the first that both grades have of strength, grade and level.

    >>> exercise = EvidenceGrade(system="eular-2017", strength="strong for", direction="for", printed="strong for")
    >>> therapy = EvidenceGrade(system="eular-2017", strength="weak for", direction="for", printed="weak for")
    >>> compare(exercise, therapy, same_document=True).order
    1
    >>> compare(exercise, therapy, same_document=False).order is None
    True
    """
    if reason := _obstacle(a, b, same_document=same_document, over_time=over_time):
        return Comparison(order=None, axis=None, reason=reason)
    known = SYSTEMS[a.system]
    for field in ("strength", "grade", "level"):
        axis, first, second = known.axis(field), _value(a, field), _value(b, field)
        if axis is None or first is None or second is None:
            continue
        one, other = axis.term(first, a.direction), axis.term(second, b.direction)
        if one is None or other is None:
            return _none(axis, f"{first if one is None else second!r} is no {axis.name} of {known.name}.")
        if _SILENT in (one.direction, other.direction):
            return _none(axis, "Insufficient evidence or no recommendation is no rank: it compares with nothing.")
        if unranked := [value for value, term in ((first, one), (second, other)) if not term.ranked]:
            return _none(axis, f"No source at hand ranks the {axis.name} {unranked[0]!r} of {known.name}.")
        if one.direction is not other.direction:
            return _none(axis, "Advice for and advice against are not ranks of one scale; say that they differ.")
        gap = axis.rank(other) - axis.rank(one)
        where = "the same document" if same_document else "two editions, each with its date"
        order: Literal[-1, 0, 1] = 0 if gap == 0 else 1 if gap > 0 else -1
        relation = {0: "equals", 1: "ranks above", -1: "ranks below"}[order]
        text = f"{axis.name} {first} {relation} {second}: one system ({known.name}), axis and direction, in {where}."
        return Comparison(order=order, axis=axis.name, reason=text[0].upper() + text[1:])
    return Comparison(
        order=None,
        axis=None,
        reason="Level, grade and strength are different columns, not competing ranks; explain each.",
    )


def _none(axis: Axis, reason: str) -> Comparison:
    return Comparison(order=None, axis=axis.name, reason=reason)


def _obstacle(a: EvidenceGrade, b: EvidenceGrade, *, same_document: bool, over_time: bool) -> str | None:
    """Return why two grades may not be compared, or None; the first rule that forbids it is the one named."""
    systems = {a.system, b.system}
    if unknown := sorted(systems - set(SYSTEMS)):
        return f"The grading system {unknown[0]!r} is unknown."
    if _SILENT in (a.direction, b.direction):
        return "A source that is silent is comparable with nothing; silence is neither low nor against."
    if len(systems) > 1:
        return _different_systems(systems)
    if a.direction is not b.direction:
        return "The directions differ: say who advises for and who against; that is no order of ranks."
    if not same_document and not over_time:
        return "The grades stand in different documents with other questions, dates and panels; show each as printed."
    return None


def _different_systems(systems: set[str]) -> str:
    if systems == {"eular-2004", "eular-2017"}:
        return "EULAR 2008 and 2017 share letters but not the method: say what changed and which replaces which."
    if systems == {"cebm-2009", "cebm-2011"}:
        return "The 2009 and 2011 Oxford levels follow different rules; name the version."
    if "nice" in systems:
        return "NICE grades by its verb, with its own method; quote the verb and convert nothing."
    if systems <= _COUNTRIES:
        return "The Canadian, German and Israeli guidelines define their levels differently; name the guideline."
    if systems <= _LETTER_SYSTEMS:
        return "The systems define their letters differently; name the system with the letter."
    return "Different grading systems have different axes and rules; show each as printed."


def _value(grade: EvidenceGrade, field: Field) -> str | None:
    values: Mapping[Field, str | None] = {"level": grade.level, "grade": grade.grade, "strength": grade.strength}
    return values[field]
