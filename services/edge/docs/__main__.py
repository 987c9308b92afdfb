"""Builds the site from the command line: python -m services.edge.docs [FOLDER]."""

import sys
from pathlib import Path

from services.edge.docs.build import BuildFailed, build
from services.edge.site import FOLDER


def main(arguments: list[str]) -> int:
    """Builds into the folder named, or into where the edge looks; 1, with the generator's words, if that fails."""
    to = Path(arguments[0]) if arguments else FOLDER
    try:
        build(to)
    except BuildFailed as failed:
        sys.stderr.write(f"The documentation was not built.\n{failed}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
