"""An adapter and the held-out split in; predictions, scores and a report out."""
