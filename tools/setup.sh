#!/usr/bin/env bash
# Installs the Debian or Ubuntu packages that are missing, and nothing when none is.
#
#   tools/setup.sh demo|boards|test|bench   install what that needs (boards: compilers and emulators of all boards;
#                                           boards and bench include demo, test includes boards)
#   tools/setup.sh --list SET          print the packages of the set, one a line
#   tools/setup.sh --dry-run SET       print what is missing, install nothing
#
# Works as root or through sudo. Nothing asks a question. A run that was cut off is picked up by the next one.
# MOTE_SKIP_SETUP=1 leaves the system alone, for machines whose packages come from elsewhere.
set -euo pipefail
export LC_ALL=C  # apt's and dpkg's words are read below

demo_packages=(
  g++ cmake ninja-build pkg-config                                  # to build
  libcli11-dev libfmt-dev nlohmann-json3-dev libeigen3-dev libflatbuffers-dev flatbuffers-compiler
  libprotobuf-dev protobuf-compiler
  libexpected-dev libtomlplusplus-dev libsodium-dev libelf-dev libzip-dev  # libraries
  gcc-arm-none-eabi qemu-system-arm                                 # the emulated Arm boards
)
board_packages=(
  gcc-riscv64-unknown-elf qemu-system-misc                          # RISC-V
  gcc-avr avr-libc libsimavr-dev                                    # AVR
)
test_packages=(libgtest-dev libgmock-dev librapidcheck-dev python3)
bench_packages=(libbenchmark-dev python3)
# Made use of when the distribution has them; without them a check says that it was left out.
test_extras=(clang-16 libclang-rt-16-dev clang-format-16 clang-tidy-16)
bench_extras=(python3-torch)

say() { printf 'setup: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
usage() { die "usage: tools/setup.sh [--list|--dry-run] demo|boards|test|bench"; }

action=install
case "${1:-}" in
  --list) action=list; shift ;;
  --dry-run) action=dry-run; shift ;;
esac
[ $# -eq 1 ] || usage
case "$1" in
  demo) required=("${demo_packages[@]}") extras=() ;;
  boards) required=("${demo_packages[@]}" "${board_packages[@]}") extras=() ;;
  test) required=("${demo_packages[@]}" "${board_packages[@]}" "${test_packages[@]}") extras=("${test_extras[@]}") ;;
  bench) required=("${demo_packages[@]}" "${bench_packages[@]}") extras=("${bench_extras[@]}") ;;
  *) usage ;;
esac

if [ "$action" = list ]; then
  printf '%s\n' "${required[@]}" ${extras[@]+"${extras[@]}"}
  exit 0
fi
if [ "${MOTE_SKIP_SETUP:-}" = 1 ]; then exit 0; fi
if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  die "this system has no apt. Install the like of these by hand, then use MOTE_SKIP_SETUP=1: ${required[*]}"
fi

installed() { [ "$(dpkg-query -W -f='${Status}' "$1" 2>/dev/null)" = "install ok installed" ]; }
missing_of() {
  local package
  for package in "$@"; do installed "$package" || printf '%s\n' "$package"; done
}
# Known to the package lists with a version to install.
available() {
  local policy
  policy=$(apt-cache policy "$1" 2>/dev/null) && [[ $policy == *"Candidate: "[!\(]* ]]
}
lists_present() { compgen -G "${MOTE_APT_LISTS:-/var/lib/apt/lists}/*Packages*" >/dev/null; }

mapfile -t missing < <(missing_of "${required[@]}")
mapfile -t missing_extras < <(missing_of ${extras[@]+"${extras[@]}"})

# An extra the distribution is known not to have is no reason to ask the network again on every run.
if [ ${#missing[@]} -eq 0 ] && [ ${#missing_extras[@]} -gt 0 ] && lists_present; then
  wanted=()
  for package in "${missing_extras[@]}"; do
    if available "$package"; then wanted+=("$package"); else say "no package $package here: what uses it is left out"; fi
  done
  missing_extras=(${wanted[@]+"${wanted[@]}"})
fi
[ $((${#missing[@]} + ${#missing_extras[@]})) -gt 0 ] || exit 0

if [ "$action" = dry-run ]; then
  printf '%s\n' ${missing[@]+"${missing[@]}"} ${missing_extras[@]+"${missing_extras[@]}"}
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  by_hand="run as root: apt-get install --no-install-recommends ${missing[*]-} ${missing_extras[*]-}"
  command -v sudo >/dev/null || die "packages are missing and there is neither root nor sudo; $by_hand"
  if ! sudo -n true 2>/dev/null; then
    [ -t 0 ] || die "packages are missing and sudo wants a password; $by_hand"
    say "sudo may ask for your password"
  fi
  as_root=(sudo)
fi
apt() {
  ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a apt-get -q -y \
    -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Dpkg::Options::=--force-confold "$@" </dev/null >&2
}

say "installing with apt-get, without recommended packages: ${missing[*]-} ${missing_extras[*]-}"
if [ -n "$(dpkg --audit 2>/dev/null)" ]; then
  say "an earlier installation was cut off; finishing it first"
  ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive dpkg --force-confold --configure -a </dev/null >&2 ||
    say "dpkg could not finish it; apt-get tries next"
  apt --no-install-recommends -f install
fi
apt update

wanted=()
for package in ${missing_extras[@]+"${missing_extras[@]}"}; do
  if available "$package"; then wanted+=("$package"); else say "no package $package here: what uses it is left out"; fi
done
unknown=()
for package in ${missing[@]+"${missing[@]}"}; do
  if available "$package"; then wanted+=("$package"); else unknown+=("$package"); fi
done
if [ ${#unknown[@]} -gt 0 ]; then
  die "the package lists do not have: ${unknown[*]}. Debian 12 and Ubuntu 24.04 (with universe) do; is a source switched off?"
fi
if [ ${#wanted[@]} -gt 0 ]; then
  apt install --no-install-recommends "${wanted[@]}" || die "apt-get failed; its message is above. Running this again goes on from there"
fi
say "done"
