package dossier

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger"
)

// manifestTitle is the first line of a manifest. It has a space, so that a
// manifest can never be taken for a checkpoint of the same key.
const manifestTitle = "chengxu dossier 1"

// manifestText lists every file but the manifest itself: digest, size, name.
func manifestText(id casefile.ID, files []file) string {
	return manifestOf(manifestTitle, id, files)
}

func manifestOf(title string, id casefile.ID, files []file) string {
	var b strings.Builder
	b.WriteString(title + "\ncase " + string(id) + "\n")
	for _, f := range files {
		if f.name != manifestName {
			b.WriteString(manifestLine(f) + "\n")
		}
	}
	return b.String()
}

func manifestLine(f file) string {
	return string(digest(f.content)) + " " + strconv.Itoa(len(f.content)) + " " + f.name
}

func digest(content []byte) casefile.Digest {
	sum := sha256.Sum256(content)
	return casefile.Digest(hex.EncodeToString(sum[:]))
}

func signManifest(id casefile.ID, files []file, signer note.Signer) ([]byte, error) {
	signed, err := ledger.SignNote(manifestText(id, files), signer)
	if err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	return signed, nil
}

// checkManifest compares the manifest with the files that are there.
func (s *sealCheck) checkManifest() {
	text, err := ledger.OpenNote(s.d.manifest, s.verifier)
	if err != nil {
		s.fail(manifestName, "签名无效：%v", "signature does not hold: %v", err)
		return
	}
	if text == manifestText(s.d.Summary.Case, s.d.files) {
		return
	}
	s.explainManifest(text)
}

// explainManifest says where a validly signed manifest and the files differ.
func (s *sealCheck) explainManifest(text string) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	before := len(s.part.Problems)
	if len(lines) < 2 || lines[0] != manifestTitle {
		s.fail(manifestName, "不是案卷清单", "not the manifest of a dossier")
		return
	}
	if lines[1] != "case "+string(s.d.Summary.Case) {
		s.fail(manifestName, "不是本案的清单", "not the manifest of this case")
	}
	listed := map[string]string{}
	for _, line := range lines[2:] {
		parts := strings.SplitN(line, " ", 3)
		listed[parts[len(parts)-1]] = line
	}
	for _, f := range s.d.files {
		line, ok := listed[f.name]
		delete(listed, f.name)
		switch {
		case f.name == manifestName:
		case !ok:
			s.fail(f.name, "清单中没有这个文件", "the manifest does not list this file")
		case line != manifestLine(f):
			s.fail(f.name, "内容与清单记载的散列或大小不符", "content differs from the digest or size in the manifest")
		}
	}
	for _, name := range casefile.SortedNames(listed) {
		s.fail(shortName(name), "清单列有此文件，案卷中没有", "the manifest lists this file and the dossier lacks it")
	}
	if len(s.part.Problems) == before {
		s.fail(manifestName, "清单格式不符", "not in the one form that is accepted")
	}
}
