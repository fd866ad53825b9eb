"""The rows that the verifier learns from: a passage, a claim, and whether the passage supports it.

Public sets are here because their licence allows weights that are given away; ``NOTICE`` names them. What is held out
is held out by document: all rows of a passage, an abstract or a trial have the same fold. Rows of two classes say only
whether a claim is supported; the loss takes them as they are.
"""

import json
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from fmqa.text.sentences import sentences
from fmqa.text.words import content_words
from fmqa.types import Record
from training.records import Fold, packed_rows
from training.sources import clean, fold_of, is_published_test

CLAIMS_FILE: Final = "claims.jsonl"
MANIFEST_FILE: Final = "claims-manifest.json"
Label = Literal["supported", "contradicted", "not said", "not supported"]
"""``not supported``: contradicted or not said, the set does not tell which."""
MOST_WORDS: Final = 90
"""Of a passage; of a longer one the sentences that share most words with the claim are read, in their order."""
_LONGEST: Final = 240  # words of a passage that is cut at all: in longer ones the right sentence may be lost
_THREE: Final[dict[str, Label]] = {
    "supported": "supported",
    "refuted": "contradicted",
    "not_enough_info": "not said",
    "not_supported": "not supported",
}


class Claim(Record):
    """A claim held against a passage."""

    id: str
    source: str  # name of its set
    evidence: str
    claim: str
    label: Label
    scope: str  # document that the passage is of
    fold: Fold


class ClaimSet(NamedTuple):
    """A public set of claims: where its rows are, what its licence says, and how its rows become claims."""

    file: str
    licence: str
    credit: str
    claims: Callable[[str, Iterable[dict[str, Any]]], Iterator[Claim]]


def nearest_sentences(evidence: str, claim: str, most: int = MOST_WORDS) -> str:
    """Return a passage, or of a long one the sentences that share most words with the claim, in their order."""
    evidence = clean(evidence)
    if len(evidence.split()) <= most:
        return evidence
    asked = content_words(claim)
    parts = [evidence[start:end] for start, end in sentences(evidence, (0, len(evidence)))]
    ranked = sorted(range(len(parts)), key=lambda at: -len(asked & content_words(parts[at])))
    kept: list[int] = []
    words = 0
    for at in ranked:
        words += len(parts[at].split())
        if kept and words > most:
            break
        kept.append(at)
    return " ".join(parts[at] for at in sorted(kept))


def _plain(wanted: str) -> Callable[[str, Iterable[dict[str, Any]]], Iterator[Claim]]:
    """Return what yields the rows of a part of a file, by the beginning of their source; folds go by the passage."""

    def claims(name: str, rows: Iterable[dict[str, Any]]) -> Iterator[Claim]:
        for row in rows:
            if row["source"].startswith(wanted) and len(row["evidence"].split()) <= _LONGEST:
                yield Claim(
                    id=row["id"],
                    source=name,
                    evidence=nearest_sentences(row["evidence"], row["claim"]),
                    claim=clean(row["claim"]),
                    label=_THREE[row["label"]],
                    scope=f"{name} {zlib.crc32(row['evidence'].encode()):08x}",
                    fold=fold_of(row["evidence"]),
                )

    return claims


def _scifact(name: str, rows: Iterable[dict[str, Any]]) -> Iterator[Claim]:
    """Yield claims with the sentences that decide; without such, with the nearest sentences of the abstract."""
    for row in rows:
        chosen = sorted({n for rationale in row["rationales"] for n in rationale})
        decided = " ".join(row["sentences"][n] for n in chosen)
        scope = f"abstract {row['id'].split(':')[2]}"
        yield Claim(
            id=row["id"],
            source=name,
            evidence=nearest_sentences(decided or row["evidence"], row["claim"]),
            claim=clean(row["claim"]),
            label=_THREE[row["label"]],
            scope=scope,
            fold=fold_of(scope, share=5),
        )


def _trials(name: str, rows: Iterable[dict[str, Any]]) -> Iterator[Claim]:
    """Yield claims on trials, and each true one held against what the same report says of another outcome."""
    kept = [row for row in rows if not is_published_test(row["abstract_ref"])]
    beside: dict[str, list[dict[str, Any]]] = {}
    for row in kept:
        beside.setdefault(row["abstract_ref"], []).append(row)
    for row in kept:
        scope = row["abstract_ref"]
        common = {"source": name, "claim": clean(row["claim"]), "scope": scope, "fold": fold_of(scope)}
        evidence = nearest_sentences(row["evidence"], row["claim"])
        yield Claim(id=row["id"], evidence=evidence, label=_THREE[row["label"]], **common)
        said = content_words(re.split(r" compared with | between ", row["claim"])[0])
        for other in beside[scope]:
            if not said & content_words(other["evidence"]):
                yield Claim(
                    id=f"{row['id']}:other",
                    evidence=nearest_sentences(other["evidence"], row["claim"]),
                    label="not said",
                    **common,
                )
                break


SETS: Final[dict[str, ClaimSet]] = {
    "scifact": ClaimSet(
        "faithfulness/scifact_train.jsonl.gz",
        "CC BY 4.0; abstracts ODC-By 1.0",
        "SciFact, Wadden et al. 2020; abstracts of S2ORC",
        _scifact,
    ),
    "evidence_inference": ClaimSet(
        "faithfulness/evidence_inference2_nli_trainval.jsonl.gz",
        "MIT",
        "Evidence Inference 2.0, DeYoung et al. 2020, and the open-access articles that it annotates",
        _trials,
    ),
    "multinli": ClaimSet(
        "faithfulness/nli_general.jsonl.gz",
        "repository MIT; text OANC, which may be used and changed freely",
        "MultiNLI, Williams et al. 2018",
        _plain("multinli"),
    ),
    "scitail": ClaimSet(
        "faithfulness/nli_general.jsonl.gz", "Apache-2.0", "SciTail, Khot et al. 2018", _plain("scitail")
    ),
    "summedits": ClaimSet(
        "faithfulness/summedits.jsonl.gz", "Apache-2.0", "SummEdits, Laban et al. 2023", _plain("summedits")
    ),
}
"""By name. HealthVer, CovidFact, NLI4CT, WiCE and others of unclear or share-alike licence measure only."""

MEASURED: Final[dict[str, tuple[str, str]]] = {
    "healthver": ("faithfulness/healthver_dev.jsonl.gz", "healthver"),
    "covidfact": ("faithfulness/covidfact_train.jsonl.gz", "covidfact"),
    "fever_symmetric": ("faithfulness/nli_general.jsonl.gz", "fever-symmetric"),
    "snli": ("faithfulness/nli_general.jsonl.gz", "snli"),
    "halueval": ("faithfulness/halueval_qa_sample.jsonl.gz", "HaluEval"),
}
"""Sets that measure and never train: file and the beginning of their rows' source."""


def public_claims(data: Path, name: str) -> Iterator[Claim]:
    """Yield the claims of a set that may be trained on.

    Raises: FileNotFoundError if the folder does not hold it.
    """
    yield from SETS[name].claims(name, packed_rows(data / SETS[name].file))


def measured_claims(data: Path, name: str) -> Iterator[Claim]:
    """Yield the claims of a set that only measures.

    Raises: FileNotFoundError if the folder does not hold it.
    """
    file, wanted = MEASURED[name]
    yield from _plain(wanted)(name, packed_rows(data / file))


def write(work: Path, found: Sequence[Claim]) -> None:
    """Write claims, and a manifest with licences and counts by set; the file of claims appears whole or not at all."""
    work.mkdir(parents=True, exist_ok=True)
    counts = Counter((claim.source, f"{claim.fold}, {claim.label}") for claim in found)
    manifest: dict[str, dict[str, Any]] = {}
    for (source, kind), count in sorted(counts.items()):
        licence = SETS[source].licence if source in SETS else "our own; trial reports CC BY, CC0 or public domain"
        manifest.setdefault(source, {"licence": licence, "claims": {}})["claims"][kind] = count
    (work / MANIFEST_FILE).write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    unfinished = work / f"{CLAIMS_FILE}.part"
    with unfinished.open("w", encoding="utf-8") as file:
        file.writelines(claim.model_dump_json() + "\n" for claim in found)
    unfinished.replace(work / CLAIMS_FILE)


def read(work: Path) -> list[Claim]:
    """Return the claims that ``write`` wrote."""
    with (work / CLAIMS_FILE).open(encoding="utf-8") as lines:
        return [Claim.model_validate_json(line) for line in lines]
