"""Master data's calls: proto to use case and back, nothing else."""

from services.masterdata.rpc.masterdata import MasterDataRpc
from services.masterdata.rpc.proposals import TransitProposalRpc

__all__ = ["MasterDataRpc", "TransitProposalRpc"]
