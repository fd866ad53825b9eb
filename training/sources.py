"""The sets that shipped weights may be trained on, each with its licence, and what of them is held out.

A set is here because its licence allows weights that are given away, with attribution where it asks for it; ``NOTICE``
names them. Held out for good, so that ``eval/run_published.py`` measures texts that were never trained on: every
article, trial and guideline condition of its test split. Held out for choosing between weights: the dev fold of each.
"""

import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from training.records import Fold, Group, packed_rows

MOST_POSITIVES: Final = 4  # of a question; some have a hundred
_FRAGMENT: Final = 5  # words; a shorter text answers nothing by itself
_SPACE: Final = re.compile(r"\s+")


class Source(NamedTuple):
    """A public set: where its rows are, what its licence says, and how a row becomes groups."""

    file: str
    licence: str
    credit: str
    groups: Callable[[str, dict[str, Any]], Iterator[Group]]


def is_published_test(file: str) -> bool:
    """Return whether a file is of the test split of ``eval/run_published.py``, which splits by the same hash."""
    return zlib.crc32(file.encode()) % 2 == 1


def fold_of(key: str, *, share: int = 10) -> Fold:
    """Return the fold of a text that its set puts into none: one in ``share`` is dev, by hash."""
    return "dev" if zlib.crc32(f"fold {key}".encode()) % share == 0 else "train"


def clean(text: str) -> str:
    """Return a text on one line."""
    return _SPACE.sub(" ", text).strip()


def _selection(name: str, row: dict[str, Any], scope: str | None = None, context: str = "") -> Iterator[Group]:
    """Yield the group of a row in the answer selection form."""
    positives = [text for text in map(clean, row.get("positives", ())) if len(text.split()) >= _FRAGMENT]
    negatives = [text for text in map(clean, row.get("negatives", ())) if len(text.split()) >= _FRAGMENT]
    negatives += [text for text in map(clean, row.get("near", ())) if len(text.split()) >= _FRAGMENT]
    if not positives and not negatives:
        return
    yield Group(
        id=row["id"],
        source=name,
        query=clean(row["question"]),
        positives=tuple(positives[:MOST_POSITIVES]),
        negatives=tuple(text for text in negatives if text not in positives),
        context=context,
        scope=scope or row["id"],
        fold=row["fold"],
    )


def _by(key: str) -> Callable[[str, dict[str, Any]], Iterator[Group]]:
    def groups(name: str, row: dict[str, Any]) -> Iterator[Group]:
        return _selection(name, row, f"{name}:{row[key]}", row[key])

    return groups


def _covidqa(name: str, row: dict[str, Any]) -> Iterator[Group]:
    if is_published_test(row["doc_id"].replace(":", "-")):
        return
    # A third of the remaining articles is for choosing between weights: the set's own dev fold is five articles.
    fold = fold_of(row["doc_id"], share=3)
    yield from _selection(name, row | {"fold": fold}, row["doc_id"])


def _trials(name: str, row: dict[str, Any]) -> Iterator[Group]:
    if not is_published_test(row["pmcid"]):
        yield from _selection(name, row, row["pmcid"])


def _guideline(name: str, row: dict[str, Any]) -> Iterator[Group]:
    condition = row["id"].partition("#")[0]
    if not is_published_test(condition.replace(":", "-")):
        yield from _selection(name, row, condition, row["condition"])


def _selqa(name: str, row: dict[str, Any]) -> Iterator[Group]:
    """Yield a row of its dev part; the file holds its test part, too."""
    if row["id"].startswith("selqa:dev"):
        yield from _selection(name, row, f"{name}:{row['title']}", row["title"])


def _bioasq_golden(name: str, row: dict[str, Any]) -> Iterator[Group]:
    """Yield an expert question with its gold snippets. One in five is held out: they measure retrieval."""
    positives = [snippet["text"] for snippet in row["snippets"]]
    yield from _selection(
        name,
        {"id": row["id"], "question": row["question"], "positives": positives, "fold": fold_of(row["id"], share=5)},
    )


def _scifact(name: str, row: dict[str, Any]) -> Iterator[Group]:
    """Yield a claim with the sentences that support or refute it, and with the whole abstract."""
    if row["label"] == "not_enough_info":
        return
    claim_id = row["id"].split(":")[1]
    fold = fold_of(f"scifact:{claim_id}", share=2)
    marked = {n for rationale in row["rationales"] for n in rationale}
    chosen = [clean(row["sentences"][n]) for n in sorted(marked)]
    rest = [clean(text) for n, text in enumerate(row["sentences"]) if n not in marked]
    common = {"source": name, "query": clean(row["claim"]), "scope": f"scifact:{row['id'].split(':')[2]}", "fold": fold}
    yield Group(id=row["id"], positives=tuple(chosen[:MOST_POSITIVES]), negatives=tuple(rest), **common)
    yield Group(id=f"{row['id']}:abstract", positives=(f"{row['title']}. {clean(row['evidence'])}",), **common)


def _pubmedqa_abstract(name: str, row: dict[str, Any]) -> Iterator[Group]:
    """Yield a research question with its whole abstract."""
    abstract = clean(" ".join([*row["contexts"], row["long_answer"]]))
    yield Group(
        id=f"{row['id']}:abstract",
        source=name,
        query=clean(row["question"]),
        positives=(abstract,),
        scope=row["id"],
        fold=fold_of(row["id"]),
    )


def _trial_abstract(name: str, row: dict[str, Any]) -> Iterator[Group]:
    """Yield the title of a trial report with its abstract."""
    abstract = clean(" ".join(part["text"] for part in row["abstract"]))
    if abstract and not is_published_test(row["_id"]):
        yield Group(
            id=f"trial:{row['_id']}",
            source=name,
            query=clean(row["title"]),
            positives=(abstract,),
            scope=row["_id"],
            fold=fold_of(row["_id"]),
        )


def _meqsum(name: str, row: dict[str, Any]) -> Iterator[Group]:
    """Yield a long consumer question with its short form: two wordings of one need."""
    asked = clean(re.sub(r"^SUBJECT:|\bMESSAGE:", " ", row["question"]))
    yield Group(
        id=row["id"],
        source=name,
        query=clean(row["paraphrase"]),
        positives=(asked,),
        scope=row["id"],
        fold=row["fold"],
    )


_BIOASQ = "CC BY 2.5; abstracts from PubMed"
_BIOASQ_CREDIT = "BioASQ challenge, Tsatsaronis et al. 2015, bioasq.org"
_EI_CREDIT = "Evidence Inference 2.0, DeYoung et al. 2020, and the open-access articles that it annotates"

SETS: Final[dict[str, Source]] = {
    "bioasq_7b-10b": Source("qa/bioasq_7b-10b.jsonl.gz", _BIOASQ, _BIOASQ_CREDIT, _bioasq_golden),
    "bioasq_12b": Source("reader/bioasq_12b.jsonl.gz", _BIOASQ, _BIOASQ_CREDIT, _selection),
    "bioasq_yesno": Source("reader/bioasq_yesno_1b-6b.jsonl.gz", _BIOASQ, _BIOASQ_CREDIT, _selection),
    "bioasq_5b6b": Source("reader/bioasq_5b6b_other.jsonl.gz", _BIOASQ, _BIOASQ_CREDIT, _selection),
    "bioasq_abstracts": Source("reader/bioasq_6b_abstract_sentences.jsonl.gz", _BIOASQ, _BIOASQ_CREDIT, _selection),
    "medquad": Source(
        "reader/medquad_same_subject.jsonl.gz", "CC BY 4.0", "MedQuAD, Ben Abacha and Demner-Fushman 2019", _by("focus")
    ),
    "nstg2022": Source(
        "reader/nstg2022_fields.jsonl.gz",
        "CC BY 4.0",
        "Nigeria Standard Treatment Guidelines 2022, as structured by C. Rutherford",
        _guideline,
    ),
    "evidence_inference": Source("reader/evidence_inference2_questions.jsonl.gz", "MIT", _EI_CREDIT, _trials),
    "pubmedqa": Source("reader/pubmedqa_conclusions.jsonl.gz", "MIT", "PubMedQA, Jin et al. 2019", _selection),
    "pubmedqa_abstracts": Source(
        "qa/pubmedqa_labeled_trainval.jsonl.gz", "MIT", "PubMedQA, Jin et al. 2019", _pubmedqa_abstract
    ),
    "trial_abstracts": Source(
        "text/rct_fulltext_ccby.jsonl.gz",
        "CC BY, CC0 or public domain, each article its own",
        "trial reports in PubMed Central, collected for Evidence Inference",
        _trial_abstract,
    ),
    "covidqa": Source(
        "reader/covidqa_sentences.jsonl.gz",
        "Apache-2.0; articles CC BY",
        "COVID-QA, Möller et al. 2020",
        _covidqa,
    ),
    "scifact": Source(
        "faithfulness/scifact_train.jsonl.gz",
        "CC BY 4.0; abstracts ODC-By 1.0",
        "SciFact, Wadden et al. 2020; abstracts of S2ORC",
        _scifact,
    ),
    "cdc_fda_faq": Source(
        "reader/cdc_fda_covid_faq.jsonl.gz",
        "US Government work; collection Apache-2.0",
        "questions of CDC and FDA, collected by JHU-COVID-QA",
        _selection,
    ),
    "meqsum": Source(
        "reader/pairs_meqsum.jsonl.gz", "CC BY 4.0", "MeQSum, Ben Abacha and Demner-Fushman 2019", _meqsum
    ),
    "squad_dev": Source(
        "reader/squad_dev.jsonl.gz", "CC BY-SA 4.0", "SQuAD 1.1 and 2.0, Rajpurkar et al. 2016, 2018", _by("title")
    ),
    "squad_train": Source(
        "reader/squad_train_tenth.jsonl.gz",
        "CC BY-SA 4.0; collection MIT",
        "SQuAD 1.1, Rajpurkar et al. 2016",
        _selection,
    ),
    "natural_questions": Source(
        "reader/qed_nq_dev.jsonl.gz",
        "CC BY-SA 3.0",
        "QED, Lamm et al. 2021, over Natural Questions and Wikipedia",
        _selection,
    ),
    "selqa": Source(
        "reader/selqa_devtest.jsonl.gz",
        "Apache-2.0; text CC BY-SA",
        "SelQA, Jurczyk et al. 2016, over Wikipedia",
        _selqa,
    ),
    "paraqa": Source("reader/paraqa.jsonl.gz", "CC BY 4.0", "ParaQA, Kacupaj et al. 2021", _selection),
}
"""By name. ``nfcorpus``, HealthVer and other sets of unclear licence measure only and are not here."""


def public_groups(data: Path, name: str) -> Iterator[Group]:
    """Yield the groups of one set.

    Raises: FileNotFoundError if the folder does not hold it.
    """
    source = SETS[name]
    for row in packed_rows(data / source.file):
        yield from source.groups(name, row)
