"""Prompts, completions, rewards and option sets of the GRPO fixtures, named as TRL names them."""

from cases import QUESTION, text, user

NUM_GENERATIONS = 4
END = "<|im_end|>"


def picture(name):
    return {"type": "image", "image": f"{name}.png"}  # relative to tests/golden/pictures


# Two prompts of different length, one and two images.
PROMPTS = [
    [user(picture("odd"), text("Is it sharp?"))],
    [{"role": "system", "content": "A judge."},
     user(text("Image 1: "), picture("small"), text("\nImage 2: "), picture("strip"),
          text(f"\nA photo of a cat. {QUESTION}"))],
]
# Ragged, one cut off in each group (no end token), one of the end token alone.
COMPLETIONS = [
    ["Yes" + END, "<think>It is dark.</think> No" + END, "The image is sharp and the", END],
    ["The first image is sharp. Answer: 1" + END, "Answer: 2" + END, "I see a cat" + END, "<think>The second image is"],
]
REWARDS = [[0.9, 0.25, 0.0, 0.4], [0.7, 0.1, 0.55, 0.3]]
FLAT_REWARDS = [[0.9, 0.25, 0.0, 0.4], [0.5, 0.5, 0.5, 0.5]]  # the second group has no spread

LOSSES = ["grpo", "bnpo", "dr_grpo", "dapo", "cispo", "sapo"]
BASE = {"num_generations": NUM_GENERATIONS, "max_completion_length": 24, "temperature": 1.0, "epsilon": 0.2,
        "epsilon_high": 0.28, "scale_rewards": "group", "num_iterations": 1, "beta": 0.0, "loss_type": "dapo",
        "importance_sampling_level": "token", "use_bias_correction_kl": True}
OFF_POLICY = {"beta": 0.04, "num_iterations": 2}


def options(**changes):
    """BASE with changes; `cispo` reads epsilon_high as the largest ratio itself."""
    chosen = BASE | changes
    if chosen["loss_type"] == "cispo":
        chosen["epsilon_high"] = 1.3
    return chosen


def matrix(checkpoint):
    """The six losses: all combinations of level, beta and iterations on one checkpoint, two on the other."""
    every = checkpoint == "untied_odd_f32"
    levels, betas = ("token", "sequence"), ((0.0, 0.04) if every else (0.04,))
    return {f"{loss}_{level}_beta{'0' if beta == 0 else '4'}_mu{iterations}":
            options(loss_type=loss, importance_sampling_level=level, beta=beta, num_iterations=iterations)
            for loss in LOSSES for level in levels for beta in betas for iterations in ((1, 2) if every else (2,))}


# What the matrix leaves out, once each, off-policy and with a reference.
SINGLES = {
    "scale_batch": options(**OFF_POLICY, scale_rewards="batch"),
    "scale_none": options(**OFF_POLICY, scale_rewards="none", loss_type="grpo"),
    "delta": options(**OFF_POLICY, delta=1.5),
    "masked_truncated": options(**OFF_POLICY, mask_truncated_completions=True),
    "masked_truncated_grpo": options(**OFF_POLICY, mask_truncated_completions=True, loss_type="grpo",
                                     importance_sampling_level="sequence"),
    "top_entropy": options(**OFF_POLICY, top_entropy_quantile=0.4),
    "entropy_bonus": options(**OFF_POLICY, entropy_coef=0.05),
    "entropy_bonus_grpo": options(**OFF_POLICY, entropy_coef=0.05, loss_type="grpo"),
    "entropy_bonus_top_entropy": options(**OFF_POLICY, entropy_coef=0.05, top_entropy_quantile=0.4),
    "temperature": options(**OFF_POLICY, temperature=0.7),
    "sapo_temperatures": options(**OFF_POLICY, loss_type="sapo", sapo_temperature_pos=0.8, sapo_temperature_neg=1.5),
    "plain_kl": options(**OFF_POLICY, use_bias_correction_kl=False),
    "plain_kl_sequence": options(**OFF_POLICY, use_bias_correction_kl=False, loss_type="grpo",
                                 importance_sampling_level="sequence"),
    "plain_kl_on_policy": options(beta=0.04, use_bias_correction_kl=False),
    "zero_spread": options(beta=0.0, num_iterations=2),
}
WITH_GRADIENTS = {"untied_odd_f32": ["dapo_token_beta4_mu2", "grpo_sequence_beta0_mu2"], "tied_f16": ["sapo_token_beta4_mu2"]}


def cases(checkpoint):
    return matrix(checkpoint) | (SINGLES if checkpoint == "untied_odd_f32" else {})


def rewards(case):
    return FLAT_REWARDS if case == "zero_spread" else REWARDS


TEN_STEPS = options(beta=0.04, num_iterations=5)
OPTIMIZER = {"learning_rate": 1e-3, "max_grad_norm": 1.0, "weight_decay": 0.0, "lr_scheduler_type": "constant",
             "max_steps": 10, "adam_beta1": 0.9, "adam_beta2": 0.999, "adam_epsilon": 1e-8}
