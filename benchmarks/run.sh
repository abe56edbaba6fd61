#!/usr/bin/env bash
# Measures our figures: starts a PostgreSQL server and a broker of its own, runs ours, the peers and the floors interleaved (one
# repetition each per round, each in a process of its own), and reports medians, ratios and what is reached or missed.
set -uo pipefail

usage() {
  cat <<'TEXT'
Usage: benchmarks/run.sh [options] [workload …]

Workloads   outbox drain latency inbox http           what is run when none is named
            latency-snapshot (6 min a round)          the same latency while another transaction holds a snapshot
            backlog backfill scale                    on Apache Kafka only
            eventsourcing                             streams append aggregate rebuild catchup long storage costs, which need no broker
            all                                       all of them

Options     --rounds N          repetitions of each side, default 3
            --broker B          apache (needs KAFKA_HOME and Java 17) or memory; default: apache where KAFKA_HOME is set
            --report FILE       writes the report there too, in Markdown
            --no-peers          ours and the floors only
            --no-build          takes what was built before
            --whole             long: a stream of 1,000,000 events in a log of 10,000,000, instead of a tenth of it
            --small             a tenth of the sizes: proves that everything runs, the figures count for nothing
            --keep-logs         leaves the programs' output in the printed folder
TEXT
}

rounds=3 broker='' report='' peers=yes build=yes small=no whole=no keep=no workloads=()
sourcing=(streams append aggregate rebuild catchup long storage costs)
typed="benchmarks/run.sh $*"
while [ $# -gt 0 ]; do
  case $1 in
    --rounds) rounds=$2; shift ;;
    --broker) broker=$2; shift ;;
    --report) report=$2; shift ;;
    --no-peers) peers=no ;;
    --no-build) build=no ;;
    --small) small=yes ;;
    --whole) whole=yes ;;
    --keep-logs) keep=yes ;;
    -h | --help) usage; exit 0 ;;
    outbox | drain | latency | latency-snapshot | inbox | http | backlog | backfill | scale) workloads+=("$1") ;;
    streams | append | aggregate | rebuild | catchup | long | storage | costs) workloads+=("$1") ;;
    eventsourcing) workloads+=("${sourcing[@]}") ;;
    all) workloads+=(outbox drain latency latency-snapshot inbox http backlog backfill scale "${sourcing[@]}") ;;
    *) echo "What is '$1'?" >&2; usage >&2; exit 64 ;;
  esac
  shift
done
[ ${#workloads[@]} -gt 0 ] || workloads=(outbox drain latency inbox http)
for workload in "${workloads[@]}"; do
  [[ " ${sourcing[*]} " == *" $workload "* ]] || { needs_broker=yes; break; }
  needs_broker=no
done
[ $needs_broker = yes ] || broker=none
[ -n "$broker" ] || broker=$([ -n "${KAFKA_HOME:-}" ] && echo apache || echo memory)

root=$(cd "$(dirname "$0")/.." && pwd)
ours=$root/artifacts/bin/EventDriven.Benchmarks/release/EventDriven.Benchmarks
kafka=$root/artifacts/bin/EventDriven.LocalKafka/release/EventDriven.LocalKafka
peer=$root/benchmarks/peers/artifacts/bin/EventDriven.Peers/release/EventDriven.Peers

# ---- what is needed, and what to do where it is missing

missing() { echo "$1" >&2; exit 1; }
command -v dotnet >/dev/null || missing "The .NET 10 SDK is missing: https://dot.net"
binaries=$(dirname "$(command -v initdb || ls -1 /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -1 || true)" 2>/dev/null)
[ -x "$binaries/initdb" ] || missing "PostgreSQL's server binaries (initdb, postgres) are missing: install PostgreSQL 15 or later, or put them on PATH."
if [ "$broker" = apache ]; then
  [ -d "${KAFKA_HOME:-}/libs" ] || missing "KAFKA_HOME does not name an Apache Kafka 4 distribution: set it, or measure with --broker memory."
  command -v "${JAVA_HOME:+$JAVA_HOME/bin/}java" >/dev/null || missing "Java 17 or later is missing: install it, or measure with --broker memory."
elif [ "$broker" = memory ]; then
  for workload in "${workloads[@]}"; do
    case $workload in backlog | backfill | scale) missing "$workload is measured on Apache Kafka only: set KAFKA_HOME, or leave it out." ;; esac
  done
fi
unprivileged=()
if [ "$(id -u)" = 0 ]; then # PostgreSQL refuses to run as root
  user=$(id -un postgres 2>/dev/null || echo nobody)
  unprivileged=(runuser -u "$user" --)
fi

build() { # <what> <project>
  echo "building $1"
  dotnet build "$2" -c Release -v q -clp:NoSummary || missing "$1 cannot be built; see above. Without peers: --no-peers."
}
if [ $build = yes ]; then
  build "our programs" "$root/benchmarks/EventDriven.Benchmarks"
  [ "$broker" = none ] || build "the broker" "$root/local/EventDriven.LocalKafka"
  [ $peers = no ] || build "the peers" "$root/benchmarks/peers/Peers.slnx"
fi
[ -x "$ours" ] && { [ "$broker" = none ] || [ -x "$kafka" ]; } || missing "Our programs are not built: leave out --no-build."
[ $peers = no ] || [ -x "$peer" ] || missing "The peers are not built: leave out --no-build, or measure with --no-peers."

# ---- servers of this run's own, on disk, gone when it ends

work=$(mktemp -d "${TMPDIR:-/var/tmp}/eventdriven-benchmarks.XXXXXX")
chmod 755 "$work"
results=$work/results.txt
touch "$results"
kafka_pid='' running=''

cleanup() {
  trap - EXIT INT TERM
  [ -z "$running" ] || { kill "$running" && wait "$running"; } 2>/dev/null
  [ -z "$kafka_pid" ] || { kill "$kafka_pid" && wait "$kafka_pid"; } 2>/dev/null
  [ ! -f "$work/postgres/data/postmaster.pid" ] || (cd / && "${unprivileged[@]}" "$binaries/pg_ctl" -D "$work/postgres/data" -m immediate -w stop >/dev/null)
  if [ $keep = yes ]; then echo "logs: $work"; rm -rf "$work/postgres" "$work/kafka"; else rm -rf "$work"; fi
}
trap cleanup EXIT
trap 'exit 130' INT TERM

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
free_port() {
  local port
  while port=$((20000 + RANDOM % 12000)); answers $port; do :; done
  echo $port
}
until_answers() { # <what> <port> <log>
  for _ in $(seq 300); do answers "$2" && return; sleep 0.2; done
  tail -20 "$3" >&2
  missing "$1 did not start."
}

start_postgres() {
  local data=$work/postgres/data port password
  port=$(free_port) password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  mkdir -p "$work/postgres"
  printf '%s' "$password" >"$work/postgres/password"
  [ ${#unprivileged[@]} -eq 0 ] || chown -R "$user" "$work/postgres"
  (cd / && "${unprivileged[@]}" "$binaries/initdb" -D "$data" -U postgres --pwfile="$work/postgres/password" --auth=scram-sha-256 \
    --encoding=UTF8 --locale=C --no-instructions >"$work/initdb.log" 2>&1) || { cat "$work/initdb.log" >&2; missing "initdb failed."; }
  cat >>"$data/postgresql.conf" <<CONF
port = $port
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 256MB
max_wal_size = 4GB
checkpoint_timeout = 15min
fsync = on
synchronous_commit = on
full_page_writes = on
CONF
  (cd / && "${unprivileged[@]}" "$binaries/pg_ctl" -D "$data" -w -l "$work/postgres/log" start >/dev/null) \
    || { cat "$work/postgres/log" >&2; missing "PostgreSQL did not start."; }
  export BENCH_POSTGRES="Host=127.0.0.1;Port=$port;Username=postgres;Password=$password"
  BENCH_POSTGRES_PID=$(head -1 "$data/postmaster.pid")
  export BENCH_POSTGRES_PID
}

start_broker() {
  local port
  port=$(free_port)
  export BENCH_KAFKA=127.0.0.1:$port BENCH_BROKER=$broker
  if [ "$broker" = apache ]; then
    # Kafka's own choice of collector and compilers instead of LocalKafka's, which favours a quick start.
    export KAFKA_HEAP_OPTS=${KAFKA_HEAP_OPTS:--Xms512m -Xmx512m} KAFKA_JVM_PERFORMANCE_OPTS=${KAFKA_JVM_PERFORMANCE_OPTS:--XX:+UseG1GC -XX:MaxGCPauseMillis=20}
    export BENCH_FETCH_WAIT=100
    broker_name="Apache Kafka $(ls "$KAFKA_HOME"/libs/kafka-clients-*.jar | sed 's/.*kafka-clients-//; s/\.jar//'), one node, KRaft, $KAFKA_HEAP_OPTS $KAFKA_JVM_PERFORMANCE_OPTS"
  else
    export BENCH_FETCH_WAIT=5 # it holds an empty fetch that long even when data comes
    broker_name="in-memory (librdkafka's mock cluster)"
  fi
  (cd "$work" && [ "$broker" = apache ] || unset KAFKA_HOME; exec "$kafka" "$port" "$(free_port)" "$work/kafka") >"$work/kafka.log" 2>&1 &
  kafka_pid=$!
  export BENCH_KAFKA_PID=$kafka_pid
  until_answers "The broker" "$port" "$work/kafka.log"
}

# ---- one repetition

failed=0 disturbed=0

# Waits until the machine has nothing else to do, for half a minute at most: what others do then is in the numbers, and it is told.
settle() {
  [ -r /proc/stat ] && [ $small = no ] || return 0
  local before after
  for _ in $(seq 30); do
    before=$(idle_and_all) && sleep 1 && after=$(idle_and_all)
    awk -v b="$before" -v a="$after" 'BEGIN { split(b, x); split(a, y); exit (y[1] - x[1]) / (y[2] - x[2]) > 0.8 ? 0 : 1 }' && return
  done
  disturbed=$((disturbed + 1))
}
idle_and_all() { awk '/^cpu / { all = 0; for (i = 2; i <= 9; i++) all += $i; print $5 + $6, all; exit }' /proc/stat; }

run() { # <what is shown> <program> <arguments…>
  local shown=$1 log code=0
  shift
  log=$work/$(echo "$shown" | tr ' /' '__').log
  settle
  timeout $([ $whole = yes ] && echo 7200 || echo 1200) "$@" </dev/null >"$log" 2>&1 &
  running=$!
  wait "$running" || code=$?
  running=''
  if [ $code -eq 0 ] && grep -q '^RESULT ' "$log"; then
    grep '^RESULT ' "$log" >>"$results"
    echo "$(date +%H:%M:%S) $shown  $(grep '^RESULT ' "$log" | sed 's/.*"values":{\([^}]*\)}.*/\1/' | tr -d '"' | tr '\n' ' ' | cut -c1-160)"
  else
    failed=$((failed + 1))
    local why
    why=$(grep -m1 -E 'Exception|rror' "$log" | cut -c1-300 | tr '|' '/')
    echo "FAILED $shown (exit code $code): $why" | tee -a "$results"
    tail -5 "$log" | cut -c1-300
  fi
}

size() { if [ $small = yes ]; then echo $(($1 / 10)); else echo "$1"; fi; } # <full size>
# Who is measured has worked for 12 to 40 s before, each side alike: until then the runtime still compiles, and a faster side would have had less of it.
warm() { case $1 in 1) size "$2" ;; 8) size "$3" ;; *) size "$4" ;; esac; } # <writers> <with one> <with eight> <with more>
warmup=$(size 60000) latency_warmup=$(size 6000) snapshot_seconds=$(size 300) http_seconds=$(size 10) http_warmup=$([ $small = yes ] && echo 1 || echo 5)

marten() { # <label> <program's arguments…>: Marten with statements prepared or not
  [ $peers = yes ] || return 0
  local label=$1 settings
  shift
  for settings in default tuned; do run "$label marten $settings" "$peer" "$@" --settings $settings; done
}

peers() { # <label> <workload> <arguments…>: every variant; the best of them is what counts
  [ $peers = yes ] || return 0
  local label=$1 store settings
  shift
  for store in pg marten; do
    for settings in default tuned; do run "$label wolverine $store $settings" "$peer" "$@" --store $store --settings $settings; done
  done
}

measure() { # <round> <workload>
  local n="round $1/$rounds: $2" count side
  case $2 in
    outbox)
      run "$n ours" "$ours" outbox --messages "$(size 20000)" --warmup "$warmup" --writers 8
      run "$n floor" "$ours" outbox-floor --messages "$(size 20000)" --warmup "$warmup" --writers 8
      run "$n raw" "$ours" outbox-raw --messages "$(size 20000)" --warmup "$warmup" --writers 8
      peers "$n" outbox --messages "$(size 20000)" --warmup "$warmup" --writers 8 ;;
    drain) run "$n ours" "$ours" drain --messages "$(size 200000)" ;;
    latency)
      run "$n ours to handler" "$ours" latency --to handler --messages "$(size 2000)" --warmup "$latency_warmup"
      run "$n ours to consumer" "$ours" latency --to consumer --messages "$(size 2000)" --warmup "$latency_warmup"
      run "$n raw to consumer" "$ours" latency-raw --messages "$(size 2000)" --warmup "$latency_warmup"
      peers "$n" latency --messages "$(size 2000)" --warmup "$latency_warmup" ;;
    latency-snapshot) run "$n ours" "$ours" latency --to both --snapshot --seconds "$snapshot_seconds" --messages "$(size 2000)" --warmup "$latency_warmup" ;;
    inbox)
      for side in ours rows; do run "$n $side" "$ours" inbox --side $side --messages "$(size 20000)" --warmup "$(size 300000)"; done
      run "$n floor" "$ours" inbox-floor --messages "$(size 20000)" --warmup "$(size 300000)"
      peers "$n" inbox --messages "$(size 20000)" --warmup "$warmup" ;;
    http)
      run "$n ours" "$ours" http --side ours --seconds "$http_seconds" --warmup "$http_warmup" -- "$ours" http-server
      run "$n raw" "$ours" http --side raw --seconds "$http_seconds" --warmup "$http_warmup" -- "$ours" http-floor-server
      [ $peers = no ] || for settings in default tuned; do
        run "$n marten+wolverine $settings" "$ours" http --side "marten+wolverine/$settings" --seconds "$http_seconds" --warmup "$http_warmup" -- \
          "$peer" http-server --settings $settings
      done ;;
    backlog) run "$n ours" "$ours" backlog --messages "$(size 500000)" ;;
    backfill) run "$n ours" "$ours" backfill --messages "$(size 500000)" ;;
    streams)
      for count in 1 8 32; do
        run "$n $count writers ours" "$ours" streams --streams "$(size 10000)" --warmup "$(warm $count 20000 60000 120000)" --writers $count
        marten "$n $count writers" streams --streams "$(size 10000)" --warmup "$(warm $count 20000 50000 50000)" --writers $count
      done ;;
    append)
      for count in 1 8 32; do
        run "$n $count writers ours" "$ours" append --appends "$(size 20000)" --warmup "$(warm $count 20000 100000 240000)" --writers $count
        marten "$n $count writers" append --appends "$(size 20000)" --warmup "$(warm $count 20000 60000 60000)" --writers $count
      done ;;
    aggregate)
      for count in 1 8; do
        run "$n $count readers ours" "$ours" aggregate --loads "$(size 1500)" --readers $count
        marten "$n $count readers" aggregate --loads "$(size 1500)" --readers $count
      done
      run "$n with snapshot ours" "$ours" aggregate-snapshot --loads "$(size 3000)" ;;
    rebuild | catchup)
      run "$n ours" "$ours" "$2" --streams "$(size 20000)"
      [ $peers = no ] || for side in default tuned; do run "$n marten $side" "$peer" "$2" --streams "$(size 20000)" --settings $side; done
      [ $peers = no ] || [ "$2" = catchup ] || run "$n marten optimized" "$peer" rebuild --streams "$(size 20000)" --settings optimized ;;
    long) run "$n ours" "$ours" long $([ $whole = yes ] && echo --whole || echo "--events $(size 1000000) --stream $(size 100000) --appends $(size 20000) --loads $(size 3000)") ;;
    storage)
      run "$n ours" "$ours" storage --streams "$(size 20000)"
      marten "$n" storage --streams "$(size 20000)" ;;
    costs) for side in ours unsequenced unhashed encrypted; do run "$n $side" "$ours" costs --side $side --appends "$(size 20000)"; done ;;
    scale) for processes in 1 2 4; do run "$n $processes processes" "$ours" scale --processes $processes --messages "$(size 500000)"; done ;;
  esac
}

start_postgres
if [ "$broker" = none ]; then
  broker_name="none" BENCH_KAFKA=none BENCH_BROKER=none
  export BENCH_KAFKA BENCH_BROKER
  echo "PostgreSQL is up; warming up"
  run "warm-up" "$ours" streams --streams 3000 --warmup 500
else
  start_broker
  echo "PostgreSQL and $broker_name are up; warming up"
  run "warm-up" "$ours" outbox --messages 3000 --warmup 500
fi
: >"$results" # it does not count
failed=0 disturbed=0
for round in $(seq "$rounds"); do
  for workload in "${workloads[@]}"; do measure "$round" "$workload"; done
done

echo
[ -z "$report" ] || mkdir -p "$(dirname "$report")"
"$ours" report --results "$results" --command "$typed" --broker "$broker_name" --disturbed "$disturbed" ${report:+--to "$report"} || failed=$((failed + 1))
[ $failed -eq 0 ]
