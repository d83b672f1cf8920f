// Package ledger makes a record that cannot be changed without it showing: the
// leaves of entries, one Merkle log (RFC 6962) for each organ, checkpoints in
// the C2SP tlog-checkpoint form signed as notes, and proofs of inclusion and
// consistency.
//
// A leaf carries the case, the sequence, the hash of the case's previous leaf
// and a salted commitment to each field of the entry, never the fields
// themselves: a field can be withheld or erased and every proof still holds.
//
// Every encoding here has exactly one accepted form. What is read is encoded
// again and compared, so that no byte can change unnoticed. The package knows
// neither cases nor databases; it imports nothing of this module.
package ledger
