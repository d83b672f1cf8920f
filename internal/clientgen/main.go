// Command clientgen writes the clients in Go and TypeScript from the contract:
//
//	go run ./internal/clientgen -contract api/openapi.yaml -go client/api.go -ts client/typescript/chengxu.ts
//
// It knows the part of OpenAPI 3.1 that the contract uses; anything else in it is
// an error, so that nothing is left out in silence. The same contract gives the
// same files.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
)

func main() {
	contract := flag.String("contract", "api/openapi.yaml", "the contract")
	goFile := flag.String("go", "client/api.go", "where the client in Go is written")
	tsFile := flag.String("ts", "client/typescript/chengxu.ts", "where the client in TypeScript is written")
	flag.Parse()
	if err := run(*contract, *goFile, *tsFile); err != nil {
		fmt.Fprintln(os.Stderr, "clientgen:", err)
		os.Exit(1)
	}
}

func run(contract, goFile, tsFile string) error {
	raw, err := os.ReadFile(contract)
	if err != nil {
		return err
	}
	c, err := read(raw)
	if err != nil {
		return err
	}
	source, err := c.golang()
	if err != nil {
		return err
	}
	script, err := c.typescript()
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(goFile, source, 0o644), os.WriteFile(tsFile, script, 0o644))
}
