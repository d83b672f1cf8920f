package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"strings"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// heldStatements is how many prepared statements a connection keeps. Reading and
// planning a statement takes a database longer than looking up a row by it.
const heldStatements = 256

// holding is a connector whose connections keep the statements that were prepared.
type holding struct{ driver.Connector }

func (h holding) Connect(ctx context.Context) (driver.Conn, error) {
	opened, err := h.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	conn, ok := opened.(plainConn)
	if !ok {
		return nil, errors.Join(errors.New("the driver of the database lacks what the store needs of it"), opened.Close())
	}
	held, err := simplelru.NewLRU(heldStatements, func(_ string, s *heldStatement) { s.drop() })
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	holds := &holdingConn{plainConn: conn, held: held}
	if checks, ok := opened.(driver.NamedValueChecker); ok {
		return checkingConn{holds, checks}, nil
	}
	return holds, nil
}

// plainConn is what database/sql uses of a connection.
type plainConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// holdingConn is used by one goroutine at a time, as database/sql promises.
type holdingConn struct {
	plainConn
	held *simplelru.LRU[string, *heldStatement]
}

// checkingConn is one whose driver says itself what it takes as an argument.
type checkingConn struct {
	*holdingConn
	driver.NamedValueChecker
}

// heldStatement is a statement that stays prepared. It is lent to one caller at a
// time: rows that are still being read are of one execution.
type heldStatement struct {
	preparedStatement
	lent    bool
	dropped bool // closed as soon as it is back
}

type preparedStatement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// drop closes a statement that is no longer kept. What closing reports is what its
// last execution has reported.
func (s *heldStatement) drop() {
	s.dropped = true
	if !s.lent {
		_ = s.Close()
	}
}

// back takes a statement back.
func (s *heldStatement) back() {
	s.lent = false
	if s.dropped {
		_ = s.Close()
	}
}

// unheld marks the context of a query that is not kept prepared.
type unheld struct{}

// lend gives the statement of a query; nil when it is not to be kept, or is lent.
func (c *holdingConn) lend(ctx context.Context, query string) (*heldStatement, error) {
	if !keepable(query) || ctx.Value(unheld{}) != nil {
		return nil, nil
	}
	if s, ok := c.held.Get(query); ok {
		if s.lent {
			return nil, nil
		}
		s.lent = true
		return s, nil
	}
	made, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s, ok := made.(preparedStatement)
	if !ok {
		return nil, made.Close()
	}
	held := &heldStatement{preparedStatement: s, lent: true}
	c.held.Add(query, held)
	return held, nil
}

// keepable reports whether a statement means the same whenever it is run again: a
// pragma may have its effect when it is prepared.
func keepable(query string) bool {
	query = strings.TrimLeft(query, " \n\t")
	for _, verb := range []string{"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"} {
		if strings.HasPrefix(query, verb) {
			return true
		}
	}
	return false
}

// ExecContext runs a statement to its end.
func (c *holdingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.lend(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.plainConn.ExecContext(ctx, query, args)
	}
	defer s.back()
	result, err := s.ExecContext(ctx, args)
	if err != nil {
		c.held.Remove(query)
	}
	return result, err
}

// QueryContext runs a statement. It is lent until its rows are closed.
func (c *holdingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.lend(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.plainConn.QueryContext(ctx, query, args)
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		c.held.Remove(query)
		s.back()
		return nil, err
	}
	return &heldRows{rows, s}, nil
}

// Close closes the statements and the connection.
func (c *holdingConn) Close() error {
	c.held.Purge()
	return c.plainConn.Close()
}

// heldRows give their statement back when they are closed.
type heldRows struct {
	driver.Rows
	of *heldStatement
}

// Close ends the reading.
func (r *heldRows) Close() error {
	defer r.of.back()
	return r.Rows.Close()
}
