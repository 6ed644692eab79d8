# shellcheck shell=bash
# Sourced by scripts/prove-clean: builds the Dockerfile with Debian's buildah and starts packaging/compose.yaml with Debian's podman and docker-compose.
# Images cannot be pulled everywhere, so a Debian from debootstrap with this machine's Node and Debian's Mosquitto stand in under the names of the real ones.

IMAGE_TOOLS=(buildah podman runc docker-compose)

# build_images CLONE FOLDER: storage and settings of its own below FOLDER. The base is $root, with $environment as its way to the network.
build_images() {
  local clone="$1" folder="$2" container pair node broker version
  node="$(sed -n 's/^FROM \(node:[^ ]*\).*/\1/p' "$clone/Dockerfile" | sort -u)"
  broker="$(sed -n 's/.*image: \(eclipse-mosquitto:.*\)/\1/p' "$clone/scripts/packaging/compose.yaml")"
  version="$(node -p 'require(process.argv[1]).version' "$clone/package.json")"
  export CONTAINERS_CONF="$folder/containers.conf" CONTAINERS_STORAGE_CONF="$folder/storage.conf"
  rm -rf --one-file-system "$folder"
  mkdir -p "$folder"
  cat >"$CONTAINERS_STORAGE_CONF" <<TEXT
[storage]
driver = "overlay"
graphroot = "$folder/store"
runroot = "$folder/run"
TEXT
  # runc: crun refuses machines with both versions of control groups. Limits are set anew because this machine may not raise them.
  cat >"$CONTAINERS_CONF" <<'TEXT'
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
TEXT
  # As the official image has it.
  chroot "$root" groupadd --gid 1000 node
  chroot "$root" useradd --uid 1000 --gid node --create-home node
  container="$(buildah from scratch)"
  buildah copy --quiet "$container" "$root" / >/dev/null
  for pair in "${environment[@]}"; do buildah config --env "$pair" "$container"; done
  buildah commit --quiet --rm "$container" "docker.io/library/$node" >/dev/null

  local build=(buildah build --layers --format docker --isolation chroot --network host --pull=never)
  "${build[@]}" --target build --tag anqi-build "$clone"
  "${build[@]}" --tag "docker.io/library/anqi:$version" "$clone"
  "${build[@]}" --tag "docker.io/library/$broker" --file - "$folder/run" <<TEXT
FROM $node
RUN apt-get -qq update && apt-get -qq install -y --no-install-recommends mosquitto mosquitto-clients >/dev/null \
  && usermod -u 1883 mosquitto && groupmod -g 1883 mosquitto
CMD ["mosquitto", "-c", "/mosquitto/config/mosquitto.conf"]
TEXT
}
