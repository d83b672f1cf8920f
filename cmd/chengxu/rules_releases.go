package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/store"
)

func rulesReleasesCommand() *cobra.Command {
	var at place
	var organ, validAt, knownAt string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "releases",
		Short: "which releases are in use, or were, as known at an instant",
		Long: "releases lists every activation. With --valid-at or --known-at it answers on two axes of time: which releases\n" +
			"counted for the law in force on a date, as was known at an instant. What was entered later changes no such answer.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			db, err := at.open(cmd.Context())
			if err != nil {
				return err
			}
			defer db.Close()
			var found []store.Activation
			if validAt == "" && knownAt == "" {
				found, err = db.Activations(cmd.Context(), casefile.OrganID(organ))
			} else {
				found, err = releasesAt(cmd, db, organ, validAt, knownAt)
			}
			if err != nil {
				return err
			}
			return printActivations(cmd.OutOrStdout(), found, asJSON)
		},
	}
	f := cmd.Flags()
	at.flags(f)
	f.StringVar(&organ, "organ", "", "organ")
	f.StringVar(&validAt, "valid-at", "", "date for whose law is asked; default: today")
	f.StringVar(&knownAt, "known-at", "", "instant, such as 2026-03-01T09:00:00+08:00, or a date for its end; default: now")
	f.BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func releasesAt(cmd *cobra.Command, db *store.Store, organ, validAt, knownAt string) ([]store.Activation, error) {
	now := time.Now()
	valid, known := dayOf(now), now
	var err error
	if validAt != "" {
		if valid, err = legaltime.ParseDate(validAt); err != nil {
			return nil, fmt.Errorf("--valid-at: %w", err)
		}
	}
	if knownAt != "" {
		if known, err = instantOf(knownAt); err != nil {
			return nil, fmt.Errorf("--known-at: %w", err)
		}
	}
	if organ == "" {
		organ = string(store.AllOrgans)
	}
	return db.ReleasesAt(cmd.Context(), casefile.OrganID(organ), valid, known)
}

// instantOf reads an instant; a date stands for its last instant in China.
func instantOf(text string) (time.Time, error) {
	if d, err := legaltime.ParseDate(text); err == nil {
		return d.AddDays(1).Start(legaltime.China).Add(-time.Millisecond), nil
	}
	return time.Parse(time.RFC3339, text)
}

// activationForm is an activation as it is printed in JSON.
type activationForm struct {
	Pack        string           `json:"pack"`
	Revision    int              `json:"revision"`
	Digest      casefile.Digest  `json:"digest"`
	InForceFrom legaltime.Date   `json:"in_force_from"`
	InForceTo   legaltime.Date   `json:"in_force_to,omitzero"`
	Organ       casefile.OrganID `json:"organ"`
	ID          string           `json:"activation"`
	RequestedBy string           `json:"requested_by"`
	RequestedAt time.Time        `json:"requested_at"`
	ApprovedBy  string           `json:"approved_by,omitempty"`
	ApprovedAt  time.Time        `json:"approved_at,omitzero"`
}

func printActivations(out io.Writer, found []store.Activation, asJSON bool) error {
	if asJSON {
		all := make([]activationForm, len(found))
		for i, a := range found {
			all[i] = activationForm{
				Pack: a.Pack, Revision: a.Revision, Digest: a.Digest, InForceFrom: a.From, InForceTo: a.To, Organ: a.Organ, ID: a.ID,
				RequestedBy: a.RequestedBy, RequestedAt: a.RequestedAt, ApprovedBy: a.ApprovedBy, ApprovedAt: a.ApprovedAt,
			}
		}
		return printJSON(out, all)
	}
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for _, a := range found {
		force := a.From.String() + " 起"
		if !a.To.IsZero() {
			force += "至 " + a.To.String()
		}
		fmt.Fprintf(w, "%s\t%s\n", force, describeActivation(a))
	}
	return w.Flush()
}
