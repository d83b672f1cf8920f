package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

func (h *handler) keyRoutes(r *routes) {
	r.add("GET", "/api/v1/keys", access.OwnKeys, h.listKeys, r.quick)
	r.once("POST", "/api/v1/keys", access.OwnKeys, h.registerKey, r.quick)
	r.once("POST", "/api/v1/keys/:key/end", access.OwnKeys, h.endKey, r.quick)
}

// keyBody is a key as its holder registers it; what it is called follows from it.
type keyBody struct {
	Algorithm string `json:"algorithm"`
	Key       string `json:"key"`
	Proof     string `json:"proof"`
}

// keyEntryBody is a key as administrators register and end it.
type keyEntryBody struct {
	ID        string `json:"id"`
	Organ     string `json:"organ"`
	Person    string `json:"person"`
	Algorithm string `json:"algorithm"`
	Key       string `json:"key"`
	Proof     string `json:"proof"`
	Ended     bool   `json:"ended"`
	Reason    string `json:"reason"`
}

func (b keyEntryBody) key(organ casefile.OrganID) auth.SigningKey {
	return auth.SigningKey{ID: b.ID, Organ: organ, Person: casefile.PersonID(b.Person), Algorithm: b.Algorithm, Key: b.Key, Proof: b.Proof,
		Ended: b.Ended, Reason: b.Reason}
}

// listKeys handles GET /api/v1/keys.
func (h *handler) listKeys(c echo.Context, p auth.Principal) error {
	if _, err := queryOf(c.Request()); err != nil {
		return err
	}
	list, err := h.guard.Keys(c.Request().Context(), p)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, directoryPageOf(list))
}

// registerKey handles POST /api/v1/keys.
func (h *handler) registerKey(c echo.Context, p auth.Principal) error {
	var req keyBody
	if err := bindBody(c, &req); err != nil {
		return err
	}
	public, ok := casefile.PublicKey(req.Key)
	if !ok {
		return invalid("key", "须为 32 字节公钥的 base64。", "must be the 32 bytes of a public key in base64")
	}
	record, err := h.guard.RegisterKey(c.Request().Context(), p, auth.SigningKey{
		ID: casefile.KeyID(public), Algorithm: req.Algorithm, Key: req.Key, Proof: req.Proof})
	if err != nil {
		return directoryFault(err)
	}
	return h.showRecord(c, http.StatusCreated, record)
}

// endKey handles POST /api/v1/keys/{key}/end.
func (h *handler) endKey(c echo.Context, p auth.Principal) error {
	var req struct {
		Reason string `json:"reason"`
	}
	if err := bindBody(c, &req); err != nil {
		return err
	}
	record, err := h.guard.EndKey(c.Request().Context(), p, pathParam(c, "key"), req.Reason)
	if err != nil {
		return directoryFault(err)
	}
	return h.showRecord(c, http.StatusOK, record)
}

// signatureBody is a signature as it is sent.
type signatureBody struct {
	Algorithm string `json:"algorithm"`
	Key       string `json:"key"`
	Value     string `json:"value"`
}

// signature gives what was sent; nil stays nil.
func (b *signatureBody) signature() *casefile.Signature {
	if b == nil {
		return nil
	}
	return &casefile.Signature{Algorithm: b.Algorithm, Key: b.Key, Value: b.Value}
}
