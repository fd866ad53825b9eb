"""Find texts that look like answers and are none: the rivals that a question will meet.

Candidates are the other texts of the same set, those of the same document, subject or trial before all others, ranked
by BM25 and an encoder together. A text that is as near to the question as one that answers it may answer it as well,
and is left out.
"""

import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np

from fmqa.index import bm25
from fmqa.text.words import tokenize
from fmqa.tuning.pack import PackStatement
from fmqa.types import FloatArray
from training.measures import Encode
from training.records import Group

MINED: Final = frozenset({"bioasq_7b-10b", "bioasq_12b", "bioasq_yesno", "bioasq_5b6b", "covidqa", "pubmedqa"})
"""Sets whose own negatives are missing or few."""

PACK: Final = "pack"
UNANSWERED: Final = "pack, unanswered"
TALKS: Final = 2  # questions that a follow-up is asked behind
MOST: Final = 8  # negatives of a question
DENSE_WEIGHT: Final = 0.6
CERTAIN: Final = 0.95  # of the least similarity of a right text; above it a text may be right, too
TWIN: Final = 0.85  # cosine with a right text from which a text says the same
SAME_PACK: Final = 0.75  # cosine of two statements from which one may answer the questions of the other
SAME_SCOPE_BONUS: Final = 1.0
CANDIDATES: Final = 40


def mine(groups: Iterable[Group], encode: Encode, names: frozenset[str] = MINED) -> list[Group]:
    """Return the groups, those of some sets with mined negatives after their own."""
    groups = list(groups)
    mined: dict[str, Group] = {}
    for name in sorted(names):
        mine_of = [group for group in groups if group.source == name and group.positives]
        if mine_of:
            mined |= {group.id: group for group in _mined(mine_of, encode)}
    return [mined.get(group.id, group) if group.source in names else group for group in groups]


def _mined(groups: Sequence[Group], encode: Encode) -> list[Group]:
    texts = list(dict.fromkeys(text for group in groups for text in (*group.positives, *group.negatives)))
    row_of = {text: row for row, text in enumerate(texts)}
    scopes: dict[str, set[int]] = {}
    for group in groups:
        scopes.setdefault(group.scope, set()).update(row_of[text] for text in (*group.positives, *group.negatives))
    vectors, queries = encode(texts), encode([group.query for group in groups])
    with TemporaryDirectory() as scratch:
        bm25.build([tokenize(text) for text in texts], Path(scratch))
        lexical = bm25.load(Path(scratch))
        return [
            _with_rivals(group, query, texts, vectors, lexical, row_of, sorted(scopes[group.scope]))
            for group, query in zip(groups, queries, strict=True)
        ]


def _with_rivals(
    group: Group,
    query: FloatArray,
    texts: Sequence[str],
    vectors: FloatArray,
    lexical: bm25.Bm25,
    row_of: dict[str, int],
    same_scope: Sequence[int],
) -> Group:
    near = vectors @ query
    right = [row_of[text] for text in group.positives]
    rows, scores = lexical.search(tokenize(group.query), CANDIDATES)
    joined = DENSE_WEIGHT * near
    if len(rows):
        joined[rows] += (1 - DENSE_WEIGHT) * scores / scores[0]
    joined[list(same_scope)] += SAME_SCOPE_BONUS
    own = {row_of[text] for text in group.negatives}
    bound = CERTAIN * float(near[right].min())
    found = list(group.negatives)
    for row in np.argsort(-joined, kind="stable")[: CANDIDATES + len(same_scope)].tolist():
        if len(found) >= MOST:
            break
        twin = float((vectors[right] @ vectors[row]).max()) >= TWIN
        if row not in own and row not in right and near[row] < bound and not twin:
            found.append(texts[row])
    return group.model_copy(update={"negatives": tuple(found)})


def pack_groups(statements: Sequence[PackStatement], encode: Encode) -> list[Group]:
    """Return each question of the corpus with its statement and the nearest statements that do not answer it.

    Statements of the same document come first, then those on the same treatment or condition, then all others. A
    follow-up is asked behind questions that other statements of its document answer. What no statement answers has the
    nearest statements alone.
    """
    vectors = encode([statement.text for statement in statements])
    alike = vectors @ vectors.T
    documents = np.array([statement.document for statement in statements])
    groups = []
    for at, statement in enumerate(statements):
        questions = (*statement.questions, *statement.wordings.alone, *_in_talk(statement, statements))
        asked = encode(questions) if questions else np.zeros((0, vectors.shape[1]), np.float32)
        shares = np.array([bool(statement.subjects & other.subjects) for other in statements])
        bonus = np.where(documents == statement.document, 0.2, np.where(shares, 0.1, 0.0))
        allowed = alike[at] < SAME_PACK
        allowed[at] = False
        for number, (question, vector) in enumerate(zip(questions, asked, strict=True)):
            rivals = np.where(allowed, vectors @ vector + bonus, -np.inf)
            nearest = [row for row in np.argsort(-rivals, kind="stable")[:MOST].tolist() if allowed[row]]
            groups.append(
                Group(
                    id=f"{PACK}:{statement.id}:{number}",
                    source=PACK,
                    query=question,
                    positives=(_titled(statement),),
                    negatives=tuple(_titled(statements[row]) for row in nearest),
                    scope=statement.document,
                )
            )
    return groups


def unanswered_groups(questions: Sequence[str], statements: Sequence[PackStatement], encode: Encode) -> list[Group]:
    """Return questions that no statement of the corpus answers, each with the nearest statements."""
    if not questions:
        return []
    near = encode(questions) @ encode([statement.text for statement in statements]).T
    return [
        Group(
            id=f"{UNANSWERED}:{number}",
            source=UNANSWERED,
            query=question,
            negatives=tuple(_titled(statements[row]) for row in np.argsort(-scores, kind="stable")[:MOST].tolist()),
            scope=UNANSWERED,
        )
        for number, (question, scores) in enumerate(zip(questions, near, strict=True))
    ]


def _titled(statement: PackStatement) -> str:
    return f"{statement.title}\n{statement.text}"


def _in_talk(statement: PackStatement, statements: Sequence[PackStatement]) -> list[str]:
    """Return the follow-up of a statement behind questions on its document: what is asked after these is known."""
    if statement.wordings.follow_up is None:
        return []
    rng = random.Random(statement.id)
    before = [
        q
        for other in statements
        if other.document == statement.document and other != statement
        for q in (*other.questions, *other.wordings.alone)
    ]
    return [f"{question} {statement.wordings.follow_up}" for question in rng.sample(before, min(TALKS, len(before)))]
