# Sourced by run, test, check and bench. Sets $root and $python; `prepare LOCK` makes sure that LOCK is installed.
# shellcheck shell=sh
root=$(dirname "$(dirname "$(readlink -f "$0")")")
python=$root/.venv/bin/python

# Our packages come first on the path, and neither the caller's directory nor the caller's settings get in between:
# `events` and `config` are names that other distributions use as well.
unset PYTHONHOME
export PYTHONPATH="$root" PYTHONSAFEPATH=1
# Many threads, little memory: glibc would otherwise keep an arena for each, in each a stock of freed pieces, and would
# no longer hand large pieces back to the system once it has seen a few of them.
export MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-2}"
export GLIBC_TUNABLES="${GLIBC_TUNABLES:-glibc.malloc.tcache_count=0:glibc.malloc.mmap_threshold=131072}"

find_python() {
    for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            echo "$candidate"
            return
        fi
    done
    echo "otomat: needs Python 3.11 or newer, and no python on the PATH is; install one and try again" >&2
    return 69
}

# The copy of the lock inside .venv is written when all of it is installed, so equality means ready.
prepare() {
    if [ -x "$python" ] && cmp -s "$root/$1" "$root/.venv/$1"; then
        return
    fi
    base=$(find_python) || exit
    "$base" -m bin._bootstrap "$1" || exit
}
