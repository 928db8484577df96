"""An exported training set in, token counts and adapters out."""

import logging
import os

# Before torch is imported: its threads sleep at a barrier instead of spinning. Where two cores are shared with
# other work, spinning made steps of a small model up to twenty times slower; alone, sleeping costs a quarter.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# Where bitsandbytes is installed, peft imports it, and it recommends kernels that are fetched from the network.
# In 8 bits it says at every matrix that it casts to fp16, which is how LLM.int8() works. transformers says of checkpoints
# written within a second that it goes by their numbers.
for name in ("bitsandbytes.backends.cpu.ops", "bitsandbytes.autograd._functions", "transformers.trainer_utils"):
    logging.getLogger(name).setLevel(logging.ERROR)
