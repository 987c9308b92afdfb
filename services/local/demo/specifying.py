"""The rules that batches will be judged by: proposed as YAML, signed by quality assurance."""

from collections.abc import Callable

from doselane.quality.v1 import specification_pb2

from services.kernel.errors import NotFound
from services.kernel.ids import uuid7
from services.local.demo.doors import Program, Signatory
from services.local.demo.planning import until
from services.quality.specifications.sandbox import sandbox_texts

PRODUCTS = ("lu-ligand", "ac-ligand", "pb-ligand")
Say = Callable[[str], None]


async def specify(planner: Program, assurance: Signatory, say: Say) -> None:
    """Has each product's specification signed; one that is in force already stays."""
    for product in PRODUCTS:
        name = f"specifications/{product}-sandbox"
        if not await _in_force(planner, name):
            signed = await _sign(assurance, await _propose(planner, name))
            by = signed.signature
            say(
                f"{by.printed_name} authenticated and signed {name.removeprefix('specifications/')} "
                f"version {signed.version}: {len(signed.tests)} tests, as data."
            )


async def _in_force(planner: Program, name: str) -> bool:
    request = specification_pb2.GetSpecificationRequest(name=name)
    try:
        found = await planner.call("SpecificationService", "GetSpecification", request)
    except NotFound:
        return False
    return bool(found.state == specification_pb2.Specification.SIGNED)


async def _propose(planner: Program, name: str) -> specification_pb2.Specification:
    text = sandbox_texts()[f"{name.removeprefix('specifications/')}.yaml"]
    request = specification_pb2.ProposeSpecificationRequest(
        name=name, yaml=text, request_id=str(uuid7()), reason="sandbox"
    )
    # Quality hears of the product by events.
    proposed: specification_pb2.Specification = await until(
        lambda: planner.call("SpecificationService", "ProposeSpecification", request)
    )
    return proposed


async def _sign(assurance: Signatory, proposed: specification_pb2.Specification) -> specification_pb2.Specification:
    request = specification_pb2.SignSpecificationRequest(
        name=proposed.name, record_sha256=proposed.record_sha256, request_id=str(uuid7())
    )
    signed: specification_pb2.Specification = await assurance.sign("SpecificationService", "SignSpecification", request)
    return signed
