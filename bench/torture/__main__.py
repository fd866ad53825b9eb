"""Campaigns against what must never be lost, passed over or let in.

    python -m bench.torture                         # all of them, in full; hours; writes docs/reliability.json and .md
    python -m bench.torture --campaign damaged      # one of them, anew; --resume goes on where it was
    python -m bench.torture --page                  # only the page, from the results that there are
    python -m bench.torture --short --out FOLDER    # a few trials of each, as `make test` runs them

Each campaign states its promise; a trial that breaks it is a failure and is shown. Seeds are fixed. A batch is written
down when it is done, so that a campaign that was stopped can be gone on with.
"""

import argparse
import sys
import time
from pathlib import Path

from . import asking, fuzzing, mutating, reading, results, serving, storing
from .campaigns import ROOT, Campaign, Result, run_batch

CAMPAIGNS = (
    Campaign(
        "reviews", "A review that is killed leaves its source whole, in the old or the new state.", 400, 4,
        storing.reviews, 100,
    ),
    Campaign(
        "records", "A record that is being written when its process is killed is whole, old or new.", 400, 8,
        storing.records, 100,
    ),
    Campaign(
        "full-disk", "A write on a full disk is told, and leaves the old content and nothing beside it.", 500, 10,
        storing.full_disk, 100,
    ),
    Campaign(
        "turns", "A turn that was said to be stored survives a kill, and once deleted no word is left.", 200, 3,
        storing.turns, 50,
    ),
    Campaign(
        "flipped-turns", "A stored turn never comes back other than it was stored, whatever bytes are flipped.", 1000,
        10, storing.flipped_turns, 250,
    ),
    Campaign(
        "publications", "A publication that is killed leaves a generation in use that verifies, and is cleared.", 500,
        5, storing.publications, 100,
    ),
    Campaign(
        "corruptions", "An altered, cut, missing or added file of a generation is noticed before it is opened.",
        20_000, 200, storing.corruptions, 5000,
    ),
    Campaign("locks", "A killed command leaves no lock that holds.", 200, 3, storing.locks, 50),
    Campaign(
        "damaged-files",
        "A damaged file is read or refused with a reason: no reader fails, and no word vanishes unsaid.",
        20_000, 60, reading.damaged, 2000,
    ),
    Campaign(
        "broken-requests",
        "A request that was broken is answered as the description says: no 5xx, no body that its schema forbids.",
        100_000, 300, fuzzing.broken, 5000,
    ),
    Campaign(
        "generated-requests",
        "A request that Schemathesis makes in any phase is answered as the description says, and never with a 5xx.",
        20_000, 250, fuzzing.generated, 5000,
    ),
    Campaign(
        "canaries",
        "No word of a question is in a log, a figure or a problem, nor in the database once its conversation is gone.",
        10_000, 60, asking.canaries, 1000,
    ),
    Campaign(
        "injections",
        "Beside a file that lies, or with an order in the question, an answer keeps all that decides how it is read.",
        len(asking.CASES), 0, asking.injected, len(asking.CASES),
    ),
    Campaign(
        "publications-under-load",
        "A publication under load is taken up, every answer is of one generation; p99 is not thrice that at rest.",
        500, 3, serving.under_load, 100,
    ),
    Campaign(
        "twice-capacity",
        "At twice capacity the admitted are answered within the time of a full line, the others are told at once.",
        1000, 100, serving.overloaded, 1000,
    ),
    Campaign(
        "hang-ups", "A client that hangs up delays nobody, and leaves no handle open.", 2000, 100, serving.hung_up, 500,
    ),
    Campaign(
        "soak", "A second of mixed use is answered rightly, for half an hour in which neither memory nor handles grow.",
        1800, 3, serving.soaked, 1800,
    ),
    Campaign(
        "mutants-anchors", "anchors and the texts that they are compared with", 60, 0,
        mutating.of("corpus/anchors.py", "text/wording.py", "text/figures.py", "text/sentences.py"), 30, survivors=True,
    ),
    Campaign(
        "mutants-grades", "reading, ordering and telling printed grades", 60, 0,
        mutating.of("grades/marks.py", "grades/notations.py", "grades/order.py", "grades/telling.py",
                    "grades/values.py"), 30, survivors=True,
    ),
    Campaign(
        "mutants-verification", "verifying answers", 60, 0,
        mutating.of("answer/verification.py", "answer/text_check.py"), 30, survivors=True,
    ),
    Campaign(
        "mutants-index", "manifests, publication and writing of files", 60, 0,
        mutating.of("index/generations.py", "index/checked.py", "files.py"), 30, survivors=True,
    ),
)  # fmt: skip


def main() -> int:
    """Run campaigns; return 1 if one failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [each.name for each in CAMPAIGNS]
    parser.add_argument("--campaign", action="append", choices=names, help="which; else all")
    parser.add_argument("--resume", action="store_true", help="go on with what is not whole; leave what is")
    parser.add_argument("--short", action="store_true", help="a few trials of each")
    parser.add_argument("--page", action="store_true", help="write the page only")
    parser.add_argument("--out", type=Path, default=results.RESULTS, help="the results; the page lies beside")
    parser.add_argument("--kept", type=Path, default=ROOT / "build" / "torture", help="a folder for indices")
    options = parser.parse_args()
    failed = False
    for campaign in () if options.page else CAMPAIGNS:
        if options.campaign is None or campaign.name in options.campaign:
            wanted = campaign.short if options.short else campaign.trials
            failed |= bool(wanted) and _run(campaign, wanted, options)
    page = results.page(CAMPAIGNS, results.read(options.out))
    options.out.with_suffix(".md").write_text(page, "utf-8")
    return int(failed)


def _run(campaign: Campaign, wanted: int, options: argparse.Namespace) -> bool:
    """Run a campaign to its end; return whether it failed."""
    result: Result | None = results.read(options.out).get(campaign.name) if options.resume else None
    while result is None or result.trials < wanted:
        started, before = time.monotonic(), result.trials if result else 0
        result = run_batch(campaign, result, wanted, options.kept, short=options.short)
        results.keep(options.out, campaign.name, result)
        rate = (result.trials - before) / max(1e-6, time.monotonic() - started)
        left = max(0, wanted - result.trials) / max(1e-6, rate)
        told = f"{result.trials:7,} of {wanted:,} trials, {result.failures} failures, {left / 60:.0f} min to go"
        sys.stderr.write(f"{campaign.name}: {told}\n")
        if result.trials == before:
            raise SystemExit(f"{campaign.name}: a batch without a trial")
    sys.stderr.write("\n".join((f"{campaign.name}: {campaign.promise}", *result.shown[:5])) + "\n")
    return result.failures > 0 and not campaign.survivors


if __name__ == "__main__":
    sys.exit(main())
