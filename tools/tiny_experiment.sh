#!/bin/sh
# The whole experiment at a tiny scale, in a temporary clone of the last commit:
#   twice by force, which must give the same dvc.lock (same inputs, same bytes);
#   once more with another T, which must rerun check, train, evaluate and report and nothing else.
# Usage: ./run tools/tiny_experiment.sh
. "$(dirname -- "$0")/tiny_clone.sh"

dvc pull -q data.dvc

dvc repro -f --no-run-cache
cp dvc.lock "$folder/first.lock"
dvc repro -f --no-run-cache
same_lock dvc.lock
echo "Two forced runs gave the same dvc.lock."

dvc status -q dvc.yaml || fail "dvc status finds changes right after a run."

dvc exp run -S train.unroll_iterations=3 >"$folder/log" 2>&1 || {
  cat "$folder/log" >&2
  fail "dvc exp run -S train.unroll_iterations=3 failed."
}
ran=$(sed -n "s/^Running stage '\(.*\)':.*/\1/p" "$folder/log" | tr '\n' ' ')
[ "$ran" = "check train evaluate report " ] ||
  fail "Another T must rerun check, train, evaluate and report; it reran: $ran"
echo "Another T reran: $ran"
dvc exp show --md --only-changed
