package api

import "github.com/zhengdang/chengxu/casefile"

// titleOf gives the short name of a problem code. It does not vary from one
// occurrence to the next.
func titleOf(code string) casefile.Text { //nolint:funlen // one line for each code
	switch code {
	case codeMalformed:
		return text("请求体格式错误", "Malformed body")
	case codeInvalid:
		return text("请求内容无效", "Invalid request")
	case codeTooLarge:
		return text("请求体过大", "Body too large")
	case codeMediaType:
		return text("不支持的内容类型", "Unsupported media type")
	case codeIdempotency:
		return text("幂等键不一致", "Idempotency keys differ")
	case codeUnauthenticated:
		return text("未登录", "Not authenticated")
	case codeForbidden:
		return text("无权操作", "Forbidden")
	case codeStandIn:
		return text("不得代为办理", "Not allowed to act as another person")
	case codeNotFound:
		return text("未找到", "Not found")
	case codeMethod:
		return text("不支持的请求方法", "Method not allowed")
	case codeConflict:
		return text("与现状冲突", "Conflict")
	case codeGate:
		return text("关口未通过", "Gate refused")
	case codeClosed:
		return text("不在征求意见期限内", "Consultation closed")
	case codeTooMany:
		return text("请求过于频繁", "Too many requests")
	case codeSignIn:
		return text("登录未成功", "Sign-in refused")
	case codeCrossSite:
		return text("来自其他网站的请求", "Request of another site")
	case codeMustChange:
		return text("须先修改密码", "Password has to be changed")
	case codePrecondition:
		return text("须说明所见的案件状态", "Precondition required")
	case codeNotReady:
		return text("服务尚未就绪", "Not ready")
	case codeTimeout:
		return text("未能及时答复", "Not answered in time")
	case codeInProgress:
		return text("同一请求正在办理", "In progress")
	case codeOutcomeUnknown:
		return text("先前的结果不明", "Outcome unknown")
	case codeAnswerNotKept:
		return text("已经办理，答复未予保存", "Done, answer not kept")
	case codeTooManyStreams:
		return text("事件流过多", "Too many streams")
	case codeTooManyKeys:
		return text("幂等键过多", "Too many idempotency keys")
	case codeTooManyUploads:
		return text("同时上传过多", "Too many uploads")
	case codeDigest:
		return text("摘要不符", "Digest mismatch")
	case codeDocument:
		return text("文件不予接收", "Document refused")
	case codeRange:
		return text("没有所请求的部分", "Range not satisfiable")
	case codeInternal:
		return text("内部错误", "Internal error")
	}
	return refusalTitle(casefile.RefusalCode(code))
}

func refusalTitle(code casefile.RefusalCode) casefile.Text {
	switch code {
	case casefile.RefusedUnknownAct:
		return text("没有这种办理行为", "Unknown act")
	case casefile.RefusedNotPossible:
		return text("现在不能办理", "Not possible now")
	case casefile.RefusedWrongRole:
		return text("角色不符", "Wrong role")
	case casefile.RefusedSeparation:
		return text("角色不相容", "Incompatible roles")
	case casefile.RefusedMissingField:
		return text("缺少字段", "Missing field")
	case casefile.RefusedUnknownField:
		return text("未知字段", "Unknown field")
	case casefile.RefusedBadValue:
		return text("字段值无效", "Bad value")
	case casefile.RefusedFutureDate:
		return text("日期在今天之后", "Future date")
	case casefile.RefusedStaleDigest:
		return text("草案版本已过时", "Stale digest")
	case casefile.RefusedUnknownDigest:
		return text("未知的文件摘要", "Unknown digest")
	case casefile.RefusedSuspended:
		return text("案件已中止", "Case suspended")
	case casefile.RefusedClosed:
		return text("案件已办结", "Case closed")
	case casefile.RefusedReusedID:
		return text("编号已用于其他行为", "Act id reused")
	case casefile.RefusedUnknownReason:
		return text("理由所指的规则不在此关口", "Unknown reason")
	case casefile.RefusedPracticeOnly:
		return text("仅限演练案件", "Practice only")
	case casefile.RefusedClockBackwards:
		return text("演练时钟不能倒退", "Clock backwards")
	case casefile.RefusedMandate:
		return text("授权不能支持该行为", "Mandate does not cover it")
	case casefile.RefusedIndependence:
		return text("不具备独立性", "Not independent")
	case casefile.RefusedChanged:
		return text("案件已有变化", "Case changed")
	case casefile.RefusedSignature:
		return text("签名无效", "Bad signature")
	case casefile.RefusedQuarantined:
		return text("文件尚在检查", "Document in quarantine")
	}
	return text("拒绝办理", "Refused")
}

// detailOf gives the detail of problems that bring none of their own.
func detailOf(code string) casefile.Text {
	switch code {
	case codeUnauthenticated:
		return text("未登录、登录已失效，或者凭证不正确。请登录，或在 Authorization 请求头中给出有效的 Bearer 令牌。",
			"Not signed in, no longer, or with the wrong credentials. Sign in, or give a valid bearer token in the Authorization header.")
	case codeForbidden:
		return text("您的身份不允许这一操作。", "Your identity does not allow this.")
	case codeNotFound:
		return text("不存在，或不属于您所在的机关。", "It does not exist, or it does not belong to your organ.")
	case codeMethod:
		return text("此地址不支持这一请求方法。", "This address does not support the method.")
	case codeMalformed:
		return text("请求无法读取。", "The request cannot be read.")
	case codeTooLarge:
		return text("请求体过大。", "The body is too large.")
	case codeMediaType:
		return text("不接受这一内容类型。", "This content type is not accepted.")
	case codeConflict:
		return text("请求与记录的现状不符，请重新读取后再试。", "The request does not fit the record as it is; read it again and retry.")
	case codeInvalid:
		return text("请求中的某个值不被接受。", "A value in the request is not accepted.")
	case codeGate:
		return text("规则未准许这一办理行为；每条认定写明依据与补救办法。",
			"The rules did not admit the act; each finding names its basis and the remedy.")
	case codeClosed:
		return text("征求意见尚未开始、已经截止或者已经中止，不再接收、撤回意见。", "The consultation has not begun, is over, or was stopped: no comment is taken or withdrawn.")
	case codeTooMany:
		return text("来自您的网络的请求过于频繁，请稍后再试。", "Too many requests from your network; try again later.")
	case codeSignIn:
		return text("登录名或密码不正确，或者账户暂时锁定。", "The login or the password is wrong, or the account is locked for a while.")
	case codeCrossSite:
		return text("凭登录会话发出的请求须来自本站页面。", "a request with the cookie of a session has to come from this site")
	case codeMustChange:
		return text("请先修改首次登录的密码。", "change the password of the first sign-in before anything else")
	case codeNotReady:
		return text("数据库、流程引擎或执行器尚未就绪。", "The database, the workflow engine or the worker is not ready.")
	case codeTimeout:
		return text("未在时限内得到答复；以相同编号重试是安全的。", "No answer came in time; repeating the request with the same id is safe.")
	case codeInProgress:
		return text("同一幂等键的请求正在办理，请稍后再试。", "A request with this key is under way; try again in a moment.")
	case codeOutcomeUnknown:
		return text("同一幂等键的先前请求中途断开，是否生效不明；请先查看现状，再以新的键办理。",
			"An earlier request with this key was broken off, and whether it took effect is not known; look first, and try again under a new key.")
	case codeAnswerNotKept:
		return text("同一幂等键的请求已经生效；其答复含只显示一次的内容或者过大，未予保存。",
			"A request with this key has taken effect; its answer held what is shown only once, or was too large to be kept.")
	case codeTooManyStreams:
		return text("您打开的事件流，或者全部事件流，已达上限；请关闭一些，稍后再试。", "You, or all together, have as many streams open as there can be; close some, or try later.")
	case codeTooManyKeys:
		return text("一日内使用的幂等键过多，请稍后再试。", "Too many keys were used within a day; try again later.")
	case codeTooManyUploads:
		return text("正在上传的文件过多，请等其中一些传完再试。", "Too many documents are being uploaded; try again when some of them are done.")
	case codeRange:
		return text("文件没有 Range 请求头所指的部分。", "The document has no such part as the header Range asks for.")
	case codeInternal:
		return text("服务出现故障，请将请求编号告知管理员。", "The service has a fault; give the request id to the administrator.")
	}
	return titleOf(code)
}
