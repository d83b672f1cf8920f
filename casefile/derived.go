package casefile

// Derived is what an entry leaves in the lists beside the case itself. It is
// computed from the case, the entry and the definition alone, and written in the
// transaction of the entry.
type Derived struct{}
