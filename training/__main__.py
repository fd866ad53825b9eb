"""``python -m training``: build the data, tune the encoder in two rounds, train reader and verifier, measure, ship.

Each step keeps what it made in the work folder and is not done again: after an interruption the same command goes on.
"""

import json
import random
import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Final

import typer

from fmqa.corpus import loading
from fmqa.evaluation.mutants import World
from fmqa.index import encoders
from fmqa.index.encoders import OnnxEncoder
from fmqa.index.reader import OnnxReader
from fmqa.index.verifier import OnnxVerifier
from fmqa.tuning import network as networks
from fmqa.tuning.batches import SHORT
from fmqa.tuning.network import Network, cores
from fmqa.types import FloatArray
from training import (
    altered,
    claims,
    data,
    distilling,
    encoder,
    evaluate,
    leaving_out,
    mining,
    pack,
    page,
    query_encoder,
    reader,
    shipping,
    unanswered,
    verifier,
    verifying,
)
from training.measures import Scores
from training.records import Group, file_sha256, read_groups, write_groups
from training.telling import say

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)

SHARES: Final = (1.0, 0.7, 0.5, 0.3)
GUARDED: Final = ("SciFact dev (part): nDCG@10", "NFCorpus dev: nDCG@10")
MOST_LOSS: Final = 0.005
GUARD_TOKENS: Final = 128  # texts are cut there: half the time, and the comparison is the same for all
MODEL: Final = "model"
STEPS: Final = {1: 300, 2: 1700}
"""Steps of the encoder by round: the first only finds rivals for the second."""
READER_STEPS: Final = 3500
QUERY_ENCODER_STEPS: Final = 1500
VERIFIER_STEPS: Final = 1250
LEFT_OUT_STEPS: Final = 100
DISTILLED_STEPS: Final = 250
CALIBRATED: Final = 1000  # claims

Data = Annotated[Path, typer.Option(help="Folder of the public sets.")]
Work = Annotated[Path, typer.Option(help="Folder that groups, checkpoints and models are kept in.")]
CorpusFolder = Annotated[Path, typer.Option(help="Corpus whose statements carry questions.")]
Everyday = Annotated[Path, typer.Option(help="File of labelled everyday questions.")]
Steps = Annotated[int, typer.Option(help="Steps of training.")]

DATA, WORK, CORPUS = Path("../shared/data"), Path("../training-work"), Path("corpus")
EVERYDAY = Path("eval/everyday/dev.jsonl")


def base_folder() -> Path:
    """Return the folder of all-MiniLM-L6-v2, checked."""
    return encoders.model_folder(encoders.PACKAGED_MODEL)


@app.command("data")
def build_data(data_folder: Annotated[Path, typer.Option("--data")] = DATA, work: Work = WORK) -> None:
    """Build the groups of the public sets, and the manifest with licences, counts and hashes."""
    if not (work / data.GROUPS_FILE).is_file():
        data.build(data_folder, work)


@app.command("mine")
def mine(
    number: Annotated[int, typer.Option("--round", min=1, max=2, help="1: by the base; 2: by the encoder of round 1.")],
    work: Work = WORK,
    corpus: CorpusFolder = CORPUS,
) -> None:
    """Find rivals for the questions: the base encoder first, the tuned one in the second round."""
    target = work / f"groups-{number}.jsonl"
    if target.is_file():
        return
    network = Network(base_folder() if number == 1 else work / "encoder-1" / MODEL)
    statements = pack.statements(corpus)

    def encode(texts: Sequence[str]) -> FloatArray:
        vectors: FloatArray = network.run(texts, SHORT)
        return vectors

    groups = mining.mine(read_groups(work / data.GROUPS_FILE), encode)
    groups += mining.pack_groups(statements, encode)
    groups += mining.unanswered_groups(unanswered.unanswered(), statements, encode)
    write_groups(target, groups)
    say(f"round {number}: {len(groups)} groups, {sum(len(group.negatives) for group in groups)} negatives")


@app.command("encoder")
def tune_encoder(
    number: Annotated[int, typer.Option("--round", min=1, max=2, help="Of which rivals; both start from the base.")],
    steps: Annotated[int | None, typer.Option(help="Steps of training. [default: 300, then 1700]")] = None,
    work: Work = WORK,
    corpus: CorpusFolder = CORPUS,
) -> None:
    """Tune the encoder, or go on where it was interrupted."""
    folder = work / f"encoder-{number}"
    if not (folder / MODEL).is_dir():
        groups, statements = read_groups(work / f"groups-{number}.jsonl"), pack.statements(corpus)
        network = encoder.tune(base_folder(), groups, statements, folder / "checkpoint", steps=steps or STEPS[number])
        networks.write_model(base_folder(), network, folder / MODEL)


@app.command("guard")
def guard(
    data_folder: Annotated[Path, typer.Option("--data")] = DATA,
    work: Work = WORK,
    corpus: CorpusFolder = CORPUS,
    everyday: Everyday = EVERYDAY,
) -> None:
    """Mix base and tuned weights, at the greatest share that keeps general retrieval, and export the mixture."""
    base, tuned = base_folder(), Network(work / "encoder-2" / MODEL)
    statements = pack.statements(corpus)
    columns = {}
    for share in (0.0, *SHARES):
        network = networks.mixed(base, tuned, share)
        name = "base" if share == 0 else f"{share:.2f} tuned"
        encode = partial(network.run, longest=GUARD_TOKENS)
        scores = evaluate.encoder_scores(encode, data_folder, statements, everyday, whole=False)
        columns[name] = evaluate.measured(scores)
        evaluate.write(work / "guard.json", columns)
        say(f"{name} measured")
        if share and all(
            (columns[name][figure].value or 0) >= (columns["base"][figure].value or 0) - MOST_LOSS for figure in GUARDED
        ):
            shutil.rmtree(work / "encoder", ignore_errors=True)
            say(f"{share:.2f} of the tuned weights: {shipping.ship_encoder(base, network, work / 'encoder')}")
            return
    raise SystemExit("no share of the tuned weights keeps general retrieval; see guard.md")


@app.command("reader")
def train_reader(steps: Steps = READER_STEPS, work: Work = WORK) -> None:
    """Train the reader on what the tuned encoder found, calibrate it, and export it."""
    base, groups = work / "encoder-2" / MODEL, read_groups(work / "groups-2.jsonl")
    network = reader.fit(base, groups, work / "reader-checkpoint", steps=steps)
    calibration = calibrated(network, groups)
    (work / "calibration.json").write_text(json.dumps(calibration) + "\n", encoding="utf-8")
    shutil.rmtree(work / "reader", ignore_errors=True)
    shipping.ship_reader(base, network, work / "reader", calibration)


def calibrated(network: Network, groups: list[Group], most: int = 150) -> dict[str, float]:
    """Return the calibration of a reader on the dev fold, some questions of each set."""
    pairs, labels = [], []
    taken: dict[str, int] = {}
    for group in groups:
        if group.fold != "dev" or group.source in reader.SKIPPED or group.id.endswith(":abstract"):
            continue
        taken[group.source] = taken.get(group.source, 0) + 1
        if taken[group.source] <= most:
            texts = [*group.positives[:1], *group.negatives]
            pairs += [reader.pair(group.query, text, group.context) for text in texts]
            labels += [at == 0 and bool(group.positives) for at in range(len(texts))]
    return reader.calibrate(shipping.scores_of(network, pairs), labels)


@app.command("distil")
def distil(steps: Steps = DISTILLED_STEPS, work: Work = WORK, corpus: CorpusFolder = CORPUS) -> None:
    """Distil the reader into the encoder and export it; `evaluate` tells whether it is better than either."""
    start, target = work / "encoder" / encoders.REFERENCE_FOLDER, work / "distilled"
    if not target.is_dir():
        score = OnnxReader(work / "reader", threads=cores()).score
        groups, statements = read_groups(work / "groups-2.jsonl"), pack.statements(corpus)
        network = distilling.distil(start, score, groups, statements, work / "distilled-checkpoint", steps=steps)
        say(f"distilled: {shipping.ship_encoder(start, network, target)}")


@app.command("evaluate")
def evaluate_all(
    data_folder: Annotated[Path, typer.Option("--data")] = DATA,
    work: Work = WORK,
    corpus: CorpusFolder = CORPUS,
    everyday: Everyday = EVERYDAY,
    whole: Annotated[bool, typer.Option(help="Measure retrieval on whole collections, not on a part.")] = True,
) -> None:
    """Write the table of base, tuned, distilled and reader, as exported, with follow-ups, sizes and speed.

    What was measured of the same weights is not measured again.
    """
    statements, columns = pack.statements(corpus), {}
    if not (work / "base").is_dir():
        encoders.export(encoders.PACKAGED_MODEL, work / "base")
    for name in ("base", "encoder", "distilled"):
        if (work / name).is_dir():
            columns[name] = evaluate.encoder_column(work / name, data_folder, statements, everyday, whole=whole)
    if (work / "reader").is_dir():
        columns["reader"] = evaluate.reader_column(
            work / "reader", work / "encoder", data_folder, work / "groups-2.jsonl", statements, everyday
        )
    evaluate.write(work / "evaluation.json", columns)
    page.write(work)


@app.command("leave-one-out")
def leave_one_out(
    data_folder: Annotated[Path, typer.Option("--data")] = DATA,
    work: Work = WORK,
    corpus: CorpusFolder = CORPUS,
    everyday: Everyday = EVERYDAY,
    steps: Annotated[int, typer.Option(help="Steps of each run.")] = LEFT_OUT_STEPS,
    count: Annotated[int, typer.Option("--sets", help="Of so many sets, the largest.")] = 3,
) -> None:
    """Train the encoder with every set and without each of the largest, and write what each adds."""
    groups, statements = read_groups(work / "groups-2.jsonl"), pack.statements(corpus)

    def measure(network: Network) -> dict[str, Scores]:
        with TemporaryDirectory() as folder:  # as exported it is three times as fast
            shipping.ship_encoder(base_folder(), network, Path(folder))
            encode = OnnxEncoder(Path(folder), threads=cores()).encode
            return evaluate.encoder_scores(encode, data_folder, statements, everyday, whole=False)

    sets = leaving_out.largest(groups, count)
    say(f"largest sets, by questions: {sets}")
    runs = leaving_out.run(
        base_folder(), groups, statements, work / "leave-one-out", measure, sets=list(sets), steps=steps
    )
    for found in runs:
        (work / "leave-one-out.md").write_text(leaving_out.table(found), encoding="utf-8")
        page.write(work)


@app.command("query-encoder")
def train_query_encoder(steps: Steps = QUERY_ENCODER_STEPS, work: Work = WORK, corpus: CorpusFolder = CORPUS) -> None:
    """Train the query encoder on labelled conversations, export it, and measure it on those that are held out."""
    base, statements = encoders.SHIPPED_FOLDER / encoders.REFERENCE_FOLDER, pack.statements(corpus)
    turns = pack.conversations(corpus)
    learned = query_encoder.spoken([turn for turn in turns if not turn.is_held_out], statements)
    with TemporaryDirectory() as folder:
        encoders.export(encoders.SHIPPED_MODEL, Path(folder))
        encode = OnnxEncoder(Path(folder), threads=cores()).encode
        network = query_encoder.fit(base, encode, statements, learned, work / "query-encoder-checkpoint", steps=steps)
        exported = shipping.ship_query_encoder(base, network, work / "query_encoder")
        held = query_encoder.spoken([turn for turn in turns if turn.is_held_out], statements)
        table = query_encoder.table(encode, exported.encode, statements, learned, held)
    (work / "query-encoder.md").write_text(table, encoding="utf-8")
    page.write(work)


@app.command("claims")
def build_claims(
    data_folder: Annotated[Path, typer.Option("--data")] = DATA, work: Work = WORK, corpus: CorpusFolder = CORPUS
) -> None:
    """Build the claims of the public sets, and those that mutation operators make of our statements and of trials."""
    if (work / claims.CLAIMS_FILE).is_file():
        return
    loaded = loading.load(corpus)
    world = World(loaded.documents, loaded.vocabulary)
    made = [claim for name in claims.SETS for claim in claims.public_claims(data_folder, name)]
    made += altered.pack_claims(pack.statements(corpus), world)
    made += altered.trial_claims(data_folder, world)
    claims.write(work, made)


@app.command("verifier")
def train_verifier(
    steps: Steps = VERIFIER_STEPS,
    work: Work = WORK,
    threads: Annotated[int | None, typer.Option(help="Cores used. [default: all, eight at most]")] = None,
) -> None:
    """Train the verifier on the claims, fit its temperature on those held out, and export it."""
    base, found = encoders.SHIPPED_FOLDER / encoders.REFERENCE_FOLDER, claims.read(work)
    network = verifier.fit(base, found, work / "verifier-checkpoint", steps=steps, threads=threads)
    held = [claim for claim in found if claim.fold == "dev"]
    held = random.Random(0).sample(held, min(CALIBRATED, len(held)))
    numbers = network.run([(claim.evidence, claim.claim) for claim in held], verifier.LONGEST)
    temperature = verifier.calibrate(numbers, [claim.label for claim in held])
    shutil.rmtree(work / "verifier", ignore_errors=True)
    shipping.ship_verifier(base, network, work / "verifier", temperature)
    say(f"verifier: temperature {temperature}, {_size(work / 'verifier')}")


@app.command("verifier-evaluate")
def evaluate_verifier(
    data_folder: Annotated[Path, typer.Option("--data")] = DATA,
    work: Work = WORK,
    corpus: CorpusFolder = CORPUS,
    threads: Annotated[int, typer.Option(help="Cores used.")] = 2,
) -> None:
    """Write the table of what the exported verifier is worth: by set, and for each use."""
    judge = OnnxVerifier(work / "verifier", threads).verdicts
    found = [claim for claim in claims.read(work) if claim.fold == "dev"]
    for name in claims.MEASURED:
        found += claims.measured_claims(data_folder, name)
    columns = {"verifier": verifying.figures(found, judge)}
    evaluate.write(work / "verifier-evaluation.json", columns)
    loaded = loading.load(corpus)
    world, held = World(loaded.documents, loaded.vocabulary), verifying.held_out(pack.statements(corpus))
    columns["verifier"] |= verifying.plain_wordings(held, world, judge)
    columns["verifier"] |= verifying.phrased(held, world, judge, world.names)
    columns["verifier"] |= verifying.disagreements(loaded.documents, judge)
    evaluate.write(work / "verifier-evaluation.json", columns)
    page.write(work)


@app.command("ship")
def ship(work: Work = WORK) -> None:
    """Copy what was exported into the package, and print the hashes that the code must hold."""
    for name in ("encoder", "query_encoder", "reader", "verifier"):
        folder = encoders.SHIPPED_FOLDER.with_name(name)
        if not (work / name).is_dir():
            say(f"there is no {name} in {work}")
            continue
        shutil.copytree(work / name, folder, dirs_exist_ok=True)
        for path in sorted(folder.rglob("*")):
            if path.suffix in {".onnx", ".safetensors"} or path.name in {"tokenizer.json", f"{name}.json"}:
                say(f'"{path.relative_to(folder).as_posix()}": "{file_sha256(path)}"')


def _size(folder: Path) -> str:
    return f"{(folder / encoders.MODEL_FILE).stat().st_size / 1e6:.1f} MB"


@app.command("all")
def everything(
    data_folder: Annotated[Path, typer.Option("--data")] = DATA,
    work: Work = WORK,
    corpus: CorpusFolder = CORPUS,
    everyday: Everyday = EVERYDAY,
) -> None:
    """Do every step that is not done yet."""
    build_data(data_folder, work)
    for number in (1, 2):
        mine(number, work, corpus)
        tune_encoder(number, None, work, corpus)
    guard(data_folder, work, corpus, everyday)
    train_reader(READER_STEPS, work)
    train_query_encoder(QUERY_ENCODER_STEPS, work, corpus)
    distil(DISTILLED_STEPS, work, corpus)
    evaluate_all(data_folder, work, corpus, everyday)
    build_claims(data_folder, work, corpus)
    train_verifier(VERIFIER_STEPS, work)
    evaluate_verifier(data_folder, work, corpus)
    leave_one_out(data_folder, work, corpus, everyday)


app()
