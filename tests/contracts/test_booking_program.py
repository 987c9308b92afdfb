"""Lakeside Clinic's booking program works on what its contract says."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.contracts.consumers import lakeside
from tests.contracts.consumers.words import EXAMPLE_REQUEST_ID, EXAMPLE_TOKEN, pact_of

PRODUCT = "products/lu-ligand"


@contextmanager
def booking(step: Callable[[Any], None]) -> Iterator[lakeside.Booking]:
    """The program, connected to a server that plays one interaction of its contract."""
    pact = pact_of(lakeside.NAME)
    step(pact)
    with pact.serve(addr="127.0.0.1") as server:
        yield lakeside.Booking(str(server.url), EXAMPLE_TOKEN)


def test_it_shows_the_offers() -> None:
    with booking(lakeside._finds_offers) as program:
        (offer,) = program.search(PRODUCT, lakeside.SITE, lakeside.FROM, lakeside.UNTIL).offers
    assert offer.activity_mbq[0] > offer.activity_mbq[1] == lakeside.DOSE_MBQ
    assert offer.received[0] <= offer.arrives[1] < offer.received[1]


def test_it_shows_why_there_is_no_offer() -> None:
    with booking(lakeside._learns_why_there_is_none) as program:
        found = program.search(PRODUCT, lakeside.SITE, lakeside.FROM, lakeside.UNTIL)
    assert (list(found.offers), found.because) == ([], {"RUN_FULL": 3})


def test_it_claims_an_offer_as_it_is_stated() -> None:
    with booking(lakeside._finds_offers) as program:
        (offer,) = program.search(PRODUCT, lakeside.SITE, lakeside.FROM, lakeside.UNTIL).offers
    with booking(lakeside._claims_an_offer) as program:
        booked = program.book(offer, lakeside.SITE, EXAMPLE_REQUEST_ID)
    assert (booked.state, booked.leaves_at, booked.administered_at) == (
        "CONFIRMED",
        offer.departure_time,
        offer.administration_time,
    )


def test_it_waits_for_a_place() -> None:
    with booking(lakeside._joins_standby) as program:
        waiting = program.wait(lakeside.RUN, lakeside.SITE, lakeside.LANE, lakeside.FROM, EXAMPLE_REQUEST_ID)
    assert (waiting.state, waiting.order, waiting.slot) == ("WAITING", lakeside.ORDER, "")


def test_it_reads_where_its_order_stands_in_the_queue() -> None:
    with booking(lakeside._reads_its_standby) as program:
        assert program.waiting(lakeside.STANDBY).standby == lakeside.STANDBY
