// Package s3 keeps documents in a bucket of a storage that speaks S3. What comes
// in is received into a file on this machine first, because the name of an object
// is the digest of its bytes.
package s3

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/documents"
)

// Credentials are the key of an account; they are never printed.
type Credentials struct {
	AccessKey string
	SecretKey string
}

// String keeps the secret out of what is printed.
func (Credentials) String() string { return "credentials" }

// GoString is as String.
func (Credentials) GoString() string { return "credentials" }

// Location says where a bucket is.
type Location struct {
	Bucket   string
	Prefix   string // before the name of each object; empty, or ending in "/"
	Endpoint string // host, with a port where it is not the usual one
	Region   string // empty: us-east-1
	Insecure bool   // speak HTTP, not HTTPS: for loopback and closed networks
}

var (
	bucketForm = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	prefixForm = regexp.MustCompile(`^([a-zA-Z0-9][a-zA-Z0-9._-]*/)*$`)
)

// ParseLocation reads s3://BUCKET[/PREFIX]?endpoint=HOST[:PORT][&region=…][&insecure=true].
// Credentials do not belong in it: a URL is seen by many.
func ParseLocation(text string) (Location, error) {
	bad := func(why string) (Location, error) {
		return Location{}, fmt.Errorf("document storage: want s3://BUCKET?endpoint=HOST: %s: %w", why, casefile.ErrInvalid)
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "s3" || u.Opaque != "" || u.Fragment != "" {
		return bad("not of this form")
	}
	if u.User != nil {
		return bad("credentials come from a file or the environment")
	}
	l := Location{Bucket: u.Host}
	if u.Path != "" && u.Path != "/" {
		l.Prefix = u.Path[1:]
		if l.Prefix[len(l.Prefix)-1] != '/' {
			l.Prefix += "/"
		}
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return bad("the query cannot be read")
	}
	for name, values := range query {
		if len(values) != 1 {
			return bad(name + " may occur only once")
		}
		switch name {
		case "endpoint":
			l.Endpoint = values[0]
		case "region":
			l.Region = values[0]
		case "insecure":
			if l.Insecure, err = strconv.ParseBool(values[0]); err != nil {
				return bad("insecure is true or false")
			}
		default:
			return bad("unknown parameter " + name)
		}
	}
	if !bucketForm.MatchString(l.Bucket) || !prefixForm.MatchString(l.Prefix) || l.Endpoint == "" {
		return bad("bucket, prefix or endpoint")
	}
	return l, nil
}

// Storage keeps documents in a bucket. Others may use the bucket under other
// prefixes.
type Storage struct {
	client *minio.Client
	at     Location
	dir    string
}

var _ documents.Storage = (*Storage)(nil)

// Open reaches the bucket, which must exist and must not keep old versions: what
// is removed has to be gone. What comes in is received in the directory, which is
// made when it is not there.
func Open(ctx context.Context, at Location, key Credentials, dir string, now time.Time) (*Storage, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("document storage: %w", err)
	}
	if err := documents.RemoveAbandoned(dir, now); err != nil {
		return nil, fmt.Errorf("document storage: %w", err)
	}
	region := at.Region
	if region == "" {
		region = "us-east-1"
	}
	client, err := minio.New(at.Endpoint, &minio.Options{
		Creds: credentials.NewStaticV4(key.AccessKey, key.SecretKey, ""), Secure: !at.Insecure, Region: region,
		BucketLookup: minio.BucketLookupPath, MaxRetries: 3,
	})
	if err != nil {
		return nil, fmt.Errorf("document storage: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	there, err := client.BucketExists(ctx, at.Bucket)
	if err != nil {
		return nil, fmt.Errorf("document storage: reach bucket %s: %w", at.Bucket, err)
	}
	if !there {
		return nil, fmt.Errorf("document storage: bucket %s: %w", at.Bucket, casefile.ErrNotFound)
	}
	if kept, err := client.GetBucketVersioning(ctx, at.Bucket); err == nil && kept.Enabled() {
		return nil, fmt.Errorf("document storage: bucket %s keeps old versions, so that nothing could be removed from it: %w", at.Bucket, casefile.ErrInvalid)
	}
	return &Storage{client: client, at: at, dir: dir}, nil
}

// Receive implements [documents.Storage].
func (s *Storage) Receive(ctx context.Context, r io.Reader, limit int64) (*documents.Received, error) {
	return documents.ReceiveIn(ctx, s.dir, r, limit)
}

// Put implements [documents.Storage]. The storage is told the digest, and
// refuses bytes that were changed on the way where it checks it.
func (s *Storage) Put(ctx context.Context, organ casefile.OrganID, r *documents.Received) error {
	key, err := s.key(organ, r.Digest)
	if err != nil {
		return err
	}
	sum, err := hex.DecodeString(string(r.Digest))
	if err != nil {
		return fmt.Errorf("store document %s: %w", r.Digest, err)
	}
	_, err = s.client.PutObject(ctx, s.at.Bucket, key, io.NewSectionReader(r, 0, r.Size), r.Size, minio.PutObjectOptions{
		ContentType: "application/octet-stream", DisableMultipart: true,
		UserMetadata: map[string]string{"Sha256": base64.StdEncoding.EncodeToString(sum)},
	})
	if err != nil {
		return fmt.Errorf("store document %s: %w", r.Digest, err)
	}
	return nil
}

// Open implements [documents.Storage].
func (s *Storage) Open(ctx context.Context, organ casefile.OrganID, digest casefile.Digest) (io.ReadCloser, error) {
	key, err := s.key(organ, digest)
	if err != nil {
		return nil, err
	}
	object, err := s.client.GetObject(ctx, s.at.Bucket, key, minio.GetObjectOptions{})
	if err != nil {
		return nil, fmt.Errorf("open document %s: %w", digest, err)
	}
	if _, err := object.Stat(); err != nil { // the request is sent only now
		return nil, errors.Join(absent(digest, err), object.Close())
	}
	return documents.Verified(object, digest), nil
}

// Has implements [documents.Storage].
func (s *Storage) Has(ctx context.Context, organ casefile.OrganID, digest casefile.Digest) (bool, error) {
	key, err := s.key(organ, digest)
	if err != nil {
		return false, err
	}
	_, err = s.client.StatObject(ctx, s.at.Bucket, key, minio.StatObjectOptions{})
	if err == nil {
		return true, nil
	}
	if err = absent(digest, err); errors.Is(err, casefile.ErrNotFound) {
		return false, nil
	}
	return false, err
}

// Remove implements [documents.Storage].
func (s *Storage) Remove(ctx context.Context, organ casefile.OrganID, digest casefile.Digest) error {
	key, err := s.key(organ, digest)
	if err != nil {
		return err
	}
	err = s.client.RemoveObject(ctx, s.at.Bucket, key, minio.RemoveObjectOptions{})
	if err = absent(digest, err); errors.Is(err, casefile.ErrNotFound) {
		return nil
	}
	return err
}

func (s *Storage) key(organ casefile.OrganID, digest casefile.Digest) (string, error) {
	key, err := documents.Key(organ, digest)
	return s.at.Prefix + key, err
}

// absent gives [casefile.ErrNotFound] for an object that is not there.
func absent(digest casefile.Digest, err error) error {
	if err == nil {
		return nil
	}
	if minio.ToErrorResponse(err).StatusCode == http.StatusNotFound {
		return fmt.Errorf("bytes of document %s: %w", digest, casefile.ErrNotFound)
	}
	return fmt.Errorf("document %s: %w", digest, err)
}
