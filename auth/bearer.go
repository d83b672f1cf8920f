package auth

import (
	"encoding/base64"
	"fmt"
	"strings"
)

const (
	// prefix tells scanners for leaked secrets what they have found.
	prefix     = "chengxu_"
	secretSize = 32
	idLength   = 16
	scheme     = "Bearer"
)

// ParseBearer gives the token of the values of an Authorization header. There
// must be exactly one value, of the form "Bearer TOKEN" with one space, and the
// token in the one spelling in which it was issued; all else is
// [ErrUnauthenticated].
func ParseBearer(authorization []string) (secret string, err error) {
	bad := func(why string) (string, error) {
		return "", fmt.Errorf("%s: %w", why, ErrUnauthenticated)
	}
	switch len(authorization) {
	case 0:
		return bad("no Authorization header")
	case 1:
	default:
		return bad("more than one Authorization header")
	}
	name, secret, ok := strings.Cut(authorization[0], " ")
	if !ok || !strings.EqualFold(name, scheme) {
		return bad("the Authorization header is not of the form “Bearer TOKEN”")
	}
	encoded, ok := strings.CutPrefix(secret, prefix)
	if !ok || len(encoded) != base64.RawURLEncoding.EncodedLen(secretSize) {
		return bad("the bearer token is malformed")
	}
	if _, err := base64.RawURLEncoding.Strict().DecodeString(encoded); err != nil {
		return bad("the bearer token is malformed")
	}
	return secret, nil
}
