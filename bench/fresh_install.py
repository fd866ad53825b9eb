"""How long a wheel takes to answer where nothing is installed: a new environment, a new home, outside the repository.

    make wheel && .venv/bin/python bench/fresh_install.py dist/fmqa-*.whl

Fetching libraries depends on the network and is told apart: they are fetched first, then installed from there.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

QUESTION = "What evidence level does EULAR give exercise?"


def say(line: str) -> None:
    """Write a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def timed(what: str, command: list[str], **options: object) -> str:
    """Run a command, print how long it took, and return what it wrote."""
    started = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    say(f"{what:<40} {time.monotonic() - started:7.1f} s")
    if done.returncode:
        sys.exit(f"{what} failed: {done.stderr[-2000:]}")
    return str(done.stdout)


def main() -> None:
    """Install a wheel in a new environment and ask it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path)
    wheel = parser.parse_args().wheel.resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fetched, venv, home = folder / "fetched", folder / "venv", folder / "home"
        home.mkdir()
        timed("fetch the libraries", [sys.executable, "-m", "pip", "download", "-q", "-d", str(fetched), str(wheel)])
        started = time.monotonic()
        timed("make an environment", [sys.executable, "-m", "venv", str(venv)])
        pip = [str(venv / "bin" / "pip"), "install", "-q", "--no-index", "--no-compile", "--find-links", str(fetched)]
        timed("install", [*pip, str(wheel)])
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("FMQA_", "PYTHON"))}
        clean |= {"HOME": str(home), "XDG_DATA_HOME": str(home / "data")}
        fmqa = str(venv / "bin" / "fmqa")
        answer = timed("first answer", [fmqa, "ask", QUESTION], cwd=home, env=clean)
        say(f"{'environment, installation, first answer':<40} {time.monotonic() - started:7.1f} s")
        timed("second answer", [fmqa, "ask", "--last", "and CBT?"], cwd=home, env=clean)
        timed("fmqa doctor", [fmqa, "doctor"], cwd=home, env=clean)
        size = sum(path.stat().st_size for path in venv.rglob("*") if path.is_file())
        say(f"{'wheel':<40} {wheel.stat().st_size / 1e6:7.1f} MB")
        say(f"{'environment':<40} {size / 1e6:7.1f} MB")
        say(answer.strip().splitlines()[0])


if __name__ == "__main__":
    main()
