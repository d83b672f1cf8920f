package api

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"gopkg.in/yaml.v3"
)

// operation is what the program itself reads of an operation in the contract.
type operation struct {
	Deprecated bool   `yaml:"deprecated"`
	Since      string `yaml:"x-deprecated-since"` // YYYY-MM-DD
	Sunset     string `yaml:"x-sunset"`           // YYYY-MM-DD, after which it may be gone
	Responses  map[string]struct {
		Content map[string]any `yaml:"content"`
	} `yaml:"responses"`
}

// readOperations gives the operations of a contract by "METHOD /path".
func readOperations(raw []byte) (map[string]operation, error) {
	var doc struct {
		Paths map[string]map[string]yaml.Node `yaml:"paths"`
	}
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		return nil, fmt.Errorf("api: read contract: %w", err)
	}
	out := map[string]operation{}
	var errs []error
	for path, item := range doc.Paths {
		for method, node := range item {
			if method == "parameters" {
				continue
			}
			var op operation
			route := strings.ToUpper(method) + " " + path
			err := node.Decode(&op)
			if err == nil && op.Deprecated {
				_, err = op.headers()
			}
			if err != nil {
				errs = append(errs, fmt.Errorf("api: contract, %s: %w", route, err))
			}
			out[route] = op
		}
	}
	return out, errors.Join(errs...)
}

// headers gives what the answers of a deprecated operation say: since when it is
// (RFC 9745), from when on it may be gone (RFC 8594), and where to read on.
func (op operation) headers() (map[string]string, error) {
	since, err := time.Parse(time.DateOnly, op.Since)
	if err != nil {
		return nil, fmt.Errorf("x-deprecated-since: %w", err)
	}
	sunset, err := time.Parse(time.DateOnly, op.Sunset)
	if err != nil {
		return nil, fmt.Errorf("x-sunset: %w", err)
	}
	if sunset.Before(since) {
		return nil, errors.New("x-sunset comes before x-deprecated-since")
	}
	return map[string]string{
		"Deprecation": "@" + strconv.FormatInt(since.Unix(), 10),
		"Sunset":      sunset.Format(http.TimeFormat),
		"Link":        `</api/v1/reference>; rel="deprecation"; type="text/html"`,
	}, nil
}

// warning adds the headers of a deprecated operation to every answer, problems
// included.
func (op operation) warning(next echo.HandlerFunc) echo.HandlerFunc {
	if !op.Deprecated {
		return next
	}
	headers, err := op.headers()
	return func(c echo.Context) error {
		if err != nil {
			return err
		}
		for name, value := range headers {
			c.Response().Header().Set(name, value)
		}
		return next(c)
	}
}

// shortAnswers are the media types of answers that are made as a whole, so that HEAD
// costs no more than GET and ends as soon.
func shortAnswers() []string {
	return []string{echo.MIMEApplicationJSON, "application/schema+json", "application/yaml", echo.MIMETextHTML}
}

// headed reports whether HEAD is answered as well as GET.
func (op operation) headed() bool {
	content := op.Responses["200"].Content
	for media := range content {
		if !slices.Contains(shortAnswers(), media) {
			return false
		}
	}
	return len(content) > 0
}
