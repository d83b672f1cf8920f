#!/bin/sh
# Installs what the tests need and this machine lacks, from Debian's archive.
# What is there already is left alone; nothing is started or configured.
set -eu

say() { printf '%s\n' "setup-test: $*" >&2; }

# root COMMAND… runs a command as root, without asking for a password.
root() {
	if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

# missing PACKAGE PATTERN… prints the package unless one of the files exists.
missing() {
	package=$1
	shift
	for file in "$@"; do
		if [ -x "$file" ]; then return; fi
	done
	printf '%s ' "$package"
}

# What finds barriers in pages is a package of npm. Where npm or its registry is not
# to be had the tests say that nothing checks it.
axe=.cache/node_modules/axe-core/axe.min.js
if [ ! -f "$axe" ] && command -v npm >/dev/null; then
	npm install --silent --no-save --no-audit --no-fund --prefix .cache axe-core@4 </dev/null >/dev/null 2>&1 || say "axe-core could not be installed"
fi

# Papers are written as PDF with the free Fandol fonts, which Debian has in a package of
# TeX. Only the fonts are taken out of it, into the cache of the tree.
fonts=.cache/fonts
if [ ! -f "$fonts/FandolFang-Regular.otf" ] && [ ! -f /usr/share/texlive/texmf-dist/fonts/opentype/public/fandol/FandolFang-Regular.otf ] && command -v apt-get >/dev/null; then
	unpacked=$(mktemp -d)
	if { apt-get -qq download texlive-lang-chinese || { root apt-get -qq update && apt-get -qq download texlive-lang-chinese; }; } >/dev/null 2>&1 &&
		dpkg-deb -x texlive-lang-chinese_*.deb "$unpacked"; then
		mkdir -p "$fonts"
		find "$unpacked" -name 'Fandol*.otf' -exec cp {} "$fonts" ';'
	else
		say "the Fandol fonts (Debian: texlive-lang-chinese) could not be had: papers cannot be tested as PDF"
	fi
	rm -rf texlive-lang-chinese_*.deb "$unpacked"
fi

# Cases are looked at with Temporal's own command line tool. Most of what it consists of
# is what the tests need compiled anyway.
if [ ! -x .cache/bin/temporal ]; then
	say "building Temporal's command line tool"
	sh scripts/temporal-tool.sh </dev/null >&2 || say "Temporal's command line tool could not be built: nothing checks that it finds cases"
fi

packages=
if [ -z "${TEST_POSTGRES_URL:-}" ] && ! command -v postgres >/dev/null; then
	packages=$(missing postgresql /usr/lib/postgresql/*/bin/postgres)
fi
if ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null && ! command -v google-chrome >/dev/null; then
	packages="${packages}chromium "
fi
# The types of the client in TypeScript are checked by its compiler.
if ! command -v tsc >/dev/null; then
	packages="${packages}node-typescript "
fi
# What papers say is read out of their PDF.
if ! command -v pdftotext >/dev/null; then
	packages="${packages}poppler-utils "
fi
# Any font with Chinese will do: without one, pictures of the pages show boxes.
if ! fc-list :lang=zh-cn 2>/dev/null | grep -q .; then
	packages="${packages}fonts-noto-cjk "
fi
if [ -z "$packages" ]; then exit 0; fi

if ! command -v apt-get >/dev/null; then
	say "needed, but not found: $packages"
	say "install a PostgreSQL server (or set TEST_POSTGRES_URL), Chromium and a font with Chinese with this system's package manager"
	exit 1
fi
as_root=
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null; then
		say "run as root: apt-get install $packages"
		exit 1
	fi
	as_root='sudo'
	# Where nobody can type a password, fail instead of waiting for one.
	if [ ! -t 0 ]; then as_root='sudo -n'; fi
fi

say "installing $packages"
$as_root apt-get -qq update
# shellcheck disable=SC2086 # both are lists of words
$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install $packages </dev/null >/dev/null
