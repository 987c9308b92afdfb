"""Requests that change something: what the metadata allow, guarded by the ETag that was read, and nothing else."""

import json

import pytest

from adapters.erp_sap.odata import requests
from adapters.erp_sap.odata.metadata import read_v2
from adapters.erp_sap.odata.model import DefinitionFault
from adapters.sandbox.sap.edmx import packaged

MODELS = [read_v2(name, document) for name, document in packaged().items()]
SALES = read_v2("API_SALES_ORDER_SRV", packaged()["API_SALES_ORDER_SRV"])
ORDERS, ORDER, ETAG = "A_SalesOrder", "1", "W/\"datetimeoffset'2026'\""
SAID = {"PurchaseOrderByCustomer": "DL-1"}


def test_a_change_is_a_patch_of_what_was_read() -> None:
    made = requests.changing(SALES, ORDERS, ORDER, SAID, ETAG, content_id="c1")
    assert (made.method, made.address, made.content_id) == ("PATCH", "A_SalesOrder('1')", "c1")
    assert made.headers == {"if-match": ETAG, "content-type": requests.JSON, "accept": requests.JSON}
    assert json.loads(made.body or b"") == SAID


def test_an_older_gateway_is_asked_to_merge() -> None:
    made = requests.changing(SALES, ORDERS, ORDER, SAID, ETAG, merge=True)
    assert (made.method, made.headers["x-http-method"], made.headers["if-match"]) == ("POST", "MERGE", ETAG)


def test_what_has_an_etag_is_changed_and_deleted_only_with_the_one_that_was_read() -> None:
    assert SALES.entity_set(ORDERS).type.has_etag
    for ask in (
        lambda: requests.changing(SALES, ORDERS, ORDER, SAID, ""),
        lambda: requests.deletion(SALES, ORDERS, ORDER, ""),
    ):
        with pytest.raises(DefinitionFault, match="only with the ETag"):
            ask()
    for star in ("*", " * "):
        with pytest.raises(ValueError, match="nobody has read"):
            requests.deletion(SALES, ORDERS, ORDER, star)
    assert requests.deletion(SALES, ORDERS, ORDER, ETAG).headers == {"if-match": ETAG}


def test_what_has_none_is_changed_without() -> None:
    free = [each for each in SALES.sets.values() if each.deletable and not each.type.has_etag]
    key = dict.fromkeys(free[0].type.key, "1")
    assert requests.deletion(SALES, free[0].name, key, "").headers == {}


@pytest.mark.parametrize("what", ["creatable", "updatable", "deletable"])
def test_what_the_metadata_forbid_is_not_asked(what: str) -> None:
    barred = [(model, each) for model in MODELS for each in model.sets.values() if not getattr(each, what)]
    assert barred
    for model, each in barred:
        key = dict.fromkeys(each.type.key, "1")
        with pytest.raises(DefinitionFault, match=what):
            if what == "creatable":
                requests.creation(model, each.name, {})
            elif what == "updatable":
                requests.changing(model, each.name, key, {}, ETAG)
            else:
                requests.deletion(model, each.name, key, ETAG)


def test_what_is_made_is_posted_to_its_set() -> None:
    made = requests.creation(SALES, ORDERS, SAID, "c2")
    assert (made.method, made.address, made.content_id) == ("POST", ORDERS, "c2")


def test_a_function_is_called_with_the_etag_if_there_is_one() -> None:
    function = next(iter(SALES.functions.values()))
    given = dict.fromkeys(function.parameters, "1")
    assert requests.calling(SALES, function.name, given, ETAG).headers == {"if-match": ETAG}
    called = requests.calling(SALES, function.name, given)
    assert (called.method, called.headers) == (function.method, {})
