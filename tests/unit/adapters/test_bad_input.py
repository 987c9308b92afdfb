"""What is wrong with what a customer's system has, sends or is told: whose it is, which system, and where is said."""

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from doselane.exchange.v1.events_pb2 import DeliveryFailed

from adapters.crm_salesforce import ADAPTER as SALESFORCE
from adapters.crm_salesforce.pubsub.avro import decode, writer_schema
from adapters.crm_salesforce.rest.errors import answer_fault
from adapters.erp_sap import ADAPTER as SAP
from adapters.erp_sap.idoc.frame import idocs_in
from adapters.erp_sap.odata.literals import of_json, to_json
from adapters.erp_sap.odata.metadata import read_v2
from adapters.erp_sap.odata.model import DefinitionFault
from adapters.erp_sap.odata.values import ValueFault
from adapters.erp_sap.preflight import refusal
from adapters.erp_sap.preflight_fields import DOCUMENTS, document_fields, field_findings
from adapters.host.checking import certificates, report
from adapters.host.deliveries import NO_EVENT, Delivery, DeliveryState
from adapters.host.events import delivery_failed
from adapters.host.fetching import Source, _pause_after
from adapters.host.reaching import compare_mapping
from adapters.host.settings import accounts
from adapters.host.values import Account
from adapters.manifest import Refused
from adapters.mapping import VendorMetadata
from adapters.outbound import Declined, Outgoing
from adapters.ports import Sender
from adapters.preflight import Preflight
from adapters.sandbox.sap.edmx import packaged
from services.kernel.ids import uuid7
from services.kernel.settings import SettingsError
from tests.support.certificates import Authority
from tests.support.sap_plant import MAPPING, OPTIONS, PROCESS
from tests.support.tokens import Issuer

NOW = datetime(2026, 12, 1, 7, tzinfo=UTC)
ADAPTERS = {"erp_sap": SAP, "crm_salesforce": SALESFORCE}
ORDERS = """\
version: 1
fields: {dose.run: Run__c}
tables:
  site: {A: sites/a}
"""
KEY = {"type": "header_key", "header": "x-api-key", "secrets": ["the-key-of-the-webhook-1"]}
CREDENTIALS = {"type": "basic", "user": "u", "password": "p" * 12}


def described(folder: Path, adapter: str, mapping: str = "", **more: Any) -> str:
    """The accounts' JSON: a plant's S/4, or a sponsor's organisation."""
    is_sap = adapter == "erp_sap"
    file = folder / f"{adapter}.yaml"
    file.write_text(mapping or (MAPPING if is_sap else ORDERS))
    whose = (
        {"partner": "partners/plant", "manufacturer": True, "auth": KEY}
        if is_sap
        else {"partner": "partners/northlake"}
    )
    reached = {"url": "https://theirs.example", "credentials": CREDENTIALS, **more.pop("connection", {})}
    options = {**(OPTIONS if is_sap else {}), **more}
    told = {"adapter": adapter, "mapping": str(file), "connection": reached, "options": options, **whose}
    return json.dumps({"s4" if is_sap else "org": told})


def read(folder: Path, adapter: str, mapping: str = "", **more: Any) -> Account:
    (found,) = accounts(described(folder, adapter, mapping, **more), ADAPTERS, Issuer().verifier()).values()
    return found


def not_taken(folder: Path, adapter: str, mapping: str = "", **more: Any) -> str:
    """What is said at the start."""
    with pytest.raises(SettingsError) as wrong:
        read(folder, adapter, mapping, **more)
    return "\n".join(wrong.value.problems)


def checked(account: Account, *findings: Any) -> str:
    """What `doselane connect check` is answered."""
    return str(report(account, NOW, Preflight(findings)))


def parked(account: Account, no: Exception) -> str:
    """What is published of a delivery that was not sent."""
    outgoing = Outgoing("doses/1", b"", NOW + timedelta(days=1))
    delivery = Delivery(
        uuid7(), account.id, account.partner, account.port.name, account.adapter.name, "r", outgoing, NO_EVENT, NOW,
        DeliveryState.WAITING, 1, False, "", None, "",
    )  # fmt: skip
    event = delivery_failed(account.port, delivery, DeliveryState.PARKED, str(no), 1, NOW)
    return f"{event.partner} {DeliveryFailed.FromString(event.data)}"


def refused(account: Account, make: Callable[[], Any]) -> str:
    """What is published of a message that cannot be taken."""
    with pytest.raises(Refused) as wrong:
        make()
    sender = Sender(account.partner, account.adapter.name, "messages/1")
    return str(account.port.refused(sender, wrong.value.reason, wrong.value.words))


def metadata_of(document: bytes) -> DefinitionFault:
    with pytest.raises(DefinitionFault) as wrong:
        read_v2(PROCESS, document)
    return wrong.value


def unfit(make: Callable[[], Any]) -> ValueFault:
    with pytest.raises(ValueFault) as wrong:
        make()
    return wrong.value


def field_of(entity: str, name: str) -> Any:
    return read_v2(PROCESS, packaged()[PROCESS]).entity_set(entity).type.fields[name]


def _missing_field(folder: Path) -> str:
    text = packaged()[PROCESS].decode().replace('Name="ProductionVersion"', 'Name="Other"')
    account, model = read(folder, "erp_sap"), read_v2(PROCESS, text.encode())
    listed = next(document_fields(each) for each in DOCUMENTS if "A_ProcessOrder_2" in str(document_fields(each)))
    assert account.mapping is not None
    return checked(account, *field_findings(account.mapping.mapping, model, listed, reads=True))


def _metadata(document: str) -> Callable[[Path], str]:
    def said(folder: Path) -> str:
        return checked(read(folder, "erp_sap"), refusal(PROCESS, Declined(str(metadata_of(document.encode())))))

    return said


def _expired(folder: Path) -> str:
    certificate, key = Authority(folder).issue("us", days=-1)
    account = read(folder, "crm_salesforce", connection={"tls": {"certificate_file": certificate, "key_file": key}})
    return checked(account, *certificates(account, datetime.now(UTC)))


def _bomb(folder: Path) -> str:
    body = b'<!DOCTYPE a [<!ENTITY b "c">]><ORDERS05><IDOC>&b;</IDOC></ORDERS05>'
    return refused(read(folder, "erp_sap"), lambda: idocs_in(body, "text/xml"))


def _avro(folder: Path) -> str:
    fields = [{"name": "Run__c", "type": "long"}]
    schema = writer_schema(json.dumps({"type": "record", "name": "Dose_Order__ChangeEvent", "fields": fields}))
    return refused(read(folder, "crm_salesforce"), lambda: decode(schema, b"\x06abc"))


def _spent(folder: Path) -> str:
    spent = [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}]
    return parked(read(folder, "crm_salesforce"), answer_fault(403, "Forbidden", spent, changes=True))


def _digits(folder: Path) -> str:
    field = field_of("A_ProcessOrder_2", "TotalQuantity")
    return parked(read(folder, "erp_sap"), unfit(lambda: to_json(field, Decimal("1" * 40))))


def _date(folder: Path) -> str:
    field = field_of("A_ProcessOrder_2", "MfgOrderScheduledStartDate")
    return parked(read(folder, "erp_sap"), unfit(lambda: of_json(field, "/Date(-1)/")))


def _shared(folder: Path) -> str:
    return not_taken(
        folder, "crm_salesforce", ORDERS.replace("{dose.run: Run__c}", "{dose.run: Site__c, dose.site: Site__c}")
    )


EDMX = "<edmx:Edmx Version='{}' xmlns:edmx='{}'>{}</edmx:Edmx>"
V2, V4 = "http://schemas.microsoft.com/ado/2007/06/edmx", "http://docs.oasis-open.org/odata/ns/edmx"
BOMB = f"<!DOCTYPE a [<!ENTITY b 'c'>]>{EDMX.format('1.0', V2, '')}"
S4, ORG = ("s4", "erp_sap"), ("org", "crm_salesforce")


@pytest.mark.parametrize(
    ("said", "whose", "place"),
    [
        pytest.param(_missing_field, S4, "A_ProcessOrder_2.ProductionVersion", id="metadata with a missing field"),
        pytest.param(_metadata(EDMX.format("1.0", "urn:other", "")), S4, PROCESS, id="wrong namespace"),
        pytest.param(_metadata(EDMX.format("4.0", V4, "")), S4, PROCESS, id="OData V4"),
        pytest.param(_expired, ORG, "connection.tls.certificate_file", id="expired certificate"),
        pytest.param(_metadata(BOMB), S4, PROCESS, id="XML bomb"),
        pytest.param(_bomb, ("partners/plant", "erp_sap"), "document type", id="external entities"),
        pytest.param(
            _avro, ("partners/northlake", "crm_salesforce"), "Dose_Order__ChangeEvent", id="wrong Avro schema"
        ),
        pytest.param(_shared, ORG, "fields.dose.site", id="two fields mapped to one"),
        pytest.param(_spent, ORG, "REQUEST_LIMIT_EXCEEDED", id="limits that are spent"),
        pytest.param(_digits, S4, "TotalQuantity", id="40 digits"),
        pytest.param(_date, S4, "MfgOrderScheduledStartDate", id="/Date(-1)/ where a day is wanted"),
    ],
)
def test_each_fault_names_customer_system_and_place(
    tmp_path: Path, said: Callable[[Path], str], whose: tuple[str, str], place: str
) -> None:
    words = said(tmp_path)
    assert [each for each in (*whose, place) if each not in words] == [], words


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_each_fault_of_a_mapping_names_customer_system_field_and_line(tmp_path: Path, adapter: str) -> None:
    lines = not_taken(
        tmp_path, adapter, "version: 1\nfields:\n  no.such: A\n  nor.this: B\ntables:\n  nobody: {a: b}\n"
    )
    whose = (
        "account 's4' (partners/plant, erp_sap)"
        if adapter == "erp_sap"
        else "account 'org' (partners/northlake, crm_salesforce)"
    )
    for line, place in ((3, "fields.no.such"), (4, "fields.nor.this"), (6, "tables.nobody")):
        (found,) = [each for each in lines.splitlines() if place in each]
        assert found.startswith(f"{whose}: {tmp_path}/{adapter}.yaml:{line}: {place}"), found


async def test_what_the_other_side_does_not_have_names_them_too(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    account = read(tmp_path, "crm_salesforce")

    async def has(_: Any) -> VendorMetadata:
        return VendorMetadata(kinds={"dose": frozenset({"Dose_Id__c"})})

    object.__setattr__(account, "adapter", replace(account.adapter, metadata=has))
    await compare_mapping(account, None)
    (found,) = [each for each in caplog.messages if "dose.run" in each]
    whose = "the mapping of org (partners/northlake, crm_salesforce) does not fit"
    assert found.startswith(f"{whose}: {tmp_path}/crm_salesforce.yaml:2: fields.dose.run: ")


def test_a_stream_that_pauses_names_them_too(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    account = read(tmp_path, "crm_salesforce")
    with caplog.at_level(logging.WARNING):
        _pause_after(Source(account, None), "salesforce.order_changes", Declined("the topic /data/X is not there"), 1)
    words = (
        "salesforce.order_changes of org (partners/northlake, crm_salesforce) pauses: the topic /data/X is not there"
    )
    assert caplog.messages == [words]
