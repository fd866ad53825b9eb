"""A hundredth of the campaigns of bench/torture.py, that they can fail, and that the page is that of a full run."""

import re
import runpy
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
# The program as it would be if a source were written over, as it once was.
CARELESS = """
import runpy, sys
from fmqa import files
files.put = lambda path, content, mode=0: path.write_bytes(content) and None
runpy.run_path(sys.argv.pop(1), run_name="__main__")
"""


def test_a_hundredth_of_every_campaign_holds(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    command = [sys.executable, str(ROOT / "bench" / "torture.py"), "--part", "0.01", "--out", str(page)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(re.findall(r"\| 0 \|", page.read_text())) == len(re.findall(r"\d+ trials", done.stderr)) >= 8


def test_the_campaigns_notice_a_program_that_writes_over_its_sources(tmp_path: Path) -> None:
    program = str(ROOT / "bench" / "torture.py")
    command = [sys.executable, "-c", CARELESS, program, "--part", "0.02", "--out", str(tmp_path / "page.md")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "a record is torn" in done.stderr
    assert "the old content is gone" in done.stderr


def test_the_page_is_that_of_a_full_run() -> None:
    page = (ROOT / "docs" / "reliability.md").read_text("utf-8")
    rows = re.findall(r"^\| ([^|]+) \| ([\d,]+) \| (\d+) \| [\d.e-]+ \|$", page, re.MULTILINE)
    campaigns = runpy.run_path(str(ROOT / "bench" / "torture.py"))["CAMPAIGNS"]
    wanted = {campaign.promise: campaign.trials for campaign in campaigns}
    assert {promise: int(count.replace(",", "")) for promise, count, _ in rows} == wanted
    assert {failures for _, _, failures in rows} == {"0"}
