"""What the twin refuses, and how it says so."""

from dataclasses import dataclass, field
from typing import Any

CLASS = "/IWBEP/CX_MGW_BUSI_EXCEPTION"
NOT_FOUND, INVALID, NOT_ALLOWED = "/IWBEP/CM_MGW_RT/020", "/IWBEP/CM_MGW_RT/021", "/IWBEP/CM_MGW_RT/022"
REQUIRED, NOT_CURRENT = "/IWBEP/CM_MGW_RT/023", "/IWBEP/CM_MGW_RT/024"
OUTDATED = "/IWBEP/CM_COS/005"


@dataclass
class GatewayRefusal(Exception):
    """A no, with its status, the class and number of its message, and the words."""

    status: int
    code: str
    words: str
    target: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    content_id: str = ""

    def body(self, service: str, *, is_generic: bool = False) -> dict[str, Any]:
        """As JSON. Where it is generic, the reason stands in the details alone."""
        detail = {"ContentID": self.content_id, "propertyref": "", "severity": "error", "transition": False}
        detail |= {"code": self.code, "message": self.words, "target": self.target}
        raised = {**detail, "code": CLASS, "message": "An exception was raised", "target": ""}
        code, words = (CLASS, "An exception was raised") if is_generic else (self.code, self.words)
        inner = {
            "application": {
                "component_id": "",
                "service_namespace": "/SAP/",
                "service_id": service,
                "service_version": "0001",
            },
            "transactionid": "00000000000000000000000000000001",
            "timestamp": "",
            "Error_Resolution": {"SAP_Transaction": "", "SAP_Note": ""},
            "errordetails": [raised, detail] if is_generic else [detail, raised],
        }
        return {"error": {"code": code, "message": {"lang": "en", "value": words}, "innererror": inner}}


def refused(code: str, words: str, target: str = "", status: int = 400) -> GatewayRefusal:
    """A refusal of business, which is 400."""
    return GatewayRefusal(status, code, words, target)
