// Package casefile holds what a case is made of: the case, its acts, the facts
// they establish, the documents filed, the verdicts of the rules, and the
// entries that record it all. A case is nothing but the sum of its entries:
// [Case.Apply] adds one, and whoever holds the entries can rebuild the case.
//
// The package is pure: it reads no clock and does no I/O. It imports legaltime
// and nothing else of this module.
package casefile
