// Package documents keeps the documents of organs: the bytes by their SHA-256
// in a [Storage], what is known of them in the records of a store. It decides
// what may come in: which types, how large, how deeply packed, and what an
// [Examiner] has to say.
//
// The bytes of an organ stand apart from those of every other, so that a digest
// says nothing about whether another organ has the document. No path is ever
// made from what a user has sent but from a digest that was computed here.
//
// It imports casefile alone and knows neither HTTP nor databases. The storage for
// S3 is in documents/s3.
package documents
