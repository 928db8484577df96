"""A training's config in, what transformers' Trainer is told out."""

from pathlib import Path

import torch
from transformers import TrainingArguments

from train.config import TrainConfig

KEPT = 2  # checkpoints: the one before goes only when the newest is whole


def trainer_arguments(config: TrainConfig, folder: Path, measured: bool, dtype: torch.dtype) -> TrainingArguments:
    """The arguments; `folder` is for checkpoints, `measured` whether the base's held-out loss comes first."""
    return TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=config.epochs,
        max_steps=config.max_steps or -1,
        per_device_train_batch_size=config.batch_size,
        per_device_eval_batch_size=config.batch_size,
        gradient_accumulation_steps=config.accumulate,
        learning_rate=config.learning_rate,
        lr_scheduler_type=config.schedule,
        warmup_steps=config.warmup_share,  # below 1 it is a share
        weight_decay=config.weight_decay,
        max_grad_norm=config.clip,
        seed=config.seed,
        data_seed=config.seed,
        activation_checkpointing=config.gradient_checkpointing,
        activation_checkpointing_kwargs={"use_reentrant": False},  # the other kind loses the adapter's gradients
        use_cpu=not torch.cuda.is_available(),  # said, as bf16 on a CPU is refused otherwise
        bf16=dtype == torch.bfloat16,
        fp16=dtype == torch.float16,
        logging_steps=config.log_steps,
        logging_nan_inf_filter=False,  # a nan must be seen
        eval_strategy="no",  # train.steps.Keeper says when
        eval_on_start=measured,  # an untrained adapter changes nothing: this is the base's loss
        prediction_loss_only=True,
        save_strategy="steps" if config.save_steps else "no",
        save_steps=config.save_steps or 1,
        save_total_limit=KEPT,
        ddp_find_unused_parameters=False,
        report_to=[],
        remove_unused_columns=False,  # the sample ids must reach the batch
        dataloader_pin_memory=torch.cuda.is_available(),
        disable_tqdm=True,  # our own bar writes on standard error only
    )
