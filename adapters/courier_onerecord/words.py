"""Names of ONE Record's ontologies (cargo 3.2, api 2.3), and which of them we answer with."""

CARGO = "https://onerecord.iata.org/ns/cargo#"
API = "https://onerecord.iata.org/ns/api#"
XSD = "http://www.w3.org/2001/XMLSchema#"

NOTIFICATION = f"{API}Notification"
SUBSCRIPTION = f"{API}Subscription"
SUBSCRIPTION_REQUEST = f"{API}SubscriptionRequest"
SERVER_INFORMATION = f"{API}ServerInformation"
LOGISTICS_EVENT = f"{CARGO}LogisticsEvent"
SHIPMENT = f"{CARGO}Shipment"
WAYBILL = f"{CARGO}Waybill"
COMPANY = f"{CARGO}Company"

CREATED, UPDATED = "LOGISTICS_OBJECT_CREATED", "LOGISTICS_OBJECT_UPDATED"
EVENT_RECEIVED = "LOGISTICS_EVENT_RECEIVED"
# What a notification can say (api#NotificationEventType). Of requests only their end is said, for those that we made.
OF_OBJECTS = frozenset(
    {CREATED, UPDATED, EVENT_RECEIVED, "LOGISTICS_OBJECT_AVAILABLE", "LOGISTICS_OBJECT_ACCESS_GRANTED"}
)
OF_REQUESTS = frozenset(
    f"{kind}_REQUEST_{state}"
    for kind in ("CHANGE", "ACCESS_DELEGATION", "SUBSCRIPTION", "VERIFICATION")
    for state in ("PENDING", "ACCEPTED", "REJECTED", "FAILED", "REVOKED", "ACKNOWLEDGED")
)
SUBSCRIBABLE = frozenset({CREATED, UPDATED, EVENT_RECEIVED})
BY_TYPE, BY_IDENTIFIER = "LOGISTICS_OBJECT_TYPE", "LOGISTICS_OBJECT_IDENTIFIER"
# The class diagram of 2.3 calls it so, the ontology and all examples as above.
BY_URI = "LOGISTICS_OBJECT_URI"

JSON_LD = "application/ld+json"
VERSIONS = ("2.3.0", "2.2.0", "2.1.0", "2.0.0")
CONTEXT = {"cargo": CARGO, "api": API, "xsd": XSD}


def api(name: str) -> str:
    """The full name of something of the API's ontology."""
    return API + name


def cargo(name: str) -> str:
    """The full name of something of the cargo ontology."""
    return CARGO + name
