#!/bin/sh
# The pipeline of the general model at a tiny scale, in a temporary clone of the last commit: twice by force, which must give
# the same models/dvc.lock. Packages are fetched once, by pip. That plain dvc repro leaves it alone, tiny_experiment.sh shows.
# Usage: ./run tools/tiny_models.sh
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

git clone -q "$root" "$folder/clone"
cd "$folder/clone"
deno run -q --no-prompt --ignore-env --allow-read=params.yaml,sweep,models \
  --allow-write=params.yaml,sweep,models tools/tiny_profile.ts

dvc repro -f --no-run-cache models/dvc.yaml
cp models/dvc.lock "$folder/first.lock"
dvc repro models/dvc.yaml >"$folder/log"
grep "Running stage" "$folder/log" && fail "A second run right after the first must run nothing."
for stage in textures preprocess pretrain train evaluate; do
  dvc repro -f -s -q --no-run-cache "models/dvc.yaml:$stage"
done
cmp -s models/dvc.lock "$folder/first.lock" || {
  diff -u "$folder/first.lock" models/dvc.lock >&2 || :
  fail "Two runs with the same inputs gave other bytes: the first stage with equal deps and unequal outs is the culprit."
}
echo "Two forced runs gave the same models/dvc.lock."
cat models/results/evaluate/summary.json
