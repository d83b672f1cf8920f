package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// onlyThese runs a program where nothing on the disk can be written to but two
// directories, as in a container whose file system is read-only.
const onlyThese = `mount --bind "$1" "$1" && mount --bind "$2" "$2" && mount -o remount,bind,ro / || exit 3
if (: >"$3") 2>/dev/null; then exit 4; fi
shift 3
exec "$@"`

// The command line of the one-process file starts, is ready and ends where it may write
// to its volume and to the directory of temporary files alone.
func TestOneProcessOfComposeWritesToItsVolumeAlone(t *testing.T) {
	data, temporary, elsewhere, listen := t.TempDir(), t.TempDir(), t.TempDir(), freeAddress(t)
	confined := []string{"--user", "--map-root-user", "--mount", "sh", "-c", onlyThese, "sh", data, temporary, filepath.Join(elsewhere, "written")}
	if out, err := exec.CommandContext(t.Context(), "unshare", append(slices.Clone(confined), "true")...).CombinedOutput(); err != nil {
		t.Skipf("this machine lets nobody make a file system of their own: %v\n%s", err, out)
	}
	line := []string{must(filepath.Abs(os.Args[0]))}
	for _, word := range composed(t, "docker-compose.one.yml").Services["chengxu"].Command {
		switch word {
		case "/data":
			word = data
		case "0.0.0.0:8080":
			word = listen
		}
		line = append(line, word)
	}
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "unshare", append(confined, line...)...)
	cmd.Env = []string{asProgram + "=1", "HOME=/", "PATH=" + os.Getenv("PATH"), "TMPDIR=" + temporary}
	startReady(t, cmd, listen).stop(t)
}

// The link for the first administrator names the address at which the pages are published.
func TestTheFirstLinkOfComposeCanBeOpened(t *testing.T) {
	service := composed(t, "docker-compose.one.yml").Services["chengxu"]
	at := slices.Index(service.Command, "--public-url")
	want := "http://" + service.Ports[0].HostIP + ":" + service.Ports[0].Published
	if at < 0 || service.Command[at+1] != want {
		t.Errorf("started as %q: want --public-url %s", service.Command, want)
	}
}
