package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
	"github.com/zhengdang/chengxu/rules/release"
)

func rulesKeygenCommand() *cobra.Command {
	var person, out string
	cmd := &cobra.Command{
		Use:   "keygen",
		Short: "make the key with which a person signs releases and activations",
		Long: "keygen writes a private key to a file that only its owner may read, and prints the verifier key, which the\n" +
			"administrator puts into the trust file. A key that is there already is never overwritten.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			name, err := release.KeyName(person)
			if err != nil {
				return err
			}
			key, err := ledger.CreateKey(out, name, rand.Reader)
			if errors.Is(err, fs.ErrExist) {
				return fmt.Errorf("%s exists; a key is never overwritten", out)
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "私钥在 %s，请妥善保管；以下公钥写入 trust.yaml：\n", out)
			_, err = fmt.Fprintln(cmd.OutOrStdout(), key.Verifier())
			return err
		},
	}
	cmd.Flags().StringVar(&person, "person", "", "name of the person, without spaces (required)")
	cmd.Flags().StringVar(&out, "out", "", "file to write (required)")
	return required(cmd, "person", "out")
}

// required marks flags that must be given.
func required(cmd *cobra.Command, flags ...string) *cobra.Command {
	for _, flag := range flags {
		if err := cmd.MarkFlagRequired(flag); err != nil {
			return nil
		}
	}
	return cmd
}

func rulesSignCommand() *cobra.Command {
	var key, out string
	cmd := &cobra.Command{
		Use:   "sign PACK|RELEASE",
		Short: "make a release of a rule pack, or add a signature to one",
		Long: "sign makes a release of a pack, named as for the other commands, with the first signature; given a release, it\n" +
			"adds a signature. A pack whose own tests do not pass is not released. Two different people must sign.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			own, err := loadShipped()
			if err != nil {
				return err
			}
			signer, err := ledger.ReadKey(key)
			if err != nil {
				return err
			}
			r, err := own.toSign(args[0])
			if err != nil {
				return err
			}
			if err := r.Sign(signer.Signer()); err != nil {
				return err
			}
			err = writeFile(out, func(w io.Writer) error {
				_, err := w.Write(r.Encode())
				return err
			})
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s 第 %d 版，%s 已签名：%s\n", r.Statement.Pack, r.Revision, signer.Origin(), out)
			return err
		},
	}
	cmd.Flags().StringVar(&key, "key", "", "file with the key of the person who signs (required)")
	cmd.Flags().StringVar(&out, "out", "", "file to write the release to (required)")
	return required(cmd, "key", "out")
}

// toSign gives the release in a file, or a new one of a pack.
func (s *shipped) toSign(arg string) (*release.Release, error) {
	if isFile(arg) {
		return readRelease(arg, s.packs)
	}
	packs, err := s.packsNamed([]string{arg})
	if err != nil {
		return nil, err
	}
	r, err := release.New(packs[0], s.calendar)
	if errors.Is(err, casefile.ErrInvalid) {
		return nil, notInOrder{err}
	}
	return r, err
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

// packInRelease gives the pack of a release, whoever has signed it: to look at
// it, not to use it.
func (s *shipped) packInRelease(file string, before []*rules.Pack) (*rules.Pack, error) {
	r, err := readRelease(file, slices.Concat(before, s.packs))
	if err != nil {
		return nil, err
	}
	return r.Pack(), nil
}

func rulesVerifyCommand() *cobra.Command {
	var data, trust string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify RELEASE...",
		Short: "verify releases: form, archive, statement, and the signatures of two trusted people",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			own, err := loadShipped()
			if err != nil {
				return err
			}
			trusted, err := loadTrust(trustFile(trust, data))
			if err != nil {
				return err
			}
			return own.verifyReleases(cmd.OutOrStdout(), args, trusted, asJSON)
		},
	}
	cmd.Flags().StringVar(&data, "data", "./data", "data directory of the server")
	cmd.Flags().StringVar(&trust, "trust", "", "file with the people who are trusted; default trust.yaml in the data directory")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, one object a file")
	return cmd
}

// verifiedRelease is what verify says of a file.
type verifiedRelease struct {
	File      string             `json:"file"`
	OK        bool               `json:"ok"`
	Statement *release.Statement `json:"statement,omitempty"`
	SignedBy  []string           `json:"signed_by,omitempty"`
	Problem   string             `json:"problem,omitempty"`
}

func (s *shipped) verifyReleases(out io.Writer, files []string, trust release.Trust, asJSON bool) error {
	bad := 0
	for _, file := range files {
		v := verifiedRelease{File: file}
		r, err := readRelease(file, s.packs)
		if err == nil {
			v.Statement = &r.Statement
			v.SignedBy, err = release.Verify(r, trust, legaltime.DateIn(time.Now(), legaltime.China))
		}
		var pathErr *fs.PathError
		if errors.As(err, &pathErr) {
			return err
		}
		if v.OK = err == nil; !v.OK {
			v.Problem = err.Error()
			bad++
		}
		if err := v.print(out, asJSON); err != nil {
			return err
		}
	}
	if bad > 0 {
		return notInOrder{fmt.Errorf("%d of %d releases do not verify", bad, len(files))}
	}
	return nil
}

func (v verifiedRelease) print(out io.Writer, asJSON bool) error {
	if asJSON {
		return printJSON(out, v)
	}
	if !v.OK {
		_, err := fmt.Fprintf(out, "%s：不予认可：%s\n", v.File, v.Problem)
		return err
	}
	_, err := fmt.Fprintf(out, "%s：%s 第 %d 版，签名人 %s，散列 %s\n",
		v.File, v.Statement.Pack, v.Statement.Revision, strings.Join(v.SignedBy, "、"), v.Statement.Archive)
	return err
}
