#!/usr/bin/env bash
# Drives the playground in headless Chromium: run.sh FOLDER URL [ARGUMENT...]. Chromium comes from Debian and
# playwright-core from npm, kept in FOLDER; what is there already is used.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$1
shift

chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [ -z "$chromium" ]; then
    as_root=$([ "$(id -u)" = 0 ] || echo sudo)
    $as_root apt-get update -qq >&2
    $as_root apt-get install -y -qq --no-install-recommends chromium >&2
    chromium=$(command -v chromium)
fi

version=1.65.1
if ! grep -qs "\"version\": \"$version\"" "$folder/node_modules/playwright-core/package.json"; then
    mkdir -p "$folder"
    npm install --prefix "$folder" --no-save --ignore-scripts --no-audit --no-fund --silent "playwright-core@$version" >&2
fi

CHROMIUM=$chromium PLAYWRIGHT=$folder/node_modules/playwright-core/index.js exec node "$here/drive.mjs" "$@"
