"""Fixed phrases that an answer's text may have beside its statements, its notices and what its sources are called.

Verification takes every other word of the text for one that no source bears out, so a new phrase is written here.
"""

from typing import Final

from fmqa.types import Audience

PERSONAL_FIRST: Final = {
    Audience.CLINICIAN: "fmqa gives no individual dosing decision; the label and the prescriber decide.",
    Audience.PATIENT: "I cannot give you a personal dose. Please do not start, stop or change a medicine on your own; "
    "ask your prescriber or pharmacist first.",
}
GENERAL_ONLY: Final = "What the sources say in general, not an instruction:"
NOT_STATED: Final = "not stated"
"""Direction of a recommendation whose record gives it no side: only its words say which."""
DIFFER_ON: Final = "Sources differ on"
"""Followed by the intervention and what each source says of it."""
FIXED: Final = (*PERSONAL_FIRST.values(), GENERAL_ONLY)
