"""Nuclides as the protos and as the rules name them."""

from collections.abc import Mapping

from doselane.type.v1 import type_pb2

from services.kernel.activity import Nuclide

# NUCLIDE_TC_99M is Tc-99m, and so on; a nuclide that one side lacks fails here, at import.
NUCLIDE_OF_PROTO: Mapping[int, Nuclide] = {
    number: Nuclide(name.removeprefix("NUCLIDE_").capitalize().replace("_", "-"))
    for name, number in type_pb2.Nuclide.items()
    if number
}
