package api

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/zhengdang/chengxu/casefile"
)

// maxDepth bounds how deep a body may nest.
const maxDepth = 16

// payload is an object of values as it arrives: numbers are still json.Number.
// checkShape has seen it before anything reads it.
type payload map[string]any

// values gives the payload with numbers as int64 or float64.
func (p payload) values() casefile.Values {
	if p == nil {
		return nil
	}
	out := make(casefile.Values, len(p))
	for name, v := range p {
		if value, err := toValue(v, name); err == nil {
			out[name] = value
		}
	}
	return out
}

// parseStrict reads exactly one JSON value.
func parseStrict(raw []byte) (any, error) {
	if !utf8.Valid(raw) {
		return nil, malformed("请求体不是有效的 UTF-8。", "the body is not valid UTF-8")
	}
	p := &parser{raw: raw, dec: json.NewDecoder(bytes.NewReader(raw))}
	p.dec.UseNumber()
	tree, err := p.value(0)
	if err != nil {
		return nil, p.explain(err)
	}
	if _, err := p.dec.Token(); !errors.Is(err, io.EOF) {
		return nil, malformed("请求体在第一个 JSON 值之后还有内容。", "the body goes on after the first JSON value")
	}
	return tree, nil
}

type parser struct {
	raw []byte
	dec *json.Decoder
}

func (p *parser) value(depth int) (any, error) {
	token, err := p.dec.Token()
	if err != nil {
		return nil, err
	}
	switch v := token.(type) {
	case json.Delim:
		if depth >= maxDepth {
			return nil, malformed(fmt.Sprintf("嵌套超过 %d 层。", maxDepth), fmt.Sprintf("nested deeper than %d levels", maxDepth))
		}
		if v == '{' {
			return p.object(depth)
		}
		return p.array(depth)
	case string:
		return v, checkText(v)
	}
	return token, nil
}

func (p *parser) object(depth int) (any, error) {
	out := map[string]any{}
	for p.dec.More() {
		key, err := p.dec.Token()
		if err != nil {
			return nil, err
		}
		name, ok := key.(string)
		if !ok {
			return nil, malformed("对象的键须为字符串。", "a key of an object must be a string")
		}
		if err := checkText(name); err != nil {
			return nil, err
		}
		if _, twice := out[name]; twice {
			return nil, invalidAs(codeMalformed, name, "字段 "+name+" 出现了两次。", "the field "+name+" occurs twice")
		}
		if out[name], err = p.value(depth + 1); err != nil {
			return nil, err
		}
	}
	_, err := p.dec.Token()
	return out, err
}

func (p *parser) array(depth int) (any, error) {
	out := []any{}
	for p.dec.More() {
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	_, err := p.dec.Token()
	return out, err
}

// explain turns what the decoder says into a problem with a place.
func (p *parser) explain(err error) error {
	var known *fault
	if errors.As(err, &known) {
		return err
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return malformed("请求体为空或不完整。", "the body is empty or incomplete")
	}
	seen := p.raw[:min(int(p.dec.InputOffset()), len(p.raw))]
	line := 1 + bytes.Count(seen, []byte("\n"))
	column := utf8.RuneCount(seen[bytes.LastIndexByte(seen, '\n')+1:]) + 1
	return malformed(fmt.Sprintf("第 %d 行第 %d 列附近不是有效的 JSON。", line, column),
		fmt.Sprintf("not valid JSON near line %d, column %d", line, column))
}

// checkText refuses strings that a database or a page could not keep as they
// are. The replacement character is what a broken escape becomes.
func checkText(s string) error {
	if strings.ContainsRune(s, 0) || strings.ContainsRune(s, utf8.RuneError) {
		return malformed("字符串含有空字符或无法识别的字符。", "a string holds a NUL or a damaged character")
	}
	return nil
}

var textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()

// checkShape holds the body to the request struct, by exact field names.
func checkShape(tree any, t reflect.Type, path string) error {
	if tree == nil {
		return invalid(path, "不接受 null；没有的字段请省去。", "null is not accepted; leave the field out")
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if reflect.PointerTo(t).Implements(textUnmarshaler) {
		return checkUnmarshals(tree, t, path)
	}
	switch t.Kind() {
	case reflect.Struct:
		return checkStruct(tree, t, path)
	case reflect.Map:
		return checkMap(tree, t, path)
	case reflect.Slice:
		items, ok := tree.([]any)
		if !ok {
			return wantType(path, "数组", "an array")
		}
		for i, item := range items {
			if err := checkShape(item, t.Elem(), fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
		return nil
	case reflect.String:
		if _, ok := tree.(string); !ok {
			return wantType(path, "字符串", "a string")
		}
		return nil
	case reflect.Bool:
		if _, ok := tree.(bool); !ok {
			return wantType(path, "布尔值", "a boolean")
		}
		return nil
	case reflect.Int:
		n, ok := tree.(json.Number)
		if _, err := strconv.Atoi(n.String()); !ok || err != nil {
			return wantType(path, "整数", "an integer")
		}
		return nil
	case reflect.Interface:
		_, err := toValue(tree, path)
		return err
	default:
		return fmt.Errorf("request field %s has type %s, which bodies cannot carry", path, t)
	}
}

func checkUnmarshals(tree any, t reflect.Type, path string) error {
	s, ok := tree.(string)
	if !ok {
		return wantType(path, "字符串", "a string")
	}
	if u, ok := reflect.New(t).Interface().(encoding.TextUnmarshaler); ok && u.UnmarshalText([]byte(s)) != nil {
		return invalid(path, "须为有效日期，写作 YYYY-MM-DD。", "must be a real date, written YYYY-MM-DD")
	}
	return nil
}

func checkStruct(tree any, t reflect.Type, path string) error {
	object, ok := tree.(map[string]any)
	if !ok {
		return wantType(path, "对象", "an object")
	}
	known := map[string]reflect.Type{}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		known[name] = t.Field(i).Type
	}
	for _, name := range casefile.SortedNames(object) {
		at := join(path, name)
		field, ok := known[name]
		if !ok {
			return invalidAs(codeUnknownField, at, "没有名为 "+at+" 的字段。", "there is no field "+at)
		}
		if err := checkShape(object[name], field, at); err != nil {
			return err
		}
	}
	return nil
}

func checkMap(tree any, t reflect.Type, path string) error {
	object, ok := tree.(map[string]any)
	if !ok {
		return wantType(path, "对象", "an object")
	}
	for _, name := range casefile.SortedNames(object) {
		if err := checkShape(object[name], t.Elem(), join(path, name)); err != nil {
			return err
		}
	}
	return nil
}

// toValue gives a bool, int64, float64, string or []string.
func toValue(v any, path string) (any, error) {
	switch v := v.(type) {
	case bool, string:
		return v, nil
	case json.Number:
		return toNumber(v, path)
	case []any:
		out := make([]string, len(v))
		for i, item := range v {
			s, ok := item.(string)
			if !ok {
				return nil, wantType(fmt.Sprintf("%s[%d]", path, i), "字符串", "a string")
			}
			out[i] = s
		}
		return out, nil
	}
	return nil, wantType(path, "布尔值、数字、字符串或字符串数组", "a boolean, a number, a string or an array of strings")
}

func toNumber(n json.Number, path string) (any, error) {
	if !strings.ContainsAny(n.String(), ".eE") {
		i, err := strconv.ParseInt(n.String(), 10, 64)
		if err != nil {
			return nil, invalid(path, "整数超出范围。", "the integer is out of range")
		}
		return i, nil
	}
	f, err := strconv.ParseFloat(n.String(), 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return nil, invalid(path, "数字超出范围。", "the number is out of range")
	}
	return f, nil
}

func wantType(path, zh, en string) error {
	return invalid(path, "须为"+zh+"。", "must be "+en)
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
