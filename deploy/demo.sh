#!/bin/sh
# Plays the example cases as practice (演练) on a running installation and shows, once,
# a token for each of three roles to look at them with. What is there is not done again.
set -eu

organ=示例区人民政府
examples=${CHENGXU_EXAMPLES:-/usr/share/chengxu/examples}
token=$(mktemp)
trap 'rm -f "$token"' EXIT
set -- --data "${CHENGXU_DATA:-/data}" --database-url "${CHENGXU_DATABASE_URL:-}" --organ "$organ"

if chengxu token list "$@" | grep -q demo-drafter; then
	echo "示例案件已在。The example cases are there."
	exit 0
fi
chengxu token create "$@" --person demo-trainer --name 演练员 --roles trainer --days 1 --reason 示例案件 >"$token"
chengxu scenario run --server "$CHENGXU_SERVER" --token-file "$token" --run demo \
	"$examples/putuo-waste-sorting.yaml" "$examples/ningjin-yangguang-avenue.yaml" "$examples/pingyuan-s332-hearing.yaml" "$examples/xinzhuang-jindu-road.yaml"

echo
echo "登录 $CHENGXU_SHOWN/sign-in 时填入令牌。Sign in with one of these tokens:"
chengxu token create "$@" --person demo-reviewer --name 审核员 --roles legality_reviewer --reason 示例案件
chengxu token create "$@" --person demo-auditor --name 审计员 --roles auditor --reason 示例案件
chengxu token create "$@" --person demo-drafter --name 承办员 --roles drafter --reason 示例案件
