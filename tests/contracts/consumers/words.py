"""What the contracts of all consumers say alike: who asks, what only the provider knows, forms of values."""

from typing import Any, TypeVar

from pact import Pact, generate, match
from pact.interaction import AsyncMessageInteraction, HttpInteraction, SyncMessageInteraction

PROVIDER = "doselane"
EXAMPLE_TOKEN = "eyJhbGciOiJFZERTQSJ9.example.token"
EXAMPLE_REQUEST_ID = "0198a1b2-6f00-7000-8000-0000000000aa"
EXAMPLE_SLOT_ID = "0198a1b2-6f00-7000-8000-000000000001"

INSTANT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$"
DIGITS = r"^\d+$"

AnyInteraction = TypeVar("AnyInteraction", HttpInteraction, AsyncMessageInteraction, SyncMessageInteraction)


def pact_of(consumer: str) -> Pact:
    """An empty contract of this consumer with Doselane."""
    return Pact(consumer, PROVIDER).with_specification("V4")


def as_caller(interaction: AnyInteraction, partner: str, *scopes: str) -> AnyInteraction:
    """Says who asks. The provider answers with `token` and `requestId`, which the interaction may use."""
    return interaction.given("a caller", partner=partner, scopes=" ".join(scopes))


def from_state(example: Any, expression: str) -> Any:
    """A value of the request that only the provider knows, such as the run that its state has opened."""
    return match.like(example, generator=generate.provider_state(expression))


def state_generator(expression: str) -> dict[str, str]:
    """The same for a path, a query, a header or metadata."""
    return {"type": "ProviderState", "expression": expression, "dataType": "STRING"}


def text(example: str, form: str) -> Any:
    """A text of this form in a body. Pact's regular expressions take numbers too, so `type` stands beside it.

    Written in the core's own form, because the library's `&` of two matchers forgets the example.
    """
    matchers = [{"pact:matcher:type": "type"}, {"pact:matcher:type": "regex", "regex": form}]
    return {"pact:matcher:type": matchers, "value": example}


def named(collection: str, example: str = "") -> Any:
    """A resource name of that collection: the consumer keeps it and sends it back, and reads nothing in it."""
    example = example or f"{collection}/{EXAMPLE_SLOT_ID}"
    return text(example, rf"^{collection}/[^/]+$")


def instant(example: str = "2027-03-01T12:00:00Z") -> Any:
    """An instant in UTC, as protobuf JSON writes it."""
    return text(example, INSTANT)


def whole_number(example: str) -> Any:
    """An int64, which protobuf JSON writes as text."""
    return text(example, DIGITS)


def monday(expression: str = "", example: tuple[int, int, int] = (2027, 3, 8)) -> Any:
    """A google.type.Date in JSON; with an expression, the whole of it is a value that only the provider knows."""
    year, month, day = example
    if expression:
        return from_state({"year": year, "month": month, "day": day}, expression)
    return {"year": match.integer(year), "month": match.integer(month), "day": match.integer(day)}


def heard(told: AsyncMessageInteraction, kind: str, source: str, subject: str, data: dict[str, Any]) -> None:
    """An event: the CloudEvents headers of the Kafka record beside its value, which stands here as protobuf JSON."""
    told.with_body(data, "application/json").with_metadata(
        {
            "ce_specversion": "1.0",
            "ce_type": kind,
            "ce_source": source,
            "ce_id": match.uuid("0198a1b2-6f00-7000-8000-0000000000e1"),
            "ce_subject": match.regex(subject, regex=rf"^{subject.partition('/')[0]}/.+$"),
            "ce_time": match.regex("2027-03-01T12:00:00.123456Z", regex=INSTANT),
            "ce_sequence": match.regex("2", regex=DIGITS),
        }
    )
