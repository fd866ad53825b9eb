"""Build the groups that everything is trained on, with a manifest of what they were made from."""

import json
from collections import Counter
from pathlib import Path
from typing import Any, Final

from training import sources
from training.records import Group, file_sha256, write_groups
from training.telling import say

GROUPS_FILE: Final = "groups.jsonl"
MANIFEST_FILE: Final = "manifest.json"


def build(data: Path, work: Path, names: tuple[str, ...] = tuple(sources.SETS)) -> list[Group]:
    """Write the groups of public sets and the manifest of them into a folder, and return the groups.

    Raises: FileNotFoundError if the data folder lacks a set.
    """
    work.mkdir(parents=True, exist_ok=True)
    groups: list[Group] = []
    manifest: dict[str, Any] = {}
    for name in names:
        found = list(sources.public_groups(data, name))
        groups += found
        source = sources.SETS[name]
        manifest[name] = {
            "file": source.file,
            "sha256": file_sha256(data / source.file),
            "licence": source.licence,
            "credit": source.credit,
            "groups": dict(sorted(Counter(group.fold for group in found).items())),
            "without an answer": sum(not group.positives for group in found),
            "positives": sum(len(group.positives) for group in found),
            "negatives": sum(len(group.negatives) for group in found),
        }
        say(f"{name}: {len(found)} groups")
    write_groups(work / GROUPS_FILE, groups)
    (work / MANIFEST_FILE).write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return groups
