"""A terminal beside a running gateway, for what documents and programs tell people to paste."""

import asyncio
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.support import tools

CURL_TIMED_OUT = 28
END = "end of a snippet"


def path_with_grpcurl() -> str:
    """Where a terminal finds its programs; grpcurl is not on every machine, and a test is skipped without."""
    folders = [str(tools.grpcurl().parent)]
    folders += [str(Path(found).parent) for name in ("curl", "python3") if (found := shutil.which(name))]
    return ":".join([*folders, "/usr/bin", "/bin"])


async def paste(snippets: Sequence[str], folder: Path, path: str) -> list[str]:
    """What each of the snippets prints, pasted one after the other into one terminal."""
    script = "".join(f"{text}\ncode=$?; echo; echo '{END}' $code\n" for text in snippets)
    answer = await asyncio.to_thread(
        subprocess.run,
        ["bash", "-s"],
        input=script,
        capture_output=True,
        text=True,
        cwd=folder,
        env={"PATH": path},
        timeout=120,
        check=False,
    )
    *told, rest = re.split(rf"^{END} (\d+)$", answer.stdout, flags=re.MULTILINE)
    assert not rest.strip(), answer.stderr
    outputs, codes = told[::2], [int(code) for code in told[1::2]]
    assert set(codes) <= {0, CURL_TIMED_OUT}, f"{codes}\n{answer.stderr}\n{answer.stdout}"
    assert len(outputs) == len(snippets)
    return outputs
