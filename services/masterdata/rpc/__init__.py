"""Master data's calls: proto to use case and back, nothing else."""

from services.masterdata.rpc.masterdata import MasterDataRpc

__all__ = ["MasterDataRpc"]
