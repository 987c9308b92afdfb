"""OpenRun waits for the news of a product by listening, not by looking again and again."""

import asyncio
from datetime import timedelta
from typing import Any

from doselane.masterdata.v1 import events_pb2, resources_pb2
from doselane.type.v1 import type_pb2

from services.capacity import events
from services.capacity.domain import KnownProduct
from services.capacity.usecases import _until_product_is_known
from services.kernel.activity import Nuclide
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.signals import Signal
from tests.support.capacity import NOON


class Products:
    """Knows no product until it is told."""

    def __init__(self) -> None:
        self.looks, self.known = 0, False

    async def product_known(self, run: str) -> bool:
        self.looks += 1
        return self.known


async def test_it_looks_once_and_again_when_something_was_heard() -> None:
    products: Any = Products()
    heard = Signal()
    waiting = asyncio.create_task(_until_product_is_known("runs/1", products, heard))
    while not products.looks:
        await asyncio.sleep(0)
    heard.call()  # of something else
    while products.looks < 2:
        await asyncio.sleep(0)
    products.known = True
    heard.call()
    await waiting
    assert products.looks == 3


async def test_news_that_come_between_a_look_and_the_wait_are_not_lost() -> None:
    heard = Signal()

    class Late(Products):
        async def product_known(self, run: str) -> bool:
            self.looks += 1
            found, self.known = self.known, True
            heard.call()
            return found

    products: Any = Late()
    await _until_product_is_known("runs/1", products, heard)
    assert products.looks == 2


def test_a_product_is_known_with_its_shelf_life_and_what_its_runs_are_planned_with() -> None:
    product = resources_pb2.Product(
        name="products/lu",
        nuclide=type_pb2.NUCLIDE_LU_177,
        partners=["partners/a"],
        shelf_life_minutes=60,
        vial_reference_activity_max_kbq=7,
        loss_fraction=0.1,
    )
    changed = events_pb2.ResourceCreated(resource=resources_pb2.Resource(product=product), version=1)
    event = Event(
        id=uuid7(),
        type="doselane.masterdata.resource.created.v1",
        source="doselane/masterdata",
        subject="products/lu",
        sequence=1,
        time=NOON,
        data=changed.SerializeToString(),
        actor="anna",
        reason="",
        traceparent="",
    )
    lasts = timedelta(hours=1)
    planned_with: Any = {"nuclide": Nuclide.LU_177, "vial_kbq_max": 7, "loss_fraction": 0.1}
    assert events.product_in(event) == KnownProduct("products/lu", 1, ("partners/a",), lasts, **planned_with)
