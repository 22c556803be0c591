#!/bin/sh
# Both kinds of sweep at a tiny scale, in a temporary clone of the last commit:
#   exploration: two values of direct and of train through DVC's queue; as many results as were queued;
#   tracked: sweep/dvc.yaml; plain dvc repro leaves it alone, and a new T runs the check of parameters, its own cell
#   and the comparison only. Report and comparison, made again from what was committed, are the same.
# Usage: ./run tools/tiny_sweep.sh
. "$(dirname -- "$0")/tiny_clone.sh"

# A worker that still waits for tasks would keep writing into the folder.
trap 'dvc queue stop --kill >/dev/null 2>&1; rm -rf "$folder"' EXIT

LIMIT=600 # seconds for the queue

# Runs a command whose output is shown only if it fails; what ran is then in $ran.
quietly() {
  "$@" >"$folder/log" 2>&1 || {
    cat "$folder/log" >&2
    fail "$* failed."
  }
  ran=$(sed -n "s/^Running stage '\(.*\)':.*/\1/p" "$folder/log" | tr '\n' ' ')
}

dvc pull -q data.dvc
quietly dvc repro
commit() {
  git add -A
  git -c user.name=sweep -c user.email=sweep@localhost commit -q -m "$1"
}
commit "Tiny profile"

queue() {
  quietly dvc exp run -n "$1" -S "$1.unroll_iterations=0,3" --queue
}
queue direct
queue train
queued=$(dvc queue status | grep -c Queued)
[ "$queued" -eq 4 ] || fail "Two sweeps of two values must queue 4 tasks, the queue has $queued."
quietly dvc queue start
waited=0
while dvc queue status | grep -q 'Queued\|Running'; do
  [ "$waited" -lt "$LIMIT" ] || fail "The queue is not empty after $LIMIT s: $(dvc queue status)"
  sleep 3
  waited=$((waited + 3))
done
results=$(dvc exp list --name-only | grep -c '^\(direct\|train\)-')
[ "$results" -eq "$queued" ] || {
  dvc queue status >&2
  fail "$queued tasks were queued, $results results arrived."
}
echo "$queued tasks queued, $results results."
dvc exp show --md --drop '.*' \
  --keep '.*(direct|evaluate)/summary.json:scenes.epe_px|(direct|train).unroll_iterations'

quietly dvc repro sweep/dvc.yaml
echo "The tracked sweep ran: $ran"
case $ran in
  *"sweep/dvc.yaml:compare ") ;;
  *) fail "The comparison must run last." ;;
esac
quietly dvc repro
[ -z "$ran" ] || fail "Plain dvc repro must leave the sweep alone; it ran: $ran"

# Another T for direct: the first list of that name.
awk '{ print } !done && /^  unroll_iterations:$/ { print "    - 2"; done = 1 }' sweep/params.yaml \
  >"$folder/params.yaml"
mv "$folder/params.yaml" sweep/params.yaml
quietly dvc repro sweep/dvc.yaml
[ "$ran" = "check sweep/dvc.yaml:direct_unrolled@2 sweep/dvc.yaml:compare " ] ||
  fail "Another T must run the check, its own cell and the comparison; it ran: $ran"
echo "Another T ran: $ran"
grep 'The error on occluded pixels' results/sweep/report.md

dvc push -q
commit "Tiny sweep"
deno task -q verify --only remake
