"""Messages of master data as this service's values."""

from doselane.masterdata.v1 import resources_pb2

from services.kernel.timestamps import instant
from services.planning.domain.horizons import AgreedTerms, Terms


def agreed_terms(message: resources_pb2.Agreement) -> AgreedTerms:
    """By which rules an agreement's sponsor forecasts."""
    return AgreedTerms(
        agreement=message.name,
        partner=message.partner,
        product=message.product,
        valid_until_at=instant(message.valid_until_time, "valid_until_time"),
        terms=Terms(
            frozen_weeks=message.frozen_weeks,
            firm_weeks=message.firm_weeks,
            firm_change_fraction=message.firm_change_fraction,
            since_at=instant(message.valid_from_time, "valid_from_time"),
        ),
    )
