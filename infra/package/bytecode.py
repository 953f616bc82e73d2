"""``python -I -S bytecode.py FOLDER``: compile a folder's sources so that a cold start compiles nothing.

Our own modules keep their sources beside the bytecode, and their tracebacks keep their lines; of all others only the
bytecode stays. It is of the unchecked-hash kind, which Python loads without looking at any source.

It runs alone in a fresh interpreter, file by file in order: what ``marshal`` writes depends on which strings the
process has met before, and two builds of the same sources must be the same bytes.
"""

import py_compile
import sys
from importlib.util import cache_from_source
from pathlib import Path

MODE = py_compile.PycInvalidationMode.UNCHECKED_HASH


def main(folder: Path) -> None:
    """Compile everything below the folder. Raises PyCompileError for one of our own that does not compile."""
    for source in sorted(folder.rglob("*.py")):
        name = source.relative_to(folder)
        ours = name.parts[0] in {"app.py", "services"}
        target = cache_from_source(str(source)) if ours else str(source.with_suffix(".pyc"))
        try:
            py_compile.compile(str(source), target, str(name), doraise=True, optimize=0, invalidation_mode=MODE)
        except py_compile.PyCompileError:
            if ours:
                raise
            continue  # a template or another Python's syntax: it stays as it is, never imported
        if not ours:
            source.unlink()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
