// Package listbench measures reading and listing cases, few and many, beside a bare
// echo handler and beside the SQL alone. It is the only place that sees both HTTP and
// SQL, and has tests only.
package listbench
