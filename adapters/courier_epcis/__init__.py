"""GS1 EPCIS 2.0: documents and events that specialty couriers push to us, and queries and subscriptions to them."""

from adapters.courier_epcis import answers, reacting
from adapters.courier_epcis.addresses import PAGES
from adapters.courier_epcis.client import Subscribers
from adapters.courier_epcis.headers import SUPPORTED, capture_headers
from adapters.courier_epcis.port import CAPTURE, EVENTS, EpcisReader
from adapters.courier_epcis.settings import settings
from adapters.manifest import Adapter, ResponseProfile, Webhook
from adapters.ports import courier

_JSON = frozenset({"application/json", "application/ld+json"})

ADAPTER = Adapter(
    name="courier_epcis",
    port=courier.PORT,
    settings=settings,
    build=EpcisReader,
    webhooks=(
        Webhook(CAPTURE, "/epcis/{account}/capture", _JSON, answers.captured, changed_event_status=400),
        Webhook(EVENTS, "/epcis/{account}/events", _JSON, answers.created, changed_event_status=409),
    ),
    pages=PAGES,
    profile=ResponseProfile(headers=SUPPORTED, problem_type=answers.problem_type, limit_headers=capture_headers),
    reactions=(reacting.NOTIFY,),
    keeps_record=True,
    followers=(reacting.SUBSCRIPTIONS,),
    connect_back=lambda settings, http: Subscribers(http),
)
