package casefile

// Level is who may know a document or a field. State secrets have none: they are
// not in the system.
type Level string

const (
	LevelPublic     Level = "public"     // 公开
	LevelInternal   Level = ""           // 内部: whoever works for the organ; the level of what has none
	LevelRestricted Level = "restricted" // 受限: those who work on the case, and auditors
)

// Valid reports whether the level is one that exists.
func (l Level) Valid() bool {
	switch l {
	case LevelPublic, LevelInternal, LevelRestricted:
		return true
	}
	return false
}
