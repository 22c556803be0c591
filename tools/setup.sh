# Set-up for ./run, in POSIX sh: git, Python, .venv, a WebGPU adapter. Sourced, never run.
# shellcheck shell=sh
# set_up ROOT does each step only if it is not done; a step that was interrupted is done anew.
# Anything it prints goes to stderr, so that ./run COMMAND can be piped.

say() { printf '%s\n' "$*" >&2; }

stop() {
  say "$@"
  exit 1
}

set_up() {
  root=$1
  environment
  folders_for_caches
  need_git
  need_virtual_environment
  need_whole_lock
  PATH="$root/.venv/bin:$PATH" VIRTUAL_ENV="$root/.venv"
  export PATH VIRTUAL_ENV
  need_adapter
}

# What the drivers should see. Variables that the user set are left alone.
environment() {
  if [ "$(uname -s)" = Linux ]; then
    # Without a Vulkan driver wgpu would take OpenGL unasked, which gives other bits and no subgroups.
    : "${DENO_WEBGPU_BACKEND:=vulkan}"
    export DENO_WEBGPU_BACKEND
    # Mesa complains when this folder is missing.
    if [ ! -d "${XDG_RUNTIME_DIR-}" ]; then
      XDG_RUNTIME_DIR="$root/.cache/runtime"
      export XDG_RUNTIME_DIR
      [ -d "$XDG_RUNTIME_DIR" ] || (umask 077 && mkdir -p "$XDG_RUNTIME_DIR") ||
        stop "$root cannot be written, which everything here needs. Make a clone of your own, or its owner lets you write."
    fi
    # The CPU driver's vectors: the same width, and so the same sums, on every x86 processor with AVX.
    if [ "$(uname -m)" = x86_64 ]; then
      : "${LP_NATIVE_VECTOR_WIDTH:=256}"
      export LP_NATIVE_VECTOR_WIDTH
    fi
  fi
}

# Deno's and DVC's own caches are in the home folder and in /var/tmp. Where these are not there or not writable (containers,
# clusters, other users' leftovers), they are in the clone, so that nothing fails and nothing is made in odd places.
folders_for_caches() {
  if [ -z "${DENO_DIR-}" ] && ! may_make "${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}/deno"; then
    DENO_DIR="$root/.cache/deno" PIP_CACHE_DIR="${PIP_CACHE_DIR-$root/.cache/pip}"
    export DENO_DIR PIP_CACHE_DIR
  fi
  if [ -z "${DVC_SITE_CACHE_DIR-}" ] && ! may_make /var/tmp/dvc/repo; then
    DVC_SITE_CACHE_DIR="$root/.cache/dvc"
    export DVC_SITE_CACHE_DIR
  fi
}

# Whether a folder can be written, or made: for that, at most the last two parts of its path may be missing.
may_make() {
  folder=$1
  for _ in 0 1 2; do
    if [ -e "$folder" ]; then
      [ -d "$folder" ] && [ -w "$folder" ] && [ -x "$folder" ]
      return
    fi
    folder=${folder%/*}
  done
  return 1
}

need_git() {
  command -v git >/dev/null || provide git "git is missing."
  # A source archive instead of a clone: DVC works without git, experiments do not.
  [ -e "$root/.git" ] || [ -e "$root/.dvc/config.local" ] || {
    say "This is not a git clone: dvc exp will not work, everything else will."
    printf '[core]\n    no_scm = true\n' >"$root/.dvc/config.local"
  }
}

# ---- Python and .venv

# Written last, so that it is missing or different whenever .venv is not whole.
virtual_environment_stamp() {
  printf '%s %s\n' "$root" "$(cksum <"$root/requirements.txt")"
}

need_virtual_environment() {
  venv=$root/.venv
  if [ -x "$venv/bin/python" ] && [ -x "$venv/bin/deno" ] && [ -x "$venv/bin/dvc" ] &&
    [ "$(cat "$venv/.complete" 2>/dev/null)" = "$(virtual_environment_stamp)" ]; then
    return
  fi
  refuse_musl
  python=$(find_python)
  if [ -z "$python" ]; then
    refuse_old_python
    provide python "Python is missing."
    python=$(find_python)
    [ -n "$python" ] || stop "Python 3.10 or newer is needed, and this system's own is older."
  fi
  "$python" -c 'import ensurepip, venv' 2>/dev/null ||
    provide python "$python cannot make virtual environments (ensurepip is missing)."
  refuse_foreign "$venv" .venv || exit 1
  say "Setting up .venv with $("$python" --version): about a minute, once."
  make_environment "$python" "$venv" || stop "Cannot make $venv with $python."
  install_packages "$venv" "$root/requirements.txt" ||
    stop "Cannot install requirements.txt (see above)." \
      "Check the network, then call ./run again: it starts this step anew."
  [ -x "$venv/bin/deno" ] && [ -x "$venv/bin/dvc" ] ||
    stop "pip has put deno and dvc elsewhere than into $venv/bin." \
      "See what it was told (target, prefix) with: $venv/bin/python -m pip config list"
  virtual_environment_stamp >"$venv/.complete"
}

# See tools/whole_lock.py. Copied whenever it differs, as after a git pull.
need_whole_lock() {
  for packages in "$venv"/lib/python3*/site-packages; do
    [ -d "$packages" ] || continue
    [ "$(cat "$packages/whole_lock.py" 2>/dev/null)" = "$(cat "$root/tools/whole_lock.py")" ] ||
      cp "$root/tools/whole_lock.py" "$packages/whole_lock.py" ||
      say "Cannot write $packages: a DVC that is stopped may leave half a dvc.lock."
    [ -e "$packages/whole_lock.pth" ] || echo "import whole_lock" >"$packages/whole_lock.pth" || :
  done
}

# In each environment that ./run makes, from before anything else is in it; .complete is what older versions of ./run left.
MADE_HERE=.made-by-run

# Fails, and says what to do, where making FOLDER anew would empty what ./run did not make.
refuse_foreign() {
  if [ -L "$1" ]; then
    say "$2 is a link to $(readlink "$1" || echo "another place"), which ./run did not make. It would have to be emptied:" \
      "remove the link (rm $2) or give it another name, then call ./run again."
  elif [ -e "$1" ] && [ ! -d "$1" ]; then
    say "$2 is a file, where ./run needs a folder. Give it another name, then call ./run again."
  elif [ ! -e "$1" ] || [ -e "$1/$MADE_HERE" ] || [ -e "$1/.complete" ] || is_empty "$1"; then
    return 0
  else
    say "$2 is there, and ./run did not make it. It would have to be emptied:" \
      "give it another name (mv $2 $2-mine) or delete it, then call ./run again."
  fi
  return 1
}

is_empty() { [ -z "$(ls -A "$1")" ]; }

# make_environment PYTHON FOLDER, whether or not one of ours is there. Not `venv --clear`: the mark has to stay to the last,
# so that what was broken off is known as ours. Of links in it, only the links are deleted.
make_environment() {
  mkdir -p "$2" && : >"$2/$MADE_HERE" || return
  for entry in "$2"/* "$2"/.[!.]*; do
    [ "$entry" = "$2/$MADE_HERE" ] || rm -rf "$entry" || return
  done
  "$1" -m venv "$2"
}

# install_packages FOLDER LIST. The user's own `user = true` of pip would ask for what no virtual environment can do.
install_packages() {
  PIP_USER=0 "$1/bin/python" -m pip install -qq --disable-pip-version-check -r "$2"
}

# The first Python that is new enough; empty if there is none.
find_python() {
  for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python3.10 python}; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
}

refuse_old_python() {
  for candidate in ${PYTHON:-python3 python}; do
    found=$("$candidate" -c 'import platform; print(platform.python_version())' 2>/dev/null) ||
      continue
    stop "Python 3.10 or newer is needed, found $found ($(command -v "$candidate"))." \
      "Install a newer one beside it and call: PYTHON=/path/to/python3.12 ./run"
  done
}

refuse_musl() {
  case $(ldd --version 2>&1) in
    *musl*)
      stop "This system uses musl (Alpine?), for which there is no deno on PyPI." \
        "Use a system with glibc, for example a Debian 12 container."
      ;;
  esac
}

# ---- What only the tests need

# The validator of crates, in an environment of its own: DVC wants other versions of the same packages.
# Without it only its test fails, and says so.
need_validator() {
  validator=$root/.cache/validator
  stamp="$root $(cksum <"$root/requirements-dev.txt")"
  [ "$(cat "$validator/.complete" 2>/dev/null)" = "$stamp" ] && return
  refuse_foreign "$validator" .cache/validator || return 0
  say "Setting up the validator of crates in .cache/validator: half a minute, once."
  if make_environment "$venv/bin/python" "$validator" &&
    install_packages "$validator" "$root/requirements-dev.txt"; then
    printf '%s\n' "$stamp" >"$validator/.complete"
  else
    say "Cannot install requirements-dev.txt (see above). ./run test tries again the next time."
  fi
}

# Looks at the report, and runs the kernels a second time. Without it only these tests fail, and say so.
need_browser() {
  for candidate in chromium chromium-browser google-chrome google-chrome-stable \
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
    ! command -v "$candidate" >/dev/null || return 0
  done
  [ "$(package_manager)" = apt-get ] && may_install || {
    say "There is no Chromium, in which tests look at the report and run the kernels. Install it with your package manager."
    return 0
  }
  say "There is no Chromium, in which tests look at the report and run the kernels. Installing chromium with apt-get."
  apt_install chromium ||
    say "apt-get could not install chromium (see above). ./run test tries again the next time."
}

# ---- WebGPU adapter

# Changes with the installed drivers and what selects them, and so tells when to look again.
adapter_stamp() {
  {
    virtual_environment_stamp
    ls /usr/share/vulkan/icd.d /etc/vulkan/icd.d 2>/dev/null || :
    printf '%s\n' "${DENO_WEBGPU_BACKEND-}" "${VK_DRIVER_FILES-}" "${VK_ICD_FILENAMES-}"
  } | cksum
}

need_adapter() {
  [ "$(cat "$venv/.adapter" 2>/dev/null)" = "$(adapter_stamp)" ] && return
  if ! probe_adapter; then
    [ "$(uname -s)" = Linux ] || stop "$answer"
    for variable in VK_DRIVER_FILES VK_ICD_FILENAMES DENO_WEBGPU_BACKEND; do
      eval "value=\${$variable-}"
      [ -n "$value" ] && [ "$value" != vulkan ] || continue
      if (unset "$variable" && export DENO_WEBGPU_BACKEND=vulkan && probe_adapter); then
        stop "There is no WebGPU adapter where $variable is '$value', and there is one without. Unset or correct it."
      fi
    done
    provide adapter "There is no WebGPU adapter: no graphics driver with Vulkan, nor Mesa's CPU driver."
    probe_adapter || stop "There is still no WebGPU adapter: $answer"
  fi
  adapter_stamp >"$venv/.adapter"
}

# The doctor's own words stay in $answer.
probe_adapter() {
  answer=$(cd -- "$root" && deno run --no-prompt --quiet --ignore-env commands/doctor.ts --quiet 2>&1)
}

# ---- Data and committed results

# Whether a command is DVC's and runs stages, here or in the copies that its queue makes of what is fetched.
runs_stages() {
  case "$1 ${2-} ${3-}" in
    "dvc repro "* | "dvc exp run" | "dvc experiments run" | "dvc queue start") ;;
    *) return 1 ;;
  esac
  for argument; do
    case $argument in -h | --help | --dry | --allow-missing) return 1 ;; esac
  done
}

# In a fresh clone DVC would find no data and take every stage for changed. ./run alone fetches by itself.
need_data() {
  [ ! -e "$root/data" ] || return 0
  say "Nothing is fetched yet: dvc pull."
  answer=$(cd -- "$root" && dvc pull --allow-missing 2>&1) ||
    {
      say "$answer"
      stop "Cannot fetch data and results (see above)."
    }
}

# ---- The system's packages

package_manager() {
  for manager in apt-get dnf pacman zypper apk brew; do
    if command -v "$manager" >/dev/null; then
      printf '%s\n' "$manager"
      return
    fi
  done
}

# What git, python and adapter are called by MANAGER.
packages_for() {
  case $1-$2 in
    git-*) echo git ;;
    python-apt-get) echo python3 python3-venv ;;
    python-dnf | python-apk) echo python3 ;;
    python-zypper) echo python311 ;;
    python-pacman | python-brew) echo python ;;
    adapter-apt-get) echo mesa-vulkan-drivers ;;
    adapter-dnf) echo mesa-vulkan-drivers vulkan-loader ;;
    adapter-pacman) echo vulkan-swrast vulkan-icd-loader ;;
    adapter-zypper) echo libvulkan_lvp libvulkan1 ;;
    adapter-apk) echo mesa-vulkan-swrast vulkan-loader ;;
  esac
}

install_command() {
  case $1 in
    apt-get | dnf | zypper) echo "sudo $1 install" ;;
    pacman) echo "sudo pacman -S" ;;
    apk) echo "sudo apk add" ;;
    brew) echo "brew install" ;;
  esac
}

# provide git|python|adapter REASON: installs it where apt and root are at hand, else stops with the command.
provide() {
  manager=$(package_manager)
  if [ -z "$manager" ]; then
    stop "$2 Install $(packages_for "$1" apt-get) or what your system calls it, then call ./run again."
  fi
  packages=$(packages_for "$1" "$manager")
  if [ "$manager" = apt-get ] && may_install; then
    say "$2 Installing $packages with apt-get."
    # shellcheck disable=SC2086 # several packages
    apt_install $packages || stop "apt-get could not install $packages (see above)."
  else
    stop "$2 Run: $(install_command "$manager") $packages" "- then call ./run again."
  fi
}

may_install() { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

# The package lists may be missing or old: then they are fetched and it is tried once more.
apt_install() {
  apt_get install -y --no-install-recommends "$@" >/dev/null 2>&1 || {
    apt_get update >&2 && apt_get install -y --no-install-recommends "$@" >&2
  }
}

apt_get() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -q "$@"; }
