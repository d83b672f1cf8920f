// Package papers makes the papers (文书) of a case: notices, opinions, minutes, reports
// and the text that is published. A [Template] is a file of blocks that text templates
// fill with what the case records; three writers turn the blocks into HTML, DOCX and PDF.
//
// What a paper is made from is the case alone: its entries up to one of them, its
// definition, the documents that it files, and the name of its organ. So the same paper
// comes out years later, byte for byte, as long as template, writer and, for PDF, the
// font files are the same; a paper names all of them by digest.
//
// The package reads no clock and no database. It reads font files where it is told to.
package papers
