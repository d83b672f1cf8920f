package intake

import (
	"net/http"
	"time"
)

// answerTime is what is left for the answer when an upload has used up its time.
const answerTime = time.Minute

// GiveTime lets a request take longer than the server gives to others: so long to
// arrive, and a minute more to be answered. It is for requests with files, behind the
// question whether the caller may send any.
func GiveTime(w http.ResponseWriter, within time.Duration) {
	line, now := http.NewResponseController(w), time.Now()
	_ = line.SetReadDeadline(now.Add(within)) // without a connection there is no deadline to move
	_ = line.SetWriteDeadline(now.Add(within + answerTime))
}
