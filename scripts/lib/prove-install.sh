#!/usr/bin/env bash
# What packaging/README.md has a technician do, in a clone on a Debian without systemd: a release, unpacked and installed where there is no npm, the first set-up, an update, the way back.
set -euo pipefail
config=/etc/anqi/anqi.yaml
prove() {
  local what="$1"
  shift
  "$@" || { printf 'NOT PROVED: %s (%s)\n' "$what" "$*"; exit 1; }
  printf 'proved: %s\n' "$what"
}
# until_so SECONDS COMMAND…: true as soon as the command is.
until_so() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do ((SECONDS < end)) || return 1; sleep 0.3; done
}
as_service=(setpriv --reuid=anqi --regid=anqi --init-groups --no-new-privs)
service=''
start() { "${as_service[@]}" anqi run --config "$config" >>/tmp/service.log 2>&1 & service=$!; }
stop() { kill -TERM "$service" && wait "$service"; service=''; }
trap '[[ -z $service ]] || kill -KILL "$service"' EXIT
is_version() { [[ $(anqi --version) == "$1" ]]; }

archive="$(./scripts/release --out /tmp/release)"
version="$(node -p 'require("./package.json").version')"
rm /usr/local/bin/npm /usr/local/bin/npx
cd /tmp/release
prove 'the archive is whole' sha256sum --check "$archive.sha256"
mkdir /tmp/unpacked
tar -xzf "$archive" -C /tmp/unpacked
cd /tmp/unpacked/anqi-*
prove 'it installs where there is no npm' ./scripts/install
prove 'the command is there' is_version "$version"
prove 'the example is good' anqi check /etc/anqi/anqi.example.yaml
ls -l /opt/anqi /etc/anqi
start
prove 'the service starts as its own user without rights' until_so 60 anqi alive --config "$config"
code="$(anqi setup-code --config "$config" | tail -n 1)"
prove 'the first set-up by its code writes the configuration' node - "$code" <<'JS'
fetch('http://127.0.0.1:8080/api/set-up', {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ code: process.argv[2], username: 'li', password: 'a long password', site: { nodeId: 'junction', name: '路口', timeZone: 'Asia/Shanghai' } }),
}).then(async (answer) => {
  console.log(answer.status, (await answer.text()).slice(0, 80));
  process.exitCode = answer.ok ? 0 : 1;
});
JS
prove 'the configuration is good' anqi check "$config"
prove 'the check-up fails nowhere' "${as_service[@]}" anqi doctor --quick --config "$config"
prove 'figures can be read beside the service' until_so 60 "${as_service[@]}" anqi stats --config "$config"
prove 'it ends by itself' stop
sed -i 's/^# ANQI_MQTT_PASSWORD=.*/ANQI_MQTT_PASSWORD=kept/' /etc/anqi/secrets.env
before="$(cat "$config" /etc/anqi/secrets.env | sha256sum)"
kept() { [[ $(cat "$config" /etc/anqi/secrets.env | sha256sum) == "$before" && -s /var/lib/anqi/outbox.db && -s /var/lib/anqi/console/accounts.json ]]; }

sed -i 's/"version": "[^"]*"/"version": "99.0.0"/' package.json
prove 'a newer release is installed the same way' ./scripts/install
prove 'and is the one that runs' is_version 99.0.0
prove 'configuration, passwords and data are kept' kept
start
prove 'it starts' until_so 60 anqi alive --config "$config"
stop
prove 'the way back' /opt/anqi/current/scripts/install --roll-back
prove 'leads to the version before' is_version "$version"
start
prove 'which starts' until_so 60 anqi alive --config "$config"
stop
prove 'a backup can be made' tar -czf /tmp/backup.tar.gz -C / etc/anqi
prove 'it is removed' ./scripts/install --remove
prove 'configuration, passwords and data stay' kept
! grep -E '"level":"(error|fatal)"' /tmp/service.log
