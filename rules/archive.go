package rules

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"

	"golang.org/x/tools/txtar"

	"github.com/zhengdang/chengxu/casefile"
)

//go:embed packs
var shipped embed.FS

// Embedded gives the packs that are shipped, each after those that it builds on.
func Embedded() ([]*Pack, error) {
	var dirs []string
	err := fs.WalkDir(shipped, "packs", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Name() == "pack.yaml" {
			dirs = append(dirs, path.Dir(name))
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read shipped rule packs: %w", err)
	}
	return LoadAll(shipped, dirs)
}

// templateDir is the pack from which a sub-district starts its own.
const templateDir = "packs/cn/shanghai-sub-district/template"

// Template gives the files of the pack from which local measures are started.
func Template() fs.FS {
	files, err := fs.Sub(shipped, templateDir)
	if err != nil { // the path is a constant and valid
		return embed.FS{}
	}
	return files
}

// archiveComment heads an archive: form and version of the form, and the pack.
const archiveComment = "chengxu rule pack, archive 1: "

// format gives the canonical archive: a txtar of the files, sorted by path.
func format(name string, files []packFile) []byte {
	sortFiles(files)
	a := &txtar.Archive{Comment: []byte(archiveComment + name + "\n")}
	for _, f := range files {
		a.Files = append(a.Files, txtar.File{Name: f.name, Data: f.content})
	}
	return txtar.Format(a)
}

func digestOf(archive []byte) casefile.Digest {
	sum := sha256.Sum256(archive)
	return casefile.Digest(hex.EncodeToString(sum[:]))
}

// ParseArchive is the inverse of [Pack.Archive], with the strictness of
// [LoadPack]. Bytes that are not the canonical archive of the pack that they
// hold are refused.
//
// Over are the packs among which it finds those that it builds on.
func ParseArchive(b []byte, over ...*Pack) (*Pack, error) {
	if len(b) > maxPackBytes+maxFileBytes {
		return nil, fmt.Errorf("archive of a rule pack: %d bytes are too many: %w", len(b), casefile.ErrInvalid)
	}
	a := txtar.Parse(b)
	if len(a.Files) > maxFiles {
		return nil, fmt.Errorf("archive of a rule pack: %d files are too many: %w", len(a.Files), casefile.ErrInvalid)
	}
	files := make([]packFile, len(a.Files))
	seen := map[string]bool{}
	for i, f := range a.Files {
		if !cleanName(f.Name) || seen[f.Name] {
			return nil, fmt.Errorf("archive of a rule pack: file name %q: %w", f.Name, casefile.ErrInvalid)
		}
		if len(f.Data) > maxFileBytes {
			return nil, fmt.Errorf("archive of a rule pack: %s has %d bytes: %w", f.Name, len(f.Data), casefile.ErrInvalid)
		}
		seen[f.Name] = true
		files[i] = packFile{f.Name, f.Data}
	}
	p, err := build(files, over)
	if err != nil {
		return nil, fmt.Errorf("archive of a rule pack:\n%w", err)
	}
	if !bytes.Equal(p.archive, b) {
		return nil, fmt.Errorf("archive of rule pack %s: %w: %w", p.Name(), errNotCanonical, casefile.ErrInvalid)
	}
	return p, nil
}
