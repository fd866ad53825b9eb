"""A library of two made documents, indexed with the shipped encoder in a second or two, without torch."""

from pathlib import Path

from fmqa.building import build_documents
from fmqa.corpus import loading
from fmqa.settings import Settings

REVIEW = """\
---
id: exercise-review
title: Exercise for fibromyalgia, a review
short_title: Exercise review 2020
kind: review
year: 2020
licence: CC-BY-4.0
evidence_checked: 2026-09-30
last_updated: 2026-11-23
references:
  - id: R1
    citation: Made A. A review of exercise. J Made 2020;1:1.
statements:
  - {id: pain, kind: finding, interventions: [exercise], conditions: [fibromyalgia], outcomes: [pain],
     effect: benefit, sources: [R1], basis: primary}
  - {id: sleep, kind: finding, interventions: [exercise], conditions: [fibromyalgia],
     effect: no difference, sources: [R1], basis: primary}
  - {id: harm, kind: safety, interventions: [exercise], conditions: [fibromyalgia], sources: [R1], basis: primary}
  - {id: dose, kind: finding, interventions: [exercise], conditions: [fibromyalgia], sources: [R1], basis: primary}
---
# Exercise for fibromyalgia, a review

- Aerobic exercise reduced pain by 11 points on a scale of 100 points in 839 adults with fibromyalgia. {#pain}
- Aerobic exercise did not improve sleep more than control in fibromyalgia. {#sleep}
- Aerobic exercise caused no serious harm in 6 trials in fibromyalgia, but 2 people had a stress fracture. {#harm}
- Aerobic exercise in fibromyalgia was done 2 to 3 times a week for 12 weeks. {#dose}
"""


LABEL = """\
---
id: naltrexone-label
title: Naltrexone tablets, prescribing information
short_title: Naltrexone label
kind: label
licence: CC-BY-4.0
evidence_checked: 2026-09-30
last_updated: 2026-11-23
references:
  - id: LABEL
    citation: Naltrexone hydrochloride tablets 50 mg, United States prescribing information.
statements:
  - {id: tramadol, kind: interaction, interventions: [naltrexone, tramadol], sources: [LABEL], basis: secondary}
---
# Naltrexone tablets, prescribing information

- Do not combine naltrexone 50 mg with tramadol. {#tramadol}
"""

VOCABULARY = """\
interventions:
  - {id: exercise, label: exercise}
  - {id: tramadol, label: tramadol}
  - {id: naltrexone, label: naltrexone}
conditions:
  - {id: fibromyalgia, label: fibromyalgia}
populations:
  - {id: adults, label: adults}
outcomes:
  - {id: pain, label: pain}
"""


def build(root: Path) -> Settings:
    """Write the corpus below a folder, index it, and return its settings; conversations are kept in memory."""
    sources = {"vocabulary.yaml": VOCABULARY, "reviews/exercise-review.md": REVIEW, "labels/naltrexone-label.md": LABEL}
    for name, source in sources.items():
        path = root / "corpus" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    settings = Settings(home=root, database="sqlite://")
    loaded = loading.load(settings.corpus)
    build_documents(loaded.documents, loaded.vocabulary, (), settings)
    return settings
