"""Whether a message is written in English, told by its letters and by words that only carry a sentence.

Names of medicines are much the same in many languages; articles, pronouns and question words are not. A message counts
as foreign only if most of its letters are of another script, or if it has several words of one other language and more
of them than of English.
"""
# ruff: noqa: E501 - a list of words reads better whole

import re
import unicodedata
from typing import Final

from fmqa.text.words import STOP_WORDS

_WORD: Final = re.compile(r"[^\W\d_]+")
_FEWEST: Final = 2  # words of another language by which a message is taken for it
_CARRYING: Final = {
    "German": "der die das den dem des ein eine einen einem einer und oder ist sind war wie was wer wo wann warum wieso"
    " welche welcher welches viel viele kann ich du er sie wir ihr mir mich nicht kein keine bei mit von zu zum zur auf"
    " aus nach bitte muss darf soll hilft gibt habe hat nehmen gegen für über auch noch sich",
    "French": "le la les un une des du de et ou est sont quel quelle quels quelles qui que quoi comment combien pourquoi"
    " quand où je tu il elle nous vous ils elles mon ma mes ne pas plus avec pour sur dans chez peut puis dois faut prendre"
    " contre aussi cette ce ces au aux ça",
    "Spanish": "el la los las un una unos unas y o es son está están qué que quién cómo como cuánto cuánta cuántos cuánta"
    " cuándo dónde por para con sin sobre de del al yo tú él ella mi mis me se no puedo puede debo hay tomar cuál cuáles"
    " si más también",
    "Italian": "il lo la gli le un uno una e o è sono che chi come quanto quanta quando dove perché per con senza di del"
    " della dei delle da dal nel nella al alla io mi si non posso può devo qual quali più anche",
    "Portuguese": "o a os as um uma uns umas e ou é são que quem como quanto quanta quando onde por para com sem sobre de do"
    " da dos das no na em ao eu me se não posso pode devo há tomar qual quais mais também",
    "Dutch": "de het een en of is zijn was wat wie waar wanneer waarom hoe hoeveel welke kan ik jij hij zij wij mij niet geen"
    " bij met van voor naar op uit over ook nog mag moet helpt tegen",
    "Polish": "czy jest są co kto gdzie kiedy dlaczego jak ile który która które mogę może nie na w z do od dla przy po i lub"
    " się mi mnie ja jaki jaka jakie",
    "Turkish": "bir ve veya mi mı mu mü ne kim nerede neden nasıl kaç hangi için ile bu şu ben bana var yok değil olur",
}
_ENGLISH_TOO: Final = frozenset({"plus", "en", "per", "die", "hat", "met", "over", "bent", "se", "ten"})
_BY_LANGUAGE: Final = {
    name: frozenset(word for word in words.split() if len(word) > 1) - STOP_WORDS - _ENGLISH_TOO
    for name, words in _CARRYING.items()
}


def is_foreign(message: str) -> bool:
    """Return whether a message is surely in another language than English.

    >>> [is_foreign(text) for text in ("wie viel kostet das", "duloxetine dose?", "Was ist das?", "de Quervain and LDN?")]
    [True, False, True, False]
    """
    if not message.isascii() and _is_of_another_script(message):
        return True
    words = _WORD.findall(message.lower())
    english = sum(word in STOP_WORDS for word in words)
    most = max(sum(word in carrying for word in words) for carrying in _BY_LANGUAGE.values())
    return most >= _FEWEST and most > english


def _is_of_another_script(message: str) -> bool:
    letters = [character for character in message if character.isalpha()]
    latin = sum("LATIN" in unicodedata.name(character, "") for character in letters)
    return len(letters) > _FEWEST and 2 * latin < len(letters)
