"""Put whole public sets into a corpus as published files, ask about them, and measure what is quoted.

    python eval/run_published.py ../shared/data --work /tmp/published              # make, add, build, ask: development
    python eval/run_published.py ../shared/data --work /tmp/published --split test

What is made of the sets is kept in the work folder and not made again. The questions, each with the words of its source
that answer it:

- *covidqa*: written by experts who had the article before them; the answer is the sentence that holds the marked words.
- *trials*: "Does INTERVENTION compared with COMPARATOR change OUTCOME?", of Evidence Inference 2; the answer is any
  span that an annotator marked.
- *guideline*: "What are the complications of CONDITION?" and the like, of a national guideline; the answer is any item
  of that field.

A quotation hits if it is of the right file and holds an answer, or 60 % of its words, or is a part of one. Half of the
files, by a hash of their name, are the development split. Of every fifth file of a set the questions are asked once
more after the file was removed: nothing in the corpus answers them then, except by chance.
"""

import argparse
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import time
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from lxml import etree
from lxml.builder import E

from fmqa import Assistant
from fmqa.cli.terminal import Terminal
from fmqa.evaluation import statistics
from fmqa.settings import Settings
from fmqa.text.sentences import sentences
from fmqa.types import Answer, Status

SETS = ("covidqa", "trials", "guideline")
ANSWERED = (Status.ANSWERED, Status.PARTIAL, Status.GUIDELINE_SILENT)
_ASKED = {
    "clinical_features": "What are the clinical features of {}?",
    "investigations": "Which investigations are done in {}?",
    "complications": "What are the complications of {}?",
    "prevention": "How is {} prevented?",
    "treatment": "How is {} treated?",
    "differential_diagnoses": "What is the differential diagnosis of {}?",
}
_RECORDS = 100  # of MEDLINE, a file
_SHARE = 0.6
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


class Question(NamedTuple):
    """A question with the file that answers it and the words of it that do."""

    name: str
    set: str
    text: str
    file: str
    answers: tuple[str, ...]


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a packed file of JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(_CONTROL.sub("", line))


def is_development(file: str) -> bool:
    """Return whether a file is of the development split."""
    return zlib.crc32(file.encode()) % 2 == 0


def is_removed(file: str) -> bool:
    """Return whether a file's questions are asked without it."""
    return zlib.crc32(f"removed {file}".encode()) % 5 == 0


# --- files ------------------------------------------------------------------------------------------------------------


def write_files(data: Path, work: Path) -> None:
    """Write the sets as published files: trials as JATS, citations as MEDLINE XML, the rest as Markdown and text."""
    for name in ("trials", "citations", "covidqa", "guideline"):
        (work / "files" / name).mkdir(parents=True, exist_ok=True)
    for row in rows(data / "text/rct_fulltext_ccby.jsonl.gz"):
        _write(work / f"files/trials/{row['_id']}.xml", _jats(row))
    citations = list(rows(data / "text/medline_pubtypes.jsonl.gz"))
    for start in range(0, len(citations), _RECORDS):
        made = E.PubmedArticleSet(*(_citation(row) for row in citations[start : start + _RECORDS]))
        _write(work / f"files/citations/citations-{start:04}.xml", made)
    for row in rows(data / "qa/covidqa_docs.jsonl.gz"):
        head, _, text = str(row["text"]).partition("\n\n")
        text = re.sub(r"(?m)^(Abstract|Text): ", r"## \1\n\n", text)
        (work / f"files/covidqa/{_name(row['_id'])}.md").write_text(f"# {head}\n\n{text}\n", encoding="utf-8")
    for row in rows(data / "text/guidelines_nstg2022.jsonl.gz"):
        (work / f"files/guideline/{_name(row['_id'])}.md").write_text(str(row["text"]) + "\n", encoding="utf-8")


def _name(row_id: str) -> str:
    return row_id.replace(":", "-")


def _write(path: Path, root: "etree._Element") -> None:
    path.write_bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8"))


def _jats(row: dict[str, Any]) -> "etree._Element":
    """Return a trial as the publisher's XML would hold it, as far as the row does."""
    licence = E.license(E("license-p", row["license"]))
    ids = [E("article-id", row[key], {"pub-id-type": key}) for key in ("pmid", "doi") if row.get(key)]
    meta = E(
        "article-meta",
        *ids,
        E("title-group", E("article-title", row["title"])),
        E("pub-date", E.year(row["year"])),
        E.permissions(licence),
        E.abstract(*(E.sec(*_titled(part["heading"]), *_paragraphs(part["text"])) for part in row["abstract"])),
    )
    journal = E("journal-meta", E("journal-title-group", E("journal-title", row["journal"] or "")))
    body = E.body()
    places: dict[tuple[str, ...], Any] = {(): body}
    for part in row["sections"]:
        path = tuple(p.strip() for p in (part["heading"] or "").split(" > ") if p.strip())
        for depth in range(1, len(path) + 1):
            if path[:depth] not in places:
                places[path[:depth]] = E.sec(E.title(path[depth - 1]))
                places[path[: depth - 1]].append(places[path[:depth]])
        places[path].extend(_paragraphs(part["text"]))
    return E.article(E.front(journal, meta), body, {"article-type": row["article_type"]})


def _titled(heading: str | None) -> list[Any]:
    return [E.title(heading)] if heading else []


def _paragraphs(text: str) -> list[Any]:
    return [E.p(block) for block in text.split("\n") if block.strip()]


def _citation(row: dict[str, Any]) -> "etree._Element":
    parts = [E.AbstractText(p["text"], **({"Label": p["label"]} if p["label"] else {})) for p in row["abstract"]]
    types = [E.PublicationType(kind) for kind in row["publication_types"]]
    headings = [E.MeshHeading(E.DescriptorName(name)) for name, _ in row["mesh"]]
    article = E.Article(
        E.Journal(E.JournalIssue(E.PubDate(E.Year(row["year"] or ""))), E.Title(row["journal"] or "")),
        E.ArticleTitle(row["title"]),
        E.Abstract(*parts),
        E.PublicationTypeList(*types),
    )
    if row["doi"]:
        article.append(E.ELocationID(row["doi"], EIdType="doi"))
    return E.PubmedArticle(E.MedlineCitation(E.PMID(row["pmid"]), article, E.MeshHeadingList(*headings)))


# --- questions --------------------------------------------------------------------------------------------------------


def questions(data: Path) -> list[Question]:
    """Return the questions of all sets."""
    found = []
    texts = {row["_id"]: str(row["text"]) for row in rows(data / "qa/covidqa_docs.jsonl.gz")}
    for row in rows(data / "qa/covidqa_questions.jsonl.gz"):
        text = texts[row["doc_id"]]
        answers = tuple(_sentence(text, a["start"], a["start"] + len(a["text"])) for a in row["answers"])
        found.append(Question(row["id"], "covidqa", row["question"], _name(row["doc_id"]), answers))
    here = {row["_id"] for row in rows(data / "text/rct_fulltext_ccby.jsonl.gz")}
    for row in rows(data / "faithfulness/evidence_inference2_ico_trainval.jsonl.gz"):
        if row["pmcid"] in here and row["evidence_spans"]:
            text = f"Does {row['intervention']} compared with {row['comparator']} change {row['outcome']}?"
            found.append(Question(row["id"], "trials", text[:1900], row["pmcid"], tuple(row["evidence_spans"])))
    seen = set[str]()
    for row in rows(data / "text/guidelines_nstg2022.jsonl.gz"):
        if row["text"] in seen:  # a chapter that is there twice is kept once
            continue
        seen.add(row["text"])
        for field, asked in _ASKED.items():
            items = tuple(_leaves(row["structured"].get(field)))
            if items:
                name = f"{row['_id']}:{field}"
                found.append(Question(name, "guideline", asked.format(row["title"]), _name(row["_id"]), items))
    return found


def _sentence(text: str, start: int, end: int) -> str:
    """Return the sentences that hold a span."""
    left, right = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    block = (left, right if right >= 0 else len(text))
    whole = [span for span in sentences(text, block) if span[0] < end and start < span[1]]
    return text[whole[0][0] : whole[-1][1]] if whole else text[start:end]


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)


# --- what was quoted --------------------------------------------------------------------------------------------------


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())


def hits(quote: str, answers: Iterable[str]) -> bool:
    """Return whether a quotation gives one of the answers."""
    said = _words(quote)
    whole, counted = f" {' '.join(said)} ", Counter(said)
    for answer in answers:
        wanted = _words(answer)
        if not wanted:
            continue
        shared = sum((Counter(wanted) & counted).values())
        part = len(said) >= 4 and whole.strip() in " ".join(wanted)
        if f" {' '.join(wanted)} " in whole or part or (len(wanted) >= 6 and shared >= _SHARE * len(wanted)):
            return True
    return False


def judged(question: Question, answer: Answer, assistant: Assistant) -> dict[str, Any]:
    """Return what an answer quotes, and whether it is right."""
    of = {source.n: source for source in answer.sources}
    quotes, right, place = [], [], []
    for statement in answer.statements:
        source = of[statement.citations[0]]
        origin = assistant.index.document(source.document_id).metadata.origin
        same = origin is not None and Path(origin.file).stem == question.file
        quotes.append(statement.text)
        place.append(same)
        right.append(same and hits(statement.text, question.answers))
    answered = answer.status in ANSWERED
    return {
        "name": question.name,
        "set": question.set,
        "file": question.file,
        "question": question.text,
        "status": answer.status.value,
        "answered": answered,
        "document_first": answered and place[0],
        "first": answered and right[0],
        "any": answered and any(right),
        "quotes": quotes,
        "answers": question.answers[:3],
        "seconds": sum(answer.timings.values()),
    }


def table(lines: list[dict[str, Any]], removed: list[dict[str, Any]]) -> str:
    """Return the figures of every set as a Markdown table."""
    measures = ("answered", "document_first", "first", "any")
    out = [
        "| set | questions | answered | right file first | right sentence first | right sentence quoted | "
        "right where answered | answered without the file |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name in (*SETS, "all"):
        mine = [line for line in lines if name in ("all", line["set"])]
        gone = [line for line in removed if name in ("all", line["set"])]
        clusters = [line["file"] for line in mine]
        cells = [statistics.mean([float(line[m]) for line in mine], clusters) for m in measures]
        done = [line for line in mine if line["answered"]]
        cells.append(statistics.mean([float(line["any"]) for line in done], [line["file"] for line in done]))
        cells.append(statistics.mean([float(line["answered"]) for line in gone], [line["file"] for line in gone]))
        out.append(f"| {name} | {len(mine)} | " + " | ".join(map(str, cells)) + " |")
    return "\n".join(out) + "\n"


# --- the whole way ----------------------------------------------------------------------------------------------------


def timed(*command: str, place: Path) -> str:
    """Run a command of fmqa on a corpus and index and return its wall time, its peak memory and the last it said."""
    environment = os.environ | {"FMQA_CORPUS": str(place / "corpus"), "FMQA_INDEX": str(place / "index")}
    log = place / f"{command[0]}-{command[1]}.log"
    started = time.monotonic()
    with log.open("a", encoding="utf-8") as out:
        process = subprocess.Popen(  # noqa: S603 - our own command line
            [sys.executable, "-m", "fmqa.cli.main", *command], stdout=out, stderr=out, env=environment
        )
        _, status, used = os.wait4(process.pid, 0)
    code = process.returncode = os.waitstatus_to_exitcode(status)
    if code not in (0, 65):
        raise SystemExit(f"{' '.join(command[:2])} ended with {code}; see {log}")
    last = log.read_text(encoding="utf-8").rstrip().rpartition("\n")[2]
    return f"{time.monotonic() - started:.0f} s, peak {used.ru_maxrss / 1024:.0f} MB; {last}\n"


def main() -> None:
    """Make, add, build, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the public sets")
    parser.add_argument("--work", type=Path, required=True, help="folder for files, corpus, index and results")
    parser.add_argument("--corpus", type=Path, default=Path("corpus"), help="corpus that the files are added to")
    parser.add_argument("--split", choices=("dev", "test"), default="dev")
    parser.add_argument("--most", type=int, help="questions of each set at most")
    options = parser.parse_args()
    data, work = options.data, options.work
    work.mkdir(parents=True, exist_ok=True)
    whole, less = work / "whole", work / "less"
    report = sys.stdout.write
    everything = questions(data)
    asked = [q for q in everything if is_development(q.file) == (options.split == "dev")]
    if options.most:
        asked = [q for name in SETS for q in [q for q in asked if q.set == name][: options.most]]
    if not (work / "files").is_dir():
        write_files(data, work)
    if not (whole / "corpus").is_dir():
        shutil.copytree(options.corpus, whole / "corpus")
        guideline = ("--kind", "guideline", "--organisation", "Federal Ministry of Health, Nigeria", "--year", "2022")
        for folder in ("trials", "citations", "covidqa", "guideline"):
            given = guideline if folder == "guideline" else ()
            report(f"{folder}: " + timed("corpus", "add", str(work / "files" / folder), *given, place=whole))
    if not (whole / "index").is_dir():
        report("whole: " + timed("index", "build", place=whole))
    if not (less / "corpus").is_dir():
        shutil.copytree(whole, less)
        ids = _ids(less / "corpus", {q.file for q in everything if is_removed(q.file)})
        report(f"less {len(ids)} documents: " + timed("corpus", "remove", *ids, place=less))
        report("less: " + timed("index", "build", place=less))
    kept = [q for q in asked if is_removed(q.file)]
    lines = ask(asked, whole, work)
    removed = ask(kept, less, work)
    for name, found in (("asked", lines), ("removed", removed)):
        path = work / f"{options.split}-{name}.jsonl"
        path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in found), encoding="utf-8")
    seconds = sorted(line["seconds"] for line in lines)
    report(f"\n{options.split}: {len(lines)} questions, {len(removed)} without their file; ")
    report(f"median {1000 * seconds[len(seconds) // 2]:.0f} ms\n\n{table(lines, removed)}")


def _ids(corpus: Path, files: set[str]) -> list[str]:
    """Return the ids of the documents that came from files."""
    found = []
    for path in sorted((corpus / "added/documents").glob("*.json")):
        origin = json.loads(path.read_bytes())["document"]["metadata"]["origin"]
        if Path(origin["file"]).stem in files:
            found.append(path.stem)
    return found


def ask(asked: list[Question], place: Path, work: Path) -> list[dict[str, Any]]:
    """Ask questions of an index, each on its own, and return what was quoted."""
    settings = Settings(
        corpus=place / "corpus", index=place / "index", database=f"sqlite:///{work}/asked.db", start_document=None
    )
    assistant = Assistant.open(settings)
    found = []
    with Terminal(stderr=True).progress() as progress:
        for number, question in enumerate(asked, start=1):
            found.append(judged(question, assistant.ask(question.text), assistant))
            progress(f"ask {place.name}", number, len(asked))
    assistant.close()
    return found


if __name__ == "__main__":
    main()
