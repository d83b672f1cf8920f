package main

import (
	"io"
	"os"
	"strings"
	"testing"
)

func TestADirectoryIsNoFileToWrite(t *testing.T) {
	t.Chdir(t.TempDir())
	wrote := false
	err := writeFile(".", func(io.Writer) error { wrote = true; return nil })
	if err == nil || wrote || !strings.Contains(err.Error(), "name a file") {
		t.Errorf("wrote %t: %v", wrote, err)
	}
	if left, _ := os.ReadDir("."); len(left) != 0 {
		t.Errorf("%v are left", left)
	}
}
