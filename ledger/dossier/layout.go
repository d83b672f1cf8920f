package dossier

import (
	_ "embed"
	"fmt"
	"regexp"
	"strings"
)

// The names of the files in a dossier.
const (
	manifestName   = "MANIFEST"
	readmeName     = "README.txt"
	calendarName   = "calendar.json"
	summaryName    = "case.json"
	checkpointName = "checkpoint"
	definitionName = "definition.json"
	keyName        = "key"

	adoptedDir   = "adopted/"
	documentsDir = "documents/"
	entriesDir   = "entries/"
	historiesDir = "histories/"
	packsDir     = "packs/"
	packSuffix   = ".txtar"
)

// Limits of a dossier. A file that exceeds one is refused before it is read.
const (
	MaxSize      = 1 << 30 // bytes of the whole file
	MaxEntries   = 20_000
	MaxHistories = 999
	maxFiles     = 60_000

	kib, mib = 1 << 10, 1 << 20
)

var (
	entryFile    = regexp.MustCompile(`^entries/[0-9]{6}\.json$`)
	historyFile  = regexp.MustCompile(`^histories/[0-9]{3}\.json$`)
	adoptedFile  = regexp.MustCompile(`^adopted/[0-9a-f]{64}$`)
	documentFile = regexp.MustCompile(`^documents/[0-9a-f]{64}$`)
	packFile     = regexp.MustCompile(`^packs/[a-z0-9][a-z0-9.@_-]{0,99}\.txtar$`)
)

// sizeLimit gives the largest size of a file by its name; 0 when a dossier has
// no such file. Names are matched whole, so no path can lead out of a folder.
func sizeLimit(name string) int64 {
	switch name {
	case manifestName:
		return 16 * mib
	case readmeName, summaryName:
		return 256 * kib
	case checkpointName, keyName:
		return 16 * kib
	case definitionName, calendarName:
		return 16 * mib
	}
	switch {
	case entryFile.MatchString(name):
		return 16 * mib
	case packFile.MatchString(name), adoptedFile.MatchString(name):
		return 32 * mib
	case documentFile.MatchString(name):
		return 256 * mib
	case historyFile.MatchString(name):
		return 512 * mib
	}
	return 0
}

func entryName(sequence int) string { return fmt.Sprintf(entriesDir+"%06d.json", sequence) }
func historyName(n int) string      { return fmt.Sprintf(historiesDir+"%03d.json", n) }
func packName(pack string) string   { return packsDir + pack + packSuffix }

// packOf is the inverse of packName.
func packOf(name string) string {
	return strings.TrimSuffix(strings.TrimPrefix(name, packsDir), packSuffix)
}

func shortName(name string) string {
	const most = 80
	if len(name) > most {
		name = name[:most] + "…"
	}
	return fmt.Sprintf("%q", name)
}

// readme tells whoever opens the container how to verify it.
//
//go:embed README.txt
var readme []byte
