"""Speed and memory of reading published files: whole reading beside the bare library's parse, by format.

    python bench/run_reading.py FILE_OR_FOLDER…

Prints a table: files, documents, MB, documents and MB by second of CPU (reading, numbers compared, statements found),
MB by second of CPU of the bare library alone, numbers compared, places that differ, and the peak memory of the process.
"""

import argparse
import datetime
import io
import resource
import sys
import time
from collections import defaultdict
from pathlib import Path

import docx
import lxml.etree
import lxml.html
import pdfplumber
from markdown_it import MarkdownIt

from fmqa.adding import extraction
from fmqa.adding.about import Given
from fmqa.corpus import loading
from fmqa.corpus.vocabulary import Matcher
from fmqa.errors import BadFile
from fmqa.types import FileFormat


def bare(found: FileFormat, data: bytes) -> None:
    """Parse a file by the library of its reader alone, as far as its words."""
    if found is FileFormat.PDF:
        with pdfplumber.open(io.BytesIO(data)) as file:
            for page in file.pages:
                page.extract_words()
                page.close()
    elif found is FileFormat.DOCX:
        for paragraph in docx.Document(io.BytesIO(data)).paragraphs:
            _ = paragraph.text
    elif found is FileFormat.HTML:
        lxml.html.document_fromstring(data).text_content()
    elif found is FileFormat.MARKDOWN:
        MarkdownIt("commonmark").enable("table").render(data.decode())
    elif found is FileFormat.TEXT:
        data.decode()
    else:
        "".join(lxml.etree.fromstring(data, lxml.etree.XMLParser(resolve_entities=False)).itertext())


def main() -> None:
    """Read every file and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--corpus", type=Path, default=Path("corpus"), help="where the vocabulary is")
    options = parser.parse_args()
    matcher = Matcher(loading.vocabulary(options.corpus))
    extraction.load_readers()
    files = [f for path in options.paths for f in (sorted(path.rglob("*")) if path.is_dir() else [path]) if f.is_file()]
    sums: dict[FileFormat, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for file in files:
        if file.name.lower() == "readme.md":
            continue
        data = file.read_bytes()
        try:
            found = extraction.sniff(file.name, data)
            started = time.process_time()
            made = extraction.documents(file.name, data, datetime.date(2026, 1, 1), Given(), matcher).documents
        except BadFile as error:
            sys.stderr.write(f"{file.name}: {error}\n")
            continue
        row = sums[found]
        row["seconds"] += time.process_time() - started
        started = time.process_time()
        bare(found, data)
        row["bare"] += time.process_time() - started
        row["files"] += 1
        row["documents"] += len(made)
        row["MB"] += len(data) / 1e6
        origins = [document.metadata.origin for document in made]
        row["compared"] += sum(origin.compared for origin in origins if origin)
        row["differ"] += sum(len(origin.differences) for origin in origins if origin)
        row["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    out = sys.stdout.write
    out("| format | files | documents | MB | documents/s | MB/s | bare MB/s | compared | differ | peak MB |\n")
    out("|---|---|---|---|---|---|---|---|---|---|\n")
    for found, row in sorted(sums.items()):
        out(
            f"| {found} | {row['files']:.0f} | {row['documents']:.0f} | {row['MB']:.2f} "
            f"| {row['documents'] / row['seconds']:.1f} | {row['MB'] / row['seconds']:.2f} "
            f"| {row['MB'] / row['bare']:.1f} | {row['compared']:.0f} | {row['differ']:.0f} | {row['peak']:.0f} |\n"
        )


if __name__ == "__main__":
    main()
