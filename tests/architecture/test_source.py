"""The source keeps the rules of CONTRIBUTING.md, and the checks that say so can fail."""

import statistics
import warnings
from pathlib import Path

import pytest

from tests.architecture import doubles, environment, folders, held, imports, shape, words


def test_nobody_imports_what_is_not_theirs_to_import() -> None:
    assert imports.violations() == []


def test_only_what_builds_a_process_reads_its_environment() -> None:
    assert environment.violations() == []


def test_every_function_fits_a_screen() -> None:
    assert shape.long_functions() == []


def test_files_stay_small() -> None:
    lengths = shape.file_lengths()
    assert {name: length for name, length in lengths.items() if length > shape.FILE_LINES_MAX} == {}
    p95 = statistics.quantiles(lengths.values(), n=20)[-1]
    assert p95 <= shape.FILE_LINES_P95_MAX


def test_every_public_name_is_explained() -> None:
    assert shape.undocumented() == []


def test_no_public_class_name_means_two_things() -> None:
    assert doubles.new_doubles() == []
    if done := doubles.done_with():
        warnings.warn(f"take these from doubles.SAME_IDEA: {', '.join(done)}", stacklevel=1)


def test_no_connection_is_held_while_another_service_is_asked() -> None:
    assert held.held_while_asking() == []


def test_every_parameter_and_result_has_a_type() -> None:
    assert shape.unannotated() == []


def test_every_folder_has_a_readme() -> None:
    assert folders.without_readme() == []


def test_every_stateful_service_has_the_same_files() -> None:
    assert folders.missing_service_files() == []


def test_no_committed_file_names_a_registry_or_a_machine() -> None:
    assert words.forbidden() == []


@pytest.mark.parametrize(
    ("file", "line", "rule"),
    [
        ("services/slotting/domain/slot.py", "import asyncpg", "domain imports"),
        ("services/slotting/domain.py", "import asyncio", "domain imports"),
        ("services/slotting/domain.py", "from services.kernel import db", "domain imports"),
        ("services/slotting/domain.py", "from services.slotting.store import SlotStore", "domain imports"),
        ("services/slotting/domain/slot.py", "from ..store import SlotStore", "domain imports"),
        ("services/slotting/domain.py", "from services.network import reading", "domain imports"),
        ("services/slotting/usecases.py", "from services.network.reading import lane_of", "usecases import"),
        ("services/slotting/events.py", "from services.slotting.store import SlotStore", "a layer imports those below"),
        ("services/slotting/store.py", "from services.slotting import usecases", "a layer imports those below"),
        (
            "services/network/journeys.py",
            "from services.network.reading import lane_of",
            "the model of the network is pure",
        ),
        ("services/network/journeys.py", "import asyncio", "the model of the network is pure"),
        ("services/network/reading.py", "from services.slotting import domain", "never import each other"),
        ("services/kernel/bus.py", "from services.network import Lane", "the kernel knows no business"),
        ("services/slotting/usecases.py", "from services.slotting import rpc", "usecases import"),
        ("services/slotting/usecases.py", "import doselane.slotting.v1.slotting_pb2", "usecases import"),
        ("services/slotting/rpc.py", "import asyncpg", "rpc imports"),
        ("services/slotting/events.py", "import httpx", "events import"),
        ("services/slotting/store.py", "from services.capacity import domain", "never import each other"),
        ("services/slotting/store.py", "from services import capacity", "never import each other"),
        ("services/kernel/bus.py", "from services.slotting import domain", "never import each other"),
        ("services/edge/app.py", "import adapters.courier_ups", "never import adapters"),
        ("services/slotting/rpc.py", "from services.slotting.main import main", "only services/local"),
        ("services/local/run.py", "def f():\n    from tests.support import kafka", "nothing imports tests"),
        ("adapters/courier_ups/port.py", "from services.status import domain", "no service other than kernel"),
        (
            "adapters/courier_ups/port.py",
            "from adapters.courier_epcis import codes",
            "adapters never import each other",
        ),
        ("adapters/courier_ups/translate.py", "import httpx", "translation is pure"),
        ("adapters/courier_ups/port.py", "import httpx", "only client.py"),
        ("adapters/courier_ups/port.py", "from adapters.host.client import soap", "adapters never import each other"),
        ("adapters/courier_ups/client.py", "from adapters.host.client import client", "never import each other"),
        ("adapters/courier_ups/stream/port.py", "import httpx", "only client.py"),
        ("proto/doselane/client/paging.py", "from services.kernel import errors", "the published language alone"),
        ("proto/doselane/client/paging.py", "from adapters.preflight import Finding", "the published language alone"),
        ("proto/doselane/client/cli/app.py", "import asyncpg", "the published language alone"),
        ("proto/doselane/contracts/check.py", "from services.edge import openapi", "compared with documents, offline"),
        ("proto/doselane/contracts/check.py", "import httpx", "compared with documents, offline"),
    ],
)
def test_a_forbidden_import_is_found(tmp_path: Path, file: str, line: str, rule: str) -> None:
    write(tmp_path, file, line + "\n")
    assert any(rule in found for found in imports.violations(tmp_path)), imports.violations(tmp_path)


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("services/slotting/domain/slot.py", "from services.kernel.errors import Kind"),
        ("services/slotting/domain/slot.py", "from .book import Book\nfrom datetime import datetime"),
        ("services/slotting/rpc.py", "from doselane.slotting.v1 import slotting_pb2\nimport grpc"),
        (
            "services/slotting/domain/slot.py",
            "from services.network.journeys import leads",
        ),
        ("services/slotting/usecases.py", "from services.network import Lane"),
        (
            "services/slotting/store.py",
            "from services.network import reading\nfrom services.slotting import events",
        ),
        ("services/network/reading.py", "from doselane.masterdata.v1 import resources_pb2"),
        ("services/local/run.py", "from services.slotting import main\nimport adapters.courier_ups"),
        ("adapters/courier_ups/client.py", "import httpx\nfrom services.kernel import http"),
        ("adapters/courier_ups/client.py", "from adapters.host.client.soap import SoapService"),
        ("adapters/courier_ups/stream/client.py", "import httpx\nfrom adapters.host.client.channels import channel"),
        ("adapters/courier_ups/__init__.py", "from adapters.manifest import Adapter"),
        ("proto/doselane/contracts/check.py", "import jsonschema_rs\nfrom doselane.type.v1 import options_pb2"),
        (
            "proto/doselane/client/gateway.py",
            "import json\nimport httpx\nfrom doselane.slotting.v1 import slotting_pb2",
        ),
    ],
)
def test_an_allowed_import_is_not_found(tmp_path: Path, file: str, line: str) -> None:
    write(tmp_path, file, line + "\n")
    assert imports.violations(tmp_path) == []


def test_seeded_faults_of_shape_are_found(tmp_path: Path) -> None:
    write(tmp_path, "services/slotting/store.py", "import os\n\ndef load(key, *more):\n" + "    os.environ\n" * 80)
    assert environment.violations(tmp_path)[0] == "services/slotting/store.py:4 reads the environment"
    assert shape.long_functions(tmp_path) == ["services/slotting/store.py:3 load has 81 lines"]
    assert len(shape.undocumented(tmp_path)) == 2
    assert [line.split()[-1] for line in shape.unannotated(tmp_path)] == ["key", "more", "result"]
    assert shape.file_lengths(tmp_path) == {"services/slotting/store.py": 83}


def test_a_class_name_that_comes_to_mean_a_second_thing_is_found(tmp_path: Path) -> None:
    write(tmp_path, "services/slotting/domain.py", "class Vial: ...\nclass Settings: ...\nclass _Own: ...\n")
    write(tmp_path, "adapters/courier_ups/port.py", "class Vial: ...\nclass Settings: ...\nclass _Own: ...\n")
    assert doubles.new_doubles(tmp_path) == ["Vial: services/slotting/domain.py, adapters/courier_ups/port.py"]
    assert doubles.done_with(tmp_path) == sorted(doubles.SAME_IDEA)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("async with store.unit() as unit:\n  x = await ledger.cut(order, ask.behalf)\n", [2]),
        ("async with pool.acquire() as a, a.transaction():\n  if x:\n   await ledger.cut(order, behalf=behalf)\n", [3]),
        (
            "async def ask(a):\n await ledger.cut(a.behalf)\nasync with s.reading():\n  await ask(a)\n",
            [4],
        ),
        ("async def work(conn):\n await port.open(behalf)\nstore.perform(key, now, work)\n", [2]),
        ("async with store.unit() as unit:\n  x = 1\nawait ledger.cut(order, behalf)\n", []),
        ("async with turn:\n  await ledger.cut(order, behalf)\n", []),
    ],
)
def test_a_connection_that_is_held_is_found(text: str, lines: list[int], tmp_path: Path) -> None:
    body = "".join(f"    {line}\n" for line in text.splitlines())
    write(tmp_path, "services/slotting/usecases.py", f"async def main():\n{body}")
    assert [int(line.split(":")[1].split()[0]) - 1 for line in held.held_while_asking(tmp_path)] == lines


def test_a_half_made_service_is_found(tmp_path: Path) -> None:
    (tmp_path / "adapters").mkdir()
    write(tmp_path, "services/slotting/rpc/__init__.py", "")
    write(tmp_path, "services/slotting/main.py", "")
    assert "services/slotting/domain.py" in folders.missing_service_files(tmp_path)
    assert "services/slotting/rpc.py" not in folders.missing_service_files(tmp_path)
    assert "services/slotting/README.md" in folders.without_readme(tmp_path)


def test_an_address_that_must_not_be_committed_is_found(tmp_path: Path) -> None:
    write(tmp_path, "contracts/README.md", "see https://" + "pypi" + ".org/x\nand /" + "root/.cache\nand /rooted/x\n")
    assert [line.split(" ")[0] for line in words.forbidden(tmp_path)] == [
        "contracts/README.md:1",
        "contracts/README.md:2",
    ]


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
