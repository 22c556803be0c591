# Sourced by tools/tiny_*.sh: makes a temporary clone of the last commit with the tiny profile and goes there. Leaves $folder,
# which holds the clone and is removed at the end, and the functions below.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# Ends unless a lock file is as the first run left it, in first.lock.
same_lock() {
  cmp -s "$1" "$folder/first.lock" || {
    diff -u "$folder/first.lock" "$1" >&2 || :
    fail "Two runs with the same inputs gave other bytes: the first stage with equal deps and unequal outs is the culprit."
  }
}

git clone -q "$root" "$folder/clone"
cd "$folder/clone"
deno run -q --no-prompt --ignore-env --allow-read=params.yaml,sweep,models \
  --allow-write=params.yaml,sweep,models tools/tiny_profile.ts
