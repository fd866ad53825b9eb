"""The lock names every library with its sums and fits what the project asks for; the other two lists fit the lock."""

import json
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def entries() -> dict[str, str]:
    """Return the entries of the lock by canonical name."""
    found = re.split(r"(?m)^(?=[a-zA-Z])", LOCK)
    return {canonical(entry.split("==")[0]): entry for entry in found if "==" in entry.split("\n")[0]}


def version(entry: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", entry.split("==")[1].split(maxsplit=1)[0])[:3])


def test_every_locked_library_has_hashes() -> None:
    found = entries()
    assert len(found) > 60
    assert [name for name, entry in found.items() if not re.search(r"--hash=sha256:[0-9a-f]{64}", entry)] == []
    assert not re.search(r"https?://|file:|--index-url|--find-links|/opt/", LOCK)


def test_what_the_project_asks_for_is_locked_in_its_range() -> None:
    wrong = []
    found = entries()
    for asked in PROJECT["dependencies"]:
        name, bounds = re.match(r"([\w.-]+)(.*)", asked.split(";")[0]).groups()  # type: ignore[union-attr]
        at = version(found[canonical(name)])
        for sign, bound in re.findall(r"(>=|<|==)([\d.]+)", bounds):
            limit = tuple(int(part) for part in bound.split("."))
            width = max(len(at), len(limit))
            one, other = (t + (0,) * (width - len(t)) for t in (at, limit))
            if not {">=": one >= other, "<": one < other, "==": one == other}[sign]:
                wrong.append(asked)
    assert wrong == []


def test_what_runs_fmqa_needs_no_torch() -> None:
    heavy = r"torch|nvidia|cuda|triton|transformers|sentence-transformers|onnx$|gt-all"
    assert not {name for name in entries() if re.match(heavy, name)}
    assert any(asked.startswith("torch==") for asked in PROJECT["optional-dependencies"]["build"])


def test_the_list_of_components_and_the_licences_are_those_of_the_lock() -> None:
    bill = json.loads((ROOT / "sbom.cdx.json").read_text("utf-8"))
    assert bill["bomFormat"] == "CycloneDX"
    listed = {canonical(each["name"]): each["version"] for each in bill["components"]}
    assert listed == {name: entry.split("==")[1].split()[0] for name, entry in entries().items()}
    licences = (ROOT / "docs" / "licences.md").read_text("utf-8")
    named = {canonical(row.split("|")[1].strip()) for row in licences.splitlines() if row.startswith("| ")}
    assert set(entries()) - {"setuptools", "pip", "wheel"} <= named
