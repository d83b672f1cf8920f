package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/mail"
	"github.com/zhengdang/chengxu/webhook"
)

// tellOptions are the flags that say who may be told of events, and how.
type tellOptions struct {
	loopback bool
	networks []string
}

func (o *tellOptions) flags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&o.loopback, "webhook-allow-loopback", false, "let webhooks go to this machine, also by plain http")
	cmd.Flags().StringSliceVar(&o.networks, "webhook-allow-net", nil, "internal networks that webhooks may go to, such as 10.20.0.0/16")
}

// targets gives where webhooks may go.
func (o tellOptions) targets() (webhook.Targets, error) {
	out := webhook.Targets{Loopback: o.loopback}
	for _, text := range o.networks {
		network, err := netip.ParsePrefix(text)
		if err != nil || network.Bits() == 0 {
			return webhook.Targets{}, fmt.Errorf("--webhook-allow-net %s: want a network such as 10.20.0.0/16", text)
		}
		out.Networks = append(out.Networks, network.Masked())
	}
	return out, nil
}

// webhookKeyName names the key that the secrets of webhooks follow from.
const webhookKeyName = "webhooks"

// openWebhookKey reads the key that the secrets of webhooks follow from, and makes it
// where there is none. Several processes on one database need the same one; a process
// on its own may come with a new one.
func (s *stack) openWebhookKey(ctx context.Context, dir string) (webhook.Key, error) {
	path := filepath.Join(dir, "webhooks.key")
	if s.shared {
		_, noted := s.store.KeyFingerprint(ctx, webhookKeyName)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && !errors.Is(noted, casefile.ErrNotFound) {
			return webhook.Key{}, errors.Join(noted, fmt.Errorf("%s is missing, and other processes have it: all share one data directory", path))
		}
	}
	key, err := webhookKey(path)
	if err != nil {
		return key, err
	}
	if !s.shared {
		return key, s.store.ReplaceKey(ctx, webhookKeyName, fingerprint(key[:]), time.Now())
	}
	if err := s.store.ClaimKey(ctx, webhookKeyName, fingerprint(key[:]), time.Now()); err != nil {
		return key, fmt.Errorf("%s is not the key of the other processes: all share one data directory: %w", path, err)
	}
	return key, nil
}

func webhookKey(path string) (key webhook.Key, err error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := rand.Read(key[:]); err != nil {
			return key, fmt.Errorf("make key of webhooks: %w", err)
		}
		if err := writeNew(path, base64.StdEncoding.EncodeToString(key[:])+"\n"); err != nil && !errors.Is(err, fs.ErrExist) {
			return key, fmt.Errorf("write key: %w", err)
		}
		raw, err = os.ReadFile(path) // another process may have been faster
	}
	if err != nil {
		return key, fmt.Errorf("read key of webhooks: %w", err)
	}
	read, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(raw)))
	if err != nil || len(read) != len(key) {
		return key, fmt.Errorf("%s holds no key of webhooks", path)
	}
	return webhook.Key(read), nil
}

// writeNew writes a file that was not there, for its owner alone. It is there whole or
// not at all; one that is there already is [fs.ErrExist].
func writeNew(path, text string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Link(f.Name(), path)
}

// tell sends what others are to be told, until the function that it gives back is
// called; that one waits until nothing is under way.
func (s *stack) tell(ctx context.Context, reach outside, log *slog.Logger) (stop func(), err error) {
	dispatcher, err := webhook.NewDispatcher(webhook.Options{
		Storage: s.store, Key: s.webhookKey, Client: reach.targets.Client(), Listen: s.bell.Listen, Log: log,
	})
	if err != nil {
		return nil, err
	}
	var sender *mail.Sender
	if reach.mail.Address != "" {
		sender, err = mail.NewSender(mail.Options{
			Notices: notices{s.store}, Addresses: addresses{directory: auth.NewDirectory(s.store, s.shipped.roles()), now: time.Now}, Leases: s.store,
			Server: reach.mail, Site: reach.site, Log: log,
		})
		if err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { dispatcher.Run(ctx) })
	if sender != nil {
		running.Go(func() { sender.Run(ctx) })
	}
	running.Go(func() { s.bell.Watch(ctx, s.store.Heads, time.Second, log) })
	return func() {
		cancel()
		running.Wait()
	}, nil
}
