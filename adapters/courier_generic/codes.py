"""Tables: the words of our schema, and the columns of a CSV file."""

from doselane.courier.v1.courier_pb2 import Milestone

KIND_OF_WORD = {name: number for name, number in Milestone.Kind.items() if number}

# The columns of a CSV file: the fields of our schema, laid flat.
SHIPMENT_COLUMNS = ("shipment", "other_shipment")
LOCATION_COLUMNS = (
    "place", "airport", "locode", "city", "region", "postal_code", "country", "latitude", "longitude",
)  # fmt: skip
NUMBER_COLUMNS = ("latitude", "longitude", "temperature_celsius")
COLUMNS = (
    "event_id", *SHIPMENT_COLUMNS, "kind", "code", "description", "occurred_at", "zone", *LOCATION_COLUMNS,
    "temperature_celsius", "device", "expected_delivery_at", "withdraws",
)  # fmt: skip
COLUMNS_NEEDED = ("shipment", "occurred_at")
COLUMNS_ONE_OF = ("kind", "code")
TEMPERATURE, CELSIUS = "Temperature", "CEL"
