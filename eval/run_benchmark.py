"""Run the benchmark on development and test topics: the same as ``fmqa eval run --split dev --split test``.

python eval/run_benchmark.py
python eval/run_benchmark.py --split dev --data PUBLIC
"""

import sys

from fmqa.cli.main import main

if __name__ == "__main__":
    arguments = sys.argv[1:]
    splits = [] if "--split" in arguments else ["--split", "dev", "--split", "test"]
    sys.exit(main(["eval", "run", *splits, *arguments]))
