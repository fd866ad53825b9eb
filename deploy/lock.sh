#!/usr/bin/env bash
# Make requirements.lock, sbom.cdx.json and docs/licences.md anew: after a change of dependencies, and to take up updates
# (UPGRADE=--upgrade deploy/lock.sh). Needs Python 3.11 on Linux. What is locked is what asking, serving, adding and
# building need; the extras of pyproject.toml are not locked.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
python3.11 -m venv "$tools/venv"
"$tools/venv/bin/pip" install --quiet "pip-tools>=7.5,<8" "cyclonedx-bom>=7,<8" "pip-licenses>=5,<6"
bin=$tools/venv/bin

"$bin/pip-compile" --quiet --generate-hashes --allow-unsafe --strip-extras ${UPGRADE:-} \
  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header -o requirements.lock pyproject.toml
"$bin/cyclonedx-py" requirements requirements.lock --pyproject pyproject.toml --output-reproducible --of JSON |
  python3.11 -c 'import json, sys
bill = json.load(sys.stdin)
for component in bill["components"]:  # the sums are in the lock; where it was found is the matter of the machine
    component.pop("externalReferences", None)
    component.pop("description", None)
json.dump(bill, sys.stdout, indent=1)' > sbom.cdx.json
python3.11 -m venv "$tools/locked"
"$tools/locked/bin/pip" install --quiet --no-deps --require-hashes -r requirements.lock
{
  echo "# Licences of the libraries"
  echo
  echo "What \`requirements.lock\` names; the terms as each package states them. Made by \`deploy/lock.sh\`."
  echo
  "$bin/pip-licenses" --python "$tools/locked/bin/python" --from=mixed --format=markdown --packages \
    $(sed -n 's/^\([A-Za-z0-9._-]*\)==.*/\1/p' requirements.lock)
} > docs/licences.md
