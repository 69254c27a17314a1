# What every script does first (`. "$(dirname "$0")/begin.sh"`): answers --help with the comment at its head, and goes to the
# repository's root, $root. say and die speak under the script's name. Not a script to run.
root=$(cd "$(dirname "$0")/.." && pwd)
case ${1:-} in
  -h | --help)
    sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
esac
cd "$root"

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() {
  say "error: $*"
  exit 1
}
