package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/documents"
	"github.com/zhengdang/chengxu/documents/s3"
	"github.com/zhengdang/chengxu/store"
)

// documentOptions say where documents are kept and who examines them.
type documentOptions struct {
	location    string        // empty: in files under the data directory
	credentials string        // file; empty: the environment
	examine     string        // program and arguments; empty: nobody examines
	within      time.Duration // how long an examination may take
}

func (o *documentOptions) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.location, "documents", "", "s3://BUCKET[/PREFIX]?endpoint=HOST[:PORT][&region=…][&insecure=true]; default: files under the data directory")
	cmd.Flags().StringVar(&o.credentials, "documents-credentials", "", "file with access_key=… and secret_key=…; else CHENGXU_S3_ACCESS_KEY and CHENGXU_S3_SECRET_KEY")
	cmd.Flags().StringVar(&o.examine, "examine", "", "program that examines documents: the bytes on its standard input; exit code 0 clean, 1 refused, other: later")
	cmd.Flags().DurationVar(&o.within, "examine-within", time.Minute, "how long an examination may take")
}

// openDocuments opens the storage of the documents.
func openDocuments(ctx context.Context, dir string, db *store.Store, o documentOptions, log *slog.Logger) (*documents.Keeper, error) {
	storage, err := openStorage(ctx, filepath.Join(dir, "documents"), o)
	if err != nil {
		return nil, err
	}
	options := documents.Options{Storage: storage, Records: db, Log: log}
	if o.examine != "" {
		if options.Examiner, err = documents.ParseCommand(o.examine, o.within); err != nil {
			return nil, err
		}
	}
	return documents.New(options), nil
}

func openStorage(ctx context.Context, dir string, o documentOptions) (documents.Storage, error) {
	if o.location == "" {
		return documents.OpenDirectory(dir, time.Now())
	}
	at, err := s3.ParseLocation(o.location)
	if err != nil {
		return nil, err
	}
	key, err := s3Credentials(o.credentials)
	if err != nil {
		return nil, err
	}
	return s3.Open(ctx, at, key, filepath.Join(dir, "incoming"), time.Now())
}

// s3Credentials reads a file that only its owner can read, or the environment.
func s3Credentials(file string) (s3.Credentials, error) {
	if file == "" {
		key := s3.Credentials{AccessKey: os.Getenv("CHENGXU_S3_ACCESS_KEY"), SecretKey: os.Getenv("CHENGXU_S3_SECRET_KEY")}
		if key.AccessKey == "" || key.SecretKey == "" {
			return key, errors.New("the storage needs credentials: --documents-credentials, or CHENGXU_S3_ACCESS_KEY and CHENGXU_S3_SECRET_KEY")
		}
		return key, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return s3.Credentials{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return s3.Credentials{}, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return s3.Credentials{}, fmt.Errorf("%s is open to others (mode %04o): set its mode to 0600", file, info.Mode().Perm())
	}
	var key s3.Credentials
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), "=")
		switch strings.TrimSpace(name) {
		case "access_key":
			key.AccessKey = strings.TrimSpace(value)
		case "secret_key":
			key.SecretKey = strings.TrimSpace(value)
		}
	}
	if err := lines.Err(); err != nil {
		return s3.Credentials{}, err
	}
	if key.AccessKey == "" || key.SecretKey == "" {
		return s3.Credentials{}, fmt.Errorf("%s: want lines access_key=… and secret_key=…", file)
	}
	return key, nil
}
