package temporalserver

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const lockFile = "temporal.lock"

// errLocked is what tryLock says when another process, or another server of
// this one, holds the lock.
var errLocked = errors.New("locked")

// dirLock holds a data directory. The system lets go of it when the process
// ends, however it ends; the file stays and names the last holder.
type dirLock struct{ file *os.File }

// lockDir takes the directory or says who has it.
func lockDir(dir string) (*dirLock, error) {
	path := filepath.Join(dir, lockFile)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking the data directory: %w", err)
	}
	if err := tryLock(f); err != nil {
		holder := holderOf(f)
		f.Close()
		if errors.Is(err, errLocked) {
			return nil, fmt.Errorf("data directory %s is in use by another chengxu%s; stop it first or choose another data directory", dir, holder)
		}
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	if err := writeHolder(f); err != nil {
		f.Close()
		return nil, fmt.Errorf("writing %s: %w", path, err)
	}
	return &dirLock{file: f}, nil
}

func (l *dirLock) release() error {
	if err := l.file.Close(); err != nil {
		return fmt.Errorf("unlocking the data directory: %w", err)
	}
	return nil
}

// holderOf reads " (process 123)" from the file, or nothing where the file
// cannot be read while it is locked.
func holderOf(f *os.File) string {
	text, err := io.ReadAll(io.LimitReader(f, 32))
	pid := strings.TrimSpace(string(text))
	if _, convErr := strconv.Atoi(pid); err != nil || convErr != nil {
		return ""
	}
	return " (process " + pid + ")"
}

func writeHolder(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}
