// Package temporalserver runs a Temporal server inside this process, on SQLite files in
// one directory, or in a PostgreSQL database. It is the workflow engine of the first two
// rungs: one binary, no services to install but the database.
//
// A directory or a database is used by one engine at a time. A directory is held by a
// lock on the file temporal.lock; a database by an advisory lock on a connection of its
// own, and an engine that loses it fails. The SQLite database, temporal.db, is written
// with a write-ahead log, so a process that is killed loses nothing that it
// acknowledged. A file whose schema is not the one of this build is refused, never
// changed; in PostgreSQL an older schema is brought up to date, in one transaction, and
// a newer one is refused.
//
// In PostgreSQL the server's tables stand in two schemas, temporal and
// temporal_visibility, beside whatever else the database holds, so that one backup of the
// database has everything as it was at one moment.
//
// The server listens on four loopback ports that are free when it starts, or at
// one address that is given to it, and asks nobody for a password: who can open a
// connection can use it. It is not for a machine with users who do not trust each
// other, nor for a network of such.
package temporalserver
