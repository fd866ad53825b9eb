"""Mutants: the program with one small change each, and whether the tests of the changed module notice."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from .campaigns import ROOT, Trials

_TESTS: Final[Mapping[str, tuple[str, ...]]] = {
    "corpus/anchors.py": ("corpus/test_anchors.py",),
    "text/wording.py": ("text/test_wording.py", "answer/test_verification.py"),
    "text/figures.py": ("text/test_figures.py",),
    "text/sentences.py": ("answer/test_verification.py", "adding/test_derivation.py"),
    "grades/marks.py": ("grades",),
    "grades/notations.py": ("grades",),
    "grades/order.py": ("grades",),
    "grades/telling.py": ("grades",),
    "grades/values.py": ("grades",),
    "answer/verification.py": ("answer/test_verification.py",),
    "answer/text_check.py": ("answer/test_verification.py",),
    "index/generations.py": ("index/test_generations.py", "index/test_checked.py", "test_power_loss.py"),
    "index/checked.py": ("index/test_checked.py",),
    "files.py": ("test_power_loss.py", "index/test_generations.py"),
}
"""What is changed, below src/fmqa, and the tests of it that take seconds, below tests."""
_SLOW: Final = "time_grows"
"""What tests are called that only measure how long something takes."""
_NOT_TRIED: Final = ("VariableReplacer", "VariableInserter", "RemoveDecorator")
"""Operators whose mutants are mostly no programs, or the same one; and those of `|`, which is in annotations."""
_OF_TYPES: Final = "BinaryOperator_BitOr_"
_SECONDS: Final = 300


def of(*modules: str) -> "Sampled":
    """Return a campaign's trials on some modules."""
    return Sampled(modules)


class Sampled:
    """Mutants of some modules, drawn by chance, all places alike."""

    def __init__(self, modules: tuple[str, ...]) -> None:
        self._modules = modules

    def __call__(self, trials: Trials) -> Iterator[str | None]:
        """Yield the mutants that no test notices."""
        from cosmic_ray.mutating import mutate_code  # noqa: PLC0415 - of the extra for developers
        from cosmic_ray.plugins import get_operator  # noqa: PLC0415

        source = trials.folder / "src"
        shutil.copytree(ROOT / "src" / "fmqa", source / "fmqa", ignore=shutil.ignore_patterns("__pycache__"))
        places = _places(self._modules)
        drawn = trials.chance.sample(sorted(places), trials.count)
        for tests in {_TESTS[module] for module, _ in drawn}:
            found = _tested(source, tests, (), trials.folder)
            assert found == 0, f"{tests} fail without a change"  # noqa: S101 - or every mutant would be noticed
        for module, place in drawn:
            name, number = trials.chance.choice(places[module, place])
            path = source / "fmqa" / module
            before = path.read_text("utf-8")
            changed = mutate_code(before, get_operator(name)(), number)
            path.write_text(changed, "utf-8")
            code = _tested(source, _TESTS[module], (str(path),), trials.folder)  # its own examples too
            path.write_text(before, "utf-8")
            yield f"{module}: {_difference(before, changed)}" if code == 0 else None


_Place = tuple[str, tuple[int, int, int, int]]
_Change = tuple[str, int]


def _places(modules: tuple[str, ...]) -> dict[_Place, list[_Change]]:
    """Return the changes that can be made at each place of some modules: an operator, and which of its places it is."""
    import parso  # noqa: PLC0415
    from cosmic_ray.ast import ast_nodes  # noqa: PLC0415
    from cosmic_ray.plugins import get_operator, operator_names  # noqa: PLC0415

    places: dict[_Place, list[_Change]] = {}
    names = [each for each in operator_names() if not each.endswith(_NOT_TRIED) and _OF_TYPES not in each]
    for module in modules:
        nodes = list(ast_nodes(parso.parse((ROOT / "src" / "fmqa" / module).read_text("utf-8"))))
        for name in names:
            operator = get_operator(name)()
            found = (place for node in nodes for place in operator.mutation_positions(node))
            for number, (start, end) in enumerate(found):
                places.setdefault((module, (*start, *end)), []).append((name, number))
    return places


def _tested(source: Path, tests: tuple[str, ...], more: tuple[str, ...], folder: Path) -> int | None:
    """Return how the tests of a module end on a copy of the program; None if they do not.

    What takes long to make, such as the index of the shipped corpus, is made by the run without a change, and found in
    the folder by those that follow, as processes of one run of the tests find it.
    """
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-k", f"not {_SLOW}"]
    command += ["--basetemp", str(folder / "run")]
    command += [*(f"tests/{test}" for test in tests), *more]
    given = {**os.environ, "PYTHONPATH": f"{source}{os.pathsep}{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"}
    given |= {"PYTEST_XDIST_WORKER": "one", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # plugins take longer than the tests
    nothing = subprocess.DEVNULL
    try:
        ended = subprocess.run(
            command, cwd=ROOT, env=given, stdout=nothing, stderr=nothing, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return None
    return ended.returncode


def _difference(before: str, after: str) -> str:
    """Return the line that was changed, as it was and as it is."""
    for number, (old, new) in enumerate(zip(before.split("\n"), after.split("\n"), strict=False), start=1):
        if old != new:
            return f"line {number}: {old.strip()} -> {new.strip()}"
    return "its end"
