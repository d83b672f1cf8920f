package casework

import (
	"context"

	"github.com/zhengdang/chengxu/casefile"
)

// checkKey refuses a signature by a key that is not the actor's, or no longer. That
// it covers the act is for the procedure to say. An act that is recorded already is
// left to the engine, which knows repeated acts: a key that has ended since does not
// change what was done.
func (s *Service) checkKey(ctx context.Context, organ casefile.OrganID, id casefile.ID, act casefile.Act) error {
	if act.Signature == nil {
		return nil
	}
	if s.o.Identity != nil {
		known, err := s.o.Identity.SignsWith(ctx, organ, act.By.Person, act.Signature.Key)
		if err != nil || known {
			return err
		}
	}
	if done, err := s.done(ctx, id, act); err != nil || done != nil {
		return err
	}
	return &casefile.Refusal{Code: casefile.RefusedSignature, Act: act.Kind, Field: "signature.key", Message: casefile.Text{
		ZH: "签名所用的公钥没有登记为办理人的公钥，或者已经停用。",
		EN: "the key of the signature is not registered for the person who acts, or has ended"}}
}
