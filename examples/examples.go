// Package examples holds the scenarios that come with the program: cases built
// on published consultations, and the legal acceptance tests under law.
package examples

import "embed"

// Files are the scenario files.
//
//go:embed *.yaml law/*.yaml
var Files embed.FS
