#!/bin/sh
# The pipeline of the general model at a tiny scale, in a temporary clone of the last commit: twice by force, which must give
# the same models/dvc.lock; then the claim, asked of that model. Packages are fetched once, by pip. That plain dvc repro runs
# only its scenes, tiny_experiment.sh shows.
# Usage: ./run tools/tiny_models.sh
. "$(dirname -- "$0")/tiny_clone.sh"

dvc repro -f --no-run-cache models/dvc.yaml
cp models/dvc.lock "$folder/first.lock"
dvc repro models/dvc.yaml >"$folder/log"
grep "Running stage" "$folder/log" && fail "A second run right after the first must run nothing."
for stage in textures preprocess quick_scenes pretrain train evaluate; do
  dvc repro -f -s -q --no-run-cache "models/dvc.yaml:$stage"
done
same_lock models/dvc.lock
echo "Two forced runs gave the same models/dvc.lock."
cat models/results/evaluate/summary.json
dvc repro models/sweep/dvc.yaml >"$folder/log"
dvc repro models/sweep/dvc.yaml >"$folder/log"
grep "Running stage" "$folder/log" && fail "A second sweep right after the first must run nothing."
grep '^[0-9]* test pairs' models/results/sweep/report.md
