# shellcheck shell=sh
# The part of scripts/study-soft-rewards that ranks lists: sourced there with [SEEDS] as arguments. Not a script to run.
: "${juror:?is set by scripts/study-soft-rewards}"
seeds=${1:-5}
model=${MODEL:-mini}
runs=${RUNS:-runs/study-lists}
steps=${STEPS:-30}
teach_steps=${TEACH_STEPS:-300}
teach_pairs=${TEACH_PAIRS:-3000}
train_pairs=${TRAIN_PAIRS:-800}
held_pairs=${HELD_PAIRS:-120}
methods=${METHODS:-selection placed kendall soft soft_placed}
[ -d .deps/photos/heldout ] || scripts/photos
mkdir -p "$runs"
same_settings "MODEL=$model" "STEPS=$steps" "TEACH_STEPS=$teach_steps" "TEACH_PAIRS=$teach_pairs" "TRAIN_PAIRS=$train_pairs" \
  "HELD_PAIRS=$held_pairs"

# pairs NAME SPLIT COUNT SEED: simulated pairs of photos, each two neighbours a list.
pairs() {
  [ ! -e "$runs/$1/run.json" ] || return 0
  into "$runs/$1.log" "$juror" synth "$runs/$1" --split "$2" --pairs "$3" --same-photo 0.5 --seed "$4" --threads 1
}

# held RUN MODEL: RUN/held, the rewards of the model's likeliest rankings of held-out lists: one step that moves nothing.
held() {
  [ ! -f "$1/held/checkpoint-1/trainer_state.json" ] || return 0
  rm -rf "$1/held"
  mkdir -p "$1"
  into "$1/held.log" "$juror" train grpo configs/list_rewards_study.toml --seed 1 model_name_or_path="$2" \
    dataset="$runs/held.jsonl" output_dir="$1/held" reward_funcs=kendall,selection,placed num_generations=2 \
    per_device_train_batch_size=$((held_pairs / 2 * 2)) max_steps=1 warmup_steps=0 learning_rate=0 temperature=0.01
}

pairs teach train "$teach_pairs" 31
pairs train train "$train_pairs" 32
pairs held heldout "$held_pairs" 33
python3 tools/list_rewards.py sft "$runs/teach" "$runs/teach.jsonl"
python3 tools/list_rewards.py lists "$runs/train" "$runs/train.jsonl" 0
python3 tools/list_rewards.py lists "$runs/held" "$runs/held.jsonl" -1
start=$runs/start/checkpoint-$teach_steps
if [ ! -f "$start/trainer_state.json" ]; then
  rm -rf "$runs/start"
  into "$runs/start.log" "$juror" train sft --seed 0 --threads 1 --model-name-or-path "$model" --dataset "$runs/teach.jsonl" \
    --max-steps "$teach_steps" --per-device-train-batch-size 16 --dataloader-num-workers 1 --learning-rate 4e-4 \
    --lr-scheduler-type cosine --frozen visual --save-steps 100000 --output-dir "$runs/start"
fi
held "$runs/start" "$start"
for seed in $(seq "$seeds"); do
  for method in $methods; do
    run=$runs/$method-$seed
    if [ ! -f "$run/checkpoint-$steps/trainer_state.json" ]; then
      rm -rf "${run:?}"
      into "$run.log" "$juror" train grpo configs/list_rewards_study.toml --seed "$seed" model_name_or_path="$start" \
        dataset="$runs/train.jsonl" output_dir="$run" reward_funcs="$method" max_steps="$steps"
    fi
    held "$run" "$run/checkpoint-$steps"
  done
done
python3 tools/list_rewards.py table "$runs"
