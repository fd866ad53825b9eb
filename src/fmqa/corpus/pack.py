"""The domain pack: what answering needs to know about one medical field, read from ``pack.yaml`` and ``bodies.yaml``.

Every key may be left out. An unknown key is refused with its line, so that a misspelt key is noticed.
"""

from collections.abc import Container, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from fmqa.readers import markdown
from fmqa.types import Body, ConceptKind, CorpusFault, Pack, Vocabulary

PACK = "pack.yaml"
BODIES = "bodies.yaml"
_INTERVENTION, _CONDITION = ConceptKind.INTERVENTION, ConceptKind.CONDITION
_POPULATION, _OUTCOME = ConceptKind.POPULATION, ConceptKind.OUTCOME


def examine(folder: Path) -> tuple[Pack, tuple[CorpusFault, ...]]:
    """Return the pack of a corpus folder, the neutral one where it has none or faults, and every fault of its form."""
    source, data, unreadable = _mapping(folder, PACK)
    faults = list(unreadable)
    located: list[tuple[markdown.Location, str, str]] = []
    pack = Pack()
    if "bodies" in data:
        located.append((("bodies",), "schema", f"bodies: they stand in {BODIES}"))
    else:
        try:
            pack = Pack.model_validate({key: value for key, value in data.items() if value is not None})
        except ValidationError as error:
            located = markdown.schema_faults(error, (), data)
    faults += markdown.locate(source, PACK, located)
    source, data, unreadable = _mapping(folder, BODIES)
    faults += unreadable
    bodies: list[Body] = []
    located = []
    for name, forms in data.items():
        try:
            bodies.append(Body.model_validate({"name": name, "forms": forms}))
        except ValidationError as error:
            located += [((name,), "schema", f"{name}: forms of the name: {each['msg']}") for each in error.errors()]
    faults += markdown.locate(source, BODIES, located)
    return pack.model_copy(update={"bodies": tuple(bodies)}), tuple(faults)


def faults(
    folder: Path, vocabulary: Vocabulary, documents: Container[str], statements: Container[str]
) -> list[CorpusFault]:
    """Return where a pack in order names what does not exist: concepts, documents or a statement.

    Args:
        folder: The corpus folder.
        vocabulary: The concepts, with the pack.
        documents: Ids of all documents.
        statements: Ids of all curated statements, as ``document#id``.
    """
    located = [*_unknown_concepts(vocabulary), *_unknown_documents(vocabulary.pack, documents)]
    told = vocabulary.pack.on_comparing
    if told is not None and told not in statements:
        located.append((("on_comparing",), "dangling", f"there is no statement {told}"))
    if not vocabulary.pack.subject:
        located += [
            ((name, number), "subject", "a question with {subject} needs a subject")
            for name in ("follow_ups", "on_subject")
            for number, form in enumerate(getattr(vocabulary.pack, name))
            if "{subject}" in form
        ]
    return markdown.locate((folder / PACK).read_text("utf-8-sig"), PACK, located) if located else []


def _mapping(folder: Path, name: str) -> tuple[str, dict[Any, Any], tuple[CorpusFault, ...]]:
    path = folder / name
    return markdown.read_mapping(path, folder) if path.is_file() else ("", {}, ())


def _unknown_concepts(vocabulary: Vocabulary) -> Iterator[tuple[markdown.Location, str, str]]:
    pack = vocabulary.pack
    known = {(concept.kind, concept.id) for concept in vocabulary.concepts}
    usual, beside = pack.usual, pack.beside_benefit
    named: tuple[tuple[markdown.Location, ConceptKind, tuple[str, ...]], ...] = (
        (("subject",), _CONDITION, pack.subject),
        (("usual", "conditions"), _CONDITION, usual.conditions),
        (("usual", "populations"), _POPULATION, usual.populations),
        (("usual", "outcomes"), _OUTCOME, usual.outcomes),
        (("usual", "positions"), _OUTCOME, usual.positions),
        (("main_result",), _OUTCOME, (pack.main_result,) if pack.main_result else ()),
        (("patients_take",), _INTERVENTION, pack.patients_take),
        (("at_large",), _INTERVENTION, pack.at_large),
        (("measures",), _OUTCOME, pack.measures),
        (("effects",), _OUTCOME, pack.effects),
        (("special_populations",), _POPULATION, pack.special_populations),
        (("compared",), _POPULATION, pack.compared),
        (("ages",), _POPULATION, tuple(pack.ages)),
        (("asks", "interval"), _OUTCOME, (pack.asks.interval,) if pack.asks.interval else ()),
        (("asks", "stopping"), _OUTCOME, (pack.asks.stopping,) if pack.asks.stopping else ()),
        (("beside_benefit", "licence"), _OUTCOME, (beside.licence,) if beside.licence else ()),
        (("beside_benefit", "harms"), _OUTCOME, (beside.harms,) if beside.harms else ()),
    )
    for place, kind, ids in named:
        for number, concept in enumerate(ids):
            if (kind, concept) not in known:
                at = (*place, concept) if place == ("ages",) else (*place, number)
                yield at, "dangling", f"the vocabulary has no {concept} under {kind}"


def _unknown_documents(pack: Pack, documents: Container[str]) -> Iterator[tuple[markdown.Location, str, str]]:
    for key, document in (("start", pack.start), ("checks_of_articles", pack.checks_of_articles)):
        if document is not None and document not in documents:
            yield (key,), "dangling", f"there is no document {document}"
