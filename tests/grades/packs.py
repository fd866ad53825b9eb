"""The grading systems of the tests: the general ones, and those of the corpus in the repository."""

from pathlib import Path

from fmqa.corpus import loading
from fmqa.grades.systems import known

ROOT = Path(__file__).parent.parent.parent
KNOWN = known(loading.vocabulary(ROOT / "corpus").grading)
