"""A modelled disk: a library that makes each flush of PostgreSQL last 1 ms longer, as on a real volume."""

import shutil
import subprocess
from pathlib import Path

SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
static void longer(void) { struct timespec t = {0, 1000000}; nanosleep(&t, 0); }
int fsync(int fd) { static int (*real)(int); if (!real) real = dlsym(RTLD_NEXT, "fsync"); longer(); return real(fd); }
int fdatasync(int fd) {
  static int (*real)(int); if (!real) real = dlsym(RTLD_NEXT, "fdatasync"); longer(); return real(fd);
}
"""


def build(folder: Path) -> Path:
    """Compile the library into the folder. Raises RuntimeError, saying what is missing, without a C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise RuntimeError("hot_flush needs a C compiler (cc) to build its library")
    source, library = folder / "flush.c", folder / "flush.so"
    source.write_text(SOURCE)
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"], check=True)
    folder.chmod(0o755)
    library.chmod(0o755)
    return library
