#!/bin/sh
# Prepares this machine: system packages when permitted, .venv, portal assets.
# usage: deploy/amorce.sh run|test      Safe to run again: it does only what is missing.
set -eu
cd "$(dirname "$0")/.."
goal="${1:-run}"
python="${PYTHON:-python3}"
say() { printf '· %s\n' "$*"; }
stop() { printf '✗ %s\n' "$*" >&2; exit 1; }

sudo_or_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}
may_install() {
    command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }
}

corpus_fonts="fonts-liberation fonts-dkg-handwriting fonts-breip fonts-kristi
    fonts-dancingscript fonts-femkeklaver fonts-rufscript fonts-bwht fonts-gnutypewriter"

missing_packages() {
    "$python" -c 'import venv, ensurepip' 2>/dev/null || echo python3-venv
    data=$(find /usr/share/tesseract-ocr /usr/share/tessdata "${TESSDATA_PREFIX:-/nowhere}" \
        -name 'fra.traineddata' -o -name 'osd.traineddata' 2>/dev/null || true)
    case "$data" in *fra.*) ;; *) echo tesseract-ocr-fra ;; esac
    case "$data" in *osd.*) ;; *) echo tesseract-ocr-osd ;; esac
    ldconfig -p 2>/dev/null | grep -q libmagic || echo libmagic1
    if [ "$goal" = test ]; then
        command -v chromium >/dev/null || echo chromium
        # the hands and typewriters of the corpus: other fonts, other figures
        for package in $corpus_fonts; do
            dpkg -s "$package" >/dev/null 2>&1 || echo "$package"
        done
    fi
}

install_packages() {
    packages=$(missing_packages | tr '\n' ' ')
    [ -z "$packages" ] && return 0
    if may_install; then
        say "installation des paquets système : $packages"
        if { sudo_or_root apt-get update -qq &&
            DEBIAN_FRONTEND=noninteractive sudo_or_root apt-get install -y -qq \
                --no-install-recommends $packages; } >/dev/null 2>&1; then
            return 0
        fi
    fi
    say "paquets système absents : installez-les par « apt install $packages»"
    case "$packages" in
    *python3-venv*) stop "python3-venv est indispensable pour continuer." ;;
    *) say "sans eux : pages lues par le moteur photo, plus lentement." ;;
    esac
}

install_python() {
    lock=requirements.lock
    [ "$goal" = test ] && lock=requirements-dev.lock
    mark=".venv/.installe-$goal"
    sum=$(cat requirements-uv.lock "$lock" pyproject.toml | sha256sum)
    [ "$(cat "$mark" 2>/dev/null || true)" = "$sum" ] && return 0
    [ -x .venv/bin/python ] || "$python" -m venv .venv
    say "installation des bibliothèques Python (une fois, quelques minutes)"
    .venv/bin/python -m pip install -q --disable-pip-version-check \
        --require-hashes -r requirements-uv.lock
    # a slow mirror deserves patience: nothing is lost by waiting
    UV_HTTP_TIMEOUT="${UV_HTTP_TIMEOUT:-300}" .venv/bin/uv pip install -q \
        --require-hashes -r "$lock"
    .venv/bin/uv pip install -q --no-deps --no-build-isolation -e .
    printf '%s' "$sum" >"$mark"
}

npm_command() {
    if command -v npm >/dev/null; then
        echo npm
    else
        .venv/bin/uv pip install -q --require-hashes -r requirements-npm.lock
        echo "$PWD/.venv/bin/npm"
    fi
}

install_assets() {
    mark="node_modules/.installe-$goal"
    sum=$(sha256sum <package-lock.json)
    [ "$(cat "$mark" 2>/dev/null || true)" = "$sum" ] && return 0
    say "installation des feuilles de style et scripts du portail"
    extra=--omit=dev
    [ "$goal" = test ] && extra=
    npm=$(npm_command)
    PATH="$PWD/.venv/bin:$PATH" "$npm" ci --ignore-scripts --no-audit --no-fund \
        --loglevel=error $extra
    printf '%s' "$sum" >"$mark"
}

install_packages
install_python
install_assets
