package api

import "maps"

// Keyed gives the routes of writes with an idempotency key.
func (a *API) Keyed() map[string]bool { return maps.Clone(a.keyed) }
