#!/bin/sh
# In the bundle this is ./run: the project's programs on a machine without network, Python, Git and DVC.
set -eu

usage() {
  cat <<'END'
./run train [ARG...]     draw scenes, pretrain and train on them, by params.yaml and models/params.yaml; ./run train --help
./run bench/on_gpu       measure this machine's GPU, ten minutes: kernels, ceilings, steps; ./run bench/on_gpu --help
./run COMMAND [ARG...]   run a command with the bundle's deno, in the folder you are in:
                           ./run deno task doctor         which adapter this is, whether it computes correctly
                           ./run deno task test:golden    every golden vector against the kernels
                           ./run deno task bench:step     what a training step takes
                           ./run deno task test tests/compute
./run --help             this page

The machine needs a driver with Vulkan: that of its GPU, or Mesa's CPU driver. Nothing is installed, and nothing stays
outside of this folder. Jobs that train at the same time need a folder each.
END
}

root=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
. "$root/tools/setup.sh"

# LD_LIBRARY_PATH comes before what the system has: the bundle's loader only where there is no other.
need_vulkan_loader() {
  [ -e "$root/lib/libvulkan.so.1" ] || return 0
  for ldconfig in ldconfig /sbin/ldconfig /usr/sbin/ldconfig; do
    case $("$ldconfig" -p 2>/dev/null || :) in *libvulkan.so.1*) return 0 ;; esac
  done
  LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$root/lib
  export LD_LIBRARY_PATH
}

case ${1-} in
  '' | -h | --help | help)
    usage
    exit 0
    ;;
  -*)
    usage >&2
    stop "Unknown option $1."
    ;;
esac

"$root/bin/deno" --version >/dev/null 2>&1 || {
  read -r name <"$root/ABOUT"
  stop "Cannot start $root/bin/deno. This is $name, for glibc 2.27 or newer; the machine is $(uname -s) $(uname -m)." \
    "A file system on which no program may start (noexec) is another reason: unpack it elsewhere."
}

[ -w "$root" ] || stop "Cannot write into $root, where results and caches go. Unpack the bundle into a folder of your own."

environment
need_vulkan_loader
# Packages lie in deno_dir, as if they were from a registry that nobody can reach; a user's .npmrc may name another one.
PATH=$root/bin:$PATH DENO_DIR=$root/deno_dir NPM_CONFIG_REGISTRY=https://packages.invalid DENO_NO_UPDATE_CHECK=1
export PATH DENO_DIR NPM_CONFIG_REGISTRY DENO_NO_UPDATE_CHECK
# Compiled kernels, which drivers else keep in the home folder: Mesa's and NVIDIA's.
mkdir -p "$root/.cache"
: "${MESA_SHADER_CACHE_DIR:=$root/.cache}" "${__GL_SHADER_DISK_CACHE_PATH:=$root/.cache}"
export MESA_SHADER_CACHE_DIR __GL_SHADER_DISK_CACHE_PATH

case $1 in
  train)
    cd -- "$root"
    shift
    # Any program: where LD_LIBRARY_PATH is set, as by a cluster's modules, Deno starts none by a list of names.
    exec deno run --quiet --no-prompt --frozen --cached-only --ignore-env --allow-read=. \
      --allow-write=params.yaml,models,results,.cache/train --allow-run tools/bundle/train.ts "$@"
    ;;
  bench/on_gpu)
    cd -- "$root"
    shift
    exec deno task --quiet bench:on-gpu "$@"
    ;;
  *)
    command -v "$1" >/dev/null || stop "There is no command $1 here. See ./run --help."
    exec "$@"
    ;;
esac
