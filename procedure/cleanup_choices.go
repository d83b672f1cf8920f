package procedure

import "github.com/zhengdang/chengxu/casefile"

// InventoryChoices gives the documents of a clean-up that a field of an act can name, so
// that whoever fills in its form chooses among them: the inventory as it was frozen, narrowed
// to what the act is about. It gives none for other fields, and before there is an inventory.
func (d *Definition) InventoryChoices(c *casefile.Case, kind, field string) []string {
	stepID, verb := casefile.Act{Kind: kind}.Split()
	step, ok := d.Step(stepID)
	if !ok || field != "documents" && field != "which" {
		return nil
	}
	scope := asTexts(c.Facts[cleanupScope].Value)
	var among []string
	switch step.Type {
	case CleanupReview:
		switch verb {
		case "evaluate":
			among = asTexts(c.Facts[cleanupUnreviewed].Value)
		case "correct":
			among = asTexts(c.Facts[cleanupConcluded].Value)
		case "assign", "strike":
			among = scope
		}
	case CleanupLegality:
		among = asTexts(c.Facts[cleanupConcluded].Value)
	case CleanupPublication:
		among = scope
	case CleanupFollowup:
		among = asTexts(c.Facts[cleanupUnprovided].Value)
	default: // other steps name no documents of the inventory
	}
	return among
}
