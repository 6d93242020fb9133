"""Which outputs two `dvc.lock` record with the same bytes.

python -m tests.same_outputs BEFORE.lock AFTER.lock [FREE …]    FREE outputs may differ
"""

import sys
from pathlib import Path

from stages.core.input_integrity import recorded


def main() -> None:
    """Say how many are equal, and fail unless all are that may not differ."""
    before, after = (recorded(Path(name)) for name in sys.argv[1:3])
    free = set(map(Path, sys.argv[3:]))
    same = {path for path in before if before[path] == after.get(path)}
    for path in sorted(before.keys() ^ after.keys()):
        print(f"only {'before' if path in before else 'after'}: {path}")
    other = sorted((before.keys() & after.keys()) - same)
    for path in other:
        print(f"another hash{', as it may be' if path in free else ''}: {path}")
    print(f"{len(same)} of {len(before)} outputs have the same hash")
    if set(other) - free or before.keys() != after.keys():
        sys.exit(1)


if __name__ == "__main__":
    main()
