"""SENAITE's own side: a laboratory that works by SENAITE's workflows, and its JSON API."""

from adapters.sandbox.senaite.api import SenaiteTwin
from adapters.sandbox.senaite.laboratory import LaboratoryService, SenaiteLaboratory, WorkflowRefused

__all__ = ["LaboratoryService", "SenaiteLaboratory", "SenaiteTwin", "WorkflowRefused"]
