"""Train and measure the models that fmqa ships: an encoder and a reader, on public sets and the corpus' own questions.

Nothing here is imported by the product. ``python -m training --help`` lists the steps.
"""

import os

# A thread of PyTorch that waits leaves its core to others: faster where cores are shared. Read when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")
