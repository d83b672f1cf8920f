// Package compare measures one gate of thirty rules of State Council Order No.
// 713 in four ways: judged by package rules, by cel-go, by OPA and by Go written
// by hand. It is a module of its own, so that nothing of cel-go and OPA is
// compiled into Chengxu. The results stand in docs/benchmarks.md.
package compare
