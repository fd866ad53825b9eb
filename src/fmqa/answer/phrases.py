"""Fixed phrases that an answer's text may have beside its statements, its notices and what its sources are called.

Verification takes every other word of the text for one that no source bears out, so a new phrase is written here.
"""

from typing import Final

from fmqa.types import Audience, Opening

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
OPENINGS: Final = {
    Opening.NOTHING_YET: "There is no answer yet that this could be about. Ask a question first.",
    Opening.URGENT: "The advice of the last message stands: get help now.",
    Opening.NONE: "Sorry, but no source here answers that; all of them were searched for it. Another source may.",
    Opening.NO_MORE: "These sources say no more on this than the last answer did.",
    Opening.SOURCES: "This is where the last answer comes from:",
    Opening.SURE: "Each sentence of the last answer was compared with the text that it cites. How sure a source is of "
    "what it says stands in its grade, where it prints one.",
    Opening.REASON: "What else these sources say that bears on it:",
    Opening.MISSED: "Sorry. Please ask in other words, and name the medicine, guideline or trial that you mean.",
    Opening.NEARER: "Sorry. Perhaps this is nearer to what you asked; if not, please ask in other words:",
    Opening.UNSURE: "No source here clearly answers this. Nearest to it:",
    Opening.THANKS: "You are welcome. Ask on whenever you like.",
    Opening.HELLO: "Hello. Ask a question about the article or the sources around it.",
    Opening.HELP: "This program answers questions from a fixed set of documents: guidelines, trials, reviews and "
    "labels. It shows what they say, with the place and the grade as printed, and says so where they are silent. It is "
    "no doctor and gives no personal advice. Of each answer you can ask for a shorter or longer one, plain words, a "
    "table or the sources.",
    Opening.LANGUAGE: "Only English is understood here, and answers come in English only. Please ask in English; "
    "a message in another language is not read, not even for signs of an emergency.",
}
"""What is said first of the last answer, or in return for a word that asks the sources nothing."""
FIXED: Final = (*PERSONAL_FIRST.values(), GENERAL_ONLY, *OPENINGS.values())
