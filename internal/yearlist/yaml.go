package yearlist

import (
	"bytes"
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"
)

// published is a catalogue as a file of published ones holds it.
type published struct {
	Title     string `yaml:"title"`
	Organ     string `yaml:"organ"`
	Published string `yaml:"published"`
	Note      string `yaml:"note"`
	Items     []struct {
		No        int               `yaml:"no"`
		Name      string            `yaml:"name"`
		Category  string            `yaml:"category"`
		Organiser string            `yaml:"organiser"`
		Basis     string            `yaml:"basis"`
		Due       string            `yaml:"due"`
		Change    string            `yaml:"change"`
		Steps     []string          `yaml:"required_steps"`
		Schedule  map[string]string `yaml:"schedule"`
	} `yaml:"items"`
}

// readYAML reads the catalogue of the year from a list of published ones; a file with a
// single one is taken whatever its year.
func readYAML(content []byte, year int) ([]Row, error) {
	var all []published
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	if err := decoder.Decode(&all); err != nil {
		return nil, whole("文件不是有效的目录 YAML："+err.Error(), "the file is no list of catalogues: "+err.Error())
	}
	var of []published
	for _, p := range all {
		if len(all) == 1 || strings.Contains(p.Title, fmt.Sprintf("%d年", year)) {
			of = append(of, p)
		}
	}
	if len(of) != 1 {
		return nil, whole(fmt.Sprintf("文件中有%d份%d年度的目录，须正好一份。", len(of), year), fmt.Sprintf("the file holds %d catalogues of %d, want exactly one", len(of), year))
	}
	t := reader{year: year}
	for i, item := range of[0].Items {
		row := Row{Row: item.No}
		if row.Row == 0 {
			row.Row = i + 1
		}
		due := item.Due
		if due == "" {
			due = item.Schedule["effective"]
		}
		for _, x := range []struct {
			head string
			kind column
			text string
		}{
			{"name", columnName, item.Name},
			{"category", columnCategory, item.Category},
			{"organiser", columnUnit, item.Organiser},
			{"basis", columnBasis, item.Basis},
			{"required_steps", columnSteps, strings.Join(item.Steps, "、")},
			{"due", columnPlanned, due},
		} {
			t.set(&row, x.head, x.kind, x.text)
		}
		t.add(row)
	}
	return t.done()
}
