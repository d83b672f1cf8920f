package legaltime

// Day is what a calendar says about one date.
type Day struct {
	Date      Date   `json:"date"`
	Working   bool   `json:"working"`
	Reason    Reason `json:"reason"`
	Holiday   string `json:"holiday,omitempty"` // the holiday that the day off or the make-up workday belongs to, 春节
	Notice    string `json:"notice,omitempty"`  // number of the notice that made the day so; empty for an ordinary day
	Announced bool   `json:"announced"`         // the calendar contains the year
}

// Notice (节假日安排的通知) is the instrument that departs from the ordinary week.
type Notice struct {
	Number   string `json:"number"`
	Title    string `json:"title"`
	IssuedOn Date   `json:"issued_on"`
	URL      string `json:"url"`
}

// Reason says why a day is as it is in a calendar or in a derivation. The set
// is closed.
type Reason string

const (
	ReasonWeekday       Reason = "weekday"           // 周一至周五
	ReasonWeekend       Reason = "weekend"           // 周末
	ReasonOffDay        Reason = "off_day"           // 放假
	ReasonMakeUpDay     Reason = "make_up_day"       // 调休上班
	ReasonCalendarDay   Reason = "calendar_day"      // 自然日
	ReasonSameNumbered  Reason = "same_numbered_day" // 期满月的对应日
	ReasonLastOfMonth   Reason = "last_day_of_month" // 没有对应日的，月末日
	ReasonExcluded      Reason = "excluded"          // 扣除
	ReasonMadeUp        Reason = "made_up"           // 扣除后补足
	ReasonRolledForward Reason = "rolled_forward"    // 顺延
)

// Text gives the reason in Chinese and in English; both are empty for a reason
// that is not in the set.
func (r Reason) Text() (zh, en string) {
	switch r {
	case ReasonWeekday:
		return "周一至周五", "Monday to Friday"
	case ReasonWeekend:
		return "周末", "weekend"
	case ReasonOffDay:
		return "放假", "day off by notice"
	case ReasonMakeUpDay:
		return "调休上班", "make-up workday by notice"
	case ReasonCalendarDay:
		return "自然日，逐日计算", "calendar day, each one counts"
	case ReasonSameNumbered:
		return "期满月的对应日", "same-numbered day of the last month"
	case ReasonLastOfMonth:
		return "期满月没有对应日，以月末日为准", "last day of the month, which has no same-numbered day"
	case ReasonExcluded:
		return "扣除，不计算在内", "excluded from the period"
	case ReasonMadeUp:
		return "补足扣除的日数", "makes up for an excluded day"
	case ReasonRolledForward:
		return "届满日为休息日，顺延至此日", "the last day was a day off and rolls forward to this one"
	}
	return "", ""
}
