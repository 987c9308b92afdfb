"""What `lims_senaite` relies on in SENAITE's JSON API: each call that it makes, and what it reads of the answer."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from doselane.quality.v1.batch_pb2 import Sample
from doselane.quality.v1.events_pb2 import SampleRegistered
from pact import Pact, match
from pact.interaction import HttpInteraction

from adapters.lims_senaite.client import API
from adapters.lims_senaite.cursor import OVERLAP, ReadUpTo
from adapters.lims_senaite.registration import sample_order
from adapters.outbound import Outgoing
from services.kernel.timestamps import stamp
from tests.contracts.consumers.words import text
from tests.contracts.vendors.forms import authorization
from tests.support.senaite import (
    CLIENT,
    CONTACT,
    ENDOTOXIN,
    NOW,
    PASSWORD,
    PRODUCT,
    PURITY,
    SAMPLE,
    SAMPLE_TYPE,
    USER,
    given,
)

NAME, PROVIDER = "doselane-lims-senaite", "senaite"
SAMPLE_UID, SAMPLE_ID, OLD_UID, NEW_UID, UNKNOWN_UID = "5" * 32, "LS-0001", "6" * 32, "7" * 32, "8" * 32
JSON = "application/json"
UID, INSTANT, ID = r"^[0-9a-f]{32}$", r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d$", r"^[A-Z]+-\d{4}$"
# Up to which change the poll has come; it asks from some minutes before on.
READ_UP_TO = ReadUpTo(NOW, {})
NOTHING_THERE = "the client has no sample"
A_SAMPLE = "a sample of ours with purity and endotoxin"
VERIFIED, REPEATED = "its purity is verified", "its purity was repeated"


def an_order() -> Outgoing:
    """The sample as quality registers it."""
    tests = ["radiochemical_purity", "endotoxin"]
    sample = Sample(name=SAMPLE, product=PRODUCT, tests=tests, sample_time=stamp(NOW))
    return Outgoing(SAMPLE, SampleRegistered(sample=sample).SerializeToString(), NOW + timedelta(days=1))


def contract() -> Pact:
    """All that the adapter relies on."""
    pact = Pact(NAME, PROVIDER).with_specification("V4")
    for step in (
        finds_a_sample,
        finds_none,
        lists_what_changed,
        reads_a_sample,
        lists_its_analyses,
        lists_a_repeated_analysis,
        reads_an_analysis,
        makes_a_sample,
        is_told_no_in_the_body,
        completes_a_sample,
        misses_a_sample,
        is_not_believed,
    ):
        step(pact)
    return pact


def finds_a_sample(pact: Pact) -> None:
    """By our reference; the catalogue's column is the uid."""
    asked = _asked(pact, "a search for a sample by our reference", A_SAMPLE)
    _found(asked, _search(), match.each_like({"uid": text(SAMPLE_UID, UID)}))


def finds_none(pact: Pact) -> None:
    """An empty list is an answer."""
    asked = _asked(pact, "a search for a sample that is not there", NOTHING_THERE)
    _found(asked, _search(), [], 0)


def lists_what_changed(pact: Pact) -> None:
    """From an instant on, in the order of the changes, of one client."""
    asked = _asked(pact, "the samples that were changed since", A_SAMPLE)
    query = {
        "catalog": "senaite_catalog_sample", "getClientUID": CLIENT, "sort_on": "modified", "sort_order": "asc",
        "modified.query:record:date": (NOW - OVERLAP).isoformat(), "modified.range:record": "min", "limit": "100",
    }  # fmt: skip
    hit = {"uid": text(SAMPLE_UID, UID), "modified": text(NOW.isoformat(), INSTANT), "getClientUID": CLIENT}
    _found(asked, ("AnalysisRequest", query), match.each_like(hit))


def reads_a_sample(pact: Pact) -> None:
    """The object is the root of the answer."""
    asked = _asked(pact, "a sample with all its fields", A_SAMPLE).with_request("GET", f"{API}/{SAMPLE_UID}")
    said = {
        "uid": SAMPLE_UID,
        "id": text(SAMPLE_ID, ID),
        "ClientSampleID": SAMPLE,
        "review_state": "sample_due",
        "created": text(NOW.isoformat(), INSTANT),
        "modified": text(NOW.isoformat(), INSTANT),
        "Contact": CONTACT,
        "SampleType": SAMPLE_TYPE,
        "DateSampled": text(NOW.isoformat(), INSTANT),
    }
    _believed(asked).will_respond_with(200).with_body(said, JSON)


def lists_its_analyses(pact: Pact) -> None:
    """The columns by which an analysis is told apart, and its state."""
    asked = _asked(pact, "the analyses of a sample", A_SAMPLE)
    _found(asked, _analyses(), match.each_like(_hit(OLD_UID)), 2)


def lists_a_repeated_analysis(pact: Pact) -> None:
    """The old one is verified by that, and only the new one says that it repeats it."""
    asked = _asked(pact, "the analyses of a sample of which one was repeated", A_SAMPLE, REPEATED)
    old = {**_hit(OLD_UID), "uid": OLD_UID, "review_state": "verified"}
    other = {**_hit(OLD_UID), "getKeyword": "LAL"}
    new = {**_hit(NEW_UID), "uid": NEW_UID, "review_state": "unassigned", "getRetestOfUID": OLD_UID}
    _found(asked, _analyses(), [old, other, new], 3)


def lists_one_verified_analysis(pact: Pact) -> None:
    """As many as there are; not of the contract, which has two, but in its form."""
    asked = _asked(pact, "the analyses of a sample with one", A_SAMPLE)
    _found(asked, _analyses(), match.each_like({**_hit(OLD_UID), "review_state": "verified"}))


def reads_an_analysis(pact: Pact) -> None:
    """The value and all that it is read by."""
    asked = _asked(pact, "an analysis with all its fields", A_SAMPLE, VERIFIED)
    said = {
        "uid": OLD_UID,
        "review_state": "verified",
        "Result": text("99.1", r"^[^<>]+$"),
        "Unit": "%",
        "LowerDetectionLimit": text("0.0", r"^[0-9.]+$"),
        "UpperDetectionLimit": text("100.0", r"^[0-9.]+$"),
        "ResultCaptureDate": text(NOW.isoformat(), INSTANT),
    }
    _believed(asked.with_request("GET", f"{API}/{OLD_UID}")).will_respond_with(200).with_body(said, JSON)


def makes_a_sample(pact: Pact) -> None:
    """The body says whether it was made."""
    asked = _asked(pact, "a sample is made", NOTHING_THERE)
    asked.with_request("POST", f"{API}/AnalysisRequest/create/{CLIENT}")
    _believed(asked).with_body(dict(sample_order(given(), an_order().body).fields), JSON)
    asked.will_respond_with(200).with_body({"success": True, "count": match.integer(1)}, JSON)


def is_told_no_in_the_body(pact: Pact) -> None:
    """A status of success, and yet nothing was made."""
    asked = _asked(pact, "a sample of a type that there is not", NOTHING_THERE)
    asked.with_request("POST", f"{API}/AnalysisRequest/create/{CLIENT}")
    _believed(asked).with_body({"Contact": CONTACT, "SampleType": UNKNOWN_UID, "ClientSampleID": SAMPLE}, JSON)
    _says_no(asked, 200, "APIError")


def completes_a_sample(pact: Pact) -> None:
    """On a sample that is there analyses are asked for as objects."""
    asked = _asked(pact, "fields and analyses of a sample are set", A_SAMPLE)
    asked.with_request("POST", f"{API}/update/{SAMPLE_UID}")
    fields = {"Contact": CONTACT, "Analyses": [{"uid": PURITY}, {"uid": ENDOTOXIN}]}
    _believed(asked).with_body(fields, JSON)
    asked.will_respond_with(200).with_body({"success": True}, JSON)


def misses_a_sample(pact: Pact) -> None:
    """Nothing has this uid."""
    asked = _asked(pact, "an object that is not there", NOTHING_THERE)
    _says_no(_believed(asked.with_request("GET", f"{API}/{UNKNOWN_UID}")), 404, "NotFound")


def is_not_believed(pact: Pact) -> None:
    """Wrong credentials are told as such."""
    asked = _asked(pact, "a call with another password", NOTHING_THERE)
    asked.with_request("GET", f"{API}/{SAMPLE_UID}").with_header("Authorization", authorization(USER, "another"))
    _says_no(asked, 401, "Unauthorized")


def _asked(pact: Pact, description: str, *states: str) -> HttpInteraction:
    asked = pact.upon_receiving(description)
    for state in states:
        asked.given(state)
    return asked


def _believed(asked: HttpInteraction) -> HttpInteraction:
    return asked.with_header("Authorization", authorization(USER, PASSWORD))


def _search() -> tuple[str, dict[str, str]]:
    query = {"catalog": "senaite_catalog_sample", "getClientSampleID": SAMPLE, "getClientUID": CLIENT, "limit": "100"}
    return "AnalysisRequest", query


def _analyses() -> tuple[str, dict[str, str]]:
    return "Analysis", {"catalog": "senaite_catalog_analysis", "getRequestID": SAMPLE_ID, "limit": "100"}


def _hit(uid: str) -> dict[str, Any]:
    return {
        "uid": text(uid, UID),
        "getRequestID": SAMPLE_ID,
        "getKeyword": text("RCP", r"^[A-Za-z0-9]+$"),
        "getServiceUID": text(PURITY, UID),
        "review_state": text("registered", r"^[a-z_]+$"),
    }


def _found(asked: HttpInteraction, what: tuple[str, Mapping[str, str]], items: Any, count: int = 1) -> None:
    portal_type, query = what
    _believed(asked.with_request("GET", f"{API}/{quote(portal_type)}"))
    for name, value in query.items():
        asked.with_query_parameter(name, value)
    asked.will_respond_with(200).with_body({"count": match.integer(count), "items": items}, JSON)


def _says_no(asked: HttpInteraction, status: int, kind: str) -> None:
    said = {"success": False, "type": kind, "message": match.like("A sentence for people.")}
    asked.will_respond_with(status).with_body(said, JSON)
