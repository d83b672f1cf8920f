package dossier

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// The container is the plainest ZIP there is; APPNOTE.TXT 4.3. All fields that
// say nothing about a file have these values.
const (
	localMagic   = 0x04034b50
	centralMagic = 0x02014b50
	endMagic     = 0x06054b50
	zipVersion   = 10     // 1.0: stored files only
	zipDate      = 0x0021 // 1980-01-01, the first that ZIP can say

	localSize   = 30
	centralSize = 46
)

// file is one file of a dossier.
type file struct {
	name    string
	content []byte
}

// writeArchive writes the files, which are sorted by name, as a container.
func writeArchive(w io.Writer, files []file) error {
	out := &counter{w: w}
	offsets := make([]int64, len(files))
	for i, f := range files {
		offsets[i] = out.n
		out.write(localHeader(f))
		out.write(f.content)
	}
	start := out.n
	for i, f := range files {
		out.write(centralHeader(f, offsets[i]))
	}
	out.write(endRecord(len(files), out.n-start, start))
	return out.err
}

func localHeader(f file) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, localMagic)
	b = le.AppendUint16(b, zipVersion)
	b = appendCommon(b, f)
	b = le.AppendUint16(b, uint16(len(f.name)))
	b = le.AppendUint16(b, 0) // extra field
	return append(b, f.name...)
}

func centralHeader(f file, offset int64) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, centralMagic)
	b = le.AppendUint16(b, zipVersion) // made by
	b = le.AppendUint16(b, zipVersion) // needed
	b = appendCommon(b, f)
	b = le.AppendUint16(b, uint16(len(f.name)))
	b = append(b, make([]byte, 12)...) // extra field, comment, disk, attributes
	b = le.AppendUint32(b, uint32(offset))
	return append(b, f.name...)
}

func appendCommon(b []byte, f file) []byte {
	le := binary.LittleEndian
	b = le.AppendUint16(b, 0) // flags
	b = le.AppendUint16(b, 0) // stored
	b = le.AppendUint16(b, 0) // time
	b = le.AppendUint16(b, zipDate)
	b = le.AppendUint32(b, crc32.ChecksumIEEE(f.content))
	b = le.AppendUint32(b, uint32(len(f.content)))
	return le.AppendUint32(b, uint32(len(f.content)))
}

func endRecord(n int, size, start int64) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, endMagic)
	b = le.AppendUint32(b, 0) // disks
	b = le.AppendUint16(b, uint16(n))
	b = le.AppendUint16(b, uint16(n))
	b = le.AppendUint32(b, uint32(size))
	b = le.AppendUint32(b, uint32(start))
	return le.AppendUint16(b, 0) // comment
}

// counter writes until the first error and counts.
type counter struct {
	w   io.Writer
	n   int64
	err error
}

func (c *counter) write(b []byte) {
	if c.err != nil {
		return
	}
	_, c.err = c.w.Write(b)
	c.n += int64(len(b))
}

// Damage says where a file is not the dossier that was written, and what is
// wrong there.
type Damage struct {
	Place string // the file inside, or "container"
	Err   error
}

func (d *Damage) Error() string { return d.Place + ": " + d.Err.Error() }

// Unwrap gives what is wrong.
func (d *Damage) Unwrap() error { return d.Err }

// containerPlace is the place of damage that lies in no file inside.
const containerPlace = "container"

func damaged(place, format string, args ...any) error {
	return &Damage{Place: place, Err: fmt.Errorf(format, args...)}
}

// readArchive reads a container and makes sure that writeArchive would write the
// very same bytes.
func readArchive(r io.ReaderAt, size int64, as shape) ([]file, error) {
	if size > as.size {
		return nil, damaged(containerPlace, "%d bytes: want at most %d", size, as.size)
	}
	var files []file
	place, at := containerPlace, int64(0)
	for {
		f, next, err := readFile(r, size, at, place, as)
		if err != nil {
			return nil, err
		}
		if next == at {
			break
		}
		if len(files) > 0 && f.name <= place {
			return nil, damaged(f.name, "stands after %s: names are sorted and none stands twice", place)
		}
		if len(files) == as.files {
			return nil, damaged(f.name, "want at most %d files", as.files)
		}
		files, place, at = append(files, f), f.name, next
	}
	same := &comparer{r: r, size: size}
	err := writeArchive(same, files)
	switch {
	case errors.Is(err, errDiffers):
		return nil, damaged(containerPlace, "%s, at offset %d: not as it is written", placeAt(files, same.at), same.at)
	case err != nil:
		return nil, &Damage{Place: containerPlace, Err: err}
	case same.at != size:
		return nil, damaged(containerPlace, "%d bytes follow after the end, from offset %d", size-same.at, same.at)
	}
	return files, nil
}

// readFile reads the file whose header begins at an offset. The next offset is
// the same one when the directory begins there.
func readFile(r io.ReaderAt, size, at int64, after string, as shape) (f file, next int64, err error) {
	header, err := readAt(r, size, at, 4)
	if err != nil {
		return file{}, 0, damaged(containerPlace, "after %s, at offset %d: %w", after, at, err)
	}
	le := binary.LittleEndian
	switch le.Uint32(header) {
	case centralMagic, endMagic:
		return file{}, at, nil
	case localMagic:
	default:
		return file{}, 0, damaged(containerPlace, "after %s, at offset %d: neither a file nor the directory begins", after, at)
	}
	if header, err = readAt(r, size, at, localSize); err != nil {
		return file{}, 0, damaged(containerPlace, "after %s, at offset %d: %w", after, at, err)
	}
	name, err := readAt(r, size, at+localSize, int64(le.Uint16(header[26:])))
	if err != nil {
		return file{}, 0, damaged(containerPlace, "after %s, at offset %d: name: %w", after, at, err)
	}
	f.name = string(name)
	limit := as.limit(f.name)
	if limit == 0 {
		return file{}, 0, damaged(shortName(f.name), "there is no file of this name")
	}
	length := int64(le.Uint32(header[18:]))
	if length > limit {
		return file{}, 0, damaged(f.name, "%d bytes: want at most %d", length, limit)
	}
	begin := at + localSize + int64(len(name)) + int64(le.Uint16(header[28:]))
	if f.content, err = readAt(r, size, begin, length); err != nil {
		return file{}, 0, damaged(f.name, "content: %w", err)
	}
	if crc32.ChecksumIEEE(f.content) != le.Uint32(header[14:]) {
		return file{}, 0, damaged(f.name, "content does not match its checksum")
	}
	return f, begin + length, nil
}

var errTruncated = errors.New("the file ends before it should")

// readAt reads n bytes at an offset of a file of the given size.
func readAt(r io.ReaderAt, size, at, n int64) ([]byte, error) {
	if at+n > size {
		return nil, errTruncated
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(io.NewSectionReader(r, at, n), b); err != nil {
		return nil, fmt.Errorf("read %d bytes at offset %d: %w", n, at, err)
	}
	return b, nil
}

// comparer compares what is written with what a file holds.
type comparer struct {
	r    io.ReaderAt
	size int64
	at   int64 // how much was the same
}

var errDiffers = errors.New("differs")

func (c *comparer) Write(b []byte) (int, error) {
	there, err := readAt(c.r, c.size, c.at, min(int64(len(b)), c.size-c.at))
	if err != nil {
		return 0, err
	}
	if bytes.Equal(there, b) {
		c.at += int64(len(b))
		return len(b), nil
	}
	for i := 0; i < len(there) && there[i] == b[i]; i++ {
		c.at++
	}
	return 0, errDiffers
}

// placeAt says which part of the container an offset lies in.
func placeAt(files []file, offset int64) string {
	at := int64(0)
	for _, f := range files {
		if at += int64(localSize + len(f.name)); offset < at {
			return "header of " + f.name
		}
		if at += int64(len(f.content)); offset < at {
			return "content of " + f.name
		}
	}
	for _, f := range files {
		if at += int64(centralSize + len(f.name)); offset < at {
			return "directory entry of " + f.name
		}
	}
	return "end of the directory"
}
