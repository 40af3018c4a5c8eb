"""``python -m tests.faults.checker FILE``: judges a history that was written before."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.faults.checker import judge
from tests.faults.history import read_history


def main() -> int:
    """Judge the file named.

    Returns
    -------
    int
        1 on any violation.
    """
    [name] = sys.argv[1:] or sys.exit(__doc__)
    verdict = judge(read_history(Path(name)))
    sys.stdout.write(f"{verdict}\n")
    return 0 if verdict.clean else 1


if __name__ == "__main__":
    sys.exit(main())
