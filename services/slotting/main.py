"""Slotting as a service: the one place that says which parts are real."""

import asyncio
import logging

from doselane.slotting.v1 import slotting_pb2

from services.kernel.bus import Bus
from services.kernel.db import Database
from services.kernel.event import Event
from services.kernel.inbox import Consumer
from services.kernel.outbox import Relay
from services.kernel.process import Service
from services.slotting import events, store
from services.slotting.domain import Settle
from services.slotting.rpc import LedgerRpc, SlottingRpc
from services.slotting.settings import Settings
from services.slotting.usecases import Ledger, Ticket, decide_batch

log = logging.getLogger(__name__)

TOPIC = "doselane.slotting"
SWEEP_S_MAX = 5.0
_SERVICES = slotting_pb2.DESCRIPTOR.services_by_name
