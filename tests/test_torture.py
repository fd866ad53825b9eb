"""A few trials of the campaigns of bench/torture, that they can fail, and that the page is that of full runs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from bench.torture import fuzzing, reading, results
from bench.torture.__main__ import CAMPAIGNS
from bench.torture.asking import Reply
from bench.torture.campaigns import bound

from fmqa.settings import Settings

ROOT = Path(__file__).parent.parent
# The program as it would be if a source were written over, as it once was.
CARELESS = """
import runpy, sys
from fmqa import files
files.put = lambda path, content, mode=0: path.write_bytes(content) and None
runpy.run_module("bench.torture", run_name="__main__", alter_sys=True)
"""
TOGETHER = {  # which run in one process
    "storing": ("reviews", "records", "full-disk", "turns", "flipped-turns", "publications", "corruptions", "locks"),
    "reading": ("damaged-files",),
    "asking": ("broken-requests", "generated-requests", "canaries"),
    "serving": ("publications-under-load", "twice-capacity", "hang-ups", "soak"),
}


def run(names: tuple[str, ...], out: Path, kept: Path, *program: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *(program or ("-m", "bench.torture")), "--short", "--out", str(out), "--kept", str(kept)]
    command += [word for name in names for word in ("--campaign", name)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("names", TOGETHER.values(), ids=TOGETHER)
def test_a_few_trials_of_every_campaign_hold(names: tuple[str, ...], held: Settings, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / held.corpus.name).symlink_to(held.index)
    done = run(names, tmp_path / "found.json", kept)
    assert done.returncode == 0, done.stderr
    found = results.read(tmp_path / "found.json")
    assert set(found) == set(names)
    assert all(each.trials >= campaign.short for campaign in CAMPAIGNS for each in (found.get(campaign.name),) if each)


def test_each_campaign_is_tried_here_or_has_tests_of_its_own() -> None:
    tried = {name for names in TOGETHER.values() for name in names}
    assert {campaign.name for campaign in CAMPAIGNS if campaign.short} == tried


def test_the_campaigns_notice_a_program_that_writes_over_its_sources(tmp_path: Path) -> None:
    names = ("records", "full-disk")
    done = run(names, tmp_path / "found.json", tmp_path, "-c", CARELESS)
    assert done.returncode == 1
    assert "a record is torn" in done.stderr
    assert "the old content is gone" in done.stderr


DESCRIBED = {
    "components": {"schemas": {"Problem": {"type": "object", "required": ["title"]}}},
    "paths": {
        "/a": {
            "get": {
                "responses": {
                    "200": {
                        "content": {"application/json": {"schema": {"type": "object", "required": ["n"]}}},
                    }
                }
            }
        }
    },
}


@pytest.mark.parametrize(
    ("status", "kind", "body", "fault"),
    [
        (200, "application/json", b'{"n": 1}', None),
        (200, "application/json", b"{}", "not as its schema says"),
        (200, "application/json", b"{", "no JSON"),
        (200, "text/plain", b"n", "200 with text/plain"),
        (418, "application/problem+json", b'{"title": "a"}', "status 418 is not described"),
        (404, "application/problem+json", b"{}", "not as its schema says"),
    ],
)
def test_a_response_that_is_not_as_described_is_noticed(status: int, kind: str, body: bytes, fault: str | None) -> None:
    described = fuzzing.Description(DESCRIBED)
    reply = Reply(status, {"content-type": kind}, body)
    found = list(described.faults(described.routes[0], "GET", reply))
    assert bool(found) == (fault is not None)
    assert fault is None or fault in found[0]


def test_words_that_stand_in_a_damaged_file_are_seen_by_the_third_way() -> None:
    for name, data in reading.FILES.items():
        assert (
            name.endswith("pdf") or "elaxin" in reading.visible(name, data) or "opioids" in reading.visible(name, data)
        )


def test_the_bound_is_the_exact_one() -> None:
    assert bound(59, 0) == pytest.approx(1 - 0.05 ** (1 / 59))
    assert bound(10, 10) == 1


def test_the_page_is_that_of_full_runs_without_a_failure() -> None:
    found = results.read(results.RESULTS)
    page = results.RESULTS.with_suffix(".md").read_text("utf-8")
    assert page == results.page(CAMPAIGNS, found)
    promises = dict(re.findall(r"^\| ([^|]+) \| `([a-z-]+)` \|", page, re.MULTILINE))
    for campaign in CAMPAIGNS:
        result = found.get(campaign.name)
        if result is None or result.trials < campaign.trials:
            assert f"`{campaign.name}`" in page.partition("Not run in full")[2]
        else:
            assert result.promise == campaign.promise
            assert campaign.survivors or result.failures == 0
            assert campaign.survivors or promises[campaign.promise] == campaign.name
