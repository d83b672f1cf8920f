#!/bin/sh
# Makes the files of a release in dist/VERSION: static binaries, with and without the
# embedded engine, for two processors; what they are made of; licences; sums.
#
#   sh scripts/release.sh VERSION [KIND-ARCH…]      such as slim-amd64; all when left out
#
# The same commit, version and Go give the same binaries, wherever they are built.
set -eu
cd "$(dirname "$0")/.."

version=${1:?usage: release.sh VERSION [KIND-ARCH…]}
shift
[ $# -gt 0 ] || set -- full-amd64 slim-amd64 full-arm64 slim-arm64
out=${DIST:-dist}/$version
revision=${REVISION:-$(git rev-parse HEAD)$(git diff --quiet HEAD || printf -- -modified)}
cyclonedx=github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0
export CGO_ENABLED=0 GOFLAGS='-buildvcs=false -trimpath'

mkdir -p "$out"
for what; do
	kind=${what%-*} arch=${what#*-}
	case $kind in
	full) name=chengxu tags= ;;
	slim) name=chengxu-slim tags=noembed ;;
	*) echo "release: $what: want full-ARCH or slim-ARCH" >&2 && exit 2 ;;
	esac
	began=$(date +%s)
	GOOS=linux GOARCH=$arch go build -tags "$tags" -ldflags "-s -w -buildid= -X main.releaseVersion=$version -X main.releaseRevision=$revision" \
		-o "$out/$name-$version-linux-$arch" ./cmd/chengxu
	echo "release: $name $arch: $(wc -c <"$out/$name-$version-linux-$arch") bytes in $(($(date +%s) - began)) s" >&2
done
cp LICENSE "$out/LICENSE"

# Those who pass a binary on pass these on with it.
licences() {
	go list -deps -f '{{with .Module}}{{if .Version}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' ./cmd/chengxu | LC_ALL=C sort -u |
		while read -r module number dir; do
			printf '\n==== %s %s\n' "$module" "$number"
			files=$(find "$dir" -maxdepth 1 -type f \( -iname 'licen[sc]e*' -o -iname 'copying*' -o -iname 'notice*' \) | LC_ALL=C sort)
			if [ -n "$files" ]; then
				printf '%s\n' "$files" | while read -r file; do cat "$file"; done
			else
				echo "This module carries no file with its licence; its repository does: https://$module"
			fi
		done
}
if [ -z "${BINARIES_ALONE:-}" ]; then
	licences >"$out/THIRD-PARTY-LICENSES"
	for binary in "$out"/chengxu-*-linux-*; do
		case $binary in *.json) continue ;; esac
		go run "$cyclonedx" bin -json -noserial -notimestamp -version "v$version" -output "$binary.cdx.json" "$binary"
	done
fi
(cd "$out" && find . -type f ! -name SHA256SUMS | sed 's,^\./,,' | LC_ALL=C sort | xargs sha256sum >SHA256SUMS)
echo "release: $out" >&2
