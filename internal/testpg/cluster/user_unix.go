//go:build unix

package cluster

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	osuser "os/user"
	"strconv"
	"syscall"
)

// user is the unprivileged user that PostgreSQL runs as. The zero user is the
// caller.
type user struct {
	credential *syscall.Credential
}

// unprivileged gives the user to run as. The folder must be reachable by it.
func unprivileged(dir string) (*user, error) {
	if os.Geteuid() != 0 {
		return &user{}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := osuser.Lookup(name)
		var unknown osuser.UnknownUserError
		if errors.As(err, &unknown) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("look up user %s: %w", name, err)
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("user %s: %w", name, err)
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("user %s: %w", name, err)
		}
		as := &user{credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
		return as, as.own(dir)
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody")
}

func (u *user) own(paths ...string) error {
	if u.credential == nil {
		return nil
	}
	for _, path := range paths {
		if err := os.Chown(path, int(u.credential.Uid), int(u.credential.Gid)); err != nil {
			return fmt.Errorf("hand over to the user of PostgreSQL: %w", err)
		}
	}
	return nil
}

// run makes the command run as the user, in a process group of its own so that
// an interrupt at the terminal does not reach it before its clients are done.
func (u *user) run(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: u.credential}
	dieWithParent(cmd.SysProcAttr)
}
