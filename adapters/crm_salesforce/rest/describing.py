"""What an organisation has: its objects with their fields, and how much of its limits is left."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from adapters.crm_salesforce.rest.client import SalesforceRest
from adapters.crm_salesforce.rest.limits import ApiUsage
from adapters.outbound import Away


@dataclass(frozen=True, slots=True)
class FieldDescription:
    """A field as the log-in's user sees it; what is hidden from him is not described at all."""

    name: str
    type: str  # Salesforce's word: string, textarea, double, datetime, picklist, reference, …
    length: int  # characters, of texts; 0 of others
    precision: int  # digits in all, of numbers
    scale: int  # digits behind the point
    is_external_id: bool
    is_unique: bool
    is_case_sensitive: bool
    is_required: bool  # when a record is created
    may_create: bool  # whether the user may set it in a new record
    may_update: bool
    words: frozenset[str] | None  # of a picklist that takes no others; None: it takes any


@dataclass(frozen=True, slots=True)
class ObjectDescription:
    """An object as the log-in's user sees it."""

    name: str
    may_create: bool
    may_update: bool
    may_query: bool
    fields: Mapping[str, FieldDescription]


async def describe(rest: SalesforceRest, sobject: str) -> ObjectDescription:
    """An object with its fields. Raises Away, or Declined if there is none that the user may see."""
    answer = await rest.get(f"sobjects/{quote(sobject, safe='')}/describe")
    return object_description(answer.body)


def object_description(body: Any) -> ObjectDescription:
    """Reads a description; raises Away if it is none. Pure."""
    try:
        fields = [_field(each) for each in body["fields"]]
        return ObjectDescription(
            name=str(body["name"]),
            may_create=body["createable"] is True,
            may_update=body["updateable"] is True,
            may_query=body["queryable"] is True,
            fields={each.name: each for each in fields},
        )
    except (LookupError, TypeError, ValueError, AttributeError) as wrong:
        raise Away("the description of an object cannot be read") from wrong


async def limits(rest: SalesforceRest) -> Mapping[str, ApiUsage]:
    """The organisation's limits by Salesforce's names, such as `DailyApiRequests`. Raises Away or Declined."""
    answer = await rest.get("limits")
    if not isinstance(answer.body, dict):
        raise Away("the limits cannot be read")
    return {name: found for name, each in answer.body.items() if (found := _limit(each)) is not None}


def _limit(given: Any) -> ApiUsage | None:
    most, left = (given.get("Max"), given.get("Remaining")) if isinstance(given, dict) else (None, None)
    return ApiUsage(most - left, most) if isinstance(most, int) and isinstance(left, int) else None


def _field(given: Mapping[str, Any]) -> FieldDescription:
    values = given.get("picklistValues") or []
    words = frozenset(str(each["value"]) for each in values if each.get("active") is True)
    return FieldDescription(
        name=str(given["name"]),
        type=str(given["type"]),
        length=int(given.get("length") or 0),
        precision=int(given.get("precision") or 0),
        scale=int(given.get("scale") or 0),
        is_external_id=given.get("externalId") is True,
        is_unique=given.get("unique") is True,
        is_case_sensitive=given.get("caseSensitive") is True,
        is_required=given.get("nillable") is False and given.get("defaultedOnCreate") is not True,
        may_create=given.get("createable") is True,
        may_update=given.get("updateable") is True,
        words=words if given.get("restrictedPicklist") is True else None,
    )
