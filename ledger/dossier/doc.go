// Package dossier exports a case whole, as one file (案卷), and verifies such a
// file with nothing else at hand: no server, no network, no database.
//
// A dossier is a ZIP file in which nothing is left to choice: no compression,
// fixed dates, sorted names, no extra fields. The verifier builds the container
// again from its contents and compares it byte by byte, so that no byte of the
// file can change unnoticed.
//
// Verification has three parts, in this order. The seal: hashes, signatures,
// proofs, and that nothing is missing. The law: every act planned and every gate
// judged again from what was recorded, by the pinned procedure, rule packs and
// calendar. The run: what the workflow code records when its history is replayed.
//
// The package reads no clock and opens no connection.
package dossier
