// Package yearlist reads annual catalogues of major decisions (年度重大行政决策目录) from
// the files in which offices keep them: workbooks (XLSX), CSV in UTF-8 or GB18030, and
// YAML. The first row that names a column “事项名称” holds the headings; the columns may
// stand in any order:
//
//	序号  事项名称  类别  承办单位  依据  须履行的程序  计划完成时间  调整情况  备注
//
// Reading is strict: a file is taken as a whole or not at all, and each [Problem] names
// the row, the column and what to do. Characters that nobody sees are taken out.
package yearlist
