"""An exported training set in, token counts and adapters out."""

import os

# Before torch is imported: its threads sleep at a barrier instead of spinning. Where two cores are shared with
# other work, spinning made steps of a small model up to twenty times slower; alone, sleeping costs a quarter.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
