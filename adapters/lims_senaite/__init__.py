"""SENAITE: samples are registered through its JSON API, and results fetched from it."""

from adapters.lims_senaite.client import SenaiteClient
from adapters.lims_senaite.port import CHANGED, FOLLOWED, REGISTER
from adapters.lims_senaite.settings import SHAPE, settings
from adapters.lims_senaite.translate import SenaiteReader
from adapters.manifest import Adapter
from adapters.ports import lims

ADAPTER = Adapter(
    name="lims_senaite",
    port=lims.PORT,
    settings=settings,
    build=SenaiteReader,
    connect=lambda given, http: SenaiteClient(http, given),
    polls=(CHANGED, FOLLOWED),
    reactions=(REGISTER,),
    mapping=SHAPE,
)
