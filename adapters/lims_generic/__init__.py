"""Any laboratory: results in our own JSON, as CSV, and chromatograms as Allotrope files, all pushed to us."""

from adapters.lims_generic.codes import CHANNEL_WORDS, COLUMNS, STATE_OF_WORD
from adapters.lims_generic.settings import settings
from adapters.lims_generic.translate import ALLOTROPE, CSV, JSON, LaboratoryReader
from adapters.manifest import Adapter, Webhook
from adapters.mapping import MappingShape
from adapters.ports import lims

_JSON = frozenset({"application/json"})

ADAPTER = Adapter(
    name="lims_generic",
    port=lims.PORT,
    settings=settings,
    build=LaboratoryReader,
    # A second story under one id and time is no repetition: the laboratory hears so, and nothing of it counts.
    webhooks=(
        Webhook(JSON, "/lims/{account}", _JSON, changed_event_status=409),
        Webhook(CSV, "/lims/{account}/csv", frozenset({"text/csv"}), changed_event_status=409),
        Webhook(ALLOTROPE, "/lims/{account}/allotrope", _JSON, changed_event_status=409),
    ),
    mapping=MappingShape(
        fields={name: name for name in COLUMNS},
        tables={
            "test": None,
            "unit": None,
            "method": None,
            "state": frozenset(STATE_OF_WORD),
            "channel": CHANNEL_WORDS,
            "peak": None,
        },
    ),
)
