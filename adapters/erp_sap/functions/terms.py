"""What an account that calls function modules says of them, and which of their parameters we use. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from adapters.erp_sap.zone_option import Zone

COMMIT, ROLLBACK = "BAPI_TRANSACTION_COMMIT", "BAPI_TRANSACTION_ROLLBACK"
CONFIRM, CONFIRMATIONS = "BAPI_PROCORDCONF_CREATE_HDR", "BAPI_PROCORDCONF_GETLIST"
CONFIRMATION = "BAPI_PROCORDCONF_GETDETAIL"
ISSUE, DELIVERIES = "BAPI_OUTB_DELIVERY_CONFIRM_DEC", "BAPI_DELIVERY_GETLIST"


@dataclass(frozen=True, slots=True)
class NeededFunction:
    """What we give a function module, and what we read of its answer."""

    name: str
    takes: tuple[str, ...]
    answers: tuple[str, ...]


_HEADER = ("ORDERID", "FIN_CONF", "POSTG_DATE", "YIELD", "CONF_QUAN_UNIT", "CONF_TEXT")
# By what an account writes.
NEEDED: Mapping[str, tuple[NeededFunction, ...]] = {
    "function_yields": (
        NeededFunction(CONFIRM, tuple(f"ATHDRLEVELS.{each}" for each in _HEADER), ("RETURN",)),
        NeededFunction(
            CONFIRMATIONS,
            ("ORDER_RANGE.SIGN", "ORDER_RANGE.OPTION", "ORDER_RANGE.LOW"),
            ("CONFIRMATIONS.CONF_NO", "CONFIRMATIONS.CONF_CNT"),
        ),
        NeededFunction(
            CONFIRMATION,
            ("CONFIRMATION", "CONFIRMATIONCOUNTER"),
            ("CONF_DETAIL.CONF_TEXT", "CONF_DETAIL.YIELD", "CONF_DETAIL.REVERSED"),
        ),
    ),
    "function_goods_issues": (
        NeededFunction(
            ISSUE,
            ("HEADER_DATA.DELIV_NUMB", "HEADER_CONTROL.DELIV_NUMB", "HEADER_CONTROL.POST_GI_FLG", "DELIVERY"),
            ("RETURN",),
        ),
        NeededFunction(
            DELIVERIES,
            (
                "IS_DLV_DATA_CONTROL.HEAD_STATUS",
                "IT_VBELN.SIGN", "IT_VBELN.OPTION", "IT_VBELN.DELIV_NUMB_LOW",
            ),
            ("ET_DELIVERY_HEADER_STS.VBELN", "ET_DELIVERY_HEADER_STS.WBSTK"),
        ),
    ),
}  # fmt: skip
FUNCTION_WRITES = frozenset(NEEDED)


class FunctionTerms(BaseModel):
    """How function modules are called."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    wsdl: Annotated[str, Field(min_length=1)]  # the file that SOAMANAGER gave, with all its types in it
    path: Annotated[str, Field(pattern="^(/.*)?$")] = ""  # where it is called; empty: as the WSDL says
    names: Mapping[str, str] = Field(default_factory=dict)  # of wrappers: SAP's name, the customer's
    commits_itself: bool = False  # the customer's function modules commit what they change
    zone: Zone  # of the plant, whose day is the day of posting
    unit: Literal["KBQ", "MBQ", "GBQ", "TBQ", "MCI", "CI"] = "GBQ"  # in which a yield is confirmed
    is_final: bool = True  # whether a confirmation ends the order
