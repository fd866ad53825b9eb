"""Evidence statements -> Answer, without a language model.

Every sentence is a verbatim statement (or its reviewed plain wording) or a fixed phrase of this file.

The direct answer comes first: a word where a yes or no was asked (fmqa.answer.direct), then the statement that it is
taken from. A few statements are shown, the others wait behind them as further evidence. A stem stays with its item, a
grade with its statement, a superseded statement is marked as such, and the disclaimer is on every answer because no
``Answer`` can be made without it.
"""

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal

from fmqa.answer import of_document, phrases
from fmqa.answer.titles import by_document, publisher
from fmqa.grades.systems import GENERAL, Known
from fmqa.grades.telling import display, shown_grade, side
from fmqa.text import figures
from fmqa.types import (
    DISCLAIMER,
    Answer,
    AnswerStatement,
    Audience,
    Conflict,
    Direction,
    DirectWord,
    DocumentKind,
    Effect,
    EvidenceGrade,
    EvidenceStatement,
    FileFormat,
    Frame,
    Intent,
    Material,
    Metadata,
    Notice,
    NoticeKind,
    Position,
    Query,
    Related,
    ReviewState,
    Source,
    StatementKind,
    StatementRole,
    Status,
    Table,
    TableRow,
    Trust,
    Wording,
    question_key,
)

NOTICES: Final = {
    NoticeKind.PERSONAL_ADVICE: "fmqa cannot give a personal dose or tell anyone to start, stop or change a medicine. "
    "What follows is general information from the sources; the prescriber or pharmacist decides with the person.",
    NoticeKind.PENDING_REVIEW: "No human reviewer has approved this yet; check the originals.",
    NoticeKind.NOT_CURATED: "Some sentences are quoted as found in the text, not curated.",
    NoticeKind.NOT_CHOSEN: "Not among the chosen sources, and told all the same because it warns:",
    NoticeKind.EXPIRED: "says that it was valid until",
    NoticeKind.GUIDELINE_SILENT: "No guideline in these sources takes a position on this; silent is not the same as "
    "advising against.",
    NoticeKind.UNSUPPORTED_CLAIM: "The article's wording and its sources do not agree on this point; both are shown.",
}
# What kind of source would answer, by what was asked: an abstention should still help.
_ELSEWHERE: Final = {
    Intent.DOSE: "A pharmacist or clinician, or a suitable reference, can answer this.",
    Intent.INTERACTION: "A pharmacist or a current interaction checker can answer this.",
    Intent.SAFETY: "The product label, a pharmacist or the prescriber can answer this.",
    Intent.GUIDELINE_POSITION: "The publisher of the guideline can answer this.",
    Intent.EFFICACY: "A systematic review on this treatment would answer this.",
}
_ELSEWHERE_DEFAULT: Final = "A clinician, pharmacist or librarian can point to a suitable source."
_UNDER_REVIEW: Final = "This is under review and not yet approved by a human reviewer; check the originals."
_BESIDE_A_TABLE: Final = 3
_WORDS_A_STATEMENT: Final = 40
"""An answer shows about one statement for so many of the words that it may have; the others are further evidence."""
_HELD_NAMED: Final = 4  # documents of a publisher that are named where another one is missing
_NO_SIDE: Final = frozenset({Direction.SILENT.value, Effect.UNCLEAR.value, phrases.NOT_STATED})
_REF: Final = re.compile(r"\[\d+\]")
_WORD: Final = re.compile(r"\S*?[^\W_]\S*")  # what stands between spaces and has a letter or digit
_IS_SENTENCE: Final = re.compile(r"(?:What|Which|How|Is|Are|Does|Do|Can|Should|Why|When|Who|Was|Were|Did)\b.*\?$")
Positions = tuple[tuple[str, tuple[EvidenceStatement, ...]], ...]


class _Sources:
    """Numbers the sources of one answer in the order in which they are first cited."""

    def __init__(self, documents: Mapping[str, Metadata]) -> None:
        self._documents = documents
        self._numbers: dict[str, int] = {}
        self.sources: list[Source] = []

    def cite(self, statement: EvidenceStatement) -> int:
        if statement.id not in self._numbers:
            n = self._numbers[statement.id] = len(self.sources) + 1
            self.sources.append(_source(n, statement))
        return self._numbers[statement.id]

    def name(self, document_id: str) -> str:
        metadata = self._documents.get(document_id)
        return metadata.short_title if metadata else document_id


class _Text:
    """The Markdown of an answer, kept within its number of words."""

    def __init__(self, max_words: int) -> None:
        self._left = max_words
        self._lines: list[str] = []

    def add(self, line: str, *, force: bool = False, room: int = 0) -> bool:
        """Add a line if it still fits with room for so many words after it; a forced one always goes in."""
        words = word_count(line)
        if words + room > self._left and not force:
            return False
        self._left -= words
        self._lines.append(line)
        return True

    def __str__(self) -> str:
        blocks: list[str] = []
        for line in self._lines:
            if line.startswith("- ") and blocks and blocks[-1].startswith("- "):
                blocks[-1] += "\n" + line
            else:
                blocks.append(line)
        return "\n\n".join(blocks)


def word_count(markdown: str) -> int:
    """Return the number of words of a Markdown text; citation marks and bullets are not words."""
    return len(_WORD.findall(_REF.sub(" ", markdown)))


def compose(material: Material, frame: Frame, grading: Known = GENERAL) -> Answer:
    """Return the answer that the material gives; the statements are not yet verified."""
    if material.status is Status.URGENT:
        return _urgent(material, frame, grading)
    if material.status is Status.NEEDS_CLARIFICATION:
        return _ask_back(material.query, frame)
    sources = _Sources(material.documents)
    text = _Text(frame.max_words)
    said: list[AnswerStatement] = []
    notices: list[Notice] = []
    if material.opening:
        text.add(phrases.OPENINGS[material.opening], force=True)
    elif material.status.abstains:
        _abstain(material, text)
    _tell_of(material, text, sources)
    personal_dose = material.query.asks.own_regimen
    codes = frame.audience is Audience.CLINICIAN or material.query.asks.grade
    _name_missing(material, text, notices, brief=bool(material.lead) or personal_dose)
    _name_ungraded(material, text, notices)
    opening = f"{material.direct.word}: " if material.direct else ""
    for statement in material.lead:
        n = sources.cite(statement)
        said.append(_answer_statement(statement, n, frame.audience, grading))
        text.add(f"**{opening}{said[-1].text}** [{n}]", force=True)
        notices.append(Notice(kind=NoticeKind.INTERACTION, text=said[-1].text, citations=(n,)))
        opening = ""
    for caution in material.cautions:
        notices.append(Notice(kind=NoticeKind.CAUTION, text=caution))
        if not material.lead:  # which warns already; the caution then stands beside the answer
            text.add(f"**{caution}**", force=True)
    if personal_dose:
        text.add(phrases.PERSONAL_FIRST[frame.audience], force=True)
    if material.status is Status.GUIDELINE_SILENT:
        text.add(f"**{NOTICES[NoticeKind.GUIDELINE_SILENT]}**")
    if personal_dose and material.statements:
        first = material.statements[0]
        line = _line(first, _answer_statement(first, 1, frame.audience, grading), sources, codes=codes)
        text.add(phrases.GENERAL_ONLY, room=word_count(line))
    most = max(1, round(frame.max_words / _WORDS_A_STATEMENT))
    most = len(material.statements) if material.listed else min(most, _BESIDE_A_TABLE) if material.rows else most
    left: list[EvidenceStatement] = []
    for statement in _in_order(material):
        # A claim of an article is not the last word where what its sources say comes next.
        claimed = said and not left and sources.sources[-1].kind is DocumentKind.ARTICLE
        shown = _answer_statement(statement, len(sources.sources) + 1, frame.audience, grading)
        line = _line(statement, shown, sources, codes=codes)
        is_first = not said
        fits = (len(said) < most or claimed) and not left and (is_first or not _is_aside(statement, material))
        if fits and text.add(
            f"**{opening.strip()}** {line}" if opening else line if is_first else f"- {line}", force=is_first
        ):
            sources.cite(statement)
            said.append(shown)
            opening = ""
        else:
            left.append(statement)
    conflicts = tuple(_conflict(label, statements, sources) for label, statements in _conflicting(material))
    for conflict in conflicts:
        if conflict.relation == "differ":
            text.add(_differ_line(conflict, codes=codes))
    more = tuple(_answer_statement(statement, sources.cite(statement), frame.audience, grading) for statement in left)
    table = _table(material, sources, frame.audience, grading)
    for cited in by_document(sources.sources) if material.references else ():
        marks = "".join(f"[{source.n}]" for source in cited)
        known = dict.fromkeys(reference for source in cited for reference in source.references)
        originals = "; ".join(f"{r.citation} {r.link}" if r.link else r.citation for r in known)
        text.add(f"{marks} {originals}", force=True)
    notices += _notices(material, sources, said)
    answer_text = str(text)
    return Answer(
        status=material.status,
        question_id=frame.question_id,
        conversation_id=frame.conversation_id,
        audience=frame.audience,
        interpreted_question=material.query.text,
        text=answer_text,
        direct=material.direct,
        about=material.about and material.about[0],
        statements=tuple(said),
        more=more,
        table=table,
        sources=tuple(sources.sources),
        conflicts=conflicts,
        notices=tuple(sorted(notices, key=lambda notice: list(NoticeKind).index(notice.kind))),
        glossary=_glossary(material.glossary, answer_text, frame.audience),
        related=_related(material),
        suggestions=_suggestions(material, left),
        confidence=material.confidence,
        withheld=material.withheld,
        disclaimer=DISCLAIMER,
        generation=frame.generation,
    )


def _tell_of(material: Material, text: _Text, sources: _Sources) -> None:
    """Say what the record of a document has, where the document as such is asked about."""
    if material.about is not None:
        marks = "".join(f" [{sources.cite(place)}]" for place in material.cited)
        for line in of_document.lines(*material.about):
            text.add(line if line.startswith("- ") else f"{line}{marks}", force=True)


def _ask_back(query: Query, frame: Frame) -> Answer:
    """Return the answer that asks which of two readings is meant."""
    options = "\n".join(f"- {choice}" for choice in query.choices)
    return Answer(
        status=Status.NEEDS_CLARIFICATION,
        question_id=frame.question_id,
        conversation_id=frame.conversation_id,
        audience=frame.audience,
        interpreted_question=query.text,
        text=f"This can be read in more than one way. Which do you mean?\n\n{options}",
        choices=query.choices,
        disclaimer=DISCLAIMER,
        generation=frame.generation,
    )


def _urgent(material: Material, frame: Frame, grading: Known) -> Answer:
    """Return the fixed safety text, followed by what a label in the corpus says of this danger."""
    if material.danger is None:
        raise ValueError("an urgent answer needs the danger that it warns of")
    title, advice = material.danger
    sources = _Sources(material.documents)
    said: list[AnswerStatement] = []
    lines = [f"**{title}**", advice]
    for statement in material.statements:
        n = sources.cite(statement)
        said.append(_answer_statement(statement, n, frame.audience, grading))
        lines.append(f"{said[-1].text} [{n}]")
    return Answer(
        status=Status.URGENT,
        question_id=frame.question_id,
        conversation_id=frame.conversation_id,
        audience=frame.audience,
        interpreted_question=material.query.text,
        text="\n\n".join(lines),
        statements=tuple(said),
        sources=tuple(sources.sources),
        notices=(Notice(kind=NoticeKind.EMERGENCY, text=title),),
        disclaimer=DISCLAIMER,
        generation=frame.generation,
    )


def _answer_statement(statement: EvidenceStatement, n: int, audience: Audience, grading: Known) -> AnswerStatement:
    plain = statement.statement.plain if statement.statement and audience is Audience.PATIENT else None
    return AnswerStatement(
        id=statement.id,
        text=plain or statement.text,  # a plain wording stands by itself, without its stem
        kind=statement.kind,
        wording="plain" if plain else "verbatim",
        citations=(n,),
        grades=tuple(
            shown_grade(grade, grading, anchor)
            for grade, anchor in zip(statement.grades, statement.grade_anchors, strict=True)
        ),
    )


def _line(statement: EvidenceStatement, shown: AnswerStatement, sources: _Sources, *, codes: bool) -> str:
    """Return a statement as the answer says it: edition and grade in front, citation behind.

    Without ``codes`` the grade is left to the source's words: a patient who asked for none is told what is recommended.
    """
    n = shown.citations[0]
    words = shown.text if statement.document.origin is None else figures.escaped(shown.text)
    graded = [grade for grade in statement.grades if grade.is_stated and codes]
    if len(graded) > 1 or (graded and statement.document.kind is not DocumentKind.GUIDELINE):
        # Grades of several editions, or told of another document: only their printed form says whose they are.
        whose = "" if statement.trust is Trust.TRUSTED else f"**{_publisher(statement)}:** "
        return f"{whose}{words} ({'; '.join(_quoted(grade) for grade in graded)}) [{n}]"
    successor = statement.document.superseded_by
    if successor:
        standing = f" (superseded by {sources.name(successor)})"
    else:
        standing = " (current)" if statement.document.supersedes else ""
    title = statement.document.short_title if statement.document.origin is None else _publisher(statement)
    if not graded:
        is_told = successor or statement.trust is not Trust.TRUSTED
        return f"**{title}{standing}:** {words} [{n}]" if is_told else f"{words} [{n}]"
    return f"**{title}{standing}: {display(graded[0])}** — {words} [{n}]"


def _publisher(statement: EvidenceStatement) -> str:
    """Return how a document as published is called before its words: an approved one by its title."""
    document = statement.document
    approved = statement.trust is Trust.TRUSTED
    return figures.escaped(document.short_title if approved else publisher(document, statement.review_state))


def _quoted(grade: EvidenceGrade) -> str:
    """Return a grade as its document prints it; a bare GRADE certainty names its system."""
    return f"GRADE {grade.printed}" if grade.system == "grade" else grade.printed


def _source(n: int, statement: EvidenceStatement) -> Source:
    document = statement.document
    cited = set(statement.statement.sources) if statement.statement else set()
    references = tuple(r for r in document.references if not cited or r.id in cited)
    link = next((reference.link for reference in references if reference.link), None)
    if link is None:
        link = f"https://doi.org/{document.doi}" if document.doi else document.url
    is_pdf = document.origin is not None and document.origin.format is FileFormat.PDF
    if is_pdf and document.url and statement.page is not None:
        link = f"{document.url}#page={statement.page}"
    anchor = statement.anchor
    return Source(
        n=n,
        document_id=document.id,
        wording=_wording(document),
        title=document.title,
        short_title=document.short_title,
        kind=document.kind,
        organisation=document.organisation,
        year=document.year,
        edition=document.edition,
        superseded_by=document.superseded_by,
        review_state=statement.review_state,
        trust=statement.trust,
        evidence_checked=document.evidence_checked,
        last_updated=document.last_updated,
        references=references,
        anchor=anchor,
        stem=statement.stem,
        passage_id=statement.passage_id,
        page=statement.page,
        section=statement.section,
        link=link,
    )


def _table(material: Material, sources: _Sources, audience: Audience, grading: Known) -> Table | None:
    """Return what is compared, each cell cited; rows without a cell are left out."""
    rows = tuple(
        TableRow(name=name, cells=tuple(c and _answer_statement(c, sources.cite(c), audience, grading) for c in cells))
        for name, cells in material.rows
        if any(cells)
    )
    return Table(columns=material.columns, rows=rows) if rows else None


def _in_order(material: Material) -> list[EvidenceStatement]:
    """Return the statements as they are told: what the first word is taken from, then the others as they are ranked.

    What an article says, where nobody asks about an article, comes last.
    """
    basis = material.direct.basis if material.direct else ()

    def place(statement: EvidenceStatement) -> int:
        return basis.index(statement.id) if statement.id in basis else len(basis) + _is_aside(statement, material)

    return sorted(material.statements, key=place)


def _is_aside(statement: EvidenceStatement, material: Material) -> bool:
    """Return whether a statement is of or about an article, and no article is asked about."""
    named = (material.documents[d] for d in material.query.documents if d in material.documents)
    role = statement.statement.role if statement.statement else None
    of_article = statement.document.kind is DocumentKind.ARTICLE or role is StatementRole.ABOUT_ARTICLE
    return of_article and not any(document.kind is DocumentKind.ARTICLE for document in named)


def _wording(document: Metadata) -> Wording:
    return "summary" if document.origin is None else "source"


def _conflicting(material: Material) -> Positions:
    """Return the positions told: those asked for, if no table has them, those that make a *mixed*, and opposed ones.

    Who asks what guidelines say, and names none, asks for all of them.
    """
    query = material.query
    compares = query.asks.comparison or Intent.COMPARISON in query.intents[:1]
    of_guidelines = Intent.GUIDELINE_POSITION in query.intents[:1] and not (query.organisations or query.documents)
    asked = of_guidelines or len(query.organisations) > 1
    asked = asked or (compares and Intent.GUIDELINE_POSITION in query.intents)
    mixed = material.direct is not None and material.direct.word is DirectWord.MIXED
    if material.rows:
        return ()
    if asked or mixed:
        return material.positions
    open_to_all = not (query.organisations or query.documents)
    return tuple(told for told in material.positions if open_to_all and _opposed(told[1]))


def _opposed(statements: Sequence[EvidenceStatement]) -> bool:
    """Return whether one current guideline is for a treatment and another against it: this changes any answer on it."""
    directions = {grade.direction for s in statements if s.kind is StatementKind.RECOMMENDATION for grade in s.grades}
    return {Direction.FOR, Direction.AGAINST} <= directions


def _suggestions(material: Material, left: Sequence[EvidenceStatement]) -> tuple[str, ...]:
    """Return what could be asked next: questions that further evidence answers by itself, then the known follow-ups."""
    first = (next(filter(_IS_SENTENCE.match, s.statement.answers), None) for s in left if s.statement)
    offered = dict.fromkeys((*filter(None, first), *material.suggestions))
    asked = question_key(material.query.text)
    return tuple(q for q in offered if question_key(q) != asked)[:3]


def _conflict(label: str, statements: Sequence[EvidenceStatement], sources: _Sources) -> Conflict:
    """Return what the sources say about one intervention, side by side."""
    positions = tuple(
        Position(
            source=sources.cite(statement),
            document_id=statement.document.id,
            short_title=statement.document.short_title,
            current=statement.document.superseded_by is None,
            direction=_side(statement),
            grade="; ".join(display(grade) for grade in statement.grades if grade.is_stated) or None,
            quote=statement.text,
        )
        for statement in statements
    )
    taken = {position.direction for position in positions} - _NO_SIDE
    relation: Literal["agree", "differ", "silent"] = "differ" if len(taken) > 1 else "agree"
    if not taken or (len(taken) == 1 and sum(p.direction in taken for p in positions) < 2):
        relation = "silent"
    return Conflict(intervention=label, relation=relation, positions=positions)


def _side(statement: EvidenceStatement) -> str:
    effect = statement.statement.effect if statement.statement else None
    return side(statement.grades, effect) or phrases.NOT_STATED


def _differ_line(conflict: Conflict, *, codes: bool) -> str:
    said = "; ".join(
        f"{position.short_title}: {(codes and position.grade) or position.direction} [{position.source}]"
        for position in conflict.positions
        if position.direction not in _NO_SIDE
    )
    return f"{phrases.DIFFER_ON} {conflict.intervention} — {said}."


def _name_missing(material: Material, text: _Text, notices: list[Notice], *, brief: bool) -> None:
    """Say which documents are missing; what there is instead is left to the notice where words are needed elsewhere."""
    for missing in material.missing:
        line = whole = f"These sources hold no {missing.name}."
        if missing.present:
            held = list(dict.fromkeys(m.short_title for m in missing.present))
            more = f" and {len(held) - _HELD_NAMED} more" if len(held) > _HELD_NAMED else ""
            whole += f" From the same publisher they hold: {', '.join(held[:_HELD_NAMED])}{more}."
        text.add(f"**{line if brief or len(material.missing) > 1 else whole}**", force=True)
        notices.append(Notice(kind=NoticeKind.MISSING_SOURCE, text=whole))
    if material.uncovered and not material.status.abstains:
        line = f"These sources say nothing on {_told(material.uncovered)}."
        text.add(f"**{line}**", force=True)
        notices.append(Notice(kind=NoticeKind.MISSING_SOURCE, text=line))


def _name_ungraded(material: Material, text: _Text, notices: list[Notice]) -> None:
    if material.ungraded:
        names = ", ".join(material.documents[d].short_title for d in material.ungraded)
        line = f"{names}: level and letter grade not stated in these sources."
        text.add(f"**{line}**", force=True)
        notices.append(Notice(kind=NoticeKind.NOT_STATED, text=line))


def _told(gaps: Iterable[tuple[str, str]]) -> str:
    return ", ".join(words for _, words in gaps)


def _abstain(material: Material, text: _Text) -> None:
    if material.status is Status.OUT_OF_SCOPE:
        covered = f", which cover {material.scope}" if material.scope else ""
        text.add(f"This is outside the scope of these sources{covered}.", force=True)
    elif material.query.since:
        text.add(f"Not in these sources: no document here of {material.query.since} or later answers this.", force=True)
    elif material.uncovered:
        text.add(f"Not in these sources: no document here covers {_told(material.uncovered)}.", force=True)
    else:
        text.add("Not in these sources: no passage here answers this question.", force=True)
    text.add(f"Searched: {_searched(len(material.documents) - material.added, material.added, material.scope)}.")
    elsewhere = next((_ELSEWHERE[i] for i in material.query.intents if i in _ELSEWHERE), _ELSEWHERE_DEFAULT)
    text.add(elsewhere)


def _searched(ours: int, added: int, scope: str) -> str:
    """Return in words how many documents of our own, and how many as published, were searched."""
    if not ours:
        return f"{added} document{'s' * (added != 1)} as published"
    others = f", and {added} as published" if added else ""
    return f"{ours} document{'s' * (ours != 1)}{f' on {scope}' if scope else ''}{others}"


def _notices(material: Material, sources: _Sources, said: Sequence[AnswerStatement]) -> list[Notice]:
    notices: list[Notice] = []
    if material.query.personal:
        notices.append(Notice(kind=NoticeKind.PERSONAL_ADVICE, text=NOTICES[NoticeKind.PERSONAL_ADVICE]))
    for cited in by_document(sources.sources):
        source = cited[0]
        if source.superseded_by:
            notices.append(
                Notice(
                    kind=NoticeKind.SUPERSEDED,
                    text=f"{source.short_title} is superseded by {sources.name(source.superseded_by)}.",
                    citations=tuple(each.n for each in cited),
                )
            )
        notices += _validity(source, material.documents)
    notices += _contradicted(material, sources)
    told = {statement.id for statement in said}
    for statement in (s for s in material.off_label if said and s.id not in told):
        notices.append(Notice(kind=NoticeKind.OFF_LABEL, text=statement.text, citations=(sources.cite(statement),)))
    if material.status is Status.GUIDELINE_SILENT:
        notices.append(Notice(kind=NoticeKind.GUIDELINE_SILENT, text=NOTICES[NoticeKind.GUIDELINE_SILENT]))
    if any(s.statement is None or s.statement.basis == "extracted" for s in material.statements):
        notices.append(Notice(kind=NoticeKind.NOT_CURATED, text=NOTICES[NoticeKind.NOT_CURATED]))
    shown = {n for statement in said for n in statement.citations}
    if material.claims_checked and any(s.kind is DocumentKind.ARTICLE and s.n in shown for s in sources.sources):
        notices.append(Notice(kind=NoticeKind.UNSUPPORTED_CLAIM, text=NOTICES[NoticeKind.UNSUPPORTED_CLAIM]))
    beyond = [source for source in sources.sources if source.document_id in material.unchosen]
    if beyond:
        names = ", ".join(dict.fromkeys(source.short_title for source in beyond))
        text = f"{NOTICES[NoticeKind.NOT_CHOSEN]} {names}."
        notices.append(Notice(kind=NoticeKind.NOT_CHOSEN, text=text, citations=tuple(source.n for source in beyond)))
    if material.withheld:
        notices.append(
            Notice(kind=NoticeKind.WITHHELD, text=f"{material.withheld} statement(s) failed verification: not shown.")
        )
    states = {source.review_state for source in sources.sources}
    if ReviewState.SUBMITTED in states:  # the lowest state among the sources
        notices.append(Notice(kind=NoticeKind.PENDING_REVIEW, text=NOTICES[NoticeKind.PENDING_REVIEW]))
    elif ReviewState.UNDER_REVIEW in states:
        notices.append(Notice(kind=NoticeKind.PENDING_REVIEW, text=_UNDER_REVIEW))
    return notices


def _contradicted(material: Material, sources: _Sources) -> Iterator[Notice]:
    """Yield a notice for each statement of lower trust that says something else than one of higher trust."""
    by_id = {statement.id: statement for statement in (*material.lead, *material.statements)}
    for lower, higher, differs_in in material.contradictions:
        if lower in by_id and higher in by_id:
            one, other = by_id[lower], by_id[higher]
            n, of = sources.cite(one), sources.cite(other)
            whose = publisher(one.document, one.review_state)
            text = f"{whose} and {other.document.short_title} differ here in {differs_in}."
            yield Notice(kind=NoticeKind.CONTRADICTED, text=text, citations=(n, of))


def _validity(source: Source, documents: Mapping[str, Metadata]) -> list[Notice]:
    """Return the notices without which a source may not be cited: that it was retracted, or has expired."""
    origin = documents[source.document_id].origin if source.document_id in documents else None
    if origin is None:
        return []
    found = []
    if origin.retraction is not None:
        text = f"{source.short_title} is retracted ({origin.retraction}). Do not rely on it."
        found.append(Notice(kind=NoticeKind.RETRACTED, text=text, citations=(source.n,)))
    if origin.expires is not None and origin.expires < datetime.datetime.now(tz=datetime.UTC).date():
        text = f"{source.short_title} {NOTICES[NoticeKind.EXPIRED]} {origin.expires.isoformat()}."
        found.append(Notice(kind=NoticeKind.EXPIRED, text=text, citations=(source.n,)))
    return found


def _glossary(terms: Iterable[tuple[str, str]], text: str, audience: Audience) -> dict[str, str]:
    if audience is not Audience.PATIENT:
        return {}
    return {
        term: explanation
        for term, explanation in terms
        if re.search(rf"(?<!\w){re.escape(term)}(?!\w)", text, re.IGNORECASE)
    }


def _related(material: Material) -> tuple[Related, ...]:
    if not material.status.abstains:
        return ()
    return tuple(
        Related(
            passage_id=passage.passage.id,
            wording=_wording(material.documents[passage.passage.anchor.document_id]),
            short_title=material.documents[passage.passage.anchor.document_id].short_title,
            headings=passage.passage.headings,
            quote=passage.passage.text,
        )
        for passage in material.related[:3]
    )
