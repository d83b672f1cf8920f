package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	compose "github.com/compose-spec/compose-go/v2/types"
	"golang.org/x/mod/modfile"

	"github.com/zhengdang/chengxu/api"
)

// composeFiles are what an installation is started with.
var composeFiles = []string{"docker-compose.yml", "docker-compose.one.yml"}

// secretValue stands for the value of a variable that nobody else may know.
func secretValue(name string) string { return "secret-of-" + name }

// composed reads a compose file as docker does, every profile included.
func composed(t *testing.T, file string) *compose.Project {
	t.Helper()
	env := compose.Mapping{}
	for _, name := range documented(t) {
		if strings.HasSuffix(name, "_PASSWORD") {
			env[name] = secretValue(name)
		}
	}
	top := must(filepath.Abs("../.."))
	project, err := loader.LoadWithContext(t.Context(), compose.ConfigDetails{
		WorkingDir: top, ConfigFiles: []compose.ConfigFile{{Filename: filepath.Join(top, file)}}, Environment: env,
	}, loader.WithProfiles([]string{"*"}))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return project
}

// documented gives the variables that the example of .env explains.
func documented(t *testing.T) []string {
	t.Helper()
	var names []string
	for line := range strings.Lines(string(must(os.ReadFile("../../.env.example")))) {
		if name, _, set := strings.Cut(line, "="); set && !strings.HasPrefix(line, "#") {
			names = append(names, name)
		}
	}
	return names
}

// writesItsOwn are the services that cannot run on a file system of which nothing can
// be written, each with its reason.
var writesItsOwn = map[string]string{"temporal-ui": "its start script writes the configuration that it starts with"}

var pinnedImage = regexp.MustCompile(`^[a-z0-9./-]+:(v?[0-9]+\.[0-9]+[0-9a-z.-]*|dev)(@sha256:[0-9a-f]{64})?$`)

// Nothing runs with more rights than it needs, and nothing is published to a network.
func TestServicesOfComposeAreConfined(t *testing.T) {
	for _, file := range composeFiles {
		for name, s := range composed(t, file).Services {
			problem := func(format string, args ...any) { t.Errorf("%s: %s: %s", file, name, fmt.Sprintf(format, args...)) }
			if !pinnedImage.MatchString(s.Image) {
				problem("image %q is not pinned by its version", s.Image)
			}
			if s.Privileged || s.NetworkMode != "" || s.Pid != "" || len(s.CapAdd) > 0 || len(s.Devices) > 0 {
				problem("asks for rights of the host")
			}
			if s.User == "" || strings.HasPrefix(s.User, "0") || strings.HasPrefix(s.User, "root") {
				problem("runs as user %q", s.User)
			}
			if !s.ReadOnly && writesItsOwn[name] == "" {
				problem("its file system can be written to")
			}
			if !slices.Contains(s.CapDrop, "ALL") || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
				problem("keeps capabilities: %v, %v", s.CapDrop, s.SecurityOpt)
			}
			if s.MemLimit <= 0 {
				problem("may take all memory")
			}
			for _, port := range s.Ports {
				if port.HostIP != "127.0.0.1" {
					problem("port %s is published on %q", port.Published, port.HostIP)
				}
			}
			for _, mount := range s.Volumes {
				if _, err := os.Stat(mount.Source); mount.Type == compose.VolumeTypeBind && (err != nil || !mount.ReadOnly) {
					problem("%s: %v; what is mounted from here is there, and read alone", mount.Source, err)
				}
			}
		}
	}
}

// What waits for another waits for something that happens: health where there is a
// check, the end of what ends.
func TestServicesOfComposeWaitForEachOther(t *testing.T) {
	for _, file := range composeFiles {
		project := composed(t, file)
		for name, s := range project.Services {
			lasting := s.Restart == compose.RestartPolicyUnlessStopped
			if lasting == (s.HealthCheck == nil) || !lasting && s.Restart != compose.RestartPolicyOnFailure {
				t.Errorf("%s: %s: restarts %q, health check %v", file, name, s.Restart, s.HealthCheck)
			}
			for on, how := range s.DependsOn {
				want := compose.ServiceConditionCompletedSuccessfully
				if project.Services[on].HealthCheck != nil {
					want = compose.ServiceConditionHealthy
				}
				if how.Condition != want {
					t.Errorf("%s: %s waits for %s until %s, want %s", file, name, on, how.Condition, want)
				}
			}
		}
	}
}

// Secrets come from outside, and every variable is explained where it is to be set.
func TestComposeHoldsNoSecretAndEveryVariableIsExplained(t *testing.T) {
	explained, used := documented(t), map[string]bool{"COMPOSE_PROFILES": true}
	for _, file := range composeFiles {
		for _, found := range regexp.MustCompile(`\$\{([A-Za-z0-9_]+)`).FindAllStringSubmatch(string(must(os.ReadFile("../../"+file))), -1) {
			used[found[1]] = true
			if !slices.Contains(explained, found[1]) {
				t.Errorf("%s asks for %s, which .env.example does not explain", file, found[1])
			}
		}
		for name, s := range composed(t, file).Services {
			for variable, value := range s.Environment {
				secret := regexp.MustCompile(`PASS|PWD|SECRET|TOKEN|KEY`).MatchString(variable)
				if secret && (value == nil || !strings.HasPrefix(*value, "secret-of-")) {
					t.Errorf("%s: %s: %s does not come from outside", file, name, variable)
				}
			}
			if line := strings.Join(append(s.Command, s.Entrypoint...), " "); strings.Contains(line, "secret-of-") {
				t.Errorf("%s: %s: the command line shows a secret: %s", file, name, line)
			}
		}
	}
	for _, name := range explained {
		if !used[name] {
			t.Errorf(".env.example explains %s, which nothing asks for", name)
		}
	}
}

// parsed checks a command line of the program against its own flags.
func parsed(t *testing.T, line []string) {
	t.Helper()
	cmd, rest, err := root().Find(line)
	if err == nil {
		err = cmd.ParseFlags(rest)
	}
	if err == nil && !cmd.Runnable() {
		err = fmt.Errorf("%s needs one of its commands", cmd.CommandPath())
	}
	if err == nil {
		err = cmd.ValidateRequiredFlags()
	}
	if err == nil {
		err = cmd.ValidateArgs(cmd.Flags().Args())
	}
	if err != nil {
		t.Errorf("chengxu %s: %v", strings.Join(line, " "), err)
	}
}

// Every command line that is written down is one that the program understands, and
// every health check asks for a page that answers.
func TestCommandsOfComposeAreUnderstood(t *testing.T) {
	s := startTestStack(t, 0)
	handler := must(s.handler(outside{limits: api.Limits{}}, s.log))
	for _, file := range composeFiles {
		for name, service := range composed(t, file).Services {
			ours := strings.HasPrefix(service.Image, "chengxu")
			if ours && len(service.Entrypoint) == 0 {
				parsed(t, service.Command)
			}
			if !ours || service.HealthCheck == nil {
				continue
			}
			check := service.HealthCheck.Test
			listen := slices.Index(service.Command, "--listen")
			path, found := strings.CutPrefix(check[len(check)-1], "http://127.0.0.1:8080")
			if !found || service.Command[listen+1] != "0.0.0.0:8080" {
				t.Errorf("%s: %s listens on %s and is asked at %s", file, name, service.Command[listen+1], check[len(check)-1])
			}
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody))
			if answer.Code != http.StatusOK {
				t.Errorf("%s: %s: %s answers %d", file, name, path, answer.Code)
			}
		}
	}
	for line := range strings.Lines(strings.ReplaceAll(string(must(os.ReadFile("../../deploy/demo.sh"))), `"$@"`, "--data d --organ o")) {
		if line, _, _ = strings.Cut(line, ">"); strings.HasPrefix(line, "chengxu ") {
			parsed(t, strings.Fields(line)[1:])
		}
	}
}

// The example cases of the demo are played once, and the tokens that it shows are good.
func TestTheDemoOfComposeIsPlayedOnce(t *testing.T) {
	data, listen, bin := t.TempDir(), freeAddress(t), t.TempDir()
	startServe(t, data, listen)
	program := fmt.Sprintf("#!/bin/sh\n%s=1 exec %s \"$@\"\n", asProgram, must(filepath.Abs(os.Args[0])))
	if err := os.WriteFile(filepath.Join(bin, "chengxu"), []byte(program), 0o700); err != nil {
		t.Fatal(err)
	}
	run := func() string {
		cmd := exec.CommandContext(t.Context(), "sh", "../../deploy/demo.sh")
		cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "CHENGXU_DATA="+data, "CHENGXU_SERVER=http://"+listen,
			"CHENGXU_SHOWN=http://"+listen, "CHENGXU_EXAMPLES=../../examples")
		var out, log bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &log
		if err := cmd.Run(); err != nil {
			t.Fatalf("demo: %v\n%s\n%s", err, out.String(), log.String())
		}
		return out.String()
	}
	first := run()
	tokens := regexp.MustCompile(`(?m)^chengxu_[A-Za-z0-9_-]+$`).FindAllString(first, -1)
	if len(tokens) != 3 {
		t.Fatalf("%d tokens are shown, want one for each of three roles:\n%s", len(tokens), first)
	}
	for _, token := range tokens {
		req := must(http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+listen+"/api/v1/cases?practice=true", http.NoBody))
		req.Header.Set("Authorization", "Bearer "+token)
		resp := must(http.DefaultClient.Do(req))
		body := string(must(io.ReadAll(resp.Body)))
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK || !strings.Contains(body, "普陀区") {
			t.Errorf("a token that is shown finds no example: %s %s", resp.Status, body)
		}
	}
	if again := run(); strings.Contains(again, "chengxu_") {
		t.Errorf("played again:\n%s", again)
	}
}

// The images of Temporal are those of the server that the program is built with.
func TestTemporalOfComposeIsTheOneOfTheProgram(t *testing.T) {
	version := strings.TrimPrefix(requiredVersion(t, "../../go.mod", temporalServer), "v")
	services := composed(t, "docker-compose.yml").Services
	for name, want := range map[string]string{"temporal": "temporalio/server:" + version, "temporal-schema": "temporalio/admin-tools:" + version} {
		if got := services[name].Image; got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	module := strings.TrimSpace(string(must(exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", temporalServer).Output())))
	script := string(must(os.ReadFile("../../deploy/temporal/schema.sh")))
	for _, schema := range []string{"temporal", "visibility"} {
		if _, err := os.Stat(filepath.Join(module, "schema", "postgresql", "v12", schema, "versioned")); err != nil || !strings.Contains(script, `"postgresql/v12/$schema"`) {
			t.Errorf("the schema that is set up is not one of the server's: %v\n%s", err, script)
		}
	}
}

const temporalServer = "go.temporal.io/server"

// goMod reads the file of a module.
func goMod(t *testing.T, file string) *modfile.File {
	t.Helper()
	return must(modfile.Parse(file, must(os.ReadFile(file)), nil))
}

func requiredVersion(t *testing.T, file, module string) string {
	t.Helper()
	all := goMod(t, file).Require
	at := slices.IndexFunc(all, func(r *modfile.Require) bool { return r.Mod.Path == module })
	if at < 0 {
		t.Fatalf("%s does not require %s", file, module)
	}
	return all[at].Mod.Version
}

// instruction is a line of a Dockerfile.
type instruction struct{ name, rest string }

// dockerfile reads the instructions of each stage, by the name of the stage.
func dockerfile(t *testing.T) (stages map[string][]instruction, order []string) {
	t.Helper()
	stages = map[string][]instruction{}
	text := regexp.MustCompile(`(?m)^#.*\n`).ReplaceAllString(string(must(os.ReadFile("../../Dockerfile"))), "")
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
		name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if name == "" {
			continue
		}
		if name == "FROM" {
			_, stage, named := strings.Cut(rest, " AS ")
			if !named {
				t.Fatalf("a stage of the Dockerfile has no name: %s", line)
			}
			order = append(order, stage)
		}
		if len(order) == 0 {
			t.Fatalf("before the first stage: %s", line)
		}
		last := order[len(order)-1]
		stages[last] = append(stages[last], instruction{name, strings.Join(strings.Fields(rest), " ")})
	}
	return stages, order
}

func TestDockerfileMakesConfinedImages(t *testing.T) {
	stages, order := dockerfile(t)
	find := func(stage, name string) string {
		for _, i := range slices.Backward(stages[stage]) {
			if i.name == name {
				return i.rest
			}
		}
		return ""
	}
	if last := order[len(order)-1]; last != "chengxu" {
		t.Errorf("the last stage is %s: it is what is built when nobody names one", last)
	}
	for _, target := range []string{"chengxu", "chengxu-slim"} {
		if got := find(target, "FROM"); got != "base AS "+target {
			t.Errorf("%s comes from %q", target, got)
		}
		if check := find(target, "HEALTHCHECK"); !strings.HasSuffix(check, "CMD wget -q -O /dev/null http://127.0.0.1:8080/readyz") {
			t.Errorf("%s is checked by %q", target, check)
		}
	}
	if user := find("base", "USER"); !regexp.MustCompile(`^[1-9][0-9]*$`).MatchString(user) {
		t.Errorf("images run as %q: want a number that is not 0, so that a cluster can see it", user)
	}
	if from, want := find("source", "FROM"), "golang:"+goMod(t, "../../go.mod").Go.Version+"-"; !strings.HasPrefix(from, want) {
		t.Errorf("built by %s, and go.mod asks for %s", from, want)
	}
	if !strings.Contains(find("build-slim", "RUN"), "-tags noembed") || strings.Contains(find("build", "RUN"), "noembed") {
		t.Error("the slim image, and it alone, is built without the embedded engine")
	}
	parsed(t, strings.Fields(strings.NewReplacer("[", "", "]", "", `"`, "", ",", "").Replace(find("chengxu", "CMD"))))
	for stage, list := range stages {
		for _, i := range list {
			from, _, _ := strings.Cut(i.rest, " ")
			if i.name == "FROM" && stages[from] == nil && !regexp.MustCompile(`:[0-9]+\.[0-9]+`).MatchString(from) {
				t.Errorf("%s: image %s is not pinned by its version", stage, from)
			}
			if (i.name == "ARG" || i.name == "ENV") && regexp.MustCompile(`PASS|SECRET|TOKEN|KEY`).MatchString(i.rest) {
				t.Errorf("%s: %s %s stays in the image for everybody to read", stage, i.name, i.rest)
			}
			if sources := strings.Fields(i.rest); i.name == "COPY" && !strings.HasPrefix(i.rest, "--from=") {
				for _, source := range sources[:len(sources)-1] {
					if _, err := os.Stat(filepath.Join("../..", source)); err != nil {
						t.Errorf("%s copies what is not there: %v", stage, err)
					}
				}
			}
		}
	}
}

// The passwords of an installation are made for it, once.
func TestPasswordsOfAnInstallationAreMadeOnce(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"deploy/env.sh", ".env.example"} {
		to := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, must(os.ReadFile("../../"+name)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func() error {
		return exec.CommandContext(t.Context(), "sh", filepath.Join(dir, "deploy", "env.sh")).Run()
	}
	if err := run(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, ".env")
	if mode := must(os.Stat(file)).Mode(); mode.Perm() != 0o600 {
		t.Errorf(".env has mode %s", mode)
	}
	made := must(os.ReadFile(file))
	passwords := map[string]string{}
	for _, found := range regexp.MustCompile(`(?m)^(\w+_PASSWORD)=([0-9a-f]{48})$`).FindAllStringSubmatch(string(made), -1) {
		passwords[found[2]] = found[1]
	}
	if got := slices.Sorted(maps.Values(passwords)); !slices.Equal(got, []string{"CHENGXU_DB_PASSWORD", "POSTGRES_PASSWORD", "TEMPORAL_DB_PASSWORD"}) {
		t.Errorf("different passwords for %q\n%s", got, made)
	}
	if err := run(); err == nil || !bytes.Equal(made, must(os.ReadFile(file))) {
		t.Errorf("made again: %v; the databases know the first passwords alone", err)
	}
}
