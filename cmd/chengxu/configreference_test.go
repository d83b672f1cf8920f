package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const configIntroduction = `# Settings

Every flag of every command can be given on the command line, in the environment, or in a file. The command line goes before the environment, the
environment before the file, the file before the default. A variable that is set to nothing is not set.

- **Environment**: the name of the flag in capitals, with ` + "`CHENGXU_`" + ` before it and ` + "`_`" + ` for ` + "`-`" + `: ` + "`--public-url`" + ` is ` + "`CHENGXU_PUBLIC_URL`" + `. Lists are
  separated by commas, as on the command line. ` + "`CHENGXU_TOKEN`, `CHENGXU_S3_ACCESS_KEY` and `CHENGXU_S3_SECRET_KEY`" + ` are secrets that have no flag.
- **File**: YAML, named by ` + "`--config FILE` or `CHENGXU_CONFIG`" + `; without either, ` + "`chengxu.yaml`" + ` in the data directory, when there is one. Names are those of the
  flags. At the top they hold for every command that has the flag; under the name of a command, for this command, which goes before. A name that
  no command knows is an error, with its line. A file that holds a secret (a password in a URL) and that others may read is refused: set its mode to 0600.
- **What holds**: ` + "`chengxu config show serve --data DIR`" + ` prints every setting with its value and where it comes from, secrets masked, and names variables that
  nothing reads.
- **Traces** are set up by the variables of OpenTelemetry, ` + "`OTEL_EXPORTER_OTLP_ENDPOINT`" + ` first of all ([operate](../how-to/operate.md)).

` + "```yaml" + `
# /var/lib/chengxu/chengxu.yaml
listen: 127.0.0.1:8080
public-url: https://chengxu.example.gov.cn
metrics-listen: 127.0.0.1:9090
log-format: json
serve:
  proxy: [10.0.0.0/8]
` + "```" + `

This page is made from the flags: ` + "`go test ./cmd/chengxu -run ReferenceOfSettings -update`" + `.
`

// configReference gives the page of all settings.
func configReference(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString(configIntroduction)
	serve := commandNamed(root, "serve")
	b.WriteString("\n## Of the server: `chengxu serve`\n\n| setting | variable | default | what |\n|---|---|---|---|\n")
	for _, f := range settingsOf(serve) {
		fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s |\n", f.Name, variableOf(f.Name), defaultOf(f), cell(f.Usage))
	}
	b.WriteString("\n## Of the other commands\n\n| setting | variable | default | commands | what |\n|---|---|---|---|---|\n")
	for _, row := range otherSettings(root, serve) {
		b.WriteString(row)
	}
	return b.String()
}

// otherSettings gives a row for each setting that means the same in some commands.
func otherSettings(root, serve *cobra.Command) []string {
	type meaning struct{ name, value, usage string }
	commands := map[meaning][]string{}
	for _, cmd := range commandsUnder(root) {
		if cmd == serve {
			continue
		}
		for _, f := range settingsOf(cmd) {
			m := meaning{f.Name, defaultOf(f), f.Usage}
			commands[m] = append(commands[m], strings.TrimPrefix(cmd.CommandPath(), root.Name()+" "))
		}
	}
	var rows []string
	for m, names := range commands {
		slices.Sort(names)
		rows = append(rows, fmt.Sprintf("| `%s` | `%s` | %s | %s | %s |\n", m.name, variableOf(m.name), m.value, strings.Join(names, ", "), cell(m.usage)))
	}
	slices.Sort(rows)
	return rows
}

func defaultOf(f *pflag.Flag) string {
	if f.DefValue == "" || f.DefValue == "[]" {
		return ""
	}
	return "`" + f.DefValue + "`"
}

func cell(text string) string { return strings.ReplaceAll(text, "|", "\\|") }
