#!/usr/bin/env bash
# tools/farm/slurm/submit.sh on a real Slurm: starts munge, slurmctld and slurmd on this machine alone, submits a shot as
# an array, and compares what comes out with a single run. Stops everything again.
#   slurm_test.sh <inbetween> <source folder>
# Exits with 77 (skipped) and the reason where Slurm is not installed or does not start.
set -euo pipefail
inbetween=$1
source=$2
keys=$source/sample_frames/crossing/keys

PATH=$PATH:/usr/sbin
for program in munged slurmctld slurmd sbatch scontrol; do
    command -v "$program" >/dev/null || {
        echo "skipped: there is no $program here (Debian: slurm-wlm and munge)"
        exit 77
    }
done

folder=$(mktemp -d /tmp/inbetween-slurm.XXXXXX) # short, as the path of a socket is limited
daemons=()
stopAll() {
    local pid
    for pid in "${daemons[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${daemons[@]}"; do wait "$pid" 2>/dev/null || true; done
    rm -rf "$folder"
}
trap stopAll EXIT

skip() {
    echo "skipped: $1"
    tail -n 5 "$folder"/*.log 2>/dev/null || true
    exit 77
}

fail() {
    echo "FAILED: $1"
    tail -n 40 "$folder"/*.log "$folder"/out*/logs/* 2>/dev/null || true
    exit 1
}

within() { # <seconds> <command...>: until it succeeds
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.2
    done
}

freePorts() { # two ports that nothing listens on
    python3 -c 'import socket
a, b = socket.socket(), socket.socket()
a.bind(("127.0.0.1", 0)); b.bind(("127.0.0.1", 0))
print(a.getsockname()[1], b.getsockname()[1])'
}

# --- a Slurm of one node -------------------------------------------------------------------------------------------
chmod 755 "$folder"
mkdir "$folder"/{munge,state,spool}
head -c 1024 /dev/urandom >"$folder/munge/key"
chmod 400 "$folder/munge/key"
munged --foreground --force --socket="$folder/munge/socket" --key-file="$folder/munge/key" \
    --pid-file="$folder/munge/pid" --seed-file="$folder/munge/seed" --log-file="$folder/munge/log" \
    >"$folder/munged.log" 2>&1 &
daemons+=($!)
within 20 test -S "$folder/munge/socket" || skip "munged did not start"

node=$(uname -n)
node=${node%%.*}
read -r controllerPort nodePort < <(freePorts)
cores=$(nproc)
cat >"$folder/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=$node(127.0.0.1)
SlurmctldPort=$controllerPort
SlurmdPort=$nodePort
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SchedulerParameters=sched_interval=1,batch_sched_delay=0
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
ReturnToService=2
MinJobAge=300
NodeName=$node NodeAddr=127.0.0.1 CPUs=$cores RealMemory=4096 State=UNKNOWN
PartitionName=test Nodes=$node Default=YES MaxTime=10 State=UP
CONF
echo "CgroupAutomount=no" >"$folder/cgroup.conf"
export SLURM_CONF=$folder/slurm.conf
slurmctld -D -f "$SLURM_CONF" >"$folder/slurmctld.log" 2>&1 &
daemons+=($!)
slurmd -D -f "$SLURM_CONF" -N "$node" >"$folder/slurmd.log" 2>&1 &
daemons+=($!)
isIdle() { sinfo --noheader --format %T 2>/dev/null | grep -qx idle; }
within 60 isIdle || skip "slurmctld and slurmd did not start"
echo "Slurm $(sinfo --version | cut -d' ' -f2) is up: $(sinfo --noheader)"

# --- a shot, in parts and in one ------------------------------------------------------------------------------------
submit=$source/tools/farm/slurm/submit.sh
out="$folder/out of 'sh 010' \$(touch $folder/harm)" # nothing of a name may be run
timeout 300 "$submit" "$keys" "$out" --inbetween "$inbetween" --shards 3 --threads 1 --memory 1 --wait ||
    fail "the jobs did not succeed"
[ ! -e "$folder/harm" ] || fail "a file name was run as a command"
ls "$out/logs"

"$inbetween" run "$keys" -o "$folder/single" --threads 2 --memory 1G --quiet || fail "the single run"
python3 "$source/tests/farm/same_output.py" "$folder/single" "$out" || fail "the parts are not what a single run makes"

# --- bad input ------------------------------------------------------------------------------------------------------
refused() { # <words of the message> <arguments...>
    local words=$1 code=0 said
    shift
    said=$("$submit" "$@" --inbetween "$inbetween" 2>&1) || code=$?
    [ $code -eq 2 ] && [[ $said == *"$words"* ]] || fail "submit.sh $*: exit code $code, '$said'; expected 2 and '$words'"
}
refused "--shards is 0" "$keys" "$out" --shards 0
refused "--threads is -1" "$keys" "$out" --threads -1
refused "--scene: there is no file" "$keys" "$out" --scene "$folder/none.blend"
refused "--renderer is crayon" "$keys" "$out" --renderer crayon
refused "there is no option" "$keys" "$out" --shard 3
refused "give KEYS and OUT" "$keys"
refused "there is no folder" "$folder/nowhere" "$out"
refused "INBETWEEN_THRESHOLD is high" "$keys" "$out" --threshold high
[ -z "$(squeue --noheader)" ] || fail "something was submitted for parameters that cannot be used"
echo "passed"
