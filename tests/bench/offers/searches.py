"""Random searches: the same ones for the service and for the limit beside it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from doselane.slotting.v1 import slotting_pb2
from google.type.interval_pb2 import Interval

from services.kernel.timestamps import stamp

FIRST, LAST = timedelta(days=1), timedelta(days=55)  # of the world; later there are few runs left
LENGTHS = (timedelta(hours=24), timedelta(hours=48), timedelta(hours=72))
PAGE = 50


class Search(NamedTuple):
    """A product for a centre, to be administered in an interval."""

    product: str
    site: str
    from_at: datetime
    until_at: datetime

    def request(self) -> slotting_pb2.SearchOffersRequest:
        """The call's request."""
        interval = Interval(start_time=stamp(self.from_at), end_time=stamp(self.until_at))
        return slotting_pb2.SearchOffersRequest(
            product=self.product, site=self.site, administration_interval=interval, page_size=PAGE
        )


def searches(seed: int, begin_at: datetime, products: list[str], sites: list[str]) -> Iterator[Search]:
    """One after the other, without end."""
    random = Random(seed)
    minutes = range(int(FIRST.total_seconds() / 60), int(LAST.total_seconds() / 60))
    while True:
        from_at = begin_at + timedelta(minutes=random.choice(minutes))
        yield Search(random.choice(products), random.choice(sites), from_at, from_at + random.choice(LENGTHS))
