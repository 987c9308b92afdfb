"""Resources as protobuf: the table of kinds, what the rules read of each, what callers see, and the YAML form."""

from services.masterdata.documents.kinds import KINDS, ResourceKind, kind_of

__all__ = ["KINDS", "ResourceKind", "kind_of"]
