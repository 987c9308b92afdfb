"""Command-line tools that tests run: from wheels where there is one, else built by the ordinary Go client."""

import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from services.local.cache import once

GRPCURL = "github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.3"
SAP_MOCKSERVER = Path(__file__).with_name("sap_mockserver")
OPENAPI_LINTERS = Path(__file__).with_name("openapi_linters")
KUBECONFORM = "github.com/yannh/kubeconform/cmd/kubeconform@v0.7.0"


class ToolUnavailable(RuntimeError):
    """A tool cannot be had on this machine; the message says why."""


def buf() -> Path:
    """The buf program, which its wheel puts beside the interpreter."""
    return Path(sys.executable).parent / "buf"


def grpcurl() -> Path:
    """The grpcurl program; the test is skipped, saying so, where it cannot be had."""
    return _or_skip(GRPCURL)


def kubeconform() -> Path:
    """The kubeconform program; the test is skipped, saying so, where it cannot be had."""
    return _or_skip(KUBECONFORM)


def go_tool(module: str) -> Path:
    """The program of a Go module, built once for this user."""
    path, version = module.split("@")
    name = path.rsplit("/", 1)[-1]

    def build(folder: Path) -> None:
        go = shutil.which("go")
        if go is None:
            raise ToolUnavailable(f"{name} is built with Go, which was not found; install Go to run its tests.")
        sys.stderr.write(f"Building {name} {version} with Go, once.\n")
        environment = {**os.environ, "GOBIN": str(folder)}
        answer = subprocess.run([go, "install", module], env=environment, capture_output=True, text=True, check=False)
        if answer.returncode:
            raise ToolUnavailable(f"Go could not build {name}: {answer.stderr.strip()[-500:]}")

    return once(f"{name}-{version}", build) / name


def node_tools(package: Path) -> Path:
    """The folder of the programs of a package.json, installed once for this user by the ordinary npm client."""
    text = package.read_bytes()

    def install(folder: Path) -> None:
        npm = shutil.which("npm")
        if npm is None or shutil.which("node") is None:
            raise ToolUnavailable(f"{package.parent.name} needs Node.js with npm, which was not found.")
        sys.stderr.write(f"Installing {package.parent.name} with npm, once.\n")
        (folder / "package.json").write_bytes(text)
        command = [npm, "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"]
        answer = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if answer.returncode:
            raise ToolUnavailable(f"npm could not install {package.parent.name}: {answer.stderr.strip()[-500:]}")

    return once(f"{package.parent.name}-{sha256(text).hexdigest()[:12]}", install) / "node_modules" / ".bin"


def openapi_linters() -> Path:
    """The folder that holds spectral and redocly; the test is skipped, saying so, where they cannot be had."""
    try:
        return node_tools(OPENAPI_LINTERS / "package.json")
    except ToolUnavailable as reason:
        pytest.skip(str(reason))


def sap_mockserver() -> Path:
    """The folder of modules with SAP's own mock server; the test is skipped, saying so, where it cannot be had."""
    try:
        return node_tools(SAP_MOCKSERVER / "package.json").parent
    except ToolUnavailable as reason:
        pytest.skip(str(reason))


def _or_skip(module: str) -> Path:
    try:
        return go_tool(module)
    except ToolUnavailable as reason:
        pytest.skip(str(reason))
