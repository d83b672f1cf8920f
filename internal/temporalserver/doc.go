// Package temporalserver runs a Temporal server inside this process, on SQLite
// files in one directory. It is the workflow engine of the first rung: one
// binary, no services to install.
//
// The directory is used by one process at a time, held by a lock on the file
// temporal.lock. The database, temporal.db, is written with a write-ahead log,
// so a process that is killed loses nothing that it acknowledged. A file whose
// schema is not the one of this build is refused, never changed.
//
// The server listens on four loopback ports that are free when it starts, or at
// one address that is given to it, and asks nobody for a password: who can open a
// connection can use it. It is not for a machine with users who do not trust each
// other, nor for a network of such.
package temporalserver
