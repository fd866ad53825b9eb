"""Fit the judgement of emergencies on the messages that come with fmqa and with its corpus; write ``judgement.json``.

    python eval/fit_judgement.py            # fit, print the figures out of fold, write
    python eval/fit_judgement.py --check    # the figures only

To be run when the messages, the encoder, or the code and data that make features of a message have changed; a test says
so. The calibration questions of the corpus are fitted on as harmless.
"""

import argparse
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np

from fmqa import fitting
from fmqa.building import judgement_basis
from fmqa.corpus import questions
from fmqa.danger import judgement
from fmqa.index import encoders
from fmqa.settings import Settings
from fmqa.types import FloatArray

SHOWN: Final = ("messages", "urgent", "recall", "false_alarms", "note_alarms", "threshold", "rule_threshold")


def main() -> None:
    """Fit, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="print the figures and write nothing")
    arguments = parser.parse_args()
    settings = Settings()
    own = judgement.read_messages(settings.corpus / judgement.FILE)
    messages = (*judgement.shipped_messages(), *own)
    harmless = [labelled.question for labelled in fitting.read_questions(settings.corpus / fitting.FILE)]
    harmless += questions.read(settings.corpus, frozenset()).harmless()
    with TemporaryDirectory() as folder:
        encoders.export(settings.encoder, Path(folder))
        encoder = encoders.OnnxEncoder(Path(folder))
        basis = judgement_basis(own, settings)
        name = judgement.fitted_on(messages, harmless, basis.model_dump_json())
        fitted = judgement.fit(messages, harmless, partial(encode, encoder), name)
    if fitted is None:
        raise SystemExit("there are too few messages of either label")
    print({name: getattr(fitted, name) for name in SHOWN})  # noqa: T201 - a script
    if not arguments.check:
        shipped = judgement.Shipped(basis=basis, urgency=fitted)
        judgement.SHIPPED.write_text(shipped.model_dump_json() + "\n", "utf-8")


def encode(encoder: encoders.OnnxEncoder, text: str) -> FloatArray:
    """Return the unit vector of a text."""
    return np.asarray(encoder.encode([text])[0])


if __name__ == "__main__":
    main()
