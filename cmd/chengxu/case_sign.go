package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger"
)

// sign has the server say what an act comes to on the case as it is, makes sure that
// it is the act that was asked for, and signs it. It gives the ETag with which the
// signed act is sent.
func (r *remote) sign(ctx context.Context, id, keyFile string, act map[string]any) (*casefile.Signature, string, error) {
	key, err := readPersonalKey(keyFile)
	if err != nil {
		return nil, "", err
	}
	asked := maps.Clone(act)
	delete(asked, "id")
	answer, _, err := r.ask(ctx, http.MethodPost, casePath(id, "/dry-run"), nil, asked, "")
	if err != nil {
		return nil, "", err
	}
	var run struct{ Statement string }
	if err := json.Unmarshal(answer, &run); err != nil {
		return nil, "", fmt.Errorf("read answer: %w", err)
	}
	statement, err := casefile.ParseStatement([]byte(run.Statement))
	if err != nil {
		return nil, "", err
	}
	if err := states(statement, id, act); err != nil {
		return nil, "", err
	}
	signature := casefile.Sign(key, []byte(run.Statement))
	return &signature, strconv.Quote(strconv.FormatInt(statement.After, 10)), nil
}

// states makes sure that a statement says nothing else than the act.
func states(s casefile.Statement, id string, act map[string]any) error {
	if string(s.Case) != id || s.Kind != act["kind"] || s.Mandate != orNone(act["under"]) {
		return errors.New("the statement of the server is of another act, and was not signed")
	}
	with, _ := act["with"].(map[string]any)
	asked := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(with)) {
		if with[name] != nil {
			asked[name] = with[name]
		}
	}
	reasons, _ := act["reasons"].(map[string]string)
	if !same(asked, s.With) || !same(reasons, s.Reasons) {
		return errors.New("the statement of the server says something else than was asked for, and was not signed")
	}
	return nil
}

// same reports whether two objects have one canonical form; none is an empty one.
func same[A, B any](a map[string]A, b map[string]B) bool {
	if len(a) == 0 && len(b) == 0 {
		return true
	}
	one, err := ledger.Canonical(a)
	if err != nil {
		return false
	}
	other, err := ledger.Canonical(b)
	return err == nil && bytes.Equal(one, other)
}

func orNone(v any) string {
	text, _ := v.(string)
	return text
}
