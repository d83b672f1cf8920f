package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/rules"
)

func rulesNewCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "new FOLDER",
		Short: "start a pack of local measures from the template of a sub-district",
		Long: "The template builds on cn.713 and cn.shanghai and changes no figure as it stands. How to go on is in\n" +
			"docs/how-to/write-your-own-measures.md.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := writeTemplate(args[0]); err != nil {
				return err
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s：已写入模板；检查用 chengxu rules lint %s\n", args[0], args[0])
			return err
		},
	}
}

// writeTemplate writes the template into a folder that must not exist yet.
func writeTemplate(dir string) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return fmt.Errorf("the folder must be new: %w", err)
	}
	template := rules.Template()
	return fs.WalkDir(template, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		to := filepath.Join(dir, filepath.FromSlash(name))
		if entry.IsDir() {
			return os.Mkdir(to, 0o755)
		}
		content, err := fs.ReadFile(template, name)
		if err != nil {
			return err
		}
		return os.WriteFile(to, content, 0o644)
	})
}
