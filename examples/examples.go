// Package examples holds the scenarios that come with the program: cases built
// on published consultations, the legal acceptance tests under law, and under
// conduct how the engine must behave when cases go another way.
package examples

import "embed"

// Files are the scenario files.
//
//go:embed *.yaml law/*.yaml conduct/*.yaml stories/*.yaml
var Files embed.FS
