"""Leave torch, and what its builds for graphics cards need, out of a lock: the right build depends on the machine."""

import re
import sys

LEFT_OUT = re.compile(r"(?:torch|triton|nvidia[\w-]*|cuda[\w-]*)==")


def without_torch(lock: str) -> str:
    """Return a lock without those entries, each of which begins at the margin."""
    entries = re.split(r"(?m)^(?=[^\s#])", lock)
    return "".join(entry for entry in entries if not LEFT_OUT.match(entry))


if __name__ == "__main__":
    sys.stdout.write(without_torch(sys.stdin.read()))
