"""The rules of master data: plain values and functions, no I/O; time is passed in."""

from services.masterdata.domain.contents import (
    Agreement,
    Content,
    DatedWindow,
    Departure,
    Facility,
    Lane,
    Licence,
    Line,
    Product,
    Quantile,
    Site,
    WeeklyWindow,
)
from services.masterdata.domain.version import Change, Provenance, Version

__all__ = [
    "Agreement",
    "Change",
    "Content",
    "DatedWindow",
    "Departure",
    "Facility",
    "Lane",
    "Licence",
    "Line",
    "Product",
    "Provenance",
    "Quantile",
    "Site",
    "Version",
    "WeeklyWindow",
]
