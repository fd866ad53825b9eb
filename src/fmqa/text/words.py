"""Words as they are counted and compared: in lower case, stemmed, and without those that carry no meaning alone."""

import re
import threading
from collections.abc import Iterable

import Stemmer

STOP_WORDS = frozenset(
    """a about after again all also am an and any are as at be because been before being both but by can could did do
    does doing done each for from had has have having he her here hers him his how i if in into is it its itself just me
    might more most must my no nor not of off on once only or other our out over own please same say says she should so
    some such tell than that the their them then there these they this those through to too up us very was we were what
    whats when where whether which while who whom whose why will with would you your""".split()
)
"""Words that carry no subject; question words among them, so that they do not count as unknown terms."""

LIGHT_WORDS = STOP_WORDS | frozenset(
    """actual actually ago allow allowed already always anybody anyone anything article ask asked away back backed
    bad basis become becomes best big bit brother called came case choose chosen claim claims come comes common
    conclude concluded conclusion conclusions course cover covers cut dad daily daughter day days decide doctor
    doctors during early else enough especially even ever everybody everyday everyone exact exactly exist exists
    expect explain fair far father fine fit fits follow found friend full further gave general get gets give
    given go going good got gp gran grandmother great happen happened happens hear heard husband idea instead
    interested involve involved keep keeps kept kind kinds know known last late later least less let like likely
    list lists little long longer look lot lots made main make makes many matter may maybe mean means mention
    mentioned mild mom month months mother much mum name named nan need needs never new night nobody none normal
    normally nothing now number often ok okay old one option options order ordinary part particular patient
    patients people per person physician physicians pick place point points possible possibly present pretty
    proof prove proven proves put question quite quote rather read real really reason reasons recent regular
    reliable rely reported rule rules said see seem seems serious severe shouldn't show simple since sister
    small somebody someone something somewhere son soon sort speak specific stand stands start starting state
    stated states still summary support supported supports sure take taken taking tells text thank thanks thing
    things think though thought time today together told tonight top true try type types typical typically under
    until use used using usual usually view views want way week weeks well wife within without wondering words
    work worth write written wrong wrote year years yes yet""".split()
)
"""Words that carry a question along and name no subject: asking, being and happening, people, vague nouns."""

_CONTENT = re.compile(r"[a-z0-9][a-z0-9'.-]*[a-z0-9]|[a-z0-9]", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:\.\d+)*")
_local = threading.local()  # a PyStemmer stemmer must not be shared between threads


def tokenize(text: str, extra_terms: Iterable[str] = ()) -> list[str]:
    """Return the stemmed English words of a text without stop-words, then the extra terms as they are.

    Words are runs of letters and digits; a decimal number stays whole. Extra terms are vocabulary concepts, written
    ``c:<id>`` so that they never equal a word.

    >>> tokenize("Is low-dose aspirin 75 mg effective?", ["c:aspirin"])
    ['low', 'dose', 'aspirin', '75', 'mg', 'effect', 'c:aspirin']
    """
    stemmer = getattr(_local, "stemmer", None)
    if stemmer is None:
        stemmer = _local.stemmer = Stemmer.Stemmer("english")
    words = [word for word in _WORD.findall(text.casefold()) if word not in STOP_WORDS]
    return [*stemmer.stemWords(words), *extra_terms]


def content_words(text: str) -> frozenset[str]:
    """Return the lower-case words of a text that carry meaning."""
    return frozenset(word for word in _CONTENT.findall(text.lower()) if word not in STOP_WORDS)


def subject_words(text: str) -> tuple[str, ...]:
    """Return the lower-case words that carry the subject of a question, each once, in the order of the text.

    >>> subject_words("How long does the pregabalin study last, and was pregabalin safe?")
    ('pregabalin', 'study', 'safe')
    """
    return tuple(
        dict.fromkeys(
            word for word in _CONTENT.findall(text.lower()) if not (word in LIGHT_WORDS or word.endswith("n't"))
        )
    )
