"""Pages are drawn in a process of their own, which is confined as the readers are."""

from pathlib import Path

import pytest

import made
from fmqa.adding import workers
from fmqa.adding.inside import Drawing, Limits
from fmqa.errors import BadFile


def test_a_page_is_drawn_in_a_process_of_its_own_and_a_fault_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(made.PDF)
    drawing = Drawing(path=path, page=1, words="adults with poor sleep")
    assert workers.draw(drawing, Limits(seconds=20)).startswith(b"\x89PNG")
    with pytest.raises(BadFile, match="no page 9"):
        workers.draw(drawing.model_copy(update={"page": 9}), Limits(seconds=20))
