"""Looks whether SAP has, allows and takes what an account is to read and write. Only reads; one wrong log-on is enough:

SAP locks a user after some of them, so where the first service refuses us, no other is asked.
"""

from collections.abc import Iterator, Mapping, Sequence

from adapters.erp_sap.client import SapService
from adapters.erp_sap.client.connection import SapConnection
from adapters.erp_sap.client.sending import SapRequest
from adapters.erp_sap.functions.terms import FUNCTION_WRITES
from adapters.erp_sap.odata.addresses import EntityQuery
from adapters.erp_sap.odata.batch import BatchOperation
from adapters.erp_sap.odata.entities import SapEntity
from adapters.erp_sap.odata.model import DefinitionFault, ServiceModel
from adapters.erp_sap.odata.values import ValueFault
from adapters.erp_sap.preflight_fields import (
    DOCUMENTS,
    PRODUCTION_KEPT,
    document_fields,
    field_findings,
    written_findings,
)
from adapters.erp_sap.preflight_functions import function_findings
from adapters.erp_sap.preflight_topics import topic_findings
from adapters.erp_sap.preflight_words import (
    DECISION_CODE,
    SOLD_TO,
    VALUATION,
    code_findings,
    option_findings,
    word_findings,
)
from adapters.erp_sap.settings import (
    INSPECTION_LOTS,
    OUTBOUND_DELIVERIES,
    PRODUCTION_ORDERS,
    SALES_ORDERS,
    Settings,
)
from adapters.outbound import Away, Declined, Uncertain
from adapters.preflight import Area, ConnectionFinding, Preflight, SamplePayload, Severity

LOOKED_AT_MAX = 50
_NOT_ACTIVE = frozenset({"403", "404"})
_GATEWAYS = frozenset({"502", "503", "504"})  # what stands before SAP answers for it
_IDOC_ACTIVATED = (
    "activate the service in SICF (/sap/bc/idoc_xml, or /sap/bc/srt/idoc with options.idoc.soap), name it in"
    " options.idoc.path, and let our user use it"
)
_WRITTEN_IN: Mapping[str, str] = {
    "yields": PRODUCTION_ORDERS,
    "usage_decisions": INSPECTION_LOTS,
    "goods_issues": OUTBOUND_DELIVERIES,
    "order_outcomes": SALES_ORDERS,
    "new_sales_orders": SALES_ORDERS,
}
_REACHED = "see that connection.url and connection.proxy lead to SAP, and that SAP's ICM and Gateway run"
_LOGGED_ON = "correct connection.credentials, and see in SU01 that the user exists and is not locked"
_ACTIVATED = "activate the service in /IWFND/MAINT_SERVICE, or name the one that SAP has in options.services"
_AUTHORISED = "give the user the authorisations of the communication scenario, among them S_SERVICE for this service"
_V2 = "name the OData V2 service in options.services and options.root; V4 services are not spoken yet"
_TOKEN = "give connection.csrf.token_url the address of one of the account's services, with the slash at its end"


async def look(sap: SapConnection) -> Preflight:
    """All that stands in the way, and what would be sent."""
    options: Settings = sap.settings
    findings: list[ConnectionFinding] = [*option_findings(sap), *await topic_findings(sap)]
    payloads: list[SamplePayload] = []
    written = {_WRITTEN_IN[each] for each in options.writes if each in _WRITTEN_IN}
    unasked = sorted(set(options.writes) - _WRITTEN_IN.keys() - FUNCTION_WRITES)
    needed = [each for each in DOCUMENTS if each in {*options.reads, *written}]
    functions = sorted(options.writes & FUNCTION_WRITES)
    if functions:
        found_here, made = await function_findings(sap, functions)
        findings += found_here
        payloads += made
        if any(each.area is Area.LOGIN for each in found_here):
            return Preflight(findings, payloads)
    if not needed and not functions:
        findings.append(ConnectionFinding(Severity.NOTE, Area.SERVICE, "options.reads and options.writes are empty"))
    known: dict[str, ServiceModel] = {}
    for document in needed:
        service = sap.service(document)
        try:
            model = known[document] = await service.model()
        except (Away, Declined) as fault:
            found = refusal(service.name, fault)
            findings.append(found)
            if found.area is Area.LOGIN:
                return Preflight(findings, payloads)
            continue
        findings += document_findings(sap, document, model)
        found_here, made = written_findings(sap.settings, sap.mapping, document, model)
        findings += found_here
        payloads += made
        if document in options.reads:
            findings += await _first_page(sap, document, model)
        if document == INSPECTION_LOTS:
            findings += await _decided(sap, model)
    if unasked:
        findings += await _idoc_service(sap, unasked)
    for document in [each for each in known if each in written][:1]:
        findings += await _token(sap.service(document), known[document])
    return Preflight(_once(findings), payloads)


def document_findings(sap: SapConnection, document: str, model: ServiceModel) -> Iterator[ConnectionFinding]:
    """What a service lacks of what is read from it."""
    if document in sap.settings.reads:
        yield from field_findings(sap.mapping, model, document_fields(document), reads=True)


def refusal(service: str, fault: Away | Declined) -> ConnectionFinding:
    """Why a service cannot be asked, and what to do."""
    words = str(fault)
    if words.startswith("401"):
        return ConnectionFinding(Severity.ERROR, Area.LOGIN, f"SAP does not let us in: {words}", _LOGGED_ON, service)
    if words.startswith("403"):
        return ConnectionFinding(
            Severity.ERROR, Area.PERMISSION, f"we may not use {service}: {words}", _AUTHORISED, service
        )
    if "OData V4" in words:
        return ConnectionFinding(Severity.ERROR, Area.SERVICE, words, _V2, service)
    if isinstance(fault, Away):
        return ConnectionFinding(Severity.ERROR, Area.LOGIN, f"SAP could not be asked: {words}", _REACHED, service)
    return ConnectionFinding(Severity.ERROR, Area.SERVICE, f"{service} cannot be used: {words}", _ACTIVATED, service)


async def _first_page(sap: SapConnection, document: str, model: ServiceModel) -> Sequence[ConnectionFinding]:
    """Whether documents can be read, and whether what they say has a meaning here."""
    read, service = document_fields(document)[0], sap.service(document)
    wanted = [read.fixed[0], SOLD_TO, *(PRODUCTION_KEPT if document == PRODUCTION_ORDERS else ())]
    try:
        entity = model.entity_set(read.entity_set).type
        named = [sap.mapping.fields.get(each, each) for each in wanted]
        select = tuple(dict.fromkeys(name for name in named if name in entity.fields))
        found: list[SapEntity] = []
        async for page in service.pages(read.entity_set, EntityQuery(select=select, top=LOOKED_AT_MAX)):
            found += page.entities
            break
    except (Away, Declined) as fault:
        return [refusal(f"{service.name} {read.entity_set}", fault)]
    except (DefinitionFault, ValueFault):
        return []  # the fields that are missing were told
    return list(word_findings(sap, document, [each.values for each in found]))


async def _idoc_service(sap: SapConnection, writes: Sequence[str]) -> Sequence[ConnectionFinding]:
    """Whether anybody takes IDocs there: a GET stores none, and whatever the service says to it, it is there."""
    terms = sap.settings.idoc
    assert terms is not None, "an account that writes IDocs says their terms"
    words = f"{', '.join(writes)} go by IDoc; whether SAP books one it cannot be asked: send one to a test system"
    note = ConnectionFinding(Severity.NOTE, Area.SERVICE, words)
    try:
        await sap.sender.send(SapRequest("GET", sap.sender.at(terms.address), {}))
    except (Away, Declined) as fault:
        status = str(fault)[:3]
        if status == "401" or (isinstance(fault, Away) and (status in _GATEWAYS or not status.isdigit())):
            return [note, refusal(terms.address, fault)]
        if status in _NOT_ACTIVE:
            said = f"nobody takes IDocs at {terms.address}: {fault}"
            return [note, ConnectionFinding(Severity.ERROR, Area.SERVICE, said, _IDOC_ACTIVATED, terms.address)]
    return [note]


async def _decided(sap: SapConnection, model: ServiceModel) -> Sequence[ConnectionFinding]:
    """What usage decisions of before say of the codes: no service of ours has SAP's catalogues."""
    service, name = sap.service(INSPECTION_LOTS), "A_InspLotUsageDecision"
    there = model.entity_set(name).type.fields if name in model.sets else {}
    if not {DECISION_CODE, VALUATION} <= there.keys():
        return []  # told as fields that are missing
    query = EntityQuery(select=(DECISION_CODE, VALUATION), top=LOOKED_AT_MAX)
    try:
        async for page in service.pages(name, query):
            return list(code_findings(sap, [each.values for each in page.entities]))
    except (Away, Declined) as fault:
        return [refusal(f"{service.name} {name}", fault)]
    return []


async def _token(service: SapService, model: ServiceModel) -> Sequence[ConnectionFinding]:
    """Whether SAP takes a session's token of us: by a batch that only reads, which needs one as a change does."""
    readable = next(iter(model.sets), "")
    reading = BatchOperation("GET", f"{readable}?$top=1&$format=json", {"accept": "application/json"})
    try:
        await service.batch((reading,))
    except (Away, Declined, Uncertain) as fault:
        words = f"nothing can be written, as SAP takes no token of us: {fault}"
        return [ConnectionFinding(Severity.ERROR, Area.PERMISSION, words, _TOKEN, service.name)]
    return []


def _once(findings: Sequence[ConnectionFinding]) -> list[ConnectionFinding]:
    """The same place may be found wanting by what is read and by what is written."""
    return list(dict.fromkeys(findings))
