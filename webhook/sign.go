package webhook

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/zhengdang/chengxu/casefile"
)

// Headers of a delivery, as Standard Webhooks names them.
const (
	HeaderID        = "webhook-id"        // id of the event: the same each time it is sent
	HeaderTimestamp = "webhook-timestamp" // seconds since 1970, of this attempt
	HeaderSignature = "webhook-signature" // "v1," and a signature, several parted by spaces
)

const (
	secretPrefix  = "whsec_"
	secretSize    = 32
	signatureKind = "v1,"
)

// Key is what every secret follows from: 32 random bytes that are kept outside
// the database. Whoever has only the database can sign nothing.
type Key [secretSize]byte

// secret gives a version of the secret of a subscription, as its receiver keeps it.
func (k Key) secret(organ casefile.OrganID, id string, version int64) (string, error) {
	info := "chengxu webhook\n" + string(organ) + "\n" + id + "\n" + strconv.FormatInt(version, 10)
	raw, err := hkdf.Key(sha256.New, k[:], nil, info, secretSize)
	if err != nil {
		return "", fmt.Errorf("derive secret: %w", err)
	}
	return secretPrefix + base64.StdEncoding.EncodeToString(raw), nil
}

// Sign gives a signature over id, instant and body of a delivery, HMAC-SHA256 with
// the secret.
func Sign(secret, id string, at time.Time, body []byte) (string, error) {
	encoded, ok := strings.CutPrefix(secret, secretPrefix)
	key, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil || len(key) == 0 {
		return "", fmt.Errorf("secret: want %q and base64: %w", secretPrefix, casefile.ErrInvalid)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
	mac.Write(body)
	return signatureKind + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}

// tolerance is how far the instant of a delivery may lie from now.
const tolerance = 5 * time.Minute

// ErrNotSigned says that a delivery is not from whom it should be, or is an old
// one that is played again.
var ErrNotSigned = errors.New("not signed by the secret, or not now")

// Verify is what a receiver does first: it checks the three headers of a delivery
// over its body, as it was received, by the secret. Anything wrong is
// [ErrNotSigned].
func Verify(secret, id, timestamp, signatures string, body []byte, now time.Time) error {
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return fmt.Errorf("timestamp: %w", ErrNotSigned)
	}
	at := time.Unix(seconds, 0)
	if at.Before(now.Add(-tolerance)) || at.After(now.Add(tolerance)) {
		return fmt.Errorf("timestamp: %w", ErrNotSigned)
	}
	want, err := Sign(secret, id, at, body)
	if err != nil {
		return err
	}
	for given := range strings.FieldsSeq(signatures) {
		if hmac.Equal([]byte(given), []byte(want)) {
			return nil
		}
	}
	return ErrNotSigned
}
