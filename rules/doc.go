// Package rules holds the law as data. A rule pack (规则包) is a folder: the
// rules with their citations, the vocabulary of facts with types, dated
// parameters, and tests. The package loads packs strictly, judges the gates
// (关口) of a case in three values, derives due dates, and explains every answer
// down to the last sub-expression.
//
// It is the only user of the expression library. It imports casefile and
// legaltime and nothing else of this module, reads no clock and does no I/O
// beyond the file system that it is handed.
package rules
