// Package sheet writes decision tables (决策表) as spreadsheets and reads them
// back, so that those who know the law can keep them in the program that they
// use every day. CSV and XLSX hold the same grid, and the file alone gives the
// table back:
//
//	id          matter_scope
//	title.zh    事项是否适用本程序
//	title.en    whether the matter falls under this procedure
//	hit         any
//	type        enum
//	enum        inside   outside
//	otherwise
//	basis       国务院令第713号 第三条第二款
//	provenance  verified
//	matter_type    special_procedure_by_law        then    basis  note
//	事项类型        法律、行政法规另有程序规定         结果     依据    备注
//	macro-control  -                               outside
//
// Reading is strict: what is not known is refused, with the cell and what to do
// about it. Which values a cell may hold is for [rules.LoadPack] to say, which
// knows the facts.
package sheet
