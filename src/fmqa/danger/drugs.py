"""Drug classes and their members, by generic and brand name: public facts, shipped with fmqa in ``drugs.yaml``.

The name of a class can be used in the rows of a danger (``{opioid}``). Cautions about two classes taken together use
the classes of the drugs that a message names.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType

from pydantic import Field

from fmqa.danger import data
from fmqa.text.spelling import normal, words
from fmqa.types import Record, Slug


class DrugClass(Record):
    """A class of drugs: the words for it, the drugs in it by generic name with their brands, and where it is from."""

    id: Slug
    spoken: str = Field(min_length=3, description="How a safety text speaks of it.")
    source: str = Field(min_length=10)
    words: tuple[str, ...] = Field((), description="Words for the class itself.")
    includes: tuple[Slug, ...] = Field((), description="Classes whose drugs belong to this one too.")
    medicine: bool = Field(True, description="False for what is no medicine, such as alcohol.")
    drugs: dict[str, tuple[str, ...]] = Field(default_factory=dict, description="Brand names by generic name.")


@cache
def classes() -> Mapping[str, DrugClass]:
    """Return the drug classes by id.

    Raises: BadCorpus if the file is wrong.
    """
    found: list[DrugClass] = data.load(data.FOLDER / "drugs.yaml", list[DrugClass])
    return MappingProxyType({each.id: each for each in found})


def names_of(drug_class: DrugClass) -> tuple[str, ...]:
    """Return every name of a class and of its drugs, as written."""
    own = [name for generic, brands in drug_class.drugs.items() for name in (generic, *brands)]
    of_others = [name for other in drug_class.includes for name in names_of(classes()[other])]
    return tuple(dict.fromkeys((*drug_class.words, *own, *of_others)))


@cache
def names() -> Mapping[str, tuple[str, ...]]:
    """Return the names of each class in normal forms of words, and of all medicines together as ``any-drug``."""
    found = {each.id: tuple(dict.fromkeys(map(_normal_words, names_of(each)))) for each in classes().values()}
    medicines = [name for each in classes().values() if each.medicine for name in found[each.id]]
    return MappingProxyType(found | {"any-drug": tuple(dict.fromkeys(medicines))})


def generics() -> frozenset[str]:
    """Return the generic names of one word, in normal forms: what a mistyped name may stand for."""
    found = {name for each in classes().values() for name in each.drugs if name.isalpha()}
    return frozenset(map(normal, found))


def brands(known: Callable[[str], str | None]) -> dict[str, tuple[str, ...]]:
    """Return the names of the drugs of all classes by the concept of a vocabulary that they stand for.

    A brand stands for its drug, and a drug that the vocabulary lacks for its class, if it has that.

    Args:
        known: The concept that has a name, or None.
    """
    found: dict[str, list[str]] = {}
    for each in classes().values():
        of_class = next(filter(None, map(known, each.words)), None)
        for generic, names in each.drugs.items():
            concept = known(generic) or of_class
            if concept is not None:
                found.setdefault(concept, []).extend((generic, *names))
    return {concept: tuple(dict.fromkeys(names)) for concept, names in found.items()}


def spoken(text: str) -> str:
    """Return a text with each class that it names in braces spelled out, as ``{opioid}``."""
    return re.sub(r"\{([a-z-]+)\}", lambda match: classes()[match.group(1)].spoken, text)


def _normal_words(name: str) -> str:
    return " ".join(normal(word.group()) for word in words(name))
