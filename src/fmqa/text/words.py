"""Words as they are counted and compared: lower case, stemmed, without those that carry no subject."""

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

_WORD = re.compile(r"[^\W_]+(?:\.\d+)*")
_local = threading.local()  # a PyStemmer stemmer must not be shared between threads


def tokenize(text: str, extra_terms: Iterable[str] = ()) -> list[str]:
    """Return the stemmed English words of a text without stop-words, then the extra terms as they are.

    Words are runs of letters and digits; a decimal number stays whole. Extra terms are vocabulary concepts, written
    ``c:<id>`` so that they never equal a word.

    >>> tokenize("Is low-dose naltrexone 4.5 mg effective?", ["c:naltrexone"])
    ['low', 'dose', 'naltrexon', '4.5', 'mg', 'effect', 'c:naltrexone']
    """
    stemmer = getattr(_local, "stemmer", None)
    if stemmer is None:
        stemmer = _local.stemmer = Stemmer.Stemmer("english")
    words = [word for word in _WORD.findall(text.casefold()) if word not in STOP_WORDS]
    return [*stemmer.stemWords(words), *extra_terms]
