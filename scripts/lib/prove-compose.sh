#!/usr/bin/env bash
# Starts packaging/compose.yaml the way packaging/README.md says, gives it a film for a camera, and proves what it promises.
# usage: prove-compose.sh CLONE FOLDER   in a mount, process and network namespace of its own, after build_images of prove-image.sh
set -euo pipefail
clone="$1" folder="$2"
export DOCKER_HOST="unix://$folder/podman.sock"
password=a-password

prove() {
  local what="$1"
  shift
  "$@" || { printf 'NOT PROVED: %s (%s)\n' "$what" "$*"; exit 1; }
  printf 'proved: %s\n' "$what"
}
inside() { docker-compose exec -T anqi "$@"; }
id_of() { docker-compose ps -q "$1"; }
# until_so SECONDS COMMAND…: true as soon as the command is.
until_so() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do ((SECONDS < end)) || return 1; sleep 0.3; done
}
is_well() { podman healthcheck run "$(id_of "$1")"; }
refuses_writing() { ! inside touch "$1/written" 2>/dev/null; }
hears() { docker-compose exec -T mosquitto mosquitto_sub -u anqi -P "$password" -t "anqi/v1/+/camera/+/event/$1" -C 1 -W 180 -F %t; }
says() { [[ $(inside "${@:2}") == *"$1"* ]]; }

ip link set lo up
for private in /etc/cni/net.d /var/lib/cni; do mkdir -p "$private" && mount -t tmpfs tmpfs "$private"; done
podman system service --time=0 "$DOCKER_HOST" 2>"$folder/podman.log" &
until_so 30 test -S "$folder/podman.sock"

mkdir "$folder/site"
cd "$folder/site"
cp "$clone/scripts/packaging/compose.yaml" .
install -m 600 /dev/null secrets.env
install -d -o 1000 -g 1000 config
install -d -o 1883 -g 1883 mosquitto
cp "$clone/scripts/packaging/mosquitto.conf" mosquitto/
broker="$(sed -n 's/.*image: \(eclipse-mosquitto:.*\)/\1/p' compose.yaml)"
anqi="$(sed -n 's/.*image: \(anqi:.*\)/\1/p' compose.yaml)"
podman run --rm --user 1883:1883 -v "$PWD/mosquitto:/mosquitto/config" "$broker" mosquitto_passwd -c -b /mosquitto/config/passwd anqi "$password"

docker-compose up -d
prove 'a box without a configuration is well, and waits for its set-up' until_so 60 is_well anqi
prove 'it tells its set-up code' inside scripts/anqi setup-code -c /config/anqi.yaml
prove 'the broker is well, and refuses whoever has no password' until_so 30 is_well mosquitto

podman run -d --network host --name camera --entrypoint node -v "$(podman image mount anqi-build)/app:/build:ro" -v "$clone/test/clips:/clips:ro" \
  "$anqi" /build/dist/scripts/rtsp-camera/main.js /clips/junction-demo.mp4 --port 8554 >/dev/null
cat >config/anqi.yaml <<'TEXT'
version: 1
node: { id: proof }
cameras: [{ id: east, url: "rtsp://127.0.0.1:8554/live", speaker: horn }]
speakers: [{ id: horn, kind: folder, folder: /var/lib/anqi/spoken }]
mqtt: { url: "mqtt://127.0.0.1:1883", username: anqi }
prompts: { quietHours: null }
TEXT
chown 1000:1000 config/anqi.yaml
printf 'ANQI_MQTT_PASSWORD=%s\n' "$password" >secrets.env
docker-compose up -d
prove 'a rider of the film becomes an event at the broker' hears violation
prove 'and is spoken to' hears prompt
prove 'the service is well' is_well anqi
prove 'its check-up fails nowhere' inside scripts/anqi doctor --quick -c /config/anqi.yaml
prove 'it is nobody of importance' says 'uid=1000' id
for place in / /app /etc /usr /home/node; do prove "it cannot write to $place" refuses_writing "$place"; done
prove 'it has no rights' says 'CapEff:	0000000000000000' cat /proc/self/status
prove 'and can win none' says 'NoNewPrivs:	1' cat /proc/self/status
podman stats --no-stream

service="$(pgrep -P "$(podman inspect -f '{{.State.Pid}}' "$(id_of anqi)")")"
kill -STOP "$service"
if is_well anqi; then echo 'NOT PROVED: a service that hangs is not well'; exit 1; fi
echo 'proved: a service that hangs is not well'
kill -CONT "$service"
prove 'it is well when it goes on' until_so 30 is_well anqi
container="$(id_of anqi)"
docker-compose stop anqi
prove 'it ends by itself within its time, without being killed' test "$(podman inspect -f '{{.State.ExitCode}}' "$container")" = 0
docker-compose start anqi
prove 'it goes on with its data' hears violation
docker-compose down --volumes
podman rm -f -t 0 camera >/dev/null
podman image umount --all >/dev/null
