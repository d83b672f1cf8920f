package procedure
type source struct{}
