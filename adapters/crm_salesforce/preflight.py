"""Looks whether an organisation has, allows and takes what an account is to read and write. Only reads."""

from collections.abc import Sequence

from adapters.crm_salesforce import samples
from adapters.crm_salesforce.changes import changes_topic
from adapters.crm_salesforce.client import SalesforceConnection
from adapters.crm_salesforce.port import DOSES, OUTCOME, PUBLISHED
from adapters.crm_salesforce.preflight_fields import MappedObject, object_findings, order_word_findings
from adapters.crm_salesforce.preflight_samples import payload
from adapters.crm_salesforce.preflight_topics import topic_findings
from adapters.crm_salesforce.rest.describing import ObjectDescription, describe, limits
from adapters.crm_salesforce.settings import Settings
from adapters.grants import grant
from adapters.outbound import Away, Declined
from adapters.preflight import Area, ConnectionFinding, Preflight, SamplePayload, Severity

_LOGIN = "do what the words say in the organisation's Setup, and check again"
_RETIRED = "name a version that the organisation has in options.api_version, such as 66.0"
_INSTALL = "deploy the kit, or name the object in the options; assign the permission set to our user"
_LIMIT = "find out who uses them up, buy more, or let fewer programs ask; options.calls_percent_max is our share"


async def look(salesforce: SalesforceConnection) -> Preflight:
    """All that stands in the way, and what would be sent."""
    try:
        return await _looked(salesforce)
    finally:
        await salesforce.bus.close()


async def _looked(salesforce: SalesforceConnection) -> Preflight:
    options: Settings = salesforce.settings
    try:
        await grant(salesforce.rest.http)
    except (Away, Declined) as fault:
        return Preflight([ConnectionFinding(Severity.ERROR, Area.LOGIN, str(fault), _LOGIN)])
    findings = await _limits(salesforce)
    if any(each.area is Area.SERVICE for each in findings):
        return Preflight(findings)
    described: dict[str, ObjectDescription] = {}
    for wanted in _objects(options):
        found = await _described(salesforce, wanted.name)
        if isinstance(found, ConnectionFinding):
            findings.append(found)
            continue
        described[wanted.name] = found
        findings += object_findings(found, wanted, salesforce.mapping)
        if wanted.reads == "order":
            findings += order_word_findings(found, salesforce.mapping)
    for topic, subscribes, kind in _topics(options):
        findings += await topic_findings(salesforce, topic, kind, subscribes=subscribes)
    return Preflight(findings, _samples(salesforce, described))


def _objects(options: Settings) -> Sequence[MappedObject]:
    wanted = []
    if options.order_changes or options.write_orders:
        reads, writes = "order" if options.order_changes else "", "outcome" if options.write_orders else ""
        wanted.append(MappedObject(options.order_object, reads, writes))
    if options.write_doses:
        wanted.append(MappedObject(options.dose_object, "", "dose", is_made=True, external_id="dose.dose"))
    return wanted


def _topics(options: Settings) -> Sequence[tuple[str, bool, str]]:
    """The topics, whether we listen there, and our name of the kind of records whose fields it has."""
    found = [(changes_topic(options), True, "")] if options.order_changes else []
    found += [(f"/event/{options.order_event}", True, "request")] if options.order_event else []
    found += [(f"/event/{options.dose_event}", False, "dose")] if options.dose_event else []
    return found


async def _limits(salesforce: SalesforceConnection) -> list[ConnectionFinding]:
    try:
        found = await limits(salesforce.rest)
    except Declined as no:
        if "retired" in str(no):
            return [ConnectionFinding(Severity.ERROR, Area.SERVICE, str(no), _RETIRED, salesforce.rest.root)]
        words = f"the limits cannot be read: {no}"
        remedy = "give the user the permission View Setup and Configuration; or nothing, if that is not wanted"
        return [ConnectionFinding(Severity.WARNING, Area.LIMIT, words, remedy)]
    except Away as away:
        return [
            ConnectionFinding(Severity.ERROR, Area.SERVICE, f"the API could not be asked: {away}", "check again later")
        ]
    usage = found.get("DailyApiRequests")
    if usage is None:
        return []
    words = f"{usage.used} of the {usage.limit} calls of the last 24 hours are used"
    share = salesforce.settings.calls_percent_max
    if usage.used * 100 >= usage.limit * share:
        told = f"{words}, which is more than our share of {share} %: nothing is written now"
        return [ConnectionFinding(Severity.ERROR, Area.LIMIT, told, _LIMIT, "DailyApiRequests")]
    is_close = usage.used * 100 >= usage.limit * share * 0.8
    severity = Severity.WARNING if is_close else Severity.NOTE
    return [ConnectionFinding(severity, Area.LIMIT, words, _LIMIT if is_close else "", "DailyApiRequests")]


async def _described(salesforce: SalesforceConnection, name: str) -> ObjectDescription | ConnectionFinding:
    try:
        return await describe(salesforce.rest, name)
    except Declined as no:
        words = f"the organisation has no object {name} that our user may see: {no}"
        return ConnectionFinding(Severity.ERROR, Area.OBJECT, words, _INSTALL, name)
    except Away as away:
        return ConnectionFinding(
            Severity.ERROR, Area.SERVICE, f"{name} could not be asked for: {away}", "check again later", name
        )


def _samples(salesforce: SalesforceConnection, described: dict[str, ObjectDescription]) -> list[SamplePayload]:
    options, given = salesforce.settings, salesforce.given
    orders, doses = described.get(options.order_object), described.get(options.dose_object)
    examples = [(OUTCOME, samples.decided(), orders), (OUTCOME, samples.refused(), orders)]
    examples += [(DOSES, samples.updated(given.mapping), doses)]
    examples += [(PUBLISHED, samples.updated(given.mapping), None)]
    return [payload(given, *each) for each in examples if each[0].wanted(given)]
