"""Any courier: milestones in our own JSON or as CSV, pushed to us or fetched, or entered by hand; and our orders."""

from adapters.courier_generic.client import GenericClient
from adapters.courier_generic.codes import COLUMNS, KIND_OF_WORD
from adapters.courier_generic.entry import ENTRY
from adapters.courier_generic.pages import SCHEMA_PAGES
from adapters.courier_generic.port import REACTIONS, TRACKING
from adapters.courier_generic.settings import settings
from adapters.courier_generic.translate import CSV, JSON, GenericReader
from adapters.manifest import Adapter, Webhook
from adapters.mapping import MappingShape
from adapters.ports import courier

ADAPTER = Adapter(
    name="courier_generic",
    port=courier.PORT,
    settings=settings,
    build=GenericReader,
    # A second story under one id is no repetition: the courier hears so, and the rest of its message is taken.
    webhooks=(
        Webhook(JSON, "/courier/{account}", frozenset({"application/json"}), changed_event_status=409),
        Webhook(CSV, "/courier/{account}/csv", frozenset({"text/csv"}), changed_event_status=409),
    ),
    entry=ENTRY,
    pages=SCHEMA_PAGES,
    connect=lambda given, http: GenericClient(given.settings, http),
    polls=(TRACKING,),
    reactions=REACTIONS,
    mapping=MappingShape(fields={name: name for name in COLUMNS}, tables={"kind": frozenset(KIND_OF_WORD)}),
)
