# Sourced by the scripts beside it: `launch/SCRIPT --help` prints the comment that heads the script.
if [[ ${1:-} == --help || ${1:-} == -h ]]; then
  sed -n '1d; /^#/!q; s/^# \{0,1\}//p' "$0"
  exit
fi
