# shellcheck shell=bash
# Sourced by scripts/demo and scripts/test: brings what a fresh Debian or Ubuntu lacks, and costs next to nothing when all is there.
# Every function returns 0 when its part is ready, else says on stderr what to do and returns 1. Safe when two run at once.

ANQI_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
LOCK_WAIT_S=1800

note() { printf 'anqi: %s\n' "$*" >&2; }

# locked FUNCTION [ARG...]: one installer at a time in this checkout. The lock is on the folder itself, so nothing is left behind.
# Children inherit it: an interrupted npm rolls back for up to a minute after us, and the next start must wait for that.
locked() (
  exec 9<"$ANQI_ROOT" || exit 1
  if ! flock -n 9; then
    note 'waiting for another start in this folder · 等待本目录中的另一个进程'
    flock -w "$LOCK_WAIT_S" 9 || { note "still locked after ${LOCK_WAIT_S} s · 等待超时"; exit 1; }
  fi
  "$@"
)

# require_runtime: what a release needs. require_node: what a checkout needs.
require_runtime() {
  local found=none major minor
  if command -v node >/dev/null; then found="$(node --version)"; found="${found#v}"; fi
  IFS=. read -r major minor _ <<<"$found"
  if [[ $found == none ]] || ((major < 20 || (major == 20 && minor < 19))); then
    note "Node.js >= 20.19 is needed, found: $found. Get it from https://nodejs.org/en/download · 需要 Node.js 20.19 或更高版本，当前：$found"
    return 1
  fi
}

require_node() {
  require_runtime || return 1
  command -v npm >/dev/null || { note 'npm is missing beside node; install it · 缺少 npm，请安装'; return 1; }
}

# ensure_system_packages PACKAGE...: a package counts as present when dpkg has it or a command of that name exists.
ensure_system_packages() {
  local -a missing
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]} == 0)) || locked install_packages "${missing[@]}"
}

missing_packages() {
  local installed package
  installed=" $(dpkg-query -W -f '${Package}=${db:Status-Status} ' "$@" 2>/dev/null || true)" # unknown packages make it fail
  for package in "$@"; do
    [[ $installed == *" $package=installed "* ]] || command -v "$package" >/dev/null || printf '%s\n' "$package"
  done
}

install_packages() {
  local -a missing root=()
  mapfile -t missing < <(missing_packages "$@") # another start may have brought them while we waited
  ((${#missing[@]} > 0)) || return 0
  local by_hand="sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}"
  if ! command -v apt-get >/dev/null; then
    note "install these with this system's package manager, then start again · 请用本系统的包管理器安装后重试：${missing[*]}"
    return 1
  fi
  if ((EUID != 0)); then
    if ! command -v sudo >/dev/null || ! { sudo -n true 2>/dev/null || [[ -t 0 ]]; }; then
      note "needs root or sudo; run this once, then start again · 需要 root 或 sudo，请先执行：$by_hand"
      return 1
    fi
    root=(sudo)
  fi
  note "installing system packages · 正在安装系统软件包：${missing[*]}"
  # 9>&-: a service that a package starts would hold our lock for ever; apt has locks of its own.
  local apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)
  "${apt[@]}" update </dev/null >&2 9>&- || note 'apt-get update failed; trying with the lists at hand · 软件源更新失败，使用现有列表'
  if ! "${apt[@]}" install -y --no-install-recommends "${missing[@]}" </dev/null >/dev/null 9>&-; then
    note "apt-get could not install them; run this to see why · 安装失败，请执行：$by_hand"
    return 1
  fi
}

# ensure_node_modules: npm ci when the tree is not what the lock file and this machine ask for.
ensure_node_modules() {
  [[ $(cat "$ANQI_ROOT/node_modules/.anqi-stamp" 2>/dev/null) == "$(modules_stamp)" ]] || locked install_modules
}

modules_stamp() {
  printf '%s %s %s\n' "$(sha256sum <"$ANQI_ROOT/package-lock.json" | cut -c1-64)" "$(node --version | cut -d. -f1)" "$(uname -sm)"
}

# A tree that npm install or npm ci finished by hand is as good as ours: npm leaves a list of it, written last.
modules_match_lock() {
  (cd "$ANQI_ROOT" && node -e '
    const want = require("./package-lock.json").packages;
    const have = require("./node_modules/.package-lock.json").packages;
    const fits = (p) => p.os?.includes(process.platform) && p.cpu?.includes(process.arch) && !p.libc;
    const needed = Object.keys(want).filter((name) => name && (!(want[name].optional || want[name].devOptional) || fits(want[name])));
    process.exitCode = needed.every((name) => have[name]?.version === want[name].version) ? 0 : 1;
  ' 2>/dev/null)
}

# Install scripts stay off: every native part comes prebuilt from the registry, and onnxruntime-node's would fetch CUDA.
# npm ci begins by emptying node_modules, so an interrupted run is simply run again.
install_modules() {
  local stamp="$ANQI_ROOT/node_modules/.anqi-stamp"
  [[ $(cat "$stamp" 2>/dev/null) != "$(modules_stamp)" ]] || return 0
  if ! modules_match_lock; then
    note 'installing npm packages from the lock file · 正在安装 npm 依赖'
    rm -f "$stamp"
    if ! (cd "$ANQI_ROOT" && ONNXRUNTIME_NODE_INSTALL=skip npm ci --include=dev --ignore-scripts --loglevel=error </dev/null >/dev/null); then
      note 'npm ci failed, see above; start again to resume · npm 安装失败，见上；再次启动即可继续'
      return 1
    fi
  fi
  modules_stamp >"$stamp"
}

# ensure_build: npm run build (tsc, then the console's page) when a source, the compiler's settings or the packages changed.
ensure_build() {
  [[ $(cat "$ANQI_ROOT/dist/.anqi-stamp" 2>/dev/null) == "$(build_stamp)" ]] || locked build
}

build_stamp() {
  (cd "$ANQI_ROOT" && { find src scripts test \( -name '*.ts' -o -name '*.tsx' -o -path 'src/console/web/*' \) -type f -print0 | sort -z | xargs -0 sha256sum tsconfig.json package-lock.json; } | sha256sum | cut -c1-64)
}

build() {
  local stamp="$ANQI_ROOT/dist/.anqi-stamp" now
  now="$(build_stamp)"
  [[ $(cat "$stamp" 2>/dev/null) != "$now" ]] || return 0
  note 'building · 正在编译'
  rm -f "$stamp"
  if ! (cd "$ANQI_ROOT" && npm run --silent build) >&2; then
    note 'the build failed, see above · 编译失败，见上'
    return 1
  fi
  printf '%s\n' "$now" >"$stamp"
}
