package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/sdk/client"
)

// How a cluster is reached: flags before variables before the profile before what is
// usual.
func TestFlagsWinOverVariablesOverTheProfile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "temporal.toml")
	profiles := `
[profile.default]
address = "profile:1"
namespace = "of-the-profile"
[profile.city]
address = "city:1"
[profile.city.tls]
server_name = "city.example"
`
	if err := os.WriteFile(file, []byte(profiles), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(t.TempDir(), "none.toml")
	type reached struct {
		Address, Namespace, ServerName string
		TLS                            bool
	}
	for _, tt := range []struct {
		name  string
		flags clusterOptions
		env   map[string]string
		want  reached
	}{
		{"nothing is said", clusterOptions{profileFile: empty}, nil, reached{"127.0.0.1:7233", "chengxu", "", false}},
		{"the profile", clusterOptions{profileFile: file}, nil, reached{"profile:1", "of-the-profile", "", false}},
		{"variables", clusterOptions{profileFile: file}, map[string]string{"TEMPORAL_ADDRESS": "env:1"}, reached{"env:1", "of-the-profile", "", false}},
		{"flags", clusterOptions{profileFile: file, address: "flag:1", namespace: "n"}, map[string]string{"TEMPORAL_ADDRESS": "env:1"}, reached{"flag:1", "n", "", false}},
		{"another profile", clusterOptions{profileFile: file, profile: "city"}, nil, reached{"city:1", "chengxu", "city.example", true}},
		{"TLS by a flag over the profile", clusterOptions{profileFile: file, profile: "city", server: "other.example"}, nil, reached{"city:1", "chengxu", "other.example", true}},
		{"TLS alone", clusterOptions{profileFile: empty, secure: true}, map[string]string{"TEMPORAL_TLS": "false"}, reached{"127.0.0.1:7233", "chengxu", "", true}},
		{"an API key is sent over TLS", clusterOptions{profileFile: empty}, map[string]string{"TEMPORAL_API_KEY": "secret"}, reached{"127.0.0.1:7233", "chengxu", "", true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, name := range []string{"TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE", "TEMPORAL_API_KEY", "TEMPORAL_PROFILE", "TEMPORAL_CONFIG_FILE", "TEMPORAL_TLS"} {
				if value, ok := tt.env[name]; ok {
					t.Setenv(name, value)
				}
			}
			dial, err := tt.flags.dial()
			if err != nil {
				t.Fatal(err)
			}
			got := reached{Address: dial.HostPort, Namespace: dial.Namespace, TLS: dial.ConnectionOptions.TLS != nil}
			if got.TLS {
				got.ServerName = dial.ConnectionOptions.TLS.ServerName
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	for name, o := range map[string]clusterOptions{
		"a profile that is not there":       {profileFile: file, profile: "village"},
		"a certificate without its key":     {profileFile: empty, cert: file},
		"authorities in no file":            {profileFile: empty, ca: empty},
		"an API key in a file that is none": {profileFile: empty, apiKey: empty},
	} {
		if _, err := o.dial(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// An engine may be started again between two connections of a process that starts.
func TestAClusterThatDoesNotAnswerIsWaitedFor(t *testing.T) {
	for _, refusals := range []int{0, 5, 1000} {
		synctest.Test(t, func(t *testing.T) {
			tried := 0
			_, err := patiently(t.Context(), slog.New(slog.DiscardHandler), "engine:7233", func(context.Context) (client.Client, error) {
				if tried++; tried <= refusals {
					return nil, io.ErrUnexpectedEOF
				}
				return nil, nil
			})
			if waited := refusals < 60; waited != (err == nil) || (err != nil && (!errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), "engine:7233"))) {
				t.Errorf("after %d attempts: %v", tried, err)
			}
		})
	}
}
