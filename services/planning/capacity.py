"""CapacityService over gRPC, which alone decides what a run is."""

from doselane.capacity.v1 import capacity_pb2

from services.kernel.errors import GatewayError, RequestMismatch
from services.kernel.nuclides import PROTO_OF_NUCLIDE
from services.kernel.rpc import Behalf, Client
from services.kernel.timestamps import stamp
from services.network import Product
from services.network.reading import capacity_message
from services.planning.domain.plan import PlannedRun
from services.planning.domain.proposals import derived, run_name_of

# Both say that the run is there: its id and the request's are ours alone, so that whoever created it did so for this
# proposal, perhaps for another partner, or before the product changed in the master data.
CREATED_BEFORE = frozenset({"RUN_EXISTS", RequestMismatch.reason})


class CapacityService:
    """The capacity service over gRPC, called with the caller's own token, so that it records who it was."""

    def __init__(self, client: Client, timeout_s: float) -> None:
        self._client = client
        self._timeout_s = timeout_s

    async def open(self, proposal: str, run: PlannedRun, product: Product, behalf: Behalf) -> str:
        """Creates and opens a run. Its id and both request ids follow from the proposal and the run's id."""
        name = run_name_of(proposal, run.id)
        reason = f"accepted {proposal}"
        create = capacity_pb2.CreateRunRequest(
            run=_message(run, product),
            run_id=name.removeprefix("runs/"),
            request_id=str(derived(proposal, run.id, "create")),
            reason=reason,
        )
        try:
            await self._call("CreateRun", create, behalf)
        except GatewayError as refusal:
            if refusal.reason not in CREATED_BEFORE:
                raise
        request_id = str(derived(proposal, run.id, "open"))
        await self._call(
            "OpenRun", capacity_pb2.OpenRunRequest(name=name, request_id=request_id, reason=reason), behalf
        )
        return name

    async def _call(self, method: str, request: object, behalf: Behalf) -> None:
        left_s = behalf.time_left_s(self._timeout_s)
        await self._client.call(method, request, timeout_s=left_s, token=behalf.token)  # type: ignore[arg-type]


def _message(run: PlannedRun, product: Product) -> capacity_pb2.Run:
    return capacity_pb2.Run(
        product=run.product,
        nuclide=PROTO_OF_NUCLIDE[product.nuclide],
        line=run.line,
        end_of_synthesis_time=stamp(run.end_of_synthesis_at),
        claim_cutoff_time=stamp(run.claim_cutoff_at),
        use_by_time=stamp(run.end_of_synthesis_at + product.shelf_life),
        pledged=capacity_message(run.pledged),
        allotments=[
            capacity_pb2.Allotment(
                partner=each.partner,
                capacity=capacity_message(each.capacity),
                release_back_time=stamp(each.release_back_at),
            )
            for each in run.allotments
        ],
        vial_reference_activity_max_kbq=product.vial_kbq_max,
        loss_fraction=product.loss_fraction,
    )
