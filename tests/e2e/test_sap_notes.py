"""What a service objects to in a statement of SAP stands in the notes of the message that brought it."""

from datetime import timedelta
from pathlib import Path

from doselane.exchange.v1 import exchange_pb2

from services.local.demo.doors import Program
from services.local.demo.planning import until
from services.local.demo.plant import PlantDesk
from services.local.gateway import Gateway, Plan
from services.local.twins.sap import ACCOUNT
from services.local.world import MASTER_DATA
from tests.support.gateway import Desk


async def test_what_capacity_objects_to_in_an_order_of_sap_stands_in_the_notes_of_its_message(
    gateway_dsn: str, tmp_path: Path
):
    """From the event that SAP pushes, by the order that is read back for it, to the note that an operator reads."""
    async with Gateway(Plan(gateway_dsn, tmp_path, twins=True)) as gateway:
        await Desk(gateway).import_master_data(MASTER_DATA)
        now = gateway.clock.now()
        async with Program("tidewater-planner", gateway.rest_url, gateway.grpc_target) as staff:
            plant = PlantDesk(gateway.twins.sap, staff, now)
            order = plant.order("pb", 2, (now + timedelta(days=2)).replace(hour=13, minute=0, second=0, microsecond=0))
            await plant.opened(order)
            plant.cut(order, 3)  # a run only ever shrinks
            asked = exchange_pb2.ListMessagesRequest(account=ACCOUNT, page_size=20)

            async def objections() -> list[str]:
                messages = (await staff.call("ExchangeService", "ListMessages", asked)).messages
                notes = [note for message in messages for note in message.notes if note.event_id == order]
                return [warning for note in notes for warning in note.warnings]

            told = await until(objections, lambda found: "CAPACITY_WOULD_GROW" in found)
            assert told.count("CAPACITY_WOULD_GROW") == 1  # of the statements of the order only the one that wants more
