"""Nuclides as the protos and as the rules name them."""

from collections.abc import Mapping

from doselane.type.v1 import type_pb2

from services.kernel.activity import Nuclide

# NUCLIDE_TC_99M is Tc-99m, and so on; a nuclide that one side lacks fails here, at import.
PROTO_OF_NUCLIDE: Mapping[Nuclide, type_pb2.Nuclide] = {
    nuclide: type_pb2.Nuclide.Value("NUCLIDE_" + nuclide.value.upper().replace("-", "_")) for nuclide in Nuclide
}
NUCLIDE_OF_PROTO: Mapping[int, Nuclide] = {number: nuclide for nuclide, number in PROTO_OF_NUCLIDE.items()}
if NUCLIDE_OF_PROTO.keys() != {number for number in type_pb2.Nuclide.values() if number}:
    raise ImportError("A nuclide of the protos has no half-life.")
