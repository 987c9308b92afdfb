"""The master data that a state stands on: a product, a centre, the way there, and the sponsor's agreement."""

from dataclasses import dataclass
from pathlib import Path
from string import Template

from doselane.masterdata.v1 import masterdata_pb2 as masterdata

from services.kernel.ids import uuid7
from services.local.contracts.calls import GatewayCalls, Speaker
from services.local.world import MANUFACTURER, PLANNER_SCOPES

OTHER = "partners/somebody-else"
DAILY = "MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY"
MASTER_DATA = Template(Path(__file__).with_name("network.yaml").read_text())


@dataclass(frozen=True, slots=True)
class ContractNetwork:
    """Master data that nobody else uses; the mark is the last part of each name, and the centre's region."""

    mark: str

    @property
    def product(self) -> str:
        """A Lu-177 ligand of 7.4 GBq that lasts three days and takes an hour in quality control."""
        return f"products/{self.mark}"

    @property
    def line(self) -> str:
        """A line of the facility that the lane starts from."""
        return f"facilities/{self.mark}/lines/hot-cell-1"

    @property
    def site(self) -> str:
        """A centre that is licensed for the product."""
        return f"sites/{self.mark}"

    @property
    def lane(self) -> str:
        """The way there: four departures a day, less than seven hours."""
        return f"lanes/{self.mark}"


def staff_of(calls: GatewayCalls) -> Speaker:
    """The manufacturer's planner."""
    return calls.speaking_for(MANUFACTURER, *PLANNER_SCOPES)


def a_network(calls: GatewayCalls, partner: str) -> ContractNetwork:
    """Master data for `partner`, and for somebody else whom it must not hear of.

    Master data knows it when this returns. The others hear of it by events, a moment later.
    """
    network = ContractNetwork(f"contract-{uuid7().hex}")
    sponsors = ", ".join(dict.fromkeys((partner, OTHER)))
    yaml = MASTER_DATA.substitute(mark=network.mark, partner=partner, partners=sponsors, daily=DAILY)
    staff_of(calls).ImportMasterData(masterdata.ImportMasterDataRequest(yaml=yaml, request_id=str(uuid7())))
    return network
