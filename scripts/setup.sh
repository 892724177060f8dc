#!/bin/sh
# Makes .venv with the locked dependencies and this project (editable) in it.
#   scripts/setup.sh       what running needs
#   scripts/setup.sh dev   that, and what testing needs
# Does nothing when .venv already is what the files below ask for.
# PYTHON=/path/to/python chooses the interpreter.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/.."

inputs='pyproject.toml uv.lock requirements.txt requirements-dev.txt requirements-build.txt scripts/setup.sh'
advice='apt install python3 python3-venv (Debian, Ubuntu), brew install python (macOS), or https://www.python.org'
dev='' lacks_only_tools=''
[ "${1:-}" != dev ] || dev=yes

stop() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}

version_of() {
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null
}

# What .venv was made from: a changed file, another Python or a moved checkout makes it stale.
state() {
    pwd
    version_of .venv/bin/python || true
    # shellcheck disable=SC2086  # a list of names
    cksum $inputs
}

is_ready() {
    [ -f "$1" ] && [ "$(cat "$1")" = "$now" ]
}

now=$(state)
if [ -z "${PYTHON:-}" ] || [ "$(version_of "$PYTHON")" = "$(version_of .venv/bin/python)" ]; then
    if is_ready .venv/.ready-dev; then exit 0; fi
    if is_ready .venv/.ready; then
        [ -n "$dev" ] || exit 0
        lacks_only_tools=yes
    fi
fi
# A stale environment that had the test tools gets them again.
[ ! -f .venv/.ready-dev ] || dev=yes

uv=
! command -v uv >/dev/null 2>&1 || uv=yes

# Names on PATH may be wrappers of absent versions, so each is run, not just looked up.
python='' too_old='' no_venv=''
for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
    version=$(version_of "$name") || continue
    if ! "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        too_old=${too_old:-"$name is Python $version"}
    elif [ -z "$uv" ] && ! "$name" -c 'import venv, ensurepip' 2>/dev/null; then
        no_venv=${no_venv:-"$name"}
    else
        python=$name
        break
    fi
done
if [ -z "$python" ]; then
    [ -z "$no_venv" ] || stop "$no_venv cannot make virtual environments: apt install python3-venv"
    [ -z "$too_old" ] || stop "Python 3.11 or newer is needed, $too_old: $advice"
    [ -z "${PYTHON:-}" ] || stop "PYTHON=$PYTHON does not run"
    # uv may know, or fetch, a Python that is not on PATH.
    [ -n "$uv" ] || stop "Python 3.11 or newer is needed: $advice"
fi

if [ ! -w . ] || { [ -e .venv ] && [ ! -w .venv ]; }; then
    stop "cannot write to $(pwd): make the folder writable or use a copy of your own"
fi

log=$(mktemp) || stop "cannot write to ${TMPDIR:-/tmp}"
trap 'rm -f "$log"' EXIT
trap 'exit 130' INT TERM

says() {
    grep -qiE "$1" "$log"
}

stop_on_hash_mismatch() {
    ! says 'do not match the hashes|hash mismatch' ||
        stop "a downloaded file does not have the recorded hash, so nothing more was installed; if you use a mirror of the package index, it may serve other files"
}

install_with_uv() {
    unset VIRTUAL_ENV
    UV_PROJECT_ENVIRONMENT=.venv
    export UV_PROJECT_ENVIRONMENT
    { [ -n "$lacks_only_tools" ] || uv venv --quiet --clear --python "${python:->=3.11}" .venv; } &&
        uv sync --quiet --frozen --no-install-project --no-default-groups --group build ${dev:+--group dev} &&
        uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
}

pip() {
    .venv/bin/python -m pip --disable-pip-version-check --no-input --quiet "$@"
}

# The build tools come first and are pinned like the rest: owlready2 has no wheel, and pip would
# otherwise build it, and this project, with whatever versions are the newest today.
install_with_pip() {
    { [ -n "$lacks_only_tools" ] && pip --version; } || "$python" -m venv --clear .venv &&
        pip install --require-hashes -r requirements-build.txt &&
        pip install --require-hashes --no-build-isolation --use-pep517 \
            -r requirements.txt ${dev:+-r requirements-dev.txt} &&
        pip install --no-deps --no-build-isolation --editable .
}

echo 'Setting up .venv (up to a minute the first time)'
done=
if [ -n "$uv" ]; then
    if install_with_uv >"$log" 2>&1; then
        done=yes
    else
        stop_on_hash_mismatch
        # uv takes files from the addresses in its lock; pip also knows mirrors set up for pip.
        "$python" -c 'import venv, ensurepip' 2>/dev/null || python=
    fi
fi
if [ -z "$done" ] && [ -n "$python" ]; then
    if install_with_pip >>"$log" 2>&1; then
        done=yes
    fi
fi

if [ -z "$done" ]; then
    stop_on_hash_mismatch
    ! says 'certificate.?verify.?failed|invalid peer certificate|UnknownIssuer' ||
        stop 'the package index answers with a certificate that is not trusted here: set SSL_CERT_FILE and PIP_CERT to the right bundle'
    ! says 'no space left' || stop 'the disk is full'
    ! says 'connection refused|name resolution|newconnectionerror|connecttimeout|readtimeout|timed out|max retries|unreachable|error sending request|dns error|failed to (fetch|connect|download)|from versions: none|proxyerror' ||
        stop 'the Python package index cannot be reached: check the network, or name a mirror in PIP_INDEX_URL'
    tail -n 20 "$log" >&2
    stop 'installing failed for the reason above'
fi

rm -f .venv/.ready .venv/.ready-dev
state >".venv/.ready${dev:+-dev}"
