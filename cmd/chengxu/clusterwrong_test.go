//go:build !noembed

package main

import (
	"context"
	"errors"
	"strings"
	"testing"

	enumspb "go.temporal.io/api/enums/v1"

	"github.com/zhengdang/chengxu/internal/temporalserver"
)

// A namespace in which a search attribute of cases has another type cannot be prepared.
// That is said of every such attribute, and no waiting is tried.
func TestAnAttributeOfAnotherTypeIsNamed(t *testing.T) {
	server, err := temporalserver.Start(t.Context(), temporalserver.Options{
		Dir: t.TempDir(), SearchAttributes: map[string]enumspb.IndexedValueType{
			"CaseOrgan": enumspb.INDEXED_VALUE_TYPE_INT, "CasePractice": enumspb.INDEXED_VALUE_TYPE_BOOL, "CaseSteps": enumspb.INDEXED_VALUE_TYPE_KEYWORD,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	reached := []string{"--temporal-address", server.HostPort(), "--temporal-namespace", temporalserver.DefaultNamespace}
	for _, verb := range []string{"prepare", "check"} {
		out, err := command(t.Context(), append([]string{"cluster", verb}, reached...)...).CombinedOutput()
		if err == nil {
			t.Errorf("cluster %s: no error\n%s", verb, out)
		}
		for _, want := range []string{"CaseOrgan is Int and should be Keyword", "CaseSteps is Keyword and should be KeywordList", "--temporal-namespace"} {
			if !strings.Contains(string(out), want) {
				t.Errorf("cluster %s does not say %q:\n%s", verb, want, out)
			}
		}
	}
	tries := 0
	wrong := &wrongAttributes{namespace: "chengxu", wrong: []string{"CaseOrgan is Int and should be Keyword"}}
	if err := eventually(t.Context(), func(context.Context) error { tries++; return wrong }); !errors.Is(err, wrong) || tries != 1 {
		t.Errorf("tried %d times: %v", tries, err)
	}
}
