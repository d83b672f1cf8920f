package dossier

// shape says which files an archive may hold, and how large they are at most. A name
// that it does not know is refused before its content is read, so no path can lead out of
// a folder.
type shape struct {
	limit func(name string) int64 // largest size of the file; 0: there is no such file
	size  int64                   // of the whole archive
	files int
}

func dossierShape() shape { return shape{limit: sizeLimit, size: MaxSize, files: maxFiles} }

// Limits of an excerpt.
const (
	MaxExcerpt      = 96 << 20 // bytes of the whole file
	maxExcerptFiles = 300
)

func excerptShape() shape {
	return shape{limit: excerptLimit, size: MaxExcerpt, files: maxExcerptFiles}
}

func excerptLimit(name string) int64 {
	switch {
	case name == manifestName, name == readmeName, name == statementName:
		return 256 * kib
	case name == checkpointName, name == keyName:
		return 16 * kib
	case entryFile.MatchString(name):
		return 4 * mib
	case documentFile.MatchString(name):
		return 64 * mib
	}
	return 0
}
