"""Puts the sources of the site together, and lets the generator make static files of them."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from services.edge.api import load
from services.edge.docs import calls, collection, errors, events, machines, messages
from services.edge.docs.reasons import ROOT, reasons
from services.edge.site import PREFIX

HERE = Path(__file__).parent
GUIDES = HERE / "guides"
ASYNCAPI = ROOT / "contracts" / "asyncapi" / "doselane.yaml"
# Of a page that is missing nobody knows how deep it would lie, so its addresses begin at the top.
_TOP = re.compile(r"""((?:href|src)=["']?|"base":"|"search":"|URL\(")/""")
Page = tuple[str, str, str]
Nav = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Sources:
    """What the generator reads: every file by its path, and the pages in the order in which they are listed."""

    files: Mapping[str, str]
    nav: Nav


class BuildFailed(Exception):
    """The generator did not make the site; its own words say why."""


def sources() -> Sources:
    """All pages: the guides as they are, and the reference made from what the code says."""
    api = load()
    asyncapi = yaml.load(ASYNCAPI.read_text("utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    guides = list(_guides())
    called, told = list(calls.pages(api)), list(events.pages(api, asyncapi))
    refused, defined = list(errors.pages(reasons())), list(messages.pages(api))
    changed, ending = ROOT / "CHANGELOG.md", ROOT / "contracts" / "deprecations.md"
    history = [_page("changes.md", changed), _page("deprecations.md", ending)]
    nav: Nav = [
        {"Guides": _listed(guides)},
        {"Calls": _listed(called)},
        {"Events": _listed(told)},
        {"Reference": [*_listed(refused), {"Messages": _listed(defined)}, *_listed(history)]},
    ]
    pages = [*guides, *called, *told, *refused, *defined, *history]
    files = {path: text for path, _, text in pages}
    files |= {
        "asyncapi.yaml": ASYNCAPI.read_text("utf-8"),
        "doselane.postman_collection.json": json.dumps(collection.collection(api), indent=1, ensure_ascii=False),
        "llms.txt": machines.index(pages),
        "llms-full.txt": machines.whole([*guides, *refused]),
    }
    return Sources(files, nav)


def build(to: Path) -> None:
    """Makes the site in the folder `to`, in place of what is there; raises BuildFailed."""
    made = sources()
    with TemporaryDirectory(prefix="doselane-docs-") as temporary:
        folder = Path(temporary)
        for path, text in made.files.items():
            (folder / "docs" / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / "docs" / path).write_text(text, "utf-8")
        shutil.copytree(HERE / "assets", folder / "docs" / "assets")
        settings = (HERE / "zensical.toml").read_text("utf-8").replace('"generated"', _toml(made.nav))
        (folder / "zensical.toml").write_text(settings, "utf-8")
        _generate(folder)
        for path, text in made.files.items():
            if path.endswith(".md"):  # Each page can be had as it was written, for programs.
                (folder / "site" / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / "site" / path).write_text(text, "utf-8")
        missing = folder / "site" / "404.html"
        missing.write_text(_TOP.sub(rf"\1{PREFIX}", missing.read_text("utf-8")), "utf-8")
        shutil.rmtree(to, ignore_errors=True)
        shutil.move(folder / "site", to)


def _generate(folder: Path) -> None:
    command = [sys.executable, "-m", "zensical", "build", "--strict"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildFailed(f"{done.stdout}\n{done.stderr}")


def _guides() -> Iterator[Page]:
    """In the order of their numbers, which are no part of their addresses."""
    for path in sorted(GUIDES.glob("*.md")):
        yield _page(f"{path.stem.partition('-')[2]}.md", path)


def _page(path: str, file: Path) -> Page:
    text = file.read_text("utf-8")
    return path, text.partition("\n")[0].removeprefix("# "), text


def _listed(pages: Sequence[Page]) -> list[Mapping[str, Any]]:
    return [{title: path} for path, title, _ in pages]


def _toml(value: Any) -> str:
    """What JSON writes, with TOML's sign between a name and its value."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(name)} = {_toml(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value)
