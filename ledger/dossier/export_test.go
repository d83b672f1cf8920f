package dossier

import (
	"bytes"

	"golang.org/x/mod/sumdb/note"

	"github.com/zhengdang/chengxu/casefile"
)

// Rewrite is for tests: it lets change alter the files of a dossier, signs a new
// manifest when there is a signer, and writes the container again.
func Rewrite(raw []byte, signer note.Signer, change func(files map[string][]byte)) ([]byte, error) {
	files, err := readArchive(bytes.NewReader(raw), int64(len(raw)), dossierShape())
	if err != nil {
		return nil, err
	}
	byName := map[string][]byte{}
	for _, f := range files {
		byName[f.name] = bytes.Clone(f.content)
	}
	change(byName)
	var changed []file
	for name, content := range byName {
		changed = append(changed, file{name, content})
	}
	changed = sorted(changed)
	if signer != nil {
		var d Dossier
		if err := d.takeSummary(byName[summaryName]); err != nil {
			return nil, err
		}
		if byName[manifestName], err = signManifest(d.Summary.Case, changed, signer); err != nil {
			return nil, err
		}
		for i := range changed {
			if changed[i].name == manifestName {
				changed[i].content = byName[manifestName]
			}
		}
	}
	return Container(changed)
}

// Container is for tests: the files as a container, in the order given.
func Container(files []file) ([]byte, error) {
	var out bytes.Buffer
	err := writeArchive(&out, files)
	return out.Bytes(), err
}

// Pack is for tests: one file of a container.
func Pack(name string, content []byte) file { return file{name, content} }

// Digest is for tests.
func Digest(content []byte) casefile.Digest { return digest(content) }

// File is for tests: the files of [Container].
type File = file
