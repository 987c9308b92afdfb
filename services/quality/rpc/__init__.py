"""Quality's calls: proto to use case and back, nothing else."""

from services.quality.rpc.quality import QualityRpc
from services.quality.rpc.specifications import SpecificationRpc

__all__ = ["QualityRpc", "SpecificationRpc"]
