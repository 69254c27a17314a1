# shellcheck shell=sh
# The part of scripts/study-soft-rewards that runs on real opinions: sourced there with DIR [SEEDS] as arguments. Not a script to run.
: "${juror:?is set by scripts/study-soft-rewards}"
[ $# -ge 1 ] || die "--real needs the folder of a data set of ratings."
data=$1
seeds=${2:-5}
runs=${RUNS:-runs/study-real}
model=${MODEL:-$runs/before}
steps=${STEPS:-100}
train_pairs=${TRAIN_PAIRS:-0}
eval_pairs=${EVAL_PAIRS:-500}
methods=${METHODS:-selection scoring soft-score soft-exact brier-exact log-exact fidelity-exact soft-listener consensus \
  selection-mute soft-exact-mute brier-exact-mute log-exact-mute fidelity-exact-mute sft}
mkdir -p "$runs"
same_settings "DIR=$data" "MODEL=$model" "STEPS=$steps" "TRAIN_PAIRS=$train_pairs" "EVAL_PAIRS=$eval_pairs" "WORDS=${WORDS:-}"
[ -n "${MODEL:-}" ] || take_mini a66b3e8 "$model"

# judge RUN MODEL: RUN/think and RUN/mute, the model's judgements of validation pairs with thoughts and without.
judge() {
  mkdir -p "$1"
  for way in think mute; do
    folder=$1/$way
    [ ! -e "$folder/summary.json" ] || continue
    flag=
    [ "$way" = think ] || flag=--no-think
    resume=
    [ ! -e "$folder/journal.jsonl" ] || resume=--resume
    # shellcheck disable=SC2086  # flags that may be absent
    into "$folder.log" "$juror" eval "$data" --protocol opinion --split validation --ratings.pairs "$eval_pairs" --model "$2" --votes 1 --temperature 0 \
      --threads 1 --quiet --output-dir "$folder" $flag $resume
  done
}

# reinforce NAME key=value...: one run of GRPO, judged.
reinforce() {
  run=$runs/$1-$seed
  shift
  if [ ! -f "$run/checkpoint-$steps/trainer_state.json" ]; then
    rm -rf "${run:?}"
    # shellcheck disable=SC2086  # WORDS is a list
    into "$run.log" "$juror" train grpo configs/real_rewards_study.toml --seed "$seed" model_name_or_path="$model" dataset="$data" \
      data.ratings.pairs="$train_pairs" max_steps="$steps" output_dir="$run" "$@" ${WORDS:-}
  fi
  judge "$run" "$run/checkpoint-$steps"
}

# supervise: the answer alone is taught (configs/real_sft_study.toml), for as many seconds as this seed's slowest run with thoughts took.
supervise() {
  run=$runs/sft-$seed
  if [ ! -e "$run/done" ]; then
    seconds=$(python3 tools/real_rewards.py seconds "$runs" "$seed")
    probe=$runs/sft-probe-$seed
    train_sft "$probe" 8
    sft_steps=$(python3 tools/real_rewards.py steps "$probe" "$seconds")
    rm -rf "${probe:?}" "${run:?}"
    train_sft "$run" "$sft_steps"
    echo "$sft_steps" >"$run/done"
  fi
  judge "$run" "$run/checkpoint-$(cat "$run/done")"
}
train_sft() {  # FOLDER STEPS
  rm -rf "${1:?}"
  into "$1.log" "$juror" train sft --config configs/real_sft_study.toml --seed "$seed" --model-name-or-path "$model" --opinions "$data" \
    --max-steps "$2" --output-dir "$1"
}

# words_of METHOD: the options of its reward.
words_of() {
  case ${1%-mute} in
    consensus) echo reward_funcs=consensus answer_gradient=score ;;
    soft-score) echo reward_funcs=soft answer_gradient=score ;;
    soft-listener) echo reward_funcs=soft,listener reward_weights=0.5,0.5 answer_gradient=exact ;;
    *-exact) echo "reward_funcs=${1%%-*} answer_gradient=exact" ;;
    selection* | scoring*) echo "reward_funcs=${1%%-*} answer_gradient=score" ;;
    *) die "there is no method '$1'." ;;
  esac
  case $1 in *-mute) echo think=false ;; esac
}

judge "$runs/start" "$model"
for seed in $(seq "$seeds"); do
  for method in $methods; do
    if [ "$method" = sft ]; then
      supervise
    else
      # shellcheck disable=SC2046  # a list of words
      reinforce "$method" $(words_of "$method")
    fi
  done
done
python3 tools/real_rewards.py table "$runs"
