"""Cards of CDS Hooks: information on the medicines that are ordered, whatever a record system sends."""

import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from fmqa.types import DISCLAIMER
from fmqa.web.exchange.cards import ordered

SERVICE = "/cds-services/fmqa-evidence"


def order(name: str, *, coded: bool = False, r5: bool = False) -> dict[str, Any]:
    concept: dict[str, Any] = {"coding": [{"display": name}]} if coded else {"text": name}
    own = {"medication": {"concept": concept}} if r5 else {"medicationCodeableConcept": concept}
    return {
        "resource": {"resourceType": "MedicationRequest", "subject": {"reference": "Patient/Zebrafish-7391"}, **own}
    }


def call(*orders: dict[str, Any]) -> dict[str, Any]:
    context = {"patientId": "Zebrafish-7391", "draftOrders": {"resourceType": "Bundle", "entry": list(orders)}}
    return {"hook": "order-select", "hookInstance": "1", "fhirServer": "https://ehr.example", "context": context}


def test_the_service_is_found(service: TestClient) -> None:
    (found,) = service.get("/cds-services").json()["services"]
    assert (found["id"], found["hook"]) == ("fmqa-evidence", "order-select")
    assert "prefetch" not in found  # no patient data are wanted


@pytest.mark.parametrize(("coded", "r5"), [(False, False), (True, False), (True, True)])
def test_a_card_says_what_the_sources_say(
    service: TestClient, caplog: pytest.LogCaptureFixture, coded: bool, r5: bool
) -> None:
    with caplog.at_level(logging.DEBUG, "fmqa"):
        response = service.post(SERVICE, json=call(order("Glucophage 500 mg tablet", coded=coded, r5=r5)))
    assert "Zebrafish" not in caplog.text
    for card in response.json()["cards"]:
        assert card["indicator"] == "info"
        assert len(card["summary"]) <= 140
        assert card["summary"].startswith("metformin: ")
        assert DISCLAIMER in card["detail"]
        assert "suggestions" not in card
    assert len(response.json()["cards"]) == 1


def test_what_the_sources_do_not_know_has_no_card(service: TestClient) -> None:
    for orders in ((), (order("Zebrafish 20 mg"),)):
        assert service.post(SERVICE, json=call(*orders)).json() == {"cards": []}


def test_another_service_is_not_found_and_another_form_refused(service: TestClient) -> None:
    assert service.post("/cds-services/other", json=call()).status_code == 404
    assert service.post(SERVICE, json={"hook": "order-select"}).status_code == 422


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["draftOrders", "entry", "resource", "medication", "concept", "coding", "display", "text"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["draftOrders", "medications"]), _VALUES))
def test_any_context_gives_names_or_none(context: dict[str, Any]) -> None:
    assert all(isinstance(name, str) for name in ordered(context))
