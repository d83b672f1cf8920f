package temporalserver

import (
	"fmt"
	"os"
	"path/filepath"
)

// AddressFile is the file in the server's directory that says where a running server
// is reached, as one line "host:port". Operators give it to Temporal's own tools.
const AddressFile = "address"

// tellAddress writes the file whole or not at all.
func (s *Server) tellAddress(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("telling the address of the workflow engine: %w", err)
	}
	name := filepath.Join(dir, AddressFile)
	if err := os.WriteFile(name+".new", []byte(s.hostPort+"\n"), 0o600); err != nil {
		return fmt.Errorf("telling the address of the workflow engine: %w", err)
	}
	if err := os.Rename(name+".new", name); err != nil {
		return fmt.Errorf("telling the address of the workflow engine: %w", err)
	}
	s.addressFile = name
	return nil
}

// hideAddress removes the file: nobody answers there any more.
func (s *Server) hideAddress() error {
	if s.addressFile == "" {
		return nil
	}
	return os.Remove(s.addressFile)
}
