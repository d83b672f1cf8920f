package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const (
	contractFile = "../../api/openapi.yaml"
	goFile       = "../../client/api.go"
	tsFile       = "../../client/typescript/chengxu.ts"
)

func TestTheClientsAreThoseOfTheContract(t *testing.T) {
	raw, err := os.ReadFile(contractFile)
	if err != nil {
		t.Fatal(err)
	}
	c, err := read(raw)
	if err != nil {
		t.Fatal(err)
	}
	for file, write := range map[string]func() ([]byte, error){goFile: c.golang, tsFile: c.typescript} {
		want, err := write()
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what the contract gives: run go generate ./client", strings.TrimPrefix(file, "../../"))
		}
	}
}

func TestEveryOperationHasAMethodInBothClients(t *testing.T) {
	raw, err := os.ReadFile(contractFile)
	if err != nil {
		t.Fatal(err)
	}
	c, err := read(raw)
	if err != nil {
		t.Fatal(err)
	}
	source, script := must(os.ReadFile(goFile)), must(os.ReadFile(tsFile))
	if len(c.operations) < 40 || len(c.schemas) < 50 {
		t.Fatalf("only %d operations and %d schemas were read", len(c.operations), len(c.schemas))
	}
	for _, op := range c.operations {
		if !strings.Contains(source, "func (c *Client) "+exported(op.id)+"(") {
			t.Errorf("%s is missing in Go", op.id)
		}
		if !strings.Contains(script, "\n  "+op.id+"(") {
			t.Errorf("%s is missing in TypeScript", op.id)
		}
	}
}

func must(b []byte, err error) string {
	if err != nil {
		panic(err)
	}
	return string(b)
}

func TestTheClientInTypeScriptIsAccepted(t *testing.T) {
	tsc, err := exec.LookPath("tsc")
	if err != nil {
		t.Fatal("no tsc found, and the types of client/typescript would go unchecked: install the Debian package node-typescript (make test does)")
	}
	example := filepath.Join("..", "..", "client", "typescript", "example.ts")
	cmd := exec.CommandContext(t.Context(), tsc, "--noEmit", "--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess", "--noImplicitReturns",
		"--module", "es2022", "--moduleResolution", "node", "--target", "es2022", "--lib", "es2022,dom,dom.iterable", tsFile, example)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestWhatTheGeneratorDoesNotKnowIsAnError(t *testing.T) {
	for name, contract := range map[string]string{
		"a word of schemas":       "components: {schemas: {A: {type: object, allOf: []}}}",
		"a type":                  "components: {schemas: {A: {type: [string, integer]}}}",
		"a parameter in a cookie": "paths: {/a: {get: {operationId: a, parameters: [{name: x, in: cookie, schema: {type: string}}], responses: {\"200\": {description: d}}}}}",
		"no name":                 "paths: {/a: {get: {responses: {\"200\": {description: d}}}}}",
		"no success":              "paths: {/a: {get: {operationId: a, responses: {default: {description: d}}}}}",
		"a reference to nowhere":  "paths: {/a: {get: {operationId: a, parameters: [{$ref: \"#/components/parameters/X\"}], responses: {\"200\": {description: d}}}}}",
	} {
		if _, err := read([]byte(contract)); err == nil {
			t.Errorf("%s is read without a word", name)
		}
	}
}

func TestNamesAreThoseOfTheLanguage(t *testing.T) {
	for name, want := range map[string][2]string{
		"log_index": {"LogIndex", "logIndex"}, "id": {"ID", "id"}, "Idempotency-Key": {"IdempotencyKey", "idempotencyKey"}, "last_url": {"LastURL", "lastUrl"},
		"readCase": {"ReadCase", "readCase"}, "$schema": {"Schema", "schema"}, "cn.a.b-c.v1": {"CnABCV1", "cnABCV1"},
	} {
		if got := [2]string{exported(name), camel(name)}; got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}
