package main

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/api"
	"github.com/zhengdang/chengxu/auth"
)

// outsideOptions are the flags of serve about how the program is reached and who
// vouches for people.
type outsideOptions struct {
	publicURL    string
	secure       bool
	proxies      []string
	issuer       string
	clientID     string
	clientSecret string // file
	tell         tellOptions
	mail         mailOptions
	fonts        []string
}

func (o *outsideOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.publicURL, "public-url", "", "address under which people reach the pages, such as https://chengxu.example.gov.cn")
	f.BoolVar(&o.secure, "secure-cookies", false, "set cookies for TLS alone; implied by a --public-url with https")
	f.StringSliceVar(&o.proxies, "proxy", nil, "network of a proxy whose X-Forwarded-For is believed, such as 10.0.0.0/8")
	f.StringArrayVar(&o.fonts, "fonts", nil, "directory of font files for papers as PDF, before those of Debian's texlive-lang-chinese")
	f.StringVar(&o.issuer, "oidc-issuer", "", "identity provider (OpenID Connect) at which people may sign in; needs --public-url")
	f.StringVar(&o.clientID, "oidc-client-id", "", "client id at the identity provider")
	o.tell.flags(cmd)
	o.mail.flags(cmd)
	f.StringVar(&o.clientSecret, "oidc-client-secret-file", "", "file with the client secret")
}

// outside reads what the flags name.
func (o *outsideOptions) outside() (outside, error) {
	out := outside{secureCookies: o.secure, fonts: o.fonts}
	if o.publicURL != "" {
		u, err := url.Parse(o.publicURL)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
			return out, fmt.Errorf("--public-url %q: want scheme and host alone, such as https://chengxu.example.gov.cn", o.publicURL)
		}
		out.secureCookies = o.secure || u.Scheme == "https"
	}
	var err error
	if out.limits, err = limitsOf(o.proxies); err != nil {
		return out, err
	}
	if out.targets, err = o.tell.targets(); err != nil {
		return out, err
	}
	if out.mail, err = o.mail.read(); err != nil {
		return out, err
	}
	out.site = o.publicURL
	if o.issuer == "" {
		if o.clientID != "" || o.clientSecret != "" {
			return out, errors.New("--oidc-client-id and --oidc-client-secret-file need --oidc-issuer")
		}
		return out, nil
	}
	if o.publicURL == "" || o.clientID == "" {
		return out, errors.New("--oidc-issuer needs --oidc-client-id and --public-url")
	}
	secret, err := secretFile(o.clientSecret)
	if err != nil {
		return out, err
	}
	out.provider = auth.ProviderOptions{Issuer: o.issuer, ClientID: o.clientID, ClientSecret: secret, RedirectURL: strings.TrimRight(o.publicURL, "/") + "/sign-in/return"}
	return out, nil
}

// limitsOf reads the networks of proxies.
func limitsOf(proxies []string) (api.Limits, error) {
	var out api.Limits
	for _, text := range proxies {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return out, fmt.Errorf("--proxy %q: want a network such as 10.0.0.0/8", text)
		}
		out.Proxies = append(out.Proxies, network)
	}
	return out, nil
}

// secretFile reads a secret; no file is no secret, as for a public client.
func secretFile(name string) (string, error) {
	if name == "" {
		return "", nil
	}
	f, err := os.Open(name)
	if err != nil {
		return "", fmt.Errorf("client secret: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 4<<10))
	if err != nil {
		return "", fmt.Errorf("client secret: %w", err)
	}
	if strings.TrimSpace(string(b)) == "" {
		return "", fmt.Errorf("client secret: %s is empty", name)
	}
	return strings.TrimSpace(string(b)), nil
}
