"""What our adapters rely on in the systems of vendors: contracts of which we are the consumer."""

from collections.abc import Callable
from pathlib import Path

from pact import Pact

from tests.contracts.files import FOLDER
from tests.contracts.vendors import (
    dhl,
    fedex,
    limsml,
    mydhl,
    onerecord,
    platform,
    salesforce,
    sap,
    sap_functions,
    senaite,
    ups,
)

VENDORS: Path = FOLDER / "vendors"
CONTRACTS: dict[str, Callable[[], Pact]] = {
    senaite.NAME: senaite.contract,
    limsml.NAME: limsml.contract,
    dhl.NAME: dhl.contract,
    mydhl.NAME: mydhl.contract,
    fedex.NAME: fedex.contract,
    ups.NAME: ups.contract,
    platform.NAME: platform.contract,
    onerecord.NAME: onerecord.contract,
    sap.NAME: sap.contract,
    sap_functions.NAME: sap_functions.contract,
    salesforce.NAME: salesforce.contract,
}
