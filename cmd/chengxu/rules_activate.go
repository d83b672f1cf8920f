package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
	"github.com/zhengdang/chengxu/rules/release"
	"github.com/zhengdang/chengxu/store"
)

// activateOptions are the flags of rules activate.
type activateOptions struct {
	place
	trust, organ, by, key string
	approve               bool
}

func rulesActivateCommand() *cobra.Command {
	var o activateOptions
	cmd := &cobra.Command{
		Use:   "activate RELEASE",
		Short: "put a release into use for an organ; it takes two different people",
		Long: "activate records the request to put a release into use for the new cases of an organ, or with --approve the\n" +
			"approval by somebody else, from which it counts. Both sign with their keys, and both must stand in the trust\n" +
			"file. A revision older than the one in use is refused. Open cases are not touched.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			a, done, err := o.run(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), done+describeActivation(a))
			return err
		},
	}
	f := cmd.Flags()
	o.flags(f)
	f.StringVar(&o.trust, "trust", "", "file with the people who are trusted; default trust.yaml in the data directory")
	f.StringVar(&o.organ, "organ", "", `organ, or "*" for every organ of this installation (required)`)
	f.StringVar(&o.by, "by", "", "the person, who must be the one of the key")
	f.StringVar(&o.key, "key", "", "file with the person's key (required)")
	f.BoolVar(&o.approve, "approve", false, "approve what somebody else has requested")
	return required(cmd, "organ", "key")
}

func describeActivation(a store.Activation) string {
	organ := string(a.Organ)
	if a.Organ == store.AllOrgans {
		organ = "所有机关"
	}
	text := fmt.Sprintf("%s 第 %d 版，%s，%s 于 %s 申请", a.Pack, a.Revision, organ, a.RequestedBy, local(a.RequestedAt))
	if a.Approved() {
		return text + fmt.Sprintf("，%s 于 %s 批准", a.ApprovedBy, local(a.ApprovedAt))
	}
	return text + "，待另一人批准（--approve）"
}

func local(at time.Time) string { return at.In(legaltime.China).Format("2006-01-02 15:04:05") }

// run gives the activation, and what was done to it.
func (o activateOptions) run(ctx context.Context, file string) (a store.Activation, done string, err error) {
	own, err := loadShipped()
	if err != nil {
		return a, "", err
	}
	key, err := ledger.ReadKey(o.key)
	if err != nil {
		return a, "", err
	}
	if name, err := release.KeyName(o.by); o.by != "" && (err != nil || name != key.Origin()) {
		return a, "", fmt.Errorf("--by %s: the key is that of %s: %w", o.by, key.Origin(), casefile.ErrForbidden)
	}
	trust, err := loadTrust(trustFile(o.trust, o.data))
	if err != nil {
		return a, "", err
	}
	db, err := o.open(ctx)
	if err != nil {
		return a, "", err
	}
	defer db.Close()
	d := &activating{releases: releases{store: db, shipped: own, trust: trustFile(o.trust, o.data), now: time.Now}, trusted: trust, key: key}
	if err := d.read(ctx, file, casefile.OrganID(o.organ)); err != nil {
		return a, "", err
	}
	if o.approve {
		return d.approve(ctx)
	}
	return d.request(ctx)
}

// activating is an activation under way.
type activating struct {
	releases
	trusted release.Trust
	key     *ledger.Key
	organ   casefile.OrganID
	release *release.Release
}

// read reads and verifies the release, and makes sure that it fits what is in
// use and is not older than what is shipped.
func (d *activating) read(ctx context.Context, file string, organ casefile.OrganID) error {
	now := d.now()
	found, err := d.store.ReleasesAt(ctx, organ, dayOf(now), now)
	if err != nil {
		return err
	}
	inUse, err := d.verified(ctx, found, d.trusted)
	if err != nil {
		return err
	}
	known := append(inUse, d.shipped.packs...)
	d.organ = organ
	if d.release, err = readRelease(file, known); err != nil {
		return err
	}
	if _, err := release.Verify(d.release, d.trusted, dayOf(now)); err != nil {
		return notInOrder{err}
	}
	r := d.release
	if p, ok := d.shipped.Pack(r.Statement.Pack); ok && p.Digest() != r.Archive && p.Revision() >= r.Revision {
		return notInOrder{fmt.Errorf("this program ships revision %d of %s, and revision %d is not newer: %w", p.Revision(), p.Name(), r.Revision, casefile.ErrConflict)}
	}
	if _, err := rules.NewJudge(r.Pack().Stack(), d.shipped.calendar); err != nil {
		return notInOrder{err}
	}
	return nil
}

// standing gives the activation of the release for the organ, if there is one.
func (d *activating) standing(ctx context.Context) (a store.Activation, found bool, err error) {
	all, err := d.store.Activations(ctx, d.organ)
	if err != nil {
		return a, false, err
	}
	for _, a := range all {
		if a.Organ == d.organ && a.Digest == d.release.Archive {
			return a, true, nil
		}
	}
	return a, false, nil
}

func (d *activating) request(ctx context.Context) (store.Activation, string, error) {
	a, found, err := d.standing(ctx)
	if err != nil || found {
		return a, "没有变化：", err
	}
	asked, err := release.ActivationOf(d.release, randomID(), d.organ, d.now())
	if err != nil {
		return a, "", err
	}
	line, person, err := d.sign(asked)
	if err != nil {
		return a, "", err
	}
	s := d.release.Statement
	stored := store.Release{
		PackID: s.ID(), Pack: s.Pack, Revision: s.Revision, Digest: s.Archive, From: s.InForce.From, To: s.InForce.To, Note: d.release.Note(),
	}
	if err := d.store.PutRelease(ctx, stored, d.release.Pack().Archive()); err != nil {
		return a, "", err
	}
	a, err = d.store.RequestActivation(ctx, store.Activation{
		ID: asked.ID, Organ: d.organ, RequestedBy: person, Request: line, RequestedAt: asked.At, Release: stored,
	})
	return a, "已申请启用：", err
}

func (d *activating) approve(ctx context.Context) (store.Activation, string, error) {
	a, found, err := d.standing(ctx)
	if err != nil {
		return a, "", err
	}
	if !found {
		return a, "", fmt.Errorf("nobody has requested to put %s revision %d into use for %s: %w", d.release.Statement.Pack, d.release.Revision, d.organ, casefile.ErrNotFound)
	}
	asked := activationOf(a)
	if _, err := asked.Signer(a.Request, d.trusted, dayOf(a.RequestedAt)); err != nil {
		return a, "", err
	}
	line, person, err := d.sign(asked)
	if err != nil {
		return a, "", err
	}
	a, err = d.store.ApproveActivation(ctx, a.ID, person, line, d.now())
	return a, "已启用：", err
}

// sign signs an activation, and makes sure that the signature will count.
func (d *activating) sign(a release.Activation) (line, person string, err error) {
	if line, err = a.Sign(d.key.Signer()); err != nil {
		return "", "", err
	}
	person, err = a.Signer(line, d.trusted, dayOf(d.now()))
	return strings.TrimSpace(line), person, err
}

func randomID() string {
	b := make([]byte, 10)
	rand.Read(b) // never fails
	return hex.EncodeToString(b)
}
