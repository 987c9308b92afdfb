"""Each folder explains itself, and each stateful service has the same files."""

from pathlib import Path

from tests.architecture.tree import ROOT

TOP = ("proto", "services", "adapters", "contracts", "tests", "helm")
STATELESS = {"kernel", "network", "edge", "local"}
SERVICE_FILES = ("domain.py", "usecases.py", "store.py", "schema/", "rpc.py", "events.py", "settings.py", "main.py")


def without_readme(root: Path = ROOT) -> list[str]:
    """Folders that have no README.md."""
    parts = [child for side in ("services", "adapters") for child in _parts_of(root / side)]
    folders = [root / name for name in TOP] + parts
    return [f"{folder.relative_to(root)}/README.md" for folder in folders if not (folder / "README.md").is_file()]


def missing_service_files(root: Path = ROOT) -> list[str]:
    """Files that a stateful service lacks; one that grew may be a package of the same name."""
    return [
        f"services/{service.name}/{name}"
        for service in _parts_of(root / "services")
        if service.name not in STATELESS
        for name in SERVICE_FILES
        if not _there(service, name)
    ]


def _there(service: Path, name: str) -> bool:
    if name.endswith("/"):
        return (service / name).is_dir()
    return (service / name).is_file() or (service / name.removesuffix(".py") / "__init__.py").is_file()


def _parts_of(side: Path) -> list[Path]:
    return [child for child in sorted(side.iterdir()) if child.is_dir() and any(child.glob("*.py"))]
