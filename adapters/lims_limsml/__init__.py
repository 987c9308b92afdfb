"""Thermo SampleManager: samples are logged in and results fetched by LIMSML over SOAP."""

from adapters.lims_limsml.client import LimsmlClient
from adapters.lims_limsml.codes import SHAPE
from adapters.lims_limsml.port import POLL, REGISTER, metadata
from adapters.lims_limsml.settings import settings
from adapters.lims_limsml.translate import LimsmlReader
from adapters.manifest import Adapter
from adapters.ports import lims

ADAPTER = Adapter(
    name="lims_limsml",
    port=lims.PORT,
    settings=settings,
    build=lambda given: LimsmlReader(given.mapping, given.settings.decimal_mark),
    connect=lambda given, http: LimsmlClient(given.settings, http),
    polls=(POLL,),
    reactions=(REGISTER,),
    mapping=SHAPE,
    metadata=metadata,
)
