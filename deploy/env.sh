#!/bin/sh
# Writes .env for docker-compose.yml beside it, with passwords made for this
# installation. A file that is there is left alone: the databases know its passwords.
set -eu
cd "$(dirname "$0")/.."

if [ -e .env ]; then
	echo "env: .env is there and was left alone" >&2
	exit 1
fi
password() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
umask 077
while IFS= read -r line; do
	case $line in
	*_PASSWORD=) line=$line$(password) ;;
	esac
	printf '%s\n' "$line"
done <.env.example >.env.new
mv .env.new .env
echo "env: .env written; keep a copy where the backups are" >&2
