"""Quality's values as published, and what it hears of other services."""

from services.quality.events.heard import HEARD, TOPICS_HEARD
from services.quality.events.messages import batch_message, notice_message, partner_view, sample_message, vial_message
from services.quality.events.published import (
    SOURCE,
    TOPIC,
    allocated_event,
    batch_event,
    critical_path_subject,
    deadline_event,
    document_event,
    notice_event,
    result_refused_event,
    result_subject,
    sample_event,
    specification_event,
    vial_event,
)

__all__ = [
    "HEARD",
    "SOURCE",
    "TOPIC",
    "TOPICS_HEARD",
    "allocated_event",
    "batch_event",
    "batch_message",
    "critical_path_subject",
    "deadline_event",
    "document_event",
    "notice_event",
    "notice_message",
    "partner_view",
    "result_refused_event",
    "result_subject",
    "sample_event",
    "sample_message",
    "specification_event",
    "vial_event",
    "vial_message",
]
