"""Command-line tools that tests run: from wheels where there is one, else built by the ordinary Go client."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from services.local.cache import once

GRPCURL = "github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.3"
KUBECONFORM = "github.com/yannh/kubeconform/cmd/kubeconform@v0.7.0"


def buf() -> Path:
    """The buf program, which its wheel puts beside the interpreter."""
    return Path(sys.executable).parent / "buf"


def grpcurl() -> Path:
    """The grpcurl program; the test is skipped, saying so, where Go is missing."""
    return _go_tool(GRPCURL)


def kubeconform() -> Path:
    """The kubeconform program; the test is skipped, saying so, where Go is missing."""
    return _go_tool(KUBECONFORM)


def _go_tool(module: str) -> Path:
    path, version = module.split("@")
    name = path.rsplit("/", 1)[-1]

    def build(folder: Path) -> None:
        go = shutil.which("go")
        if go is None:
            pytest.skip(f"{name} is built with Go, which was not found; install Go to run this test.")
        sys.stderr.write(f"Building {name} {version} with Go, once.\n")
        answer = subprocess.run(
            [go, "install", module],
            env={**os.environ, "GOBIN": str(folder)},
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.returncode:
            pytest.skip(f"Go could not build {name}: {answer.stderr.strip()[-500:]}")

    return once(f"{name}-{version}", build) / name
